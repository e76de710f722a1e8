-- What was taken over from other records, and documents of theirs that are kept beside a plan.
--
-- Times are UTC milliseconds; ids are text; hashes are 32-byte blobs.

create table record_import (
    id text primary key not null,
    plan text not null references plan (id),
    author integer not null references author (id),
    made_at integer not null,
    source text not null, -- the name of a configured source, or how else it came
    record text not null, -- what sort of record: core's RecordKind
    outcome text not null -- what was added, refreshed, removed and left alone, by section: JSON
) strict, without rowid;

create index record_import_of_plan on record_import (plan, made_at);

-- Read-only: rows are only ever added.
create table attachment (
    id text primary key not null,
    plan text not null references plan (id),
    author integer not null references author (id),
    added_at integer not null,
    title text not null,
    organisation text not null, -- that wrote it; empty if it does not say
    dated text not null, -- an instant or a day of FHIR, as it says
    source text not null, -- what sort of record it is from: core's RecordKind
    sha256 blob not null check (length(sha256) = 32),
    bytes blob not null,
    unique (plan, sha256)
) strict;

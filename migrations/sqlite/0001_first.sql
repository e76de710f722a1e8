-- The first layout: who there is, plans, their documents' change logs, publications.
--
-- Times are UTC milliseconds unless a name says otherwise; ids are text; hashes are 32-byte blobs; a list of heads is
-- its hashes one after the other, sorted.

-- What this database is called by the clients that keep copies of its documents. One row.
create table storage (
    only integer primary key not null check (only = 1),
    id text not null
) strict;

create table organisation (
    code text primary key not null, -- ODS code
    name text not null
) strict;

-- Demographics come from a feed and are never edited here.
create table person (
    nhs_number text primary key not null check (length(nhs_number) = 10),
    name text not null,
    preferred_name text,
    born text not null check (length(born) = 10) -- YYYY-MM-DD
) strict;

create table account (
    id text primary key not null,
    kind text not null check (kind in ('staff', 'person', 'crew')),
    name text not null,
    role text not null,
    job_title text not null,
    organisation text not null references organisation (code),
    registration text, -- body and number: GMC 7000001
    senior integer not null default 0 check (senior in (0, 1)) -- an authorised senior decision-maker
) strict;

-- Only the SHA-256 of a session's token is kept.
create table session (
    id integer primary key not null,
    token_sha256 blob not null unique check (length(token_sha256) = 32),
    account text not null references account (id),
    created_at integer not null,
    seen_at integer not null,
    expires_at integer not null -- absolute; idleness is judged from seen_at
) strict;

create table sync_ticket (
    ticket_sha256 blob primary key not null check (length(ticket_sha256) = 32),
    session integer not null references session (id) on delete cascade,
    expires_at integer not null
) strict, without rowid;

-- Somebody as the session said they were when they did something. Rows are only ever added.
create table author (
    id integer primary key not null,
    account text not null, -- no reference: the service itself is an author too
    name text not null,
    role text not null,
    job_title text not null,
    organisation text not null,
    organisation_name text not null,
    registration text not null, -- empty for none
    senior integer not null check (senior in (0, 1)),
    unique (account, name, role, job_title, organisation, organisation_name, registration, senior)
) strict;

create table plan (
    id text primary key not null,
    nhs_number text not null unique references person (nhs_number),
    version integer not null default 0, -- of its newest publication; 0 before the first
    created_at integer not null,
    created_by integer not null references author (id)
) strict;

create table document (
    id text primary key not null,
    plan text not null references plan (id),
    section text not null,
    definition integer not null, -- version of the section's definition at genesis
    unique (plan, section)
) strict;

-- The change log: rows are only ever added. An actor belongs to whoever delivered its first change.
create table change (
    document text not null references document (id),
    position integer not null check (position >= 0), -- from 0 without gaps, in the order of storing
    hash blob not null check (length(hash) = 32),
    deps blob not null,
    actor blob not null,
    seq integer not null check (seq > 0),
    bytes blob not null, -- the chunk as it was admitted
    ops integer not null,
    claimed_at_s integer not null, -- the device's clock, in seconds: a claim
    received_at integer not null,
    author integer not null references author (id),
    primary key (document, position),
    unique (document, hash),
    unique (document, actor, seq)
) strict, without rowid;

create index change_first_of_actor on change (document, actor, author) where seq = 1;

-- Derived from the change log, checked by its hash before use, thinned to the newest few.
create table snapshot (
    document text not null references document (id),
    changes integer not null, -- how many changes of the log it covers, from position 0
    heads blob not null,
    bytes blob not null,
    bytes_sha256 blob not null check (length(bytes_sha256) = 32),
    primary key (document, changes)
) strict;

create table quarantine (
    id integer primary key not null,
    document text not null references document (id),
    hash blob not null check (length(hash) = 32),
    code text not null,
    reason text not null,
    text text not null,
    bytes blob not null,
    received_at integer not null,
    author integer not null references author (id),
    unique (document, hash)
) strict;

create table publication (
    plan text not null references plan (id),
    version integer not null check (version > 0),
    published_at integer not null,
    hash blob not null check (length(hash) = 32),
    author integer not null references author (id),
    primary key (plan, version)
) strict, without rowid;

-- Every section as it stands in a publication, whether this publication or an earlier one put it there.
create table publication_section (
    plan text not null,
    version integer not null,
    section text not null,
    definition integer not null, -- version of the section's definition by which it was read
    heads blob not null,
    since_version integer not null, -- the publication that froze it at these heads
    since_at integer not null, -- when that was, or for a section without sign-off when it last changed
    sign_off text not null,
    signed_by integer references author (id),
    signed_at integer,
    primary key (plan, version, section),
    foreign key (plan, version) references publication (plan, version),
    check ((signed_by is null) = (signed_at is null))
) strict, without rowid;

create table publication_view (
    plan text not null,
    version integer not null,
    view text not null,
    bytes_sha256 blob not null check (length(bytes_sha256) = 32),
    bytes blob not null,
    primary key (plan, version, view),
    foreign key (plan, version) references publication (plan, version)
) strict;

-- Plans with edits that the worker has not published yet.
create table publication_due (
    plan text primary key not null references plan (id),
    first_edit_at integer not null,
    last_edit_at integer not null,
    saves integer not null default 1 -- tells an edit in the same millisecond from none
) strict, without rowid;

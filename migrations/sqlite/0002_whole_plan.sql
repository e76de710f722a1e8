-- The whole plan: definitions by their hash, what others propose, when somebody last looked, demographics and the vault.
--
-- Times are UTC milliseconds; ids are text; hashes are 32-byte blobs.

-- Every definition that a section was ever read by, as its file was. Rows are only ever added.
create table definition (
    hash blob primary key not null check (length(hash) = 32), -- of its canonical form
    section text not null,
    version integer not null,
    file text not null,
    first_seen_at integer not null
) strict;

-- By which definition a publication read the section, and how far the change log was looked at for disputes.
alter table publication_section add column definition_hash blob references definition (hash);
alter table publication_section add column checked_heads blob;
-- How many changes its heads cover: the section has changed since if its log is longer.
alter table publication_section add column changes integer;

-- Whose plan it was as the views say it, in JSON: demographics change, publications do not.
alter table publication add column person text;

-- A change that somebody proposes who may not make it. What is proposed and who proposed it never change.
create table suggestion (
    id text primary key not null, -- made by the client, so that a repeated request is the same suggestion
    plan text not null references plan (id),
    section text not null,
    edit text not null, -- core's Edit in JSON
    reason text not null,
    seen blob not null, -- heads of the section when it was proposed
    author integer not null references author (id),
    made_at integer not null,
    state text not null default 'open' check (state in ('open', 'accepted', 'edited', 'declined', 'withdrawn')),
    decided_by integer references author (id),
    decided_at integer,
    decision_reason text,
    decided_edit text, -- what was made of it, where that is not what was proposed
    change blob check (length(change) = 32), -- that made it
    check ((state = 'open') = (decided_by is null) and (decided_by is null) = (decided_at is null))
) strict, without rowid;

create index suggestion_of_plan on suggestion (plan, state, made_at);

-- When somebody last looked at a plan.
create table look (
    plan text not null references plan (id),
    account text not null,
    at integer not null,
    primary key (plan, account)
) strict, without rowid;

-- More of demographics than a banner shows. JSON, because a feed brings it whole and nothing is searched in it.
alter table person add column demographics text not null default '{}';

-- The key of a plan's vault, wrapped by the master key. Deleting it makes the vault unreadable for good.
create table vault_key (
    plan text primary key not null references plan (id),
    nonce blob not null check (length(nonce) = 24),
    wrapped blob not null
) strict, without rowid;

create table vault_item (
    plan text not null references plan (id),
    kind text not null,
    nonce blob not null check (length(nonce) = 24),
    sealed blob not null,
    author integer not null references author (id),
    changed_at integer not null,
    primary key (plan, kind)
) strict, without rowid;

-- Each look into the vault, with its reason.
create table vault_look (
    id integer primary key not null,
    plan text not null references plan (id),
    kind text not null,
    author integer not null references author (id),
    reason text not null,
    at integer not null
) strict;

-- Launched out of a host's record, and passkeys for those who have no national identity.

-- What a host said once and may not say again: launches, and the ids of its tokens. Kept until each would be refused for
-- its age alone.
create table launch_used (
    host text not null,
    said_sha256 blob not null check (length(said_sha256) = 32),
    until_at integer not null,
    primary key (host, said_sha256)
) strict, without rowid;

create index launch_used_until on launch_used (until_at);

-- A signed launch that was taken, and whose address was not opened yet.
create table launch_ticket (
    ticket_sha256 blob primary key not null check (length(ticket_sha256) = 32),
    host text not null,
    account text not null references account (id),
    roles text not null, -- ids in role_grant, as JSON: those that the host named
    nhs_number text not null references person (nhs_number),
    organisation text not null references organisation (code),
    app text not null check (app in ('professional', 'crew')),
    job text,
    assurance integer not null check (assurance between 1 and 3),
    expires_at integer not null
) strict, without rowid;

-- What a session was launched for; gone with it.
create table launch (
    session integer primary key not null references session (id) on delete cascade,
    host text not null,
    nhs_number text not null references person (nhs_number),
    organisation text not null references organisation (code),
    relationship text references relationship (id) -- none while there is no plan
) strict;

-- The relationship of a launch ends with its session, however that ends.
create trigger launch_over after delete on launch when old.relationship is not null
begin
    update relationship set ended_at = cast(unixepoch('subsec') * 1000 as integer)
        where id = old.relationship and ended_at is null;
    insert into access_change (plan, account, at)
        select plan, account, cast(unixepoch('subsec') * 1000 as integer) from relationship where id = old.relationship;
end;

-- What an authenticator calls an account: random, so that a key says nothing of whose it is.
create table passkey_user (
    account text primary key not null references account (id),
    handle blob not null unique check (length(handle) = 64)
) strict, without rowid;

create table passkey (
    id integer primary key not null,
    account text not null references account (id),
    credential blob not null unique,
    name text not null, -- in its owner's words
    transports integer not null,
    static_state blob not null, -- public key and what else never changes, as webauthn_rp writes them
    dynamic_state blob not null check (length(dynamic_state) = 7), -- the counter among it
    created_at integer not null,
    used_at integer
) strict;

create index passkey_of_account on passkey (account);

-- A registration or a sign-in that was begun: what was asked is answered once.
create table passkey_ceremony (
    challenge blob primary key not null check (length(challenge) = 16),
    account text references account (id), -- who registers; nobody is known at a sign-in
    code_sha256 blob check (length(code_sha256) = 32), -- the enrolment code it was begun with
    state blob not null,
    expires_at integer not null
) strict, without rowid;

-- A code that lets somebody register a passkey, once.
create table enrolment_code (
    code_sha256 blob primary key not null check (length(code_sha256) = 32),
    account text not null references account (id),
    expires_at integer not null
) strict, without rowid;

-- Systems that read by themselves, and what was published as they read it.
--
-- Times are UTC milliseconds; hashes are 32-byte blobs.

-- A token of a system: opaque, for a few minutes.
create table client_token (
    id integer primary key autoincrement not null, -- never given again: the audit names tokens by it
    token_sha256 blob not null unique check (length(token_sha256) = 32),
    client text not null, -- its id in the identity file
    scopes text not null, -- with spaces between
    expires_at integer not null
) strict;

create index client_token_by_age on client_token (expires_at);

-- Apps that read for whoever uses them (SMART App Launch): what somebody allowed, for as long as their session at most.
--
-- Times are UTC milliseconds; hashes are 32-byte blobs.

-- A code that an app exchanges for a token, once (RFC 6749, section 4.1).
create table app_code (
    code_sha256 blob primary key not null check (length(code_sha256) = 32),
    app text not null, -- its id in the identity file
    session integer not null references session (id) on delete cascade,
    scopes text not null, -- with spaces between
    redirect_uri text not null,
    challenge text not null, -- base64url of the SHA-256 of what the app proves itself by (RFC 7636, S256)
    expires_at integer not null
) strict, without rowid;

create index app_code_by_age on app_code (expires_at);
create index app_code_of_session on app_code (session);

-- A token of an app.
create table app_token (
    token_sha256 blob primary key not null check (length(token_sha256) = 32),
    app text not null,
    session integer not null references session (id) on delete cascade,
    scopes text not null,
    code_sha256 blob not null check (length(code_sha256) = 32), -- what it was given for: a code that comes again ends it
    expires_at integer not null
) strict, without rowid;

create index app_token_by_age on app_token (expires_at);
create index app_token_of_session on app_token (session);
create index app_token_of_code on app_token (code_sha256);

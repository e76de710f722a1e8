-- Who vouches for an account, and what a browser has to bring back from whoever was asked.
--
-- Times are UTC milliseconds; hashes are 32-byte blobs.

-- Somebody as a provider knows them.
create table identity (
    provider text not null, -- its id in the identity file
    subject text not null,
    account text not null references account (id),
    created_at integer not null,
    seen_at integer not null,
    primary key (provider, subject)
) strict, without rowid;

create index identity_of_account on identity (account);

-- A role that a provider vouches for is brought up to date at each sign-in; one without was given here.
alter table role_grant add column provider text;
alter table role_grant add column provider_role text; -- what the provider calls it
alter table role_grant add column acts_for text references person (nhs_number); -- of a proxy

-- A sign-in that was begun: it ends once, in the browser that began it.
create table pending_sign_in (
    state_sha256 blob primary key not null check (length(state_sha256) = 32),
    browser_sha256 blob not null check (length(browser_sha256) = 32),
    provider text not null,
    nonce text not null,
    verifier text not null, -- of PKCE
    return_path text not null,
    replaces integer, -- the session that this browser had
    address text not null,
    created_at integer not null
) strict, without rowid;

create index pending_sign_in_of_address on pending_sign_in (address, created_at);
create index pending_sign_in_by_age on pending_sign_in (created_at);

-- Who may see what, and why: organisations and their agreements, roles, care teams, relationships, objections.
--
-- Times are UTC milliseconds; ids are text. A row that has ended stays, with its end.

alter table organisation add column kind text not null default 'other'; -- core's OrganisationKind
alter table organisation add column region text not null default '';
-- Standards of the Data Security and Protection Toolkit. Whoever takes an organisation in has looked.
alter table organisation add column dspt text not null default 'met' check (dspt in ('met', 'not-met'));

create table sharing_agreement (
    id text primary key not null,
    title text not null,
    from_at integer not null,
    until_at integer,
    check (until_at is null or until_at > from_at)
) strict, without rowid;

-- Who takes part, and for what: direct care, or emergency care only.
create table agreement_party (
    agreement text not null references sharing_agreement (id),
    organisation text not null references organisation (code),
    purpose text not null default 'direct-care' check (purpose in ('direct-care', 'emergency-care')),
    from_at integer not null,
    until_at integer,
    primary key (agreement, organisation)
) strict, without rowid;

create index agreement_of_organisation on agreement_party (organisation);

-- An identity may hold several roles at several organisations; a session has one of them.
create table role_grant (
    id integer primary key not null,
    account text not null,
    role text not null,
    job_title text not null,
    organisation text not null references organisation (code),
    senior integer not null default 0 check (senior in (0, 1)), -- an authorised senior decision-maker
    from_at integer not null default 0,
    ended_at integer
) strict;

create index role_of_account on role_grant (account, ended_at);

insert into role_grant (account, role, job_title, organisation, senior)
    select id, role, job_title, organisation, senior from account;

-- Everybody signs in again: a session now has a role.
drop table sync_ticket;
drop table session;

create table account_with_roles (
    id text primary key not null,
    kind text not null check (kind in ('staff', 'person', 'crew')),
    name text not null,
    registration text, -- body and number: GMC 7000001
    person text references person (nhs_number), -- whose own account it is
    ended_at integer
) strict;

insert into account_with_roles (id, kind, name, registration) select id, kind, name, registration from account;
drop table account;
alter table account_with_roles rename to account;
create unique index account_of_person on account (person) where person is not null;

-- Only the SHA-256 of a session's token is kept.
create table session (
    id integer primary key not null,
    token_sha256 blob not null unique check (length(token_sha256) = 32),
    account text not null references account (id),
    role_grant integer references role_grant (id), -- none until one of several was selected
    via text not null check (via in ('development', 'oidc', 'smart', 'launch-token', 'passkey')),
    assurance integer not null check (assurance between 1 and 3), -- AAL
    only_plan text references plan (id), -- launched for this plan, sees no other
    job text, -- the emergency it was launched for
    created_at integer not null,
    seen_at integer not null,
    expires_at integer not null -- absolute; idleness is judged from seen_at
) strict;

create index session_of_account on session (account);

create table sync_ticket (
    ticket_sha256 blob primary key not null check (length(ticket_sha256) = 32),
    session integer not null references session (id) on delete cascade,
    expires_at integer not null
) strict, without rowid;

-- The organisation that keeps the plan: agreements are looked at from there.
alter table plan add column home text references organisation (code);

update plan set home = (select organisation from author where author.id = plan.created_by)
    where (select organisation from author where author.id = plan.created_by) in (select code from organisation);

-- Organisations that look after the person.
create table care_team (
    plan text not null references plan (id),
    organisation text not null references organisation (code),
    author integer not null references author (id),
    from_at integer not null,
    ended_at integer,
    primary key (plan, organisation)
) strict, without rowid;

create index care_team_of_organisation on care_team (organisation, ended_at);

-- Whoever has written in a plan works with it.
insert into care_team (plan, organisation, author, from_at)
    select document.plan, author.organisation, min(author.id), min(change.received_at)
    from change join document on document.id = change.document join author on author.id = change.author
    where author.organisation in (select code from organisation)
    group by document.plan, author.organisation;

-- Members of staff named for a person (`in`), or kept from the plan whatever else holds (`out`).
create table team_member (
    plan text not null references plan (id),
    account text not null references account (id),
    part text not null check (part in ('in', 'out')),
    reason text not null,
    author integer not null references author (id),
    from_at integer not null,
    ended_at integer,
    primary key (plan, account)
) strict, without rowid;

create table relationship (
    id text primary key not null,
    plan text not null references plan (id),
    account text not null references account (id),
    organisation text not null references organisation (code),
    kind text not null check (kind in ('asserted', 'launched', 'break-glass')),
    reason text not null,
    author integer not null references author (id),
    from_at integer not null,
    until_at integer not null,
    ended_at integer,
    -- What a privacy officer made of it.
    reviewed_at integer,
    reviewed_by integer references author (id),
    review text check (review in ('in-order', 'not-in-order')),
    review_note text
) strict, without rowid;

create index relationship_of_plan on relationship (plan, until_at);
create index relationship_of_organisation on relationship (organisation, kind, reviewed_at);

-- What a person does not want: of the person and not of the plan, because it may come before there is one.
create table objection (
    id text primary key not null,
    nhs_number text not null references person (nhs_number),
    grade text not null check (grade in ('emergency-only', 'refused')),
    reason text not null,
    author integer not null references author (id),
    from_at integer not null,
    until_at integer,
    withdrawn_at integer,
    withdrawn_by integer references author (id)
) strict, without rowid;

create index objection_of_person on objection (nhs_number);

alter table person add column national_data_opt_out integer not null default 0 check (national_data_opt_out in (0, 1));

-- Who acts for a person, in their own name.
create table proxy (
    account text not null references account (id),
    nhs_number text not null references person (nhs_number),
    basis text not null, -- lasting power of attorney for health and welfare, parent, deputy
    from_at integer not null,
    until_at integer not null,
    ended_at integer,
    primary key (account, nhs_number)
) strict, without rowid;

-- What changed of access, for every process that keeps something of it in memory. Written with each change of the
-- tables above: `plan` if it is about one, `account` if somebody's roles or sessions changed, neither if it is about
-- agreements and organisations.
create table access_change (
    id integer primary key autoincrement not null,
    plan text,
    account text,
    at integer not null
) strict;

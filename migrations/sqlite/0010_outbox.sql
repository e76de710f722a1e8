-- What waits to be delivered: a row for each publication that may be shared, and one whenever a plan may no longer be.
--
-- Rows of `outbox` are only ever added, in the transaction of what they tell. Times are UTC milliseconds; ids are text.

-- Whether the newest publication withholds where the person lives.
alter table plan add column published_withheld integer not null default 0 check (published_withheld in (0, 1));

update plan set published_withheld = coalesce(
    (select json_extract(person, '$.withheld') from publication
     where publication.plan = plan.id and publication.version = plan.version), 0);

create table outbox (
    seq integer primary key autoincrement not null,
    plan text not null references plan (id),
    what text not null check (what in ('publish', 'withdraw')),
    version integer not null check (version > 0), -- of a withdrawal, the newest that there was
    at integer not null
) strict;

create index outbox_of_plan on outbox (plan, seq);

-- Plans that were published before there was an outbox, by the rule of `store/outbox.rs`.
insert into outbox (plan, what, version, at)
    select plan.id, 'publish', plan.version, cast(unixepoch('subsec') * 1000 as integer)
    from plan join person on person.nhs_number = plan.nhs_number
    where plan.version > 0 and (person.withheld = 0 or plan.published_withheld = 1)
        and coalesce(json_extract(person.demographics, '$.restriction'), '') <> 'V'
        and not exists (
            select 1 from objection
            where objection.nhs_number = plan.nhs_number and objection.withdrawn_at is null
                and (objection.until_at is null or objection.until_at > unixepoch('subsec') * 1000))
    order by plan.id;

-- Systems that plans are delivered to, as the targets file names them.
create table delivery_target (
    id text primary key not null,
    settings blob not null check (length(settings) = 32), -- hash of what decides where and in which form it is sent
    taken_up integer not null default 0, -- the row of the outbox up to which there are deliveries
    events integer not null default 0, -- how many were begun: each has a number
    greeted integer not null default 0 check (greeted in (0, 1)) -- a subscriber that has answered the handshake
) strict, without rowid;

-- How far a target is with a plan: the row of the outbox that it is at, or was at last.
create table delivery (
    target text not null references delivery_target (id),
    plan text not null references plan (id),
    seq integer not null references outbox (seq),
    state text not null check (state in ('waiting', 'delivered', 'dead')),
    since integer not null, -- when it came into this state
    next_at integer not null, -- when it is tried next, while it waits
    attempts integer not null default 0, -- at this row
    failures integer not null default 0, -- those of them that were the message's fault, or may have been
    reason text not null default '', -- why the last attempt failed: never what was sent or answered
    event integer not null default 0, -- number of the delivery at this target, the same at each attempt
    event_seq integer not null default 0, -- the row that has that number
    there text not null default '[]', -- JSON: names of what may be at the target
    note text not null default '', -- what the target has to be told again, by its kind
    sha256 blob check (length(sha256) = 32), -- of what was delivered last
    primary key (target, plan)
) strict, without rowid;

create index delivery_by_state on delivery (target, state, next_at);

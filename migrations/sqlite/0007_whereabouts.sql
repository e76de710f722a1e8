-- Where people live: to find them by it, and to withhold it.

-- Whether the demographics feed restricts where they are; follows from `demographics`.
alter table person add column withheld integer not null default 0 check (withheld in (0, 1));

update person set withheld = 1 where json_extract(demographics, '$.restriction') in ('R', 'V');

-- By what a person is found. Whoever is restricted is not in it: what is not there is never found.
create table person_place (
    kind text not null check (kind in ('postcode', 'practice')),
    value text not null, -- a postcode in capitals without spaces, or an ODS code
    nhs_number text not null references person (nhs_number),
    primary key (kind, value, nhs_number)
) strict, without rowid;

create index place_of_person on person_place (nhs_number);

insert or ignore into person_place (kind, value, nhs_number)
    select 'postcode', upper(replace(json_extract(address.value, '$.postcode'), ' ', '')), person.nhs_number
    from person, json_each(person.demographics, '$.addresses') address
    where person.withheld = 0 and json_extract(address.value, '$.postcode') is not null;

insert or ignore into person_place (kind, value, nhs_number)
    select 'practice', upper(json_extract(demographics, '$.gp_practice.ods')), nhs_number
    from person
    where withheld = 0 and json_extract(demographics, '$.gp_practice.ods') is not null;

-- The plans that somebody is connected to by themselves.
create index relationship_of_account on relationship (account, until_at);
create index team_member_of_account on team_member (account, ended_at);

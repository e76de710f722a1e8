-- Sections that a person keeps from somebody who acts for them. A row that ended stays as history.
create table kept_section (
    id integer primary key autoincrement not null,
    nhs_number text not null references person (nhs_number),
    account text not null references account (id),
    section text not null,
    author integer not null references author (id),
    from_at integer not null,
    ended_at integer,
    ended_by integer references author (id)
) strict;

create unique index kept_section_now on kept_section (nhs_number, account, section) where ended_at is null;

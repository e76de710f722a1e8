-- Codes on printed plans, by which anybody can ask whether a print is still current: one for each publication.

create table check_code (
    code text primary key not null check (length(code) = 16), -- random; says nothing of the plan
    plan text not null,
    version integer not null,
    revoked_at integer,
    unique (plan, version),
    foreign key (plan, version) references publication (plan, version)
) strict, without rowid;

-- What became of a refused change: somebody has put its words in under their own name, or nobody needs them.

alter table quarantine add column state text not null default 'open' check (state in ('open', 'salvaged', 'discarded'));
alter table quarantine add column settled_by integer references author (id);
alter table quarantine add column settled_at integer;
alter table quarantine add column note text;

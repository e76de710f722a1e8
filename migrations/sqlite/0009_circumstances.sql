-- What stood around a plan when it was published, in JSON: who keeps it, what the demographics feed said. Publications of
-- before it was kept do not have it.
alter table publication add column circumstances text;

-- The audit: every decision, yes or no, in a chain of hashes. Rows are only ever added.
--
-- Times are UTC milliseconds; ids are text; hashes are 32-byte blobs. There is no content of a plan in it, no name of a
-- person and no NHS number: a plan stands here as its id.

create table audit (
    seq integer primary key not null check (seq > 0), -- from 1, without gaps
    at integer not null,
    author integer references author (id), -- none: nobody was signed in
    via text, -- how they had proved who they are; none for the service itself
    assurance integer check (assurance between 1 and 3), -- AAL
    session integer, -- no reference: sessions are forgotten
    action text not null,
    plan text, -- no reference: somebody may ask for a plan that there is not
    resource text, -- kind:id
    outcome text not null check (outcome in ('allowed', 'refused', 'failed')),
    rules text not null, -- ids of the rules that decided, with spaces between
    connection text, -- by what they were connected to the plan
    reason text, -- that they gave
    job text, -- the emergency they were sent to
    version integer, -- of a publication; of a digest, how many rows it covers
    sha256 blob check (length(sha256) = 32), -- of what was shown, published or digested
    hash blob not null check (length(hash) = 32) -- over the row before and this one
) strict;

create index audit_of_plan on audit (plan, seq) where plan is not null;
create index audit_of_job on audit (job, seq) where job is not null;

-- How far the change log of each document is digested in the chain. Derived from the chain.
create table audit_log_root (
    document text primary key not null references document (id),
    changes integer not null,
    root blob not null check (length(root) = 32)
) strict, without rowid;

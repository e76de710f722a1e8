//! What one connection has of one document.

use crate::{
    policy::Subject,
    sync::{
        guard::{Candidate, SyncMessage},
        hub::limits::{HELD_BYTES_MAX, HELD_CHANGES_MAX},
    },
    time::UtcMillis,
};
use automerge::ChangeHash;
use std::{collections::BTreeSet, sync::Arc};

/// One connection's view of one document.
#[derive(Debug)]
pub(super) struct Peer {
    /// Who is behind the connection.
    pub(super) subject: Arc<Subject>,
    /// The client's name for itself, to address messages to.
    pub(super) name: Arc<str>,
    /// May it change the document; otherwise every message to it carries the read-only flag.
    pub(super) may_write: bool,
    /// It has been sent all that the hub has committed, or said that it has it. Each commit then goes to it at once.
    pub(super) level: bool,
    /// It has sent flags, so it reads glued chunks and whole documents.
    pub(super) reads_documents: bool,
    /// The heads it last named.
    pub(super) heads: Vec<ChangeHash>,
    /// What it still waits for because its catch-up allowance was used up.
    pub(super) owed: Option<SyncMessage>,
    /// Hashes already asked for by name on this connection; asking again would not help.
    pub(super) asked: BTreeSet<ChangeHash>,
    held: Vec<Candidate>,
    held_bytes: usize,
    held_since: UtcMillis,
}

impl Peer {
    pub(super) fn new(subject: Arc<Subject>, name: Arc<str>, may_write: bool) -> Self {
        Self {
            subject,
            name,
            may_write,
            level: false,
            reads_documents: false,
            heads: Vec::new(),
            owed: None,
            asked: BTreeSet::new(),
            held: Vec::new(),
            held_bytes: 0,
            held_since: UtcMillis(0),
        }
    }

    /// Keeps a change until its dependencies arrive; gives it back if there is no room.
    pub(super) fn hold(&mut self, candidate: Candidate, now: UtcMillis) -> Result<(), Box<Candidate>> {
        if self.held.len() >= HELD_CHANGES_MAX || self.held_bytes + candidate.raw.len() > HELD_BYTES_MAX {
            return Err(Box::new(candidate));
        }
        if self.held.is_empty() {
            self.held_since = now;
        }
        self.held_bytes += candidate.raw.len();
        self.held.push(candidate);
        Ok(())
    }

    pub(super) fn take_held(&mut self) -> Vec<Candidate> {
        self.held_bytes = 0;
        std::mem::take(&mut self.held)
    }

    pub(super) fn holds(&self) -> &[Candidate] {
        &self.held
    }

    /// Since when the oldest held change waits; `None` if none is held.
    pub(super) fn held_since(&self) -> Option<UtcMillis> {
        (!self.held.is_empty()).then_some(self.held_since)
    }
}

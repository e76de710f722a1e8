//! One socket: who is behind it, what it has open, what it may still ask for.

use crate::{
    policy::Subject,
    sync::{
        DocumentId,
        hub::{
            bucket::Bucket,
            limits::{
                CATCH_UP_BURST_AND_RATE, EPHEMERALS_BURST_AND_RATE, FRAMES_BURST_AND_RATE, REFUSALS_PER_CONNECTION_MAX,
            },
            rights::Rights,
        },
    },
    time::UtcMillis,
};
use std::{collections::BTreeMap, sync::Arc};

#[derive(Debug)]
pub(super) struct Connection {
    pub(super) subject: Arc<Subject>,
    /// The client's peer id; `None` until it has joined.
    pub(super) peer: Option<Arc<str>>,
    /// What it may do with the documents it has asked for.
    pub(super) rights: BTreeMap<DocumentId, Rights>,
    pub(super) frames: Bucket,
    pub(super) catch_up: Bucket,
    ephemerals: Bucket,
    /// The session and count of its last ephemeral message.
    said: (String, u64),
    refusals: u32,
}

impl Connection {
    pub(super) fn new(subject: Subject, now: UtcMillis) -> Self {
        Self {
            subject: Arc::new(subject),
            peer: None,
            rights: BTreeMap::new(),
            frames: Bucket::full(FRAMES_BURST_AND_RATE, now),
            catch_up: Bucket::full(CATCH_UP_BURST_AND_RATE, now),
            ephemerals: Bucket::full(EPHEMERALS_BURST_AND_RATE, now),
            said: (String::new(), 0),
            refusals: 0,
        }
    }

    /// Whether an ephemeral message may pass: not too many, and none twice.
    pub(super) fn may_say(&mut self, session: &str, count: u64, now: UtcMillis) -> bool {
        if self.said.0 == session && count <= self.said.1 {
            return false;
        }
        if !self.ephemerals.take_one(now) {
            return false;
        }
        session.clone_into(&mut self.said.0);
        self.said.1 = count;
        true
    }

    /// Documents of which something was missed for want of a right.
    pub(super) fn missed(&self) -> impl Iterator<Item = DocumentId> + '_ {
        self.rights.iter().filter(|(_, rights)| rights.missed).map(|(id, _)| *id)
    }

    /// Counts a refusal; false once there were too many.
    pub(super) fn note_refusal(&mut self) -> bool {
        self.refusals = self.refusals.saturating_add(1);
        self.refusals <= REFUSALS_PER_CONNECTION_MAX
    }
}

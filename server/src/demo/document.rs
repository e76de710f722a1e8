//! One section's document while its history is made: the changes that clients of its authors would have sent.

use crate::store::NewDocument;
use automerge::{ActorId, Automerge, AutomergeError, Change, ChangeHash, ReadDoc};
use bytes::Bytes;
use coplan_core::{
    content::{
        self,
        edit::{Edit, EditError},
    },
    decision::{self, Command, DecisionError},
    id::PlanId,
    policy::Subject,
    section::Section,
    sync::{
        DocumentId,
        hub::{NewChange, writing_actor},
    },
    time::UtcMillis,
};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// A document as far as its history has been made.
pub(super) struct SectionDocument {
    pub id: DocumentId,
    pub section: Arc<Section>,
    pub state: Automerge,
    /// Every change after the genesis, in the order in which they arrived.
    pub changes: Vec<NewChange>,
    genesis: NewChange,
    /// Heads before the last sitting, for one that did not see it.
    before_last: Vec<ChangeHash>,
    sittings: u32,
}

/// One author at one device.
pub(super) struct Sitting<'s> {
    pub by: &'s Subject,
    pub begun_at: UtcMillis,
    /// Without a signal: it begins at what the last sitting had begun at, and arrives late.
    pub offline: bool,
    pub edits: &'s [Edit],
}

/// Why a sitting could not be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum SittingError {
    #[error("{0}")]
    Edit(#[from] EditError),
    #[error("{0}")]
    Decision(#[from] DecisionError),
    #[error("{0}")]
    Document(#[from] AutomergeError),
}

impl SectionDocument {
    pub(super) fn begin(
        plan: &PlanId,
        section: &Arc<Section>,
        by: &Subject,
        now: UtcMillis,
    ) -> Result<Self, AutomergeError> {
        let genesis = content::genesis(section);
        let mut state = content::empty_document();
        state.apply_changes([genesis.clone()])?;
        Ok(Self {
            id: DocumentId::from_random(digest(&["document", plan.as_str(), section.id.as_str()])),
            section: Arc::clone(section),
            before_last: state.get_heads(),
            genesis: new_change(&genesis, by, now),
            state,
            changes: Vec::new(),
            sittings: 0,
        })
    }

    pub(super) fn to_be_made(&self) -> NewDocument {
        NewDocument {
            id: self.id,
            section: self.section.id.clone(),
            definition: self.section.version,
            genesis: self.genesis.clone(),
        }
    }

    /// Carries a command out as the service does for whoever asks, in one change.
    pub(super) fn decide(&mut self, command: &Command, by: &Subject, now: UtcMillis) -> Result<(), SittingError> {
        let before = self.state.get_heads();
        let mut service = self.state.fork().with_actor(writing_actor(&self.id, &by.user));
        decision::carry_out(&mut service, &self.section, command, by, now)?;
        for change in service.get_changes(&before) {
            self.changes.push(new_change(&change, by, now.plus_ms(DELIVERY_MS)));
            self.state.apply_changes([change])?;
        }
        self.before_last = before;
        Ok(())
    }

    /// When the last change arrived, if there is one after the genesis.
    pub(super) fn changed_at(&self) -> Option<UtcMillis> {
        self.changes.iter().map(|change| change.received_at).max()
    }

    /// Makes a sitting's edits, each a change of the sitting's own actor.
    pub(super) fn sit(&mut self, sitting: &Sitting<'_>) -> Result<(), SittingError> {
        let start = if sitting.offline { self.before_last.clone() } else { self.state.get_heads() };
        self.sittings += 1;
        let number = self.sittings.to_string();
        let actor = digest(&["actor", sitting.by.user.as_str(), &self.id.to_string(), &number]);
        let mut device = self.state.fork_at(&start)?.with_actor(ActorId::from(actor));
        self.before_last = self.state.get_heads();
        for (edit, made_at) in sitting.edits.iter().zip(times(sitting.begun_at)) {
            let hash = content::edit::apply(&mut device, &self.section, edit, made_at.0.div_euclid(1000))?;
            let change = device.get_change_by_hash(&hash).expect("the device has the change that it just made");
            let delay_ms = if sitting.offline { OFFLINE_MS } else { DELIVERY_MS };
            self.changes.push(new_change(&change, sitting.by, made_at.plus_ms(delay_ms)));
            self.state.apply_changes([change])?;
        }
        Ok(())
    }
}

/// When each edit of a sitting was made: people take their time.
fn times(begun_at: UtcMillis) -> impl Iterator<Item = UtcMillis> {
    (0..).map(move |at: i64| begun_at.plus_ms(at * EDIT_MS + at * at % 7 * 1_300))
}

fn new_change(change: &Change, by: &Subject, received_at: UtcMillis) -> NewChange {
    NewChange {
        hash: change.hash(),
        deps: change.deps().to_vec(),
        actor: change.actor_id().clone(),
        seq: change.seq(),
        bytes: Bytes::copy_from_slice(change.raw_bytes()),
        ops: change.len() as u64,
        claimed_at_s: change.timestamp(),
        received_at,
        subject: by.clone(),
    }
}

/// 16 bytes that look random and are the same each time.
pub(super) fn digest(parts: &[&str]) -> [u8; 16] {
    let mut hasher = Sha256::new();
    hasher.update("coplan demo world");
    for part in parts {
        hasher.update([0]);
        hasher.update(part);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hasher.finalize()[..16]);
    bytes
}

/// Between two edits of one sitting.
const EDIT_MS: i64 = 40_000;
/// From a device with a signal to the service.
const DELIVERY_MS: i64 = 180;
/// From a device without one: until the nurse is back on the road.
const OFFLINE_MS: i64 = 45 * 60_000;

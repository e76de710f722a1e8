//! What the store of the small world holds, and what must be true of it.

use super::writes::Writes;
use automerge::{ActorId, Automerge, ChangeHash};
use bytes::Bytes;
use coplan_core::{
    content,
    policy::PlanFacts,
    section::Section,
    sync::{
        DocumentId,
        hub::{NewChange, StoredChange, StoredDocument, StoredSnapshot, writing_actor},
    },
};
use std::{collections::BTreeMap, sync::Arc};

/// What the store holds of one document: nothing but what a transaction has committed.
pub(super) struct Rows {
    pub(super) section: Arc<Section>,
    pub(super) changes: Vec<NewChange>,
    pub(super) snapshot: Option<StoredSnapshot>,
    /// Hashes, and the reason's name.
    pub(super) quarantine: BTreeMap<ChangeHash, &'static str>,
}

impl Rows {
    pub(super) fn new(section: Arc<Section>) -> Self {
        Self { section, changes: Vec::new(), snapshot: None, quarantine: BTreeMap::new() }
    }

    pub(super) fn holds(&self, hash: &ChangeHash) -> bool {
        self.changes.iter().any(|change| change.hash == *hash)
    }

    pub(super) fn replay(&self) -> Automerge {
        let mut replay = Automerge::new();
        replay.apply_changes([content::genesis(&self.section)]).expect("the first change");
        for row in &self.changes {
            let change = automerge::Change::try_from(&row.bytes[..]).expect("stored bytes are a change");
            replay.apply_changes([change]).expect("stored changes apply one by one");
        }
        replay
    }

    /// What is stored, read at once.
    pub(super) fn as_loaded(&self) -> Automerge {
        let mut bytes = content::genesis(&self.section).raw_bytes().to_vec();
        self.changes.iter().for_each(|change| bytes.extend_from_slice(&change.bytes));
        Automerge::load(&bytes).expect("what is stored loads")
    }

    /// Nothing acknowledged is lost; what stands under an actor of the service the service made, for its author; and
    /// decisions stand in one line. Whether the document was brought up to date.
    pub(super) fn check_writes(&self, id: DocumentId, section: &Section, writes: &Writes, seed: u64) -> bool {
        assert!(writes.stored(&id).iter().all(|hash| self.holds(hash)), "seed {seed}: a write was lost");
        let upgrade = content::upgrade_actor(section);
        let own = |change: &&NewChange| content::is_service_actor(&change.actor) && change.actor != upgrade;
        for change in self.changes.iter().filter(own) {
            assert!(writes.was_submitted(&change.hash), "seed {seed}: somebody took an actor of the service");
            assert_eq!(change.actor, writing_actor(&id, &change.subject.user), "seed {seed}: another author");
        }
        if self.section.is_decided() {
            let passed = self.changes.windows(2).any(|two| !two[1].deps.contains(&two[0].hash));
            assert!(!passed, "seed {seed}: two decisions passed each other");
        }
        self.changes.iter().any(|change| change.actor == upgrade)
    }

    pub(super) fn load(&self, facts: Arc<PlanFacts>) -> StoredDocument {
        let genesis = content::genesis(&self.section);
        let first =
            StoredChange { hash: genesis.hash(), deps: Vec::new(), bytes: Bytes::copy_from_slice(genesis.raw_bytes()) };
        let rows =
            self.changes.iter().map(|c| StoredChange { hash: c.hash, deps: c.deps.clone(), bytes: c.bytes.clone() });
        let covered = self.snapshot.as_ref().map_or(0, |s| s.changes as usize);
        let mut actors: BTreeMap<ActorId, _> =
            self.changes.iter().map(|c| (c.actor.clone(), c.subject.user.clone())).collect();
        actors.insert(genesis.actor_id().clone(), "system".parse().expect("an id"));
        StoredDocument {
            plan: "plan".parse().expect("an id"),
            facts,
            section: self.section.id.clone(),
            snapshot: self.snapshot.clone(),
            changes: std::iter::once(first).chain(rows).skip(covered).collect(),
            actors: actors.into_iter().collect(),
            refused: self.quarantine.keys().copied().collect(),
        }
    }
}

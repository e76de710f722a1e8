//! What the service writes on behalf of the peers' subjects: made from the store, given to the hub some time later.

use super::{
    chance::Chance,
    peer::{Held, Peer},
};
use automerge::{
    ActorId, Automerge, ChangeHash, ObjType, ROOT, ReadDoc,
    transaction::{CommitOptions, Transactable},
};
use bytes::Bytes;
use coplan_core::{
    policy::{Access, Action, PlanFacts, Resource, Subject},
    section::Section,
    sync::{
        DocumentId,
        hub::{Write, WriteFailure, WriteId, writing_actor},
    },
    time::UtcMillis,
};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

/// Writes under way, and what became of the others.
#[derive(Default)]
pub(super) struct Writes {
    /// Made and not yet given to the hub.
    made: VecDeque<Write>,
    /// Given to the hub and not answered.
    open: BTreeMap<WriteId, ChangeHash>,
    /// What was ever given to a hub.
    submitted: BTreeSet<ChangeHash>,
    /// What a hub said was stored.
    stored: BTreeMap<DocumentId, BTreeSet<ChangeHash>>,
    documents: BTreeMap<WriteId, DocumentId>,
    last: u64,
    pub(super) raced: u64,
}

impl Writes {
    /// Makes a change from a copy of what is stored; nothing if the subject has no right to.
    pub(super) fn make(
        &mut self,
        id: DocumentId,
        section: &Arc<Section>,
        copy: Automerge,
        (subject, facts, now): (&Subject, &PlanFacts, UtcMillis),
        chance: &mut Chance,
    ) {
        let action = if section.is_decided() { Action::Decide } else { Action::Write };
        let policies = super::access::policies();
        let access = Access { policies: &policies, facts, now };
        let Ok(granted) = access.decide(subject, action, Resource::Section(section)) else {
            return;
        };
        let actor = writing_actor(&id, &subject.user);
        let Some(chunk) = chunk(id, section, copy, &actor, subject, chance) else { return };
        self.last += 1;
        let write = Write { id: WriteId(self.last), document: id, subject: Arc::new(subject.clone()), granted, chunk };
        self.made.push_back(write);
    }

    /// The next to give to the hub.
    pub(super) fn next(&mut self) -> Option<Write> {
        let write = self.made.pop_front()?;
        let hash = automerge::Change::try_from(&write.chunk[..]).expect("a change").hash();
        self.open.insert(write.id, hash);
        self.documents.insert(write.id, write.document);
        self.submitted.insert(hash);
        Some(write)
    }

    /// The hub has answered. What it says is stored is stored.
    pub(super) fn answered(
        &mut self,
        id: WriteId,
        result: Result<ChangeHash, WriteFailure>,
        is_stored: impl Fn(&DocumentId, &ChangeHash) -> bool,
    ) {
        let hash = self.open.remove(&id).expect("the hub answers each write once");
        match result {
            Ok(stored) => {
                assert_eq!(stored, hash);
                let document = self.documents[&id];
                assert!(is_stored(&document, &hash), "a write was acknowledged before its commit");
                self.stored.entry(document).or_default().insert(hash);
            }
            Err(WriteFailure::Raced) => self.raced += 1,
            Err(WriteFailure::Unavailable) => {}
            Err(failure) => panic!("an honest write was answered {failure}"),
        }
    }

    /// A crash: nobody waits any more.
    pub(super) fn forget_what_is_open(&mut self) {
        self.open.clear();
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.open.is_empty()
    }

    /// What was acknowledged of a document.
    pub(super) fn stored(&self, document: &DocumentId) -> BTreeSet<ChangeHash> {
        self.stored.get(document).cloned().unwrap_or_default()
    }

    pub(super) fn count(&self) -> u64 {
        self.stored.values().map(|stored| stored.len() as u64).sum()
    }

    pub(super) fn was_submitted(&self, hash: &ChangeHash) -> bool {
        self.submitted.contains(hash)
    }
}

fn chunk(
    id: DocumentId,
    section: &Arc<Section>,
    copy: Automerge,
    actor: &ActorId,
    subject: &Subject,
    chance: &mut Chance,
) -> Option<Bytes> {
    let mut document = copy.with_actor(actor.clone());
    if section.is_decided() {
        record(&mut document, chance);
    } else {
        let mut held = Held::new(section.clone(), true, true, chance.bytes16());
        held.doc = document;
        let mut alone = Peer::new("service".into(), subject.clone(), BTreeMap::from([(id, held)]));
        if !alone.edit(id, chance, 0) {
            return None;
        }
        document = alone.documents.remove(&id).expect("just put there").doc;
    }
    document.get_last_local_change().map(|change| Bytes::copy_from_slice(change.raw_bytes()))
}

/// A decision record that follows on all there are.
fn record(document: &mut Automerge, chance: &mut Chance) {
    let mut tx = document.transaction();
    let (_, fields) = tx.get(ROOT, "fields").expect("a read").expect("made at genesis");
    let (_, records) = tx.get(&fields, "cpr").expect("a read").expect("made at genesis");
    let before: Vec<String> = tx.keys(&records).collect();
    let record = tx.put_object(&records, format!("r{}", chance.next()), ObjType::Map).expect("a put");
    tx.put(&record, "order", before.len() as i64 + 1).expect("a put");
    tx.put(&record, "supersedes", before.join(" ")).expect("a put");
    tx.commit_with(CommitOptions::default().with_time(0));
}

//! What must hold in the small world: at every frame, at every commit, and at the end.

use super::World;
use crate::simulation::{access, peer::ancestors};
use automerge::{Automerge, ChangeHash, ReadDoc, sync};
use bytes::Bytes;
use coplan_core::{
    content,
    policy::Action,
    sync::{
        DocumentId,
        frame::{self, Frame},
        hub::{ConnectionId, Input},
    },
};
use std::collections::BTreeSet;

impl World {
    /// What is about to arrive may be let in, or not, by the rights of this moment.
    pub(super) fn note_arrivals(&mut self, who: usize, bytes: &Bytes) {
        let Ok(Frame::Sync(message)) = frame::decode(bytes) else { return };
        let Some(rows) = self.stored.get(&message.document) else { return };
        let Ok(sync) = sync::Message::decode(&message.data) else { return };
        let may = self.facts.may(&self.peers[who].subject, &rows.section, Action::Write, self.now);
        for chunk in sync.changes.iter() {
            let Ok(change) = automerge::Change::try_from(chunk) else { continue };
            if may {
                self.allowed.insert((message.document, change.hash()));
            } else {
                self.not_allowed.entry(message.document).or_default().push((who, change.hash()));
            }
        }
    }

    /// What waited for its document to be read has the rights of then.
    pub(super) fn arrive_late(&mut self, document: DocumentId) {
        let section = self.stored[&document].section.clone();
        for (who, hash) in self.not_allowed.remove(&document).unwrap_or_default() {
            if self.facts.may(&self.peers[who].subject, &section, Action::Write, self.now) {
                self.allowed.insert((document, hash));
            }
        }
    }

    pub(super) fn change_access(&mut self, who: usize) {
        self.facts.change(&self.peers[who].subject, &mut self.chance, self.now);
    }

    pub(super) fn tell_of_access(&mut self) {
        if !self.facts.is_told {
            self.facts.is_told = true;
            let plan = self.chance.percent(50).then(|| "plan".parse().expect("an id"));
            self.input(Input::AccessChanged { newest: self.facts.newest().as_of, plan });
        }
    }

    /// Facts that the hub has asked for arrive, in any order, as they were then or as they are now.
    pub(super) fn finish_facts(&mut self) {
        let wanted = self.chance.below(self.facts.wanted.len());
        if let Some(then) = self.facts.wanted.remove(wanted) {
            let facts = if self.chance.percent(50) { then } else { self.facts.newest() };
            self.input(Input::Facts(facts));
        }
    }

    /// No frame carries or names a change before the transaction that stored it has committed, and none goes to
    /// somebody who may not read the document.
    pub(super) fn check_that_all_is_stored(&mut self, connection: ConnectionId, bytes: &Bytes) {
        let message = match frame::decode(bytes).expect("the hub writes frames that can be read") {
            Frame::Sync(message) => message,
            Frame::Ephemeral { document, .. } => {
                assert!(self.may_read(connection, document), "seed {}: a word to somebody without a right", self.seed);
                return;
            }
            _ => return,
        };
        let rows = &self.stored[&message.document];
        let sync = sync::Message::decode(&message.data).expect("automerge reads what the hub writes");
        let genesis = content::genesis(&rows.section).hash();
        let stored: BTreeSet<ChangeHash> = rows.changes.iter().map(|c| c.hash).chain([genesis]).collect();
        assert!(sync.heads.iter().all(|h| stored.contains(h)), "seed {}: heads before the commit", self.seed);
        let mut carried = Automerge::new();
        for chunk in sync.changes.iter() {
            carried.load_incremental(chunk).expect("chunks that load");
        }
        for change in carried.get_changes(&[]) {
            assert!(stored.contains(&change.hash()), "seed {}: a change before its commit", self.seed);
        }
        if !self.may_read(connection, message.document) {
            self.check_that_nothing_is_told(connection, &message.document, &sync);
        }
    }

    fn may_read(&self, connection: ConnectionId, document: DocumentId) -> bool {
        let peer = self.peers.iter().find(|p| p.connection == Some(connection));
        let section = &self.stored[&document].section;
        peer.is_none_or(|peer| self.facts.may(&peer.subject, section, Action::Read, self.now))
    }

    /// Somebody without a right may be asked for their own, in words that they have said themselves.
    fn check_that_nothing_is_told(&mut self, connection: ConnectionId, document: &DocumentId, sync: &sync::Message) {
        let peer = self.peers.iter().find(|p| p.connection == Some(connection)).expect("just found");
        let doc = &peer.documents[document].doc;
        let mut named = sync.heads.iter().chain(&sync.need).chain(sync.have.iter().flat_map(|have| &have.last_sync));
        let known = named.all(|hash| doc.get_change_by_hash(hash).is_some());
        assert!(known && sync.changes.iter().next().is_none(), "seed {}: told without a right", self.seed);
        self.totals.asked += 1;
    }

    pub(super) fn check_the_end(&mut self) {
        let seed = self.seed;
        assert!(self.writes.is_quiet(), "seed {seed}: a write was never answered");
        for (id, rows) in &self.stored {
            let replay = rows.replay();
            let section = self.sections.section(&rows.section.id).expect("no section goes");
            let upgraded = rows.check_writes(*id, section, &self.writes, seed);
            assert_eq!(upgraded, section.version > rows.section.version, "seed {seed}: not up to date, or twice");
            self.totals.upgraded += u64::from(upgraded);
            let mut heads = replay.get_heads();
            heads.sort_unstable();
            let again = Automerge::load(&replay.save()).expect("what was stored can be saved and loaded");
            let hashes: BTreeSet<ChangeHash> = rows.changes.iter().map(|c| c.hash).collect();
            assert_eq!(hashes.len(), rows.changes.len(), "seed {seed}: a change was stored twice");
            for peer in &self.peers {
                let held = &peer.documents[id];
                if !access::may(&self.facts.newest(), &peer.subject, section, Action::Read, self.now) {
                    let never = !held.may_read;
                    assert!(!never || held.doc.get_heads().is_empty(), "seed {seed}: content without a right");
                    self.totals.unavailable += held.unavailable.min(1);
                    let author = held.made.iter().any(|hash| hashes.contains(hash));
                    let kept = |hash: &&ChangeHash| !hashes.contains(*hash) && !rows.quarantine.contains_key(*hash);
                    let lost = held.made.iter().find(kept).filter(|_| author);
                    assert_eq!(lost, None, "seed {seed}: what {} typed is nowhere", peer.name);
                    continue;
                }
                assert!(held.made.is_subset(&hashes), "seed {seed}: {} lost an edit", peer.name);
                assert_eq!(held.made, held.acknowledged, "seed {seed}: {} waits for an acknowledgement", peer.name);
                assert_eq!(held.doc.get_heads(), heads, "seed {seed}: {} has other heads", peer.name);
                assert_eq!(
                    held.doc.hydrate(None),
                    again.hydrate(None),
                    "seed {seed}: {} shows other values",
                    peer.name
                );
                assert!(ancestors(&held.doc, &heads).len() == hashes.len() + 1);
            }
            // What was not let in for want of a right comes in when its author has it again.
            let stays = |(_, code): &(&ChangeHash, &&str)| !["may-not-read", "follows-refused"].contains(code);
            let both = rows.quarantine.iter().filter(stays).find(|(hash, _)| hashes.contains(hash));
            assert_eq!(both, None, "seed {seed}: both refused and stored");
            self.totals.heads.extend(heads);
        }
        (self.totals.written, self.totals.raced) = (self.writes.count(), self.writes.raced);
        self.totals.facts_changed = self.facts.count();
    }
}

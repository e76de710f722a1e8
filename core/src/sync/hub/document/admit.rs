//! How changes come in: held until their dependencies are here, guarded, tried together, stored, and only then told.

use super::{
    Automerge, BTreeSet, Candidate, ChangeHash, ConnectionId, Content, Context, Document, DocumentSave, NewChange,
    Origin, Output, Reason, Refused, RefusedChange, SaveFailure, Saving, SnapshotRequest, SyncMessage, TrialFailure,
    Unusable, Waiting, content, ephemeral, guard, limits,
};
use crate::{
    policy::Subject,
    sync::{
        guard::Refusal,
        hub::{CloseReason, WriteFailure, write::write_failure},
    },
};
use bytes::Bytes;

impl Document {
    /// Reads the changes of a message and puts each where it belongs: known, refused, held, or waiting.
    pub(super) fn take_changes(&mut self, cx: &mut Context<'_>, connection: ConnectionId, message: &SyncMessage) {
        for chunk in &message.changes {
            let candidate = match guard::chunk(chunk) {
                Ok(candidate) => candidate,
                Err(refusal) => {
                    self.refuse(cx, connection, guard::name(chunk), refusal.into(), chunk.clone());
                    continue;
                }
            };
            if self.knows(&candidate.hash) {
                continue;
            }
            self.take(cx, connection, candidate);
        }
        self.release_held(cx, connection);
    }

    fn take(&mut self, cx: &mut Context<'_>, connection: ConnectionId, candidate: Candidate) {
        let Some(peer) = self.peers.get_mut(&connection) else { return };
        if !peer.may_write {
            cx.note_missed(connection, self.id);
            return self.refuse_candidate(cx, connection, candidate, Reason::NotAllowed);
        }
        if content::is_service_actor(&candidate.actor) {
            return self.refuse_candidate(cx, connection, candidate, Refusal::ActorOfAnother.into());
        }
        // What was refused once may be on its way in now, because its sender has the right again.
        if candidate.deps.iter().any(|dep| self.refused.contains(dep) && !self.knows(dep)) {
            return self.refuse_candidate(cx, connection, candidate, Reason::FollowsRefused);
        }
        if candidate.deps.iter().all(|dep| self.knows(dep)) {
            return self.wait(cx, connection, candidate);
        }
        let Some(peer) = self.peers.get_mut(&connection) else { return };
        if let Err(candidate) = peer.hold(candidate, cx.now) {
            self.refuse_candidate(cx, connection, *candidate, Refusal::MissingDeps.into());
        }
    }

    fn release_held(&mut self, cx: &mut Context<'_>, connection: ConnectionId) {
        loop {
            let Some(peer) = self.peers.get_mut(&connection) else { return };
            let held = peer.take_held();
            let before = held.len();
            held.into_iter().for_each(|candidate| self.take(cx, connection, candidate));
            let left = self.peers.get(&connection).map_or(0, |p| p.holds().len());
            if left == 0 || left == before {
                return;
            }
        }
    }

    /// What was held too long is quarantined: the client still has it, and a person can salvage it here.
    pub(super) fn refuse_held(&mut self, cx: &mut Context<'_>, connection: ConnectionId) {
        let held = self.peers.get_mut(&connection).map(super::Peer::take_held).unwrap_or_default();
        for candidate in held {
            self.refuse_candidate(cx, connection, candidate, Refusal::MissingDeps.into());
        }
    }

    pub(in crate::sync::hub) fn knows(&self, hash: &ChangeHash) -> bool {
        self.waiting_hashes.contains(hash) || self.loaded().is_some_and(|l| l.index.contains(hash))
    }

    fn wait(&mut self, cx: &mut Context<'_>, connection: ConnectionId, candidate: Candidate) {
        let Some(peer) = self.peers.get(&connection) else { return };
        if self.is_full(&candidate) {
            // The client keeps what it made, and sends it again when it is back.
            return cx.close(connection, CloseReason::Limit);
        }
        let (origin, subject) = (Origin::Peer(connection), peer.subject.clone());
        self.queue(Waiting { origin, subject, candidate, received_at: cx.now });
        cx.ready.insert(self.id);
    }

    /// Whether there is no room for this change among those that wait.
    pub(in crate::sync::hub) fn is_full(&self, candidate: &Candidate) -> bool {
        self.waiting.len() >= limits::WAITING_CHANGES_MAX
            || self.waiting_bytes + candidate.raw.len() > limits::WAITING_BYTES_MAX
    }

    pub(in crate::sync::hub) fn queue(&mut self, waiting: Waiting) {
        self.waiting_hashes.insert(waiting.candidate.hash);
        self.waiting_bytes += waiting.candidate.raw.len();
        if !self.authors.contains(&waiting.subject.user) {
            self.authors.insert(waiting.subject.user.clone());
        }
        self.waiting.push_back(waiting);
    }

    fn refuse_candidate(&mut self, cx: &mut Context<'_>, from: ConnectionId, candidate: Candidate, why: Reason) {
        self.refuse(cx, from, candidate.hash, why, candidate.raw);
    }

    fn refuse(&mut self, cx: &mut Context<'_>, connection: ConnectionId, hash: ChangeHash, why: Reason, bytes: Bytes) {
        let Some(subject) = self.peers.get(&connection).map(|peer| peer.subject.clone()) else { return };
        self.refuse_from(cx, (connection, &subject), hash, why, &bytes);
    }

    fn refuse_from(
        &mut self,
        cx: &mut Context<'_>,
        (connection, subject): (ConnectionId, &Subject),
        hash: ChangeHash,
        why: Reason,
        bytes: &Bytes,
    ) {
        self.quarantine(cx, (connection, subject), hash, why, bytes);
        if !cx.note_refusal(connection) {
            cx.close(connection, CloseReason::Limit);
        }
    }

    /// Keeps a change that is not let in, so that nothing that somebody typed is lost.
    pub(in crate::sync::hub) fn quarantine(
        &mut self,
        cx: &mut Context<'_>,
        (connection, subject): (ConnectionId, &Subject),
        hash: ChangeHash,
        why: Reason,
        bytes: &Bytes,
    ) {
        cx.counters.changes_refused += 1;
        self.refused.insert(hash);
        let change = RefusedChange {
            hash,
            code: why.code(),
            reason: why.to_string(),
            bytes: bytes.slice(..bytes.len().min(limits::QUARANTINE_BYTES_MAX)),
            text: guard::readable_text(bytes, limits::QUARANTINE_TEXT_CHARS_MAX),
            received_at: cx.now,
            subject: subject.clone(),
        };
        self.refusals.push(Refused { connection, change });
        cx.ready.insert(self.id);
    }

    /// Admits what waits, as one batch; `None` if nothing can be saved now.
    pub(in crate::sync::hub) fn settle(&mut self, cx: &mut Context<'_>) -> Option<DocumentSave> {
        if self.saving.is_some() || self.retry_at.is_some_and(|at| cx.now < at) {
            return None;
        }
        let mut next = None;
        let mut batch = Vec::new();
        if !self.waiting.is_empty() {
            if !self.is_loaded() && (self.warm().is_err() || !self.is_loaded()) {
                self.load(cx);
                return None;
            }
            batch = self.admit(cx);
            match self.try_batch(cx, &batch) {
                Ok(state) => next = state,
                Err(failure) => {
                    self.step_back(cx, batch, failure);
                    return None;
                }
            }
        }
        self.cautious = self.cautious.saturating_sub(batch.len());
        let refusals = std::mem::take(&mut self.refusals);
        if batch.is_empty() && refusals.is_empty() {
            return None;
        }
        let save = DocumentSave {
            document: self.id,
            plan: self.plan.clone(),
            section: self.section.id.clone(),
            changes: batch.iter().map(new_change).collect(),
            refused: refusals.iter().map(|r| r.change.clone()).collect(),
        };
        cx.counters.batches += 1;
        self.saving = Some(Saving { next, batch, refusals });
        Some(save)
    }

    fn admit(&mut self, cx: &mut Context<'_>) -> Vec<Waiting> {
        let most = if self.cautious > 0 { 1 } else { limits::BATCH_CHANGES_MAX };
        let mut batch = Vec::with_capacity(self.waiting.len().min(most));
        while batch.len() < most {
            let Some(waiting) = self.waiting.pop_front() else { break };
            self.waiting_bytes -= waiting.candidate.raw.len();
            let Content::Loaded(loaded) = &mut self.content else { break };
            match waiting.admit_to(&mut loaded.index, &self.section) {
                Ok(()) => {
                    self.refused.remove(&waiting.candidate.hash);
                    batch.push(waiting);
                }
                Err(refusal) => {
                    self.waiting_hashes.remove(&waiting.candidate.hash);
                    let behind_refused = waiting.candidate.deps.iter().any(|dep| self.refused.contains(dep));
                    let why = if behind_refused { Reason::FollowsRefused } else { refusal.into() };
                    self.refuse_waiting(cx, waiting, why);
                }
            }
        }
        batch
    }

    /// What a peer sent goes to quarantine; for what the service made, its maker is told.
    fn refuse_waiting(&mut self, cx: &mut Context<'_>, waiting: Waiting, why: Reason) {
        match waiting.origin {
            Origin::Peer(connection) => {
                let (subject, candidate) = (waiting.subject, waiting.candidate);
                self.refuse_from(cx, (connection, &subject), candidate.hash, why, &candidate.raw);
            }
            Origin::Service => {
                cx.counters.writes_failed += 1;
                self.upgrade_failed = true;
            }
            Origin::Write(id) => {
                cx.counters.writes_failed += 1;
                cx.out.push(Output::Written(id, Err(write_failure(&why))));
            }
        }
    }

    /// Applies a batch to a copy. `Err` means that the index has run ahead of a batch that cannot be kept.
    fn try_batch(&self, cx: &mut Context<'_>, batch: &[Waiting]) -> Result<Option<Automerge>, TrialFailure> {
        let Some(loaded) = self.loaded().filter(|_| !batch.is_empty()) else { return Ok(None) };
        let changes = batch.iter().map(|w| w.candidate.change.clone()).collect();
        guard::trial(&loaded.state, changes).map(Some).inspect_err(|_| cx.counters.trials_failed += 1)
    }

    /// Puts a batch back and reads the document again, because the index is ahead of what can be kept.
    fn step_back(&mut self, cx: &mut Context<'_>, batch: Vec<Waiting>, failure: TrialFailure) {
        let lone = batch.len() == 1;
        if !lone {
            self.cautious = batch.len();
        }
        for waiting in batch.into_iter().rev() {
            if lone {
                self.waiting_hashes.remove(&waiting.candidate.hash);
                let connection = waiting.origin.peer();
                self.refuse_waiting(cx, waiting, Reason::Trial);
                if let (Some(connection), TrialFailure::Panicked) = (connection, failure) {
                    cx.close(connection, CloseReason::Hostile);
                }
            } else {
                self.waiting_bytes += waiting.candidate.raw.len();
                self.waiting.push_front(waiting);
            }
        }
        self.content = Content::Cool;
        self.load(cx);
    }

    /// The store's answer to what `settle` asked for.
    pub(in crate::sync::hub) fn saved(
        &mut self,
        cx: &mut Context<'_>,
        result: Result<(), SaveFailure>,
    ) -> Result<(), Unusable> {
        let Some(saving) = self.saving.take() else { return Ok(()) };
        match result {
            Ok(()) => self.committed(cx, saving),
            Err(failure) => self.not_committed(cx, saving, failure),
        }
        if let Some(section) = self.next_section.take() {
            self.redefine(cx, section)?;
        }
        self.answer_after_upgrade(cx);
        if self.has_work() {
            cx.ready.insert(self.id);
        }
        Ok(())
    }

    fn committed(&mut self, cx: &mut Context<'_>, saving: Saving) {
        self.retry_at = None;
        self.retry_wait_ms = limits::RETRY_MS.0;
        self.used_at = cx.now;
        for waiting in &saving.batch {
            self.waiting_hashes.remove(&waiting.candidate.hash);
        }
        if let (Some(next), Content::Loaded(loaded)) = (saving.next, &mut self.content) {
            self.committed = loaded.index.len() as u64;
            self.heads = loaded.index.heads();
            loaded.state = next;
            loaded.saved = None;
            cx.counters.changes_admitted += saving.batch.len() as u64;
            self.fan_out(cx, &saving.batch);
            let written = |w: &Waiting| Some(Output::Written(w.origin.write()?, Ok(w.candidate.hash)));
            cx.out.extend(saving.batch.iter().filter_map(written));
            self.snapshot_if_due(cx);
        }
        self.tell_refusals(cx, saving.refusals);
    }

    fn not_committed(&mut self, cx: &mut Context<'_>, saving: Saving, failure: SaveFailure) {
        cx.counters.saves_failed += 1;
        self.refusals.splice(0..0, saving.refusals);
        let why = match failure {
            SaveFailure::Unavailable => WriteFailure::Unavailable,
            SaveFailure::Conflict => WriteFailure::Raced,
        };
        for waiting in saving.batch.into_iter().rev() {
            if let Origin::Write(id) = waiting.origin {
                cx.counters.writes_failed += 1;
                self.waiting_hashes.remove(&waiting.candidate.hash);
                cx.out.push(Output::Written(id, Err(why.clone())));
                continue;
            }
            self.waiting_bytes += waiting.candidate.raw.len();
            self.waiting.push_front(waiting);
        }
        self.give_up_upgrade(cx);
        self.content = Content::Cool;
        self.in_doubt = true;
        match failure {
            SaveFailure::Unavailable => self.back_off(cx.now),
            SaveFailure::Conflict => self.load(cx),
        }
    }

    fn snapshot_if_due(&mut self, cx: &mut Context<'_>) {
        if self.committed - self.snapshot < limits::SNAPSHOT_AFTER_CHANGES {
            return;
        }
        if let Some(loaded) = self.loaded() {
            let state = Box::new(loaded.state.clone());
            let request = SnapshotRequest { document: self.id, state, changes: self.committed };
            cx.out.push(Output::Snapshot(request));
            self.snapshot = self.committed;
        }
    }

    /// Tells each client what was refused, once it is safe in quarantine.
    fn tell_refusals(&self, cx: &mut Context<'_>, refusals: Vec<Refused>) {
        let mut told = BTreeSet::new();
        for refused in &refusals {
            if !told.insert((refused.connection, refused.change.code)) {
                continue;
            }
            let alike = |r: &&Refused| r.connection == refused.connection && r.change.code == refused.change.code;
            let hashes: Vec<_> = refusals.iter().filter(alike).map(|r| r.change.hash).take(limits::NEED_MAX).collect();
            if !self.peers.contains_key(&refused.connection) {
                cx.unavailable(refused.connection, self.id);
                continue;
            }
            let data = ephemeral::refusal(refused.change.code, &refused.change.reason, &hashes);
            self.tell(cx, refused.connection, data);
        }
    }

    /// After a reload, changes that wait may have been stored by another writer.
    pub(super) fn drop_known_waiting(&mut self, cx: &mut Context<'_>) {
        let Content::Loaded(loaded) = &self.content else { return };
        let (index, hashes, bytes) = (&loaded.index, &mut self.waiting_hashes, &mut self.waiting_bytes);
        self.waiting.retain(|waiting| {
            let known = index.contains(&waiting.candidate.hash);
            if known {
                hashes.remove(&waiting.candidate.hash);
                *bytes -= waiting.candidate.raw.len();
                if let Origin::Write(id) = waiting.origin {
                    cx.out.push(Output::Written(id, Ok(waiting.candidate.hash)));
                }
            }
            !known
        });
    }
}

fn new_change(waiting: &Waiting) -> NewChange {
    let candidate = &waiting.candidate;
    NewChange {
        hash: candidate.hash,
        deps: candidate.deps.clone(),
        actor: candidate.actor.clone(),
        seq: candidate.seq,
        bytes: candidate.raw.clone(),
        ops: candidate.ops.len() as u64,
        claimed_at_s: candidate.claimed_at_s,
        received_at: waiting.received_at,
        subject: waiting.subject.as_ref().clone(),
    }
}

//! One open document: who has it open, what waits to be admitted, what is being stored.
//!
//! INVARIANT: nothing that is sent names or carries a change whose save has not been confirmed. The index runs ahead of
//! `committed` while a save is under way, so every answer is cut at `committed`.

use super::{
    ConnectionId, Context, DocumentSave, NewChange, Output, RefusedChange, SaveFailure, SnapshotRequest,
    StoredDocument, WriteId, ephemeral, limits,
    peer::Peer,
    refused::{Reason, RefusedHashes},
    upgrade::is_outdated,
    write::Errand,
};
use crate::{
    content,
    id::{PlanId, UserId},
    policy::{PlanFacts, Subject},
    section::Section,
    sync::{
        DocumentId, frame,
        frame::Frame,
        guard::{self, Candidate, SyncMessage, TrialFailure},
        index::Index,
    },
    time::UtcMillis,
};
use automerge::{Automerge, ChangeHash};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

mod admit;
mod answer;

/// A document that at least one load has found.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) id: DocumentId,
    /// The id as text, written into every frame.
    pub(super) name: String,
    pub(super) plan: PlanId,
    /// What the rules ask about the plan.
    pub(super) facts: Arc<PlanFacts>,
    /// When they next change by themselves.
    pub(super) facts_until: Option<UtcMillis>,
    /// Which answers to the question of rights hold.
    pub(super) answers: u64,
    pub(super) section: Arc<Section>,
    pub(super) peers: BTreeMap<ConnectionId, Peer>,
    /// Heads of what is committed, sorted.
    pub(super) heads: Vec<ChangeHash>,
    /// How many changes are committed.
    committed: u64,
    /// How many changes the newest snapshot covers.
    snapshot: u64,
    pub(super) content: Content,
    pub(super) waiting: VecDeque<Waiting>,
    pub(super) waiting_hashes: BTreeSet<ChangeHash>,
    pub(super) waiting_bytes: usize,
    refusals: Vec<Refused>,
    pub(super) refused: RefusedHashes,
    /// Whoever has made one of its changes, or one that waits.
    pub(super) authors: BTreeSet<UserId>,
    pub(super) saving: Option<Saving>,
    /// The last save failed, and may have been committed all the same: to be read again even if nothing waits.
    in_doubt: bool,
    /// After a trial that failed, this many changes are admitted one by one, to find the one that did it.
    cautious: usize,
    pub(super) retry_at: Option<UtcMillis>,
    retry_wait_ms: i64,
    pub(super) deferred: VecDeque<Errand>,
    deferred_bytes: usize,
    pub(super) used_at: UtcMillis,
    /// The definition that holds once the save under way has ended.
    pub(super) next_section: Option<Arc<Section>>,
    /// It lacks what a newer version of its definition has.
    pub(super) is_outdated: bool,
    /// What it lacks could not be made; a mistake of our own, not tried again.
    pub(super) upgrade_failed: bool,
    /// Who waits until it is up to date.
    pub(super) after_upgrade: Vec<WriteId>,
}

/// How much of a document is in memory.
#[derive(Debug)]
pub(super) enum Content {
    /// Its heads only.
    Cool,
    /// Its heads, and the store has been asked for the rest.
    Loading,
    /// The bytes as stored, enough to serve whoever has nothing yet.
    Stored(Box<StoredDocument>),
    /// Everything.
    Loaded(Box<Loaded>),
}

#[derive(Debug)]
pub(super) struct Loaded {
    /// Exactly the committed changes.
    pub(super) state: Automerge,
    /// The committed changes, and those being saved.
    index: Index,
    /// `state` as saved bytes, once somebody has asked for all of it.
    saved: Option<Vec<u8>>,
}

/// A change on its way in.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) origin: Origin,
    pub(super) subject: Arc<Subject>,
    pub(super) candidate: Candidate,
    pub(super) received_at: UtcMillis,
}

/// Where a change came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Peer(ConnectionId),
    Write(WriteId),
    /// It brings the document up to its definition's version.
    Service,
}

impl Origin {
    pub(super) fn peer(self) -> Option<ConnectionId> {
        match self {
            Self::Peer(connection) => Some(connection),
            Self::Write(_) | Self::Service => None,
        }
    }

    pub(super) fn write(self) -> Option<WriteId> {
        match self {
            Self::Peer(_) | Self::Service => None,
            Self::Write(id) => Some(id),
        }
    }
}

#[derive(Debug)]
struct Refused {
    connection: ConnectionId,
    change: RefusedChange,
}

#[derive(Debug)]
pub(super) struct Saving {
    /// The state once the save is confirmed; `None` if only refusals are saved.
    next: Option<Automerge>,
    pub(super) batch: Vec<Waiting>,
    refusals: Vec<Refused>,
}

/// A stored document that cannot be used: its bytes do not load, or no definition fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unusable;

impl Document {
    pub(super) fn new(
        id: DocumentId,
        stored: StoredDocument,
        section: Arc<Section>,
        answers: u64,
        now: UtcMillis,
    ) -> Self {
        let is_outdated = is_outdated(&stored, &section);
        let mut refused = RefusedHashes::default();
        stored.refused.iter().for_each(|hash| refused.insert(*hash));
        Self {
            id,
            name: id.to_string(),
            plan: stored.plan.clone(),
            facts: Arc::clone(&stored.facts),
            facts_until: stored.facts.changes_at(now),
            answers,
            authors: authors_of(&stored),
            section,
            peers: BTreeMap::new(),
            heads: heads_of(&stored),
            committed: changes_of(&stored),
            snapshot: stored.snapshot.as_ref().map_or(0, |s| s.changes),
            content: Content::Stored(Box::new(stored)),
            waiting: VecDeque::new(),
            waiting_hashes: BTreeSet::new(),
            waiting_bytes: 0,
            refusals: Vec::new(),
            refused,
            saving: None,
            in_doubt: false,
            cautious: 0,
            retry_at: None,
            retry_wait_ms: limits::RETRY_MS.0,
            deferred: VecDeque::new(),
            deferred_bytes: 0,
            used_at: now,
            next_section: None,
            is_outdated,
            upgrade_failed: false,
            after_upgrade: Vec::new(),
        }
    }

    /// Takes what the store gave on a later load. Answers what was put off, and passes on what another writer stored.
    pub(super) fn reloaded(&mut self, cx: &mut Context<'_>, stored: StoredDocument) -> Result<(), Unusable> {
        self.in_doubt = false;
        self.is_outdated = is_outdated(&stored, &self.section);
        let before = std::mem::replace(&mut self.heads, heads_of(&stored));
        self.committed = changes_of(&stored);
        self.authors.extend(authors_of(&stored));
        self.snapshot = stored.snapshot.as_ref().map_or(0, |s| s.changes);
        self.content = Content::Stored(Box::new(stored));
        if before != self.heads {
            self.pass_on_since(cx, &before)?;
        }
        self.upgrade(cx)?;
        while let Some(errand) = self.deferred.pop_front() {
            self.run(cx, errand)?;
        }
        self.deferred_bytes = 0;
        if self.has_work() {
            cx.ready.insert(self.id);
        }
        Ok(())
    }

    /// The store could not be read: wait, and ask again on a later tick.
    pub(super) fn load_failed(&mut self, cx: &mut Context<'_>) {
        self.content = Content::Cool;
        self.back_off(cx.now);
        self.let_deferred_writes_go(cx.out);
    }

    /// A sync message from a peer of this document.
    pub(super) fn receive(
        &mut self,
        cx: &mut Context<'_>,
        connection: ConnectionId,
        message: SyncMessage,
    ) -> Result<(), Unusable> {
        if !self.peers.contains_key(&connection) {
            // It waited for the content, and its sender has lost the right to it meanwhile.
            return self.salvage(cx, connection, message);
        }
        self.used_at = cx.now;
        match self.content_needed(connection, &message) {
            Needed::Nothing => {}
            Needed::Bytes if matches!(self.content, Content::Stored(_) | Content::Loaded(_)) => {}
            Needed::Bytes | Needed::Everything if self.is_cool() => {
                self.defer(cx, connection, message);
                return Ok(());
            }
            Needed::Bytes | Needed::Everything => self.warm()?,
        }
        if !message.changes.is_empty() {
            self.take_changes(cx, connection, &message);
        }
        self.answer(cx, connection, message)
    }

    /// What a message can be answered with. Most messages of a quiet document need nothing at all.
    fn content_needed(&self, connection: ConnectionId, message: &SyncMessage) -> Needed {
        let Some(peer) = self.peers.get(&connection) else { return Needed::Nothing };
        if !message.changes.is_empty() || !message.need.is_empty() {
            return Needed::Everything;
        }
        if message.heads == self.heads || (peer.level && !answer::lost_track(message)) {
            return Needed::Nothing;
        }
        let whole = message.heads.is_empty() && message.flags.is_some();
        if whole { Needed::Bytes } else { Needed::Everything }
    }

    pub(super) fn is_cool(&self) -> bool {
        matches!(self.content, Content::Cool | Content::Loading)
    }

    pub(super) fn defer(&mut self, cx: &mut Context<'_>, connection: ConnectionId, message: SyncMessage) {
        let bytes = message.changes.iter().map(bytes::Bytes::len).sum::<usize>();
        if self.deferred.len() >= limits::MESSAGES_WHILE_LOADING_MAX
            || self.deferred_bytes + bytes > limits::BYTES_WHILE_LOADING_MAX
        {
            cx.close(connection, super::CloseReason::Limit);
            return;
        }
        self.deferred_bytes += bytes;
        self.deferred.push_back(Errand::Message(connection, message));
        self.load(cx);
    }

    pub(super) fn load(&mut self, cx: &mut Context<'_>) {
        if matches!(self.content, Content::Cool) && self.retry_at.is_none_or(|at| at <= cx.now) {
            self.content = Content::Loading;
            cx.out.push(Output::Load(self.id));
        }
    }

    /// Makes the Automerge document and its index from the stored bytes.
    pub(super) fn warm(&mut self) -> Result<(), Unusable> {
        let Content::Stored(stored) = &self.content else { return Ok(()) };
        let mut bytes = Vec::new();
        stored.snapshot.iter().for_each(|s| bytes.extend_from_slice(&s.bytes));
        stored.changes.iter().for_each(|c| bytes.extend_from_slice(&c.bytes));
        let state = content::load_document(&bytes).map_err(|_| Unusable)?;
        let mut heads = state.get_heads();
        heads.sort_unstable();
        if heads != self.heads {
            return Err(Unusable);
        }
        let index = Index::build(&state, &self.section, &stored.actors).map_err(|_| Unusable)?;
        if index.len() as u64 != self.committed {
            return Err(Unusable);
        }
        self.content = Content::Loaded(Box::new(Loaded { state, index, saved: None }));
        Ok(())
    }

    /// One second has passed.
    pub(super) fn tick(&mut self, cx: &mut Context<'_>) -> Result<(), Unusable> {
        let expired: Vec<ConnectionId> = self
            .peers
            .iter()
            .filter(|(_, p)| p.held_since().is_some_and(|since| cx.now.since_ms(since) >= limits::HELD_MS_MAX))
            .map(|(id, _)| *id)
            .collect();
        for connection in expired {
            self.refuse_held(cx, connection);
        }
        let owed: Vec<ConnectionId> = self.peers.iter().filter(|(_, p)| p.owed.is_some()).map(|(id, _)| *id).collect();
        for connection in owed {
            if let Some(message) = self.peers.get_mut(&connection).and_then(|p| p.owed.take()) {
                self.receive(cx, connection, message)?;
            }
        }
        self.answer_after_upgrade(cx);
        if !self.deferred.is_empty() || self.has_work() || self.in_doubt {
            self.load(cx);
            cx.ready.insert(self.id);
        }
        if self.is_quiet() && cx.now.since_ms(self.used_at) >= limits::COOL_AFTER_MS {
            self.cool(cx);
        }
        Ok(())
    }

    fn cool(&mut self, cx: &mut Context<'_>) {
        if let Content::Loaded(loaded) = &self.content
            && self.committed - self.snapshot >= limits::SNAPSHOT_ON_COOLING_CHANGES
        {
            self.snapshot = self.committed;
            let state = Box::new(loaded.state.clone());
            cx.out.push(Output::Snapshot(SnapshotRequest { document: self.id, state, changes: self.committed }));
        }
        if matches!(self.content, Content::Loaded(_) | Content::Stored(_)) {
            self.content = Content::Cool;
        }
    }

    fn is_quiet(&self) -> bool {
        self.saving.is_none()
            && !self.has_work()
            && self.deferred.is_empty()
            && !self.in_doubt
            && self.after_upgrade.is_empty()
    }

    /// Nobody has it open, nothing is under way, and it has been so for a while.
    pub(super) fn is_forgettable(&self, now: UtcMillis) -> bool {
        self.peers.is_empty() && self.is_quiet() && now.since_ms(self.used_at) >= limits::FORGET_AFTER_MS
    }

    /// Changes or refusals wait to be stored.
    pub(super) fn has_work(&self) -> bool {
        !self.waiting.is_empty() || !self.refusals.is_empty()
    }

    pub(super) fn is_loaded(&self) -> bool {
        matches!(self.content, Content::Loaded(_))
    }

    pub(super) fn loaded(&self) -> Option<&Loaded> {
        match &self.content {
            Content::Loaded(loaded) => Some(loaded),
            _ => None,
        }
    }

    fn back_off(&mut self, now: UtcMillis) {
        self.retry_at = Some(now.plus_ms(self.retry_wait_ms));
        self.retry_wait_ms = (self.retry_wait_ms * 2).min(limits::RETRY_MS.1);
    }

    fn tell(&self, cx: &mut Context<'_>, connection: ConnectionId, data: bytes::Bytes) {
        let Some(peer) = self.peers.get(&connection) else { return };
        *cx.said += 1;
        let frame = Frame::Ephemeral {
            sender: cx.server.to_owned(),
            target: peer.name.to_string(),
            document: self.id,
            session: cx.session.to_owned(),
            count: *cx.said,
            data,
        };
        cx.out.push(Output::Send(connection, frame::encode(&frame).into()));
    }

    /// Passes an ephemeral message on to everybody else who has the document open.
    pub(super) fn relay(
        &self,
        cx: &mut Context<'_>,
        from: ConnectionId,
        session: &str,
        count: u64,
        data: &bytes::Bytes,
    ) {
        let Some(sender) = self.peers.get(&from) else { return };
        for (connection, peer) in self.peers.iter().filter(|(id, _)| **id != from) {
            let frame = Frame::Ephemeral {
                sender: sender.name.to_string(),
                target: peer.name.to_string(),
                document: self.id,
                session: session.to_owned(),
                count,
                data: data.clone(),
            };
            cx.out.push(Output::Send(*connection, frame::encode(&frame).into()));
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needed {
    Nothing,
    Bytes,
    Everything,
}

fn changes_of(stored: &StoredDocument) -> u64 {
    stored.snapshot.as_ref().map_or(0, |s| s.changes) + stored.changes.len() as u64
}

fn authors_of(stored: &StoredDocument) -> BTreeSet<UserId> {
    stored.actors.iter().map(|(_, user)| user.clone()).collect()
}

fn heads_of(stored: &StoredDocument) -> Vec<ChangeHash> {
    let mut heads: BTreeSet<ChangeHash> = stored.snapshot.iter().flat_map(|s| s.heads.iter().copied()).collect();
    for change in &stored.changes {
        change.deps.iter().for_each(|dep| {
            heads.remove(dep);
        });
        heads.insert(change.hash);
    }
    heads.into_iter().collect()
}

//! The hub as a state machine: `handle(now, Input)` and out come `Output`s.
//!
//! Walk of an edit: `Frame` -> connection -> document: guard, rights, wait; `Settle` -> admit, try on a copy, `Save`;
//! `Saved` -> swap the copy in, acknowledge, pass on. Nothing is sent that is not stored.
//!
//! What it deliberately does not do: keep time, read a socket, know SQL, or repeat a save by itself before the store
//! said how the last one ended.

use crate::{
    policy::Policies,
    section::Sections,
    sync::{
        DocumentId,
        frame::{self, DocumentMessage, Frame, PROTOCOL_VERSION},
        guard,
    },
    time::UtcMillis,
};
use bytes::Bytes;
use connection::Connection;
use document::Document;
use salvage::Allowances;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};
use write::Errand;

mod bucket;
mod connection;
mod counters;
mod document;
mod ephemeral;
mod io;
pub mod limits;
mod loading;
mod message;
mod peer;
mod redefine;
mod refused;
mod rights;
mod salvage;
mod upgrade;
mod write;

pub use counters::Counters;
pub use io::*;
pub use write::{may_have_written, writing_actor};

/// Keeps the documents of all connections in step. One per node.
#[derive(Debug)]
pub struct Hub {
    names: Names,
    sections: Arc<Sections>,
    policies: Arc<Policies>,
    connections: BTreeMap<ConnectionId, Connection>,
    documents: BTreeMap<DocumentId, Entry>,
    saves: BTreeMap<SaveId, Vec<DocumentId>>,
    last_save: u64,
    ready: BTreeSet<DocumentId>,
    said: u64,
    /// Number of the newest change of access that the hub was told of.
    access_as_of: i64,
    last_answers: u64,
    allowances: Allowances,
    counters: Counters,
}

/// How the hub is known to its clients.
#[derive(Debug, Clone)]
pub struct Names {
    /// Its peer id.
    pub peer: String,
    /// The storage id that stands for the whole service; clients read "saved on the server" from its heads.
    pub storage: String,
    /// Names this run of the hub; its own ephemeral messages count up within it.
    pub session: String,
}

#[derive(Debug)]
enum Entry {
    /// Not yet found in the store.
    Loading(Loading),
    Open(Box<Document>),
}

/// A document that the store has been asked for the first time.
#[derive(Debug, Default)]
struct Loading {
    /// What waits for it.
    queue: VecDeque<Errand>,
    /// The store could not answer; it is asked again on the next tick.
    failed: bool,
}

/// What a document needs of the hub while it works.
struct Context<'a> {
    now: UtcMillis,
    server: &'a str,
    session: &'a str,
    said: &'a mut u64,
    connections: &'a mut BTreeMap<ConnectionId, Connection>,
    ready: &'a mut BTreeSet<DocumentId>,
    counters: &'a mut Counters,
    allowances: &'a mut Allowances,
    closing: Vec<(ConnectionId, CloseReason)>,
    out: &'a mut Vec<Output>,
}

impl Context<'_> {
    fn close(&mut self, connection: ConnectionId, reason: CloseReason) {
        self.closing.push((connection, reason));
    }

    fn unavailable(&mut self, connection: ConnectionId, document: DocumentId) {
        self.out.extend(unavailable(self.server, self.connections, connection, document));
    }

    /// Something that the connection sent is not let in for want of a right.
    fn note_missed(&mut self, connection: ConnectionId, document: DocumentId) {
        let rights = self.connections.get_mut(&connection).and_then(|c| c.rights.get_mut(&document));
        if let Some(rights) = rights {
            rights.missed = true;
        }
    }

    fn note_refusal(&mut self, connection: ConnectionId) -> bool {
        self.connections.get_mut(&connection).is_none_or(Connection::note_refusal)
    }

    /// Whether the connection has anything left to catch up with: asked before the work is done.
    fn may_catch_up(&mut self, connection: ConnectionId) -> bool {
        let now = self.now;
        self.connections.get_mut(&connection).is_some_and(|c| c.catch_up.has_some(now))
    }

    fn note_catch_up(&mut self, connection: ConnectionId, bytes: usize) {
        if let Some(connection) = self.connections.get_mut(&connection) {
            connection.catch_up.spend(bytes);
        }
    }
}

fn unavailable(
    server: &str,
    connections: &BTreeMap<ConnectionId, Connection>,
    id: ConnectionId,
    document: DocumentId,
) -> Option<Output> {
    let target = connections.get(&id)?.peer.as_deref()?.to_owned();
    let frame = Frame::Unavailable { sender: server.to_owned(), target, document };
    Some(Output::Send(id, frame::encode(&frame).into()))
}

impl Hub {
    /// An empty hub.
    #[must_use]
    pub fn new(names: Names, sections: Arc<Sections>, policies: Arc<Policies>) -> Self {
        Self {
            names,
            sections,
            policies,
            connections: BTreeMap::new(),
            documents: BTreeMap::new(),
            saves: BTreeMap::new(),
            last_save: 0,
            ready: BTreeSet::new(),
            said: 0,
            access_as_of: 0,
            last_answers: 0,
            allowances: Allowances::default(),
            counters: Counters::default(),
        }
    }

    /// Takes one input; what is to be done about it is appended to `out`.
    pub fn handle(&mut self, now: UtcMillis, input: Input, out: &mut Vec<Output>) {
        match input {
            Input::Connected(id, subject) => {
                self.connections.insert(id, Connection::new(subject, now));
            }
            Input::Frame(id, bytes) => self.frame(now, id, &bytes, out),
            Input::Disconnected(id) => self.disconnect(now, id),
            Input::Loaded(document, result) => self.loaded(now, document, result, out),
            Input::Saved(id, result) => self.saved(now, id, result, out),
            Input::Write(write) => self.run(now, write.document, Errand::Write(write), out),
            Input::Upgrade(id, document) => self.run(now, document, Errand::Upgrade(id), out),
            Input::Sections(sections) => self.redefine(now, sections, out),
            Input::Facts(facts) => self.take_facts(now, &facts, out),
            Input::AccessChanged { newest, plan } => self.access_changed(newest, plan.as_ref(), out),
            Input::Settle => self.settle(now, out),
            Input::Tick => self.tick(now, out),
        }
    }

    /// Whether `Input::Settle` would find something that waits to be stored.
    #[must_use]
    pub fn has_changes_to_settle(&self) -> bool {
        !self.ready.is_empty()
    }

    /// What has happened so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Connections, documents open, and documents with their content in memory.
    #[must_use]
    pub fn sizes(&self) -> (usize, usize, usize) {
        let loaded = |e: &&Entry| matches!(e, Entry::Open(d) if d.is_loaded());
        (self.connections.len(), self.documents.len(), self.documents.values().filter(loaded).count())
    }

    fn with_document(
        &mut self,
        now: UtcMillis,
        id: DocumentId,
        out: &mut Vec<Output>,
        work: impl FnOnce(&mut Document, &mut Context<'_>) -> Result<(), document::Unusable>,
    ) {
        self.let_time_pass(now, id, out);
        let Some(Entry::Open(document)) = self.documents.get_mut(&id) else { return };
        let mut cx = Context {
            now,
            server: &self.names.peer,
            session: &self.names.session,
            said: &mut self.said,
            connections: &mut self.connections,
            ready: &mut self.ready,
            counters: &mut self.counters,
            allowances: &mut self.allowances,
            closing: Vec::new(),
            out,
        };
        let result = work(document, &mut cx);
        let closing = std::mem::take(&mut cx.closing);
        if result.is_err() {
            self.give_up(id, out);
        }
        for (connection, reason) in closing {
            self.close(now, connection, reason, out);
        }
    }

    /// A stored document does not load: nobody gets it, somebody is told in the log.
    fn give_up(&mut self, id: DocumentId, out: &mut Vec<Output>) {
        self.counters.documents_unusable += 1;
        out.push(Output::Unusable(id));
        self.ready.remove(&id);
        let Some(Entry::Open(mut document)) = self.documents.remove(&id) else { return };
        document.let_all_writes_go(out);
        for connection in document.peers.keys() {
            self.unavailable(*connection, id, out);
        }
    }

    fn frame(&mut self, now: UtcMillis, id: ConnectionId, bytes: &Bytes, out: &mut Vec<Output>) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        self.counters.frames_received += 1;
        if !connection.frames.take_one(now) {
            return self.close(now, id, CloseReason::Limit, out);
        }
        let frame = match frame::decode(bytes) {
            Ok(frame) => frame,
            Err(_) => {
                self.counters.frames_refused += 1;
                return self.close(now, id, CloseReason::Protocol, out);
            }
        };
        match (frame, connection.peer.clone()) {
            (Frame::Join { sender, versions }, None) => self.join(now, id, sender, &versions, out),
            (_, None) => self.close(now, id, CloseReason::NoHandshake, out),
            // A client that connects again while its socket is open says who it is twice.
            (Frame::Join { sender, .. }, Some(peer)) if *peer == *sender => self.welcome(id, sender, out),
            (Frame::Join { .. }, Some(_)) => self.close(now, id, CloseReason::Protocol, out),
            (Frame::Request(message) | Frame::Sync(message), Some(peer)) if *peer == *message.sender => {
                self.message(now, id, &message, out);
            }
            (Frame::Ephemeral { sender, document, session, count, data, .. }, Some(peer)) if *peer == *sender => {
                self.ephemeral(now, id, document, &session, count, &data, out);
            }
            // A client echoes what others said under their names; `doc-unavailable` and the rest need no answer.
            _ => {}
        }
    }

    fn join(&mut self, now: UtcMillis, id: ConnectionId, sender: String, versions: &[String], out: &mut Vec<Output>) {
        let server = self.names.peer.clone();
        if !versions.is_empty() && !versions.iter().any(|v| v == PROTOCOL_VERSION) {
            let message = format!("this server speaks version {PROTOCOL_VERSION}");
            out.push(Output::Send(id, frame::encode(&Frame::Error { sender: server, target: sender, message }).into()));
            return self.close(now, id, CloseReason::NoHandshake, out);
        }
        let Some(user) = self.connections.get(&id).map(|c| c.subject.user.clone()) else { return };
        let same = |c: &Connection| c.peer.as_deref() == Some(sender.as_str()) && c.subject.user == user;
        let old: Vec<ConnectionId> = self.connections.iter().filter(|(_, c)| same(c)).map(|(id, _)| *id).collect();
        for old in old {
            self.close(now, old, CloseReason::Replaced, out);
        }
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.peer = Some(sender.as_str().into());
        }
        self.welcome(id, sender, out);
    }

    fn welcome(&self, id: ConnectionId, peer: String, out: &mut Vec<Output>) {
        let storage_id = Some(self.names.storage.clone());
        let frame = Frame::Peer { sender: self.names.peer.clone(), target: peer, storage_id };
        out.push(Output::Send(id, frame::encode(&frame).into()));
    }

    fn message(&mut self, now: UtcMillis, id: ConnectionId, message: &DocumentMessage, out: &mut Vec<Output>) {
        let sync = match guard::message(&message.data) {
            Ok(sync) => sync,
            Err(refusal) => {
                self.counters.frames_refused += 1;
                return self.close(now, id, CloseReason::Message(refusal), out);
            }
        };
        match self.documents.get_mut(&message.document) {
            Some(Entry::Open(_)) => self.deliver(now, id, message.document, sync, out),
            Some(Entry::Loading(loading)) if loading.queue.len() < limits::MESSAGES_WHILE_LOADING_MAX => {
                loading.queue.push_back(Errand::Message(id, sync));
            }
            Some(Entry::Loading(_)) => self.close(now, id, CloseReason::Limit, out),
            None => {
                let loading = Loading { queue: VecDeque::from([Errand::Message(id, sync)]), failed: false };
                self.documents.insert(message.document, Entry::Loading(loading));
                out.push(Output::Load(message.document));
            }
        }
    }

    fn deliver(
        &mut self,
        now: UtcMillis,
        id: ConnectionId,
        document: DocumentId,
        sync: guard::SyncMessage,
        out: &mut Vec<Output>,
    ) {
        self.let_time_pass(now, document, out);
        let before = self.may_read(id, document);
        let admitted = self.admit_peer(now, id, document);
        if before != self.may_read(id, document) {
            out.extend(self.decision(now, id, document));
        }
        match admitted {
            Ok(true) => self.with_document(now, document, out, |d, cx| d.receive(cx, id, sync)),
            Ok(false) if self.is_open(document) => {
                self.with_document(now, document, out, |d, cx| d.salvage(cx, id, sync))
            }
            Ok(false) => self.unavailable(id, document, out),
            Err(reason) => self.close(now, id, reason, out),
        }
    }

    fn unavailable(&self, id: ConnectionId, document: DocumentId, out: &mut Vec<Output>) {
        out.extend(unavailable(&self.names.peer, &self.connections, id, document));
    }

    fn is_open(&self, document: DocumentId) -> bool {
        matches!(self.documents.get(&document), Some(Entry::Open(_)))
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one message")]
    fn ephemeral(
        &mut self,
        now: UtcMillis,
        id: ConnectionId,
        document_id: DocumentId,
        session: &str,
        count: u64,
        data: &Bytes,
        out: &mut Vec<Output>,
    ) {
        self.let_time_pass(now, document_id, out);
        let Some(connection) = self.connections.get_mut(&id) else { return };
        // Whoever has not asked for the document yet has nothing to say about it.
        let is_open = connection.rights.get(&document_id).is_some_and(|rights| rights.read);
        let fits = data.len() <= limits::EPHEMERAL_BYTES_MAX && is_open;
        let stamped =
            (fits && connection.may_say(session, count, now)).then(|| ephemeral::stamp(data, &connection.subject));
        let Some(stamped) = stamped.flatten() else {
            self.counters.ephemerals_dropped += 1;
            return;
        };
        if self.admit_peer(now, id, document_id) != Ok(true) {
            return;
        }
        self.counters.ephemerals_relayed += 1;
        self.with_document(now, document_id, out, |document, cx| {
            document.relay(cx, id, session, count, &stamped);
            Ok(())
        });
    }

    fn settle(&mut self, now: UtcMillis, out: &mut Vec<Output>) {
        let mut documents = Vec::new();
        for id in std::mem::take(&mut self.ready) {
            self.with_document(now, id, out, |document, cx| {
                documents.extend(document.settle(cx));
                Ok(())
            });
        }
        if documents.is_empty() {
            return;
        }
        self.last_save += 1;
        let id = SaveId(self.last_save);
        self.saves.insert(id, documents.iter().map(|d| d.document).collect());
        out.push(Output::Save(Save { id, documents }));
    }

    fn saved(&mut self, now: UtcMillis, id: SaveId, result: Result<(), SaveFailure>, out: &mut Vec<Output>) {
        for document in self.saves.remove(&id).unwrap_or_default() {
            self.with_document(now, document, out, |document, cx| document.saved(cx, result));
        }
    }

    fn tick(&mut self, now: UtcMillis, out: &mut Vec<Output>) {
        let ids: Vec<DocumentId> = self.documents.keys().copied().collect();
        for id in ids {
            self.with_document(now, id, out, Document::tick);
            self.ask_again(id, out);
        }
        self.allowances.tidy(now);
        // Somebody who lost a right to it is told when they have it again, and they are known by their connection only.
        let lost = self.connections.values().flat_map(Connection::missed);
        let awaited: BTreeSet<DocumentId> = lost.collect();
        self.documents.retain(|id, entry| match entry {
            Entry::Open(document) => awaited.contains(id) || !document.is_forgettable(now),
            Entry::Loading(loading) => !loading.failed || !loading.queue.is_empty(),
        });
    }

    fn close(&mut self, now: UtcMillis, id: ConnectionId, reason: CloseReason, out: &mut Vec<Output>) {
        if self.connections.contains_key(&id) {
            out.push(Output::Close(id, reason));
            self.disconnect(now, id);
        }
    }

    /// What came from the connection and waits is still stored; what it holds back the client sends again.
    fn disconnect(&mut self, now: UtcMillis, id: ConnectionId) {
        let Some(connection) = self.connections.remove(&id) else { return };
        for document in connection.rights.into_keys() {
            if let Some(Entry::Open(document)) = self.documents.get_mut(&document) {
                document.peers.remove(&id);
                document.used_at = document.used_at.max(now);
            }
        }
    }
}

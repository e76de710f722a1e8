//! One document over a bare socket: automerge's own sync protocol, frame by frame, and every frame seen.

use super::{SECTION, Told};
use automerge::{
    Automerge, ChangeHash, ROOT, ReadDoc,
    sync::{Have, Message, MessageVersion, State, SyncDoc},
    transaction::Transactable,
};
use coplan_client::{Connection, Receiver, Sender, Session};
use coplan_core::sync::{
    DocumentId,
    frame::{DocumentMessage, Frame},
};
use std::collections::BTreeSet;

/// A text of the section.
const TEXT: &str = "most_important";

/// What somebody has of one document, connected or not.
pub(super) struct Offline {
    document: DocumentId,
    doc: Automerge,
    state: State,
    /// Changes made here.
    made: BTreeSet<ChangeHash>,
    /// Those that the server has said it has.
    stored: BTreeSet<ChangeHash>,
}

/// The same with a socket.
pub(super) struct Wire {
    here: Offline,
    hub: String,
    sender: Sender,
    receiver: Receiver,
    asked: u64,
}

impl Offline {
    pub(super) fn type_text(&mut self, words: &str) {
        let (_, fields) = self.doc.get(ROOT, "fields").unwrap().expect(SECTION);
        let (_, text) = self.doc.get(&fields, TEXT).unwrap().expect(TEXT);
        let end = self.doc.length(&text);
        let typed = self.doc.transact(|tx| tx.splice_text(&text, end, 0, words)).unwrap();
        self.made.extend(typed.hash);
    }

    pub(super) fn known(&self) -> BTreeSet<ChangeHash> {
        self.doc.get_changes(&[]).iter().map(automerge::Change::hash).collect()
    }

    pub(super) async fn reconnect(self, session: &Session) -> Wire {
        let state = State::decode(&self.state.encode()).unwrap();
        Wire::of(session, Self { state, ..self }).await
    }
}

impl Wire {
    pub(super) async fn connect(session: &Session, document: DocumentId) -> Self {
        let (doc, state) = (Automerge::new(), State::new());
        Self::of(session, Offline { document, doc, state, made: BTreeSet::new(), stored: BTreeSet::new() }).await
    }

    async fn of(session: &Session, here: Offline) -> Self {
        let connection = Connection::open(session, NAME).await.unwrap();
        let hub = connection.hub.peer_id.clone();
        let (sender, receiver) = connection.split();
        Self { here, hub, sender, receiver, asked: 0 }
    }

    pub(super) async fn hang_up(self) -> Offline {
        self.here
    }

    /// Asks for the document and takes it in, until both sides have the same.
    pub(super) async fn fetch(&mut self) {
        self.say().await;
        while self.here.doc.get_heads().is_empty() {
            let frame = self.next_of_document().await.expect("the server answers");
            self.take(&frame).await;
        }
        self.round_trip().await;
    }

    pub(super) fn type_text(&mut self, words: &str) {
        self.here.type_text(words);
    }

    pub(super) fn known(&self) -> BTreeSet<ChangeHash> {
        self.here.known()
    }

    /// Sends what automerge has to say.
    pub(super) async fn say(&mut self) {
        let fresh = self.here.doc.get_heads().is_empty();
        if let Some(message) = self.here.doc.generate_sync_message(&mut self.here.state) {
            self.send(self.here.document, message, fresh).await;
        }
    }

    /// Sends all that was made here, whoever asked for it or not.
    pub(super) async fn say_all(&mut self) {
        let changes: Vec<Vec<u8>> = self
            .here
            .made
            .iter()
            .map(|hash| self.here.doc.get_change_by_hash(hash).unwrap().raw_bytes().to_vec())
            .collect();
        let (heads, have) = (self.here.doc.get_heads(), vec![Have::default()]);
        let message = Message {
            heads,
            need: Vec::new(),
            have,
            changes: changes.into(),
            flags: None,
            version: MessageVersion::V1,
        };
        self.send(self.here.document, message, false).await;
    }

    async fn send(&mut self, document: DocumentId, message: Message, fresh: bool) {
        let (sender, target) = (NAME.to_owned(), self.hub.clone());
        let message = DocumentMessage { sender, target, document, data: message.encode().into() };
        self.sender.send(&if fresh { Frame::Request(message) } else { Frame::Sync(message) }).await.ok();
    }

    async fn next(&mut self) -> Option<Frame> {
        loop {
            match self.receiver.next().await {
                Ok(Some(frame)) => return Some(frame),
                Ok(None) => {}
                Err(_) => return None,
            }
        }
    }

    /// The next frame about the document; `None` once the socket is closed.
    pub(super) async fn next_of_document(&mut self) -> Option<Frame> {
        loop {
            let frame = self.next().await?;
            if document_of(&frame) == Some(self.here.document) {
                return Some(frame);
            }
        }
    }

    /// Takes in what comes, until the document is unavailable or the socket closed.
    pub(super) async fn last_of_document(&mut self) -> Told {
        loop {
            match self.next_of_document().await {
                Some(Frame::Unavailable { .. }) => return Told::Unavailable,
                Some(frame) => self.take(&frame).await,
                None => return Told::Closed,
            }
        }
    }

    /// Asks for a document that there is not, and gives back what came about this one before the answer did: whatever was
    /// sent has been handled by then.
    pub(super) async fn round_trip(&mut self) -> Vec<Frame> {
        self.while_open().await.expect("the socket is open")
    }

    /// The same; `None` if the server closes the socket.
    pub(super) async fn while_open(&mut self) -> Option<Vec<Frame>> {
        self.asked += 1;
        let nowhere = DocumentId::from_random(u128::from(self.asked).to_be_bytes());
        let (mut state, nothing) = (State::new(), Automerge::new());
        let question = nothing.generate_sync_message(&mut state).expect("somebody who has nothing asks");
        self.send(nowhere, question, true).await;
        let mut heard = Vec::new();
        loop {
            let frame = self.next().await?;
            match document_of(&frame) {
                Some(document) if document == nowhere => return Some(heard),
                Some(document) if document == self.here.document => heard.push(frame),
                _ => {}
            }
        }
    }

    /// Takes in a frame as automerge-repo does, and answers it.
    pub(super) async fn take(&mut self, frame: &Frame) {
        let Frame::Sync(message) = frame else { return };
        let sync = Message::decode(&message.data).unwrap();
        let heads = sync.heads.clone();
        self.here.doc.receive_sync_message(&mut self.here.state, sync).unwrap();
        if heads.iter().all(|head| self.here.doc.get_change_by_hash(head).is_some()) {
            let behind = self.here.doc.fork_at(&heads).unwrap();
            self.here.stored.extend(behind.get_changes(&[]).iter().map(automerge::Change::hash));
        }
        self.say().await;
    }

    /// The same for somebody who may not read: the frame names nothing that they did not know `before`.
    pub(super) async fn answer(&mut self, frame: &Frame, before: &BTreeSet<ChangeHash>) {
        match frame {
            Frame::Unavailable { .. } => {}
            Frame::Sync(message) => {
                let sync = Message::decode(&message.data).unwrap();
                let named = sync.heads.iter().chain(&sync.need).chain(sync.have.iter().flat_map(|h| &h.last_sync));
                assert!(named.into_iter().all(|hash| before.contains(hash)), "{sync:?}");
                assert_eq!(sync.changes.iter().count(), 0, "no change");
                self.take(frame).await;
            }
            other => unreachable!("{other:?}"),
        }
    }

    /// Whether the server has all that was made here.
    pub(super) fn is_stored(&self) -> bool {
        self.here.made.is_subset(&self.here.stored)
    }

    /// Waits until it has.
    pub(super) async fn until_stored(&mut self) {
        while !self.is_stored() {
            let frame = self.next_of_document().await.expect("the server acknowledges");
            self.take(&frame).await;
        }
    }
}

fn document_of(frame: &Frame) -> Option<DocumentId> {
    match frame {
        Frame::Sync(message) | Frame::Request(message) => Some(message.document),
        Frame::Unavailable { document, .. } | Frame::Ephemeral { document, .. } => Some(*document),
        _ => None,
    }
}

const NAME: &str = "a-bare-socket";

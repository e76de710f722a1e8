//! A client as automerge-repo is one: automerge's own sync protocol, one state per document, kept over reconnections.

use super::chance::Chance;
use automerge::{
    ActorId, Automerge, ChangeHash, ROOT, ReadDoc, ScalarValue,
    sync::{Message, State, SyncDoc},
    transaction::{CommitOptions, Transactable},
};
use coplan_core::{
    policy::Subject,
    section::{Kind, Section},
    sync::{
        DocumentId,
        frame::{self, DocumentMessage, Frame},
        hub::ConnectionId,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

pub(super) struct Peer {
    pub(super) name: String,
    pub(super) subject: Subject,
    pub(super) connection: Option<ConnectionId>,
    pub(super) joined: bool,
    pub(super) to_hub: VecDeque<Vec<u8>>,
    pub(super) from_hub: VecDeque<Vec<u8>>,
    pub(super) documents: BTreeMap<DocumentId, Held>,
    pub(super) refusals_told: u64,
    /// Ephemeral messages.
    said: u64,
}

pub(super) struct Held {
    pub(super) section: Arc<Section>,
    pub(super) may_read: bool,
    pub(super) may_write: bool,
    pub(super) doc: Automerge,
    pub(super) state: State,
    pub(super) unavailable: u64,
    /// Changes made here.
    pub(super) made: BTreeSet<ChangeHash>,
    /// Of those, the ones that the hub's announced heads have covered.
    pub(super) acknowledged: BTreeSet<ChangeHash>,
}

impl Peer {
    pub(super) fn new(name: String, subject: Subject, documents: BTreeMap<DocumentId, Held>) -> Self {
        Self {
            name,
            subject,
            connection: None,
            joined: false,
            to_hub: VecDeque::new(),
            from_hub: VecDeque::new(),
            documents,
            refusals_told: 0,
            said: 0,
        }
    }

    /// Somebody with a copy of one document and nobody to tell.
    pub(super) fn alone(held: &Held, actor: &ActorId, document: DocumentId, subject: &Subject) -> Self {
        let mut copy = Held::new(held.section.clone(), true, true, [0; 16]);
        copy.doc = held.doc.clone().with_actor(actor.clone());
        Self::new("alone".into(), subject.clone(), BTreeMap::from([(document, copy)]))
    }

    pub(super) fn connect(&mut self, connection: ConnectionId) {
        self.connection = Some(connection);
        self.joined = false;
        let join = Frame::Join { sender: self.name.clone(), versions: vec!["1".into()] };
        self.to_hub.push_back(frame::encode(&join));
    }

    pub(super) fn disconnect(&mut self) {
        self.connection = None;
        self.joined = false;
        self.to_hub.clear();
        self.from_hub.clear();
    }

    /// Makes one change a client of this section could make; false if the document is not here yet.
    pub(super) fn edit(&mut self, id: DocumentId, chance: &mut Chance, now_s: i64) -> bool {
        let Some(held) = self.documents.get_mut(&id) else { return false };
        let Ok(Some((_, fields))) = held.doc.get(ROOT, "fields") else { return false };
        let editable: Vec<_> =
            held.section.fields.iter().filter(|f| matches!(f.kind, Kind::Text | Kind::Line | Kind::YesNo)).collect();
        let field = editable[chance.below(editable.len())];
        let mut tx = held.doc.transaction();
        let key = field.id.as_str();
        match field.kind {
            Kind::Text => {
                let Ok(Some((_, text))) = tx.get(&fields, key) else { return false };
                let length = tx.length(&text);
                let at = chance.below(length + 1);
                let delete = if chance.percent(30) { (length - at).min(chance.below(4)) } else { 0 };
                let typed: String = (0..=chance.below(5)).map(|_| char::from(b'a' + chance.below(26) as u8)).collect();
                tx.splice_text(&text, at, delete as isize, &typed).expect("a splice within the text");
            }
            Kind::Line => tx.put(&fields, key, format!("line {}", chance.below(1_000))).expect("a put"),
            _ => tx.put(&fields, key, ScalarValue::Boolean(chance.percent(50))).expect("a put"),
        }
        let (hash, _) = tx.commit_with(CommitOptions::default().with_time(now_s));
        held.made.extend(hash);
        if self.joined {
            self.say(id);
            self.say_where(id);
        }
        hash.is_some()
    }

    /// Sends whatever automerge has to say about a document.
    pub(super) fn say(&mut self, id: DocumentId) {
        let Some(held) = self.documents.get_mut(&id) else { return };
        let fresh = held.doc.get_heads().is_empty();
        let Some(message) = held.doc.generate_sync_message(&mut held.state) else { return };
        let about = DocumentMessage {
            sender: self.name.clone(),
            target: "hub".into(),
            document: id,
            data: message.encode().into(),
        };
        let frame = if fresh { Frame::Request(about) } else { Frame::Sync(about) };
        self.to_hub.push_back(frame::encode(&frame));
    }

    /// Says to the others that it is in the document.
    fn say_where(&mut self, document: DocumentId) {
        self.said += 1;
        let (sender, target, session) = (self.name.clone(), "hub".into(), "session".into());
        let data = EMPTY_MAP.into();
        let frame = Frame::Ephemeral { sender, target, document, session, count: self.said, data };
        self.to_hub.push_back(frame::encode(&frame));
    }

    /// Takes one frame from the hub.
    pub(super) fn hear(&mut self) {
        let Some(bytes) = self.from_hub.pop_front() else { return };
        match frame::decode(&bytes.into()).expect("the hub writes frames that can be read") {
            Frame::Peer { .. } => {
                self.joined = true;
                let ids: Vec<_> = self.documents.keys().copied().collect();
                for id in ids {
                    if let Some(held) = self.documents.get_mut(&id) {
                        held.state = State::decode(&held.state.encode()).expect("a state reads back");
                    }
                    self.say(id);
                }
            }
            Frame::Sync(message) | Frame::Request(message) => self.take(message),
            Frame::Unavailable { document, .. } => {
                if let Some(held) = self.documents.get_mut(&document) {
                    held.unavailable += 1;
                }
            }
            Frame::Ephemeral { .. } => self.refusals_told += 1,
            other => panic!("the hub sent {other:?}"),
        }
    }

    fn take(&mut self, message: DocumentMessage) {
        let Some(held) = self.documents.get_mut(&message.document) else { return };
        let sync = Message::decode(&message.data).expect("the hub writes messages that automerge reads");
        let heads = sync.heads.clone();
        held.doc.receive_sync_message(&mut held.state, sync).expect("what the hub sends can be applied");
        if heads.iter().all(|head| held.doc.get_change_by_hash(head).is_some()) {
            let covered: BTreeSet<ChangeHash> = ancestors(&held.doc, &heads);
            held.acknowledged.extend(held.made.intersection(&covered));
        }
        self.say(message.document);
    }
}

/// A map without entries, in CBOR.
const EMPTY_MAP: &[u8] = &[0xa0];

/// The changes at and behind some heads.
pub(super) fn ancestors(doc: &Automerge, heads: &[ChangeHash]) -> BTreeSet<ChangeHash> {
    let mut found = BTreeSet::new();
    let mut next = heads.to_vec();
    while let Some(hash) = next.pop() {
        if found.insert(hash)
            && let Some(change) = doc.get_change_by_hash(&hash)
        {
            next.extend(change.deps());
        }
    }
    found
}

impl Held {
    pub(super) fn new(section: Arc<Section>, may_read: bool, may_write: bool, actor: [u8; 16]) -> Self {
        Self {
            section,
            may_read,
            may_write,
            doc: Automerge::new().with_actor(ActorId::from(actor)),
            state: State::new(),
            unavailable: 0,
            made: BTreeSet::new(),
            acknowledged: BTreeSet::new(),
        }
    }
}

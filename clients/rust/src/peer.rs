//! A peer: one identity at one server, with any number of open documents, connected or trying to be.

use crate::{
    document::{Document, OpenDocument},
    link,
    session::Session,
};
use bytes::Bytes;
use coplan_core::sync::DocumentId;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{Notify, watch};

/// One peer. Clones are the same peer; when the last of them and of its documents is dropped, it disconnects.
#[derive(Debug, Clone)]
pub struct Peer {
    shared: Arc<Shared>,
    _stop: Arc<StopWhenDropped>,
}

/// Where a peer stands with the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Not connected, and trying to be.
    Connecting,
    /// Connected.
    Connected,
    /// Not connected, because `go_offline` said so.
    Offline,
    /// Not connected, because the server does not take the session; `renew` it.
    NotSignedIn,
    /// Not connected any more.
    Disconnected,
}

/// Why a document cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is not one of a document.
    #[error("`{0}` is not the address of a document")]
    BadUrl(String),
    /// The server has no such document for this user.
    #[error("the server has no such document for this user")]
    Unavailable,
    /// More than `DOCUMENTS_OPEN_MAX` are open.
    #[error("{DOCUMENTS_OPEN_MAX} documents are open already")]
    TooMany,
    /// The peer has disconnected for good.
    #[error("the peer has disconnected")]
    Disconnected,
}

impl Peer {
    /// Begins to connect with this session, and stays connected until `disconnect`, whatever happens in between.
    ///
    /// Needs a tokio runtime.
    #[must_use]
    pub fn connect(session: &Session) -> Self {
        let shared = Arc::new(Shared {
            peer_id: format!("coplan-client-{}", random_hex()),
            session_id: random_hex(),
            to_do: Mutex::new(ToDo::of(session)),
            documents: Mutex::default(),
            wake: Notify::new(),
            status: watch::Sender::new(Status::Connecting),
        });
        tokio::spawn(link::run(Arc::clone(&shared)));
        Self { _stop: Arc::new(StopWhenDropped(Arc::clone(&shared))), shared }
    }

    /// The name by which other peers meet this one.
    #[must_use]
    pub fn peer_id(&self) -> &str {
        &self.shared.peer_id
    }

    /// Opens a document by its `automerge:` address, and waits until its content is here. Give it a limit of your own:
    /// without a connection it waits for one.
    ///
    /// # Errors
    /// `OpenError::Unavailable` if there is no such document, or no right to sync it: the server says the same to both.
    pub async fn open(&self, url: &str) -> Result<Document, OpenError> {
        let id = DocumentId::from_url(url).map_err(|_| OpenError::BadUrl(url.to_owned()))?;
        let open = {
            let mut documents = self.shared.documents();
            if documents.len() >= DOCUMENTS_OPEN_MAX && !documents.contains_key(&id) {
                return Err(OpenError::TooMany);
            }
            Arc::clone(documents.entry(id).or_insert_with(|| Arc::new(OpenDocument::new(id))))
        };
        self.has_news(id);
        let document = Document::new(self.clone(), open);
        let opened = document.wait_until_open().await;
        if opened.is_err() {
            self.forget(id);
        }
        opened.map(|()| document)
    }

    /// Where the peer stands with the server.
    #[must_use]
    pub fn status(&self) -> Status {
        *self.shared.status.borrow()
    }

    /// Waits until the peer stands so.
    pub async fn wait_until(&self, status: Status) {
        // The sender lives as long as this handle.
        let _ = self.shared.status.subscribe().wait_for(|now| *now == status).await;
    }

    /// Closes the connection and makes none until `go_online`. Edits go on.
    pub fn go_offline(&self) {
        self.shared.to_do().online = false;
        self.shared.wake.notify_one();
    }

    /// Connects again.
    pub fn go_online(&self) {
        self.shared.to_do().online = true;
        self.shared.wake.notify_one();
    }

    /// Goes on with another session, after `Status::NotSignedIn`.
    pub fn renew(&self, session: &Session) {
        {
            let mut to_do = self.shared.to_do();
            to_do.session = session.clone();
            to_do.renewed = true;
        }
        self.shared.wake.notify_one();
    }

    /// Ends the peer. What is not stored is lost.
    pub fn disconnect(&self) {
        self.shared.stop();
    }

    pub(crate) async fn closed(&self) {
        self.wait_until(Status::Disconnected).await;
    }

    pub(crate) fn has_news(&self, document: DocumentId) {
        self.shared.to_do().documents.insert(document);
        self.shared.wake.notify_one();
    }

    pub(crate) fn say(&self, document: DocumentId, data: Bytes) {
        let mut to_do = self.shared.to_do();
        if to_do.sayings.len() >= SAYINGS_WAITING_MAX {
            to_do.sayings.pop_front();
        }
        to_do.sayings.push_back((document, data));
        drop(to_do);
        self.shared.wake.notify_one();
    }

    pub(crate) fn forget(&self, document: DocumentId) {
        self.shared.documents().remove(&document);
    }
}

/// What the peer's task and its handles share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The name by which other peers meet this one.
    pub(crate) peer_id: String,
    /// Ephemeral messages count within this.
    pub(crate) session_id: String,
    /// Rung after each change of `to_do`.
    pub(crate) wake: Notify,
    /// Where the peer stands with the server.
    pub(crate) status: watch::Sender<Status>,
    to_do: Mutex<ToDo>,
    documents: Mutex<BTreeMap<DocumentId, Arc<OpenDocument>>>,
}

/// What the handles want of the task. Bounded by the open documents and `SAYINGS_WAITING_MAX`.
#[derive(Debug)]
pub(crate) struct ToDo {
    /// Documents that may have something to say to the server.
    pub(crate) documents: BTreeSet<DocumentId>,
    /// Ephemeral messages to send.
    pub(crate) sayings: VecDeque<(DocumentId, Bytes)>,
    /// The session to connect with.
    pub(crate) session: Session,
    /// Whether it is newer than the last attempt to connect.
    pub(crate) renewed: bool,
    /// Whether to be connected.
    pub(crate) online: bool,
    /// Whether to end.
    pub(crate) stopped: bool,
}

impl ToDo {
    fn of(session: &Session) -> Self {
        Self {
            documents: BTreeSet::new(),
            sayings: VecDeque::new(),
            session: session.clone(),
            renewed: false,
            online: true,
            stopped: false,
        }
    }
}

impl Shared {
    pub(crate) fn to_do(&self) -> MutexGuard<'_, ToDo> {
        self.to_do.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn documents(&self) -> MutexGuard<'_, BTreeMap<DocumentId, Arc<OpenDocument>>> {
        self.documents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self) {
        self.to_do().stopped = true;
        self.wake.notify_one();
    }
}

#[derive(Debug)]
struct StopWhenDropped(Arc<Shared>);

impl Drop for StopWhenDropped {
    fn drop(&mut self) {
        self.0.stop();
    }
}

fn random_hex() -> String {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    hex::encode(bytes)
}

/// Most documents that one peer has open.
pub const DOCUMENTS_OPEN_MAX: usize = 10_000;
/// Most ephemeral messages that wait to be sent; beyond it the oldest are dropped.
const SAYINGS_WAITING_MAX: usize = 64;

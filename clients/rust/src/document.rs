//! One open document: edit it, wait until that is stored, follow what others write.

use crate::{
    local_copy::{Access, LocalCopy, Refusal, Standing},
    peer::{OpenError, Peer},
};
use automerge::{AutoSerde, Automerge, AutomergeError, ChangeHash, transaction::Transaction};
use coplan_core::{
    content::edit::{self, Edit},
    section::Section,
    sync::DocumentId,
};
use serde_json::Value;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};
use tokio::sync::broadcast;

/// One open document. Clones are the same document.
#[derive(Debug, Clone)]
pub struct Document {
    peer: Peer,
    open: Arc<OpenDocument>,
}

/// Something that happened to a document.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The content changed, here or elsewhere; these are its heads now.
    Changed(Vec<ChangeHash>),
    /// The server has stored these local changes. Each change is named once.
    Stored(Vec<ChangeHash>),
    /// The server refused a change.
    Refused(Refusal),
    /// Somebody said something that is not kept: where their cursor is, for one.
    Ephemeral {
        /// Peer id of who said it.
        sender: String,
        /// What they said; `identity` is the server's word for who they are.
        value: Value,
    },
    /// The server has no such document for this user, or no longer.
    Unavailable,
    /// The follower was too slow and missed this many events; the document itself misses nothing.
    Missed(u64),
}

/// Why an edit was not made.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The server takes no changes to this document from this user, so none is made that could never be stored.
    #[error("this document is read-only here")]
    ReadOnly,
    /// A change was refused before; nothing that follows it can be stored.
    #[error(transparent)]
    Refused(Refusal),
    /// The edit does not fit the document.
    #[error(transparent)]
    Automerge(#[from] AutomergeError),
    /// The definition does not allow the edit.
    #[error(transparent)]
    Content(#[from] edit::EditError),
}

/// Why an edit will not be stored as things are.
#[derive(Debug, thiserror::Error)]
pub enum NotStored {
    /// The server refused it, or a change that it builds on.
    #[error(transparent)]
    Refused(Refusal),
    /// The peer has disconnected for good.
    #[error("the peer has disconnected")]
    Disconnected,
}

impl Document {
    pub(crate) fn new(peer: Peer, open: Arc<OpenDocument>) -> Self {
        Self { peer, open }
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> DocumentId {
        self.open.id
    }

    /// Its address: `automerge:…`.
    #[must_use]
    pub fn url(&self) -> String {
        self.open.id.url()
    }

    /// Whether it may be changed here, as the server last said.
    #[must_use]
    pub fn access(&self) -> Access {
        self.open.copy().access()
    }

    /// The heads of what is here, stored or not.
    #[must_use]
    pub fn heads(&self) -> Vec<ChangeHash> {
        self.open.copy().document().get_heads()
    }

    /// The heads that the server last announced; everything up to them is stored.
    #[must_use]
    pub fn server_heads(&self) -> Option<Vec<ChangeHash>> {
        self.open.copy().server_heads().map(<[_]>::to_vec)
    }

    /// The local changes that are not stored yet, oldest first.
    #[must_use]
    pub fn unstored(&self) -> Vec<ChangeHash> {
        self.open.copy().unstored().to_vec()
    }

    /// Reads the document as it is here.
    pub fn read<T>(&self, read: impl FnOnce(&Automerge) -> T) -> T {
        read(self.open.copy().document())
    }

    /// The whole content as JSON; of concurrent values, the one that automerge shows.
    #[must_use]
    pub fn json(&self) -> Value {
        self.read(|document| serde_json::to_value(AutoSerde::from(document)).unwrap_or_default())
    }

    /// Makes one change, connected or not, and sends it as soon as can be. `None` if the closure changed nothing.
    ///
    /// # Errors
    /// `EditError`; the document is then as it was before.
    pub fn edit(
        &self,
        change: impl FnOnce(&mut Transaction<'_>) -> Result<(), AutomergeError>,
    ) -> Result<Option<ChangeHash>, EditError> {
        let mut copy = self.writable()?;
        let hash = copy.edit(now_s(), change)?;
        self.made(copy, hash);
        Ok(hash)
    }

    /// Makes edits as the section's definition allows, as one change, connected or not, and sends it as soon as can be.
    ///
    /// # Errors
    /// `EditError`; the document is then as it was before.
    pub fn apply(&self, section: &Section, edits: &[Edit]) -> Result<ChangeHash, EditError> {
        let mut copy = self.writable()?;
        let hash = copy.apply(now_s(), section, edits)?;
        self.made(copy, Some(hash));
        Ok(hash)
    }

    fn writable(&self) -> Result<MutexGuard<'_, LocalCopy>, EditError> {
        let copy = self.open.copy();
        if copy.access() == Access::Read {
            return Err(EditError::ReadOnly);
        }
        match copy.refusal() {
            Some(refusal) => Err(EditError::Refused(refusal.clone())),
            None => Ok(copy),
        }
    }

    fn made(&self, copy: MutexGuard<'_, LocalCopy>, hash: Option<ChangeHash>) {
        let heads = copy.document().get_heads();
        drop(copy);
        if hash.is_some() {
            self.open.tell(Event::Changed(heads));
            self.peer.has_news(self.open.id);
        }
    }

    /// Waits until every change made here so far is stored at the server. Give it a limit of your own: without a
    /// connection it waits for one.
    ///
    /// # Errors
    /// `NotStored` if that will not happen as things are.
    pub async fn wait_until_stored(&self) -> Result<(), NotStored> {
        let mut follower = self.follow();
        let mine = self.unstored();
        loop {
            {
                let copy = self.open.copy();
                if let Some(refusal) = copy.refusal() {
                    return Err(NotStored::Refused(refusal.clone()));
                }
                if !copy.unstored().iter().any(|hash| mine.contains(hash)) {
                    return Ok(());
                }
            }
            tokio::select! {
                _ = follower.next() => {}
                () = self.peer.closed() => return Err(NotStored::Disconnected),
            }
        }
    }

    /// Follows what happens to the document from now on.
    #[must_use]
    pub fn follow(&self) -> Follower {
        Follower(self.open.events.subscribe())
    }

    /// Says something to everybody who has the document open: not kept, and lost if there is no connection. At most
    /// 4 KiB and ten a second; the server drops what is more.
    pub fn broadcast(&self, value: &Value) {
        if let Ok(bytes) = minicbor_serde::to_vec(value) {
            self.peer.say(self.open.id, bytes.into());
        }
    }

    /// After a refusal: drops the local copy with everything in it that is not stored, and opens the server's again.
    /// Read first what you want to keep.
    ///
    /// # Errors
    /// `OpenError` as for `Peer::open`.
    pub async fn start_again(&self) -> Result<(), OpenError> {
        *self.open.copy() = LocalCopy::new();
        self.open.tell(Event::Changed(Vec::new()));
        self.peer.has_news(self.open.id);
        self.wait_until_open().await
    }

    /// Closes the document: nothing is followed any more, and what is not stored is lost.
    pub fn close(self) {
        self.peer.forget(self.open.id);
    }

    pub(crate) async fn wait_until_open(&self) -> Result<(), OpenError> {
        let mut follower = self.follow();
        loop {
            match self.open.copy().standing() {
                Standing::Ready => return Ok(()),
                Standing::Unavailable => return Err(OpenError::Unavailable),
                Standing::Requested => {}
            }
            tokio::select! {
                _ = follower.next() => {}
                () = self.peer.closed() => return Err(OpenError::Disconnected),
            }
        }
    }
}

/// Follows one document.
#[derive(Debug)]
pub struct Follower(broadcast::Receiver<Event>);

impl Follower {
    /// The next event; `None` once the document is closed.
    pub async fn next(&mut self) -> Option<Event> {
        match self.0.recv().await {
            Ok(event) => Some(event),
            Err(broadcast::error::RecvError::Lagged(missed)) => Some(Event::Missed(missed)),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}

/// A document as the peer's task and its handles share it.
#[derive(Debug)]
pub(crate) struct OpenDocument {
    pub(crate) id: DocumentId,
    copy: Mutex<LocalCopy>,
    events: broadcast::Sender<Event>,
}

impl OpenDocument {
    pub(crate) fn new(id: DocumentId) -> Self {
        Self { id, copy: Mutex::new(LocalCopy::new()), events: broadcast::Sender::new(EVENTS_WAITING_MAX) }
    }

    /// The copy, locked. A closure of the caller's that panicked has left it as it was: its transaction rolled back.
    pub(crate) fn copy(&self) -> MutexGuard<'_, LocalCopy> {
        self.copy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tell(&self, event: Event) {
        // Nobody follows: nobody is told.
        let _ = self.events.send(event);
    }
}

/// Most events that wait for a follower; beyond it the oldest are dropped and counted.
const EVENTS_WAITING_MAX: usize = 1_024;

/// The device's clock, in seconds since 1970.
fn now_s() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_secs().cast_signed())
}

//! What this peer holds of one document, and where it stands with the server. No IO: frames and edits go in, sync
//! messages come out.

use automerge::{
    Automerge, AutomergeError, ChangeHash,
    sync::{Message, ReadMessageError, State, SyncDoc},
    transaction::{CommitOptions, Transaction},
};
use coplan_core::{
    content::edit::{self, Edit},
    section::Section,
};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Whether a document may be changed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Read and changed.
    Write,
    /// Only read: the server takes no changes to it from this user.
    Read,
}

/// The server's no to a change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the server refused the change: {reason}")]
pub struct Refusal {
    /// The reason's stable name.
    pub code: String,
    /// The reason as a sentence.
    pub reason: String,
    /// The changes that were refused.
    pub changes: Vec<ChangeHash>,
}

/// How far the server's first answer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Asked for, not answered.
    Requested,
    /// The content is here.
    Ready,
    /// The server has no such document for this user.
    Unavailable,
}

/// What one message of the server brought.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct News {
    /// The document's heads moved.
    pub(crate) changed: bool,
    /// Local changes that became stored, each named once in the copy's life.
    pub(crate) stored: Vec<ChangeHash>,
}

/// Why a message of the server could not be taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReceiveError {
    #[error(transparent)]
    Message(#[from] ReadMessageError),
    #[error(transparent)]
    Document(#[from] AutomergeError),
}

#[derive(Debug)]
pub(crate) struct LocalCopy {
    document: Automerge,
    state: State,
    standing: Standing,
    /// Local changes that the server has not announced, oldest first.
    unstored: Vec<ChangeHash>,
    refusal: Option<Refusal>,
    /// As the server last said; kept without a connection.
    access: Access,
}

impl LocalCopy {
    pub(crate) fn new() -> Self {
        Self {
            document: Automerge::new(),
            state: State::new(),
            standing: Standing::Requested,
            unstored: Vec::new(),
            refusal: None,
            access: Access::Write,
        }
    }

    pub(crate) fn document(&self) -> &Automerge {
        &self.document
    }

    pub(crate) fn standing(&self) -> Standing {
        self.standing
    }

    pub(crate) fn unstored(&self) -> &[ChangeHash] {
        &self.unstored
    }

    pub(crate) fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_ref()
    }

    /// The heads that the server last announced on this connection.
    pub(crate) fn server_heads(&self) -> Option<&[ChangeHash]> {
        self.state.their_heads.as_deref()
    }

    pub(crate) fn access(&self) -> Access {
        self.access
    }

    /// A new connection: what was said on the last one is forgotten, but for what both sides are known to have.
    pub(crate) fn begin(&mut self) {
        self.state = State::decode(&self.state.encode()).unwrap_or_default();
        if self.standing == Standing::Unavailable {
            self.standing = Standing::Requested;
        }
    }

    /// The next message for the server, and whether it is the question "do you have it?".
    pub(crate) fn message(&mut self) -> Option<(bool, Vec<u8>)> {
        let question = self.document.get_heads().is_empty();
        let message = self.document.generate_sync_message(&mut self.state)?;
        Some((question, message.encode()))
    }

    pub(crate) fn receive(&mut self, message: &[u8]) -> Result<News, ReceiveError> {
        let before = self.document.get_heads();
        self.document.receive_sync_message(&mut self.state, Message::decode(message)?)?;
        self.access = if self.state.is_peer_read_only() { Access::Read } else { Access::Write };
        let heads = self.document.get_heads();
        if !heads.is_empty() {
            self.standing = Standing::Ready;
        }
        Ok(News { changed: heads != before, stored: self.newly_stored(&heads) })
    }

    /// The server has no such document for this user. What is already here stays, as in automerge-repo.
    pub(crate) fn unavailable(&mut self) {
        if self.document.get_heads().is_empty() {
            self.standing = Standing::Unavailable;
        }
    }

    pub(crate) fn refused(&mut self, refusal: Refusal) {
        self.refusal = Some(refusal);
    }

    /// Makes one change; `None` if the closure changed nothing.
    pub(crate) fn edit<E>(
        &mut self,
        now_s: i64,
        change: impl FnOnce(&mut Transaction<'_>) -> Result<(), E>,
    ) -> Result<Option<ChangeHash>, E> {
        let options = |(): &()| CommitOptions::default().with_time(now_s);
        let hash = self.document.transact_with(options, change).map_err(|failure| failure.error)?.hash;
        self.unstored.extend(hash);
        Ok(hash)
    }

    /// Makes edits of the section's definition as one change.
    pub(crate) fn apply(
        &mut self,
        now_s: i64,
        section: &Section,
        edits: &[Edit],
    ) -> Result<ChangeHash, edit::EditError> {
        let hash = edit::apply_all(&mut self.document, section, edits, now_s)?;
        self.unstored.push(hash);
        Ok(hash)
    }

    /// Of the local changes, those that the heads which the server now announces cover.
    fn newly_stored(&mut self, heads: &[ChangeHash]) -> Vec<ChangeHash> {
        let Some(announced) = self.state.their_heads.as_deref().filter(|_| !self.unstored.is_empty()) else {
            return Vec::new();
        };
        if announced == heads {
            return std::mem::take(&mut self.unstored);
        }
        let mut known = announced.to_vec();
        known.retain(|hash| self.document.get_change_meta_by_hash(hash).is_some());
        let beyond: HashSet<_> = self.document.get_changes_meta(&known).iter().map(|change| change.hash).collect();
        let (unstored, stored) = std::mem::take(&mut self.unstored).into_iter().partition(|hash| beyond.contains(hash));
        self.unstored = unstored;
        stored
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;
    use automerge::{ROOT, ReadDoc, transaction::Transactable};

    /// A server's side of one document, as simple as can be.
    struct Server {
        document: Automerge,
        state: State,
    }

    impl Server {
        fn with_content() -> Self {
            let mut document = Automerge::new();
            document.transact::<_, _, AutomergeError>(|tx| tx.put(ROOT, "a", 1)).unwrap();
            Self { document, state: State::new() }
        }

        /// Exchanges messages until both are silent.
        fn settle(&mut self, copy: &mut LocalCopy) -> Vec<ChangeHash> {
            let mut stored = Vec::new();
            loop {
                let up = copy.message();
                let silent = up.is_none();
                if let Some((_, bytes)) = up {
                    self.document.receive_sync_message(&mut self.state, Message::decode(&bytes).unwrap()).unwrap();
                }
                match self.document.generate_sync_message(&mut self.state) {
                    Some(mut down) => {
                        down.flags = None;
                        stored.extend(copy.receive(&down.encode()).unwrap().stored);
                    }
                    None if silent => return stored,
                    None => {}
                }
            }
        }
    }

    fn put(copy: &mut LocalCopy, key: &str) -> ChangeHash {
        copy.edit::<AutomergeError>(0, |tx| tx.put(ROOT, key, true)).unwrap().unwrap()
    }

    #[test]
    fn the_first_message_asks_and_the_content_makes_it_ready() {
        let mut copy = LocalCopy::new();
        assert!(copy.message().unwrap().0);
        let mut copy = LocalCopy::new();
        Server::with_content().settle(&mut copy);
        assert_eq!(copy.standing(), Standing::Ready);
    }

    #[test]
    fn a_change_is_stored_once_the_server_announces_it_and_only_once() {
        let (mut server, mut copy) = (Server::with_content(), LocalCopy::new());
        server.settle(&mut copy);
        let one = put(&mut copy, "one");
        assert_eq!(copy.unstored(), [one]);
        assert_eq!(server.settle(&mut copy), [one]);
        assert_eq!(copy.unstored(), []);
        let two = put(&mut copy, "two");
        assert_eq!(server.settle(&mut copy), [two]);
    }

    #[test]
    fn a_change_beyond_the_announced_heads_is_not_stored() {
        let (mut server, mut copy) = (Server::with_content(), LocalCopy::new());
        server.settle(&mut copy);
        let one = put(&mut copy, "one");
        let (_, up) = copy.message().unwrap();
        let two = put(&mut copy, "two");
        server.document.receive_sync_message(&mut server.state, Message::decode(&up).unwrap()).unwrap();
        let down = server.document.generate_sync_message(&mut server.state).unwrap();
        assert_eq!(copy.receive(&down.encode()).unwrap().stored, [one]);
        assert_eq!(copy.unstored(), [two]);
    }

    #[test]
    fn changes_made_on_both_sides_without_a_connection_merge() {
        let (mut server, mut copy) = (Server::with_content(), LocalCopy::new());
        server.settle(&mut copy);
        let mine = put(&mut copy, "mine");
        server.document.transact::<_, _, AutomergeError>(|tx| tx.put(ROOT, "theirs", true)).unwrap();
        copy.begin();
        server.state = State::new();
        assert_eq!(server.settle(&mut copy), [mine]);
        assert_eq!(copy.document().get_heads(), server.document.get_heads());
        assert!(copy.document().get(ROOT, "theirs").unwrap().is_some());
    }

    #[test]
    fn what_is_already_here_stays_when_the_server_says_unavailable() {
        let mut copy = LocalCopy::new();
        copy.unavailable();
        assert_eq!(copy.standing(), Standing::Unavailable);
        let mut copy = LocalCopy::new();
        Server::with_content().settle(&mut copy);
        copy.unavailable();
        assert_eq!(copy.standing(), Standing::Ready);
    }
}

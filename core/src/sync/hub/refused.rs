//! What was refused: why, and the hashes of the newest so many.

use super::limits::REFUSED_HASHES_MAX;
use crate::sync::guard::Refusal;
use automerge::ChangeHash;
use std::collections::{BTreeSet, VecDeque};

/// Why a change was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Reason {
    /// The guard says no.
    #[error(transparent)]
    Guard(#[from] Refusal),
    /// Its sender may not write this section, or not any more.
    #[error("your role does not write this section")]
    NotAllowed,
    /// Its sender wrote in the section and may not read it any more.
    #[error("whoever typed it may not open this section any more")]
    MayNotRead,
    /// It builds on a change that was refused.
    #[error("it builds on a change that was refused")]
    FollowsRefused,
    /// automerge did not stand it on a copy of the document.
    #[error("the change does not fit the document")]
    Trial,
}

impl Reason {
    /// The reason's stable name, for quarantine and clients.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Guard(refusal) => refusal.code(),
            Self::NotAllowed => "not-allowed",
            Self::MayNotRead => "may-not-read",
            Self::FollowsRefused => "follows-refused",
            Self::Trial => "trial",
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct RefusedHashes {
    set: BTreeSet<ChangeHash>,
    order: VecDeque<ChangeHash>,
}

impl RefusedHashes {
    pub(super) fn insert(&mut self, hash: ChangeHash) {
        if !self.set.insert(hash) {
            return;
        }
        self.order.push_back(hash);
        if self.order.len() > REFUSED_HASHES_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.set.remove(&oldest);
        }
    }

    pub(super) fn remove(&mut self, hash: &ChangeHash) {
        if self.set.remove(hash) {
            self.order.retain(|h| h != hash);
        }
    }

    pub(super) fn contains(&self, hash: &ChangeHash) -> bool {
        self.set.contains(hash)
    }
}

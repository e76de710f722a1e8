//! The trace of a document: every write that was ever made at each place of a section, and who had seen what.
//!
//! It is read in one pass over the changes and knows nothing of people: whoever shows an author looks the change up.
//!
//! INVARIANT: the same changes give the same trace, in whichever order they arrived. Writes stand in Lamport order, so what
//! somebody had seen stands before what they wrote.
//!
//! To add a kind of write: a variant of `WriteKind`, and its place in `build`.

mod build;
mod kept;
mod past;

use crate::{content::FieldValue, section::Section};
use automerge::{ActorId, Automerge, ChangeHash};
pub(crate) use past::Past;
use std::collections::{BTreeMap, HashSet};

/// Every write of a section's document, by the place that it was made at.
#[derive(Debug)]
pub struct Trace {
    changes: Vec<TracedChange>,
    past: Past,
    paths: BTreeMap<String, Vec<Write>>,
}

/// One change of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedChange {
    /// Its hash.
    pub hash: ChangeHash,
    /// The device that made it; `Store` knows whose it is.
    pub actor: ActorId,
    /// When the device says it was made, in seconds since 1970.
    pub claimed_at_s: i64,
}

/// What one change wrote at one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// The change.
    pub change: ChangeHash,
    /// Where the change stands among `Trace::changes`.
    pub position: usize,
    /// What it did there.
    pub kind: WriteKind,
    /// What stood there afterwards: for `Set` only, and not where that cannot be read.
    pub value: Option<FieldValue>,
    /// The reason, if the change settled the conflict at this place.
    pub settles: Option<String>,
    op: Op,
    /// The values of the same key that it replaced.
    replaces: Vec<Op>,
    /// The write whose value it left standing, where that is how it set it.
    kept: Option<Op>,
    /// For what is in an item: which one, among all that were ever made.
    item: Option<u32>,
}

/// What a write did.
#[derive(Debug, Clone, PartialEq)]
pub enum WriteKind {
    /// Set a single value, or a group as a whole.
    Set,
    /// Took the value away.
    Clear,
    /// Typed in a text. Counted in UTF-16 code units or characters, as the client wrote them.
    Text {
        /// How many were inserted.
        inserted: u32,
        /// How many were deleted.
        deleted: u32,
    },
    /// Made an item of a list, at `list.item`.
    Add,
    /// Removed an item, at `list.item`.
    Remove {
        /// Why.
        reason: String,
    },
    /// Took the removal of an item back, at `list.item`.
    Restore,
    /// Put an item somewhere else, at `list.item`.
    Move {
        /// Its new place.
        order: f64,
    },
    /// Settled a conflict by saying that what is shown there holds, without writing it.
    Settle,
    /// Endorsed a decision record, at `list.item`.
    Endorse,
    /// Withdrew a decision record, at `list.item`.
    Withdraw,
}

/// An operation's name: its counter, then its actor's number. Actors are numbered by their bytes, so names sort as
/// automerge sorts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Op(u64, u32);

/// An item that was made, once for each time.
#[derive(Debug, Clone)]
struct Made {
    path: String,
    op: Op,
}

impl Write {
    pub(crate) fn op(&self) -> Op {
        self.op
    }

    pub(crate) fn replaces(&self) -> &[Op] {
        &self.replaces
    }

    /// Whether automerge holds a value of its own for it. Who sets what is shown already, over others that are not, only
    /// has those taken away.
    pub(crate) fn is_held(&self) -> bool {
        self.kept.is_none()
    }

    pub(crate) fn item(&self) -> Option<u32> {
        self.item
    }
}

impl Trace {
    /// The trace of all changes, or of those that `heads` cover. Heads that the document does not know count as not there.
    #[must_use]
    pub fn build(document: &Automerge, heads: Option<&[ChangeHash]>, section: &Section) -> Self {
        build::build(document, heads, section)
    }

    /// Every change, so that what it depends on stands before it.
    #[must_use]
    pub fn changes(&self) -> &[TracedChange] {
        &self.changes
    }

    /// The change of that hash, with its position, if the trace covers it.
    #[must_use]
    pub fn change(&self, hash: &ChangeHash) -> Option<(usize, &TracedChange)> {
        let position = self.past.position(hash)?;
        Some((position as usize, &self.changes[position as usize]))
    }

    /// Every place that was ever written, in the order of the paths, with its writes.
    pub fn paths(&self) -> impl Iterator<Item = (&str, &[Write])> {
        self.paths.iter().map(|(path, writes)| (path.as_str(), writes.as_slice()))
    }

    /// The writes at one place, oldest first.
    #[must_use]
    pub fn writes(&self, path: &str) -> &[Write] {
        self.paths.get(path).map_or(&[], Vec::as_slice)
    }

    /// The write whose value automerge shows at this place; for texts, items and what is empty the newest.
    #[must_use]
    pub fn last_write(&self, path: &str) -> Option<&Write> {
        let all = self.writes(path);
        let shown = self.shown_item(path);
        let writes = || all.iter().filter(|write| write.item.is_none() || shown.is_none() || write.item == shown);
        if !all.iter().any(|write| write.kind == WriteKind::Set) {
            return writes().max_by_key(|write| write.op);
        }
        let replaced: HashSet<Op> = writes().flat_map(|write| write.replaces.iter().copied()).collect();
        let stands =
            |write: &&Write| write.kind == WriteKind::Set && !replaced.contains(&write.kept.unwrap_or(write.op));
        writes().filter(stands).max_by_key(|write| write.op).or_else(|| writes().max_by_key(|write| write.op))
    }

    /// Whether the author of `later` had seen `earlier`: it is among its ancestors, or the same change. False for changes
    /// that the trace does not cover.
    #[must_use]
    pub fn descends(&self, later: &ChangeHash, earlier: &ChangeHash) -> bool {
        match (self.past.position(later), self.past.position(earlier)) {
            (Some(later), Some(earlier)) => self.past.descends(later, earlier),
            _ => false,
        }
    }

    pub(crate) fn past(&self) -> &Past {
        &self.past
    }

    /// Of the items that were made under one key, the one that automerge shows. Of a path in an item only.
    fn shown_item(&self, path: &str) -> Option<u32> {
        let mut ends = path.match_indices('.').map(|(at, _)| at);
        let item = match (ends.next(), ends.next()) {
            (Some(_), Some(end)) => &path[..end],
            (Some(_), None) => path,
            (None, _) => return None,
        };
        let made = self.writes(item).iter().filter(|write| write.kind == WriteKind::Add);
        made.max_by_key(|write| write.op).and_then(|write| write.item)
    }
}

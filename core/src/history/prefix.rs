//! The heads of a beginning of the log.

use automerge::ChangeHash;
use std::collections::BTreeSet;

/// The heads of the changes so far, taken in the order of storing: a change comes after everything it depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prefix {
    heads: BTreeSet<ChangeHash>,
}

impl Prefix {
    /// One more change.
    pub fn push(&mut self, hash: ChangeHash, deps: &[ChangeHash]) {
        for dep in deps {
            self.heads.remove(dep);
        }
        self.heads.insert(hash);
    }

    /// The heads, sorted; none before the first change.
    #[must_use]
    pub fn heads(&self) -> Vec<ChangeHash> {
        self.heads.iter().copied().collect()
    }
}

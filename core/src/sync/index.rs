//! What the guard knows of one document: which changes it has, what each object is in the section, which operations
//! there were to refer to. Append-only, and compact: a text is kept as runs, not as characters.
//!
//! INVARIANT: it is derived from the document alone. Dropping it and building it again gives the same answers.
//! It keeps no values: whatever is shown to anybody comes from automerge.

mod admit;
mod check;
mod graph;
mod objects;
mod place;
mod record;
mod runs;

pub use admit::{DOCUMENT_ACTORS_MAX, DOCUMENT_OPS_MAX};
pub use check::{LIST_HISTORY_FACTOR, SETTLED_PATH_BYTES_MAX, TEXT_HISTORY_FACTOR};

use crate::{id::UserId, section::Section};
use automerge::{ActorId, Automerge, Change, ChangeHash};
use graph::{Graph, NewChange, Position};
use objects::Objects;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What the guard knows of one document.
#[derive(Debug)]
pub struct Index {
    graph: Graph,
    objects: Objects,
    /// Operations over all changes.
    ops: u64,
}

/// A document that no index can be made of, because it is not one that the guard let grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// automerge panicked while it gave its changes.
    #[error("the document made automerge panic")]
    Panicked,
    /// A change names one that does not come before it.
    #[error("a change depends on one that does not come before it")]
    Order,
    /// A counter beyond what a document may hold.
    #[error("a counter is out of range")]
    Counter,
}

impl Index {
    /// The index of a document with nothing in it.
    #[must_use]
    pub fn empty() -> Self {
        Self { graph: Graph::default(), objects: Objects::new(), ops: 0 }
    }

    /// Reads a document that the store holds. Rights and conformance are not asked again; an actor that `actors` does
    /// not name is the service's own, and no client may use it.
    ///
    /// # Errors
    /// `BuildError` if the document is not sound.
    pub fn build(document: &Automerge, section: &Section, actors: &[(ActorId, UserId)]) -> Result<Self, BuildError> {
        let read = || {
            let mut index = Self::empty();
            for change in document.get_changes(&[]) {
                index.append(&change, section)?;
            }
            Ok(index)
        };
        let mut index = catch_unwind(AssertUnwindSafe(read)).unwrap_or(Err(BuildError::Panicked))?;
        for (actor, user) in actors {
            let actor = index.graph.number_actor(actor);
            index.graph.bind(actor, user);
        }
        Ok(index)
    }

    fn append(&mut self, change: &Change, section: &Section) -> Result<(), BuildError> {
        let known: Option<Vec<Position>> = change.deps().iter().map(|dep| self.graph.position(dep)).collect();
        let known = known.ok_or(BuildError::Order)?;
        let counter = |value: u64| u32::try_from(value).map_err(|_| BuildError::Counter);
        let (hash, start_op) = (change.hash(), counter(change.start_op().get())?);
        let max_op = counter(change.max_op())?;
        let expanded = change.decode();
        let new = NewChange { hash, actor: &expanded.actor_id, start_op, max_op };
        self.record(&new, &known, Vec::new(), &expanded.operations, section);
        self.graph.forget_last_past();
        Ok(())
    }

    /// How many changes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.graph.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the change is here.
    #[must_use]
    pub fn contains(&self, hash: &ChangeHash) -> bool {
        self.graph.position(hash).is_some()
    }

    /// Where the change stands in the order in which they came.
    #[must_use]
    pub fn position(&self, hash: &ChangeHash) -> Option<usize> {
        self.graph.position(hash).map(|position| position as usize)
    }

    /// The change at that position.
    #[must_use]
    pub fn hash_at(&self, position: usize) -> Option<ChangeHash> {
        self.graph.hash_at(position)
    }

    /// The changes that no other depends on, sorted by hash.
    #[must_use]
    pub fn heads(&self) -> Vec<ChangeHash> {
        self.graph.heads()
    }

    /// Those of `hashes` that are not here, in the order given.
    #[must_use]
    pub fn missing(&self, hashes: &[ChangeHash]) -> Vec<ChangeHash> {
        hashes.iter().filter(|hash| !self.contains(hash)).copied().collect()
    }

    /// The positions, lowest first, of all changes that are neither among `known` nor ancestors of any of them: what
    /// somebody lacks who has `known`. Hashes that are not here are passed over. Fast where little is lacking.
    #[must_use]
    pub fn lacking(&self, known: &[ChangeHash]) -> Vec<usize> {
        let known: Vec<Position> = known.iter().filter_map(|hash| self.graph.position(hash)).collect();
        self.graph.unseen(&known).into_iter().map(|position| position as usize).collect()
    }
}

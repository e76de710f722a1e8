//! Whether a change fits the document, by its context: who, after what, in which order.

use super::{
    Index,
    check::Check,
    graph::{NewChange, Position},
};
use crate::{
    id::UserId,
    section::Section,
    sync::guard::{Candidate, Refusal},
};

/// Most actors of a document. automerge-repo makes one for every time a document is opened to be edited.
pub const DOCUMENT_ACTORS_MAX: usize = 2_000;
/// Most operations of a document, over all its history.
pub const DOCUMENT_OPS_MAX: u64 = 250_000;

impl Index {
    /// Admits a change into the index: its dependencies are here, it is the next of its actor, the actor is the
    /// user's, everything it refers to is among its ancestors, and what it writes is what the section's definition
    /// allows. The next change of the same batch sees it. On refusal nothing changes.
    ///
    /// # Errors
    /// The first rule that the change breaks.
    pub fn admit(&mut self, candidate: &Candidate, section: &Section, user: &UserId) -> Result<(), Refusal> {
        let (known, unseen) = self.check_past(candidate, user)?;
        Check::new(self, section, candidate, &unseen).run()?;
        self.enter(candidate, section, user, &known, unseen)
    }

    /// Admits a change that the service made to a section of decisions, where nobody writes: what it writes is not asked.
    ///
    /// # Errors
    /// The first rule of order that the change breaks.
    pub fn admit_decision(&mut self, candidate: &Candidate, section: &Section, user: &UserId) -> Result<(), Refusal> {
        let (known, unseen) = self.check_past(candidate, user)?;
        self.enter(candidate, section, user, &known, unseen)
    }

    fn enter(
        &mut self,
        candidate: &Candidate,
        section: &Section,
        user: &UserId,
        known: &[Position],
        unseen: Vec<Position>,
    ) -> Result<(), Refusal> {
        let start_op = u32::try_from(candidate.start_op).map_err(|_| Refusal::Counter)?;
        let change = NewChange {
            hash: candidate.hash,
            actor: &candidate.actor,
            start_op,
            max_op: start_op + candidate.ops.len() as u32 - 1,
        };
        self.record(&change, known, unseen, &candidate.ops, section);
        let actor = self.graph.number_actor(&candidate.actor);
        self.graph.bind(actor, user);
        Ok(())
    }

    /// The positions of its dependencies, and of what its author had not seen, if it follows on them.
    fn check_past(&self, candidate: &Candidate, user: &UserId) -> Result<(Vec<Position>, Vec<Position>), Refusal> {
        let known = self.check_context(candidate, user)?;
        let unseen = self.graph.unseen(&known);
        match self.own_previous(candidate) {
            Some(previous) if unseen.binary_search(&previous).is_ok() => Err(Refusal::OwnPast),
            _ => Ok((known, unseen)),
        }
    }

    /// The positions of its dependencies, if it follows on them.
    fn check_context(&self, candidate: &Candidate, user: &UserId) -> Result<Vec<Position>, Refusal> {
        if self.contains(&candidate.hash) {
            return Err(Refusal::Known);
        }
        let known: Option<Vec<Position>> = candidate.deps.iter().map(|dep| self.graph.position(dep)).collect();
        let known = known.ok_or(Refusal::MissingDeps)?;
        let seq = match self.graph.actor_number(&candidate.actor) {
            Some(number) if self.graph.actor(number).user.as_ref() != Some(user) => {
                return Err(Refusal::ActorOfAnother);
            }
            Some(number) => self.graph.actor(number).seq(),
            None if self.graph.actor_count() >= DOCUMENT_ACTORS_MAX => return Err(Refusal::DocumentActors),
            None => 0,
        };
        if candidate.seq != seq + 1 {
            return Err(Refusal::Seq);
        }
        let max_op = known.iter().map(|dep| u64::from(self.graph.max_op(*dep))).max().unwrap_or(0);
        if candidate.start_op != max_op + 1 {
            return Err(Refusal::StartOp);
        }
        if self.ops + candidate.ops.len() as u64 > DOCUMENT_OPS_MAX {
            return Err(Refusal::DocumentOps);
        }
        Ok(known)
    }

    fn own_previous(&self, candidate: &Candidate) -> Option<Position> {
        self.graph.actor(self.graph.actor_number(&candidate.actor)?).last_change()
    }
}

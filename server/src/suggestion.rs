//! Deciding a suggestion: accepted or edited it becomes a change by whoever decides, declined or withdrawn it does not.
//!
//! The change is written first, and the row after it. A service that dies between the two leaves an open row, and a change
//! that carries the suggestion's mark; whoever decides next finds the change, and the row ends as the change says. So
//! nothing is applied twice, and no row says that something was declined which stands in the plan.

use crate::{
    access::PlanAccess,
    publish::{self, PublishFailure},
    store::{Decision, GrantedDocument, Outcome, Store, StoreError, Suggestion},
    sync::{HubHandle, WriteError},
};
use automerge::{Automerge, ChangeHash};
use coplan_core::{
    content::{
        self,
        edit::{Edit, EditError},
    },
    policy::{Action, Denied, Granted, Resource, Subject},
    section::{Section, ValueError},
    suggestion::{self, Applied, SuggestionError},
    time::UtcMillis,
};
use std::sync::Arc;
use tokio::sync::{Mutex, MutexGuard};

/// What somebody wants to come of a suggestion.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    /// Apply it as it was proposed; `anyway` even if what it changes has changed since.
    Accept {
        /// See above.
        anyway: bool,
    },
    /// Apply this instead, to the same field.
    Edit {
        /// What to apply.
        edit: Edit,
        /// As for `Accept`.
        anyway: bool,
    },
    /// Do not apply it.
    Decline,
    /// Take back what one proposed.
    Withdraw,
}

/// Why a suggestion was not decided so. Nothing was changed, but for `Write`, which says.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// The subject may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Somebody else's.
    #[error("a suggestion is withdrawn by who made it")]
    NotOwn,
    /// The reason is missing or none, or the edit is not one that could have been suggested.
    #[error(transparent)]
    Refused(#[from] SuggestionError),
    /// The edit is about something else.
    #[error("the edit is for another field than the suggestion")]
    OtherField,
    /// It was decided before, otherwise or by somebody else.
    #[error("the suggestion is {} already", .0.as_str())]
    Decided(Outcome),
    /// The change was not made.
    #[error(transparent)]
    Write(#[from] WriteError<NotMade>),
    /// The section's document cannot be read.
    #[error(transparent)]
    Document(#[from] PublishFailure),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why there is no change to make.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotMade {
    /// One was made before.
    #[error("the suggestion was applied before")]
    Applied(Applied),
    /// What it would change is another than it was when it was proposed.
    #[error("what the suggestion would change has changed since it was made")]
    Changed {
        /// What stands there now, in words.
        current: Option<String>,
    },
    /// The document does not take the edit.
    #[error(transparent)]
    Edit(EditError),
}

/// Who decides about which section.
pub struct Decider<'d> {
    /// The store.
    pub store: &'d Store,
    /// The way to the section's document.
    pub hub: &'d HubHandle,
    /// Who.
    pub subject: &'d Subject,
    /// What they may do with the plan.
    pub access: &'d PlanAccess<'d>,
    /// That they see the plan.
    pub seeing: &'d Granted,
    /// The section that the suggestion is for.
    pub section: &'d Section,
    /// Its document.
    pub document: GrantedDocument,
    /// When.
    pub now: UtcMillis,
}

impl Decider<'_> {
    /// Decides, or gives the decision that the same subject made before, if it was this one. One at a time for each
    /// suggestion: the caller holds its turn.
    ///
    /// # Errors
    /// `DecideError` with the reason.
    pub async fn decide(
        &self,
        suggestion: &Suggestion,
        wish: &Wish,
        reason: Option<&str>,
    ) -> Result<Decision, DecideError> {
        let writing = self.may(suggestion, wish)?;
        self.check(suggestion, wish, reason)?;
        if let Some(decision) = &suggestion.decision {
            return self.made_before(decision.clone(), wish);
        }
        let document = publish::load(self.store, &self.document).await?;
        if let Some(applied) = suggestion::applied(&document, &suggestion.proposed.id) {
            return self.finish(suggestion, applied, wish, reason).await;
        }
        let change = match (wish, writing) {
            (Wish::Accept { anyway }, Some(granted)) => {
                self.apply(suggestion, (&suggestion.proposed.edit, false), *anyway, &granted).await
            }
            (Wish::Edit { edit, anyway }, Some(granted)) => {
                self.apply(suggestion, (edit, true), *anyway, &granted).await
            }
            _ => Ok(None),
        };
        let change = match change {
            Err(WriteError::NotMade(NotMade::Applied(applied))) => {
                return self.finish(suggestion, applied, wish, reason).await;
            }
            change => change?,
        };
        let edit = edit_of(wish).cloned();
        let (by, reason) = (self.subject.clone(), reason.map(str::to_owned));
        let decision = Decision { outcome: outcome_of(wish), by, at: self.now, reason, edit, change };
        self.record(suggestion, decision, wish).await
    }

    /// The right that the wish takes: to write the section, or to have proposed it.
    fn may(&self, suggestion: &Suggestion, wish: &Wish) -> Result<Option<Granted>, DecideError> {
        if *wish == Wish::Withdraw {
            let own = suggestion.by.user == self.subject.user;
            return if own { Ok(None) } else { Err(DecideError::NotOwn) };
        }
        Ok(Some(self.access.decide(Action::Write, Resource::Section(self.section))?))
    }

    fn check(&self, suggestion: &Suggestion, wish: &Wish, reason: Option<&str>) -> Result<(), DecideError> {
        match reason {
            Some(reason) => suggestion::check_reason(reason)?,
            None if *wish == Wish::Decline => return Err(SuggestionError::Reason(ValueError::Empty).into()),
            None => {}
        }
        let Some(edit) = edit_of(wish) else { return Ok(()) };
        suggestion::check_edit(self.section, edit)?;
        if suggestion::same_field(edit, &suggestion.proposed.edit) { Ok(()) } else { Err(DecideError::OtherField) }
    }

    /// Writes the change; no change if the section holds it already.
    async fn apply(
        &self,
        suggestion: &Suggestion,
        (edit, edited): (&Edit, bool),
        anyway: bool,
        granted: &Granted,
    ) -> Result<Option<ChangeHash>, WriteError<NotMade>> {
        let proposed = &suggestion.proposed;
        let (mark, time_s) = (suggestion::mark(&proposed.id, edited), self.now.0.div_euclid(1_000));
        let make = |document: &mut Automerge| {
            if let Some(applied) = suggestion::applied(document, &proposed.id) {
                return Err(NotMade::Applied(applied));
            }
            if !anyway && suggestion::has_changed(document, &proposed.seen, self.section, edit) {
                return Err(self.changed(document, edit));
            }
            content::edit::apply_saying(document, self.section, edit, time_s, &mark).map_err(|error| match error {
                EditError::NoItem(_) | EditError::ItemExists(_) => self.changed(document, edit),
                error => NotMade::Edit(error),
            })
        };
        match self.hub.write(*self.document, self.subject, granted, make).await {
            Ok(written) => Ok(Some(written.change)),
            Err(WriteError::NotMade(NotMade::Edit(EditError::NoChange))) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn changed(&self, document: &Automerge, edit: &Edit) -> NotMade {
        let content = content::read(document, None, self.section);
        NotMade::Changed { current: suggestion::held(self.section, edit, &content) }
    }

    /// Ends the row of a suggestion that was applied by a service that did not come to it.
    async fn finish(
        &self,
        suggestion: &Suggestion,
        applied: Applied,
        wish: &Wish,
        reason: Option<&str>,
    ) -> Result<Decision, DecideError> {
        let mut authored = self.store.authored(&self.document, &[applied.change]).await?;
        let damaged = || StoreError::Damaged { what: "change", id: applied.change.to_string() };
        let authored = authored.remove(&applied.change).ok_or_else(damaged)?;
        let outcome = if applied.edited { Outcome::Edited } else { Outcome::Accepted };
        // Asked again by the same one, it is the same wish, whose words are lost only if nobody asks again.
        let again = outcome == outcome_of(wish) && authored.subject.user == self.subject.user;
        let edit = edit_of(wish).filter(|_| again).cloned();
        let reason = reason.filter(|_| again).map(str::to_owned);
        let (by, at, change) = (authored.subject, authored.received_at, Some(applied.change));
        self.record(suggestion, Decision { outcome, by, at, reason, edit, change }, wish).await
    }

    async fn record(&self, suggestion: &Suggestion, decision: Decision, wish: &Wish) -> Result<Decision, DecideError> {
        let id = &suggestion.proposed.id;
        if self.store.decide_suggestion(self.seeing, id, &decision).await? {
            return self.made_before(decision, wish);
        }
        // Another node was first.
        let there = self.store.suggestion(self.seeing, id).await?.and_then(|suggestion| suggestion.decision);
        let damaged = || StoreError::Damaged { what: "suggestion", id: id.clone() };
        self.made_before(there.ok_or_else(damaged)?, wish)
    }

    /// The decision that stands, if it is the one that is wanted now.
    fn made_before(&self, decision: Decision, wish: &Wish) -> Result<Decision, DecideError> {
        let same_edit = edit_of(wish).is_none_or(|edit| decision.edit.as_ref() == Some(edit));
        if decision.outcome == outcome_of(wish) && decision.by.user == self.subject.user && same_edit {
            return Ok(decision);
        }
        Err(DecideError::Decided(decision.outcome))
    }
}

fn outcome_of(wish: &Wish) -> Outcome {
    match wish {
        Wish::Accept { .. } => Outcome::Accepted,
        Wish::Edit { .. } => Outcome::Edited,
        Wish::Decline => Outcome::Declined,
        Wish::Withdraw => Outcome::Withdrawn,
    }
}

fn edit_of(wish: &Wish) -> Option<&Edit> {
    match wish {
        Wish::Edit { edit, .. } => Some(edit),
        _ => None,
    }
}

/// Who is deciding: one suggestion is decided by one at a time. Clones share it.
#[derive(Debug, Clone)]
pub struct Turns(Arc<[Mutex<()>; TURNS]>);

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(std::array::from_fn(|_| Mutex::default())))
    }
}

impl Turns {
    /// Waits until nobody else decides the suggestion of this id.
    pub async fn of(&self, id: &str) -> MutexGuard<'_, ()> {
        let sum = id.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        self.0[sum % TURNS].lock().await
    }
}

/// Suggestions that are decided at the same time.
const TURNS: usize = 64;

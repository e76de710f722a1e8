//! The last stage: the changes are applied to a copy, and the copy is looked at.

use automerge::{Automerge, Change, ReadDoc};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Why a batch of changes did not stand the trial. The document it was tried for is untouched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TrialFailure {
    /// automerge panicked: whoever sent this is hostile, or the guard has a hole.
    #[error("applying the changes made automerge panic")]
    Panicked,
    /// automerge refused a change.
    #[error("automerge refused a change")]
    Refused,
    /// A change is not in the document afterwards, or not as it was sent.
    #[error("a change is not in the document as it was sent")]
    Lost,
}

/// Applies `changes`, in causal order, to a copy of `document`, and gives the copy once every change is in it byte
/// for byte.
///
/// # Errors
/// `TrialFailure`; a panic of automerge is caught, but writes its line on standard error.
pub fn trial(document: &Automerge, changes: Vec<Change>) -> Result<Automerge, TrialFailure> {
    let attempt = || -> Result<Automerge, TrialFailure> {
        let mut copy = document.clone();
        let sent = changes.clone();
        copy.apply_changes(changes).map_err(|_| TrialFailure::Refused)?;
        let stands = |change: &Change| {
            copy.get_change_by_hash(&change.hash()).is_some_and(|held| held.raw_bytes() == change.raw_bytes())
        };
        if sent.iter().all(stands) { Ok(copy) } else { Err(TrialFailure::Lost) }
    };
    catch_unwind(AssertUnwindSafe(attempt)).unwrap_or(Err(TrialFailure::Panicked))
}

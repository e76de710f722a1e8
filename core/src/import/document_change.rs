//! How the change of an import is told from everybody else's.

use crate::content;
use automerge::{ActorId, Automerge, ChangeHash};
use std::collections::BTreeSet;

/// What the change of the import of this id says, as its commit message.
#[must_use]
pub fn mark(id: &str) -> String {
    format!("{MARK}{id}")
}

/// Whether a change by this actor with this message is an import's. Anybody can write a message; only the service has such
/// an actor.
#[must_use]
pub fn is_import(actor: &ActorId, message: Option<&str>) -> bool {
    content::is_service_actor(actor) && message.is_some_and(|message| message.starts_with(MARK))
}

/// Every change of the document that an import made.
pub(super) fn imports(document: &Automerge) -> BTreeSet<ChangeHash> {
    let all = document.get_changes_meta(&[]);
    let of_import = all.iter().filter(|change| is_import(&change.actor, change.message.as_deref()));
    of_import.map(|change| change.hash).collect()
}

const MARK: &str = "import ";

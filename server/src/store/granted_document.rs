//! The key to a document's content.

use coplan_core::{policy::Granted, sync::DocumentId};
use std::ops::Deref;

/// A document of a plan that was granted. Nobody outside the store makes one: `Store::plan_sections` and
/// `Store::add_section` give them out, for a `Granted`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantedDocument(DocumentId);

impl GrantedDocument {
    /// The document is one of the plan that was granted, as the store has read or written.
    pub(super) const fn of(_granted: &Granted, document: DocumentId) -> Self {
        Self(document)
    }
}

impl Deref for GrantedDocument {
    type Target = DocumentId;

    fn deref(&self) -> &DocumentId {
        &self.0
    }
}

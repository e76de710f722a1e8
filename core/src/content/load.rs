//! How every document comes into memory, so that all of them count text as JavaScript does.

use automerge::{Automerge, LoadOptions, OnPartialLoad, TextEncoding};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Why bytes are not a usable document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Automerge refused the bytes.
    #[error("not a loadable document: {0}")]
    Refused(String),
    /// Automerge panicked on the bytes.
    #[error("loading the document made automerge panic")]
    Panicked,
}

/// A document without changes, that counts text in UTF-16 code units as JavaScript does, so that positions mean the same
/// on both sides.
#[must_use]
pub fn empty_document() -> Automerge {
    Automerge::new_with_encoding(TextEncoding::Utf16CodeUnit)
}

/// Loads saved bytes, or change chunks one after the other: all of them, or none.
///
/// # Errors
/// `DocumentError` where automerge refuses the bytes or panics on them.
pub fn load_document(bytes: &[u8]) -> Result<Automerge, DocumentError> {
    let options = LoadOptions::new().on_partial_load(OnPartialLoad::Error).text_encoding(TextEncoding::Utf16CodeUnit);
    // What a panic leaves behind is never seen: the document is only handed out whole.
    catch_unwind(AssertUnwindSafe(|| Automerge::load_with_options(bytes, options)))
        .map_err(|_| DocumentError::Panicked)?
        .map_err(|error| DocumentError::Refused(error.to_string()))
}

//! The sync hub: keeps unmodified automerge-repo clients in step, and stores every change before anyone else sees it.
//!
//! `hub` is the state machine (`handle(now, Input)` gives outputs), `frame` the automerge-repo envelope, `guard` what
//! stands between a stranger's bytes and automerge, `index` what the guard knows of a document, `peer` what one
//! connection has of one document.

pub mod document_id;
pub mod frame;
pub mod guard;
pub mod hub;
pub mod index;

pub use document_id::DocumentId;

//! What stands between a stranger's bytes and automerge, which panics on, or is damaged for ever by, changes that are
//! well formed but hostile.
//!
//! A change passes, in this order: `chunk` (its bytes alone), `Index::admit` (the document it is for, the section's
//! definition, and who sent it), `trial` (a copy of the document). Only then may it be stored. `message` reads the
//! sync message that brought it. `docs/guard.md` says why each rule is there.
//!
//! INVARIANT: memory and time are bounded by the bytes that came, before automerge sees any of them.
//!
//! To add a rule: give it a `Refusal` with a code of its own, and a test that shows what happens without it.

mod chunk;
mod columns;
mod message;
mod reader;
mod refusal;
mod trial;
mod words;

pub use chunk::{
    ACTOR_BYTES, CHANGE_BYTES_MAX, CHANGE_WIRE_BYTES_MAX, COMMIT_MESSAGE_BYTES_MAX, Candidate, DEPS_MAX,
    OP_COUNTER_MAX, OPS_MAX, PREDS_MAX, chunk, name,
};
pub use columns::KEY_BYTES_MAX;
pub use message::{BLOOM_ENTRIES_MAX, Flags, HEADS_MAX, Have, MESSAGE_CHANGES_MAX, NEEDS_MAX, SyncMessage, message};
pub use refusal::Refusal;
pub use trial::{TrialFailure, trial};
pub use words::readable_text;

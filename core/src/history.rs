//! History: what happened to a section, in words that name the fields and not the operations.
//!
//! The order of history is the order in which the service stored the changes. So each moment is a prefix of a section's
//! log, a prefix always holds what its changes depend on, and what one entry says follows on from what the one before it
//! said. Whoever wrote without a connection wrote, for history, when it arrived; the device's own time stands beside it.
//!
//! INVARIANT: nothing differs between a moment and itself, and the differences from entry to entry are all there are: what
//! an entry does not say, it did not do.
//!
//! It does not know the log: whoever shows history gives the heads of the moments, and the authors.
//! To tell of something new: its words in `difference` or in `step`, and its way back in `undo`.

mod author;
mod difference;
mod entry;
mod moment;
mod prefix;
mod step;
#[cfg(test)]
mod tests;
mod text;
mod undo;
mod words;

pub use author::{Written, authors};
pub use difference::{Difference, DifferenceKind, differences};
pub use entry::{
    EntryKind, Made, TOGETHER_MS_MAX, beginning_sentence, belongs_to_entry, entries, publication_sentence, sentence,
};
pub use moment::{Moment, Settlement};
pub use prefix::Prefix;
pub use step::{between, steps};
pub use undo::{UndoError, undo};

//! History for those who may read it: which documents, which moments, and who was there. Core finds the words.
//!
//! Documents come from the store and never from a hub's memory, like those that are published. What costs time runs beside
//! the requests that do not, and everything that somebody may ask for has a limit here.

mod entries;
mod moment;
mod reading;

pub(crate) use entries::{Cursor, Entry, Wanted, page};
pub(crate) use moment::{Moment, MomentError};
pub(crate) use reading::{HistoryFailure, Part, Reading, parts, read};

//! What is true of a care plan: its content, who may touch it, how it is kept in step, what is published.
//!
//! INVARIANT: this crate does no IO. No async, no clock, no randomness, no sockets, no SQL, no logging.
//! Inputs and `now` go in, outputs come out, and the same inputs give the same outputs byte for byte.

pub mod catalogue;
pub mod conflict;
pub mod content;
pub mod contradiction;
pub mod decision;
pub mod demographics;
pub mod fhir;
pub mod history;
pub mod id;
pub mod import;
pub mod london;
pub mod nhs_number;
pub mod policy;
pub mod print;
pub mod publication;
pub mod role;
pub mod section;
pub mod suggestion;
pub mod sync;
pub mod time;
pub mod trace;
pub mod view;
mod view_kind;

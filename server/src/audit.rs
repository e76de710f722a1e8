//! The audit: what is kept of each decision, and the chain that it is kept in.
//!
//! A request leaves one event. Where it wrote something, the event is in the transaction that wrote; otherwise it is durable
//! before a byte of the answer leaves (`http::audited`). A socket leaves one for each document that it opens or is refused,
//! and one for each sitting in which it changes something; the change log itself is the record of each change, and the
//! chain holds digests of it.
//!
//! INVARIANT: an event holds no content of a plan, no NHS number and no name of a person: it names plans by their ids.
//! INVARIANT: events are numbered from 1 without gaps, and each one's hash covers all before it.
//!
//! To audit something that is not a decision of the policies: a word in `action`, and `trail::note`.

pub mod action;
pub mod chain;
mod event;
pub mod trail;
pub mod words;

pub use event::{Circumstances, Event, Outcome};

//! Runs the sync hub: sockets in front, the store behind.
//!
//! One task owns the hub. It takes all inputs that wait, lets the hub settle them as one batch, and carries out what
//! the hub asks for. One task writes: while a commit is under way the next saves gather, and share the next one.
//! Everything between the tasks is bounded: a socket waits while the hub is behind, and a client that does not read
//! is closed.

mod access_changes;
mod gather;
mod outbox;
mod runner;
mod sessions;
mod snapshot;
mod socket;
#[cfg(test)]
mod tests;
mod upgrade;
mod write;

pub use outbox::{OUTBOX_BYTES_MAX, OUTBOX_MESSAGES_MAX};
pub use runner::{HubHandle, start};
pub(crate) use sessions::Place;
pub use sessions::SOCKETS_PER_USER_MAX;
pub use upgrade::upgrade;
pub use write::{WriteError, Written};

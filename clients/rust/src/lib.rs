//! A headless peer of a Coplan server: it signs in, opens the sections of a plan as live documents, edits them, knows
//! when an edit is stored, and follows what others write. For integrators, the tests and the bench.
//!
//! # In ten lines
//!
//! ```no_run
//! # async fn ten_lines() -> Result<(), Box<dyn std::error::Error>> {
//! use coplan_client::{Peer, Session, field};
//!
//! let session = Session::sign_in("http://127.0.0.1:8080", "some-user").await?;
//! let plan = session.plans(Some("9990000018")).await?.remove(0);
//! let plan = session.plan(&plan.id).await?;
//! let peer = Peer::connect(&session);
//! let contacts = peer.open(&plan.section("contacts").ok_or("no such section")?.url).await?;
//! let mut events = contacts.follow();
//! contacts.edit(|tx| field::set(tx, "carer_needs", "A weekend off"))?;
//! contacts.wait_until_stored().await?; // it survives a crash of the server from here on
//! println!("{}", contacts.json()["fields"]);
//! println!("somebody wrote: {:?}", events.next().await);
//! # Ok(()) }
//! ```
//!
//! # What it promises
//!
//! - `Document::edit` works without a connection. Local changes are kept until the server has them, and `Peer` goes on
//!   trying to reach it, waiting longer each time up to `RECONNECT_MS_MAX`.
//! - INVARIANT: a change counts as stored only when heads that the server announced are the change or descend from it;
//!   the server announces nothing that is not committed. `Event::Stored` names each change once.
//! - A change that the server refuses is reported with the reason. As later edits build on it, none of them can be
//!   stored either: read what you want to keep, then `Document::start_again`.
//!
//! # What it does not do
//!
//! It keeps nothing on disk: what is not stored on the server ends with the process. It speaks plain HTTP and WebSocket:
//! across a network, put the proxy that ends TLS on this machine.

mod commands;
mod connection;
mod document;
pub mod field;
mod http;
mod link;
mod local_copy;
mod peer;
mod plan;
mod session;

pub use automerge;
pub use connection::{ConnectError, Connection, Hub, Lost, Receiver, Sender};
pub use document::{Document, EditError, Event, Follower, NotStored};
pub use http::RequestError;
pub use local_copy::{Access, Refusal};
pub use peer::{DOCUMENTS_OPEN_MAX, OpenError, Peer, Status};
pub use plan::{Person, Plan, PlanSection, PlanSummary, PublishedOnly, PublishedSection, Signature, User};
pub use session::{Published, Session};

/// Longest wait between two attempts to reach the server, in milliseconds.
pub const RECONNECT_MS_MAX: u64 = 10_000;

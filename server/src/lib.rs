//! The service: HTTP, WebSocket, SQL, delivery.
//!
//! `serve` puts the parts together; `router` is the whole HTTP surface on one page; `store` is everything that lasts;
//! `sync` runs core's hub; `publish` and `worker` make publications.

pub mod access;
pub mod accounts_command;
mod assets;
pub mod audit;
pub mod audit_checkpoint;
pub mod clock;
pub mod config;
pub mod contradictions;
pub mod definitions;
pub mod delivery;
pub mod demo;
pub mod events;
mod extract;
mod fhir;
mod history;
mod http;
pub mod identity;
pub mod import;
mod listener;
pub mod organisations_command;
mod origin;
pub mod peer;
pub mod person;
pub mod plan;
pub mod policy_files;
pub mod prints;
pub mod problem;
pub mod publish;
pub mod random;
pub mod rate;
pub mod replay;
pub mod router;
pub mod serve;
pub mod session;
mod sharing_choice;
pub mod state;
pub mod store;
pub mod suggestion;
pub mod sync;
pub mod telemetry;
pub mod tls;
pub mod vault;
pub mod verify;
pub mod worker;

//! The audit: what every request leaves, who reads it, and what is found when somebody changes what is stored.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod administration;
mod reading;
mod requests;
mod tampering;
mod typing;
mod unwritable;
mod world;

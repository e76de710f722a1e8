//! The guard against hostile changes: what is hostile stays out, what is honest comes in, and whatever was admitted can
//! be saved, loaded and replayed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod child;
mod corpus;
mod costs;
mod crafted;
mod honest;
mod mutants;
mod mutate;
mod world;

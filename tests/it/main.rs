//! Tests of the whole, one binary.

mod durability;
mod hostile;
mod peer;
mod service;
mod simulation;
mod tidy;

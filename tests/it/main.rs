//! Tests of the whole, one binary.

mod command_line;
mod demo;
mod durability;
mod hostile;
mod http;
mod peer;
mod sections;
mod service;
mod simulation;
mod tidy;

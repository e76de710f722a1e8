//! Tests of the whole, one binary.

mod hostile;
mod tidy;
mod simulation;

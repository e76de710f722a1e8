//! What several tests and programs of this package are made from.

pub mod chance;
pub mod generated_plan;

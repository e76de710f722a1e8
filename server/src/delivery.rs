//! The way out to other systems.

pub(crate) mod address;

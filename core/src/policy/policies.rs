//! The rules, read and checked.

/// The name of a rule: `crew-reads-urgent-view`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub String);

/// Why policies were not taken.
#[derive(Debug, thiserror::Error)]
pub enum PoliciesError {
    /// They do not parse, or do not fit the schema.
    #[error("{0}")]
    Wrong(String),
}

/// The rules in force.
#[derive(Debug)]
pub struct Policies;

impl Policies {
    /// Those that are built in.
    #[must_use]
    pub fn embedded() -> Self {
        Self
    }
}

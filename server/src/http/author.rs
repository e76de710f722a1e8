//! An author as the API shows them.

use coplan_core::{
    policy::{Role, Subject},
    time::UtcMillis,
};
use serde::Serialize;

/// Somebody as their session said they were when they did something.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct AuthorBody {
    user: String,
    /// The name others see.
    name: String,
    /// Their role then.
    #[schema(value_type = String)]
    role: Role,
    /// The role in the organisation's words.
    job_title: String,
    /// The organisation's name.
    organisation: String,
    /// Professional registration: `GMC 7000001`.
    registration: Option<String>,
    /// Whether the organisation had authorised them as a senior decision-maker.
    senior: bool,
}

impl From<&Subject> for AuthorBody {
    fn from(subject: &Subject) -> Self {
        Self {
            user: subject.user.to_string(),
            name: subject.name.clone(),
            role: subject.role,
            job_title: subject.job_title.clone(),
            organisation: subject.organisation_name.clone(),
            registration: subject.registration.clone(),
            senior: subject.senior,
        }
    }
}

/// A device's clock, which counts in seconds, as the API writes times.
pub(crate) fn device_time(claimed_at_s: i64) -> String {
    UtcMillis(claimed_at_s.saturating_mul(1_000)).to_rfc3339()
}

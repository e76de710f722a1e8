//! A user as the API shows them.

use crate::store::{Account, AccountKind};
use coplan_core::policy::Role;
use serde::Serialize;

/// Somebody who can sign in.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct User {
    /// Their id.
    id: String,
    /// Which app is theirs: `staff`, `person` or `crew`.
    kind: &'static str,
    /// The name others see.
    name: String,
    /// Their one role.
    #[schema(value_type = String)]
    role: Role,
    /// The role in the organisation's words.
    job_title: String,
    /// The organisation's name.
    organisation: String,
    /// The organisation's ODS code.
    organisation_code: String,
    /// Professional registration: `GMC 7000001`.
    registration: Option<String>,
    /// Whether the organisation has authorised them as a senior decision-maker.
    senior: bool,
}

impl User {
    /// The account, with the app of the role that it is in: somebody may be a nurse, and act for their mother.
    pub(crate) fn in_role(account: &Account) -> Self {
        let kind = match account.role {
            Role::Person | Role::Proxy => AccountKind::Person,
            Role::Crew => AccountKind::Crew,
            _ => AccountKind::Staff,
        };
        Self { kind: kind.as_str(), ..Self::from(account) }
    }
}

impl From<&Account> for User {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id.to_string(),
            kind: account.kind.as_str(),
            name: account.name.clone(),
            role: account.role,
            job_title: account.job_title.clone(),
            organisation: account.organisation.name.clone(),
            organisation_code: account.organisation.code.to_string(),
            registration: account.registration.clone(),
            senior: account.senior,
        }
    }
}

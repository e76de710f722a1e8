//! Organisations and staff, and everything a person's history is made from.

use super::{
    DemoError,
    files::{ORGANISATIONS, STAFF, WITHOUT_PLAN},
};
use crate::store::{Account, AccountKind, Organisation};
use coplan_core::{
    id::{OrganisationCode, PlanId, UserId},
    policy::{Access, Action, Denied, Granted, PlanFacts, Policies, Resource, Role, Subject},
    section::{Section, Sections},
    time::UtcMillis,
    view::Person,
};
use serde::{Deserialize, de::DeserializeOwned};
use std::collections::BTreeMap;

/// What every history is made from.
#[derive(Clone, Copy)]
pub(super) struct World<'w> {
    pub accounts: &'w [Account],
    pub sections: &'w Sections,
    pub now: UtcMillis,
}

impl World<'_> {
    /// What the rules say in the demo world, where every organisation looks after everybody who was made for it.
    pub(super) fn decide(
        &self,
        plan: &PlanId,
        by: &Subject,
        action: Action,
        section: &Section,
    ) -> Result<Granted, Denied> {
        let organisations = self.accounts.iter().map(|account| account.organisation.code.clone());
        let facts = PlanFacts::of_team(plan.clone(), organisations);
        let access = Access { policies: &Policies::embedded(), facts: &facts, now: self.now };
        access.decide(by, action, Resource::Section(section))
    }

    /// The identity of a member of staff.
    pub(super) fn staff(&self, id: &str) -> Option<Subject> {
        self.accounts.iter().find(|account| account.id.as_str() == id).map(Account::subject)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrganisationsFile {
    organisations: BTreeMap<OrganisationCode, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StaffFile {
    staff: Vec<StaffMember>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StaffMember {
    id: UserId,
    name: String,
    kind: Kind,
    role: Role,
    job_title: String,
    organisation: OrganisationCode,
    #[serde(default)]
    registration: Option<String>,
    #[serde(default)]
    senior: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Staff,
    Crew,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PeopleFile {
    person: Vec<Person>,
}

pub(super) fn people_without_plan() -> Result<Vec<Person>, DemoError> {
    Ok(read::<PeopleFile>("without-plan", WITHOUT_PLAN)?.person)
}

pub(super) fn organisations() -> Result<Vec<Organisation>, DemoError> {
    let file: OrganisationsFile = read("organisations", ORGANISATIONS)?;
    Ok(file.organisations.into_iter().map(|(code, name)| Organisation { code, name }).collect())
}

pub(super) fn accounts() -> Result<Vec<Account>, DemoError> {
    let organisations = organisations()?;
    let file: StaffFile = read("staff", STAFF)?;
    file.staff.into_iter().map(|member| account(member, &organisations)).collect()
}

fn account(member: StaffMember, organisations: &[Organisation]) -> Result<Account, DemoError> {
    let organisation = organisations.iter().find(|organisation| organisation.code == member.organisation);
    let organisation = organisation.ok_or_else(|| DemoError::File {
        file: "staff".to_owned(),
        reason: format!("`{}`: no organisation `{}`", member.id, member.organisation),
    })?;
    Ok(Account {
        id: member.id,
        kind: match member.kind {
            Kind::Staff => AccountKind::Staff,
            Kind::Crew => AccountKind::Crew,
        },
        name: member.name,
        role: member.role,
        job_title: member.job_title,
        organisation: organisation.clone(),
        registration: member.registration,
        senior: member.senior,
    })
}

/// Reads one of the demo world's own files.
pub(super) fn read<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, DemoError> {
    toml::from_str(text).map_err(|error| DemoError::File { file: file.to_owned(), reason: error.to_string() })
}

//! Organisations and staff, and everything a person's history is made from.

use super::{
    DemoError,
    files::{ORGANISATIONS, OWN_ACCOUNTS, STAFF, WITHOUT_PLAN},
};
use crate::store::{Account, AccountKind, GrantedRole, Organisation, Store};
use coplan_core::{
    id::{OrganisationCode, PlanId, UserId},
    policy::{Access, Action, Denied, Granted, OrganisationKind, PlanFacts, Policies, Resource, Role, Subject},
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
    pub own: &'w OwnAccounts,
    pub sections: &'w Sections,
    pub now: UtcMillis,
    /// Knows where the service is reached.
    pub store: &'w Store,
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
        self.decide_about(plan, by, action, Resource::Section(section))
    }

    /// Everybody who did something in this world was named for the person then, or is the person, or acts for them.
    pub(super) fn decide_about(
        &self,
        plan: &PlanId,
        by: &Subject,
        action: Action,
        resource: Resource<'_>,
    ) -> Result<Granted, Denied> {
        let organisations = self.accounts.iter().map(|account| account.organisation.code.clone());
        let mut facts = PlanFacts::of_team(plan.clone(), organisations);
        match by.role {
            Role::Person => facts.person = Some(by.user.clone()),
            Role::Proxy => drop(facts.proxies.insert(by.user.clone(), UtcMillis(i64::MAX))),
            _ => drop(facts.members.insert(by.user.clone())),
        }
        let access = Access { policies: &Policies::embedded(), facts: &facts, now: self.now };
        access.decide(by, action, resource)
    }

    /// The account of the person of that file, or of who acts for them.
    pub(super) fn own_account(&self, file: &str, role: Role) -> Option<UserId> {
        let own = self.own.own.iter().find(|own| own.person == file && role == Role::Person).map(|own| &own.id);
        let proxy = self.own.proxy.iter().find(|own| own.person == file && role == Role::Proxy).map(|own| &own.id);
        own.or(proxy).cloned()
    }

    /// The service's own right to a plan, to keep what was made for it.
    pub(super) fn seeing(&self, plan: &PlanId) -> Granted {
        let facts = PlanFacts::of_team(plan.clone(), []);
        let access = Access { policies: &Policies::embedded(), facts: &facts, now: self.now };
        let seeing = access.decide(&Subject::system(), Action::See, Resource::Plan);
        seeing.expect("the service sees every plan by the embedded rules, as a test of core shows")
    }

    /// The identity of a member of staff.
    pub(super) fn staff(&self, id: &str) -> Option<Subject> {
        self.accounts.iter().find(|account| account.id.as_str() == id).map(Account::subject)
    }
}

/// Organisations with what they share.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OrganisationsFile {
    pub organisations: BTreeMap<OrganisationCode, OrganisationFile>,
    #[serde(rename = "agreement")]
    pub agreements: Vec<AgreementFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OrganisationFile {
    pub name: String,
    pub kind: OrganisationKind,
    pub region: String,
}

/// An agreement between all organisations of some regions.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AgreementFile {
    pub id: String,
    pub title: String,
    pub regions: Vec<String>,
    /// Those that take part in emergencies only.
    #[serde(default)]
    pub emergency_only: Vec<OrganisationCode>,
}

/// People with an account of their own, and those who act for somebody.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnAccounts {
    pub own: Vec<OwnAccount>,
    pub proxy: Vec<ProxyAccount>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnAccount {
    pub id: UserId,
    /// The file of the person.
    pub person: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProxyAccount {
    pub id: UserId,
    /// The file of the person for whom they act.
    pub person: String,
    pub basis: String,
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
    /// Roles at other organisations.
    #[serde(default)]
    also: Vec<AnotherRole>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnotherRole {
    role: Role,
    job_title: String,
    organisation: OrganisationCode,
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

pub(super) fn organisations() -> Result<OrganisationsFile, DemoError> {
    read("organisations", ORGANISATIONS)
}

pub(super) fn own_accounts() -> Result<OwnAccounts, DemoError> {
    read("own-accounts", OWN_ACCOUNTS)
}

pub(super) fn accounts(organisations: &OrganisationsFile) -> Result<Vec<Account>, DemoError> {
    let file: StaffFile = read("staff", STAFF)?;
    file.staff.into_iter().map(|member| account(member, organisations)).collect()
}

/// The roles of those who have several, beyond the first.
pub(super) fn other_roles(organisations: &OrganisationsFile) -> Result<Vec<(UserId, GrantedRole)>, DemoError> {
    let file: StaffFile = read("staff", STAFF)?;
    let mut roles = Vec::new();
    for member in file.staff {
        for AnotherRole { role, job_title, organisation, senior } in member.also {
            let organisation = organisation_of(&member.id, &organisation, organisations)?;
            roles.push((member.id.clone(), GrantedRole { role, job_title, organisation, senior }));
        }
    }
    Ok(roles)
}

fn organisation_of(
    member: &UserId,
    code: &OrganisationCode,
    organisations: &OrganisationsFile,
) -> Result<Organisation, DemoError> {
    let found = organisations.organisations.get(code);
    let found = found.map(|file| Organisation { code: code.clone(), name: file.name.clone() });
    found.ok_or_else(|| DemoError::File {
        file: "staff".to_owned(),
        reason: format!("`{member}`: no organisation `{code}`"),
    })
}

fn account(member: StaffMember, organisations: &OrganisationsFile) -> Result<Account, DemoError> {
    let organisation = organisation_of(&member.id, &member.organisation, organisations)?;
    Ok(Account {
        id: member.id,
        kind: match member.kind {
            Kind::Staff => AccountKind::Staff,
            Kind::Crew => AccountKind::Crew,
        },
        name: member.name,
        role: member.role,
        job_title: member.job_title,
        organisation,
        registration: member.registration,
        senior: member.senior,
    })
}

/// Reads one of the demo world's own files.
pub(super) fn read<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, DemoError> {
    toml::from_str(text).map_err(|error| DemoError::File { file: file.to_owned(), reason: error.to_string() })
}

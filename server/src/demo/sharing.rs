//! Who may see what in the demo world: agreements, teams, members, objections, and accounts of people.

use super::{
    DemoError, History,
    files::PEOPLE,
    person::{AccessFile, PersonFile},
    world::{OrganisationsFile, World},
};
use crate::store::{
    Agreement, AgreementParty, NewObjection, NewProxy, Organisation, OrganisationStanding, Part, Purpose, Store,
    StoreError,
};
use coplan_core::{
    id::{OrganisationCode, PlanId},
    policy::{Action, Granted, Resource, Subject},
    time::UtcMillis,
};
use std::collections::BTreeSet;

/// Organisations, and what they share.
pub(super) async fn organisations(store: &Store, file: &OrganisationsFile) -> Result<(), StoreError> {
    for (code, organisation) in &file.organisations {
        store.put_organisation(&Organisation { code: code.clone(), name: organisation.name.clone() }).await?;
        let (kind, region) = (organisation.kind, organisation.region.clone());
        let standing = OrganisationStanding { kind, region, standards_met: true };
        store.put_organisation_standing(code, &standing).await?;
    }
    for agreement in &file.agreements {
        let (id, title) = (agreement.id.clone(), agreement.title.clone());
        store.put_agreement(&Agreement { id, title, from: UtcMillis(0), until: None }).await?;
        for code in of_regions(file, &agreement.regions) {
            let emergency = agreement.emergency_only.contains(&code);
            let purpose = if emergency { Purpose::EmergencyCare } else { Purpose::DirectCare };
            let party = AgreementParty { organisation: code, purpose, from: UtcMillis(0), until: None };
            store.put_party(&agreement.id, &party).await?;
        }
    }
    Ok(())
}

fn of_regions(file: &OrganisationsFile, regions: &[String]) -> Vec<OrganisationCode> {
    let among = |(_, organisation): &(_, &super::world::OrganisationFile)| regions.contains(&organisation.region);
    file.organisations.iter().filter(among).map(|(code, _)| code.clone()).collect()
}

/// The organisations that look after a person: those of their file, or all of the region of whoever began the plan.
pub(super) fn care_team(file: &OrganisationsFile, access: &AccessFile, begun_by: &Subject) -> Vec<OrganisationCode> {
    if !access.care_team.is_empty() {
        return access.care_team.clone();
    }
    let region = file.organisations.get(&begun_by.organisation).map(|organisation| organisation.region.clone());
    of_regions(file, &[region.unwrap_or_else(|| REGION.to_owned())])
}

/// What a person's file says of single members of staff and of objections. Who wrote what only named members see is named.
pub(super) async fn people(
    store: &Store,
    world: &World<'_>,
    history: &History,
    person: &PersonFile,
) -> Result<(), DemoError> {
    let PersonFile { access, visits, .. } = person;
    let (plan, by, at) = (&history.plan, &history.begun_by, history.begun_at);
    let named = access.members.iter().map(|member| (member.user.clone(), member.reason.as_str()));
    let wrote = visits.iter().filter(|visit| visit.section.as_str() == MEMBERS_ONLY);
    let wrote = wrote.filter_map(|visit| Some((world.staff(&visit.by)?.user, "Works on what is not for everybody")));
    let mut there = BTreeSet::new();
    for (user, reason) in named.chain(wrote) {
        if there.insert(user.clone()) {
            let granted = decide(world, plan, by, Action::ManageTeam)?;
            let put = store.put_member(&granted, (&user, Part::In, reason), by, at).await?;
            put.map_err(|refused| wrong(plan, format!("`{user}`: {refused}")))?;
        }
    }
    for (number, objection) in access.objections.iter().enumerate() {
        let staff = world.staff(&objection.by).ok_or_else(|| wrong(plan, format!("there is no `{}`", objection.by)))?;
        let granted = decide(world, plan, &staff, Action::SetSharing)?;
        let at = objection.moment(world.now).ok_or_else(|| wrong(plan, "an objection at no time".to_owned()))?;
        let new = NewObjection {
            id: format!("{plan}-objection-{number}"),
            grade: objection.grade,
            reason: objection.reason.clone(),
            until: objection.until(world.now),
        };
        let put = store.object(&granted, &new, &staff, at).await?;
        put.map_err(|refused| wrong(plan, refused.to_string()))?;
    }
    Ok(())
}

/// Accounts of people for their own plan, and of those who act for somebody.
pub(super) async fn own_accounts(store: &Store, world: &World<'_>) -> Result<(), DemoError> {
    for own in &world.own.own {
        let person = file_of(&own.person)?;
        store.put_own_account(&own.id, &person.nhs_number, world.now).await?;
    }
    for proxy in &world.own.proxy {
        let person = file_of(&proxy.person)?;
        let name = person.proxy.ok_or_else(|| DemoError::File {
            file: "own-accounts".to_owned(),
            reason: format!("nobody acts for `{}`", proxy.person),
        })?;
        let new = NewProxy {
            user: proxy.id.clone(),
            name: name.name,
            nhs_number: person.nhs_number,
            basis: proxy.basis.clone(),
            from: UtcMillis(0),
            until: world.now.plus_ms(PROXY_MS),
            sees_everything: false,
        };
        store.put_proxy(&new).await?;
    }
    Ok(())
}

fn file_of(name: &str) -> Result<PersonFile, DemoError> {
    let found = PEOPLE.iter().find(|(file, _)| *file == name);
    let (file, text) = found.ok_or_else(|| DemoError::File {
        file: "own-accounts".to_owned(),
        reason: format!("there is no file `{name}`"),
    })?;
    PersonFile::read(file, text)
}

fn decide(world: &World<'_>, plan: &PlanId, by: &Subject, action: Action) -> Result<Granted, DemoError> {
    let decided = world.decide_about(plan, by, action, Resource::Plan);
    decided.map_err(|denied| wrong(plan, format!("`{}`: {denied}", by.user)))
}

fn wrong(plan: &PlanId, reason: String) -> DemoError {
    DemoError::File { file: plan.to_string(), reason }
}

/// The region of people whose plan nobody of staff began.
const REGION: &str = "wenford";

/// The section that only named members of staff see.
const MEMBERS_ONLY: &str = "restricted";

/// How long somebody may act for a person before it is looked at again, in milliseconds: two years.
const PROXY_MS: i64 = 2 * 365 * 24 * 60 * 60 * 1_000;

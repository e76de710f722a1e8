//! Beginning a plan: one document for each section that every plan has. Those of a pathway are begun by whoever needs one.

use crate::{
    audit::trail,
    random,
    store::{NewDocument, Store, StoreError},
    worker,
};
use coplan_core::{
    content,
    id::{OrganisationCode, PlanId},
    nhs_number::NhsNumber,
    policy::{Access, Action, Denied, Policies, Resource, Role, Subject},
    section::{Section, Sections},
    sync::{DocumentId, hub::NewChange},
    time::UtcMillis,
    view::Person,
};

/// Why no plan was begun.
#[derive(Debug, thiserror::Error)]
pub enum CreatePlanError {
    /// The subject does not begin plans.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The person has a plan.
    #[error("this person has a plan already")]
    Exists(PlanId),
    /// The demographics feed knows nobody of that number.
    #[error("no person with this NHS number is known here")]
    UnknownPerson,
    /// The person is registered nowhere that is known here, and the service has no organisation for such plans.
    #[error("no organisation here could keep this plan; ask your practice to begin it")]
    NoKeeper,
    /// The store did not answer; nothing was written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Begins the plan of a person. Their own organisation keeps what members of staff begin.
///
/// # Errors
/// `CreatePlanError`; nothing was written then.
pub async fn create(
    store: &Store,
    sections: &Sections,
    policies: &Policies,
    by: &Subject,
    nhs_number: &NhsNumber,
    now: UtcMillis,
) -> Result<PlanId, CreatePlanError> {
    create_kept_by(store, sections, policies, by, nhs_number, None, now).await
}

/// The same, where `keeper` keeps what people begin themselves whose practice is not known here.
///
/// # Errors
/// `CreatePlanError`; nothing was written then.
pub async fn create_kept_by(
    store: &Store,
    sections: &Sections,
    policies: &Policies,
    by: &Subject,
    nhs_number: &NhsNumber,
    keeper: Option<&OrganisationCode>,
    now: UtcMillis,
) -> Result<PlanId, CreatePlanError> {
    let facts = store.facts_of_person(nhs_number, &by.organisation).await?;
    match (Access { policies, facts: &facts, now }).decide(by, Action::CreatePlan, Resource::Plan) {
        Ok(granted) => trail::allowed(&granted),
        Err(denied) => {
            trail::refused(&denied);
            return Err(denied.into());
        }
    }
    if store.person(nhs_number).await?.is_none() {
        return Err(CreatePlanError::UnknownPerson);
    }
    let home = match by.role {
        // The practice where they are registered.
        Role::Person | Role::Proxy => {
            let practice = store.known_practice(nhs_number).await?;
            Some(practice.or_else(|| keeper.cloned()).ok_or(CreatePlanError::NoKeeper)?)
        }
        _ => None,
    };
    let plan = random_plan_id();
    let of_every_plan = sections.in_order().into_iter().filter(|section| section.pathway.is_none());
    let documents: Vec<_> = of_every_plan.map(|section| new_document(section, now)).collect();
    match store.create_plan_kept_by(&plan, nhs_number, &documents, by, home.as_ref(), now).await? {
        Ok(()) => Ok(plan),
        Err(there) => Err(CreatePlanError::Exists(there)),
    }
}

/// Under development there is no demographics feed: a number of the range that is never given out (999), and that
/// nobody has yet, is somebody invented on the spot.
///
/// # Errors
/// `StoreError` if the person was not written.
pub async fn invent_person(store: &Store, nhs_number: &NhsNumber) -> Result<(), StoreError> {
    let number = nhs_number.as_str();
    if !number.starts_with(NEVER_GIVEN_OUT) || store.person(nhs_number).await?.is_some() {
        return Ok(());
    }
    let name = format!("Invented Person {}", &number[NEVER_GIVEN_OUT.len()..]);
    let person = Person {
        nhs_number: nhs_number.clone(),
        name,
        preferred_name: None,
        born: "1970-01-01".to_owned(),
        withheld: false,
    };
    store.put_person(&person).await
}

/// NHS numbers that begin so are for tests.
const NEVER_GIVEN_OUT: &str = "999";

fn random_plan_id() -> PlanId {
    let id = uuid::Builder::from_random_bytes(random::bytes()).into_uuid();
    id.to_string().parse().expect("a UUID is an id")
}

/// A document of a section under a random name, with its genesis by the service itself.
#[must_use]
pub fn new_document(section: &Section, now: UtcMillis) -> NewDocument {
    let genesis = content::genesis(section);
    NewDocument {
        id: DocumentId::from_random(random::bytes()),
        section: section.id.clone(),
        definition: section.version,
        genesis: NewChange {
            hash: genesis.hash(),
            deps: genesis.deps().to_vec(),
            actor: genesis.actor_id().clone(),
            seq: genesis.seq(),
            bytes: genesis.raw_bytes().to_vec().into(),
            ops: genesis.len() as u64,
            claimed_at_s: genesis.timestamp(),
            received_at: now,
            subject: worker::system(),
        },
    }
}

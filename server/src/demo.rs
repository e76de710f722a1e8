//! The demo world: invented organisations, staff and people, whose plans have weeks of history by many hands.
//!
//! The words are data under `server/demo/`, one file a person; this code turns them into the changes that clients would
//! have made, publishes what was signed when it was signed, and stores all of it. The same `now` makes the same world.
//!
//! To add a person: a file in `server/demo/people/`, and its line in `files.rs`.

mod command;
mod dated;
mod document;
mod files;
mod history;
mod person;
mod publishing;
mod sharing;
mod world;

use crate::store::{Account, NewDocument, PlanPage, PutDemographicsError, Store, StoreError};
use coplan_core::{
    id::{OrganisationCode, PlanId},
    publication::PublishError,
    section::Sections,
    sync::hub::{DocumentSave, Save, SaveFailure, SaveId},
    time::UtcMillis,
};
use history::{History, Suggested};
use person::PersonFile;

/// Why there is no demo world.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The database holds plans that are not a whole demo world, so nothing is added to them.
    #[error("the database holds plans, but not a whole demo world: name a new folder, or delete this one")]
    NotEmpty,
    /// A file of the demo world cannot be used.
    #[error("demo world, `{file}`: {reason}")]
    File {
        /// The file's name without its ending.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// What a file says was signed may not be published.
    #[error("demo world, `{file}`: {source}")]
    Publish {
        /// The file's name without its ending.
        file: String,
        /// Why not.
        source: PublishError,
    },
    /// The store took a change for one that it has already, or could not be reached.
    #[error("the demo world was not stored: {0:?}")]
    Save(SaveFailure),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes the demo world as it would stand at `now`; does nothing if it is there.
///
/// Accounts are written last: where they are, the world is whole.
///
/// # Errors
/// `DemoError`. A world that was begun and not finished is refused as `NotEmpty` from then on.
pub async fn make(store: &Store, sections: &Sections, now: UtcMillis) -> Result<(), DemoError> {
    let organisations = world::organisations()?;
    let (accounts, own) = (world::accounts(&organisations)?, world::own_accounts()?);
    if is_whole(store, &accounts).await? {
        return Ok(());
    }
    if !store.plans(&PlanPage { limit: 1, ..PlanPage::default() }).await?.is_empty() {
        return Err(DemoError::NotEmpty);
    }
    let world = world::World { accounts: &accounts, own: &own, sections, now, store };
    let people = people()?;
    let histories = histories(&people, &world)?;
    sharing::organisations(store, &organisations).await?;
    for person in &world::people_without_plan()? {
        store.put_person(person).await?;
    }
    store.put_definitions(sections, now).await?;
    for (history, (_, person)) in histories.iter().zip(&people) {
        let team = sharing::care_team(&organisations, &person.access, &history.begun_by);
        begin_plan(store, history, &team).await?;
    }
    save_changes(store, &histories).await?;
    for history in &histories {
        for (publication, by) in &history.publications {
            if !store.publish(&world.seeing(&history.plan), publication, by, None).await? {
                return Err(DemoError::NotEmpty);
            }
        }
    }
    for suggested in histories.iter().flat_map(|history| &history.suggestions) {
        let Suggested { granted, new, by, at } = suggested;
        store.suggest(granted, new, by, *at, u32::MAX).await?;
    }
    for due in store.due(now, now).await? {
        store.settle_due(&due).await?;
    }
    let (last, others) = accounts.split_last().ok_or(DemoError::NotEmpty)?;
    for account in others {
        store.put_account(account).await?;
    }
    for (user, role) in &world::other_roles(&organisations)? {
        store.grant_role(user, role).await?;
    }
    for (history, (_, person)) in histories.iter().zip(&people) {
        sharing::people(store, &world, history, person).await?;
    }
    sharing::own_accounts(store, &world).await?;
    Ok(store.put_account(last).await?)
}

/// The last account is there, and so is everything that is written before it.
async fn is_whole(store: &Store, accounts: &[Account]) -> Result<bool, StoreError> {
    match accounts.last() {
        Some(last) => Ok(store.account(&last.id).await?.is_some()),
        None => Ok(false),
    }
}

/// Every person's file with its name, in the order of `files::PEOPLE`.
fn people() -> Result<Vec<(&'static str, PersonFile)>, DemoError> {
    files::PEOPLE.iter().map(|(file, text)| Ok((*file, PersonFile::read(file, text)?))).collect()
}

/// Every person's history.
fn histories(people: &[(&str, PersonFile)], world: &world::World<'_>) -> Result<Vec<History>, DemoError> {
    let numbered = people.iter().zip(1..);
    numbered.map(|((file, person), number)| History::of(file, person, plan_id(number)?, world)).collect()
}

fn plan_id(number: u32) -> Result<PlanId, DemoError> {
    let id = format!("demo-{number:03}");
    id.parse().map_err(|error| DemoError::File { file: id, reason: format!("{error}") })
}

async fn begin_plan(store: &Store, history: &History, team: &[OrganisationCode]) -> Result<(), DemoError> {
    store.put_person(&history.person).await?;
    put_demographics(store, history).await?;
    let documents: Vec<NewDocument> = history.documents.iter().map(document::SectionDocument::to_be_made).collect();
    let number = &history.person.nhs_number;
    let made = store.create_plan(&history.plan, number, &documents, &history.begun_by, history.begun_at).await?;
    made.map_err(|_| DemoError::NotEmpty)?;
    Ok(store.put_care_team(&history.plan, team, &history.begun_by, history.begun_at).await?)
}

async fn put_demographics(store: &Store, history: &History) -> Result<(), DemoError> {
    let put = store.put_demographics(&history.person.nhs_number, &history.demographics).await;
    put.map(drop).map_err(|error| match error {
        PutDemographicsError::Wrong(error) => {
            DemoError::File { file: history.plan.to_string(), reason: format!("demographics: {error}") }
        }
        PutDemographicsError::Store(error) => error.into(),
    })
}

/// All changes of all plans in one transaction.
async fn save_changes(store: &Store, histories: &[History]) -> Result<(), DemoError> {
    let documents = histories.iter().flat_map(|history| {
        history.documents.iter().map(|document| DocumentSave {
            document: document.id,
            plan: history.plan.clone(),
            section: document.section.id.clone(),
            changes: document.changes.clone(),
            refused: Vec::new(),
        })
    });
    let save = Save { id: SaveId(0), documents: documents.filter(|save| !save.changes.is_empty()).collect() };
    for (_, answer) in store.save(vec![save]).await {
        answer.map_err(DemoError::Save)?;
    }
    Ok(())
}

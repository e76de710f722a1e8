//! `coplan import`: takes over a record from a file, while no service runs on the data folder.
//!
//! It holds the folder's lock while it works: a service keeps documents in memory and would not see what another process
//! writes. Where one runs, the same Bundle goes to `POST /api/plans/{plan}/imports`.

use super::{DemographicsOutcome, Extent, ImportFailure, Importer, Wanted, source::check_name};
use crate::{
    access::PlanAccess,
    clock::Clock,
    definitions::{self, DefinitionsError},
    policy_files::{self, PolicyFilesError},
    serve::{self, DATABASE_FILE, ServeError},
    store::{OpenError, Store, StoreError},
    sync,
};
use clap::Args;
use coplan_core::{
    id::{BadId, UserId},
    import::{Bundle, ImportError, Record, RecordKind},
    nhs_number::{NhsNumber, NhsNumberError},
    policy::{Action, Denied, Resource, Subject},
    section::Sections,
};
use std::{io::Read, path::PathBuf, sync::Arc};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// What `coplan import` takes.
#[derive(Debug, Clone, Args)]
pub struct Import {
    /// Folder with the database, which no service may be using.
    #[arg(long, value_name = "DIR", env = "COPLAN_DATA")]
    pub data: PathBuf,
    /// The database, if it is not the file in the data folder: a `sqlite:` URL.
    #[arg(long, value_name = "URL", env = "COPLAN_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Whose.
    #[arg(long, value_name = "N", value_parser = nhs_number)]
    pub nhs_number: NhsNumber,
    /// File with a FHIR Bundle.
    #[arg(long, value_name = "FILE")]
    pub file: PathBuf,
    /// In whose name: somebody who may write the sections.
    #[arg(long = "as", value_name = "ACCOUNT", value_parser = user_id)]
    pub account: UserId,
    /// What sort of record it is: gp-record, shared-record, hospital-record or other-record.
    #[arg(long, value_name = "KIND", value_parser = record, default_value = "gp-record")]
    pub record: RecordKind,
    /// The name of the record, the same each time, which tells its entries from those of another.
    #[arg(long, value_name = "NAME", value_parser = source_name)]
    pub source: Option<String>,
    /// The file holds all of the record: what is not in it is removed where nobody has edited it.
    #[arg(long, requires = "source")]
    pub whole: bool,
    /// Take over the demographics too.
    #[arg(long)]
    pub demographics: bool,
    /// Folder of section definitions, instead of those that are built in.
    #[arg(long, value_name = "DIR", env = "COPLAN_SECTIONS")]
    pub sections: Option<PathBuf>,
    /// Folder of access rules, instead of those that are built in.
    #[arg(long, value_name = "DIR", env = "COPLAN_POLICIES")]
    pub policies: Option<PathBuf>,
}

fn nhs_number(text: &str) -> Result<NhsNumber, NhsNumberError> {
    NhsNumber::parse(text)
}

fn user_id(text: &str) -> Result<UserId, BadId> {
    text.parse()
}

fn source_name(text: &str) -> Result<String, String> {
    check_name(text).map(|()| text.to_owned())
}

fn record(text: &str) -> Result<RecordKind, &'static str> {
    RecordKind::named(text).ok_or("not gp-record, shared-record, hospital-record or other-record")
}

/// Why nothing was imported. No message repeats what the file says.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The file cannot be read.
    #[error("cannot read {0}: {1}")]
    File(PathBuf, #[source] std::io::Error),
    /// What stands in it.
    #[error(transparent)]
    Wrong(#[from] ImportError),
    /// The folder, or a service that is using it.
    #[error(transparent)]
    Folder(#[from] ServeError),
    /// Section definitions.
    #[error(transparent)]
    Definitions(#[from] DefinitionsError),
    /// Access rules.
    #[error(transparent)]
    Policies(#[from] PolicyFilesError),
    /// The database.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database, once it was open.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nobody of that number has a plan.
    #[error("nobody of that NHS number has a plan")]
    NoPlan,
    /// There is no such account.
    #[error("no account `{0}`")]
    UnknownAccount(UserId),
    /// The account may not see the plan.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The import.
    #[error(transparent)]
    Import(#[from] ImportFailure),
}

/// Imports, and prints how much of it.
///
/// # Errors
/// `CommandError`.
pub async fn run(config: &Import) -> Result<(), CommandError> {
    let bundle = Bundle::read(&bytes_of(&config.file)?)?;
    let sections = Arc::new(match &config.sections {
        Some(folder) => definitions::read(folder)?,
        None => Sections::embedded(),
    });
    let policies = Arc::new(policy_files::read_or_embedded(config.policies.as_deref())?);
    let _lock = serve::lock(&config.data)?;
    let file = config.data.join(DATABASE_FILE).to_string_lossy().into_owned();
    let store = Store::open(config.database_url.as_ref().unwrap_or(&file)).await?;
    let (stopping, tasks) = (CancellationToken::new(), TaskTracker::new());
    let names = serve::names(&store).await?;
    let hub = sync::start(
        store.clone(),
        Arc::clone(&sections),
        Arc::clone(&policies),
        Clock,
        names,
        stopping.clone(),
        &tasks,
    );
    let work = async {
        let plan = store.plan_of(&config.nhs_number).await?.ok_or(CommandError::NoPlan)?;
        let subject = subject(&store, &config.account).await?;
        let now = Clock.now();
        let access = PlanAccess::of(&store, &policies, &subject, &plan, now).await?;
        let seeing = access.decide(Action::See, Resource::Plan)?;
        let name = config.source.clone().unwrap_or_default();
        let record = Record { kind: config.record, name };
        let extent = if config.whole { Extent::WholeTopics } else { Extent::Some };
        let wanted = Wanted { bundle, record, extent, demographics: config.demographics };
        let listed = config.source.clone().unwrap_or_else(|| FILE.to_owned());
        let importer = Importer {
            store: &store,
            hub: &hub,
            subject: &subject,
            access: &access,
            seeing: &seeing,
            sections: &sections,
            now,
        };
        Ok::<_, CommandError>(importer.import(super::new_id(), listed, &wanted).await?)
    };
    let done = work.await;
    stopping.cancel();
    tasks.close();
    tasks.wait().await;
    store.close().await;
    let (kept, demographics) = done?;
    for section in &kept.sections {
        println!(
            "{}: {} added, {} refreshed, {} removed, {} left alone",
            section.section,
            section.added.len(),
            section.refreshed.len(),
            section.removed.len(),
            section.left.len()
        );
    }
    if demographics != DemographicsOutcome::NotAsked {
        println!("demographics: {}", demographics.as_str());
    }
    Ok(())
}

/// At most as many bytes as a Bundle may have, and one more, which says that there are more.
fn bytes_of(path: &PathBuf) -> Result<Vec<u8>, CommandError> {
    let failed = |error| CommandError::File(path.clone(), error);
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(coplan_core::import::BUNDLE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

async fn subject(store: &Store, account: &UserId) -> Result<Subject, CommandError> {
    let found = store.account(account).await?;
    Ok(found.ok_or_else(|| CommandError::UnknownAccount(account.clone()))?.subject())
}

/// What an import is listed under whose record has no name.
const FILE: &str = "file";

//! `coplan replay`: a plan as it was at a moment, or a publication made again, from the database alone.
//!
//! It writes nothing, and needs no service; where one is using the database, it reads beside it. Whoever runs it has the
//! database itself, so nobody's rights are asked for unless somebody is named.

use crate::{
    access::PlanAccess,
    clock::Clock,
    config::Replay,
    definitions::{self, DefinitionsError},
    http::plan_at::{Asked, AtFailure, plan_then},
    policy_files::{self, PolicyFilesError},
    publish::{PublishFailure, render_again},
    serve::DATABASE_FILE,
    store::{OpenError, Store, StoreError},
    worker,
};
use coplan_core::{
    id::{PlanId, UserId},
    policy::{Action, Denied, Granted, Resource, Subject},
    section::Sections,
    time::UtcMillis,
    view::ViewKind,
};
use std::{
    io::{self, Write},
    sync::Arc,
};

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
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
    /// There is no such plan.
    #[error("no plan `{0}`")]
    UnknownPlan(PlanId),
    /// There is no such account.
    #[error("no account `{0}`")]
    UnknownAccount(UserId),
    /// Whoever was named may not see the plan.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The plan had not begun, the moment has not come, or a document cannot be read.
    #[error("{0}")]
    At(String),
    /// There is no such publication.
    #[error("the plan has no version {0}")]
    UnknownVersion(u32),
    /// Something that the publication was made of is damaged or missing.
    #[error(transparent)]
    Again(#[from] PublishFailure),
    /// What came out is not what is stored.
    #[error(
        "version {version} does not come out as it is stored: its hash is {stored}, and {made} came out; {differing}"
    )]
    Different {
        /// The publication.
        version: u32,
        /// The stored hash, in hex.
        stored: String,
        /// What came out, in hex.
        made: String,
        /// Which views differ.
        differing: String,
    },
    /// Standard output.
    #[error("cannot write the answer: {0}")]
    Output(#[from] io::Error),
}

/// Prints what was asked for on standard output.
///
/// # Errors
/// `ReplayError`; for a publication that comes out differently, after it was printed.
pub async fn run(config: &Replay) -> Result<(), ReplayError> {
    let sections = match &config.sections {
        Some(folder) => definitions::read(folder)?,
        None => Sections::embedded(),
    };
    let file = config.data.join(DATABASE_FILE).to_string_lossy().into_owned();
    let store = Store::open_to_read(config.database_url.as_ref().unwrap_or(&file)).await?;
    if store.begun_at(&config.plan).await?.is_none() {
        return Err(ReplayError::UnknownPlan(config.plan.clone()));
    }
    let subject = subject(&store, config.account.as_ref()).await?;
    let system = worker::system();
    let policies = policy_files::read_or_embedded(config.policies.as_deref())?;
    let asking = subject.as_ref().unwrap_or(&system);
    let access = PlanAccess::of(&store, &policies, asking, &config.plan, Clock.now()).await?;
    let may = |action| access.decide(action, Resource::Plan);
    let see = may(Action::See)?;
    let published = may(Action::ReadPublished).ok();
    match (config.at, config.version, published) {
        (Some(at), _, published) => {
            let asked =
                Asked { see: &see, published: published.as_ref(), access: subject.is_some().then_some(&access) };
            at_moment(&store, &sections, asked, at).await
        }
        (None, Some(version), Some(granted)) => again(&store, sections, &granted, version).await,
        _ => Err(may(Action::ReadPublished).err().map_or(ReplayError::UnknownVersion(0), ReplayError::Denied)),
    }
}

async fn subject(store: &Store, account: Option<&UserId>) -> Result<Option<Subject>, ReplayError> {
    let Some(id) = account else { return Ok(None) };
    let account = store.account(id).await?.ok_or_else(|| ReplayError::UnknownAccount(id.clone()))?;
    Ok(Some(account.subject()))
}

async fn at_moment(store: &Store, sections: &Sections, asked: Asked<'_>, at: UtcMillis) -> Result<(), ReplayError> {
    if at > Clock.now() {
        return Err(ReplayError::At(AtFailure::NotYet(at).to_string()));
    }
    let json = plan_then(store, sections, asked, at).await.map_err(|failure| ReplayError::At(failure.to_string()))?;
    print(&json)
}

/// Prints `{version, hash, stored_hash, same, views}`, with the views as they came out.
async fn again(store: &Store, sections: Sections, granted: &Granted, version: u32) -> Result<(), ReplayError> {
    let made = render_again(store, &Arc::new(sections), granted, version).await?;
    let made = made.ok_or(ReplayError::UnknownVersion(version))?;
    let (hash, stored) = (hex::encode(made.hash), hex::encode(made.stored_hash));
    let mut json =
        format!(r#"{{"version":{version},"hash":"{hash}","stored_hash":"{stored}","same":{}"#, made.is_same())
            .into_bytes();
    json.push(b'}');
    crate::http::plan_at::append_views(&mut json, &made.views);
    print(&json)?;
    if made.is_same() {
        return Ok(());
    }
    let differing = match &made.differing[..] {
        [] => "its views are the same, and its sections are not".to_owned(),
        some => format!(
            "views that differ: {}",
            some.iter().map(|kind| ViewKind::as_str(*kind)).collect::<Vec<_>>().join(", ")
        ),
    };
    Err(ReplayError::Different { version, stored, made: hash, differing })
}

fn print(json: &[u8]) -> Result<(), ReplayError> {
    let mut out = io::stdout().lock();
    out.write_all(json)?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}

//! `coplan outbox`: what waits for other systems, what was given up and why, and trying again.
//!
//! Works beside a running service: what is to be tried again is tried within a second.

use crate::{
    clock::Clock,
    serve::DATABASE_FILE,
    store::{ListedDelivery, OpenError, Store, StoreError},
};
use clap::{Args, Subcommand};
use std::{
    io::{self, Write},
    path::PathBuf,
};

/// What `coplan outbox` does.
#[derive(Debug, Subcommand)]
pub enum OutboxCommand {
    /// List deliveries: target, plan, version, what, state, since, attempts, next attempt, reason; with tabs between.
    List(OutboxList),
    /// Try what waits or was given up again, now.
    Retry(OutboxPlace),
}

/// What `coplan outbox list` takes.
#[derive(Debug, Clone, Args)]
pub struct OutboxList {
    /// Where, and which.
    #[command(flatten)]
    pub place: OutboxPlace,
    /// Those that were delivered, too.
    #[arg(long)]
    pub all: bool,
}

/// Where deliveries are, and which are meant.
#[derive(Debug, Clone, Args)]
pub struct OutboxPlace {
    /// Folder with the database. A service may be using it.
    #[arg(long, value_name = "DIR", env = "COPLAN_DATA")]
    pub data: PathBuf,
    /// The database, if it is not the file in the data folder: a `sqlite:` URL.
    #[arg(long, value_name = "URL", env = "COPLAN_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Only those of this target.
    #[arg(long, value_name = "ID")]
    pub target: Option<String>,
    /// Only those of this plan.
    #[arg(long, value_name = "ID")]
    pub plan: Option<String>,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// No database.
    #[error("there is no database in `{0}`")]
    NoDatabase(PathBuf),
    /// The database.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database, once it was open.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Standard output.
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
}

/// Does it.
///
/// # Errors
/// `OutboxError`; nothing was changed then.
pub async fn run(command: &OutboxCommand) -> Result<(), OutboxError> {
    let mut out = io::stdout().lock();
    match command {
        OutboxCommand::List(OutboxList { place, all }) => {
            let store = Store::open_to_read(&database(place)?).await?;
            for delivery in store.deliveries(place.target.as_deref(), place.plan.as_deref()).await? {
                if *all || delivery.state != "delivered" {
                    writeln!(out, "{}", line(&delivery))?;
                }
            }
        }
        OutboxCommand::Retry(place) => {
            let store = Store::open(&database(place)?).await?;
            let (target, plan) = (place.target.as_deref(), place.plan.as_deref());
            let retried = store.retry_deliveries(target, plan, Clock.now()).await?;
            writeln!(out, "{retried} deliveries are tried again")?;
        }
    }
    Ok(())
}

fn database(place: &OutboxPlace) -> Result<String, OutboxError> {
    if let Some(url) = &place.database_url {
        return Ok(url.clone());
    }
    let file = place.data.join(DATABASE_FILE);
    if !file.is_file() {
        return Err(OutboxError::NoDatabase(place.data.clone()));
    }
    Ok(file.to_string_lossy().into_owned())
}

fn line(delivery: &ListedDelivery) -> String {
    let next = if delivery.state == "waiting" { delivery.next_at.to_rfc3339() } else { "-".to_owned() };
    let reason = if delivery.reason.is_empty() { "-" } else { &delivery.reason };
    [
        delivery.target.as_str(),
        delivery.plan.as_str(),
        &delivery.version.to_string(),
        delivery.told.as_str(),
        &delivery.state,
        &delivery.since.to_rfc3339(),
        &delivery.attempts.to_string(),
        &next,
        reason,
    ]
    .join("\t")
}

//! `coplan print revoke`: withdraws a printed plan by the code that stands on it. A service that runs on the same database
//! says so from then on.

use crate::{
    clock::Clock,
    serve::DATABASE_FILE,
    store::{OpenError, Revoked, Store, StoreError},
};
use clap::{Args, Subcommand};
use coplan_core::print::{BadCheckCode, CheckCode};
use std::path::PathBuf;

/// What `coplan print` does.
#[derive(Debug, Subcommand)]
pub enum PrintCommand {
    /// Withdraw a printed plan: whoever checks it is told not to go by it.
    Revoke(PrintRevoke),
}

/// What `coplan print revoke` takes.
#[derive(Debug, Clone, Args)]
pub struct PrintRevoke {
    /// Folder with the database. A service may be using it.
    #[arg(long, value_name = "DIR", env = "COPLAN_DATA")]
    pub data: PathBuf,
    /// The database, if it is not the file in the data folder: a `sqlite:` URL.
    #[arg(long, value_name = "URL", env = "COPLAN_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// The code on the print, with or without its hyphens.
    #[arg(long, value_name = "CODE", value_parser = check_code)]
    pub code: CheckCode,
}

fn check_code(text: &str) -> Result<CheckCode, BadCheckCode> {
    text.parse()
}

/// Why nothing was withdrawn.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// No print has it.
    #[error("no print has the code `{0}`")]
    Unknown(CheckCode),
    /// The database did not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Does what the flags say, and says what came of it.
///
/// # Errors
/// `PrintError`; nothing was changed.
pub async fn run(command: &PrintCommand) -> Result<&'static str, PrintError> {
    let PrintCommand::Revoke(config) = command;
    let path = config.data.join(DATABASE_FILE);
    let store = Store::open(&config.database_url.clone().unwrap_or_else(|| path.display().to_string())).await?;
    let revoked = store.revoke_print(&config.code, Clock.now()).await;
    store.close().await;
    match revoked? {
        Revoked::Now => Ok("withdrawn"),
        Revoked::Before => Ok("was withdrawn before"),
        Revoked::Unknown => Err(PrintError::Unknown(config.code.clone())),
    }
}

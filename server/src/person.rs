//! `coplan person put`: what a national feed says of a person, from a file. A service that runs on the same database takes it
//! over within seconds.

use crate::{
    serve::DATABASE_FILE,
    store::{OpenError, PutDemographicsError, Store, StoreError},
};
use clap::{ArgGroup, Args, Subcommand};
use coplan_core::{
    demographics::Demographics,
    nhs_number::{NhsNumber, NhsNumberError},
    view::Person,
};
use std::path::PathBuf;

/// What `coplan person` does.
#[derive(Debug, Subcommand)]
pub enum PersonCommand {
    /// Take over what a national feed says of a person.
    Put(PersonPut),
}

/// What `coplan person put` takes.
#[derive(Debug, Clone, Args)]
#[command(group = ArgGroup::new("what").args(["demographics", "opted_out", "name"]).required(true).multiple(true))]
pub struct PersonPut {
    /// Folder with the database. A service may be using it.
    #[arg(long, value_name = "DIR", env = "COPLAN_DATA")]
    pub data: PathBuf,
    /// The database, if it is not the file in the data folder: a `sqlite:` URL.
    #[arg(long, value_name = "URL", env = "COPLAN_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Whose.
    #[arg(long, value_name = "N", value_parser = nhs_number)]
    pub nhs_number: NhsNumber,
    /// File with the demographics as JSON: whole, not only what changed.
    #[arg(long, value_name = "FILE")]
    pub demographics: Option<PathBuf>,
    /// Whether the person opted out of the national use of their data.
    #[arg(long, value_name = "BOOL")]
    pub opted_out: Option<bool>,
    /// The name of somebody who is not known yet, or their new one.
    #[arg(long, requires = "born")]
    pub name: Option<String>,
    /// Their date of birth, YYYY-MM-DD.
    #[arg(long, value_name = "DATE", requires = "name")]
    pub born: Option<String>,
}

fn nhs_number(text: &str) -> Result<NhsNumber, NhsNumberError> {
    NhsNumber::parse(text)
}

/// Why nothing was taken over. No message repeats what the file says.
#[derive(Debug, thiserror::Error)]
pub enum PersonError {
    /// The file cannot be read.
    #[error("cannot read {file}: {source}")]
    File {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It holds no demographics.
    #[error("{0}")]
    Demographics(#[from] PutDemographicsError),
    /// Nobody of that number is known, and no name was given to add them.
    #[error("nobody of that NHS number is known; give --name and --born to add them")]
    Unknown,
    /// The database did not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes over what the flags and the file say.
///
/// # Errors
/// `PersonError`; what was there before stands.
pub async fn run(command: &PersonCommand) -> Result<(), PersonError> {
    let PersonCommand::Put(config) = command;
    let read = |file: &PathBuf| {
        std::fs::read_to_string(file).map_err(|source| PersonError::File { file: file.clone(), source })
    };
    let demographics = config.demographics.as_ref().map(read).transpose()?;
    let demographics = demographics.as_deref().map(Demographics::from_json).transpose();
    let demographics = demographics.map_err(PutDemographicsError::from)?;
    let path = config.data.join(DATABASE_FILE);
    let store = Store::open(&config.database_url.clone().unwrap_or_else(|| path.display().to_string())).await?;
    let taken = take_over(&store, config, demographics.as_ref()).await;
    store.close().await;
    taken
}

async fn take_over(store: &Store, config: &PersonPut, demographics: Option<&Demographics>) -> Result<(), PersonError> {
    let number = &config.nhs_number;
    match (&config.name, &config.born) {
        (Some(name), Some(born)) => {
            let (name, born) = (name.clone(), born.clone());
            let person = Person { nhs_number: number.clone(), name, preferred_name: None, born, withheld: false };
            store.put_person(&person).await?;
        }
        _ if store.person(number).await?.is_none() => return Err(PersonError::Unknown),
        _ => {}
    }
    if let Some(demographics) = demographics {
        store.put_demographics(number, demographics).await?;
    }
    if let Some(out) = config.opted_out {
        store.put_national_data_opt_out(number, out).await?;
    }
    Ok(())
}

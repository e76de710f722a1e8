//! `coplan person`: what a national feed says of a person, from a file, and who acts for them. A service that runs on the same
//! database takes it over within seconds.

use crate::{
    accounts_command::{AccountData, AccountError, open},
    serve::DATABASE_FILE,
    store::{AccountKind, NewProxy, OpenError, PutDemographicsError, Store, StoreError},
};
use clap::{ArgGroup, Args, Subcommand};
use coplan_core::{
    demographics::Demographics,
    london,
    nhs_number::{NhsNumber, NhsNumberError},
    time::UtcMillis,
    view::Person,
};
use std::path::PathBuf;

/// What `coplan person` does.
#[derive(Debug, Subcommand)]
pub enum PersonCommand {
    /// Take over what a national feed says of a person.
    Put(PersonPut),
    /// Let somebody act for a person, in their own name and account, until a day; a day that is over ends it.
    Proxy(PersonProxy),
}

/// What `coplan person proxy` takes.
#[derive(Debug, Clone, Args)]
pub struct PersonProxy {
    /// Where accounts are.
    #[command(flatten)]
    pub place: AccountData,
    /// For whom they act.
    #[arg(long, value_name = "N", value_parser = nhs_number)]
    pub nhs_number: NhsNumber,
    /// The account of whoever acts: a person's own, which there is once they have signed in.
    #[arg(long, value_name = "ID")]
    pub account: String,
    /// By what right, in words that they and staff read: `Lasting power of attorney for health and welfare`.
    #[arg(long, value_name = "WORDS")]
    pub basis: String,
    /// First day, YYYY-MM-DD in London.
    #[arg(long, value_name = "DAY", value_parser = first_moment)]
    pub from: UtcMillis,
    /// Last day, by when somebody looks at it again.
    #[arg(long, value_name = "DAY", value_parser = last_moment)]
    pub until: UtcMillis,
    /// End what the person keeps from them: for an attorney or a deputy once the person can no longer decide it.
    #[arg(long)]
    pub sees_everything: bool,
}

fn first_moment(text: &str) -> Result<UtcMillis, &'static str> {
    london::begins(text).ok_or(NOT_A_DAY)
}

fn last_moment(text: &str) -> Result<UtcMillis, &'static str> {
    london::ends(text).ok_or(NOT_A_DAY)
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
    /// There is no such account, or not a person's.
    #[error("no account `{0}` of a person stands")]
    NoAccount(String),
    /// It would never hold.
    #[error("it ends before it begins")]
    EndsBefore,
    /// A line of words.
    #[error("`--basis` is a line of words")]
    Basis,
    /// The database of the accounts.
    #[error(transparent)]
    Accounts(#[from] AccountError),
    /// Nobody of that number is known, and no name was given to add them.
    #[error("nobody of that NHS number is known; give --name and --born to add them")]
    Unknown,
    /// Nobody of that number is known.
    #[error("nobody of that NHS number is known")]
    UnknownToAct,
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
    match command {
        PersonCommand::Put(config) => put(config).await,
        PersonCommand::Proxy(config) => proxy(config).await,
    }
}

async fn proxy(config: &PersonProxy) -> Result<(), PersonError> {
    if config.until <= config.from {
        return Err(PersonError::EndsBefore);
    }
    if config.basis.trim().is_empty()
        || config.basis.len() > BASIS_BYTES_MAX
        || config.basis.chars().any(char::is_control)
    {
        return Err(PersonError::Basis);
    }
    let unknown = || PersonError::NoAccount(config.account.clone());
    let user = config.account.parse().map_err(|_| unknown())?;
    let store = open(&config.place).await?;
    let account = store.account(&user).await?.filter(|account| account.kind == AccountKind::Person);
    let account = account.ok_or_else(unknown)?;
    if store.person(&config.nhs_number).await?.is_none() {
        return Err(PersonError::UnknownToAct);
    }
    let (nhs_number, basis) = (config.nhs_number.clone(), config.basis.clone());
    let (from, until, sees_everything) = (config.from, config.until, config.sees_everything);
    let new = NewProxy { user, name: account.name, nhs_number, basis, from, until, sees_everything };
    store.put_proxy(&new).await?;
    store.close().await;
    Ok(())
}

async fn put(config: &PersonPut) -> Result<(), PersonError> {
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

const NOT_A_DAY: &str = "it is a day, YYYY-MM-DD";

/// Longest words of a right, in bytes.
const BASIS_BYTES_MAX: usize = 120;

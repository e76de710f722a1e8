//! `coplan account`: accounts of organisations without a national identity. They sign in with passkeys; the first comes
//! by an enrolment code, which whoever looks after the organisation's people prints and hands over.
//!
//! Works beside a running service: what changes is noticed there within a second.

use crate::{
    clock::Clock,
    random, serve,
    store::{Account, AccountKind, OpenError, Organisation, Store, StoreError, TokenHash},
};
use clap::{Args, Subcommand};
use coplan_core::{
    id::{OrganisationCode, UserId},
    policy::Role,
};
use std::{
    io::{self, Write},
    path::PathBuf,
};

/// What `coplan account` does.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Add somebody, or take over what is said of them now.
    Add(AddAccount),
    /// Print a code with which somebody registers a passkey at `/enrol`: once, within a day.
    Invite(OneAccount),
    /// List accounts: id, name, role, job title, organisation, passkeys.
    List(AccountData),
    /// End an account: its sessions and passkeys end with it, what it wrote stays.
    End(OneAccount),
}

/// Where accounts are.
#[derive(Debug, Clone, Args)]
pub struct AccountData {
    /// Folder with the database. A service may be using it.
    #[arg(long, value_name = "DIR", env = "COPLAN_DATA")]
    pub data: PathBuf,
    /// The database, if it is not the file in the data folder: a `sqlite:` URL.
    #[arg(long, value_name = "URL", env = "COPLAN_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
}

/// An account that there is.
#[derive(Debug, Clone, Args)]
pub struct OneAccount {
    /// Where accounts are.
    #[command(flatten)]
    pub place: AccountData,
    /// The account's id.
    #[arg(long, value_name = "ID")]
    pub account: String,
}

/// An account that there is to be.
#[derive(Debug, Clone, Args)]
pub struct AddAccount {
    /// Which, and where.
    #[command(flatten)]
    pub one: OneAccount,
    /// The name others see.
    #[arg(long)]
    pub name: String,
    /// What they are to plans: `social-care`, `registered-professional`, `doctor`, `specialist`, `pharmacist`, `crew`,
    /// `privacy-officer`, `analyst`.
    #[arg(long)]
    pub role: String,
    /// The role in the organisation's words.
    #[arg(long, value_name = "WORDS")]
    pub job_title: String,
    /// The organisation's ODS code; it has to be known.
    #[arg(long, value_name = "CODE")]
    pub organisation: String,
    /// Professional registration as body and number: `GMC 7000001`.
    #[arg(long, value_name = "WORDS")]
    pub registration: Option<String>,
    /// An authorised senior decision-maker.
    #[arg(long)]
    pub senior: bool,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// No database.
    #[error("there is no database in `{0}`")]
    NoDatabase(PathBuf),
    /// Not an id.
    #[error("`{0}` is not an id")]
    Id(String),
    /// Not a role of staff.
    #[error("`{0}` is not a role that an account can be given here")]
    Role(String),
    /// No such organisation.
    #[error("no organisation `{0}` is known")]
    Organisation(String),
    /// No such account, or it has ended.
    #[error("no account `{0}` stands")]
    Unknown(UserId),
    /// People prove who they are to a national identity.
    #[error("`{0}` is a person's own account: people sign in with their national identity")]
    Person(UserId),
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
/// `AccountError`; nothing was changed then.
pub async fn run(command: &AccountCommand) -> Result<(), AccountError> {
    let mut out = io::stdout().lock();
    match command {
        AccountCommand::Add(new) => {
            let store = open(&new.one.place).await?;
            store.put_account(&account(&store, new).await?).await?;
            store.close().await;
        }
        AccountCommand::Invite(one) => {
            let (store, account) = known(one).await?;
            if account.kind == AccountKind::Person {
                return Err(AccountError::Person(account.id));
            }
            let (code, now) = (hex::encode(random::bytes::<CODE_BYTES>()), Clock.now());
            let until = now.plus_ms(CODE_MS_MAX);
            store.keep_enrolment_code(&TokenHash::of(&code), &account.id, now, until).await?;
            store.close().await;
            writeln!(out, "/enrol#{code}\nholds once, until {}", until.to_rfc3339())?;
        }
        AccountCommand::List(place) => {
            let store = open(place).await?;
            for account in store.accounts().await? {
                let keys = store.passkeys_of(&account.id).await?.len();
                let (role, organisation) = (account.role.as_str(), &account.organisation.name);
                writeln!(
                    out,
                    "{}\t{}\t{role}\t{}\t{organisation}\t{keys}",
                    account.id, account.name, account.job_title
                )?;
            }
            store.close().await;
        }
        AccountCommand::End(one) => {
            let (store, account) = known(one).await?;
            store.end_account(&account.id, Clock.now()).await?;
            store.close().await;
        }
    }
    Ok(())
}

async fn account(store: &Store, new: &AddAccount) -> Result<Account, AccountError> {
    let role = ROLES.into_iter().find(|role| role.as_str() == new.role);
    let role = role.ok_or_else(|| AccountError::Role(new.role.clone()))?;
    let unknown = || AccountError::Organisation(new.organisation.clone());
    let code: OrganisationCode = new.organisation.parse().map_err(|_| unknown())?;
    let organisation: Organisation = store.organisation(&code).await?.ok_or_else(unknown)?;
    Ok(Account {
        id: id(&new.one.account)?,
        kind: if role == Role::Crew { AccountKind::Crew } else { AccountKind::Staff },
        name: new.name.clone(),
        role,
        job_title: new.job_title.clone(),
        organisation,
        registration: new.registration.clone(),
        senior: new.senior,
    })
}

async fn known(one: &OneAccount) -> Result<(Store, Account), AccountError> {
    let (id, store) = (id(&one.account)?, open(&one.place).await?);
    let account = store.account(&id).await?.ok_or(AccountError::Unknown(id))?;
    Ok((store, account))
}

fn id(text: &str) -> Result<UserId, AccountError> {
    text.parse().map_err(|_| AccountError::Id(text.to_owned()))
}

/// A slip in the folder's name must not make a database there.
pub(crate) async fn open(place: &AccountData) -> Result<Store, AccountError> {
    match &place.database_url {
        Some(url) => Ok(Store::open(url).await?),
        None => {
            let file = place.data.join(serve::DATABASE_FILE);
            if !file.is_file() {
                return Err(AccountError::NoDatabase(place.data.clone()));
            }
            Ok(Store::open(&file.to_string_lossy()).await?)
        }
    }
}

/// Roles that an account can be given here: not those of people, nor the service's own.
const ROLES: [Role; 8] = [
    Role::SocialCare,
    Role::RegisteredProfessional,
    Role::Doctor,
    Role::Specialist,
    Role::Pharmacist,
    Role::Crew,
    Role::PrivacyOfficer,
    Role::Analyst,
];

/// How long an enrolment code holds, in milliseconds.
const CODE_MS_MAX: i64 = 24 * 60 * 60 * 1_000;

/// Random bytes of an enrolment code.
const CODE_BYTES: usize = 16;

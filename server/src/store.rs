//! The store: everything that lasts, in one SQLite file.
//!
//! INVARIANT: the database is the truth. Whatever is in memory is a cache that may be dropped at any moment, and
//! nothing is acknowledged before the transaction that holds it has been synced to disk (WAL, `synchronous = full`).
//!
//! One connection writes, a few read. All SQL stands in this folder, in lower case, checked against
//! `migrations/sqlite` at compile time; `migrations/README.md` says how to change either.
//!
//! To keep something new: a migration, a file here named for the thing, and its promises in `tests.rs`.

mod access;
mod accounts;
mod agreements;
mod app_tokens;
mod attachments;
mod audit;
mod audit_digest;
mod audit_read;
mod audit_review;
mod authored;
mod authors;
mod changes;
mod circumstances;
mod client_tokens;
mod definitions;
mod deliveries;
mod delivery_list;
mod delivery_targets;
mod documents;
mod granted_document;
mod heads;
mod history;
mod identity;
mod imports;
mod launches;
mod outbox;
mod own_accounts;
mod passkeys;
mod pending_sign_ins;
mod people;
mod plans;
mod prints;
mod proxies;
mod publications;
mod published_documents;
mod quarantine;
mod read_only;
mod relationships;
mod reports;
mod session_role;
mod sessions;
mod sharing;
mod suggestions;
mod team;
#[cfg(test)]
mod tests;
mod tidings;
mod vault;

use coplan_core::{policy::Role, section::SignOff};
use sqlx::{
    Connection, SqliteConnection, SqlitePool,
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    collections::HashMap,
    path::PathBuf,
    str::FromStr,
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::sync::{Mutex, MutexGuard};

pub use access::AccessChange;
pub use accounts::{Account, AccountKind, GrantedRole, RoleGrantId};
pub use agreements::{Agreement, AgreementParty, OrganisationStanding, Purpose};
pub use app_tokens::{AppCode, AppToken};
pub use attachments::{Attached, Attachment};
pub use audit_read::{AuditPage, Chained, LogState, ReadInJob};
pub use audit_review::{ReviewFinding, ReviewItem};
pub use authored::Authored;
pub use client_tokens::{ClientToken, NewClientToken};
pub use deliveries::{Claimed, Pace, Settled as SettledDelivery};
pub use delivery_list::{DeliveryCounts, ListedDelivery};
pub use granted_document::GrantedDocument;
pub use history::{Logged, MadeChange, PublishedBy};
pub use identity::{RecogniseError, Recognised, Vouched, VouchedPerson, VouchedStaff};
pub use imports::KeptImport;
pub use launches::{BegunLaunch, Launch, LaunchApp, LaunchTicket, LaunchedPlan, no_plan};
pub use outbox::Told;
pub use own_accounts::NewProxy;
pub use passkeys::{Ceremony, NewPasskey, Passkey, PasskeyError};
pub use pending_sign_ins::PendingSignIn;
pub use people::{Colleague, ListedOrganisation, Organisation, Place, PutDemographicsError};
pub use plans::{NewDocument, Plan, PlanPage, PlanSection};
pub use prints::{Currency, CurrencyState, Revoked};
pub use proxies::StandingProxy;
pub use publications::{Due, Published, StoredView};
pub use published_documents::{StoredDocument, WantedDocuments};
pub use quarantine::{NotQuarantineId, QuarantineId, Quarantined, Settled, Settlement, Settling};
pub use relationships::{NewRelationship, StandingRelationship};
pub use sessions::{NewSession, Session, SessionId, SignedInBy, TokenHash};
pub use sharing::{NewObjection, StandingObjection, TooManyObjections};
pub use suggestions::{Decision, NewSuggestion, Outcome, Suggested, Suggestion};
pub use team::{Part, Team, TeamMember, TeamOrganisation, TeamRefused};
pub use tidings::Following;
pub use vault::{VaultError, VaultItem};

/// The one way to what lasts. Clones share the connections.
#[derive(Clone)]
pub struct Store {
    writer: Arc<Mutex<Writer>>,
    readers: SqlitePool,
    facts_kept: access::FactsKept,
    audit: audit::Audit,
    tidings: tidings::Tidings,
    /// Where browsers reach the service, for the check codes of what is published.
    public_url: Arc<OnceLock<String>>,
}

/// The only connection that writes, and what it remembers of its own writes.
struct Writer {
    connection: SqliteConnection,
    /// A group of saves was begun and nobody saw its end: the next user of the connection rolls it back.
    in_doubt: bool,
    /// Ids of authors whose rows are known to be committed.
    authors: HashMap<String, i64>,
}

/// Why a store did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A database that this build does not speak to.
    #[error("database URLs of scheme `{0}` are not supported yet; use a path or `sqlite:<path>`")]
    Scheme(String),
    /// A `sqlite:` URL that cannot be read.
    #[error("not a SQLite URL: {0}")]
    Url(#[source] sqlx::Error),
    /// The file cannot be made, opened or read as a database.
    #[error("cannot open the database {path}: {source}")]
    Connect {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: sqlx::Error,
    },
    /// The layout could not be brought up to date, or was changed by a newer version.
    #[error("cannot bring the database's layout up to date: {0}")]
    Migrate(#[from] MigrateError),
    /// A database that is to be read only, and was written by another version.
    #[error("the database {0} has the layout of another version; `coplan serve` brings it up to date")]
    OtherLayout(PathBuf),
}

/// Why the store did not answer. Neither variant carries content.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database could not be reached, is locked by another process, or its disk is full.
    #[error("the store is unavailable: {0}")]
    Unavailable(#[from] sqlx::Error),
    /// Bytes came back that do not have the hash they were stored under, or a row that no version of ours writes.
    #[error("{what} is damaged in the store: `{id}`")]
    Damaged {
        /// What kind of thing.
        what: &'static str,
        /// Its id.
        id: String,
    },
}

impl Store {
    /// Refuses what `open` could not even try, before anything is written.
    ///
    /// # Errors
    /// `OpenError::Scheme` or `OpenError::Url`.
    pub fn check_url(path_or_url: &str) -> Result<(), OpenError> {
        connect_options(path_or_url).map(drop)
    }

    /// Opens the database at a path, or at a `sqlite:` URL, makes it if it is missing, and brings its layout up to
    /// date.
    ///
    /// # Errors
    /// `OpenError` with the reason; an existing database is then as it was.
    pub async fn open(path_or_url: &str) -> Result<Self, OpenError> {
        let options = connect_options(path_or_url)?;
        let path = options.get_filename().to_path_buf();
        let failed = |source| OpenError::Connect { path: path.clone(), source };
        let mut connection = SqliteConnection::connect_with(&options).await.map_err(failed)?;
        MIGRATOR.run(&mut connection).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS_MAX)
            .test_before_acquire(false)
            .acquire_timeout(BUSY_TIMEOUT)
            .connect_with(options.create_if_missing(false).read_only(true))
            .await
            .map_err(failed)?;
        let writer = Writer { connection, in_doubt: false, authors: HashMap::new() };
        Ok(Self {
            writer: Arc::new(Mutex::new(writer)),
            readers,
            facts_kept: access::FactsKept::default(),
            audit: audit::Audit::default(),
            tidings: tidings::Tidings::default(),
            public_url: Arc::default(),
        })
    }

    /// Whether the database answers a read and its writer is not stuck.
    ///
    /// # Errors
    /// `StoreError` if it does not.
    pub async fn check(&self) -> Result<(), StoreError> {
        sqlx::query!("select count(*) as plans from plan where id = ''").fetch_one(&self.readers).await?;
        let _writer = tokio::time::timeout(BUSY_TIMEOUT, self.writer())
            .await
            .map_err(|_| StoreError::Unavailable(sqlx::Error::PoolTimedOut))??;
        Ok(())
    }

    /// What clients call this database: `fresh` for one that has no name yet, and the same ever after.
    ///
    /// # Errors
    /// `StoreError` if it could not be read or written.
    pub async fn storage_id(&self, fresh: &str) -> Result<String, StoreError> {
        let mut writer = self.writer().await?;
        sqlx::query!("insert into storage (only, id) values (1, ?) on conflict do nothing", fresh)
            .execute(&mut writer.connection)
            .await?;
        Ok(sqlx::query!("select id from storage").fetch_one(&mut writer.connection).await?.id)
    }

    /// Waits for the write under way, moves the write-ahead log into the database and closes it.
    pub async fn close(&self) {
        self.readers.close().await;
        if let Ok(mut writer) = self.writer().await {
            // Only tidiness: whatever was committed is durable already, in the log.
            let checkpoint = sqlx::query("pragma wal_checkpoint(truncate)").execute(&mut writer.connection).await;
            if let Err(error) = checkpoint {
                tracing::warn!(%error, "the write-ahead log was not moved into the database at the end");
            }
        }
    }

    async fn writer(&self) -> Result<MutexGuard<'_, Writer>, sqlx::Error> {
        let mut writer = self.writer.lock().await;
        writer.roll_back_what_is_in_doubt().await?;
        Ok(writer)
    }
}

fn connect_options(path_or_url: &str) -> Result<SqliteConnectOptions, OpenError> {
    let options = match path_or_url.split_once(':') {
        Some(("sqlite", _)) => SqliteConnectOptions::from_str(path_or_url).map_err(OpenError::Url)?,
        Some((scheme, rest)) if rest.starts_with("//") => return Err(OpenError::Scheme(scheme.to_owned())),
        _ => SqliteConnectOptions::new().filename(path_or_url),
    };
    Ok(options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("cache_size", CACHE_SIZE))
}

fn broke_a_constraint(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(error) if error.kind() != sqlx::error::ErrorKind::Other)
}

/// An id as the database gave it; one of ours, or the row is damaged.
fn id<Id: TryFrom<String>>(text: String, what: &'static str) -> Result<Id, StoreError> {
    Id::try_from(text).map_err(|_| StoreError::Damaged { what, id: "an id".to_owned() })
}

fn role_text(role: Role) -> String {
    word(&role)
}

fn role(text: String) -> Result<Role, StoreError> {
    serde_json::from_value(text.into()).map_err(|_| StoreError::Damaged { what: "role", id: "a role".to_owned() })
}

fn sign_off_text(sign_off: SignOff) -> String {
    word(&sign_off)
}

fn sign_off(text: String) -> Result<SignOff, StoreError> {
    serde_json::from_value(text.into()).map_err(|_| StoreError::Damaged { what: "sign-off", id: "a word".to_owned() })
}

/// A word of core's as it is written everywhere else: in definitions and in the API.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

static MIGRATOR: Migrator = sqlx::migrate!("../migrations/sqlite");

/// Connections that read at the same time; each is a thread with a page cache of its own.
const READERS_MAX: u32 = 4;

/// How long a statement waits for another process's lock, or a reader for a free connection.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Page cache of each connection; a negative number counts KiB.
const CACHE_SIZE: &str = "-16384";

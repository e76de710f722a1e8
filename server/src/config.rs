//! The command line and its environment: every flag `--x-y` is also `COPLAN_X_Y`.

use crate::{
    accounts_command::AccountCommand, delivery::command::OutboxCommand, import::command::Import,
    organisations_command::OrganisationCommand, peer::Network, person::PersonCommand, prints::PrintCommand,
    tls::TlsFlags,
};
use clap::{ArgGroup, Args, Parser, Subcommand};
use coplan_core::{
    id::{BadId, OrganisationCode, PlanId, UserId},
    time::UtcMillis,
};
use std::{net::SocketAddr, path::PathBuf};

/// Collaborative care plans.
#[derive(Debug, Parser)]
#[command(name = "coplan", version, about, disable_help_subcommand = true)]
pub struct Config {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `coplan` does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve plans.
    Serve(Serve),
    /// Make the demo world if it is missing, and serve it for development.
    Demo(Demo),
    /// Look after section definitions.
    #[command(subcommand)]
    Sections(SectionsCommand),
    /// Print a plan as it was at a moment, or make a publication again and say whether it is what is stored.
    Replay(Replay),
    /// Look after accounts of organisations without a national identity.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Say which organisations there are and what they share.
    #[command(subcommand)]
    Organisation(OrganisationCommand),
    /// Take over what national feeds say of people, and who acts for them.
    #[command(subcommand)]
    Person(PersonCommand),
    /// Look after printed plans.
    #[command(subcommand)]
    Print(PrintCommand),
    /// Take over what another record says of a person, from a file, while no service runs on the data folder.
    Import(Import),
    /// Check that the audit, the publications and the change log are what they were, and print what is not.
    Verify(Verify),
    /// Look after the audit.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Look after what is delivered to other systems.
    #[command(subcommand)]
    Outbox(OutboxCommand),
}

/// What `coplan serve` takes.
#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// Where and from what to serve.
    #[command(flatten)]
    pub place: Place,
    /// Who gets in, and how often.
    #[command(flatten)]
    pub door: Door,
    /// Let anybody sign in as anybody. Only on a loopback address.
    #[arg(long, env = "COPLAN_DEVELOPMENT")]
    pub development: bool,
    /// The database, if it is not the file in the data folder: a `sqlite:` URL.
    #[arg(long, value_name = "URL", env = "COPLAN_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Not supported yet.
    #[arg(long, value_name = "URL", env = "COPLAN_NATS_URL", hide_env_values = true)]
    pub nats_url: Option<String>,
    /// Folder of section definitions, instead of those that are built in.
    #[arg(long, value_name = "DIR", env = "COPLAN_SECTIONS")]
    pub sections: Option<PathBuf>,
    /// Folder of access rules, instead of those that are built in. See docs/access.md.
    #[arg(long, value_name = "DIR", env = "COPLAN_POLICIES")]
    pub policies: Option<PathBuf>,
}

/// What `coplan demo` takes.
#[derive(Debug, Clone, Args)]
pub struct Demo {
    /// Where and from what to serve.
    #[command(flatten)]
    pub place: Place,
    /// Who gets in, and how often.
    #[command(flatten)]
    pub door: Door,
}

/// Who gets in and how often, and what goes out.
#[derive(Debug, Clone, Args)]
pub struct Door {
    /// File that says who may vouch for people: OpenID providers, host records, passkeys. See docs/identity.md.
    #[arg(long, value_name = "FILE", env = "COPLAN_IDENTITY")]
    pub identity: Option<PathBuf>,
    /// A proxy whose `X-Forwarded-For` is believed: an address, or a network like 10.0.0.0/8. May be given again.
    #[arg(long = "trusted-proxy", value_name = "ADDR", env = "COPLAN_TRUSTED_PROXY", value_delimiter = ',')]
    pub trusted_proxies: Vec<Network>,
    /// File that says to which other systems plans are delivered. See docs/delivery.md.
    #[arg(long, value_name = "FILE", env = "COPLAN_TARGETS")]
    pub targets: Option<PathBuf>,
    /// ODS code of the organisation that keeps the plans which people begin themselves, where their practice is not known.
    #[arg(long, value_name = "CODE", env = "COPLAN_KEEPER", value_parser = organisation_code)]
    pub keeper: Option<OrganisationCode>,
    /// Who may ask for `/readyz` and `/metrics` beside this machine itself: an address, or a network. May be given again.
    #[arg(long = "monitor", value_name = "ADDR", env = "COPLAN_MONITOR", value_delimiter = ',')]
    pub monitors: Vec<Network>,
    /// File that says which other records may be asked for what they hold. See docs/import.md.
    #[arg(long, value_name = "FILE", env = "COPLAN_SOURCES")]
    pub sources: Option<PathBuf>,
    /// Requests that one who is signed in may make each second, in the long run; 0 for no limit.
    #[arg(long, value_name = "N", env = "COPLAN_REQUESTS_PER_SECOND", default_value_t = crate::rate::REQUESTS_PER_SECOND)]
    pub requests_per_second: u32,
}

/// What `coplan verify` takes.
#[derive(Debug, Clone, Args)]
pub struct Verify {
    /// Folder with the database. Nothing in it is changed, and a service may be using it.
    #[arg(long, value_name = "DIR", env = "COPLAN_DATA")]
    pub data: PathBuf,
    /// The database, if it is not the file in the data folder: a `sqlite:` URL.
    #[arg(long, value_name = "URL", env = "COPLAN_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Checkpoints that were kept elsewhere, instead of those in the folder.
    #[arg(long, value_name = "FILE")]
    pub checkpoints: Option<PathBuf>,
    /// The key that `coplan audit key` prints, if the folder does not have it.
    #[arg(long, value_name = "HEX")]
    pub public_key: Option<String>,
    /// Do not make every publication again, which takes long where there are many.
    #[arg(long)]
    pub without_rendering: bool,
}

/// What `coplan audit` does.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Print the public key that the audit's checkpoints are checked with; makes the key if there is none.
    Key {
        /// The data folder.
        #[arg(long, value_name = "DIR", env = "COPLAN_DATA")]
        data: PathBuf,
    },
}

/// What `coplan replay` takes.
#[derive(Debug, Clone, Args)]
#[command(group = ArgGroup::new("which").args(["at", "version"]).required(true))]
pub struct Replay {
    /// Folder with the database. Nothing in it is changed, and a service may be using it.
    #[arg(long, value_name = "DIR", env = "COPLAN_DATA")]
    pub data: PathBuf,
    /// The database, if it is not the file in the data folder: a `sqlite:` URL.
    #[arg(long, value_name = "URL", env = "COPLAN_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// The plan's id.
    #[arg(long, value_name = "ID", value_parser = plan_id)]
    pub plan: PlanId,
    /// A moment, as RFC 3339 writes it: 2026-11-21T02:14:00Z.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub at: Option<UtcMillis>,
    /// The number of a publication.
    #[arg(long, value_name = "N")]
    pub version: Option<u32>,
    /// Show only what this account may see.
    #[arg(long = "as", value_name = "ACCOUNT", value_parser = user_id)]
    pub account: Option<UserId>,
    /// Folder of section definitions, instead of those that are built in.
    #[arg(long, value_name = "DIR", env = "COPLAN_SECTIONS")]
    pub sections: Option<PathBuf>,
    /// Folder of access rules, instead of those that are built in.
    #[arg(long, value_name = "DIR", env = "COPLAN_POLICIES")]
    pub policies: Option<PathBuf>,
}

fn plan_id(text: &str) -> Result<PlanId, BadId> {
    text.parse()
}

fn organisation_code(text: &str) -> Result<OrganisationCode, BadId> {
    text.parse()
}

fn user_id(text: &str) -> Result<UserId, BadId> {
    text.parse()
}

fn moment(text: &str) -> Result<UtcMillis, &'static str> {
    UtcMillis::from_rfc3339(text).ok_or("not a time as RFC 3339 writes it, like 2026-11-21T02:14:00Z")
}

/// Where the service keeps its data and where it listens.
#[derive(Debug, Clone, Args)]
pub struct Place {
    /// Folder for everything that lasts; made if it is missing.
    #[arg(long, value_name = "DIR", env = "COPLAN_DATA")]
    pub data: PathBuf,
    /// Address to listen on; port 0 picks one.
    #[arg(long, value_name = "ADDR", env = "COPLAN_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Log as JSON, one object a line.
    #[arg(long, env = "COPLAN_LOG_JSON")]
    pub log_json: bool,
    /// Whether it is reached by TLS.
    #[command(flatten)]
    pub tls: TlsFlags,
}

/// What `coplan sections` does.
#[derive(Debug, Subcommand)]
pub enum SectionsCommand {
    /// Read definitions, and say everything that is wrong with them.
    Check {
        /// Folder of definitions; those that are built in if it is not given.
        dir: Option<PathBuf>,
    },
    /// Print the content catalogue, every section and field in words, as Markdown.
    Docs {
        /// Folder of definitions; those that are built in if it is not given.
        dir: Option<PathBuf>,
    },
}

/// Flags that cannot go together, or that this build does not know what to do with.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Anybody who reaches the address could be anybody.
    #[error("--development is for loopback addresses only, and `{0}` is not one")]
    DevelopmentInTheOpen(SocketAddr),
    /// A flag of a later version.
    #[error("{0} is not supported yet")]
    NotSupported(&'static str),
}

impl Serve {
    /// What `coplan demo` serves with.
    #[must_use]
    pub fn for_demo(demo: Demo) -> Self {
        let Demo { place, door } = demo;
        Self { place, door, development: true, database_url: None, nats_url: None, sections: None, policies: None }
    }

    /// Refuses what cannot be.
    ///
    /// # Errors
    /// `ConfigError` with the flag.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.nats_url.is_some() {
            return Err(ConfigError::NotSupported("--nats-url"));
        }
        if self.development && !self.place.listen.ip().is_loopback() {
            return Err(ConfigError::DevelopmentInTheOpen(self.place.listen));
        }
        Ok(())
    }
}

/// Reads the command line and the environment. `Err` holds what to print and the exit code: help on request, or one line
/// that says what is wrong.
///
/// # Errors
/// The text, and 0 for help and version, 2 otherwise.
pub fn parse(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> Result<Config, (String, u8)> {
    Config::try_parse_from(arguments).map_err(|error| {
        use clap::error::ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion};
        match error.kind() {
            DisplayHelp | DisplayVersion => (error.to_string(), 0),
            DisplayHelpOnMissingArgumentOrSubcommand => (NO_COMMAND.to_owned(), 2),
            _ => (one_line(&error.to_string()), 2),
        }
    })
}

/// clap's message without its advice on usage.
fn one_line(message: &str) -> String {
    let said = message.lines().take_while(|line| !line.trim().is_empty() && !line.starts_with("Usage"));
    let said: Vec<_> = said.map(|line| line.trim().trim_start_matches("error: ")).collect();
    said.join(" ")
}

const NO_COMMAND: &str = "no command; `coplan --help` and `coplan sections --help` list them";

#[cfg(test)]
mod tests;

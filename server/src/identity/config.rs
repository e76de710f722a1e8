//! The identity file: whom we believe, and what their roles are to us. All its faults are said at once, a line each.

use super::{
    ClientAuth, ClientKey, Extra, client_app, client_system, host,
    keys::{KeyError, read_secret},
    may_reach, passkey, smart,
};
use crate::faults::Faults;
use coplan_core::policy::Role;
use openidconnect::IssuerUrl;
use serde::Deserialize;
use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};
use url::Url;

/// Why the service does not start with this identity file.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The file.
    #[error("the identity file `{0}` cannot be read: {1}")]
    File(PathBuf, #[source] io::Error),
    /// What stands in it.
    #[error("{0}")]
    Faults(Faults),
    /// TLS.
    #[error("no HTTPS client can be made on this machine")]
    NoClient,
}

/// What the identity file says, checked.
#[derive(Debug, Default)]
pub struct IdentityConfig {
    /// Where browsers reach this service.
    pub public_url: Option<Url>,
    /// OpenID providers.
    pub providers: Vec<ProviderConfig>,
    /// What national roles are to us, the first that fits.
    pub roles: Vec<RoleRule>,
    /// Host records that speak SMART App Launch.
    pub smart: Vec<smart::SmartConfig>,
    /// Host records that sign their launches themselves.
    pub hosts: Vec<host::HostConfig>,
    /// Where passkeys hold, if anywhere.
    pub passkeys: Option<passkey::PasskeyConfig>,
    /// Systems that read by themselves.
    pub systems: Vec<client_system::SystemConfig>,
    /// Apps that read for whoever uses them.
    pub apps: Vec<client_app::AppConfig>,
}

/// An OpenID provider.
#[derive(Debug)]
pub struct ProviderConfig {
    /// What we call it, in addresses and in the log.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// Whom it knows.
    pub signs_in: SignsIn,
    /// Its issuer, to the letter: its tokens must name it so.
    pub issuer: IssuerUrl,
    /// Us, to it.
    pub client_id: String,
    /// How we prove that.
    pub auth: ClientAuth,
    /// What is asked for besides `openid`.
    pub scopes: Vec<String>,
    /// How it signs its tokens.
    pub id_token_alg: String,
    /// More parameters of the authorisation request.
    pub extra: Extra,
}

/// Whom a provider knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignsIn {
    /// Members of staff and crews, with their roles.
    Staff,
    /// People, with their NHS numbers.
    People,
}

impl SignsIn {
    /// Its name in the identity file and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::People => "people",
        }
    }
}

/// What a national role is to us.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleRule {
    /// One of its activities: `B0264`.
    pub activity: Option<String>,
    /// What its code begins with: `S8000:G8000:R8000`.
    pub role_code: Option<String>,
    /// What that is to plans.
    pub role: Role,
    /// Whether it is an authorised senior decision-maker.
    #[serde(default)]
    pub senior: bool,
    /// What it is called, if not as the provider calls it.
    pub title: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    public_url: Option<String>,
    #[serde(default, rename = "provider")]
    providers: Vec<ProviderEntry>,
    #[serde(default, rename = "role")]
    roles: Vec<RoleRule>,
    #[serde(default)]
    smart: Vec<smart::SmartEntry>,
    #[serde(default, rename = "host")]
    hosts: Vec<host::HostEntry>,
    passkeys: Option<passkey::PasskeyEntry>,
    #[serde(default, rename = "client")]
    clients: Vec<client_system::SystemEntry>,
    #[serde(default, rename = "app")]
    apps: Vec<client_app::AppEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProviderEntry {
    id: String,
    title: String,
    #[serde(rename = "for")]
    signs_in: SignsIn,
    issuer: String,
    client_id: String,
    auth: AuthEntry,
    key_file: Option<PathBuf>,
    key_id: Option<String>,
    alg: Option<String>,
    secret_file: Option<PathBuf>,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default = "default_id_token_alg")]
    id_token_alg: String,
    #[serde(default)]
    extra: Extra,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AuthEntry {
    None,
    ClientSecret,
    PrivateKeyJwt,
}

/// Reads the file, and the keys and secrets that it names.
pub(super) fn read(path: &Path, development: bool) -> Result<IdentityConfig, IdentityError> {
    let text = fs::read_to_string(path).map_err(|error| IdentityError::File(path.to_path_buf(), error))?;
    let mut faults = Faults::of(path);
    let file: File = match toml::from_str(&text) {
        Ok(file) => file,
        Err(error) => {
            faults.unreadable(&text, &error);
            return Err(IdentityError::Faults(faults));
        }
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    let public_url = public_url(file.public_url.as_deref(), development, &mut faults);
    let mut ids = BTreeSet::new();
    let mut providers = Vec::new();
    for entry in file.providers {
        unique(&mut ids, "provider", &entry.id, &mut faults);
        providers.extend(provider(entry, folder, development, &mut faults));
    }
    let (mut smart, mut hosts) = (Vec::new(), Vec::new());
    for entry in file.smart {
        unique(&mut ids, "smart", &entry.id, &mut faults);
        smart.extend(smart::checked(entry, folder, development, &mut faults));
    }
    for entry in file.hosts {
        unique(&mut ids, "host", &entry.id, &mut faults);
        hosts.extend(host::checked(entry, folder, &mut faults));
    }
    let mut systems = Vec::new();
    for entry in file.clients {
        unique(&mut ids, "client", &entry.id, &mut faults);
        systems.extend(client_system::checked(entry, folder, &mut faults));
    }
    let mut apps = Vec::new();
    for entry in file.apps {
        unique(&mut ids, "app", &entry.id, &mut faults);
        apps.extend(client_app::checked(entry, development, &mut faults));
    }
    let passkeys = file.passkeys.and_then(|entry| passkey::checked(entry, development, &mut faults));
    for rule in &file.roles {
        check_rule(rule, &mut faults);
    }
    let staff = providers.iter().any(|provider| provider.signs_in == SignsIn::Staff);
    if staff && file.roles.is_empty() {
        faults.note("role", "a provider for staff needs at least one `[[role]]`, or nobody has one");
    }
    faults.none().map_err(IdentityError::Faults)?;
    Ok(IdentityConfig { public_url, providers, roles: file.roles, smart, hosts, passkeys, systems, apps })
}

/// Identities are linked by these ids, so none may be another's.
fn unique(ids: &mut BTreeSet<String>, kind: &str, id: &str, faults: &mut Faults) {
    if !ids.insert(id.to_owned()) {
        faults.note(&format!("{kind} `{id}`"), "there are two of this id");
    }
}

fn public_url(text: Option<&str>, development: bool, faults: &mut Faults) -> Option<Url> {
    let Some(text) = text else {
        if !development {
            faults.note("public_url", "missing: providers send browsers back to it");
        }
        return None;
    };
    let url = faults.take("public_url", reachable(text, development))?;
    if !matches!(url.path(), "" | "/") || url.query().is_some() {
        faults.note("public_url", "a host and a port, without a path");
    }
    Some(url)
}

pub(super) fn reachable(text: &str, development: bool) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| format!("`{text}` is not a URL"))?;
    if !may_reach(&url, development) {
        return Err(format!("`{text}` is not `https`, and `http` is for loopback under --development"));
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(format!("`{text}` has more than a server and a path"));
    }
    Ok(url)
}

fn provider(entry: ProviderEntry, folder: &Path, development: bool, faults: &mut Faults) -> Option<ProviderConfig> {
    let place = format!("provider `{}`", entry.id);
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if entry.id.is_empty() || entry.id.len() > ID_BYTES_MAX || !entry.id.bytes().all(plain) {
        faults.note(&place, format!("`id` is 1 to {ID_BYTES_MAX} lower-case letters, digits and hyphens"));
    } else if RESERVED_IDS.contains(&entry.id.as_str()) {
        faults.note(&place, "`id` is a word that this service uses itself");
    }
    if entry.title.trim().is_empty() {
        faults.note(&place, "`title` is empty");
    }
    if entry.client_id.trim().is_empty() {
        faults.note(&place, "`client_id` is empty");
    }
    if !ID_TOKEN_ALGS.contains(&entry.id_token_alg.as_str()) {
        faults.note(&place, format!("`id_token_alg` is none of {}", ID_TOKEN_ALGS.join(", ")));
    }
    if let Some(name) = entry.extra.keys().find(|name| OWN_PARAMETERS.contains(&name.as_str())) {
        faults.note(&place, format!("`extra` sets `{name}`, which this service sets itself"));
    }
    let issuer = reachable(&entry.issuer, development);
    let issuer = issuer.and_then(|_| IssuerUrl::new(entry.issuer.clone()).map_err(|error| error.to_string()));
    let issuer = faults.take(&place, issuer.map_err(|error| format!("`issuer`: {error}")));
    let auth = faults.take(&place, auth(&entry, folder));
    let mut extra = entry.extra;
    if entry.signs_in == SignsIn::People {
        extra.entry("vtr".to_owned()).or_insert_with(|| DEFAULT_VECTORS.to_owned());
    }
    Some(ProviderConfig {
        id: entry.id,
        title: entry.title,
        signs_in: entry.signs_in,
        issuer: issuer?,
        client_id: entry.client_id,
        auth: auth?,
        scopes: entry.scopes,
        id_token_alg: entry.id_token_alg,
        extra,
    })
}

#[derive(Debug, thiserror::Error)]
enum AuthError {
    #[error("`auth = \"{0}\"` needs `{1}`")]
    Missing(&'static str, &'static str),
    #[error("`{0}` does not go with this `auth`")]
    Unused(&'static str),
    #[error(transparent)]
    Key(#[from] KeyError),
}

fn auth(entry: &ProviderEntry, folder: &Path) -> Result<ClientAuth, AuthError> {
    match (entry.auth, &entry.key_file, &entry.secret_file) {
        (AuthEntry::PrivateKeyJwt, Some(key), None) => {
            let algorithm = entry.alg.as_deref().unwrap_or(DEFAULT_ASSERTION_ALG);
            Ok(ClientAuth::Key(ClientKey::read(&folder.join(key), algorithm, entry.key_id.clone())?))
        }
        (AuthEntry::ClientSecret, None, Some(secret)) => Ok(ClientAuth::Secret(read_secret(&folder.join(secret))?)),
        (AuthEntry::None, None, None) => Ok(ClientAuth::None),
        (AuthEntry::PrivateKeyJwt, None, _) => Err(AuthError::Missing("private_key_jwt", "key_file")),
        (AuthEntry::ClientSecret, _, None) => Err(AuthError::Missing("client_secret", "secret_file")),
        (AuthEntry::ClientSecret | AuthEntry::None, Some(_), _) => Err(AuthError::Unused("key_file")),
        (AuthEntry::PrivateKeyJwt | AuthEntry::None, _, Some(_)) => Err(AuthError::Unused("secret_file")),
    }
}

fn check_rule(rule: &RoleRule, faults: &mut Faults) {
    let place = format!("role `{}`", rule.role.as_str());
    if rule.activity.is_some() == rule.role_code.is_some() {
        faults.note(&place, "one of `activity` and `role_code`, not both");
    }
    if [&rule.activity, &rule.role_code].into_iter().flatten().any(|text| text.trim().is_empty()) {
        faults.note(&place, "an empty code would fit everybody");
    }
    if matches!(rule.role, Role::Person | Role::Proxy | Role::System) {
        faults.note(&place, "nobody of staff is that");
    }
}

fn default_id_token_alg() -> String {
    "RS256".to_owned()
}

/// Longest id of a provider, in bytes.
const ID_BYTES_MAX: usize = 32;

/// Words that stand in the same place of an address.
const RESERVED_IDS: [&str; 4] = ["callback", "passkey", "smart", "development"];

/// Signatures that we check.
const ID_TOKEN_ALGS: [&str; 8] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384"];

/// What NHS login takes.
const DEFAULT_ASSERTION_ALG: &str = "RS512";

/// The vectors of trust that a record needs.
const DEFAULT_VECTORS: &str = r#"["P9.Cp.Cd","P9.Cp.Ck","P9.Cm"]"#;

/// Parameters of the authorisation request that are ours to set.
const OWN_PARAMETERS: [&str; 9] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
];

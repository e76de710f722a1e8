//! Host records: the systems that members of staff work in, and that launch them into a plan with the person and the role
//! that they have there. What every host needs stands here, and hosts that sign their launches themselves; `smart` is for
//! those that speak SMART App Launch.

use super::Faults;
use crate::store::{LaunchApp, StoreError};
use coplan_core::{
    id::OrganisationCode,
    nhs_number::NhsNumber,
    policy::{Assurance, Role},
    time::UtcMillis,
};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// What goes for a host, however it launches.
#[derive(Debug, Clone)]
pub struct HostRules {
    /// What we call it, in the database and the log.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// The organisation that it is the record of.
    pub organisation: OrganisationCode,
    /// How sure it is of who its users are.
    pub assurance: Assurance,
    /// What its roles are to us.
    pub role_map: BTreeMap<String, HostRole>,
}

/// What a host's role is to us.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostRole {
    /// What that is to plans.
    pub role: Role,
    /// What it is called, if the host does not say.
    pub job_title: String,
    /// Whether it is an authorised senior decision-maker.
    #[serde(default)]
    pub senior: bool,
}

/// What a host says of somebody whom it launches, and for whom.
#[derive(Debug, Clone)]
pub struct HostSays {
    /// What it calls its user.
    pub subject: String,
    /// Their name.
    pub name: String,
    /// Codes of their roles there.
    pub roles: Vec<String>,
    /// Their role in its words, if it has one.
    pub job_title: Option<String>,
    /// Professional registration: `GMC 7000001`.
    pub registration: Option<String>,
    /// Whose record is open.
    pub nhs_number: NhsNumber,
    /// Which app to open, if it says.
    pub app: Option<LaunchApp>,
    /// The emergency that a crew was sent to.
    pub job: Option<String>,
}

/// Why a launch was refused. `code` stands in the log; none of it is shown.
#[derive(Debug, thiserror::Error)]
pub enum LaunchRefused {
    /// The identity file names no such host.
    #[error("no host of that name is configured")]
    UnknownHost,
    /// Something that is needed is missing, or is not what it should be.
    #[error("{0} is missing or malformed")]
    Malformed(&'static str),
    /// The host's user or the host broke it off.
    #[error("the host broke the launch off")]
    BrokenOff,
    /// The browser that comes back is not the one that began, or was never here.
    #[error("this browser has begun no such launch")]
    NotBegun,
    /// It was used before.
    #[error("it was used before")]
    Replayed,
    /// It is too old.
    #[error("it is too old")]
    Expired,
    /// The host was not reached, or answered something else.
    #[error("the host did not answer as it should: {0}")]
    NoAnswer(&'static str),
    /// A token of another issuer.
    #[error("the token is from another issuer")]
    WrongIssuer,
    /// A token for somebody else.
    #[error("the token is for another audience")]
    WrongAudience,
    /// A token that is not signed as it should be.
    #[error("the token's signature is wrong, or made with another algorithm")]
    WrongSignature,
    /// An answer to another request.
    #[error("the token answers another request")]
    WrongNonce,
    /// The organisation is not one of ours, or not the host's.
    #[error("the organisation is unknown, or not the host's own")]
    UnknownOrganisation,
    /// Nobody of that NHS number is known here.
    #[error("the person is not known here")]
    UnknownPerson,
    /// None of their roles is one of ours.
    #[error("none of the roles is mapped")]
    NoRole,
    /// Their account here has ended.
    #[error("the account has ended")]
    AccountEnded,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl LaunchRefused {
    /// Its stable name, for the log.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownHost => "unknown-host",
            Self::Malformed(_) => "malformed",
            Self::BrokenOff => "broken-off",
            Self::NotBegun => "not-begun",
            Self::Replayed => "replayed",
            Self::Expired => "expired",
            Self::NoAnswer(_) => "no-answer",
            Self::WrongIssuer => "wrong-issuer",
            Self::WrongAudience => "wrong-audience",
            Self::WrongSignature => "wrong-signature",
            Self::WrongNonce => "wrong-nonce",
            Self::UnknownOrganisation => "unknown-organisation",
            Self::UnknownPerson => "unknown-person",
            Self::NoRole => "no-role",
            Self::AccountEnded => "account-ended",
            Self::Store(_) => "store",
        }
    }
}

/// A host that signs its launches itself.
pub struct HostConfig {
    /// What goes for every host.
    pub rules: HostRules,
    /// Who signs.
    pub issuer: String,
    algorithm: Algorithm,
    keys: Vec<DecodingKey>,
}

impl std::fmt::Debug for HostConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostConfig").field("rules", &self.rules).field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HostEntry {
    pub(super) id: String,
    title: String,
    issuer: String,
    alg: String,
    keys: Vec<PathBuf>,
    organisation: String,
    #[serde(default = "one")]
    assurance: u8,
    #[serde(default)]
    role_map: BTreeMap<String, HostRole>,
}

/// A signed launch whose signature, issuer, audience and times are right.
#[derive(Debug)]
pub struct SignedLaunch {
    /// Its id, to be used once.
    pub jti: String,
    /// Until when its id has to be remembered.
    pub until: UtcMillis,
    /// The organisation that it names, if it names one.
    pub organisation: Option<String>,
    /// What the host says.
    pub says: HostSays,
}

#[derive(Deserialize)]
struct Claims {
    jti: Option<String>,
    iat: Option<i64>,
    exp: i64,
    nhs_number: Option<String>,
    organisation: Option<String>,
    user: Option<UserClaims>,
    app: Option<LaunchApp>,
    job: Option<String>,
}

#[derive(Deserialize)]
struct UserClaims {
    id: String,
    name: String,
    #[serde(default)]
    role: RoleClaim,
    job_title: Option<String>,
    registration: Option<String>,
}

/// One role, or several to choose from.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(untagged)]
pub(super) enum RoleClaim {
    #[default]
    None,
    One(String),
    Several(Vec<String>),
}

impl RoleClaim {
    pub(super) fn codes(self) -> Vec<String> {
        match self {
            Self::None => Vec::new(),
            Self::One(code) => vec![code],
            Self::Several(codes) => codes,
        }
    }
}

impl HostConfig {
    /// Which issuer a token says it is from, before anything of it is believed.
    #[must_use]
    pub fn issuer_of(token: &str) -> Option<String> {
        #[derive(Deserialize)]
        struct Issuer {
            iss: String,
        }
        jsonwebtoken::dangerous::insecure_decode_claims::<Issuer>(token).ok().map(|claims| claims.iss)
    }

    /// Checks a signed launch for `audience`.
    ///
    /// # Errors
    /// `LaunchRefused` with the first thing that is wrong.
    pub fn check(&self, token: &str, audience: &str, now: UtcMillis) -> Result<SignedLaunch, LaunchRefused> {
        let mut validation = Validation::new(self.algorithm);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.leeway = 0;
        let mut last = LaunchRefused::WrongSignature;
        for key in &self.keys {
            match jsonwebtoken::decode::<Claims>(token, key, &validation) {
                Ok(token) => return signed(token.claims, now),
                Err(error) => last = refused(&error),
            }
        }
        Err(last)
    }
}

fn signed(claims: Claims, now: UtcMillis) -> Result<SignedLaunch, LaunchRefused> {
    let now_s = now.0.div_euclid(1_000);
    let iat = claims.iat.ok_or(LaunchRefused::Malformed("iat"))?;
    if iat > now_s + AHEAD_S_MAX {
        return Err(LaunchRefused::Malformed("iat"));
    }
    // A host may write any number.
    if claims.exp.saturating_sub(iat) > LAUNCH_S_MAX || now_s.saturating_sub(iat) > LAUNCH_S_MAX {
        return Err(LaunchRefused::Expired);
    }
    let jti = claims.jti.filter(|jti| !jti.is_empty()).ok_or(LaunchRefused::Malformed("jti"))?;
    let number = claims.nhs_number.ok_or(LaunchRefused::Malformed("nhs_number"))?;
    let user = claims.user.ok_or(LaunchRefused::Malformed("user"))?;
    Ok(SignedLaunch {
        jti,
        until: UtcMillis((iat + LAUNCH_S_MAX) * 1_000).plus_ms(AHEAD_S_MAX * 1_000),
        organisation: claims.organisation,
        says: HostSays {
            subject: words(user.id, "user.id")?,
            name: words(user.name, "user.name")?,
            roles: user.role.codes(),
            job_title: user.job_title.map(|text| words(text, "user.job_title")).transpose()?,
            registration: user.registration.map(|text| words(text, "user.registration")).transpose()?,
            nhs_number: NhsNumber::parse(&number).map_err(|_| LaunchRefused::Malformed("nhs_number"))?,
            app: claims.app,
            job: claims.job.map(job).transpose()?,
        },
    })
}

/// What a library says of a token, as the log names it.
pub(super) fn refused(error: &jsonwebtoken::errors::Error) -> LaunchRefused {
    use jsonwebtoken::errors::ErrorKind;
    match error.kind() {
        ErrorKind::ExpiredSignature => LaunchRefused::Expired,
        ErrorKind::ImmatureSignature => LaunchRefused::Malformed("nbf"),
        ErrorKind::InvalidIssuer => LaunchRefused::WrongIssuer,
        ErrorKind::InvalidAudience => LaunchRefused::WrongAudience,
        ErrorKind::MissingRequiredClaim(_) | ErrorKind::Json(_) => LaunchRefused::Malformed("a claim"),
        _ => LaunchRefused::WrongSignature,
    }
}

/// Words that are shown to people: not empty, not long, without anything that is no character.
pub(super) fn words(text: String, what: &'static str) -> Result<String, LaunchRefused> {
    let text = text.trim();
    if text.is_empty() || text.len() > WORDS_BYTES_MAX || text.chars().any(char::is_control) {
        return Err(LaunchRefused::Malformed(what));
    }
    Ok(text.to_owned())
}

/// The name of an emergency: a word that can stand in an address.
pub(super) fn job(text: String) -> Result<String, LaunchRefused> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/' | b':');
    if text.is_empty() || text.len() > JOB_BYTES_MAX || !text.bytes().all(plain) {
        return Err(LaunchRefused::Malformed("job"));
    }
    Ok(text)
}

/// Checks what goes for every host.
pub(super) fn rules(
    place: &str,
    (id, title): (String, String),
    organisation: &str,
    assurance: u8,
    role_map: BTreeMap<String, HostRole>,
    faults: &mut Faults,
) -> Option<HostRules> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if id.is_empty() || id.len() > ID_BYTES_MAX || !id.bytes().all(plain) {
        faults.note(place, format!("`id` is 1 to {ID_BYTES_MAX} lower-case letters, digits and hyphens"));
    }
    if title.trim().is_empty() {
        faults.note(place, "`title` is empty");
    }
    if role_map.is_empty() {
        faults.note(place, "`role_map` is empty: nobody would have a role");
    }
    for (code, mapped) in &role_map {
        if matches!(mapped.role, Role::Person | Role::Proxy | Role::System) {
            faults.note(place, format!("`role_map.{code}`: nobody of staff is that"));
        }
    }
    let organisation = faults.take(place, organisation.parse().map_err(|e| format!("`organisation`: {e}")));
    let assurance = match assurance {
        1 => Some(Assurance::Aal1),
        2 => Some(Assurance::Aal2),
        3 => Some(Assurance::Aal3),
        _ => {
            faults.note(place, "`assurance` is 1, 2 or 3");
            None
        }
    };
    Some(HostRules { id, title, organisation: organisation?, assurance: assurance?, role_map })
}

/// Checks an entry of the identity file, and reads its keys.
pub(super) fn checked(entry: HostEntry, folder: &Path, faults: &mut Faults) -> Option<HostConfig> {
    let place = format!("host `{}`", entry.id);
    let named = (entry.id, entry.title);
    let rules = rules(&place, named, &entry.organisation, entry.assurance, entry.role_map, faults);
    if entry.issuer.trim().is_empty() {
        faults.note(&place, "`issuer` is empty");
    }
    let algorithm = match entry.alg.as_str() {
        "RS256" => Some(Algorithm::RS256),
        "RS512" => Some(Algorithm::RS512),
        "ES256" => Some(Algorithm::ES256),
        _ => {
            faults.note(&place, "`alg` is none of RS256, RS512, ES256");
            None
        }
    };
    if entry.keys.is_empty() {
        faults.note(&place, "`keys` names no public key");
    }
    let algorithm = algorithm?;
    let mut keys = Vec::new();
    for file in &entry.keys {
        keys.extend(faults.take(&place, public_key(&folder.join(file), algorithm)));
    }
    Some(HostConfig { rules: rules?, issuer: entry.issuer, algorithm, keys })
}

fn public_key(file: &Path, algorithm: Algorithm) -> Result<DecodingKey, String> {
    let pem = fs::read(file).map_err(|error| format!("`{}` cannot be read: {error}", file.display()))?;
    let key = match algorithm {
        Algorithm::ES256 => DecodingKey::from_ec_pem(&pem),
        _ => DecodingKey::from_rsa_pem(&pem),
    };
    key.map_err(|_| format!("`{}` is not a public key in PEM for this `alg`", file.display()))
}

fn one() -> u8 {
    1
}

/// How long a signed launch holds at most, in seconds.
const LAUNCH_S_MAX: i64 = 300;

/// How far a host's clock may be ahead of ours, in seconds.
pub(super) const AHEAD_S_MAX: i64 = 60;

/// Longest name or title that a host gives, in bytes.
const WORDS_BYTES_MAX: usize = 200;

/// Longest name of an emergency, in bytes.
const JOB_BYTES_MAX: usize = 64;

/// Longest id of a host, in bytes.
const ID_BYTES_MAX: usize = 32;

//! Systems that read by themselves: who they are, and how they prove it (SMART Backend Services: a JSON Web Token that they
//! signed, RFC 7523, with RS384 or ES384).

use super::{ClientContext, ClientScope, Faults};
use coplan_core::{
    id::OrganisationCode,
    policy::{Role, Scope, Subject},
    time::UtcMillis,
};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet},
};
use serde::Deserialize;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A system that may have tokens.
pub struct SystemConfig {
    /// What it calls itself when it asks, and what we call it in the log.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// The organisation that answers for it.
    pub organisation: OrganisationCode,
    /// What it may have.
    pub scopes: Vec<ClientScope>,
    keys: Vec<Key>,
}

struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
}

impl std::fmt::Debug for SystemConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SystemConfig").field("id", &self.id).field("scopes", &self.scopes).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SystemEntry {
    pub(super) id: String,
    title: String,
    organisation: String,
    scopes: Vec<String>,
    jwks_file: Option<PathBuf>,
    #[serde(default)]
    keys: Vec<PathBuf>,
}

/// An assertion that was checked.
#[derive(Debug, PartialEq, Eq)]
pub struct Assertion {
    /// Its id, to be used once.
    pub jti: String,
    /// Until when its id has to be remembered.
    pub until: UtcMillis,
}

/// Why a system got no token. `code` stands in the log; the system is told `invalid_client`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SystemRefused {
    /// The identity file names no such system.
    #[error("no system of that name is configured")]
    Unknown,
    /// Something that is needed is missing, or is not what it should be.
    #[error("{0} is missing or malformed")]
    Malformed(&'static str),
    /// The assertion is not by itself about itself.
    #[error("the assertion names another issuer or subject")]
    WrongIssuer,
    /// It is for somebody else.
    #[error("the assertion is for another audience")]
    WrongAudience,
    /// It is not signed as it should be.
    #[error("the signature is wrong, or made with a key or an algorithm that is not taken")]
    WrongSignature,
    /// It is too old.
    #[error("the assertion has expired")]
    Expired,
    /// It holds for longer than any may.
    #[error("the assertion holds for more than {ASSERTION_S_MAX} seconds")]
    TooLong,
    /// It was used before.
    #[error("the assertion was used before")]
    Replayed,
}

impl SystemRefused {
    /// Its stable name, for the log.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "unknown-client",
            Self::Malformed(_) => "malformed",
            Self::WrongIssuer => "wrong-issuer",
            Self::WrongAudience => "wrong-audience",
            Self::WrongSignature => "wrong-signature",
            Self::Expired => "expired",
            Self::TooLong => "too-long",
            Self::Replayed => "replayed",
        }
    }
}

#[derive(Deserialize)]
struct Claims {
    jti: Option<String>,
    exp: i64,
}

impl SystemConfig {
    /// Which system an assertion says it is from, before anything of it is believed.
    #[must_use]
    pub fn issuer_of(assertion: &str) -> Option<String> {
        #[derive(Deserialize)]
        struct Issuer {
            iss: String,
        }
        jsonwebtoken::dangerous::insecure_decode_claims::<Issuer>(assertion).ok().map(|claims| claims.iss)
    }

    /// Checks an assertion that was made for `audience`.
    ///
    /// # Errors
    /// `SystemRefused` with the first thing that is wrong.
    pub fn check(&self, assertion: &str, audience: &str, now: UtcMillis) -> Result<Assertion, SystemRefused> {
        let header = jsonwebtoken::decode_header(assertion).map_err(|_| SystemRefused::Malformed("the header"))?;
        let fits = |key: &&Key| {
            key.algorithm == header.alg && (header.kid.is_none() || key.id.is_none() || key.id == header.kid)
        };
        let mut last = SystemRefused::WrongSignature;
        for key in self.keys.iter().filter(fits) {
            let mut validation = Validation::new(key.algorithm);
            validation.set_issuer(&[&self.id]);
            validation.set_audience(&[audience]);
            validation.sub = Some(self.id.clone());
            validation.set_required_spec_claims(&["exp", "iss", "sub", "aud"]);
            validation.validate_nbf = true;
            validation.leeway = 0;
            match jsonwebtoken::decode::<Claims>(assertion, &key.key, &validation) {
                Ok(token) => return asserted(token.claims, now),
                Err(error) => last = refused(&error),
            }
        }
        Err(last)
    }

    /// The system as decisions know it. Its id is none that an account could have.
    #[must_use]
    pub fn subject(&self, organisation_name: Option<String>) -> Option<Subject> {
        Some(Subject {
            user: format!("{USER_PREFIX}{}", self.id).parse().ok()?,
            name: self.title.clone(),
            role: Role::System,
            job_title: "System".to_owned(),
            organisation: self.organisation.clone(),
            organisation_name: organisation_name.unwrap_or_else(|| self.organisation.to_string()),
            registration: None,
            senior: false,
            scope: Scope::default(),
        })
    }
}

fn asserted(claims: Claims, now: UtcMillis) -> Result<Assertion, SystemRefused> {
    if claims.exp - now.0.div_euclid(1_000) > ASSERTION_S_MAX {
        return Err(SystemRefused::TooLong);
    }
    let jti = claims.jti.filter(|jti| !jti.is_empty() && jti.len() <= JTI_BYTES_MAX);
    let jti = jti.ok_or(SystemRefused::Malformed("jti"))?;
    Ok(Assertion { jti, until: UtcMillis((claims.exp + 1) * 1_000) })
}

fn refused(error: &jsonwebtoken::errors::Error) -> SystemRefused {
    use jsonwebtoken::errors::ErrorKind;
    match error.kind() {
        ErrorKind::ExpiredSignature => SystemRefused::Expired,
        ErrorKind::InvalidIssuer | ErrorKind::InvalidSubject => SystemRefused::WrongIssuer,
        ErrorKind::InvalidAudience => SystemRefused::WrongAudience,
        ErrorKind::ImmatureSignature => SystemRefused::Malformed("nbf"),
        ErrorKind::MissingRequiredClaim(_) | ErrorKind::Json(_) => SystemRefused::Malformed("a claim"),
        _ => SystemRefused::WrongSignature,
    }
}

/// Checks an entry of the identity file, and reads its keys.
pub(super) fn checked(entry: SystemEntry, folder: &Path, faults: &mut Faults) -> Option<SystemConfig> {
    let place = format!("client `{}`", entry.id);
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if entry.id.is_empty() || entry.id.len() > ID_BYTES_MAX || !entry.id.bytes().all(plain) {
        faults.note(&place, format!("`id` is 1 to {ID_BYTES_MAX} lower-case letters, digits and hyphens"));
    }
    if entry.title.trim().is_empty() {
        faults.note(&place, "`title` is empty");
    }
    let scopes = ClientScope::checked(&entry.scopes, ClientContext::System, &place, faults);
    let mut keys = Vec::new();
    if let Some(file) = &entry.jwks_file {
        keys.extend(faults.take(&place, key_set(&folder.join(file))).into_iter().flatten());
    }
    for file in &entry.keys {
        keys.extend(faults.take(&place, public_key(&folder.join(file))));
    }
    if entry.jwks_file.is_none() && entry.keys.is_empty() {
        faults.note(&place, "`jwks_file` or `keys` names its public keys");
    }
    let organisation = faults.take(&place, entry.organisation.parse().map_err(|e| format!("`organisation`: {e}")));
    Some(SystemConfig { id: entry.id, title: entry.title, organisation: organisation?, scopes, keys })
}

fn key_set(file: &Path) -> Result<Vec<Key>, String> {
    let text = fs::read(file).map_err(|error| format!("`{}` cannot be read: {error}", file.display()))?;
    let set: JwkSet =
        serde_json::from_slice(&text).map_err(|_| format!("`{}` is not a JSON Web Key Set", file.display()))?;
    set.keys
        .iter()
        .map(|key| of_set(key).ok_or_else(|| format!("`{}` has a key that {NOT_TAKEN}", file.display())))
        .collect()
}

fn of_set(key: &Jwk) -> Option<Key> {
    let algorithm = match &key.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS384,
        AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P384 => Algorithm::ES384,
        _ => return None,
    };
    Some(Key { id: key.common.key_id.clone(), algorithm, key: DecodingKey::from_jwk(key).ok()? })
}

fn public_key(file: &Path) -> Result<Key, String> {
    let pem = fs::read(file).map_err(|error| format!("`{}` cannot be read: {error}", file.display()))?;
    let curve = DecodingKey::from_ec_pem(&pem).map(|key| (Algorithm::ES384, key));
    let key = curve.or_else(|_| DecodingKey::from_rsa_pem(&pem).map(|key| (Algorithm::RS384, key)));
    let (algorithm, key) = key.map_err(|_| format!("`{}` is a public key in PEM that {NOT_TAKEN}", file.display()))?;
    Ok(Key { id: None, algorithm, key })
}

/// What is wrong with a key.
const NOT_TAKEN: &str = "is neither RSA, for RS384, nor of the curve P-384, for ES384";

/// Stands before the id of a system where accounts have theirs.
const USER_PREFIX: &str = "client.";

/// How long an assertion may hold at most, in seconds (SMART Backend Services).
const ASSERTION_S_MAX: i64 = 300;

/// Longest id of an assertion, in bytes.
const JTI_BYTES_MAX: usize = 200;

/// Longest id of a system, in bytes.
const ID_BYTES_MAX: usize = 32;

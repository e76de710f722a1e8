//! SMART App Launch, version 2, by a host record (EHR launch): <https://hl7.org/fhir/smart-app-launch/app-launch.html>.
//!
//! The browser comes with `iss` and `launch`, is sent to the host's authorisation endpoint, and comes back with a code, for
//! which the host says who it is and whose record is open. Nothing is kept of a launch under way but a cookie: state, nonce
//! and the PKCE verifier are all made of it, so that nobody can fill the database by beginning launches, and only the
//! browser that began one can end it. `Store::use_once` sees to it that it ends once.

use super::{
    Faults, FetchError, HttpClient,
    config::reachable,
    host::{HostRole, HostRules, HostSays, LaunchRefused, RoleClaim, refused, rules, words},
    keys::ClientKey,
    may_reach,
    smart_claims::{Audience, issued_just_now},
    smart_record::{NHS_NUMBER_SYSTEM, human_name, identifiers, registration},
};
use coplan_core::{nhs_number::NhsNumber, time::UtcMillis};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use openidconnect::{PkceCodeChallenge, PkceCodeVerifier, http};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};
use url::Url;

/// A host record that speaks SMART App Launch.
pub struct SmartConfig {
    /// What goes for every host.
    pub rules: HostRules,
    /// Its FHIR server, exactly as it names itself.
    pub iss: String,
    client_id: String,
    key: Option<ClientKey>,
    scopes: String,
    development: bool,
    discovered: Mutex<Option<(UtcMillis, Arc<Discovered>)>>,
}

impl std::fmt::Debug for SmartConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmartConfig").field("rules", &self.rules).field("iss", &self.iss).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SmartEntry {
    pub(super) id: String,
    title: String,
    iss: String,
    client_id: String,
    key_file: Option<PathBuf>,
    key_id: Option<String>,
    alg: Option<String>,
    #[serde(default = "default_scopes")]
    scopes: String,
    organisation: String,
    #[serde(default = "one")]
    assurance: u8,
    #[serde(default)]
    role_map: BTreeMap<String, HostRole>,
}

/// What the host's `smart-configuration` says.
#[derive(Debug, Deserialize)]
struct Discovered {
    issuer: String,
    jwks_uri: Url,
    authorization_endpoint: Url,
    token_endpoint: Url,
}

/// A launch under way, as the browser's cookie has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt(String);

impl Attempt {
    /// A launch that begins.
    #[must_use]
    pub fn begin(host: &SmartConfig, launch: &str, now: UtcMillis) -> Self {
        let launch = hex::encode(Sha256::digest(launch));
        Self(format!("{}.{}.{}.{launch}", crate::random::token(), now.0, host.rules.id))
    }

    /// One that comes back, if it may be one.
    #[must_use]
    pub fn of_cookie(text: &str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
        let attempt = Self(text.to_owned());
        (text.len() <= COOKIE_BYTES_MAX && text.bytes().all(plain) && attempt.parts().is_some()).then_some(attempt)
    }

    /// As the cookie holds it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the host has to send back.
    #[must_use]
    pub fn state(&self) -> String {
        self.made_of("state")
    }

    /// Which host it was begun by.
    #[must_use]
    pub fn host(&self) -> &str {
        self.parts().map_or("", |(_, host, _)| host)
    }

    /// The hash of the host's `launch`.
    #[must_use]
    pub fn launch(&self) -> &str {
        self.parts().map_or("", |(_, _, launch)| launch)
    }

    /// When it was begun.
    #[must_use]
    pub fn begun_at(&self) -> UtcMillis {
        self.parts().map_or(UtcMillis(0), |(begun_at, _, _)| begun_at)
    }

    fn parts(&self) -> Option<(UtcMillis, &str, &str)> {
        let mut parts = self.0.splitn(4, '.');
        let secret = parts.next()?;
        let begun_at = UtcMillis(parts.next()?.parse().ok()?);
        let (host, launch) = (parts.next()?, parts.next()?);
        (secret.len() == SECRET_CHARS && launch.len() == SECRET_CHARS).then_some((begun_at, host, launch))
    }

    fn nonce(&self) -> String {
        self.made_of("nonce")
    }

    fn verifier(&self) -> PkceCodeVerifier {
        PkceCodeVerifier::new(self.made_of("verifier"))
    }

    fn made_of(&self, what: &str) -> String {
        hex::encode(Sha256::new_with_prefix(what).chain_update([0]).chain_update(&self.0).finalize())
    }
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    id_token: Option<String>,
    patient: Option<String>,
    nhs_number: Option<String>,
}

#[derive(Deserialize)]
struct IdClaims {
    /// One; the library takes a list in which it is named, too.
    #[serde(rename = "iss")]
    _iss: String,
    aud: Audience,
    iat: i64,
    sub: String,
    nonce: Option<String>,
    azp: Option<String>,
    #[serde(rename = "fhirUser")]
    fhir_user: Option<String>,
    name: Option<String>,
    #[serde(default)]
    role: RoleClaim,
    job_title: Option<String>,
    registration: Option<String>,
}

impl SmartConfig {
    /// Where the browser asks the host for a code.
    ///
    /// # Errors
    /// `LaunchRefused::NoAnswer` if the host does not say.
    pub async fn authorize_url(
        &self,
        http: &HttpClient,
        attempt: &Attempt,
        launch: &str,
        redirect: &str,
        now: UtcMillis,
    ) -> Result<Url, LaunchRefused> {
        let mut url = self.discovered(http, now).await?.authorization_endpoint.clone();
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&attempt.verifier());
        url.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", &self.client_id),
            ("redirect_uri", redirect),
            ("scope", &self.scopes),
            ("state", &attempt.state()),
            ("aud", &self.iss),
            ("launch", launch),
            ("nonce", &attempt.nonce()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ]);
        Ok(url)
    }

    /// What the host says for a code.
    ///
    /// # Errors
    /// `LaunchRefused` with the first thing that is wrong.
    pub async fn redeem(
        &self,
        client: &HttpClient,
        attempt: &Attempt,
        code: &str,
        redirect: &str,
        now: UtcMillis,
    ) -> Result<HostSays, LaunchRefused> {
        let discovered = self.discovered(client, now).await?;
        let answer = self.exchange(client, &discovered, attempt, code, redirect, now).await?;
        let id_token = answer.id_token.as_deref().ok_or(LaunchRefused::Malformed("id_token"))?;
        let claims = self.check(client, &discovered, id_token, &attempt.nonce(), now).await?;
        let nhs_number = self.nhs_number(client, &answer).await?;
        self.says(client, &answer.access_token, claims, nhs_number).await
    }

    async fn discovered(&self, http: &HttpClient, now: UtcMillis) -> Result<Arc<Discovered>, LaunchRefused> {
        let kept = self.discovered.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, discovered)) = kept.filter(|(at, _)| now.since_ms(*at) < DISCOVERED_KEPT_MS) {
            return Ok(discovered);
        }
        let url = self.under_iss(".well-known/smart-configuration")?;
        let discovered: Discovered = http.get_json(&url).await.map_err(|error| no_answer(&error))?;
        // The browser is sent there; the client asks nobody else at addresses that may not be reached.
        if !may_reach(&discovered.authorization_endpoint, self.development) {
            return Err(LaunchRefused::NoAnswer("an authorisation endpoint that is not `https`"));
        }
        let discovered = Arc::new(discovered);
        let kept = Some((now, Arc::clone(&discovered)));
        *self.discovered.lock().unwrap_or_else(PoisonError::into_inner) = kept;
        Ok(discovered)
    }

    async fn exchange(
        &self,
        client: &HttpClient,
        discovered: &Discovered,
        attempt: &Attempt,
        code: &str,
        redirect: &str,
        now: UtcMillis,
    ) -> Result<TokenAnswer, LaunchRefused> {
        let form = self.form(discovered, attempt, code, redirect, now)?;
        let request = http::Request::post(discovered.token_endpoint.as_str())
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded");
        send(client, request, form.into_bytes()).await
    }

    fn form(
        &self,
        discovered: &Discovered,
        attempt: &Attempt,
        code: &str,
        redirect: &str,
        now: UtcMillis,
    ) -> Result<String, LaunchRefused> {
        let verifier = attempt.verifier();
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs([
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect),
            ("client_id", &self.client_id),
            ("code_verifier", verifier.secret()),
        ]);
        if let Some(key) = &self.key {
            let assertion = key.assertion(&self.client_id, discovered.token_endpoint.as_str(), now);
            let assertion = assertion.map_err(|_| LaunchRefused::NoAnswer("our own key does not sign"))?;
            form.append_pair("client_assertion_type", ASSERTION_TYPE).append_pair("client_assertion", &assertion);
        }
        Ok(form.finish())
    }

    async fn check(
        &self,
        client: &HttpClient,
        discovered: &Discovered,
        token: &str,
        nonce: &str,
        now: UtcMillis,
    ) -> Result<IdClaims, LaunchRefused> {
        let header = jsonwebtoken::decode_header(token).map_err(|error| refused(&error))?;
        // What has to be understood to believe it (`crit`) is nothing that we understand.
        if !ID_TOKEN_ALGORITHMS.contains(&header.alg) || header.crit.is_some() {
            return Err(LaunchRefused::WrongSignature);
        }
        let keys: JwkSet = client.get_json(&discovered.jwks_uri).await.map_err(|error| no_answer(&error))?;
        let key = match &header.kid {
            Some(kid) => keys.find(kid),
            None => keys.keys.first().filter(|_| keys.keys.len() == 1),
        };
        let key = key.and_then(|key| DecodingKey::from_jwk(key).ok()).ok_or(LaunchRefused::WrongSignature)?;
        let mut validation = Validation::new(header.alg);
        validation.set_issuer(&[&discovered.issuer]);
        validation.set_audience(&[&self.client_id]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        let token = jsonwebtoken::decode::<IdClaims>(token, &key, &validation).map_err(|error| refused(&error))?;
        let claims = token.claims;
        let asked_by_another = claims.azp.as_ref().is_some_and(|party| *party != self.client_id);
        if asked_by_another || !claims.aud.is_only(&self.client_id) {
            return Err(LaunchRefused::WrongAudience);
        }
        issued_just_now(claims.iat, now)?;
        if claims.nonce.as_deref() != Some(nonce) {
            return Err(LaunchRefused::WrongNonce);
        }
        Ok(claims)
    }

    /// As the token's answer says, or as the host's record of the patient does.
    async fn nhs_number(&self, client: &HttpClient, answer: &TokenAnswer) -> Result<NhsNumber, LaunchRefused> {
        let malformed = || LaunchRefused::Malformed("the person's NHS number");
        let said = answer.nhs_number.as_deref().map(NhsNumber::parse).transpose().map_err(|_| malformed())?;
        let recorded = match &answer.patient {
            Some(patient) => self.read(client, "Patient", patient, &answer.access_token).await,
            None => Err(LaunchRefused::Malformed("patient")),
        };
        let recorded = recorded.and_then(|resource| {
            let numbers = identifiers(&resource, NHS_NUMBER_SYSTEM);
            // Two would be two people.
            let [number] = numbers[..] else { return Err(malformed()) };
            NhsNumber::parse(number).map_err(|_| malformed())
        });
        match (said, recorded) {
            // Whose plan is opened must not hang on which of the two is looked at.
            (Some(said), Ok(recorded)) if said != recorded => Err(malformed()),
            (Some(said), _) => Ok(said),
            (None, recorded) => recorded,
        }
    }

    async fn says(
        &self,
        client: &HttpClient,
        access_token: &str,
        claims: IdClaims,
        nhs_number: NhsNumber,
    ) -> Result<HostSays, LaunchRefused> {
        let practitioner = match (&claims.name, &claims.fhir_user) {
            (None, Some(user)) => {
                // Below the host's own address: somebody of another record is somebody else.
                let own = user.strip_prefix(self.iss.trim_end_matches('/')).unwrap_or(user);
                let id = own.trim_start_matches('/').strip_prefix("Practitioner/").unwrap_or_default();
                self.read(client, "Practitioner", id, access_token).await?
            }
            _ => Value::Null,
        };
        let name = claims.name.or_else(|| human_name(&practitioner)).ok_or(LaunchRefused::Malformed("name"))?;
        let registration = claims.registration.or_else(|| registration(&practitioner));
        Ok(HostSays {
            subject: words(claims.sub, "sub")?,
            name: words(name, "name")?,
            roles: claims.role.codes(),
            job_title: claims.job_title.map(|title| words(title, "job_title")).transpose()?,
            registration: registration.map(|text| words(text, "registration")).transpose()?,
            nhs_number,
            app: None,
            job: None,
        })
    }

    async fn read(
        &self,
        client: &HttpClient,
        kind: &'static str,
        id: &str,
        access_token: &str,
    ) -> Result<Value, LaunchRefused> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.');
        if id.is_empty() || id.len() > RESOURCE_ID_BYTES_MAX || !id.bytes().all(plain) {
            return Err(LaunchRefused::Malformed(kind));
        }
        let url = self.under_iss(&format!("{kind}/{id}"))?;
        let request = http::Request::get(url.as_str())
            .header("accept", "application/fhir+json")
            .header("authorization", format!("Bearer {access_token}"));
        let resource: Value = send(client, request, Vec::new()).await?;
        if resource["resourceType"] != kind || resource["id"] != id {
            return Err(LaunchRefused::Malformed(kind));
        }
        Ok(resource)
    }

    fn under_iss(&self, path: &str) -> Result<Url, LaunchRefused> {
        let url = format!("{}/{path}", self.iss.trim_end_matches('/'));
        Url::parse(&url).map_err(|_| LaunchRefused::Malformed("iss"))
    }
}

async fn send<T: DeserializeOwned>(
    client: &HttpClient,
    request: http::request::Builder,
    body: Vec<u8>,
) -> Result<T, LaunchRefused> {
    let request = request.body(body).map_err(|_| LaunchRefused::NoAnswer("the request cannot be put together"))?;
    let answer = client.send(request).await.map_err(|error| no_answer(&error))?;
    if answer.status() != http::StatusCode::OK {
        return Err(LaunchRefused::NoAnswer("a status that says no"));
    }
    serde_json::from_slice(answer.body()).map_err(|_| LaunchRefused::NoAnswer("not the JSON that was asked for"))
}

fn no_answer(error: &FetchError) -> LaunchRefused {
    LaunchRefused::NoAnswer(match error {
        FetchError::Plain => "an address that is not `https`",
        FetchError::NoAnswer(_) => "nobody there, or too slow",
        FetchError::TooLong => "too much",
        FetchError::Status(_) => "a status that says no",
        FetchError::NotJson | FetchError::Malformed => "not the JSON that was asked for",
    })
}

/// Checks an entry of the identity file, and reads its key.
pub(super) fn checked(entry: SmartEntry, folder: &Path, development: bool, faults: &mut Faults) -> Option<SmartConfig> {
    let place = format!("smart `{}`", entry.id);
    let named = (entry.id, entry.title);
    let rules = rules(&place, named, &entry.organisation, entry.assurance, entry.role_map, faults);
    faults.take(&place, reachable(&entry.iss, development).map_err(|error| format!("`iss`: {error}")))?;
    if entry.client_id.trim().is_empty() {
        faults.note(&place, "`client_id` is empty");
    }
    for scope in ["launch", "openid"] {
        if !entry.scopes.split_whitespace().any(|asked| asked == scope) {
            faults.note(&place, format!("`scopes` is without `{scope}`"));
        }
    }
    let key = match &entry.key_file {
        Some(file) => {
            let algorithm = entry.alg.as_deref().unwrap_or(DEFAULT_ASSERTION_ALG);
            Some(faults.take(&place, ClientKey::read(&folder.join(file), algorithm, entry.key_id))?)
        }
        None => None,
    };
    Some(SmartConfig {
        rules: rules?,
        iss: entry.iss,
        client_id: entry.client_id,
        key,
        scopes: entry.scopes,
        development,
        discovered: Mutex::new(None),
    })
}

fn default_scopes() -> String {
    "launch openid fhirUser patient/*.read".to_owned()
}

fn one() -> u8 {
    1
}

/// How long what a host says of its endpoints is kept, in milliseconds.
const DISCOVERED_KEPT_MS: i64 = 10 * 60 * 1_000;

/// Characters of a secret or a hash, in hexadecimal digits.
const SECRET_CHARS: usize = 64;

/// Longest cookie of a launch, in bytes.
const COOKIE_BYTES_MAX: usize = 256;

/// Longest id of a FHIR resource, in bytes.
const RESOURCE_ID_BYTES_MAX: usize = 64;

/// How a host may sign its tokens.
const ID_TOKEN_ALGORITHMS: [Algorithm; 6] =
    [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512, Algorithm::PS256, Algorithm::ES256, Algorithm::ES384];

/// What SMART App Launch asks a host to take.
const DEFAULT_ASSERTION_ALG: &str = "ES384";

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

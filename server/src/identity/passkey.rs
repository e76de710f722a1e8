//! Passkeys (WebAuthn level 3): local accounts for organisations without a national identity. Keys are discoverable, and
//! the authenticator verifies its user each time, so that one sign-in counts as two factors.
//!
//! What is said of these to webauthn_rp and back is here; what is kept of it is bytes to the store.

use super::{Faults, config::reachable};
use crate::store::Passkey;
use coplan_core::id::UserId;
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Borrow;
use url::Url;
use webauthn_rp::{
    AuthenticatedCredential, DiscoverableAuthentication64, DiscoverableAuthenticationServerState,
    DiscoverableCredentialRequestOptions, PublicKeyCredentialCreationOptions, Registration, RegistrationServerState,
    bin::{Decode, Encode},
    request::{
        AsciiDomain, PublicKeyCredentialDescriptor, RpId,
        auth::AuthenticationVerificationOptions,
        register::{
            CredProtect, Nickname, PublicKeyCredentialUserEntity, RegistrationVerificationOptions, USER_HANDLE_MAX_LEN,
            UserHandle64, Username,
        },
    },
    response::{
        AuthTransports, CredentialId, SentChallenge,
        register::{DynamicState, StaticState},
    },
};

/// Where passkeys hold.
#[derive(Debug)]
pub struct PasskeyConfig {
    rp_id: RpId,
    origins: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PasskeyEntry {
    rp_id: String,
    origins: Vec<String>,
}

/// What was asked of an authenticator: the challenge it is found by, what to check the answer with, and what the browser
/// is told.
pub struct Asked {
    /// Found again by it.
    pub challenge: [u8; CHALLENGE_BYTES],
    /// What the answer is checked with.
    pub state: Vec<u8>,
    /// `PublicKeyCredentialCreationOptionsJSON` or `PublicKeyCredentialRequestOptionsJSON`.
    pub options: Value,
}

/// A key that an authenticator has made.
#[derive(Debug)]
pub struct Registered {
    /// What it is called there.
    pub credential: Vec<u8>,
    /// How it is reached.
    pub transports: u8,
    /// Public key and what else never changes.
    pub static_state: Vec<u8>,
    /// The counter, and what else changes.
    pub dynamic_state: Vec<u8>,
}

/// Why an authenticator's answer was not taken. For the log; people are told that it was not.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyRefused {
    /// Nothing that an authenticator says.
    #[error("the answer cannot be read")]
    Unreadable,
    /// Wrong challenge, origin, relying party, signature or counter, or the user was not verified.
    #[error("the answer does not hold: {0}")]
    Wrong(String),
    /// What was kept cannot be read.
    #[error("what was kept of it cannot be read")]
    Damaged,
}

impl PasskeyConfig {
    /// Under `--development`, where nothing is configured: `localhost`, at the port that is listened on.
    #[must_use]
    pub fn of_development(listening_at: &str) -> Option<Self> {
        let url = Url::parse(listening_at).ok()?;
        let origin = format!("{}://{DEVELOPMENT_RP_ID}:{}", url.scheme(), url.port_or_known_default()?);
        let rp_id = AsciiDomain::try_from(DEVELOPMENT_RP_ID.to_owned()).ok()?;
        Some(Self { rp_id: RpId::Domain(rp_id), origins: vec![origin] })
    }

    /// Asks an authenticator for a new key of an account.
    ///
    /// # Errors
    /// `PasskeyRefused::Damaged` if what is kept of the account cannot be read.
    pub fn ask_to_register(
        &self,
        (account, name): (&UserId, &str),
        handle: &[u8],
        known: &[Passkey],
    ) -> Result<Asked, PasskeyRefused> {
        let handle = user_handle(handle)?;
        let known: Vec<_> = known.iter().filter_map(descriptor).collect();
        let user = PublicKeyCredentialUserEntity {
            name: Username::try_from(account.as_str()).map_err(|_| PasskeyRefused::Damaged)?,
            id: &handle,
            // A name that the profile of nicknames does not take is left out, not changed.
            display_name: Nickname::try_from(name).ok(),
        };
        let mut asked = PublicKeyCredentialCreationOptions::passkey(&self.rp_id, user, known);
        // Many devices' own authenticators do not know it, and the user is verified at each sign-in whatever they know.
        asked.extensions.cred_protect = CredProtect::None;
        let asked = asked.start_ceremony();
        let (server, client) = asked.map_err(|_| PasskeyRefused::Damaged)?;
        let options = serde_json::to_value(&client).map_err(|_| PasskeyRefused::Damaged)?;
        let state = server.encode().map_err(|_| PasskeyRefused::Damaged)?;
        Ok(Asked { challenge: challenge(&server), state, options })
    }

    /// Which challenge an answer to `ask_to_register` answers.
    ///
    /// # Errors
    /// `PasskeyRefused::Unreadable`.
    pub fn challenge_of_registration(answer: &[u8]) -> Result<[u8; CHALLENGE_BYTES], PasskeyRefused> {
        let registration = Registration::from_json_relaxed(answer).map_err(|_| PasskeyRefused::Unreadable)?;
        let challenge = registration.challenge_relaxed().map_err(|_| PasskeyRefused::Unreadable)?;
        Ok(challenge.0.to_be_bytes())
    }

    /// Checks an authenticator's new key.
    ///
    /// # Errors
    /// `PasskeyRefused`.
    pub fn register(&self, state: &[u8], answer: &[u8]) -> Result<Registered, PasskeyRefused> {
        let state = RegistrationServerState::<USER_HANDLE_MAX_LEN>::decode(state);
        let state = state.map_err(|_| PasskeyRefused::Damaged)?;
        let answer = Registration::from_json_relaxed(answer).map_err(|_| PasskeyRefused::Unreadable)?;
        let options = RegistrationVerificationOptions::<String, String> {
            allowed_origins: &self.origins,
            error_on_unsolicited_extensions: false,
            ..RegistrationVerificationOptions::default()
        };
        let key = state.verify(&self.rp_id, &answer, &options);
        let key = key.map_err(|error| PasskeyRefused::Wrong(error.to_string()))?;
        let (Ok(transports), Ok(static_state), Ok(dynamic_state)) =
            (key.transports().encode(), key.static_state().encode(), key.dynamic_state().encode());
        let credential = key.id().inner().to_vec();
        Ok(Registered { credential, transports, static_state, dynamic_state: dynamic_state.to_vec() })
    }

    /// Asks whichever authenticator has a key for here who it is.
    ///
    /// # Errors
    /// `PasskeyRefused::Damaged` if nothing can be asked.
    pub fn ask_to_sign_in(&self) -> Result<Asked, PasskeyRefused> {
        let asked = DiscoverableCredentialRequestOptions::passkey(&self.rp_id).start_ceremony();
        let (server, client) = asked.map_err(|_| PasskeyRefused::Damaged)?;
        let options = serde_json::to_value(&client).map_err(|_| PasskeyRefused::Damaged)?;
        let state = server.encode().map_err(|_| PasskeyRefused::Damaged)?;
        Ok(Asked { challenge: challenge(&server), state, options })
    }

    /// Which challenge an answer to `ask_to_sign_in` answers, and by which key.
    ///
    /// # Errors
    /// `PasskeyRefused::Unreadable`.
    pub fn who_answers(answer: &[u8]) -> Result<([u8; CHALLENGE_BYTES], Vec<u8>), PasskeyRefused> {
        let answer = DiscoverableAuthentication64::from_json_relaxed(answer).map_err(|_| PasskeyRefused::Unreadable)?;
        let challenge = answer.challenge_relaxed().map_err(|_| PasskeyRefused::Unreadable)?;
        Ok((challenge.0.to_be_bytes(), answer.raw_id().inner().to_vec()))
    }

    /// Checks the answer of a key, its counter among it; what is to be kept of it from now on.
    ///
    /// # Errors
    /// `PasskeyRefused`.
    pub fn sign_in(&self, state: &[u8], key: &Passkey, answer: &[u8]) -> Result<Vec<u8>, PasskeyRefused> {
        let state = DiscoverableAuthenticationServerState::decode(state).map_err(|_| PasskeyRefused::Damaged)?;
        let answer = DiscoverableAuthentication64::from_json_relaxed(answer).map_err(|_| PasskeyRefused::Unreadable)?;
        let handle = user_handle(&key.handle)?;
        let id = CredentialId::<&[u8]>::decode(&key.credential).map_err(|_| PasskeyRefused::Damaged)?;
        let known: [u8; DYNAMIC_STATE_BYTES] =
            key.dynamic_state.as_slice().try_into().map_err(|_| PasskeyRefused::Damaged)?;
        let known = DynamicState::decode(known).map_err(|_| PasskeyRefused::Damaged)?;
        let public = StaticState::decode(key.static_state.as_slice()).map_err(|_| PasskeyRefused::Damaged)?;
        let credential = AuthenticatedCredential::new(id, &handle, public, known);
        let mut credential = credential.map_err(|_| PasskeyRefused::Damaged)?;
        let options = AuthenticationVerificationOptions::<String, String> {
            allowed_origins: &self.origins,
            error_on_unsolicited_extensions: false,
            ..AuthenticationVerificationOptions::default()
        };
        let checked = state.verify(&self.rp_id, &answer, &mut credential, &options);
        checked.map_err(|error| PasskeyRefused::Wrong(error.to_string()))?;
        let Ok(now) = credential.dynamic_state().encode();
        Ok(now.to_vec())
    }
}

fn challenge(state: &impl Borrow<SentChallenge>) -> [u8; CHALLENGE_BYTES] {
    state.borrow().0.to_be_bytes()
}

fn user_handle(bytes: &[u8]) -> Result<UserHandle64, PasskeyRefused> {
    let bytes: [u8; USER_HANDLE_MAX_LEN] = bytes.try_into().map_err(|_| PasskeyRefused::Damaged)?;
    let Ok(handle) = UserHandle64::decode(bytes);
    Ok(handle)
}

fn descriptor(key: &Passkey) -> Option<PublicKeyCredentialDescriptor<Vec<u8>>> {
    let id = CredentialId::<Vec<u8>>::decode(key.credential.clone()).ok()?;
    Some(PublicKeyCredentialDescriptor { id, transports: AuthTransports::decode(key.transports).ok()? })
}

/// Checks the table of the identity file.
pub(super) fn checked(entry: PasskeyEntry, development: bool, faults: &mut Faults) -> Option<PasskeyConfig> {
    const PLACE: &str = "passkeys";
    let domain = AsciiDomain::try_from(entry.rp_id.clone());
    let domain = faults.take(PLACE, domain.map_err(|_| format!("`rp_id`: `{}` is not a domain", entry.rp_id)));
    if entry.origins.is_empty() {
        faults.note(PLACE, "`origins` names no page that people sign in at");
    }
    let mut origins = Vec::new();
    for text in &entry.origins {
        let url = reachable(text, development).map_err(|error| format!("`origins`: {error}"));
        let Some(url) = faults.take(PLACE, url) else { continue };
        let host = url.host_str().unwrap_or_default();
        if host != entry.rp_id && !host.ends_with(&format!(".{}", entry.rp_id)) {
            faults.note(PLACE, format!("`origins`: `{text}` is not under `{}`", entry.rp_id));
        }
        origins.push(url.origin().ascii_serialization());
    }
    Some(PasskeyConfig { rp_id: RpId::Domain(domain?), origins })
}

/// Bytes of a challenge.
pub const CHALLENGE_BYTES: usize = 16;

/// Bytes of a random name that authenticators call an account by.
pub const HANDLE_BYTES: usize = USER_HANDLE_MAX_LEN;

/// Bytes of what webauthn_rp keeps of a key from one sign-in to the next.
const DYNAMIC_STATE_BYTES: usize = 7;

/// The only name that browsers take for a relying party without TLS.
const DEVELOPMENT_RP_ID: &str = "localhost";

//! Who people are: who may say so, and what is made of what they say.
//!
//! `config` reads the identity file, `client` is the only way out to those it names, `keys` reads what proves who we are to
//! them. `oidc` speaks OpenID Connect; `sign_in` makes accounts and roles of claims. `host` and `smart` take launches out of
//! host records, `enrol` makes accounts of those who are launched; `passkey` is for those without a national identity.
//! `client_system` is for systems that read by themselves, `client_app` for apps that read for whoever uses them, and
//! `client_scope` says what either reaches.

mod client;
mod client_app;
mod client_scope;
mod client_system;
mod config;
pub mod enrol;
pub mod host;
mod keys;
mod oidc;
mod oidc_token;
pub mod passkey;
mod refusal;
mod sign_in;
mod sign_in_people;
mod sign_in_staff;
pub mod smart;
mod smart_claims;
mod smart_record;

use crate::{clock::Clock, faults::Faults};
use openidconnect::RedirectUrl;
use std::{collections::BTreeMap, path::Path, time::Duration};
use tokio_util::sync::CancellationToken;
use url::Url;

pub use client::{FetchError, HttpClient};
pub use client_app::AppConfig;
pub use client_scope::{ClientContext, ClientScope, Interaction};
pub use client_system::{Assertion, SystemConfig, SystemRefused};
pub use config::{IdentityConfig, IdentityError, ProviderConfig, RoleRule, SignsIn};
pub(crate) use keys::read_secret;
pub use keys::{ClientAuth, ClientKey, KeyError};
pub use oidc::{Begun, CameBack, Provider, Told};
pub use refusal::Refusal;
pub use sign_in::Recognition;

/// Everything that is known of how people prove who they are, as of the start.
pub struct Identity {
    /// Where browsers reach this service, without a slash at its end.
    public_url: String,
    /// What the identity file says.
    pub config: IdentityConfig,
    /// The way out.
    pub http: HttpClient,
    /// OpenID providers.
    pub providers: Vec<Provider>,
}

impl Identity {
    /// Reads the identity file. Without one nobody else is asked who people are.
    ///
    /// # Errors
    /// `IdentityError` with a line for each fault.
    pub fn read(file: Option<&Path>, development: bool, listening_at: &str) -> Result<Self, IdentityError> {
        let mut config = match file {
            Some(file) => config::read(file, development)?,
            None => IdentityConfig::default(),
        };
        if development && config.passkeys.is_none() {
            config.passkeys = passkey::PasskeyConfig::of_development(listening_at);
        }
        let public_url = match &config.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => listening_at.trim_end_matches('/').to_owned(),
        };
        let http = HttpClient::new(development)?;
        let redirect = RedirectUrl::new(format!("{public_url}{CALLBACK}")).map_err(|_| IdentityError::NoClient)?;
        let providers = std::mem::take(&mut config.providers).into_iter();
        let providers = providers.map(|provider| Provider::new(provider, redirect.clone(), http.clone())).collect();
        Ok(Self { public_url, config, http, providers })
    }

    /// The provider of that id.
    #[must_use]
    pub fn provider(&self, id: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.config.id == id)
    }

    /// The system of that id.
    #[must_use]
    pub fn system(&self, id: &str) -> Option<&SystemConfig> {
        self.config.systems.iter().find(|system| system.id == id)
    }

    /// The app of that id.
    #[must_use]
    pub fn app(&self, id: &str) -> Option<&AppConfig> {
        self.config.apps.iter().find(|app| app.id == id)
    }

    /// Where apps send whoever uses them.
    #[must_use]
    pub fn authorize_url(&self) -> String {
        format!("{}{AUTHORIZE}", self.public_url)
    }

    /// Where systems and apps get their tokens.
    #[must_use]
    pub fn token_url(&self) -> String {
        format!("{}{TOKEN}", self.public_url)
    }

    /// Asks every provider what it publishes of itself, so that the first sign-in need not wait; again and again those that
    /// do not answer.
    pub async fn ask_all(&self, clock: Clock, stopping: CancellationToken) {
        let mut wait = ASK_AGAIN_AFTER_MIN;
        while self.providers.iter().any(|provider| !provider.is_known()) {
            for provider in self.providers.iter().filter(|provider| !provider.is_known()) {
                if let Err(refusal) = provider.ask(clock.now()).await {
                    tracing::warn!(identity.provider = provider.config.id, why = %refusal, "a provider is away");
                }
            }
            if stopping.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
                return;
            }
            wait = (wait * 2).min(ASK_AGAIN_AFTER_MAX);
        }
    }

    /// Where browsers reach this service, without a slash at its end.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.public_url
    }
}

/// Parameters for a URL, as the identity file names them.
pub type Extra = BTreeMap<String, String>;

/// Whether a URL is one that we may send people and requests to: `https`, or under `--development` plain on loopback.
fn may_reach(url: &Url, development: bool) -> bool {
    let loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => url.host().is_some(),
        "http" => development && loopback,
        _ => false,
    }
}

/// Where providers send browsers back.
const CALLBACK: &str = "/auth/callback";

/// Where systems and apps get their tokens.
const TOKEN: &str = "/oauth/token";

/// Where apps send whoever uses them.
const AUTHORIZE: &str = "/oauth/authorize";

/// How soon a provider that is away is asked again.
const ASK_AGAIN_AFTER_MIN: Duration = Duration::from_secs(1);

/// How late it is asked again at most.
const ASK_AGAIN_AFTER_MAX: Duration = Duration::from_secs(300);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_reaches_loopback_only_and_in_development_only() {
        for (url, in_development, otherwise) in [
            ("https://id.example/", true, true),
            ("http://127.0.0.1:9400/", true, false),
            ("http://[::1]:9400/", true, false),
            ("http://localhost/", true, false),
            ("http://id.example/", false, false),
            ("http://127.0.0.1.evil.example/", false, false),
            ("http://10.0.0.1/", false, false),
            ("ftp://127.0.0.1/", false, false),
        ] {
            let parsed = Url::parse(url).expect("a URL");
            assert_eq!((may_reach(&parsed, true), may_reach(&parsed, false)), (in_development, otherwise), "{url}");
        }
    }
}

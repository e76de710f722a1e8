//! Who people are: who may say so, and what is made of what they say.
//!
//! `config` reads the identity file, `client` is the only way out to those it names, `keys` reads what proves who we are to
//! them. `oidc` speaks OpenID Connect; `sign_in` makes accounts and roles of claims.

mod client;
mod config;
mod keys;

use std::{collections::BTreeMap, path::Path};
use url::Url;

pub use client::{FetchError, HttpClient};
pub use config::{Faults, IdentityConfig, IdentityError, ProviderConfig, RoleRule, SignsIn};
pub use keys::{ClientAuth, ClientKey, KeyError};

/// Everything that is known of how people prove who they are, as of the start.
pub struct Identity {
    /// Where browsers reach this service, without a slash at its end.
    public_url: String,
    /// What the identity file says.
    pub config: IdentityConfig,
    /// The way out.
    pub http: HttpClient,
}

impl Identity {
    /// Reads the identity file. Without one nobody else is asked who people are.
    ///
    /// # Errors
    /// `IdentityError` with a line for each fault.
    pub fn read(file: Option<&Path>, development: bool, listening_at: &str) -> Result<Self, IdentityError> {
        let config = match file {
            Some(file) => config::read(file, development)?,
            None => IdentityConfig::default(),
        };
        let public_url = match &config.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => listening_at.trim_end_matches('/').to_owned(),
        };
        let http = HttpClient::new(development)?;
        Ok(Self { public_url, config, http })
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

//! Apps that read for whoever uses them (SMART App Launch, public clients): which there are, and where they may be sent.

use super::{ClientContext, ClientScope, Faults, config::reachable};
use serde::Deserialize;
use url::Url;

/// An app that people may allow to read for them.
#[derive(Debug)]
pub struct AppConfig {
    /// What it calls itself when it asks.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// Where browsers go back to, to the letter.
    pub redirect_uris: Vec<String>,
    /// What it may have.
    pub scopes: Vec<ClientScope>,
}

impl AppConfig {
    /// Origins of the pages that it may read from.
    pub fn origins(&self) -> impl Iterator<Item = String> {
        self.redirect_uris.iter().filter_map(|text| Url::parse(text).ok()).map(|url| url.origin().ascii_serialization())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AppEntry {
    pub(super) id: String,
    title: String,
    redirect_uris: Vec<String>,
    scopes: Vec<String>,
}

/// Checks an entry of the identity file.
pub(super) fn checked(entry: AppEntry, development: bool, faults: &mut Faults) -> Option<AppConfig> {
    let place = format!("app `{}`", entry.id);
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if entry.id.is_empty() || entry.id.len() > ID_BYTES_MAX || !entry.id.bytes().all(plain) {
        faults.note(&place, format!("`id` is 1 to {ID_BYTES_MAX} lower-case letters, digits and hyphens"));
    }
    if entry.title.trim().is_empty() {
        faults.note(&place, "`title` is empty");
    }
    if entry.redirect_uris.is_empty() {
        faults.note(&place, "`redirect_uris` is empty: nobody could come back to it");
    }
    for text in &entry.redirect_uris {
        faults.take(&place, reachable(text, development).map_err(|error| format!("`redirect_uris`: {error}")));
    }
    let scopes = ClientScope::checked(&entry.scopes, ClientContext::User, &place, faults);
    Some(AppConfig { id: entry.id, title: entry.title, redirect_uris: entry.redirect_uris, scopes })
}

/// Longest id, in bytes.
const ID_BYTES_MAX: usize = 40;

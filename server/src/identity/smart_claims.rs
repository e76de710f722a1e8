//! Claims of a host's id token beyond what the library checks.

use super::host::{AHEAD_S_MAX, LaunchRefused};
use coplan_core::time::UtcMillis;
use serde::Deserialize;

/// Whom a token is for.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    /// Whether it is for nobody else. The library asks only whether it is for us, too.
    pub(super) fn is_only(&self, client_id: &str) -> bool {
        match self {
            Self::One(named) => named == client_id,
            Self::Several(named) => named.iter().all(|one| one == client_id),
        }
    }
}

/// A token is made for a code that was redeemed just now.
pub(super) fn issued_just_now(iat: i64, now: UtcMillis) -> Result<(), LaunchRefused> {
    let ago_s = now.0.div_euclid(1_000).saturating_sub(iat);
    if ago_s < -AHEAD_S_MAX {
        return Err(LaunchRefused::Malformed("iat"));
    }
    if ago_s > ISSUED_S_AGO_MAX { Err(LaunchRefused::Expired) } else { Ok(()) }
}

/// How long ago an id token may have been issued, in seconds; `oidc_token` has the same.
const ISSUED_S_AGO_MAX: i64 = 10 * 60;

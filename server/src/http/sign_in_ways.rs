//! `GET /api/sign-in`: how one can sign in here.

use crate::state::AppState;
use axum::{Json, extract::State};
use serde::Serialize;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Ways {
    ways: Vec<Way>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Way {
    id: String,
    /// `oidc`, `passkey` or `development`.
    kind: &'static str,
    /// What people call it.
    title: String,
    /// `staff`, `people` or `anybody`.
    #[serde(rename = "for")]
    signs_in: &'static str,
    /// Where it begins.
    url: String,
}

/// The ways to sign in, in the order in which to offer them.
#[utoipa::path(get, path = "/api/sign-in", tag = "session", responses((status = 200, body = Ways)))]
pub(crate) async fn sign_in_ways(State(state): State<AppState>) -> Json<Ways> {
    let providers = state.identity.providers.iter().map(|provider| &provider.config).map(|provider| Way {
        id: provider.id.clone(),
        kind: "oidc",
        title: provider.title.clone(),
        signs_in: provider.signs_in.as_str(),
        url: format!("/auth/{}/start", provider.id),
    });
    let passkeys = state.identity.config.passkeys.as_ref().map(|_| Way {
        id: "passkey".to_owned(),
        kind: "passkey",
        title: "a passkey".to_owned(),
        signs_in: "staff",
        url: "/auth/passkey/start".to_owned(),
    });
    let development = state.development.then(|| Way {
        id: "development".to_owned(),
        kind: "development",
        title: "Development sign-in".to_owned(),
        signs_in: "anybody",
        url: "/dev/sign-in".to_owned(),
    });
    Json(Ways { ways: providers.chain(passkeys).chain(development).collect() })
}

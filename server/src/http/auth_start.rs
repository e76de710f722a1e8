//! `GET /auth/{provider}/start`: sends a browser away to prove who it is.

use super::auth;
use crate::{
    extract::InQuery,
    identity::{Begun, Provider, Refusal},
    peer::Peer,
    problem::Problem,
    random, session,
    state::AppState,
    store::{PendingSignIn, TokenHash},
};
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use serde::Deserialize;

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StartQuery {
    /// Where in one of the apps to go afterwards.
    #[serde(rename = "return")]
    return_path: Option<String>,
}

/// Sends the browser to the provider. What it brings back is taken once, from the same browser, within ten minutes.
#[utoipa::path(
    get, path = "/auth/{provider}/start", tag = "session",
    params(("provider" = String, Path, description = "Id of a way of `/api/sign-in`"), StartQuery),
    responses(
        (status = 303, description = "To the provider, or to the front page with `trouble`"),
        (status = 404, body = Problem),
        (status = 429, body = Problem, description = "`too-often`"),
    )
)]
pub(crate) async fn auth_start(
    State(state): State<AppState>,
    peer: Peer,
    headers: HeaderMap,
    Path(provider): Path<String>,
    InQuery(query): InQuery<StartQuery>,
) -> Result<Response, Problem> {
    state.rates.at_the_door(&peer)?;
    let provider = state.identity.provider(&provider).ok_or_else(Problem::not_found)?;
    let begun = match provider.begin(state.clock.now()).await {
        Ok(begun) => begun,
        Err(refusal) => return Ok(auth::refused(&state, &provider.config.id, &refusal)),
    };
    let browser = auth::browser_token(&headers).map_or_else(random::token, str::to_owned);
    let path = query.return_path.as_deref().and_then(auth::own_path);
    let kept = keep(&state, provider, &begun, &browser, path, &headers, &peer).await;
    if let Err(problem) = kept {
        tracing::error!(code = problem.code(), "a sign-in could not be begun");
        return Ok(auth::refused(&state, &provider.config.id, &Refusal::Internal));
    }
    let cookie = auth::browser_cookie(&state, &browser, auth::SIGN_IN_MS_MAX);
    Ok(auth::see_other(begun.url.as_str(), [cookie]))
}

async fn keep(
    state: &AppState,
    provider: &Provider,
    begun: &Begun,
    browser: &str,
    path: Option<&str>,
    headers: &HeaderMap,
    peer: &Peer,
) -> Result<(), Problem> {
    let replaces = session::of_headers(state, headers).await?.map(|session| session.id);
    let pending = PendingSignIn {
        browser: TokenHash::of(browser),
        provider: provider.config.id.clone(),
        nonce: begun.nonce.clone(),
        verifier: begun.verifier.clone(),
        return_path: path.unwrap_or_default().to_owned(),
        replaces,
        created_at: state.clock.now(),
    };
    let address = peer.counted_as().to_string();
    Ok(state.store.keep_pending_sign_in(&TokenHash::of(&begun.state), &pending, &address).await?)
}

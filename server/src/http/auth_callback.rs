//! `GET /auth/callback`: takes a browser back from whoever vouches for it.

use super::{auth, oauth_authorize::ALLOW};
use crate::{
    extract::InQuery,
    identity::{CameBack, Recognition, Refusal},
    peer::Peer,
    problem::Problem,
    session,
    state::AppState,
    store::{PendingSignIn, SignedInBy, TokenHash},
};
use axum::{extract::State, http::HeaderMap, response::Response};
use coplan_core::policy::Scope;
use url::form_urlencoded;

/// Ends a sign-in: a session and on to the app, or the front page with the little that it may know.
#[utoipa::path(
    get, path = "/auth/callback", tag = "session",
    responses(
        (status = 303, description = "Into the app, or to the front page with `trouble`"),
        (status = 429, body = Problem, description = "`too-often`"),
    )
)]
pub(crate) async fn auth_callback(
    State(state): State<AppState>,
    peer: Peer,
    headers: HeaderMap,
    InQuery(came_back): InQuery<CameBack>,
) -> Result<Response, Problem> {
    state.rates.at_the_door(&peer)?;
    let pending = match pending(&state, &came_back, &headers).await {
        Ok(pending) => pending,
        Err((provider, refusal)) => return Ok(auth::refused(&state, &provider, &refusal)),
    };
    match recognise(&state, came_back, &pending).await {
        Ok(recognition) => Ok(begin(&state, recognition, &pending).await?),
        Err(refusal) => Ok(auth::refused(&state, &pending.provider, &refusal)),
    }
}

/// The sign-in that this browser began, used up.
async fn pending(
    state: &AppState,
    came_back: &CameBack,
    headers: &HeaderMap,
) -> Result<PendingSignIn, (String, Refusal)> {
    let nobody = |refusal| (String::new(), refusal);
    let token = came_back.state.as_deref().ok_or_else(|| nobody(Refusal::UnknownState))?;
    let found = state.store.take_pending_sign_in(&TokenHash::of(token)).await;
    let found = found.map_err(|error| {
        tracing::error!(%error, "the store did not answer a sign-in");
        nobody(Refusal::Internal)
    })?;
    let pending = found.ok_or_else(|| nobody(Refusal::UnknownState))?;
    let same = auth::browser_token(headers).is_some_and(|token| TokenHash::of(token) == pending.browser);
    if !same {
        return Err((pending.provider, Refusal::OtherBrowser));
    }
    if state.clock.now().since_ms(pending.created_at) > auth::SIGN_IN_MS_MAX {
        return Err((pending.provider, Refusal::TooLate));
    }
    Ok(pending)
}

async fn recognise(state: &AppState, came_back: CameBack, pending: &PendingSignIn) -> Result<Recognition, Refusal> {
    // A provider that was taken out of the identity file meanwhile vouches for nobody.
    let provider = state.identity.provider(&pending.provider).ok_or(Refusal::UnknownState)?;
    let (nonce, verifier) = (pending.nonce.clone(), pending.verifier.clone());
    let told = provider.finish(came_back, nonce, verifier, state.clock.now()).await?;
    state.identity.recognise(provider, &told, &state.store, state.clock.now()).await
}

async fn begin(state: &AppState, recognition: Recognition, pending: &PendingSignIn) -> Result<Response, Problem> {
    let Recognition { user, role, assurance, ended, known } = recognition;
    ended.into_iter().chain(pending.replaces).for_each(|session| state.hub.end_session(session));
    if !known {
        return Ok(auth::refused(state, &pending.provider, &Refusal::NoRole));
    }
    if let Some(replaced) = pending.replaces {
        state.store.end_session(replaced).await?;
    }
    let scope = Scope { assurance, ..Scope::default() };
    let begun = session::begin(state, &user, role, SignedInBy::Oidc, scope).await?;
    metrics::counter!("coplan_sign_ins_total", "outcome" => "signed-in", "reason" => "none").increment(1);
    let subject = state.store.subject_of(&user, role).await?;
    let home = subject.map_or("/", |subject| auth::app_of(subject.role));
    let to = match (role, pending.return_path.as_str()) {
        // A role is chosen on the front page, which then goes on.
        (None, "") => "/".to_owned(),
        (None, path) => format!("/?return={}", form_urlencoded::byte_serialize(path.as_bytes()).collect::<String>()),
        (Some(_), path) if home != "/" && [home, ALLOW].iter().any(|start| path.starts_with(start)) => path.to_owned(),
        (Some(_), _) => home.to_owned(),
    };
    Ok(auth::see_other(&to, [begun.set_cookie, auth::no_browser_cookie(state)]))
}

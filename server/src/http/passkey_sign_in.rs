//! `POST /auth/passkey/start` and `POST /auth/passkey/finish`: sign in with a passkey.

use super::passkey_register::{CEREMONY_MS_MAX, busy, refusal, refused, signed_in};
use crate::{
    audit::{Event, trail},
    identity::passkey::PasskeyConfig,
    peer::Peer,
    problem::Problem,
    state::AppState,
    store::Ceremony,
};
use axum::{
    Extension, Json,
    body::Bytes,
    extract::State,
    http::{HeaderName, HeaderValue, header},
};
use serde::Serialize;
use serde_json::Value;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SignInAsked {
    /// `PublicKeyCredentialRequestOptionsJSON`.
    options: Value,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SignedInBody {
    /// Which app is theirs: `staff` or `crew`.
    kind: &'static str,
}

/// Asks whichever passkey there is for here.
#[utoipa::path(
    post, path = "/auth/passkey/start", tag = "passkeys",
    responses((status = 200, body = SignInAsked), (status = 404, body = Problem, description = "there are no passkeys here"))
)]
pub(crate) async fn passkey_start(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
) -> Result<Json<SignInAsked>, Problem> {
    state.rates.at_the_door(&peer)?;
    let passkeys = state.identity.config.passkeys.as_ref().ok_or_else(Problem::not_found)?;
    let asked = passkeys.ask_to_sign_in().map_err(|why| refused(&why))?;
    let ceremony = Ceremony { account: None, code: None, state: asked.state };
    let now = state.clock.now();
    let kept = state.store.keep_ceremony(&asked.challenge, &ceremony, now, now.plus_ms(CEREMONY_MS_MAX)).await?;
    if kept { Ok(Json(SignInAsked { options: asked.options })) } else { Err(busy()) }
}

/// Begins a session for whoever's passkey it is.
#[utoipa::path(
    post, path = "/auth/passkey/finish", tag = "passkeys", request_body = Value,
    responses(
        (status = 200, body = SignedInBody),
        (status = 403, body = Problem, description = "`passkey-refused`; why stands in the log"),
    )
)]
pub(crate) async fn passkey_finish(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
    answer: Bytes,
) -> Result<([(HeaderName, HeaderValue); 1], Json<SignedInBody>), Problem> {
    state.rates.at_the_door(&peer)?;
    let begun = begin(&state, &answer).await;
    if let Err(problem) = &begun {
        // Whose key it says it is, is not known before it has proved it.
        trail::note(Event::sign_in_refused(problem.code(), state.clock.now()));
    }
    let (cookie, kind) = begun?;
    Ok(([(header::SET_COOKIE, cookie)], Json(SignedInBody { kind })))
}

async fn begin(state: &AppState, answer: &[u8]) -> Result<(HeaderValue, &'static str), Problem> {
    let passkeys = state.identity.config.passkeys.as_ref().ok_or_else(Problem::not_found)?;
    let (challenge, credential) = PasskeyConfig::who_answers(answer).map_err(|why| refused(&why))?;
    let now = state.clock.now();
    let ceremony = state.store.take_ceremony(&challenge, now).await?.ok_or_else(refusal)?;
    // A challenge that was made for a registration signs nobody in.
    let ceremony = Some(ceremony).filter(|ceremony| ceremony.account.is_none()).ok_or_else(refusal)?;
    let key = state.store.passkey(&credential).await?.ok_or_else(refusal)?;
    let state_of_key = passkeys.sign_in(&ceremony.state, &key, answer).map_err(|why| refused(&why))?;
    if !state.store.passkey_used(key.id, (&key.dynamic_state, &state_of_key), now).await? {
        return Err(refusal());
    }
    let account = state.store.account(&key.account).await?.ok_or_else(refusal)?;
    Ok((signed_in(state, &account).await?, account.kind.as_str()))
}

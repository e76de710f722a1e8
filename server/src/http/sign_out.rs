//! `POST /api/sign-out`: end the session, or all that one has.

use crate::{
    audit::{Event, action, trail},
    extract::InQuery,
    problem::Problem,
    session::{self, InSession},
    state::AppState,
};
use axum::{
    extract::State,
    http::{HeaderName, HeaderValue, StatusCode, header},
};
use serde::Deserialize;

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SignOutQuery {
    /// Whether every other session of the account ends too, on whichever device.
    #[serde(default)]
    everywhere: bool,
}

/// Ends the session; its cookie and its tickets are worth nothing from then on.
#[utoipa::path(
    post, path = "/api/sign-out", tag = "session", params(SignOutQuery),
    responses((status = 204), (status = 401, body = Problem))
)]
pub(crate) async fn sign_out(
    State(state): State<AppState>,
    InSession(who): InSession,
    InQuery(query): InQuery<SignOutQuery>,
) -> Result<(StatusCode, [(HeaderName, HeaderValue); 1]), Problem> {
    trail::note(Event::of(Some(&who.subject), action::SIGN_OUT, state.clock.now()));
    let ended = if query.everywhere {
        state.store.end_sessions_of(&who.session.account.id).await?
    } else {
        state.store.end_session(who.session.id).await?;
        vec![who.session.id]
    };
    ended.into_iter().for_each(|session| state.hub.end_session(session));
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, session::forget(&state))]))
}

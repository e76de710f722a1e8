//! `POST /api/sign-out`: end the session.

use crate::{problem::Problem, session, session::SignedIn, state::AppState};
use axum::{
    extract::State,
    http::{HeaderName, HeaderValue, StatusCode, header},
};

/// Ends the session; its cookie and its tickets are worth nothing from then on.
#[utoipa::path(post, path = "/api/sign-out", tag = "session", responses((status = 204), (status = 401, body = Problem)))]
pub(crate) async fn sign_out(
    State(state): State<AppState>,
    who: SignedIn,
) -> Result<(StatusCode, [(HeaderName, HeaderValue); 1]), Problem> {
    state.store.end_session(who.session.id).await?;
    state.hub.end_session(who.session.id);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, session::forget(&state))]))
}

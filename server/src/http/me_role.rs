//! `POST /api/me/role`: in which of their roles somebody works.

use crate::{
    extract::Body,
    problem::Problem,
    random,
    session::{self, InSession},
    state::AppState,
    store::{RoleGrantId, SignedInBy, TokenHash},
};
use axum::{
    extract::State,
    http::{HeaderName, HeaderValue, StatusCode, header},
};
use serde::Deserialize;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Choice {
    /// Id of a role that `/api/me` lists.
    role: i64,
}

/// Selects a role. Whoever had one already goes on in another session: sockets close, and the cookie is a new one.
#[utoipa::path(
    post, path = "/api/me/role", tag = "session", request_body = Choice,
    responses(
        (status = 204),
        (status = 401, body = Problem),
        (status = 409, body = Problem, description = "`launched`"),
        (status = 422, body = Problem, description = "`unknown-role`"),
    )
)]
pub(crate) async fn choose_role(
    State(state): State<AppState>,
    InSession(who): InSession,
    Body(choice): Body<Choice>,
) -> Result<(StatusCode, [(HeaderName, HeaderValue); 1]), Problem> {
    let had = who.session;
    if had.role.is_some() && matches!(had.via, SignedInBy::Smart | SignedInBy::LaunchToken) {
        let detail = "another record opened this session in one role; open it from there again, or sign in";
        return Err(Problem::new(StatusCode::CONFLICT, "launched", "Launched in a role", detail));
    }
    let token = random::token();
    let taken =
        state.store.take_role(&had, RoleGrantId(choice.role), &TokenHash::of(&token), state.clock.now()).await?;
    if taken.is_none() {
        let detail = "no such role; GET /api/me lists yours";
        return Err(Problem::unprocessable("unknown-role", "Unknown role", detail));
    }
    state.hub.end_session(had.id);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, session::hand_out(&state, &token, had.expires_at))]))
}

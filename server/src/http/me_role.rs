//! `POST /api/me/role`: in which of their roles somebody works.

use crate::{
    audit::{Event, action, trail},
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
    let role = RoleGrantId(choice.role);
    if !state.store.roles_of(&had.account.id).await?.iter().any(|(own, _)| *own == role) {
        return Err(unknown());
    }
    let (token, now) = (random::token(), state.clock.now());
    let subject = state.store.subject_of(&had.account.id, Some(role)).await?;
    trail::note(Event::of(subject.as_ref(), action::SELECT_ROLE, now));
    if state.store.take_role(&had, role, &TokenHash::of(&token), now).await?.is_none() {
        return Err(unknown());
    }
    state.hub.end_session(had.id);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, session::hand_out(&state, &token, had.expires_at))]))
}

fn unknown() -> Problem {
    Problem::unprocessable("unknown-role", "Unknown role", "no such role; GET /api/me lists yours")
}

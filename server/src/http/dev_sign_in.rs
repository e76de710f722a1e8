//! `POST /dev/sign-in`: sign in as anybody, under `--development` only.

use super::user::User;
use crate::{
    extract::Body,
    peer::Peer,
    problem::Problem,
    session,
    state::AppState,
    store::{RoleGrantId, SignedInBy},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderName, HeaderValue, StatusCode, header},
};
use coplan_core::{id::UserId, policy::Scope};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    /// Id of a user that `/dev/users` lists.
    #[schema(value_type = String)]
    user: UserId,
    /// Id of one of their roles, as `/api/me` lists them; their oldest if it is not given.
    role: Option<i64>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct BegunSession {
    user: User,
    /// When the session ends, whatever happens.
    expires_at: String,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
enum SignInError {
    #[error("no user `{0}`; GET /dev/users lists them")]
    UnknownUser(UserId),
    #[error("this user has no role `{0}`")]
    UnknownRole(i64),
    #[error("development sign-in is for this machine only")]
    NotThisMachine,
}

/// The answer to another machine.
pub(super) fn not_this_machine() -> Problem {
    SignInError::NotThisMachine.into()
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        let (status, code, title) = match error {
            SignInError::UnknownUser(_) => (StatusCode::UNPROCESSABLE_ENTITY, "unknown-user", "Unknown user"),
            SignInError::UnknownRole(_) => (StatusCode::UNPROCESSABLE_ENTITY, "unknown-role", "Unknown role"),
            SignInError::NotThisMachine => (StatusCode::FORBIDDEN, "not-this-machine", "Not this machine"),
        };
        Self::new(status, code, title, error.to_string())
    }
}

/// Begins a session and hands out its cookie.
#[utoipa::path(
    post, path = "/dev/sign-in", tag = "development", request_body = SignIn,
    responses(
        (status = 200, body = BegunSession),
        (status = 403, body = Problem, description = "`not-this-machine`"),
        (status = 422, body = Problem, description = "`unknown-user`, `unknown-role`"),
        (status = 429, body = Problem, description = "`too-often`"),
    )
)]
pub(crate) async fn dev_sign_in(
    State(state): State<AppState>,
    peer: Peer,
    Body(wanted): Body<SignIn>,
) -> Result<([(HeaderName, HeaderValue); 1], Json<BegunSession>), Problem> {
    if !peer.is_loopback() {
        return Err(not_this_machine());
    }
    let account = state.store.account(&wanted.user).await?.ok_or(SignInError::UnknownUser(wanted.user))?;
    state.rates.sign_in(&account.id)?;
    let roles = state.store.roles_of(&account.id).await?;
    let role = match wanted.role {
        Some(wanted) => roles.iter().find(|(id, _)| *id == RoleGrantId(wanted)),
        None => roles.first(),
    };
    let Some((role, _)) = role else {
        return Err(SignInError::UnknownRole(wanted.role.unwrap_or_default()).into());
    };
    let begun = session::begin(&state, &account.id, Some(*role), SignedInBy::Development, Scope::default()).await?;
    let body = BegunSession { user: User::from(&account), expires_at: begun.expires_at.to_rfc3339() };
    Ok(([(header::SET_COOKIE, begun.set_cookie)], Json(body)))
}

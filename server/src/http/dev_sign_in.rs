//! `POST /dev/sign-in`: sign in as anybody, under `--development` only.

use super::user::User;
use crate::{extract::Body, problem::Problem, session, state::AppState, store::SignedInBy};
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
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        let (status, code, title) = match error {
            SignInError::UnknownUser(_) => (StatusCode::UNPROCESSABLE_ENTITY, "unknown-user", "Unknown user"),
        };
        Self::new(status, code, title, error.to_string())
    }
}

/// Begins a session and hands out its cookie.
#[utoipa::path(
    post, path = "/dev/sign-in", tag = "development", request_body = SignIn,
    responses(
        (status = 200, body = BegunSession),
        (status = 422, body = Problem, description = "`unknown-user`"),
        (status = 429, body = Problem, description = "`too-often`"),
    )
)]
pub(crate) async fn dev_sign_in(
    State(state): State<AppState>,
    Body(wanted): Body<SignIn>,
) -> Result<([(HeaderName, HeaderValue); 1], Json<BegunSession>), Problem> {
    let account = state.store.account(&wanted.user).await?.ok_or(SignInError::UnknownUser(wanted.user))?;
    state.rates.sign_in(&account.id)?;
    let role = state.store.roles_of(&account.id).await?.first().map(|(id, _)| *id);
    let begun = session::begin(&state, &account.id, role, SignedInBy::Development, Scope::default()).await?;
    let body = BegunSession { user: User::from(&account), expires_at: begun.expires_at.to_rfc3339() };
    Ok(([(header::SET_COOKIE, begun.set_cookie)], Json(body)))
}

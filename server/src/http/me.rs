//! `GET /api/me`: who is signed in.

use super::user::User;
use crate::{problem::Problem, session::SignedIn, state::AppState};
use axum::{Json, extract::State};
use serde::Serialize;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Me {
    user: User,
    /// When the session ends, whatever happens.
    expires_at: String,
    /// Whether the server runs for development.
    development: bool,
}

/// Who is signed in, and until when.
#[utoipa::path(get, path = "/api/me", tag = "session", responses((status = 200, body = Me), (status = 401, body = Problem)))]
pub(crate) async fn me(State(state): State<AppState>, who: SignedIn) -> Json<Me> {
    let user = User::from(&who.session.account);
    Json(Me { user, expires_at: who.session.expires_at.to_rfc3339(), development: state.development })
}

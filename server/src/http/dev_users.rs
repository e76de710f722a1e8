//! `GET /dev/users`: who there is to sign in as.

use super::user::User;
use crate::{problem::Problem, state::AppState};
use axum::{Json, extract::State};

/// Everybody one can sign in as, under `--development` only.
#[utoipa::path(get, path = "/dev/users", tag = "development", responses((status = 200, body = Vec<User>)))]
pub(crate) async fn dev_users(State(state): State<AppState>) -> Result<Json<Vec<User>>, Problem> {
    let accounts = state.store.accounts().await?;
    Ok(Json(accounts.iter().map(User::from).collect()))
}

//! `GET /dev/users`: who there is to sign in as.

use super::{dev_sign_in, user::User};
use crate::{peer::Peer, problem::Problem, state::AppState};
use axum::{Json, extract::State};

/// Everybody one can sign in as, under `--development` only.
#[utoipa::path(get, path = "/dev/users", tag = "development", responses((status = 200, body = Vec<User>)))]
pub(crate) async fn dev_users(State(state): State<AppState>, peer: Peer) -> Result<Json<Vec<User>>, Problem> {
    if !peer.is_loopback() {
        return Err(dev_sign_in::not_this_machine());
    }
    let accounts = state.store.accounts().await?;
    Ok(Json(accounts.iter().map(User::from).collect()))
}

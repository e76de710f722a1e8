//! `GET /api/passkeys` and `DELETE /api/passkeys/{id}`: the passkeys of whoever is signed in.

use super::passkey_register::own;
use crate::{
    audit::{Event, action, trail},
    extract::InPath,
    problem::Problem,
    session::SignedIn,
    state::AppState,
};
use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PasskeyBody {
    id: i64,
    /// What its owner calls it.
    name: String,
    created_at: String,
    used_at: Option<String>,
}

/// One's own passkeys, oldest first.
#[utoipa::path(
    get, path = "/api/passkeys", tag = "passkeys",
    responses((status = 200, body = Vec<PasskeyBody>), (status = 401, body = Problem))
)]
pub(crate) async fn passkey_list(
    State(state): State<AppState>,
    who: SignedIn,
) -> Result<Json<Vec<PasskeyBody>>, Problem> {
    let keys = state.store.passkeys_of(&who.session.account.id).await?;
    let body = keys.into_iter().map(|key| PasskeyBody {
        id: key.id,
        name: key.name,
        created_at: key.created_at.to_rfc3339(),
        used_at: key.used_at.map(|at| at.to_rfc3339()),
    });
    Ok(Json(body.collect()))
}

/// Removes a passkey, and ends whatever else is signed in with one: the device may be lost.
#[utoipa::path(
    delete, path = "/api/passkeys/{id}", tag = "passkeys", params(("id" = i64, Path)),
    responses(
        (status = 204),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem),
    )
)]
pub(crate) async fn passkey_remove(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(id): InPath<i64>,
) -> Result<StatusCode, Problem> {
    let event = Event::of(Some(&who.subject), action::REMOVE_PASSKEY, state.clock.now());
    trail::note(Event { resource: Some(format!("account:{}", who.subject.user)), ..event });
    let session = own(Some(who.session))?;
    let ended = state.store.remove_passkey(&session.account.id, id, session.id).await?;
    let ended = ended.ok_or_else(Problem::not_found)?;
    for session in ended {
        state.hub.end_session(session);
    }
    Ok(StatusCode::NO_CONTENT)
}

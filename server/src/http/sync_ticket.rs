//! `POST /api/sync-tickets`: a word that opens one socket.

use crate::{
    audit::{Event, action, trail},
    problem::Problem,
    random,
    session::SignedIn,
    state::AppState,
    store::TokenHash,
};
use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Ticket {
    /// Goes into `/sync?ticket=`.
    ticket: String,
    expires_at: String,
}

/// A ticket for one connection, for clients that cannot send a cookie.
#[utoipa::path(post, path = "/api/sync-tickets", tag = "sync", responses((status = 201, body = Ticket), (status = 401, body = Problem)))]
pub(crate) async fn sync_ticket(
    State(state): State<AppState>,
    who: SignedIn,
) -> Result<(StatusCode, Json<Ticket>), Problem> {
    let ticket = random::token();
    let now = state.clock.now();
    let expires_at = now.plus_ms(TICKET_MS_MAX);
    trail::note(Event::of(Some(&who.subject), action::TICKET, now));
    state.store.keep_ticket(&TokenHash::of(&ticket), who.session.id, now, expires_at).await?;
    Ok((StatusCode::CREATED, Json(Ticket { ticket, expires_at: expires_at.to_rfc3339() })))
}

/// How long a ticket holds, in milliseconds.
const TICKET_MS_MAX: i64 = 30_000;

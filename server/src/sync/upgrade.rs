//! `GET /sync`: from a request with a session to a socket on the hub.

use super::socket;
use crate::{problem::Problem, session::MayConnect, state::AppState};
use axum::{
    extract::{State, ws::WebSocketUpgrade},
    http::StatusCode,
    response::Response,
};

/// Sockets that one session may have open: a person's tabs, and an integrator's workers.
pub const SOCKETS_PER_SESSION_MAX: usize = 4_096;

/// Opens an automerge-repo socket for a session: by its cookie from one of our own pages, or by a ticket.
///
/// # Errors
/// 401 without a session, 403 from another site, 429 with too many sockets open.
pub async fn upgrade(
    MayConnect(signed_in): MayConnect,
    State(state): State<AppState>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    let session = signed_in.session;
    let Some(place) = state.hub.sessions().enter(session.id, SOCKETS_PER_SESSION_MAX) else {
        let detail = "close some of your open pages first";
        return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-sockets", "Too many open sockets", detail));
    };
    let serve = move |socket| socket::run(socket, state, signed_in.subject, session, place);
    Ok(socket::limited(upgrade).on_upgrade(serve))
}

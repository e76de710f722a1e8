//! `GET /sync`: from a request with a session to a socket on the hub.

use super::{sessions::SOCKETS_PER_USER_MAX, socket};
use crate::{problem::Problem, session::MayConnect, state::AppState};
use axum::{
    extract::{State, ws::WebSocketUpgrade},
    http::StatusCode,
    response::Response,
};

/// Opens an automerge-repo socket for a session: by its cookie from one of our own pages, or by a ticket.
///
/// # Errors
/// 401 without a session, 403 from another site, 429 with too many sockets open.
pub async fn upgrade(
    MayConnect(signed_in): MayConnect,
    State(state): State<AppState>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    let (session, subject) = (signed_in.session, signed_in.subject);
    let Some(place) = state.hub.sessions().enter(session.id, &subject, SOCKETS_PER_USER_MAX) else {
        let detail = "close some of your open pages first";
        return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-sockets", "Too many open sockets", detail));
    };
    let serve = move |socket| socket::run(socket, state, subject, session, place);
    Ok(socket::limited(upgrade).on_upgrade(serve))
}

//! Every request under one trail: its event is durable before its answer leaves.

use crate::{
    audit::{Outcome, trail::Trail},
    problem::Problem,
    state::AppState,
};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// Runs a request, and keeps the event that it leaves unless the transaction of what it allowed has kept it already. If it
/// cannot be kept, nothing of the answer is shown.
pub(crate) async fn audited(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let trail = Trail::default();
    let response = trail.clone().follow(next.run(request)).await;
    let Some(mut event) = trail.left() else { return response };
    let failed = response.status().is_client_error() || response.status().is_server_error();
    if failed && event.outcome == Outcome::Allowed {
        event.outcome = Outcome::Failed;
    }
    match state.store.record(event).await {
        Ok(()) => response,
        Err(error) => Problem::from(error).into_response(),
    }
}

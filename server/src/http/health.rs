//! `/healthz`, `/readyz`, `/metrics`: for whoever runs the service.

use crate::{problem::Problem, state::AppState};
use axum::extract::State;

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, body = String)))]
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// The process answers, and so does its store.
#[utoipa::path(get, path = "/readyz", tag = "operation", responses((status = 200, body = String), (status = 503, body = Problem)))]
pub(crate) async fn readyz(State(state): State<AppState>) -> Result<&'static str, Problem> {
    state.store.check().await?;
    Ok("ready\n")
}

/// Counts and times, as Prometheus reads them. They hold no personal data.
#[utoipa::path(get, path = "/metrics", tag = "operation", responses((status = 200, body = String)))]
pub(crate) async fn metrics(State(state): State<AppState>) -> String {
    state.telemetry.render()
}

//! `/healthz`, `/readyz`, `/metrics`: for whoever runs the service.
//!
//! That the process answers, anybody may know. How it does is for this machine, and for whom `--monitor` names.

use crate::{peer::Peer, problem::Problem, state::AppState};
use axum::{
    extract::{FromRequestParts, State},
    http::{StatusCode, request::Parts},
};

/// Somebody who may ask how the service does.
pub(crate) struct Monitor;

impl FromRequestParts<AppState> for Monitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        if Peer::of_request(parts).is_among(&state.monitors, &parts.headers) {
            return Ok(Self);
        }
        let detail = "this is for the machine itself, and for addresses that `--monitor` names";
        Err(Problem::new(StatusCode::FORBIDDEN, "not-a-monitor", "Not a monitor", detail))
    }
}

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, body = String)))]
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// The process answers, and so does its store.
#[utoipa::path(
    get, path = "/readyz", tag = "operation",
    responses(
        (status = 200, body = String),
        (status = 403, body = Problem, description = "`not-a-monitor`"),
        (status = 503, body = Problem),
    )
)]
pub(crate) async fn readyz(_: Monitor, State(state): State<AppState>) -> Result<&'static str, Problem> {
    state.store.check().await?;
    Ok("ready\n")
}

/// Counts and times, as Prometheus reads them. They hold no personal data.
#[utoipa::path(
    get, path = "/metrics", tag = "operation",
    responses((status = 200, body = String), (status = 403, body = Problem, description = "`not-a-monitor`"))
)]
pub(crate) async fn metrics(_: Monitor, State(state): State<AppState>) -> String {
    state.telemetry.render()
}

//! FHIR R4, read-only: `/fhir/R4/...`. Errors are `OperationOutcome`.
//!
//! To add a resource: its search in a file here, its route in `routes`, and a test that gives what a real server answers to
//! the validators in `tests/fhir`.

mod audit_event;
mod audit_event_search;
mod outcome;

pub(crate) use outcome::FhirProblem;

use crate::{http::audited::audited, problem::Problem, state::AppState};
use axum::{
    Router,
    http::{StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::Value;

/// Everything below `/fhir/R4`.
pub(crate) fn routes(state: AppState) -> Router<AppState> {
    Router::new()
        .route("/AuditEvent", get(audit_event_search::search))
        .fallback(async || FhirProblem::not_supported())
        .method_not_allowed_fallback(async || FhirProblem::not_supported())
        .layer(middleware::from_fn_with_state(state, audited))
        .layer(middleware::map_response(outcome))
}

/// What others said of a request, above all that its event could not be kept, said again as FHIR says it.
async fn outcome(response: Response) -> Response {
    let failed = response.status() == StatusCode::SERVICE_UNAVAILABLE;
    let is_fhir = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == JSON);
    if failed && !is_fhir { FhirProblem::from(Problem::unavailable()).into_response() } else { response }
}

/// A resource as an answer.
pub(crate) struct Resource(pub(crate) Value);

impl IntoResponse for Resource {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, JSON)], self.0.to_string()).into_response()
    }
}

/// How FHIR resources are sent.
const JSON: &str = "application/fhir+json; charset=utf-8";

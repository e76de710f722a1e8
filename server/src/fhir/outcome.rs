//! A no, as FHIR says it.

use super::JSON;
use crate::{problem::Problem, store::StoreError};
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use coplan_core::policy::Denied;
use serde_json::json;

/// A problem that is answered as an `OperationOutcome`.
#[derive(Debug, Clone)]
pub(crate) struct FhirProblem {
    status: StatusCode,
    /// Of the value set `issue-type`.
    code: &'static str,
    detail: String,
}

impl FhirProblem {
    /// A parameter that cannot be.
    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: "invalid", detail: detail.into() }
    }

    /// A resource or an interaction that this server does not have.
    pub(crate) fn not_supported() -> Self {
        let detail = "this server does not have that; it has GET /fhir/R4/AuditEvent?patient=".to_owned();
        Self { status: StatusCode::NOT_FOUND, code: "not-supported", detail }
    }
}

impl From<Problem> for FhirProblem {
    fn from(problem: Problem) -> Self {
        let code = match problem.status() {
            StatusCode::UNAUTHORIZED => "login",
            StatusCode::FORBIDDEN => "forbidden",
            StatusCode::NOT_FOUND => "not-found",
            StatusCode::TOO_MANY_REQUESTS => "throttled",
            StatusCode::SERVICE_UNAVAILABLE => "transient",
            status if status.is_server_error() => "exception",
            _ => "invalid",
        };
        Self { status: problem.status(), code, detail: problem.detail().to_owned() }
    }
}

impl From<StoreError> for FhirProblem {
    fn from(error: StoreError) -> Self {
        Problem::from(error).into()
    }
}

impl From<Denied> for FhirProblem {
    fn from(denied: Denied) -> Self {
        Problem::from(denied).into()
    }
}

impl IntoResponse for FhirProblem {
    fn into_response(self) -> Response {
        let outcome = json!({
            "resourceType": "OperationOutcome",
            "issue": [{ "severity": "error", "code": self.code, "diagnostics": self.detail }],
        });
        (self.status, [(header::CONTENT_TYPE, JSON)], outcome.to_string()).into_response()
    }
}

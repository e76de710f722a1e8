//! A no, as FHIR says it.

use super::content::JSON;
use crate::{problem::Problem, store::StoreError};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use coplan_core::policy::Denied;
use serde_json::{Value, json};

/// A problem that is answered as an `OperationOutcome`.
#[derive(Debug, Clone)]
pub(crate) struct FhirProblem {
    status: StatusCode,
    /// Of the value set `issue-type`.
    code: &'static str,
    detail: String,
    /// How to prove who one is.
    challenge: Option<&'static str>,
    retry_after_s: Option<u64>,
}

impl FhirProblem {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), challenge: None, retry_after_s: None }
    }

    /// A parameter that cannot be.
    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid", detail)
    }

    /// A parameter that is needed.
    pub(crate) fn required(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "required", detail)
    }

    /// An NHS number that cannot be; it is not said again.
    pub(crate) fn not_an_nhs_number(parameter: &str) -> Self {
        Self::invalid(format!("`{parameter}` is an NHS number: ten digits, with their system before a bar or alone"))
    }

    /// A parameter that this server does not have, and will not leave out unasked.
    pub(crate) fn unknown_parameter(name: &str) -> Self {
        let detail = format!("`{name}` is not supported here; with `Prefer: handling=lenient` it is left out");
        Self::new(StatusCode::BAD_REQUEST, "not-supported", detail)
    }

    /// A resource or an interaction that this server does not have.
    pub(crate) fn not_supported() -> Self {
        let detail = "this server does not have that; GET /fhir/R4/metadata says what it has";
        Self::new(StatusCode::NOT_FOUND, "not-supported", detail)
    }

    /// The address is right and the method is not.
    pub(crate) fn method_not_allowed() -> Self {
        let detail = "this server is read only; GET /fhir/R4/metadata says what it has";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "not-supported", detail)
    }

    /// The client takes no JSON.
    pub(crate) fn not_acceptable() -> Self {
        Self::new(StatusCode::NOT_ACCEPTABLE, "not-supported", "resources are sent as application/fhir+json, FHIR 4.0")
    }

    /// The body of a search is not a form.
    pub(crate) fn not_a_form() -> Self {
        let detail = "the body of a search is application/x-www-form-urlencoded";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-supported", detail)
    }

    /// No such thing, or nothing that one may know of: the answer is the same.
    pub(crate) fn not_found() -> Self {
        Problem::not_found().into()
    }

    /// Whether it is what is said of things that are not there.
    pub(crate) fn is_not_found(&self) -> bool {
        self.status == StatusCode::NOT_FOUND
    }

    /// The bearer token does not hold.
    pub(crate) fn bad_token() -> Self {
        let challenge = Some("Bearer error=\"invalid_token\"");
        Self {
            challenge,
            ..Self::new(StatusCode::UNAUTHORIZED, "login", "the token is not one of ours, or holds no longer")
        }
    }

    /// The bearer token does not reach so far.
    pub(crate) fn narrow_token() -> Self {
        let challenge = Some("Bearer error=\"insufficient_scope\"");
        Self { challenge, ..Self::new(StatusCode::FORBIDDEN, "forbidden", "the scopes of the token do not have this") }
    }

    /// Something of ours.
    pub(crate) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "exception", "the server met a mistake of its own")
    }

    /// The same, beside what is answered all the same.
    pub(crate) fn left_out(names: &[String]) -> Value {
        let issue = |name: &String| {
            let detail = format!("`{name}` is not supported here, and was left out");
            json!({ "severity": "warning", "code": "not-supported", "diagnostics": detail })
        };
        json!({ "resourceType": "OperationOutcome", "issue": names.iter().map(issue).collect::<Vec<_>>() })
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
        let challenge = (problem.status() == StatusCode::UNAUTHORIZED).then_some("Bearer");
        let retry_after_s = problem.retry_after_s();
        Self { challenge, retry_after_s, ..Self::new(problem.status(), code, problem.detail()) }
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
        let mut response = (self.status, [(header::CONTENT_TYPE, JSON)], outcome.to_string()).into_response();
        if let Some(challenge) = self.challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

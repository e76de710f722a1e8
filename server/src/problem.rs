//! Problem documents (RFC 9457): the one place where a no becomes an answer. Causes are logged here and never sent.

use crate::store::StoreError;
use axum::{
    Json,
    extract::rejection::{JsonRejection, PathRejection, QueryRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use coplan_core::policy::Denied;
use serde::Serialize;
use serde_json::{Map, Value};

/// An answer that says no, and why.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// `urn:coplan:problem:<code>`.
    #[serde(rename = "type")]
    kind: String,
    /// What kind of problem it is, always the same for a code.
    title: &'static str,
    /// HTTP status.
    #[schema(value_type = u16)]
    #[serde(serialize_with = "as_number")]
    status: StatusCode,
    /// What is wrong this time, in a sentence.
    detail: String,
    /// The stable name.
    code: &'static str,
    /// What else belongs to the code.
    #[serde(flatten)]
    members: Box<Map<String, Value>>,
    #[serde(skip)]
    retry_after_s: Option<u64>,
}

impl Problem {
    /// A problem of this status, stable name and title.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        let kind = format!("urn:coplan:problem:{code}");
        Self { kind, title, status, detail: detail.into(), code, members: Box::default(), retry_after_s: None }
    }

    /// The same, with one more member.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.members.insert(member.to_owned(), value.into());
        self
    }

    /// The same, for one who may ask again after so many seconds.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// Its HTTP status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// What is wrong this time, in a sentence.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// After how many seconds one may ask again, if that is known.
    #[must_use]
    pub const fn retry_after_s(&self) -> Option<u64> {
        self.retry_after_s
    }

    /// Its stable name.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// No such thing, or nothing that this subject may know of: the answer is the same.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", "there is nothing here that you may see")
    }

    /// The store does not answer.
    #[must_use]
    pub fn unavailable() -> Self {
        let detail = "the store cannot be reached at the moment; try again";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Unavailable", detail)
    }

    /// The address is right and the method is not.
    #[must_use]
    pub fn method_not_allowed() -> Self {
        let detail = "this address does not take this method; see /openapi.json";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed", detail)
    }

    /// Nobody is signed in.
    #[must_use]
    pub fn signed_out() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "signed-out", "Signed out", "sign in first")
    }

    /// The request was made by another site's page.
    #[must_use]
    pub fn cross_site() -> Self {
        let detail = "requests that change something are taken from pages of this server only";
        Self::new(StatusCode::FORBIDDEN, "cross-site", "Cross-site request", detail)
    }

    /// A right that goes with a role, or with what somebody has done before.
    #[must_use]
    pub fn not_allowed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "not-allowed", "Not allowed", detail)
    }

    /// A value in the request that cannot be.
    #[must_use]
    pub fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, "Bad request", detail)
    }

    /// A value that can be read and is not allowed.
    #[must_use]
    pub fn unprocessable(code: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, title, detail)
    }
}

impl From<Denied> for Problem {
    /// What may not be known to be there is not found.
    fn from(denied: Denied) -> Self {
        if !denied.disclosed {
            return Self::not_found();
        }
        let remedies: Vec<_> = denied.remedies.iter().map(|remedy| remedy.as_str()).collect();
        Self::new(StatusCode::FORBIDDEN, "not-allowed", "Not allowed", denied.reason).with("remedies", remedies)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store did not answer a request");
        Self::unavailable()
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                let detail = format!("a request holds at most {} bytes", BODY_BYTES_MAX);
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large", detail)
            }
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                let detail = "send JSON, with `Content-Type: application/json`";
                Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "Unsupported media type", detail)
            }
            // The rejection's own text would repeat values of the request.
            StatusCode::UNPROCESSABLE_ENTITY => {
                let detail = "the JSON does not have the members that this request takes; see /openapi.json";
                Self::unprocessable("bad-body", "Wrong members", detail)
            }
            _ => Self::bad_request("bad-json", "the body is not JSON"),
        }
    }
}

impl From<PathRejection> for Problem {
    fn from(_: PathRejection) -> Self {
        Self::not_found()
    }
}

impl From<QueryRejection> for Problem {
    fn from(_: QueryRejection) -> Self {
        Self::bad_request("bad-query", "the query has a parameter that cannot be read; see /openapi.json")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let retry_after_s = self.retry_after_s;
        let mut response = (self.status, Json(self)).into_response();
        if let Some(seconds) = retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
}

fn as_number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

/// Most bytes of a request's body. The router holds requests to it; the refusal names it.
pub(crate) const BODY_BYTES_MAX: usize = 64 * 1024;

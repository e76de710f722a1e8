//! JSON over HTTP/1.1 with one cookie, and nothing more.

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{HeaderMap, Method, Request, StatusCode, Uri, header};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::time::Duration;

/// Why a request to the API brought no answer that can be used.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The address is not `http://host:port`.
    #[error("`{0}` is not an address such as http://127.0.0.1:8080; TLS is ended by a proxy")]
    BadAddress(String),
    /// Nobody answered, or not to the end.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// No complete answer within `REQUEST_MS_MAX`.
    #[error("the server did not answer within {REQUEST_MS_MAX} ms")]
    TimedOut,
    /// The server said no, with a problem document (RFC 9457).
    #[error("{status} {code}: {detail}")]
    Problem {
        /// HTTP status.
        status: u16,
        /// The problem's stable name: `plan-exists`. Empty if the answer was no problem document.
        code: String,
        /// What the server says about it.
        detail: String,
        /// The whole document, with the members that belong to its code.
        body: serde_json::Value,
    },
    /// The answer is not what the API describes.
    #[error("the answer to {path} cannot be read: {reason}")]
    Unreadable {
        /// What was asked for.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// One server, and who one is there.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    client: Client<HttpConnector, Full<Bytes>>,
    authority: String,
    /// `name=value` as it goes back in the `Cookie` header.
    pub(crate) cookie: Option<String>,
}

/// An answer with a status below 400.
pub(crate) struct Answer {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Http {
    pub(crate) fn new(base_url: &str) -> Result<Self, RequestError> {
        let bad = || RequestError::BadAddress(base_url.to_owned());
        let uri: Uri = base_url.parse().map_err(|_| bad())?;
        let authority = uri.authority().filter(|a| !a.as_str().contains('@')).ok_or_else(bad)?;
        let bare = uri.path_and_query().is_none_or(|path| path.as_str() == "/");
        if uri.scheme_str() != Some("http") || !bare {
            return Err(bad());
        }
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { client, authority: authority.as_str().to_owned(), cookie: None })
    }

    /// `host:port`, with port 80 where the address named none.
    pub(crate) fn host_and_port(&self) -> String {
        let port_named = self.authority.rsplit(':').next().is_some_and(|p| p.parse::<u16>().is_ok());
        if port_named { self.authority.clone() } else { format!("{}:80", self.authority) }
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.authority)
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, RequestError> {
        read_json(path, &self.send(Method::GET, path, Bytes::new()).await?)
    }

    pub(crate) async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, RequestError> {
        read_json(path, &self.post_for_answer(path, body).await?)
    }

    pub(crate) async fn post_for_answer(&self, path: &str, body: &impl Serialize) -> Result<Answer, RequestError> {
        let unwritable =
            |e: serde_json::Error| RequestError::Unreadable { path: path.to_owned(), reason: e.to_string() };
        self.send(Method::POST, path, serde_json::to_vec(body).map_err(unwritable)?.into()).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Bytes) -> Result<Answer, RequestError> {
        let limit = Duration::from_millis(REQUEST_MS_MAX);
        tokio::time::timeout(limit, self.exchange(method, path, body)).await.map_err(|_| RequestError::TimedOut)?
    }

    async fn exchange(&self, method: Method, path: &str, body: Bytes) -> Result<Answer, RequestError> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.origin()));
        request = request.header(header::ORIGIN, self.origin()).header(header::ACCEPT, "application/json");
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request.body(Full::new(body)).map_err(|e| RequestError::BadAddress(e.to_string()))?;
        let response = self.client.request(request).await.map_err(|e| RequestError::Unreachable(causes(&e)))?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, BODY_BYTES_MAX).collect().await;
        let body = body.map_err(|e| RequestError::Unreachable(e.to_string()))?.to_bytes();
        if head.status.as_u16() >= 400 {
            return Err(problem(head.status, &body));
        }
        Ok(Answer { headers: head.headers, body })
    }
}

fn read_json<T: DeserializeOwned>(path: &str, answer: &Answer) -> Result<T, RequestError> {
    serde_json::from_slice(&answer.body)
        .map_err(|e| RequestError::Unreadable { path: path.to_owned(), reason: e.to_string() })
}

fn problem(status: StatusCode, body: &[u8]) -> RequestError {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Members {
        code: String,
        detail: String,
        title: String,
    }
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let members: Members = Members::deserialize(&body).unwrap_or_default();
    let detail = if members.detail.is_empty() { members.title } else { members.detail };
    RequestError::Problem { status: status.as_u16(), code: members.code, detail, body }
}

/// An error with what caused it: hyper's own message alone says only "client error".
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

/// Longest time from a request to the end of its answer, in milliseconds.
const REQUEST_MS_MAX: u64 = 30_000;
/// Largest answer read, in bytes.
const BODY_BYTES_MAX: usize = 16 << 20;

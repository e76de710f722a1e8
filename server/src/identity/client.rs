//! The only way out to identity providers and host records.
//!
//! No redirects, no proxy of the environment, a time limit and a size limit: whoever answers has been named in the identity
//! file, and is still not trusted with our memory or our time.

use super::{IdentityError, may_reach};
use openidconnect::{HttpRequest, HttpResponse, http};
use reqwest::redirect;
use serde::de::DeserializeOwned;
use std::time::Duration;
use url::Url;

/// A client for JSON of other services. Clones share its connections.
#[derive(Clone)]
pub struct HttpClient {
    client: reqwest::Client,
    development: bool,
}

/// Why there was no answer that could be used. No variant holds what was sent or answered.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// An address that nobody is asked at.
    #[error("plain HTTP is for loopback addresses in development only")]
    Plain,
    /// Nobody there, or too slow.
    #[error("no answer: {0}")]
    NoAnswer(&'static str),
    /// More than fits.
    #[error("the answer has more than {BODY_BYTES_MAX} bytes")]
    TooLong,
    /// An answer with a status other than 200.
    #[error("the answer has the status {0}")]
    Status(u16),
    /// Not the JSON that was asked for.
    #[error("the answer is not the JSON that was asked for")]
    NotJson,
    /// Something that cannot be put into a request or an answer.
    #[error("the request or its answer cannot be put together")]
    Malformed,
}

impl HttpClient {
    pub(super) fn new(development: bool) -> Result<Self, IdentityError> {
        let client = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(ANSWER_WITHIN)
            .connect_timeout(CONNECT_WITHIN)
            .user_agent(USER_AGENT)
            .build()
            .map_err(|_| IdentityError::NoClient)?;
        Ok(Self { client, development })
    }

    /// Sends a request that openidconnect has made.
    ///
    /// # Errors
    /// `FetchError`; an answer with any status is an answer.
    pub async fn send(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let (parts, body) = request.into_parts();
        let url = Url::parse(&parts.uri.to_string()).map_err(|_| FetchError::Malformed)?;
        if !may_reach(&url, self.development) {
            return Err(FetchError::Plain);
        }
        let request = self.client.request(parts.method, url).headers(parts.headers).body(body);
        let answer = request.send().await.map_err(|error| FetchError::NoAnswer(why(&error)))?;
        let mut response = http::Response::builder().status(answer.status());
        if let Some(headers) = response.headers_mut() {
            headers.clone_from(answer.headers());
        }
        response.body(body_of(answer).await?).map_err(|_| FetchError::Malformed)
    }

    /// Gets JSON.
    ///
    /// # Errors
    /// `FetchError`, also for any status but 200.
    pub async fn get_json<T: DeserializeOwned>(&self, url: &Url) -> Result<T, FetchError> {
        let request = http::Request::builder().method("GET").uri(url.as_str()).header("accept", "application/json");
        let answer = self.send(request.body(Vec::new()).map_err(|_| FetchError::Malformed)?).await?;
        if answer.status() != http::StatusCode::OK {
            return Err(FetchError::Status(answer.status().as_u16()));
        }
        serde_json::from_slice(answer.body()).map_err(|_| FetchError::NotJson)
    }
}

async fn body_of(mut answer: reqwest::Response) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| FetchError::NoAnswer(why(&error)))? {
        if body.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(FetchError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// reqwest's own text may hold the address with its query.
fn why(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "too slow"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    }
}

/// Most bytes of an answer.
const BODY_BYTES_MAX: usize = 256 * 1024;

/// How long an answer may take, from the first byte sent to the last received.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// How long a connection may take to be made.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// What we call ourselves.
const USER_AGENT: &str = concat!("coplan/", env!("CARGO_PKG_VERSION"));

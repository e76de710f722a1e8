//! The only way out to targets: to the addresses that are named, over HTTPS, without redirects and without the proxies of the
//! environment, within a time and a size.
//!
//! INVARIANT: what is said of a failure holds nothing of what was sent or answered, but the status and, where the answer is
//! an OperationOutcome, the code of its first issue if it is one of FHIR's.

use super::{
    address::{CheckedResolver, may_reach},
    backoff::retry_after,
    targets::Http,
};
use reqwest::{Method, StatusCode, header, redirect};
use serde_json::Value;
use std::{error::Error, net::IpAddr, time::Duration};
use url::{Host, Url};

/// What is sent.
#[derive(Debug, Clone)]
pub(super) struct Request {
    /// How.
    pub(super) method: Method,
    /// Where.
    pub(super) url: Url,
    /// The same for every attempt at the same delivery.
    pub(super) key: String,
    /// FHIR in JSON.
    pub(super) body: Option<Vec<u8>>,
    /// ODS code of the organisation in whose name it is sent, for whoever asks for it.
    pub(super) organisation: Option<String>,
}

/// What came back.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// The body, if it was JSON.
    pub(super) json: Option<Value>,
    /// Where what was made is.
    pub(super) location: Option<String>,
}

/// Why it did not get there, or why nobody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// The target cannot take anything now; its wish when to come again.
    Away(String, Option<Duration>),
    /// The message may be at fault, or the target.
    Failed(String),
    /// The message, or what the target was told of us.
    Refused(String),
}

/// A client for one target.
pub(super) struct Client {
    http: reqwest::Client,
    settings: Http,
}

impl Client {
    /// A client that reaches what these settings allow.
    ///
    /// # Errors
    /// If this machine or the certificate file does not give one.
    pub(super) fn new(settings: Http) -> Result<Self, reqwest::Error> {
        let mut builder = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(Duration::from_millis(settings.timeout_ms))
            .connect_timeout(CONNECT_WITHIN.min(Duration::from_millis(settings.timeout_ms)))
            .dns_resolver(std::sync::Arc::new(CheckedResolver { allow_private: settings.allow_private }))
            .user_agent(USER_AGENT);
        if let Some(pem) = &settings.ca {
            builder = builder.add_root_certificate(reqwest::Certificate::from_pem(pem)?);
        }
        Ok(Self { http: builder.build()?, settings })
    }

    /// Sends it and waits for the whole answer.
    ///
    /// # Errors
    /// `Failure`, for any status but 2xx too.
    pub(super) async fn send(&self, request: Request) -> Result<Answer, Failure> {
        self.check(&request.url)?;
        let mut sent = self
            .http
            .request(request.method, request.url)
            .header("idempotency-key", request.key)
            .header(header::ACCEPT, FHIR_JSON)
            .header("prefer", "return=minimal");
        if let Some(file) = &self.settings.bearer_file {
            let token = std::fs::read_to_string(file).map_err(|_| Failure::Away("no token to be read".into(), None))?;
            sent = sent.bearer_auth(token.trim());
        }
        if let Some(organisation) = request.organisation {
            sent = sent.header(END_USER_ORGANISATION, organisation);
        }
        if let Some(body) = request.body {
            sent = sent.header(header::CONTENT_TYPE, FHIR_JSON).body(body);
        }
        let answer = sent.send().await.map_err(|error| why(&error))?;
        let status = answer.status();
        let wish = answer
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| retry_after(value, crate::clock::Clock.now().0.div_euclid(1_000)));
        let location = answer.headers().get(header::LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let json = body_of(answer).await?;
        if status.is_success() { Ok(Answer { json, location }) } else { Err(failure(status, wish, json.as_ref())) }
    }

    /// Names are checked when they are resolved, addresses here.
    fn check(&self, url: &Url) -> Result<(), Failure> {
        let address: Option<IpAddr> = match url.host() {
            Some(Host::Ipv4(address)) => Some(address.into()),
            Some(Host::Ipv6(address)) => Some(address.into()),
            _ => None,
        };
        let scheme = url.scheme() == "https" || (url.scheme() == "http" && self.settings.allow_http);
        if scheme && address.is_none_or(|address| may_reach(address, self.settings.allow_private)) {
            return Ok(());
        }
        Err(Failure::Refused(NOT_ALLOWED.to_owned()))
    }
}

/// What a status means for the delivery.
fn failure(status: StatusCode, wish: Option<Duration>, json: Option<&Value>) -> Failure {
    let reason = match json.and_then(issue_code) {
        Some(code) => format!("status {} ({code})", status.as_u16()),
        None => format!("status {}", status.as_u16()),
    };
    match status.as_u16() {
        // Whoever is not let in any more is let in again once the token is renewed: that says nothing of the message.
        401 | 408 | 425 | 429 | 502 | 503 | 504 => Failure::Away(reason, wish),
        409 | 412 | 423 | 500.. => Failure::Failed(reason),
        300..=399 => Failure::Refused(format!("{reason}, a redirect")),
        _ => Failure::Refused(reason),
    }
}

fn issue_code(json: &Value) -> Option<&'static str> {
    let code = json.get("issue")?.get(0)?.get("code")?.as_str()?;
    ISSUE_CODES.iter().find(|known| **known == code).copied()
}

async fn body_of(mut answer: reqwest::Response) -> Result<Option<Value>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| why(&error))? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(Failure::Failed(format!("an answer of more than {ANSWER_BYTES_MAX} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(serde_json::from_slice(&body).ok())
}

/// reqwest's own text may hold the address, and nobody needs it.
fn why(error: &reqwest::Error) -> Failure {
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(inner) = cause {
        if inner.is::<super::address::NotAllowed>() {
            return Failure::Refused(NOT_ALLOWED.to_owned());
        }
        cause = inner.source();
    }
    if error.is_timeout() {
        Failure::Away("no answer in time".to_owned(), None)
    } else if error.is_connect() {
        Failure::Away("no connection".to_owned(), None)
    } else {
        Failure::Failed("the connection broke".to_owned())
    }
}

const NOT_ALLOWED: &str = "an address that may not be reached";

/// The header in which the services of NHS England are told the ODS code of whoever asks.
const END_USER_ORGANISATION: &str = "nhsd-end-user-organisation-ods";

const FHIR_JSON: &str = "application/fhir+json";

/// What we call ourselves.
const USER_AGENT: &str = concat!("coplan/", env!("CARGO_PKG_VERSION"));

/// How long a connection may take to be made.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Most bytes of an answer.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// Codes of issues (FHIR R4, value set issue-type).
const ISSUE_CODES: [&str; 31] = [
    "invalid",
    "structure",
    "required",
    "value",
    "invariant",
    "security",
    "login",
    "unknown",
    "expired",
    "forbidden",
    "suppressed",
    "processing",
    "not-supported",
    "duplicate",
    "multiple-matches",
    "not-found",
    "deleted",
    "too-long",
    "code-invalid",
    "extension",
    "too-costly",
    "business-rule",
    "conflict",
    "transient",
    "lock-error",
    "no-store",
    "exception",
    "timeout",
    "incomplete",
    "throttled",
    "informational",
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(status: u16, json: Option<Value>) -> Failure {
        failure(StatusCode::from_u16(status).unwrap(), Some(Duration::from_secs(7)), json.as_ref())
    }

    #[test]
    fn a_status_says_whether_to_wait_to_try_again_or_to_give_up() {
        for status in [401, 408, 425, 429, 502, 503, 504] {
            let away = Failure::Away(format!("status {status}"), Some(Duration::from_secs(7)));
            assert_eq!(of(status, None), away);
        }
        for status in [409, 412, 500, 501, 599] {
            assert_eq!(of(status, None), Failure::Failed(format!("status {status}")));
        }
        for status in [400, 403, 404, 410, 413, 422] {
            assert_eq!(of(status, None), Failure::Refused(format!("status {status}")));
        }
        assert_eq!(of(302, None), Failure::Refused("status 302, a redirect".to_owned()));
    }

    #[test]
    fn a_reason_holds_a_code_and_never_the_words_of_the_answer() {
        let outcome = |code: &str| json!({"issue": [{"code": code, "diagnostics": "9990000018 Ann Example"}]});
        assert_eq!(of(422, Some(outcome("invariant"))), Failure::Refused("status 422 (invariant)".to_owned()));
        assert_eq!(of(422, Some(outcome("Ann Example"))), Failure::Refused("status 422".to_owned()));
    }
}

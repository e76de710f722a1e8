//! Asks a FHIR server for what it holds of a person.
//!
//! INVARIANT: the NHS number goes in the body of a search, never in an address. What is said of a failure holds nothing of
//! what was sent or answered, but the status.
//! INVARIANT: a page of an answer is read at the source's own address only, wherever the answer says that it is.

use super::source::Source;
use crate::delivery::address::{CheckedResolver, may_reach};
use coplan_core::{
    import::{BUNDLE_BYTES_MAX, Bundle, ImportError, RESOURCES_MAX},
    nhs_number::NhsNumber,
};
use reqwest::{header, redirect};
use serde_json::{Value, json};
use std::{net::IpAddr, sync::Arc, time::Duration};
use url::{Host, Url};

/// The way to one source.
#[derive(Debug)]
pub(super) struct Reach {
    http: reqwest::Client,
    allow_private: bool,
}

/// Why a source gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Its address is private, or not of the open internet.
    #[error("its address may not be reached")]
    NotAllowed,
    /// Nobody there, or too slow.
    #[error("no answer: {0}")]
    NoAnswer(&'static str),
    /// An answer of another status than 200.
    #[error("the answer has the status {0}")]
    Status(u16),
    /// More than is taken.
    #[error("the answer holds more than is taken over")]
    TooLong,
    /// Not a searchset.
    #[error("the answer is not a Bundle of results")]
    NotABundle,
    /// It says that results were withheld, or may be missing: what is not there may be in the record all the same.
    #[error("it says that the answer is not complete")]
    Incomplete,
    /// It does not know the person, or knows several.
    #[error("it holds {0} records of the person")]
    NotOne(usize),
    /// The token is missing.
    #[error("its token cannot be read")]
    NoToken,
    /// What it gave cannot be imported.
    #[error(transparent)]
    Wrong(#[from] ImportError),
}

impl Reach {
    pub(super) fn new(allow_private: bool) -> Result<Self, ()> {
        let http = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(ANSWER_WITHIN)
            .connect_timeout(CONNECT_WITHIN)
            .dns_resolver(Arc::new(CheckedResolver { allow_private }))
            .user_agent(USER_AGENT)
            .build()
            .map_err(|_| ())?;
        Ok(Self { http, allow_private })
    }

    /// Names are checked when they are resolved, addresses here.
    fn allows(&self, url: &Url) -> bool {
        let address: IpAddr = match url.host() {
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
            Some(Host::Domain(_)) => return true,
            None => return false,
        };
        may_reach(address, self.allow_private)
    }
}

impl Source {
    /// Everything that the source holds of the person and that is taken over.
    ///
    /// # Errors
    /// `FetchError`; then nothing is known of what it holds.
    pub async fn fetch(&self, nhs_number: &NhsNumber) -> Result<Bundle, FetchError> {
        tokio::time::timeout(FETCH_WITHIN, self.fetch_all(nhs_number))
            .await
            .unwrap_or(Err(FetchError::NoAnswer("too slow")))
    }

    async fn fetch_all(&self, nhs_number: &NhsNumber) -> Result<Bundle, FetchError> {
        let mut fetch = Fetch { source: self, token: self.token()?, bytes: 0, entries: Vec::new() };
        let identifier = format!("https://fhir.nhs.uk/Id/nhs-number|{}", nhs_number.as_str());
        fetch.search("Patient", &[("identifier", &identifier)]).await?;
        let [entry] = &fetch.entries[..] else { return Err(FetchError::NotOne(fetch.entries.len())) };
        let id = entry.pointer("/resource/id").and_then(Value::as_str).ok_or(FetchError::NotABundle)?;
        let patient = format!("Patient/{id}");
        for (kind, include) in SEARCHES {
            let mut query = vec![("patient", patient.as_str()), ("_count", COUNT)];
            query.extend(include.map(|include| ("_include", include)));
            fetch.search(kind, &query).await?;
        }
        Ok(Bundle::of(&json!({ "resourceType": "Bundle", "type": "collection", "entry": fetch.entries }))?)
    }

    fn token(&self) -> Result<Option<String>, FetchError> {
        let Some(file) = &self.bearer_file else { return Ok(None) };
        let token = std::fs::read_to_string(file).map_err(|_| FetchError::NoToken)?;
        Ok(Some(token.trim().to_owned()))
    }

    /// Whether an address is below the source's own.
    fn holds(&self, url: &Url) -> bool {
        url.origin() == self.base.origin() && url.path().starts_with(self.base.path().trim_end_matches('/'))
    }
}

struct Fetch<'s> {
    source: &'s Source,
    token: Option<String>,
    bytes: usize,
    entries: Vec<Value>,
}

impl Fetch<'_> {
    /// Searches by POST, and follows the pages of the answer.
    async fn search(&mut self, kind: &str, query: &[(&str, &str)]) -> Result<(), FetchError> {
        let url = self.source.base.join(&format!("{kind}/_search")).map_err(|_| FetchError::NotABundle)?;
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let first = self.source.reach.http.post(url.clone()).header(header::CONTENT_TYPE, FORM).body(form);
        let mut next = self.page(&url, first).await?;
        for _ in 1..PAGES_MAX {
            let Some(link) = next else { return Ok(()) };
            let url = self.source.base.join(&link).map_err(|_| FetchError::NotABundle)?;
            if !self.source.holds(&url) {
                return Err(FetchError::NotAllowed);
            }
            next = self.page(&url, self.source.reach.http.get(url.clone())).await?;
        }
        if next.is_some() { Err(FetchError::TooLong) } else { Ok(()) }
    }

    /// One page of results; gives the address of the next.
    async fn page(&mut self, url: &Url, request: reqwest::RequestBuilder) -> Result<Option<String>, FetchError> {
        if !self.source.reach.allows(url) {
            return Err(FetchError::NotAllowed);
        }
        let request = request.header(header::ACCEPT, FHIR_JSON);
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let answer = request.send().await.map_err(|error| why(&error))?;
        if answer.status() != reqwest::StatusCode::OK {
            return Err(FetchError::Status(answer.status().as_u16()));
        }
        let body = self.body_of(answer).await?;
        let mut page: Value = serde_json::from_slice(&body).map_err(|_| FetchError::NotABundle)?;
        if page["resourceType"] != "Bundle" || page["type"] != "searchset" {
            return Err(FetchError::NotABundle);
        }
        let next = page["link"].as_array().into_iter().flatten().find(|link| link["relation"] == "next");
        let next = next.and_then(|link| link["url"].as_str()).map(str::to_owned);
        if let Value::Array(entries) = page["entry"].take() {
            let (outcomes, results): (Vec<Value>, Vec<Value>) = entries.into_iter().partition(is_outcome);
            if outcomes.iter().any(|entry| Bundle::is_short(&entry["resource"])) {
                return Err(FetchError::Incomplete);
            }
            self.entries.extend(results);
        }
        if self.entries.len() > RESOURCES_MAX { Err(FetchError::TooLong) } else { Ok(next) }
    }

    async fn body_of(&mut self, mut answer: reqwest::Response) -> Result<Vec<u8>, FetchError> {
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| why(&error))? {
            self.bytes += chunk.len();
            if self.bytes > BUNDLE_BYTES_MAX {
                return Err(FetchError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// Whether an entry is what the server remarks about the search, and no result.
fn is_outcome(entry: &Value) -> bool {
    entry["search"]["mode"] == "outcome" || entry["resource"]["resourceType"] == "OperationOutcome"
}

/// reqwest's own text may hold the address.
fn why(error: &reqwest::Error) -> FetchError {
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        if inner.is::<crate::delivery::address::NotAllowed>() {
            return FetchError::NotAllowed;
        }
        cause = inner.source();
    }
    if error.is_timeout() {
        FetchError::NoAnswer("too slow")
    } else if error.is_connect() {
        FetchError::NoAnswer("no connection")
    } else {
        FetchError::NoAnswer("the connection broke")
    }
}

/// What is asked for, and what comes with it.
const SEARCHES: [(&str, Option<&str>); 4] = [
    ("AllergyIntolerance", None),
    ("Condition", None),
    ("MedicationStatement", Some("MedicationStatement:medication")),
    ("MedicationRequest", Some("MedicationRequest:medication")),
];
/// Results asked for at once.
const COUNT: &str = "200";
/// Pages of one search.
const PAGES_MAX: usize = 20;
const FORM: &str = "application/x-www-form-urlencoded";
const FHIR_JSON: &str = "application/fhir+json";
/// What we call ourselves.
const USER_AGENT: &str = concat!("coplan/", env!("CARGO_PKG_VERSION"));
/// How long a connection may take to be made.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// How long one answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How long all of it may take: less than a request may.
const FETCH_WITHIN: Duration = Duration::from_secs(20);

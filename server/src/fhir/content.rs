//! How resources are sent: as JSON and nothing else, with what lets a client keep them.

use super::FhirProblem;
use crate::store::StoredDocument;
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use coplan_core::time::UtcMillis;
use serde_json::Value;
use std::time::{Duration, SystemTime};

/// How FHIR resources are sent.
pub(super) const JSON: &str = "application/fhir+json; charset=utf-8";

/// A resource as an answer.
pub(crate) struct Resource(pub(crate) Value);

impl IntoResponse for Resource {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, JSON)], self.0.to_string()).into_response()
    }
}

/// Whether the client takes JSON, by `_format` in the query or else by `Accept`.
pub(super) fn check_accepted(query: &str, headers: &HeaderMap) -> Result<(), FhirProblem> {
    let format = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "_format");
    if let Some((_, format)) = format {
        // A plus that was not encoded reads as a space.
        return if is_json(&format.replace(' ', "+")) { Ok(()) } else { Err(FhirProblem::not_acceptable()) };
    }
    let accepted: Vec<&str> = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|all| all.split(','))
        .collect();
    if accepted.is_empty() || accepted.iter().any(|one| is_json(one)) {
        return Ok(());
    }
    Err(FhirProblem::not_acceptable())
}

fn is_json(media: &str) -> bool {
    let mut parts = media.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
    let known = [
        "application/fhir+json",
        "application/json",
        "application/json+fhir",
        "text/json",
        "json",
        "application/*",
        "*/*",
    ];
    let other_version = |part: &str| {
        part.to_ascii_lowercase()
            .strip_prefix("fhirversion=")
            .is_some_and(|version| !matches!(version, "4.0" | "4.0.1"))
    };
    known.contains(&kind.as_str()) && !parts.any(|part| other_version(part) || part == "q=0")
}

/// What a client says that it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Has {
    /// These versions.
    pub(super) versions: Vec<u32>,
    /// Whatever was published by then, in seconds since 1970.
    pub(super) since_s: i64,
}

impl Has {
    /// `If-None-Match`, or else `If-Modified-Since` (RFC 9110, section 13.1).
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let tags = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let tags: Vec<&str> = tags.flat_map(|value| value.split(',')).map(str::trim).collect();
        let since = || httpdate::parse_http_date(headers.get(header::IF_MODIFIED_SINCE)?.to_str().ok()?).ok();
        let since_s = match &tags[..] {
            [] => since()
                .and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok())
                .map_or(NOTHING_S, |age| i64::try_from(age.as_secs()).unwrap_or(i64::MAX)),
            tags if tags.contains(&"*") => i64::MAX,
            _ => NOTHING_S,
        };
        let version = |tag: &&str| tag.trim_start_matches("W/").strip_prefix('"')?.strip_suffix('"')?.parse().ok();
        Self { versions: tags.iter().filter_map(version).collect(), since_s }
    }
}

/// A version of a resource, or 304 to whoever has it.
pub(super) fn versioned(stored: &StoredDocument, body: Option<Vec<u8>>) -> Response {
    let cached = [
        (header::ETAG, format!("W/\"{}\"", stored.version)),
        (header::LAST_MODIFIED, http_date(stored.published_at)),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    match body {
        Some(body) => (cached, [(header::CONTENT_TYPE, JSON)], body).into_response(),
        None => (StatusCode::NOT_MODIFIED, cached).into_response(),
    }
}

/// What an answer depends on beside its address.
pub(super) async fn vary(mut response: Response) -> Response {
    response
        .headers_mut()
        .append(header::VARY, HeaderValue::from_static("accept, accept-encoding, authorization, cookie, origin"));
    response
}

fn http_date(at: UtcMillis) -> String {
    let age = Duration::from_millis(u64::try_from(at.0).unwrap_or_default());
    httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + age)
}

/// Older than anything.
const NOTHING_S: i64 = i64::MIN;

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| ((*name).parse().expect("a name"), value.parse().expect("a value"))).collect()
    }

    #[test]
    fn json_is_taken_by_any_of_its_names_and_nothing_else() {
        for (query, accept, taken) in [
            ("", None, true),
            ("", Some("*/*"), true),
            ("", Some("application/fhir+json; fhirVersion=4.0"), true),
            ("", Some("text/html, application/json;q=0.9"), true),
            ("", Some("application/fhir+xml"), false),
            ("", Some("text/html"), false),
            ("", Some("application/fhir+json; fhirVersion=3.0"), false),
            ("_format=json", Some("application/fhir+xml"), true),
            ("_format=application/fhir+json", None, true),
            ("_format=xml", Some("*/*"), false),
        ] {
            let asked = headers(&accept.map(|accept| ("accept", accept)).into_iter().collect::<Vec<_>>());
            assert_eq!(check_accepted(query, &asked).is_ok(), taken, "{query} {accept:?}");
        }
    }

    #[test]
    fn what_a_client_has_is_read_from_its_tags_or_else_from_a_date() {
        for (pairs, versions, since_s) in [
            (&[][..], &[][..], NOTHING_S),
            (&[("if-none-match", "W/\"3\"")], &[3], NOTHING_S),
            (&[("if-none-match", "\"3\", W/\"4\"")], &[3, 4], NOTHING_S),
            (&[("if-none-match", "x, 3")], &[], NOTHING_S),
            (&[("if-none-match", "*")], &[], i64::MAX),
            (&[("if-modified-since", "Thu, 01 Jan 1970 00:00:09 GMT")], &[], 9),
            (&[("if-modified-since", "Thu, 01 Jan 1970 00:00:09 GMT"), ("if-none-match", "W/\"1\"")], &[1], NOTHING_S),
            (&[("if-modified-since", "yesterday")], &[], NOTHING_S),
        ] {
            assert_eq!(Has::of(&headers(pairs)), Has { versions: versions.to_vec(), since_s }, "{pairs:?}");
        }
    }
}

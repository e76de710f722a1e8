//! Who may make a browser send a request here: this server's own pages, and nobody else's.
//!
//! The cookie is `SameSite=Strict` already; this stands beside it, and keeps out pages of other ports and of other
//! names under the same site. Programs that are no browser send neither `Origin` nor `Sec-Fetch-Site`, and hold no
//! cookie that a stranger could make them use.

use crate::{problem::Problem, state::AppState};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::Response,
};

/// Refuses requests that change something and come from another origin's page, and under `--development` any that
/// reach the loopback address under another name (DNS rebinding).
pub(crate) async fn guard(State(state): State<AppState>, request: Request, next: Next) -> Result<Response, Problem> {
    if state.development && !is_loopback_name(host(request.headers())) {
        return Err(Problem::bad_request("host", "in development the server answers to loopback names only"));
    }
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !safe && !is_without_cookie(&request) && !may_change(request.headers()) {
        return Err(Problem::cross_site());
    }
    Ok(next.run(request).await)
}

/// Whether an upgrade that brings only a cookie may open a socket: a browser always sends `Origin` then.
pub(crate) fn may_upgrade_with_cookie(headers: &HeaderMap) -> bool {
    text(headers, header::ORIGIN.as_str()).is_some_and(|origin| is_own(origin, headers))
}

/// What pages of other apps may send (`router`): a token is asked for without the cookie, and whoever brings one is known by it
/// alone, so that nobody's cookie does anything here.
fn is_without_cookie(request: &Request) -> bool {
    let path = request.uri().path();
    path == TOKEN || (path.starts_with(FHIR) && request.headers().contains_key(header::AUTHORIZATION))
}

/// Where systems and apps get their tokens.
const TOKEN: &str = "/oauth/token";

/// What they read with them.
const FHIR: &str = "/fhir/R4/";

fn may_change(headers: &HeaderMap) -> bool {
    match (text(headers, "sec-fetch-site"), headers.get(header::ORIGIN)) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => origin.to_str().is_ok_and(|origin| is_own(origin, headers)),
        (None, None) => true,
    }
}

fn is_own(origin: &str, headers: &HeaderMap) -> bool {
    let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    authority.is_some_and(|authority| !authority.is_empty() && authority.eq_ignore_ascii_case(host(headers)))
}

fn host(headers: &HeaderMap) -> &str {
    text(headers, header::HOST.as_str()).unwrap_or_default()
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn is_loopback_name(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| ((*name).parse().expect("a name"), value.parse().expect("a value"))).collect()
    }

    #[test]
    fn only_own_pages_and_programs_change_anything() {
        const HOST: (&str, &str) = ("host", "plans.example:8080");
        for (pairs, allowed) in [
            (&[HOST][..], true),
            (&[HOST, ("origin", "http://plans.example:8080")], true),
            (&[HOST, ("origin", "https://PLANS.example:8080")], true),
            (&[HOST, ("sec-fetch-site", "same-origin")], true),
            (&[HOST, ("sec-fetch-site", "none")], true),
            (&[HOST, ("sec-fetch-site", "same-site")], false),
            (&[HOST, ("sec-fetch-site", "cross-site")], false),
            (&[HOST, ("sec-fetch-site", "cross-site"), ("origin", "http://plans.example:8080")], false),
            (&[HOST, ("origin", "http://plans.example:9999")], false),
            (&[HOST, ("origin", "http://plans.example")], false),
            (&[HOST, ("origin", "http://evil.example")], false),
            (&[HOST, ("origin", "http://plans.example:8080.evil.example")], false),
            (&[HOST, ("origin", "null")], false),
            (&[HOST, ("origin", "")], false),
            (&[("origin", "http://")], false),
        ] {
            assert_eq!(may_change(&headers(pairs)), allowed, "{pairs:?}");
        }
    }

    #[test]
    fn a_cookie_opens_a_socket_only_for_an_own_page() {
        for (origin, allowed) in
            [(Some("http://h:1"), true), (Some("http://h:2"), false), (Some("null"), false), (None, false)]
        {
            let mut all = headers(&[("host", "h:1")]);
            if let Some(origin) = origin {
                all.insert("origin", origin.parse().expect("a value"));
            }
            assert_eq!(may_upgrade_with_cookie(&all), allowed, "{origin:?}");
        }
    }

    #[test]
    fn a_loopback_name_is_known_by_name_and_number() {
        for (host, loopback) in [
            ("localhost", true),
            ("LOCALHOST:8080", true),
            ("127.0.0.1:1", true),
            ("127.9.9.9", true),
            ("[::1]:80", true),
            ("[::1]", true),
            ("", false),
            ("evil.example", false),
            ("localhost.evil.example:80", false),
            ("192.168.0.1", false),
        ] {
            assert_eq!(is_loopback_name(host), loopback, "{host}");
        }
    }
}

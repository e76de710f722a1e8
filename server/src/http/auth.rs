//! What the steps of a sign-in by redirects share: the cookie that ties them to one browser, where they may end, and how a
//! refusal is logged and shown.

use crate::{
    audit::{Event, trail},
    identity::Refusal,
    state::AppState,
};
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use coplan_core::policy::Role;

/// What the browser holds while a sign-in is under way, if it holds anything.
pub(crate) fn browser_token(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
        .filter(|token| token.len() == TOKEN_CHARS && token.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Lax, because the browser comes back from another site.
pub(crate) fn browser_cookie(state: &AppState, token: &str, max_age_ms: i64) -> HeaderValue {
    let secure = if state.development { "" } else { "; Secure" };
    let max_age_s = max_age_ms / 1_000;
    let text = format!("{COOKIE}={token}; Path=/auth; HttpOnly; SameSite=Lax; Max-Age={max_age_s}{secure}");
    HeaderValue::from_str(&text).expect("a hex token and fixed words make a header value")
}

/// Takes that cookie away.
pub(crate) fn no_browser_cookie(state: &AppState) -> HeaderValue {
    browser_cookie(state, "", 0)
}

/// Sends the browser on, with these cookies.
pub(crate) fn see_other(to: &str, cookies: impl IntoIterator<Item = HeaderValue>) -> Response {
    let Ok(location) = HeaderValue::from_str(to) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, location);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for cookie in cookies {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}

/// The front page, with the little that it may know; the reason goes to the log, without anything of the person.
pub(crate) fn refused(state: &AppState, provider: &str, refusal: &Refusal) -> Response {
    let reason = refusal.reason();
    tracing::warn!(identity.provider = provider, reason, why = %refusal, "a sign-in was refused");
    trail::note(Event::sign_in_refused(reason, state.clock.now()));
    metrics::counter!("coplan_sign_ins_total", "outcome" => "refused", "reason" => reason).increment(1);
    see_other(&format!("/?trouble={}", refusal.trouble()), [no_browser_cookie(state)])
}

/// A path of one of our own apps, as somebody may be sent to after a sign-in; `None` for anything else.
pub(crate) fn own_path(path: &str) -> Option<&str> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/-_.~?=&%:#".contains(&b);
    let app = APPS.iter().any(|app| path.starts_with(app));
    let climbs = path.split(['/', '?', '#']).any(|part| part == ".." || part == ".");
    let fits = path.len() <= PATH_BYTES_MAX && path.bytes().all(plain) && !path.contains("//");
    (app && fits && !climbs && !path.contains('%')).then_some(path)
}

/// The app of whoever has this role.
pub(crate) fn app_of(role: Role) -> &'static str {
    match role {
        Role::Person | Role::Proxy => "/person/",
        Role::Crew => "/crew/",
        _ => "/professional/",
    }
}

/// Where people go: our own apps, and the page where they allow another's to read for them.
const APPS: [&str; 4] = ["/professional/", "/person/", "/crew/", super::oauth_authorize::ALLOW];

/// Longest address inside an app: that of what an app of somebody else asks for is the longest.
pub(super) const PATH_BYTES_MAX: usize = 2_048;

/// The cookie of a browser that signs in.
const COOKIE: &str = "coplan_sign_in";

/// Length of its token: 32 bytes in hex.
const TOKEN_CHARS: usize = 64;

/// How long a sign-in may take, in milliseconds.
pub(crate) const SIGN_IN_MS_MAX: i64 = 10 * 60 * 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_anywhere_but_to_our_own_apps() {
        for path in ["/professional/", "/professional/plans/p-1/about-me", "/crew/plans/1", "/person/?tab=who"] {
            assert_eq!(own_path(path), Some(path));
        }
        for path in [
            "",
            "/",
            "professional/",
            "//evil.example/professional/",
            "/\\evil.example",
            "/professional/..//evil.example",
            "/professional/../dev/sign-in",
            "/professional/%2e%2e/dev",
            "/professional//evil.example",
            "/professional/\r\nset-cookie: a=b",
            "/professionally/",
            "https://evil.example/professional/",
            "javascript:alert(1)",
            "/dev/sign-in",
        ] {
            assert_eq!(own_path(path), None, "{path}");
        }
        assert_eq!(own_path(&format!("/crew/{}", "a".repeat(PATH_BYTES_MAX))), None);
    }

    #[test]
    fn only_a_token_that_we_could_have_made_is_read_from_the_cookie() {
        let token = "0a".repeat(32);
        for (cookie, found) in [
            (format!("coplan_session=x; coplan_sign_in={token}"), true),
            (format!("coplan_sign_in={}", "z".repeat(64)), false),
            ("coplan_sign_in=".to_owned(), false),
            (format!("xcoplan_sign_in={token}"), false),
        ] {
            let headers = HeaderMap::from_iter([(header::COOKIE, cookie.parse().expect("a value"))]);
            assert_eq!(browser_token(&headers), found.then_some(token.as_str()), "{cookie}");
        }
    }
}

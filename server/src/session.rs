//! Sessions: who is asking. The cookie holds a random token, the store its SHA-256.

use crate::{
    origin,
    problem::Problem,
    random,
    state::AppState,
    store::{NewSession, RoleGrantId, Session, SignedInBy, TokenHash},
};
use axum::{
    extract::{FromRequestParts, Query},
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use coplan_core::{
    id::UserId,
    policy::{Scope, Subject},
    time::UtcMillis,
};
use serde::Deserialize;

/// Somebody who is signed in, as an extractor: a handler that takes it answers 401 to everybody else.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Their session.
    pub session: Session,
    /// Who they are in every decision.
    pub subject: Subject,
}

impl From<Session> for SignedIn {
    fn from(session: Session) -> Self {
        let subject = Subject { scope: session.scope.clone(), ..session.account.subject() };
        Self { session, subject }
    }
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        by_cookie(state, &parts.headers).await
    }
}

/// Somebody who may open a socket: by a ticket in the query, or by a cookie from one of our own pages.
#[derive(Debug, Clone)]
pub struct MayConnect(pub SignedIn);

impl FromRequestParts<AppState> for MayConnect {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Query(query) = Query::<TicketQuery>::try_from_uri(&parts.uri)?;
        match query.ticket {
            Some(ticket) => {
                let session = state.store.use_ticket(&TokenHash::of(&ticket), state.clock.now()).await?;
                session.map(|session| Self(session.into())).ok_or_else(Problem::signed_out)
            }
            None if !origin::may_upgrade_with_cookie(&parts.headers) => Err(Problem::cross_site()),
            None => by_cookie(state, &parts.headers).await.map(Self),
        }
    }
}

#[derive(Deserialize)]
struct TicketQuery {
    ticket: Option<String>,
}

/// A session that has just begun, with the header that hands out its token.
pub(crate) struct Begun {
    pub(crate) set_cookie: HeaderValue,
    pub(crate) expires_at: UtcMillis,
}

/// Begins a session for somebody who has proved who they are; without a role if they have to choose one first.
pub(crate) async fn begin(
    state: &AppState,
    user: &UserId,
    role: Option<RoleGrantId>,
    via: SignedInBy,
    scope: Scope,
) -> Result<Begun, Problem> {
    let token = random::token();
    let now = state.clock.now();
    let expires_at = now.plus_ms(SESSION_MS_MAX);
    let new = NewSession { user: user.clone(), role, via, scope, expires_at };
    state.store.begin_session(&TokenHash::of(&token), &new, now).await?;
    Ok(Begun { set_cookie: cookie(&token, SESSION_MS_MAX / 1_000, state.development), expires_at })
}

/// The header that takes the cookie away.
pub(crate) fn forget(state: &AppState) -> HeaderValue {
    cookie("", 0, state.development)
}

async fn by_cookie(state: &AppState, headers: &HeaderMap) -> Result<SignedIn, Problem> {
    let token = token_of(headers).ok_or_else(Problem::signed_out)?;
    let now = state.clock.now();
    let session = state.store.session(&TokenHash::of(token), now, now.plus_ms(-SESSION_IDLE_MS_MAX)).await?;
    session.map(SignedIn::from).ok_or_else(Problem::signed_out)
}

fn token_of(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
        .filter(|token| token.len() == TOKEN_CHARS)
}

/// Over plain HTTP, which is for development on loopback only, a browser would not send a `Secure` cookie back.
fn cookie(token: &str, max_age_s: i64, development: bool) -> HeaderValue {
    let secure = if development { "" } else { "; Secure" };
    let text = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={max_age_s}{secure}");
    HeaderValue::from_str(&text).expect("a hex token and fixed words make a header value")
}

/// The cookie's name.
const COOKIE: &str = "coplan_session";

/// Length of a token: 32 bytes in hex.
const TOKEN_CHARS: usize = 64;

/// How long a session lasts at most, in milliseconds: a long shift.
const SESSION_MS_MAX: i64 = 13 * 60 * 60 * 1_000;

/// How long a session lasts without any request or open socket, in milliseconds.
pub const SESSION_IDLE_MS_MAX: i64 = 60 * 60 * 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_found_among_other_cookies() {
        let token = "a".repeat(TOKEN_CHARS);
        for (cookie, found) in [
            (format!("coplan_session={token}"), true),
            (format!("theme=dark; coplan_session={token}; x=y"), true),
            (format!("xcoplan_session={token}"), false),
            (format!("coplan_session2={token}"), false),
            ("coplan_session=short".to_owned(), false),
            ("coplan_session".to_owned(), false),
            (String::new(), false),
        ] {
            let headers = HeaderMap::from_iter([(header::COOKIE, cookie.parse().expect("a value"))]);
            assert_eq!(token_of(&headers), found.then_some(token.as_str()), "{cookie}");
        }
    }

    #[test]
    fn a_cookie_is_secure_outside_development() {
        let text = |development| cookie("t", 9, development).to_str().map(str::to_owned).unwrap_or_default();
        assert!(text(false).ends_with("; Secure") && !text(true).contains("Secure"));
        for attribute in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=9"] {
            assert!(text(true).contains(attribute));
        }
    }
}

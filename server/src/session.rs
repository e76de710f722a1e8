//! Sessions: who is asking. The cookie holds a random token, the store its SHA-256.

use crate::{
    audit::{Circumstances, trail},
    origin,
    peer::Peer,
    problem::Problem,
    random,
    state::AppState,
    store::{AccountKind, NewSession, RoleGrantId, Session, SessionId, SignedInBy, StoreError, TokenHash},
};
use axum::{
    extract::{FromRequestParts, Query},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
};
use coplan_core::{
    id::UserId,
    policy::{Scope, Subject},
    time::UtcMillis,
};
use serde::Deserialize;

/// Somebody who is signed in with a role, as an extractor: a handler that takes it answers 401 to strangers, and 403 to
/// whoever has to choose a role first.
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

impl SignedIn {
    /// In which session something happens, for the audit.
    #[must_use]
    pub fn circumstances(&self) -> Circumstances {
        Circumstances { session: self.session.id.0, via: self.session.via.as_str() }
    }
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        with_role(by_cookie(state, parts).await?)
    }
}

/// Somebody who is signed in and may have to choose a role yet: for what one does about the session itself.
#[derive(Debug, Clone)]
pub struct InSession(pub SignedIn);

impl FromRequestParts<AppState> for InSession {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        by_cookie(state, parts).await.map(Self)
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
                with_role(session.map(SignedIn::from).ok_or_else(Problem::signed_out)?).map(Self)
            }
            None if !origin::may_upgrade_with_cookie(&parts.headers) => Err(Problem::cross_site()),
            None => with_role(by_cookie(state, parts).await?).map(Self),
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
    let account = state.store.account(user).await?.ok_or_else(Problem::signed_out)?;
    let expires_at = now.plus_ms(lasts_ms(account.kind));
    let new = NewSession { user: user.clone(), role, via, scope, expires_at };
    state.store.begin_session(&TokenHash::of(&token), &new, now).await?;
    Ok(Begun { set_cookie: hand_out(state, &token, expires_at), expires_at })
}

/// The header that hands out a session's token.
pub(crate) fn hand_out(state: &AppState, token: &str, expires_at: UtcMillis) -> HeaderValue {
    let left_ms = expires_at.since_ms(state.clock.now()).max(0);
    cookie(token, left_ms / 1_000, state.secure_cookies())
}

/// How long a session of an account of this kind lasts at most, in milliseconds.
#[must_use]
pub const fn lasts_ms(kind: AccountKind) -> i64 {
    match kind {
        AccountKind::Staff | AccountKind::Crew => STAFF_SESSION_MS_MAX,
        AccountKind::Person => PERSON_SESSION_MS_MAX,
    }
}

/// The session that these headers name, if they name one that holds.
pub(crate) async fn of_headers(state: &AppState, headers: &HeaderMap) -> Result<Option<Session>, Problem> {
    let Some(token) = token_of(headers) else { return Ok(None) };
    let now = state.clock.now();
    let session = state.store.session(&TokenHash::of(token), now, now.plus_ms(-SESSION_IDLE_MS_MAX)).await?;
    Ok(session.filter(|session| holds_here(state, session)))
}

/// A session as it is now, without using it: what an app reads keeps nobody signed in.
pub(crate) async fn unused(state: &AppState, id: SessionId) -> Result<Option<Session>, StoreError> {
    let now = state.clock.now();
    let session = state.store.session_unused(id, now, now.plus_ms(-SESSION_IDLE_MS_MAX)).await?;
    Ok(session.filter(|session| session.role.is_some() && holds_here(state, session)))
}

/// A database that was used for development signs nobody in afterwards.
fn holds_here(state: &AppState, session: &Session) -> bool {
    state.development || session.via != SignedInBy::Development
}

/// The header that takes the cookie away.
pub(crate) fn forget(state: &AppState) -> HeaderValue {
    cookie("", 0, state.secure_cookies())
}

async fn by_cookie(state: &AppState, parts: &Parts) -> Result<SignedIn, Problem> {
    let Some(session) = of_headers(state, &parts.headers).await? else {
        state.rates.stranger(&Peer::of_request(parts))?;
        return Err(Problem::signed_out());
    };
    state.rates.request(&session.account.id)?;
    let signed_in = SignedIn::from(session);
    trail::signed_in(signed_in.circumstances());
    Ok(signed_in)
}

fn with_role(who: SignedIn) -> Result<SignedIn, Problem> {
    if who.session.role.is_some() {
        return Ok(who);
    }
    let detail = "choose one of your roles first; GET /api/me lists them";
    Err(Problem::new(StatusCode::FORBIDDEN, "role-required", "Role required", detail))
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
fn cookie(token: &str, max_age_s: i64, secure: bool) -> HeaderValue {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={max_age_s}{secure}");
    HeaderValue::from_str(&text).expect("a hex token and fixed words make a header value")
}

/// The cookie's name.
const COOKIE: &str = "coplan_session";

/// Length of a token: 32 bytes in hex.
const TOKEN_CHARS: usize = 64;

/// How long a session of a member of staff lasts at most, in milliseconds: a long shift.
const STAFF_SESSION_MS_MAX: i64 = 13 * 60 * 60 * 1_000;

/// How long a session of a person lasts at most, in milliseconds: their device may be anybody's.
const PERSON_SESSION_MS_MAX: i64 = 2 * 60 * 60 * 1_000;

/// How long a session lasts without any request or open socket, in milliseconds; one of a person shorter still.
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
    fn a_cookie_is_secure_where_it_is_said() {
        let text = |secure| cookie("t", 9, secure).to_str().map(str::to_owned).unwrap_or_default();
        assert!(text(true).ends_with("; Secure") && !text(false).contains("Secure"));
        for attribute in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=9"] {
            assert!(text(true).contains(attribute));
        }
    }
}

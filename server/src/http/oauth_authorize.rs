//! `GET /oauth/authorize` and `/oauth/allow/{asked}`: an app asks to read for whoever uses it (SMART App Launch 2.2,
//! standalone; RFC 6749, section 4.1, with the proof of RFC 7636), and they say yes or no.
//!
//! The session's cookie does not come with whoever is sent here by another site. So the first page goes on to a second of our
//! own, whose address holds what was asked, and everything is looked at again there.

use super::{auth, oauth_page};
use crate::{
    extract::InPath,
    identity::{AppConfig, ClientScope},
    peer::Peer,
    problem::Problem,
    random,
    session::{self, SignedIn},
    state::AppState,
    store::{AccountKind, AppCode, TokenHash},
};
use axum::{
    Extension, Form,
    extract::{Query, State, rejection::FormRejection},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;

/// What an app asks for. All of it is checked; what this service does not know of is left out.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuthorizeQuery {
    /// `code`.
    response_type: Option<String>,
    /// The app's id in the identity file.
    client_id: Option<String>,
    /// One of the app's addresses, to the letter.
    redirect_uri: Option<String>,
    /// Scopes such as `user/CarePlan.rs`, with spaces between.
    scope: Option<String>,
    /// Given back as it came.
    state: Option<String>,
    /// The base of this service's FHIR interface.
    aud: Option<String>,
    /// base64url of the SHA-256 of what the app will prove itself by.
    code_challenge: Option<String>,
    /// `S256`.
    code_challenge_method: Option<String>,
}

/// What an app asks for, checked.
pub(super) struct Asked<'s> {
    pub(super) app: &'s AppConfig,
    pub(super) scopes: Vec<ClientScope>,
    back: Url,
    redirect_uri: String,
    state: Option<String>,
    challenge: String,
}

/// Why an app is not even asked for.
enum Unfit {
    /// Nobody knows where to send the browser back to: a page says so.
    Unknown(&'static str),
    /// Back to the app, with the code and the words of RFC 6749, section 4.1.2.1.
    Back(Url),
}

impl IntoResponse for Unfit {
    fn into_response(self) -> Response {
        match self {
            Self::Unknown(why) => oauth_page::not_known(why),
            Self::Back(url) => auth::see_other(url.as_str(), []),
        }
    }
}

/// Takes what an app asks for, and goes on to the page that asks whoever uses it.
#[utoipa::path(
    get, path = "/oauth/authorize", tag = "session", params(AuthorizeQuery),
    responses(
        (status = 200, body = String, content_type = "text/html", description = "A page that goes on to `/oauth/allow/…`"),
        (status = 303, description = "Back to the app, with `error`"),
        (status = 400, body = String, content_type = "text/html", description = "An app or an address that is not known"),
        (status = 429, body = Problem, description = "`too-often`"),
    )
)]
pub(crate) async fn oauth_authorize(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
    Query(query): Query<AuthorizeQuery>,
) -> Result<Response, Problem> {
    state.rates.at_the_door(&peer)?;
    if let Err(unfit) = check(&state, &query) {
        return Ok(unfit.into_response());
    }
    Ok(oauth_page::go_on(&format!("{ALLOW}{}", packed(&query))))
}

/// Asks whoever is signed in whether the app may read for them.
#[utoipa::path(
    get, path = "/oauth/allow/{asked}", tag = "session",
    params(("asked" = String, Path, description = "What `/oauth/authorize` was asked")),
    responses(
        (status = 200, body = String, content_type = "text/html"),
        (status = 303, description = "To sign in first, or back to the app"),
        (status = 400, body = String, content_type = "text/html", description = "An app or an address that is not known"),
        (status = 429, body = Problem, description = "`too-often`"),
    )
)]
pub(crate) async fn oauth_allow(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    InPath(packed): InPath<String>,
) -> Result<Response, Problem> {
    state.rates.at_the_door(&peer)?;
    let Some(query) = unpacked(&packed) else { return Ok(Unfit::Unknown(NOT_UNPACKED).into_response()) };
    let asked = match check(&state, &query) {
        Ok(asked) => asked,
        Err(unfit) => return Ok(unfit.into_response()),
    };
    let session = session::of_headers(&state, &headers).await?.filter(|session| session.role.is_some());
    let Some(session) = session else {
        // Straight from a provider, as a redirect of another site: the cookie is there, and comes with our own pages only.
        if headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site") {
            return Ok(oauth_page::go_on(&format!("{ALLOW}{packed}")));
        }
        return Ok(auth::see_other(&format!("/?return={ALLOW}{packed}"), []));
    };
    let who = SignedIn::from(session);
    if who.session.account.kind != AccountKind::Staff {
        let refusal = asked.refusal("access_denied", "apps read for members of staff only");
        return Ok(auth::see_other(refusal.as_str(), []));
    }
    Ok(oauth_page::consent(&asked, &who, &asks(&who)))
}

#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct AllowForm {
    /// `allow`; anything else is no.
    decision: Option<String>,
    /// Whom the page asked, as it says.
    asks: Option<String>,
}

/// Takes the answer, and goes back to the app with a code that holds for a minute, or without.
#[utoipa::path(
    post, path = "/oauth/allow/{asked}", tag = "session",
    params(("asked" = String, Path, description = "What `/oauth/authorize` was asked")),
    request_body(content = AllowForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, body = String, content_type = "text/html", description = "A page that goes back to the app"),
        (status = 303, description = "To the page again: somebody else is signed in by now"),
        (status = 400, body = String, content_type = "text/html", description = "An app or an address that is not known"),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`cross-site` or `role-required`"),
    )
)]
pub(crate) async fn oauth_allow_decide(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(packed): InPath<String>,
    form: Result<Form<AllowForm>, FormRejection>,
) -> Result<Response, Problem> {
    let Some(query) = unpacked(&packed) else { return Ok(Unfit::Unknown(NOT_UNPACKED).into_response()) };
    let asked = match check(&state, &query) {
        Ok(asked) => asked,
        Err(unfit) => return Ok(unfit.into_response()),
    };
    let form = form.map(|Form(form)| form).ok();
    if form.as_ref().and_then(|form| form.asks.as_deref()) != Some(&*asks(&who)) {
        return Ok(auth::see_other(&format!("{ALLOW}{packed}"), []));
    }
    let allowed = form.is_some_and(|form| form.decision.as_deref() == Some("allow"));
    if !allowed || who.session.account.kind != AccountKind::Staff {
        return Ok(oauth_page::go_on(asked.refusal("access_denied", "whoever was asked said no").as_str()));
    }
    let (code, now) = (random::token(), state.clock.now());
    let new = AppCode {
        app: asked.app.id.clone(),
        session: who.session.id,
        scopes: ClientScope::list(&asked.scopes),
        redirect_uri: asked.redirect_uri.clone(),
        challenge: asked.challenge.clone(),
        expires_at: now.plus_ms(CODE_MS),
    };
    if !state.store.keep_app_code(&TokenHash::of(&code), &new, &who.subject, now).await? {
        return Err(Problem::signed_out());
    }
    tracing::info!(client.id = asked.app.id, "somebody allowed an app to read for them");
    // Not a redirect: browsers hold those to what the page of the form may send to, wherever the app goes on to from there.
    Ok(oauth_page::go_on(asked.back(&[("code", &code)]).as_str()))
}

/// Names whoever is asked without saying who it is: the answer is that of whom the page named, in the role that it named.
fn asks(who: &SignedIn) -> String {
    let (session, role) = (who.session.id.0, who.session.role.map_or(0, |role| role.0));
    hex::encode(Sha256::digest(format!("{session} {role} {}", who.subject.user)))
}

/// Everything that an app may get wrong, before anybody is asked anything.
fn check<'s>(state: &'s AppState, query: &AuthorizeQuery) -> Result<Asked<'s>, Unfit> {
    let app = query.client_id.as_deref().and_then(|id| state.identity.app(id));
    let app = app.ok_or(Unfit::Unknown("The app that sent you here is not known to this service."))?;
    let known = app.redirect_uris.iter().find(|uri| Some(*uri) == query.redirect_uri.as_ref());
    let back = known.and_then(|uri| Some((uri, Url::parse(uri).ok()?)));
    let (uri, back) = back.ok_or(Unfit::Unknown("The app that sent you here named an address that is not its own."))?;
    let scope = query.scope.as_deref().unwrap_or_default();
    let scopes = if scope.len() > SCOPE_BYTES_MAX { Vec::new() } else { ClientScope::all(scope) };
    let mut scopes = ClientScope::narrowed(&scopes, &app.scopes);
    scopes.retain(|scope| scope.kind().is_none_or(crate::fhir::is_kind));
    let asked = Asked {
        app,
        scopes,
        back,
        redirect_uri: uri.clone(),
        state: query.state.clone(),
        challenge: query.code_challenge.clone().unwrap_or_default(),
    };
    let base = crate::fhir::base(state);
    let wrong = if query.response_type.as_deref() != Some("code") {
        Some(("unsupported_response_type", "`response_type` is `code`"))
    } else if query.state.as_ref().is_some_and(|state| state.len() > STATE_BYTES_MAX) {
        Some(("invalid_request", "`state` is too long"))
    } else if query.code_challenge_method.as_deref() != Some("S256") || asked.challenge.len() != CHALLENGE_CHARS {
        Some(("invalid_request", "`code_challenge` is one of the method `S256`"))
    } else if query.aud.as_deref().is_none_or(|aud| aud.trim_end_matches('/') != base) {
        Some(("invalid_request", "`aud` is the base of this service's FHIR interface"))
    } else if asked.scopes.is_empty() {
        Some(("invalid_scope", "none of these scopes is this app's"))
    } else if ALLOW.len() + packed(query).len() > auth::PATH_BYTES_MAX {
        Some(("invalid_request", "all of it together is too long"))
    } else {
        None
    };
    match wrong {
        Some((error, description)) => Err(Unfit::Back(asked.refusal(error, description))),
        None => Ok(asked),
    }
}

impl Asked<'_> {
    /// Where the browser goes with an error (RFC 6749, section 4.1.2.1).
    fn refusal(&self, error: &str, description: &str) -> Url {
        self.back(&[("error", error), ("error_description", description)])
    }

    fn back(&self, pairs: &[(&str, &str)]) -> Url {
        let state = self.state.as_deref().filter(|state| state.len() <= STATE_BYTES_MAX);
        let mut url = self.back.clone();
        url.query_pairs_mut().extend_pairs(pairs).extend_pairs(state.map(|state| ("state", state)));
        url
    }
}

fn packed(query: &AuthorizeQuery) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(query).unwrap_or_default())
}

fn unpacked(text: &str) -> Option<AuthorizeQuery> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

/// Where whoever is signed in is asked.
pub(super) const ALLOW: &str = "/oauth/allow/";

const NOT_UNPACKED: &str = "The address is not whole.";

/// Length of a challenge: the 32 bytes of a SHA-256 in base64url.
const CHALLENGE_CHARS: usize = 43;

/// Longest `scope`, in bytes.
const SCOPE_BYTES_MAX: usize = 500;

/// Longest `state`, in bytes.
const STATE_BYTES_MAX: usize = 512;

/// How long a code may take to be exchanged, in milliseconds.
const CODE_MS: i64 = 60_000;

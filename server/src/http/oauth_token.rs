//! `POST /oauth/token`: a token for a system that reads by itself (SMART Backend Services), or for an app that somebody allowed
//! to read for them.

use super::oauth_code;
use crate::{
    audit::{Event, trail},
    identity::{ClientScope, SystemConfig, SystemRefused},
    peer::Peer,
    problem::Problem,
    random,
    state::AppState,
    store::{NewClientToken, StoreError, TokenHash},
};
use axum::{
    Extension, Form, Json,
    extract::{State, rejection::FormRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct TokenForm {
    /// `client_credentials` for systems, `authorization_code` for apps.
    grant_type: Option<String>,
    /// Scopes such as `system/CarePlan.read`, with spaces between.
    scope: Option<String>,
    /// `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`.
    client_assertion_type: Option<String>,
    /// The token that the system signed.
    client_assertion: Option<String>,
    /// The app's id; of a system too, if it says it here.
    pub(super) client_id: Option<String>,
    /// Of an app: the code that it was sent.
    pub(super) code: Option<String>,
    /// Of an app: what the challenge was made of.
    pub(super) code_verifier: Option<String>,
    /// Of an app: where the code was sent.
    pub(super) redirect_uri: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct TokenBody {
    access_token: String,
    /// `bearer`.
    token_type: &'static str,
    /// Seconds.
    expires_in: i64,
    /// What was granted, which may be less than was asked for.
    scope: String,
}

impl TokenBody {
    pub(super) fn new(access_token: String, expires_in: i64, scope: String) -> Self {
        Self { access_token, token_type: "bearer", expires_in, scope }
    }
}

/// An error as OAuth 2.0 says it (RFC 6749, section 5.2).
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct TokenError {
    error: &'static str,
    error_description: &'static str,
}

pub(super) enum Refused {
    Request(StatusCode, TokenError),
    Client(SystemRefused),
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<SystemRefused> for Refused {
    fn from(why: SystemRefused) -> Self {
        Self::Client(why)
    }
}

/// Takes an assertion that a system signed (`private_key_jwt`, RS384 or ES384, for five minutes at most, once), and gives a
/// token that holds for five minutes under `/fhir/R4`; or the code that somebody allowed an app, with its proof, for one that
/// holds there as long as their session, an hour at most.
#[utoipa::path(
    post, path = "/oauth/token", tag = "session",
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, body = TokenBody),
        (status = 400, body = TokenError, description = "`invalid_request`, `invalid_grant`, `unsupported_grant_type` or `invalid_scope`"),
        (status = 401, body = TokenError, description = "`invalid_client`; why stands in the log"),
        (status = 429, body = Problem, description = "`too-often`"),
    )
)]
pub(crate) async fn oauth_token(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
    form: Result<Form<TokenForm>, FormRejection>,
) -> Response {
    if let Err(too_often) = state.rates.at_the_door(&peer) {
        return Problem::from(too_often).into_response();
    }
    let given = match form {
        Ok(Form(form)) => give(&state, form).await,
        Err(_) => Err(request("invalid_request", "the body is a form; see /openapi.json")),
    };
    match given {
        Ok(body) => (NOT_KEPT, Json(body)).into_response(),
        Err(Refused::Request(status, error)) => (status, NOT_KEPT, Json(error)).into_response(),
        Err(Refused::Store(error)) => Problem::from(error).into_response(),
        Err(Refused::Client(why)) => {
            tracing::warn!(client.refused = why.code(), why = %why, "a system got no token");
            trail::note(Event::sign_in_refused(why.code(), state.clock.now()));
            let error_description =
                "the client or its assertion was not taken; the reason stands in this service's log";
            let error = TokenError { error: "invalid_client", error_description };
            (StatusCode::UNAUTHORIZED, NOT_KEPT, Json(error)).into_response()
        }
    }
}

async fn give(state: &AppState, form: TokenForm) -> Result<TokenBody, Refused> {
    match form.grant_type.as_deref() {
        Some("client_credentials") => credentials(state, form).await,
        Some("authorization_code") => oauth_code::exchange(state, form).await,
        _ => Err(request("unsupported_grant_type", "`grant_type` is `client_credentials` or `authorization_code`")),
    }
}

async fn credentials(state: &AppState, form: TokenForm) -> Result<TokenBody, Refused> {
    if form.client_assertion_type.as_deref() != Some(ASSERTION_TYPE) {
        return Err(request("invalid_request", "`client_assertion_type` is that of a JSON Web Token (RFC 7523)"));
    }
    let assertion = form.client_assertion.ok_or(SystemRefused::Malformed("client_assertion"))?;
    let issuer = SystemConfig::issuer_of(&assertion).ok_or(SystemRefused::Malformed("iss"))?;
    if form.client_id.is_some_and(|id| id != issuer) {
        return Err(SystemRefused::WrongIssuer.into());
    }
    let system = state.identity.system(&issuer).ok_or(SystemRefused::Unknown)?;
    let now = state.clock.now();
    let checked = system.check(&assertion, &state.identity.token_url(), now)?;
    let used_as = format!("client:{}", system.id);
    if !state.store.use_once(&used_as, &TokenHash::of(&checked.jti), now, checked.until).await? {
        return Err(SystemRefused::Replayed.into());
    }
    let asked = ClientScope::all(form.scope.as_deref().unwrap_or_default());
    let scopes = ClientScope::narrowed(&asked, &system.scopes);
    if scopes.is_empty() {
        return Err(request("invalid_scope", "none of these scopes is this client's"));
    }
    let organisation = state.store.organisation(&system.organisation).await?.map(|organisation| organisation.name);
    let subject = system.subject(organisation).ok_or(SystemRefused::Malformed("its id"))?;
    let token = random::token();
    let scope = ClientScope::list(&scopes);
    let new =
        NewClientToken { client: &system.id, scopes: &scope, subject: &subject, expires_at: now.plus_ms(TOKEN_MS) };
    state.store.give_client_token(&TokenHash::of(&token), &new, now).await?;
    tracing::info!(client.id = system.id, "a system got a token");
    Ok(TokenBody::new(token, TOKEN_MS / 1_000, scope))
}

pub(super) fn request(error: &'static str, error_description: &'static str) -> Refused {
    Refused::Request(StatusCode::BAD_REQUEST, TokenError { error, error_description })
}

/// Tokens are nobody's to keep.
const NOT_KEPT: [(header::HeaderName, &str); 2] = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];

/// RFC 7523, section 2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How long a system's token holds, in milliseconds.
const TOKEN_MS: i64 = 5 * 60 * 1_000;

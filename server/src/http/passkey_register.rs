//! `POST /api/passkeys/registration` and `…/registration/finish`: a new passkey, by an enrolment code or beside others.

use crate::{
    audit::{Event, Outcome, action, trail},
    extract::Body,
    identity::passkey::{HANDLE_BYTES, PasskeyConfig, PasskeyRefused},
    peer::Peer,
    problem::Problem,
    random, session,
    state::AppState,
    store::{Account, Ceremony, NewPasskey, PasskeyError, Session, SignedInBy, TokenHash},
};
use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use coplan_core::policy::{Assurance, Scope};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registration {
    /// The code of `coplan account invite`; without one, whoever is signed in with a passkey adds another.
    code: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct RegistrationBody {
    /// Whose passkey it will be.
    name: String,
    /// Where they work.
    organisation: String,
    /// `PublicKeyCredentialCreationOptionsJSON`.
    options: Value,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Made {
    /// What its owner calls it: "Ward laptop".
    name: String,
    /// `RegistrationResponseJSON`.
    credential: Value,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct MadeBody {
    /// Which app is theirs: `staff` or `crew`.
    kind: &'static str,
}

/// Begins to register a passkey.
#[utoipa::path(
    post, path = "/api/passkeys/registration", tag = "passkeys", request_body = Registration,
    responses(
        (status = 200, body = RegistrationBody),
        (status = 401, body = Problem, description = "`signed-out`"),
        (status = 403, body = Problem, description = "`enrolment-code`, `not-allowed`"),
        (status = 404, body = Problem, description = "there are no passkeys here"),
    )
)]
pub(crate) async fn passkey_registration(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    Body(wanted): Body<Registration>,
) -> Result<Json<RegistrationBody>, Problem> {
    state.rates.at_the_door(&peer)?;
    let passkeys = state.identity.config.passkeys.as_ref().ok_or_else(Problem::not_found)?;
    let now = state.clock.now();
    let (account, code) = match &wanted.code {
        Some(code) => {
            let code = TokenHash::of(code.trim());
            let wrong = || {
                let problem = wrong_code();
                note_refused(&state, &problem);
                problem
            };
            let user = state.store.enrolment_code(&code, now).await?.ok_or_else(wrong)?;
            (state.store.account(&user).await?.ok_or_else(wrong)?, Some(code))
        }
        None => (own(session::of_headers(&state, &headers).await?)?.account, None),
    };
    let handle = state.store.passkey_handle(&account.id, &random::bytes::<HANDLE_BYTES>()).await?;
    let known = state.store.passkeys_of(&account.id).await?;
    let asked = passkeys.ask_to_register((&account.id, &account.name), &handle, &known).map_err(|why| refused(&why))?;
    let ceremony = Ceremony { account: Some(account.id), code, state: asked.state };
    let kept = state.store.keep_ceremony(&asked.challenge, &ceremony, now, now.plus_ms(CEREMONY_MS_MAX)).await?;
    if !kept {
        return Err(busy());
    }
    let (name, organisation) = (account.name, account.organisation.name);
    Ok(Json(RegistrationBody { name, organisation, options: asked.options }))
}

/// Registers it. By a code, that is a sign-in too; the code is worth nothing from then on.
#[utoipa::path(
    post, path = "/api/passkeys/registration/finish", tag = "passkeys", request_body = Made,
    responses(
        (status = 201, body = MadeBody),
        (status = 403, body = Problem, description = "`enrolment-code`, `passkey-refused`"),
        (status = 409, body = Problem, description = "`passkey-known`, `too-many-passkeys`"),
        (status = 422, body = Problem, description = "`name`"),
    )
)]
pub(crate) async fn passkey_registration_finish(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    Body(made): Body<Made>,
) -> Result<Response, Problem> {
    state.rates.at_the_door(&peer)?;
    let kept = keep(&state, &headers, &made).await;
    if let Err(problem) = &kept {
        note_refused(&state, problem);
    }
    let (account, signs_in) = kept?;
    let mut response = (StatusCode::CREATED, Json(MadeBody { kind: account.kind.as_str() })).into_response();
    if signs_in {
        response.headers_mut().insert(header::SET_COOKIE, signed_in(&state, &account).await?);
    }
    Ok(response)
}

/// Keeps the passkey; whose it is, and whether whoever made it came by a code.
async fn keep(state: &AppState, headers: &HeaderMap, made: &Made) -> Result<(Account, bool), Problem> {
    let passkeys = state.identity.config.passkeys.as_ref().ok_or_else(Problem::not_found)?;
    let name = name(&made.name)?;
    let answer = made.credential.to_string();
    let answer = answer.as_bytes();
    let challenge = PasskeyConfig::challenge_of_registration(answer).map_err(|why| refused(&why))?;
    let now = state.clock.now();
    let ceremony = state.store.take_ceremony(&challenge, now).await?.ok_or_else(refusal)?;
    let user = ceremony.account.ok_or_else(refusal)?;
    if ceremony.code.is_none() && own(session::of_headers(state, headers).await?)?.account.id != user {
        return Err(refusal());
    }
    let account = state.store.account(&user).await?.ok_or_else(refusal)?;
    let key = passkeys.register(&ceremony.state, answer).map_err(|why| refused(&why))?;
    let (by, signs_in) = (account.subject(), ceremony.code.is_some());
    let new = NewPasskey {
        account: &user,
        by: &by,
        credential: &key.credential,
        name: &name,
        transports: key.transports,
        static_state: &key.static_state,
        dynamic_state: &key.dynamic_state,
        code: ceremony.code,
    };
    state.store.keep_passkey(&new, now).await?;
    Ok((account, signs_in))
}

/// Leaves an event of a registration that came to nothing: why, and nobody's name, for nobody has proved who they are.
fn note_refused(state: &AppState, problem: &Problem) {
    let event = Event::of(None, action::ADD_PASSKEY, state.clock.now());
    trail::note(Event { outcome: Outcome::Refused, reason: Some(problem.code().to_owned()), ..event });
}

/// Begins a session for somebody whose passkey has answered.
pub(super) async fn signed_in(state: &AppState, account: &Account) -> Result<HeaderValue, Problem> {
    let roles = state.store.roles_of(&account.id).await?;
    let role = match roles.as_slice() {
        [(only, _)] => Some(*only),
        _ => None,
    };
    let scope = Scope { assurance: Assurance::Aal2, ..Scope::default() };
    Ok(session::begin(state, &account.id, role, SignedInBy::Passkey, scope).await?.set_cookie)
}

/// Whoever adds or removes a passkey is signed in with one: another sign-in must not leave a key behind.
pub(super) fn own(session: Option<Session>) -> Result<Session, Problem> {
    match session {
        Some(session) if session.via == SignedInBy::Passkey => Ok(session),
        Some(_) => Err(Problem::not_allowed("sign in with a passkey first")),
        None => Err(Problem::signed_out()),
    }
}

/// Writes down why an authenticator's answer was not taken, and shows none of it.
pub(super) fn refused(why: &PasskeyRefused) -> Problem {
    tracing::warn!(%why, "a passkey was refused");
    refusal()
}

/// The answer to all that an authenticator says wrong.
pub(super) fn refusal() -> Problem {
    let detail = "this passkey was not taken; try again, or ask for a new code";
    Problem::new(StatusCode::FORBIDDEN, "passkey-refused", "Passkey refused", detail)
}

/// Too many ceremonies are under way.
pub(super) fn busy() -> Problem {
    let detail = "too many sign-ins are under way; wait a moment";
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-often", "Too often", detail)
}

impl From<PasskeyError> for Problem {
    fn from(error: PasskeyError) -> Self {
        let detail = error.to_string();
        match error {
            PasskeyError::Code => wrong_code(),
            PasskeyError::Known => Self::new(StatusCode::CONFLICT, "passkey-known", "Passkey known", detail),
            PasskeyError::TooMany => Self::new(StatusCode::CONFLICT, "too-many-passkeys", "Too many passkeys", detail),
            PasskeyError::Store(error) => error.into(),
        }
    }
}

fn wrong_code() -> Problem {
    let detail = "this code was used, is too old, or is not one; ask for a new code";
    Problem::new(StatusCode::FORBIDDEN, "enrolment-code", "Enrolment code", detail)
}

fn name(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > NAME_CHARS_MAX || text.chars().any(char::is_control) {
        let detail = format!("a passkey's name has 1 to {NAME_CHARS_MAX} characters");
        return Err(Problem::unprocessable("name", "Name", detail));
    }
    Ok(text.to_owned())
}

/// How long an authenticator may take, in milliseconds: what webauthn_rp tells the browser.
pub(super) const CEREMONY_MS_MAX: i64 = 5 * 60 * 1_000;

/// Longest name of a passkey, in characters.
const NAME_CHARS_MAX: usize = 60;

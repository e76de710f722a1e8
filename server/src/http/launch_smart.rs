//! `GET /launch` and `GET /launch/callback`: SMART App Launch out of a host's record.

use super::launch;
use crate::{
    identity::{
        host::LaunchRefused,
        smart::{Attempt, SmartConfig},
    },
    peer::Peer,
    problem::Problem,
    state::AppState,
    store::{SignedInBy, TokenHash},
};
use axum::{
    Extension,
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LaunchQuery {
    /// The host's FHIR server.
    iss: Option<String>,
    /// The host's word for what is open there.
    launch: Option<String>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallbackQuery {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
}

/// Begins a launch: the browser is sent to the host, to come back with a code.
#[utoipa::path(
    get, path = "/launch", tag = "launch", params(LaunchQuery),
    responses((status = 303, description = "to the host, or to a plain page if the launch was refused"))
)]
pub(crate) async fn launch_begin(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
    Query(query): Query<LaunchQuery>,
) -> Response {
    if let Err(too_often) = state.rates.at_the_door(&peer) {
        return Problem::from(too_often).into_response();
    }
    let mut host = None;
    match begin(&state, &query, &mut host).await {
        Ok(response) => response,
        Err(why) => launch::refused(host.map(|host| host.rules.id.as_str()), &why),
    }
}

async fn begin<'s>(
    state: &'s AppState,
    query: &LaunchQuery,
    host: &mut Option<&'s SmartConfig>,
) -> Result<Response, LaunchRefused> {
    let iss = query.iss.as_deref().ok_or(LaunchRefused::Malformed("iss"))?;
    let found = state.identity.config.smart.iter().find(|smart| smart.iss == iss);
    let smart = found.ok_or(LaunchRefused::UnknownHost)?;
    *host = Some(smart);
    let word = query.launch.as_deref().filter(|word| !word.is_empty() && word.len() <= LAUNCH_BYTES_MAX);
    let word = word.ok_or(LaunchRefused::Malformed("launch"))?;
    let now = state.clock.now();
    let attempt = Attempt::begin(smart, word, now);
    if state.store.was_used(&smart.rules.id, &TokenHash::of(attempt.launch())).await? {
        return Err(LaunchRefused::Replayed);
    }
    let url = smart.authorize_url(&state.identity.http, &attempt, word, &redirect(state), now).await?;
    Ok(launch::sent_to(url.as_str(), [cookie(state, &attempt.state(), attempt.as_str(), ATTEMPT_MS_MAX / 1_000)]))
}

/// Ends a launch: the host says who it is and whose record is open, and the browser is sent to the plan.
#[utoipa::path(
    get, path = "/launch/callback", tag = "launch", params(CallbackQuery),
    responses((status = 303, description = "to the plan, or to a plain page if the launch was refused"))
)]
pub(crate) async fn launch_callback(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    Query(query): Query<CallbackQuery>,
) -> Response {
    if let Err(too_often) = state.rates.at_the_door(&peer) {
        return Problem::from(too_often).into_response();
    }
    let mut host = None;
    let mut response = match end(&state, &headers, &query, &mut host).await {
        Ok(response) => response,
        Err(why) => launch::refused(host.map(|host| host.rules.id.as_str()), &why),
    };
    if let Some(began) = &query.state {
        response.headers_mut().append(header::SET_COOKIE, cookie(&state, began, "", 0));
    }
    response
}

async fn end<'s>(
    state: &'s AppState,
    headers: &HeaderMap,
    query: &CallbackQuery,
    host: &mut Option<&'s SmartConfig>,
) -> Result<Response, LaunchRefused> {
    let began = query.state.as_deref().ok_or(LaunchRefused::Malformed("state"))?;
    let attempt = attempt(headers, began).ok_or(LaunchRefused::NotBegun)?;
    let found = state.identity.config.smart.iter().find(|smart| smart.rules.id == attempt.host());
    let smart = found.ok_or(LaunchRefused::UnknownHost)?;
    *host = Some(smart);
    let id = &smart.rules.id;
    let now = state.clock.now();
    if now.since_ms(attempt.begun_at()) > ATTEMPT_MS_MAX {
        return Err(LaunchRefused::Expired);
    }
    if query.error.is_some() {
        return Err(LaunchRefused::BrokenOff);
    }
    let code = query.code.as_deref().ok_or(LaunchRefused::Malformed("code"))?;
    if !state.store.use_once(id, &TokenHash::of(began), now, now.plus_ms(ATTEMPT_MS_MAX * 2)).await? {
        return Err(LaunchRefused::Replayed);
    }
    let says = smart.redeem(&state.identity.http, &attempt, code, &redirect(state), now).await?;
    if !state.store.use_once(id, &TokenHash::of(attempt.launch()), now, now.plus_ms(LAUNCH_KEPT_MS)).await? {
        return Err(LaunchRefused::Replayed);
    }
    let admitted = launch::admit(state, &smart.rules, says).await?;
    launch::begin(state, admitted, SignedInBy::Smart).await
}

/// The launch that this browser began, if it is the one that comes back.
fn attempt(headers: &HeaderMap, began: &str) -> Option<Attempt> {
    let name = cookie_name(began)?;
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';'));
    let text = pairs.find_map(|pair| pair.trim().strip_prefix(&name)?.strip_prefix('='))?;
    Attempt::of_cookie(text).filter(|attempt| attempt.state() == began)
}

fn redirect(state: &AppState) -> String {
    format!("{}/launch/callback", state.identity.public_url())
}

/// `Lax`, because the host's page sends the browser back. Each launch has its own, so that two may be under way.
fn cookie(state: &AppState, began: &str, value: &str, max_age_s: i64) -> HeaderValue {
    let secure = if state.secure_cookies() { "; Secure" } else { "" };
    let name = cookie_name(began).unwrap_or_else(|| "coplan_launch".to_owned());
    let text = format!("{name}={value}; Path=/launch; HttpOnly; SameSite=Lax; Max-Age={max_age_s}{secure}");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("coplan_launch="))
}

fn cookie_name(began: &str) -> Option<String> {
    let hex = began.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let part = began.get(..COOKIE_NAME_CHARS).filter(|_| hex)?;
    Some(format!("coplan_launch_{part}"))
}

/// How long a launch may take from the host to the plan, in milliseconds.
const ATTEMPT_MS_MAX: i64 = 5 * 60 * 1_000;

/// How long it is remembered that a host's launch was used, in milliseconds.
const LAUNCH_KEPT_MS: i64 = 7 * 24 * 60 * 60 * 1_000;

/// Longest word of a host for what is open, in bytes.
const LAUNCH_BYTES_MAX: usize = 4_096;

/// How much of the state tells the cookies of two launches apart.
const COOKIE_NAME_CHARS: usize = 8;

//! `POST /launch/tickets` and `GET /launch/ticket`: launches that a host signs itself.
//!
//! The signed launch goes from server to server. What the browser opens is a ticket: the only secret that ever stands in
//! an address, once and for half a minute.

use super::launch;
use crate::{
    identity::host::{HostConfig, LaunchRefused},
    peer::Peer,
    problem::Problem,
    random,
    state::AppState,
    store::{SignedInBy, TokenHash},
};
use axum::{
    Extension, Json,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct TicketBody {
    /// To be opened in the member of staff's browser, once.
    url: String,
    expires_at: String,
}

/// Takes a launch that a host has signed (RFC 7519, as a bearer token), and gives the address to open.
#[utoipa::path(
    post, path = "/launch/tickets", tag = "launch",
    responses(
        (status = 201, body = TicketBody),
        (status = 401, body = Problem, description = "`launch-refused`; why stands in the log"),
        (status = 429, body = Problem, description = "`too-often`"),
    )
)]
pub(crate) async fn launch_ticket_create(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    let mut host = None;
    match take(&state, &headers, &mut host).await {
        Ok(body) => (StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response(),
        Err(why) => {
            launch::noted(host.map(|host| host.rules.id.as_str()), &why);
            match (why, state.rates.stranger(&peer)) {
                (_, Err(too_often)) => Problem::from(too_often).into_response(),
                (LaunchRefused::Store(error), _) => Problem::from(error).into_response(),
                _ => refusal().into_response(),
            }
        }
    }
}

async fn take<'s>(
    state: &'s AppState,
    headers: &HeaderMap,
    host: &mut Option<&'s HostConfig>,
) -> Result<TicketBody, LaunchRefused> {
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = token.and_then(|value| value.strip_prefix("Bearer ")).ok_or(LaunchRefused::Malformed("bearer"))?;
    let issuer = HostConfig::issuer_of(token).ok_or(LaunchRefused::Malformed("iss"))?;
    let found = state.identity.config.hosts.iter().find(|host| host.issuer == issuer);
    let found = found.ok_or(LaunchRefused::UnknownHost)?;
    *host = Some(found);
    let now = state.clock.now();
    let signed = found.check(token, state.identity.public_url(), now)?;
    if signed.organisation.is_some_and(|named| named != found.rules.organisation.as_str()) {
        return Err(LaunchRefused::UnknownOrganisation);
    }
    if !state.store.use_once(&found.rules.id, &TokenHash::of(&signed.jti), now, signed.until).await? {
        return Err(LaunchRefused::Replayed);
    }
    let admitted = launch::admit(state, &found.rules, signed.says).await?;
    let ticket = random::token();
    let expires_at = now.plus_ms(TICKET_MS_MAX);
    state.store.keep_launch_ticket(&TokenHash::of(&ticket), &admitted, now, expires_at).await?;
    let url = format!("{}/launch/ticket?t={ticket}", state.identity.public_url());
    Ok(TicketBody { url, expires_at: expires_at.to_rfc3339() })
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TicketQuery {
    /// The ticket.
    t: Option<String>,
}

/// Opens a launch: begins the session and sends the browser to the plan.
#[utoipa::path(
    get, path = "/launch/ticket", tag = "launch", params(TicketQuery),
    responses((status = 303, description = "to the plan, or to a plain page if the ticket holds no longer"))
)]
pub(crate) async fn launch_ticket_open(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
    Query(query): Query<TicketQuery>,
) -> Response {
    if let Err(too_often) = state.rates.at_the_door(&peer) {
        return Problem::from(too_often).into_response();
    }
    let mut host = None;
    match open(&state, query.t.as_deref().unwrap_or_default(), &mut host).await {
        Ok(response) => response,
        Err(why) => launch::refused(host.as_deref(), &why),
    }
}

async fn open(state: &AppState, ticket: &str, host: &mut Option<String>) -> Result<Response, LaunchRefused> {
    let admitted = state.store.use_launch_ticket(&TokenHash::of(ticket), state.clock.now()).await?;
    // Used before, too old, or never there: nothing is kept by which to tell them apart.
    let admitted = admitted.ok_or(LaunchRefused::Replayed)?;
    *host = Some(admitted.launch.host.clone());
    launch::begin(state, admitted, SignedInBy::LaunchToken).await
}

fn refusal() -> Problem {
    let detail = "the launch was not taken; the reason stands in this service's log";
    Problem::new(StatusCode::UNAUTHORIZED, "launch-refused", "Launch refused", detail)
}

/// How long the address may be opened, in milliseconds.
const TICKET_MS_MAX: i64 = 30_000;

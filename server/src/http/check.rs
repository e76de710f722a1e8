//! `GET /check` and `GET /check/{code}`: whether a printed plan is still the one that counts.
//!
//! Anybody may ask, without signing in: whoever holds the paper has read it already. The answer holds no name, no number,
//! no plan and nothing clinical. Nobody looks at content, so nothing is audited; it is counted by what was answered.

use super::check_page;
use crate::{
    extract::{InPath, InQuery},
    peer::Peer,
    problem::Problem,
    state::AppState,
    store::{Currency, CurrencyState},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use coplan_core::{print::CheckCode, time::UtcMillis};
use serde::{Deserialize, Serialize};

/// What has become of a print.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct CheckBody {
    /// `current`, `superseded`, `withdrawn` or `unknown`.
    pub(super) state: &'static str,
    /// When what was printed was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) published_at: Option<String>,
    /// When the newer one was, if it is superseded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) superseded_at: Option<String>,
    /// The server's time.
    pub(super) checked_at: String,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CheckQuery {
    /// The code as it was typed.
    code: Option<String>,
}

/// A page to type the code on; with a code, on to its answer.
#[utoipa::path(
    get, path = "/check", tag = "printed plans", params(CheckQuery),
    responses((status = 200, body = String, content_type = "text/html"), (status = 303, description = "to the answer"))
)]
pub(crate) async fn check_form(InQuery(query): InQuery<CheckQuery>) -> Response {
    match query.code.as_deref().map(str::parse::<CheckCode>) {
        Some(Ok(code)) => Redirect::to(&format!("/check/{}", code.as_str())).into_response(),
        Some(Err(_)) => page(StatusCode::OK, check_page::form(true)),
        None => page(StatusCode::OK, check_page::form(false)),
    }
}

/// Whether what was printed with this code still counts: a page, or JSON for whoever asks for it.
#[utoipa::path(
    get, path = "/check/{code}", tag = "printed plans", params(("code" = String, Path)),
    responses(
        (status = 200, content((CheckBody = "application/json"), (String = "text/html"))),
        (status = 404, description = "`unknown`", content((CheckBody = "application/json"), (String = "text/html"))),
        (status = 429, body = Problem, description = "`too-often`"),
    )
)]
pub(crate) async fn check_show(
    State(state): State<AppState>,
    peer: Peer,
    headers: HeaderMap,
    InPath(code): InPath<String>,
) -> Result<Response, Problem> {
    state.rates.check(&peer)?;
    let now = state.clock.now();
    let currency = match code.parse::<CheckCode>() {
        Ok(code) => state.store.currency(&code, now).await?,
        Err(_) => None,
    };
    let body = CheckBody::of(currency, now);
    metrics::counter!("coplan_print_checks_total", "state" => body.state).increment(1);
    let status = if currency.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    if wants_json(&headers) {
        return Ok((status, FRESH, Json(body)).into_response());
    }
    Ok(page(status, check_page::answer(&body)))
}

impl CheckBody {
    fn of(currency: Option<Currency>, now: UtcMillis) -> Self {
        let state = match currency.map(|currency| currency.state) {
            Some(CurrencyState::Current) => "current",
            Some(CurrencyState::Superseded) => "superseded",
            Some(CurrencyState::Withdrawn) => "withdrawn",
            None => "unknown",
        };
        let superseded = currency.filter(|currency| currency.state == CurrencyState::Superseded);
        Self {
            state,
            published_at: currency.map(|currency| currency.published_at.to_rfc3339()),
            superseded_at: superseded.map(|currency| currency.newest_at.to_rfc3339()),
            checked_at: now.to_rfc3339(),
        }
    }
}

fn page(status: StatusCode, html: String) -> Response {
    let policy = super::plain_page::policy(html.as_bytes());
    let kind = (header::CONTENT_TYPE, "text/html; charset=utf-8");
    (status, FRESH, [kind], [(header::CONTENT_SECURITY_POLICY, policy)], html).into_response()
}

/// Programs that name JSON and no page get JSON.
fn wants_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let accepted: String = accepted.collect::<Vec<_>>().join(",");
    accepted.contains("application/json") && !accepted.contains("text/html")
}

/// The answer holds for this moment, and is nobody else's to find.
const FRESH: [(HeaderName, &str); 3] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::VARY, "accept"),
    (HeaderName::from_static("x-robots-tag"), "noindex"),
];

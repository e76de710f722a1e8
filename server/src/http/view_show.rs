//! `GET /api/plans/{plan}/views/{view}`: a published view, as bytes.

use crate::{
    audit::trail,
    extract::{InPath, InQuery},
    problem::Problem,
    session::SignedIn,
    state::AppState,
    store::StoredView,
};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use coplan_core::{
    id::PlanId,
    policy::{Action, Resource},
    view::ViewKind,
};
use serde::Deserialize;

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ViewQuery {
    /// Of this publication; of the newest if it is not named.
    version: Option<u32>,
}

/// The bytes of a view, exactly as they were published.
#[utoipa::path(
    get, path = "/api/plans/{plan}/views/{view}", tag = "publications",
    params(("plan" = String, Path), ("view" = String, Path, description = "`urgent`, `clinical`, `person`, `social-care` or `fhir`"), ViewQuery),
    responses(
        (status = 200, body = serde_json::Value, headers(("ETag" = String), ("Coplan-Now" = String))),
        (status = 304, description = "the one who asks has these bytes"),
        (status = 401, body = Problem),
        (status = 404, body = Problem),
    )
)]
pub(crate) async fn view_show(
    State(state): State<AppState>,
    who: SignedIn,
    InPath((plan, view)): InPath<(PlanId, String)>,
    InQuery(query): InQuery<ViewQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let kind = ViewKind::named(&view).ok_or_else(Problem::not_found)?;
    let access = super::access(&state, &who, &plan).await?;
    let granted = access.decide(Action::ReadPublished, Resource::View(kind))?;
    let stored = state.store.view(&granted, kind, query.version).await?.ok_or_else(Problem::not_found)?;
    Ok(answer(&state, kind, stored, &headers))
}

/// The bytes, or 304 to whoever has them. Both carry the server's time, so that an age can be shown by one clock.
pub(super) fn answer(state: &AppState, kind: ViewKind, stored: StoredView, asked: &HeaderMap) -> Response {
    trail::shows(stored.version, stored.sha256);
    let etag = format!("\"{}\"", hex::encode(stored.sha256));
    let now = state.clock.now().to_rfc3339();
    let common = [(header::ETAG, etag.clone()), (NOW, now), (header::CACHE_CONTROL, "private, no-cache".to_owned())];
    if has(asked, &etag) {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    (common, [(header::CONTENT_TYPE, kind.media_type())], stored.bytes).into_response()
}

fn has(asked: &HeaderMap, etag: &str) -> bool {
    let mut tags = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    tags.any(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag))
}

/// The server's time.
const NOW: HeaderName = HeaderName::from_static("coplan-now");

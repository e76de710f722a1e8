//! `GET /api/urgent`: what a crew reads, by NHS number.

use crate::{extract::InQuery, problem::Problem, session::SignedIn, state::AppState, store::no_plan};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderName},
    response::Response,
};
use coplan_core::{
    policy::{Action, Resource},
    view::ViewKind,
};
use serde::Deserialize;

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UrgentQuery {
    /// Ten digits, plain or written 3-3-4, for whoever cannot send a header: addresses stand in the logs of proxies.
    nhs_number: Option<String>,
}

/// The urgent view of a person's plan, exactly as it was published.
#[utoipa::path(
    get, path = "/api/urgent", tag = "publications",
    params(
        ("x-nhs-number" = Option<String>, Header, description = "ten digits, plain or written 3-3-4"),
        UrgentQuery,
    ),
    responses(
        (status = 200, body = serde_json::Value, headers(("ETag" = String), ("Coplan-Now" = String))),
        (status = 304, description = "the one who asks has these bytes"),
        (status = 400, body = Problem, description = "`bad-query`"),
        (status = 401, body = Problem),
        (status = 404, body = Problem, description = "no plan, nothing published, or no right: the same answer"),
        (status = 422, body = Problem, description = "`nhs-number`"),
    )
)]
pub(crate) async fn urgent(
    State(state): State<AppState>,
    who: SignedIn,
    InQuery(query): InQuery<UrgentQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let in_header = headers.get(NHS_NUMBER).map(|number| number.to_str().unwrap_or_default());
    let detail = "say whose plan in the header `x-nhs-number`";
    let named = in_header.or(query.nhs_number.as_deref());
    let nhs_number = super::plan_list::nhs_number(named.ok_or_else(|| Problem::bad_request("bad-query", detail))?)?;
    // Where there is no plan the decision is a no that leaves an event, as any other.
    let plan = state.store.plan_of(&nhs_number).await?.unwrap_or_else(no_plan);
    let access = super::access(&state, &who, &plan).await?;
    let granted = access.decide(Action::ReadPublished, Resource::View(ViewKind::Urgent))?;
    let stored = state.store.view(&granted, ViewKind::Urgent, None).await?.ok_or_else(Problem::not_found)?;
    Ok(super::view_show::answer(&state, ViewKind::Urgent, stored, &headers))
}

/// Whose plan: in a header, so that it stands in no address.
pub(super) const NHS_NUMBER: HeaderName = HeaderName::from_static("x-nhs-number");

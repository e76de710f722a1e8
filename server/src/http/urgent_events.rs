//! `GET /api/urgent/events`: told of each publication of the urgent view of the person whose page is open.

use super::urgent::NHS_NUMBER;
use crate::{
    events::{self, Of},
    problem::Problem,
    session::SignedIn,
    state::AppState,
    store::no_plan,
};
use axum::{extract::State, http::HeaderMap, response::Response};
use coplan_core::{id::PlanId, policy::Action};

/// The same events as of a plan, for whoever reads the urgent view: by NHS number in a header, so that it stands in no
/// address, or in a session that was launched for one person without any.
#[utoipa::path(
    get, path = "/api/urgent/events", tag = "live",
    params(
        ("x-nhs-number" = Option<String>, Header, description = "ten digits, plain or written 3-3-4"),
        ("last-event-id" = Option<u32>, Header, description = "the version that is known already"),
    ),
    responses(
        (status = 200, body = String, content_type = "text/event-stream"),
        (status = 400, body = Problem, description = "`nobody-named`: no header, and a session for nobody in particular"),
        (status = 401, body = Problem),
        (status = 404, body = Problem, description = "no plan, or no right: the same answer"),
        (status = 422, body = Problem, description = "`nhs-number`"),
        (status = 429, body = Problem, description = "`too-many-streams`"),
    )
)]
pub(crate) async fn urgent_events(
    State(state): State<AppState>,
    who: SignedIn,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let plan = named(&state, &who, &headers).await?;
    let granted = super::access(&state, &who, &plan).await?.decide(Action::ReadPublished, Of::Urgent.resource())?;
    events::follow(&state, who, granted, Of::Urgent, &headers).await
}

async fn named(state: &AppState, who: &SignedIn, headers: &HeaderMap) -> Result<PlanId, Problem> {
    if let Some(number) = headers.get(NHS_NUMBER) {
        let number = super::plan_list::nhs_number(number.to_str().unwrap_or_default())?;
        return Ok(state.store.plan_of(&number).await?.unwrap_or_else(no_plan));
    }
    let detail = "say whose plan in the header `x-nhs-number`";
    who.subject.scope.only.clone().ok_or_else(|| Problem::bad_request("nobody-named", detail))
}

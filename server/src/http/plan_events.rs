//! `GET /api/plans/{plan}/events`: told of each publication, for as long as one may know of them.

use crate::{
    events::{self, Of},
    extract::InPath,
    problem::Problem,
    session::SignedIn,
    state::AppState,
};
use axum::{extract::State, http::HeaderMap, response::Response};
use coplan_core::{id::PlanId, policy::Action};

/// Server-sent events: `published` with `{"version": n}` and `id: n`, at once for the newest version that `Last-Event-ID`
/// does not name, and within a second of each later one. `changed` when one may read more of it than before, or less: the
/// person keeps sections from somebody who acts for them. `gone` when the right or the session is lost; then the stream ends.
#[utoipa::path(
    get, path = "/api/plans/{plan}/events", tag = "live",
    params(
        ("plan" = String, Path),
        ("last-event-id" = Option<u32>, Header, description = "the version that is known already"),
    ),
    responses(
        (status = 200, body = String, content_type = "text/event-stream"),
        (status = 401, body = Problem),
        (status = 404, body = Problem),
        (status = 429, body = Problem, description = "`too-many-streams`"),
    )
)]
pub(crate) async fn plan_events(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(plan): InPath<PlanId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let granted = super::access(&state, &who, &plan).await?.decide(Action::ReadPublished, Of::Plan.resource())?;
    events::follow(&state, who, granted, Of::Plan, &headers).await
}

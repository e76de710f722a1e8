//! `POST /api/plans/{plan}/look`: I have seen what there is.

use crate::{extract::InPath, problem::Problem, session::SignedIn, state::AppState};
use axum::{extract::State, http::StatusCode};
use coplan_core::{id::PlanId, policy::Action};

/// Remembers that the one who asks has looked at the plan, so that `last-look` means this moment from now on.
#[utoipa::path(
    post, path = "/api/plans/{plan}/look", tag = "history", params(("plan" = String, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem))
)]
pub(crate) async fn look(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(plan): InPath<PlanId>,
) -> Result<StatusCode, Problem> {
    let granted = super::granted(&state, &who, Action::See, &plan).await?;
    state.store.plan(&granted).await?.ok_or_else(Problem::not_found)?;
    state.store.look(&granted, state.clock.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

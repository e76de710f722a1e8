//! `PUT` and `DELETE /api/plans/{plan}/team/members/{user}`: members of staff named for the person, or kept out.

use super::reason;
use crate::{
    extract::{Body, InPath},
    problem::Problem,
    session::SignedIn,
    state::AppState,
    store::Part,
};
use axum::{extract::State, http::StatusCode};
use coplan_core::{
    id::{PlanId, UserId},
    policy::Action,
};
use serde::Deserialize;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedMember {
    /// `in` names them for the person, `out` keeps them out.
    part: Part,
    /// A line.
    reason: String,
}

/// Names a member of staff for the person, or keeps them out whatever else holds.
#[utoipa::path(
    put, path = "/api/plans/{plan}/team/members/{user}", tag = "access",
    params(("plan" = String, Path), ("user" = String, Path)), request_body = WantedMember,
    responses(
        (status = 204),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem, description = "no such plan, or no such member of staff"),
        (status = 409, body = Problem, description = "`team-full`"),
        (status = 422, body = Problem, description = "`reason-required`, `reason-too-long`"),
    )
)]
pub(crate) async fn team_member_put(
    State(state): State<AppState>,
    who: SignedIn,
    InPath((plan, user)): InPath<(PlanId, UserId)>,
    Body(wanted): Body<WantedMember>,
) -> Result<StatusCode, Problem> {
    let granted = super::granted(&state, &who, Action::ManageTeam, &plan).await?;
    let reason = reason::checked(&wanted.reason)?;
    let now = state.clock.now();
    state.store.put_member(&granted, (&user, wanted.part, &reason), &who.subject, now).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes them like any other of their organisation again.
#[utoipa::path(
    delete, path = "/api/plans/{plan}/team/members/{user}", tag = "access",
    params(("plan" = String, Path), ("user" = String, Path)),
    responses(
        (status = 204),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem, description = "no such plan, or neither named nor kept out"),
    )
)]
pub(crate) async fn team_member_delete(
    State(state): State<AppState>,
    who: SignedIn,
    InPath((plan, user)): InPath<(PlanId, UserId)>,
) -> Result<StatusCode, Problem> {
    let granted = super::granted(&state, &who, Action::ManageTeam, &plan).await?;
    state.store.end_member(&granted, &user, state.clock.now()).await??;
    Ok(StatusCode::NO_CONTENT)
}

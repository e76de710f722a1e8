//! `PUT` and `DELETE /api/plans/{plan}/team/organisations/{code}`: which organisations look after the person.

use crate::{extract::InPath, problem::Problem, session::SignedIn, state::AppState, store::TeamRefused};
use axum::{extract::State, http::StatusCode};
use coplan_core::{
    id::{OrganisationCode, PlanId},
    policy::{Action, Resource},
};

impl From<TeamRefused> for Problem {
    fn from(refused: TeamRefused) -> Self {
        let detail = refused.to_string();
        match refused {
            TeamRefused::Unknown => Self::not_found(),
            TeamRefused::Home => Self::new(StatusCode::CONFLICT, "home-organisation", "Home organisation", detail),
            TeamRefused::TooMany => Self::new(StatusCode::CONFLICT, "team-full", "Team full", detail),
        }
    }
}

/// Puts an organisation on the team. It must share plans with the one that keeps this plan.
#[utoipa::path(
    put, path = "/api/plans/{plan}/team/organisations/{code}", tag = "access",
    params(("plan" = String, Path), ("code" = String, Path)),
    responses(
        (status = 204),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem, description = "no such plan, or no such organisation"),
        (status = 409, body = Problem, description = "`team-full`"),
        (status = 422, body = Problem, description = "`no-agreement`"),
    )
)]
pub(crate) async fn team_organisation_put(
    State(state): State<AppState>,
    who: SignedIn,
    InPath((plan, code)): InPath<(PlanId, OrganisationCode)>,
) -> Result<StatusCode, Problem> {
    let access = super::access(&state, &who, &plan).await?;
    let granted = access.decide(Action::ManageTeam, Resource::Plan)?;
    if state.store.organisation(&code).await?.is_none() {
        return Err(Problem::not_found());
    }
    if !access.facts.parties.contains_key(&code) {
        let detail = "no sharing agreement joins this organisation with the one that keeps the plan";
        return Err(Problem::unprocessable("no-agreement", "No agreement", detail));
    }
    state.store.join_team(&granted, &code, &who.subject, state.clock.now()).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes an organisation off the team: its staff see the plan no more unless something else connects them.
#[utoipa::path(
    delete, path = "/api/plans/{plan}/team/organisations/{code}", tag = "access",
    params(("plan" = String, Path), ("code" = String, Path)),
    responses(
        (status = 204),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem, description = "no such plan, or not on its team"),
        (status = 409, body = Problem, description = "`home-organisation`"),
    )
)]
pub(crate) async fn team_organisation_delete(
    State(state): State<AppState>,
    who: SignedIn,
    InPath((plan, code)): InPath<(PlanId, OrganisationCode)>,
) -> Result<StatusCode, Problem> {
    let granted = super::granted(&state, &who, Action::ManageTeam, &plan).await?;
    state.store.leave_team(&granted, &code, state.clock.now()).await??;
    Ok(StatusCode::NO_CONTENT)
}

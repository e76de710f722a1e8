//! `POST /api/plans`: begin a plan for somebody.

use super::{
    launch,
    plan_show::{PlanBody, body},
};
use crate::{extract::Body, plan, plan::CreatePlanError, problem::Problem, session::SignedIn, state::AppState};
use axum::{
    Json,
    extract::State,
    http::{HeaderName, StatusCode, header},
};
use serde::Deserialize;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPlan {
    /// Ten digits, plain or written 3-3-4.
    nhs_number: String,
}

impl From<CreatePlanError> for Problem {
    fn from(error: CreatePlanError) -> Self {
        let detail = error.to_string();
        match error {
            CreatePlanError::Denied(denied) => denied.into(),
            CreatePlanError::Exists(plan) => {
                Self::new(StatusCode::CONFLICT, "plan-exists", "Plan exists", detail).with("plan", plan.as_str())
            }
            CreatePlanError::UnknownPerson => Self::unprocessable("unknown-person", "Unknown person", detail),
            CreatePlanError::NoKeeper => Self::unprocessable("no-keeper", "Nobody to keep it", detail),
            CreatePlanError::Store(error) => error.into(),
        }
    }
}

/// Makes a plan with an empty document for every section.
///
/// The person must be known from demographics. They may begin their own plan: it is kept by the practice where they are
/// registered, or by whom the service names for that. Under development, any other number that begins with 999 is an invented
/// person.
#[utoipa::path(
    post, path = "/api/plans", tag = "plans", request_body = NewPlan,
    responses(
        (status = 201, body = PlanBody, headers(("Location" = String))),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 409, body = Problem, description = "`plan-exists`, with the member `plan`"),
        (status = 422, body = Problem, description = "`nhs-number`, `unknown-person`, `no-keeper`"),
    )
)]
pub(crate) async fn plan_create(
    State(state): State<AppState>,
    who: SignedIn,
    Body(wanted): Body<NewPlan>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<PlanBody>), Problem> {
    let nhs_number = super::plan_list::nhs_number(&wanted.nhs_number)?;
    launch::may_begin_for(&state, &who.session, &nhs_number).await?;
    if state.development {
        plan::invent_person(&state.store, &nhs_number).await?;
    }
    let now = state.clock.now();
    let sections = state.sections();
    let (store, policies, keeper) = (&state.store, &state.policies, state.keeper.as_ref());
    let plan = plan::create_kept_by(store, &sections, policies, &who.subject, &nhs_number, keeper, now).await?;
    if state.development {
        state.store.share_with_everybody(&plan, &who.subject, now).await?;
    }
    let who = launch::plan_begun(&state, who, &plan).await?;
    let location = format!("/api/plans/{plan}");
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(body(&state, &who, plan).await?)))
}

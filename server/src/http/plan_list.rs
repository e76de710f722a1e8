//! `GET /api/plans`: the plans that one may see.

use super::plan_show::PersonBody;
use crate::{
    audit::{Event, action, trail},
    extract::InQuery,
    problem::Problem,
    session::SignedIn,
    state::AppState,
    store::{Plan, PlanPage},
};
use axum::{Json, extract::State};
use coplan_core::{
    id::PlanId,
    nhs_number::NhsNumber,
    policy::{Action, Resource},
};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Only the plan of this person.
    nhs_number: Option<String>,
    /// Only plans after this one.
    #[param(value_type = Option<String>)]
    after: Option<PlanId>,
    /// At most so many, 1 to 200.
    limit: Option<u32>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ListedPlan {
    id: String,
    person: PersonBody,
    /// Number of the newest publication; 0 before the first.
    version: u32,
    published_at: Option<String>,
    changed_at: Option<String>,
}

impl From<Plan> for ListedPlan {
    fn from(plan: Plan) -> Self {
        Self {
            id: plan.id.to_string(),
            person: plan.person.into(),
            version: plan.version,
            published_at: plan.published_at.map(|at| at.to_rfc3339()),
            changed_at: plan.changed_at.map(|at| at.to_rfc3339()),
        }
    }
}

/// Plans in the order of their ids.
#[utoipa::path(
    get, path = "/api/plans", tag = "plans", params(ListQuery),
    responses(
        (status = 200, body = Vec<ListedPlan>),
        (status = 400, body = Problem, description = "`bad-query`"),
        (status = 401, body = Problem),
        (status = 422, body = Problem, description = "`nhs-number`"),
    )
)]
pub(crate) async fn plan_list(
    State(state): State<AppState>,
    who: SignedIn,
    InQuery(query): InQuery<ListQuery>,
) -> Result<Json<Vec<ListedPlan>>, Problem> {
    let nhs_number = query.nhs_number.as_deref().map(nhs_number).transpose()?;
    let named = nhs_number.is_some().then_some(());
    let limit = query.limit.unwrap_or(PLANS_LISTED_MAX).clamp(1, PLANS_LISTED_MAX);
    let plans = state.store.plans(&PlanPage { nhs_number, after: query.after, limit }).await?;
    let mut seen = Vec::with_capacity(plans.len());
    for plan in plans {
        if super::access(&state, &who, &plan.id).await?.allows(Action::See, Resource::Plan) {
            seen.push(ListedPlan::from(plan));
        }
    }
    let event = Event::of(Some(&who.subject), action::FIND_PLANS, state.clock.now());
    // Whoever asked for somebody by number has found them, or has not.
    let found = named.and_then(|()| seen.first()).and_then(|plan| plan.id.parse().ok());
    trail::note(Event { plan: found, ..event });
    Ok(Json(seen))
}

/// Reads an NHS number of the request; what is wrong with it is said without repeating it.
pub(super) fn nhs_number(text: &str) -> Result<NhsNumber, Problem> {
    NhsNumber::parse(text).map_err(|error| Problem::unprocessable("nhs-number", "Not an NHS number", error.to_string()))
}

/// Most plans in one answer.
const PLANS_LISTED_MAX: u32 = 200;

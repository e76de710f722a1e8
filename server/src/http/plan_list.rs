//! `GET /api/plans`: the plans that one may see.

use super::plan_show::PersonBody;
use crate::{
    audit::{Event, action, trail},
    extract::InQuery,
    problem::Problem,
    session::SignedIn,
    state::AppState,
    store::{Place, Plan, PlanPage},
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
    /// Only plans of people who live at this postcode. Whoever is restricted is not found by it.
    postcode: Option<String>,
    /// Only plans of people who are registered with the practice of this ODS code. Whoever is restricted is not found by it.
    practice: Option<String>,
    /// Only plans after this one.
    #[param(value_type = Option<String>)]
    after: Option<PlanId>,
    /// At most so many, 1 to 500; 200 if it is not given.
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

/// Plans that one works with, in the order of their ids.
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
    let place = place(query.postcode, query.practice)?;
    let by_number = nhs_number.is_some();
    let limit = query.limit.unwrap_or(PLANS_LISTED).clamp(1, PLANS_LISTED_MAX);
    let mut page = PlanPage { nhs_number, place, after: query.after, limit };
    let mut seen = Vec::new();
    // What connects somebody need not be enough, as where the person objects: then the next ones are looked at.
    for _ in 0..PAGES_READ_MAX {
        let plans = state.store.plans_of(&who.subject, &page, state.clock.now()).await?;
        let last = u32::try_from(plans.len()).is_ok_and(|plans| plans < page.limit);
        page.after = plans.last().map(|plan| plan.id.clone()).or(page.after);
        for plan in plans {
            if super::access(&state, &who, &plan.id).await?.allows(Action::See, Resource::Plan) {
                seen.push(ListedPlan::from(plan));
            }
        }
        if last || seen.len() >= limit as usize {
            break;
        }
    }
    seen.truncate(limit as usize);
    // Whoever asked for somebody by number has found them, or has not; a list is of nobody in particular.
    let found = seen.first().filter(|_| by_number).and_then(|plan| plan.id.parse().ok());
    let event = Event::of(Some(&who.subject), action::FIND_PLANS, state.clock.now());
    trail::note(Event { plan: found, ..event });
    Ok(Json(seen))
}

fn place(postcode: Option<String>, practice: Option<String>) -> Result<Option<(Place, String)>, Problem> {
    let place = match (postcode, practice) {
        (Some(_), Some(_)) => return Err(Problem::bad_request("bad-query", "look by postcode or by practice")),
        (Some(postcode), None) => Some((Place::Postcode, postcode)),
        (None, Some(practice)) => Some((Place::Practice, practice)),
        (None, None) => None,
    };
    let too_long = place.as_ref().is_some_and(|(_, text)| text.len() > PLACE_BYTES_MAX);
    if too_long { Err(Problem::bad_request("bad-query", "that is no postcode or ODS code")) } else { Ok(place) }
}

/// Reads an NHS number of the request; what is wrong with it is said without repeating it.
pub(super) fn nhs_number(text: &str) -> Result<NhsNumber, Problem> {
    NhsNumber::parse(text).map_err(|error| Problem::unprocessable("nhs-number", "Not an NHS number", error.to_string()))
}

/// Plans in one answer, unless more or fewer are asked for.
const PLANS_LISTED: u32 = 200;

/// Most plans in one answer.
const PLANS_LISTED_MAX: u32 = 500;

/// So many pages are read at most to fill an answer.
const PAGES_READ_MAX: u32 = 10;

/// Longest postcode or ODS code that is looked for, in bytes.
const PLACE_BYTES_MAX: usize = 32;

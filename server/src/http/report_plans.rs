//! `GET /api/reports/plans`: how many plans there are, for whoever plans services. It names nobody.

use crate::{access::PlanAccess, problem::Problem, session::SignedIn, state::AppState};
use axum::{Json, extract::State};
use coplan_core::policy::{Action, OrganisationKind, PlanFacts, Resource};
use serde::Serialize;
use std::sync::Arc;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PlansReport {
    /// When it was counted.
    at: String,
    /// All plans that are counted.
    plans: u64,
    /// By the kind of organisation that keeps them; kinds that keep none are left out.
    kinds: Vec<KindCount>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct KindCount {
    /// `general-practice`, `community`, `hospice`, `hospital`, `social-care`, `care-provider`, `emergency`, `pharmacy` or
    /// `other`.
    #[schema(value_type = String)]
    kind: OrganisationKind,
    plans: u64,
    /// How many of them have been published.
    published: u64,
}

/// Counts of plans. People who opted out of the national use of their data are not among them.
#[utoipa::path(
    get, path = "/api/reports/plans", tag = "reports",
    responses(
        (status = 200, body = PlansReport),
        (status = 401, body = Problem),
        (status = 404, body = Problem, description = "no right to reports"),
    )
)]
pub(crate) async fn report_plans(State(state): State<AppState>, who: SignedIn) -> Result<Json<PlansReport>, Problem> {
    let now = state.clock.now();
    let facts = Arc::new(PlanFacts::of_no_plan("none".parse().expect("a word is an id")));
    let access = PlanAccess::from_facts(&state.policies, &who.subject, facts, now);
    let granted = access.decide(Action::Report, Resource::Plan)?;
    let counted = state.store.count_plans(&granted).await?;
    let plans = counted.iter().map(|(_, plans, _)| plans).sum();
    let kinds = counted.into_iter().map(|(kind, plans, published)| KindCount { kind, plans, published }).collect();
    Ok(Json(PlansReport { at: now.to_rfc3339(), plans, kinds }))
}

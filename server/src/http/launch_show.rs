//! `GET /api/launch`: what this session was launched for.

use super::launch;
use crate::{problem::Problem, session::SignedIn, state::AppState, store::no_plan};
use axum::{Json, extract::State};
use coplan_core::{
    id::PlanId,
    nhs_number::NhsNumber,
    policy::{Access, Action, Resource, Role},
    view::ViewKind,
};
use serde::Serialize;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct LaunchBody {
    /// Whose record was open.
    person: Option<LaunchedPerson>,
    /// Their plan, if there is one that may be seen.
    #[schema(value_type = Option<String>)]
    plan: Option<PlanId>,
    /// Whether there is no plan and this session may begin one.
    may_begin: bool,
    /// The emergency that a crew was sent to.
    job: Option<String>,
    /// What people call the host.
    host: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct LaunchedPerson {
    #[schema(value_type = String)]
    nhs_number: NhsNumber,
    name: String,
    /// `YYYY-MM-DD`.
    born: String,
}

/// For whom, and from where, this session was launched.
#[utoipa::path(
    get, path = "/api/launch", tag = "session",
    responses(
        (status = 200, body = LaunchBody),
        (status = 401, body = Problem),
        (status = 404, body = Problem, description = "the session was not launched"),
    )
)]
pub(crate) async fn launch_show(State(state): State<AppState>, who: SignedIn) -> Result<Json<LaunchBody>, Problem> {
    let launched = state.store.launch_of(who.session.id).await?.ok_or_else(Problem::not_found)?;
    let there = state.store.plan_of(&launched.nhs_number).await?;
    let who = match &there {
        // Begun by somebody else since the launch.
        Some(plan) => launch::plan_begun(&state, who, plan).await?,
        None => who,
    };
    let plan = match there {
        Some(plan) => may_see(&state, &who, &plan).await?.then_some(plan),
        None => None,
    };
    let may_begin = who.subject.scope.only == Some(no_plan()) && may_begin(&state, &who, &launched.nhs_number).await?;
    let person = state.store.person(&launched.nhs_number).await?;
    let person =
        person.map(|person| LaunchedPerson { nhs_number: person.nhs_number, name: person.name, born: person.born });
    let config = &state.identity.config;
    let rules = config.smart.iter().map(|smart| &smart.rules).chain(config.hosts.iter().map(|host| &host.rules));
    let host = rules.into_iter().find(|rules| rules.id == launched.host).map_or("", |rules| rules.title.as_str());
    let (host, job) = (host.to_owned(), who.session.scope.job.clone());
    Ok(Json(LaunchBody { person, plan, may_begin, job, host }))
}

async fn may_see(state: &AppState, who: &SignedIn, plan: &PlanId) -> Result<bool, Problem> {
    let access = super::access(state, who, plan).await?;
    Ok(match who.subject.role {
        Role::Crew => access.allows(Action::ReadPublished, Resource::View(ViewKind::Urgent)),
        _ => access.allows(Action::See, Resource::Plan),
    })
}

async fn may_begin(state: &AppState, who: &SignedIn, nhs_number: &NhsNumber) -> Result<bool, Problem> {
    let facts = state.store.facts_of_person(nhs_number, &who.subject.organisation).await?;
    let access = Access { policies: &state.policies, facts: &facts, now: state.clock.now() };
    Ok(access.allows(&who.subject, Action::CreatePlan, Resource::Plan))
}

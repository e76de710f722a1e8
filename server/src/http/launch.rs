//! Launches out of a host's record: what all of them come to once the host has said who it is, and for whom.

use crate::{
    access::PlanAccess,
    audit::{Event, trail},
    clock::Clock,
    identity::{
        enrol,
        host::{HostRules, HostSays, LaunchRefused},
    },
    problem::Problem,
    random, session,
    session::SignedIn,
    state::AppState,
    store::{Launch, LaunchApp, LaunchTicket, LaunchedPlan, NewSession, Session, SignedInBy, TokenHash, no_plan},
};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use coplan_core::{
    id::PlanId,
    nhs_number::NhsNumber,
    policy::{Action, Resource, Role, Subject},
    view::ViewKind,
};

/// What a host's word opens: its user's account here, in the roles that it named, for a person who is known here.
///
/// # Errors
/// `LaunchRefused`; then nobody may come in.
pub(super) async fn admit(state: &AppState, rules: &HostRules, says: HostSays) -> Result<LaunchTicket, LaunchRefused> {
    if state.store.person(&says.nhs_number).await?.is_none() {
        return Err(LaunchRefused::UnknownPerson);
    }
    let enrolled = enrol::enrol(&state.store, rules, &says, state.clock.now()).await?;
    for session in enrolled.ended {
        state.hub.end_session(session);
    }
    let crew = |code: &String| rules.role_map.get(code).is_some_and(|mapped| mapped.role == Role::Crew);
    let all_crew = enrolled.roles.keys().all(crew);
    Ok(LaunchTicket {
        launch: Launch {
            host: rules.id.clone(),
            nhs_number: says.nhs_number,
            organisation: rules.organisation.clone(),
        },
        user: enrolled.user,
        roles: enrolled.roles.into_values().collect(),
        app: says.app.unwrap_or(if all_crew { LaunchApp::Crew } else { LaunchApp::Professional }),
        job: says.job,
        assurance: rules.assurance,
    })
}

/// Begins the session, in place of any that the same host launched for them before, and sends the browser to the plan.
///
/// # Errors
/// `LaunchRefused`; nothing was begun then.
pub(super) async fn begin(
    state: &AppState,
    admitted: LaunchTicket,
    via: SignedInBy,
) -> Result<Response, LaunchRefused> {
    let LaunchTicket { launch, user, roles, app, job, assurance } = admitted;
    let now = state.clock.now();
    let account = state.store.account(&user).await?.ok_or(LaunchRefused::AccountEnded)?;
    let mut granted = state.store.roles_of(&user).await?;
    granted.retain(|(id, _)| roles.contains(id));
    let role = match granted.as_slice() {
        [] => return Err(LaunchRefused::NoRole),
        [(only, _)] => Some(*only),
        // Asked once, and not again with each patient.
        several => state
            .store
            .last_launched_role(&launch.host, &user)
            .await?
            .filter(|last| several.iter().any(|(id, _)| id == last)),
    };
    let acting = granted.iter().find(|(id, _)| Some(*id) == role).or(granted.first()).map(|(_, role)| role.clone());
    let acting = acting.ok_or(LaunchRefused::NoRole)?;
    let plan = state.store.plan_of(&launch.nhs_number).await?;
    let scope = coplan_core::policy::Scope { only: plan.clone(), assurance, job };
    let mut subject = Subject { scope: scope.clone(), ..account.subject() };
    subject.role = acting.role;
    subject.job_title = acting.job_title;
    subject.organisation = acting.organisation.code;
    subject.organisation_name = acting.organisation.name;
    subject.senior = acting.senior;

    let expires_at = now.plus_ms(session::lasts_ms(account.kind));
    let new = NewSession { user, role, via, scope, expires_at };
    let (token, relationship) = (random::token(), relationship_id());
    let launched =
        plan.as_ref().map(|plan| LaunchedPlan { plan, relationship: &relationship, until: expires_at, by: &subject });
    let begun = state.store.begin_launch(&TokenHash::of(&token), &new, &launch, launched.as_ref(), now).await?;
    for session in begun.ended {
        state.hub.end_session(session);
    }
    let shown = match &plan {
        Some(plan) => may_know(state, &subject, plan).await?.then_some(plan),
        None => None,
    };
    tracing::info!(launch.host, launch.via = via.as_str(), "a host launched somebody");
    let at = match shown {
        Some(plan) => format!("/{}/plans/{plan}", app.as_str()),
        None => format!("/{}/launched", app.as_str()),
    };
    // The front page asks for the role, and goes on from there.
    let at = if role.is_some() { at } else { format!("/?return={at}") };
    Ok(sent_to(&at, [session::hand_out(state, &token, expires_at)]))
}

/// Whether somebody who was launched may know that there is a plan. Where not, it is as if there were none.
async fn may_know(state: &AppState, subject: &Subject, plan: &PlanId) -> Result<bool, LaunchRefused> {
    let access = PlanAccess::of(&state.store, &state.policies, subject, plan, state.clock.now()).await?;
    let decided = match subject.role {
        Role::Crew => access.decide(Action::ReadPublished, Resource::View(ViewKind::Urgent)),
        _ => access.decide(Action::See, Resource::Plan),
    };
    Ok(decided.map_or_else(|denied| denied.disclosed, |_| true))
}

/// Refuses to begin a plan for anybody but the person that a session was launched for.
///
/// # Errors
/// `not-allowed`.
pub(super) async fn may_begin_for(state: &AppState, session: &Session, nhs_number: &NhsNumber) -> Result<(), Problem> {
    match state.store.launch_of(session.id).await? {
        Some(launch) if launch.nhs_number != *nhs_number => {
            Err(Problem::not_allowed("this was opened from the record of somebody else"))
        }
        _ => Ok(()),
    }
}

/// Gives a session that was launched for somebody without a plan the plan that there is now.
///
/// # Errors
/// `unavailable` if the store did not answer.
pub(super) async fn plan_begun(state: &AppState, who: SignedIn, plan: &PlanId) -> Result<SignedIn, Problem> {
    if who.subject.scope.only != Some(no_plan()) {
        return Ok(who);
    }
    let Some(launch) = state.store.launch_of(who.session.id).await? else { return Ok(who) };
    let launched =
        LaunchedPlan { plan, relationship: &relationship_id(), until: who.session.expires_at, by: &who.subject };
    state.store.launched_plan_begun(who.session.id, &launch, &launched, state.clock.now()).await?;
    let mut session = who.session;
    session.scope.only = Some(plan.clone());
    Ok(SignedIn::from(session))
}

/// Writes down why a launch was refused, and shows none of it.
pub(super) fn refused(host: Option<&str>, why: &LaunchRefused) -> Response {
    noted(host, why);
    sent_to(REFUSED_AT, [])
}

/// Writes down why a launch was refused.
pub(super) fn noted(host: Option<&str>, why: &LaunchRefused) {
    let host = host.unwrap_or("unknown");
    tracing::warn!(launch.host = host, launch.refused = why.code(), why = %why, "a launch was refused");
    trail::note(Event::sign_in_refused(why.code(), Clock.now()));
}

/// A browser that goes on elsewhere, with these cookies.
pub(super) fn sent_to<const N: usize>(at: &str, cookies: [HeaderValue; N]) -> Response {
    let mut response = (StatusCode::SEE_OTHER, [(header::CACHE_CONTROL, "no-store")]).into_response();
    let headers = response.headers_mut();
    if let Ok(at) = HeaderValue::from_str(at) {
        headers.insert(header::LOCATION, at);
    }
    for cookie in cookies {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}

fn relationship_id() -> String {
    uuid::Builder::from_random_bytes(random::bytes()).into_uuid().to_string()
}

/// The plain page that says that it did not work.
const REFUSED_AT: &str = "/?trouble=launch-failed";

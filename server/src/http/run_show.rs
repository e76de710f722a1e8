//! `GET /api/runs/{job}`: what a crew saw in one emergency.

use super::author::AuthorBody;
use crate::{
    audit::{Event, Outcome, action, trail},
    extract::InPath,
    problem::Problem,
    session::SignedIn,
    state::AppState,
    store::ReadInJob,
};
use axum::{Json, extract::State};
use coplan_core::policy::{Action, Resource, Role};
use serde::Serialize;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct RunBody {
    job: String,
    /// Oldest first. The exact bytes are those of the view of that version.
    reads: Vec<ReadBody>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct ReadBody {
    at: String,
    plan: String,
    /// Of the publication.
    version: u32,
    /// `urgent`
    view: String,
    /// Of the bytes, in hex.
    sha256: String,
    by: AuthorBody,
}

/// The views that were read under the number of a run or job. For crews of the same organisation, and for those who work
/// with the plan.
#[utoipa::path(
    get, path = "/api/runs/{job}", tag = "audit", params(("job" = String, Path)),
    responses((status = 200, body = RunBody), (status = 401, body = Problem), (status = 404, body = Problem))
)]
pub(crate) async fn run_show(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(job): InPath<String>,
) -> Result<Json<RunBody>, Problem> {
    let event = Event::of(Some(&who.subject), action::READ_RUN, state.clock.now());
    let event = Event { resource: Some(format!("run:{job}")), ..event };
    let mut reads = Vec::new();
    for read in state.store.reads_in_job(&job).await? {
        if may_see(&state, &who, &read).await? {
            reads.push(ReadBody {
                at: read.at.to_rfc3339(),
                plan: read.plan.to_string(),
                version: read.version,
                view: read.view,
                sha256: read.sha256,
                by: AuthorBody::from(&read.by),
            });
        }
    }
    if reads.is_empty() {
        trail::note(Event { outcome: Outcome::Refused, ..event });
        return Err(Problem::not_found());
    }
    trail::note(event);
    Ok(Json(RunBody { job, reads }))
}

async fn may_see(state: &AppState, who: &SignedIn, read: &ReadInJob) -> Result<bool, Problem> {
    if who.subject.role == Role::Crew {
        return Ok(who.subject.organisation == read.by.organisation);
    }
    let clinician = matches!(who.subject.role, Role::RegisteredProfessional | Role::Doctor | Role::Specialist);
    Ok(clinician && super::access(state, who, &read.plan).await?.allows(Action::See, Resource::Plan))
}

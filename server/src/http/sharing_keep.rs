//! `PUT` and `DELETE /api/plans/{plan}/sharing/acting/{account}/kept/{section}`: what the person keeps from somebody who acts
//! for them.

use crate::{audit::trail, extract::InPath, problem::Problem, session::SignedIn, state::AppState};
use axum::{extract::State, http::StatusCode};
use coplan_core::{
    id::{PlanId, SectionId, UserId},
    policy::Action,
};

/// Keeps a section between the person and their team. It holds within a second, on the
/// devices of whoever acts for them too.
#[utoipa::path(
    put, path = "/api/plans/{plan}/sharing/acting/{account}/kept/{section}", tag = "access",
    params(("plan" = String, Path), ("account" = String, Path), ("section" = String, Path)),
    responses(
        (status = 204),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`: the person alone does it"),
        (status = 404, body = Problem, description = "no such plan, or nobody of that account acts for the person"),
        (status = 422, body = Problem, description = "`not-keepable`: whoever acts for the person must know this section, or it is none"),
    )
)]
pub(crate) async fn sharing_keep(
    State(state): State<AppState>,
    who: SignedIn,
    InPath((plan, account, section)): InPath<(PlanId, UserId, SectionId)>,
) -> Result<StatusCode, Problem> {
    let granted = super::granted(&state, &who, Action::KeepFromProxy, &plan).await?;
    if !state.sections().section(&section).is_some_and(|section| section.may_be_kept()) {
        let detail = "whoever acts for the person must know this section, or there is none of that name";
        return Err(Problem::unprocessable("not-keepable", "Not to be kept", detail));
    }
    trail::about(format!("kept:{section}:{account}"));
    let now = state.clock.now();
    let kept = state.store.keep_section(&granted, (&account, &section), &who.subject, now).await?;
    if kept { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found()) }
}

/// Lets them see and change it again.
#[utoipa::path(
    delete, path = "/api/plans/{plan}/sharing/acting/{account}/kept/{section}", tag = "access",
    params(("plan" = String, Path), ("account" = String, Path), ("section" = String, Path)),
    responses(
        (status = 204),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem, description = "no such plan, or it is not kept from anybody of that account"),
    )
)]
pub(crate) async fn sharing_let_see(
    State(state): State<AppState>,
    who: SignedIn,
    InPath((plan, account, section)): InPath<(PlanId, UserId, SectionId)>,
) -> Result<StatusCode, Problem> {
    let granted = super::granted(&state, &who, Action::KeepFromProxy, &plan).await?;
    trail::about(format!("shown:{section}:{account}"));
    let now = state.clock.now();
    let ended = state.store.end_kept_section(&granted, (&account, &section), &who.subject, now).await?;
    if ended { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found()) }
}

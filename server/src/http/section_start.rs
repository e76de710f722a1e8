//! `POST /api/plans/{plan}/sections`: begin a section that the plan does not have.

use super::plan_show::{SectionBody, may_start, section_body};
use crate::{
    extract::{Body, InPath},
    plan,
    problem::Problem,
    session::SignedIn,
    state::AppState,
};
use axum::{
    Json,
    extract::State,
    http::{HeaderName, StatusCode, header},
};
use coplan_core::{
    id::{PlanId, SectionId},
    policy::Action,
};
use serde::Deserialize;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSection {
    /// One of those that the plan is offered.
    section: String,
}

/// Begins a section, which is empty then. Whoever may fill it may begin it.
#[utoipa::path(
    post, path = "/api/plans/{plan}/sections", tag = "plans", params(("plan" = String, Path)),
    request_body = NewSection,
    responses(
        (status = 201, body = SectionBody, headers(("Location" = String))),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`section-exists`"),
        (status = 422, body = Problem, description = "`unknown-section`"),
    )
)]
pub(crate) async fn section_start(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(plan): InPath<PlanId>,
    Body(wanted): Body<NewSection>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<SectionBody>), Problem> {
    let granted = super::granted(&state, &who, Action::See, &plan).await?;
    state.store.plan(&granted).await?.ok_or_else(Problem::not_found)?;
    let (all, id) = (state.sections(), wanted.section.parse::<SectionId>().ok());
    let section = id.and_then(|id| all.section(&id)).ok_or_else(|| {
        Problem::unprocessable("unknown-section", "Unknown section", "there is no section of that name")
    })?;
    let access = super::access(&state, &who, &plan).await?;
    if !may_start(&access, section) {
        return Err(Problem::not_allowed("your role does not fill this section"));
    }
    let document = plan::new_document(section, state.clock.now());
    let added = state.store.add_section(&granted, &document).await?.ok_or_else(|| {
        let detail = "the plan has this section already";
        Problem::new(StatusCode::CONFLICT, "section-exists", "Section exists", detail)
    })?;
    let body = section_body(&access, section, &added, None).ok_or_else(Problem::not_found)?;
    let location = format!("/api/plans/{plan}");
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(body)))
}

//! `GET /api/plans/{plan}/publications/{version}`: one publication.

use super::publication_list::PublicationBody;
use crate::{extract::InPath, problem::Problem, session::SignedIn, state::AppState};
use axum::{Json, extract::State};
use coplan_core::{id::PlanId, policy::Action};

/// One publication of a plan.
#[utoipa::path(
    get, path = "/api/plans/{plan}/publications/{version}", tag = "publications",
    params(("plan" = String, Path), ("version" = u32, Path)),
    responses((status = 200, body = PublicationBody), (status = 401, body = Problem), (status = 404, body = Problem))
)]
pub(crate) async fn publication_show(
    State(state): State<AppState>,
    who: SignedIn,
    InPath((plan, version)): InPath<(PlanId, u32)>,
) -> Result<Json<PublicationBody>, Problem> {
    let granted = super::granted(&state, &who, Action::ReadPublished, &plan).await?;
    let published = state.store.publication(&granted, Some(version)).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(PublicationBody::from(&published)))
}

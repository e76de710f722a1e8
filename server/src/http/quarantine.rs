//! `GET /api/plans/{plan}/quarantine`: what was refused, so that nothing that somebody typed is lost.

use crate::{extract::InPath, problem::Problem, session::SignedIn, state::AppState, store::Quarantined};
use axum::{Json, extract::State};
use coplan_core::{
    id::PlanId,
    policy::{Action, Resource},
};
use serde::Serialize;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct QuarantinedBody {
    section: String,
    /// Hash of the change, in hex, as it claims.
    hash: String,
    /// The reason's stable name.
    code: String,
    reason: String,
    /// The text that the change would have written, where it could be read.
    text: String,
    /// Name of who sent it.
    by: String,
    /// Their organisation's name.
    organisation: String,
    received_at: String,
}

impl From<Quarantined> for QuarantinedBody {
    fn from(refused: Quarantined) -> Self {
        Self {
            section: refused.section.to_string(),
            hash: refused.hash.to_string(),
            code: refused.code,
            reason: refused.reason,
            text: refused.text,
            by: refused.by,
            organisation: refused.organisation,
            received_at: refused.received_at.to_rfc3339(),
        }
    }
}

/// Refused changes of the sections that one may read, newest first within each.
#[utoipa::path(
    get, path = "/api/plans/{plan}/quarantine", tag = "sync", params(("plan" = String, Path)),
    responses((status = 200, body = Vec<QuarantinedBody>), (status = 401, body = Problem), (status = 404, body = Problem))
)]
pub(crate) async fn quarantine(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(plan): InPath<PlanId>,
) -> Result<Json<Vec<QuarantinedBody>>, Problem> {
    let granted = super::granted(&state, &who, Action::See, &plan).await?;
    state.store.plan(&granted).await?.ok_or_else(Problem::not_found)?;
    let access = super::access(&state, &who, &plan).await?;
    let mut refused = Vec::new();
    for section in state.sections().in_order() {
        if let Ok(granted) = access.decide(Action::Read, Resource::Section(section)) {
            refused.extend(state.store.quarantined(&granted).await?);
        }
    }
    Ok(Json(refused.into_iter().map(QuarantinedBody::from).collect()))
}

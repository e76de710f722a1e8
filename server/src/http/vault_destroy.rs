//! `DELETE /api/plans/{plan}/vault`: destroy the key of a plan's vault.

use super::vault_list::granted;
use crate::{extract::InPath, problem::Problem, session::SignedIn, state::AppState};
use axum::{extract::State, http::StatusCode};
use coplan_core::{id::PlanId, policy::Action};

/// Makes all that the vault of the plan holds unreadable for good, copies and backups of its rows included. Who looked
/// stays.
#[utoipa::path(
    delete, path = "/api/plans/{plan}/vault", tag = "vault", params(("plan" = String, Path)),
    responses(
        (status = 204),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem),
    )
)]
pub(crate) async fn vault_destroy(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(plan): InPath<PlanId>,
) -> Result<StatusCode, Problem> {
    let granted = granted(&state, &who, Action::DestroyVault, (&plan, None)).await?;
    state.store.destroy_vault(&granted).await?;
    tracing::info!(plan.id = %plan, "the key of a plan's vault was destroyed");
    Ok(StatusCode::NO_CONTENT)
}

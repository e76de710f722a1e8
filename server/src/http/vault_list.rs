//! `GET /api/plans/{plan}/vault`: which values the vault holds, and never what they are.

use crate::{
    extract::InPath,
    problem::Problem,
    session::SignedIn,
    state::AppState,
    store::{VaultError, VaultItem},
    vault::{self, VaultAction, VaultGranted, VaultKind},
};
use axum::{Json, extract::State, http::StatusCode};
use coplan_core::{id::PlanId, policy::Action};
use serde::Serialize;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct VaultBody {
    items: Vec<VaultItemBody>,
    /// Whether one may set a value.
    may_write: bool,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct VaultItemBody {
    kind: VaultKind,
    /// What people call it.
    label: &'static str,
    changed_at: String,
}

impl From<VaultItem> for VaultItemBody {
    fn from(item: VaultItem) -> Self {
        Self { kind: item.kind, label: item.kind.label(), changed_at: item.changed_at.to_rfc3339() }
    }
}

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Store(error) => error.into(),
            VaultError::Unreadable(_) | VaultError::NotGranted => {
                tracing::error!(%error, "the vault did not give a value");
                let detail = "the vault holds something that its key does not open";
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "vault-unreadable", "Unreadable", detail)
            }
        }
    }
}

/// What the vault holds, in the order of kinds.
#[utoipa::path(
    get, path = "/api/plans/{plan}/vault", tag = "vault", params(("plan" = String, Path)),
    responses(
        (status = 200, body = VaultBody),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem),
    )
)]
pub(crate) async fn vault_list(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(plan): InPath<PlanId>,
) -> Result<Json<VaultBody>, Problem> {
    let granted = granted(&state, &who, VaultAction::List, &plan).await?;
    let items = state.store.vault_items(&granted).await?.into_iter().map(VaultItemBody::from).collect();
    let may_write = vault::decide(&who.subject, VaultAction::Write, &plan).is_ok();
    Ok(Json(VaultBody { items, may_write }))
}

/// The right to `action` on the vault of a plan that one may see.
pub(super) async fn granted(
    state: &AppState,
    who: &SignedIn,
    action: VaultAction,
    plan: &PlanId,
) -> Result<VaultGranted, Problem> {
    let seeing = super::granted(who, Action::See, plan)?;
    state.store.plan(&seeing).await?.ok_or_else(Problem::not_found)?;
    Ok(vault::decide(&who.subject, action, plan)?)
}

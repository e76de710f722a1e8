//! `GET /api/plans/{plan}/vault`: which values the vault holds, and never what they are.

use crate::{
    extract::InPath,
    problem::Problem,
    session::SignedIn,
    state::AppState,
    store::{VaultError, VaultItem},
    vault::VaultKind,
};
use axum::{Json, extract::State, http::StatusCode};
use coplan_core::{
    id::PlanId,
    policy::{Action, Granted, Resource},
};
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
    let granted = granted(&state, &who, Action::ListVault, (&plan, None)).await?;
    let items = state.store.vault_items(&granted).await?.into_iter().map(VaultItemBody::from).collect();
    let may_write = super::access(&state, &who, &plan).await?.allows(Action::WriteVault, Resource::Plan);
    Ok(Json(VaultBody { items, may_write }))
}

/// The right to `action` on the vault of a plan, or on one kind of value in it.
pub(super) async fn granted(
    state: &AppState,
    who: &SignedIn,
    action: Action,
    (plan, kind): (&PlanId, Option<VaultKind>),
) -> Result<Granted, Problem> {
    let resource = kind.map_or(Resource::Plan, |kind| Resource::VaultItem(kind.as_str()));
    Ok(super::access(state, who, plan).await?.decide(action, resource)?)
}

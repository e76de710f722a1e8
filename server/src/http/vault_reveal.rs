//! `POST /api/plans/{plan}/vault/{kind}/reveal`: one value, for a reason that is kept.

use super::{suggestion::reason_problem, vault_list::granted};
use crate::{
    extract::{Body, InPath},
    problem::Problem,
    session::SignedIn,
    state::AppState,
    vault::VaultKind,
};
use axum::{Json, extract::State};
use coplan_core::{id::PlanId, policy::Action, section::check_removed_reason};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Look {
    /// A line: what the value is needed for.
    reason: String,
}

/// Has no `Debug`, so that nothing can print it.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct RevealedBody {
    value: String,
    /// After how many seconds a screen hides it again.
    hide_after_s: u32,
}

/// Gives one value, once it is durable who looked and why.
#[utoipa::path(
    post, path = "/api/plans/{plan}/vault/{kind}/reveal", tag = "vault",
    params(("plan" = String, Path), ("kind" = VaultKind, Path)), request_body = Look,
    responses(
        (status = 200, body = RevealedBody),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem, description = "no such plan, no such kind, or none of that kind in the vault"),
        (status = 422, body = Problem, description = "`reason-required`, `value-too-long`, `value-character`"),
        (status = 500, body = Problem, description = "`vault-unreadable`"),
    )
)]
pub(crate) async fn vault_reveal(
    State(state): State<AppState>,
    who: SignedIn,
    InPath((plan, kind)): InPath<(PlanId, VaultKind)>,
    Body(look): Body<Look>,
) -> Result<Json<RevealedBody>, Problem> {
    let granted = granted(&state, &who, Action::RevealVault, (&plan, Some(kind))).await?;
    check_removed_reason(&look.reason).map_err(reason_problem)?;
    let (what, now) = ((kind, look.reason.as_str()), state.clock.now());
    let secret = state.store.look_into_vault(&granted, &state.vault, what, &who.subject, now).await?;
    let secret = secret.ok_or_else(Problem::not_found)?;
    metrics::counter!("coplan_vault_looks_total").increment(1);
    Ok(Json(RevealedBody { value: secret.expose().to_owned(), hide_after_s: HIDE_AFTER_S }))
}

/// How long a value stands on a screen, in seconds.
const HIDE_AFTER_S: u32 = 60;

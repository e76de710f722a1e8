//! `PUT /api/plans/{plan}/vault/{kind}`: put a value into the vault, in the place of one of its kind.

use super::vault_list::granted;
use crate::{
    extract::{Body, InPath},
    problem::Problem,
    session::SignedIn,
    state::AppState,
    vault::{Secret, SecretError, VaultKind},
};
use axum::{extract::State, http::StatusCode};
use coplan_core::{id::PlanId, policy::Action};
use serde::Deserialize;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewValue {
    /// At most 500 characters.
    #[schema(value_type = String)]
    value: Secret,
}

impl From<SecretError> for Problem {
    fn from(error: SecretError) -> Self {
        let code = match error {
            SecretError::Empty => "value-empty",
            SecretError::TooLong => "value-too-long",
            SecretError::Character => "value-character",
        };
        Self::unprocessable(code, "Not a value", error.to_string()).with("field", "value")
    }
}

/// Seals a value. Nothing of it is shown, logged or published.
#[utoipa::path(
    put, path = "/api/plans/{plan}/vault/{kind}", tag = "vault",
    params(("plan" = String, Path), ("kind" = VaultKind, Path)), request_body = NewValue,
    responses(
        (status = 204),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem, description = "no such plan, or no such kind"),
        (status = 422, body = Problem, description = "`value-empty`, `value-too-long`, `value-character`"),
    )
)]
pub(crate) async fn vault_put(
    State(state): State<AppState>,
    who: SignedIn,
    InPath((plan, kind)): InPath<(PlanId, VaultKind)>,
    Body(new): Body<NewValue>,
) -> Result<StatusCode, Problem> {
    let granted = granted(&state, &who, Action::WriteVault, (&plan, Some(kind))).await?;
    new.value.check()?;
    let now = state.clock.now();
    state.store.put_into_vault(&granted, &state.vault, (kind, &new.value), &who.subject, now).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! `PUT /dev/people/{nhs_number}/...`: what national feeds would say of a person, under `--development` only.

use crate::{
    extract::{Body, InPath},
    plan,
    problem::Problem,
    state::AppState,
    store::PutDemographicsError,
};
use axum::{extract::State, http::StatusCode};
use coplan_core::demographics::Demographics;
use serde::Deserialize;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OptOut {
    /// Whether the person is left out of reports.
    opted_out: bool,
}

impl From<PutDemographicsError> for Problem {
    fn from(error: PutDemographicsError) -> Self {
        match error {
            PutDemographicsError::Wrong(error) => {
                Self::unprocessable("demographics", "Not demographics", error.to_string())
            }
            PutDemographicsError::Store(error) => error.into(),
        }
    }
}

/// Takes over what the demographics feed says of a person, whole. A number that begins with 999 is somebody invented.
#[utoipa::path(
    put, path = "/dev/people/{nhs_number}/demographics", tag = "development", params(("nhs_number" = String, Path)),
    request_body = serde_json::Value,
    responses(
        (status = 204),
        (status = 404, body = Problem, description = "nobody of that number is known"),
        (status = 422, body = Problem, description = "`nhs-number`, `demographics`, `bad-body`"),
    )
)]
pub(crate) async fn dev_person_demographics(
    State(state): State<AppState>,
    InPath(nhs_number): InPath<String>,
    Body(demographics): Body<Demographics>,
) -> Result<StatusCode, Problem> {
    let nhs_number = super::plan_list::nhs_number(&nhs_number)?;
    plan::invent_person(&state.store, &nhs_number).await?;
    let known = state.store.put_demographics(&nhs_number, &demographics).await?;
    if known { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found()) }
}

/// Takes over whether a person opted out of the national use of their data.
#[utoipa::path(
    put, path = "/dev/people/{nhs_number}/national-data-opt-out", tag = "development",
    params(("nhs_number" = String, Path)), request_body = OptOut,
    responses(
        (status = 204),
        (status = 404, body = Problem, description = "nobody of that number is known"),
        (status = 422, body = Problem, description = "`nhs-number`"),
    )
)]
pub(crate) async fn dev_person_opt_out(
    State(state): State<AppState>,
    InPath(nhs_number): InPath<String>,
    Body(wanted): Body<OptOut>,
) -> Result<StatusCode, Problem> {
    let nhs_number = super::plan_list::nhs_number(&nhs_number)?;
    let known = state.store.put_national_data_opt_out(&nhs_number, wanted.opted_out).await?;
    if known { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found()) }
}

//! `GET /api/organisations`: the organisations that there are.

use crate::{problem::Problem, session::SignedIn, state::AppState, store::ListedOrganisation};
use axum::{Json, extract::State};
use coplan_core::policy::OrganisationKind;
use serde::Serialize;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct OrganisationBody {
    /// ODS code.
    code: String,
    name: String,
    /// `general-practice`, `community`, `hospice`, `hospital`, `social-care`, `care-provider`, `emergency`, `pharmacy` or
    /// `other`.
    #[schema(value_type = String)]
    kind: OrganisationKind,
    /// The region whose shared record it belongs to.
    region: String,
}

impl From<ListedOrganisation> for OrganisationBody {
    fn from(ListedOrganisation { organisation, kind, region }: ListedOrganisation) -> Self {
        Self { code: organisation.code.to_string(), name: organisation.name, kind, region }
    }
}

/// All organisations, by name. They are public; who works with whom is not among this.
#[utoipa::path(
    get, path = "/api/organisations", tag = "access",
    responses((status = 200, body = Vec<OrganisationBody>), (status = 401, body = Problem))
)]
pub(crate) async fn organisation_list(
    State(state): State<AppState>,
    _who: SignedIn,
) -> Result<Json<Vec<OrganisationBody>>, Problem> {
    let organisations = state.store.organisations().await?;
    Ok(Json(organisations.into_iter().map(OrganisationBody::from).collect()))
}

//! `GET /api/me`: who is signed in, in which of their roles.

use super::user::User;
use crate::{
    problem::Problem,
    session::InSession,
    state::AppState,
    store::{GrantedRole, RoleGrantId},
};
use axum::{Json, extract::State};
use coplan_core::policy::{Assurance, Role};
use serde::Serialize;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Me {
    user: User,
    /// When the session ends, whatever happens.
    expires_at: String,
    /// Whether the server runs for development.
    development: bool,
    /// All roles of the account.
    roles: Vec<OwnRole>,
    /// Whether nothing else is answered until one of them is selected.
    role_required: bool,
    /// How they proved who they are: `oidc`, `passkey`, `smart`, `launch-token` or `development`.
    via: &'static str,
    /// The one plan that the session reaches, if it does not reach all.
    only_plan: Option<String>,
    /// How sure that is: authenticator assurance level 1, 2 or 3.
    assurance: u8,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct OwnRole {
    /// For `POST /api/me/role`.
    id: i64,
    #[schema(value_type = String)]
    role: Role,
    /// The role in the organisation's words.
    job_title: String,
    /// ODS code.
    organisation: String,
    organisation_name: String,
    /// Whether it is the one that the session has.
    selected: bool,
}

impl OwnRole {
    fn new((id, granted): (RoleGrantId, GrantedRole), selected: Option<RoleGrantId>) -> Self {
        Self {
            id: id.0,
            role: granted.role,
            job_title: granted.job_title,
            organisation: granted.organisation.code.to_string(),
            organisation_name: granted.organisation.name,
            selected: selected == Some(id),
        }
    }
}

/// Who is signed in, until when, and in which of their roles.
#[utoipa::path(get, path = "/api/me", tag = "session", responses((status = 200, body = Me), (status = 401, body = Problem)))]
pub(crate) async fn me(State(state): State<AppState>, InSession(who): InSession) -> Result<Json<Me>, Problem> {
    let session = who.session;
    let roles = state.store.roles_of(&session.account.id).await?;
    Ok(Json(Me {
        user: User::in_role(&session.account),
        expires_at: session.expires_at.to_rfc3339(),
        development: state.development,
        roles: roles.into_iter().map(|role| OwnRole::new(role, session.role)).collect(),
        role_required: session.role.is_none(),
        via: session.via.as_str(),
        only_plan: session.scope.only.map(|plan| plan.to_string()),
        assurance: match session.scope.assurance {
            Assurance::Aal1 => 1,
            Assurance::Aal2 => 2,
            Assurance::Aal3 => 3,
        },
    }))
}

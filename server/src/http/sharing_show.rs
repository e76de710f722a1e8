//! `GET /api/plans/{plan}/sharing`: what the person does not want to be shared, and what the national feed withholds.

use super::author::AuthorBody;
use crate::{extract::InPath, problem::Problem, session::SignedIn, state::AppState, store::StandingObjection};
use axum::{Json, extract::State};
use coplan_core::{
    demographics::Restriction,
    id::PlanId,
    policy::{Action, ObjectionGrade, Resource, SharingReach},
};
use serde::Serialize;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SharingBody {
    /// Objections that stand, the oldest first. The furthest of them counts.
    objections: Vec<ObjectionBody>,
    /// What the person chose in their decisions, if it narrows who may see the plan.
    choice: Option<SharingChoiceBody>,
    /// `restricted`, `very-restricted`, or none.
    restriction: Option<&'static str>,
    /// Whether one may record and withdraw objections.
    may_set: bool,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SharingChoiceBody {
    /// `emergency-only`, `named-organisations` or `none`: nobody beyond the team.
    choice: &'static str,
    /// Names of the organisations that were named and are known here. Whoever is not among them does not see the plan.
    organisations: Vec<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ObjectionBody {
    id: String,
    /// `emergency-only` or `refused`.
    #[schema(value_type = String)]
    grade: ObjectionGrade,
    reason: String,
    from: String,
    /// Until when; none for good.
    until: Option<String>,
    by: Option<AuthorBody>,
}

impl From<StandingObjection> for ObjectionBody {
    fn from(StandingObjection { objection, from, by }: StandingObjection) -> Self {
        Self {
            id: objection.id,
            grade: objection.grade,
            reason: objection.reason,
            from: from.to_rfc3339(),
            until: objection.until.map(|until| until.to_rfc3339()),
            by: by.as_ref().map(AuthorBody::from),
        }
    }
}

/// What is shared, for whoever may see the plan or say what is shared of it.
#[utoipa::path(
    get, path = "/api/plans/{plan}/sharing", tag = "access", params(("plan" = String, Path)),
    responses(
        (status = 200, body = SharingBody),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem),
    )
)]
pub(crate) async fn sharing_show(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(plan): InPath<PlanId>,
) -> Result<Json<SharingBody>, Problem> {
    let access = super::access(&state, &who, &plan).await?;
    let may_set = access.allows(Action::SetSharing, Resource::Plan);
    // Looking is not setting, and the person reads in their audit which of them it was.
    let sees = access.allows(Action::See, Resource::Plan);
    let action = if may_set && !sees { Action::SetSharing } else { Action::See };
    let granted = access.decide(action, Resource::Plan)?;
    let objections = state.store.standing_objections(&granted, state.clock.now()).await?;
    let restriction = access.facts.restriction.and_then(|restriction| match restriction {
        Restriction::Restricted => Some("restricted"),
        Restriction::VeryRestricted => Some("very-restricted"),
        Restriction::Unrestricted => None,
    });
    let choice = match access.facts.sharing(state.clock.now()) {
        Some(reach) => Some(chosen(&state, reach).await?),
        None => None,
    };
    Ok(Json(SharingBody {
        objections: objections.into_iter().map(ObjectionBody::from).collect(),
        choice,
        restriction,
        may_set,
    }))
}

async fn chosen(state: &AppState, reach: SharingReach) -> Result<SharingChoiceBody, Problem> {
    let choice = reach.as_str();
    let SharingReach::NamedOrganisations(codes) = reach else {
        return Ok(SharingChoiceBody { choice, organisations: Vec::new() });
    };
    let mut organisations = Vec::with_capacity(codes.len());
    for code in &codes {
        organisations.extend(state.store.organisation(code).await?.map(|organisation| organisation.name));
    }
    Ok(SharingChoiceBody { choice, organisations })
}

//! `GET /api/plans/{plan}/team`: who works with a plan, and why.

use super::author::AuthorBody;
use crate::{
    extract::InPath,
    problem::Problem,
    session::SignedIn,
    state::AppState,
    store::{Organisation, Part, StandingRelationship, Team, TeamMember, TeamOrganisation},
};
use axum::{Json, extract::State};
use coplan_core::{
    demographics::Restriction,
    id::PlanId,
    policy::{Action, ConnectionKind, OrganisationKind, Resource},
};
use serde::Serialize;
use std::collections::BTreeSet;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct TeamBody {
    /// The organisation that keeps the plan. Of a restricted person no general practice is named, here or below, but to
    /// themselves and to those who are named for them.
    home: Option<OrganisationName>,
    /// Organisations that look after the person, by name.
    organisations: Vec<TeamOrganisationBody>,
    /// Members of staff named for the person. Those who are kept out are shown to whoever may manage the team, and to the
    /// person.
    members: Vec<MemberBody>,
    /// What single members of staff have said of themselves, as far as it still holds, newest first.
    relationships: Vec<StandingRelationshipBody>,
    /// Whether one may change the team.
    may_manage: bool,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct OrganisationName {
    /// ODS code.
    code: String,
    name: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct TeamOrganisationBody {
    /// ODS code.
    code: String,
    name: String,
    /// `general-practice`, `community`, `hospice`, `hospital`, `social-care`, `care-provider`, `emergency`, `pharmacy` or
    /// `other`.
    #[schema(value_type = String)]
    kind: OrganisationKind,
    since: String,
    by: Option<AuthorBody>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct MemberBody {
    user: String,
    name: String,
    job_title: String,
    organisation: String,
    part: Part,
    reason: String,
    since: String,
    by: Option<AuthorBody>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct StandingRelationshipBody {
    id: String,
    user: String,
    name: String,
    job_title: String,
    organisation: String,
    /// `asserted`, `launched` or `break-glass`.
    kind: &'static str,
    reason: String,
    from: String,
    until: String,
}

impl From<Organisation> for OrganisationName {
    fn from(Organisation { code, name }: Organisation) -> Self {
        Self { code: code.to_string(), name }
    }
}

impl From<TeamOrganisation> for TeamOrganisationBody {
    fn from(TeamOrganisation { organisation, kind, since, by }: TeamOrganisation) -> Self {
        let OrganisationName { code, name } = organisation.into();
        Self { code, name, kind, since: since.to_rfc3339(), by: by.as_ref().map(AuthorBody::from) }
    }
}

impl From<TeamMember> for MemberBody {
    fn from(member: TeamMember) -> Self {
        Self {
            user: member.user.to_string(),
            name: member.name,
            job_title: member.job_title,
            organisation: member.organisation,
            part: member.part,
            reason: member.reason,
            since: member.since.to_rfc3339(),
            by: member.by.as_ref().map(AuthorBody::from),
        }
    }
}

impl From<StandingRelationship> for StandingRelationshipBody {
    fn from(standing: StandingRelationship) -> Self {
        Self {
            id: standing.id,
            user: standing.user.to_string(),
            name: standing.name,
            job_title: standing.job_title,
            organisation: standing.organisation,
            kind: standing.kind.as_str(),
            reason: standing.reason,
            from: standing.from.to_rfc3339(),
            until: standing.until.to_rfc3339(),
        }
    }
}

/// The team of a plan.
#[utoipa::path(
    get, path = "/api/plans/{plan}/team", tag = "access", params(("plan" = String, Path)),
    responses(
        (status = 200, body = TeamBody),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem),
    )
)]
pub(crate) async fn team_show(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(plan): InPath<PlanId>,
) -> Result<Json<TeamBody>, Problem> {
    let access = super::access(&state, &who, &plan).await?;
    let granted = access.decide(Action::See, Resource::Plan)?;
    let team = state.store.team(&granted, state.clock.now()).await?;
    let withheld = access.facts.restriction.is_some_and(Restriction::withholds);
    let knows_where = granted.decision().connection.may_know_where();
    let Team { home, organisations, members, relationships } = match withheld && !knows_where {
        true => without_practice(&state, team).await?,
        false => team,
    };
    let may_manage = access.allows(Action::ManageTeam, Resource::Plan);
    let theirs = granted.decision().connection >= ConnectionKind::Proxy;
    let shown = |member: &TeamMember| member.part == Part::In || may_manage || theirs;
    Ok(Json(TeamBody {
        home: home.map(OrganisationName::from),
        organisations: organisations.into_iter().map(TeamOrganisationBody::from).collect(),
        members: members.into_iter().filter(shown).map(MemberBody::from).collect(),
        relationships: relationships.into_iter().map(StandingRelationshipBody::from).collect(),
        may_manage,
    }))
}

/// The same without where the person is registered, which says where they live: no general practice is named, neither as
/// one that looks after them nor as where somebody works.
async fn without_practice(state: &AppState, team: Team) -> Result<Team, Problem> {
    let all = state.store.organisations().await?;
    let practices: BTreeSet<String> = all
        .into_iter()
        .filter(|listed| listed.kind == OrganisationKind::GeneralPractice)
        .map(|listed| listed.organisation.name)
        .collect();
    let Team { home, mut organisations, mut members, mut relationships } = team;
    let hide = |name: &mut String| {
        if practices.contains(name) {
            name.clear();
        }
    };
    organisations.retain(|organisation| organisation.kind != OrganisationKind::GeneralPractice);
    organisations.iter_mut().filter_map(|one| one.by.as_mut()).for_each(|by| hide(&mut by.organisation_name));
    for member in &mut members {
        hide(&mut member.organisation);
        member.by.iter_mut().for_each(|by| hide(&mut by.organisation_name));
    }
    relationships.iter_mut().for_each(|relationship| hide(&mut relationship.organisation));
    Ok(Team { home: home.filter(|home| !practices.contains(&home.name)), organisations, members, relationships })
}

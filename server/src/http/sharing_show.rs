//! `GET /api/plans/{plan}/sharing`: what the person does not want to be shared, and what the national feed withholds.

use super::author::AuthorBody;
use crate::{
    access::PlanAccess,
    extract::InPath,
    problem::Problem,
    session::SignedIn,
    state::AppState,
    store::{StandingObjection, StandingProxy},
};
use axum::{Json, extract::State};
use coplan_core::{
    decision::{self, SHARING_CHOICE},
    demographics::Restriction,
    id::{OrganisationCode, PlanId},
    policy::{Action, Granted, ObjectionGrade, OrganisationKind, PlanFacts, Resource, Role, SharingReach, Subject},
    section::Section,
    time::UtcMillis,
    view::ViewKind,
};
use serde::Serialize;
use std::sync::Arc;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SharingBody {
    /// Objections that stand, the oldest first. The furthest of them counts.
    objections: Vec<ObjectionBody>,
    /// What the person chose in their decisions, if it narrows who may see the plan.
    choice: Option<SharingChoiceBody>,
    /// `restricted`, `very-restricted`, or none.
    restriction: Option<&'static str>,
    /// Which ambulance services and hospitals that share plans with the one that keeps it read the urgent page, all of that
    /// considered: `all`, `some` or `none`.
    crews: &'static str,
    /// Which organisations of the care team open the plan: `all`, `some` or `none`.
    team: &'static str,
    /// Whether one may record and withdraw objections.
    may_set: bool,
    /// Those who act for the person; whoever does sees themselves alone.
    acting: Vec<ActingBody>,
    /// Sections of the plan that the person may keep from them.
    keepable: Vec<KeepableBody>,
    /// Whether one may keep a section from them: the person alone.
    may_keep: bool,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ActingBody {
    account: String,
    name: String,
    /// On what ground they act, in words.
    basis: String,
    until: String,
    /// Ids of the sections that the person keeps from them.
    kept: Vec<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct KeepableBody {
    section: String,
    title: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SharingChoiceBody {
    /// `emergency-only`, `named-organisations` or `none`: nobody beyond the team.
    choice: &'static str,
    /// Names of the organisations that were named and are known here. Whoever is not among them does not see the plan.
    organisations: Vec<String>,
    /// Names that were named and that no organisation here has: they let nobody in.
    unknown: Vec<String>,
    /// Until when, if it ends by itself.
    until: Option<String>,
    /// Ids of the decisions of kind `sharing_choice` that say so.
    decisions: Vec<String>,
    /// Whether one may withdraw them.
    may_withdraw: bool,
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
        Some(reach) => Some(chosen(&state, &access, reach).await?),
        None => None,
    };
    let facts = &access.facts;
    let reads_urgent = |code: &OrganisationCode| {
        may(&state, facts, Role::Crew, code, Action::ReadPublished, Resource::View(ViewKind::Urgent))
    };
    let opens =
        |code: &OrganisationCode| may(&state, facts, Role::RegisteredProfessional, code, Action::See, Resource::Plan);
    let has_crews = [OrganisationKind::Emergency, OrganisationKind::Hospital];
    let crews = facts.parties.iter().filter(|(_, party)| has_crews.contains(&party.kind)).map(|(code, _)| code);
    Ok(Json(SharingBody {
        objections: objections.into_iter().map(ObjectionBody::from).collect(),
        choice,
        restriction,
        crews: how_many(crews.map(reads_urgent)),
        team: how_many(facts.care_team.iter().map(opens)),
        may_set,
        acting: acting(&state, &access, &granted).await?,
        keepable: keepable(&state, facts),
        may_keep: access.allows(Action::KeepFromProxy, Resource::Plan),
    }))
}

async fn acting(state: &AppState, access: &PlanAccess<'_>, granted: &Granted) -> Result<Vec<ActingBody>, Problem> {
    let mut proxies = state.store.standing_proxies(granted, state.clock.now()).await?;
    if access.subject.role == Role::Proxy {
        proxies.retain(|proxy| proxy.user == access.subject.user);
    }
    let body = |proxy: StandingProxy| {
        let kept = access.facts.kept.get(&proxy.user).into_iter().flatten();
        ActingBody {
            kept: kept.map(ToString::to_string).collect(),
            account: proxy.user.to_string(),
            name: proxy.name,
            basis: proxy.basis,
            until: proxy.until.to_rfc3339(),
        }
    };
    Ok(proxies.into_iter().map(body).collect())
}

/// Also what is kept although a newer definition would not let it be.
fn keepable(state: &AppState, facts: &PlanFacts) -> Vec<KeepableBody> {
    let sections = state.sections();
    let is_kept = |section: &Section| facts.kept.values().any(|kept| kept.contains(&section.id));
    let may_be_kept = sections.in_order().into_iter().filter(|section| section.may_be_kept() || is_kept(section));
    may_be_kept.map(|section| KeepableBody { section: section.id.to_string(), title: section.title.clone() }).collect()
}

/// Asks the rules as somebody of that organisation would: nobody in particular, so that only what holds for all of them counts.
fn may(
    state: &AppState,
    facts: &Arc<PlanFacts>,
    role: Role,
    organisation: &OrganisationCode,
    action: Action,
    resource: Resource<'_>,
) -> bool {
    let somebody = Subject { role, organisation: organisation.clone(), ..Subject::system() };
    let access = PlanAccess::from_facts(&state.policies, &somebody, Arc::clone(facts), state.clock.now());
    access.allows(action, resource)
}

fn how_many(mut each: impl Iterator<Item = bool>) -> &'static str {
    match each.next() {
        None => "none",
        Some(first) if each.any(|other| other != first) => "some",
        Some(true) => "all",
        Some(false) => "none",
    }
}

async fn chosen(state: &AppState, access: &PlanAccess<'_>, reach: SharingReach) -> Result<SharingChoiceBody, Problem> {
    let now = state.clock.now();
    let standing = || access.facts.sharing.iter().filter(move |choice| choice.until.is_none_or(|until| until > now));
    // Of several the first to end says nothing of the others.
    let ends: Option<Vec<UtcMillis>> = standing().map(|choice| choice.until).collect();
    let until = ends.and_then(|ends| ends.into_iter().max()).map(UtcMillis::to_rfc3339);
    let decisions = standing().map(|choice| choice.id.clone()).filter(|id| !id.is_empty()).collect();
    let unknown = standing().flat_map(|choice| choice.unknown.clone()).collect();
    let mut organisations = Vec::new();
    if let SharingReach::NamedOrganisations(codes) = &reach {
        for code in codes {
            organisations.extend(state.store.organisation(code).await?.map(|organisation| organisation.name));
        }
    }
    let may_withdraw = may_decide(state, access);
    Ok(SharingChoiceBody { choice: reach.as_str(), organisations, unknown, until, decisions, may_withdraw })
}

fn may_decide(state: &AppState, access: &PlanAccess<'_>) -> bool {
    let sections = state.sections();
    let all = sections.in_order();
    let section = all.iter().find_map(|section| Some((section, section.field(SHARING_CHOICE)?.record.as_ref()?)));
    section.is_some_and(|(section, rule)| {
        decision::may_record(rule, access.subject) && access.allows(Action::Decide, Resource::Section(section))
    })
}

//! `GET /api/plans/{plan}`: a plan, its sections, and what one may do with each.

use super::plan_person::PlanPersonBody;
use crate::{
    access::PlanAccess,
    extract::InPath,
    problem::Problem,
    session::SignedIn,
    state::AppState,
    store::{PlanSection, StandingProxy},
};
use axum::{Json, extract::State};
use coplan_core::{
    demographics::Restriction,
    id::{PlanId, SectionId},
    policy::{Action, ConnectionKind, ObjectionGrade, PlanFacts, RelationshipKind, Resource, Role, Subject},
    publication::PublishedSection,
    section::{Section, SignOff},
    time::UtcMillis,
    view::{Person, Signed},
};
use serde::Serialize;
use std::sync::Arc;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PlanBody {
    id: String,
    person: PlanPersonBody,
    /// Number of the newest publication; 0 before the first.
    version: u32,
    /// Sections that one may sync.
    sections: Vec<SectionBody>,
    /// Sections of which one sees what is published, and no more.
    published_only: Vec<SectionName>,
    /// Sections that the plan does not have and could have.
    offered: Vec<OfferedBody>,
    /// By what one is connected to the plan: `emergency`, `break-glass`, `asserted`, `launched`, `care-team`, `member`,
    /// `proxy`, `own` or `service`.
    connection: &'static str,
    /// When that ends by itself, if it does.
    until: Option<String>,
    /// What everybody who reads on should know first.
    banner: Option<BannerBody>,
}

/// A word of warning above a plan.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct BannerBody {
    /// `break-glass`, `objection` or `restricted`.
    kind: &'static str,
    sentence: &'static str,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PersonBody {
    nhs_number: String,
    name: String,
    preferred_name: Option<String>,
    /// `YYYY-MM-DD`.
    born: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SectionBody {
    section: String,
    title: String,
    /// `automerge:...`, to be opened through `/sync`.
    url: String,
    /// `write` or `read`.
    access: &'static str,
    #[schema(value_type = String)]
    sign_off: SignOff,
    /// Whether one may sign it.
    may_sign: bool,
    /// Whether one may propose a change to it.
    may_suggest: bool,
    /// Names of those who act for the person and from whom the person keeps it; nobody who acts for them is told.
    kept_from: Vec<String>,
    /// Whether a signature stands on everything that it holds now: a later change takes it away from this section only.
    signed: bool,
    published: Option<PublishedBody>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PublishedBody {
    /// The publication that froze the section at these heads.
    version: u32,
    at: String,
    /// Hashes in hex, sorted.
    heads: Vec<String>,
    signed: Option<SignedBody>,
    /// Whether the section has changes that these heads do not cover.
    changed_since: bool,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SignedBody {
    /// Name of the signer.
    by: String,
    job_title: String,
    organisation: String,
    at: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SectionName {
    section: String,
    title: String,
    /// Whether one may propose a change to it.
    may_suggest: bool,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct OfferedBody {
    section: String,
    title: String,
    summary: String,
    /// The clinical pathway that it is for; none for a section that every plan should have.
    pathway: Option<String>,
    /// Whether one may start it.
    may_start: bool,
}

impl From<Person> for PersonBody {
    fn from(person: Person) -> Self {
        let Person { nhs_number, name, preferred_name, born, withheld: _ } = person;
        Self { nhs_number: nhs_number.as_str().to_owned(), name, preferred_name, born }
    }
}

impl From<&Signed> for SignedBody {
    fn from(signed: &Signed) -> Self {
        Self {
            by: signed.by.name.clone(),
            job_title: signed.by.job_title.clone(),
            organisation: signed.by.organisation_name.clone(),
            at: signed.at.to_rfc3339(),
        }
    }
}

impl From<&PublishedSection> for PublishedBody {
    fn from(published: &PublishedSection) -> Self {
        Self {
            version: published.since_version,
            at: published.since_at.to_rfc3339(),
            heads: published.heads.iter().map(ToString::to_string).collect(),
            signed: published.signed.as_ref().map(SignedBody::from),
            changed_since: false,
        }
    }
}

impl SectionBody {
    /// Says what became of its publication, now that its log has so many changes.
    fn with_changes(mut self, published: Option<&PublishedSection>, changes: Option<&u64>) -> Self {
        let covered = published.and_then(|published| published.changes);
        if let Some(body) = &mut self.published {
            // What is not known counts as changed.
            body.changed_since = covered.is_none() || covered.as_ref() != changes;
            self.signed = body.signed.is_some() && !body.changed_since;
        }
        self
    }
}

/// A plan as the one who asks may see it.
#[utoipa::path(
    get, path = "/api/plans/{plan}", tag = "plans", params(("plan" = String, Path)),
    responses((status = 200, body = PlanBody), (status = 401, body = Problem), (status = 404, body = Problem))
)]
pub(crate) async fn plan_show(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(plan): InPath<PlanId>,
) -> Result<Json<PlanBody>, Problem> {
    body(&state, &who, plan).await.map(Json)
}

pub(super) async fn body(state: &AppState, who: &SignedIn, plan: PlanId) -> Result<PlanBody, Problem> {
    let granted = super::granted(state, who, Action::See, &plan).await?;
    let (person, version) = state.store.plan(&granted).await?.ok_or_else(Problem::not_found)?;
    let demographics = state.store.demographics(&granted).await?;
    let person = PlanPersonBody::of(person, demographics, who.subject.role);
    let documents = state.store.plan_sections(&granted).await?;
    let published = state.store.publication(&granted, None).await?.map_or_else(Vec::new, |newest| newest.sections);
    let changes = state.store.log_lengths(&granted).await?;
    let access = super::access(state, who, &plan).await?;
    // Most people keep nothing from anybody.
    let proxies = match access.facts.kept.is_empty() {
        true => Vec::new(),
        false => state.store.standing_proxies(&granted, state.clock.now()).await?,
    };
    let (mut sections, mut published_only, mut offered) = (Vec::new(), Vec::new(), Vec::new());
    for section in state.sections().in_order() {
        let Some(document) = documents.iter().find(|document| document.section == section.id) else {
            offered.push(offered_body(&access, section));
            continue;
        };
        let published = published.iter().find(|published| published.section == section.id);
        match section_body(&access, section, document, published) {
            Some(body) => {
                let kept_from = kept_from(&access, &proxies, &section.id);
                sections.push(SectionBody { kept_from, ..body.with_changes(published, changes.get(&section.id)) });
            }
            None if section.is_published() && !granted.kept().contains(&section.id) => {
                published_only.push(section_name(&access, section))
            }
            None => {}
        }
    }
    let connection = granted.decision().connection;
    let (facts, now) = (&access.facts, granted.decision().at);
    Ok(PlanBody {
        id: plan.to_string(),
        person,
        version,
        sections,
        published_only,
        offered,
        connection: connection.as_str(),
        until: until(facts, &who.subject, connection, now).map(UtcMillis::to_rfc3339),
        banner: banner(facts, &who.subject, connection, now),
    })
}

fn kept_from(access: &PlanAccess<'_>, proxies: &[StandingProxy], section: &SectionId) -> Vec<String> {
    if access.subject.role == Role::Proxy {
        return Vec::new();
    }
    let is_kept =
        |proxy: &&StandingProxy| access.facts.kept.get(&proxy.user).is_some_and(|kept| kept.contains(section));
    proxies.iter().filter(is_kept).map(|proxy| proxy.name.clone()).collect()
}

/// When a connection ends that somebody made for themselves.
fn until(facts: &PlanFacts, subject: &Subject, connection: ConnectionKind, now: UtcMillis) -> Option<UtcMillis> {
    let kind = match connection {
        ConnectionKind::BreakGlass => RelationshipKind::BreakGlass,
        ConnectionKind::Asserted => RelationshipKind::Asserted,
        ConnectionKind::Launched => RelationshipKind::Launched,
        ConnectionKind::Proxy => return facts.proxies.get(&subject.user).copied(),
        _ if facts.glass_is_broken(subject, now) => RelationshipKind::BreakGlass,
        _ => return None,
    };
    let own = facts.relationships.iter().filter(|it| it.kind == kind && it.user == subject.user && it.until > now);
    own.map(|relationship| relationship.until).max()
}

fn banner(facts: &PlanFacts, subject: &Subject, connection: ConnectionKind, now: UtcMillis) -> Option<BannerBody> {
    let theirs = matches!(connection, ConnectionKind::Own | ConnectionKind::Proxy);
    let said = |kind, sentence| Some(BannerBody { kind, sentence });
    if facts.glass_is_broken(subject, now) {
        return said("break-glass", BROKEN_GLASS);
    }
    match (facts.objection(now), facts.restriction) {
        (Some(ObjectionGrade::EmergencyOnly), _) if theirs => said("objection", OWN_EMERGENCY_ONLY),
        (Some(ObjectionGrade::EmergencyOnly), _) => said("objection", EMERGENCY_ONLY),
        (Some(ObjectionGrade::Refused), _) if theirs => said("objection", OWN_REFUSED),
        (Some(ObjectionGrade::Refused), _) => said("objection", REFUSED),
        (None, Some(Restriction::Restricted | Restriction::VeryRestricted)) => said("restricted", RESTRICTED),
        (None, _) => None,
    }
}

const BROKEN_GLASS: &str = "You opened this plan in an emergency. It closes again by itself. A privacy officer looks at every time, and the person can see it.";
const EMERGENCY_ONLY: &str = "This person wants their plan used only in an emergency.";
const OWN_EMERGENCY_ONLY: &str = "You asked that your plan is used only in an emergency.";
const REFUSED: &str = "This person does not want a shared plan.";
const OWN_REFUSED: &str = "You asked that nobody uses your plan.";
const RESTRICTED: &str = "Where this person lives is withheld. Tell nobody where they are.";

/// Whether the one who asks may begin this section in a plan: whoever may fill it may.
pub(super) fn may_start(access: &PlanAccess<'_>, section: &Section) -> bool {
    let may = |action| access.allows(action, Resource::Section(section));
    may(Action::Write) || (may(Action::Decide) && may(Action::Read))
}

fn offered_body(access: &PlanAccess<'_>, section: &Section) -> OfferedBody {
    OfferedBody {
        section: section.id.to_string(),
        title: section.title.clone(),
        summary: section.summary.clone(),
        pathway: section.pathway.clone(),
        may_start: may_start(access, section),
    }
}

fn section_name(access: &PlanAccess<'_>, section: &Section) -> SectionName {
    SectionName {
        section: section.id.to_string(),
        title: section.title.clone(),
        may_suggest: may_suggest(access, section),
    }
}

fn may_suggest(access: &PlanAccess<'_>, section: &Section) -> bool {
    access.allows(Action::Suggest, Resource::Section(section))
}

/// `None` for a section that the one who asks may not sync.
pub(super) fn section_body(
    access: &PlanAccess<'_>,
    section: &Arc<Section>,
    document: &PlanSection,
    published: Option<&PublishedSection>,
) -> Option<SectionBody> {
    let may = |action| access.allows(action, Resource::Section(section));
    let rights = match (may(Action::Write), may(Action::Read)) {
        (true, _) => "write",
        (false, true) => "read",
        (false, false) => return None,
    };
    Some(SectionBody {
        section: section.id.to_string(),
        title: section.title.clone(),
        url: document.document.url(),
        access: rights,
        sign_off: section.sign_off,
        may_sign: may(Action::Sign),
        may_suggest: may_suggest(access, section),
        kept_from: Vec::new(),
        signed: false,
        published: published.map(PublishedBody::from),
    })
}

//! The authorisation matrix: every principal, by everything that may tie it to a plan, under everything that may stand
//! against it, for every action on every kind of thing.
//!
//! `expected` was written from the words in which the rules were agreed, and shares nothing with the engine or the files:
//! a rule that lets in one too many, or one too few, differs from it.

use super::super::{answers::Question, engine::question, request::*, standing::Standing, *};
use crate::{
    demographics::Restriction,
    id::OrganisationCode,
    section::{Sections, SignOff},
};
use cedar_policy::{Entities, Request};
use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

const NOW: UtcMillis = UtcMillis(1_000);

/// What ties somebody to the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tie {
    /// Their organisation has no agreement with the plan's.
    Stranger,
    /// Their organisation has one, and that is all.
    Party,
    /// They said so,
    Asserted,
    /// some time ago,
    AssertedOnce,
    /// in the name of another organisation.
    AssertedElsewhere,
    Launched,
    Glass,
    Team,
    /// Their organisation looks after the person, and they broke the glass.
    TeamAndGlass,
    Member,
    /// Their account is the person's own, or that of somebody who acts for them.
    Own,
    /// They acted for the person, once.
    OwnOnce,
}

const TIES: [Tie; 12] = [
    Tie::Stranger,
    Tie::Party,
    Tie::Asserted,
    Tie::AssertedOnce,
    Tie::AssertedElsewhere,
    Tie::Launched,
    Tie::Glass,
    Tie::Team,
    Tie::TeamAndGlass,
    Tie::Member,
    Tie::Own,
    Tie::OwnOnce,
];

/// What stands against them, apart from what the person wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum But {
    Nothing,
    Excluded,
    StandardsNotMet,
    StandardsNotMetAtHome,
    EmergencyParty,
    OtherPlan,
    OneFactor,
    OptedOut,
    NoSuchPlan,
    /// The person keeps one section from them.
    Kept,
}

const BUTS: [But; 10] = [
    But::Nothing,
    But::Excluded,
    But::StandardsNotMet,
    But::StandardsNotMetAtHome,
    But::EmergencyParty,
    But::OtherPlan,
    But::OneFactor,
    But::OptedOut,
    But::NoSuchPlan,
    But::Kept,
];

/// With whom the person chose to share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    Everybody,
    /// With organisations, theirs among them,
    Named,
    /// or not.
    OthersNamed,
    Team,
    /// With the team, until a moment ago.
    TeamOnce,
}

const CHOICES: [Choice; 5] = [Choice::Everybody, Choice::Named, Choice::OthersNamed, Choice::Team, Choice::TeamOnce];

#[derive(Debug, Clone, Copy)]
struct Cell<'a> {
    role: Role,
    senior: bool,
    service: bool,
    tie: Tie,
    objection: Option<ObjectionGrade>,
    choice: Choice,
    restriction: Option<Restriction>,
    but: But,
    action: Action,
    resource: Resource<'a>,
}

impl Cell<'_> {
    fn subject(&self) -> Subject {
        let only = (self.but == But::OtherPlan).then(|| "another".parse().unwrap());
        let assurance = if self.but == But::OneFactor { Assurance::Aal1 } else { Assurance::Aal2 };
        let scope = Scope { only, assurance, job: None };
        if self.service {
            return Subject { scope, ..Subject::system() };
        }
        Subject { senior: self.senior, scope, ..super::subject_of(self.role) }
    }

    fn facts(&self, subject: &Subject) -> PlanFacts {
        let (user, own) = (subject.user.clone(), subject.organisation.clone());
        let party = Party {
            standards_met: !matches!(self.but, But::StandardsNotMet | But::StandardsNotMetAtHome),
            emergency_only: self.but == But::EmergencyParty,
            ..Party::default()
        };
        let relationship = |kind, organisation: &OrganisationCode, until| Relationship {
            user: user.clone(),
            organisation: organisation.clone(),
            kind,
            until: UtcMillis(until),
        };
        let elsewhere = "RX9".parse().unwrap();
        use RelationshipKind::{Asserted, BreakGlass, Launched};
        let relationships = match self.tie {
            Tie::Asserted => vec![relationship(Asserted, &own, 1_001)],
            Tie::AssertedOnce => vec![relationship(Asserted, &own, 1_000)],
            Tie::AssertedElsewhere => vec![relationship(Asserted, &elsewhere, 1_001)],
            Tie::Launched => vec![relationship(Launched, &own, 1_001)],
            Tie::Glass | Tie::TeamAndGlass => vec![relationship(BreakGlass, &own, 1_001)],
            _ => Vec::new(),
        };
        let tied = |ties: &[Tie]| ties.contains(&self.tie).then(|| user.clone());
        let proxy_until = match self.tie {
            Tie::Own => Some(1_001),
            Tie::OwnOnce => Some(1_000),
            _ => None,
        };
        let team = matches!(self.tie, Tie::Team | Tie::TeamAndGlass);
        PlanFacts {
            exists: self.but != But::NoSuchPlan,
            home: (self.but == But::StandardsNotMetAtHome).then(|| own.clone()),
            person: tied(&[Tie::Own]),
            proxies: proxy_until.map(|until| (user.clone(), UtcMillis(until))).into_iter().collect(),
            parties: Arc::new((self.tie != Tie::Stranger).then_some((own.clone(), party)).into_iter().collect()),
            care_team: team.then_some(own).into_iter().collect(),
            kept: (self.but == But::Kept)
                .then(|| (user.clone(), ["about-me".parse().unwrap()].into()))
                .into_iter()
                .collect(),
            members: tied(&[Tie::Member]).into_iter().collect(),
            excluded: (self.but == But::Excluded).then_some(user.clone()).into_iter().collect(),
            relationships,
            objections: self.objection.map(|grade| Objection { grade, until: None }).into_iter().collect(),
            sharing: self.sharing(subject),
            restriction: self.restriction,
            national_data_opt_out: self.but == But::OptedOut,
            ..PlanFacts::of_no_plan("p1".parse().unwrap())
        }
    }
}

impl Cell<'_> {
    fn sharing(&self, subject: &Subject) -> Vec<SharingChoice> {
        let named = |own: bool| {
            let others = ["RX8".parse().unwrap()];
            SharingReach::NamedOrganisations(
                others.into_iter().chain(own.then(|| subject.organisation.clone())).collect(),
            )
        };
        let (reach, until) = match self.choice {
            Choice::Everybody => return Vec::new(),
            Choice::Named => (named(true), 1_001),
            Choice::OthersNamed => (named(false), 1_001),
            Choice::Team => (SharingReach::None, 1_001),
            Choice::TeamOnce => (SharingReach::None, 1_000),
        };
        vec![SharingChoice { reach, until: Some(UtcMillis(until)), id: String::new(), unknown: Vec::new() }]
    }
}

/// What was agreed, in its own words.
fn expected(c: &Cell<'_>) -> bool {
    permitted(c) && !forbidden(c)
}

fn is_staff(role: Role) -> bool {
    matches!(role, Role::SocialCare | Role::RegisteredProfessional | Role::Doctor | Role::Specialist | Role::Pharmacist)
}

fn permitted(c: &Cell<'_>) -> bool {
    let party = c.tie != Tie::Stranger;
    let works = is_staff(c.role)
        && matches!(c.tie, Tie::Asserted | Tie::Launched | Tie::Glass | Tie::Team | Tie::TeamAndGlass | Tie::Member);
    let of_team = matches!(c.tie, Tie::Team | Tie::TeamAndGlass | Tie::Member);
    let own = matches!(c.role, Role::Person | Role::Proxy) && c.tie == Tie::Own;
    let crew = c.role == Role::Crew && party;
    let integration = c.role == Role::System && !c.service && party;
    let treats = matches!(c.role, Role::RegisteredProfessional | Role::Doctor | Role::Specialist);
    match (c.action, c.resource) {
        (Action::See, Resource::Plan) => works || own || c.service || (c.role == Role::Crew && of_team),
        (Action::CreatePlan, Resource::Plan) => is_staff(c.role) || c.service || (own && c.role == Role::Person),
        (Action::ReadPublished, Resource::Plan) => {
            works || own || c.service || integration || (c.role == Role::Crew && of_team)
        }
        (Action::ReadPublished, Resource::View(view)) => {
            (works && (c.role != Role::SocialCare || view == ViewKind::SocialCare))
                || (own && matches!(view, ViewKind::Person | ViewKind::Print))
                || (crew && view == ViewKind::Urgent)
                || c.service
                || integration
        }
        (Action::Read, Resource::Section(s)) => {
            (works || own) && (s.reads.contains(&c.role) || s.writes.contains(&c.role))
        }
        (Action::Write, Resource::Section(s)) => (works || own) && s.writes.contains(&c.role),
        (Action::Suggest, Resource::Section(s)) => (works || own) && s.suggests.contains(&c.role),
        (Action::Sign, Resource::Section(s)) => {
            let by_role = match s.sign_off {
                SignOff::None => false,
                SignOff::SelfAttested | SignOff::Registered => c.role != Role::SocialCare,
                SignOff::Senior | SignOff::Dual => matches!(c.role, Role::Doctor | Role::Specialist) && c.senior,
            };
            works && by_role && (s.reads.contains(&c.role) || s.writes.contains(&c.role))
        }
        (Action::Decide, Resource::Section(s)) => (works || own) && s.records().any(|r| r.recorders.contains(&c.role)),
        (Action::ListVault, Resource::Plan | Resource::VaultItem(_)) => {
            (works && c.role != Role::Pharmacist) || crew || own
        }
        (Action::RevealVault, Resource::Plan | Resource::VaultItem(_)) => (works && c.role != Role::Pharmacist) || crew,
        (Action::WriteVault, Resource::Plan | Resource::VaultItem(_)) => (works && c.role != Role::Pharmacist) || own,
        (Action::DestroyVault, Resource::Plan | Resource::VaultItem(_)) => works && treats,
        (Action::AssertRelationship, Resource::Plan) => is_staff(c.role) && c.role != Role::SocialCare && party,
        (Action::BreakGlass, Resource::Plan) => (treats && party) || crew,
        (Action::ManageTeam, Resource::Plan) => is_staff(c.role) && of_team,
        (Action::SetSharing | Action::ReadAudit, Resource::Plan) => (is_staff(c.role) && of_team) || own,
        (Action::KeepFromProxy, Resource::Plan) => own && c.role == Role::Person,
        (Action::ReviewAccess, Resource::Organisation) => c.role == Role::PrivacyOfficer,
        (Action::Report, Resource::Plan | Resource::Organisation) => c.role == Role::Analyst,
        _ => false,
    }
}

fn forbidden(c: &Cell<'_>) -> bool {
    use Action::{BreakGlass, CreatePlan, Decide, ListVault, Report, RevealVault, ReviewAccess, SetSharing, Sign};
    if c.action == ReviewAccess {
        return false;
    }
    if c.action == Report {
        return c.but == But::OptedOut;
    }
    let person = matches!(c.role, Role::Person | Role::Proxy) && c.tie == Tie::Own;
    let cares = is_staff(c.role) || c.role == Role::Crew || (c.role == Role::System && !c.service);
    let member = cares && c.tie == Tie::Member;
    let glass = matches!(c.tie, Tie::Glass | Tie::TeamAndGlass);
    let urgent = matches!(c.resource, Resource::View(ViewKind::Urgent));
    let vault = matches!(c.action, ListVault | RevealVault);
    let crew_in_emergency = c.role == Role::Crew && (urgent || vault);
    let stands_against = match c.but {
        But::Nothing | But::OptedOut => false,
        But::Excluded => !person && !c.service,
        // Nothing is known of an organisation that is no party.
        But::StandardsNotMet => !person && !c.service && c.tie != Tie::Stranger,
        But::StandardsNotMetAtHome => false,
        But::EmergencyParty => {
            let emergency = urgent || vault || c.action == BreakGlass || c.action == CreatePlan;
            !person && !c.service && c.tie != Tie::Stranger && !emergency
        }
        But::OtherPlan => true,
        But::OneFactor => matches!(c.action, Sign | Decide | BreakGlass | RevealVault),
        But::NoSuchPlan => c.action != CreatePlan,
        But::Kept => {
            let kept = matches!(c.resource, Resource::Section(section) if section.id.as_str() == "about-me");
            kept && c.role == Role::Proxy
        }
    };
    let past_objection = person || c.service || glass || c.action == BreakGlass || c.action == SetSharing;
    let objects = match c.objection {
        None => false,
        Some(ObjectionGrade::EmergencyOnly) => !past_objection && !crew_in_emergency,
        Some(ObjectionGrade::Refused) => !past_objection,
    };
    let of_team = cares && matches!(c.tie, Tie::Team | Tie::TeamAndGlass | Tie::Member);
    let not_shared = match c.choice {
        Choice::Everybody | Choice::Named | Choice::TeamOnce => false,
        Choice::OthersNamed => !past_objection,
        Choice::Team => !past_objection && !of_team,
    };
    let own = c.role == Role::Person && person;
    let locates = match c.resource {
        Resource::Section(section) => section.locates(),
        Resource::VaultItem(kind) => kind == "withheld-address",
        _ => false,
    };
    let withheld = match c.restriction {
        None | Some(Restriction::Unrestricted) => false,
        Some(Restriction::Restricted) => locates && !member && !own,
        Some(Restriction::VeryRestricted) => {
            !member && !own && !c.service && !(c.role == Role::Crew && (urgent || c.action == BreakGlass))
        }
    };
    let named_only = matches!(c.resource, Resource::Section(section) if section.id.as_str() == "restricted");
    stands_against || objects || not_shared || withheld || (named_only && !member)
}

/// Everything that may be asked for, and some of what may not.
fn asked_for(sections: &Sections) -> Vec<(Action, Resource<'_>)> {
    let mut resources = vec![Resource::Plan, Resource::Organisation];
    resources.extend(ViewKind::ALL.map(Resource::View));
    resources.extend(["key-safe-code", "withheld-address"].map(Resource::VaultItem));
    let ids = ["about-me", "medicines", "daily-living", "home-access", "restricted", "decisions"];
    resources.extend(ids.map(|id| Resource::Section(sections.section(&id.parse().unwrap()).unwrap())));
    let all = Action::ALL.into_iter().flat_map(|action| resources.iter().map(move |resource| (action, *resource)));
    // One section of each kind is enough for each action.
    let more = |action, resource: &Resource<'_>| match resource {
        Resource::Section(section) if action == Action::Decide => {
            section.is_decided() || section.id.as_str() == "medicines"
        }
        Resource::Section(section) => !section.is_decided(),
        _ => true,
    };
    all.filter(|(action, resource)| more(*action, resource)).collect()
}

/// Every cell of one role.
fn cells<'a>(role: Role, asked_for: &'a [(Action, Resource<'a>)]) -> Vec<Cell<'a>> {
    let seniors: &[bool] =
        if matches!(role, Role::Doctor | Role::RegisteredProfessional) { &[false, true] } else { &[false] };
    let services: &[bool] = if role == Role::System { &[false, true] } else { &[false] };
    let objections = [None, Some(ObjectionGrade::EmergencyOnly), Some(ObjectionGrade::Refused)];
    let restrictions = [None, Some(Restriction::Restricted), Some(Restriction::VeryRestricted)];
    let mut cells = Vec::new();
    for (senior, service) in seniors.iter().flat_map(|senior| services.iter().map(move |service| (*senior, *service))) {
        for tie in TIES {
            for (action, resource) in asked_for.iter().copied() {
                let plain = Cell {
                    role,
                    senior,
                    service,
                    tie,
                    objection: None,
                    choice: Choice::Everybody,
                    restriction: None,
                    but: But::Nothing,
                    action,
                    resource,
                };
                cells.extend(BUTS.map(|but| Cell { but, ..plain }));
                cells.extend(CHOICES.map(|choice| Cell { choice, ..plain }));
                for objection in objections {
                    cells.extend(restrictions.map(|restriction| Cell { objection, restriction, ..plain }));
                }
            }
        }
    }
    cells
}

/// What one role's cells came to.
#[derive(Default)]
struct Tally {
    cells: usize,
    allowed: usize,
    wrong: Vec<String>,
    rules: BTreeSet<RuleId>,
    questions: HashSet<Question>,
}

fn go_through(role: Role, asked_for: &[(Action, Resource<'_>)]) -> Tally {
    let policies = Policies::embedded();
    let mut tally = Tally::default();
    for cell in cells(role, asked_for) {
        let subject = cell.subject();
        let facts = cell.facts(&subject);
        let access = Access { policies: &policies, facts: &facts, now: NOW };
        let allowed = access.allows(&subject, cell.action, cell.resource);
        tally.cells += 1;
        tally.allowed += usize::from(allowed);
        if allowed != expected(&cell) {
            tally.wrong.push(format!("{cell:?}: {allowed}"));
        }
        let standing = Standing::of(&access, &subject);
        tally.questions.extend(question(&access, &subject, cell.action, cell.resource, &standing));
    }
    for question in &tally.questions {
        // Of the rules that can apply, and perhaps kept from before; and of all rules, worked out anew.
        let (answer, by_all) = (policies.ask(question.clone()), policies.ask_all(question));
        if answer != by_all {
            tally.wrong.push(format!("{question:?}: {answer:?}, of all rules {by_all:?}"));
        }
        tally.rules.extend(answer.rules);
    }
    tally
}

#[test]
fn every_cell_of_the_matrix_is_as_it_was_agreed_and_no_rule_is_idle() {
    let sections = Sections::embedded();
    let asked_for = asked_for(&sections);
    let tallies: Vec<Tally> = std::thread::scope(|scope| {
        let half = |roles: &'static [Role]| {
            let asked_for = &asked_for;
            scope.spawn(move || roles.iter().map(|role| go_through(*role, asked_for)).collect::<Vec<_>>())
        };
        static ROLES: [Role; 11] = Role::ALL;
        let (first, second) = ROLES.split_at(5);
        [half(first), half(second)].into_iter().flat_map(|half| half.join().unwrap()).collect()
    });
    let count = |of: fn(&Tally) -> usize| tallies.iter().map(of).sum::<usize>();
    let wrong: Vec<&String> = tallies.iter().flat_map(|tally| &tally.wrong).collect();
    assert!(wrong.is_empty(), "{} cells differ, first {:#?}", wrong.len(), &wrong[..wrong.len().min(10)]);
    let decided: BTreeSet<&RuleId> = tallies.iter().flat_map(|tally| &tally.rules).collect();
    let policies = Policies::embedded();
    let idle: Vec<&RuleId> = policies.rules().iter().map(|rule| &rule.id).filter(|id| !decided.contains(id)).collect();
    assert!(idle.is_empty(), "rules that decided nothing: {idle:?}");
    let (cells, questions) = (count(|tally| tally.cells), count(|tally| tally.questions.len()));
    let allowed = count(|tally| tally.allowed);
    assert!(
        cells > 700_000 && questions > 70_000 && allowed > 10_000,
        "{cells} cells, {questions} questions, {allowed} yes"
    );
}

#[test]
fn every_kind_of_request_fits_the_schema() {
    let sections = Sections::embedded();
    let words = Words::of_schema();
    let mut seen = HashSet::new();
    let asked_for = asked_for(&sections);
    for (role, cell) in
        Role::ALL.into_iter().flat_map(|role| cells(role, &asked_for).into_iter().map(move |c| (role, c)))
    {
        let Some(asked) = Asked::of(cell.action, cell.resource, "p1") else { continue };
        let kind = (role, cell.service, cell.action, asked.kind, asked.id.clone());
        if seen.contains(&kind) {
            continue;
        }
        let subject = cell.subject();
        let facts = cell.facts(&subject);
        let access = Access { policies: &Policies::embedded(), facts: &facts, now: NOW };
        let (asking, standing) = (Asking::of(&subject), Standing::of(&access, &subject));
        let question = Question { asking, action: cell.action, asked, standing };
        let (request, entities) = words.request(&question).unwrap();
        let schema = Some(&words.schema);
        let checked = Entities::from_entities(entities.iter().cloned(), schema);
        assert!(checked.is_ok(), "{kind:?}: {:?}", checked.err());
        let (principal, action) = (request.principal().unwrap().clone(), request.action().unwrap().clone());
        let (resource, context) = (request.resource().unwrap().clone(), request.context().unwrap().clone());
        let checked = Request::new(principal, action, resource, context, schema);
        assert!(checked.is_ok(), "{kind:?}: {:?}", checked.err());
        seen.insert(kind);
    }
    assert!(seen.len() > 500, "{} kinds of request", seen.len());
}

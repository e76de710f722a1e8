//! What a decision costs in core: the first time that its question is put, which is Cedar's work, and after that.

use crate::figures::Figures;
use coplan_core::{
    policy::{
        Access, Action, ObjectionGrade, PlanFacts, Policies, Relationship, RelationshipKind, Resource, Role, Subject,
    },
    section::{Section, Sections},
    time::UtcMillis,
};
use std::{hint::black_box, sync::Arc, time::Instant};

/// Medians in microseconds: of every decision the first time and again, the first time by each tie to the plan, and the
/// dearest of a hundred; and in milliseconds of all decisions of a plan's page.
pub(crate) fn decisions() -> Figures {
    let sections = Sections::embedded();
    let sections = sections.in_order();
    let policies = Policies::embedded();
    let mut first: [Vec<f64>; TIES.len()] = Default::default();
    let (mut again, mut pages) = (Vec::new(), [Vec::new(), Vec::new()]);
    for subject in ROLES.map(subject) {
        for (facts, first) in plans(&subject).into_iter().zip(&mut first) {
            let access = Access { policies: &policies, facts: &facts, now: UtcMillis(0) };
            for (times, page) in [first, &mut again].into_iter().zip(&mut pages) {
                let begun = Instant::now();
                let took = page_of(&access, &subject, &sections);
                page.push(begun.elapsed().as_secs_f64() * 1_000.0);
                times.extend(took);
            }
        }
    }
    let all = first.concat();
    let figures = Figures::default()
        .with("first time, us", part(0.5, all.clone()))
        .with("first time, dearest of 100, us", part(0.99, all))
        .with("again, us", part(0.5, again.clone()))
        .with("again, dearest of 100, us", part(0.99, again));
    let figures = TIES.into_iter().zip(first).fold(figures, |figures, (tie, took)| figures.with(tie, part(0.5, took)));
    let [first_page, again_page] = pages;
    figures
        .with("a plan's page, first time, ms", part(0.5, first_page))
        .with("a plan's page, again, ms", part(0.5, again_page))
}

/// Every decision that a plan's page asks for, in microseconds each.
fn page_of(access: &Access<'_>, subject: &Subject, sections: &[&Arc<Section>]) -> Vec<f64> {
    let mut took = Vec::with_capacity(sections.len() * ACTIONS.len());
    for section in sections {
        for action in ACTIONS {
            let begun = Instant::now();
            black_box(access.allows(subject, action, Resource::Section(section)));
            took.push(begun.elapsed().as_secs_f64() * 1_000_000.0);
        }
    }
    took
}

/// Plans to which `subject` is tied as `TIES` says.
fn plans(subject: &Subject) -> [PlanFacts; TIES.len()] {
    let plan = || "p1".parse().expect("a word is an id");
    let team = PlanFacts::of_team(plan(), [subject.organisation.clone()]);
    let stranger = PlanFacts::of_team(plan(), []);
    let relationship = |kind| Relationship {
        user: subject.user.clone(),
        organisation: subject.organisation.clone(),
        kind,
        until: UtcMillis(1),
    };
    let mut by_word = PlanFacts { care_team: [].into(), ..team.clone() };
    by_word.relationships.push(relationship(RelationshipKind::Asserted));
    let mut refused = team.clone();
    refused.objections.push(coplan_core::policy::Objection { grade: ObjectionGrade::Refused, until: None });
    let member = PlanFacts { members: [subject.user.clone()].into(), ..team.clone() };
    [team, stranger, by_word, refused, member]
}

fn subject(role: Role) -> Subject {
    Subject { role, organisation: "RX1".parse().expect("a word is an id"), ..Subject::system() }
}

/// Of so many values, the one below which that part of them lies.
fn part(part: f64, mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get((values.len() as f64 * part) as usize).copied().unwrap_or(f64::NAN)
}

const ROLES: [Role; 5] =
    [Role::SocialCare, Role::RegisteredProfessional, Role::Doctor, Role::Specialist, Role::Pharmacist];

const ACTIONS: [Action; 5] = [Action::Read, Action::Write, Action::Sign, Action::Suggest, Action::Decide];

/// By what the subject is tied to the plan.
const TIES: [&str; 5] = [
    "first time, of the care team, us",
    "first time, a stranger, us",
    "first time, by their own word, us",
    "first time, the person refuses, us",
    "first time, named for the person, us",
];

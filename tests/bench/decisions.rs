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

/// Medians over every section, action and role, by each of several ties to a plan: `first_us`, `again_us`, and for the
/// hundred decisions of a plan's page `page_first_ms` and `page_again_ms`.
pub(crate) fn decisions() -> Figures {
    let sections = Sections::embedded();
    let sections = sections.in_order();
    let policies = Policies::embedded();
    let (mut first, mut again, mut pages) = (Vec::new(), Vec::new(), [Vec::new(), Vec::new()]);
    for (facts, subject) in
        ROLES.iter().flat_map(|role| plans(&subject(*role)).into_iter().map(|facts| (facts, subject(*role))))
    {
        let access = Access { policies: &policies, facts: &facts, now: UtcMillis(0) };
        for (times, page) in [&mut first, &mut again].into_iter().zip(&mut pages) {
            let begun = Instant::now();
            let took = page_of(&access, &subject, &sections);
            page.push(begun.elapsed().as_secs_f64() * 1_000.0);
            times.extend(took);
        }
    }
    let [first_page, again_page] = pages;
    Figures::default()
        .with("first_us", median(first))
        .with("again_us", median(again))
        .with("page_first_ms", median(first_page))
        .with("page_again_ms", median(again_page))
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

/// Plans to which `subject` is tied in different ways.
fn plans(subject: &Subject) -> Vec<PlanFacts> {
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
    vec![team, stranger, by_word, refused, member]
}

fn subject(role: Role) -> Subject {
    Subject { role, organisation: "RX1".parse().expect("a word is an id"), ..Subject::system() }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

const ROLES: [Role; 5] =
    [Role::SocialCare, Role::RegisteredProfessional, Role::Doctor, Role::Specialist, Role::Pharmacist];

const ACTIONS: [Action; 5] = [Action::Read, Action::Write, Action::Sign, Action::Suggest, Action::Decide];

//! Who may see the plan of the small world, as it changes, and which of it the hub must know by now.

use super::chance::Chance;
use coplan_core::{
    id::{OrganisationCode, UserId},
    policy::{Access, Action, PlanFacts, Policies, Relationship, RelationshipKind, Resource, Subject},
    section::Section,
    time::UtcMillis,
};
use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, LazyLock},
};

static POLICIES: LazyLock<Arc<Policies>> = LazyLock::new(|| Arc::new(Policies::embedded()));

/// The rules, read once for all runs.
pub(super) fn policies() -> Arc<Policies> {
    Arc::clone(&POLICIES)
}

/// The facts of the plan, all there ever were.
pub(super) struct Facts {
    versions: Vec<Arc<PlanFacts>>,
    /// The oldest that the hub may still go by: it was told of a change, and everything that was under way has ended.
    oldest: usize,
    /// The hub was told of the newest.
    pub(super) is_told: bool,
    /// Asked for by the hub, as they were then.
    pub(super) wanted: VecDeque<Arc<PlanFacts>>,
}

impl Facts {
    pub(super) fn new() -> Self {
        let code = |n: usize| format!("Z9A0{n}").parse().expect("an id");
        let first = PlanFacts::of_team("plan".parse().expect("an id"), (0..PEERS).map(code));
        Self { versions: vec![Arc::new(first)], oldest: 0, is_told: true, wanted: VecDeque::new() }
    }

    pub(super) fn newest(&self) -> Arc<PlanFacts> {
        Arc::clone(self.versions.last().expect("there is a first"))
    }

    pub(super) fn count(&self) -> u64 {
        self.versions.len() as u64 - 1
    }

    /// Somebody's organisation joins or leaves, somebody is kept out or let in, or says for a while that they care.
    pub(super) fn change(&mut self, subject: &Subject, chance: &mut Chance, now: UtcMillis) {
        let mut facts = (*self.newest()).clone();
        facts.as_of += 1;
        match chance.below(4) {
            0 | 1 => toggle::<OrganisationCode>(&mut facts.care_team, &subject.organisation),
            2 => toggle::<UserId>(&mut facts.excluded, &subject.user),
            _ => {
                facts.care_team.remove(&subject.organisation);
                facts.relationships.push(Relationship {
                    kind: RelationshipKind::Asserted,
                    user: subject.user.clone(),
                    organisation: subject.organisation.clone(),
                    until: now.plus_ms(chance.below(20_000) as i64),
                });
            }
        }
        self.versions.push(Arc::new(facts));
        self.is_told = false;
    }

    /// Whether the hub may let somebody do this: by any facts that it may still go by.
    pub(super) fn may(&self, subject: &Subject, section: &Section, action: Action, now: UtcMillis) -> bool {
        self.versions[self.oldest..].iter().any(|facts| may(facts, subject, section, action, now))
    }

    /// Nothing is under way: the hub knows all.
    pub(super) fn are_known(&mut self) {
        self.oldest = self.versions.len() - 1;
    }

    /// The hub has gone; the next reads everything anew.
    pub(super) fn forget(&mut self) {
        self.is_told = true;
        self.wanted.clear();
    }
}

pub(super) fn may(facts: &PlanFacts, subject: &Subject, section: &Section, action: Action, now: UtcMillis) -> bool {
    Access { policies: &POLICIES, facts, now }.allows(subject, action, Resource::Section(section))
}

fn toggle<T: Ord + Clone>(set: &mut BTreeSet<T>, one: &T) {
    if !set.remove(one) {
        set.insert(one.clone());
    }
}

/// How many organisations there are: each peer is of another.
const PEERS: usize = 5;

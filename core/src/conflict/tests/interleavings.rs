//! Random edits by several people who learn of each other in random order: everybody agrees, and every disagreement that
//! can harm is found, and none is invented.
//!
//! A failure prints its seed; `COPLAN_SEED=<seed>` runs that one alone.

use super::{
    oracle::{Expected, Log, Seen, removed, stands},
    replica::{Chance, Replica, Written, list_of},
    section,
    views::{all_written_whole, views},
};
use crate::{
    conflict::{Conflict, ConflictKind, conflicts},
    content::{self, FieldValue},
    section::Section,
};
use automerge::{Automerge, ChangeHash};
use std::thread;

/// Cases in the suite.
const CASES: u64 = 10_000;

#[test]
fn everybody_agrees_and_no_disagreement_is_missing_or_invented() {
    if let Some(seed) = option_env!("COPLAN_SEED").and_then(|text| text.parse().ok()) {
        return Case::run(seed).unwrap_or_else(|why| panic!("seed {seed}: {why}"));
    }
    let threads = thread::available_parallelism().map_or(1, usize::from) as u64;
    let part = |first: u64| {
        thread::spawn(move || {
            for seed in (first..CASES).step_by(threads as usize) {
                Case::run(seed).unwrap_or_else(|why| panic!("COPLAN_SEED={seed}: {why}"));
            }
        })
    };
    let parts: Vec<_> = (0..threads).map(part).collect();
    parts.into_iter().for_each(|part| part.join().unwrap());
}

struct Case {
    section: std::sync::Arc<Section>,
    chance: Chance,
    log: Log,
    written: Written,
    replicas: Vec<Replica>,
    /// Heads at which somebody once looked, and what they saw.
    moments: Vec<(Vec<ChangeHash>, Vec<Conflict>)>,
}

impl Case {
    fn run(seed: u64) -> Result<(), String> {
        let mut chance = Chance::new(seed);
        let section = section();
        let people = 2 + chance.below(5) as u8;
        let replicas = (0..people).map(|number| Replica::new(&section, number, &mut chance)).collect();
        let (log, written, moments) = (Log::default(), Written::new(), Vec::new());
        let mut case = Self { section, chance, log, written, replicas, moments };
        for _ in 0..8 + case.chance.below(30) {
            case.step()?;
        }
        case.meet();
        case.everybody_agrees()
    }

    fn step(&mut self) -> Result<(), String> {
        let at = self.chance.below(self.replicas.len());
        if self.chance.below(3) == 0 {
            self.learn(at);
        } else {
            self.replicas[at].act(&self.section, &mut self.chance, &mut self.log, &mut self.written);
        }
        if self.chance.below(10) == 0 {
            let replica = &self.replicas[at];
            let found = self.check(&replica.document, replica.seen)?;
            self.moments.push((replica.document.get_heads(), found));
        }
        Ok(())
    }

    /// One learns what another one has.
    fn learn(&mut self, at: usize) {
        let from = self.chance.below(self.replicas.len());
        if from != at {
            let mut other = self.replicas[from].clone();
            self.replicas[at].learn_from(&mut other);
        }
    }

    /// Everybody learns everything.
    fn meet(&mut self) {
        let first = self.chance.below(self.replicas.len());
        self.replicas.swap(0, first);
        let (hub, others) = self.replicas.split_first_mut().unwrap();
        others.iter_mut().rev().for_each(|other| hub.learn_from(other));
        others.iter_mut().for_each(|other| other.learn_from(hub));
    }

    fn everybody_agrees(&mut self) -> Result<(), String> {
        let first = &self.replicas[0];
        let (content, found) =
            (content::read(&first.document, None, &self.section), self.check(&first.document, first.seen)?);
        let published = views(&self.section, &content, &found);
        for other in &self.replicas[1..] {
            let (theirs, their_conflicts) =
                (content::read(&other.document, None, &self.section), conflicts(&other.document, None, &self.section));
            same("what is held", &content, &theirs)?;
            same("conflicts", &found, &their_conflicts)?;
            same("the views", &published, &views(&self.section, &theirs, &their_conflicts))?;
        }
        for view in &published {
            all_written_whole(view, &self.written)?;
        }
        let document = &self.replicas[0].document;
        for (heads, then) in self.moments.iter().take(2) {
            same("conflicts of a moment", then, &conflicts(document, Some(heads), &self.section))?;
        }
        Ok(())
    }

    /// What is found is what the log expects.
    fn check(&self, document: &Automerge, seen: Seen) -> Result<Vec<Conflict>, String> {
        let found = conflicts(document, None, &self.section);
        let expected = with_denials(&self.log, seen, &self.section);
        same("the conflicts", &expected, &found.iter().map(as_expected).collect())
            .map_err(|why| format!("{why}\n{}", self.log.told(seen)))?;
        let content = content::read(document, None, &self.section);
        for list in ["people", "allergies"] {
            for item in list_of(&content, list).items {
                let path = format!("{list}.{}", item.id);
                same(&path, &false, &self.log.is_removed(seen, &path))?;
            }
        }
        Ok(found)
    }
}

/// What must be found, where the list that is denied is one more word.
fn with_denials(log: &Log, seen: Seen, section: &Section) -> Expected {
    let mut expected = log.expected(seen);
    let made = log.events.iter().enumerate().filter(|(at, event)| {
        let item = event.path.strip_prefix("allergies.").is_some_and(|id| !id.contains('.'));
        seen >> at & 1 == 1 && item && !log.is_removed(seen, &event.path)
    });
    let denying = section.fields.iter().find(|field| field.denies.is_some()).unwrap();
    let mut words = log.words(seen, denying.id.as_str());
    if made.count() > 0 && words.contains(&Some("Yes".to_owned())) {
        words.insert(Some(LISTED.to_owned()));
        expected.insert(denying.id.to_string(), words);
    }
    expected
}

fn as_expected(conflict: &Conflict) -> (String, std::collections::BTreeSet<Option<String>>) {
    let word = |contender: &crate::conflict::Contender| match (&contender.value, conflict.kind) {
        (None, ConflictKind::EditedAndRemoved) => removed(),
        (Some(_), ConflictKind::EditedAndRemoved) => stands(),
        (Some(FieldValue::List(_)), _) => Some(LISTED.to_owned()),
        (None, _) => None,
        (Some(_), _) => Some(contender.display.clone()),
    };
    (conflict.path.clone(), conflict.contenders.iter().map(word).collect())
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, expected: &T, found: &T) -> Result<(), String> {
    if expected == found { Ok(()) } else { Err(format!("{what}:\nexpected {expected:#?}\nfound {found:#?}")) }
}

const LISTED: &str = "(the list)";

//! Whether two texts name the same substance.
//!
//! An allergy and a prescription are written by different people in different systems: `Morphine`, `MORPHINE SULFATE
//! 10mg/5ml oral solution`, `Oramorph`. So texts are compared by their words, in lower case, without numbers, units,
//! forms, routes and salts; a trade name counts as what it holds, a class as its members. One word in common is enough:
//! somebody who is shown too much can see that at a glance, and somebody who is shown nothing cannot.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Names of substances and classes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Substances {
    /// Words that name no substance.
    neutral: BTreeSet<String>,
    /// What a word stands for, where that is not the word itself.
    stands_for: BTreeMap<String, BTreeSet<String>>,
}

/// Several names of one thing.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Substance {
    /// The first is the approved name.
    pub names: Vec<String>,
}

/// A class of substances.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Class {
    pub names: Vec<String>,
    /// Approved names of its members.
    pub members: Vec<String>,
    /// Whoever reacts to one of its members may react to the others.
    #[serde(default)]
    pub cross: bool,
}

impl Substances {
    pub(super) fn new(neutral: &[String], substances: &[Substance], classes: &[Class]) -> Self {
        let mut stands_for: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for substance in substances {
            let Some(approved) = substance.names.first().and_then(|name| one_word(name)) else { continue };
            for name in substance.names.iter().filter_map(|name| one_word(name)) {
                stands_for.entry(name).or_default().insert(approved.clone());
            }
        }
        for class in classes {
            let members: BTreeSet<String> = class.members.iter().filter_map(|name| one_word(name)).collect();
            let Some(class_name) = class.names.first().and_then(|name| one_word(name)) else { continue };
            for name in class.names.iter().filter_map(|name| one_word(name)) {
                let stands = stands_for.entry(name).or_default();
                stands.extend(members.iter().cloned());
                stands.insert(class_name.clone());
            }
            if class.cross {
                let holds = |names: &BTreeSet<String>| !names.is_disjoint(&members);
                stands_for.values_mut().filter(|names| holds(names)).for_each(|names| {
                    names.insert(class_name.clone());
                });
                for member in &members {
                    let stands = stands_for.entry(member.clone()).or_insert_with(|| [member.clone()].into());
                    stands.insert(class_name.clone());
                }
            }
        }
        Self { neutral: neutral.iter().flat_map(|word| words(word)).collect(), stands_for }
    }

    /// Whether both texts name the same substance.
    pub(super) fn same(&self, one: &str, other: &str) -> bool {
        !self.named_in(one).is_disjoint(&self.named_in(other))
    }

    /// Whether one of these words, or runs of words, is in the text.
    pub(super) fn says(&self, text: &str, wanted: &[String]) -> bool {
        let text = words(text);
        wanted
            .iter()
            .map(|wanted| words(wanted))
            .any(|wanted| !wanted.is_empty() && text.windows(wanted.len()).any(|run| run == wanted.as_slice()))
    }

    fn named_in(&self, text: &str) -> BTreeSet<String> {
        let mut named = BTreeSet::new();
        for word in words(text) {
            match self.stands_for.get(&word) {
                Some(names) => named.extend(names.iter().cloned()),
                None if word.chars().count() >= SUBSTANCE_CHARS_MIN && !self.neutral.contains(&word) => {
                    named.insert(word);
                }
                None => {}
            }
        }
        named
    }
}

/// The words of a text in lower case and without a plural's ending; what begins with a digit is a strength.
fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| word.starts_with(|c: char| !c.is_ascii_digit()));
    words.map(singular).collect()
}

fn singular(word: &str) -> String {
    let stem = word.strip_suffix('s').filter(|stem| stem.len() >= SUBSTANCE_CHARS_MIN && !stem.ends_with('s'));
    stem.unwrap_or(word).to_owned()
}

/// The longest word of a name: `codamol` of `co-codamol`.
fn one_word(name: &str) -> Option<String> {
    words(name).into_iter().max_by_key(|word| word.chars().count())
}

/// Shortest word that may name a substance without being in the list.
const SUBSTANCE_CHARS_MIN: usize = 4;

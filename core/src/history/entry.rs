//! Entries: what one person did to one section at one sitting, as one sentence.

use super::{Difference, DifferenceKind};
use crate::{
    policy::{Role, Subject},
    section::{Section, SignOff},
    time::UtcMillis,
};
use serde::Serialize;
use std::ops::Range;

/// What an entry tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryKind {
    /// Somebody wrote.
    Edit,
    /// Somebody chose where two had said different things.
    Settled,
    /// Somebody recorded, endorsed or withdrew a decision.
    Decision,
    /// A publication.
    Publication,
}

impl EntryKind {
    /// The kind of an entry about a section, by what it did.
    #[must_use]
    pub fn of(section: &Section, differences: &[Difference]) -> Self {
        if differences.iter().any(|difference| difference.kind == DifferenceKind::Settled) {
            Self::Settled
        } else if section.is_decided() && !differences.is_empty() {
            Self::Decision
        } else {
            Self::Edit
        }
    }
}

/// Who made a change, and when it arrived.
pub type Made<'a> = (&'a Subject, UtcMillis);

/// Whether a change belongs to the same entry as the one stored just before it in the same section: the same author, in
/// the same role, within two minutes. Each decision is an entry of its own.
#[must_use]
pub fn belongs_to_entry(section: &Section, before: Made<'_>, change: Made<'_>) -> bool {
    !section.is_decided() && before.0 == change.0 && change.1.since_ms(before.1) <= TOGETHER_MS_MAX
}

/// The changes of a section, in the order of storing, as entries: from the first change of each to behind its last.
#[must_use]
pub fn entries(section: &Section, changes: &[Made<'_>]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (index, change) in changes.iter().enumerate() {
        match found.last_mut() {
            Some(entry) if belongs_to_entry(section, changes[index - 1], *change) => entry.end = index + 1,
            _ => found.push(index..index + 1),
        }
    }
    found
}

/// An entry in a sentence: `Dr A, St Elsewhere Hospice, changed Preferred place of care from Hospital to Home`.
#[must_use]
pub fn sentence(by: &Subject, section: &Section, differences: &[Difference]) -> String {
    let what = match differences {
        [] => format!("changed nothing that shows in {}", section.title),
        some => joined(some.iter().map(|difference| difference.words.as_str())),
    };
    format!("{}, {what}", author(by))
}

/// The sentence of a section's first change, which only makes room.
#[must_use]
pub fn beginning_sentence(by: &Subject, section: &Section) -> String {
    format!("{}, began {}", author(by), section.title)
}

/// The sentence of a publication: `changed` are the sections that it froze anew, by title.
#[must_use]
pub fn publication_sentence(by: &Subject, version: u32, changed: &[(&str, SignOff)]) -> String {
    let titles = |signed: bool| {
        let some = changed.iter().filter(|(_, sign_off)| (*sign_off != SignOff::None) == signed);
        some.map(|(title, _)| *title).collect::<Vec<_>>()
    };
    let mut said = Vec::new();
    for (verb, titles) in [("signed", titles(true)), ("shared", titles(false))] {
        if !titles.is_empty() {
            said.push(format!("{verb} {}", joined(titles.into_iter())));
        }
    }
    said.push(format!("published version {version}"));
    format!("{}, {}", author(by), said.join(" and "))
}

fn author(by: &Subject) -> String {
    match by.role {
        Role::System => by.name.clone(),
        _ => format!("{}, {}", by.name, by.organisation_name),
    }
}

/// `a, b and c`, with a bound.
fn joined<'w>(words: impl ExactSizeIterator<Item = &'w str>) -> String {
    let count = words.len();
    let shown = if count > NAMED_MAX + 1 { NAMED_MAX } else { count };
    let mut words: Vec<String> = words.take(shown).map(str::to_owned).collect();
    if shown < count {
        words.push(format!("{} more", count - shown));
    }
    match words.pop() {
        Some(last) if words.is_empty() => last,
        Some(last) => format!("{} and {last}", words.join(", ")),
        None => String::new(),
    }
}

/// Changes of one author in one section are one entry while each arrives so many milliseconds after the one before.
pub const TOGETHER_MS_MAX: i64 = 2 * 60 * 1_000;

/// Most differences, or sections, that a sentence names one by one.
const NAMED_MAX: usize = 4;

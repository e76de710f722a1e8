//! Contradictions: things of one plan that cannot all be meant, though nobody disagreed about any one of them.
//!
//! No merge can see them, so rules do: `core/rules/contradictions.toml` holds each as data, with a sentence for whoever
//! reads the plan and cases that a test runs. A rule never changes anything. It warns, or where it is severe it keeps a
//! section from being signed as long as it holds.
//!
//! Every value counts that stands in a disputed field, because any of them may be what is meant. Of decision records only
//! those count that stand. A rule about a section that a service does not have never holds; `Rules::check` says which
//! rules name something that no definition has.
//!
//! Two plans for one NHS number are no rule here: the database refuses the second.
//!
//! To add a rule: an entry with its cases in the file. To add a kind of condition: a variant of `condition::Condition`,
//! its keys in `file`, its check in `check`.

mod check;
mod condition;
mod file;
mod place;
mod substance;
#[cfg(test)]
mod tests;

pub use file::{RuleError, RuleFault, Rules};

use crate::{
    content::Content,
    decision,
    id::{SectionId, UserId},
    section::Sections,
    time::UtcMillis,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

/// A rule that holds in a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contradiction {
    /// Id of the rule.
    pub rule: String,
    /// What is wrong, in plain words.
    pub sentence: String,
    /// What comes of it.
    pub severity: Severity,
    /// The places that contradict each other.
    #[serde(rename = "where")]
    pub places: Vec<Place>,
    #[serde(skip)]
    blocks: BTreeSet<SectionId>,
}

impl Contradiction {
    /// Whether it keeps this section from being signed.
    #[must_use]
    pub fn blocks(&self, section: &SectionId) -> bool {
        self.severity == Severity::Blocks && self.blocks.contains(section)
    }
}

/// What comes of a contradiction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Readers of the plan are told.
    Warning,
    /// They are told, and sections that it touches are not signed.
    Blocks,
}

/// One place of a plan that contradicts another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The section.
    pub section: SectionId,
    /// Where in it: `field`, `list.item.subfield`, or `list.item` for all of an item.
    pub path: String,
    /// What people call it.
    pub label: String,
    /// What it says; empty where what is wrong is that it says nothing.
    pub display: String,
}

/// What the rules must know beside the contents of the sections.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The decision records of each section that holds them.
    pub records: &'a BTreeMap<SectionId, Vec<decision::Kind>>,
    /// Those who recorded decisions and have no longer the role in which they did.
    pub lapsed: &'a BTreeSet<UserId>,
    /// Now; dates are compared with its day in UTC.
    pub now: UtcMillis,
}

/// The contradictions of a plan by the rules of this build, in the order of the rules.
#[must_use]
pub fn contradictions(
    sections: &Sections,
    contents: &BTreeMap<SectionId, Content>,
    facts: &Facts<'_>,
) -> Vec<Contradiction> {
    EMBEDDED.contradictions(sections, contents, facts)
}

static EMBEDDED: LazyLock<Rules> = LazyLock::new(Rules::embedded);

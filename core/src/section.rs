//! Sections as data: what a section of a care plan holds, who writes it, who signs it.
//!
//! One TOML file under `core/sections/` defines one section; a new clinical pathway is one new file and no code. The
//! loader refuses a wrong file with its name, the field and the reason, and never loads half of a folder.

use crate::{
    id::{FieldId, SectionId},
    policy::Role,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// Every section the service knows, by id.
#[derive(Debug, Clone, Default)]
pub struct Sections {
    by_id: BTreeMap<SectionId, Arc<Section>>,
}

impl Sections {
    /// The section of that id.
    #[must_use]
    pub fn section(&self, id: &SectionId) -> Option<&Arc<Section>> {
        self.by_id.get(id)
    }

    /// All sections in the order they are shown.
    #[must_use]
    pub fn in_order(&self) -> Vec<&Arc<Section>> {
        let mut all: Vec<_> = self.by_id.values().collect();
        all.sort_by_key(|s| s.order);
        all
    }
}

/// One section of a plan: one Automerge document, one unit of rights, of sign-off and of history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// The file's name without its ending: `about-me`.
    pub id: SectionId,
    /// What people call it.
    pub title: String,
    /// Raised with every change of the file that changes what a document may hold.
    pub version: u32,
    /// Where it stands among the sections, lowest first.
    pub order: u32,
    /// One or two sentences in plain words: what this section is for.
    pub summary: String,
    /// Standard and part it comes from.
    pub source: String,
    /// A pathway module belongs to a pathway and is offered, not started, in every plan.
    #[serde(default)]
    pub pathway: Option<String>,
    /// Who may change it; they sync its document.
    pub writes: Vec<Role>,
    /// Who may propose a change.
    #[serde(default)]
    pub suggests: Vec<Role>,
    /// Who syncs its document read-only, and so may see every field and all history.
    #[serde(default)]
    pub reads: Vec<Role>,
    /// Who sees its published view; a field may narrow this, never widen it.
    pub audiences: Vec<Audience>,
    /// What it takes to publish it.
    pub sign_off: SignOff,
    /// Its fields in the order they are shown.
    #[serde(rename(deserialize = "field", serialize = "fields"))]
    pub fields: Vec<Field>,
}

/// One field of a section, of a list's items, or of a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its key in the document.
    pub id: FieldId,
    /// What people call it.
    pub label: String,
    /// Help in plain words, shown on demand.
    #[serde(default)]
    pub help: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// What happens when two people change it without having seen each other.
    pub merge: MergeClass,
    /// Who sees it in a published view; empty means whoever sees the section.
    #[serde(default)]
    pub audiences: Vec<Audience>,
    /// The section cannot be signed without it.
    #[serde(default)]
    pub required: bool,
    /// Shown among the first answers of the urgent view.
    #[serde(default)]
    pub urgent: bool,
    /// Longest content, in Unicode scalar values. `text` and `line` have it.
    #[serde(default)]
    pub max_chars: Option<u32>,
    /// Choices of a coded field.
    #[serde(default, rename(deserialize = "code", serialize = "codes"))]
    pub codes: Vec<Code>,
    /// Smallest value of a number.
    #[serde(default)]
    pub min: Option<f64>,
    /// Largest value of a number.
    #[serde(default)]
    pub max: Option<f64>,
    /// Unit of a number, as it is written: `g/L`.
    #[serde(default)]
    pub unit: Option<String>,
    /// Most items a list may hold.
    #[serde(default)]
    pub max_items: Option<u32>,
    /// What a list calls one item, in the singular: `contact`.
    #[serde(default)]
    pub item_name: Option<String>,
    /// Fields of a list's items.
    #[serde(default, rename(deserialize = "item", serialize = "items"))]
    pub items: Vec<Field>,
    /// Parts of a group.
    #[serde(default, rename(deserialize = "part", serialize = "parts"))]
    pub parts: Vec<Field>,
    /// Standard and path it comes from.
    #[serde(default)]
    pub source: String,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Collaborative text, an Automerge Text object. Merge class `T`, and only that.
    Text,
    /// A short line, a scalar string.
    Line,
    /// A choice from the field's codes; the document holds the code.
    Coded,
    /// A boolean.
    YesNo,
    /// A whole number.
    Integer,
    /// A number.
    Decimal,
    /// A calendar date, `YYYY-MM-DD`.
    Date,
    /// A telephone number as it is dialled in the United Kingdom, or with `+`.
    Phone,
    /// A map of items, keyed by an id, each with `order`, its fields, and `removed` once it is gone.
    List,
    /// A map of scalars, made whole in one change and never edited inside.
    Group,
}

/// What happens when two replicas changed a value without having seen each other (content.md 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MergeClass {
    /// Collaborative text.
    #[serde(rename = "T")]
    Text,
    /// Register: one wins, the loser stays in history.
    #[serde(rename = "R")]
    Register,
    /// Register whose conflict everybody sees until a person picks.
    #[serde(rename = "C!")]
    Conflict,
    /// Decision record.
    #[serde(rename = "D")]
    Decision,
    /// Set of items with stable ids; removal is soft and has a reason.
    #[serde(rename = "S+")]
    Set,
    /// The server's value; a local edit is a proposal.
    #[serde(rename = "A")]
    Authoritative,
}

/// What it takes to publish a section (content.md 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignOff {
    /// Goes out by itself.
    None,
    /// Any registered professional attests.
    #[serde(rename = "self")]
    SelfAttested,
    /// A registered clinician.
    Registered,
    /// An authorised senior decision-maker.
    Senior,
    /// Recorded by one, endorsed by a second.
    Dual,
}

/// Who reads a published view (content.md 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    /// A clinician of a team with a legitimate relationship (`C`).
    Clinician,
    /// Social care (`S`).
    SocialCare,
    /// Ambulance, 111, 999, out-of-hours, emergency department (`A`).
    Emergency,
    /// The person, and a proxy where allowed (`P`).
    Person,
}

/// One choice of a coded field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// Code system URI: `http://snomed.info/sct`, or `https://coplan.example/codes/...` for a local list.
    pub system: String,
    /// The code, which the document holds.
    pub code: String,
    /// What people read.
    pub display: String,
}

//! Sections as data: what a section of a care plan holds, who writes it, who signs it.
//!
//! One TOML file under `core/sections/` defines one section; a new clinical pathway is one new file and no code. The
//! loader refuses a wrong file with its name, the field and the reason, and never loads half of a folder.
//!
//! INVARIANT: a `Section` that exists keeps every rule of `fault::Fault`; only the loader makes one.
//! To add a type of field: a variant of `Kind`, its check in `value`, its rules in `rules`, its reading in `content`.

mod fault;
mod file;
pub mod limits;
pub mod mapping;
mod rules;
mod succession;
#[cfg(test)]
mod tests;
mod value;

pub use fault::{Fault, SectionError};
pub use succession::{SuccessionError, SuccessionFault};
pub use value::{ValueError, allowed_in_line, allowed_in_text, check_removed_reason, is_item_id};
pub(crate) use value::{check_date, check_line, check_phone};

use crate::{
    id::{FieldId, SectionId},
    role::Role,
};
use fault::Faults;
use mapping::{Mapping, Meaning};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Every section the service knows, by id.
#[derive(Debug, Clone, Default)]
pub struct Sections {
    by_id: BTreeMap<SectionId, Arc<Section>>,
    files: BTreeMap<SectionId, Arc<str>>,
}

impl Sections {
    /// The sections that this build carries, from `core/sections/`.
    #[must_use]
    pub fn embedded() -> Self {
        let files = EMBEDDED.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        Self::load(files).expect("the embedded sections load, as a test of this crate shows")
    }

    /// Reads definitions, each with its file's name: all of them, or none.
    ///
    /// # Errors
    /// Every fault of every file, not only the first.
    pub fn load(files: impl IntoIterator<Item = (String, String)>) -> Result<Self, Vec<SectionError>> {
        let (mut by_id, mut texts) = (BTreeMap::new(), BTreeMap::new());
        let mut seen = BTreeSet::new();
        let mut errors = Vec::new();
        for (name, text) in files {
            let mut faults = Faults::of(&name);
            if seen.len() == limits::FILES_MAX {
                errors.push(SectionError { file: String::new(), path: String::new(), fault: Fault::TooManyFiles });
                break;
            }
            if !seen.insert(name.clone()) {
                faults.add("", Fault::DuplicateFile);
            } else if let Some(section) = file::read(&name, &text, &mut faults) {
                texts.insert(section.id.clone(), text.into());
                by_id.insert(section.id.clone(), Arc::new(section));
            }
            errors.extend(faults.into_found());
        }
        if seen.is_empty() {
            errors.push(SectionError { file: String::new(), path: String::new(), fault: Fault::NoFile });
        }
        if errors.is_empty() { Ok(Self { by_id, files: texts }) } else { Err(errors) }
    }

    /// The section of that id.
    #[must_use]
    pub fn section(&self, id: &SectionId) -> Option<&Arc<Section>> {
        self.by_id.get(id)
    }

    /// The definition file of that section, as it was read.
    #[must_use]
    pub fn file(&self, id: &SectionId) -> Option<&str> {
        self.files.get(id).map(AsRef::as_ref)
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
#[derive(Debug, Clone, PartialEq, Serialize)]
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
    /// The heading under which other systems' documents show it (PRSB).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heading: Option<Heading>,
    /// A pathway module belongs to a pathway and is offered, not started, in every plan.
    pub pathway: Option<String>,
    /// Who may change it; they sync its document.
    pub writes: Vec<Role>,
    /// Who may propose a change.
    pub suggests: Vec<Role>,
    /// Who syncs its document read-only, and so may see every field and all history.
    pub reads: Vec<Role>,
    /// Who sees its published view; a field may narrow this, never widen it. Nobody: it is never published.
    pub audiences: Vec<Audience>,
    /// What it takes to publish it.
    pub sign_off: SignOff,
    /// All of it says where the person lives. Written `locates` in the file.
    #[serde(rename = "locates", skip_serializing_if = "is_false")]
    pub locates_throughout: bool,
    /// Its fields in the order they are shown.
    pub fields: Vec<Field>,
}

impl Section {
    /// The field of that id.
    #[must_use]
    pub fn field(&self, id: &str) -> Option<&Field> {
        named(&self.fields, id)
    }

    /// Whether it holds decision records, which are made by commands: nobody writes its document.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        self.writes.is_empty()
    }

    /// Whether it is part of publications at all: what nobody sees published stays with those who sync it.
    #[must_use]
    pub fn is_published(&self) -> bool {
        !self.audiences.is_empty()
    }

    /// Whether it goes out by itself, without anybody's signature.
    #[must_use]
    pub fn publishes_itself(&self) -> bool {
        self.is_published() && self.sign_off == SignOff::None
    }

    /// Whether the person may keep it from those who act for them: it is theirs and the proxy's to write, and nobody needs it
    /// in an emergency, where whoever is with the person must know what crews read.
    #[must_use]
    pub fn may_be_kept(&self) -> bool {
        let both = [Role::Person, Role::Proxy].iter().all(|role| self.writes.contains(role));
        both && !self.audiences.contains(&Audience::Emergency)
    }

    /// Whether its document says where the person lives, all of it or some field: whoever syncs it sees that.
    #[must_use]
    pub fn locates(&self) -> bool {
        self.locates_throughout || self.fields.iter().any(Field::locates_somewhere)
    }

    /// What each kind of decision record that it holds asks for.
    pub fn records(&self) -> impl Iterator<Item = &RecordRule> {
        self.fields.iter().filter_map(|field| field.record.as_ref())
    }

    /// SHA-256 of the definition in its canonical form, which is the JSON that the API serves, without white space.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let canonical = serde_json::to_vec(self).expect("a definition has only text keys and finite numbers");
        Sha256::digest(canonical).into()
    }
}

/// A heading of UK Core's list of record standard headings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heading {
    /// Its code.
    pub code: String,
    /// Its words.
    pub display: String,
}

/// One field of a section, of a list's items, or of a group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Field {
    /// Its key in the document.
    pub id: FieldId,
    /// What people call it.
    pub label: String,
    /// Help in plain words, shown on demand.
    pub help: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// What happens when two people change it without having seen each other.
    pub merge: MergeClass,
    /// Who sees it in a published view; empty means whoever sees the section.
    pub audiences: Vec<Audience>,
    /// The section cannot be signed without it.
    pub required: bool,
    /// Shown among the first answers of the urgent view.
    pub urgent: bool,
    /// It says where the person lives: withheld from every view while the national feed restricts that.
    #[serde(skip_serializing_if = "is_false")]
    pub locates: bool,
    /// Minutes that are counted from the moment at which somebody arrives: whoever reads it there may start them.
    #[serde(skip_serializing_if = "is_false")]
    pub clock: bool,
    /// Longest content, in Unicode scalar values. `text` and `line` have it.
    pub max_chars: Option<u32>,
    /// Choices of a coded field.
    pub codes: Vec<Code>,
    /// Smallest value of a number.
    pub min: Option<f64>,
    /// Largest value of a number.
    pub max: Option<f64>,
    /// Unit of a number, as it is written: `g/L`.
    pub unit: Option<String>,
    /// Most items a list may hold.
    pub max_items: Option<u32>,
    /// What a list calls one item, in the singular: `contact`.
    pub item_name: Option<String>,
    /// Fields of a list's items.
    pub items: Vec<Field>,
    /// Parts of a group.
    pub parts: Vec<Field>,
    /// A coded field whose codes stand from widest to narrowest: while it is disputed, the narrowest applies.
    #[serde(skip_serializing_if = "is_false")]
    pub narrowing: bool,
    /// The list which this value says is empty, as "no known allergy" says of allergies. Both together are a conflict, in
    /// which the list is what is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denies: Option<FieldId>,
    /// Required only where another field beside it holds one of these codes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_if: Option<Condition>,
    /// What a decision record of this kind asks of whoever makes it. Lists of class `D` have it, and only they.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordRule>,
    /// What it becomes in FHIR, beside the answer that everything becomes.
    #[serde(skip_serializing_if = "Mapping::is_empty")]
    pub fhir: Mapping,
    /// Standard and path it comes from.
    pub source: String,
}

impl Field {
    /// The field of a list's items of that id.
    #[must_use]
    pub fn item(&self, id: &str) -> Option<&Field> {
        named(&self.items, id)
    }

    /// The part of a group of that id.
    #[must_use]
    pub fn part(&self, id: &str) -> Option<&Field> {
        named(&self.parts, id)
    }

    /// The choice of that code.
    #[must_use]
    pub fn code(&self, code: &str) -> Option<&Code> {
        self.codes.iter().find(|choice| choice.code == code)
    }

    /// Whether it, or something in it, says where the person lives.
    #[must_use]
    pub fn locates_somewhere(&self) -> bool {
        self.locates || self.items.iter().chain(&self.parts).any(Self::locates_somewhere)
    }

    /// Most items this list may hold, those removed included.
    #[must_use]
    pub fn items_max(&self) -> u32 {
        self.max_items.unwrap_or(limits::LIST_ITEMS_MAX)
    }
}

/// Holds where a field beside it has one of these codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// A coded or yes-no field among the same fields.
    pub field: FieldId,
    /// Its codes; for a yes-no field `yes` or `no`.
    pub is: Vec<String>,
}

/// What a kind of decision record asks of whoever makes it (content.md 3.1, sign-off `senior` and `dual`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordRule {
    /// Who may record it, supersede it and withdraw it.
    pub recorders: Vec<Role>,
    /// Whoever records it must be a senior decision-maker.
    #[serde(default)]
    pub senior: bool,
    /// A second person, who is a senior decision-maker, endorses it.
    #[serde(default)]
    pub endorsed: bool,
    /// How many of them may be current.
    pub current: Current,
    /// The field of the record whose values each have a current record of their own, as each treatment has; only with
    /// `current = "one"`.
    #[serde(default)]
    pub per: Option<FieldId>,
}

/// How many records of a kind may be current at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Current {
    /// One, or one for each value of `per`: two that are not superseded are a conflict.
    One,
    /// Any number; only two that supersede the same one are a conflict.
    Each,
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

impl Kind {
    /// Whether the document holds it as one scalar value.
    #[must_use]
    pub const fn is_scalar(self) -> bool {
        !matches!(self, Self::Text | Self::List | Self::Group)
    }

    /// Whether it is a number.
    #[must_use]
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Decimal)
    }

    /// For messages: "the value is not ...".
    pub(crate) const fn in_words(self) -> &'static str {
        match self {
            Self::Text => "collaborative text",
            Self::Line => "a line of text",
            Self::Coded => "a code",
            Self::YesNo => "yes or no",
            Self::Integer => "a whole number",
            Self::Decimal => "a number",
            Self::Date => "a date",
            Self::Phone => "a telephone number",
            Self::List => "a list",
            Self::Group => "a group",
        }
    }
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

impl SignOff {
    /// Whether somebody in this role can give it (content.md 3.1): `self` and `registered` any registered professional,
    /// `senior` a senior decision-maker.
    #[must_use]
    pub fn may_be_given_by(self, role: Role) -> bool {
        use Role::{Doctor, Pharmacist, RegisteredProfessional, Specialist};
        match self {
            Self::None => false,
            Self::SelfAttested | Self::Registered => {
                matches!(role, RegisteredProfessional | Doctor | Specialist | Pharmacist)
            }
            Self::Senior | Self::Dual => matches!(role, Doctor | Specialist),
        }
    }
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Code {
    /// Code system URI: `http://snomed.info/sct`, or `https://coplan.example/codes/...` for a local list.
    pub system: String,
    /// The code, which the document holds.
    pub code: String,
    /// What people read.
    pub display: String,
    /// What it means in FHIR, where something there must be one of FHIR's own codes.
    #[serde(skip_serializing_if = "Meaning::is_empty")]
    pub fhir: Meaning,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_false(flag: &bool) -> bool {
    !flag
}

fn named<'f>(fields: &'f [Field], id: &str) -> Option<&'f Field> {
    fields.iter().find(|field| field.id.as_str() == id)
}

/// Name and text of every file under `core/sections/`, written by the build script.
const EMBEDDED: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/section_files.rs"));

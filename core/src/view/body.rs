//! The bodies of a view, with their keys in the order in which the bytes hold them.

use super::Person;
use crate::{
    content::Plain,
    decision::Signature,
    id::{PlanId, SectionId},
    section::{Field, Kind, SignOff},
};
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct Body<'a> {
    pub view: &'static str,
    pub plan: &'a PlanId,
    pub version: u32,
    pub published_at: String,
    /// Whether something is left out because it says where the person lives.
    #[serde(skip_serializing_if = "is_false")]
    pub withheld: bool,
    pub person: PersonBody<'a>,
    pub sections: Vec<SectionBody<'a>>,
}

#[derive(Serialize)]
pub(crate) struct PersonBody<'a> {
    pub nhs_number: &'a str,
    pub name: &'a str,
    pub preferred_name: Option<&'a str>,
    pub born: &'a str,
}

impl<'a> From<&'a Person> for PersonBody<'a> {
    fn from(person: &'a Person) -> Self {
        Self {
            nhs_number: person.nhs_number.as_str(),
            name: &person.name,
            preferred_name: person.preferred_name.as_deref(),
            born: &person.born,
        }
    }
}

#[derive(Serialize)]
pub(crate) struct SectionBody<'a> {
    pub section: &'a SectionId,
    pub title: &'a str,
    pub sign_off: SignOff,
    pub version: u32,
    pub standing: Standing<'a>,
    pub fields: Vec<FieldBody<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub(crate) enum Standing<'a> {
    Signed { by: &'a str, job_title: &'a str, organisation: &'a str, at: String },
    NotSigned { at: String },
    Shared { at: String },
}

#[derive(Serialize)]
pub(crate) struct FieldBody<'a> {
    pub field: &'a str,
    pub label: String,
    #[serde(rename = "type")]
    pub kind: Kind,
    #[serde(skip_serializing_if = "is_false")]
    pub urgent: bool,
    /// Minutes that may be counted from arrival.
    #[serde(skip_serializing_if = "is_false")]
    pub clock: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub disputed: bool,
    /// As the document holds it, where that is not what people read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<&'a Plain>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<FieldBody<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<ItemBody<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<Vec<RecordBody<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contenders: Option<Vec<ContenderBody<'a>>>,
}

impl<'a> FieldBody<'a> {
    pub(crate) fn of(definition: &'a Field) -> Self {
        Self {
            field: definition.id.as_str(),
            label: definition.label.clone(),
            kind: definition.kind,
            urgent: definition.urgent,
            clock: definition.clock,
            disputed: false,
            value: None,
            display: None,
            fields: None,
            item_name: None,
            items: None,
            records: None,
            contenders: None,
        }
    }

    /// What people read of all that it holds, on one line: parts by comma, items by semicolon.
    pub(crate) fn words(&self) -> String {
        if let Some(display) = self.display {
            return display.to_owned();
        }
        if let Some(items) = &self.items {
            let items = items.iter().map(|item| words(&item.fields)).filter(|words| !words.is_empty());
            return items.collect::<Vec<_>>().join("; ");
        }
        self.fields.as_deref().map(words).unwrap_or_default()
    }
}

/// What people read of fields that stand together, on one line.
pub(crate) fn words(fields: &[FieldBody<'_>]) -> String {
    let words = fields.iter().map(FieldBody::words).filter(|words| !words.is_empty());
    words.collect::<Vec<_>>().join(", ")
}

#[derive(Serialize)]
pub(crate) struct ItemBody<'a> {
    pub id: &'a str,
    #[serde(skip_serializing_if = "is_false")]
    pub disputed: bool,
    pub fields: Vec<FieldBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contenders: Option<Vec<ContenderBody<'a>>>,
}

/// One of the things that people wrote who disagree.
#[derive(Serialize)]
pub(crate) struct ContenderBody<'a> {
    pub display: String,
    /// It holds nothing: somebody took the value away. What is read says so.
    #[serde(skip)]
    pub taken_away: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<&'a Plain>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<FieldBody<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    pub applies: bool,
}

#[derive(Serialize)]
pub(crate) struct RecordBody<'a> {
    pub id: &'a str,
    pub state: &'static str,
    #[serde(skip_serializing_if = "is_false")]
    pub applies: bool,
    pub fields: Vec<FieldBody<'a>>,
    pub recorded: SignatureBody<'a>,
    pub endorsed: Option<SignatureBody<'a>>,
    #[serde(skip_serializing_if = "is_false")]
    pub needs_endorsement: bool,
    /// For whoever is no professional: what the state means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
}

#[derive(Serialize)]
pub(crate) struct SignatureBody<'a> {
    /// Whose it is, for what names people otherwise than these bytes do.
    #[serde(skip)]
    pub whose: &'a Signature,
    pub by: &'a str,
    pub job_title: &'a str,
    pub organisation: &'a str,
    pub registration: Option<&'a str>,
    pub at: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
pub(crate) fn is_false(flag: &bool) -> bool {
    !flag
}

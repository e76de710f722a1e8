//! Views: what one audience reads of a plan, as bytes that never change again.
//!
//! INVARIANT: the same inputs give the same bytes. Keys stand in a fixed order, there is no white space, and only what
//! holds something appears.
//! INVARIANT: no view picks a winner for a field of class `C!`. Where two people set it without having seen each other,
//! every value stands there as a field of its own, `disputed`, with words in its label that say so.
//!
//! To add a view: a variant of `ViewKind`, its name and its audience.

#[cfg(test)]
mod tests;

use crate::{
    content::{Content, FieldContent, FieldValue, Item, Plain},
    id::{PlanId, SectionId},
    nhs_number::NhsNumber,
    policy::Subject,
    section::{Audience, Field, Kind, MergeClass, Section, SignOff},
    time::UtcMillis,
};
use serde::{Deserialize, Serialize};

/// For whom a view is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ViewKind {
    /// Ambulance crews, 111, emergency departments.
    Urgent,
    /// Clinicians.
    Clinical,
    /// The person.
    Person,
}

impl ViewKind {
    /// Every view of a publication, in the order in which it holds them.
    pub const ALL: [Self; 3] = [Self::Urgent, Self::Clinical, Self::Person];

    /// Its name in addresses and in the bytes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Urgent => "urgent",
            Self::Clinical => "clinical",
            Self::Person => "person",
        }
    }

    /// The view of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Who reads it: it holds what a definition shows to this audience.
    #[must_use]
    pub const fn audience(self) -> Audience {
        match self {
            Self::Urgent => Audience::Emergency,
            Self::Clinical => Audience::Clinician,
            Self::Person => Audience::Person,
        }
    }
}

/// Whose plan it is, as demographics had it at the publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// NHS number.
    pub nhs_number: NhsNumber,
    /// Full name.
    pub name: String,
    /// The name they like to be called by.
    pub preferred_name: Option<String>,
    /// Date of birth, `YYYY-MM-DD`.
    pub born: String,
}

/// The head of a view.
#[derive(Debug, Clone, Copy)]
pub struct Header<'a> {
    /// The plan.
    pub plan: &'a PlanId,
    /// Number of the publication within the plan, from 1.
    pub version: u32,
    /// When it was published.
    pub published_at: UtcMillis,
    /// Whose plan it is.
    pub person: &'a Person,
}

/// A signature, with the identity as the session gave it then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// Who.
    pub by: Subject,
    /// When.
    pub at: UtcMillis,
}

/// One section as a publication holds it.
#[derive(Debug, Clone, Copy)]
pub struct SectionView<'a> {
    /// Its definition.
    pub section: &'a Section,
    /// What it holds at its published heads.
    pub content: &'a Content,
    /// The publication that froze it at these heads.
    pub since_version: u32,
    /// When that was, or for a section without sign-off when it last changed.
    pub since_at: UtcMillis,
    /// Who signed it.
    pub signed: Option<&'a Signed>,
}

/// The bytes of one view. Sections stand in the order of their definitions; one that shows this audience nothing is left
/// out.
#[must_use]
pub fn render(kind: ViewKind, header: &Header<'_>, sections: &[SectionView<'_>]) -> Vec<u8> {
    let mut sections = sections.to_vec();
    sections.sort_by_key(|view| (view.section.order, &view.section.id));
    let body = Body {
        view: kind.as_str(),
        plan: header.plan,
        version: header.version,
        published_at: header.published_at.to_rfc3339(),
        person: header.person,
        sections: sections.iter().filter_map(|view| section_body(kind.audience(), view)).collect(),
    };
    serde_json::to_vec(&body).expect("a view holds only text keys and finite numbers")
}

/// Whether `audience` may see a field that stands in something which these audiences see.
fn seen_by<'f>(audience: Audience, field: &'f Field, around: &'f [Audience]) -> Option<&'f [Audience]> {
    let seen_by = if field.audiences.is_empty() { around } else { field.audiences.as_slice() };
    seen_by.contains(&audience).then_some(seen_by)
}

fn section_body<'a>(audience: Audience, view: &SectionView<'a>) -> Option<SectionBody<'a>> {
    let section = view.section;
    if !section.audiences.contains(&audience) {
        return None;
    }
    let fields = fields(audience, &section.fields, &section.audiences, &view.content.fields);
    (!fields.is_empty()).then(|| SectionBody {
        section: &section.id,
        title: &section.title,
        sign_off: section.sign_off,
        version: view.since_version,
        standing: standing(view),
        fields,
    })
}

fn standing<'a>(view: &SectionView<'a>) -> Standing<'a> {
    match (view.signed, view.section.sign_off) {
        (Some(signed), _) => Standing::Signed {
            by: &signed.by.name,
            job_title: &signed.by.job_title,
            organisation: &signed.by.organisation_name,
            at: signed.at.to_rfc3339(),
        },
        (None, SignOff::None) => Standing::Shared { at: view.since_at.to_rfc3339() },
        (None, _) => Standing::NotSigned { at: view.since_at.to_rfc3339() },
    }
}

fn fields<'a>(
    audience: Audience,
    definitions: &'a [Field],
    around: &'a [Audience],
    contents: &'a [FieldContent],
) -> Vec<FieldBody<'a>> {
    let mut bodies = Vec::new();
    for definition in definitions {
        let Some(seen_by) = seen_by(audience, definition, around) else { continue };
        let Some(content) = contents.iter().find(|content| content.field == definition.id) else { continue };
        let disputed = definition.merge == MergeClass::Conflict && !content.others.is_empty();
        let others = content.others.iter().filter(|_| disputed);
        let values = std::iter::once(&content.value).chain(others);
        bodies.extend(values.filter_map(|value| field(audience, definition, seen_by, value, disputed)));
    }
    bodies
}

fn field<'a>(
    audience: Audience,
    definition: &'a Field,
    around: &'a [Audience],
    value: &'a FieldValue,
    disputed: bool,
) -> Option<FieldBody<'a>> {
    let mut body = FieldBody::of(definition, disputed);
    match value {
        FieldValue::Text(text) => {
            body.value = Some(Leaf::Text(text));
            body.display = Some(text);
        }
        FieldValue::Single(single) => {
            body.value = Some(Leaf::Plain(&single.value));
            body.display = Some(&single.display);
        }
        FieldValue::Group(parts) => {
            body.fields = Some(fields(audience, &definition.parts, around, parts)).filter(|parts| !parts.is_empty());
            body.fields.as_ref()?;
        }
        FieldValue::List(list) => {
            let items: Vec<_> = list.items.iter().filter_map(|it| item(audience, definition, around, it)).collect();
            if items.is_empty() {
                return None;
            }
            body.item_name = definition.item_name.as_deref();
            body.items = Some(items);
        }
    }
    Some(body)
}

fn item<'a>(audience: Audience, list: &'a Field, around: &'a [Audience], item: &'a Item) -> Option<ItemBody<'a>> {
    let fields = fields(audience, &list.items, around, &item.fields);
    (!fields.is_empty()).then_some(ItemBody { id: &item.id, fields })
}

#[derive(Serialize)]
struct Body<'a> {
    view: &'static str,
    plan: &'a PlanId,
    version: u32,
    published_at: String,
    person: &'a Person,
    sections: Vec<SectionBody<'a>>,
}

#[derive(Serialize)]
struct SectionBody<'a> {
    section: &'a SectionId,
    title: &'a str,
    sign_off: SignOff,
    version: u32,
    standing: Standing<'a>,
    fields: Vec<FieldBody<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
enum Standing<'a> {
    Signed { by: &'a str, job_title: &'a str, organisation: &'a str, at: String },
    NotSigned { at: String },
    Shared { at: String },
}

#[derive(Serialize)]
struct FieldBody<'a> {
    field: &'a str,
    label: String,
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(skip_serializing_if = "is_false")]
    urgent: bool,
    #[serde(skip_serializing_if = "is_false")]
    disputed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Leaf<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<Vec<FieldBody<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Vec<ItemBody<'a>>>,
}

impl<'a> FieldBody<'a> {
    fn of(definition: &'a Field, disputed: bool) -> Self {
        let label = match disputed {
            // In the label, so that a reader which does not know the mark cannot fail to show it.
            true => format!("{} (not agreed)", definition.label),
            false => definition.label.clone(),
        };
        Self {
            field: definition.id.as_str(),
            label,
            kind: definition.kind,
            urgent: definition.urgent,
            disputed,
            value: None,
            display: None,
            fields: None,
            item_name: None,
            items: None,
        }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Leaf<'a> {
    Text(&'a str),
    Plain(&'a Plain),
}

#[derive(Serialize)]
struct ItemBody<'a> {
    id: &'a str,
    fields: Vec<FieldBody<'a>>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

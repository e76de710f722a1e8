//! Conflicts: where people wrote different things without having seen each other, and nobody has chosen yet.
//!
//! They are found in the document alone, so everybody who holds the same changes finds the same conflicts. Only what can
//! harm somebody is one: fields of class `C!`, items that one edited while another removed them, a value that denies a list
//! which holds something, and decision records of which several are current. What loses a field of class `R` is no
//! conflict; it stays in `FieldContent::others`.

use crate::{
    content::{self, Content, FieldContent, FieldValue, Item},
    section::{Field, MergeClass, Section},
};
use automerge::{Automerge, ChangeHash};
use serde::Serialize;

/// One place of a section where nobody has said yet what holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// Where: `field`, `list.item.subfield`, or `list.item` for an item as a whole and for decision records.
    pub path: String,
    /// What people call it: `Preferred place of death`, `Contacts: Phone`.
    pub label: String,
    /// What kind of disagreement it is.
    pub kind: ConflictKind,
    /// What stands against each other, in an order that is the same on every device; at least two.
    pub contenders: Vec<Contender>,
    /// Which of them is to be followed until somebody chooses, where the definition says so.
    pub applies: Option<usize>,
}

/// One of the things that stand against each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Contender {
    /// What was written; `None` if it was taken away.
    pub value: Option<FieldValue>,
    /// The same in words.
    pub display: String,
    /// The change that wrote it.
    pub change: ChangeHash,
}

/// Kinds of conflicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConflictKind {
    /// Several values for one field.
    Values,
    /// An item that somebody edited while another removed it.
    EditedAndRemoved,
    /// A value says that a list is empty which is not.
    Denied,
    /// Several current decision records.
    Records,
}

/// The conflicts of a section's document, now or at `heads`, sorted by path.
#[must_use]
pub fn conflicts(document: &Automerge, heads: Option<&[ChangeHash]>, section: &Section) -> Vec<Conflict> {
    let Content { fields, .. } = content::read(document, heads, section);
    let mut found = Vec::new();
    live(&section.fields, &fields, "", "", &mut found);
    found.sort_by(|a: &Conflict, b| a.path.cmp(&b.path));
    found
}

fn live(fields: &[Field], contents: &[FieldContent], path: &str, around: &str, found: &mut Vec<Conflict>) {
    for content in contents {
        let Some(field) = fields.iter().find(|field| field.id == content.field) else { continue };
        let (path, label) = (format!("{path}{}", field.id), format!("{around}{}", field.label));
        if field.merge == MergeClass::Conflict && !content.others.is_empty() {
            let values = std::iter::once(&content.value).chain(&content.others);
            let contender = |value: &FieldValue| Contender {
                value: Some(value.clone()),
                display: in_words(field, value),
                change: ChangeHash([0; 32]),
            };
            let contenders = values.map(contender).collect();
            found.push(Conflict { path, label, kind: ConflictKind::Values, contenders, applies: None });
        } else if let FieldValue::List(list) = &content.value {
            for item in &list.items {
                live(&field.items, &item.fields, &format!("{path}.{}.", item.id), &format!("{label}: "), found);
            }
        }
    }
}

/// What people read for a value of this field, on one line: the parts of a group by comma, the items of a list by
/// semicolon.
#[must_use]
pub fn in_words(field: &Field, value: &FieldValue) -> String {
    match value {
        FieldValue::Text(text) => text.clone(),
        FieldValue::Single(single) => single.display.clone(),
        FieldValue::Group(parts) => fields_in_words(&field.parts, parts),
        FieldValue::List(list) => {
            list.items.iter().map(|item| item_in_words(field, item)).collect::<Vec<_>>().join("; ")
        }
    }
}

/// What people read for an item of this list, on one line.
#[must_use]
pub fn item_in_words(list: &Field, item: &Item) -> String {
    fields_in_words(&list.items, &item.fields)
}

fn fields_in_words(fields: &[Field], contents: &[FieldContent]) -> String {
    let words = contents.iter().filter_map(|content| {
        let field = fields.iter().find(|field| field.id == content.field)?;
        Some(in_words(field, &content.value))
    });
    words.collect::<Vec<_>>().join(", ")
}

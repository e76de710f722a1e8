//! Whether a section is ready to be signed: nothing required is missing, nothing is disputed.

use crate::{
    conflict::Conflict,
    content::{Content, FieldContent, FieldValue, Plain},
    id::SectionId,
    section::{Condition, Field, Section},
};
use serde::Serialize;

/// A field that keeps a section from being signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blocked {
    /// The section.
    pub section: SectionId,
    /// Where in it: `analgesia_first_line.dose`, `steps.k3f.what`.
    pub field: String,
    /// What people call the field.
    pub label: String,
}

/// Required fields that hold nothing, in the definition's order. Subfields count in each item that stands, parts in each
/// group that is there; what is required under a condition counts where that holds.
#[must_use]
pub fn missing_required(section: &Section, content: &Content) -> Vec<Blocked> {
    let mut found = Vec::new();
    missing(&section.fields, &content.fields, "", &mut |field, label| {
        found.push(Blocked { section: section.id.clone(), field, label: label.to_owned() });
    });
    found
}

/// What is disputed, each place once.
pub fn open_conflicts<'c>(section: &Section, conflicts: impl IntoIterator<Item = &'c Conflict>) -> Vec<Blocked> {
    let mut found: Vec<Blocked> = Vec::new();
    for conflict in conflicts {
        if found.iter().all(|known| known.field != conflict.path) {
            let (field, label) = (conflict.path.clone(), conflict.label.clone());
            found.push(Blocked { section: section.id.clone(), field, label });
        }
    }
    found.sort_by(|a, b| a.field.cmp(&b.field));
    found
}

fn missing(fields: &[Field], contents: &[FieldContent], path: &str, found: &mut dyn FnMut(String, &str)) {
    for field in fields {
        let path = format!("{path}{}", field.id);
        let content = contents.iter().find(|content| content.field == field.id);
        let required = field.required || field.required_if.as_ref().is_some_and(|condition| met(condition, contents));
        if required && !content.is_some_and(holds) {
            // The whole stands for what is in it.
            found(path, &field.label);
            continue;
        }
        match content.map(|content| &content.value) {
            Some(FieldValue::Group(parts)) => missing(&field.parts, parts, &format!("{path}."), found),
            Some(FieldValue::List(list)) => {
                for item in &list.items {
                    missing(&field.items, &item.fields, &format!("{path}.{}.", item.id), found);
                }
            }
            _ => {}
        }
    }
}

fn met(condition: &Condition, contents: &[FieldContent]) -> bool {
    let content = contents.iter().find(|content| content.field == condition.field);
    let Some(FieldValue::Single(single)) = content.map(|content| &content.value) else { return false };
    let value = match &single.value {
        Plain::Text(code) => code.as_str(),
        Plain::Bool(true) => "yes",
        Plain::Bool(false) => "no",
        _ => return false,
    };
    condition.is.iter().any(|wanted| wanted == value)
}

fn holds(content: &FieldContent) -> bool {
    match &content.value {
        FieldValue::List(list) => !list.items.is_empty(),
        _ => true,
    }
}

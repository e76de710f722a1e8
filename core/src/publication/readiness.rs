//! Whether a section is ready to be signed: nothing required is missing, nothing is disputed.

use crate::{
    content::{Content, FieldContent, FieldValue},
    id::SectionId,
    section::{Field, MergeClass, Section},
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
/// group that is there.
#[must_use]
pub fn missing_required(section: &Section, content: &Content) -> Vec<Blocked> {
    collect(section, content, &|field, content| field.required && !content.is_some_and(holds))
}

/// Fields of class `C!` with more than one value, in the definition's order.
#[must_use]
pub fn open_conflicts(section: &Section, content: &Content) -> Vec<Blocked> {
    collect(section, content, &|field, content| {
        field.merge == MergeClass::Conflict && content.is_some_and(|content| !content.others.is_empty())
    })
}

type Test<'t> = &'t dyn Fn(&Field, Option<&FieldContent>) -> bool;

fn collect(section: &Section, content: &Content, blocks: Test<'_>) -> Vec<Blocked> {
    let mut found = Vec::new();
    walk(&section.fields, &content.fields, "", blocks, &mut |path, field| {
        found.push(Blocked { section: section.id.clone(), field: path, label: field.label.clone() });
    });
    found
}

fn walk(
    fields: &[Field],
    contents: &[FieldContent],
    path: &str,
    blocks: Test<'_>,
    found: &mut dyn FnMut(String, &Field),
) {
    for field in fields {
        let path = format!("{path}{}", field.id);
        let content = contents.iter().find(|content| content.field == field.id);
        if blocks(field, content) {
            // The whole stands for what is in it.
            found(path, field);
            continue;
        }
        match content.map(|content| &content.value) {
            Some(FieldValue::Group(parts)) => walk(&field.parts, parts, &format!("{path}."), blocks, found),
            Some(FieldValue::List(list)) => {
                for item in &list.items {
                    walk(&field.items, &item.fields, &format!("{path}.{}.", item.id), blocks, found);
                }
            }
            _ => {}
        }
    }
}

fn holds(content: &FieldContent) -> bool {
    match &content.value {
        FieldValue::List(list) => !list.items.is_empty(),
        _ => true,
    }
}

//! What people read for a value that history speaks of: on one line, and never longer than fits a sentence.

use crate::{
    conflict::in_words,
    content::{Content, FieldContent, FieldValue, Item},
    section::{Field, MergeClass, Section},
};

/// What a field holds, with what else was set without having seen it.
pub(super) fn said(field: &Field, content: &FieldContent) -> String {
    let value = value_words(field, &content.value);
    if content.others.is_empty() {
        return value;
    }
    let mut others: Vec<String> = content.others.iter().map(|other| value_words(field, other)).collect();
    if field.merge == MergeClass::Conflict {
        // Nobody has picked, so no order may look like a choice.
        others.push(value);
        others.sort_unstable();
        return format!("{} (not agreed)", others.join(" or "));
    }
    others.sort_unstable();
    format!("{value} (also suggested: {})", others.join(", "))
}

/// A value on its own.
fn value_words(field: &Field, value: &FieldValue) -> String {
    match value {
        FieldValue::Text(text) => bounded(text, VALUE_CHARS_MAX),
        FieldValue::Single(single) => bounded(&single.display, VALUE_CHARS_MAX),
        FieldValue::Group(_) => bounded(&in_words(field, value), VALUE_CHARS_MAX),
        FieldValue::List(list) => {
            let names: Vec<String> = list.items.iter().map(|item| item_name(field, item)).collect();
            bounded(&names.join("; "), VALUE_CHARS_MAX)
        }
    }
}

/// Fields beside each other, each with its label: `Name: Ama Owusu; Telephone: 07700 900123`.
pub(super) fn fields_words(definitions: &[Field], fields: &[FieldContent]) -> String {
    let of = |content: &FieldContent| {
        let field = definitions.iter().find(|field| field.id == content.field)?;
        Some(format!("{}: {}", field.label, said(field, content)))
    };
    let all: Vec<String> = fields.iter().filter_map(of).collect();
    bounded(&all.join("; "), VALUE_CHARS_MAX)
}

/// What people would call this item: the first of its fields that says something, else what the list calls its items.
pub(super) fn item_name(list: &Field, item: &Item) -> String {
    name_of(list, &item.fields)
}

/// What people would call an item, or a decision record, that holds these fields.
pub(super) fn name_of(list: &Field, fields: &[FieldContent]) -> String {
    let named = list.items.iter().find_map(|field| {
        let content = fields.iter().find(|content| content.field == field.id)?;
        Some(bounded(&value_words(field, &content.value), NAME_CHARS_MAX))
    });
    named.unwrap_or_else(|| format!("a {} without a name", list.item_name.as_deref().unwrap_or("line")))
}

/// What people call the place of this path, and what it holds: for an item that was removed, that it was.
pub(super) fn place(section: &Section, content: &Content, path: &str) -> Option<(String, Option<String>)> {
    let mut parts = path.splitn(3, '.');
    let field = section.field(parts.next()?)?;
    let held = content.field(field.id.as_str());
    let Some(id) = parts.next() else {
        return Some((field.label.clone(), held.map(|content| said(field, content))));
    };
    let list = match held.map(|content| &content.value) {
        Some(FieldValue::List(list)) => list,
        _ => return Some((field.label.clone(), None)),
    };
    let removed = list.removed.iter().find(|removed| removed.item.id == id);
    let standing = list.items.iter().find(|item| item.id == id);
    let Some(item) = standing.or(removed.map(|removed| &removed.item)) else {
        return Some((field.label.clone(), None));
    };
    let label = format!("{}: {}", field.label, item_name(field, item));
    let Some(subfield) = parts.next() else {
        let words = fields_words(&field.items, &item.fields);
        return Some((label, Some(if removed.is_some() { "removed".to_owned() } else { words })));
    };
    let subfield = field.item(subfield)?;
    let held = item.fields.iter().find(|content| content.field == subfield.id);
    Some((format!("{label}: {}", subfield.label), held.map(|content| said(subfield, content))))
}

/// What a sentence quotes of a value.
pub(super) fn short(text: &str) -> String {
    bounded(text, QUOTED_CHARS_MAX)
}

/// At most so many characters, on one line; what is cut leaves its mark.
fn bounded(text: &str, chars_max: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

/// Longest value in history, in Unicode scalar values: the document itself holds the whole.
const VALUE_CHARS_MAX: usize = 1_000;

/// Longest quotation of a value in a sentence, in Unicode scalar values.
const QUOTED_CHARS_MAX: usize = 160;

/// Longest name of an item in history, in Unicode scalar values.
const NAME_CHARS_MAX: usize = 80;

//! Values of an item: as the definition takes them, as the document holds them, and where the two differ.

use crate::{
    content::{self, FieldValue, Item},
    section::{Field, Kind},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One value that the record has otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What people call the field.
    pub label: String,
    /// What stands here; empty for nothing.
    pub here: String,
    /// What the record says; empty for nothing.
    pub there: String,
}

/// Whether two items are about the same thing.
pub(super) fn is_same(list: &Field, one: &BTreeMap<String, Value>, other: &BTreeMap<String, Value>) -> bool {
    let code = |values: &BTreeMap<String, Value>| {
        let code = values.get("code")?;
        Some((code.get("system")?.clone(), code.get("code")?.clone()))
    };
    let name = |values: &BTreeMap<String, Value>| name_of(list, values).to_lowercase();
    let same_name = name(one) == name(other) && !name(one).is_empty();
    same_name || (code(one).is_some() && code(one) == code(other))
}

/// A value as the field takes it; a group without the parts that do not fit, unless it needs them to mean anything.
pub(super) fn fits(field: &Field, value: &Value) -> Option<Value> {
    match (field.kind, value) {
        (Kind::Group, Value::Object(parts)) => {
            let mut kept = serde_json::Map::new();
            for (id, value) in parts {
                kept.insert(id.clone(), fits(field.part(id)?, value)?);
            }
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        (Kind::Group | Kind::List | Kind::Text, _) => None,
        (_, value) => content::edit::scalar(field, value).is_ok().then(|| value.clone()),
    }
}

pub(super) fn differs(list: &Field, item: &Item, values: &BTreeMap<String, Value>) -> bool {
    let said = list.items.iter().filter(|field| ![SOURCE, DATE].contains(&field.id.as_str()));
    said.into_iter().any(|field| held_value(item, field).as_ref() != values.get(field.id.as_str()))
}

/// Where the record says something else than an item; what it does not speak of is no difference.
pub(super) fn differences(list: &Field, item: &Item, values: &BTreeMap<String, Value>) -> Vec<Difference> {
    let said = list.items.iter().filter_map(|field| Some((field, values.get(field.id.as_str())?)));
    let differing = said.filter(|(field, there)| held_value(item, field).as_ref() != Some(there));
    differing
        .map(|(field, there)| Difference {
            label: field.label.clone(),
            here: held_value(item, field).map_or_else(String::new, |here| words(field, &here)),
            there: words(field, there),
        })
        .collect()
}

pub(super) fn held_values(list: &Field, item: &Item) -> BTreeMap<String, Value> {
    list.items.iter().filter_map(|field| Some((field.id.to_string(), held_value(item, field)?))).collect()
}

pub(super) fn held_value(item: &Item, field: &Field) -> Option<Value> {
    item.fields.iter().find(|held| held.field == field.id).map(|held| as_json(&held.value))
}

fn as_json(value: &FieldValue) -> Value {
    match value {
        FieldValue::Text(text) => text.as_str().into(),
        FieldValue::Single(single) => json!(single.value),
        FieldValue::Group(parts) => parts.iter().map(|part| (part.field.to_string(), as_json(&part.value))).collect(),
        FieldValue::List(_) => Value::Null,
    }
}

/// What people call an item: the first of its fields.
pub(super) fn name_of(list: &Field, values: &BTreeMap<String, Value>) -> String {
    let first = list.items.first().and_then(|field| values.get(field.id.as_str()));
    first.and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn words(field: &Field, value: &Value) -> String {
    match (field.kind, value) {
        (Kind::Group, Value::Object(parts)) => {
            let parts = field.parts.iter().filter_map(|part| Some(words(part, parts.get(part.id.as_str())?)));
            parts.collect::<Vec<_>>().join(", ")
        }
        (Kind::Coded, Value::String(code)) => {
            field.code(code).map_or_else(|| code.clone(), |code| code.display.clone())
        }
        (_, Value::String(text)) => text.clone(),
        (_, value) => value.to_string(),
    }
}

/// Says at an item which record it is from.
pub(super) const SOURCE: &str = "record_source";
/// Says at an item on which day an import wrote it so.
pub(super) const DATE: &str = "record_date";

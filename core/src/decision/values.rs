//! What a new record says, checked by its definition, before any of it is written.

use super::{DecisionError, Record};
use crate::{
    content::{FieldContent, FieldValue, Plain, edit},
    section::{Condition, Field, Kind, ValueError},
    time::UtcMillis,
};
use automerge::{
    AutomergeError, ObjId, ObjType, ScalarValue,
    transaction::{Transactable, Transaction},
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The values of a record, in the definition's order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Values<'f>(Vec<(&'f Field, Held<'f>)>);

#[derive(Debug, Clone, PartialEq)]
enum Held<'f> {
    Scalar(ScalarValue),
    Group(Vec<(&'f Field, ScalarValue)>),
}

impl<'f> Values<'f> {
    /// Reads what the command says; every value must be one that the definition allows.
    pub(super) fn read(kind: &'f Field, values: &BTreeMap<String, Value>) -> Result<Self, DecisionError> {
        if let Some(unknown) = values.keys().find(|key| kind.item(key).is_none()) {
            return Err(DecisionError::UnknownField(super::command::clipped(unknown)));
        }
        let mut held = Vec::new();
        for field in &kind.items {
            match (field.kind, values.get(field.id.as_str())) {
                (_, None | Some(Value::Null)) => {}
                (Kind::Group, Some(Value::Object(parts))) => {
                    let parts = group(field, parts)?;
                    if !parts.is_empty() {
                        held.push((field, Held::Group(parts)));
                    }
                }
                (_, Some(value)) => held.push((field, Held::Scalar(scalar(field, field.id.as_str(), value)?))),
            }
        }
        Ok(Self(held))
    }

    /// Whether everything is there that must be, and it is neither due for review nor over before `now`.
    pub(super) fn check(&self, kind: &Field, now: UtcMillis) -> Result<(), DecisionError> {
        let mut missing = missing(&kind.items, "", |id| self.scalar(id), |id| self.holds(id));
        for (field, held) in &self.0 {
            if let Held::Group(parts) = held {
                let part = |id: &str| parts.iter().find(|(part, _)| part.id.as_str() == id).map(|(_, value)| value);
                let path = format!("{}.", field.id);
                missing.extend(self::missing(&field.parts, &path, part, |id| part(id).is_some()));
            }
        }
        if !missing.is_empty() {
            return Err(DecisionError::MissingRequired(missing));
        }
        if self.0.is_empty() {
            return Err(DecisionError::MissingRequired(kind.items.iter().map(|field| field.id.to_string()).collect()));
        }
        let today = now.to_rfc3339();
        // Dates written YYYY-MM-DD stand in the order of the calendar.
        let passed = |field: &&&str| match self.scalar(field) {
            Some(ScalarValue::Str(date)) => date.as_str() < today.get(..date.len()).unwrap_or_default(),
            _ => false,
        };
        match AHEAD_FIELDS.iter().find(passed) {
            Some(field) => Err(DecisionError::InThePast((*field).to_owned())),
            None => Ok(()),
        }
    }

    /// A single value.
    pub(super) fn scalar(&self, id: &str) -> Option<&ScalarValue> {
        self.0.iter().find(|(field, _)| field.id.as_str() == id).and_then(|(_, held)| match held {
            Held::Scalar(value) => Some(value),
            Held::Group(_) => None,
        })
    }

    fn holds(&self, id: &str) -> bool {
        self.0.iter().any(|(field, _)| field.id.as_str() == id)
    }

    /// Whether the record says the same.
    pub(super) fn are_those_of(&self, record: &Record) -> bool {
        let same = |content: &FieldContent, (field, held): &(&Field, Held<'_>)| {
            content.field == field.id
                && match (&content.value, held) {
                    (FieldValue::Single(single), Held::Scalar(value)) => plain(&single.value) == *value,
                    (FieldValue::Group(parts), Held::Group(values)) => {
                        parts.len() == values.len()
                            && parts.iter().zip(values).all(|(content, (part, value))| {
                                content.field == part.id
                                    && matches!(&content.value, FieldValue::Single(s) if plain(&s.value) == *value)
                            })
                    }
                    _ => false,
                }
        };
        record.fields.len() == self.0.len()
            && record.fields.iter().zip(&self.0).all(|(content, held)| same(content, held))
    }

    pub(super) fn write(self, transaction: &mut Transaction<'_>, record: &ObjId) -> Result<(), AutomergeError> {
        for (field, held) in self.0 {
            match held {
                Held::Scalar(value) => transaction.put(record, field.id.as_str(), value)?,
                Held::Group(parts) => {
                    let group = transaction.put_object(record, field.id.as_str(), ObjType::Map)?;
                    for (part, value) in parts {
                        transaction.put(&group, part.id.as_str(), value)?;
                    }
                }
            }
        }
        Ok(())
    }
}

fn group<'f>(field: &'f Field, values: &Map<String, Value>) -> Result<Vec<(&'f Field, ScalarValue)>, DecisionError> {
    if let Some(unknown) = values.keys().find(|key| field.part(key).is_none()) {
        let unknown = super::command::clipped(unknown);
        return Err(DecisionError::UnknownField(format!("{}.{unknown}", field.id)));
    }
    let mut parts = Vec::new();
    for part in &field.parts {
        if let Some(value) = values.get(part.id.as_str()).filter(|value| !value.is_null()) {
            parts.push((part, scalar(part, &format!("{}.{}", field.id, part.id), value)?));
        }
    }
    Ok(parts)
}

fn scalar(field: &Field, path: &str, value: &Value) -> Result<ScalarValue, DecisionError> {
    let error = |error| DecisionError::Value { field: path.to_owned(), error };
    match edit::scalar(field, value) {
        Ok(scalar) => Ok(scalar),
        Err(edit::EditError::Value { error: reason, .. }) => Err(error(reason)),
        Err(_) => Err(error(ValueError::Type { expected: field.kind.in_words() })),
    }
}

/// The paths of the fields that must hold something and do not.
fn missing<'v>(
    fields: &[Field],
    path: &str,
    value: impl Fn(&str) -> Option<&'v ScalarValue>,
    holds: impl Fn(&str) -> bool,
) -> Vec<String> {
    let asked = |condition: &Condition| match value(condition.field.as_str()) {
        Some(ScalarValue::Str(code)) => condition.is.iter().any(|wanted| wanted == code.as_str()),
        Some(ScalarValue::Boolean(yes)) => condition.is.iter().any(|wanted| wanted == if *yes { "yes" } else { "no" }),
        _ => false,
    };
    let needed = |field: &&Field| field.required || field.required_if.as_ref().is_some_and(&asked);
    let empty = fields.iter().filter(needed).filter(|field| !holds(field.id.as_str()));
    empty.map(|field| format!("{path}{}", field.id)).collect()
}

fn plain(value: &Plain) -> ScalarValue {
    match value {
        Plain::Text(text) => ScalarValue::Str(text.as_str().into()),
        Plain::Bool(yes) => ScalarValue::Boolean(*yes),
        Plain::Whole(number) => ScalarValue::Int(*number),
        Plain::Number(number) => ScalarValue::F64(*number),
    }
}

/// The fields of a record that say when it must be looked at again (content.md 3.1) and when it ends: never before it is
/// made.
const AHEAD_FIELDS: [&str; 2] = ["review_due", "expires_on"];

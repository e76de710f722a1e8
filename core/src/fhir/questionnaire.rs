//! The Questionnaire of a section, made from its definition: what the items of its responses mean.

use super::systems::{QUESTIONNAIRE, uk_core};
use crate::section::{Field, Kind, Section};
use serde_json::{Value, json};

/// The Questionnaire of this definition: link ids are the paths of fields, as in every QuestionnaireResponse of it.
#[must_use]
pub fn questionnaire(section: &Section) -> Value {
    let id = section.id.as_str();
    json!({
        "resourceType": "Questionnaire",
        "id": id,
        "meta": { "profile": [uk_core("Questionnaire")] },
        "url": format!("{QUESTIONNAIRE}{id}"),
        "version": section.version.to_string(),
        "name": name(id),
        "title": section.title,
        "status": "active",
        "subjectType": ["Patient"],
        "description": section.summary,
        "purpose": section.source,
        "item": items(&section.fields, ""),
    })
}

fn items(fields: &[Field], path: &str) -> Vec<Value> {
    fields.iter().map(|field| item(field, &format!("{path}{}", field.id))).collect()
}

fn item(field: &Field, path: &str) -> Value {
    let mut item = json!({
        "linkId": path,
        "text": field.label,
        "type": kind(field),
        "required": field.required,
        "repeats": field.kind == Kind::List,
    });
    let limits = limits(field);
    if !limits.is_empty() {
        item["extension"] = Value::Array(limits);
    }
    if let Some(chars) = field.max_chars {
        item["maxLength"] = json!(chars);
    }
    if !field.codes.is_empty() {
        let option = |code: &crate::section::Code| json!({ "valueCoding": { "system": code.system, "code": code.code, "display": code.display } });
        item["answerOption"] = field.codes.iter().map(option).collect();
    }
    let inner = if field.kind == Kind::List { &field.items } else { &field.parts };
    if !inner.is_empty() {
        item["item"] = json!(items(inner, &format!("{path}.")));
    }
    item
}

const fn kind(field: &Field) -> &'static str {
    match field.kind {
        Kind::Text => "text",
        Kind::Line | Kind::Phone => "string",
        Kind::Coded => "choice",
        Kind::YesNo => "boolean",
        Kind::Integer | Kind::Decimal if field.unit.is_some() => "quantity",
        Kind::Integer => "integer",
        Kind::Decimal => "decimal",
        Kind::Date => "date",
        Kind::List | Kind::Group => "group",
    }
}

/// Range, unit and number of items, as HL7's extensions say them.
fn limits(field: &Field) -> Vec<Value> {
    let hl7 = |name: &str| format!("http://hl7.org/fhir/StructureDefinition/{name}");
    let number = |name: &str, limit: f64| {
        #[expect(clippy::cast_possible_truncation, reason = "a limit that is whole and small enough for an integer")]
        let whole = (field.kind == Kind::Integer && limit.abs() <= f64::from(i32::MAX)).then_some(limit as i64);
        match whole {
            Some(whole) => json!({ "url": hl7(name), "valueInteger": whole }),
            None => json!({ "url": hl7(name), "valueDecimal": limit }),
        }
    };
    let mut limits = Vec::new();
    limits.extend(field.min.map(|min| number("minValue", min)));
    limits.extend(field.max.map(|max| number("maxValue", max)));
    if field.kind == Kind::List {
        limits.push(json!({ "url": hl7("questionnaire-maxOccurs"), "valueInteger": field.items_max() }));
    }
    if let Some(unit) = &field.unit {
        limits.push(json!({ "url": hl7("questionnaire-unit"), "valueCoding": { "display": unit } }));
    }
    limits
}

/// A name that computers may use: `AboutMe`.
fn name(id: &str) -> String {
    let mut name = String::new();
    for word in id.split('-') {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.extend(letters);
    }
    if name.starts_with(|c: char| c.is_ascii_uppercase()) { name } else { format!("Section{name}") }
}

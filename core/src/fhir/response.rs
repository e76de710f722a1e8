//! A section as a QuestionnaireResponse: every value that clinicians see, exactly.
//!
//! `linkId` is the path of the field in its definition (`allergies.agent`). A list is a group that repeats, each with the
//! item's id in an extension; a decision record likewise, with its state and whose it is. What is disputed has a modifier
//! extension with everything that was written, which a reader that does not know it may not pass over (FHIR R4, extensibility,
//! 2.4.0.1); beside it an answer stands only where somebody signed it.

use super::systems::{DISPUTED, EXACT, ITEM_ID, RECORD};
use crate::{
    content::Plain,
    section::{Field, Kind, check_date},
    view::body::{ContenderBody, FieldBody, ItemBody, RecordBody, SignatureBody},
};
use serde_json::{Value, json};

/// The items of these fields, which stand below `path`.
pub(super) fn items(fields: &[FieldBody<'_>], definitions: &[Field], path: &str) -> Vec<Value> {
    let mut made = Vec::new();
    for field in fields {
        let Some(definition) = definitions.iter().find(|definition| definition.id.as_str() == field.field) else {
            continue;
        };
        one(field, definition, definitions, path, &mut made);
    }
    made
}

fn one(field: &FieldBody<'_>, definition: &Field, beside: &[Field], around: &str, made: &mut Vec<Value>) {
    let path = &format!("{around}{}", field.field);
    if let Some(records) = &field.records {
        made.extend(records.iter().map(|record| of_record(record, records, field, definition, path)));
        return;
    }
    if let Some(items) = &field.items
        && field.contenders.is_none()
    {
        made.extend(items.iter().map(|item| of_item(item, field, definition, path)));
        return;
    }
    let mut item = json!({ "linkId": path, "text": definition.label });
    if let Some(contenders) = &field.contenders {
        // Of the two that a denial is about, the list stands beside it.
        let below = format!("{path}.");
        let (among, place) =
            if definition.kind == Kind::Group { (definition.parts.as_slice(), &*below) } else { (beside, around) };
        item["modifierExtension"] = json!([disputed(contenders, definition, among, place)]);
    }
    if let Some(parts) = &field.fields {
        item["item"] = json!(items(parts, &definition.parts, &format!("{path}.")));
    } else if field.display.is_some() {
        item["answer"] = json!([answer(field, definition)]);
    }
    made.push(item);
}

fn of_item(item: &ItemBody<'_>, list: &FieldBody<'_>, definition: &Field, path: &str) -> Value {
    let below = format!("{path}.");
    let id = json!({ "url": ITEM_ID, "valueId": item.id });
    let mut made = json!({ "extension": [id], "linkId": path, "text": name(list, definition) });
    if let Some(contenders) = &item.contenders {
        made["modifierExtension"] = json!([disputed(contenders, definition, &definition.items, &below)]);
    }
    let fields = items(&item.fields, &definition.items, &below);
    if !fields.is_empty() {
        made["item"] = json!(fields);
    }
    made
}

fn of_record(
    record: &RecordBody<'_>,
    all: &[RecordBody<'_>],
    list: &FieldBody<'_>,
    definition: &Field,
    path: &str,
) -> Value {
    let mut parts = vec![
        json!({ "url": "id", "valueId": record.id }),
        json!({ "url": "state", "valueCode": record.state }),
        signature("recorded", &record.recorded),
    ];
    parts.extend(record.endorsed.as_ref().map(|endorsed| signature("endorsed", endorsed)));
    let fields = items(&record.fields, &definition.items, &format!("{path}."));
    let extension = json!([{ "url": RECORD, "extension": parts }]);
    let mut made = json!({ "extension": extension, "linkId": path, "text": name(list, definition), "item": fields });
    if record.state == "disputed" {
        let others = all.iter().filter(|other| other.state == "disputed" && other.id != record.id);
        let mut against: Vec<Value> = others.map(|other| json!({ "url": "record", "valueId": other.id })).collect();
        against.push(json!({ "url": "applies", "valueBoolean": record.applies }));
        made["modifierExtension"] = json!([{ "url": DISPUTED, "extension": against }]);
    }
    made
}

fn name(list: &FieldBody<'_>, definition: &Field) -> String {
    definition.item_name.clone().unwrap_or_else(|| list.label.clone())
}

/// Everything that stands against each other. What a contender holds as fields stands `among` these, below `place`.
pub(super) fn disputed(contenders: &[ContenderBody<'_>], definition: &Field, among: &[Field], place: &str) -> Value {
    let each: Vec<Value> = contenders.iter().map(|one| contender(one, definition, among, place)).collect();
    json!({ "url": DISPUTED, "extension": each })
}

fn contender(contender: &ContenderBody<'_>, definition: &Field, among: &[Field], place: &str) -> Value {
    let mut parts = vec![text_extension("display", &contender.display)];
    let who = [("by", contender.by), ("job-title", contender.job_title), ("organisation", contender.organisation)];
    let who = who.into_iter().filter_map(|(url, text)| Some((url, text.filter(|text| !blank(text))?)));
    parts.extend(who.map(|(url, text)| json!({ "url": url, "valueString": text })));
    parts.extend(contender.at.as_ref().map(|at| json!({ "url": "at", "valueDateTime": at })));
    parts.push(json!({ "url": "applies", "valueBoolean": contender.applies }));
    if let Some(fields) = &contender.fields {
        parts.extend(items(fields, among, place).iter().map(as_extension));
    } else if !contender.taken_away {
        parts.push(with_url("value", scalar(definition, contender.value, &contender.display)));
    }
    json!({ "url": "contender", "extension": parts })
}

/// An item in the form of an extension, for what stands inside of one: `link-id`, `id`, `answer` and more `item`.
fn as_extension(item: &Value) -> Value {
    let mut parts = vec![json!({ "url": "link-id", "valueString": item["linkId"] })];
    let extensions = item["extension"].as_array().into_iter().flatten();
    let id = extensions.filter(|extension| extension["url"] == ITEM_ID).map(|extension| &extension["valueId"]);
    parts.extend(id.map(|id| json!({ "url": "id", "valueId": id })));
    parts.extend(item["answer"].as_array().into_iter().flatten().map(|answer| with_url("answer", answer.clone())));
    parts.extend(item["item"].as_array().into_iter().flatten().map(as_extension));
    json!({ "url": "item", "extension": parts })
}

fn with_url(url: &str, value: Value) -> Value {
    let mut extension = serde_json::Map::from_iter([("url".to_owned(), json!(url))]);
    if let Value::Object(members) = value {
        extension.extend(members);
    }
    Value::Object(extension)
}

fn signature(url: &str, signature: &SignatureBody<'_>) -> Value {
    let who = [
        ("name", Some(signature.by)),
        ("job-title", Some(signature.job_title)),
        ("organisation", Some(signature.organisation)),
        ("registration", signature.registration),
    ];
    let said = who.into_iter().filter_map(|(url, text)| Some((url, text.filter(|text| !blank(text))?)));
    let mut parts: Vec<Value> = said.map(|(url, text)| json!({ "url": url, "valueString": text })).collect();
    parts.push(json!({ "url": "at", "valueDateTime": signature.at }));
    json!({ "url": url, "extension": parts })
}

fn answer(field: &FieldBody<'_>, definition: &Field) -> Value {
    scalar(definition, field.value, field.display.unwrap_or_default())
}

/// A value that is what people read is not there beside what they read.
fn scalar(definition: &Field, plain: Option<&Plain>, display: &str) -> Value {
    match plain {
        None if definition.kind == Kind::Text => text_answer(display),
        None => value(definition, &Plain::Text(display.to_owned()), display),
        Some(plain) => value(definition, plain, display),
    }
}

/// A scalar as the type that FHIR has for it. What a definition no longer knows stays what it is.
fn value(definition: &Field, plain: &Plain, display: &str) -> Value {
    match (definition.kind, plain) {
        (Kind::Coded, Plain::Text(text)) => match definition.code(text) {
            Some(code) => {
                json!({ "valueCoding": { "system": code.system, "code": code.code, "display": code.display } })
            }
            None => json!({ "extension": [exact(text)] }),
        },
        (Kind::Date, Plain::Text(text)) if fhir_date(text).is_some() => json!({ "valueDate": text }),
        (Kind::Text | Kind::Line | Kind::Phone, Plain::Text(text)) => text_answer(text),
        // Not what the Questionnaire asks for: an answer without a value, and the text beside it.
        (_, Plain::Text(text)) => json!({ "extension": [exact(text)] }),
        (_, Plain::Bool(yes)) => json!({ "valueBoolean": yes }),
        (kind, Plain::Whole(number)) => number_answer(definition, kind, json!(number), i32::try_from(*number).is_ok()),
        (kind, Plain::Number(number)) if number.is_finite() => number_answer(definition, kind, json!(number), false),
        (_, Plain::Number(_)) => text_answer(display),
    }
}

/// The date, if FHIR has it: no year 0 (R4, 2.24.0.1).
pub(super) fn fhir_date(text: &str) -> Option<&str> {
    (check_date(text).is_ok() && !text.starts_with("0000")).then_some(text)
}

fn number_answer(definition: &Field, kind: Kind, number: Value, small: bool) -> Value {
    match &definition.unit {
        Some(unit) => json!({ "valueQuantity": { "value": number, "unit": unit } }),
        None if kind == Kind::Integer && small => json!({ "valueInteger": number }),
        None => json!({ "valueDecimal": number }),
    }
}

fn text_answer(text: &str) -> Value {
    if blank(text) { json!({ "extension": [exact(text)] }) } else { json!({ "valueString": text }) }
}

fn text_extension(url: &str, text: &str) -> Value {
    if blank(text) {
        return json!({ "url": url, "extension": [exact(text)] });
    }
    json!({ "url": url, "valueString": text })
}

fn exact(text: &str) -> Value {
    json!({ "url": EXACT, "valueString": Value::from(text).to_string() })
}

/// Whether a FHIR string cannot hold it (R4, 2.24.0.1): nothing, or nothing but white space, in anybody's reading.
pub(super) fn blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || c == '\u{feff}')
}

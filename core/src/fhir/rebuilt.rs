//! From a document back to what it says: the values of the QuestionnaireResponses, exactly as they were published.

use super::systems::{DISPUTED, EXACT, ITEM_ID, QUESTIONNAIRE, RECORD};
use serde_json::{Map, Value, json};

/// What a document says of one section.
#[derive(Debug, Clone, PartialEq)]
pub struct SectionFields {
    /// The section's id.
    pub section: String,
    /// Version of the definition by which it was published.
    pub definition: u32,
    /// What each field holds: a scalar as it is; a group as an object by part; a list as an array of `{id, fields}`; records
    /// as an array of `{id, state, fields}`. What is disputed is `{disputed: [{display, value | fields | items}]}`, and has
    /// `value` or `fields` beside it where somebody signed that.
    pub fields: Map<String, Value>,
}

/// The published values of a document, section by section, in the order in which they stand there. What is no
/// QuestionnaireResponse of this service is passed over.
#[must_use]
pub fn fields_of(bundle: &Value) -> Vec<SectionFields> {
    let entries = bundle["entry"].as_array().into_iter().flatten();
    entries.filter_map(|entry| section(&entry["resource"])).collect()
}

fn section(resource: &Value) -> Option<SectionFields> {
    if resource["resourceType"] != "QuestionnaireResponse" {
        return None;
    }
    let (section, version) = resource["questionnaire"].as_str()?.strip_prefix(QUESTIONNAIRE)?.split_once('|')?;
    let fields = fields(items(resource));
    Some(SectionFields { section: section.to_owned(), definition: version.parse().ok()?, fields })
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value["item"].as_array().into_iter().flatten()
}

fn fields<'v>(items: impl Iterator<Item = &'v Value>) -> Map<String, Value> {
    let mut fields = Map::new();
    for item in items {
        let Some(name) = item["linkId"].as_str().and_then(|path| path.rsplit('.').next()) else { continue };
        match of_list(item) {
            None => {
                fields.insert(name.to_owned(), of_field(item));
            }
            Some(one) => match fields.entry(name.to_owned()).or_insert_with(|| json!([])) {
                Value::Array(all) => all.push(one),
                _ => continue,
            },
        }
    }
    fields
}

/// What an item of a list or a decision record says.
fn of_list(item: &Value) -> Option<Value> {
    let mut one = Map::new();
    if let Some(record) = extension(item, RECORD) {
        one.insert("id".to_owned(), part(record, "id")?["valueId"].clone());
        one.insert("state".to_owned(), part(record, "state")?["valueCode"].clone());
    } else {
        one.insert("id".to_owned(), extension(item, ITEM_ID)?["valueId"].clone());
        if let Some(disputed) = modifier(item, DISPUTED) {
            one.insert("disputed".to_owned(), contenders(disputed));
        }
    }
    one.insert("fields".to_owned(), Value::Object(fields(items(item))));
    Some(Value::Object(one))
}

fn of_field(item: &Value) -> Value {
    let said = match item["answer"].get(0) {
        Some(answer) => Some(("value", scalar(answer))),
        None => item.get("item").map(|_| ("fields", Value::Object(fields(items(item))))),
    };
    match (modifier(item, DISPUTED), said) {
        (None, said) => said.map_or(Value::Null, |(_, value)| value),
        (Some(disputed), said) => {
            let mut held = Map::from_iter([("disputed".to_owned(), contenders(disputed))]);
            held.extend(said.map(|(name, value)| (name.to_owned(), value)));
            Value::Object(held)
        }
    }
}

fn contenders(disputed: &Value) -> Value {
    parts(disputed).filter(|part| part["url"] == "contender").map(contender).collect()
}

fn contender(contender: &Value) -> Value {
    let mut held = Map::new();
    if let Some(display) = part(contender, "display") {
        held.insert("display".to_owned(), scalar(display));
    }
    if let Some(value) = part(contender, "value") {
        held.insert("value".to_owned(), scalar(value));
    }
    let items: Vec<Value> = parts(contender).filter(|part| part["url"] == "item").map(as_item).collect();
    if !items.is_empty() {
        held.insert("fields".to_owned(), Value::Object(fields(items.iter())));
    }
    Value::Object(held)
}

/// The item that stands in the form of an extension.
fn as_item(extension: &Value) -> Value {
    let link_id = part(extension, "link-id").map(|part| part["valueString"].clone());
    let mut item = json!({ "linkId": link_id });
    if let Some(id) = part(extension, "id") {
        item["extension"] = json!([{ "url": ITEM_ID, "valueId": id["valueId"] }]);
    }
    if let Some(answer) = part(extension, "answer") {
        item["answer"] = json!([answer]);
    }
    let inner: Vec<Value> = parts(extension).filter(|part| part["url"] == "item").map(as_item).collect();
    if !inner.is_empty() {
        item["item"] = Value::Array(inner);
    }
    item
}

/// The scalar that an answer or an extension holds.
fn scalar(held: &Value) -> Value {
    if let Some(exact) = extension(held, EXACT).and_then(|exact| exact["valueString"].as_str()) {
        return serde_json::from_str(exact).unwrap_or(Value::Null);
    }
    let members = held.as_object().into_iter().flatten();
    let mut value = members.filter(|(name, _)| name.starts_with("value")).map(|(name, value)| match name.as_str() {
        "valueCoding" => &value["code"],
        "valueQuantity" => &value["value"],
        _ => value,
    });
    value.next().cloned().unwrap_or(Value::Null)
}

fn extension<'v>(value: &'v Value, url: &str) -> Option<&'v Value> {
    part(value, url)
}

/// What a reader may not pass over.
fn modifier<'v>(value: &'v Value, url: &str) -> Option<&'v Value> {
    value["modifierExtension"].as_array().into_iter().flatten().find(|part| part["url"] == url)
}

fn part<'v>(value: &'v Value, url: &str) -> Option<&'v Value> {
    parts(value).find(|part| part["url"] == url)
}

fn parts(value: &Value) -> impl Iterator<Item = &Value> {
    value["extension"].as_array().into_iter().flatten()
}

//! What fields hold, as the API shows them.

use coplan_core::{
    content::{FieldContent, FieldValue, Item, Plain},
    section::{Field, Kind},
};
use serde::Serialize;

/// What one field holds, with the words that people read.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct FieldBody {
    field: String,
    label: String,
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: Kind,
    /// As the document holds it: a code, a number, a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    value: Option<Plain>,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<String>,
    /// The parts of a group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    fields: Option<Vec<FieldBody>>,
    /// The items of a list that stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    items: Option<Vec<ItemBody>>,
}

/// One item of a list.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct ItemBody {
    id: String,
    #[schema(no_recursion)]
    fields: Vec<FieldBody>,
}

/// Those of the defined fields that hold something, in the definition's order.
pub(crate) fn field_bodies(definitions: &[Field], contents: &[FieldContent]) -> Vec<FieldBody> {
    let body = |definition: &Field| {
        let content = contents.iter().find(|content| content.field == definition.id)?;
        Some(field_body(definition, &content.value))
    };
    definitions.iter().filter_map(body).collect()
}

/// What a field holds.
pub(crate) fn field_body(definition: &Field, value: &FieldValue) -> FieldBody {
    let (field, label) = (definition.id.to_string(), definition.label.clone());
    let mut body =
        FieldBody { field, label, kind: definition.kind, value: None, display: None, fields: None, items: None };
    match value {
        FieldValue::Text(text) => {
            body.value = Some(Plain::Text(text.clone()));
            body.display = Some(text.clone());
        }
        FieldValue::Single(single) => {
            body.value = Some(single.value.clone());
            body.display = Some(single.display.clone());
        }
        FieldValue::Group(parts) => body.fields = Some(field_bodies(&definition.parts, parts)),
        FieldValue::List(list) => {
            let item =
                |item: &Item| ItemBody { id: item.id.clone(), fields: field_bodies(&definition.items, &item.fields) };
            body.items = Some(list.items.iter().map(item).collect());
        }
    }
    body
}

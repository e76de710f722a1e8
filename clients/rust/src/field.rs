//! Writing the fields of a section as the server's layout wants them: `fields.<id>` is a Text object, a scalar, a list
//! (a map of items by id) or a group (a map made whole).

use automerge::{
    AutomergeError, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value,
    transaction::{Transactable, Transaction},
};

/// Sets a field. A Text object is changed by the smallest edit that makes it read so; everything else is overwritten.
///
/// # Errors
/// `AutomergeError` if the document is not a section.
pub fn set(tx: &mut Transaction<'_>, field: &str, value: impl Into<ScalarValue>) -> Result<(), AutomergeError> {
    let fields = fields(tx)?;
    set_in(tx, &fields, field, value.into())
}

/// Clears a scalar field.
///
/// # Errors
/// `AutomergeError` if the document is not a section.
pub fn clear(tx: &mut Transaction<'_>, field: &str) -> Result<(), AutomergeError> {
    let fields = fields(tx)?;
    tx.delete(&fields, field)
}

/// Types into a text field at `position`, in Unicode scalar values, deleting `delete` of them first.
///
/// # Errors
/// `AutomergeError` if the field holds no text, or the position lies beyond its end.
pub fn type_text(
    tx: &mut Transaction<'_>,
    field: &str,
    position: usize,
    delete: isize,
    text: &str,
) -> Result<(), AutomergeError> {
    let fields = fields(tx)?;
    let object = object(tx, &fields, field)?.ok_or_else(missing)?;
    tx.splice_text(&object, position, delete, text)
}

/// Adds an item to a list. `texts` are the subfields that hold text and become Text objects.
///
/// # Errors
/// `AutomergeError` if the document is not a section.
pub fn add_item(
    tx: &mut Transaction<'_>,
    list: &str,
    item: &str,
    order: i64,
    scalars: &[(&str, ScalarValue)],
    texts: &[(&str, &str)],
) -> Result<(), AutomergeError> {
    let fields = fields(tx)?;
    let list = object(tx, &fields, list)?.ok_or_else(missing)?;
    let object = tx.put_object(&list, item, ObjType::Map)?;
    tx.put(&object, "order", order)?;
    for (subfield, value) in scalars {
        tx.put(&object, *subfield, value.clone())?;
    }
    for (subfield, text) in texts {
        let id = tx.put_object(&object, *subfield, ObjType::Text)?;
        tx.splice_text(&id, 0, 0, text)?;
    }
    Ok(())
}

/// Sets a subfield of a list's item.
///
/// # Errors
/// `AutomergeError` if there is no such item.
pub fn set_item(
    tx: &mut Transaction<'_>,
    list: &str,
    item: &str,
    subfield: &str,
    value: impl Into<ScalarValue>,
) -> Result<(), AutomergeError> {
    let fields = fields(tx)?;
    let list = object(tx, &fields, list)?.ok_or_else(missing)?;
    let item = object(tx, &list, item)?.ok_or_else(missing)?;
    set_in(tx, &item, subfield, value.into())
}

fn set_in(tx: &mut Transaction<'_>, map: &ObjId, key: &str, value: ScalarValue) -> Result<(), AutomergeError> {
    match tx.get(map, key)? {
        Some((Value::Object(ObjType::Text), text)) => tx.update_text(&text, value.as_str().unwrap_or_default()),
        _ => tx.put(map, key, value),
    }
}

fn fields(tx: &Transaction<'_>) -> Result<ObjId, AutomergeError> {
    object(tx, &ROOT, "fields")?.ok_or_else(missing)
}

fn object(tx: &Transaction<'_>, parent: &ObjId, key: &str) -> Result<Option<ObjId>, AutomergeError> {
    Ok(tx.get(parent, key)?.filter(|(value, _)| value.is_object()).map(|(_, id)| id))
}

fn missing() -> AutomergeError {
    AutomergeError::InvalidObjId("no such field in this document".to_owned())
}

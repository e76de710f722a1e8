//! Ending a conflict: what holds, and why, in one change. Where what is shown holds already, the note alone says so.

use super::{Choice, EditError, Editor};
use crate::{
    section::{Field, Kind, check_removed_reason, is_item_id},
    sync::index::SETTLED_PATH_BYTES_MAX,
};
use automerge::{ObjId, ObjType, ROOT, ReadDoc, transaction::Transactable};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Writes what holds from now on.
pub(super) fn settle(editor: &mut Editor<'_, '_>, path: &str, choice: &Choice, reason: &str) -> Result<(), EditError> {
    let value = match choice {
        Choice::Value(value) => value,
        Choice::Cleared => &Value::Null,
        Choice::Removed | Choice::Kept => return settle_item(editor, path, choice, reason),
    };
    if value.is_null() != (*choice == Choice::Cleared) {
        return Err(wrong(path));
    }
    let keys: Vec<&str> = path.split('.').collect();
    match keys[..] {
        [field] => {
            let field = editor.field(field, |kind| !matches!(kind, Kind::List | Kind::Text))?;
            let root = editor.root()?;
            write(editor, &root, field, value)
        }
        [list, item, subfield] => {
            let object = editor.list(list)?;
            let object = editor.item(&object, item)?;
            let list = editor.field(list, |kind| kind == Kind::List)?;
            let subfield = list.item(subfield).filter(|field| field.kind != Kind::Text).ok_or_else(|| wrong(path))?;
            write(editor, &object, subfield, value)
        }
        _ => Err(wrong(path)),
    }
}

/// Clearing what is empty already writes nothing: the note alone says that what is shown holds.
fn write(editor: &mut Editor<'_, '_>, object: &ObjId, field: &Field, value: &Value) -> Result<(), EditError> {
    match editor.set(object, field, value) {
        Err(EditError::NoChange) => Ok(()),
        written => written,
    }
}

fn settle_item(editor: &mut Editor<'_, '_>, path: &str, choice: &Choice, reason: &str) -> Result<(), EditError> {
    let (list, item) = path.split_once('.').filter(|(_, item)| is_item_id(item)).ok_or_else(|| wrong(path))?;
    let list = editor.list(list)?;
    let item = editor.map(&list, item)?.ok_or_else(|| EditError::NoItem(item.to_owned()))?;
    if *choice == Choice::Removed {
        return Ok(editor.transaction.put(&item, "removed", reason)?);
    }
    if editor.transaction.get(&item, "removed")?.is_some() {
        return Ok(editor.transaction.delete(&item, "removed")?);
    }
    Ok(())
}

/// Writes why.
pub(super) fn note(editor: &mut Editor<'_, '_>, path: &str, reason: &str, id: Option<&str>) -> Result<(), EditError> {
    if path.len() > SETTLED_PATH_BYTES_MAX {
        return Err(wrong(path));
    }
    check_removed_reason(reason).map_err(|error| EditError::Value { field: "reason".to_owned(), error })?;
    let settled = editor.map(&ROOT, "settled")?.ok_or_else(|| EditError::NoPlace("settled".to_owned()))?;
    let id = id.map_or_else(|| derived_id(editor, path, reason), str::to_owned);
    if !is_item_id(&id) {
        return Err(EditError::ItemId(id));
    }
    if editor.transaction.get(&settled, id.as_str())?.is_some() {
        return Err(EditError::ItemExists(id));
    }
    let note = editor.transaction.put_object(&settled, id.as_str(), ObjType::Map)?;
    editor.transaction.put(&note, "path", path)?;
    Ok(editor.transaction.put(&note, "reason", reason)?)
}

/// Another for each change: an actor makes one change at most on the same heads.
fn derived_id(editor: &Editor<'_, '_>, path: &str, reason: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(editor.seen.actor.to_bytes());
    editor.seen.heads.iter().for_each(|head| hasher.update(head.0));
    for word in [path, reason] {
        hasher.update((word.len() as u64).to_be_bytes());
        hasher.update(word);
    }
    hex::encode(&hasher.finalize()[..ID_BYTES])
}

fn wrong(path: &str) -> EditError {
    EditError::SettledPath(path.to_owned())
}

const ID_BYTES: usize = 16;

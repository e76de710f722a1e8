//! Taking back one's own last changes, where what they wrote still stands.
//!
//! What is taken back is written again as it was before, in a new change: nothing leaves the history. Where somebody else
//! wrote since, nothing is taken back at all, because what they wrote may rest on it.

use crate::{
    content::{self, Content, FieldContent, FieldValue, Item, edit::Edit},
    section::{Kind, Section},
    trace::{Trace, Write, WriteKind},
};
use automerge::{Automerge, ChangeHash};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Why nothing is taken back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UndoError {
    /// Decisions are withdrawn or superseded, never taken back.
    #[error("a decision is withdrawn or superseded, not taken back")]
    Decided,
    /// The document has no such change.
    #[error("the section has no change `{0}`")]
    UnknownChange(ChangeHash),
    /// Somebody wrote at these paths since, or without having seen what is to be taken back.
    #[error("others have written there since")]
    ChangedSince(Vec<String>),
    /// The changes chose, at these paths, where two had said different things: to go back would be to choose again.
    #[error("what ends a disagreement is not taken back; choose again")]
    Settles(Vec<String>),
    /// What the changes wrote does not stand any more, or they wrote nothing.
    #[error("there is nothing left to take back")]
    Nothing,
}

/// The edits that take back what these changes wrote, to be made together as one change. The trace is of the whole
/// document. Whose the changes are is the caller's to check.
///
/// # Errors
/// `UndoError`; nothing is taken back then.
pub fn undo(
    document: &Automerge,
    section: &Section,
    trace: &Trace,
    changes: &[ChangeHash],
) -> Result<Vec<Edit>, UndoError> {
    if section.is_decided() {
        return Err(UndoError::Decided);
    }
    if let Some(unknown) = changes.iter().find(|hash| trace.change(hash).is_none()) {
        return Err(UndoError::UnknownChange(*unknown));
    }
    let now = content::read(document, None, section);
    let undo = Undo { document, section, trace, now, taken: changes.iter().copied().collect() };
    undo.found().edits()
}

struct Undo<'u> {
    document: &'u Automerge,
    section: &'u Section,
    trace: &'u Trace,
    now: Content,
    taken: BTreeSet<ChangeHash>,
}

/// What is to be done, and what stands in the way.
#[derive(Default)]
struct Found {
    restored: Vec<Edit>,
    values: Vec<Edit>,
    removed: Vec<Edit>,
    /// Items that were made by what is taken back, by path.
    gone: BTreeSet<String>,
    changed_since: Vec<String>,
    settles: Vec<String>,
}

/// Why one place cannot be taken back.
enum Blocked {
    ChangedSince,
    Settles,
}

/// What stood at a place before what is taken back: the newest write that is not taken back.
type Before<'u> = Result<Option<&'u Write>, Blocked>;

impl Found {
    fn edits(self) -> Result<Vec<Edit>, UndoError> {
        if !self.settles.is_empty() {
            return Err(UndoError::Settles(self.settles));
        }
        if !self.changed_since.is_empty() {
            return Err(UndoError::ChangedSince(self.changed_since));
        }
        // An item is written in only while it stands.
        let edits: Vec<Edit> = self.restored.into_iter().chain(self.values).chain(self.removed).collect();
        if edits.is_empty() { Err(UndoError::Nothing) } else { Ok(edits) }
    }

    fn note(&mut self, path: &str, done: Result<(), Blocked>) {
        match done {
            Ok(()) => {}
            Err(Blocked::ChangedSince) => self.changed_since.push(path.to_owned()),
            Err(Blocked::Settles) => self.settles.push(path.to_owned()),
        }
    }
}

impl<'u> Undo<'u> {
    fn found(&self) -> Found {
        let mut found = Found::default();
        let touched = |writes: &[Write]| writes.iter().any(|write| self.is_taken(write));
        for (path, writes) in self.trace.paths().filter(|(_, writes)| touched(writes)) {
            if let Some((list, item)) = path.split_once('.').filter(|(_, item)| !item.contains('.')) {
                let done = self.item(&mut found, (list, item), writes);
                found.note(path, done);
            }
        }
        for (path, writes) in self.trace.paths() {
            let goes = path.rsplit_once('.').is_some_and(|(item, _)| found.gone.contains(item));
            let done = match goes {
                // The item goes with all that is in it, so nobody else may have written there.
                true if writes.iter().any(|write| !self.is_taken(write)) => Err(Blocked::ChangedSince),
                false if touched(writes) && path.split('.').count() != 2 => self.value(&mut found, path, writes),
                _ => Ok(()),
            };
            found.note(path, done);
        }
        found
    }

    fn is_taken(&self, write: &Write) -> bool {
        self.taken.contains(&write.change)
    }

    /// What happened to an item as a whole: made, removed, brought back, moved.
    fn item(&self, found: &mut Found, (list, id): (&str, &str), writes: &'u [Write]) -> Result<(), Blocked> {
        let (item, removed) = held_item(&self.now, list, id).ok_or(Blocked::ChangedSince)?;
        let (field, item_id) = (list.to_owned(), id.to_owned());
        if writes.iter().any(|write| write.kind == WriteKind::Add && self.is_taken(write)) {
            if writes.iter().any(|write| !self.is_taken(write)) {
                return Err(Blocked::ChangedSince);
            }
            found.gone.insert(format!("{list}.{id}"));
            if removed.is_none() {
                let reason = TAKEN_BACK.to_owned();
                found.removed.push(Edit::RemoveItem { field, item: item_id, reason });
            }
            return Ok(());
        }
        let removals: Vec<&Write> =
            writes.iter().filter(|write| matches!(write.kind, WriteKind::Remove { .. } | WriteKind::Restore)).collect();
        if removals.iter().any(|write| self.is_taken(write)) {
            let before = match self.before(&removals)?.map(|write| &write.kind) {
                Some(WriteKind::Remove { reason }) => Some(reason.clone()),
                _ => None,
            };
            match (removed, before) {
                (Some(_), None) => {
                    found.restored.push(Edit::RestoreItem { field: field.clone(), item: item_id.clone() })
                }
                (None, Some(reason)) => {
                    found.removed.push(Edit::RemoveItem { field: field.clone(), item: item_id.clone(), reason });
                }
                _ => {}
            }
        }
        let moves: Vec<&Write> = writes.iter().filter(|write| matches!(write.kind, WriteKind::Move { .. })).collect();
        if moves.iter().any(|write| self.is_taken(write)) {
            let order = match self.before(&moves)?.map(|write| &write.kind) {
                Some(WriteKind::Move { order }) => *order,
                // Nobody else ever moved it: it stood where it was made.
                _ => self
                    .content_before(moves[0])
                    .and_then(|then| Some(held_item(&then, list, id)?.0.order))
                    .ok_or(Blocked::ChangedSince)?,
            };
            if order.total_cmp(&item.order).is_ne() {
                found.values.push(Edit::MoveItem { field, item: item_id, order });
            }
        }
        Ok(())
    }

    /// A single value, a group or a text, of the section or of an item.
    fn value(&self, found: &mut Found, path: &str, writes: &'u [Write]) -> Result<(), Blocked> {
        let parts: Vec<&str> = path.split('.').collect();
        if let [list, item, _] = parts[..] {
            self.check_item_stands(list, item)?;
        }
        let writes: Vec<&Write> = writes.iter().collect();
        let before = self.before(&writes)?;
        let kind = self.kind(&parts).ok_or(Blocked::ChangedSince)?;
        let before = match kind {
            Kind::Text => self.text_before(path, &writes)?,
            _ => before.and_then(|write| write.value.as_ref()).map_or(Value::Null, as_json),
        };
        let now = held(&self.now, path).map_or(Value::Null, as_json);
        if before != now {
            found.values.push(edit(&parts, kind, before));
        }
        Ok(())
    }

    /// An item that somebody else removed is not written in any more.
    fn check_item_stands(&self, list: &str, item: &str) -> Result<(), Blocked> {
        let (_, removed) = held_item(&self.now, list, item).ok_or(Blocked::ChangedSince)?;
        let writes = self.trace.writes(&format!("{list}.{item}"));
        let last =
            writes.iter().rev().find(|write| matches!(write.kind, WriteKind::Remove { .. } | WriteKind::Restore));
        match (removed, last) {
            (Some(_), last) if !last.is_some_and(|last| self.is_taken(last)) => Err(Blocked::ChangedSince),
            _ => Ok(()),
        }
    }

    /// The newest of these writes that is not taken back.
    fn before(&self, writes: &[&'u Write]) -> Before<'u> {
        let (taken, others): (Vec<&'u Write>, Vec<&'u Write>) = writes.iter().partition(|write| self.is_taken(write));
        if taken.iter().any(|write| write.settles.is_some()) {
            return Err(Blocked::Settles);
        }
        let saw = |by: &Write, write: &Write| self.trace.descends(&by.change, &write.change);
        let text = taken.iter().any(|write| matches!(write.kind, WriteKind::Text { .. }));
        // Between two letters of one's own somebody else's sentence may have grown, so a text must have been left alone.
        let seen = |other: &&&Write| match text {
            true => taken.iter().all(|by| saw(by, other)),
            false => taken.iter().any(|by| saw(by, other)),
        };
        if !others.iter().all(|other| seen(&other)) {
            return Err(Blocked::ChangedSince);
        }
        let newest = others.iter().filter(|write| {
            let later = |by: &&&'u Write| by.change != write.change && saw(by, write);
            !others.iter().any(|by| later(&by))
        });
        let mut newest: Vec<&'u Write> = newest.copied().collect();
        // The last of what one change wrote at this place.
        newest.reverse();
        newest.dedup_by_key(|write| write.change);
        let same = newest.windows(2).all(|two| two[0].kind == two[1].kind && two[0].value == two[1].value);
        if text || same { Ok(newest.first().copied()) } else { Err(Blocked::Settles) }
    }

    fn text_before(&self, path: &str, writes: &[&Write]) -> Result<Value, Blocked> {
        let first = writes.iter().find(|write| self.is_taken(write)).ok_or(Blocked::ChangedSince)?;
        let before = self.content_before(first).ok_or(Blocked::ChangedSince)?;
        Ok(held(&before, path).map_or(Value::Null, as_json))
    }

    /// The section as the author of this write saw it before.
    fn content_before(&self, write: &Write) -> Option<Content> {
        let change = self.document.get_change_meta_by_hash(&write.change)?;
        Some(content::read(self.document, Some(&change.deps), self.section))
    }

    fn kind(&self, parts: &[&str]) -> Option<Kind> {
        let field = self.section.field(parts.first()?)?;
        match parts {
            [_] => Some(field.kind),
            [_, _, subfield] => field.item(subfield).map(|field| field.kind),
            _ => None,
        }
    }
}

/// The item, with the reason if it is removed.
fn held_item<'c>(content: &'c Content, list: &str, id: &str) -> Option<(&'c Item, Option<&'c str>)> {
    let FieldValue::List(list) = &content.field(list)?.value else { return None };
    let standing = list.items.iter().map(|item| (item, None));
    let removed = list.removed.iter().map(|removed| (&removed.item, Some(removed.reason.as_str())));
    standing.chain(removed).find(|(item, _)| item.id == id)
}

fn held<'c>(content: &'c Content, path: &str) -> Option<&'c FieldValue> {
    let parts: Vec<&str> = path.split('.').collect();
    match parts[..] {
        [field] => Some(&content.field(field)?.value),
        [list, id, subfield] => {
            let (item, _) = held_item(content, list, id)?;
            item.fields.iter().find(|content| content.field.as_str() == subfield).map(|content| &content.value)
        }
        _ => None,
    }
}

fn as_json(value: &FieldValue) -> Value {
    match value {
        FieldValue::Text(text) => Value::from(text.as_str()),
        FieldValue::Single(single) => serde_json::json!(single.value),
        FieldValue::Group(parts) => parts_json(parts).into_iter().collect(),
        FieldValue::List(_) => Value::Null,
    }
}

fn parts_json(parts: &[FieldContent]) -> BTreeMap<String, Value> {
    parts.iter().map(|part| (part.field.to_string(), as_json(&part.value))).collect()
}

fn edit(parts: &[&str], kind: Kind, value: Value) -> Edit {
    let field = parts[0].to_owned();
    match (parts, kind, value) {
        ([_, item, subfield], _, value) => {
            Edit::SetItem { field, item: (*item).to_owned(), subfield: (*subfield).to_owned(), value }
        }
        (_, _, Value::Null) => Edit::Clear { field },
        (_, Kind::Text, Value::String(text)) => Edit::SetText { field, text },
        (_, Kind::Group, Value::Object(values)) => Edit::SetGroup { field, values: values.into_iter().collect() },
        (_, _, value) => Edit::Set { field, value },
    }
}

/// The reason that stands with an item which was taken back by whoever added it.
const TAKEN_BACK: &str = "taken back";

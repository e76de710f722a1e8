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
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

/// Why nothing is taken back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UndoError {
    /// Decisions are withdrawn or superseded, never taken back.
    #[error("a decision is withdrawn or superseded, not taken back")]
    Decided,
    /// The document has no such change.
    #[error("the section has no change `{0}`")]
    UnknownChange(ChangeHash),
    /// Somebody, the author not excepted, wrote at these paths since, or without having seen what is to be taken back.
    #[error("there has been written again since, or at the same time")]
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
    let taken = changes.iter().copied().collect();
    let undo = Undo { document, section, trace, now, taken, before: RefCell::default() };
    undo.found().edits()
}

struct Undo<'u> {
    document: &'u Automerge,
    section: &'u Section,
    trace: &'u Trace,
    now: Content,
    taken: BTreeSet<ChangeHash>,
    /// The section as authors saw it before they made one of the changes that are taken back.
    before: RefCell<BTreeMap<ChangeHash, Rc<Content>>>,
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
        let of_kind = |fits: fn(&WriteKind) -> bool| {
            let some: Vec<&Write> = writes.iter().filter(|write| fits(&write.kind)).collect();
            some.iter().any(|write| self.is_taken(write)).then_some(some)
        };
        if let Some(removals) = of_kind(|kind| matches!(kind, WriteKind::Remove { .. } | WriteKind::Restore)) {
            let then = self.before(&removals)?;
            let (_, before) = held_item(&then, list, id).ok_or(Blocked::ChangedSince)?;
            let (field, item) = (field.clone(), item_id.clone());
            match (removed, before) {
                (Some(_), None) => found.restored.push(Edit::RestoreItem { field, item }),
                (None, Some(reason)) => found.removed.push(Edit::RemoveItem { field, item, reason: reason.to_owned() }),
                _ => {}
            }
        }
        if let Some(moves) = of_kind(|kind| matches!(kind, WriteKind::Move { .. })) {
            let then = self.before(&moves)?;
            let (before, _) = held_item(&then, list, id).ok_or(Blocked::ChangedSince)?;
            if before.order.total_cmp(&item.order).is_ne() {
                found.values.push(Edit::MoveItem { field, item: item_id, order: before.order });
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
        let kind = self.kind(&parts).ok_or(Blocked::ChangedSince)?;
        let then = self.before(&writes)?;
        let before = held(&then, path);
        if before.is_some_and(|before| !before.others.is_empty()) {
            // Two had said different things: to go back to one of them would be to choose.
            return Err(Blocked::Settles);
        }
        let value = |content: Option<&FieldContent>| content.map_or(Value::Null, |content| as_json(&content.value));
        let before = value(before);
        if before != value(held(&self.now, path)) {
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

    /// The section as it was before those of these writes, all at one place, that are taken back and still in force.
    fn before(&self, writes: &[&Write]) -> Result<Rc<Content>, Blocked> {
        let (taken, others): (Vec<&Write>, Vec<&Write>) = writes.iter().partition(|write| self.is_taken(write));
        if taken.iter().any(|write| write.settles.is_some()) {
            return Err(Blocked::Settles);
        }
        let saw = |by: &Write, write: &Write| self.trace.descends(&by.change, &write.change);
        // Somebody's sentence may have grown between two letters of one's own, so of a text all is taken back or nothing.
        let text = taken.iter().any(|write| matches!(write.kind, WriteKind::Text { .. }));
        let in_force = taken.iter().filter(|write| text || !others.iter().any(|other| saw(other, write)));
        let in_force: Vec<&&Write> = in_force.collect();
        let first = in_force.first().ok_or(Blocked::ChangedSince)?;
        if !others.iter().all(|other| in_force.iter().all(|write| saw(write, other))) {
            return Err(Blocked::ChangedSince);
        }
        self.content_before(first.change).ok_or(Blocked::ChangedSince)
    }

    /// The section as the author of this change saw it before.
    fn content_before(&self, change: ChangeHash) -> Option<Rc<Content>> {
        if let Some(known) = self.before.borrow().get(&change) {
            return Some(Rc::clone(known));
        }
        let meta = self.document.get_change_meta_by_hash(&change)?;
        let content = Rc::new(content::read(self.document, Some(&meta.deps), self.section));
        self.before.borrow_mut().insert(change, Rc::clone(&content));
        Some(content)
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

fn held<'c>(content: &'c Content, path: &str) -> Option<&'c FieldContent> {
    let parts: Vec<&str> = path.split('.').collect();
    match parts[..] {
        [field] => content.field(field),
        [list, id, subfield] => {
            let (item, _) = held_item(content, list, id)?;
            item.fields.iter().find(|content| content.field.as_str() == subfield)
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

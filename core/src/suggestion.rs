//! Suggestions: a change that somebody proposes who may not make it, for somebody who may.
//!
//! What is proposed is one `Edit`. It is checked against the definition when it is made, by trying it on an otherwise empty
//! document, and is applied to the real one when somebody accepts it. This module says where it points, what it says in
//! words, and whether what it would change has changed since.
//!
//! INVARIANT: a suggestion is applied at most once. The change that applies it carries the suggestion's mark, by an actor
//! that only the service has, so that whoever repeats an acceptance finds it.
//!
//! To let one more kind of edit be suggested: its arm in `Target::of`.

#[cfg(test)]
mod tests;

use crate::{
    conflict::{in_words, item_in_words},
    content::{
        self, Content, FieldContent, FieldValue, Item, List,
        edit::{Edit, EditError},
    },
    section::{Audience, Field, MergeClass, Section, ValueError, check_removed_reason},
};
use automerge::{ActorId, Automerge, ChangeHash, ReadDoc};
use std::collections::BTreeMap;

/// A suggestion in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Where it points: `field`, `list.item`, `list.item.subfield`.
    pub path: String,
    /// What people call that: `Preferred place of death`, `Contacts: Phone`.
    pub label: String,
    /// What it would hold.
    pub proposed: String,
}

/// Why a suggestion was not taken. The messages hold nothing of what it says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SuggestionError {
    /// The definition does not allow the edit.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// An edit that has no value to propose.
    #[error("a value, an addition, a removal or a text is suggested; this edit is none of them")]
    Kind,
    /// Larger than a suggestion may be.
    #[error("the edit is larger than {EDIT_BYTES_MAX} bytes")]
    TooLarge,
    /// The reason is none.
    #[error("`reason`: {0}")]
    Reason(ValueError),
}

/// Whether this may be suggested for the section, as far as the definition says.
///
/// # Errors
/// `SuggestionError` with what is wrong.
pub fn check_edit(section: &Section, edit: &Edit) -> Result<(), SuggestionError> {
    proposal(section, edit, None).map(drop)
}

/// Whether this may be the reason of a suggestion or of its decision: a line that is not blank.
///
/// # Errors
/// `SuggestionError::Reason` with what is wrong.
pub fn check_reason(text: &str) -> Result<(), SuggestionError> {
    check_removed_reason(text).map_err(SuggestionError::Reason)
}

/// The edit in words. `content` is what the section holds, for whoever may read it: with it an item has its name.
///
/// # Errors
/// `SuggestionError` where the edit may not be suggested.
pub fn proposal(section: &Section, edit: &Edit, content: Option<&Content>) -> Result<Proposal, SuggestionError> {
    if serde_json::to_vec(edit).map_or(true, |bytes| bytes.len() > EDIT_BYTES_MAX) {
        return Err(SuggestionError::TooLarge);
    }
    let target = Target::of(edit).ok_or(SuggestionError::Kind)?;
    let tried = tried(section, edit, target)?;
    let field = section.field(target.field).ok_or_else(|| EditError::UnknownField(target.field.to_owned()))?;
    let proposed = match (edit, target.place) {
        (Edit::RemoveItem { reason, .. }, _) => format!("{REMOVED}{reason}"),
        (_, Place::Item(id)) => item_of(&tried, target.field, id)
            .map(|item| item_in_words(field, item))
            .filter(|words| !words.is_empty())
            .ok_or_else(|| EditError::Value { field: field.id.to_string(), error: ValueError::Empty })?,
        _ => target.held(section, &tried).unwrap_or_else(|| TAKEN_AWAY.to_owned()),
    };
    Ok(Proposal { path: target.path(), label: target.label(field, content), proposed })
}

/// What stands now where the edit points, in words; `None` if nothing does.
#[must_use]
pub fn held(section: &Section, edit: &Edit, content: &Content) -> Option<String> {
    Target::of(edit)?.held(section, content)
}

/// Whether what the edit would change is another than it was at `seen`, when the edit was proposed.
#[must_use]
pub fn has_changed(document: &Automerge, seen: &[ChangeHash], section: &Section, edit: &Edit) -> bool {
    let known = seen.iter().all(|hash| document.get_change_by_hash(hash).is_some());
    let (Some(target), true) = (Target::of(edit), known) else { return true };
    let (then, now) = (content::read(document, Some(seen), section), content::read(document, None, section));
    let fields = |content: &Content| Some(item_of(content, target.field, target.item()?)?.fields.clone());
    match (edit, target.place) {
        (Edit::AddItem { id, .. }, _) => list_of(&now, target.field).is_some_and(|list| holds(list, id)),
        (_, Place::Field) => then.field(target.field) != now.field(target.field),
        (_, Place::Item(_)) => fields(&now).is_none() || fields(&then) != fields(&now),
        (_, Place::Subfield(item, subfield)) => {
            let value = |content: &Content| subfield_of(content, target.field, item, subfield).cloned();
            fields(&now).is_none() || value(&then) != value(&now)
        }
    }
}

/// Whether this audience sees what the edit points at, once it is published.
#[must_use]
pub fn is_published_to(section: &Section, edit: &Edit, audience: Audience) -> bool {
    let Some(target) = Target::of(edit) else { return false };
    let Some(field) = section.field(target.field) else { return false };
    let concerned = |subfield: &&Field| match target.place {
        Place::Field => false,
        Place::Item(_) => true,
        Place::Subfield(_, id) => subfield.id.as_str() == id,
    };
    let mut all = std::iter::once(field).chain(field.items.iter().filter(concerned));
    let sees = |field: &Field| field.audiences.is_empty() || field.audiences.contains(&audience);
    section.audiences.contains(&audience) && all.all(sees)
}

/// Whether both are about the same field, so that one may stand for the other.
#[must_use]
pub fn same_field(one: &Edit, other: &Edit) -> bool {
    let field = |edit| Target::of(edit).map(|target| target.field);
    field(one).is_some() && field(one) == field(other)
}

/// What the change says that applies the suggestion of this id, as its commit message.
#[must_use]
pub fn mark(id: &str, edited: bool) -> String {
    format!("suggestion {id} {}", if edited { "edited" } else { "accepted" })
}

/// The change that applied a suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// Its hash.
    pub change: ChangeHash,
    /// Whether it made something else of it than was proposed.
    pub edited: bool,
}

/// The change that applied the suggestion of this id, if one did.
#[must_use]
pub fn applied(document: &Automerge, id: &str) -> Option<Applied> {
    let marks = [(mark(id, false), false), (mark(id, true), true)];
    document.get_changes_meta(&[]).iter().find_map(|change| {
        let message = change.message.as_deref()?;
        let (_, edited) = marks.iter().find(|(mark, _)| mark == message)?;
        // Anybody can write a message; only the service has such an actor.
        content::is_service_actor(&change.actor).then_some(Applied { change: change.hash, edited: *edited })
    })
}

/// Where an edit points.
#[derive(Clone, Copy)]
struct Target<'e> {
    field: &'e str,
    place: Place<'e>,
}

#[derive(Clone, Copy)]
enum Place<'e> {
    Field,
    Item(&'e str),
    Subfield(&'e str, &'e str),
}

impl<'e> Target<'e> {
    fn of(edit: &'e Edit) -> Option<Self> {
        let (field, place) = match edit {
            Edit::SetText { field, .. }
            | Edit::Set { field, .. }
            | Edit::Clear { field }
            | Edit::SetGroup { field, .. } => (field, Place::Field),
            Edit::AddItem { field, id: item, .. } | Edit::RemoveItem { field, item, .. } => (field, Place::Item(item)),
            Edit::SetItem { field, item, subfield, .. } => (field, Place::Subfield(item, subfield)),
            _ => return None,
        };
        Some(Self { field, place })
    }

    fn item(&self) -> Option<&'e str> {
        match self.place {
            Place::Field => None,
            Place::Item(item) | Place::Subfield(item, _) => Some(item),
        }
    }

    fn path(&self) -> String {
        match self.place {
            Place::Field => self.field.to_owned(),
            Place::Item(item) => format!("{}.{item}", self.field),
            Place::Subfield(item, subfield) => format!("{}.{item}.{subfield}", self.field),
        }
    }

    fn label(&self, field: &Field, content: Option<&Content>) -> String {
        let item = self.item().zip(content).and_then(|(item, content)| item_of(content, self.field, item));
        let name = item.and_then(|item| name_of(field, item)).map(|name| format!(", {name}")).unwrap_or_default();
        match self.place {
            Place::Subfield(_, id) => {
                let subfield = field.item(id).map_or(id, |subfield| subfield.label.as_str());
                format!("{}{name}: {subfield}", field.label)
            }
            Place::Field | Place::Item(_) => format!("{}{name}", field.label),
        }
    }

    fn held(&self, section: &Section, content: &Content) -> Option<String> {
        let field = section.field(self.field)?;
        match self.place {
            Place::Field => content.field(self.field).map(|held| value_in_words(field, held)),
            Place::Item(item) => item_of(content, self.field, item).map(|item| item_in_words(field, item)),
            Place::Subfield(item, subfield) => {
                let held = subfield_of(content, self.field, item, subfield)?;
                Some(value_in_words(field.item(subfield)?, held))
            }
        }
    }
}

/// What a document would hold that holds nothing but what the edit makes.
fn tried(section: &Section, edit: &Edit, target: Target<'_>) -> Result<Content, EditError> {
    let mut document = content::empty_document().with_actor(ActorId::from([1]));
    document.apply_changes([content::genesis(section)])?;
    let adds = matches!(edit, Edit::AddItem { .. });
    if let Some(item) = target.item().filter(|_| !adds) {
        let (field, id) = (target.field.to_owned(), item.to_owned());
        let item = Edit::AddItem { field, id, order: None, values: BTreeMap::new() };
        content::edit::apply(&mut document, section, &item, 0)?;
    }
    match content::edit::apply(&mut document, section, edit, 0) {
        // What takes a value away finds none here.
        Ok(_) | Err(EditError::NoChange) => Ok(content::read(&document, None, section)),
        Err(error) => Err(error),
    }
}

fn value_in_words(field: &Field, held: &FieldContent) -> String {
    let mut words = in_words(field, &held.value);
    if field.merge == MergeClass::Conflict && !held.others.is_empty() {
        for other in &held.others {
            words = format!("{words}, or {}", in_words(field, other));
        }
        words.push_str(NOT_AGREED);
    }
    words
}

/// What people know an item by: the first of its values.
fn name_of(list: &Field, item: &Item) -> Option<String> {
    let first = item.fields.first()?;
    Some(in_words(list.item(first.field.as_str())?, &first.value))
}

fn list_of<'c>(content: &'c Content, field: &str) -> Option<&'c List> {
    match &content.field(field)?.value {
        FieldValue::List(list) => Some(list),
        _ => None,
    }
}

fn item_of<'c>(content: &'c Content, field: &str, id: &str) -> Option<&'c Item> {
    list_of(content, field)?.items.iter().find(|item| item.id == id)
}

fn subfield_of<'c>(content: &'c Content, field: &str, item: &str, subfield: &str) -> Option<&'c FieldContent> {
    item_of(content, field, item)?.fields.iter().find(|held| held.field.as_str() == subfield)
}

fn holds(list: &List, id: &str) -> bool {
    list.items.iter().chain(list.removed.iter().map(|removed| &removed.item)).any(|item| item.id == id)
}

/// Bytes of a suggested edit in JSON.
pub const EDIT_BYTES_MAX: usize = 32 * 1024;

const TAKEN_AWAY: &str = "(taken away)";
const REMOVED: &str = "Removed: ";
const NOT_AGREED: &str = " (not agreed)";

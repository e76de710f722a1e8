//! What differs between two moments of a section, field by field, in words.

use super::{
    text::TextChange,
    words::{fields_words, item_name, said, short},
};
use crate::{
    content::{Content, FieldContent, FieldValue, Item, List},
    section::{Field, Section},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where: `field`, `list.item`, `list.item.subfield`.
    pub path: String,
    /// What people call the place: `Contacts: Ama Owusu: Telephone`.
    pub label: String,
    /// What happened.
    pub kind: DifferenceKind,
    /// What stood there, in words; nothing where nothing stood.
    pub before: Option<String>,
    /// What stands there now.
    pub after: Option<String>,
    /// The reason that was given, where one is asked for.
    pub reason: Option<String>,
    /// What somebody did, so that it can follow their name: `changed Preferred place of care from Hospital to Home`.
    pub words: String,
}

/// What happened at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DifferenceKind {
    /// There was nothing, now there is something.
    Set,
    /// There is something else.
    Changed,
    /// There is nothing any more.
    Cleared,
    /// A new item, or a new decision record.
    Added,
    /// An item that was removed, or a decision record that was withdrawn.
    Removed,
    /// An item that was brought back.
    Restored,
    /// An item that stands somewhere else.
    Moved,
    /// A disagreement about which somebody chose.
    Settled,
}

/// What is different in `after`, in the order of the definition.
#[must_use]
pub fn differences(section: &Section, before: &Content, after: &Content) -> Vec<Difference> {
    let mut found = Vec::new();
    for field in &section.fields {
        let id = field.id.as_str();
        let at = At { path: id.to_owned(), label: field.label.clone() };
        compare(&mut found, &at, field, before.field(id), after.field(id));
    }
    found
}

struct At {
    path: String,
    label: String,
}

impl At {
    fn below(&self, key: &str, label: &str) -> Self {
        Self { path: format!("{}.{key}", self.path), label: format!("{}: {label}", self.label) }
    }

    fn difference(&self, kind: DifferenceKind, words: String) -> Difference {
        let (path, label) = (self.path.clone(), self.label.clone());
        Difference { path, label, kind, before: None, after: None, reason: None, words }
    }
}

fn compare(
    found: &mut Vec<Difference>,
    at: &At,
    field: &Field,
    before: Option<&FieldContent>,
    after: Option<&FieldContent>,
) {
    let nothing = List::default();
    match (before.map(|content| &content.value), after.map(|content| &content.value)) {
        (Some(FieldValue::List(before)), Some(FieldValue::List(after))) => list(found, at, field, before, after),
        (None, Some(FieldValue::List(after))) => list(found, at, field, &nothing, after),
        (Some(FieldValue::List(before)), None) => list(found, at, field, before, &nothing),
        (before_value, after_value) => {
            let said_before = before.map(|content| said(field, content));
            let said_after = after.map(|content| said(field, content));
            // The same words can stand for two values only where a text is longer than they are.
            if said_before != said_after || before_value != after_value {
                found.push(value(at, (before_value, said_before), (after_value, said_after)));
            }
        }
    }
}

type Said<'v> = (Option<&'v FieldValue>, Option<String>);

fn value(at: &At, (before, said_before): Said<'_>, (after, said_after): Said<'_>) -> Difference {
    let text = |value: Option<&FieldValue>| match value {
        Some(FieldValue::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let (kind, words) = match (&said_before, &said_after) {
        (None, Some(now)) => match after {
            Some(FieldValue::Text(_)) => (DifferenceKind::Set, format!("wrote {}: {}", at.label, quoted(now))),
            _ => (DifferenceKind::Set, format!("set {} to {}", at.label, short(now))),
        },
        (Some(then), None) => (DifferenceKind::Cleared, format!("took away {}, which was {}", at.label, short(then))),
        (then, now) => {
            let words = match (text(before), text(after)) {
                (Some(before), Some(after)) => text_words(&at.label, &TextChange::between(&before, &after)),
                _ => {
                    let (then, now) = (then.as_deref().unwrap_or_default(), now.as_deref().unwrap_or_default());
                    format!("changed {} from {} to {}", at.label, short(then), short(now))
                }
            };
            (DifferenceKind::Changed, words)
        }
    };
    Difference { before: said_before, after: said_after, ..at.difference(kind, words) }
}

fn text_words(label: &str, change: &TextChange) -> String {
    let (added, taken) = (quoted_runs(&change.added), quoted_runs(&change.taken));
    match (change.added.is_empty(), change.taken.is_empty()) {
        (false, true) => format!("added {added} to {label}"),
        (true, false) => format!("took {taken} out of {label}"),
        (false, false) => format!("wrote {added} instead of {taken} in {label}"),
        (true, true) => format!("changed the spacing of {label}"),
    }
}

fn quoted_runs(runs: &[String]) -> String {
    let mut words = runs.iter().take(RUNS_QUOTED_MAX).map(|run| quoted(run)).collect::<Vec<_>>().join(", ");
    if runs.len() > RUNS_QUOTED_MAX {
        words.push_str(&format!(" and {} more", runs.len() - RUNS_QUOTED_MAX));
    }
    words
}

fn quoted(text: &str) -> String {
    format!("“{}”", short(text))
}

/// An item as one moment has it.
#[derive(Clone, Copy)]
struct Held<'l> {
    item: &'l Item,
    /// From 1, among those that stand.
    place: Option<usize>,
    removed: Option<&'l str>,
}

fn held(list: &List) -> BTreeMap<&str, Held<'_>> {
    let standing = list.items.iter().zip(1..).map(|(item, place)| Held { item, place: Some(place), removed: None });
    let removed = list.removed.iter().map(|removed| Held {
        item: &removed.item,
        place: None,
        removed: Some(removed.reason.as_str()),
    });
    standing.chain(removed).map(|held| (held.item.id.as_str(), held)).collect()
}

fn list(found: &mut Vec<Difference>, at: &At, field: &Field, before: &List, after: &List) {
    let (then, now) = (held(before), held(after));
    let in_order = after.items.iter().chain(after.removed.iter().map(|removed| &removed.item));
    for item in in_order {
        let Some(now) = now.get(item.id.as_str()) else { continue };
        let name = item_name(field, item);
        let at_item = at.below(&item.id, &name);
        match then.get(item.id.as_str()) {
            None => found.push(added(at, &at_item, field, &name, *now)),
            Some(then) => changed_item(found, (at, &at_item), (field, &name), *then, *now),
        }
    }
    // No edit takes an item out of the document; what does is said all the same.
    for (id, held) in then.iter().filter(|(id, _)| !now.contains_key(*id)) {
        let name = item_name(field, held.item);
        let words = format!("removed {name} from {}", at.label);
        let before = Some(fields_words(&field.items, &held.item.fields));
        found.push(Difference { before, ..at.below(id, &name).difference(DifferenceKind::Removed, words) });
    }
}

fn added(list: &At, at: &At, field: &Field, name: &str, now: Held<'_>) -> Difference {
    let all = Some(fields_words(&field.items, &now.item.fields));
    match now.removed {
        None => {
            let words = format!("added {name} to {}", list.label);
            Difference { after: all, ..at.difference(DifferenceKind::Added, words) }
        }
        Some(reason) => {
            let words = format!("added {name} to {} and removed it again: {}", list.label, short(reason));
            let reason = Some(reason.to_owned());
            Difference { before: all, reason, ..at.difference(DifferenceKind::Removed, words) }
        }
    }
}

fn changed_item(
    found: &mut Vec<Difference>,
    (list, at): (&At, &At),
    (field, name): (&Field, &str),
    then: Held<'_>,
    now: Held<'_>,
) {
    for subfield in &field.items {
        let of = |held: Held<'_>| held.item.fields.iter().find(|content| content.field == subfield.id).cloned();
        let at = at.below(subfield.id.as_str(), &subfield.label);
        compare(found, &at, subfield, of(then).as_ref(), of(now).as_ref());
    }
    match (then.removed, now.removed) {
        (None, Some(reason)) => {
            let words = format!("removed {name} from {}: {}", list.label, short(reason));
            let (before, reason) = (Some(fields_words(&field.items, &now.item.fields)), Some(reason.to_owned()));
            found.push(Difference { before, reason, ..at.difference(DifferenceKind::Removed, words) });
        }
        (Some(_), None) => {
            let words = format!("brought {name} back to {}", list.label);
            let after = Some(fields_words(&field.items, &now.item.fields));
            found.push(Difference { after, ..at.difference(DifferenceKind::Restored, words) });
        }
        (Some(then), Some(now)) if then != now => {
            let at = at.below("removed", "Reason for removal");
            let words = format!("changed {} from {} to {}", at.label, short(then), short(now));
            let (before, after) = (Some(then.to_owned()), Some(now.to_owned()));
            found.push(Difference { before, after, ..at.difference(DifferenceKind::Changed, words) });
        }
        _ => {}
    }
    if then.item.order.total_cmp(&now.item.order).is_ne() {
        let place = |held: Held<'_>| held.place.map(|place| format!("place {place}"));
        let words = match place(now) {
            Some(place) => format!("moved {name} in {} to {place}", list.label),
            None => format!("moved {name} in {}", list.label),
        };
        let (before, after) = (place(then), place(now));
        found.push(Difference { before, after, ..at.difference(DifferenceKind::Moved, words) });
    }
}

/// Most runs of words that a sentence quotes of one text.
const RUNS_QUOTED_MAX: usize = 3;

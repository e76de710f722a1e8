//! Conflicts: where people wrote different things without having seen each other, and nobody has chosen yet.
//!
//! They are found in the document alone, so everybody who holds the same changes finds the same conflicts. Only what can
//! harm somebody is one: fields of class `C!`, items that one edited while another removed them, a value that denies a list
//! which holds something, and decision records of which several are current. What loses a field of class `R` is no
//! conflict; it stays in `FieldContent::others`.

mod denied;
mod fields;
mod items;
mod records;
mod standing;
#[cfg(test)]
mod tests;

use crate::{
    content::{self, FieldContent, FieldValue},
    section::{Field, MergeClass, Section},
    trace::{Trace, Write},
};
use automerge::{Automerge, ChangeHash};
use denied::Then;
use items::{Item, ItemWrites};
use serde::Serialize;
use std::collections::BTreeMap;

/// One place of a section where nobody has said yet what holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// Where: `field`, `list.item.subfield`, or `list.item` for an item as a whole and for decision records.
    pub path: String,
    /// What people call it: `Preferred place of death`, `Contacts: Phone`.
    pub label: String,
    /// What kind of disagreement it is.
    pub kind: ConflictKind,
    /// What stands against each other, in an order that is the same on every device; at least two.
    pub contenders: Vec<Contender>,
    /// Which of them is to be followed until somebody chooses, where the definition says so.
    pub applies: Option<usize>,
}

/// One of the things that stand against each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Contender {
    /// What was written; `None` if it was taken away.
    pub value: Option<FieldValue>,
    /// The same in words.
    pub display: String,
    /// The change that wrote it.
    pub change: ChangeHash,
}

/// Kinds of conflicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConflictKind {
    /// Several values for one field.
    Values,
    /// An item that somebody edited while another removed it.
    EditedAndRemoved,
    /// A value says that a list is empty which is not.
    Denied,
    /// Several current decision records.
    Records,
}

/// The conflicts of a section's document, now or at `heads`, sorted by path.
#[must_use]
pub fn conflicts(document: &Automerge, heads: Option<&[ChangeHash]>, section: &Section) -> Vec<Conflict> {
    conflicts_in(&Trace::build(document, heads, section), document, heads, section)
}

/// The conflicts at `heads` of a section under which a signature stands at `signed`. What was signed goes on being read as
/// the plan, so a denial in it is disputed as soon as the list holds something, though whoever wrote that took the
/// denial away, as its help asks for. It ends when the section is signed without the denial.
#[must_use]
pub fn conflicts_since_signed(
    document: &Automerge,
    signed: &[ChangeHash],
    heads: Option<&[ChangeHash]>,
    section: &Section,
) -> Vec<Conflict> {
    let trace = Trace::build(document, heads, section);
    let mut found = conflicts_in(&trace, document, heads, section);
    if section.is_decided() || denying(section).next().is_none() {
        return found;
    }
    let trace_then = Trace::build(document, Some(signed), section);
    let then = Then::read(section, document, Some(signed), &trace_then);
    let now = Then::read(section, document, heads, &trace);
    for field in denying(section) {
        if let Some(denial) = then.denial(field) {
            deny(&mut found, &now, field, Some(&denial));
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// `conflicts` for somebody who has the trace of the document at these heads already.
#[must_use]
pub fn conflicts_in(
    trace: &Trace,
    document: &Automerge,
    heads: Option<&[ChangeHash]>,
    section: &Section,
) -> Vec<Conflict> {
    let mut found = if section.is_decided() {
        records::records(document, heads, section)
    } else {
        let (mut found, items) = by_place(trace, section);
        for ((list, id), writes) in &items {
            let Some(list) = section.field(list).filter(|list| list.merge == MergeClass::Set) else { continue };
            in_item(&mut found, &Item { document, heads, trace, list, id, writes });
        }
        if denying(section).next().is_some() {
            let now = Then::read(section, document, heads, trace);
            denying(section).for_each(|field| deny(&mut found, &now, field, None));
        }
        found
    };
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

type Items<'t> = BTreeMap<(&'t str, &'t str), ItemWrites<'t>>;

/// The conflicts of the section's own fields, and what was written at and in items.
fn by_place<'t>(trace: &'t Trace, section: &Section) -> (Vec<Conflict>, Items<'t>) {
    let (mut found, mut items) = (Vec::new(), Items::new());
    for (path, writes) in trace.paths() {
        let Some((list, rest)) = path.split_once('.') else {
            let writes: Vec<&Write> = writes.iter().collect();
            let field = section.field(path).filter(|field| field.merge == MergeClass::Conflict);
            found.extend(field.and_then(|field| values(trace, field, path.to_owned(), String::new(), &writes)));
            continue;
        };
        let (id, subfield) = rest.split_once('.').map_or((rest, None), |(id, subfield)| (id, Some(subfield)));
        let item: &mut ItemWrites<'_> = items.entry((list, id)).or_default();
        match subfield {
            Some(subfield) => item.inner.insert(subfield, writes.iter().collect()),
            None => {
                item.own = writes.iter().collect();
                None
            }
        };
    }
    (found, items)
}

fn in_item(found: &mut Vec<Conflict>, item: &Item<'_>) {
    let (conflict, stands) = item.judge();
    found.extend(conflict);
    if !stands {
        return;
    }
    let shown = item.shown();
    for (subfield, writes) in &item.writes.inner {
        let field = item.list.item(subfield).filter(|field| field.merge == MergeClass::Conflict);
        let Some(field) = field else { continue };
        let path = format!("{}.{}.{subfield}", item.list.id, item.id);
        let around = format!("{}: ", item.list.label);
        let writes: Vec<&Write> = writes.iter().filter(|w| w.item().is_none() || w.item() == shown).copied().collect();
        found.extend(values(item.trace, field, path, around, &writes));
    }
}

fn values(trace: &Trace, field: &Field, path: String, around: String, writes: &[&Write]) -> Option<Conflict> {
    let contenders = fields::contenders(trace, field, writes);
    let label = format!("{around}{}", field.label);
    let applies = fields::narrowest(field, &contenders);
    (!contenders.is_empty()).then_some(Conflict { path, label, kind: ConflictKind::Values, contenders, applies })
}

fn denying(section: &Section) -> impl Iterator<Item = &Field> {
    section.fields.iter().filter(|field| field.denies.is_some())
}

/// Puts a denied list in the place of what stands at the denying field alone. One that is there already stays.
fn deny(found: &mut Vec<Conflict>, now: &Then<'_>, field: &Field, signed: Option<&Contender>) {
    let at = found.iter().position(|conflict| conflict.path == field.id.as_str());
    if at.is_some_and(|at| found[at].kind == ConflictKind::Denied) {
        return;
    }
    let standing = at.map_or(&[][..], |at| &found[at].contenders);
    let Some(denied) = denied::denied(now, field, standing, signed) else { return };
    match at {
        Some(at) => found[at] = denied,
        None => found.push(denied),
    }
}

/// What people read for a value of this field, on one line: the parts of a group by comma, the items of a list by
/// semicolon.
#[must_use]
pub fn in_words(field: &Field, value: &FieldValue) -> String {
    match value {
        FieldValue::Text(text) => text.clone(),
        FieldValue::Single(single) => single.display.clone(),
        FieldValue::Group(parts) => fields_in_words(&field.parts, parts),
        FieldValue::List(list) => {
            list.items.iter().map(|item| item_in_words(field, item)).collect::<Vec<_>>().join("; ")
        }
    }
}

/// What people read for an item of this list, on one line.
#[must_use]
pub fn item_in_words(list: &Field, item: &content::Item) -> String {
    item_fields_in_words(list, &item.fields)
}

/// What people read for the fields of an item or a record of this list, on one line.
#[must_use]
pub fn item_fields_in_words(list: &Field, fields: &[FieldContent]) -> String {
    fields_in_words(&list.items, fields)
}

fn fields_in_words(fields: &[Field], contents: &[FieldContent]) -> String {
    let words = contents.iter().filter_map(|content| {
        let field = fields.iter().find(|field| field.id == content.field)?;
        Some(in_words(field, &content.value))
    });
    words.collect::<Vec<_>>().join(", ")
}

/// What people read where somebody took a value away.
pub const TAKEN_AWAY: &str = "(taken away)";

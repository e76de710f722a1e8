//! A value that says that a list is empty, beside a list which is not.

use super::{Conflict, ConflictKind, Contender, in_words};
use crate::{
    content::{Content, FieldContent, FieldValue, Plain},
    section::{Field, Kind, Section},
    trace::{Trace, WriteKind},
};
use automerge::ChangeHash;

/// The conflict of a field that denies a list; `standing` is what stands against each other at the field alone.
pub(super) fn denied(
    section: &Section,
    content: &Content,
    trace: &Trace,
    field: &Field,
    standing: &[Contender],
) -> Option<Conflict> {
    let list = field.denies.as_ref().and_then(|list| section.field(list.as_str()))?;
    let held = content.field(list.id.as_str()).map(|content| &content.value)?;
    let FieldValue::List(items) = held else { return None };
    if items.items.is_empty() {
        return None;
    }
    let mut contenders = standing.to_vec();
    if contenders.is_empty() {
        contenders.extend(content.field(field.id.as_str()).and_then(|content| alone(trace, field, content)));
    }
    if !contenders.iter().any(|contender| contender.value.as_ref().is_some_and(|value| denies(field, value))) {
        return None;
    }
    let path = |id: &str| format!("{}.{id}", list.id);
    let made = items.items.iter().flat_map(|item| trace.writes(&path(&item.id)));
    let last = made.filter(|write| write.kind == WriteKind::Add).max_by_key(|write| write.op());
    contenders.push(Contender {
        value: Some(held.clone()),
        display: in_words(list, held),
        change: last.map_or(ChangeHash([0; 32]), |write| write.change),
    });
    let applies = Some(contenders.len() - 1);
    let (path, label) = (field.id.to_string(), field.label.clone());
    Some(Conflict { path, label, kind: ConflictKind::Denied, contenders, applies })
}

fn alone(trace: &Trace, field: &Field, content: &FieldContent) -> Option<Contender> {
    let change = trace.last_write(field.id.as_str())?.change;
    Some(Contender { value: Some(content.value.clone()), display: in_words(field, &content.value), change })
}

/// Any code denies; of yes and no only yes.
fn denies(field: &Field, value: &FieldValue) -> bool {
    match (field.kind, value) {
        (Kind::YesNo, FieldValue::Single(single)) => single.value == Plain::Bool(true),
        _ => true,
    }
}

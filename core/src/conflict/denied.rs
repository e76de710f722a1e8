//! A value that says that a list is empty, beside a list which is not.

use super::{Conflict, ConflictKind, Contender, in_words};
use crate::{
    content::{self, Content, FieldContent, FieldValue, Plain},
    section::{Field, Kind, Section},
    trace::{Trace, WriteKind},
};
use automerge::{Automerge, ChangeHash};

/// A section's document as it was at some heads.
pub(super) struct Then<'a> {
    section: &'a Section,
    content: Content,
    trace: &'a Trace,
}

impl<'a> Then<'a> {
    pub(super) fn read(
        section: &'a Section,
        document: &Automerge,
        heads: Option<&[ChangeHash]>,
        trace: &'a Trace,
    ) -> Self {
        Self { section, content: content::read(document, heads, section), trace }
    }

    /// What this field says there, if that denies its list.
    pub(super) fn denial(&self, field: &Field) -> Option<Contender> {
        self.alone(field).filter(|alone| alone.value.as_ref().is_some_and(|value| denies(field, value)))
    }

    fn alone(&self, field: &Field) -> Option<Contender> {
        let FieldContent { value, .. } = self.content.field(field.id.as_str())?;
        let change = self.trace.last_write(field.id.as_str())?.change;
        Some(Contender { value: Some(value.clone()), display: in_words(field, value), change })
    }

    /// The list that this field denies, if it holds something.
    fn denied(&self, field: &Field) -> Option<Contender> {
        let list = field.denies.as_ref().and_then(|list| self.section.field(list.as_str()))?;
        let held = self.content.field(list.id.as_str()).map(|content| &content.value)?;
        let FieldValue::List(items) = held else { return None };
        if items.items.is_empty() {
            return None;
        }
        let path = |id: &str| format!("{}.{id}", list.id);
        let made = items.items.iter().flat_map(|item| self.trace.writes(&path(&item.id)));
        let last = made.filter(|write| write.kind == WriteKind::Add).max_by_key(|write| write.op());
        Some(Contender {
            value: Some(held.clone()),
            display: in_words(list, held),
            change: last.map_or(ChangeHash([0; 32]), |write| write.change),
        })
    }
}

/// The conflict of a field that denies a list. `standing` is what stands against each other at the field alone, `signed`
/// a denial which is not there any more, but under which a signature stands.
pub(super) fn denied(
    now: &Then<'_>,
    field: &Field,
    standing: &[Contender],
    signed: Option<&Contender>,
) -> Option<Conflict> {
    let list = now.denied(field)?;
    let mut contenders = standing.to_vec();
    if contenders.is_empty() {
        contenders.extend(now.alone(field));
    }
    if !contenders.iter().any(|contender| contender.value.as_ref().is_some_and(|value| denies(field, value))) {
        contenders.insert(0, signed?.clone());
    }
    contenders.push(list);
    let applies = Some(contenders.len() - 1);
    let (path, label) = (field.id.to_string(), field.label.clone());
    Some(Conflict { path, label, kind: ConflictKind::Denied, contenders, applies })
}

/// Any code denies; of yes and no only yes.
fn denies(field: &Field, value: &FieldValue) -> bool {
    match (field.kind, value) {
        (Kind::YesNo, FieldValue::Single(single)) => single.value == Plain::Bool(true),
        _ => true,
    }
}

//! Conflicts of items: removed by one while another edited them, or made twice under one id.

use super::{
    Conflict, ConflictKind, Contender, in_words, item_fields_in_words,
    standing::{Standing, Statement, StatementKind, standing},
};
use crate::{
    content::{FieldContent, FieldValue, read_fields},
    section::Field,
    trace::{Trace, Write, WriteKind},
};
use automerge::{Automerge, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, Value};
use std::collections::BTreeMap;

/// Everything that was written at and in one item.
#[derive(Debug, Default)]
pub(super) struct ItemWrites<'t> {
    /// At `list.item`.
    pub(super) own: Vec<&'t Write>,
    /// At `list.item.subfield`, by the subfield.
    pub(super) inner: BTreeMap<&'t str, Vec<&'t Write>>,
}

/// One item under examination.
pub(super) struct Item<'a> {
    pub(super) document: &'a Automerge,
    pub(super) heads: Option<&'a [ChangeHash]>,
    pub(super) trace: &'a Trace,
    pub(super) list: &'a Field,
    pub(super) id: &'a str,
    pub(super) writes: &'a ItemWrites<'a>,
}

impl Item<'_> {
    /// The conflict about the whole item, if there is one, and whether the item stands.
    pub(super) fn judge(&self) -> (Option<Conflict>, bool) {
        let shown = self.shown();
        let (statements, removed) = self.statements(shown);
        let judged = if removed { standing(self.trace.past(), &statements, STANDS) } else { Standing::default() };
        let stands = judged.shown == STANDS;
        let made = self.writes.own.iter().filter(|write| write.kind == WriteKind::Add).count();
        let twice = if made > 1 { self.made_twice() } else { Vec::new() };
        let (kind, contenders) = if twice.is_empty() {
            (ConflictKind::EditedAndRemoved, self.edited_and_removed(&statements, &judged))
        } else {
            (ConflictKind::Values, twice)
        };
        let conflict = (contenders.len() > 1).then(|| Conflict {
            path: format!("{}.{}", self.list.id, self.id),
            label: self.list.label.clone(),
            kind,
            contenders,
            applies: None,
        });
        (conflict, stands)
    }

    /// Of the items that were made under this id, the one that is shown.
    pub(super) fn shown(&self) -> Option<u32> {
        let made = self.writes.own.iter().filter(|write| write.kind == WriteKind::Add);
        made.max_by_key(|write| write.op()).and_then(|write| write.item())
    }

    /// What was said about whether it stands, and whether anybody ever removed it.
    fn statements(&self, shown: Option<u32>) -> (Vec<Statement<'_>>, bool) {
        let removed = |write: &&Write| matches!(write.kind, WriteKind::Remove { .. }) && write.item() == shown;
        if !self.writes.own.iter().any(removed) {
            return (Vec::new(), false);
        }
        let own = self.writes.own.iter().filter_map(|write| own_statement(write).map(|kind| Statement { write, kind }));
        let inner = self.writes.inner.values().flatten();
        let inner = inner.map(|write| Statement { write, kind: StatementKind::Implied(STANDS) });
        let of_shown = |write: &Write| write.item().is_none() || write.item() == shown;
        let mut statements: Vec<_> = own.chain(inner).filter(|statement| of_shown(statement.write)).collect();
        statements.sort_by_key(|statement| statement.write.op());
        (statements, true)
    }

    fn edited_and_removed(&self, statements: &[Statement<'_>], judged: &Standing) -> Vec<Contender> {
        let (removals, kept): (Vec<_>, Vec<_>) = judged.statements.iter().partition(|(_, value)| *value == REMOVED);
        let said = |these: Vec<&(usize, usize)>| these.into_iter().map(|(at, _)| statements[*at]).collect::<Vec<_>>();
        let (removals, kept) = (said(removals), said(kept));
        if removals.is_empty() || kept.is_empty() {
            return Vec::new();
        }
        let fields = self.objects().pop().map(|object| self.fields(&object)).unwrap_or_default();
        let mut found: Vec<(&Write, Contender)> = Vec::new();
        for Statement { write, .. } in &removals {
            let reason = match (&write.kind, &write.settles) {
                (WriteKind::Remove { reason }, _) | (_, Some(reason)) => reason.as_str(),
                _ => "",
            };
            let contender = Contender { value: None, display: format!("Removed: {reason}"), change: write.change };
            found.retain(|(_, known)| known.display != contender.display);
            found.push((write, contender));
        }
        for Statement { write, .. } in &kept {
            let value = Some(FieldValue::Group(fields.clone()));
            let display = self.edits_of(write, &removals).unwrap_or_else(|| item_fields_in_words(self.list, &fields));
            let contender = Contender { value, display, change: write.change };
            found.retain(|(_, known)| known.change != contender.change);
            found.push((write, contender));
        }
        found.sort_by_key(|(write, _)| write.op());
        found.into_iter().map(|(_, contender)| contender).collect()
    }

    /// In words, what was edited up to this write that those who removed the item had not seen.
    fn edits_of(&self, last: &Write, removals: &[Statement<'_>]) -> Option<String> {
        match last.kind {
            WriteKind::Restore => return Some("Brought back".to_owned()),
            WriteKind::Settle | WriteKind::Move { .. } => return Some("Kept".to_owned()),
            _ => {}
        }
        let descends = |later: &Write, earlier: &Write| self.trace.descends(&later.change, &earlier.change);
        let counts = |write: &&&Write| {
            write.item() == last.item()
                && descends(last, write)
                && !removals.iter().any(|removal| descends(removal.write, write))
        };
        let words = self.list.items.iter().filter_map(|field| {
            let write =
                self.writes.inner.get(field.id.as_str())?.iter().filter(counts).max_by_key(|write| write.op())?;
            Some(match (&write.kind, &write.value) {
                (WriteKind::Set, Some(value)) => format!("{}: {}", field.label, in_words(field, value)),
                (WriteKind::Text { .. }, _) => format!("{} edited", field.label),
                _ => format!("{} taken away", field.label),
            })
        });
        let words: Vec<String> = words.collect();
        (!words.is_empty()).then(|| words.join(", "))
    }

    /// The items under this id, if more than one was made and nobody has said yet that what is shown holds.
    fn made_twice(&self) -> Vec<Contender> {
        let mut made: Vec<&Write> = self.writes.own.iter().filter(|w| w.kind == WriteKind::Add).copied().collect();
        made.sort_by_key(|write| write.op());
        let Some(shown) = made.last().map(|write| write.item()) else { return Vec::new() };
        let contents: Vec<_> = self.objects().iter().map(|object| self.fields(object)).collect();
        let last = |item: Option<u32>| {
            let all = self.writes.own.iter().chain(self.writes.inner.values().flatten());
            all.filter(move |write| write.item() == item).max_by_key(|write| write.op())
        };
        let judged = |write: &Write| {
            let mut settled = self.writes.own.iter().filter(|own| own.settles.is_some());
            settled.any(|settled| self.trace.descends(&settled.change, &write.change))
        };
        let mut found: Vec<Contender> = Vec::new();
        let mut open = false;
        for (made, fields) in made.iter().zip(&contents) {
            let value = Some(FieldValue::Group(fields.clone()));
            if found.iter().any(|known| known.value == value) {
                continue;
            }
            let Some(last) = last(made.item()) else { continue };
            open |= made.item() != shown && Some(fields) != contents.last() && !judged(last);
            let display = item_fields_in_words(self.list, fields);
            found.push(Contender { value, display, change: last.change });
        }
        if open { found } else { Vec::new() }
    }

    fn fields(&self, object: &ObjId) -> Vec<FieldContent> {
        read_fields(self.document, self.heads, object, &self.list.items)
    }

    /// The items under this id; the last is the one that is shown.
    fn objects(&self) -> Vec<ObjId> {
        let mut objects = vec![ROOT];
        for key in ["fields", self.list.id.as_str(), self.id] {
            let Some(object) = objects.pop() else { break };
            let all = match self.heads {
                Some(heads) => self.document.get_all_at(&object, key, heads),
                None => self.document.get_all(&object, key),
            };
            let is_map = |value: &Value<'_>| matches!(value, Value::Object(ObjType::Map));
            objects =
                all.unwrap_or_default().into_iter().filter(|(value, _)| is_map(value)).map(|(_, id)| id).collect();
        }
        objects
    }
}

/// What a write at the item as a whole says of it. Every write inside says that it stands.
fn own_statement(write: &Write) -> Option<StatementKind> {
    match write.kind {
        WriteKind::Remove { .. } if write.is_held() => Some(StatementKind::Put(REMOVED)),
        WriteKind::Remove { .. } => Some(StatementKind::Deleted(REMOVED)),
        WriteKind::Restore => Some(StatementKind::Deleted(STANDS)),
        WriteKind::Add => Some(StatementKind::Implied(STANDS)),
        WriteKind::Settle => Some(StatementKind::AsShown),
        // Where an item stands in its list says nothing about whether it does.
        WriteKind::Move { .. } => write.settles.is_some().then_some(StatementKind::AsShown),
        _ => None,
    }
}

const STANDS: usize = 0;
const REMOVED: usize = 1;

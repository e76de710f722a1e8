//! What people disagree about, and decisions.

use super::{subject, values};
use crate::chance::Chance;
use automerge::ChangeHash;
use coplan_core::{
    conflict::{Conflict, ConflictKind, Contender, TAKEN_AWAY, in_words},
    content::{Content, FieldContent, FieldValue},
    decision::{self, Kind, Record, Signature, State},
    section::{Current, Field, MergeClass, Section},
    time::UtcMillis,
};

/// Disputes about some of what can be disputed: fields, fields of items, items, denials.
pub(super) fn conflicts(section: &Section, content: &Content, chance: &mut Chance) -> Vec<Conflict> {
    let mut found = Vec::new();
    for field in section.fields.iter().filter(|field| field.record.is_none()) {
        let held = content.field(field.id.as_str()).map(|content| &content.value);
        if field.merge == MergeClass::Conflict && chance.once_in(DISPUTED_ONCE_IN) {
            found.extend(of_values(field, field.id.to_string(), chance));
        }
        let Some(FieldValue::List(list)) = held else { continue };
        for item in &list.items {
            let path = format!("{}.{}", field.id, item.id);
            if chance.once_in(2 * DISPUTED_ONCE_IN) {
                let whole = FieldValue::Group(item.fields.clone());
                found.push(conflict(field, path, ConflictKind::EditedAndRemoved, [Some(whole), None], chance));
                continue;
            }
            for inner in field.items.iter().filter(|inner| inner.merge == MergeClass::Conflict) {
                if chance.once_in(DISPUTED_ONCE_IN) {
                    found.extend(of_values(inner, format!("{path}.{}", inner.id), chance));
                }
            }
        }
    }
    found.extend(denials(section, content, chance));
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found.dedup_by(|a, b| a.path == b.path);
    found
}

fn of_values(field: &Field, path: String, chance: &mut Chance) -> Option<Conflict> {
    let (one, other) = (values::value(field, chance)?, values::value(field, chance)?);
    let other = if chance.once_in(4) { None } else { Some(other) };
    Some(conflict(field, path, ConflictKind::Values, [Some(one), other], chance))
}

/// A value that says that a list is empty, which is always denied where the list holds something.
fn denials(section: &Section, content: &Content, chance: &mut Chance) -> Vec<Conflict> {
    let denying = section.fields.iter().filter(|field| content.field(field.id.as_str()).is_some());
    let denied = denying.filter_map(|field| {
        let list = content.field(field.denies.as_ref()?.as_str())?;
        let FieldValue::List(items) = &list.value else { return None };
        let own = content.field(field.id.as_str())?.value.clone();
        let sides = [Some(own), Some(list.value.clone())];
        (!items.items.is_empty()).then(|| conflict(field, field.id.to_string(), ConflictKind::Denied, sides, chance))
    });
    denied.collect()
}

fn conflict(
    field: &Field,
    path: String,
    kind: ConflictKind,
    sides: [Option<FieldValue>; 2],
    chance: &mut Chance,
) -> Conflict {
    let contenders = sides.into_iter().map(|value| {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&chance.number().to_be_bytes());
        let display = value.as_ref().map_or_else(|| TAKEN_AWAY.to_owned(), |value| in_words(field, value));
        Contender { value, display, change: ChangeHash(hash) }
    });
    let contenders = contenders.collect();
    Conflict { path, label: field.label.clone(), kind, contenders, applies: field.narrowing.then_some(0) }
}

/// Records of some kinds: one that is current, or several that are disputed where only one may be current.
pub(super) fn records(section: &Section, chance: &mut Chance, filled_once_in: usize) -> Vec<Kind> {
    let kinds = decision::kinds(section).map(|(field, rule)| {
        let count = if chance.once_in(filled_once_in) { 1 + chance.below(2) } else { 0 };
        let disputed = count > 1 && rule.current == Current::One;
        let mut records: Vec<Record> = (0..count).filter_map(|nth| record(field, nth, chance)).collect();
        let disputed = disputed && records.len() > 1;
        for record in &mut records {
            record.state = if disputed { State::Disputed } else { State::Current };
        }
        Kind { field: field.id.clone(), records }
    });
    kinds.collect()
}

fn record(field: &Field, nth: usize, chance: &mut Chance) -> Option<Record> {
    let fields: Vec<FieldContent> = values::fields(&field.items, chance, 2);
    let at = UtcMillis(1_783_000_000_000);
    let recorded = Signature::of(&subject(chance), at);
    let endorsed = chance.once_in(2).then(|| Signature::of(&subject(chance), at.plus_ms(1)));
    (!fields.is_empty()).then(|| Record {
        id: format!("record-{nth}"),
        fields,
        order: nth as f64,
        supersedes: Vec::new(),
        superseded_by: Vec::new(),
        reason: None,
        made_at: None,
        recorded,
        endorsed,
        withdrawn: None,
        state: State::Current,
        applies: false,
        change: ChangeHash([9; 32]),
    })
}

/// One of so many things that can be disputed is.
const DISPUTED_ONCE_IN: usize = 12;

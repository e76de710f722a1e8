//! People who edit copies of one document at random, and a log of what they had seen.

use super::oracle::{EVENTS_MAX, Event, Log, Manner, Seen, Word, removed, stands};
use crate::{
    conflict::{ConflictKind, conflicts, in_words},
    content::{self, Content, FieldValue, List, edit, edit::Edit, empty_document, genesis},
    section::{MergeClass, Section},
};
use automerge::{ActorId, Automerge};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Chance from a seed (SplitMix64).
#[derive(Debug)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d)
    }

    pub(super) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n.max(1) as u64) as usize
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

/// One person's copy.
#[derive(Debug, Clone)]
pub(super) struct Replica {
    pub(super) document: Automerge,
    pub(super) seen: Seen,
}

/// What people ever wrote whole: groups, numbers and codes, in words.
pub(super) type Written = BTreeSet<String>;

impl Replica {
    pub(super) fn new(section: &Section, number: u8, chance: &mut Chance) -> Self {
        // Whose value wins must not follow from who is who.
        let mut actor = [chance.below(256) as u8; 16];
        actor[15] = number;
        let mut document = empty_document().with_actor(ActorId::from(actor));
        document.apply_changes([genesis(section)]).unwrap();
        Self { document, seen: 0 }
    }

    pub(super) fn learn_from(&mut self, other: &mut Self) {
        self.document.merge(&mut other.document).unwrap();
        self.seen |= other.seen;
    }

    /// Does something at random, and notes it.
    pub(super) fn act(&mut self, section: &Section, chance: &mut Chance, log: &mut Log, written: &mut Written) {
        if log.events.len() + 2 >= EVENTS_MAX {
            return;
        }
        let content = content::read(&self.document, None, section);
        let edit = match chance.below(100) {
            0..15 => self.random_settling(section, chance, log.events.len()),
            15..60 => on_a_field(chance),
            _ => on_an_item(&content, chance, log.events.len()),
        };
        let Ok(edit) = serde_json::from_value::<Edit>(edit) else { return };
        if edit::apply(&mut self.document, section, &edit, 0).is_err() {
            return;
        }
        for (path, says, manner) in said(section, &edit).into_iter().filter(|(path, ..)| is_disputable(section, path)) {
            let shown = shown(section, &content, &path);
            if manner != Manner::Implied && says.is_some() {
                written.extend(says.clone());
            }
            self.seen |= log.note(Event { seen: self.seen, path, says, shown, manner });
        }
    }

    fn random_settling(&self, section: &Section, chance: &mut Chance, number: usize) -> Value {
        let found = conflicts(&self.document, None, section);
        let at = chance.below(found.len());
        let (path, kind) = match found.get(at) {
            Some(conflict) => (conflict.path.clone(), conflict.kind),
            None => ("place".to_owned(), ConflictKind::Values),
        };
        let choice = match (kind, chance.below(4)) {
            (ConflictKind::EditedAndRemoved, 0 | 1) => json!("removed"),
            (ConflictKind::EditedAndRemoved, _) => json!("kept"),
            (_, 0) => json!("cleared"),
            _ => json!({"value": value_at(section, &path, chance)}),
        };
        json!({"settle": {"path": path, "choice": choice, "reason": format!("asked again {number}")}})
    }
}

fn value_at(section: &Section, path: &str, chance: &mut Chance) -> Value {
    match path.rsplit('.').next().unwrap_or_default() {
        "phone" => json!(chance.of(&PHONES)),
        "sharing" => json!(chance.of(&["all", "some", "none"])),
        "no_allergies" => json!(chance.below(2) == 0),
        "dose" => dose(chance),
        "to" => json!(chance.of(&["Penicillin", "Latex"])),
        field if section.field(field).is_some() => json!(chance.of(&["home", "hospice", "hospital"])),
        _ => Value::Null,
    }
}

fn dose(chance: &mut Chance) -> Value {
    json!({"drug": chance.of(&["morphine", "oxycodone"]), "amount": chance.below(3)})
}

fn on_a_field(chance: &mut Chance) -> Value {
    let set = |field: &str, value: Value| json!({"set": {"field": field, "value": value}});
    match chance.below(12) {
        0 | 1 => set("place", json!(chance.of(&["home", "hospice", "hospital"]))),
        2 => set("sharing", json!(chance.of(&["all", "some", "none"]))),
        3 | 4 => set("phone", json!(chance.of(&PHONES))),
        5 | 6 => json!({"set-group": {"field": "dose", "values": dose(chance)}}),
        7 => set("no_allergies", json!(chance.below(3) > 0)),
        8 => set("nickname", json!(chance.of(&["Ada", "Addy"]))),
        9 => json!({"set-text": {"field": "story", "text": chance.of(&["one", "two three", "four"])}}),
        _ => json!({"clear": {"field": chance.of(&["place", "phone", "dose", "sharing", "no_allergies"])}}),
    }
}

fn on_an_item(content: &Content, chance: &mut Chance, number: usize) -> Value {
    let list = chance.of(&["people", "people", "people", "allergies"]);
    let held = list_of(content, list);
    let ids: Vec<&String> = held.items.iter().map(|item| &item.id).collect();
    let some = |chance: &mut Chance| ids[chance.below(ids.len())].as_str();
    let order = chance.below(5);
    let add = |chance: &mut Chance| {
        let values = match list {
            "people" => json!({"name": chance.of(&["Bea", "Cy"]), "phone": chance.of(&PHONES), "dose": dose(chance)}),
            _ => json!({"to": chance.of(&["Penicillin", "Latex"])}),
        };
        json!({"add-item": {"field": list, "id": format!("i{number}"), "order": order, "values": values}})
    };
    if ids.len() < 2 && chance.below(2) == 0 || ids.is_empty() && held.removed.is_empty() {
        return add(chance);
    }
    let set = |item: &str, subfield: &str, value: Value| json!({"set-item": {"field": list, "item": item, "subfield": subfield, "value": value}});
    match (list, chance.below(9)) {
        (_, 0 | 1) if !held.removed.is_empty() => {
            let item = &held.removed[chance.below(held.removed.len())].item.id;
            json!({"restore-item": {"field": list, "item": item}})
        }
        _ if ids.is_empty() => add(chance),
        (_, 0 | 1) => json!({"remove-item": {"field": list, "item": some(chance), "reason": format!("gone {number}")}}),
        (_, 2) => json!({"move-item": {"field": list, "item": some(chance), "order": order}}),
        ("people", 3 | 4) => set(some(chance), "phone", json!(chance.of(&PHONES))),
        ("people", 5) => set(some(chance), "phone", Value::Null),
        ("people", 6) => set(some(chance), "dose", dose(chance)),
        ("people", 7) => set(some(chance), "notes", json!(chance.of(&["rings", "rings back"]))),
        ("people", _) => set(some(chance), "name", json!(chance.of(&["Bea", "Cy", "Di"]))),
        _ => set(some(chance), "to", json!(chance.of(&["Penicillin", "Latex"]))),
    }
}

/// What an edit says, where, and how.
fn said(section: &Section, edit: &Edit) -> Vec<(String, Word, Manner)> {
    let words = |field: &str, subfield: Option<&str>, value: &Value| word_of(section, field, subfield, value);
    match edit {
        Edit::Set { field, value } => vec![(field.clone(), words(field, None, value), Manner::Written)],
        Edit::SetGroup { field, values } => {
            vec![(field.clone(), words(field, None, &json!(values)), Manner::Written)]
        }
        Edit::Clear { field } => vec![(field.clone(), None, Manner::Written)],
        Edit::AddItem { field, id, values, .. } => {
            let path = format!("{field}.{id}");
            let inner = values.iter().map(|(subfield, value)| {
                (format!("{path}.{subfield}"), words(field, Some(subfield), value), Manner::Written)
            });
            std::iter::once((path.clone(), stands(), Manner::Implied)).chain(inner).collect()
        }
        Edit::SetItem { field, item, subfield, value } => {
            let path = format!("{field}.{item}");
            let inner = (format!("{path}.{subfield}"), words(field, Some(subfield), value), Manner::Written);
            vec![(path, stands(), Manner::Implied), inner]
        }
        Edit::RemoveItem { field, item, .. } => vec![(format!("{field}.{item}"), removed(), Manner::Written)],
        Edit::RestoreItem { field, item } => vec![(format!("{field}.{item}"), stands(), Manner::Written)],
        Edit::Settle { path, choice, .. } => {
            let mut keys = path.split('.');
            let (field, subfield) = (keys.next().unwrap(), keys.nth(1));
            let mut said = match choice {
                edit::Choice::Removed => vec![(path.clone(), removed(), Manner::Settled)],
                edit::Choice::Kept => vec![(path.clone(), stands(), Manner::Settled)],
                edit::Choice::Cleared => vec![(path.clone(), None, Manner::Settled)],
                edit::Choice::Value(value) => vec![(path.clone(), words(field, subfield, value), Manner::Settled)],
            };
            if let Some((item, _)) = path.rsplit_once('.').filter(|(item, _)| item.contains('.')) {
                said.push((item.to_owned(), stands(), Manner::Implied));
            }
            said
        }
        Edit::MoveItem { .. } | Edit::SetText { .. } => Vec::new(),
    }
}

fn is_disputable(section: &Section, path: &str) -> bool {
    let mut keys = path.split('.');
    let field = section.field(keys.next().unwrap()).unwrap();
    let subfield = keys.nth(1).map(|subfield| field.item(subfield).unwrap());
    matches!(subfield.unwrap_or(field).merge, MergeClass::Conflict | MergeClass::Set)
}

/// The words for a value, by way of the field's own: only what is disputed has any.
fn word_of(section: &Section, field: &str, subfield: Option<&str>, value: &Value) -> Word {
    let field = section.field(field).unwrap();
    let field = subfield.map_or(field, |subfield| field.item(subfield).unwrap());
    match value {
        Value::Null => None,
        Value::Object(parts) => {
            let part = |id: &str| parts.get(id).cloned().unwrap_or_default();
            Some(format!("{}, {} mg", part("drug").as_str().unwrap_or_default(), part("amount")))
        }
        Value::Bool(yes) => Some(if *yes { "Yes" } else { "No" }.to_owned()),
        Value::String(text) => Some(field.code(text).map_or(text.clone(), |code| code.display.clone())),
        other => Some(other.to_string()),
    }
}

/// What a screen shows at a place.
fn shown(section: &Section, content: &Content, path: &str) -> Word {
    let keys: Vec<&str> = path.split('.').collect();
    let field = section.field(keys[0]).unwrap();
    let list = list_of(content, keys[0]);
    match keys[1..] {
        [] => content.field(keys[0]).map(|held| in_words(field, &held.value)),
        [item] if list.removed.iter().any(|gone| gone.item.id == item) => removed(),
        [_] => stands(),
        [item, subfield, ..] => {
            let item = list.items.iter().find(|held| held.id == item)?;
            let held = item.fields.iter().find(|held| held.field.as_str() == subfield)?;
            Some(in_words(field.item(subfield).unwrap(), &held.value))
        }
    }
}

pub(super) fn list_of(content: &Content, field: &str) -> List {
    match content.field(field).map(|held| &held.value) {
        Some(FieldValue::List(list)) => list.clone(),
        _ => List::default(),
    }
}

const PHONES: [&str; 3] = ["111", "020 7946 0001", "020 7946 0002"];

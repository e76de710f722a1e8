//! From a document to its records, and what each of them is among the others.

use super::{Kind, Record, SUPERSEDES_MAX, Signature, State, Withdrawal, kinds};
use crate::{
    content::{FieldContent, FieldValue, Plain, read_value},
    section::{Current, Field, RecordRule, Section, is_item_id},
    time::UtcMillis,
};
use automerge::{Automerge, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value, iter::MapRange};
use std::collections::{BTreeMap, BTreeSet};

/// The records of every kind that the section defines, in its order: now, or at `heads`. A kind without records is there
/// with none. Heads that the document does not know count as not there; whoever needs them checks first.
#[must_use]
pub fn read(document: &Automerge, heads: Option<&[ChangeHash]>, section: &Section) -> Vec<Kind> {
    let reader = Reader { document, heads };
    let fields = reader.map(&ROOT, "fields");
    let kind = |(field, rule): (&Field, &RecordRule)| {
        let list = fields.as_ref().and_then(|fields| reader.map(fields, field.id.as_str()));
        let mut records = list.map(|list| reader.records(&list, field)).unwrap_or_default();
        relate(&mut records, field, rule);
        Kind { field: field.id.clone(), records }
    };
    kinds(section).map(kind).collect()
}

/// What the record is about, where each such thing has a current record of its own.
pub(super) fn about(record: &Record, rule: &RecordRule) -> Option<String> {
    rule.per.as_ref().and_then(|per| plain(record, per.as_str()))
}

/// The values of a map by their keys.
type Held = BTreeMap<String, (Value<'static>, ObjId)>;

struct Reader<'d> {
    document: &'d Automerge,
    heads: Option<&'d [ChangeHash]>,
}

impl Reader<'_> {
    fn records(&self, list: &ObjId, field: &Field) -> Vec<Record> {
        let mut records = Vec::new();
        for entry in self.range(list).filter(|entry| is_item_id(&entry.key)) {
            // Two that were made under one id without having seen each other are two records.
            let items = if entry.conflict {
                self.all(list, &entry.key)
            } else {
                vec![(entry.value.clone().into(), entry.id())]
            };
            for (value, item) in items {
                if matches!(value, Value::Object(ObjType::Map)) {
                    records.extend(self.record(&entry.key, &item, field));
                }
            }
        }
        records.sort_by(|a, b| a.order.total_cmp(&b.order).then_with(|| (&a.id, a.change).cmp(&(&b.id, b.change))));
        records
    }

    /// What nobody signed, or what says nothing, is no record.
    fn record(&self, id: &str, item: &ObjId, field: &Field) -> Option<Record> {
        let held = self.held(item);
        let recorded = signature(&self.below(&held, "recorded")?)?;
        let content = |field: &Field| {
            let (value, id) = held.get(field.id.as_str())?;
            let value = read_value(self.document, self.heads, field, (value.clone(), id))?;
            Some(FieldContent { field: field.id.clone(), value, others: Vec::new() })
        };
        let fields: Vec<FieldContent> = field.items.iter().filter_map(content).collect();
        if fields.is_empty() {
            return None;
        }
        Some(Record {
            id: id.to_owned(),
            fields,
            order: order(&held),
            supersedes: text(&held, "supersedes").map(ids).unwrap_or_default(),
            superseded_by: Vec::new(),
            reason: text(&held, "reason").map(str::to_owned),
            made_at: text(&held, "made_at").and_then(UtcMillis::from_rfc3339),
            recorded,
            endorsed: self.below(&held, "endorsed").and_then(|map| signature(&map)),
            withdrawn: self.below(&held, "withdrawn").and_then(|map| withdrawal(&map)),
            state: State::Current,
            applies: false,
            change: self.document.hash_for_opid(item)?,
        })
    }

    /// What a map holds, each key with the value that Automerge shows.
    fn held(&self, object: &ObjId) -> Held {
        self.range(object).map(|entry| (entry.key.to_string(), (entry.value.clone().into(), entry.id()))).collect()
    }

    fn below(&self, held: &Held, key: &str) -> Option<Held> {
        match held.get(key)? {
            (Value::Object(ObjType::Map), id) => Some(self.held(id)),
            _ => None,
        }
    }

    /// The map under a key.
    fn map(&self, object: &ObjId, key: &str) -> Option<ObjId> {
        let is_map = |(value, _): &(Value<'_>, ObjId)| matches!(value, Value::Object(ObjType::Map));
        self.all(object, key).into_iter().rfind(is_map).map(|(_, id)| id)
    }

    fn range(&self, object: &ObjId) -> MapRange<'_> {
        match self.heads {
            Some(heads) => self.document.map_range_at(object, .., heads),
            None => self.document.map_range(object, ..),
        }
    }

    /// Every value under a key; the last is the one that Automerge shows.
    fn all(&self, object: &ObjId, key: &str) -> Vec<(Value<'_>, ObjId)> {
        let all = match self.heads {
            Some(heads) => self.document.get_all_at(object, key, heads),
            None => self.document.get_all(object, key),
        };
        all.unwrap_or_default()
    }
}

fn signature(held: &Held) -> Option<Signature> {
    let word = |key: &str| text(held, key).unwrap_or_default().to_owned();
    Some(Signature {
        user: text(held, "user")?.to_owned(),
        name: word("name"),
        role: word("role"),
        job_title: word("job_title"),
        organisation: word("organisation"),
        organisation_name: word("organisation_name"),
        registration: text(held, "registration").map(str::to_owned),
        senior: held.get("senior").and_then(|(value, _)| value.as_bool()).unwrap_or_default(),
        at: UtcMillis::from_rfc3339(text(held, "at")?)?,
    })
}

fn withdrawal(held: &Held) -> Option<Withdrawal> {
    Some(Withdrawal { by: signature(held)?, reason: text(held, "reason").unwrap_or_default().to_owned() })
}

/// A record without a usable order stands last, and nothing supersedes it.
fn order(held: &Held) -> f64 {
    let Some((Value::Scalar(scalar), _)) = held.get("order") else { return f64::INFINITY };
    match scalar.as_ref() {
        ScalarValue::Int(order) => *order as f64,
        ScalarValue::F64(order) if order.is_finite() => *order,
        _ => f64::INFINITY,
    }
}

fn text<'h>(held: &'h Held, key: &str) -> Option<&'h str> {
    held.get(key).and_then(|(value, _)| value.as_str()).filter(|text| !text.is_empty())
}

/// The ids that a `supersedes` names, each once.
fn ids(text: &str) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for id in text.split(' ').filter(|id| is_item_id(id)).take(SUPERSEDES_MAX) {
        if ids.iter().all(|known| known != id) {
            ids.push(id.to_owned());
        }
    }
    ids
}

/// Says of each record, which are in order, what it is among the others.
fn relate(records: &mut [Record], field: &Field, rule: &RecordRule) {
    let abouts: Vec<Option<String>> = records.iter().map(|record| about(record, rule)).collect();
    let before = link(records, &abouts);
    for record in records.iter_mut() {
        record.state = match (&record.withdrawn, record.superseded_by.is_empty()) {
            (Some(_), _) => State::Withdrawn,
            (None, false) => State::Superseded,
            (None, true) => State::Current,
        };
    }
    let standing: Vec<usize> = (0..records.len()).filter(|at| records[*at].state.stands()).collect();
    let meet = |a: usize, b: usize| match rule.current {
        Current::One => abouts[a] == abouts[b],
        Current::Each => records[a].id == records[b].id || !before[a].is_disjoint(&before[b]),
    };
    let in_dispute = |a: &usize| standing.iter().any(|b| a != b && meet(*a, *b));
    let disputed: Vec<usize> = standing.iter().copied().filter(in_dispute).collect();
    for at in disputed {
        records[at].state = State::Disputed;
    }
    narrow(records, &abouts, field);
}

/// Keeps of each `supersedes` what is there to be superseded, and gives for each record all that it superseded, directly
/// or through others.
fn link(records: &mut [Record], abouts: &[Option<String>]) -> Vec<BTreeSet<usize>> {
    let mut by_id: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, record) in records.iter().enumerate() {
        by_id.entry(record.id.clone()).or_default().push(at);
    }
    let mut before: Vec<BTreeSet<usize>> = Vec::with_capacity(records.len());
    for at in 0..records.len() {
        let (id, order) = (records[at].id.clone(), records[at].order);
        let mut supersedes = std::mem::take(&mut records[at].supersedes);
        let mut all = BTreeSet::new();
        supersedes.retain(|named| {
            let there = by_id.get(named).map(Vec::as_slice).unwrap_or_default();
            let fits = |old: &&usize| records[**old].order < order && abouts[**old] == abouts[at];
            let older: Vec<usize> = there.iter().filter(fits).copied().collect();
            for old in &older {
                // An older one stands before this one, so what it superseded is known.
                all.extend(before[*old].iter().copied().chain([*old]));
                if !records[*old].superseded_by.contains(&id) {
                    records[*old].superseded_by.push(id.clone());
                }
            }
            !older.is_empty()
        });
        records[at].supersedes = supersedes;
        before.push(all);
    }
    before
}

/// Marks in each dispute the record whose choice is the narrowest, for a kind that has such a choice.
fn narrow(records: &mut [Record], abouts: &[Option<String>], field: &Field) {
    let Some(choice) = field.items.iter().find(|item| item.narrowing) else { return };
    let mut narrowest: BTreeMap<&Option<String>, (Option<usize>, usize)> = BTreeMap::new();
    for (at, record) in records.iter().enumerate().filter(|(_, record)| record.state == State::Disputed) {
        let code = plain(record, choice.id.as_str());
        let place = choice.codes.iter().position(|known| Some(known.code.as_str()) == code.as_deref());
        let best = narrowest.entry(&abouts[at]).or_insert((place, at));
        // Of two that are as narrow as each other the later one, which stands later here.
        if place >= best.0 {
            *best = (place, at);
        }
    }
    for (_, at) in narrowest.into_values() {
        records[at].applies = true;
    }
}

/// The single value of a record's field, in text.
pub(super) fn plain(record: &Record, field: &str) -> Option<String> {
    let content = record.fields.iter().find(|content| content.field.as_str() == field)?;
    let FieldValue::Single(single) = &content.value else { return None };
    Some(match &single.value {
        Plain::Text(text) => text.clone(),
        Plain::Bool(yes) => yes.to_string(),
        Plain::Whole(number) => number.to_string(),
        Plain::Number(number) => number.to_string(),
    })
}

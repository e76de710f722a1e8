//! From a document to its records, and what each of them is among the others.

use super::{Kind, Record, SUPERSEDES_MAX, Signature, State, Withdrawal, kinds};
use crate::{
    content::{FieldValue, Plain, read_fields},
    section::{Current, Field, RecordRule, Section, is_item_id},
    time::UtcMillis,
};
use automerge::{Automerge, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value};
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

struct Reader<'d> {
    document: &'d Automerge,
    heads: Option<&'d [ChangeHash]>,
}

impl<'d> Reader<'d> {
    fn records(&self, list: &ObjId, field: &Field) -> Vec<Record> {
        let mut records = Vec::new();
        for key in self.keys(list).into_iter().filter(|key| is_item_id(key)) {
            // Two that were made under one id without having seen each other are two records.
            for (value, item) in self.all(list, &key) {
                if matches!(value, Value::Object(ObjType::Map)) {
                    records.extend(self.record(&key, &item, field));
                }
            }
        }
        records.sort_by(|a, b| a.order.total_cmp(&b.order).then_with(|| (&a.id, a.change).cmp(&(&b.id, b.change))));
        records
    }

    /// What nobody signed, or what says nothing, is no record.
    fn record(&self, id: &str, item: &ObjId, field: &Field) -> Option<Record> {
        let recorded = self.signature(&self.map(item, "recorded")?)?;
        let fields = read_fields(self.document, self.heads, item, &field.items);
        if fields.is_empty() {
            return None;
        }
        Some(Record {
            id: id.to_owned(),
            fields,
            order: self.order(item),
            supersedes: self.text(item, "supersedes").as_deref().map(ids).unwrap_or_default(),
            superseded_by: Vec::new(),
            reason: self.text(item, "reason"),
            made_at: self.text(item, "made_at").and_then(|text| UtcMillis::from_rfc3339(&text)),
            recorded,
            endorsed: self.map(item, "endorsed").and_then(|map| self.signature(&map)),
            withdrawn: self.map(item, "withdrawn").and_then(|map| self.withdrawal(&map)),
            state: State::Current,
            applies: false,
            change: self.document.hash_for_opid(item)?,
        })
    }

    fn withdrawal(&self, map: &ObjId) -> Option<Withdrawal> {
        Some(Withdrawal { by: self.signature(map)?, reason: self.text(map, "reason").unwrap_or_default() })
    }

    fn signature(&self, map: &ObjId) -> Option<Signature> {
        let word = |key: &str| self.text(map, key).unwrap_or_default();
        Some(Signature {
            user: self.text(map, "user")?,
            name: word("name"),
            role: word("role"),
            job_title: word("job_title"),
            organisation: word("organisation"),
            organisation_name: word("organisation_name"),
            registration: self.text(map, "registration"),
            senior: self.all(map, "senior").pop().and_then(|(value, _)| value.as_bool()).unwrap_or_default(),
            at: UtcMillis::from_rfc3339(&self.text(map, "at")?)?,
        })
    }

    /// A record without a usable order stands last, and nothing supersedes it.
    fn order(&self, item: &ObjId) -> f64 {
        let Some((Value::Scalar(scalar), _)) = self.all(item, "order").pop() else { return f64::INFINITY };
        match scalar.as_ref() {
            ScalarValue::Int(order) => *order as f64,
            ScalarValue::F64(order) if order.is_finite() => *order,
            _ => f64::INFINITY,
        }
    }

    fn text(&self, object: &ObjId, key: &str) -> Option<String> {
        let (value, _) = self.all(object, key).pop()?;
        value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn map(&self, object: &ObjId, key: &str) -> Option<ObjId> {
        let is_map = |(value, _): &(Value<'_>, ObjId)| matches!(value, Value::Object(ObjType::Map));
        self.all(object, key).into_iter().rfind(is_map).map(|(_, id)| id)
    }

    fn keys(&self, object: &ObjId) -> Vec<String> {
        match self.heads {
            Some(heads) => self.document.keys_at(object, heads).collect(),
            None => self.document.keys(object).collect(),
        }
    }

    /// Every value under a key; the last is the one that Automerge shows.
    fn all(&self, object: &ObjId, key: &str) -> Vec<(Value<'d>, ObjId)> {
        let all = match self.heads {
            Some(heads) => self.document.get_all_at(object, key, heads),
            None => self.document.get_all(object, key),
        };
        all.unwrap_or_default()
    }
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

fn plain(record: &Record, field: &str) -> Option<String> {
    let content = record.fields.iter().find(|content| content.field.as_str() == field)?;
    let FieldValue::Single(single) = &content.value else { return None };
    Some(match &single.value {
        Plain::Text(text) => text.clone(),
        Plain::Bool(yes) => yes.to_string(),
        Plain::Whole(number) => number.to_string(),
        Plain::Number(number) => number.to_string(),
    })
}

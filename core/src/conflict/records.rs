//! Decision records of which several stand about the same thing.

use super::{Conflict, ConflictKind, Contender, item_fields_in_words};
use crate::{
    content::FieldValue,
    decision::{self, Kind, Record, State},
    section::{Current, Field, RecordRule, Section},
};
use automerge::{Automerge, ChangeHash};
use std::collections::BTreeSet;

/// One conflict for each group of disputed records.
pub(super) fn records(document: &Automerge, heads: Option<&[ChangeHash]>, section: &Section) -> Vec<Conflict> {
    let mut found = Vec::new();
    for kind in decision::read(document, heads, section) {
        let Some((field, rule)) = decision::kinds(section).find(|(field, _)| field.id == kind.field) else { continue };
        found.extend(groups(&kind, rule).iter().map(|group| conflict(field, group)));
    }
    found
}

fn conflict(field: &Field, group: &[&Record]) -> Conflict {
    let contender = |record: &&Record| Contender {
        value: Some(FieldValue::Group(record.fields.clone())),
        display: item_fields_in_words(field, &record.fields),
        change: record.change,
    };
    let first = group.first().map_or("", |record| record.id.as_str());
    Conflict {
        path: format!("{}.{first}", field.id),
        label: field.label.clone(),
        kind: ConflictKind::Records,
        contenders: group.iter().map(contender).collect(),
        applies: group.iter().position(|record| record.applies),
    }
}

/// The disputed records that dispute with each other, in their order.
fn groups<'k>(kind: &'k Kind, rule: &RecordRule) -> Vec<Vec<&'k Record>> {
    let mut groups: Vec<(BTreeSet<String>, Vec<&Record>)> = Vec::new();
    for record in kind.records.iter().filter(|record| record.state == State::Disputed) {
        let mut about = match rule.current {
            Current::One => BTreeSet::from([about(record, rule)]),
            Current::Each => before(kind, record),
        };
        let mut members = vec![record];
        // A record that meets two groups makes them one.
        let (met, mut rest): (Vec<_>, Vec<_>) = groups.into_iter().partition(|(known, _)| !known.is_disjoint(&about));
        for (known, more) in met {
            about.extend(known);
            members.extend(more);
        }
        members.sort_by(|a, b| a.order.total_cmp(&b.order).then_with(|| (&a.id, a.change).cmp(&(&b.id, b.change))));
        rest.push((about, members));
        groups = rest;
    }
    let mut groups: Vec<_> = groups.into_iter().map(|(_, members)| members).filter(|group| group.len() > 1).collect();
    groups.sort_by(|a, b| a[0].id.cmp(&b[0].id));
    groups
}

/// What the record is about, where each such thing has a current record of its own.
fn about(record: &Record, rule: &RecordRule) -> String {
    let per = rule.per.as_ref();
    let content = per.and_then(|per| record.fields.iter().find(|content| content.field == *per));
    match content.map(|content| &content.value) {
        Some(FieldValue::Single(single)) => format!("{:?}", single.value),
        _ => String::new(),
    }
}

/// Its own id, and those of all records that it superseded, directly or through others.
fn before(kind: &Kind, record: &Record) -> BTreeSet<String> {
    let mut all = BTreeSet::from([record.id.clone()]);
    let mut ahead = record.supersedes.clone();
    while let Some(id) = ahead.pop() {
        if let Some(older) = kind.record(&id).filter(|_| all.insert(id.clone())) {
            ahead.extend(older.supersedes.iter().cloned());
        }
    }
    all
}

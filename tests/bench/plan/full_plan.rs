//! A plan with every section filled and years of edits, made in memory from the definitions alone.

use automerge::{ActorId, Automerge, ChangeHash};
use coplan_core::{
    content::{
        self,
        edit::{self, Edit},
    },
    decision::{self, NewRecord},
    policy::{Role, Scope, Subject},
    section::{Field, Kind, Section, Sections},
    time::UtcMillis,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

/// One section as the store would hold it.
pub(super) struct Filled {
    pub(super) section: Arc<Section>,
    pub(super) bytes: Vec<u8>,
    pub(super) changes: usize,
    /// Its heads half way through its history: a year ago.
    pub(super) half_way: Vec<ChangeHash>,
}

/// Every section that `sections` has, with about `changes` changes in all, each by one of `WRITERS` devices. Every
/// `CONFLICT_EVERY`th edit is made on a copy that has not seen the one before it.
pub(super) fn full_plan(sections: &Sections, changes: usize) -> Vec<Filled> {
    let all = sections.in_order();
    let written = all.iter().filter(|section| !section.is_decided()).count();
    let each = changes.div_ceil(written.max(1));
    let filled = |section: &Arc<Section>| {
        let mut document = content::empty_document();
        document.apply_changes([content::genesis(section)]).expect("an empty document takes its genesis");
        let half_way =
            if section.is_decided() { decide(&mut document, section) } else { write(&mut document, section, each) };
        let changes = document.get_changes_meta(&[]).len();
        Filled { section: Arc::clone(section), bytes: document.save(), changes, half_way }
    };
    all.into_iter().map(filled).collect()
}

fn write(document: &mut Automerge, section: &Section, changes: usize) -> Vec<ChangeHash> {
    let mut half_way = document.get_heads();
    for turn in 0..changes {
        document.set_actor(ActorId::from([(turn % WRITERS) as u8 + 1; 16]));
        let field = &section.fields[turn % section.fields.len()];
        let edit = edit(field, turn / section.fields.len());
        let before = document.clone();
        // What a full list refuses, and what changes nothing, is no change.
        let made = edit::apply(document, section, &edit, i64::try_from(turn).unwrap_or_default());
        if made.is_ok() && turn % CONFLICT_EVERY == CONFLICT_EVERY - 1 {
            let mut other = before.with_actor(ActorId::from([WRITERS as u8 + 1; 16]));
            let other_edit = self::edit(field, turn / section.fields.len() + 1);
            if edit::apply(&mut other, section, &other_edit, 0).is_ok() {
                document.merge(&mut other).expect("two copies of one document merge");
            }
        }
        if turn == changes / 2 {
            half_way = document.get_heads();
        }
    }
    half_way
}

fn edit(field: &Field, round: usize) -> Edit {
    let name = field.id.to_string();
    match field.kind {
        Kind::Text => Edit::SetText { field: name, text: text(field, round) },
        Kind::Group => Edit::SetGroup { field: name, values: values(&field.parts, round) },
        Kind::List if round < ITEMS => {
            Edit::AddItem { field: name, id: format!("item-{round}"), order: None, values: values(&field.items, round) }
        }
        Kind::List => {
            let subfield = &field.items[round % field.items.len()];
            let item = format!("item-{}", round % ITEMS);
            Edit::SetItem { field: name, item, subfield: subfield.id.to_string(), value: value(subfield, round) }
        }
        _ => Edit::Set { field: name, value: value(field, round) },
    }
}

fn values(fields: &[Field], round: usize) -> BTreeMap<String, Value> {
    fields.iter().map(|field| (field.id.to_string(), value(field, round))).collect()
}

#[expect(clippy::cast_precision_loss, reason = "rounds are few")]
fn value(field: &Field, round: usize) -> Value {
    let number = field.min.unwrap_or(0.0).max(0.0) + (round % 3) as f64;
    let number = number.min(field.max.unwrap_or(number));
    match field.kind {
        Kind::Text => json!(text(field, round)),
        Kind::Line => {
            json!(text(field, round).chars().take(field.max_chars.unwrap_or(40).min(40) as usize).collect::<String>())
        }
        Kind::Coded => json!(field.codes[round % field.codes.len()].code),
        Kind::YesNo => json!(round.is_multiple_of(2)),
        Kind::Integer => json!(number.round() as i64),
        Kind::Decimal => json!(number),
        Kind::Date => json!(format!("2027-0{}-1{}", round % 9 + 1, round % 10)),
        Kind::Phone => json!(format!("020 7946 0{:03}", round % 1_000)),
        Kind::Group => Value::Object(values(&field.parts, round).into_iter().collect()),
        Kind::List => Value::Null,
    }
}

fn text(field: &Field, round: usize) -> String {
    let sentences = "Likes the window open. Would rather be asked twice than not at all. ".repeat(round % 4 + 1);
    let words = format!("{} {round}. {sentences}", field.label);
    words.chars().take(field.max_chars.unwrap_or(2_000) as usize).collect::<String>().trim_end().to_owned()
}

/// Two decisions of each kind, the second in the place of the first.
fn decide(document: &mut Automerge, section: &Section) -> Vec<ChangeHash> {
    let by = Subject {
        user: "consultant".parse().expect("a word is an id"),
        name: "An Invented Consultant".to_owned(),
        role: Role::Doctor,
        job_title: "Consultant".to_owned(),
        organisation: "Z9D01".parse().expect("letters and digits are an id"),
        organisation_name: "An Invented Hospital".to_owned(),
        registration: Some("GMC 7000001".to_owned()),
        senior: true,
        scope: Scope::default(),
    };
    document.set_actor(ActorId::from([9; 16]));
    let mut half_way = document.get_heads();
    for round in 0..2 {
        for (nth, (field, _)) in decision::kinds(section).enumerate() {
            let id = |round: usize| format!("00000000-0000-4000-8000-{:012}", nth * 2 + round);
            let new = NewRecord {
                kind: field.id.to_string(),
                id: id(round),
                values: values(&field.items, 0),
                supersedes: if round == 0 { Vec::new() } else { vec![id(0)] },
                reason: (round > 0).then(|| "Reviewed".to_owned()),
                made_at: None,
            };
            // A kind that this consultant may not record is left out.
            let _ = decision::record(document, section, &new, &by, UtcMillis(1_700_000_000_000));
        }
        if round == 0 {
            half_way = document.get_heads();
        }
    }
    half_way
}

/// Devices that write.
const WRITERS: usize = 6;
/// Items of each list.
const ITEMS: usize = 5;
/// How often two write without having seen each other.
const CONFLICT_EVERY: usize = 40;

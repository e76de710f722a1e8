#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panic")]

mod commands;
mod reading;
mod states;

use super::*;
use crate::policy::Scope;
use crate::{
    content::{empty_document, genesis},
    section::Sections,
};
use automerge::{ActorId, Automerge};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

/// The decisions section as it is served.
fn section() -> Arc<Section> {
    static SECTION: LazyLock<Arc<Section>> =
        LazyLock::new(|| Sections::embedded().section(&"decisions".parse().unwrap()).unwrap().clone());
    SECTION.clone()
}

fn document() -> Automerge {
    let mut document = empty_document().with_actor(ActorId::from([1; 16]));
    document.apply_changes([genesis(&section())]).unwrap();
    document
}

fn registrar() -> Subject {
    person("registrar", Role::Doctor, false)
}

fn consultant() -> Subject {
    person("consultant", Role::Specialist, true)
}

fn gp() -> Subject {
    person("gp", Role::Doctor, true)
}

fn person(user: &str, role: Role, senior: bool) -> Subject {
    Subject {
        user: user.parse().unwrap(),
        name: format!("The {user}"),
        role,
        job_title: user.to_owned(),
        organisation: "TEST1".parse().unwrap(),
        organisation_name: "Northfield Community Trust".to_owned(),
        registration: Some(format!("GMC {user}")),
        senior,
        scope: Scope::default(),
    }
}

/// 22 November 2026, 14:02 UTC, and minutes after it.
fn at(minutes: i64) -> UtcMillis {
    UtcMillis::from_rfc3339("2026-11-22T14:02:00Z").unwrap().plus_ms(minutes * 60_000)
}

fn id(number: u8) -> String {
    format!("0000000{}-0000-4000-8000-000000000000", char::from_digit(number.into(), 16).unwrap())
}

/// A CPR recommendation that lacks nothing.
fn cpr(number: u8, recommendation: &str) -> NewRecord {
    let values = json!({
        "recommendation": recommendation, "reason_code": "would-not-succeed", "capacity": "has", "involvement": "A",
        "person_informed": "713079002", "family_informed": "713656002", "review_due": "2027-11-22",
    });
    new("cpr", number, &values)
}

fn escalation(number: u8, treatment: &str, recommendation: &str) -> NewRecord {
    let values = json!({
        "treatment": treatment, "recommendation": recommendation, "capacity": "has", "involvement": "A",
        "review_due": "2027-11-22",
    });
    new("treatment_escalation", number, &values)
}

fn sharing(number: u8, choice: &str) -> NewRecord {
    new("sharing_choice", number, &json!({ "choice": choice, "organisations": "St Ann's Hospice" }))
}

fn new(kind: &str, number: u8, values: &Value) -> NewRecord {
    let values: BTreeMap<String, Value> = serde_json::from_value(values.clone()).unwrap();
    NewRecord { kind: kind.to_owned(), id: id(number), values, ..NewRecord::default() }
}

fn superseding(new: NewRecord, numbers: &[u8]) -> NewRecord {
    let supersedes = numbers.iter().map(|number| id(*number)).collect();
    NewRecord { supersedes, reason: Some("The blood tests are back".to_owned()), ..new }
}

fn recorded(document: &mut Automerge, new: &NewRecord, by: &Subject) -> Record {
    record(document, &section(), new, by, at(0)).unwrap_or_else(|error| panic!("{error}")).record().clone()
}

fn kind(document: &Automerge, field: &str) -> Kind {
    read(document, None, &section()).into_iter().find(|kind| kind.field.as_str() == field).unwrap()
}

/// Each record of a kind by the first digit that tells it, with its state.
fn states(document: &Automerge, field: &str) -> Vec<(u8, &'static str)> {
    let number = |record: &Record| record.id.as_bytes()[7] - b'0';
    kind(document, field).records.iter().map(|record| (number(record), record.state.as_str())).collect()
}

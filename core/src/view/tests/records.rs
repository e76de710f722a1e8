//! Decision records, as each audience reads them.

use super::*;
use crate::{
    content::{FieldContent, FieldValue, Plain, Single},
    decision::{Kind, Record, Signature, State},
};
use automerge::ChangeHash;
use serde_json::json;

const DECISIONS: &str = r#"
id = "decisions"
title = "Decisions"
version = 1
order = 1
summary = "Records."
source = "invented"
writes = []
reads = ["doctor"]
audiences = ["clinician", "emergency", "person"]
sign_off = "none"
field = [
  { id = "cpr", label = "CPR recommendation", type = "list", merge = "D", item_name = "recommendation", urgent = true,
    record = { recorders = ["doctor"], endorsed = true, current = "one" }, item = [
    { id = "advice", label = "Advice", type = "line", merge = "D", max_chars = 40 },
    { id = "why", label = "Why", type = "line", merge = "D", max_chars = 40, audiences = ["clinician"] } ] },
  { id = "sharing", label = "Sharing", type = "list", merge = "D", item_name = "choice", audiences = ["person"],
    record = { recorders = ["doctor"], current = "one" }, item = [
    { id = "choice", label = "Choice", type = "line", merge = "D", max_chars = 40 } ] },
]
"#;

fn record(id: &str, state: State, values: &[(&str, &str)]) -> Record {
    let content = |(field, value): &(&str, &str)| {
        let single = Single { value: Plain::Text((*value).to_owned()), display: (*value).to_owned() };
        FieldContent { field: field.parse().unwrap(), value: FieldValue::Single(single), others: Vec::new() }
    };
    Record {
        id: id.to_owned(),
        fields: values.iter().map(content).collect(),
        order: 1.0,
        supersedes: Vec::new(),
        superseded_by: Vec::new(),
        reason: None,
        made_at: None,
        recorded: signature("Dr Ines Alves"),
        endorsed: None,
        withdrawn: None,
        state,
        applies: false,
        change: ChangeHash([0; 32]),
    }
}

fn signature(name: &str) -> Signature {
    Signature {
        user: "u1".to_owned(),
        name: name.to_owned(),
        role: "doctor".to_owned(),
        job_title: "Consultant".to_owned(),
        organisation: "RX1".to_owned(),
        organisation_name: "Northgate Hospital".to_owned(),
        registration: Some("GMC 7000001".to_owned()),
        senior: true,
        at: UtcMillis(0),
    }
}

fn sees(kind: ViewKind, field: &str, records: Vec<Record>) -> Value {
    let section = loaded("decisions.toml", DECISIONS);
    let kinds = [Kind { field: field.parse().unwrap(), records }];
    let content = Content::default();
    let (plan, person) = ("p1".parse().unwrap(), person());
    let header = Header {
        plan: &plan,
        version: 1,
        published_at: UtcMillis(0),
        person: &person,
        circumstances: &Circumstances::default(),
    };
    let view = SectionView { records: &kinds, ..view_of(&section, &content) };
    let body: Value = serde_json::from_slice(&render(kind, &header, &[view], &Authors::new())).unwrap();
    body["sections"][0]["fields"][0].clone()
}

#[test]
fn a_record_stands_with_who_recorded_and_who_endorsed_it() {
    let mut endorsed = record("r1", State::Current, &[("advice", "Not for CPR"), ("why", "Burdens")]);
    endorsed.endorsed = Some(signature("Dr Senior"));
    let by = |name: &str| {
        json!({"by": name, "job_title": "Consultant", "organisation": "Northgate Hospital",
               "registration": "GMC 7000001", "at": "1970-01-01T00:00:00.000Z"})
    };
    let advice = json!({"field": "advice", "label": "Advice", "type": "line", "display": "Not for CPR"});
    let shown = json!({"field": "cpr", "label": "CPR recommendation", "type": "list", "urgent": true, "records": [
        {"id": "r1", "state": "current", "fields": [advice], "recorded": by("Dr Ines Alves"), "endorsed": by("Dr Senior")}]});
    assert_eq!(sees(ViewKind::Urgent, "cpr", vec![endorsed.clone()]), shown);
    assert!(sees(ViewKind::Clinical, "cpr", vec![endorsed]).to_string().contains("Burdens"));
}

#[test]
fn a_record_that_nobody_endorsed_says_so_and_to_the_person_in_words() {
    let unendorsed = || vec![record("r1", State::Current, &[("advice", "Not for CPR")])];
    let urgent = sees(ViewKind::Urgent, "cpr", unendorsed())["records"][0].clone();
    assert_eq!((&urgent["needs_endorsement"], &urgent["endorsed"]), (&json!(true), &Value::Null));
    assert!(urgent.get("note").is_none());
    let person = sees(ViewKind::Person, "cpr", unendorsed())["records"][0].clone();
    assert!(person["note"].as_str().unwrap().contains("A second, senior one still has to confirm it"));
    let needs_none = sees(ViewKind::Person, "sharing", vec![record("r1", State::Current, &[("choice", "All")])]);
    assert!(
        needs_none["records"][0].get("needs_endorsement").is_none() && needs_none["records"][0].get("note").is_none()
    );
}

#[test]
fn records_that_disagree_stand_side_by_side_and_none_is_current() {
    let two = || {
        let one = record("r1", State::Disputed, &[("advice", "Not for CPR")]);
        let mut other = record("r2", State::Disputed, &[("advice", "For CPR")]);
        other.applies = true;
        vec![record("r0", State::Superseded, &[("advice", "Old")]), one, other]
    };
    let urgent = sees(ViewKind::Urgent, "cpr", two());
    assert_eq!((&urgent["disputed"], &urgent["label"]), (&json!(true), &json!("CPR recommendation (not agreed)")));
    let records = urgent["records"].as_array().unwrap();
    assert_eq!(records.iter().map(|record| &record["id"]).collect::<Vec<_>>(), ["r1", "r2"]);
    assert!(records.iter().all(|record| record["state"] == "disputed"));
    assert_eq!((records[0].get("applies"), &records[1]["applies"]), (None, &json!(true)));
    let person = sees(ViewKind::Person, "cpr", two());
    assert!(person["records"][1]["note"].as_str().unwrap().contains("Until they do, this one counts"));
}

#[test]
fn what_no_longer_stands_is_not_shown_and_each_kind_has_its_own_audience() {
    let gone =
        vec![record("r1", State::Superseded, &[("advice", "A")]), record("r2", State::Withdrawn, &[("advice", "B")])];
    assert!(sees(ViewKind::Urgent, "cpr", gone).is_null());
    let choice = || vec![record("r1", State::Current, &[("choice", "All")])];
    assert!(sees(ViewKind::Urgent, "sharing", choice()).is_null());
    assert_eq!(sees(ViewKind::Person, "sharing", choice())["records"][0]["id"], "r1");
    let hidden = vec![record("r1", State::Current, &[("why", "Burdens")])];
    assert!(sees(ViewKind::Urgent, "cpr", hidden).is_null(), "a record of which they see nothing");
}

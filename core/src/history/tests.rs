#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panic")]
#![allow(clippy::type_complexity, clippy::single_range_in_vec_init, reason = "tables of cases")]

mod decided;
mod properties;

use super::*;
use crate::{
    content::{self, edit, edit::Edit, empty_document, genesis},
    policy::{Role, Scope, Subject},
    section::{Section, Sections, SignOff},
    time::UtcMillis,
    trace::Trace,
};
use automerge::{ActorId, Automerge, ChangeHash};
use serde_json::{Value, json};
use std::sync::Arc;

const SAMPLE: &str = r#"
id = "sample"
title = "Sample"
version = 1
order = 1
summary = "One field of each type."
source = "invented"
writes = ["doctor"]
audiences = ["clinician"]
sign_off = "none"
field = [
  { id = "story", label = "What matters", type = "text", merge = "T", max_chars = 6000 },
  { id = "name", label = "Likes to be called", type = "line", merge = "R", max_chars = 40 },
  { id = "place", label = "Preferred place of care", type = "coded", merge = "C!", code = [
    { system = "s", code = "home", display = "Home" }, { system = "s", code = "hospital", display = "Hospital" },
    { system = "s", code = "hospice", display = "Hospice" } ] },
  { id = "minutes", label = "Minutes", type = "integer", merge = "C!", min = 0, max = 60, unit = "minutes" },
  { id = "dose", label = "Dose", type = "group", merge = "C!", part = [
    { id = "drug", label = "Drug", type = "line", merge = "C!", max_chars = 40 },
    { id = "amount", label = "Amount", type = "integer", merge = "C!", min = 0, max = 99, unit = "mg" } ] },
  { id = "people", label = "Contacts", type = "list", merge = "S+", item_name = "contact", item = [
    { id = "name", label = "Name", type = "line", merge = "R", max_chars = 40 },
    { id = "phone", label = "Telephone", type = "phone", merge = "C!" },
    { id = "notes", label = "Notes", type = "text", merge = "T", max_chars = 100 } ] },
]
"#;

fn section() -> Arc<Section> {
    let sections = Sections::load([("sample.toml".to_owned(), SAMPLE.to_owned())]);
    sections.unwrap().in_order()[0].clone()
}

fn opened(section: &Section, actor: u8) -> Automerge {
    let mut document = empty_document().with_actor(ActorId::from([actor; 16]));
    document.apply_changes([genesis(section)]).unwrap();
    document
}

fn write(document: &mut Automerge, edits: &[Value]) -> Vec<ChangeHash> {
    let made = edits.iter().map(|value| {
        let made: Edit = serde_json::from_value(value.clone()).unwrap();
        edit::apply(document, &section(), &made, 0).unwrap_or_else(|error| panic!("{value}: {error}"))
    });
    made.collect()
}

/// What two people did without having seen each other, seen by the first.
fn both(document: &mut Automerge, one: Value, other: Value) {
    let mut second = document.fork().with_actor(ActorId::from([9; 16]));
    write(document, &[one]);
    write(&mut second, &[other]);
    document.merge(&mut second).unwrap();
}

fn set(field: &str, value: impl Into<Value>) -> Value {
    json!({ "set": { "field": field, "value": value.into() } })
}

fn text(text: &str) -> Value {
    json!({ "set-text": { "field": "story", "text": text } })
}

fn clear(field: &str) -> Value {
    json!({ "clear": { "field": field } })
}

fn add(id: &str, values: Value) -> Value {
    json!({ "add-item": { "field": "people", "id": id, "values": values } })
}

fn set_item(id: &str, subfield: &str, value: impl Into<Value>) -> Value {
    json!({ "set-item": { "field": "people", "item": id, "subfield": subfield, "value": value.into() } })
}

fn remove(id: &str, reason: &str) -> Value {
    json!({ "remove-item": { "field": "people", "item": id, "reason": reason } })
}

fn restore(id: &str) -> Value {
    json!({ "restore-item": { "field": "people", "item": id } })
}

fn move_to(id: &str, order: f64) -> Value {
    json!({ "move-item": { "field": "people", "item": id, "order": order } })
}

fn settle(path: &str, value: &str) -> Value {
    json!({ "settle": { "path": path, "choice": { "value": value }, "reason": "her daughter confirmed" } })
}

/// What happened between the heads and now, as `kind path: words`.
fn happened(document: &Automerge, from: &[ChangeHash]) -> Vec<String> {
    let mut steps = steps(document, &section(), &[from.to_vec(), document.get_heads()]);
    let said = |it: &Difference| {
        let kind = serde_json::to_value(it.kind).unwrap();
        format!("{} {}: {}", kind.as_str().unwrap(), it.path, it.words)
    };
    steps.pop().unwrap().iter().map(said).collect()
}

fn ama() -> Value {
    add("ama", json!({ "name": "Ama Owusu", "phone": "07700 900123" }))
}

/// What was there before, what somebody did, and what is said of it.
type Case = (Vec<Value>, Vec<Value>, Vec<&'static str>);

fn check(cases: Vec<Case>) {
    for (before, edits, expected) in cases {
        let mut document = opened(&section(), 1);
        write(&mut document, &before);
        let heads = document.get_heads();
        write(&mut document, &edits);
        assert_eq!(happened(&document, &heads), expected, "{edits:?}");
        assert!(happened(&document, &document.get_heads()).is_empty());
    }
}

#[test]
fn every_difference_of_a_single_value_has_its_words() {
    check(vec![
        (vec![], vec![set("place", "home")], vec!["set place: set Preferred place of care to Home"]),
        (
            vec![set("place", "hospital")],
            vec![set("place", "home")],
            vec!["changed place: changed Preferred place of care from Hospital to Home"],
        ),
        (
            vec![set("minutes", 5)],
            vec![clear("minutes")],
            vec!["cleared minutes: took away Minutes, which was 5 minutes"],
        ),
        (vec![set("minutes", 5)], vec![set("minutes", 6), set("minutes", 5)], vec![]),
        (
            vec![],
            vec![json!({ "set-group": { "field": "dose", "values": { "drug": "Morphine", "amount": 5 } } })],
            vec!["set dose: set Dose to Morphine, 5 mg"],
        ),
    ]);
}

#[test]
fn every_difference_of_a_text_says_what_was_added_and_what_taken_away() {
    let long = "word ".repeat(60);
    check(vec![
        (vec![], vec![text("Ring Ama")], vec!["set story: wrote What matters: “Ring Ama”"]),
        (
            vec![text("Ring Ama first.")],
            vec![text("Ring Ama Owusu first.")],
            vec!["changed story: added “Owusu” to What matters"],
        ),
        (
            vec![text("Ring Ama Owusu first.")],
            vec![text("Ring Ama first.")],
            vec!["changed story: took “Owusu” out of What matters"],
        ),
        (
            vec![text("Ring Ama first.")],
            vec![text("Ring Kofi first.")],
            vec!["changed story: wrote “Kofi” instead of “Ama” in What matters"],
        ),
        (
            vec![text("a b c d e f g h")],
            vec![text("1 a b 2 c d 3 e f 4 g h")],
            vec!["changed story: added “1”, “2”, “3” and 1 more to What matters"],
        ),
        (vec![text("a  b")], vec![text("a b")], vec!["changed story: changed the spacing of What matters"]),
        (vec![text("Ring Ama")], vec![text("")], vec!["cleared story: took away What matters, which was Ring Ama"]),
        (
            vec![text(&format!("{long}end"))],
            vec![text(&format!("{long}{long}end"))],
            vec![
                "changed story: added “word word word word word word word word word word word word word word word \
                 word word word word word word word word word word word word word word word word word…” to What matters",
            ],
        ),
    ]);
}

#[test]
fn every_difference_of_an_item_names_the_item() {
    check(vec![
        (vec![], vec![ama()], vec!["added people.ama: added Ama Owusu to Contacts"]),
        (
            vec![ama()],
            vec![set_item("ama", "phone", "07700 900456")],
            vec!["changed people.ama.phone: changed Contacts: Ama Owusu: Telephone from 07700 900123 to 07700 900456"],
        ),
        (
            vec![ama()],
            vec![set_item("ama", "notes", "rings back")],
            vec!["set people.ama.notes: wrote Contacts: Ama Owusu: Notes: “rings back”"],
        ),
        (
            vec![ama()],
            vec![remove("ama", "moved away")],
            vec!["removed people.ama: removed Ama Owusu from Contacts: moved away"],
        ),
        (
            vec![ama(), remove("ama", "moved away")],
            vec![restore("ama")],
            vec!["restored people.ama: brought Ama Owusu back to Contacts"],
        ),
        (
            vec![],
            vec![ama(), remove("ama", "wrong plan")],
            vec!["removed people.ama: added Ama Owusu to Contacts and removed it again: wrong plan"],
        ),
        (
            vec![ama(), add("kofi", json!({ "phone": "07700 900789" }))],
            vec![move_to("kofi", 0.5)],
            vec!["moved people.kofi: moved 07700 900789 in Contacts to place 1"],
        ),
        (vec![], vec![add("x", json!({}))], vec!["added people.x: added a contact without a name to Contacts"]),
    ]);
}

#[test]
fn what_nobody_agreed_on_is_said_so_and_the_order_is_no_choice() {
    let mut document = opened(&section(), 1);
    write(&mut document, &[set("place", "hospital")]);
    let heads = document.get_heads();
    both(&mut document, set("place", "home"), set("place", "hospice"));
    let expected = "changed place: changed Preferred place of care from Hospital to Home or Hospice (not agreed)";
    assert_eq!(happened(&document, &heads), [expected]);
    let heads = document.get_heads();
    both(&mut document, set("name", "Gran"), set("name", "Mrs O"));
    let said = happened(&document, &heads).pop().unwrap();
    assert!(
        [
            "set name: set Likes to be called to Mrs O (also suggested: Gran)",
            "set name: set Likes to be called to Gran (also suggested: Mrs O)"
        ]
        .contains(&said.as_str()),
        "{said}"
    );
}

#[test]
fn a_settlement_says_what_was_chosen_what_not_and_why() {
    let mut document = opened(&section(), 1);
    both(&mut document, set("place", "home"), set("place", "hospice"));
    let heads = document.get_heads();
    write(&mut document, &[settle("place", "home")]);
    let step = steps(&document, &section(), &[heads.clone(), document.get_heads()]).pop().unwrap();
    let [settled] = &step[..] else { panic!("{step:?}") };
    assert_eq!(settled.kind, DifferenceKind::Settled);
    assert_eq!(settled.words, "settled Preferred place of care: Home, not Hospice (reason: her daughter confirmed)");
    assert_eq!(settled.after.as_deref(), Some("Home"));
    assert_eq!(settled.reason.as_deref(), Some("her daughter confirmed"));
    let before = settled.before.as_deref().unwrap();
    assert!(before.contains("Home") && before.contains("Hospice"), "{before}");
    assert_eq!(EntryKind::of(&section(), &step), EntryKind::Settled);
}

#[test]
fn the_first_moment_of_a_section_is_empty() {
    let mut document = opened(&section(), 1);
    write(&mut document, &[set("place", "home")]);
    assert_eq!(happened(&document, &[]), ["set place: set Preferred place of care to Home"]);
    assert_eq!(Moment::read(&document, Some(&[]), &section()), Moment::default());
}

fn subject(user: &str, role: Role) -> Subject {
    Subject {
        user: user.parse().unwrap(),
        name: "Dr A".to_owned(),
        role,
        job_title: "Consultant".to_owned(),
        organisation: "RX1".parse().unwrap(),
        organisation_name: "St Elsewhere Hospice".to_owned(),
        registration: None,
        senior: false,
        scope: Scope::default(),
    }
}

#[test]
fn changes_of_one_author_within_two_minutes_of_each_other_are_one_entry() {
    let (a, b) = (subject("a", Role::Doctor), subject("b", Role::Doctor));
    let other_role = subject("a", Role::Specialist);
    let cases: Vec<(Vec<(&Subject, i64)>, Vec<std::ops::Range<usize>>)> = vec![
        (vec![], vec![]),
        (vec![(&a, 0)], vec![0..1]),
        (vec![(&a, 0), (&a, TOGETHER_MS_MAX)], vec![0..2]),
        (vec![(&a, 0), (&a, TOGETHER_MS_MAX + 1)], vec![0..1, 1..2]),
        (vec![(&a, 0), (&a, 100_000), (&a, 200_000), (&a, 300_000)], vec![0..4]),
        (vec![(&a, 0), (&b, 1), (&a, 2)], vec![0..1, 1..2, 2..3]),
        (vec![(&a, 0), (&other_role, 1)], vec![0..1, 1..2]),
    ];
    for (made, expected) in cases {
        let made: Vec<Made<'_>> = made.into_iter().map(|(by, at)| (by, UtcMillis(at))).collect();
        assert_eq!(entries(&section(), &made), expected, "{made:?}");
    }
}

#[test]
fn an_entry_is_one_sentence() {
    let by = subject("a", Role::Doctor);
    let said = |edits: &[Value]| {
        let mut document = opened(&section(), 1);
        let heads = document.get_heads();
        write(&mut document, edits);
        let step = steps(&document, &section(), &[heads, document.get_heads()]).pop().unwrap();
        sentence(&by, &section(), &step)
    };
    assert_eq!(said(&[set("place", "home")]), "Dr A, St Elsewhere Hospice, set Preferred place of care to Home");
    assert_eq!(
        said(&[set("place", "home"), set("minutes", 5), set("name", "Gran")]),
        "Dr A, St Elsewhere Hospice, set Likes to be called to Gran, set Preferred place of care to Home and set Minutes to 5 minutes"
    );
    let many: Vec<Value> = (0..7).map(|n| add(&format!("i{n}"), json!({ "name": format!("N{n}") }))).collect();
    assert!(said(&many).ends_with("added N3 to Contacts and 3 more"), "{}", said(&many));
    assert_eq!(said(&[]), "Dr A, St Elsewhere Hospice, changed nothing that shows in Sample");
    assert_eq!(beginning_sentence(&by, &section()), "Dr A, St Elsewhere Hospice, began Sample");
    let changed = [("Preferences", SignOff::SelfAttested), ("About me", SignOff::None), ("Contacts", SignOff::None)];
    assert_eq!(
        publication_sentence(&by, 3, &changed),
        "Dr A, St Elsewhere Hospice, signed Preferences and shared About me and Contacts and published version 3"
    );
}

/// Undoes the last `taken` changes of the document's own actor, and says what it would do or why not.
fn undone(document: &Automerge, changes: &[ChangeHash]) -> Result<Vec<Value>, UndoError> {
    let trace = Trace::build(document, None, &section());
    let edits = undo(document, &section(), &trace, changes)?;
    Ok(edits.iter().map(|edit| serde_json::to_value(edit).unwrap()).collect())
}

#[test]
fn undo_writes_what_stood_before() {
    let dose =
        |amount: i64| json!({ "set-group": { "field": "dose", "values": { "drug": "Morphine", "amount": amount } } });
    let cases: Vec<(Vec<Value>, Vec<Value>, Vec<Value>)> = vec![
        (vec![set("place", "hospital")], vec![set("place", "home")], vec![set("place", "hospital")]),
        (vec![], vec![set("place", "home")], vec![clear("place")]),
        (vec![set("place", "home")], vec![clear("place")], vec![set("place", "home")]),
        (vec![set("minutes", 1)], vec![set("minutes", 2), set("minutes", 3)], vec![set("minutes", 1)]),
        (vec![dose(5)], vec![dose(10)], vec![dose(5)]),
        (vec![text("Ring Ama")], vec![text("Ring Kofi"), text("Ring no one")], vec![text("Ring Ama")]),
        (vec![], vec![text("Ring Ama")], vec![clear("story")]),
        (vec![], vec![ama()], vec![remove("ama", "taken back")]),
        (vec![], vec![ama(), set_item("ama", "notes", "x")], vec![remove("ama", "taken back")]),
        (vec![ama()], vec![remove("ama", "moved")], vec![restore("ama")]),
        (vec![ama(), remove("ama", "moved")], vec![restore("ama")], vec![remove("ama", "moved")]),
        (vec![ama()], vec![move_to("ama", 7.0)], vec![move_to("ama", 1.0)]),
        (vec![ama(), move_to("ama", 3.0)], vec![move_to("ama", 7.0)], vec![move_to("ama", 3.0)]),
        (
            vec![ama()],
            vec![set_item("ama", "phone", "07700 900456"), remove("ama", "moved")],
            vec![restore("ama"), set_item("ama", "phone", "07700 900123")],
        ),
        (
            vec![ama(), set("minutes", 1)],
            vec![set_item("ama", "phone", Value::Null), set("minutes", 2)],
            vec![set("minutes", 1), set_item("ama", "phone", "07700 900123")],
        ),
    ];
    for (before, edits, expected) in cases {
        let mut document = opened(&section(), 1);
        write(&mut document, &before);
        let changes = write(&mut document, &edits);
        assert_eq!(undone(&document, &changes).unwrap(), expected, "{edits:?}");
    }
}

#[test]
fn undo_leaves_alone_what_others_wrote_since() {
    let since = |path: &str| Err(UndoError::ChangedSince(vec![path.to_owned()]));
    let cases: Vec<(Vec<Value>, Vec<Value>, Vec<Value>, &str)> = vec![
        (vec![], vec![set("place", "home")], vec![set("place", "hospice")], "place"),
        (vec![], vec![set("place", "home")], vec![clear("place")], "place"),
        (vec![], vec![text("Ring Ama")], vec![text("Ring Ama, please")], "story"),
        (vec![], vec![ama()], vec![set_item("ama", "phone", "07700 900456")], "people.ama.phone"),
        (vec![], vec![ama()], vec![move_to("ama", 4.0)], "people.ama"),
        (vec![ama()], vec![set_item("ama", "phone", "07700 900456")], vec![remove("ama", "moved")], "people.ama.phone"),
        (vec![ama()], vec![move_to("ama", 3.0)], vec![move_to("ama", 4.0)], "people.ama"),
        (vec![ama()], vec![remove("ama", "moved")], vec![restore("ama")], "people.ama"),
    ];
    for (before, mine, theirs, path) in cases {
        let mut document = opened(&section(), 1);
        write(&mut document, &before);
        let changes = write(&mut document, &mine);
        let mut other = document.fork().with_actor(ActorId::from([9; 16]));
        write(&mut other, &theirs);
        document.merge(&mut other).unwrap();
        assert_eq!(undone(&document, &changes), since(path), "{mine:?} {theirs:?}");
    }
    // Nor what they wrote without having seen it.
    let mut document = opened(&section(), 1);
    let mut other = document.fork().with_actor(ActorId::from([9; 16]));
    let changes = write(&mut document, &[set("place", "home")]);
    write(&mut other, &[set("place", "hospice")]);
    document.merge(&mut other).unwrap();
    assert_eq!(undone(&document, &changes), since("place"));
}

#[test]
fn undo_of_ones_own_over_anothers_gives_back_the_others() {
    let mut document = opened(&section(), 1);
    let first = write(&mut document, &[set("minutes", 1)]);
    document.set_actor(ActorId::from([9; 16]));
    write(&mut document, &[set("minutes", 2)]);
    document.set_actor(ActorId::from([1; 16]));
    let last = write(&mut document, &[set("minutes", 3)]);
    assert_eq!(undone(&document, &last).unwrap(), [set("minutes", 2)]);
    assert_eq!(undone(&document, &[first[0], last[0]]).unwrap(), [set("minutes", 2)]);
    assert_eq!(undone(&document, &first), Err(UndoError::ChangedSince(vec!["minutes".to_owned()])));
}

#[test]
fn what_ends_a_disagreement_is_not_taken_back() {
    let mut document = opened(&section(), 1);
    both(&mut document, set("place", "home"), set("place", "hospice"));
    let mut unseen = document.clone();
    let changes = write(&mut document, &[settle("place", "home")]);
    assert_eq!(undone(&document, &changes), Err(UndoError::Settles(vec!["place".to_owned()])));
    let changes = write(&mut unseen, &[set("place", "hospital")]);
    assert_eq!(undone(&unseen, &changes), Err(UndoError::Settles(vec!["place".to_owned()])));
}

#[test]
fn there_must_be_something_to_take_back() {
    let mut document = opened(&section(), 1);
    let changes = write(&mut document, &[set("minutes", 1), clear("minutes")]);
    assert_eq!(undone(&document, &changes), Err(UndoError::Nothing));
    assert_eq!(undone(&document, &[]), Err(UndoError::Nothing));
    let unknown = ChangeHash([7; 32]);
    assert_eq!(undone(&document, &[unknown]), Err(UndoError::UnknownChange(unknown)));
}

#[test]
fn the_heads_of_every_beginning_of_the_log_are_those_of_a_document_that_holds_it() {
    let mut document = opened(&section(), 1);
    both(&mut document, set("place", "home"), set("minutes", 1));
    write(&mut document, &[set("minutes", 2)]);
    both(&mut document, set("place", "hospice"), text("Ring Ama"));
    let mut prefix = Prefix::default();
    let mut replay = empty_document();
    assert!(prefix.heads().is_empty());
    for change in document.get_changes(&[]) {
        prefix.push(change.hash(), change.deps());
        replay.apply_changes([change]).unwrap();
        let mut heads = replay.get_heads();
        heads.sort_unstable();
        assert_eq!(prefix.heads(), heads);
    }
    assert_eq!(content::read(&document, Some(&prefix.heads()), &section()), content::read(&document, None, &section()));
}

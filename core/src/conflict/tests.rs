#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panic")]

mod interleavings;
mod oracle;
mod replica;
mod views;

use super::*;
use crate::{
    content::{edit, edit::Edit, empty_document, genesis},
    section::Sections,
};
use automerge::{ActorId, ObjType, ROOT, ReadDoc, transaction::Transactable};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) const SAMPLE: &str = r#"
id = "sample"
title = "Sample"
version = 1
order = 1
summary = "Everything that can be disputed."
source = "invented"
writes = ["doctor"]
audiences = ["clinician", "emergency", "person"]
sign_off = "none"
field = [
  { id = "story", label = "Story", type = "text", merge = "T", max_chars = 200 },
  { id = "nickname", label = "Nickname", type = "line", merge = "R", max_chars = 20 },
  { id = "place", label = "Place", type = "coded", merge = "C!", code = [
    { system = "s", code = "home", display = "At home" }, { system = "s", code = "hospice", display = "In a hospice" },
    { system = "s", code = "hospital", display = "In hospital" } ] },
  { id = "sharing", label = "Sharing", type = "coded", merge = "C!", narrowing = true, code = [
    { system = "s", code = "all", display = "Everybody" }, { system = "s", code = "some", display = "Some" },
    { system = "s", code = "none", display = "Nobody" } ] },
  { id = "phone", label = "Phone", type = "phone", merge = "C!" },
  { id = "dose", label = "Dose", type = "group", merge = "C!", part = [
    { id = "drug", label = "Drug", type = "line", merge = "C!", max_chars = 40 },
    { id = "amount", label = "Amount", type = "decimal", merge = "C!", unit = "mg" } ] },
  { id = "no_allergies", label = "No known allergies", type = "yes-no", merge = "C!", denies = "allergies" },
  { id = "allergies", label = "Allergies", type = "list", merge = "S+", item_name = "allergy", item = [
    { id = "to", label = "To", type = "line", merge = "C!", max_chars = 40 } ] },
  { id = "people", label = "People", type = "list", merge = "S+", item_name = "person", item = [
    { id = "name", label = "Name", type = "line", merge = "R", max_chars = 40 },
    { id = "phone", label = "Phone", type = "phone", merge = "C!" },
    { id = "dose", label = "Dose", type = "group", merge = "C!", part = [
      { id = "drug", label = "Drug", type = "line", merge = "C!", max_chars = 40 },
      { id = "amount", label = "Amount", type = "decimal", merge = "C!", unit = "mg" } ] },
    { id = "notes", label = "Notes", type = "text", merge = "T", max_chars = 100 } ] },
]
"#;

pub(super) fn section() -> Arc<Section> {
    Sections::load([("sample.toml".to_owned(), SAMPLE.to_owned())]).unwrap().in_order()[0].clone()
}

/// Several people with the same document.
struct Team {
    section: Arc<Section>,
    documents: Vec<Automerge>,
    clock: i64,
}

impl Team {
    fn of(people: u8) -> Self {
        let section = section();
        let opened = |person: u8| {
            let mut document = empty_document().with_actor(ActorId::from([person + 1; 16]));
            document.apply_changes([genesis(&section)]).unwrap();
            document
        };
        let documents = (0..people).map(opened).collect();
        Self { section, documents, clock: 0 }
    }

    fn edit(&mut self, person: usize, value: Value) -> ChangeHash {
        let edit: Edit = serde_json::from_value(value.clone()).unwrap();
        self.clock += 1;
        edit::apply(&mut self.documents[person], &self.section, &edit, self.clock)
            .unwrap_or_else(|error| panic!("{value}: {error}"))
    }

    fn set(&mut self, person: usize, field: &str, value: impl Into<Value>) -> ChangeHash {
        self.edit(person, json!({"set": {"field": field, "value": value.into()}}))
    }

    fn settle(&mut self, person: usize, path: &str, choice: Value) -> ChangeHash {
        self.edit(person, json!({"settle": {"path": path, "choice": choice, "reason": "asked again"}}))
    }

    /// One learns what the other has.
    fn pull(&mut self, person: usize, from: usize) {
        let mut other = self.documents[from].clone();
        self.documents[person].merge(&mut other).unwrap();
    }

    fn meet(&mut self) {
        for _ in 0..2 {
            for person in 1..self.documents.len() {
                self.pull(person, person - 1);
            }
            let last = self.documents.len() - 1;
            self.pull(0, last);
        }
    }

    fn found(&self, person: usize) -> Vec<Conflict> {
        conflicts(&self.documents[person], None, &self.section)
    }

    /// Each conflict on a line: path, kind, what stands against what; a star at what applies.
    fn told(&self, person: usize) -> Vec<String> {
        self.found(person).iter().map(told).collect()
    }
}

fn told(conflict: &Conflict) -> String {
    let words = conflict.contenders.iter().enumerate().map(|(at, contender)| {
        let star = if conflict.applies == Some(at) { "*" } else { "" };
        format!("{}{star}", contender.display)
    });
    format!("{} {:?}: {}", conflict.path, conflict.kind, words.collect::<Vec<_>>().join(" | "))
}

#[test]
fn two_values_that_nobody_compared_are_a_conflict_with_both_changes() {
    let mut team = Team::of(2);
    let (one, other) = (team.set(0, "place", "home"), team.set(1, "place", "hospice"));
    team.meet();
    assert_eq!(team.told(0), ["place Values: At home | In a hospice"]);
    let found = team.found(1);
    let changes: Vec<_> = found[0].contenders.iter().map(|contender| contender.change).collect();
    assert_eq!((changes, found[0].label.as_str()), (vec![one, other], "Place"));
    assert_eq!(found, team.found(0));
}

#[test]
fn the_same_value_twice_and_values_of_class_r_are_no_conflict() {
    let mut team = Team::of(2);
    for person in 0..2 {
        team.set(person, "place", "home");
        team.set(person, "nickname", ["Ada", "Adaeze"][person]);
        let text = ["one", "other"][person];
        team.edit(person, json!({"set-text": {"field": "story", "text": text}}));
    }
    team.meet();
    assert_eq!(team.told(0), [""; 0]);
}

#[test]
fn a_value_taken_away_by_one_and_set_by_another_is_a_conflict() {
    let mut team = Team::of(2);
    team.set(0, "phone", "020 7946 0001");
    team.meet();
    team.edit(0, json!({"clear": {"field": "phone"}}));
    team.set(1, "phone", "020 7946 0002");
    team.meet();
    assert_eq!(team.told(0), ["phone Values: (taken away) | 020 7946 0002"]);
    assert_eq!(team.found(0)[0].contenders[0].value, None);
}

#[test]
fn what_was_written_over_unseen_stays_until_somebody_settles_it() {
    let mut team = Team::of(2);
    team.set(0, "place", "home");
    team.set(1, "place", "hospice");
    team.meet();
    // The second actor wins, so whoever writes now was shown the hospice.
    team.set(0, "place", "hospital");
    assert_eq!(team.told(0), ["place Values: At home | In hospital"]);
    assert_eq!(team.documents[0].get_all(team.fields(0), "place").unwrap().len(), 1, "automerge no longer sees it");
    // The hidden one is what everybody says now.
    let mut agreed = Team { section: team.section.clone(), documents: team.documents.clone(), clock: 9 };
    agreed.set(0, "place", "home");
    assert_eq!(agreed.told(0), [""; 0]);
    team.settle(0, "place", json!({"value": "hospital"}));
    assert_eq!(team.told(0), [""; 0]);
    team.meet();
    assert_eq!(team.told(1), [""; 0]);
}

#[test]
fn a_settlement_covers_what_its_author_had_seen_and_nothing_else() {
    let mut team = Team::of(3);
    team.set(0, "place", "home");
    team.set(1, "place", "hospice");
    team.pull(0, 1);
    team.settle(0, "place", json!({"value": "home"}));
    team.set(2, "place", "hospital");
    team.meet();
    assert_eq!(team.told(0), ["place Values: In hospital | At home"]);
    team.settle(1, "place", json!("cleared"));
    assert_eq!(team.told(1), [""; 0]);
}

#[test]
fn a_conflict_whose_shown_value_is_empty_is_settled_by_the_note_alone() {
    let mut team = Team::of(2);
    team.set(0, "place", "home");
    team.set(1, "place", "hospice");
    team.meet();
    team.edit(0, json!({"clear": {"field": "place"}}));
    assert_eq!(team.told(0), ["place Values: At home | (taken away)"]);
    team.settle(0, "place", json!("cleared"));
    assert_eq!(team.told(0), [""; 0]);
}

#[test]
fn of_several_sharing_choices_the_narrowest_applies() {
    let mut team = Team::of(3);
    for (person, choice) in ["none", "all", "some"].into_iter().enumerate() {
        team.set(person, "sharing", choice);
    }
    team.meet();
    assert_eq!(team.told(0), ["sharing Values: Nobody* | Everybody | Some"]);
}

#[test]
fn a_dose_is_one_value() {
    let mut team = Team::of(2);
    for (person, amount) in [(0, 5), (1, 10)] {
        team.edit(person, json!({"set-group": {"field": "dose", "values": {"amount": amount, "drug": "morphine"}}}));
    }
    team.meet();
    assert_eq!(team.told(0), ["dose Values: morphine, 5 mg | morphine, 10 mg"]);
}

fn add(id: &str, values: Value) -> Value {
    json!({"add-item": {"field": "people", "id": id, "values": values}})
}

fn set_item(subfield: &str, value: Value) -> Value {
    json!({"set-item": {"field": "people", "item": "a", "subfield": subfield, "value": value}})
}

fn remove() -> Value {
    json!({"remove-item": {"field": "people", "item": "a", "reason": "moved away"}})
}

#[test]
fn an_item_edited_by_one_and_removed_by_another_is_a_conflict_until_settled() {
    let mut team = Team::of(2);
    team.edit(0, add("a", json!({"name": "Bea", "phone": "111"})));
    team.meet();
    team.edit(0, remove());
    team.edit(1, set_item("phone", json!("222")));
    team.edit(1, set_item("notes", json!("rings back")));
    team.meet();
    assert_eq!(team.told(0), ["people.a EditedAndRemoved: Removed: moved away | Phone: 222, Notes edited"]);
    assert_eq!(team.found(0)[0].label, "People");
    for choice in ["removed", "kept"] {
        let mut settled = Team { section: team.section.clone(), documents: team.documents.clone(), clock: 9 };
        settled.settle(0, "people.a", json!(choice));
        settled.meet();
        assert_eq!(settled.told(1), [""; 0]);
        let content = content::read(&settled.documents[1], None, &settled.section);
        let Some(FieldValue::List(list)) = content.field("people").map(|field| &field.value) else { panic!() };
        assert_eq!(list.items.len(), usize::from(choice == "kept"));
    }
    // Bringing it back contradicts nobody who edited it.
    team.edit(0, json!({"restore-item": {"field": "people", "item": "a"}}));
    assert_eq!(team.told(0), [""; 0]);
}

#[test]
fn an_item_removed_after_its_last_edit_was_seen_or_only_moved_is_no_conflict() {
    let mut team = Team::of(2);
    team.edit(0, add("a", json!({"name": "Bea"})));
    team.edit(0, set_item("phone", json!("222")));
    team.meet();
    team.edit(1, json!({"move-item": {"field": "people", "item": "a", "order": 7}}));
    team.edit(0, remove());
    team.meet();
    assert_eq!(team.told(0), [""; 0]);
}

#[test]
fn a_phone_disputed_in_an_item_that_is_gone_waits_for_the_item() {
    let mut team = Team::of(2);
    team.edit(0, add("a", json!({"name": "Bea", "phone": "111"})));
    team.meet();
    team.edit(0, set_item("phone", json!("333")));
    team.edit(1, set_item("phone", json!("222")));
    team.meet();
    assert_eq!(team.told(0), ["people.a.phone Values: 333 | 222"]);
    assert_eq!(team.found(0)[0].label, "People: Phone");
    team.edit(0, remove());
    assert_eq!(team.told(0), [""; 0]);
    team.edit(0, json!({"restore-item": {"field": "people", "item": "a"}}));
    assert_eq!(team.told(0), ["people.a.phone Values: 333 | 222"]);
}

#[test]
fn an_item_made_twice_under_one_id_shows_the_words_of_both() {
    let mut team = Team::of(2);
    team.edit(0, add("a", json!({"name": "Bea", "phone": "111"})));
    team.edit(1, add("a", json!({"name": "Cy"})));
    team.edit(0, set_item("notes", json!("rings back")));
    team.meet();
    assert_eq!(team.told(0), ["people.a Values: Bea, 111, rings back | Cy"]);
    team.settle(1, "people.a", json!("kept"));
    assert_eq!(team.told(1), [""; 0]);
}

#[test]
fn a_value_that_denies_a_list_which_holds_something_is_a_conflict_and_the_list_applies() {
    let mut team = Team::of(2);
    team.set(0, "no_allergies", true);
    assert_eq!(team.told(0), [""; 0]);
    let change = team.edit(1, json!({"add-item": {"field": "allergies", "id": "a", "values": {"to": "Penicillin"}}}));
    team.meet();
    assert_eq!(team.told(0), ["no_allergies Denied: Yes | Penicillin*"]);
    assert_eq!(team.found(0)[0].contenders[1].change, change);
    let mut other = Team { section: team.section.clone(), documents: team.documents.clone(), clock: 9 };
    other.set(1, "no_allergies", false);
    assert_eq!(other.told(1), [""; 0]);
    team.edit(0, json!({"remove-item": {"field": "allergies", "item": "a", "reason": "wrong person"}}));
    assert_eq!(team.told(0), [""; 0]);
}

#[test]
fn conflicts_are_found_as_they_were_at_any_moment() {
    let mut team = Team::of(2);
    team.set(0, "place", "home");
    let first = team.documents[0].get_heads();
    team.set(1, "place", "hospice");
    team.meet();
    let disputed = team.documents[0].get_heads();
    team.settle(0, "place", json!({"value": "home"}));
    let at = |heads: &[ChangeHash]| conflicts(&team.documents[0], Some(heads), &team.section).len();
    assert_eq!((at(&first), at(&disputed), at(&team.documents[0].get_heads())), (0, 1, 0));
}

#[test]
fn whatever_a_document_holds_conflicts_are_read_from_it() {
    let mut team = Team::of(2);
    let fields = team.fields(0);
    let mut transaction = team.documents[0].transaction();
    let settled = transaction.get(ROOT, "settled").unwrap().unwrap().1;
    transaction.put(&fields, "place", 5).unwrap();
    transaction.put(&fields, "people", "nobody").unwrap();
    transaction.put(&settled, "a", "b").unwrap();
    let note = transaction.put_object(&settled, "c", ObjType::Map).unwrap();
    transaction.put(&note, "path", "people.x.y.z.").unwrap();
    transaction.put_object(&fields, "dose", ObjType::Map).unwrap();
    transaction.commit();
    team.set(1, "place", "home");
    team.meet();
    assert_eq!(team.told(0), ["place Values: (taken away) | At home"]);
}

impl Team {
    fn fields(&self, person: usize) -> automerge::ObjId {
        self.documents[person].get(ROOT, "fields").unwrap().unwrap().1
    }
}

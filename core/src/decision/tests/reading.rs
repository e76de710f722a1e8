//! What a document holds, honest or not.

use super::*;
use automerge::{
    ObjId, ObjType, ROOT, ReadDoc,
    transaction::{Transactable, Transaction},
};

#[test]
fn two_decisions_made_without_each_other_are_both_shown_and_neither_is_current() {
    let (mut ward, mut hospice) = (document(), document().with_actor(ActorId::from([2; 16])));
    recorded(&mut ward, &cpr(1, "450476008"), &registrar());
    recorded(&mut hospice, &cpr(2, "450475007"), &consultant());
    ward.merge(&mut hospice).unwrap();
    hospice.merge(&mut ward).unwrap();
    assert_eq!(read(&ward, None, &section()), read(&hospice, None, &section()));
    assert_eq!(states(&ward, "cpr"), [(1, "disputed"), (2, "disputed")]);

    // Whoever supersedes one only has settled nothing.
    recorded(&mut ward, &superseding(cpr(3, "450475007"), &[2]), &gp());
    assert_eq!(states(&ward, "cpr"), [(1, "disputed"), (2, "superseded"), (3, "disputed")]);
    let settled = recorded(&mut ward, &superseding(cpr(4, "450475007"), &[1, 3]), &gp());
    assert_eq!(settled.supersedes, [id(1), id(3)]);
    assert_eq!(states(&ward, "cpr"), [(1, "superseded"), (2, "superseded"), (3, "superseded"), (4, "current")]);
    assert_eq!(kind(&ward, "cpr").record(&id(2)).unwrap().superseded_by, [id(3)]);
}

#[test]
fn a_decision_that_supersedes_one_that_is_superseded_makes_a_fork() {
    let mut document = document();
    recorded(&mut document, &cpr(1, "450475007"), &registrar());
    recorded(&mut document, &superseding(cpr(2, "450476008"), &[1]), &registrar());
    recorded(&mut document, &superseding(cpr(3, "450475007"), &[1]), &gp());
    assert_eq!(states(&document, "cpr"), [(1, "superseded"), (2, "disputed"), (3, "disputed")]);
}

#[test]
fn what_was_superseded_stays_so_when_its_successor_is_withdrawn() {
    let mut document = document();
    recorded(&mut document, &cpr(1, "450475007"), &registrar());
    recorded(&mut document, &superseding(cpr(2, "450476008"), &[1]), &registrar());
    withdraw(&mut document, &section(), "cpr", &id(2), "Wrong person", &gp(), at(5)).unwrap();
    assert_eq!(states(&document, "cpr"), [(1, "superseded"), (2, "withdrawn")]);
}

#[test]
fn withdrawing_one_of_two_leaves_the_other_current() {
    let mut document = document();
    recorded(&mut document, &cpr(1, "450475007"), &registrar());
    recorded(&mut document, &cpr(2, "450476008"), &gp());
    withdraw(&mut document, &section(), "cpr", &id(1), "Wrong person", &gp(), at(5)).unwrap();
    assert_eq!(states(&document, "cpr"), [(1, "withdrawn"), (2, "current")]);
}

#[test]
fn each_treatment_has_a_current_record_of_its_own() {
    let mut document = document();
    recorded(&mut document, &escalation(1, "intensive-care", "not-recommended"), &gp());
    recorded(&mut document, &escalation(2, "oxygen", "recommended"), &gp());
    assert_eq!(states(&document, "treatment_escalation"), [(1, "current"), (2, "current")]);
    recorded(&mut document, &escalation(3, "oxygen", "not-recommended"), &consultant());
    assert_eq!(states(&document, "treatment_escalation"), [(1, "current"), (2, "disputed"), (3, "disputed")]);
}

#[test]
fn of_what_may_stand_side_by_side_only_a_fork_is_disputed() {
    let attorney = |number, name: &str| {
        let values = json!({
            "authority": "deputy", "document_seen": true, "life_sustaining": false,
            "attorney": { "name": name, "phone": "01632 960001" },
        });
        new("health_attorney", number, &values)
    };
    let mut document = document();
    recorded(&mut document, &attorney(1, "Ada Example"), &gp());
    recorded(&mut document, &attorney(2, "Ben Example"), &gp());
    assert_eq!(states(&document, "health_attorney"), [(1, "current"), (2, "current")]);
    recorded(&mut document, &superseding(attorney(3, "Ada E Example"), &[1]), &gp());
    recorded(&mut document, &superseding(attorney(4, "Ida Example"), &[1]), &gp());
    let forked = [(1, "superseded"), (2, "current"), (3, "disputed"), (4, "disputed")];
    assert_eq!(states(&document, "health_attorney"), forked);

    // Going on from one branch does not settle it.
    recorded(&mut document, &superseding(attorney(5, "Ada Example"), &[3]), &gp());
    let states = states(&document, "health_attorney");
    assert_eq!(states[2..], [(3, "superseded"), (4, "disputed"), (5, "disputed")]);
}

#[test]
fn while_the_sharing_choice_is_disputed_the_narrowest_applies() {
    let nurse = person("nurse", Role::RegisteredProfessional, false);
    let mut document = document();
    recorded(&mut document, &sharing(1, "named-organisations"), &nurse);
    assert_eq!(kind(&document, "sharing_choice").applies(), None);
    recorded(&mut document, &sharing(2, "all-direct-care"), &nurse);
    recorded(&mut document, &sharing(3, "emergency-only"), &nurse);
    let disputed = kind(&document, "sharing_choice");
    assert!(disputed.is_disputed());
    assert_eq!(disputed.applies().unwrap().id, id(1));
    assert_eq!(disputed.records.iter().filter(|record| record.applies).count(), 1);
    recorded(&mut document, &superseding(sharing(4, "all-direct-care"), &[1, 2, 3]), &nurse);
    assert_eq!(kind(&document, "sharing_choice").applies(), None);
}

#[test]
fn records_are_read_as_they_were_at_any_heads() {
    let mut document = document();
    recorded(&mut document, &cpr(1, "450475007"), &registrar());
    let early = document.get_heads();
    recorded(&mut document, &superseding(cpr(2, "450476008"), &[1]), &registrar());
    withdraw(&mut document, &section(), "cpr", &id(2), "Wrong person", &gp(), at(5)).unwrap();
    let then = read(&document, Some(&early), &section()).remove(0);
    assert_eq!((then.records.len(), then.records[0].state), (1, State::Current));
    assert!(then.records[0].superseded_by.is_empty());
    assert_eq!(kind(&document, "cpr").records[0].change, early[0], "the change that made it");
}

/// Writes a record of CPR by hand, with what `more` does to it.
fn forged(
    document: &mut Automerge,
    key: &str,
    order: i64,
    supersedes: &str,
    more: impl Fn(&mut Transaction<'_>, &ObjId),
) {
    let fields = document.get(ROOT, "fields").unwrap().unwrap().1;
    let list = document.get(&fields, "cpr").unwrap().unwrap().1;
    let mut transaction = document.transaction();
    let item = transaction.put_object(&list, key, ObjType::Map).unwrap();
    transaction.put(&item, "order", order).unwrap();
    transaction.put(&item, "supersedes", supersedes).unwrap();
    transaction.put(&item, "recommendation", "450475007").unwrap();
    let recorded = transaction.put_object(&item, "recorded", ObjType::Map).unwrap();
    transaction.put(&recorded, "user", "somebody").unwrap();
    transaction.put(&recorded, "at", "2026-11-22T14:02:00Z").unwrap();
    more(&mut transaction, &item);
    transaction.commit();
}

fn ids_and_states(document: &Automerge) -> Vec<(String, &'static str)> {
    kind(document, "cpr").records.iter().map(|record| (record.id.clone(), record.state.as_str())).collect()
}

fn expect(document: &Automerge, expected: &[(&str, &str)]) {
    let found = ids_and_states(document);
    let found: Vec<(&str, &str)> = found.iter().map(|(id, state)| (id.as_str(), *state)).collect();
    assert_eq!(found, expected);
}

#[test]
fn records_cannot_supersede_each_other_or_themselves_away() {
    let mut document = document();
    forged(&mut document, "a", 1, "b", |_, _| ());
    forged(&mut document, "b", 1, "a b", |_, _| ());
    expect(&document, &[("a", "disputed"), ("b", "disputed")]);
    forged(&mut document, "c", 2, "a", |_, _| ());
    forged(&mut document, "d", 3, "c unknown  C! a", |_, _| ());
    expect(&document, &[("a", "superseded"), ("b", "disputed"), ("c", "superseded"), ("d", "disputed")]);
    assert_eq!(kind(&document, "cpr").record("d").unwrap().supersedes, ["c", "a"]);
}

#[test]
fn what_is_no_record_is_passed_over_and_hides_none() {
    let mut document = document();
    forged(&mut document, "good", 1, "", |_, _| ());
    forged(&mut document, "BAD", 2, "good", |_, _| ());
    forged(&mut document, "unsigned", 2, "good", |tx, item| tx.put(item, "recorded", "me").unwrap());
    forged(&mut document, "undated", 2, "good", |tx, item| {
        let (_, recorded) = tx.get(item, "recorded").unwrap().unwrap();
        tx.put(&recorded, "at", "yesterday").unwrap();
    });
    forged(&mut document, "empty", 2, "good", |tx, item| tx.delete(item, "recommendation").unwrap());
    let fields = document.get(ROOT, "fields").unwrap().unwrap().1;
    let list = document.get(&fields, "cpr").unwrap().unwrap().1;
    let mut transaction = document.transaction();
    transaction.put(&list, "scalar", "supersedes all").unwrap();
    transaction.put_object(&list, "text", ObjType::Text).unwrap();
    transaction.put(&fields, "adrt", 1).unwrap();
    transaction.commit();
    expect(&document, &[("good", "current")]);
    assert!(kind(&document, "adrt").records.is_empty());
}

#[test]
fn odd_values_in_a_record_hide_nothing_of_it() {
    let mut document = document();
    forged(&mut document, "a", 1, "", |tx, item| {
        tx.put(item, "order", "first").unwrap();
        tx.put(item, "withdrawn", true).unwrap();
        tx.put(item, "endorsed", "by me").unwrap();
        tx.put(item, "made_at", "soon").unwrap();
        tx.put(item, "removed", "gone").unwrap();
        tx.put(item, "recommendation", "no such code").unwrap();
    });
    forged(&mut document, "b", 1, "a", |_, _| ());
    expect(&document, &[("b", "disputed"), ("a", "disputed")]);
    let kind = kind(&document, "cpr");
    let odd = kind.record("a").unwrap();
    assert_eq!((odd.made_at, odd.endorsed.is_none(), odd.fields.len()), (None, true, 1));
}

#[test]
fn two_records_under_one_id_are_two_records() {
    let mut here = document();
    let mut there = document().with_actor(ActorId::from([2; 16]));
    recorded(&mut here, &cpr(1, "450475007"), &registrar());
    recorded(&mut there, &cpr(1, "450476008"), &consultant());
    here.merge(&mut there).unwrap();
    assert_eq!(states(&here, "cpr"), [(1, "disputed"), (1, "disputed")]);
    recorded(&mut here, &superseding(cpr(2, "450476008"), &[1]), &gp());
    assert_eq!(states(&here, "cpr"), [(1, "superseded"), (1, "superseded"), (2, "current")]);
}

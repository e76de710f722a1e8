//! What a second import does.

use super::{super::*, *};

const FIRST: &str = "2026-11-21";
const SECOND: &str = "2026-12-01";

fn set_item(desk: &Desk, subfield: &str, value: &str) -> Edit {
    let item = desk.items("allergies")[0].id.clone();
    Edit::SetItem { field: "allergies".into(), item, subfield: subfield.into(), value: value.into() }
}

#[test]
fn the_same_record_twice_is_no_change_and_a_changed_one_is_refreshed_with_its_day() {
    let mut desk = Desk::of("health");
    assert_eq!(desk.import(&[allergy("a", "Latex")], FIRST).added.len(), 1);
    assert_eq!(desk.import(&[allergy("a", "Latex")], SECOND), Plan::default());
    let plan = desk.import(&[allergy("a", "Latex, natural")], SECOND);
    assert_eq!((plan.added.len(), plan.refreshed.len(), plan.left.len()), (0, 1, 0));
    let [item] = &desk.items("allergies")[..] else { panic!("one allergy") };
    assert_eq!(
        (word(item, "agent").as_str(), word(item, "record_date").as_str()),
        ("Latex, natural", "1 December 2026")
    );
}

#[test]
fn an_item_that_somebody_edited_is_theirs_and_the_difference_is_told() {
    let mut desk = Desk::of("health");
    desk.import(&[allergy("a", "Latex")], FIRST);
    let edit = set_item(&desk, "severity", "severe");
    desk.staff(&edit);
    let mut changed = allergy("a", "Natural rubber");
    changed["reaction"] = json!([{ "severity": "mild" }]);
    let plan = desk.import(&[changed], SECOND);
    assert!(plan.edits.is_empty());
    let [left] = &plan.left[..] else { panic!("one is left alone") };
    assert_eq!(left.reason, Reason::EditedHere);
    let told: Vec<_> = left.differences.iter().map(|d| (d.label.as_str(), d.here.as_str(), d.there.as_str())).collect();
    assert_eq!(told, [("To what", "Latex", "Natural rubber"), ("How severe", "Severe", "Mild")]);
    assert_eq!(desk.import(&[], SECOND).left[0].reason, Reason::GoneAndEditedHere);
    assert_eq!(desk.items("allergies").len(), 1);
}

#[test]
fn what_is_gone_from_the_record_goes_with_its_reason_and_comes_back_with_it() {
    let mut desk = Desk::of("health");
    desk.import(&[allergy("a", "Latex"), allergy("b", "Nuts")], FIRST);
    assert_eq!(desk.import(&[allergy("b", "Nuts")], SECOND).removed.len(), 1);
    assert_eq!(desk.list("allergies").removed[0].reason, "no longer in the GP record");
    assert_eq!(desk.import(&[allergy("a", "Latex"), allergy("b", "Nuts")], SECOND).added.len(), 1);
    assert_eq!(desk.items("allergies").len(), 2);
}

#[test]
fn what_somebody_removed_is_never_brought_back() {
    let mut desk = Desk::of("health");
    desk.import(&[allergy("a", "Latex")], FIRST);
    let item = desk.items("allergies")[0].id.clone();
    desk.staff(&Edit::RemoveItem { field: "allergies".into(), item, reason: "Tested".into() });
    let plan = desk.import(&[allergy("a", "Latex")], SECOND);
    assert_eq!((plan.edits.len(), plan.left[0].reason), (0, Reason::RemovedHere));
    // Nor under another id, which the record gives it when it is written down there anew.
    let plan = desk.import(&[allergy("b", "latex")], SECOND);
    assert_eq!((plan.added.len(), plan.left[0].reason), (0, Reason::RemovedHere));
}

#[test]
fn what_somebody_wrote_down_or_removed_themselves_is_not_added_again() {
    let mut desk = Desk::of("health");
    let add = |id: &str, agent: &str| Edit::AddItem {
        field: "allergies".into(),
        id: id.into(),
        order: None,
        values: [("agent".to_owned(), Value::from(agent)), ("severity".to_owned(), "mild".into())].into(),
    };
    desk.staff(&add("one", "Penicillin"));
    desk.staff(&add("two", "Nuts"));
    desk.staff(&Edit::RemoveItem { field: "allergies".into(), item: "two".into(), reason: "Tested".into() });
    let mut penicillin = allergy("p", "PENICILLIN");
    penicillin["reaction"] = json!([{ "severity": "severe" }]);
    let plan = desk.import(&[penicillin, allergy("n", "nuts")], FIRST);
    assert!(plan.added.is_empty());
    let reasons: Vec<Reason> = plan.left.iter().map(|left| left.reason).collect();
    assert_eq!(reasons, [Reason::WrittenHere, Reason::RemovedHere]);
}

#[test]
fn that_there_are_no_allergies_is_said_only_where_nobody_says_otherwise() {
    let none = json!({
        "resourceType": "AllergyIntolerance", "id": "none",
        "code": { "coding": [{ "system": "http://snomed.info/sct", "code": "716186003" }] },
    });
    let none = std::slice::from_ref(&none);
    let mut empty = Desk::of("health");
    empty.import(none, FIRST);
    assert_eq!(empty.says("no_known_allergies").as_deref(), Some("No known allergies"));
    assert_eq!(empty.import(none, SECOND), Plan::default());
    empty.import(&[allergy("a", "Latex")], SECOND);
    assert_eq!(empty.says("no_known_allergies"), None, "an import takes back what an import said");
    assert_eq!(empty.items("allergies").len(), 1);

    let mut recorded = Desk::of("health");
    let values = [("agent".to_owned(), Value::from("Penicillin"))].into();
    recorded.staff(&Edit::AddItem { field: "allergies".into(), id: "one".into(), order: None, values });
    let plan = recorded.import(none, FIRST);
    assert_eq!(recorded.says("no_known_allergies"), None);
    assert_eq!(plan.left[0].reason, Reason::AllergiesHere);

    let mut said = Desk::of("health");
    said.staff(&Edit::Set { field: "no_known_allergies".into(), value: "716186003".into() });
    said.import(&[allergy("a", "Latex")], FIRST);
    assert!(said.says("no_known_allergies").is_some(), "what somebody said stands, and the conflict is shown");
    assert_eq!(said.items("allergies").len(), 1);
}

#[test]
fn a_bundle_of_some_of_the_record_takes_nothing_away() {
    let mut desk = Desk::of("health");
    desk.import(&[allergy("a", "Latex"), allergy("b", "Nuts")], FIRST);
    let some = desk.found(&[allergy("c", "Eggs")], false);
    assert_eq!(some.len(), 1, "of problems it says nothing");
    let plan = desk.take(&some, SECOND);
    assert_eq!((plan.added.len(), plan.removed.len()), (1, 0));
    assert_eq!(desk.items("allergies").len(), 3);
}

#[test]
fn two_records_are_never_taken_for_each_other() {
    let mut desk = Desk::of("health");
    desk.import(&[allergy("1", "Latex")], FIRST);
    let other = Record { name: "another practice".to_owned(), ..gp() };
    let bundle = Bundle::of(&bundle(&[allergy("1", "Eggs")])).unwrap();
    let found = found(&bundle, Topic::Allergies, &other, true).unwrap().unwrap();
    let plan = plan(&desk.document, &desk.section, &[found], &other, SECOND).unwrap();
    assert_eq!((plan.added.len(), plan.removed.len(), plan.refreshed.len()), (1, 0, 0));
}

#[test]
fn entries_of_records_that_nobody_named_never_overwrite_each_other() {
    let unnamed = Record { name: String::new(), ..gp() };
    let ids = |url: Option<&str>, one: Value| {
        let mut bundle = bundle(&[one]);
        if let Some(url) = url {
            bundle["entry"][1]["fullUrl"] = json!(url);
        }
        let found = found(&Bundle::of(&bundle).unwrap(), Topic::Allergies, &unnamed, false).unwrap().unwrap();
        found.items[0].id.clone()
    };
    let (latex, eggs) = (allergy("1", "Latex"), allergy("1", "Eggs"));
    assert_ne!(ids(None, latex.clone()), ids(None, eggs.clone()), "each hospital has an AllergyIntolerance/1");
    assert_eq!(ids(None, latex.clone()), ids(None, latex.clone()));
    assert_ne!(ids(Some("AllergyIntolerance/1"), latex.clone()), ids(Some("AllergyIntolerance/1"), eggs.clone()));
    let (here, there) = ("https://a.example/AllergyIntolerance/1", "https://b.example/AllergyIntolerance/1");
    assert_eq!(ids(Some(here), latex.clone()), ids(Some(here), eggs.clone()), "reworded where it stands");
    assert_ne!(ids(Some(here), latex.clone()), ids(Some(there), latex));
    let with = |system: &str, mut one: Value| {
        one["identifier"] = json!([{ "system": system, "value": "77" }]);
        ids(None, one)
    };
    let keyed = "https://gp.example/allergy";
    assert_eq!(with(keyed, allergy("1", "Latex")), with(keyed, eggs.clone()));
    assert_ne!(with("local", allergy("1", "Latex")), with("local", eggs), "a system that anybody may have");
}

#[test]
fn a_record_that_nobody_named_adds_nothing_again_that_it_has_under_another_id() {
    let mut desk = Desk::of("health");
    let unnamed = Record { name: String::new(), ..gp() };
    let mut take = |severity: &str, url: &str| {
        let mut one = allergy("1", "Latex");
        one["reaction"] = json!([{ "severity": severity }]);
        let mut bundle = bundle(&[one]);
        bundle["entry"][1]["fullUrl"] = json!(url);
        let found = found(&Bundle::of(&bundle).unwrap(), Topic::Allergies, &unnamed, false).unwrap().unwrap();
        let plan = plan(&desk.document, &desk.section, &[found], &unnamed, FIRST).unwrap();
        desk.carry_out(&plan);
        plan
    };
    assert_eq!(take("mild", "urn:uuid:1").added.len(), 1);
    let plan = take("severe", "urn:uuid:2");
    assert!(plan.edits.is_empty());
    assert_eq!((plan.left[0].reason, plan.left[0].differences.len()), (Reason::WrittenHere, 1));
}

#[test]
fn a_list_that_is_full_takes_nothing() {
    let desk = Desk::of("health");
    let many: Vec<Value> = (0..61).map(|at| allergy(&at.to_string(), &format!("Thing {at}"))).collect();
    let found = desk.found(&many, true);
    let refused = plan(&desk.document, &desk.section, &found, &gp(), FIRST).unwrap_err();
    assert_eq!((refused.fault, refused.place.as_str()), (Fault::ListFull { max: 60 }, "health.allergies"));
}

#[test]
fn an_item_stays_when_the_record_gives_it_a_new_id_after_somebody_removed_their_own_twin_of_it() {
    let mut desk = Desk::of("health");
    let values = [("agent".to_owned(), Value::from("Penicillin"))].into();
    desk.staff(&Edit::AddItem { field: "allergies".into(), id: "own".into(), order: None, values });
    let mut coded = allergy("a", "Penicillin V");
    coded["code"]["coding"] =
        json!([{ "system": "http://snomed.info/sct", "code": "91936005", "display": "Penicillin" }]);
    desk.import(&[coded.clone()], FIRST);
    assert_eq!(desk.items("allergies").len(), 2);
    desk.staff(&Edit::RemoveItem { field: "allergies".into(), item: "own".into(), reason: "Twice".into() });
    // Keyed anew, and now named as the twin was.
    let mut again = coded;
    (again["id"], again["code"]["text"]) = (json!("b"), json!("Penicillin"));
    let plan = desk.import(std::slice::from_ref(&again), SECOND);
    assert_eq!((plan.added.len(), plan.removed.len(), plan.left[0].reason), (0, 0, Reason::RemovedHere));
    let [item] = &desk.items("allergies")[..] else { panic!("one allergy") };
    assert_eq!(word(item, "agent"), "Penicillin", "and says what the record says");
    assert!(desk.import(&[again], SECOND).edits.is_empty());
}

#[test]
fn an_item_stays_when_the_record_drops_it_for_an_entry_of_the_same_that_somebody_removed() {
    let mut desk = Desk::of("health");
    desk.import(&[allergy("a", "Penicillin"), allergy("b", "Penicillin")], FIRST);
    let twin = desk.items("allergies")[1].id.clone();
    desk.staff(&Edit::RemoveItem { field: "allergies".into(), item: twin, reason: "Twice".into() });
    let plan = desk.import(&[allergy("b", "Penicillin")], SECOND);
    assert_eq!((plan.removed.len(), desk.items("allergies").len()), (0, 1));
}

#[test]
fn an_answer_without_any_allergy_removes_none_unless_it_says_that_there_are_none() {
    let mut desk = Desk::of("health");
    desk.import(&[allergy("a", "Latex"), allergy("b", "Nuts")], FIRST);
    let plan = desk.import(&[], SECOND);
    assert_eq!((plan.edits.len(), plan.left.len(), plan.left[0].reason), (0, 2, Reason::NoneLeft));
    let mut mistake = allergy("a", "Latex");
    mistake["verificationStatus"] = status("allergyintolerance-verification", "entered-in-error");
    assert_eq!(desk.import(&[mistake], SECOND).removed.len(), 1, "what the record takes back goes");
    let none = json!({
        "resourceType": "AllergyIntolerance", "id": "none",
        "code": { "coding": [{ "system": "http://snomed.info/sct", "code": "716186003" }] },
    });
    assert_eq!(desk.import(&[none], SECOND).removed.len(), 1);
    assert!(desk.items("allergies").is_empty());
}

#[test]
fn an_answer_that_says_it_is_not_complete_takes_nothing_away() {
    let mut desk = Desk::of("health");
    desk.import(&[allergy("a", "Latex"), allergy("b", "Nuts")], FIRST);
    let outcome = |severity: &str| {
        let issue = json!({ "severity": severity, "code": "suppressed" });
        json!({ "resourceType": "OperationOutcome", "issue": [issue] })
    };
    assert!(desk.import(&[allergy("a", "Latex"), outcome("warning")], SECOND).removed.is_empty());
    assert_eq!(desk.import(&[allergy("a", "Latex"), outcome("information")], SECOND).removed.len(), 1);
}

#[test]
fn only_the_whole_list_of_a_gp_record_is_said_to_be_taken_from_it() {
    let mut part = Desk::of("health");
    let some = part.found(&[allergy("a", "Latex")], false);
    part.take(&some, FIRST);
    assert_eq!((part.items("allergies").len(), part.says("allergies_asked")), (1, None));
    part.import(&[allergy("a", "Latex"), allergy("b", &"y".repeat(161))], FIRST);
    assert_eq!(part.says("allergies_asked"), None, "one of them does not fit");
    part.import(&[allergy("a", "Latex")], FIRST);
    assert!(part.says("allergies_asked").is_some());

    let desk = Desk::of("health");
    let hospital = Record { kind: RecordKind::HospitalRecord, ..gp() };
    let bundle = Bundle::of(&bundle(&[allergy("a", "Latex")])).unwrap();
    let found = found(&bundle, Topic::Allergies, &hospital, true).unwrap().unwrap();
    let plan = plan(&desk.document, &desk.section, &[found], &hospital, FIRST).unwrap();
    assert_eq!((plan.added.len(), plan.edits.len()), (1, 1));
}

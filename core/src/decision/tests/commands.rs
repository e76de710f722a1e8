//! What is taken and what is refused.

use super::*;
use crate::section::ValueError;
use serde_json::Value as Json;

/// A command that differs in one thing from one that is taken.
type Change = fn(&mut NewRecord, &mut Subject);

#[test]
fn each_wrong_record_is_refused_with_its_reason_and_nothing_is_written() {
    use DecisionError::*;
    let cases: &[(Change, DecisionError)] = &[
        (|new, _| new.kind = "cprs".to_owned(), UnknownKind("cprs".to_owned())),
        (|_, by| by.role = Role::SocialCare, NotAllowed),
        (|_, by| by.role = Role::Person, NotAllowed),
        (|_, by| by.registration = None, RegistrationRequired),
        (|_, by| by.registration = Some(" ".to_owned()), RegistrationRequired),
        (|new, _| new.id = "1".to_owned(), RecordId),
        (|new, _| new.id = id(1).replace('4', "A"), RecordId),
        (|new, _| new.id = "00000000-0000-0000-0000-000000000000".to_owned(), RecordId),
        (|new, _| drop(new.values.remove("capacity")), missing(&["capacity"])),
        (|new, _| set(new, "capacity", "lacks"), missing(&["capacity_basis"])),
        (|new, _| set(new, "capacity", "indeterminate"), missing(&["capacity_basis"])),
        (|new, _| set(new, "person_informed", "not-informed"), missing(&["person_not_informed_reason"])),
        (|new, _| set(new, "family_informed", "not-informed"), missing(&["family_not_informed_reason"])),
        (|new, _| set(new, "involvement", "D"), missing(&["involvement_reason"])),
        (|new, _| drop(new.values.remove("review_due")), missing(&["review_due"])),
        (|new, _| drop(new.values.remove("reason_code")), missing(&["reason_code"])),
        (|new, _| set(new, "reason_code", "other"), missing(&["reason_detail"])),
        (|new, _| set(new, "recommendation", "modified"), missing(&["modified_detail"])),
        (|new, _| drop(new.values.insert("capacity".to_owned(), Json::Null)), missing(&["capacity"])),
        (|new, _| set(new, "review_due", "2026-11-21"), InThePast("review_due".to_owned())),
        (|new, _| set(new, "review_due", "2027-02-30"), value("review_due", ValueError::NotADate)),
        (|new, _| set(new, "recommendation", "maybe"), value("recommendation", ValueError::UnknownCode)),
        (|new, _| set(new, "responsible", " "), value("responsible", ValueError::Empty)),
        (|new, _| set(new, "colour", "red"), UnknownField("colour".to_owned())),
        (|new, _| *new = superseding(new.clone(), &[9]), UnknownRecord(id(9))),
        (|new, _| *new = NewRecord { reason: None, ..superseding(new.clone(), &[1]) }, ReasonRequired),
        (|new, _| new.reason = Some(String::new()), ReasonRequired),
        (|new, _| new.reason = Some("a\nb".to_owned()), value("reason", ValueError::Character)),
        (|new, _| new.reason = Some("a".repeat(501)), value("reason", ValueError::TooLong { chars_max: 500 })),
        (|new, _| new.supersedes = (0..33).map(|n| format!("r{n}")).collect(), TooManySuperseded),
        (|new, _| new.id = id(1), RecordExists),
    ];
    let mut document = document();
    recorded(&mut document, &cpr(1, "450475007"), &registrar());
    let before = document.save();
    for (number, (change, expected)) in cases.iter().enumerate() {
        let (mut new, mut by) = (cpr(2, "450476008"), registrar());
        change(&mut new, &mut by);
        let refused = record(&mut document, &section(), &new, &by, at(1));
        assert_eq!(refused, Err(expected.clone()), "case {number}");
        assert_eq!(document.save(), before, "case {number}");
    }
    recorded(&mut document, &cpr(2, "450476008"), &registrar());
}

fn set(new: &mut NewRecord, field: &str, value: &str) {
    new.values.insert(field.to_owned(), json!(value));
}

fn missing(fields: &[&str]) -> DecisionError {
    DecisionError::MissingRequired(fields.iter().map(|field| (*field).to_owned()).collect())
}

fn value(field: &str, error: ValueError) -> DecisionError {
    DecisionError::Value { field: field.to_owned(), error }
}

#[test]
fn a_kind_that_asks_for_a_senior_is_recorded_by_one() {
    let mut document = document();
    let new = escalation(1, "intensive-care", "not-recommended");
    assert_eq!(record(&mut document, &section(), &new, &registrar(), at(0)), Err(DecisionError::SeniorRequired));
    let refused = record(&mut document, &section(), &escalation(1, "intensive-care", "discuss"), &gp(), at(0));
    assert_eq!(refused, Err(missing(&["discuss_with"])));
    recorded(&mut document, &escalation(1, "intensive-care", "not-recommended"), &gp());
}

#[test]
fn the_person_chooses_who_sees_the_plan_without_a_registration_number() {
    let mut document = document();
    let anna = Subject { registration: None, ..person("anna", Role::Person, false) };
    let record = recorded(&mut document, &sharing(1, "emergency-only"), &anna);
    assert_eq!((record.recorded.role.as_str(), record.recorded.registration), ("person", None));
    let worker = Subject { registration: None, ..person("worker", Role::RegisteredProfessional, false) };
    let refused = super::record(&mut document, &section(), &sharing(2, "none"), &worker, at(0));
    assert_eq!(refused, Err(DecisionError::RegistrationRequired));
}

#[test]
fn what_is_over_already_is_not_recorded_and_today_is_not_over() {
    let mut document = document();
    let nurse = person("nurse", Role::RegisteredProfessional, false);
    let mut new = sharing(1, "emergency-only");
    set(&mut new, "expires_on", "2026-11-21");
    let refused = record(&mut document, &section(), &new, &nurse, at(0));
    assert_eq!(refused, Err(DecisionError::InThePast("expires_on".to_owned())));
    set(&mut new, "expires_on", "2026-11-22");
    recorded(&mut document, &new, &nurse);
}

#[test]
fn a_group_of_a_record_is_checked_part_by_part() {
    let dose = json!({ "from": 2.5, "to": 5, "unit": "mg", "route": "subcutaneous", "every_hours": 1 });
    let base = json!({
        "medicine": "morphine", "authorised": "authorised", "indication": "pain", "chart_present": "yes",
        "review_due": "2026-12-06", "dose": dose,
    });
    let mut document = document();
    let mut with = |part: &str, value: Json| {
        let mut values = base.clone();
        values["dose"][part] = value;
        record(&mut document, &section(), &new("anticipatory_authorisation", 1, &values), &gp(), at(0)).map(|_| ())
    };
    assert_eq!(with("to", json!(10)), Err(missing(&["dose.most_in_24h"])));
    assert_eq!(with("unit", json!("drops")), Err(value("dose.unit", ValueError::UnknownCode)));
    assert_eq!(with("colour", json!(1)), Err(DecisionError::UnknownField("dose.colour".to_owned())));
    assert_eq!(with("most_in_24h", json!(30)), Ok(()));
    let mut values = base.clone();
    values["dose"] = json!({});
    let refused = record(&mut document, &section(), &new("anticipatory_authorisation", 2, &values), &gp(), at(0));
    assert_eq!(refused, Err(missing(&["dose"])));
    values["dose"] = json!("5 mg");
    let refused = record(&mut document, &section(), &new("anticipatory_authorisation", 2, &values), &gp(), at(0));
    assert_eq!(refused, Err(value("dose", ValueError::Type { expected: "a group" })));
}

#[test]
fn a_record_takes_the_place_only_of_one_about_the_same_thing() {
    let mut document = document();
    recorded(&mut document, &escalation(1, "hospital-admission", "recommended"), &gp());
    let other = superseding(escalation(2, "intensive-care", "not-recommended"), &[1]);
    let refused = record(&mut document, &section(), &other, &gp(), at(1));
    assert_eq!(refused, Err(DecisionError::OtherSubject(id(1))));
    let of_cpr = superseding(cpr(2, "450475007"), &[1]);
    assert_eq!(record(&mut document, &section(), &of_cpr, &gp(), at(1)), Err(DecisionError::UnknownRecord(id(1))));
}

#[test]
fn the_same_record_again_is_the_record_as_it_is() {
    let mut document = document();
    recorded(&mut document, &cpr(1, "450475007"), &registrar());
    let made_at = Some(at(-90));
    let again = NewRecord { made_at, ..superseding(cpr(2, "450476008"), &[1]) };
    let first = recorded(&mut document, &again, &registrar());
    assert_eq!((first.made_at, first.recorded.at), (made_at, at(0)));
    let before = document.save();

    // A year later its review would be in the past, and the answer is still the record.
    let later = record(&mut document, &section(), &again, &registrar(), at(60 * 24 * 400)).unwrap();
    assert_eq!(later, Outcome::Before(Box::new(first)));
    let differing: [Change; 6] = [
        |new, _| set(new, "responsible", "Dr Test"),
        |new, _| drop(new.values.remove("family_informed")),
        |new, _| new.reason = Some("Another reason".to_owned()),
        |new, _| new.made_at = None,
        |new, _| new.supersedes.clear(),
        |_, by| *by = consultant(),
    ];
    for (number, change) in differing.into_iter().enumerate() {
        let (mut new, mut by) = (again.clone(), registrar());
        change(&mut new, &mut by);
        let refused = record(&mut document, &section(), &new, &by, at(1));
        assert_eq!(refused, Err(DecisionError::RecordExists), "case {number}");
    }
    let of_other_kind = NewRecord { id: id(1), ..sharing(3, "none") };
    let nurse = person("nurse", Role::RegisteredProfessional, false);
    let refused = record(&mut document, &section(), &of_other_kind, &nurse, at(1));
    assert_eq!(refused, Err(DecisionError::RecordExists), "one id, two kinds");
    assert_eq!(document.save(), before);
}

#[test]
fn a_second_senior_person_endorses_once() {
    let mut document = document();
    let section = section();
    recorded(&mut document, &cpr(1, "450476008"), &registrar());
    let fy1 = person("fy1", Role::Doctor, false);
    let nurse = person("nurse", Role::RegisteredProfessional, false);
    let mut try_it =
        |kind: &str, number: u8, by: &Subject| endorse(&mut document, &section, kind, &id(number), by, at(3));

    assert_eq!(try_it("cpr", 1, &registrar()), Err(DecisionError::OwnRecord));
    assert_eq!(try_it("cpr", 1, &Subject { senior: true, ..registrar() }), Err(DecisionError::OwnRecord));
    assert_eq!(try_it("cpr", 1, &fy1), Err(DecisionError::SeniorRequired));
    assert_eq!(try_it("cpr", 1, &nurse), Err(DecisionError::SeniorRequired));
    assert_eq!(try_it("cpr", 1, &person("worker", Role::SocialCare, true)), Err(DecisionError::NotAllowed));
    let unregistered = Subject { registration: None, ..consultant() };
    assert_eq!(try_it("cpr", 1, &unregistered), Err(DecisionError::RegistrationRequired));
    assert_eq!(try_it("cpr", 2, &consultant()), Err(DecisionError::UnknownRecord(id(2))));
    assert_eq!(try_it("cprs", 1, &consultant()), Err(DecisionError::UnknownKind("cprs".to_owned())));

    let made = try_it("cpr", 1, &consultant()).unwrap();
    let endorsed = made.record().endorsed.clone().unwrap();
    assert_eq!((endorsed.name.as_str(), endorsed.senior, endorsed.at), ("The consultant", true, at(3)));
    assert_eq!(try_it("cpr", 1, &consultant()), Ok(Outcome::Before(Box::new(made.record().clone()))));
    assert_eq!(try_it("cpr", 1, &gp()), Err(DecisionError::AlreadyEndorsed));
    recorded(&mut document, &escalation(3, "oxygen", "recommended"), &gp());
    let refused = endorse(&mut document, &section, "treatment_escalation", &id(3), &consultant(), at(3));
    assert_eq!(refused, Err(DecisionError::NotEndorsed));
}

#[test]
fn what_does_not_stand_is_neither_endorsed_nor_withdrawn() {
    let mut document = document();
    let section = section();
    recorded(&mut document, &cpr(1, "450476008"), &registrar());
    let wrong = withdraw(&mut document, &section, "cpr", &id(1), " ", &registrar(), at(1));
    assert_eq!(wrong, Err(DecisionError::ReasonRequired));
    let worker = person("worker", Role::SocialCare, false);
    let wrong = withdraw(&mut document, &section, "cpr", &id(1), "Wrong person", &worker, at(1));
    assert_eq!(wrong, Err(DecisionError::NotAllowed));

    let withdrawn = withdraw(&mut document, &section, "cpr", &id(1), "Wrong person", &gp(), at(1)).unwrap();
    assert_eq!(withdrawn.record().withdrawn.as_ref().unwrap().reason, "Wrong person");
    let again = withdraw(&mut document, &section, "cpr", &id(1), "Wrong person", &gp(), at(2));
    assert_eq!(again, Ok(Outcome::Before(Box::new(withdrawn.record().clone()))));
    for (reason, by) in [("Another reason", gp()), ("Wrong person", registrar())] {
        let refused = withdraw(&mut document, &section, "cpr", &id(1), reason, &by, at(2));
        assert_eq!(refused, Err(DecisionError::AlreadyWithdrawn));
    }
    let refused = endorse(&mut document, &section, "cpr", &id(1), &gp(), at(2));
    assert_eq!(refused, Err(DecisionError::AlreadyWithdrawn));

    recorded(&mut document, &cpr(2, "450476008"), &registrar());
    recorded(&mut document, &superseding(cpr(3, "450475007"), &[2]), &gp());
    let refused = endorse(&mut document, &section, "cpr", &id(2), &consultant(), at(2));
    assert_eq!(refused, Err(DecisionError::Superseded));
    let refused = withdraw(&mut document, &section, "cpr", &id(2), "Wrong person", &registrar(), at(2));
    assert_eq!(refused, Err(DecisionError::Superseded));
}

#[test]
fn a_document_without_a_place_for_decisions_is_left_alone() {
    let mut document = empty_document();
    let refused = record(&mut document, &section(), &cpr(1, "450475007"), &gp(), at(0));
    assert_eq!((refused, document.get_heads().len()), (Err(DecisionError::NoPlace), 0));
}

#[test]
fn a_plan_holds_a_bounded_number_of_records() {
    let mut document = document();
    let values = json!({ "document": "714748000", "location": "In the folder" });
    let nurse = person("nurse", Role::RegisteredProfessional, false);
    let numbered = |number: usize| NewRecord {
        id: format!("00000000-0000-4000-8000-{number:012}"),
        ..new("document_status", 1, &values)
    };
    for number in 0..RECORDS_MAX {
        recorded(&mut document, &numbered(number), &nurse);
    }
    let full = record(&mut document, &section(), &numbered(RECORDS_MAX), &nurse, at(0));
    assert_eq!(full, Err(DecisionError::Full));
    let again = record(&mut document, &section(), &numbered(0), &nurse, at(0));
    assert!(matches!(again, Ok(Outcome::Before(_))));
}

#[test]
fn rights_say_beforehand_what_would_be_refused() {
    let mut document = document();
    let section = section();
    let rule = |field: &str| section.field(field).unwrap().record.clone().unwrap();
    recorded(&mut document, &cpr(1, "450476008"), &registrar());
    let record = |document: &Automerge| kind(document, "cpr").record(&id(1)).unwrap().clone();
    let all = Rights { endorse: true, supersede: true, withdraw: true };
    for (by, expected) in [
        (consultant(), all),
        (registrar(), Rights { endorse: false, ..all }),
        (person("fy1", Role::Doctor, false), Rights { endorse: false, ..all }),
        (person("worker", Role::SocialCare, true), Rights::default()),
        (Subject { registration: None, ..consultant() }, Rights::default()),
    ] {
        assert_eq!(rights(&rule("cpr"), &record(&document), &by), expected, "{}", by.user);
    }
    assert!(may_record(&rule("cpr"), &registrar()) && !may_record(&rule("focus_of_care"), &registrar()));
    withdraw(&mut document, &section, "cpr", &id(1), "Wrong person", &gp(), at(1)).unwrap();
    assert_eq!(rights(&rule("cpr"), &record(&document), &consultant()), Rights::default());
}

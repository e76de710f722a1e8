//! How resources become items.

use super::{super::*, *};
use crate::{demographics::Demographics, nhs_number::NhsNumber};

const SNOMED: &str = "http://snomed.info/sct";

#[test]
fn an_allergy_is_taken_over_with_its_code_its_reaction_and_where_it_is_from() {
    let mut desk = Desk::of("health");
    let penicillin = json!({
        "resourceType": "AllergyIntolerance", "id": "a1", "type": "allergy",
        "identifier": [{ "system": "https://gp.example/allergy", "value": "77" }],
        "clinicalStatus": status("allergyintolerance-clinical", "active"),
        "verificationStatus": status("allergyintolerance-verification", "confirmed"),
        "code": coded(SNOMED, "91936005", "Allergy to penicillin"),
        "onsetDateTime": "2019-03",
        "reaction": [{ "manifestation": [{ "text": "Rash\nand wheeze" }], "severity": "moderate" }, { "severity": "severe" }],
    });
    desk.import(&[penicillin], "2026-11-21");
    let [item] = &desk.items("allergies")[..] else { panic!("one allergy") };
    let said: Vec<String> =
        ["agent", "code", "type", "reaction", "severity", "certainty", "noted", "record_source", "record_date"]
            .map(|field| word(item, field))
            .into();
    assert_eq!(
        said,
        [
            "Allergy to penicillin",
            "SNOMED CT, 91936005, Allergy to penicillin",
            "Allergy",
            "Rash and wheeze",
            "Severe",
            "Confirmed by tests or seen by a clinician",
            "March 2019",
            "from GP record",
            "21 November 2026"
        ]
    );
    assert_eq!(desk.says("allergies_asked").as_deref(), Some("Taken from the GP record"));
}

#[test]
fn a_code_of_another_list_goes_with_its_words_alone() {
    let mut desk = Desk::of("health");
    let read =
        json!({ "resourceType": "Condition", "id": "c", "code": coded("http://read.info/readv2", "H33..", "Asthma") });
    desk.import(&[read], "2026-11-21");
    let [item] = &desk.items("problems")[..] else { panic!("one problem") };
    assert_eq!((word(item, "problem").as_str(), word(item, "code").as_str()), ("Asthma", ""));
}

#[test]
fn a_dose_is_whole_in_numbers_or_in_the_words_of_the_record() {
    let statement = |id: &str, dosage: Value| {
        json!({
            "resourceType": "MedicationStatement", "id": id, "status": "active", "dosage": [dosage],
            "medicationCodeableConcept": { "text": format!("Medicine {id}") },
        })
    };
    let structured = json!({
        "text": "Take with food", "route": coded(SNOMED, "26643006", "Oral route"),
        "timing": { "repeat": { "frequency": 2, "period": 1, "periodUnit": "d" } },
        "doseAndRate": [{ "doseQuantity": { "value": 500, "unit": "milligram" } }],
    });
    let needed = json!({ "asNeededBoolean": true, "text": "One puff", "route": { "text": "Vaginal" } });
    let long = json!({ "text": "x ".repeat(60) });
    let longer = json!({ "text": "x ".repeat(150) });
    let mut desk = Desk::of("medicines");
    let all = [structured, json!({ "text": "One twice a day" }), needed, long, longer];
    let all: Vec<Value> = all.into_iter().enumerate().map(|(at, dosage)| statement(&at.to_string(), dosage)).collect();
    let plan = desk.import(&all, "2026-11-21");
    let items = desk.items("current_medicines");
    let doses: Vec<(String, String)> = items.iter().map(|item| (word(item, "dose"), word(item, "state"))).collect();
    let long = "x ".repeat(60).trim().to_owned();
    let expected = [
        ("500 milligram, By mouth, 2 times a day, Take with food", "Taken now"),
        ("One twice a day, as written in the dose", "Taken now"),
        ("One puff, Another route, only when needed, Route: Vaginal", "Taken when needed"),
        (long.as_str(), "Taken now"),
    ];
    assert_eq!(doses, expected.map(|(dose, state)| (dose.to_owned(), state.to_owned())));
    assert_eq!(plan.left.len(), 1, "what does not fit is told, never cut");
    assert_eq!((plan.left[0].reason, plan.left[0].at.path.as_str()), (Reason::Unusable, "Bundle.entry[5].resource"));
}

#[test]
fn what_is_over_or_a_mistake_is_passed_over_and_a_request_is_not_told_twice() {
    let with = |kind: &str, id: &str, more: Value| {
        let mut value = json!({ "resourceType": kind, "id": id, "medicationCodeableConcept": { "text": id } });
        value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        value
    };
    let resources = [
        with("MedicationStatement", "course", json!({ "status": "completed" })),
        with("MedicationStatement", "mistake", json!({ "status": "entered-in-error" })),
        with(
            "MedicationStatement",
            "paused",
            json!({ "status": "on-hold", "basedOn": [{ "reference": "MedicationRequest/plan" }] }),
        ),
        with("MedicationRequest", "plan", json!({ "status": "active", "intent": "plan" })),
        with(
            "MedicationRequest",
            "issue",
            json!({ "status": "active", "intent": "order", "basedOn": [{ "reference": "MedicationRequest/plan" }] }),
        ),
        with("MedicationRequest", "alone", json!({ "status": "active", "intent": "order" })),
        with("MedicationRequest", "idea", json!({ "status": "active", "intent": "proposal" })),
    ];
    let mut desk = Desk::of("medicines");
    desk.import(&resources, "2026-11-21");
    let names: Vec<String> = desk.items("current_medicines").iter().map(|item| word(item, "medicine")).collect();
    assert_eq!(names, ["paused", "alone"]);
    assert_eq!(desk.says("list_state").as_deref(), Some("Taken from the GP record, not compared"));
}

#[test]
fn demographics_are_laid_over_what_is_known_and_never_lift_a_restriction() {
    let mut value = bundle(&[]);
    value["entry"][0]["resource"].as_object_mut().unwrap().extend(
        json!({
            "address": [{ "use": "home", "line": ["4 Larch Walk"], "city": "Northfield", "postalCode": "ZZ99 3VZ" }],
            "telecom": [
                { "system": "phone", "use": "mobile", "value": "07700 900123", "rank": 1 },
                { "system": "phone", "value": "ring the bell" },
            ],
            "generalPractitioner": [{
                "identifier": { "system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "Y99001" },
                "display": "Larch Walk Surgery",
            }],
        })
        .as_object()
        .unwrap()
        .clone(),
    );
    let of = |value: &Value, known: &str| {
        demographics(&Bundle::of(value).unwrap(), &Demographics::from_json(known).unwrap())
    };
    let Taken::New(new) = of(&value, r#"{"pronouns":"she/her"}"#) else { panic!("taken") };
    assert_eq!(new.pronouns.as_deref(), Some("she/her"), "what the record does not say stays");
    assert_eq!(new.addresses[0].lines, ["4 Larch Walk", "Northfield"]);
    assert_eq!((new.telecom.len(), new.telecom[0].preference), (1, Some(1)));
    assert_eq!(new.gp_practice.as_ref().unwrap().ods, "Y99001");
    assert_eq!(of(&value, &new.to_json().unwrap()), Taken::Same);
    assert_eq!(of(&value, r#"{"restriction":"R"}"#), Taken::Restricted);
    value["entry"][0]["resource"]["meta"] = json!({ "security": [{ "code": "V" }] });
    let Taken::New(new) = of(&value, r#"{"restriction":"R"}"#) else { panic!("taken") };
    assert!(new.is_withheld());
}

#[test]
fn all_of_it_is_about_the_person_or_nothing_is_taken() {
    let number = NhsNumber::parse(NUMBER).unwrap();
    let check = |value: &Value| Bundle::of(value).and_then(|bundle| bundle.check_person(&number, "1944-02-03"));
    let good = bundle(&[allergy("a", "Latex")]);
    assert_eq!(check(&good), Ok(()));
    let with = |pointer: &str, value: Value| {
        let mut bundle = good.clone();
        *bundle.pointer_mut(pointer).unwrap() = value;
        check(&bundle).map_err(|error| (error.fault, error.place))
    };
    let at = |place: &str| Err((Fault::AnotherPerson, place.to_owned()));
    let patient = "/entry/0/resource";
    assert_eq!(
        with(&format!("{patient}/identifier/0/value"), json!("9990000026")),
        at("Bundle.entry[0].resource.identifier")
    );
    assert_eq!(with(&format!("{patient}/birthDate"), json!("1944-02-04")), at("Bundle.entry[0].resource.birthDate"));
    let subject = "/entry/1/resource/patient";
    for other in [json!({ "reference": "Patient/q" }), json!({ "display": "somebody" }), json!("p"), json!({})] {
        assert_eq!(with(subject, other), at("Bundle.entry[1].resource.patient"));
    }
    let by_number =
        |value: &str| json!({ "identifier": { "system": "https://fhir.nhs.uk/Id/nhs-number", "value": value } });
    assert_eq!(with(subject, by_number(NUMBER)), Ok(()));
    assert_eq!(with(subject, by_number("9990000026")), at("Bundle.entry[1].resource.patient"));
    assert_eq!(with(subject, json!({ "reference": "https://gp.example/Patient/p" })), Ok(()));
}

#[test]
fn a_medicine_that_is_not_to_be_given_is_told_by_name_and_never_stands_as_taken() {
    let request = |id: &str, more: Value| {
        let mut value = json!({
            "resourceType": "MedicationRequest", "id": id, "status": "active", "intent": "order",
            "medicationCodeableConcept": { "text": id }, "dosageInstruction": [{ "text": "One a day" }],
        });
        value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        value
    };
    let mut desk = Desk::of("medicines");
    let resources =
        [request("Warfarin", json!({ "doNotPerform": true })), request("Ramipril", json!({ "doNotPerform": false }))];
    let plan = desk.import(&resources, "2026-11-21");
    let names: Vec<String> = desk.items("current_medicines").iter().map(|item| word(item, "medicine")).collect();
    assert_eq!(names, ["Ramipril"]);
    let [left] = &plan.left[..] else { panic!("one is told") };
    assert_eq!((left.reason, left.at.name.as_str()), (Reason::NotToBeGiven, "Warfarin"));
}

#[test]
fn what_an_extension_may_turn_into_something_else_is_not_taken_over() {
    let modifier = json!([{ "url": "https://gp.example/not", "valueBoolean": true }]);
    let mut latex = allergy("a", "Latex");
    latex["modifierExtension"] = modifier.clone();
    let mut asthma = json!({ "resourceType": "Condition", "id": "c", "code": { "text": "Asthma" } });
    asthma["modifierExtension"] = modifier.clone();
    let mut health = Desk::of("health");
    let plan = health.import(&[latex, asthma], "2026-11-21");
    assert_eq!((plan.added.len(), plan.left.len()), (0, 2));
    assert!(plan.left.iter().all(|left| left.reason == Reason::Unusable));
    let inner = json!({
        "resourceType": "MedicationStatement", "id": "m", "status": "active",
        "medicationCodeableConcept": { "text": "Warfarin" },
        "dosage": [{ "text": "One a day", "modifierExtension": modifier }],
    });
    let plan = Desk::of("medicines").import(&[inner], "2026-11-21");
    assert_eq!((plan.added.len(), plan.left.len()), (0, 1));
}

#[test]
fn an_allergy_that_may_kill_says_so_as_its_severity_or_in_words() {
    let with = |criticality: &str, severity: &str| {
        let mut one = allergy(&format!("{criticality}{severity}"), &format!("{criticality} {severity}"));
        one["criticality"] = json!(criticality);
        one["reaction"] = json!([{ "severity": severity, "manifestation": [{ "text": "Rash" }] }]);
        one
    };
    let mut desk = Desk::of("health");
    desk.import(&[with("high", "severe"), with("high", "mild"), with("low", "severe")], "2026-11-21");
    let said: Vec<_> = desk.items("allergies").iter().map(|i| (word(i, "severity"), word(i, "reaction"))).collect();
    let expected = [
        ("Life-threatening", "Rash"),
        ("Mild", "High risk: a reaction may be life-threatening; Rash"),
        ("Severe", "Low risk; Rash"),
    ];
    assert_eq!(said, expected.map(|(severity, reaction)| (severity.to_owned(), reaction.to_owned())));
}

#[test]
fn a_dose_is_left_open_where_only_a_part_of_it_could_be_said() {
    let statement = |id: &str, dosage: Value| {
        json!({
            "resourceType": "MedicationStatement", "id": id, "status": "active", "dosage": dosage,
            "medicationCodeableConcept": { "text": id },
        })
    };
    let tablets = |value: u8| json!({ "value": value, "unit": "tablet" });
    let day = json!({ "value": 1, "unit": "day" });
    let all = [
        statement(
            "half said",
            json!([{ "text": "One in the morning" }, { "doseAndRate": [{ "doseQuantity": tablets(2) }] }]),
        ),
        statement("both said", json!([{ "text": "One in the morning" }, { "text": "two at night" }])),
        statement("hint", json!([{ "patientInstruction": "Take with food" }])),
        statement(
            "limit",
            json!([{ "text": "Two", "maxDosePerPeriod": { "numerator": tablets(8), "denominator": day } }]),
        ),
        statement("odd limit", json!([{ "text": "Two", "maxDosePerPeriod": { "numerator": tablets(8) } }])),
        statement("at once", json!([{ "text": "Up to two", "maxDosePerAdministration": tablets(2) }])),
    ];
    let mut desk = Desk::of("medicines");
    desk.import(&all, "2026-11-21");
    let doses: Vec<String> = desk.items("current_medicines").iter().map(|item| word(item, "dose")).collect();
    let expected = [
        "",
        "One in the morning; two at night, as written in the dose",
        "Take with food",
        "Two; at most 8 tablet in 1 day, as written in the dose",
        "",
        "Up to two; at most 2 tablet at once, as written in the dose",
    ];
    assert_eq!(doses, expected);
    let hint = desk.items("current_medicines").into_iter().nth(2).unwrap();
    let group = hint.fields.iter().find(|held| held.field.as_str() == "dose").unwrap();
    let FieldValue::Group(parts) = &group.value else { panic!("a group") };
    assert_eq!(parts.iter().map(|part| part.field.as_str()).collect::<Vec<_>>(), ["directions"], "a hint is no dose");
}

#[test]
fn a_record_never_weakens_a_restriction() {
    let mut value = bundle(&[]);
    let of = |value: &Value, known: &str| {
        let known = Demographics::from_json(&format!(r#"{{"restriction":"{known}"}}"#)).unwrap();
        match demographics(&Bundle::of(value).unwrap(), &known) {
            Taken::New(new) => new.restriction,
            Taken::Same => known.restriction,
            other => panic!("{other:?}"),
        }
    };
    for (known, said, then) in [("V", "R", "V"), ("R", "V", "V"), ("U", "R", "R"), ("R", "R", "R")] {
        value["entry"][0]["resource"]["meta"] = json!({ "security": [{ "code": said }] });
        assert_eq!(of(&value, known).map(|one| one.code()), Some(then), "{known} and {said}");
    }
}

//! What the definitions say becomes which resource, and what decision records become.

use super::*;
use crate::{
    content::{FieldContent, FieldValue, Plain, Single},
    decision::{Kind, Record, Signature, State},
    policy::{Role, Scope, Subject},
};

pub(super) fn doctor() -> Subject {
    Subject {
        user: "u1".parse().unwrap(),
        name: "Dr Ines Alves".to_owned(),
        role: Role::Doctor,
        job_title: "Consultant".to_owned(),
        organisation: "RX1".parse().unwrap(),
        organisation_name: "Northgate Hospital".to_owned(),
        registration: Some("GMC 7000001".to_owned()),
        senior: true,
        scope: Scope::default(),
    }
}

/// One current record of this kind.
fn recorded(section: &Section, kind: &str, values: &[(&str, &str)]) -> Kind {
    let definition = section.field(kind).unwrap();
    let content = |(field, value): &(&str, &str)| {
        let code = definition.item(field).and_then(|field| field.code(value));
        let display = code.map_or(*value, |code| &code.display).to_owned();
        let single = Single { value: Plain::Text((*value).to_owned()), display };
        FieldContent { field: field.parse().unwrap(), value: FieldValue::Single(single), others: Vec::new() }
    };
    let record = Record {
        id: "r1".to_owned(),
        fields: values.iter().map(content).collect(),
        order: 1.0,
        supersedes: Vec::new(),
        superseded_by: Vec::new(),
        reason: None,
        made_at: None,
        recorded: Signature::of(&doctor(), UtcMillis(0)),
        endorsed: Some(Signature::of(&doctor(), UtcMillis(0))),
        withdrawn: None,
        state: State::Current,
        applies: false,
        change: ChangeHash([0; 32]),
    };
    Kind { field: kind.parse().unwrap(), records: vec![record] }
}

/// The document of a plan in which only this was decided.
fn decided(kind: &str, values: &[(&str, &str)]) -> Value {
    let section = section("decisions");
    let records = [recorded(&section, kind, values)];
    published_with(&section, &opened(&section, 1), &records, None)
}

/// The document of a plan that holds only this: an item of a list, or the value itself.
fn holding(section_id: &str, field: &str, held: &Value) -> Value {
    let section = section(section_id);
    let mut document = opened(&section, 1);
    let edit = if held.is_object() {
        json!({ "add-item": { "field": field, "id": "a", "values": held } })
    } else {
        json!({ "set": { "field": field, "value": held } })
    };
    write(&mut document, &section, &[edit]);
    published(&section, &document)
}

/// A field, what it holds, the resource that this becomes, and its element that says what it is.
type Row = (&'static str, &'static str, Value, &'static str, &'static str, &'static str);

#[test]
fn every_structured_type_is_made_of_the_field_whose_definition_says_so() {
    let contact = json!({ "name": "Bea" });
    let professional = json!({ "name": "Dr Osei", "role": "GP" });
    let step = json!({ "situation": "other", "do_or_avoid": "do", "what": "Ring the ward" });
    let rows: [Row; 10] = [
        ("contacts", "personal_contacts", contact, "RelatedPerson", "/name/0/text", "Bea"),
        ("contacts", "professionals", professional.clone(), "PractitionerRole", "/practitioner/display", "Dr Osei"),
        ("contacts", "professionals", professional, "CareTeam", "/status", "active"),
        ("health", "problems", json!({ "problem": "Epilepsy" }), "Condition", "/code/text", "Epilepsy"),
        ("health", "allergies", json!({ "agent": "Latex" }), "AllergyIntolerance", "/code/text", "Latex"),
        (
            "medicines",
            "current_medicines",
            json!({ "medicine": "Levetiracetam" }),
            "MedicationStatement",
            "/medicationCodeableConcept/text",
            "Levetiracetam",
        ),
        ("goals", "goals", json!({ "goal": "To see the sea" }), "Goal", "/description/text", "To see the sea"),
        ("tasks", "tasks", json!({ "what": "Order a bed" }), "Task", "/description", "Order a bed"),
        ("contingency", "steps", step, "ServiceRequest", "/code/text", "Ring the ward"),
        (
            "medicines",
            "anticipatory_supply",
            json!("376201000000102"),
            "Procedure",
            "/code/coding/0/code",
            "376201000000102",
        ),
    ];
    for (section, field, held, resource, element, said) in rows {
        let document = holding(section, field, &held);
        let [made] = of(&document, resource)[..] else { panic!("{section}.{field} makes one {resource}") };
        assert_eq!(made.pointer(element), Some(&json!(said)), "{section}.{field}: {resource}{element}");
    }
}

/// Kind, values, resource, element, what it says.
type Decided<'v> = (&'v str, &'v [(&'v str, &'v str)], &'v str, &'v str, Value);

#[test]
fn every_structured_type_is_made_of_the_decision_whose_definition_says_so() {
    let treatment = [("treatment", "intubation"), ("recommendation", "not-recommended")];
    let rows: [Decided<'_>; 4] = [
        ("cpr", &[("recommendation", "450476008")], "Flag", "/code/coding/0/code", json!("450476008")),
        ("treatment_escalation", &treatment, "ServiceRequest", "/doNotPerform", json!(true)),
        ("sharing_choice", &[("choice", "none")], "Consent", "/category/1/text", json!("Nobody beyond this team")),
        ("basis_for_plan", &[("basis", "best-interests")], "Consent", "/status", json!("active")),
    ];
    for (kind, values, resource, element, said) in rows {
        let document = decided(kind, values);
        let [made] = of(&document, resource)[..] else { panic!("{kind} makes one {resource}") };
        assert_eq!(made.pointer(element), Some(&said), "{kind}: {resource}{element}");
    }
}

#[test]
fn a_choice_that_names_only_some_permits_nothing_to_everybody() {
    for (choice, rule) in [
        ("all-direct-care", json!({ "provision": [{ "type": "permit" }] })),
        ("emergency-only", Value::Null),
        ("named-organisations", Value::Null),
        ("none", json!({ "provision": [{ "type": "deny" }] })),
    ] {
        let document = decided("sharing_choice", &[("choice", choice)]);
        assert_eq!(of(&document, "Consent")[0]["provision"], rule, "{choice}");
    }
    let until = decided("sharing_choice", &[("choice", "none"), ("expires_on", "2027-03-01")]);
    let rule = json!({ "period": { "end": "2027-03-01" }, "provision": [{ "type": "deny" }] });
    assert_eq!(of(&until, "Consent")[0]["provision"], rule);
    assert!(of(&decided("basis_for_plan", &[("basis", "consent-given")]), "Consent")[0]["provision"].is_null());
}

#[test]
fn an_advance_decision_that_is_not_valid_raises_no_flag_and_a_doubt_is_said_with_it() {
    let flag = |validity: &str| {
        let document = decided("adrt", &[("status", "816301000000100"), ("validity", validity)]);
        of(&document, "Flag").first().map(|flag| flag["code"]["text"].as_str().unwrap().to_owned())
    };
    assert_eq!(flag("not-valid"), None);
    let made = "Has made an advance decision to refuse treatment";
    assert_eq!(flag("doubtful"), Some(format!("{made}; There is doubt")));
    assert_eq!(flag("not-checked"), Some(format!("{made}; Not checked yet")));
}

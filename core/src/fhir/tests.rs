#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

mod mappings;

use super::*;
use crate::{
    conflict::conflicts,
    content::{
        edit::{self, Edit},
        empty_document, genesis, read,
    },
    decision,
    section::{Section, Sections},
    time::UtcMillis,
    view::{Authors, Circumstances, Header, Person, SectionView, Signed},
};
use automerge::{ActorId, Automerge, ChangeHash};
use serde_json::{Value, json};

fn section(id: &str) -> Section {
    (**Sections::embedded().section(&id.parse().unwrap()).unwrap()).clone()
}

fn opened(section: &Section, actor: u8) -> Automerge {
    let mut document = empty_document().with_actor(ActorId::from([actor; 16]));
    document.apply_changes([genesis(section)]).unwrap();
    document
}

fn write(document: &mut Automerge, section: &Section, edits: &[Value]) {
    for value in edits {
        let edit: Edit = serde_json::from_value(value.clone()).unwrap();
        edit::apply(document, section, &edit, 0).unwrap();
    }
}

/// The FHIR document of a plan that has this section alone.
fn published(section: &Section, document: &Automerge) -> Value {
    published_with(section, document, &[], None)
}

/// The same with these decision records, or with what was signed at these heads.
fn published_with(
    section: &Section,
    document: &Automerge,
    records: &[decision::Kind],
    signed_at: Option<&[ChangeHash]>,
) -> Value {
    let plan = "p1".parse().unwrap();
    let person = Person {
        nhs_number: "9990000018".parse().unwrap(),
        name: "Adaeze Okonkwo".to_owned(),
        preferred_name: None,
        born: "1991-03-04".to_owned(),
        withheld: false,
    };
    let header = Header {
        plan: &plan,
        version: 1,
        published_at: UtcMillis(0),
        person: &person,
        circumstances: &Circumstances::default(),
    };
    let content = read(document, signed_at, section);
    let found = conflicts(document, None, section);
    let signature = Signed { by: mappings::doctor(), at: UtcMillis(0) };
    let view = SectionView {
        section,
        content: &content,
        conflicts: &found,
        records,
        since_version: 1,
        since_at: UtcMillis(0),
        signed: signed_at.map(|_| &signature),
        heads: &[],
    };
    serde_json::from_slice(&super::document(&header, &[view], &Authors::new(), &[0; 32])).unwrap()
}

fn of<'d>(document: &'d Value, resource: &str) -> Vec<&'d Value> {
    let all = document["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]);
    all.filter(|entry| entry["resourceType"] == resource).collect()
}

#[test]
fn an_allergy_becomes_what_its_definition_says() {
    let section = section("health");
    let mut document = opened(&section, 1);
    let values =
        json!({ "agent": "Penicillin", "reaction": "Rash", "severity": "life-threatening", "certainty": "confirmed" });
    write(&mut document, &section, &[json!({ "add-item": { "field": "allergies", "id": "a", "values": values } })]);
    let document = published(&section, &document);
    let [allergy] = of(&document, "AllergyIntolerance")[..] else { panic!("one allergy") };
    assert_eq!(allergy["code"]["text"], "Penicillin");
    assert_eq!(allergy["criticality"], "high");
    assert_eq!(allergy["reaction"][0], json!({ "manifestation": [{ "text": "Rash" }], "severity": "severe" }));
    assert_eq!(allergy["verificationStatus"]["coding"][0]["code"], "confirmed");
    assert_eq!(allergy["patient"]["reference"], document["entry"][0]["resource"]["subject"]["reference"]);
}

/// A document with this allergy, of which two set this to something else without having seen each other.
fn disputed_allergy(section: &Section, values: &Value, subfield: &str, sides: [&str; 2]) -> Automerge {
    let mut one = opened(section, 1);
    write(&mut one, section, &[json!({ "add-item": { "field": "allergies", "id": "a", "values": values } })]);
    let mut other = opened(section, 2);
    other.merge(&mut one.clone()).unwrap();
    for (document, value) in [&mut one, &mut other].into_iter().zip(sides) {
        let set = json!({ "field": "allergies", "item": "a", "subfield": subfield, "value": value });
        write(document, section, &[json!({ "set-item": set })]);
    }
    one.merge(&mut other).unwrap();
    one
}

#[test]
fn a_code_beside_a_disputed_text_takes_no_side() {
    let section = section("health");
    let code = json!({ "system": "snomed-ct", "code": "91936005", "display": "Allergy to penicillin" });
    let values = json!({ "agent": "Penicillin", "code": code, "severity": "mild" });
    let document = disputed_allergy(&section, &values, "agent", ["Penicillin V", "Latex"]);
    let document = published(&section, &document);
    let [allergy] = of(&document, "AllergyIntolerance")[..] else { panic!("one allergy") };
    let said = allergy["code"]["text"].as_str().unwrap();
    assert!(said.starts_with("Not agreed: ") && said.contains("Penicillin V") && said.contains("Latex"), "{said}");
    assert_eq!(allergy["code"].get("coding"), None);
}

#[test]
fn the_narrative_of_a_resource_has_every_side_of_what_is_disputed_since_it_was_signed() {
    let section = section("health");
    let mut first = opened(&section, 1);
    let values = json!({ "agent": "Penicillin", "severity": "mild" });
    write(
        &mut first,
        &section,
        &[json!({ "add-item": { "field": "allergies", "id": "a", "values": values.clone() } })],
    );
    let signed = first.get_heads();
    let document = disputed_allergy(&section, &values, "severity", ["moderate", "life-threatening"]);
    assert!(document.get_change_meta_by_hash(&signed[0]).is_some(), "both begin with the same changes");
    let document = published_with(&section, &document, &[], Some(&signed));
    let narrative = of(&document, "AllergyIntolerance")[0]["text"]["div"].as_str().unwrap();
    for words in
        ["<b>To what</b>: Penicillin", "How severe (disputed since it was signed)", "Moderate", "Life-threatening"]
    {
        assert!(narrative.contains(words), "{words}: {narrative}");
    }
}

#[test]
fn a_disputed_allergy_stays_and_asserts_neither_side() {
    let section = section("health");
    let values = json!({ "agent": "Latex" });
    let document = disputed_allergy(&section, &values, "agent", ["Penicillin", "Amoxicillin"]);
    let document = published(&section, &document);
    let [allergy] = of(&document, "AllergyIntolerance")[..] else { panic!("one allergy") };
    let said = allergy["code"]["text"].as_str().unwrap();
    assert!(said.starts_with("Not agreed: ") && said.contains("Penicillin") && said.contains("Amoxicillin"), "{said}");
    assert_eq!(allergy["verificationStatus"]["coding"][0]["code"], "unconfirmed");
    assert_eq!(allergy["extension"][0]["extension"].as_array().unwrap().len(), 2);
    let narrative = document["entry"][0]["resource"]["section"][1]["text"]["div"].as_str().unwrap();
    assert!(narrative.contains("To what (not agreed)"), "{narrative}");
}

#[test]
fn nothing_is_said_to_be_free_of_allergies_that_is_denied() {
    let section = section("health");
    let mut document = opened(&section, 1);
    write(&mut document, &section, &[json!({ "set": { "field": "no_known_allergies", "value": "716186003" } })]);
    let alone = published(&section, &document);
    assert_eq!(of(&alone, "AllergyIntolerance")[0]["code"]["coding"][0]["code"], "716186003");
    write(
        &mut document,
        &section,
        &[json!({ "add-item": { "field": "allergies", "id": "a", "values": { "agent": "Latex" } } })],
    );
    let denied = published(&section, &document);
    let allergies: Vec<_> = of(&denied, "AllergyIntolerance").iter().map(|allergy| &allergy["code"]["text"]).collect();
    assert_eq!(allergies, ["Latex"]);
}

#[test]
fn a_code_of_a_record_system_goes_out_only_if_it_can_be_one() {
    let section = section("health");
    for (code, goes_out) in [("91936005", true), ("91936004", false), ("not a code", false)] {
        let mut document = opened(&section, 1);
        let code = json!({ "system": "snomed-ct", "code": code, "display": "Allergy to penicillin" });
        let values = json!({ "agent": "Penicillin", "code": code });
        write(&mut document, &section, &[json!({ "add-item": { "field": "allergies", "id": "a", "values": values } })]);
        let document = published(&section, &document);
        let allergy = of(&document, "AllergyIntolerance")[0];
        assert_eq!(allergy["code"]["coding"][0]["code"].is_string(), goes_out, "{code}");
    }
}

#[test]
fn a_narrative_holds_nothing_that_somebody_wrote_as_markup() {
    let text = narrative::text("<b onclick=\"x\">&\n\u{ffff}\u{0}");
    assert_eq!(text, "&lt;b onclick=&quot;x&quot;&gt;&amp;<br/>\u{fffd}\u{fffd}");
}

#[test]
fn a_questionnaire_has_every_field_of_its_definition() {
    for section in Sections::embedded().in_order() {
        let questionnaire = questionnaire(section);
        assert_eq!(questionnaire["url"], format!("https://coplan.example/fhir/Questionnaire/{}", section.id));
        let ids: Vec<&str> =
            questionnaire["item"].as_array().unwrap().iter().map(|item| item["linkId"].as_str().unwrap()).collect();
        let fields: Vec<&str> = section.fields.iter().map(|field| field.id.as_str()).collect();
        assert_eq!(ids, fields);
    }
}

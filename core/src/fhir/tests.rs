#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

use super::*;
use crate::{
    conflict::conflicts,
    content::{
        edit::{self, Edit},
        empty_document, genesis, read,
    },
    section::{Section, Sections},
    time::UtcMillis,
    view::{Authors, Circumstances, Header, Person, SectionView},
};
use automerge::{ActorId, Automerge};
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
    let content = read(document, None, section);
    let found = conflicts(document, None, section);
    let view = SectionView {
        section,
        content: &content,
        conflicts: &found,
        records: &[],
        since_version: 1,
        since_at: UtcMillis(0),
        signed: None,
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

#[test]
fn a_disputed_allergy_stays_and_asserts_neither_side() {
    let section = section("health");
    let mut one = opened(&section, 1);
    write(
        &mut one,
        &section,
        &[json!({ "add-item": { "field": "allergies", "id": "a", "values": { "agent": "Latex" } } })],
    );
    let mut other = opened(&section, 2);
    other.merge(&mut one.clone()).unwrap();
    let set =
        |agent: &str| json!({ "set-item": { "field": "allergies", "item": "a", "subfield": "agent", "value": agent } });
    write(&mut one, &section, &[set("Penicillin")]);
    write(&mut other, &section, &[set("Amoxicillin")]);
    one.merge(&mut other).unwrap();
    let document = published(&section, &one);
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

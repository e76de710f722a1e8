//! What becomes of a signed section when people disagree about it, and what keeps one from being signed.

use super::*;
use crate::content;
use std::sync::Arc;

/// What a section of allergies needs for the rules of contradiction to see it.
const HEALTH: &str = r#"
id = "health"
title = "Health"
version = 1
order = 3
summary = "Allergies."
source = "invented"
writes = ["doctor"]
audiences = ["clinician", "emergency", "person"]
sign_off = "registered"
field = [
  { id = "allergies", label = "Allergies", type = "list", merge = "S+", item_name = "allergy", item = [
    { id = "agent", label = "To", type = "line", merge = "C!", max_chars = 80 } ] },
  { id = "no_allergies", label = "No known allergies", type = "coded", merge = "C!", urgent = true, denies = "allergies",
    fhir = { resource = "AllergyIntolerance", element = "concept" },
    code = [{ system = "http://snomed.info/sct", code = "716186003", display = "No known allergies" }] },
]
"#;

/// Somebody with the right to sign these sections.
struct Signing {
    doctor: Subject,
    granted: BTreeMap<String, Granted>,
}

impl Signing {
    fn of(world: &World) -> Self {
        let doctor = subject("doctor", Role::Doctor);
        let may = |section: &Arc<Section>| {
            Some((section.id.to_string(), granted_for(&world.plan, &doctor, Action::Sign, section)?))
        };
        let granted = world.sections.in_order().into_iter().filter_map(may).collect();
        Self { doctor, granted }
    }

    fn sign(&self, world: &mut World, section: &str, now: i64) -> Result<Publication, PublishError> {
        let heads = world.heads(section);
        self.sign_at(world, section, heads, now)
    }

    fn sign_at(
        &self,
        world: &mut World,
        section: &str,
        heads: Vec<ChangeHash>,
        now: i64,
    ) -> Result<Publication, PublishError> {
        let signer = Signer { granted: &self.granted[section], subject: &self.doctor };
        world.publish(&[request(section, heads, Some(signer))], now)
    }
}

/// Two set the field without having seen each other.
fn disagree(world: &mut World, one: &str, other: &str) {
    let section = world.section("crisis");
    let document = world.documents.get_mut(&id("crisis")).unwrap();
    let mut device = document.fork().with_actor(ActorId::from([8; 16]));
    edit_document(&mut device, &section, json!({"set": {"field": "what", "value": other}}));
    edit_document(document, &section, json!({"set": {"field": "what", "value": one}}));
    document.merge(&mut device).unwrap();
}

fn urgent(publication: &Publication) -> Value {
    serde_json::from_slice(&publication.views[0].1).unwrap()
}

fn what(publication: &Publication) -> Value {
    let urgent = urgent(publication);
    let section = urgent["sections"].as_array().unwrap().iter().find(|section| section["section"] == "crisis").unwrap();
    section["fields"].as_array().unwrap().iter().find(|field| field["field"] == "what").unwrap().clone()
}

#[test]
fn a_dispute_marks_the_last_signed_value_and_the_mark_goes_when_it_is_settled() {
    let mut world = World::complete();
    let signing = Signing::of(&world);
    let first = signing.sign(&mut world, "crisis", 100).unwrap();
    assert_eq!(world.publish(&[], 150).unwrap_err(), PublishError::Nothing, "nothing is disputed");
    world.edit("crisis", json!({"set": {"field": "what", "value": "Edited, not signed"}}));
    assert_eq!(world.publish(&[], 160).unwrap_err(), PublishError::Nothing, "an edit is no dispute");

    disagree(&mut world, "Wait", "Do not wait");
    let marked = world.publish(&[], 200).unwrap();
    let section = &marked.sections[0];
    assert_eq!((marked.version, &section.heads), (2, &first.sections[0].heads));
    assert_eq!((section.since_version, &section.signed), (1, &first.sections[0].signed));
    assert_ne!(section.checked_heads, first.sections[0].checked_heads);
    let body = what(&marked);
    assert_eq!((&body["display"], &body["disputed"]), (&json!("Ring the ward"), &json!(true)));
    assert_eq!(body["contenders"].as_array().unwrap().len(), 2);
    assert_eq!(world.publish(&[], 250).unwrap_err(), PublishError::Nothing, "it is marked already");

    world.edit("crisis", settled("what", "Do not wait"));
    let settled = world.publish(&[], 300).unwrap();
    assert_eq!((what(&settled).get("disputed"), &what(&settled)["display"]), (None, &json!("Ring the ward")));
    let signed = signing.sign(&mut world, "crisis", 400).unwrap();
    assert_eq!(what(&signed)["display"], "Do not wait");
}

#[test]
fn a_publication_of_another_section_brings_the_marks_with_it() {
    let mut world = World::complete();
    let signing = Signing::of(&world);
    signing.sign(&mut world, "crisis", 100).unwrap();
    disagree(&mut world, "Wait", "Do not wait");
    let story = world.heads("story");
    let made = world.publish(&[request("story", story, None)], 200).unwrap();
    assert_eq!(what(&made)["disputed"], true);
}

#[test]
fn an_item_that_is_torn_keeps_its_section_from_being_signed() {
    let mut world = World::complete();
    let signing = Signing::of(&world);
    let section = world.section("crisis");
    let mut device = world.documents[&id("crisis")].fork().with_actor(ActorId::from([8; 16]));
    edit_document(&mut device, &section, json!({"remove-item": {"field": "steps", "item": "a", "reason": "Not now"}}));
    let edit = json!({"set-item": {"field": "steps", "item": "a", "subfield": "do", "value": "More warmth"}});
    world.edit("crisis", edit);
    world.documents.get_mut(&id("crisis")).unwrap().merge(&mut device).unwrap();
    let error = signing.sign(&mut world, "crisis", 100).unwrap_err();
    assert_eq!((error.code(), blocked(error)), ("open-conflicts", vec!["crisis steps.a Steps".to_owned()]));
}

#[test]
fn a_later_edit_is_not_covered_and_takes_the_signature_from_its_own_section_only() {
    let mut world = World::complete();
    let signing = Signing::of(&world);
    let covers_all = |world: &World, section: &str| {
        let published = world.published.iter().find(|published| published.section == id(section)).unwrap();
        published.changes == Some(world.documents[&id(section)].get_changes_meta(&[]).len() as u64)
    };
    let story = world.heads("story");
    world.publish(&[request("story", story, None)], 50).unwrap();
    signing.sign(&mut world, "crisis", 100).unwrap();
    assert!(covers_all(&world, "crisis") && covers_all(&world, "story"));
    world.edit("crisis", json!({"set": {"field": "what", "value": "Later"}}));
    assert!(!covers_all(&world, "crisis") && covers_all(&world, "story"));
}

#[test]
fn what_a_severe_rule_forbids_is_not_signed_and_what_had_better_be_known_is() {
    let mut world = World::of(&[("crisis.toml", SIGNED), ("health.toml", HEALTH)]);
    let signing = Signing::of(&world);
    world.edit("crisis", json!({"set": {"field": "what", "value": "Treat the pain"}}));
    world.edit("crisis", json!({"add-item": {"field": "steps", "id": "a", "values": {"do": "Warmth"}}}));
    world.edit("crisis", json!({"set-group": {"field": "dose", "values": {"drug": "Morphine sulfate 10 mg"}}}));
    world.edit("health", json!({"add-item": {"field": "allergies", "id": "a", "values": {"agent": "MORPHINE"}}}));
    let error = signing.sign(&mut world, "crisis", 100).unwrap_err();
    let PublishError::Contradiction(found) = &error else { panic!("{error:?}") };
    assert_eq!(
        (error.code(), found[0].rule.as_str(), found[0].places.len()),
        ("contradiction", "allergy-in-crisis-medicine", 2)
    );
    // The allergy itself goes out, and the other sections are looked at as they are now, signed or not.
    signing.sign(&mut world, "health", 200).unwrap();
    assert_eq!(signing.sign(&mut world, "crisis", 300).unwrap_err().code(), "contradiction");
    world.edit("health", json!({"remove-item": {"field": "allergies", "item": "a", "reason": "It was nausea"}}));
    assert!(signing.sign(&mut world, "crisis", 400).is_ok());
}

/// Somebody finds an allergy and follows the help: it is listed, and the denial taken away.
fn find_allergy(world: &mut World) {
    world.edit("health", json!({"clear": {"field": "no_allergies"}}));
    world.edit("health", json!({"add-item": {"field": "allergies", "id": "a", "values": {"agent": "Latex"}}}));
}

fn health(publication: &Publication, field: &str) -> Value {
    let fields = urgent(publication)["sections"][0]["fields"].as_array().unwrap().clone();
    fields.into_iter().find(|body| body["field"] == field).unwrap_or_default()
}

fn view_of(publication: &Publication, kind: ViewKind) -> String {
    let (_, bytes) = publication.views.iter().find(|(known, _)| *known == kind).unwrap();
    String::from_utf8(bytes.clone()).unwrap()
}

#[test]
fn a_signed_denial_is_disputed_once_an_allergy_is_listed_although_the_denial_was_taken_away() {
    let mut world = World::of(&[("health.toml", HEALTH)]);
    let signing = Signing::of(&world);
    world.edit("health", json!({"set": {"field": "no_allergies", "value": "716186003"}}));
    let none = signing.sign(&mut world, "health", 100).unwrap();
    assert!(view_of(&none, ViewKind::Fhir).contains("716186003\"}],\"text\""));

    world.edit("health", json!({"clear": {"field": "no_allergies"}}));
    assert_eq!(world.publish(&[], 150).unwrap_err(), PublishError::Nothing, "nobody listed anything");
    world.edit("health", json!({"add-item": {"field": "allergies", "id": "a", "values": {"agent": "Latex"}}}));
    let marked = world.publish(&[], 200).unwrap();
    let denial = health(&marked, "no_allergies");
    let said: Vec<_> = denial["contenders"].as_array().unwrap().iter().map(|one| &one["display"]).collect();
    assert_eq!((&denial["disputed"], denial.get("display")), (&json!(true), None));
    assert_eq!(said, ["No known allergies", "Latex"]);
    assert!(view_of(&marked, ViewKind::Print).contains("NOT AGREED"));
    let document: Value = serde_json::from_str(&view_of(&marked, ViewKind::Fhir)).unwrap();
    let asserted = |entry: &Value| entry["resource"]["resourceType"] == "AllergyIntolerance";
    assert!(!document["entry"].as_array().unwrap().iter().any(asserted));
    assert_eq!(world.publish(&[], 250).unwrap_err(), PublishError::Nothing, "it is marked already");
    let again = Rendering::read(&marked.sections, &world.sections, &world.earlier, &world.documents).unwrap();
    let header = Header {
        plan: &world.plan,
        version: marked.version,
        published_at: marked.published_at,
        person: &marked.person,
        circumstances: &marked.circumstances,
    };
    assert_eq!(again.views(&header, &ViewKind::ALL, &Authors::new()), marked.views);
}

#[test]
fn signing_the_list_settles_what_the_signed_denial_was_against_and_the_denial_is_not_signed_again() {
    let mut world = World::of(&[("health.toml", HEALTH)]);
    let signing = Signing::of(&world);
    world.edit("health", json!({"set": {"field": "no_allergies", "value": "716186003"}}));
    let denial = world.heads("health");
    signing.sign_at(&mut world, "health", denial.clone(), 100).unwrap();
    find_allergy(&mut world);
    let stale = signing.sign_at(&mut world, "health", denial, 200).unwrap_err();
    assert_eq!(blocked(stale), ["health no_allergies No known allergies"], "the screen did not show the allergy yet");
    let signed = signing.sign(&mut world, "health", 300).unwrap();
    assert_eq!(health(&signed, "no_allergies"), Value::Null);
    assert_eq!(health(&signed, "allergies")["items"][0]["fields"][0]["display"], "Latex");
    assert!(!view_of(&signed, ViewKind::Urgent).contains("disputed"));
    assert_eq!(world.publish(&[], 400).unwrap_err(), PublishError::Nothing);
}

#[test]
fn a_section_stays_readable_by_the_definition_it_was_published_by() {
    let mut world = World::complete();
    let signing = Signing::of(&world);
    let first = signing.sign(&mut world, "crisis", 100).unwrap();
    let old = Arc::clone(world.sections.section(&id("crisis")).unwrap());
    let renamed = SIGNED.replace("What to do", "First of all").replace("version = 1", "version = 2");
    let files = [("crisis.toml", renamed.as_str()), ("story.toml", FREE)];
    world.sections = Sections::load(files.map(|(name, text)| (name.to_owned(), text.to_owned()))).unwrap();
    let story = world.heads("story");
    let asked = [request("story", story, None)];
    assert_eq!(world.publish(&asked, 200).unwrap_err(), PublishError::UnknownDefinition(id("crisis")));
    world.earlier.insert(old.hash(), old);
    let second = world.publish(&asked, 200).unwrap();
    assert_eq!((&second.sections[0], &what(&second)["label"]), (&first.sections[0], &json!("What to do")));
    let third = signing.sign(&mut world, "crisis", 300).unwrap();
    assert_eq!((third.sections[0].definition, &what(&third)["label"]), (2, &json!("First of all")));
}

#[test]
fn what_is_required_under_a_condition_is_missed_where_it_holds() {
    const CONDITIONAL: &str = r#"
        id = "crisis"
        title = "Crisis"
        version = 1
        order = 1
        summary = "One asks for the other."
        source = "invented"
        writes = ["doctor"]
        audiences = ["clinician"]
        sign_off = "senior"
        field = [
          { id = "wanted", label = "Wanted", type = "yes-no", merge = "C!" },
          { id = "why", label = "Why", type = "line", merge = "C!", max_chars = 80,
            required_if = { field = "wanted", is = ["yes"] } },
        ]
    "#;
    let mut world = World::of(&[("crisis.toml", CONDITIONAL)]);
    let signing = Signing::of(&world);
    world.edit("crisis", json!({"set": {"field": "wanted", "value": true}}));
    assert_eq!(blocked(signing.sign(&mut world, "crisis", 1).unwrap_err()), ["crisis why Why"]);
    world.edit("crisis", json!({"set": {"field": "wanted", "value": false}}));
    assert!(signing.sign(&mut world, "crisis", 2).is_ok());
}

#[test]
fn a_publication_of_before_has_the_hash_that_it_had() {
    let old = PublishedSection {
        section: id("story"),
        definition: 1,
        definition_hash: None,
        heads: vec![ChangeHash([1; 32])],
        checked_heads: None,
        changes: None,
        sign_off: SignOff::None,
        signed: None,
        since_version: 1,
        since_at: UtcMillis(5),
    };
    let json = serde_json::to_string(&old).unwrap();
    let heads = "01".repeat(32);
    let before = format!(
        r#"{{"section":"story","definition":1,"heads":["{heads}"],"sign_off":"none","signed":null,"since_version":1,"since_at":5}}"#
    );
    assert_eq!(json, before);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn a_signature_never_covers_a_change_that_the_signers_heads_did_not(
        steps in prop::collection::vec((0u8..4, any::<prop::sample::Index>()), 1..20),
    ) {
        let mut world = World::complete();
        let signing = Signing::of(&world);
        let section = world.section("crisis");
        let mut seen = vec![world.heads("crisis")];
        let mut device = world.documents[&id("crisis")].fork().with_actor(ActorId::from([8; 16]));
        for (now, (step, which)) in steps.into_iter().enumerate() {
            let text = json!({"set-item": {"field": "steps", "item": "a", "subfield": "do", "value": format!("Step {now}")}});
            match step {
                0 => world.edit("crisis", text),
                1 => edit_document(&mut device, &section, text),
                2 => {
                    world.documents.get_mut(&id("crisis")).unwrap().merge(&mut device).unwrap();
                    device.merge(world.documents.get_mut(&id("crisis")).unwrap()).unwrap();
                }
                _ => {
                    let heads = which.get(&seen).clone();
                    let Ok(made) = signing.sign_at(&mut world, "crisis", heads.clone(), now as i64) else { continue };
                    let document = &world.documents[&id("crisis")];
                    let mut sorted = heads.clone();
                    sorted.sort_unstable();
                    prop_assert_eq!(&made.sections[0].heads, &sorted);
                    let screen = document.fork_at(&heads).unwrap();
                    let shown = content::read(&screen, None, &section);
                    let Some(content::FieldValue::List(list)) = shown.field("steps").map(|field| &field.value) else {
                        return Err(TestCaseError::fail("no steps"));
                    };
                    let content::FieldValue::Single(on_screen) = &list.items[0].fields[0].value else { unreachable!() };
                    let urgent = urgent(&made).to_string();
                    prop_assert!(urgent.contains(&on_screen.display), "{urgent}");
                    prop_assert_eq!(made.sections[0].changes, Some(screen.get_changes_meta(&[]).len() as u64));
                }
            }
            seen.push(world.heads("crisis"));
        }
    }
}

//! FHIR documents of generated plans: nothing is lost on the way, and nothing is said that nobody decided.

mod expected;

use coplan_core::{
    fhir,
    section::{Section, Sections},
};
use coplan_tests::generated_plan::{GeneratedPlan, LINES, TEXTS};
use expected::expected;
use serde_json::Value;
use std::{collections::BTreeSet, sync::Arc};

#[test]
fn the_responses_of_a_document_rebuild_every_published_value_exactly() {
    let definitions = Sections::embedded();
    let (mut values, mut disputes, mut sections) = (0, 0, BTreeSet::new());
    for section in definitions.in_order().into_iter().filter(|section| section.is_published()) {
        for seed in 0..PLANS_OF_EACH {
            let plan = GeneratedPlan::with(seed, &[Arc::clone(section)], 1 + (seed % 3) as usize);
            values += same(&plan);
            disputes += plan.sections[0].conflicts.len();
            sections.insert(section.id.clone());
        }
    }
    for seed in 0..MIXED_PLANS {
        values += same(&GeneratedPlan::of(seed, &definitions));
    }
    println!("{values} values of {} sections came back, {disputes} disputes among them", sections.len());
    assert!(sections.len() >= 20 && values > 50_000 && disputes > 500);
}

#[test]
fn a_value_that_is_changed_on_the_way_is_noticed() {
    let definitions = Sections::embedded();
    let plan = GeneratedPlan::with(3, &[about_me(&definitions)], 1);
    let (_, fields) = &expected(&plan)[0];
    let mut document: Value = serde_json::from_slice(&plan.document()).unwrap();
    let entries = document["entry"].as_array_mut().unwrap();
    let response =
        entries.iter_mut().find(|entry| entry["resource"]["resourceType"] == "QuestionnaireResponse").unwrap();
    let items = response["resource"]["item"].as_array_mut().unwrap();
    let item = items.iter_mut().find(|item| item["answer"][0]["valueString"].is_string()).unwrap();
    item["answer"][0]["valueString"] = Value::from("something else");
    let rebuilt = fhir::fields_of(&document);
    assert_ne!(without_words(&Value::Object(rebuilt[0].fields.clone())), Value::Object(fields.clone()));
}

#[test]
fn the_same_plan_gives_the_same_document_and_another_version_the_same_ids() {
    let definitions = Sections::embedded();
    for seed in 0..100 {
        let plan = GeneratedPlan::of(seed, &definitions);
        assert_eq!(plan.document(), GeneratedPlan::of(seed, &definitions).document());
        let later = GeneratedPlan { version: plan.version + 1, ..plan.clone() };
        assert_eq!(urls(&plan.document()), urls(&later.document()));
    }
}

#[test]
fn nothing_of_a_withheld_person_says_where_they_are_or_in_whose_name_anybody_signed() {
    let definitions = Sections::embedded();
    let mut withheld = 0;
    for seed in 0..400 {
        let plan = GeneratedPlan::of(seed, &definitions);
        let document = String::from_utf8(plan.document()).unwrap();
        let says = ["Invented Street", "ZZ99", "07700 900001", "A81001", "Northgate", "RX199"];
        let said: Vec<&&str> = says.iter().filter(|word| document.contains(**word)).collect();
        if plan.person.withheld {
            withheld += 1;
            assert!(said.is_empty(), "seed {seed}: {said:?}");
        } else {
            assert!(!said.is_empty(), "seed {seed}");
        }
    }
    assert!(withheld > 20);
}

#[test]
fn a_disputed_record_becomes_no_resource_of_its_own() {
    let definitions = Sections::embedded();
    let decisions = definitions.section(&"decisions".parse().unwrap()).unwrap();
    let (mut disputed, mut flagged) = (0, 0);
    for seed in 0..200 {
        let mut plan = GeneratedPlan::with(seed, &[Arc::clone(decisions)], 1);
        plan.sections[0].records.retain(|kind| kind.field.as_str() == "cpr");
        let is_disputed = plan.sections[0].records.iter().any(|kind| kind.is_disputed());
        let document: Value = serde_json::from_slice(&plan.document()).unwrap();
        let flags = entries(&document, "Flag").count();
        if is_disputed {
            disputed += 1;
            assert_eq!(flags, 0, "seed {seed}");
            let narrative = document["entry"][0]["resource"]["section"][1]["text"]["div"].as_str().unwrap();
            assert!(narrative.contains("(not agreed)"), "{narrative}");
        }
        flagged += flags;
    }
    assert!(disputed > 20 && flagged > 20, "{disputed} {flagged}");
}

/// Compares what a document says with what the plan holds; how many values there were.
fn same(plan: &GeneratedPlan) -> usize {
    let document: Value = serde_json::from_slice(&plan.document()).unwrap();
    let rebuilt: Vec<(String, Value)> = fhir::fields_of(&document)
        .into_iter()
        .map(|section| (section.section, without_words(&Value::Object(section.fields))))
        .collect();
    let expected: Vec<(String, Value)> =
        expected(plan).into_iter().map(|(section, fields)| (section, Value::Object(fields))).collect();
    assert_eq!(rebuilt, expected, "{}", plan.plan);
    rebuilt.iter().map(|(_, fields)| leaves(fields)).sum()
}

/// Without what people read of a side, which is made of its value.
fn without_words(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let bare = |(name, value): (&String, &Value)| match (name.as_str(), value) {
                ("disputed", Value::Array(sides)) => (name.clone(), sides.iter().map(without_display).collect()),
                _ => (name.clone(), without_words(value)),
            };
            members.iter().map(bare).collect()
        }
        Value::Array(all) => all.iter().map(without_words).collect(),
        other => other.clone(),
    }
}

fn without_display(side: &Value) -> Value {
    let members = side.as_object().into_iter().flatten().filter(|(name, _)| *name != "display");
    members.map(|(name, value)| (name.clone(), without_words(value))).collect()
}

fn leaves(value: &Value) -> usize {
    match value {
        Value::Object(members) => members.values().map(leaves).sum(),
        Value::Array(all) => all.iter().map(leaves).sum(),
        _ => 1,
    }
}

fn urls(document: &[u8]) -> Vec<String> {
    let document: Value = serde_json::from_slice(document).unwrap();
    document["entry"].as_array().unwrap().iter().map(|entry| entry["fullUrl"].to_string()).collect()
}

fn entries<'d>(document: &'d Value, resource: &'d str) -> impl Iterator<Item = &'d Value> {
    let all = document["entry"].as_array().into_iter().flatten().map(|entry| &entry["resource"]);
    all.filter(move |entry| entry["resourceType"] == resource)
}

fn about_me(definitions: &Sections) -> Arc<Section> {
    assert!(!LINES.is_empty() && !TEXTS.is_empty());
    Arc::clone(definitions.section(&"about-me".parse().unwrap()).unwrap())
}

/// Plans that hold one section alone.
const PLANS_OF_EACH: u64 = 40;
/// Plans of several sections.
const MIXED_PLANS: u64 = 300;

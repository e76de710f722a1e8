#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

use super::{file::EMBEDDED as FILE, *};
use crate::{
    content::{FieldContent, FieldValue, Item, List, Plain, Single},
    decision::{Kind, Record, Signature, State},
    section::{self, Field, Section},
};
use automerge::ChangeHash;
use toml::{Table, Value};

/// Midday of 22 November 2026.
const NOW: UtcMillis = UtcMillis(1_795_348_800_000);

#[derive(Default)]
struct World {
    contents: BTreeMap<SectionId, Content>,
    records: BTreeMap<SectionId, Vec<Kind>>,
    lapsed: BTreeSet<UserId>,
}

impl World {
    fn of(sections: &Sections, plan: &BTreeMap<String, Table>) -> Self {
        let mut world = Self::default();
        for (id, values) in plan {
            let id: SectionId = id.parse().unwrap();
            let section = sections.section(&id).unwrap_or_else(|| panic!("no section `{id}`"));
            if section.is_decided() {
                world.records.insert(id.clone(), kinds(section, values));
            }
            let fields = fields(&section.fields, values);
            world.contents.insert(id, Content { fields, problems: Vec::new() });
        }
        world
    }

    fn found(&self, rules: &Rules, sections: &Sections) -> Vec<Contradiction> {
        let facts = Facts { records: &self.records, lapsed: &self.lapsed, now: NOW };
        rules.contradictions(sections, &self.contents, &facts)
    }
}

fn fields(definitions: &[Field], values: &Table) -> Vec<FieldContent> {
    for key in values.keys() {
        assert!(definitions.iter().any(|field| field.id.as_str() == key), "no field `{key}`");
    }
    let content = |field: &Field| {
        let value = value(field, values.get(field.id.as_str())?);
        Some(FieldContent { field: field.id.clone(), value, others: Vec::new() })
    };
    definitions.iter().filter_map(content).collect()
}

fn value(field: &Field, value: &Value) -> FieldValue {
    let plain = match (field.kind, value) {
        (section::Kind::List, Value::Array(items)) => return FieldValue::List(list(field, items)),
        (section::Kind::Group, Value::Table(parts)) => return FieldValue::Group(fields(&field.parts, parts)),
        (section::Kind::Text, Value::String(text)) => return FieldValue::Text(text.clone()),
        (section::Kind::Coded, Value::String(code)) => {
            let display =
                field.code(code).unwrap_or_else(|| panic!("`{}` has no code `{code}`", field.id)).display.clone();
            return FieldValue::Single(Single { value: Plain::Text(code.clone()), display });
        }
        (_, Value::String(text)) => Plain::Text(text.clone()),
        (_, Value::Boolean(yes)) => Plain::Bool(*yes),
        (_, Value::Integer(number)) => Plain::Whole(*number),
        other => panic!("{other:?}"),
    };
    FieldValue::Single(Single { value: plain, display: value.to_string().trim_matches('"').to_owned() })
}

fn list(field: &Field, items: &[Value]) -> List {
    let item = |(at, item): (usize, &Value)| Item {
        id: format!("i{at}"),
        order: at as f64,
        fields: fields(&field.items, item.as_table().unwrap()),
    };
    List { items: items.iter().enumerate().map(item).collect(), removed: Vec::new() }
}

fn kinds(section: &Section, values: &Table) -> Vec<Kind> {
    let record = |field: &Field, at: usize, item: &Value| Record {
        id: format!("i{at}"),
        fields: fields(&field.items, item.as_table().unwrap()),
        order: at as f64,
        supersedes: Vec::new(),
        superseded_by: Vec::new(),
        reason: None,
        made_at: None,
        recorded: signature("recorder"),
        endorsed: None,
        withdrawn: None,
        state: State::Current,
        applies: false,
        change: ChangeHash([0; 32]),
    };
    let kind = |field: &Field| {
        let items = values.get(field.id.as_str()).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let records = items.iter().enumerate().map(|(at, item)| record(field, at, item)).collect();
        Kind { field: field.id.clone(), records }
    };
    section.fields.iter().map(kind).collect()
}

fn signature(user: &str) -> Signature {
    Signature {
        user: user.to_owned(),
        name: "Dr Ines Alves".to_owned(),
        role: "doctor".to_owned(),
        job_title: "Consultant".to_owned(),
        organisation: "RX1".to_owned(),
        organisation_name: "Northgate Hospital".to_owned(),
        registration: Some("GMC 7000001".to_owned()),
        senior: false,
        at: UtcMillis(0),
    }
}

fn plan(text: &str) -> BTreeMap<String, Table> {
    toml::from_str(text).unwrap()
}

fn holding(text: &str) -> Vec<String> {
    let sections = Sections::embedded();
    let world = World::of(&sections, &plan(text));
    world.found(&Rules::embedded(), &sections).into_iter().map(|found| found.rule).collect()
}

#[test]
fn every_rule_holds_in_the_cases_that_say_so_and_only_there() {
    let sections = Sections::embedded();
    let rules = Rules::embedded();
    for rule in &rules.rules {
        for case in &rule.cases {
            let mut world = World::of(&sections, &case.plan);
            world.lapsed = case.lapsed.iter().map(|user| user.parse().unwrap()).collect();
            let found = world.found(&rules, &sections);
            let holds = found.iter().find(|found| found.rule == rule.id);
            assert_eq!(holds.is_some(), case.holds, "`{}`: {}", rule.id, case.says);
            assert!(holds.is_none_or(|holds| !holds.places.is_empty()), "`{}`: {}", rule.id, case.says);
        }
    }
}

#[test]
fn the_rules_name_only_what_the_definitions_have() {
    let errors = Rules::embedded().check(&Sections::embedded());
    assert!(errors.is_empty(), "{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
}

#[test]
fn an_empty_plan_contradicts_nothing() {
    assert!(holding("").is_empty());
}

#[test]
fn it_says_where_and_what_stands_there() {
    let sections = Sections::embedded();
    let text = r#"
        health = { allergies = [{ agent = "Peanuts" }, { agent = "Morphine" }] }
        sickle-cell = { analgesia_first_line = { drug = "morphine 10 mg", route = "oral" }, analgesia_second_line = { drug = "ketamine" } }
    "#;
    let world = World::of(&sections, &plan(text));
    let found = &world.found(&Rules::embedded(), &sections)[0];
    let places: Vec<_> =
        found.places.iter().map(|place| format!("{} {} {}", place.section, place.path, place.display)).collect();
    assert_eq!(places, ["health allergies.i1.agent Morphine", "sickle-cell analgesia_first_line.drug morphine 10 mg"]);
    assert_eq!(serde_json::to_value(found).unwrap()["where"][1]["label"], "First-line pain relief: Medicine");
    let blocked = |section: &str| found.blocks(&section.parse().unwrap());
    assert_eq!([blocked("sickle-cell"), blocked("health"), blocked("medicines")], [true, false, false]);
}

#[test]
fn every_value_of_a_disputed_field_counts() {
    let sections = Sections::embedded();
    let text = r#"
        preferences = { preferred_place_of_death_first = "108401000000102" }
        decisions = { conveyance = [{ guidance = "as-normal" }] }
    "#;
    let mut world = World::of(&sections, &plan(text));
    let rules = Rules::embedded();
    assert!(world.found(&rules, &sections).is_empty());
    let preferences: SectionId = "preferences".parse().unwrap();
    let home = Single { value: Plain::Text("110481000000108".to_owned()), display: "Home".to_owned() };
    world.contents.get_mut(&preferences).unwrap().fields[0].others.push(FieldValue::Single(home));
    assert_eq!(world.found(&rules, &sections)[0].rule, "home-to-die-but-always-convey");
}

#[test]
fn records_that_no_longer_stand_do_not_count() {
    let sections = Sections::embedded();
    let rules = Rules::embedded();
    let text =
        r#"decisions = { cpr = [{ recommendation = "450476008" }], focus_of_care = [{ focus = "extend-life" }] }"#;
    for (state, holds) in
        [(State::Current, true), (State::Disputed, true), (State::Superseded, false), (State::Withdrawn, false)]
    {
        let mut world = World::of(&sections, &plan(text));
        let kinds = world.records.values_mut().next().unwrap();
        kinds.iter_mut().find(|kind| kind.field.as_str() == "cpr").unwrap().records[0].state = state;
        assert_eq!(!world.found(&rules, &sections).is_empty(), holds, "{state:?}");
    }
}

#[test]
fn a_match_is_missed_neither_for_letters_nor_for_strength_nor_for_what_stands_around_the_name() {
    let rules = Rules::embedded();
    for (one, other, same) in [
        ("Morphine", "MORPHINE SULFATE 10mg/5mL oral solution", true),
        ("morphine (severe itching)", "Give morphine 20mg by mouth", true),
        ("Morphine", "morphine10mg", false),
        ("Penicillins", "penicillin V 500mg tablets", true),
        ("penicillin", "Co-amoxiclav 500/125", true),
        ("Flucloxacillin", "Amoxicillin", true),
        ("Opioids", "Fentanyl patch", true),
        ("Codeine", "Morphine", false),
        ("Aspirin", "Ibuprofen gel", true),
        ("Septrin", "Trimethoprim 200mg", true),
        ("sulphonamides", "co-trimoxazole", true),
        ("Sodium valproate", "Sodium chloride 0.9%", false),
        ("Latex", "Paracetamol", false),
        ("", "Paracetamol", false),
        ("Xyzzamab", "xyzzamab 40 mg pre-filled pen", true),
    ] {
        assert_eq!(rules.substances.same(one, other), same, "{one} / {other}");
        assert_eq!(rules.substances.same(other, one), same, "{other} / {one}");
    }
}

#[test]
fn words_are_found_whole_and_in_order() {
    let substances = &Rules::embedded().substances;
    let says = |text: &str, words: &[&str]| {
        substances.says(text, &words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    };
    assert!(says("Known COPD, stage 3", &["copd"]));
    assert!(says("Admission to INTENSIVE  care", &["intensive care"]));
    assert!(!says("care that is intensive", &["intensive care"]));
    assert!(!says("anticoagulant", &["coagulant"]));
}

#[test]
fn a_wrong_file_is_refused_with_the_rule_and_the_reason() {
    const RULE: &str = r#"
        [[rule]]
        id = "a"
        sentence = "A."
        severity = "warning"
        source = "invented"
        when = [{ at = ["decisions.cpr.recommendation"], is = ["450476008"] }]
        case = [{ says = "yes", holds = true, plan = {} }, { says = "no", holds = false, plan = {} }]
    "#;
    let loaded = |change: &dyn Fn(&str) -> String| {
        Rules::load(&change(RULE)).map_or_else(
            |errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
            |rules| rules.check(&Sections::embedded()).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        )
    };
    let replaced = |from: &'static str, to: &'static str| loaded(&move |text: &str| text.replace(from, to));
    assert_eq!(loaded(&str::to_owned), "");
    assert_eq!(replaced("decisions.cpr", "decision.cpr"), "contradictions: `a`: no section `decision`");
    assert_eq!(replaced("recommendation", "advice"), "contradictions: `a`: no field `decisions.cpr.advice`");
    assert_eq!(
        replaced("450476008", "450476009"),
        "contradictions: `a`: `decisions.cpr.recommendation` has no code `450476009`"
    );
    assert_eq!(
        replaced("is = [\"450476008\"]", "after = \"today\""),
        "contradictions: `a`: `decisions.cpr.recommendation` is not a date"
    );
    assert_eq!(
        replaced("at = [\"decisions.cpr.recommendation\"], is = [\"450476008\"]", "lapsed = [\"health.allergies\"]"),
        "contradictions: `a`: `allergies` is not a list of decision records"
    );
    assert_eq!(
        replaced("decisions.cpr.recommendation", "cpr"),
        "contradictions: `a`: `cpr` is not a path: `section.field`, or inside an item `field`"
    );
    assert_eq!(replaced("\"A.\"", "\"\""), "contradictions: `a`: has no `sentence`");
    assert_eq!(
        replaced("holds = false", "holds = true"),
        "contradictions: `a`: needs a case in which it holds and one in which it does not"
    );
    assert_eq!(
        replaced("source =", "spares = [\"health\"]\nsource ="),
        "contradictions: `a`: `spares` needs `severity = \"blocks\"`"
    );
    assert_eq!(loaded(&|text: &str| format!("{text}{text}")), "contradictions: `a`: there is another rule of this id");
    assert!(replaced("is = [", "isnt = [").starts_with("contradictions: line 7: a condition has one of `at`"));
    assert!(replaced("\"warning\"", "\"fatal\"").starts_with("contradictions: line 5: "));
    assert!(Rules::load(FILE).is_ok());
}

#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

mod disputes;
mod records;

use super::*;
use crate::{
    conflict::conflicts,
    content::{
        edit::{self, Edit},
        empty_document, genesis, read,
    },
    section::{Audience, Sections},
};
use automerge::{ActorId, Automerge};
use serde_json::{Value, json};

/// `shown` is for all, `hidden` for the person only, `people` for crews and clinicians, its numbers for crews alone.
const SAMPLE: &str = r#"
id = "sample"
title = "Sample"
version = 1
order = 2
summary = "Each shape, each audience."
source = "invented"
writes = ["doctor"]
audiences = ["clinician", "emergency", "person"]
sign_off = "senior"
field = [
  { id = "story", label = "Story", type = "text", merge = "T", max_chars = 200, audiences = ["person"] },
  { id = "genotype", label = "Genotype", type = "coded", merge = "C!", urgent = true,
    code = [{ system = "http://snomed.info/sct", code = "127040003", display = "HbSS" }] },
  { id = "people", label = "People", type = "list", merge = "S+", item_name = "person",
    audiences = ["clinician", "emergency"], item = [
    { id = "name", label = "Name", type = "line", merge = "R", max_chars = 40 },
    { id = "phone", label = "Phone", type = "phone", merge = "C!", audiences = ["emergency"] } ] },
  { id = "dose", label = "Dose", type = "group", merge = "C!", urgent = true, audiences = ["clinician"], part = [
    { id = "drug", label = "Drug", type = "line", merge = "C!", max_chars = 40 },
    { id = "amount", label = "Amount", type = "decimal", merge = "C!" },
    { id = "minutes", label = "Again after", type = "integer", merge = "C!", unit = "minutes" } ] },
]
"#;

fn section(change: impl Fn(&str) -> String) -> Section {
    loaded("sample.toml", &change(SAMPLE))
}

fn loaded(name: &str, text: &str) -> Section {
    let sections = Sections::load([(name.to_owned(), text.to_owned())]).unwrap();
    (**sections.in_order()[0]).clone()
}

fn written(section: &Section, actor: u8, edits: &[Value]) -> Automerge {
    let mut document = empty_document().with_actor(ActorId::from([actor; 16]));
    document.apply_changes([genesis(section)]).unwrap();
    for value in edits {
        let edit: Edit = serde_json::from_value(value.clone()).unwrap();
        edit::apply(&mut document, section, &edit, 0).unwrap();
    }
    document
}

fn full() -> Vec<Value> {
    vec![
        json!({"set-text": {"field": "story", "text": "A \"quoted\" line\n"}}),
        json!({"set": {"field": "genotype", "value": "127040003"}}),
        json!({"add-item": {"field": "people", "id": "b", "order": 2, "values": {"name": "Bea"}}}),
        json!({"add-item": {"field": "people", "id": "a", "order": 1, "values": {"phone": "999"}}}),
        json!({"add-item": {"field": "people", "id": "c", "order": 3, "values": {"name": "Cy"}}}),
        json!({"remove-item": {"field": "people", "item": "c", "reason": "moved away"}}),
        json!({"set-group": {"field": "dose", "values": {"drug": "morphine", "amount": 2.5, "minutes": 30}}}),
    ]
}

fn person() -> Person {
    Person {
        nhs_number: "9990000018".parse().unwrap(),
        name: "Adaeze Okonkwo".to_owned(),
        preferred_name: None,
        born: "1991-03-04".to_owned(),
        withheld: false,
    }
}

fn signed() -> Signed {
    let by = serde_json::from_value(json!({
        "user": "u1", "name": "Dr Ines Alves", "role": "specialist", "job_title": "Consultant haematologist",
        "organisation": "RX1", "organisation_name": "Northgate Hospital",
    }));
    Signed { by: by.unwrap(), at: UtcMillis(0) }
}

fn rendered(kind: ViewKind, section: &Section, content: &Content, signed: Option<&Signed>) -> String {
    let (plan, person) = ("p1".parse().unwrap(), person());
    let header = Header {
        plan: &plan,
        version: 3,
        published_at: UtcMillis(86_400_000),
        person: &person,
        circumstances: &Circumstances::default(),
    };
    let view = SectionView { signed, ..view_of(section, content) };
    String::from_utf8(render(kind, &header, &[view], &Authors::new())).unwrap()
}

fn view_of<'a>(section: &'a Section, content: &'a Content) -> SectionView<'a> {
    let (since_version, since_at) = (2, UtcMillis(1));
    SectionView { section, content, conflicts: &[], records: &[], since_version, since_at, signed: None, heads: &[] }
}

/// Field ids that a view shows, those inside lists and groups with their place.
fn shown(view: &str) -> Vec<String> {
    fn walk(value: &Value, path: &str, found: &mut Vec<String>) {
        for field in value["fields"].as_array().into_iter().flatten() {
            let path = format!("{path}{}", field["field"].as_str().unwrap());
            found.push(path.clone());
            walk(field, &format!("{path}."), found);
            for item in field["items"].as_array().into_iter().flatten() {
                walk(item, &format!("{path}.{}.", item["id"].as_str().unwrap()), found);
            }
        }
    }
    let view: Value = serde_json::from_str(view).unwrap();
    let mut found = Vec::new();
    view["sections"].as_array().unwrap().iter().for_each(|section| walk(section, "", &mut found));
    found
}

#[test]
fn a_view_is_these_bytes() {
    let section = section(str::to_owned);
    let content = read(&written(&section, 1, &full()), None, &section);
    let head = |view: &str| {
        format!(
            r#"{{"view":"{view}","plan":"p1","version":3,"published_at":"1970-01-02T00:00:00.000Z","person":{{"nhs_number":"9990000018","name":"Adaeze Okonkwo","preferred_name":null,"born":"1991-03-04"}},"sections":[{{"section":"sample","title":"Sample","sign_off":"senior","version":2,"standing":{{"state":"signed","by":"Dr Ines Alves","job_title":"Consultant haematologist","organisation":"Northgate Hospital","at":"1970-01-01T00:00:00.000Z"}},"fields":["#
        )
    };
    let genotype =
        r#"{"field":"genotype","label":"Genotype","type":"coded","urgent":true,"value":"127040003","display":"HbSS"}"#;
    let cases = [
        (
            ViewKind::Urgent,
            r#",{"field":"people","label":"People","type":"list","item_name":"person","items":[{"id":"a","fields":[{"field":"phone","label":"Phone","type":"phone","display":"999"}]},{"id":"b","fields":[{"field":"name","label":"Name","type":"line","display":"Bea"}]}]}"#,
            "",
        ),
        (
            ViewKind::Clinical,
            r#",{"field":"people","label":"People","type":"list","item_name":"person","items":[{"id":"b","fields":[{"field":"name","label":"Name","type":"line","display":"Bea"}]}]},{"field":"dose","label":"Dose","type":"group","urgent":true,"fields":[{"field":"drug","label":"Drug","type":"line","display":"morphine"},{"field":"amount","label":"Amount","type":"decimal","value":2.5,"display":"2.5"},{"field":"minutes","label":"Again after","type":"integer","value":30,"display":"30 minutes"}]}"#,
            "",
        ),
        (ViewKind::Person, "", r#"{"field":"story","label":"Story","type":"text","display":"A \"quoted\" line\n"},"#),
    ];
    for (kind, after, before) in cases {
        let bytes = rendered(kind, &section, &content, Some(&signed()));
        assert_eq!(bytes, format!("{}{before}{genotype}{after}]}}]}}", head(kind.as_str())));
    }
}

#[test]
fn an_audience_sees_only_the_fields_that_the_definition_shows_to_it() {
    let section = section(str::to_owned);
    let content = read(&written(&section, 1, &full()), None, &section);
    let fields = |kind| shown(&rendered(kind, &section, &content, None)).join(" ");
    assert_eq!(fields(ViewKind::Urgent), "genotype people people.a.phone people.b.name");
    assert_eq!(fields(ViewKind::Clinical), "genotype people people.b.name dose dose.drug dose.amount dose.minutes");
    assert_eq!(fields(ViewKind::Person), "story genotype");
}

#[test]
fn paper_holds_what_crews_see_and_the_person_may_see_because_it_lies_in_their_home() {
    let shared = section(str::to_owned);
    let content = read(&written(&shared, 1, &full()), None, &shared);
    let fields = |section: &Section| shown(&rendered(ViewKind::Print, section, &content, None)).join(" ");
    assert_eq!(
        fields(&shared),
        "genotype",
        "not the story, which crews do not see, nor the people, which the person does not"
    );
    let mut staff_only = shared.clone();
    staff_only.audiences.retain(|audience| *audience != Audience::Person);
    assert_eq!(fields(&staff_only), "");
}

#[test]
fn a_section_that_shows_an_audience_nothing_is_left_out() {
    let section = section(str::to_owned);
    let content = read(&written(&section, 1, &full()[..1]), None, &section);
    let sections = |kind, section: &Section| -> usize {
        let view: Value = serde_json::from_str(&rendered(kind, section, &content, None)).unwrap();
        view["sections"].as_array().unwrap().len()
    };
    assert_eq!(sections(ViewKind::Person, &section), 1);
    assert_eq!(sections(ViewKind::Urgent, &section), 0);
    let mut closed = section.clone();
    closed.audiences = vec![Audience::SocialCare];
    assert_eq!(sections(ViewKind::Person, &closed), 0);
}

#[test]
fn a_section_stands_signed_shared_or_not_signed() {
    let signing = section(str::to_owned);
    let free = section(|text| text.replace("\"senior\"", "\"none\""));
    let content = read(&written(&signing, 1, &full()), None, &signing);
    let standing = |section: &Section, signed: Option<&Signed>| {
        let view: Value = serde_json::from_str(&rendered(ViewKind::Urgent, section, &content, signed)).unwrap();
        view["sections"][0]["standing"].clone()
    };
    assert_eq!(standing(&signing, Some(&signed()))["state"], "signed");
    assert_eq!(standing(&free, None), json!({"state": "shared", "at": "1970-01-01T00:00:00.001Z"}));
    assert_eq!(standing(&signing, None), json!({"state": "not-signed", "at": "1970-01-01T00:00:00.001Z"}));
}

#[test]
fn sections_stand_in_their_definitions_order_however_they_are_handed_in() {
    let second = section(str::to_owned);
    let mut first = second.clone();
    first.id = "first".parse().unwrap();
    first.order = 1;
    let content = read(&written(&second, 1, &full()), None, &second);
    let (plan, person) = ("p1".parse().unwrap(), person());
    let header = Header {
        plan: &plan,
        version: 1,
        published_at: UtcMillis(0),
        person: &person,
        circumstances: &Circumstances::default(),
    };
    let view = |section| view_of(section, &content);
    let none = Authors::new();
    let bytes = render(ViewKind::Urgent, &header, &[view(&second), view(&first)], &none);
    assert_eq!(bytes, render(ViewKind::Urgent, &header, &[view(&first), view(&second)], &none));
    let view: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(view["sections"][0]["section"], "first");
}

#[test]
fn a_view_is_found_by_its_name() {
    for kind in ViewKind::ALL {
        assert_eq!(ViewKind::named(kind.as_str()), Some(kind));
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
    }
    assert_eq!(ViewKind::named("letter"), None);
}

//! What people disagree about, as each audience reads it.

use super::*;
use crate::content::FieldContent;
use automerge::ChangeHash;
use serde_json::json;

/// Crews see neither `note` nor the reason of a dose; `sharing` stands from widest to narrowest.
const CARE: &str = r#"
id = "care"
title = "Care"
version = 1
order = 1
summary = "Each kind of dispute."
source = "invented"
writes = ["doctor"]
audiences = ["clinician", "emergency", "person"]
sign_off = "senior"
field = [
  { id = "none_known", label = "No known allergies", type = "coded", merge = "C!", denies = "allergies", code = [
    { system = "http://snomed.info/sct", code = "716186003", display = "No known allergies" } ] },
  { id = "allergies", label = "Allergies", type = "list", merge = "S+", item_name = "allergy", item = [
    { id = "agent", label = "To", type = "line", merge = "C!", max_chars = 40 },
    { id = "note", label = "Note", type = "line", merge = "R", max_chars = 40, audiences = ["clinician"] } ] },
  { id = "dose", label = "Dose", type = "group", merge = "C!", urgent = true, part = [
    { id = "drug", label = "Drug", type = "line", merge = "C!", max_chars = 40 },
    { id = "reason", label = "Reason", type = "line", merge = "C!", max_chars = 40, audiences = ["clinician"] } ] },
  { id = "sharing", label = "Sharing", type = "coded", merge = "C!", narrowing = true, code = [
    { system = "https://coplan.example/codes/sharing", code = "all", display = "Everybody" },
    { system = "https://coplan.example/codes/sharing", code = "none", display = "Nobody" } ] },
]
"#;

struct World {
    section: Section,
    one: Automerge,
    other: Automerge,
    signed_heads: Vec<ChangeHash>,
}

impl World {
    /// Two devices that hold the same.
    fn begun(edits: &[Value]) -> Self {
        let section = loaded("care.toml", CARE);
        let one = written(&section, 1, edits);
        let other = one.fork().with_actor(ActorId::from([2; 16]));
        Self { signed_heads: one.get_heads(), section, one, other }
    }

    /// Both go on without seeing each other, and then meet.
    fn apart(mut self, one: &[Value], other: &[Value]) -> Self {
        for (document, edits) in [(&mut self.one, one), (&mut self.other, other)] {
            for edit in edits {
                edit::apply(document, &self.section, &serde_json::from_value(edit.clone()).unwrap(), 0).unwrap();
            }
        }
        self.one.merge(&mut self.other).unwrap();
        self
    }

    fn sees(&self, kind: ViewKind, since_signed: bool) -> Value {
        let conflicts = conflicts(&self.one, None, &self.section);
        let heads = since_signed.then_some(self.signed_heads.as_slice());
        let content = read(&self.one, heads, &self.section);
        let (plan, person, signature) = ("p1".parse().unwrap(), person(), signed());
        let header = Header {
            plan: &plan,
            version: 1,
            published_at: UtcMillis(0),
            person: &person,
            circumstances: &Circumstances::default(),
        };
        let signed = since_signed.then_some(&signature);
        let view = SectionView { conflicts: &conflicts, signed, ..view_of(&self.section, &content) };
        let bytes = render(kind, &header, &[view], &self.authors());
        assert_eq!(bytes, render(kind, &header, &[view], &self.authors()), "the same inputs give the same bytes");
        let body: Value = serde_json::from_slice(&bytes).unwrap();
        body["sections"][0]["fields"].clone()
    }

    fn field(&self, kind: ViewKind, since_signed: bool, field: &str) -> Value {
        let fields = self.sees(kind, since_signed);
        let mut found = fields.as_array().into_iter().flatten().filter(|body| body["field"] == field);
        let body = found.next().cloned().unwrap_or_default();
        assert!(found.next().is_none(), "a field stands once");
        body
    }

    /// The first device is Dr Alves', the other one is nurse Berg's.
    fn authors(&self) -> Authors {
        let changes = self.one.get_changes_meta(&[]);
        let author = |actor: &ActorId| {
            let mut by = signed().by;
            if *actor == ActorId::from([2; 16]) {
                (by.name, by.job_title) = ("Nurse Berg".to_owned(), "District nurse".to_owned());
            }
            Author { by, at: UtcMillis(0) }
        };
        changes.iter().map(|change| (change.hash, author(&change.actor))).collect()
    }
}

fn by_alves(mut said: Value) -> Value {
    let by = json!({"by": "Dr Ines Alves", "job_title": "Consultant haematologist",
        "organisation": "Northgate Hospital", "at": "1970-01-01T00:00:00.000Z"});
    said.as_object_mut().unwrap().extend(by.as_object().unwrap().clone());
    said
}

fn by_berg(said: Value) -> Value {
    let mut said = by_alves(said);
    said["by"] = "Nurse Berg".into();
    said["job_title"] = "District nurse".into();
    said
}

fn contenders(body: &Value) -> Vec<Value> {
    let mut all = body["contenders"].as_array().cloned().unwrap_or_default();
    all.sort_by_key(|one| one["by"].as_str().unwrap_or_default().to_owned());
    all
}

fn dose(drug: &str, reason: &str) -> Value {
    json!({"set-group": {"field": "dose", "values": {"drug": drug, "reason": reason}}})
}

#[test]
fn a_disputed_value_stands_once_without_a_value_and_says_who_wrote_what() {
    let world = World::begun(&[]).apart(&[dose("morphine", "fast")], &[dose("ketamine", "gentle")]);
    let body = world.field(ViewKind::Clinical, false, "dose");
    assert_eq!(
        (&body["label"], &body["disputed"], &body["urgent"]),
        (&json!("Dose (not agreed)"), &json!(true), &json!(true))
    );
    assert!(body.get("value").is_none() && body.get("fields").is_none() && body.get("display").is_none());
    let said = contenders(&body);
    assert_eq!(said.len(), 2);
    assert_eq!(said[0]["display"], "morphine, fast");
    assert_eq!(said[0]["fields"][0]["display"], "morphine");
    assert_eq!((&said[1]["display"], &said[1]["by"]), (&json!("ketamine, gentle"), &json!("Nurse Berg")));
    assert_eq!(said[1], by_berg(json!({"display": "ketamine, gentle", "fields": said[1]["fields"]})));
}

#[test]
fn what_an_audience_may_not_see_is_not_said_by_any_contender_either() {
    let world = World::begun(&[]).apart(&[dose("morphine", "fast")], &[dose("ketamine", "gentle")]);
    let urgent = world.field(ViewKind::Urgent, false, "dose").to_string();
    assert!(urgent.contains("morphine") && urgent.contains("ketamine"));
    assert!(!urgent.contains("fast") && !urgent.contains("gentle") && !urgent.contains("Reason"), "{urgent}");
    assert!(world.field(ViewKind::SocialCare, false, "dose").is_null());
}

#[test]
fn a_signed_value_stays_and_is_marked_as_disputed_since() {
    let world =
        World::begun(&[dose("paracetamol", "usual")]).apart(&[dose("morphine", "fast")], &[dose("ketamine", "gentle")]);
    let body = world.field(ViewKind::Urgent, true, "dose");
    assert_eq!(body["label"], "Dose (disputed since it was signed)");
    assert_eq!(body["fields"][0]["display"], "paracetamol");
    assert_eq!((&body["disputed"], contenders(&body).len()), (&json!(true), 2));
}

#[test]
fn a_field_that_was_empty_when_it_was_signed_says_that_it_is_disputed_now() {
    let world = World::begun(&[]).apart(&[dose("morphine", "fast")], &[dose("ketamine", "gentle")]);
    let body = world.field(ViewKind::Urgent, true, "dose");
    assert_eq!(body["disputed"], true);
    assert!(body.get("fields").is_none());
}

#[test]
fn whoever_took_a_value_away_is_named_too() {
    let world = World::begun(&[dose("paracetamol", "usual")])
        .apart(&[json!({"clear": {"field": "dose"}})], &[dose("ketamine", "gentle")]);
    let said = contenders(&world.field(ViewKind::Clinical, false, "dose"));
    assert_eq!(said[0], by_alves(json!({"display": "(taken away)"})));
    assert_eq!(said[1]["display"], "ketamine, gentle");
}

#[test]
fn the_narrower_choice_is_marked_as_the_one_that_applies() {
    let share = |code: &str| [json!({"set": {"field": "sharing", "value": code}})];
    let world = World::begun(&[]).apart(&share("all"), &share("none"));
    let said = contenders(&world.field(ViewKind::Person, false, "sharing"));
    assert_eq!(said[0], by_alves(json!({"display": "Everybody", "value": "all"})));
    assert_eq!(said[1], by_berg(json!({"display": "Nobody", "value": "none", "applies": true})));
}

#[test]
fn an_allergy_is_shown_and_no_known_allergy_beside_it_never_as_a_value() {
    let none = [json!({"set": {"field": "none_known", "value": "716186003"}})];
    let some =
        [json!({"add-item": {"field": "allergies", "id": "a", "values": {"agent": "Penicillin", "note": "Hives"}}})];
    let world = World::begun(&[]).apart(&none, &some);
    for kind in [ViewKind::Urgent, ViewKind::Person] {
        let body = world.field(kind, false, "none_known");
        assert!(body.get("value").is_none() && body.get("display").is_none(), "{body}");
        let said = contenders(&body);
        assert_eq!(said[0]["display"], "No known allergies");
        assert_eq!((&said[1]["display"], &said[1]["applies"]), (&json!("Penicillin"), &json!(true)));
        assert_eq!(said[1]["fields"][0]["items"][0]["fields"][0]["display"], "Penicillin");
        assert!(!body.to_string().contains("Hives"), "{body}");
        assert_eq!(world.field(kind, false, "allergies")["items"][0]["fields"][0]["display"], "Penicillin");
    }
    let signed = World::begun(&none).apart(&[], &some);
    let body = signed.field(ViewKind::Urgent, true, "none_known");
    assert!(body.get("value").is_none(), "also where somebody signed it: {body}");
    assert_eq!(body["label"], "No known allergies (disputed since it was signed)");
    assert_eq!(contenders(&body)[1]["display"], "Penicillin");
}

#[test]
fn an_item_that_one_removed_and_another_edited_stays_in_sight() {
    let start = [json!({"add-item": {"field": "allergies", "id": "a", "values": {"agent": "Penicillin"}}})];
    let removed = [json!({"remove-item": {"field": "allergies", "item": "a", "reason": "entered by mistake"}})];
    let edited =
        [json!({"set-item": {"field": "allergies", "item": "a", "subfield": "agent", "value": "Penicillin V"}})];
    let world = World::begun(&start).apart(&removed, &edited);
    for (since_signed, shown) in [(false, "Penicillin V"), (true, "Penicillin")] {
        let body = world.field(ViewKind::Urgent, since_signed, "allergies");
        let item = &body["items"][0];
        assert_eq!((&item["id"], &item["disputed"]), (&json!("a"), &json!(true)), "{body}");
        assert_eq!(item["fields"][0]["display"], shown);
        let said = contenders(item);
        assert_eq!(said[0], by_alves(json!({"display": "(taken away)"})));
        assert_eq!((&said[1]["display"], &said[1]["by"]), (&json!("Penicillin V"), &json!("Nurse Berg")));
    }
}

#[test]
fn an_item_that_two_made_under_one_id_has_no_agreed_content() {
    let made = |agent: &str| {
        [json!({"add-item": {"field": "allergies", "id": "a", "values": {"agent": agent, "note": "secret"}}})]
    };
    let world = World::begun(&[]).apart(&made("Penicillin"), &made("Latex"));
    let item = world.field(ViewKind::Urgent, false, "allergies")["items"][0].clone();
    assert_eq!((&item["disputed"], &item["fields"]), (&json!(true), &json!([])));
    let said: Vec<_> = contenders(&item).iter().map(|one| one["display"].clone()).collect();
    assert_eq!(said, ["Penicillin", "Latex"]);
    assert!(!item.to_string().contains("secret"));
}

#[test]
fn an_agreed_value_is_marked_by_nothing() {
    let start = [dose("morphine", "fast"), json!({"set": {"field": "sharing", "value": "all"}})];
    let world = World::begun(&start).apart(&[dose("ketamine", "gentle")], &[]);
    let clinical = world.sees(ViewKind::Clinical, false).to_string();
    assert!(!clinical.contains("disputed") && !clinical.contains("contenders"), "{clinical}");
    let same = World::begun(&[]).apart(&[dose("morphine", "fast")], &[dose("morphine", "fast")]);
    assert!(!same.sees(ViewKind::Clinical, false).to_string().contains("disputed"));
}

#[test]
fn what_nobody_may_be_named_for_is_said_without_a_name() {
    let world = World::begun(&[]).apart(&[dose("morphine", "fast")], &[dose("ketamine", "gentle")]);
    let content = Content { fields: Vec::<FieldContent>::new(), problems: Vec::new() };
    let conflicts = conflicts(&world.one, None, &world.section);
    let (plan, person) = ("p1".parse().unwrap(), person());
    let header = Header {
        plan: &plan,
        version: 1,
        published_at: UtcMillis(0),
        person: &person,
        circumstances: &Circumstances::default(),
    };
    let view = SectionView { conflicts: &conflicts, ..view_of(&world.section, &content) };
    let bytes = render(ViewKind::Urgent, &header, &[view], &Authors::new());
    let body: Value = serde_json::from_slice(&bytes).unwrap();
    let said = body["sections"][0]["fields"][0]["contenders"].as_array().unwrap().clone();
    assert!(said.len() == 2 && said.iter().all(|one| one.get("by").is_none()));
}

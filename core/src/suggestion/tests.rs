#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

use super::*;
use crate::section::Sections;
use serde_json::{Value, json};
use std::sync::Arc;

const SAMPLE: &str = r#"
id = "sample"
title = "Sample"
version = 1
order = 1
summary = "What can be suggested."
source = "invented"
writes = ["doctor"]
suggests = ["social-care"]
audiences = ["clinician", "social-care", "person"]
sign_off = "none"
field = [
  { id = "story", label = "Story", type = "text", merge = "T", max_chars = 20000 },
  { id = "route", label = "Route", type = "coded", merge = "C!", code = [
    { system = "s", code = "oral", display = "By mouth" }, { system = "s", code = "iv", display = "Into a vein" } ] },
  { id = "agreed", label = "Agreed", type = "yes-no", merge = "R", audiences = ["clinician", "person"] },
  { id = "dose", label = "Dose", type = "group", merge = "C!", part = [
    { id = "drug", label = "Drug", type = "line", merge = "C!", max_chars = 40 },
    { id = "amount", label = "Amount", type = "decimal", merge = "C!", unit = "mg" } ] },
  { id = "steps", label = "Steps", type = "list", merge = "S+", item_name = "step", max_items = 2, item = [
    { id = "what", label = "What", type = "line", merge = "C!", max_chars = 40 },
    { id = "who", label = "Who", type = "line", merge = "C!", max_chars = 40, audiences = ["clinician"] } ] },
]
"#;

fn section() -> Arc<Section> {
    Sections::load([("sample.toml".to_owned(), SAMPLE.to_owned())]).unwrap().in_order()[0].clone()
}

fn edit(value: Value) -> Edit {
    serde_json::from_value(value).unwrap()
}

fn opened(edits: &[Value]) -> Automerge {
    let mut document = content::empty_document().with_actor(ActorId::from([7; 16]));
    document.apply_changes([content::genesis(&section())]).unwrap();
    write(&mut document, edits);
    document
}

fn write(document: &mut Automerge, edits: &[Value]) {
    for value in edits {
        content::edit::apply(document, &section(), &edit(value.clone()), 0).unwrap();
    }
}

fn step(id: &str, what: &str) -> Value {
    json!({ "add-item": { "field": "steps", "id": id, "values": { "what": what, "who": "Daughter" } } })
}

fn words(value: Value, document: &Automerge) -> (String, String, Option<String>, String) {
    let (section, edit) = (section(), edit(value));
    let content = content::read(document, None, &section);
    let Proposal { path, label, proposed } = proposal(&section, &edit, Some(&content)).unwrap();
    (path, label, held(&section, &edit, &content), proposed)
}

#[test]
fn a_suggestion_says_where_it_points_what_stands_there_and_what_it_would_say() {
    let set = |field: &str, value: &str| json!({ "set": { "field": field, "value": value } });
    let document = opened(&[set("route", "oral"), step("s1", "Ring the ward")]);
    let group = json!({ "set-group": { "field": "dose", "values": { "drug": "Morphine", "amount": 2.5 } } });
    let item =
        |value: Value| json!({ "set-item": { "field": "steps", "item": "s1", "subfield": "who", "value": value } });
    for (suggested, path, label, current, proposed) in [
        (set("route", "iv"), "route", "Route", Some("By mouth"), "Into a vein"),
        (json!({ "clear": { "field": "route" } }), "route", "Route", Some("By mouth"), "(taken away)"),
        (json!({ "set-text": { "field": "story", "text": "A sea." } }), "story", "Story", None, "A sea."),
        (group, "dose", "Dose", None, "Morphine, 2.5 mg"),
        (item("Son".into()), "steps.s1.who", "Steps, Ring the ward: Who", Some("Daughter"), "Son"),
        (item(Value::Null), "steps.s1.who", "Steps, Ring the ward: Who", Some("Daughter"), "(taken away)"),
        (step("s2", "Open the window"), "steps.s2", "Steps", None, "Open the window, Daughter"),
        (
            json!({ "remove-item": { "field": "steps", "item": "s1", "reason": "The ward has closed" } }),
            "steps.s1",
            "Steps, Ring the ward",
            Some("Ring the ward, Daughter"),
            "Removed: The ward has closed",
        ),
    ] {
        let said = words(suggested.clone(), &document);
        let expected = (path.to_owned(), label.to_owned(), current.map(str::to_owned), proposed.to_owned());
        assert_eq!(said, expected, "{suggested}");
    }
}

#[test]
fn whoever_may_not_read_learns_nothing_of_the_item_they_point_at() {
    let suggested = edit(json!({ "remove-item": { "field": "steps", "item": "s1", "reason": "Gone" } }));
    assert_eq!(proposal(&section(), &suggested, None).unwrap().label, "Steps");
}

#[test]
fn two_values_are_both_said_where_nobody_has_agreed() {
    let base = opened(&[]);
    let mut one = base.fork().with_actor(ActorId::from([8; 16]));
    let mut other = base.fork().with_actor(ActorId::from([9; 16]));
    write(&mut one, &[json!({ "set": { "field": "route", "value": "oral" } })]);
    write(&mut other, &[json!({ "set": { "field": "route", "value": "iv" } })]);
    one.merge(&mut other).unwrap();
    let (_, _, current, _) = words(json!({ "set": { "field": "route", "value": "iv" } }), &one);
    assert_eq!(current.as_deref(), Some("Into a vein, or By mouth (not agreed)"));
}

#[test]
fn what_the_definition_does_not_allow_is_not_suggested() {
    let long = "x".repeat(EDIT_BYTES_MAX);
    for (suggested, message) in [
        (json!({ "set": { "field": "nothing", "value": "x" } }), "no field `nothing`"),
        (
            json!({ "set": { "field": "route", "value": "rectal" } }),
            "`route`: the value is not one of the field's codes",
        ),
        (json!({ "set": { "field": "story", "value": "x" } }), "`story` is collaborative text, which this edit"),
        (json!({ "set-group": { "field": "dose", "values": {} } }), "`dose`: the value is empty"),
        (json!({ "set-group": { "field": "dose", "values": { "x": 1 } } }), "no field `x`"),
        (json!({ "add-item": { "field": "steps", "id": "A b", "values": {} } }), "`A b` is not an item's id"),
        (json!({ "add-item": { "field": "steps", "id": "s1", "values": {} } }), "`steps`: the value is empty"),
        (json!({ "add-item": { "field": "route", "id": "s1", "values": {} } }), "`route` is a code, which this edit"),
        (json!({ "set-item": { "field": "steps", "item": "s1", "subfield": "x", "value": 1 } }), "no field `x`"),
        (
            json!({ "set-item": { "field": "steps", "item": "s1", "subfield": "who", "value": 1 } }),
            "`who`: the value is",
        ),
        (json!({ "remove-item": { "field": "steps", "item": "s1", "reason": " " } }), "`removed`: the value is empty"),
        (json!({ "move-item": { "field": "steps", "item": "s1", "order": 2 } }), "a value, an addition, a removal"),
        (json!({ "set-text": { "field": "story", "text": long } }), "the edit is larger than 32768 bytes"),
    ] {
        let refused = check_edit(&section(), &edit(suggested.clone())).unwrap_err().to_string();
        assert!(refused.starts_with(message), "{refused}");
    }
    assert!(check_reason("She said so").is_ok());
    for reason in ["", "  ", "two\nlines", &"x".repeat(501)] {
        assert!(check_reason(reason).is_err());
    }
}

#[test]
fn what_was_changed_since_it_was_proposed_is_noticed_and_nothing_else_is() {
    let set = |field: &str, value: &str| json!({ "set": { "field": field, "value": value } });
    let item =
        |value: &str| json!({ "set-item": { "field": "steps", "item": "s1", "subfield": "who", "value": value } });
    let remove = json!({ "remove-item": { "field": "steps", "item": "s1", "reason": "Gone" } });
    for (suggested, meanwhile, changed) in [
        (set("route", "iv"), vec![], false),
        (set("route", "iv"), vec![json!({ "set": { "field": "agreed", "value": true } }), step("s2", "x")], false),
        (set("route", "iv"), vec![set("route", "iv")], true),
        (set("route", "iv"), vec![json!({ "clear": { "field": "route" } })], true),
        (step("s2", "x"), vec![item("Son")], false),
        (step("s2", "x"), vec![step("s2", "y")], true),
        (item("Son"), vec![json!({ "move-item": { "field": "steps", "item": "s1", "order": 9 } })], false),
        (item("Son"), vec![item("Niece")], true),
        (item("Son"), vec![remove.clone()], true),
        (remove.clone(), vec![set("route", "iv")], false),
        (remove.clone(), vec![item("Niece")], true),
        (remove.clone(), vec![remove.clone()], true),
    ] {
        let mut document = opened(&[set("route", "oral"), step("s1", "Ring the ward")]);
        let seen = document.get_heads();
        write(&mut document, &meanwhile);
        let noticed = has_changed(&document, &seen, &section(), &edit(suggested.clone()));
        assert_eq!(noticed, changed, "{suggested} after {meanwhile:?}");
    }
    let document = opened(&[]);
    assert!(has_changed(&document, &[ChangeHash([9; 32])], &section(), &edit(set("route", "iv"))), "never seen here");
}

#[test]
fn the_change_that_applied_a_suggestion_is_found_and_nobody_can_pretend_it() {
    let marked = |actor: ActorId, id: &str, edited: bool| {
        let mut document = opened(&[]).with_actor(actor);
        let mark = mark(id, edited);
        let set = edit(json!({ "set": { "field": "agreed", "value": true } }));
        let change = content::edit::apply_saying(&mut document, &section(), &set, 0, &mark).unwrap();
        (document, Applied { change, edited })
    };
    for edited in [false, true] {
        let (document, made) = marked(content::service_actor("test"), "one", edited);
        assert_eq!(applied(&document, "one"), Some(made));
        assert_eq!(applied(&document, "two"), None);
        assert_eq!(applied(&marked(ActorId::from([3; 16]), "one", edited).0, "one"), None);
    }
}

#[test]
fn a_suggestion_is_for_no_more_readers_than_what_it_points_at() {
    use Audience::{Clinician, Emergency, Person, SocialCare};
    let set = |field: &str, value: Value| json!({ "set": { "field": field, "value": value } });
    let item =
        |subfield: &str| json!({ "set-item": { "field": "steps", "item": "s1", "subfield": subfield, "value": "x" } });
    for (suggested, audiences) in [
        (set("route", "iv".into()), &[Clinician, SocialCare, Person][..]),
        (set("agreed", true.into()), &[Clinician, Person]),
        (item("what"), &[Clinician, SocialCare, Person]),
        (item("who"), &[Clinician]),
        (step("s2", "x"), &[Clinician]),
        (set("nothing", 1.into()), &[]),
    ] {
        for audience in [Clinician, SocialCare, Emergency, Person] {
            let seen = is_published_to(&section(), &edit(suggested.clone()), audience);
            assert_eq!(seen, audiences.contains(&audience), "{suggested} {audience:?}");
        }
    }
}

#[test]
fn a_decision_may_change_what_is_said_and_not_what_it_is_about() {
    let set = |field: &str| edit(json!({ "set": { "field": field, "value": "oral" } }));
    assert!(same_field(&set("route"), &edit(json!({ "clear": { "field": "route" } }))));
    assert!(!same_field(&set("route"), &set("agreed")));
    let moved = edit(json!({ "move-item": { "field": "route", "item": "a", "order": 1 } }));
    assert!(!same_field(&set("route"), &moved) && !same_field(&moved, &moved));
}

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panic")]

use super::{edit::Edit, edit::EditError, *};
use crate::section::{Section, Sections};
use automerge::{ActorId, Automerge, Change, ObjType, ROOT, ReadDoc, ScalarValue, transaction::Transactable};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

const SAMPLE: &str = r#"
id = "sample"
title = "Sample"
version = 3
order = 1
summary = "One field of each type."
source = "invented"
writes = ["doctor"]
audiences = ["clinician"]
sign_off = "none"
field = [
  { id = "story", label = "Story", type = "text", merge = "T", max_chars = 200 },
  { id = "name", label = "Name", type = "line", merge = "R", max_chars = 20 },
  { id = "route", label = "Route", type = "coded", merge = "C!", code = [
    { system = "s", code = "oral", display = "By mouth" }, { system = "s", code = "iv", display = "Into a vein" } ] },
  { id = "agreed", label = "Agreed", type = "yes-no", merge = "R" },
  { id = "minutes", label = "Minutes", type = "integer", merge = "C!", min = 0, max = 60, unit = "minutes" },
  { id = "saturation", label = "Saturation", type = "decimal", merge = "C!", unit = "%" },
  { id = "review", label = "Review", type = "date", merge = "C!" },
  { id = "phone", label = "Phone", type = "phone", merge = "C!" },
  { id = "dose", label = "Dose", type = "group", merge = "C!", part = [
    { id = "drug", label = "Drug", type = "line", merge = "C!", max_chars = 40 },
    { id = "amount", label = "Amount", type = "decimal", merge = "C!" } ] },
  { id = "steps", label = "Steps", type = "list", merge = "S+", item_name = "step", max_items = 3, item = [
    { id = "what", label = "What", type = "line", merge = "C!", max_chars = 40 },
    { id = "notes", label = "Notes", type = "text", merge = "T", max_chars = 100 },
    { id = "dose", label = "Dose", type = "group", merge = "C!", part = [
      { id = "drug", label = "Drug", type = "line", merge = "C!", max_chars = 40 } ] } ] },
]
"#;

fn section() -> Arc<Section> {
    let sections = Sections::load([("sample.toml".to_owned(), SAMPLE.to_owned())]);
    sections.unwrap().in_order()[0].clone()
}

fn opened(section: &Section, actor: u8) -> Automerge {
    let mut document = empty_document().with_actor(ActorId::from([actor; 16]));
    document.apply_changes([genesis(section)]).unwrap();
    document
}

fn edit(value: Value) -> Edit {
    serde_json::from_value(value).unwrap()
}

/// Applies each edit, one second after the other.
fn write(document: &mut Automerge, section: &Section, edits: impl IntoIterator<Item = Value>) {
    for (second, value) in edits.into_iter().enumerate() {
        let told = value.to_string();
        edit::apply(document, section, &edit(value), second as i64).unwrap_or_else(|error| panic!("{told}: {error}"));
    }
}

/// What people read of a field, on one line.
fn words(content: &Content, field: &str) -> String {
    content.field(field).map_or_else(String::new, |field| value_words(&field.value))
}

fn value_words(value: &FieldValue) -> String {
    let inner = |fields: &[FieldContent]| {
        let words: Vec<_> =
            fields.iter().map(|field| format!("{}: {}", field.field, value_words(&field.value))).collect();
        words.join(", ")
    };
    match value {
        FieldValue::Text(text) => text.clone(),
        FieldValue::Single(single) => single.display.clone(),
        FieldValue::Group(parts) => format!("({})", inner(parts)),
        FieldValue::List(list) => {
            let items = list.items.iter().map(|item| format!("{}[{}]", item.id, inner(&item.fields)));
            let removed = list.removed.iter().map(|gone| format!("-{}[{}]", gone.item.id, gone.reason));
            items.chain(removed).collect::<Vec<_>>().join(" ")
        }
    }
}

#[test]
fn genesis_is_the_same_bytes_for_one_id_and_version() {
    let section = section();
    let change = genesis(&section);
    assert_eq!(change.raw_bytes(), genesis(&section).raw_bytes());
    assert_eq!((change.timestamp(), change.seq(), change.message()), (0, 1, None));
    assert!(change.deps().is_empty());
    // A change of these bytes would split every document from its copies on devices.
    assert_eq!(change.hash().to_string(), GENESIS_OF_SAMPLE);
    let mut raised = (*section).clone();
    raised.version += 1;
    assert_ne!(genesis(&raised).hash(), change.hash());
    let mut reordered = (*section).clone();
    reordered.fields.reverse();
    assert_eq!(genesis(&reordered).raw_bytes(), change.raw_bytes());
}

const GENESIS_OF_SAMPLE: &str = "735c65573771559c6c851d76b93568da5ad943a139baa89a8ef5c8639bb4e69f";

#[test]
fn genesis_passes_its_own_canonical_re_encoding() {
    let change = genesis(&section());
    assert_eq!(Change::from(change.decode()).raw_bytes(), change.raw_bytes());
}

#[test]
fn a_new_document_names_its_section_and_holds_empty_texts_and_lists_only() {
    let section = section();
    let document = opened(&section, 1);
    let (meta, fields) =
        (document.get(ROOT, "meta").unwrap().unwrap().1, document.get(ROOT, "fields").unwrap().unwrap().1);
    assert_eq!(document.get(&meta, "section").unwrap().unwrap().0.as_str(), Some("sample"));
    assert_eq!(document.get(&meta, "definition").unwrap().unwrap().0.as_i64(), Some(3));
    assert_eq!(document.keys(&fields).collect::<Vec<_>>(), ["steps", "story"]);
    assert_eq!(read(&document, None, &section), Content::default());
}

#[test]
fn every_type_of_field_reads_as_it_was_written() {
    let section = section();
    let mut document = opened(&section, 1);
    let edits = [
        json!({"set-text": {"field": "story", "text": "Ọlá likes\nthe garden 🌱"}}),
        json!({"set": {"field": "name", "value": "Ọlá"}}),
        json!({"set": {"field": "route", "value": "oral"}}),
        json!({"set": {"field": "agreed", "value": false}}),
        json!({"set": {"field": "minutes", "value": 30}}),
        json!({"set": {"field": "saturation", "value": 93.5}}),
        json!({"set": {"field": "review", "value": "2026-11-01"}}),
        json!({"set": {"field": "phone", "value": "020 7946 0018"}}),
        json!({"set-group": {"field": "dose", "values": {"drug": "morphine", "amount": 10}}}),
        json!({"add-item": {"field": "steps", "id": "b", "values": {"what": "Rest", "dose": {"drug": "fluids"}}}}),
        json!({"add-item": {"field": "steps", "id": "a", "values": {"what": "Ring", "notes": "day or night"}}}),
        json!({"set-item": {"field": "steps", "item": "b", "subfield": "notes", "value": "warm"}}),
    ];
    write(&mut document, &section, edits);
    let content = read(&document, None, &section);
    assert_eq!(content.problems, []);
    let expected = [
        ("story", "Ọlá likes\nthe garden 🌱"),
        ("name", "Ọlá"),
        ("route", "By mouth"),
        ("agreed", "No"),
        ("minutes", "30 minutes"),
        ("saturation", "93.5%"),
        ("review", "1 November 2026"),
        ("phone", "020 7946 0018"),
        ("dose", "(drug: morphine, amount: 10)"),
        ("steps", "b[what: Rest, notes: warm, dose: (drug: fluids)] a[what: Ring, notes: day or night]"),
    ];
    for (field, told) in expected {
        assert_eq!(words(&content, field), told);
    }
    let order: Vec<_> = content.fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(order, expected.map(|(field, _)| field));
}

#[test]
fn a_document_is_read_at_its_heads_as_it_was_then() {
    let section = section();
    let mut document = opened(&section, 1);
    write(
        &mut document,
        &section,
        [
            json!({"set-text": {"field": "story", "text": "first"}}),
            json!({"add-item": {"field": "steps", "id": "a", "values": {"what": "Ring"}}}),
        ],
    );
    let then = document.get_heads();
    let before = read(&document, None, &section);
    write(
        &mut document,
        &section,
        [
            json!({"set-text": {"field": "story", "text": "first and second"}}),
            json!({"set": {"field": "name", "value": "late"}}),
            json!({"move-item": {"field": "steps", "item": "a", "order": -1.5}}),
            json!({"remove-item": {"field": "steps", "item": "a", "reason": "done"}}),
        ],
    );
    assert_eq!(read(&document, Some(&then), &section), before);
    let now = read(&document, None, &section);
    assert_eq!(words(&now, "story"), "first and second");
    assert_eq!(words(&now, "steps"), "-a[done]");
    assert_eq!(read(&load_document(&document.save()).unwrap(), Some(&then), &section), before);
}

#[test]
fn what_is_cleared_is_gone_and_items_stand_by_order_then_id() {
    let section = section();
    let mut document = opened(&section, 1);
    write(
        &mut document,
        &section,
        [
            json!({"set-text": {"field": "story", "text": "x"}}),
            json!({"clear": {"field": "story"}}),
            json!({"set": {"field": "name", "value": "x"}}),
            json!({"clear": {"field": "name"}}),
            json!({"set-group": {"field": "dose", "values": {"drug": "x"}}}),
            json!({"clear": {"field": "dose"}}),
            json!({"add-item": {"field": "steps", "id": "z", "order": 1, "values": {}}}),
            json!({"add-item": {"field": "steps", "id": "y", "order": 1, "values": {"what": "x"}}}),
            json!({"set-item": {"field": "steps", "item": "y", "subfield": "what", "value": null}}),
            json!({"add-item": {"field": "steps", "id": "w", "order": 0.5, "values": {}}}),
        ],
    );
    let content = read(&document, None, &section);
    assert_eq!(content.fields.len(), 1);
    assert_eq!(words(&content, "steps"), "w[] y[] z[]");
}

#[test]
fn an_edit_that_the_definition_does_not_allow_leaves_the_document_as_it_was() {
    let section = section();
    let mut document = opened(&section, 1);
    write(
        &mut document,
        &section,
        [
            json!({"add-item": {"field": "steps", "id": "a", "values": {}}}),
            json!({"add-item": {"field": "steps", "id": "gone", "values": {}}}),
            json!({"remove-item": {"field": "steps", "item": "gone", "reason": "wrong"}}),
            json!({"set": {"field": "name", "value": "Ada"}}),
        ],
    );
    let before = document.save();
    let cases = [
        (json!({"set": {"field": "colour", "value": 1}}), "no field `colour`"),
        (
            json!({"set": {"field": "story", "value": "x"}}),
            "`story` is collaborative text, which this edit does not change",
        ),
        (
            json!({"set-text": {"field": "name", "text": "x"}}),
            "`name` is a line of text, which this edit does not change",
        ),
        (json!({"set": {"field": "route", "value": "tablet"}}), "`route`: the value is not one of the field's codes"),
        (json!({"set": {"field": "minutes", "value": 61}}), "`minutes`: the number is outside the field's range"),
        (json!({"set": {"field": "minutes", "value": "30"}}), "`minutes`: the value is not a whole number"),
        (json!({"set": {"field": "minutes", "value": [1]}}), "`minutes`: the value is not a whole number"),
        (json!({"set": {"field": "name", "value": "Ada"}}), "the edit changes nothing"),
        (json!({"clear": {"field": "route"}}), "the edit changes nothing"),
        (json!({"clear": {"field": "steps"}}), "`steps` is a list, which this edit does not change"),
        (json!({"set-group": {"field": "dose", "values": {"colour": 1}}}), "no field `colour`"),
        (
            json!({"set-group": {"field": "dose", "values": {}}}),
            "`dose`: the value is empty; a cleared field holds nothing",
        ),
        (json!({"add-item": {"field": "steps", "id": "a", "values": {}}}), "there is an item `a` already"),
        (json!({"add-item": {"field": "steps", "id": "A b", "values": {}}}), "`A b` is not an item's id"),
        (json!({"add-item": {"field": "steps", "id": "b", "values": {"colour": 1}}}), "no field `colour`"),
        (
            json!({"add-item": {"field": "steps", "id": "b", "values": {"what": "x", "notes": 7}}}),
            "`notes`: the value is not collaborative text",
        ),
        (json!({"set-item": {"field": "steps", "item": "b", "subfield": "what", "value": "x"}}), "no item `b`"),
        (json!({"set-item": {"field": "steps", "item": "gone", "subfield": "what", "value": "x"}}), "no item `gone`"),
        (json!({"set-item": {"field": "steps", "item": "a", "subfield": "order", "value": 1}}), "no field `order`"),
        (
            json!({"remove-item": {"field": "steps", "item": "a", "reason": " "}}),
            "`removed`: the value is empty; a cleared field holds nothing",
        ),
    ];
    for (value, told) in cases {
        let error = edit::apply(&mut document, &section, &edit(value), 9).unwrap_err();
        assert_eq!(error.to_string(), told);
        assert_eq!(document.save(), before, "{told}");
    }
    write(&mut document, &section, [json!({"add-item": {"field": "steps", "id": "c", "values": {}}})]);
    let full = edit(json!({"add-item": {"field": "steps", "id": "d", "values": {}}}));
    assert_eq!(edit::apply(&mut document, &section, &full, 9), Err(EditError::ListFull));
    let mut blank = empty_document();
    let set = edit(json!({"set": {"field": "name", "value": "x"}}));
    assert_eq!(edit::apply(&mut blank, &section, &set, 9), Err(EditError::NoPlace("fields".to_owned())));
    assert!(serde_json::from_value::<Edit>(json!({"set": {"field": "name", "value": 1, "colour": 2}})).is_err());
}

#[test]
fn values_set_without_having_seen_each_other_are_all_there_and_the_same_on_both_sides() {
    let section = section();
    let (mut one, mut two) = (opened(&section, 1), opened(&section, 2));
    let both = |value: Value| [json!({"set": {"field": "agreed", "value": true}}), value];
    write(&mut one, &section, both(json!({"set": {"field": "phone", "value": "020 7946 0001"}})));
    write(&mut two, &section, both(json!({"set": {"field": "phone", "value": "020 7946 0002"}})));
    write(&mut one, &section, [json!({"set-group": {"field": "dose", "values": {"drug": "a"}}})]);
    write(&mut two, &section, [json!({"set-group": {"field": "dose", "values": {"drug": "b"}}})]);
    one.merge(&mut two).unwrap();
    two.merge(&mut one).unwrap();
    let content = read(&one, None, &section);
    assert_eq!(content, read(&two, None, &section));
    assert_eq!(content, read(&one, Some(&one.get_heads()), &section));
    let phone = content.field("phone").unwrap();
    let mut numbers = vec![value_words(&phone.value), value_words(&phone.others[0])];
    numbers.sort();
    assert_eq!((numbers, phone.others.len()), (vec!["020 7946 0001".to_owned(), "020 7946 0002".to_owned()], 1));
    assert_eq!(content.field("dose").unwrap().others.len(), 1);
    assert_eq!(content.field("agreed").unwrap().others, [], "both said the same");
    write(&mut one, &section, [json!({"set": {"field": "phone", "value": "020 7946 0001"}})]);
    assert_eq!(read(&one, None, &section).field("phone").unwrap().others, [], "somebody picked");
}

#[test]
fn whatever_a_document_holds_is_reported_and_never_hides_the_rest() {
    let section = section();
    let mut document = opened(&section, 1);
    let mut transaction = document.transaction();
    let fields = transaction.get(ROOT, "fields").unwrap().unwrap().1;
    let steps = transaction.get(&fields, "steps").unwrap().unwrap().1;
    transaction.put(ROOT, "stranger", 1).unwrap();
    transaction.put(&fields, "stranger", 1).unwrap();
    transaction.put(&fields, "story", "scalar where text belongs").unwrap();
    transaction.put_object(&fields, "name", ObjType::List).unwrap();
    transaction.put(&fields, "agreed", 1).unwrap();
    transaction.put(&fields, "minutes", 99).unwrap();
    transaction.put(&fields, "saturation", f64::NAN).unwrap();
    transaction.put(&fields, "route", "retired-code").unwrap();
    transaction.put(&fields, "dose", "scalar").unwrap();
    transaction.put(&steps, "Bad Id", 1).unwrap();
    transaction.put(&steps, "scalar", 1).unwrap();
    let item = transaction.put_object(&steps, "odd", ObjType::Map).unwrap();
    transaction.put(&item, "order", "first").unwrap();
    transaction.put(&item, "removed", ScalarValue::Null).unwrap();
    transaction.put(&item, "what", "Kept").unwrap();
    transaction.commit();
    let content = read(&document, None, &section);
    let problems: Vec<_> =
        content.problems.iter().map(|problem| format!("{}: {}", problem.path, problem.kind)).collect();
    assert_eq!(
        problems,
        [
            "story: not of the shape that the definition asks for",
            "name: not of the shape that the definition asks for",
            "route: the value is not one of the field's codes",
            "agreed: the value is not yes or no",
            "minutes: the number is outside the field's range",
            "saturation: the value is not a usable number",
            "dose: not of the shape that the definition asks for",
            "steps.Bad Id: not an item's id",
            "steps.odd: an item without a usable order",
            "steps.odd.removed: not of the shape that the definition asks for",
            "steps.scalar: not of the shape that the definition asks for",
        ]
    );
    assert_eq!(words(&content, "route"), "retired-code");
    assert_eq!(words(&content, "minutes"), "99 minutes");
    assert_eq!(words(&content, "steps"), "-odd[]");
    assert_eq!(content.fields.len(), 3);
    let nothing = read(&empty_document(), None, &section);
    assert_eq!(nothing.problems, [Problem { path: String::new(), kind: ProblemKind::NoFields }]);
}

#[test]
fn a_removed_item_is_brought_back_as_it_was() {
    let section = section();
    let mut document = opened(&section, 1);
    write(
        &mut document,
        &section,
        [json!({"add-item": {"field": "steps", "id": "a", "values": {"what": "Ring 999"}}})],
    );
    let before = read(&document, None, &section);
    let restore = edit(json!({"restore-item": {"field": "steps", "item": "a"}}));
    assert_eq!(edit::apply(&mut document, &section, &restore, 1), Err(EditError::NoChange));
    write(&mut document, &section, [json!({"remove-item": {"field": "steps", "item": "a", "reason": "wrong"}})]);
    edit::apply(&mut document, &section, &restore, 2).unwrap();
    assert_eq!(read(&document, None, &section), before);
    let unknown = edit(json!({"restore-item": {"field": "steps", "item": "b"}}));
    assert_eq!(edit::apply(&mut document, &section, &unknown, 3), Err(EditError::NoItem("b".to_owned())));
}

#[test]
fn edits_made_together_are_one_change_or_none() {
    let section = section();
    let mut document = opened(&section, 1);
    let good = edit(json!({"set": {"field": "name", "value": "Ama"}}));
    let bad = edit(json!({"set": {"field": "minutes", "value": 99}}));
    let heads = document.get_heads();
    assert!(edit::apply_all(&mut document, &section, &[good.clone(), bad], 1).is_err());
    assert_eq!(document.get_heads(), heads);
    let other = edit(json!({"set": {"field": "minutes", "value": 9}}));
    let hash = edit::apply_all(&mut document, &section, &[good, other], 1).unwrap();
    assert_eq!(document.get_heads(), [hash]);
    assert_eq!(
        (words(&read(&document, None, &section), "name").as_str(), document.get_changes_meta(&[]).len()),
        ("Ama", 2)
    );
}

#[test]
fn bytes_that_are_no_document_are_refused() {
    let section = section();
    let saved = opened(&section, 1).save();
    assert!(load_document(&saved).is_ok());
    assert!(load_document(&saved[..saved.len() - 1]).is_err());
    assert!(load_document(&[saved.as_slice(), b"garbage"].concat()).is_err());
    assert!(load_document(b"garbage").is_err());
    let loaded = load_document(&saved).unwrap();
    assert_eq!(loaded.text_encoding(), automerge::TextEncoding::Utf16CodeUnit);
    assert_eq!(empty_document().text_encoding(), loaded.text_encoding());
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let item = || prop::sample::select(vec!["a", "b", "c", "d"]).prop_map(str::to_owned);
    let values = |what: String| BTreeMap::from([("what".to_owned(), json!(what)), ("notes".to_owned(), json!(what))]);
    prop_oneof![
        "[a-zé🌱 \n]{0,12}".prop_map(|text| Edit::SetText { field: "story".into(), text }),
        "[a-z]{1,6}".prop_map(|name| Edit::Set { field: "name".into(), value: json!(name) }),
        (0..60_i64).prop_map(|minutes| Edit::Set { field: "minutes".into(), value: json!(minutes) }),
        Just(Edit::Clear { field: "minutes".into() }),
        "[a-z]{1,6}".prop_map(|drug| Edit::SetGroup {
            field: "dose".into(),
            values: BTreeMap::from([("drug".to_owned(), json!(drug))]),
        }),
        (item(), "[a-z]{1,6}").prop_map(move |(id, what)| Edit::AddItem {
            field: "steps".into(),
            id,
            order: None,
            values: values(what),
        }),
        (item(), "[a-z ]{0,6}").prop_map(|(item, text)| Edit::SetItem {
            field: "steps".into(),
            item,
            subfield: "notes".into(),
            value: json!(text),
        }),
        (item(), -3.0..3.0_f64).prop_map(|(item, order)| Edit::MoveItem { field: "steps".into(), item, order }),
        item().prop_map(|item| Edit::RemoveItem { field: "steps".into(), item, reason: "done".into() }),
    ]
}

proptest! {
    #[test]
    fn replicas_that_have_seen_the_same_edits_read_the_same(
        edits in prop::collection::vec((any_edit(), 0..3_usize, prop::bool::weighted(0.2)), 1..40),
    ) {
        let section = section();
        let mut replicas = [opened(&section, 1), opened(&section, 2), opened(&section, 3)];
        for (second, (edit, at, meet)) in edits.iter().enumerate() {
            let _ = edit::apply(&mut replicas[*at], &section, edit, second as i64);
            if *meet {
                let mut other = replicas[(at + 1) % 3].clone();
                replicas[*at].merge(&mut other).unwrap();
            }
        }
        let heads: Vec<_> = replicas.iter().map(Automerge::get_heads).collect();
        let before: Vec<_> = replicas.iter().map(|replica| read(replica, None, &section)).collect();
        let mut all = opened(&section, 4);
        for replica in &mut replicas {
            all.merge(replica).unwrap();
        }
        for replica in &mut replicas {
            replica.merge(&mut all.clone()).unwrap();
        }
        let now = read(&all, None, &section);
        prop_assert!(now.problems.iter().all(|problem| matches!(problem.kind, ProblemKind::Value(_))), "{:?}", now.problems);
        let reloaded = load_document(&all.save()).unwrap();
        for replica in replicas.iter().chain([&reloaded]) {
            prop_assert_eq!(&read(replica, None, &section), &now);
        }
        for (heads, before) in heads.iter().zip(&before) {
            prop_assert_eq!(&read(&all, Some(heads), &section), before);
        }
    }
}

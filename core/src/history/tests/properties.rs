//! What must hold for any edits of several people who see each other now and then.

use super::*;
use crate::content::{Content, FieldContent, FieldValue};
use automerge::{ObjId, ObjType, ROOT, ReadDoc, Value as Held};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// What one step of a run does, before it is known which items there are.
#[derive(Debug, Clone)]
enum Doing {
    Edit(Value),
    Add(String),
    SetItem(usize, &'static str, Value),
    Move(usize, f64),
    Remove(usize),
    Restore(usize),
}

fn doing() -> impl Strategy<Value = Doing> {
    let place = prop::sample::select(vec!["home", "hospital", "hospice"]);
    prop_oneof![
        "[a-d ]{0,12}".prop_map(|it| Doing::Edit(text(&it))),
        place.prop_map(|place| Doing::Edit(set("place", place))),
        "[a-c]{1,2}".prop_map(|name| Doing::Edit(set("name", name))),
        (0..4_i64).prop_map(|minutes| Doing::Edit(set("minutes", minutes))),
        prop::sample::select(vec!["place", "minutes", "dose", "story"]).prop_map(|field| Doing::Edit(clear(field))),
        (0..3_i64).prop_map(|amount| {
            Doing::Edit(json!({ "set-group": { "field": "dose", "values": { "drug": "x", "amount": amount } } }))
        }),
        "[a-c]{1,2}".prop_map(Doing::Add),
        (0..4_usize, "[a-c]{1,2}").prop_map(|(item, name)| Doing::SetItem(item, "name", json!(name))),
        (0..4_usize, "[a-c]{0,3}").prop_map(|(item, notes)| Doing::SetItem(item, "notes", json!(notes))),
        (0..4_usize).prop_map(|item| Doing::SetItem(item, "name", Value::Null)),
        (0..4_usize, 0..5_i32).prop_map(|(item, order)| Doing::Move(item, f64::from(order))),
        (0..4_usize).prop_map(Doing::Remove),
        (0..4_usize).prop_map(Doing::Restore),
    ]
}

/// Several replicas, and what the test itself remembers of every change.
struct Run {
    section: Arc<Section>,
    replicas: Vec<Automerge>,
    seen: Vec<BTreeSet<ChangeHash>>,
    /// What the author of each change had seen.
    past: BTreeMap<ChangeHash, BTreeSet<ChangeHash>>,
    /// Who wrote at each path.
    writes: BTreeMap<String, Vec<ChangeHash>>,
    /// Single values that somebody set again to what was shown.
    said_again: BTreeSet<String>,
    items: usize,
}

impl Run {
    fn of(replicas: usize, steps: &[(Doing, usize, bool)]) -> Self {
        let section = section();
        let mut run = Self {
            replicas: (0..replicas).map(|replica| opened(&section, replica as u8 + 1)).collect(),
            seen: vec![BTreeSet::new(); replicas],
            section,
            past: BTreeMap::new(),
            writes: BTreeMap::new(),
            said_again: BTreeSet::new(),
            items: 0,
        };
        for (doing, at, meet) in steps {
            let at = at % replicas;
            run.step(at, doing);
            if *meet {
                run.learn(at, (at + 1) % replicas);
            }
        }
        run
    }

    fn content(&self, at: usize) -> Content {
        content::read(&self.replicas[at], None, &self.section)
    }

    fn learn(&mut self, at: usize, from: usize) {
        let mut other = self.replicas[from].clone();
        self.replicas[at].merge(&mut other).unwrap();
        let known = self.seen[from].clone();
        self.seen[at].extend(known);
    }

    fn all_meet(&mut self) {
        for other in 1..self.replicas.len() {
            self.learn(0, other);
        }
    }

    fn step(&mut self, at: usize, doing: &Doing) -> Option<ChangeHash> {
        let content = self.content(at);
        let list = match content.field("people").map(|field| &field.value) {
            Some(FieldValue::List(list)) => list.clone(),
            _ => content::List::default(),
        };
        let standing = |nth: usize| list.items.get(nth).map(|item| item.id.clone());
        let value = match doing {
            Doing::Edit(value) => value.clone(),
            Doing::Add(name) => {
                self.items += 1;
                add(&format!("i{}", self.items), json!({ "name": name }))
            }
            Doing::SetItem(nth, subfield, value) => set_item(&standing(*nth)?, subfield, value.clone()),
            Doing::Move(nth, order) => move_to(&standing(*nth)?, *order),
            Doing::Remove(nth) => remove(&standing(*nth)?, "gone"),
            Doing::Restore(nth) => restore(&list.removed.get(*nth)?.item.id),
        };
        let made: Edit = serde_json::from_value(value).unwrap();
        let change = edit::apply(&mut self.replicas[at], &self.section, &made, 0).ok()?;
        let now = self.content(at);
        let same = |path: &String| is_single(path) && at_path(&content, path) == at_path(&now, path);
        for path in paths(&made) {
            // Whoever says again what stands there takes away what stood beside it, and is who says so last.
            if same(&path) {
                self.said_again.insert(path.clone());
            }
            self.writes.entry(path).or_default().push(change);
        }
        self.past.insert(change, self.seen[at].clone());
        self.seen[at].insert(change);
        Some(change)
    }

    /// The writes at a path that no other writer there had seen.
    fn newest(&self, path: &str) -> Vec<ChangeHash> {
        let all = &self.writes[path];
        let overtaken = |write: &ChangeHash| all.iter().any(|by| self.past[by].contains(write));
        all.iter().filter(|write| !overtaken(write)).copied().collect()
    }
}

fn paths(edit: &Edit) -> Vec<String> {
    match edit {
        Edit::SetText { field, .. }
        | Edit::Set { field, .. }
        | Edit::Clear { field }
        | Edit::SetGroup { field, .. } => vec![field.clone()],
        Edit::AddItem { field, id, values, .. } => {
            let below = values.keys().map(|key| format!("{field}.{id}.{key}"));
            below.chain([format!("{field}.{id}")]).collect()
        }
        Edit::SetItem { field, item, subfield, .. } => vec![format!("{field}.{item}.{subfield}")],
        Edit::MoveItem { field, item, .. }
        | Edit::RemoveItem { field, item, .. }
        | Edit::RestoreItem { field, item } => vec![format!("{field}.{item}")],
        Edit::Settle { path, .. } => vec![path.clone()],
    }
}

fn is_single(path: &str) -> bool {
    ["place", "name", "minutes"].contains(&path) || path.ends_with(".name")
}

fn at_path(content: &Content, path: &str) -> Option<FieldValue> {
    let parts: Vec<&str> = path.split('.').collect();
    let field = content.field(parts[0])?;
    let found = match &field.value {
        FieldValue::List(list) => {
            let item = list.items.iter().find(|item| item.id == parts[1])?;
            item.fields.iter().find(|field| field.field.as_str() == parts[2])?
        }
        _ => field,
    };
    Some(found.value.clone())
}

/// Every path that holds something, of single values with the change that automerge itself says set it.
fn holding(document: &Automerge, content: &Content) -> BTreeMap<String, Option<ChangeHash>> {
    let (_, fields) = document.get(ROOT, "fields").unwrap().unwrap();
    let mut found = BTreeMap::new();
    let setter = |object: &ObjId, field: &FieldContent| match document.get(object, field.field.as_str()).unwrap() {
        Some((Held::Object(ObjType::Text), _)) | None => None,
        Some((_, id)) => document.hash_for_opid(&id),
    };
    for field in &content.fields {
        let FieldValue::List(list) = &field.value else {
            found.insert(field.field.to_string(), setter(&fields, field));
            continue;
        };
        let (_, held) = document.get(&fields, field.field.as_str()).unwrap().unwrap();
        for item in list.items.iter().chain(list.removed.iter().map(|removed| &removed.item)) {
            let (_, object) = document.get(&held, item.id.as_str()).unwrap().unwrap();
            found.insert(format!("{}.{}", field.field, item.id), None);
            for below in &item.fields {
                found.insert(format!("{}.{}.{}", field.field, item.id, below.field), setter(&object, below));
            }
        }
    }
    found
}

/// The content without items that were not there `before`, which no undo takes out of a document again.
fn without_new_removed(content: &Content, before: &Content) -> Content {
    let mut content = content.clone();
    let known = |id: &str| match before.field("people").map(|field| &field.value) {
        Some(FieldValue::List(list)) => {
            list.items.iter().chain(list.removed.iter().map(|removed| &removed.item)).any(|item| item.id == id)
        }
        _ => false,
    };
    for field in &mut content.fields {
        if let FieldValue::List(list) = &mut field.value {
            list.removed.retain(|removed| known(&removed.item.id));
        }
    }
    content
}

/// The content with what lost in a fixed order, and without its problems.
fn comparable(content: &Content) -> Content {
    let mut content = content.clone();
    fn sorted(fields: &mut [FieldContent]) {
        for field in fields {
            field.others.sort_by_key(|other| format!("{other:?}"));
            if let FieldValue::List(list) = &mut field.value {
                list.items.iter_mut().for_each(|item| sorted(&mut item.fields));
                list.removed.iter_mut().for_each(|removed| sorted(&mut removed.item.fields));
            }
        }
    }
    sorted(&mut content.fields);
    content.fields.retain(|field| field.value != FieldValue::List(content::List::default()));
    content.problems.clear();
    content
}

fn steps_of() -> impl Strategy<Value = Vec<(Doing, usize, bool)>> {
    prop::collection::vec((doing(), 0..4_usize, prop::bool::weighted(0.4)), 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_differs_between_a_moment_and_itself_and_something_between_any_two(
        replicas in 2..5_usize, steps in steps_of(),
    ) {
        let mut run = Run::of(replicas, &steps);
        let mut moments: Vec<Content> = (0..replicas).map(|at| run.content(at)).collect();
        run.all_meet();
        moments.push(run.content(0));
        for before in &moments {
            for after in &moments {
                let same = comparable(before) == comparable(after);
                let found = differences(&run.section, before, after);
                prop_assert_eq!(found.is_empty(), same, "{:?}", found);
            }
        }
    }

    #[test]
    fn the_author_of_each_field_is_whoever_wrote_there_last(replicas in 2..5_usize, steps in steps_of()) {
        let mut run = Run::of(replicas, &steps);
        run.all_meet();
        let content = run.content(0);
        let document = &run.replicas[0];
        let trace = Trace::build(document, None, &run.section);
        let found = authors(&content, &trace);
        let held = holding(document, &content);
        let paths: Vec<&String> = found.iter().map(|written| &written.path).collect();
        let expected: Vec<&String> = held.keys().collect();
        prop_assert_eq!(paths, expected);
        for written in &found {
            let newest = run.newest(&written.path);
            prop_assert!(newest.contains(&written.change), "{}: {:?}", written.path, newest);
            if let Some(Some(setter)) = held.get(&written.path).filter(|_| !run.said_again.contains(&written.path)) {
                prop_assert_eq!(setter, &written.change, "{}", written.path);
            }
        }
    }

    #[test]
    fn taking_back_the_last_entry_gives_the_content_before_it(
        replicas in 1..4_usize, steps in steps_of(), last in prop::collection::vec(doing(), 1..5),
    ) {
        let mut run = Run::of(replicas, &steps);
        run.all_meet();
        let before = comparable(&run.content(0));
        let changes: Vec<ChangeHash> = last.iter().filter_map(|doing| run.step(0, doing)).collect();
        let trace = Trace::build(&run.replicas[0], None, &run.section);
        match undo(&run.replicas[0], &run.section, &trace, &changes) {
            Ok(edits) => {
                let section = Arc::clone(&run.section);
                edit::apply_all(&mut run.replicas[0], &section, &edits, 1).unwrap();
                prop_assert_eq!(comparable(&without_new_removed(&run.content(0), &before)), before);
            }
            Err(UndoError::Nothing) => {
                prop_assert_eq!(comparable(&without_new_removed(&run.content(0), &before)), before);
            }
            // To write over a disagreement is to end it.
            Err(UndoError::Settles(_)) => {}
            Err(error) => prop_assert!(false, "{error:?}"),
        }
    }
}

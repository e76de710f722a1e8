//! One attack for each rule, made by hand, and the name under which it is refused.

use super::{
    mutate::{new_actor, renumber},
    world::{Random, Replica, Server, every_shape, user},
};
use automerge::{
    Change, ExpandedChange, ObjId, ObjType, ROOT, ReadDoc, ScalarValue,
    legacy::{ElementId, Key, MarkData, ObjectId, Op, OpId, OpType},
    transaction::Transactable,
};
use bytes::Bytes;
use coplan_core::content::edit;

/// A document with something of every shape, in which Bob has just typed something that Ann has not seen.
struct Scene {
    server: Server,
    ann: Replica,
    /// An honest change of Ann's that the server has not got.
    honest: ExpandedChange,
    /// An element that Bob typed into the story.
    unseen: OpId,
}

impl Scene {
    fn new() -> Self {
        let mut random = Random::new(1);
        let mut server = Server::new(every_shape());
        let mut ann = Replica::new(&server, &user("ann"), &mut random);
        for edit in [
            r#"{"set-text": {"field": "story", "text": "abc"}}"#,
            r#"{"set": {"field": "line", "value": "one"}}"#,
            r#"{"set": {"field": "place", "value": "home"}}"#,
            r#"{"set-group": {"field": "dose", "values": {"drug": "morphine"}}}"#,
            r#"{"add-item": {"field": "people", "id": "p1", "values": {"name": "Bob", "notes": "n"}}}"#,
        ] {
            write(&mut ann, &server, edit);
            deliver(&ann, &mut server);
        }
        let mut bob = Replica::new(&server, &user("bob"), &mut random);
        write(&mut bob, &server, r#"{"set-text": {"field": "story", "text": "abcd"}}"#);
        let bobs = deliver(&bob, &mut server);
        write(&mut ann, &server, r#"{"set": {"field": "line", "value": "two"}}"#);
        let news = ann.news(&server);
        let honest = Change::try_from(&news[0][..]).unwrap().decode();
        let unseen = OpId(bobs.start_op.get(), bobs.actor_id);
        Self { server, ann, honest, unseen }
    }

    fn object(&self, path: &[&str]) -> ObjectId {
        let mut object = ROOT;
        for key in path {
            object = self.ann.document.get_at(&object, *key, &self.honest.deps).unwrap().unwrap().1;
        }
        name(&object)
    }

    /// The operation that put what Ann sees there.
    fn put(&self, path: &[&str]) -> OpId {
        let ObjectId::Id(id) = self.object(path) else { unreachable!("nothing puts the root") };
        id
    }

    fn element(&self, at: u64) -> OpId {
        let first =
            self.server.changes().into_iter().find(|change| *change.actor_id() == self.honest.actor_id).unwrap();
        OpId(first.start_op().get() + at, self.honest.actor_id.clone())
    }

    /// Ann's honest change with these operations in place of its own.
    fn with(&self, operations: Vec<Op>) -> ExpandedChange {
        ExpandedChange { operations, ..self.honest.clone() }
    }

    fn own(&self, number: u64) -> OpId {
        OpId(self.honest.start_op.get() + number, self.honest.actor_id.clone())
    }

    fn check(&mut self, attack: ExpandedChange, code: &str) {
        self.check_from("ann", attack, code);
    }

    fn check_from(&mut self, sender: &str, attack: ExpandedChange, code: &str) {
        let wire = Bytes::copy_from_slice(Change::from(attack).raw_bytes());
        let answer = self.server.offer(&wire, &user(sender));
        assert_eq!(answer.err().map(|no| no.code()), Some(code));
        let heads = self.server.document.get_heads();
        assert_eq!(self.server.index.heads(), heads, "{code}: the index has changed");
    }
}

fn write(replica: &mut Replica, server: &Server, edit: &str) {
    edit::apply(&mut replica.document, &server.section, &serde_json::from_str(edit).unwrap(), 0).unwrap();
}

fn deliver(replica: &Replica, server: &mut Server) -> ExpandedChange {
    let mut last = None;
    for change in replica.news(server) {
        last = Some(server.offer(&change, &replica.user).unwrap().change.decode());
    }
    last.unwrap()
}

fn name(object: &ObjId) -> ObjectId {
    match object {
        ObjId::Root => ObjectId::Root,
        ObjId::Id(counter, actor, _) => ObjectId::Id(OpId(*counter, actor.clone())),
    }
}

fn op(obj: &ObjectId, key: &str, action: OpType, pred: &[OpId]) -> Op {
    let pred = pred.iter().cloned().collect();
    Op { action, obj: obj.clone(), key: Key::Map(key.into()), pred, insert: false }
}

fn put(obj: &ObjectId, key: &str, value: impl Into<ScalarValue>, pred: &[OpId]) -> Op {
    op(obj, key, OpType::Put(value.into()), pred)
}

fn insert(obj: &ObjectId, after: ElementId, action: OpType) -> Op {
    Op { action, obj: obj.clone(), key: Key::Seq(after), pred: vec![].into(), insert: true }
}

fn typed(value: &str) -> OpType {
    OpType::Put(value.into())
}

fn delete(obj: &ObjectId, element: &OpId) -> Op {
    let (key, pred) = (Key::Seq(ElementId::Id(element.clone())), vec![element.clone()].into());
    Op { action: OpType::Delete, obj: obj.clone(), key, pred, insert: false }
}

#[test]
fn the_honest_change_that_the_attacks_are_made_of_is_admitted() {
    let scene = Scene::new();
    let (mut server, ann) = (scene.server, scene.ann);
    deliver(&ann, &mut server);
}

#[test]
fn a_change_follows_on_its_actor_and_its_dependencies() {
    let mut scene = Scene::new();
    let honest = scene.honest.clone();
    let change = |how: &dyn Fn(&mut ExpandedChange)| {
        let mut change = honest.clone();
        how(&mut change);
        change
    };
    let oldest = scene.server.changes()[0].clone();
    scene.check(change(&|c| c.deps[0].0[0] ^= 1), "missing-deps");
    scene.check_from("mallory", honest.clone(), "actor-of-another");
    scene.check(change(&|c| c.seq += 1), "seq");
    scene.check(change(&|c| c.seq = 1), "seq");
    scene.check(change(&|c| new_actor(c, Random::new(5).actor(), 2)), "seq");
    for to in [1, honest.start_op.get() - 1, honest.start_op.get() + 1, (1 << 31) - 9] {
        scene.check(change(&|c| renumber(c, to)), "start-op");
    }
    for to in [(1 << 31) + 1, u64::from(u32::MAX)] {
        scene.check(change(&|c| renumber(c, to)), "counter");
    }
    let past = |c: &mut ExpandedChange| {
        c.deps = vec![oldest.hash()];
        renumber(c, oldest.max_op() + 1);
    };
    scene.check(change(&past), "own-past");
    let genesis = oldest.actor_id().clone();
    scene.check(change(&|c| new_actor(c, genesis.clone(), 2)), "actor-of-another");
}

#[test]
fn a_change_carries_nothing_but_its_operations() {
    let mut scene = Scene::new();
    let honest = scene.honest.clone();
    scene.check(ExpandedChange { operations: vec![], ..honest.clone() }, "no-ops");
    scene.check(ExpandedChange { extra_bytes: vec![1, 2, b'd', b'r'], ..honest.clone() }, "extra-bytes");
    scene.check(ExpandedChange { message: Some("m".repeat(201)), ..honest.clone() }, "commit-message");
    scene.check(ExpandedChange { time: i64::MIN, ..honest.clone() }, "time");
    scene.check(ExpandedChange { time: i64::MAX, ..honest.clone() }, "time");
    scene.check(ExpandedChange { actor_id: vec![7; 15].into(), ..honest }, "actors");
}

#[test]
fn an_operation_refers_only_to_what_its_author_had_seen() {
    let mut scene = Scene::new();
    let (story, fields) = (scene.object(&["fields", "story"]), scene.object(&["fields"]));
    let unseen = scene.unseen.clone();
    let nowhere = OpId(77, scene.honest.actor_id.clone());
    let (own, line, place) = (scene.own(0), scene.put(&["fields", "line"]), scene.put(&["fields", "place"]));
    let own_later = scene.own(5);
    for (ops, code) in [
        (vec![delete(&story, &unseen)], "outside-past"),
        (vec![insert(&story, ElementId::Id(unseen), typed("x"))], "outside-past"),
        (vec![delete(&story, &nowhere)], "text-element"),
        (vec![insert(&story, ElementId::Id(own_later), typed("x"))], "text-element"),
        (vec![put(&ObjectId::Id(nowhere.clone()), "line", "x", &[])], "unknown-object"),
        (vec![put(&ObjectId::Id(own), "line", "x", &[])], "unknown-object"),
        (vec![put(&fields, "line", "x", &[place])], "pred"),
        (vec![put(&fields, "line", "x", &[nowhere])], "pred"),
        (
            vec![put(&fields, "line", "x", std::slice::from_ref(&line)), put(&fields, "line", "y", &[line])],
            "pred-twice",
        ),
        (vec![op(&fields, "line", OpType::Delete, &[])], "delete-nothing"),
    ] {
        scene.check(scene.with(ops), code);
    }
}

#[test]
fn a_text_has_single_characters_inserted_and_deleted_and_nothing_else() {
    let mut scene = Scene::new();
    let story = scene.object(&["fields", "story"]);
    let short = scene.object(&["fields", "short_story"]);
    let head = ElementId::Head;
    let first = scene.element(0);
    let over = Op { action: typed("x"), insert: false, ..delete(&story, &first) };
    let mark = MarkData { name: "bold".into(), value: true.into(), expand: false };
    let long = (0..41).map(|_| insert(&short, ElementId::Head, typed("x"))).collect();
    let fits = (0..40).map(|_| insert(&short, ElementId::Head, typed("x"))).collect();
    for (ops, code) in [
        (vec![insert(&story, head.clone(), typed("two"))], "text-value"),
        (vec![insert(&story, head.clone(), typed(""))], "text-value"),
        (vec![insert(&story, head.clone(), typed("\u{0}"))], "text-value"),
        (vec![insert(&story, head.clone(), OpType::Put(7.into()))], "text-value"),
        (vec![insert(&story, head.clone(), OpType::Make(ObjType::Map))], "text-value"),
        (vec![over], "text-value"),
        (vec![insert(&story, head, OpType::MarkBegin(mark))], "marks"),
        (vec![put(&story, "key", "x", &[])], "key-kind"),
        (vec![delete(&story, &first), delete(&story, &first)], "pred-twice"),
        (long, "text-length"),
    ] {
        scene.check(scene.with(ops), code);
    }
    let fits = Bytes::copy_from_slice(Change::from(scene.with(fits)).raw_bytes());
    assert!(scene.server.offer(&fits, &user("ann")).is_ok());
}

#[test]
fn a_section_holds_what_its_definition_says_and_no_more() {
    let mut scene = Scene::new();
    let (root, fields, meta) = (ObjectId::Root, scene.object(&["fields"]), scene.object(&["meta"]));
    let (people, item) = (scene.object(&["fields", "people"]), scene.object(&["fields", "people", "p1"]));
    let dose = scene.object(&["fields", "dose"]);
    let of = |path: &[&str]| vec![scene.put(path)];
    let (story_is, line_is, dose_is) = (of(&["fields", "story"]), of(&["fields", "line"]), of(&["fields", "dose"]));
    let (people_is, item_is) = (of(&["fields", "people"]), of(&["fields", "people", "p1"]));
    let notes_is = of(&["fields", "people", "p1", "notes"]);
    let drug_is = of(&["fields", "dose", "drug"]);
    let own = ObjectId::Id(scene.own(0));
    let map = || OpType::Make(ObjType::Map);
    let text = || OpType::Make(ObjType::Text);
    let inserted = Op { insert: true, ..put(&fields, "line", "x", &[]) };
    for (ops, code) in [
        (vec![put(&root, "fields", "gone", &[])], "structure"),
        (vec![put(&meta, "section", "other", &[])], "structure"),
        (vec![put(&fields, "allergies", "none", &[])], "unknown-field"),
        (vec![inserted], "insert"),
        (vec![op(&fields, "story", text(), &story_is)], "replaced"),
        (vec![op(&fields, "story", OpType::Delete, &story_is)], "replaced"),
        (vec![op(&fields, "people", OpType::Delete, &people_is)], "replaced"),
        (vec![op(&fields, "people", map(), &people_is)], "replaced"),
        (vec![put(&fields, "line", 7, &line_is)], "value-type"),
        (vec![put(&fields, "line", ScalarValue::counter(7), &line_is)], "value-type"),
        (vec![put(&fields, "place", "elsewhere", &[])], "value-unknown-code"),
        (vec![op(&fields, "line", OpType::Increment(1), &line_is)], "action"),
        (vec![op(&fields, "line", map(), &line_is)], "action"),
        (vec![op(&fields, "dose", OpType::Make(ObjType::List), &dose_is)], "action"),
        (vec![put(&dose, "drug", "other", &drug_is)], "group-edited"),
        (vec![op(&dose, "drug", OpType::Delete, &drug_is)], "group-edited"),
        (
            vec![op(&fields, "dose", map(), &dose_is), put(&own, "drug", "x", &[]), put(&own, "drug", "y", &[])],
            "group-edited",
        ),
        (vec![op(&fields, "dose", map(), &dose_is), op(&own, "drug", map(), &[])], "action"),
        (vec![op(&fields, "dose", map(), &dose_is), put(&own, "colour", "x", &[])], "unknown-field"),
        (vec![op(&people, "p1", map(), &item_is)], "item-replaced"),
        (vec![op(&people, "p1", map(), &[])], "item-replaced"),
        (vec![op(&people, "p1", OpType::Delete, &item_is)], "item-replaced"),
        (vec![op(&people, "p2", map(), &[]), op(&people, "p2", map(), &[])], "item-replaced"),
        (vec![op(&people, "P 2", map(), &[])], "item-id"),
        (vec![put(&people, "p2", "x", &[])], "action"),
        (vec![op(&item, "notes", text(), &notes_is)], "replaced"),
        (vec![op(&item, "notes", OpType::Delete, &notes_is)], "replaced"),
        (vec![put(&item, "order", "first", &[])], "item-order"),
        (vec![put(&item, "order", f64::NAN, &[])], "item-order"),
        (vec![put(&item, "removed", true, &[])], "item-removed"),
        (vec![put(&item, "removed", "", &[])], "item-removed"),
        (vec![put(&item, "colour", "x", &[])], "unknown-field"),
        ((0..200).map(|n| op(&people, &format!("x{n}"), map(), &[])).collect(), "item-count"),
    ] {
        let attack = scene.with(ops);
        scene.check(attack, code);
    }
}

#[test]
fn why_a_conflict_was_settled_is_noted_whole_once_and_for_a_place_of_the_section() {
    let mut scene = Scene::new();
    let settling = r#"{"settle": {"path": "line", "choice": {"value": "three"}, "reason": "asked again", "id": "n1"}}"#;
    write(&mut scene.ann, &scene.server, settling);
    deliver(&scene.ann, &mut scene.server);
    write(&mut scene.ann, &scene.server, r#"{"set": {"field": "line", "value": "four"}}"#);
    scene.honest = Change::try_from(&scene.ann.news(&scene.server)[0][..]).unwrap().decode();
    let (settled, old) = (scene.object(&["settled"]), scene.object(&["settled", "n1"]));
    let (note_is, path_is) = (vec![scene.put(&["settled", "n1"])], vec![scene.put(&["settled", "n1", "path"])]);
    let all_is = vec![scene.put(&["settled"])];
    let note = |id: &str| op(&settled, id, OpType::Make(ObjType::Map), &[]);
    let own = ObjectId::Id(scene.own(0));
    let whole =
        |path: &str, reason: &str| vec![note("n2"), put(&own, "path", path, &[]), put(&own, "reason", reason, &[])];
    let with = |more: Op| [whole("line", "why"), vec![more]].concat();
    for (ops, code) in [
        (vec![op(&ObjectId::Root, "settled", OpType::Make(ObjType::Map), &all_is)], "structure"),
        (vec![op(&ObjectId::Root, "settled", OpType::Delete, &all_is)], "structure"),
        (vec![put(&settled, "n2", "why", &[])], "settled"),
        (vec![note("N 2")], "settled"),
        (vec![note("n2")], "settled"),
        (vec![note("n2"), put(&own, "path", "line", &[])], "settled"),
        (vec![note("n2"), put(&own, "reason", "why", &[])], "settled"),
        (with(put(&own, "by", "somebody", &[])), "settled"),
        (with(put(&own, "reason", "other", &[])), "settled"),
        (with(op(&own, "reason", OpType::Delete, &[scene.own(2)])), "settled"),
        (vec![note("n2"), put(&own, "path", 7, &[]), put(&own, "reason", "why", &[])], "settled"),
        (vec![note("n2"), op(&own, "path", OpType::Make(ObjType::Text), &[])], "settled"),
        (whole("line", ""), "settled"),
        (whole("line", "two\nlines"), "settled"),
        (whole("line", &"x".repeat(501)), "settled"),
        (whole(&"x".repeat(201), "why"), "settled"),
        (whole("nowhere", "why"), "settled-path"),
        (whole("", "why"), "settled-path"),
        (whole("people", "why"), "settled-path"),
        (whole("line.p1", "why"), "settled-path"),
        (whole("people.p2", "why"), "settled-path"),
        (whole("people.p1.colour", "why"), "settled-path"),
        (whole("people.p1.name.x", "why"), "settled-path"),
        (vec![note("n1")], "settled"),
        (vec![op(&settled, "n1", OpType::Make(ObjType::Map), &note_is)], "settled"),
        (vec![op(&settled, "n1", OpType::Delete, &note_is)], "settled"),
        (vec![put(&old, "path", "place", &path_is)], "settled"),
        (vec![op(&old, "path", OpType::Delete, &path_is)], "settled"),
        (vec![put(&old, "also", "place", &[])], "settled"),
    ] {
        let attack = scene.with(ops);
        scene.check(attack, code);
    }
    for path in ["line", "people.p1", "people.p1.name"] {
        let before = scene.server.before();
        let honest = Bytes::copy_from_slice(Change::from(scene.with(whole(path, "why"))).raw_bytes());
        assert!(scene.server.offer(&honest, &user("ann")).is_ok(), "{path}");
        scene.server.go_back(before);
    }
}

#[test]
fn an_item_that_was_removed_may_be_brought_back() {
    let mut scene = Scene::new();
    for edit in [
        r#"{"remove-item": {"field": "people", "item": "p1", "reason": "wrong person"}}"#,
        r#"{"restore-item": {"field": "people", "item": "p1"}}"#,
    ] {
        write(&mut scene.ann, &scene.server, edit);
        deliver(&scene.ann, &mut scene.server);
    }
}

#[test]
fn an_automerge_client_that_brings_its_own_document_is_refused() {
    let mut scene = Scene::new();
    let mut own = automerge::AutoCommit::new();
    own.put(ROOT, "allergy", "none").unwrap();
    let change = own.get_changes(&[])[0].decode();
    scene.check(change, "structure");
}

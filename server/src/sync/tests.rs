#![allow(clippy::unwrap_used, reason = "tests")]

use super::{HubHandle, WriteError, start};
use crate::{clock::Clock, plan, store::Store, worker::system};
use automerge::{Automerge, ObjType, ROOT, ReadDoc, transaction::Transactable};
use coplan_core::{
    content::{self, edit, edit::Edit},
    id::PlanId,
    nhs_number::NhsNumber,
    policy::{Access, Action, Granted, PlanFacts, Policies, Resource, Role, Subject},
    section::{Section, Sections},
    sync::{DocumentId, hub::Names},
    time::UtcMillis,
};
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

const NOW: UtcMillis = UtcMillis(1_795_269_900_000);

const NOTES: &str = r#"
id = "notes"
title = "Notes"
version = 1
order = 10
summary = "Notes that were invented."
source = "Invented"
writes = ["doctor", "registered-professional"]
audiences = ["clinician"]
sign_off = "none"
[[field]]
id = "line"
label = "Line"
help = "One line."
type = "line"
merge = "R"
max_chars = 50
source = "Invented"
[[field]]
id = "phone"
label = "Telephone"
help = "A number."
type = "phone"
merge = "C!"
source = "Invented"
"#;

const DECIDED: &str = include_str!("../../../tests/it/simulation/decided.toml");

/// A hub over a store with one plan of two sections.
struct World {
    hub: HubHandle,
    store: Store,
    sections: Sections,
    plan: PlanId,
    stopping: CancellationToken,
    _folder: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("test.sqlite").to_str().unwrap()).await.unwrap();
        let files = [("notes.toml", NOTES), ("decided.toml", DECIDED)];
        let sections = Sections::load(files.map(|(name, text)| (name.to_owned(), text.to_owned()))).unwrap();
        let nhs_number = NhsNumber::parse("9990000018").unwrap();
        plan::invent_person(&store, &nhs_number).await.unwrap();
        let plan = plan::create(&store, &sections, &Policies::embedded(), &system(), &nhs_number, NOW).await.unwrap();
        let names = Names { peer: "hub".into(), storage: "storage".into(), session: "run".into() };
        let stopping = CancellationToken::new();
        let of_hub = Arc::new(sections.clone());
        let hub = start(
            store.clone(),
            of_hub,
            Arc::new(Policies::embedded()),
            Clock,
            names,
            stopping.clone(),
            &TaskTracker::new(),
        );
        Self { hub, store, sections, plan, stopping, _folder: folder }
    }

    fn section(&self, id: &str) -> &Section {
        self.sections.section(&id.parse().unwrap()).unwrap()
    }

    fn granted(&self, who: &Subject, action: Action, section: &str) -> Granted {
        let facts = PlanFacts::of_team(self.plan.clone(), [who.organisation.clone()]);
        let access = Access { policies: &Policies::embedded(), facts: &facts, now: NOW };
        access.decide(who, action, Resource::Section(self.section(section))).unwrap()
    }

    async fn document(&self, section: &str) -> DocumentId {
        let facts = PlanFacts::of_team(self.plan.clone(), []);
        let access = Access { policies: &Policies::embedded(), facts: &facts, now: NOW };
        let see = access.decide(&system(), Action::See, Resource::Plan).unwrap();
        let all = self.store.plan_sections(&see).await.unwrap();
        *all.iter().find(|part| part.section.as_str() == section).unwrap().document
    }

    async fn stored(&self, section: &str) -> Automerge {
        let stored = self.store.load_document(&self.document(section).await).await.unwrap().unwrap();
        let bytes: Vec<u8> = stored.changes.iter().flat_map(|change| change.bytes.to_vec()).collect();
        content::load_document(&bytes).unwrap()
    }
}

fn subject(user: &str, role: Role) -> Subject {
    Subject { user: user.parse().unwrap(), role, registration: Some("TEST 1".into()), ..system() }
}

fn set(field: &str, value: &str) -> Edit {
    Edit::Set { field: field.to_owned(), value: value.into() }
}

/// Adds a record to `cpr`, unless there is one of that id.
fn record(document: &mut Automerge, id: &str) -> Result<usize, &'static str> {
    let fields = document.get(ROOT, "fields").unwrap().unwrap().1;
    let records = document.get(&fields, "cpr").unwrap().unwrap().1;
    if document.get(&records, id).unwrap().is_some() {
        return Err("it is there already");
    }
    let before = document.length(&records);
    document
        .transact(|tx| {
            let record = tx.put_object(&records, id, ObjType::Map)?;
            tx.put(&record, "order", before as i64 + 1)
        })
        .unwrap();
    Ok(before)
}

#[tokio::test]
async fn what_the_service_writes_for_somebody_is_stored_as_theirs() {
    let world = World::start().await;
    let (doctor, id) = (subject("doctor", Role::Doctor), world.document("notes").await);
    let granted = world.granted(&doctor, Action::Write, "notes");
    let notes = world.section("notes");
    for value in ["one", "two"] {
        let make = |document: &mut Automerge| edit::apply(document, notes, &set("line", value), 7);
        let written = world.hub.write(id, &doctor, &granted, make).await.unwrap();
        assert_eq!(written.change, written.made);
    }
    let stored = world.store.load_document(&id).await.unwrap().unwrap();
    assert_eq!(stored.changes.len(), 3);
    let theirs = stored.actors.iter().find(|(actor, _)| content::is_service_actor(actor)).unwrap();
    assert_eq!(theirs.1, doctor.user);
}

#[tokio::test]
async fn what_the_definition_does_not_allow_is_refused_with_the_guards_reason() {
    let world = World::start().await;
    let (doctor, id) = (subject("doctor", Role::Doctor), world.document("notes").await);
    let granted = world.granted(&doctor, Action::Write, "notes");
    let wrong = |document: &mut Automerge| {
        let fields = document.get(ROOT, "fields").unwrap().unwrap().1;
        document.transact(|tx| tx.put(&fields, "phone", "not a number")).map(drop).map_err(|_| "failed")
    };
    let refused = world.hub.write(id, &doctor, &granted, wrong).await.unwrap_err();
    let WriteError::Refused { code, reason } = refused else { unreachable!("{refused:?}") };
    assert!(code.starts_with("value") && reason.contains("telephone"), "{code}: {reason}");
    assert_eq!(world.stored("notes").await.get_changes(&[]).len(), 1);
    let none = world.hub.write(id, &doctor, &granted, |_| Err::<(), _>("I had rather not")).await;
    assert!(matches!(none, Err(WriteError::NotMade("I had rather not"))));
    let nothing = world.hub.write(id, &doctor, &granted, |_| Ok::<_, &str>(())).await;
    assert!(matches!(nothing, Err(WriteError::Changes(0))));
}

#[tokio::test]
async fn a_right_is_for_one_subject_one_section_and_one_action() {
    let world = World::start().await;
    let (doctor, nurse) = (subject("doctor", Role::Doctor), subject("nurse", Role::RegisteredProfessional));
    let write = world.granted(&doctor, Action::Write, "notes");
    let decide = world.granted(&doctor, Action::Decide, "decided");
    let read = world.granted(&doctor, Action::Read, "notes");
    let notes = world.section("notes");
    let note = |document: &mut Automerge| edit::apply(document, notes, &set("line", "x"), 0).map_err(|_| "not made");
    let (of_notes, of_decided) = (world.document("notes").await, world.document("decided").await);
    for (document, who, granted) in
        [(of_notes, &nurse, &write), (of_notes, &doctor, &read), (of_notes, &doctor, &decide)]
    {
        let refused = world.hub.write(document, who, granted, note).await.unwrap_err();
        let not_allowed = matches!(refused, WriteError::Refused { code: "not-allowed", .. } | WriteError::NoDocument);
        assert!(not_allowed, "{refused:?}");
    }
    let refused = world.hub.write(of_decided, &doctor, &write, |d| record(d, "r1")).await;
    assert!(matches!(refused, Err(WriteError::NoDocument)));
    let nowhere = DocumentId::from_random([9; 16]);
    let refused = world.hub.write(nowhere, &doctor, &decide, |d| record(d, "r1")).await;
    assert!(matches!(refused, Err(WriteError::NoDocument)));
    assert!(world.hub.write(of_decided, &doctor, &decide, |d| record(d, "r1")).await.is_ok());
}

#[tokio::test]
async fn decisions_of_many_at_once_stand_in_one_line_and_each_saw_those_before() {
    let world = Arc::new(World::start().await);
    let id = world.document("decided").await;
    let calls = Arc::new(AtomicU32::new(0));
    let tasks: Vec<_> = (0..12_u32)
        .map(|n| {
            let (world, calls) = (world.clone(), calls.clone());
            tokio::spawn(async move {
                let who = subject(&format!("doctor-{}", n % 3), Role::Doctor);
                let granted = world.granted(&who, Action::Decide, "decided");
                let make = |document: &mut Automerge| {
                    calls.fetch_add(1, Ordering::Relaxed);
                    record(document, &format!("r{}", n / 2))
                };
                world.hub.write(id, &who, &granted, make).await
            })
        })
        .collect();
    let mut before = Vec::new();
    let mut there_already = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(written) => before.push(written.made),
            Err(WriteError::NotMade(_)) => there_already += 1,
            Err(other) => unreachable!("{other:?}"),
        }
    }
    before.sort_unstable();
    assert_eq!((before, there_already), ((0..6).collect(), 6), "each of six ids is recorded once, seeing all before");
    assert!(world.stored("decided").await.get_heads().len() == 1);
}

#[tokio::test]
async fn a_stopped_service_says_so() {
    let world = World::start().await;
    let (doctor, id) = (subject("doctor", Role::Doctor), world.document("decided").await);
    let granted = world.granted(&doctor, Action::Decide, "decided");
    world.stopping.cancel();
    let stopped = world.hub.write(id, &doctor, &granted, |d| record(d, "r1")).await;
    assert!(matches!(stopped, Err(WriteError::Stopping)), "{stopped:?}");
}

#[tokio::test]
async fn a_document_of_an_older_version_is_brought_up_to_date_before_it_is_written() {
    let world = World::start().await;
    let (doctor, id) = (subject("doctor", Role::Doctor), world.document("notes").await);
    let newer = NOTES.replace("version = 1", "version = 2")
        + "[[field]]\nid = \"story\"\nlabel = \"Story\"\nhelp = \"What happened.\"\ntype = \"text\"\nmerge = \"T\"\n\
           max_chars = 100\nsource = \"Invented\"\n";
    let files = [("notes.toml", newer.as_str()), ("decided.toml", DECIDED)];
    let newer = Sections::load(files.map(|(name, text)| (name.to_owned(), text.to_owned()))).unwrap();
    world.hub.define(Arc::new(newer.clone())).await;
    let notes = newer.section(&"notes".parse().unwrap()).unwrap();
    let granted = world.granted(&doctor, Action::Write, "notes");
    for text in ["At last", "At last."] {
        let tell = Edit::SetText { field: "story".to_owned(), text: text.to_owned() };
        let make = |document: &mut Automerge| edit::apply(document, notes, &tell, 0);
        world.hub.write(id, &doctor, &granted, make).await.unwrap();
    }
    let stored = world.stored("notes").await;
    assert_eq!(stored.get_changes(&[]).len(), 4, "the genesis, what was lacking, and what was written");
    assert_eq!(content::read(&stored, None, notes).fields.len(), 1);
}

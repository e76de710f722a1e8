//! Adding a pathway takes one file: dropped into a running server's folder, it is filled in, guarded, disputed, signed
//! and published like every other section. A wrong file changes nothing.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use crate::plan_desk::PlanDesk;
use coplan_client::{Document, NotStored, Session, Status, field};
use coplan_core::{
    content::edit::{Choice, Edit},
    section::{Section, Sections},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

const FILE: &str = include_str!("pathway/stoma-care.toml");

/// A running server, and the folder that its definitions are in.
struct World {
    desk: PlanDesk,
    folder: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/sections");
        for file in ours.read_dir().unwrap().map(|file| file.unwrap().path()) {
            std::fs::copy(&file, folder.path().join(file.file_name().unwrap())).unwrap();
        }
        Self { desk: PlanDesk::open_with_sections(folder.path()).await, folder }
    }

    fn drop_in(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// The definition of that section as the API gives it; null if there is none.
    fn served(&self, section: &str) -> Value {
        let all = self.desk.get_anywhere("nurse", "/api/sections").json();
        let all = all["sections"].as_array().unwrap().clone();
        all.into_iter().find(|served| served["id"] == section).unwrap_or_default()
    }

    async fn start_the_pathway(&self) {
        self.drop_in("stoma-care.toml", FILE);
        until("the new section is served", async || self.served("stoma-care")["version"] == 1).await;
        let started = self.desk.post("nurse", "/sections", &json!({ "section": "stoma-care" }));
        assert_eq!((started.status, &started.json()["access"]), (201, &json!("write")), "{started:?}");
    }

    async fn metric(&self, name: &str) -> f64 {
        let all = Session::metrics(&self.desk.service.base_url()).await.unwrap();
        let line = all.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0.0, |value| value.parse().unwrap())
    }

    async fn sign(&self, document: &Document) -> crate::http::call::Answer {
        document.wait_until_stored().await.unwrap();
        let heads: Vec<String> = document.heads().iter().map(ToString::to_string).collect();
        let sections = json!([{ "section": "stoma-care", "heads": heads }]);
        self.desk.post("nurse", "/publications", &json!({ "sections": sections }))
    }

    fn view(&self, view: &str) -> String {
        let answer = self.desk.get("nurse", &format!("/views/{view}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        String::from_utf8(answer.body).unwrap()
    }
}

async fn until(what: &str, is: impl AsyncFn() -> bool) {
    let waiting = async {
        while !is().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting).await.unwrap_or_else(|_| panic!("not in time: {what}"));
}

fn definition() -> Arc<Section> {
    let sections = Sections::load([("stoma-care.toml".to_owned(), FILE.to_owned())]).unwrap();
    sections.in_order().remove(0).clone()
}

fn set(field: &str, value: impl Into<Value>) -> Edit {
    Edit::Set { field: field.to_owned(), value: value.into() }
}

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, Value> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect()
}

/// A value for every field, of every type there is.
fn all_of_it() -> Vec<Edit> {
    vec![
        Edit::SetText { field: "in_short".to_owned(), text: "Never leave it uncovered.".to_owned() },
        set("appliance", "Two-piece, 57 mm"),
        set("kind", "ileostomy"),
        set("manages_alone", true),
        set("changes_a_week", 7),
        set("opening_mm", 32.5),
        set("formed_on", "2026-03-01"),
        set("nurse_phone", "01632 960011"),
        Edit::SetGroup {
            field: "rescue".to_owned(),
            values: values(&[("drug", "Loperamide capsules"), ("dose", "4 mg")]),
        },
        Edit::AddItem {
            field: "supplies".to_owned(),
            id: "s1".to_owned(),
            order: None,
            values: values(&[("what", "Bags"), ("expires", "2027-01-31")]),
        },
    ]
}

#[tokio::test]
async fn a_pathway_is_one_file_dropped_into_a_running_server() {
    let world = World::start().await;
    let plan = world.desk.get("nurse", "").json();
    assert!(plan["sections"].as_array().unwrap().iter().all(|section| section["section"] != "sickle-cell"));
    let offered = |plan: &Value| plan["offered"].as_array().unwrap().clone();
    assert!(offered(&plan).iter().any(|offer| offer["section"] == "sickle-cell" && offer["pathway"] == "sickle-cell"));
    assert_eq!(world.served("stoma-care"), Value::Null);

    world.start_the_pathway().await;
    let definition = definition();
    let (_peer, nurse) = world.desk.document("nurse", "stoma-care").await;
    let (doctors_peer, doctor) = world.desk.document("doctor", "stoma-care").await;
    nurse.apply(&definition, &all_of_it()).unwrap();
    nurse.wait_until_stored().await.unwrap();
    until("the doctor has it", async || doctor.json()["fields"]["rescue"]["dose"] == "4 mg").await;

    // Two people who do not see each other say how wide it is.
    doctors_peer.go_offline();
    doctors_peer.wait_until(Status::Offline).await;
    nurse.apply(&definition, &[set("opening_mm", 30)]).unwrap();
    nurse.wait_until_stored().await.unwrap();
    doctor.apply(&definition, &[set("opening_mm", 35)]).unwrap();
    doctors_peer.go_online();
    doctor.wait_until_stored().await.unwrap();
    until("both have the same", async || nurse.heads() == doctor.heads()).await;
    let conflicts = world.desk.get("nurse", "/conflicts");
    assert_eq!(conflicts.status, 200, "{conflicts:?}");
    let conflicts = conflicts.json()["conflicts"].as_array().unwrap().clone();
    let [conflict] = &conflicts[..] else { panic!("{conflicts:?}") };
    assert_eq!((&conflict["section"], &conflict["path"]), (&json!("stoma-care"), &json!("opening_mm")));
    assert_eq!(conflict["values"].as_array().unwrap().len(), 2);
    let disputed = world.sign(&nurse).await;
    assert_eq!((disputed.status, disputed.problem().as_str()), (422, "open-conflicts"), "{disputed:?}");

    let settled = Edit::Settle {
        path: "opening_mm".to_owned(),
        choice: Choice::Value(json!(32)),
        reason: "Measured again together".to_owned(),
        id: None,
    };
    nurse.apply(&definition, &[settled]).unwrap();
    let signed = world.sign(&nurse).await;
    assert_eq!(signed.status, 201, "{signed:?}");
    let (clinical, urgent) = (world.view("clinical"), world.view("urgent"));
    for shown in ["Stoma care", "Ileostomy", "01632 960011", "Loperamide capsules", "Never leave it uncovered."] {
        assert!(clinical.contains(shown) && urgent.contains(shown), "{shown}");
    }
    for shown in ["Two-piece, 57 mm", "32 mm", "1 March 2026", "Bags"] {
        assert!(clinical.contains(shown), "{shown}");
    }
}

#[tokio::test]
async fn what_a_new_definition_does_not_allow_is_refused_with_the_reason() {
    let world = World::start().await;
    world.start_the_pathway().await;
    let (_peer, nurse) = world.desk.document("nurse", "stoma-care").await;
    nurse.edit(|tx| field::set(tx, "opening_mm", 900.0)).unwrap();
    let refused = nurse.wait_until_stored().await;
    let Err(NotStored::Refused(refusal)) = refused else { panic!("{refused:?}") };
    assert!(refusal.code.starts_with("value"), "{refusal:?}");
    let again = world.desk.post("nurse", "/sections", &json!({ "section": "stoma-care" }));
    assert_eq!((again.status, again.problem().as_str()), (409, "section-exists"));
    for (user, section, status, code) in [
        ("nurse", "no-such", 422, "unknown-section"),
        ("crew", "sickle-cell", 403, "not-allowed"),
        ("care-worker", "sickle-cell", 403, "not-allowed"),
    ] {
        let answer = world.desk.post(user, "/sections", &json!({ "section": section }));
        assert_eq!((answer.status, answer.problem().as_str()), (status, code), "{user} {section}");
    }
}

#[tokio::test]
async fn a_wrong_file_changes_nothing_and_is_counted_until_it_is_right() {
    let world = World::start().await;
    world.start_the_pathway().await;
    let taken = world.metric("coplan_definitions_taken_total").await;
    let wrong = [
        ("broken.toml", "id = ".to_owned()),
        ("stoma-care.toml", FILE.replace("max = 90", "max = 95")),
        ("stoma-care.toml", FILE.replace("version = 1", "version = 2").replace("type = \"text\"", "type = \"list\"")),
    ];
    for (name, text) in wrong {
        world.drop_in(name, &text);
        until(name, async || world.metric("coplan_definition_faults").await >= 1.0).await;
        let served = world.served("stoma-care");
        assert_eq!((&served["version"], &served["fields"][5]["max"]), (&json!(1), &json!(90.0)));
        std::fs::remove_file(world.folder.path().join(name)).unwrap();
        world.drop_in("stoma-care.toml", FILE);
        until("right again", async || world.metric("coplan_definition_faults").await == 0.0).await;
    }
    std::fs::remove_file(world.folder.path().join("stoma-care.toml")).unwrap();
    until("a plan holds it", async || world.metric("coplan_definition_faults").await == 1.0).await;
    assert_eq!(world.served("stoma-care")["version"], 1);
    assert_eq!(world.metric("coplan_definitions_taken_total").await, taken);
}

#[tokio::test]
async fn a_higher_version_reaches_documents_that_are_open_and_what_was_is_kept() {
    let world = World::start().await;
    world.start_the_pathway().await;
    let (_peer, nurse) = world.desk.document("nurse", "stoma-care").await;
    nurse.edit(|tx| field::set(tx, "opening_mm", 40.0)).unwrap();
    nurse.wait_until_stored().await.unwrap();
    world.drop_in("stoma-care.toml", &FILE.replace("version = 1", "version = 2").replace("max = 90", "max = 120"));
    until("the new version is served", async || world.served("stoma-care")["version"] == 2).await;
    nurse.edit(|tx| field::set(tx, "opening_mm", 110.0)).unwrap();
    nurse.wait_until_stored().await.unwrap();
    let versions: Vec<i64> = world
        .desk
        .service
        .rows("select version from definition where section = ? order by version", "stoma-care")
        .await;
    assert_eq!(versions, [1, 2]);
}

//! Publication over HTTP: what is signed, what is marked, who reads which view, and how a publication is made again.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::{http::call::Answer, plan_desk::PlanDesk};
use automerge::ChangeHash;
use coplan_client::{Document, Peer, Status};
use coplan_core::{
    content::edit::{Choice, Edit},
    policy::{Access, Action, Granted, PlanFacts, Policies, Resource},
    section::Sections,
    view::ViewKind,
};
use coplan_server::{
    publish::{PublishFailure, RenderedAgain, render_again},
    store::{Store, StoreError},
    worker,
};
use serde_json::{Value, json};
use std::{fs, path::Path, sync::Arc, time::Duration};

/// A plan whose contingency section is ready to be signed.
struct World {
    desk: PlanDesk,
    sections: Sections,
}

impl World {
    async fn start() -> Self {
        Self { desk: PlanDesk::open().await, sections: Sections::embedded() }
    }

    async fn open(&self, user: &str, section: &str) -> Hand<'_> {
        let (peer, document) = self.desk.document(user, section).await;
        Hand { peer, document, sections: &self.sections, section: section.to_owned() }
    }

    /// The contingency plan, filled in and signed.
    async fn signed(&self) -> Hand<'_> {
        let doctor = self.open("doctor", "contingency").await;
        doctor.write(&CONTINGENCY.map(|edit| serde_json::from_str::<Value>(edit).unwrap())).await;
        let signed = self.sign("doctor", "contingency", &doctor.heads());
        assert_eq!(signed.status, 201, "{signed:?}");
        doctor
    }

    fn sign(&self, user: &str, section: &str, heads: &Value) -> Answer {
        let body = json!({ "sections": [{ "section": section, "heads": heads }] });
        self.desk.post(user, "/publications", &body)
    }

    /// The section as `GET /api/plans/{plan}` shows it.
    fn shown(&self, section: &str) -> Value {
        let plan = self.desk.get("doctor", "").json();
        let sections = plan["sections"].as_array().unwrap();
        sections.iter().find(|shown| shown["section"] == section).unwrap().clone()
    }

    /// The view, once it is as it should be: the worker publishes in rounds of its own.
    async fn view(&self, view: &str, is: impl Fn(&Value) -> bool) -> Value {
        let asking = async {
            loop {
                let answer = self.desk.get("doctor", &format!("/views/{view}"));
                if answer.status == 200 && is(&answer.json()) {
                    return answer.json();
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), asking).await.expect("it is published in time")
    }

    async fn made_again(&self, store: &Store, version: u32) -> Result<Option<RenderedAgain>, PublishFailure> {
        render_again(store, &Arc::new(Sections::default()), &self.granted(), version).await
    }

    fn granted(&self) -> Granted {
        let plan = self.desk.plan.parse().unwrap();
        let facts = PlanFacts::of_team(plan, []);
        let access = Access { policies: &Policies::embedded(), facts: &facts, now: coplan_core::time::UtcMillis(0) };
        access.decide(&worker::system(), Action::ReadPublished, Resource::Plan).unwrap()
    }
}

/// A section as somebody has it open.
struct Hand<'w> {
    peer: Peer,
    document: Document,
    sections: &'w Sections,
    section: String,
}

impl Hand<'_> {
    async fn write(&self, edits: &[Value]) {
        self.write_unseen(edits);
        in_time(self.document.wait_until_stored()).await.unwrap();
    }

    fn write_unseen(&self, edits: &[Value]) {
        let section = self.sections.section(&self.section.parse().unwrap()).unwrap();
        for edit in edits {
            let edit: Edit = serde_json::from_value(edit.clone()).unwrap();
            self.document.apply(section, &[edit]).unwrap();
        }
    }

    fn heads(&self) -> Value {
        json!(self.document.heads().iter().map(ChangeHash::to_string).collect::<Vec<_>>())
    }

    async fn offline(&self) {
        self.peer.go_offline();
        in_time(self.peer.wait_until(Status::Offline)).await;
    }
}

async fn in_time<T>(wait: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), wait).await.expect("it happens in time")
}

/// Two write who it is that is responsible, without having seen each other.
async fn disagree<'w>(world: &'w World, doctor: &Hand<'w>) {
    let nurse = world.open("nurse", "contingency").await;
    nurse.offline().await;
    nurse.write_unseen(&[set("responsible", "Nurse Berg")]);
    doctor.write(&[set("responsible", "Dr Alves")]).await;
    nurse.peer.go_online();
    in_time(nurse.document.wait_until_stored()).await.unwrap();
}

fn set(field: &str, value: &str) -> Value {
    json!({ "set": { "field": field, "value": value } })
}

fn field<'v>(view: &'v Value, section: &str, field: &str) -> &'v Value {
    let sections = view["sections"].as_array().unwrap().iter();
    let mut fields =
        sections.filter(|shown| shown["section"] == section).flat_map(|shown| shown["fields"].as_array().unwrap());
    fields.find(|shown| shown["field"] == field).unwrap_or(&Value::Null)
}

fn is_disputed(view: &Value) -> bool {
    field(view, "contingency", "responsible")["disputed"] == true
}

#[tokio::test]
async fn the_last_signed_value_is_marked_as_disputed_by_itself_and_the_mark_goes_when_it_is_settled() {
    let world = World::start().await;
    let doctor = world.signed().await;
    disagree(&world, &doctor).await;
    let marked = world.view("clinical", is_disputed).await;
    let body = field(&marked, "contingency", "responsible");
    assert_eq!(
        (&body["display"], &body["label"]),
        (&json!("Dr Test"), &json!("Who keeps this plan up to date (disputed since it was signed)"))
    );
    let mut said: Vec<_> =
        body["contenders"].as_array().unwrap().iter().map(|one| format!("{} {}", one["by"], one["display"])).collect();
    said.sort();
    assert_eq!(said, [r#""The doctor" "Dr Alves""#, r#""The nurse" "Nurse Berg""#]);
    let refused = world.sign("doctor", "contingency", &doctor.heads());
    assert_eq!((refused.status, refused.problem().as_str()), (422, "open-conflicts"));

    let edit = Edit::Settle {
        path: "responsible".to_owned(),
        choice: Choice::Value("Dr Alves".into()),
        reason: "She is back".to_owned(),
        id: None,
    };
    let settling = world.open("doctor", "contingency").await;
    settling.write(&[json!(edit)]).await;
    let settled = world.view("clinical", |view| !is_disputed(view)).await;
    assert_eq!(field(&settled, "contingency", "responsible")["display"], "Dr Test", "until somebody signs it again");
}

#[tokio::test]
async fn a_later_edit_takes_the_signature_from_its_own_section_only() {
    let world = World::start().await;
    let doctor = world.signed().await;
    let shown = world.shown("contingency");
    assert_eq!((&shown["signed"], &shown["published"]["changed_since"]), (&json!(true), &json!(false)), "{shown}");
    let health = world.open("doctor", "health").await;
    health.write(&HEALTH.map(|edit| serde_json::from_str::<Value>(edit).unwrap())).await;
    assert_eq!(world.sign("doctor", "health", &health.heads()).status, 201);

    doctor.write(&[set("responsible", "Dr Alves")]).await;
    let shown = world.shown("contingency");
    assert_eq!((&shown["signed"], &shown["published"]["changed_since"]), (&json!(false), &json!(true)));
    assert_eq!(shown["published"]["signed"]["by"], "The doctor", "who signed what is published is still said");
    assert_eq!(world.shown("health")["signed"], true);
    assert_eq!(world.sign("doctor", "contingency", &doctor.heads()).status, 201);
    assert_eq!(world.shown("contingency")["signed"], true);
}

#[tokio::test]
async fn a_severe_contradiction_is_not_signed_and_the_answer_says_which() {
    let world = World::start().await;
    let health = world.open("doctor", "health").await;
    health.write(&HEALTH.map(|edit| serde_json::from_str::<Value>(edit).unwrap())).await;
    let allergy = json!({ "add-item": { "field": "allergies", "id": "a", "values": { "agent": "Penicillin" } } });
    health.write(&[allergy]).await;
    let medicines = world.open("doctor", "medicines").await;
    let dose = json!({ "dose": "500 mg", "route": "oral", "frequency": "three times a day" });
    let amoxicillin = json!({ "add-item": { "field": "current_medicines", "id": "m",
        "values": { "medicine": "AMOXICILLIN 500mg capsules", "dose": dose } } });
    medicines.write(&[set("list_state", "complete"), amoxicillin]).await;

    let refused = world.sign("doctor", "medicines", &medicines.heads());
    assert_eq!((refused.status, refused.problem().as_str()), (422, "contradiction"), "{refused:?}");
    let rule = &refused.json()["rules"][0];
    assert_eq!((&rule["rule"], &rule["severity"]), (&json!("allergy-in-medicines"), &json!("blocks")));
    let said: Vec<_> = rule["where"].as_array().unwrap().iter().map(|place| place["display"].clone()).collect();
    assert_eq!(said, ["Penicillin", "AMOXICILLIN 500mg capsules"]);
    assert_eq!(world.sign("doctor", "health", &health.heads()).status, 201, "the allergy itself is to be known");
}

#[tokio::test]
async fn each_role_reads_the_views_that_are_for_it() {
    let world = World::start().await;
    world.signed().await;
    for (user, view, status) in [
        ("doctor", "urgent", 200),
        ("nurse", "clinical", 200),
        ("pharmacist", "person", 200),
        ("nurse", "social-care", 200),
        ("care-worker", "social-care", 200),
        ("care-worker", "clinical", 403),
        ("care-worker", "urgent", 403),
        ("crew", "urgent", 200),
        ("crew", "clinical", 403),
        ("crew", "social-care", 403),
        ("person", "person", 404),
    ] {
        let answer = world.desk.get(user, &format!("/views/{view}"));
        assert_eq!(answer.status, status, "{user} {view}");
    }
    let number = world.desk.number.as_str();
    for (user, status) in [("crew", 200), ("nurse", 200), ("care-worker", 403), ("person", 404)] {
        let answer = world.desk.get_anywhere(user, &format!("/api/urgent?nhs_number={number}"));
        assert_eq!(answer.status, status, "{user}");
    }
}

#[tokio::test]
async fn a_publication_is_made_again_byte_for_byte_whatever_has_moved_on_since() {
    let folder = tempfile::tempdir().unwrap();
    copy_sections(folder.path());
    let world = World { desk: PlanDesk::open_with_sections(folder.path()).await, sections: Sections::embedded() };
    let doctor = world.signed().await;
    disagree(&world, &doctor).await;
    let disputed = world.view("clinical", is_disputed).await;
    let version = u32::try_from(disputed["version"].as_u64().unwrap()).unwrap();

    // A name, a definition and the document move on.
    let store = world.desk.service.store().await;
    let mut person = store.person(&world.desk.number).await.unwrap().unwrap();
    person.name = "Somebody Married".to_owned();
    store.put_person(&person).await.unwrap();
    let mut account = store.account(&"doctor".parse().unwrap()).await.unwrap().unwrap();
    account.name = "Another Name".to_owned();
    store.put_account(&account).await.unwrap();
    rename_a_field(folder.path());
    doctor.write(&[set("plan_name", "Later")]).await;
    let story = world.open("doctor", "about-me").await;
    story.write(&[json!({ "set-text": { "field": "most_important", "text": "The sea" } })]).await;
    world.view("clinical", |view| view["person"]["name"] == "Somebody Married").await;

    for version in 1..=version {
        let made = world.made_again(&store, version).await.unwrap().unwrap();
        assert!(made.is_same(), "version {version}: {:?}", made.differing);
        assert_eq!(made.views.len(), ViewKind::ALL.len());
        for (kind, bytes) in &made.views {
            let served = world.desk.get("doctor", &format!("/views/{}?version={version}", kind.as_str()));
            assert_eq!(&served.body, bytes, "version {version} {}", kind.as_str());
        }
        let listed = world.desk.get("doctor", &format!("/publications/{version}")).json();
        assert_eq!(listed["hash"], made.hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    }
    assert!(world.made_again(&store, 999).await.unwrap().is_none());
}

#[tokio::test]
async fn a_row_that_somebody_changed_is_noticed() {
    let mut world = World::start().await;
    world.signed().await;
    world.desk.service.kill9();
    let store = world.desk.service.store().await;
    assert!(world.made_again(&store, 1).await.unwrap().unwrap().is_same());
    for (change, back) in [
        (
            "update publication set person = replace(person, '1950', '1951')",
            "update publication set person = replace(person, '1951', '1950')",
        ),
        // Of the JSON views none says which language the person prefers.
        (
            "update publication set circumstances =
                 json_set(circumstances, '$.demographics.language', json('{\"code\":\"cy\",\"display\":\"Welsh\"}'))",
            "update publication set circumstances = json_remove(circumstances, '$.demographics.language')",
        ),
        ("update publication_section set since_version = 7", "update publication_section set since_version = 1"),
        (
            "update publication_section set signed_at = signed_at + 1",
            "update publication_section set signed_at = signed_at - 1",
        ),
        ("update publication_view set bytes_sha256 = zeroblob(32) where view = 'fhir'", ""),
        ("update publication_view set bytes_sha256 = zeroblob(32) where view = 'urgent'", ""),
    ] {
        world.run(change).await;
        let made = world.made_again(&store, 1).await.unwrap().unwrap();
        assert!(!made.is_same(), "{change}");
        if !back.is_empty() {
            world.run(back).await;
            assert!(world.made_again(&store, 1).await.unwrap().unwrap().is_same(), "{back}");
        }
    }
    // A byte of the log, under whatever snapshot.
    world.run("update change set bytes = zeroblob(length(bytes)) where position = 3").await;
    let failure = world.made_again(&store, 1).await.unwrap_err();
    assert!(matches!(failure, PublishFailure::Store(StoreError::Damaged { .. })), "{failure}");
}

impl World {
    /// What somebody with the file in hand could do.
    async fn run(&self, statement: &'static str) {
        use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
        let options = SqliteConnectOptions::new().filename(self.desk.service.database());
        let mut connection = options.connect().await.unwrap();
        sqlx::query(statement).execute(&mut connection).await.unwrap();
    }
}

fn copy_sections(folder: &Path) {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/sections");
    for entry in fs::read_dir(home).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
    }
}

/// Words that people read may change without a new version.
fn rename_a_field(folder: &Path) {
    let path = folder.join("contingency.toml");
    let text = fs::read_to_string(&path).unwrap();
    let renamed = text.replace("label = \"Who keeps this plan up to date\"", "label = \"In charge\"");
    assert_ne!(text, renamed);
    // Whole at once, as an editor saves.
    fs::write(folder.join(".contingency"), renamed).unwrap();
    fs::rename(folder.join(".contingency"), path).unwrap();
}

/// What a contingency plan cannot be signed without.
const CONTINGENCY: [&str; 6] = [
    r#"{"add-item": {"field": "triggers", "id": "t1", "values": {"situation": "pain"}}}"#,
    r#"{"add-item": {"field": "steps", "id": "s1", "values": {"situation": "pain", "do_or_avoid": "do", "what": "Ring"}}}"#,
    r#"{"add-item": {"field": "who_to_contact", "id": "c1", "values": {"role": "Ward", "phone": "01632 960001"}}}"#,
    r#"{"set": {"field": "agreed_with_person", "value": "person"}}"#,
    r#"{"set": {"field": "review_due", "value": "2099-06-01"}}"#,
    r#"{"set": {"field": "responsible", "value": "Dr Test"}}"#,
];

/// What the health section cannot be signed without.
const HEALTH: [&str; 2] = [
    r#"{"add-item": {"field": "problems", "id": "p1", "values": {"problem": "Asthma"}}}"#,
    r#"{"set": {"field": "allergies_asked", "value": "person"}}"#,
];

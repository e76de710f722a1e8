//! Whoever loses a right while they work: not one further byte, and nothing of what they typed is lost.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod streams;
mod wire;

use crate::{
    http::call::{Answer, Call},
    service::{Service, invented_numbers},
};
use coplan_client::{Document, Peer, Session, field};
use coplan_core::{policy::Role, sync::frame::Frame, time::UtcMillis};
use coplan_server::store::{Account, AccountKind, Organisation};
use serde_json::{Value, json};
use std::time::Duration;
use wire::Wire;

const SECTION: &str = "about-me";

/// A plan on which a nurse of another organisation works with a doctor of the one that keeps it.
struct World {
    service: Service,
    plan: String,
    url: String,
    doctor: Document,
    _doctors_peer: Peer,
}

impl World {
    async fn start() -> Self {
        let service = Service::start_with(1, &[visitor("visitor", Role::RegisteredProfessional)]).await;
        let doctor = service.sign_in("doctor").await;
        let number = invented_numbers().next().unwrap();
        let plan = doctor.create_plan(number.as_str()).await.unwrap();
        let url = plan.section(SECTION).unwrap().url.clone();
        let peer = Peer::connect(&doctor);
        let document = in_time(peer.open(&url)).await.unwrap();
        Self { service, plan: plan.id, url, doctor: document, _doctors_peer: peer }
    }

    async fn open(&self, session: &Session) -> Wire {
        let mut wire = Wire::connect(session, self.doctor.id()).await;
        in_time(wire.fetch()).await;
        wire
    }

    /// The answer to the doctor, or to whoever is named.
    fn ask_as(&self, user: &str, call: Call) -> Answer {
        let signed_in = self.send(Call::post("/dev/sign-in", &json!({ "user": user })));
        let cookie = signed_in.headers["set-cookie"].split(';').next().unwrap().to_owned();
        self.send(call.header("cookie", &cookie))
    }

    fn send(&self, call: Call) -> Answer {
        call.send(self.service.base_url().trim_start_matches("http://"))
    }

    fn keep_out(&self, user: &str) {
        let target = format!("/api/plans/{}/team/members/{user}", self.plan);
        let body = json!({ "part": "out", "reason": "A relative of the person" });
        let answer = self.ask_as("doctor", Call::post(&target, &body).method("PUT"));
        assert_eq!(answer.status, 204, "{}", String::from_utf8_lossy(&answer.body));
    }

    fn quarantine(&self) -> Vec<Value> {
        let answer = self.ask_as("doctor", Call::get(&format!("/api/plans/{}/quarantine", self.plan)));
        answer.json().as_array().unwrap().clone()
    }

    async fn quarantined(&self, words: &str) -> Value {
        in_time(async {
            loop {
                let found = self.quarantine().into_iter().find(|item| item["text"].as_str().unwrap().contains(words));
                match found {
                    Some(item) => return item,
                    None => tokio::time::sleep(Duration::from_millis(20)).await,
                }
            }
        })
        .await
    }

    fn settle(&self, user: &str, id: &Value, body: &Value) -> u16 {
        let target = format!("/api/plans/{}/quarantine/{}", self.plan, id.as_str().unwrap());
        self.ask_as(user, Call::post(&target, body)).status
    }

    /// The doctor goes on typing, and says where.
    async fn the_doctor_types(&self, times: usize) {
        for turn in 0..times {
            self.doctor.edit(|tx| field::set(tx, "pets", format!("A cat, number {turn}"))).unwrap();
            self.doctor.broadcast(&json!({ "kind": "presence", "field": "pets" }));
            in_time(self.doctor.wait_until_stored()).await.unwrap();
        }
    }

    /// What another process writes into the database.
    async fn sql(&self, statements: &'static str) {
        use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
        let options = SqliteConnectOptions::new().filename(self.service.database());
        let mut connection = options.connect().await.unwrap();
        sqlx::raw_sql(statements).execute(&mut connection).await.unwrap();
    }
}

fn visitor(id: &str, role: Role) -> Account {
    Account {
        id: id.parse().unwrap(),
        kind: AccountKind::Staff,
        name: format!("The {id}"),
        role,
        job_title: "Visiting nurse".to_owned(),
        organisation: Organisation { code: "VISIT1".parse().unwrap(), name: "Visiting Nurses".to_owned() },
        registration: Some("NMC 79A0001E".to_owned()),
        senior: false,
    }
}

async fn in_time<T>(wait: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), wait).await.expect("it happens in time")
}

#[tokio::test]
async fn a_nurse_removed_while_typing_gets_no_further_byte_and_her_words_can_be_salvaged() {
    let world = World::start().await;
    let session = world.service.sign_in("visitor").await;
    let mut nurse = world.open(&session).await;
    nurse.type_text("She likes the sea. ");
    nurse.say().await;
    in_time(nurse.until_stored()).await;

    world.keep_out("visitor");
    assert!(matches!(in_time(nurse.next_of_document()).await, Some(Frame::Unavailable { .. })));
    world.the_doctor_types(5).await;
    nurse.type_text("She is afraid of dogs. ");
    nurse.say().await;
    assert!(matches!(in_time(nurse.next_of_document()).await, Some(Frame::Unavailable { .. })), "and nothing else");
    world.quarantined("She is afraid of dogs. ").await;
    let heard = in_time(nurse.round_trip()).await;
    assert!(heard.iter().all(|frame| matches!(frame, Frame::Unavailable { .. })), "{heard:?}");

    let mut offline = nurse.hang_up().await;
    offline.type_text("Her daughter has the key.");
    world.the_doctor_types(2).await;
    let before = offline.known();
    let mut nurse = offline.reconnect(&session).await;
    nurse.say().await;
    let item = in_time(async {
        loop {
            let heard = nurse.round_trip().await;
            for frame in &heard {
                nurse.answer(frame, &before).await;
            }
            let found =
                world.quarantine().into_iter().find(|item| item["text"].as_str().unwrap().contains("has the key"));
            if let Some(item) = found {
                return item;
            }
        }
    })
    .await;
    assert_eq!(nurse.known(), before, "nothing of what the doctor typed has come");

    // What was typed before and after is one item, and what it says is nowhere else.
    let text = item["text"].as_str().unwrap();
    assert!(text.contains("She is afraid of dogs.") && text.contains("Her daughter has the key."), "{text}");
    assert!(!text.contains("likes the sea"), "that was let in: {text}");
    assert_eq!((&item["code"], &item["by"]), (&json!("may-not-read"), &json!("The visitor")));
    assert_eq!((&item["state"], &item["section"]), (&json!("open"), &json!(SECTION)));
    assert!(!world.doctor.json().to_string().contains("afraid of dogs"));

    let salvaged = json!({ "outcome": "salvaged", "note": "Put into what matters" });
    assert_eq!(world.settle("visitor", &item["id"], &salvaged), 403, "kept out");
    assert_eq!(world.settle("pharmacist", &item["id"], &salvaged), 403, "a reader");
    assert_eq!(world.settle("nurse", &json!("9999-9999"), &salvaged), 404);
    assert_eq!(world.settle("nurse", &json!("none"), &salvaged), 404);
    assert_eq!(world.settle("nurse", &item["id"], &json!({ "outcome": "salvaged", "note": " " })), 422);
    assert_eq!(world.settle("nurse", &item["id"], &salvaged), 204);
    assert_eq!(world.settle("doctor", &item["id"], &json!({ "outcome": "discarded" })), 409);
    let item = world.quarantined("afraid of dogs").await;
    assert_eq!((&item["state"], &item["settled_by"]), (&json!("salvaged"), &json!("The nurse")));
    assert_eq!(item["note"], "Put into what matters");
    let audit = Call::get(&format!("/api/plans/{}/audit", world.plan));
    let audit = String::from_utf8_lossy(&world.ask_as("doctor", audit).body).into_owned();
    assert!(
        audit.contains("\"section:write\"") && !audit.contains("Put into"),
        "read by some who do not read the section: {audit}"
    );
    assert!(item["settled_at"].as_str().is_some());
}

#[tokio::test]
async fn somebody_who_never_wrote_there_is_asked_for_nothing_and_nothing_of_theirs_is_kept() {
    let world = World::start().await;
    let session = world.service.sign_in("visitor").await;
    let mut reader = world.open(&session).await;
    world.keep_out("visitor");
    assert!(matches!(in_time(reader.next_of_document()).await, Some(Frame::Unavailable { .. })));
    reader.type_text("Smuggled in.");
    let mut reader = reader.hang_up().await.reconnect(&session).await;
    reader.say_all().await;
    let heard = in_time(reader.round_trip()).await;
    assert!(matches!(&heard[..], [Frame::Unavailable { .. }]), "{heard:?}");
    assert_eq!(world.quarantine(), Vec::<Value>::new());
}

#[tokio::test]
async fn whoever_gets_the_right_back_brings_what_they_typed_meanwhile() {
    let world = World::start().await;
    let session = world.service.sign_in("visitor").await;
    let mut nurse = world.open(&session).await;
    nurse.type_text("One. ");
    nurse.say().await;
    in_time(nurse.until_stored()).await;
    world.keep_out("visitor");
    assert!(matches!(in_time(nurse.next_of_document()).await, Some(Frame::Unavailable { .. })));
    for words in ["Two. ", "Three. "] {
        nurse.type_text(words);
        nurse.say().await;
        world.quarantined(words).await;
    }
    let target = format!("/api/plans/{}/team/members/visitor", world.plan);
    assert_eq!(world.ask_as("doctor", Call::get(&target).method("DELETE")).status, 204);
    let mut nurse = nurse.hang_up().await.reconnect(&session).await;
    in_time(async {
        // The right is back within a second; the server then closes what was opened before, so that all is sent again.
        while !nurse.is_stored() {
            nurse.say().await;
            match nurse.while_open().await {
                Some(heard) => {
                    for frame in &heard {
                        nurse.take(frame).await;
                    }
                    nurse.say_all().await;
                }
                None => nurse = nurse.hang_up().await.reconnect(&session).await,
            }
        }
    })
    .await;
    let mut events = world.doctor.follow();
    in_time(async {
        while !world.doctor.json().to_string().contains("One. Two. Three. ") {
            events.next().await.unwrap();
        }
    })
    .await;
    assert_eq!(world.quarantine(), Vec::<Value>::new(), "what was let in waits for nobody");
}

/// What an open connection is told by the loss of a right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// `doc-unavailable`; the socket stays.
    Unavailable,
    /// The socket is closed.
    Closed,
}

/// Every way in which somebody of another organisation can lose the right to what they have open, and what it takes.
const WAYS: [(&str, Told); 9] = [
    ("they are kept out", Told::Unavailable),
    ("their organisation leaves the team", Told::Unavailable),
    ("their organisation leaves the agreement", Told::Unavailable),
    ("their organisation loses its standards", Told::Unavailable),
    ("they sign out", Told::Closed),
    ("their session is ended by another process", Told::Closed),
    ("their role ends", Told::Closed),
    ("their role becomes another", Told::Closed),
    ("their account is ended on the command line", Told::Closed),
];

async fn take_away(world: &World, way: &str, session: Session) {
    let tell = "insert into access_change (plan, account, at) values (null, null, 0)";
    match way {
        "they are kept out" => world.keep_out("visitor"),
        "their organisation leaves the team" => {
            let target = format!("/api/plans/{}/team/organisations/VISIT1", world.plan);
            assert_eq!(world.ask_as("doctor", Call::get(&target).method("DELETE")).status, 204);
        }
        "their organisation leaves the agreement" => {
            world.sql("delete from agreement_party where organisation = 'VISIT1'").await;
            world.sql(tell).await;
        }
        "their organisation loses its standards" => {
            world.sql("update organisation set dspt = 'not-met' where code = 'VISIT1'").await;
            world.sql(tell).await;
        }
        "they sign out" => session.sign_out().await.unwrap(),
        "their session is ended by another process" => {
            world
                .sql(
                    "delete from session where account = 'visitor';
                     insert into access_change (plan, account, at) values (null, 'visitor', 0)",
                )
                .await;
        }
        "their role ends" => {
            let store = world.service.store().await;
            let roles = store.roles_of(&"visitor".parse().unwrap()).await.unwrap();
            store.end_role(roles[0].0, UtcMillis(1_795_269_900_000)).await.unwrap();
            store.close().await;
        }
        "their role becomes another" => {
            let store = world.service.store().await;
            store.put_account(&visitor("visitor", Role::Crew)).await.unwrap();
            store.close().await;
        }
        "their account is ended on the command line" => {
            let mut command = std::process::Command::new(crate::service::binary());
            command.args(["account", "end", "--account", "visitor", "--data"]).arg(world.service.folder());
            let done = command.arg("--database-url").arg(world.service.database()).output().unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn every_way_to_lose_a_right_takes_it_from_an_open_connection() {
    for (way, told) in WAYS {
        let world = World::start().await;
        let session = world.service.sign_in("visitor").await;
        let mut nurse = world.open(&session).await;
        take_away(&world, way, session).await;
        // Whatever was on its way before comes first.
        let last = in_time(nurse.last_of_document()).await;
        assert_eq!(last, told, "{way}");
        let known = nurse.known();
        world.the_doctor_types(2).await;
        if told == Told::Unavailable {
            let heard = in_time(nurse.round_trip()).await;
            assert!(heard.is_empty(), "{way}: {heard:?}");
        }
        assert_eq!(nurse.known(), known, "{way}");
        assert!(!world.url.is_empty());
    }
}

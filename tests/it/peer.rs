//! The headless peer against the real server.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::service::{Service, invented_numbers};
use automerge::{
    Automerge, ChangeHash, ROOT, ReadDoc,
    sync::{Message, MessageVersion},
    transaction::Transactable,
};
use coplan_client::{Access, Connection, Document, EditError, Event, NotStored, OpenError, Peer, Plan, Status, field};
use coplan_core::sync::{
    DocumentId,
    frame::{DocumentMessage, Frame},
};
use serde_json::{Value, json};
use std::time::Duration;

/// A server with one plan.
struct World {
    service: Service,
    plan: Plan,
}

impl World {
    async fn start() -> Self {
        let service = Service::start(1).await;
        let number = invented_numbers().next().unwrap();
        let plan = service.sign_in("doctor").await.create_plan(number.as_str()).await.unwrap();
        Self { service, plan }
    }

    /// The section as this user has it open.
    async fn open(&self, user: &str, section: &str) -> (Peer, Document) {
        let session = self.service.sign_in(user).await;
        let peer = Peer::connect(&session);
        let url = session.plan(&self.plan.id).await.unwrap().section(section).unwrap().url.clone();
        let document = in_time(peer.open(&url)).await.unwrap();
        (peer, document)
    }

    /// The hashes in the change log of a document.
    async fn stored(&self, document: DocumentId) -> Vec<ChangeHash> {
        let select = "select hash from change where document = ? order by position";
        let hashes: Vec<Vec<u8>> = self.service.rows(select, &document.to_string()).await;
        hashes.iter().map(|hash| ChangeHash::try_from(hash.as_slice()).unwrap()).collect()
    }
}

async fn in_time<T>(wait: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), wait).await.expect("it happens in time")
}

/// Waits until the document is as it should be.
async fn until(document: &Document, is: impl Fn(&Document) -> bool) {
    let mut events = document.follow();
    in_time(async {
        while !is(document) {
            events.next().await.unwrap();
        }
    })
    .await;
}

fn value(document: &Document, name: &str) -> Value {
    document.json()["fields"][name].clone()
}

fn set(document: &Document, name: &str, text: &str) -> ChangeHash {
    document.edit(|tx| field::set(tx, name, text)).unwrap().unwrap()
}

#[tokio::test]
async fn what_one_peer_writes_the_other_reads_both_ways() {
    let world = World::start().await;
    let (_a, nurse) = world.open("nurse", "about-me").await;
    let (_b, doctor) = world.open("doctor", "about-me").await;
    set(&nurse, "supported_by", "Her sister");
    until(&doctor, |d| value(d, "supported_by") == "Her sister").await;
    doctor.edit(|tx| field::type_text(tx, "most_important", 0, 0, "Seeing the sea")).unwrap();
    until(&nurse, |d| value(d, "most_important") == "Seeing the sea").await;
    in_time(nurse.wait_until_stored()).await.unwrap();
    in_time(doctor.wait_until_stored()).await.unwrap();
}

#[tokio::test]
async fn what_both_type_without_a_connection_is_merged_when_they_come_back() {
    let world = World::start().await;
    let (nurses_peer, nurse) = world.open("nurse", "about-me").await;
    let (doctors_peer, doctor) = world.open("doctor", "about-me").await;
    set(&nurse, "pets", "A dog");
    until(&doctor, |d| value(d, "pets") == "A dog").await;
    in_time(nurse.wait_until_stored()).await.unwrap();
    for peer in [&nurses_peer, &doctors_peer] {
        peer.go_offline();
        in_time(peer.wait_until(Status::Offline)).await;
    }
    nurse.edit(|tx| field::type_text(tx, "pets", 5, 0, " called Bess")).unwrap();
    doctor.edit(|tx| field::type_text(tx, "pets", 0, 1, "An old")).unwrap();
    set(&doctor, "supported_by", "Nobody yet");
    assert_eq!((nurse.unstored().len(), doctor.unstored().len()), (1, 2));
    doctors_peer.go_online();
    nurses_peer.go_online();
    for document in [&nurse, &doctor] {
        until(document, |d| value(d, "pets") == "An old dog called Bess").await;
        until(document, |d| value(d, "supported_by") == "Nobody yet").await;
        in_time(document.wait_until_stored()).await.unwrap();
    }
    assert_eq!(nurse.heads(), doctor.heads());
}

#[tokio::test]
async fn acknowledged_means_in_the_database() {
    let world = World::start().await;
    let (_peer, nurse) = world.open("nurse", "contacts").await;
    for turn in 0..20 {
        let hash = set(&nurse, "carer_needs", &format!("Needs a rest, {turn}"));
        in_time(nurse.wait_until_stored()).await.unwrap();
        assert!(world.stored(nurse.id()).await.contains(&hash));
        assert_eq!(nurse.server_heads().unwrap(), nurse.heads());
    }
}

#[tokio::test]
async fn a_reader_makes_no_change_that_could_never_be_stored() {
    let world = World::start().await;
    let (_a, pharmacist) = world.open("pharmacist", "contacts").await;
    assert_eq!(pharmacist.access(), Access::Read);
    let edit = pharmacist.edit(|tx| field::set(tx, "carer_needs", "Me too"));
    assert!(matches!(edit, Err(EditError::ReadOnly)));
    let (_b, nurse) = world.open("nurse", "contacts").await;
    assert_eq!(nurse.access(), Access::Write);
    set(&nurse, "carer_needs", "A rest");
    until(&pharmacist, |d| value(d, "carer_needs") == "A rest").await;
}

#[tokio::test]
async fn a_reader_who_writes_all_the_same_is_refused_and_nothing_is_stored() {
    let world = World::start().await;
    let (_peer, reading) = world.open("pharmacist", "contacts").await;
    let mut mine = reading.read(Automerge::clone);
    let shared = mine.get_heads();
    let fields = mine.get(ROOT, "fields").unwrap().unwrap().1;
    let text = mine.get(&fields, "carer_needs").unwrap().unwrap().1;
    mine.transact(|tx| tx.splice_text(&text, 0, 0, "smuggled")).unwrap();
    let change = mine.get_changes(&shared).remove(0);

    let session = world.service.sign_in("pharmacist").await;
    let connection = Connection::open(&session, "smuggler").await.unwrap();
    let target = connection.hub.peer_id.clone();
    let (mut sender, mut receiver) = connection.split();
    let message = |heads: Vec<ChangeHash>, changes: Vec<Vec<u8>>| {
        let (need, have) = (Vec::new(), vec![automerge::sync::Have::default()]);
        let message = Message { heads, need, have, changes: changes.into(), flags: None, version: MessageVersion::V1 };
        let (sender, document) = ("smuggler".to_owned(), reading.id());
        DocumentMessage { sender, target: target.clone(), document, data: message.encode().into() }
    };
    sender.send(&Frame::Request(message(Vec::new(), Vec::new()))).await.unwrap();
    sender.send(&Frame::Sync(message(vec![change.hash()], vec![change.raw_bytes().to_vec()]))).await.unwrap();
    let refused = in_time(async {
        loop {
            if let Some(Frame::Ephemeral { data, .. }) = receiver.next().await.unwrap() {
                return data;
            }
        }
    })
    .await;
    assert!(String::from_utf8_lossy(&refused).contains("not-allowed"));
    assert_eq!(world.stored(reading.id()).await, shared);
}

#[tokio::test]
async fn what_there_is_no_right_to_and_what_does_not_exist_are_unavailable_alike() {
    let world = World::start().await;
    let session = world.service.sign_in("doctor").await;
    let url = session.plan(&world.plan.id).await.unwrap().section("medicines").unwrap().url.clone();
    let care_worker = Peer::connect(&world.service.sign_in("care-worker").await);
    assert!(matches!(in_time(care_worker.open(&url)).await, Err(OpenError::Unavailable)));
    let nowhere = DocumentId::from_random([9; 16]).url();
    assert!(matches!(in_time(care_worker.open(&nowhere)).await, Err(OpenError::Unavailable)));
    assert!(matches!(care_worker.open("automerge:0OIl").await, Err(OpenError::BadUrl(_))));
    let doctor = Peer::connect(&session);
    assert!(in_time(doctor.open(&url)).await.is_ok());
}

#[tokio::test]
async fn a_refused_change_is_told_and_the_document_can_be_started_again() {
    let world = World::start().await;
    let (_peer, nurse) = world.open("nurse", "about-me").await;
    let before = world.stored(nurse.id()).await;
    let mut events = nurse.follow();
    nurse.edit(|tx| field::set(tx, "no_such_field", "words that somebody typed")).unwrap();
    let refusal = match in_time(nurse.wait_until_stored()).await {
        Err(NotStored::Refused(refusal)) => refusal,
        other => unreachable!("{other:?}"),
    };
    assert_eq!(refusal.changes, nurse.heads());
    assert!(matches!(nurse.edit(|tx| field::set(tx, "pets", "A cat")), Err(EditError::Refused(_))));
    in_time(async { while !matches!(events.next().await, Some(Event::Refused(_))) {} }).await;
    in_time(nurse.start_again()).await.unwrap();
    assert_eq!((nurse.unstored(), value(&nurse, "no_such_field")), (vec![], Value::Null));
    assert_eq!(world.stored(nurse.id()).await, before);
    let hash = set(&nurse, "pets", "A cat");
    in_time(nurse.wait_until_stored()).await.unwrap();
    assert!(world.stored(nurse.id()).await.contains(&hash));
    let kept = world.service.sign_in("nurse").await.quarantine(&world.plan.id).await.unwrap();
    assert_eq!(kept[0]["hash"], refusal.changes[0].to_string());
    assert!(kept[0]["text"].as_str().unwrap().contains("words that somebody typed"));
}

#[tokio::test]
async fn others_hear_what_one_says_with_who_it_was_as_the_server_knows() {
    let world = World::start().await;
    let (_a, nurse) = world.open("nurse", "about-me").await;
    let (doctors_peer, doctor) = world.open("doctor", "about-me").await;
    let mut heard = nurse.follow();
    doctor.broadcast(&json!({ "kind": "presence", "field": "pets", "identity": { "name": "Somebody else" } }));
    let (from, said) = in_time(async {
        loop {
            if let Event::Ephemeral { sender, value } = heard.next().await.unwrap() {
                return (sender, value);
            }
        }
    })
    .await;
    assert_eq!((from.as_str(), &said["field"]), (doctors_peer.peer_id(), &json!("pets")));
    assert_eq!(said["identity"]["name"], "The doctor");
}

#[tokio::test]
async fn a_peer_comes_back_by_itself_with_what_was_typed_in_between() {
    let mut world = World::start().await;
    let (peer, nurse) = world.open("nurse", "about-me").await;
    world.service.kill9();
    in_time(peer.wait_until(Status::Connecting)).await;
    let hash = set(&nurse, "pets", "A parrot");
    assert_eq!(nurse.unstored(), [hash]);
    world.service.restart();
    in_time(nurse.wait_until_stored()).await.unwrap();
    assert!(world.stored(nurse.id()).await.contains(&hash));
}

#[tokio::test]
async fn a_session_that_has_ended_is_told_from_a_server_that_is_away() {
    let world = World::start().await;
    let session = world.service.sign_in("nurse").await;
    let peer = Peer::connect(&session);
    in_time(peer.wait_until(Status::Connected)).await;
    session.sign_out().await.unwrap();
    in_time(peer.wait_until(Status::NotSignedIn)).await;
    peer.renew(&world.service.sign_in("nurse").await);
    in_time(peer.wait_until(Status::Connected)).await;
    peer.disconnect();
    in_time(peer.wait_until(Status::Disconnected)).await;
}

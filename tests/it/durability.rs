//! An acknowledged change survives `kill -9`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::service::{Service, invented_numbers};
use automerge::ChangeHash;
use coplan_client::{Document, Event, Peer, Status, field};
use std::{collections::BTreeMap, time::Duration};
use tokio::task::JoinSet;

const DOCUMENTS: usize = 20;
const KILLS: u32 = 20;
/// The moments of the kills follow from it; another number, other moments.
const SEED: u64 = 20_261_121;

/// One document with one peer, which edits again as soon as its last edit is acknowledged.
struct Typist {
    document: Document,
    /// How often each change was acknowledged.
    acknowledged: BTreeMap<ChangeHash, u32>,
    edits: u64,
}

impl Typist {
    /// Makes edits, one after the other, and counts acknowledgements, until told to stop.
    async fn type_on(mut self, mut stop: tokio::sync::watch::Receiver<bool>) -> Self {
        let mut events = self.document.follow();
        let mut waits_for = self.edit();
        loop {
            let event = tokio::select! {
                event = events.next() => event.unwrap(),
                _ = stop.wait_for(|stop| *stop) => return self,
            };
            match event {
                Event::Stored(hashes) => {
                    for hash in &hashes {
                        *self.acknowledged.entry(*hash).or_default() += 1;
                    }
                    if hashes.contains(&waits_for) {
                        waits_for = self.edit();
                    }
                }
                Event::Missed(events) => unreachable!("{events} events were missed"),
                Event::Refused(refusal) => unreachable!("{refusal}"),
                Event::Changed(_) | Event::Ephemeral { .. } | Event::Unavailable => {}
            }
        }
    }

    fn edit(&mut self) -> ChangeHash {
        self.edits += 1;
        let text = format!("{};", self.edits);
        let at_end = self.document.json()["fields"]["carer_needs"].as_str().unwrap().chars().count();
        let delete = if at_end > 2_000 { 500 } else { 0 };
        let edit =
            self.document.edit(|tx| field::type_text(tx, "carer_needs", at_end - delete, delete.cast_signed(), &text));
        edit.unwrap().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acknowledged_edit_survives_kill_9_and_is_acknowledged_once() {
    let mut service = Service::start(DOCUMENTS).await;
    let mut typing = JoinSet::new();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let seats = sit_down(&service).await;
    for (_, document) in &seats {
        let typist = Typist { document: document.clone(), acknowledged: BTreeMap::new(), edits: 0 };
        typing.spawn(typist.type_on(stopped.clone()));
    }
    let mut chance = SEED;
    for _ in 0..KILLS {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        tokio::time::sleep(Duration::from_millis(150 + (chance >> 33) % 700)).await;
        service.kill9();
        for (peer, document) in &seats {
            peer.wait_until(Status::Connecting).await;
            check_the_log(&service, document).await;
        }
        service.restart();
    }
    tokio::time::sleep(Duration::from_millis(1_000)).await;
    service.kill9();
    stop.send(true).unwrap();
    let typists = typing.join_all().await;
    service.restart();
    let reader = Peer::connect(&service.sign_in("doctor").await);
    let mut acknowledged = 0;
    for typist in &typists {
        check_the_document(&reader, typist).await;
        acknowledged += typist.acknowledged.len();
    }
    println!("{acknowledged} acknowledged edits survived {} kills", KILLS + 1);
    assert!(acknowledged > DOCUMENTS * KILLS as usize, "too few edits to prove anything");
}

async fn sit_down(service: &Service) -> Vec<(Peer, Document)> {
    let session = service.sign_in("nurse").await;
    let mut seats = Vec::new();
    for number in invented_numbers().take(DOCUMENTS) {
        let plan = session.create_plan(number.as_str()).await.unwrap();
        let peer = Peer::connect(&session);
        let document = peer.open(&plan.section("contacts").unwrap().url).await.unwrap();
        seats.push((peer, document));
    }
    seats
}

/// Everything that the peer takes for stored is in the file that the dead server left, once. Asked before the restart,
/// because the peers would bring back what was lost.
async fn check_the_log(service: &Service, document: &Document) {
    let mut acknowledged = document.read(|d| d.get_changes_meta(&[]).iter().map(|c| c.hash).collect::<Vec<_>>());
    let unstored = document.unstored();
    acknowledged.retain(|hash| !unstored.contains(hash));
    let select = "select hash from change where document = ?";
    let mut stored: Vec<Vec<u8>> = service.rows(select, &document.id().to_string()).await;
    let rows = stored.len();
    stored.sort_unstable();
    stored.dedup();
    assert_eq!(stored.len(), rows, "a change is stored twice");
    for hash in acknowledged {
        let found = stored.binary_search_by(|row| row.as_slice().cmp(hash.as_ref()));
        assert!(found.is_ok(), "{hash} was acknowledged and is not stored");
    }
}

/// Everything that was acknowledged was so once, and is in the document as the server now gives it; no edit took effect
/// twice.
async fn check_the_document(reader: &Peer, typist: &Typist) {
    let twice: Vec<_> = typist.acknowledged.iter().filter(|(_, times)| **times != 1).collect();
    assert!(twice.is_empty(), "acknowledged more than once: {twice:?}");
    let document = reader.open(&typist.document.url()).await.unwrap();
    for hash in typist.acknowledged.keys() {
        assert!(document.read(|d| d.get_change_meta_by_hash(hash).is_some()), "{hash} is not in the document");
    }
    let words = document.json()["fields"]["carer_needs"].as_str().unwrap().to_owned();
    let mut numbers: Vec<&str> = words.split_terminator(';').collect();
    let typed = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), typed, "an edit took effect twice");
}

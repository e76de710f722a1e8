//! What somebody who types leaves behind: rights are decided and kept when a document is opened, not with each edit.

use super::world::World;
use coplan_client::{Document, Peer, field};
use std::time::Duration;

/// Edits of each of the two, once both have begun to write.
const EDITS: u64 = 40;

#[tokio::test]
async fn an_edit_costs_no_decision_and_no_row_of_the_audit_once_its_writer_has_begun() {
    let world = World::start().await;
    let before = world.last_event().await;
    let (_a, nurse) = open(&world, "nurse").await;
    let (_b, doctor) = open(&world, "doctor").await;
    for (document, who) in [(&nurse, "nurse"), (&doctor, "doctor")] {
        write(document, who, 0).await;
    }
    let begun = world.last_event().await;
    let of_typing = |events: Vec<super::world::Event>| -> Vec<(String, String)> {
        let on_sections = events.into_iter().filter(|event| event.resource.as_deref() == Some("section:about-me"));
        on_sections.map(|event| (event.account.unwrap_or_default(), event.action)).collect()
    };
    let mut left = of_typing(world.events_after(before).await);
    left.sort();
    let each = |user: &str, action: &str| (user.to_owned(), action.to_owned());
    let expected = ["doctor", "nurse"].map(|user| [each(user, "section:change"), each(user, "section:write")]);
    assert_eq!(left, expected.concat(), "one row for each socket that opens the document, and one for each who writes");

    let (decided, admitted) = settled(&world, 2).await;
    assert!(decided >= 2, "each of them was decided about once: {decided}");
    for turn in 1..=EDITS {
        write(&nurse, "nurse", turn).await;
        write(&doctor, "doctor", turn).await;
    }
    let (decided_later, admitted_later) = settled(&world, admitted + 2 * EDITS).await;
    assert_eq!(admitted_later - admitted, 2 * EDITS);
    assert_eq!(decided_later, decided, "and about no edit");
    assert_eq!(of_typing(world.events_after(begun).await), []);
}

async fn open(world: &World, user: &str) -> (Peer, Document) {
    let session = world.service.sign_in(user).await;
    let peer = Peer::connect(&session);
    let url = session.plan(&world.plan).await.unwrap().section("about-me").unwrap().url.clone();
    let document = peer.open(&url).await.unwrap();
    (peer, document)
}

/// Says what nobody has said before: the same again would be no change.
async fn write(document: &Document, who: &str, turn: u64) {
    document.edit(|tx| field::set(tx, "supported_by", format!("Her sister, {who} {turn}"))).unwrap();
    document.wait_until_stored().await.unwrap();
}

/// Rights decided and changes admitted so far, once that many were.
async fn settled(world: &World, admitted: u64) -> (u64, u64) {
    let counted = async {
        loop {
            let now = counters(world);
            // The counts of one moment are set one after the other: twice the same is a whole.
            if now.1 >= admitted && counters(world) == now {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), counted).await.expect("the changes are counted")
}

fn counters(world: &World) -> (u64, u64) {
    let answer = crate::http::call::Call::get("/metrics").send(world.service.address());
    let text = String::from_utf8(answer.body).unwrap();
    let value = |name: &str| -> u64 {
        let line = text.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
        line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0)
    };
    (value("coplan_sync_rights_decided_total"), value("coplan_sync_changes_admitted_total"))
}

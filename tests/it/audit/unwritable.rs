//! What cannot be audited does not happen, and is not shown.

use super::world::{World, execute};
use crate::http::call::Call;
use coplan_client::Peer;
use serde_json::json;

/// A database in which no event can be written.
const NO_MORE: &str = "create trigger no_more before insert on audit begin select raise(abort, 'no more'); end";

#[tokio::test]
async fn without_an_audit_nothing_is_shown_and_nothing_is_done() {
    let world = World::start().await;
    world.writes("doctor", "about-me", "most_important", "To be at home").await;
    world.is_published(1).await;
    for user in ["doctor", "crew", "person"] {
        world.cookie(user);
    }
    let session = world.service.sign_in("doctor").await;
    let url = session.plan(&world.plan).await.unwrap().section("about-me").unwrap().url.clone();
    let events = world.last_event().await;
    execute(&world.service.database(), NO_MORE).await;

    let (plan, number) = (&world.plan, &world.number);
    for (user, call) in [
        ("doctor", Call::get(&format!("/api/plans/{plan}"))),
        ("doctor", Call::get(&format!("/api/plans/{plan}/views/clinical"))),
        ("doctor", Call::get(&format!("/api/plans/{plan}/history"))),
        ("crew", Call::get(&format!("/api/urgent?nhs_number={number}"))),
        ("person", Call::get(&format!("/api/plans/{plan}"))),
        ("doctor", Call::get(&format!("/fhir/R4/AuditEvent?patient={number}"))),
        (
            "doctor",
            Call::post(&format!("/api/plans/{plan}/vault/key-safe-code"), &json!({ "value": "4711" })).method("PUT"),
        ),
    ] {
        let answer = world.send(user, call.clone());
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status, 503, "{user} {call}: {body}");
        assert!(!body.contains("at home") && !body.contains("about-me"), "{user} {call}: {body}");
    }
    let peer = Peer::connect(&session);
    let opened = tokio::time::timeout(std::time::Duration::from_secs(3), peer.open(&url)).await;
    assert!(!matches!(opened, Ok(Ok(_))), "no byte of a document goes out before it is kept that somebody opened it");
    let vault: Vec<i64> = world.service.rows("select count(*) from vault_item where ? = ''", "").await;
    assert_eq!(vault, [0], "what is not audited is not done");
    assert_eq!(world.last_event().await, events);

    execute(&world.service.database(), "drop trigger no_more").await;
    assert_eq!(world.send("doctor", Call::get(&format!("/api/plans/{plan}"))).status, 200);
}

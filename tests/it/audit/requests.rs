//! Every request leaves exactly one event, whatever comes of it.

use super::world::{Event, World};
use crate::http::call::Call;
use coplan_client::Peer;
use serde_json::json;
use std::time::Duration;

/// A request, who makes it, and the event that it leaves: action and outcome.
type Case = (&'static str, Call, u16, Option<(&'static str, &'static str)>);

fn cases(world: &World) -> Vec<Case> {
    let (plan, number) = (&world.plan, &world.number);
    let at = |rest: &str| format!("/api/plans/{plan}{rest}");
    let get = |rest: &str| Call::get(&at(rest));
    let record = json!({ "command": "withdraw", "kind": "cpr", "id": "no-such-record", "reason": "Wrong" });
    let nothing = json!({ "sections": [] });
    vec![
        // Allowed.
        ("doctor", Call::get("/api/plans"), 200, Some(("plan:find", "allowed"))),
        ("doctor", Call::get(&format!("/api/plans?nhs_number={number}")), 200, Some(("plan:find", "allowed"))),
        ("doctor", get(""), 200, Some(("plan:see", "allowed"))),
        ("doctor", get("/conflicts"), 200, Some(("plan:see", "allowed"))),
        ("doctor", get("/decisions"), 200, Some(("plan:see", "allowed"))),
        ("doctor", get("/history"), 200, Some(("plan:see", "allowed"))),
        ("doctor", get("/quarantine"), 200, Some(("plan:see", "allowed"))),
        ("doctor", get("/suggestions"), 200, Some(("plan:see", "allowed"))),
        ("doctor", get("/compare?from=now"), 200, Some(("plan:see", "allowed"))),
        ("doctor", get("/sections/about-me/authors"), 200, Some(("section:read", "allowed"))),
        ("doctor", get("/publications"), 200, Some(("view:read", "allowed"))),
        ("doctor", get("/views/clinical"), 200, Some(("view:read", "allowed"))),
        ("doctor", get("/team"), 200, Some(("plan:see", "allowed"))),
        ("doctor", get("/audit"), 200, Some(("audit:read", "allowed"))),
        ("doctor", get("/vault"), 200, Some(("vault:list", "allowed"))),
        ("doctor", Call::post(&at("/look"), &json!({})), 204, Some(("plan:see", "allowed"))),
        (
            "doctor",
            Call::post(&at("/vault/key-safe-code"), &json!({ "value": "4711" })).method("PUT"),
            204,
            Some(("vault:write", "allowed")),
        ),
        (
            "doctor",
            Call::post(&at("/vault/key-safe-code/reveal"), &json!({ "reason": "At the door" })),
            200,
            Some(("vault:reveal", "allowed")),
        ),
        ("crew", Call::get(&format!("/api/urgent?nhs_number={number}")), 200, Some(("view:read", "allowed"))),
        ("doctor", Call::get(&format!("/fhir/R4/AuditEvent?patient={number}")), 200, Some(("audit:read", "allowed"))),
        ("doctor", Call::post("/api/sync-tickets", &json!({})), 201, Some(("session:ticket", "allowed"))),
        // Allowed, and nothing came of it.
        ("doctor", get("/views/clinical?version=99"), 404, Some(("view:read", "failed"))),
        ("doctor", Call::post("/api/plans", &json!({ "nhs_number": number })), 409, Some(("plan:create", "failed"))),
        ("doctor", Call::post(&at("/publications"), &nothing), 422, Some(("plan:see", "failed"))),
        ("doctor", Call::post(&at("/decisions"), &record), 422, Some(("record:decide", "failed"))),
        (
            "doctor",
            Call::post(&at("/vault/door-code/reveal"), &json!({ "reason": "At the door" })),
            404,
            Some(("vault:reveal", "failed")),
        ),
        // Refused.
        ("crew", Call::post("/api/plans", &json!({ "nhs_number": number })), 403, Some(("plan:create", "refused"))),
        ("person", get(""), 404, Some(("plan:see", "refused"))),
        ("person", get("/views/person"), 404, Some(("view:read", "refused"))),
        ("person", get("/audit"), 404, Some(("audit:read", "refused"))),
        ("person", Call::get(&format!("/api/urgent?nhs_number={number}")), 404, Some(("view:read", "refused"))),
        ("person", Call::get(&format!("/fhir/R4/AuditEvent?patient={number}")), 200, Some(("audit:read", "refused"))),
        ("doctor", Call::get("/api/plans/no-such-plan"), 404, Some(("plan:see", "refused"))),
        ("doctor", Call::get("/api/review"), 403, Some(("audit:review", "refused"))),
        ("doctor", Call::get("/api/runs/no-such-run"), 404, Some(("run:read", "refused"))),
        // Nothing was decided, because nothing was asked of a plan.
        ("doctor", Call::get("/api/me"), 200, None),
        ("doctor", Call::get("/api/sections"), 200, None),
        ("doctor", Call::get("/api/urgent?nhs_number=123"), 422, None),
        // At the end, because they change what the others find.
        ("doctor", Call::get(&at("/vault")).method("DELETE"), 204, Some(("vault:destroy", "allowed"))),
        ("doctor", Call::post("/api/sign-out", &json!({})), 204, Some(("session:sign-out", "allowed"))),
    ]
}

#[tokio::test]
async fn every_request_leaves_exactly_one_event_that_says_what_came_of_it() {
    let world = World::start().await;
    world.writes("doctor", "about-me", "most_important", "To be at home").await;
    world.is_published(1).await;
    for user in ["doctor", "crew", "person"] {
        world.cookie(user);
    }
    let mut wrong = Vec::new();
    for (user, call, status, expected) in cases(&world) {
        let before = world.last_event().await;
        let answer = world.send(user, call.clone());
        let left = world.events_after(before).await;
        let of: Vec<_> = left.iter().map(|event| (event.action.as_str(), event.outcome.as_str())).collect();
        let by: Vec<_> = left.iter().map(|event| event.account.as_deref()).collect();
        let named = by.iter().all(|account| *account == Some(user));
        if answer.status != status || of != expected.into_iter().collect::<Vec<_>>() || !named {
            wrong.push(format!("{user} {call}: {} and {of:?}, not {status} and {expected:?}", answer.status));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn an_event_says_who_by_which_rules_and_what_exactly_was_shown() {
    let world = World::start().await;
    world.writes("doctor", "about-me", "most_important", "To be at home").await;
    world.is_published(1).await;
    world.cookie("crew");
    let before = world.last_event().await;
    let answer = world.send("crew", Call::get(&format!("/api/urgent?nhs_number={}", world.number)));
    let Event { account, via, rules, connection, sha256, plan, resource, .. } =
        world.events_after(before).await.remove(0);
    assert_eq!((account.as_deref(), via.as_deref()), (Some("crew"), Some("development")));
    assert_eq!((plan.as_deref(), resource.as_deref()), (Some(world.plan.as_str()), Some("view:urgent")));
    assert!(!rules.is_empty() && connection.is_some(), "{rules} {connection:?}");
    assert_eq!(format!("\"{}\"", hex::encode(sha256.unwrap())), answer.headers["etag"]);

    let reveal = Call::post(
        &format!("/api/plans/{}/vault/key-safe-code/reveal", world.plan),
        &json!({ "reason": "At the door" }),
    );
    let set = Call::post(&format!("/api/plans/{}/vault/key-safe-code", world.plan), &json!({ "value": "4711" }))
        .method("PUT");
    assert_eq!(world.send("doctor", set).status, 204);
    let before = world.last_event().await;
    assert_eq!(world.send("doctor", reveal).status, 200);
    let event = world.events_after(before).await.remove(0);
    assert_eq!(
        (event.resource.as_deref(), event.reason.as_deref()),
        (Some("vault:key-safe-code"), Some("At the door"))
    );

    let rows: Vec<String> = world
        .service
        .rows("select json_array(action, plan, resource, rules, reason, job) from audit where ? = ''", "")
        .await;
    let all = rows.join(" ");
    assert!(!all.contains(&world.number) && !all.contains("at home") && !all.contains("4711"), "{all}");
}

#[tokio::test]
async fn a_socket_leaves_one_event_for_each_document_it_opens_or_is_refused_and_one_for_a_sitting() {
    let world = World::start().await;
    let (doctor, crew) = (world.service.sign_in("doctor").await, world.service.sign_in("crew").await);
    let plan = doctor.plan(&world.plan).await.unwrap();
    let url = plan.section("about-me").unwrap().url.clone();
    let before = world.last_event().await;
    let peer = Peer::connect(&doctor);
    let document = peer.open(&url).await.unwrap();
    for text in ["a", "ab", "abc"] {
        document.edit(|tx| coplan_client::field::type_text(tx, "most_important", 0, 0, text)).unwrap();
        document.wait_until_stored().await.unwrap();
    }
    let refused = Peer::connect(&crew);
    assert!(refused.open(&url).await.is_err());
    let left = async || {
        let of_section = |event: &Event| event.resource.as_deref() == Some("section:about-me");
        let left = world.events_after(before).await.into_iter().filter(of_section);
        let mut left: Vec<_> = left.map(|event| (event.account.unwrap(), event.action, event.outcome)).collect();
        left.sort();
        left
    };
    // A refusal is answered at once, so that it takes no longer than for a document that there is not.
    let all = async {
        while left().await.len() < 3 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), all).await.expect("a refusal is written too");
    let left = left().await;
    let expected = [
        ("crew", "section:read", "refused"),
        ("doctor", "section:change", "allowed"),
        ("doctor", "section:write", "allowed"),
    ];
    assert_eq!(left, expected.map(|(who, what, came)| (who.to_owned(), what.to_owned(), came.to_owned())));
}

#[tokio::test]
async fn whoever_signs_in_leaves_an_event_and_many_at_once_leave_one_each_without_gaps() {
    let world = World::start().await;
    world.forget("nurse");
    let before = world.last_event().await;
    world.cookie("nurse");
    let left = world.events_after(before).await;
    assert_eq!(left.iter().map(|event| event.action.as_str()).collect::<Vec<_>>(), ["session:sign-in"]);

    let before = world.last_event().await;
    let (address, cookie) = (world.service.address().to_owned(), world.cookie("nurse"));
    let call = Call::get(&format!("/api/plans/{}", world.plan)).header("cookie", &cookie);
    let threads: Vec<_> = (0..16)
        .map(|_| {
            let (address, call) = (address.clone(), call.clone());
            std::thread::spawn(move || (0..10).all(|_| call.send(&address).status == 200))
        })
        .collect();
    assert!(threads.into_iter().all(|thread| thread.join().unwrap()));
    let left = world.events_after(before).await;
    assert_eq!(left.iter().filter(|event| event.action == "plan:see").count(), 160);
    let gaps: Vec<i64> = world
        .service
        .rows("select seq from audit where ? = '' and seq > 1 and seq - 1 not in (select seq from audit)", "")
        .await;
    assert!(gaps.is_empty());
}

//! What is done on the service's own machine, and what comes of a passkey that is refused, stand in the audit too.

use super::world::World;
use crate::{http::call::Call, service::binary};
use coplan_core::time::UtcMillis;
use coplan_server::store::Agreement;
use serde_json::json;
use std::{fs, process::Command};

/// Runs a command beside the service.
fn run(world: &World, words: &[&str]) {
    let mut command = Command::new(binary());
    command.args(words).arg("--data").arg(world.service.folder());
    let done = command.arg("--database-url").arg(world.service.database()).output().unwrap();
    assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
}

#[tokio::test]
async fn accounts_agreements_and_feeds_leave_an_event_each_by_the_service_itself() {
    let world = World::start().await;
    let file = world.service.folder().join("demographics.json");
    fs::write(&file, json!({ "restriction": "R" }).to_string()).unwrap();
    let file = file.to_str().unwrap();
    let add = ["account", "add", "--account", "lee", "--name", "Lee Ash", "--role", "doctor", "--job-title", "GP"];
    let before = world.last_event().await;
    run(&world, &[&add[..], &["--organisation", "TEST1"]].concat());
    run(&world, &["account", "invite", "--account", "lee"]);
    run(&world, &["account", "end", "--account", "lee"]);
    run(&world, &["person", "put", "--nhs-number", &world.number, "--demographics", file]);
    // A feed that says the same again is no news.
    run(&world, &["person", "put", "--nhs-number", &world.number, "--demographics", file]);
    run(&world, &["person", "put", "--nhs-number", &world.number, "--opted-out", "true"]);
    let store = world.service.store().await;
    let (title, from) = ("Region".to_owned(), UtcMillis(0));
    store.put_agreement(&Agreement { id: "region".to_owned(), title, from, until: None }).await.unwrap();
    store.close().await;

    let plan = Some(world.plan.as_str());
    let expected = [
        ("account:put", None, "account:lee"),
        ("account:invite", None, "account:lee"),
        ("account:end", None, "account:lee"),
        ("person:demographics", plan, "person"),
        ("person:opt-out", plan, "person"),
        ("agreement:put", None, "agreement:region"),
    ];
    let events = world.every_event_after(before).await;
    let told: Vec<_> = events
        .iter()
        .filter(|event| event.action != "log:digest" && event.action != "publication:make")
        .map(|event| (event.action.as_str(), event.plan.as_deref(), event.resource.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(told, expected);
    assert!(events.iter().all(|event| event.account.as_deref() == Some("system") && event.outcome == "allowed"));
    // The person reads of it in their own audit, and so does the team.
    let listed = world.send("doctor", Call::get(&format!("/api/plans/{}/audit", world.plan))).json().to_string();
    assert!(listed.contains("Coplan took over what the national record says for the plan"), "{listed}");
}

#[tokio::test]
async fn a_passkey_that_is_refused_leaves_an_event_that_names_nobody() {
    let world = World::start().await;
    let before = world.last_event().await;
    let nobody = json!({ "id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {} });
    for (path, body) in [
        ("/auth/passkey/finish", nobody.clone()),
        ("/api/passkeys/registration", json!({ "code": "not-a-code" })),
        ("/api/passkeys/registration/finish", json!({ "name": "Ward laptop", "credential": nobody })),
    ] {
        assert_eq!(Call::post(path, &body).send(world.service.address()).status, 403, "{path}");
    }
    let events = world.every_event_after(before).await;
    let told: Vec<_> = events
        .iter()
        .map(|event| (event.action.as_str(), event.reason.as_deref(), event.outcome.as_str(), event.account.is_some()))
        .collect();
    let refused = |action, reason| (action, Some(reason), "refused", false);
    let expected = [
        refused("session:sign-in", "passkey-refused"),
        refused("passkey:add", "enrolment-code"),
        refused("passkey:add", "passkey-refused"),
    ];
    assert_eq!(told, expected);
}

//! Who reads the audit: the person, a privacy officer, whoever looks up a run, and FHIR clients.

use super::world::World;
use crate::{http::call::Call, service::Service};
use coplan_core::policy::Role;
use coplan_server::store::{Account, AccountKind, Organisation};
use serde_json::{Value, json};

fn strings<'v>(list: &'v Value, member: &str) -> Vec<&'v str> {
    list.as_array().unwrap().iter().map(|one| one[member].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_audit_of_a_plan_is_told_in_words_and_like_things_together() {
    let world = World::start().await;
    world.writes("doctor", "about-me", "most_important", "To be at home").await;
    world.is_published(1).await;
    for _ in 0..5 {
        world.send("crew", Call::get(&format!("/api/urgent?nhs_number={}", world.number)));
    }
    world.send("nurse", Call::get(&format!("/api/plans/{}", world.plan)));
    let audit = world.send("doctor", Call::get(&format!("/api/plans/{}/audit", world.plan))).json();
    let events = &audit["events"];
    let crews: Vec<&Value> = events.as_array().unwrap().iter().filter(|event| event["action"] == "view:read").collect();
    assert_eq!(crews.len(), 1, "five looks of one session are one: {events}");
    let organisation = crews[0]["organisation"].as_str().unwrap();
    assert!(crews[0]["sentence"].as_str().unwrap().starts_with(&format!("{organisation} opened the plan")), "{events}");
    let sentences = strings(events, "sentence").join("; ");
    for words in ["began the plan", "wrote in the plan", "published a new version of the plan", "opened the plan"] {
        assert!(sentences.contains(words), "{words}: {sentences}");
    }
    assert!(!audit.to_string().contains(&world.number));

    // Page by page the same is told, once.
    let (mut paged, mut before) = (Vec::new(), String::new());
    loop {
        let page = world.send("doctor", Call::get(&format!("/api/plans/{}/audit?limit=2{before}", world.plan))).json();
        paged.extend(strings(&page["events"], "sentence").into_iter().map(str::to_owned));
        let Some(next) = page["next"].as_i64() else { break };
        before = format!("&before={next}");
    }
    for sentence in strings(events, "sentence") {
        assert!(paged.iter().any(|paged| paged == sentence), "{sentence}: {paged:?}");
    }
}

/// Two organisations that the plan has nothing to do with, until somebody says why.
fn accounts() -> Vec<Account> {
    let at = |code: &str| Organisation { code: code.parse().unwrap(), name: format!("Organisation {code}") };
    let account = |id: &str, role, code: &str| Account {
        id: id.parse().unwrap(),
        kind: AccountKind::Staff,
        name: format!("Name of {id}"),
        role,
        job_title: "Job".to_owned(),
        organisation: at(code),
        registration: Some("GMC 7000001".to_owned()),
        senior: false,
    };
    vec![
        account("stranger", Role::Doctor, "RX1"),
        account("officer", Role::PrivacyOfficer, "RX1"),
        account("officer-elsewhere", Role::PrivacyOfficer, "RX2"),
    ]
}

#[tokio::test]
async fn a_privacy_officer_looks_at_what_her_own_organisation_did_and_says_what_she_made_of_it() {
    let service = Service::start_with(1, &accounts()).await;
    let world = World::on(service).await;
    let broken = json!({ "nhs_number": world.number, "kind": "break-glass", "reason": "Found collapsed" });
    let made = world.send("stranger", Call::post("/api/relationships", &broken));
    assert_eq!(made.status, 201, "{}", made.json());
    let id = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(world.send("stranger", Call::get(&format!("/api/plans/{}", world.plan))).status, 200);

    let inbox = world.send("officer", Call::get("/api/review?state=open")).json();
    let item = &inbox["items"][0];
    assert_eq!(
        (&item["id"], &item["kind"], &item["reason"]),
        (&json!(id), &json!("break-glass"), &json!("Found collapsed"))
    );
    assert!(!inbox.to_string().contains(&world.plan) && !inbox.to_string().contains(&world.number), "{inbox}");
    let elsewhere = world.send("officer-elsewhere", Call::get("/api/review?state=open")).json();
    assert_eq!(elsewhere["items"], json!([]));
    assert_eq!(world.send("officer-elsewhere", Call::get(&format!("/api/review/{id}"))).status, 404);

    let one = world.send("officer", Call::get(&format!("/api/review/{id}"))).json();
    assert_eq!(one["plan"], json!(world.plan));
    assert!(strings(&one["opened"], "action").contains(&"plan:see"), "{one}");
    assert_eq!(world.send("officer", Call::get(&format!("/api/plans/{}", world.plan))).status, 404, "she sees no plan");

    let finding = json!({ "finding": "in-order", "note": "The crew had called" });
    assert_eq!(world.send("officer", Call::post(&format!("/api/review/{id}"), &finding)).status, 204);
    assert_eq!(world.send("officer", Call::get("/api/review?state=open")).json()["items"], json!([]));
    let done = world.send("officer", Call::get("/api/review?state=reviewed")).json();
    assert_eq!((&done["items"][0]["finding"], &done["items"][0]["state"]), (&json!("in-order"), &json!("reviewed")));

    let events = world.send("doctor", Call::get(&format!("/api/plans/{}/audit", world.plan))).json();
    let told = strings(&events["events"], "sentence").join("; ");
    assert!(told.contains("Organisation RX1 opened the plan in an emergency, against what is usual"), "{told}");
    assert!(events.to_string().contains("Found collapsed"));
}

#[tokio::test]
async fn audit_events_are_searched_page_by_page_and_errors_are_operation_outcomes() {
    let world = World::start().await;
    for _ in 0..7 {
        world.send("nurse", Call::get(&format!("/api/plans/{}", world.plan)));
    }
    let mut url = format!("/fhir/R4/AuditEvent?patient={}&_count=3", world.number);
    let mut ids = Vec::new();
    loop {
        let answer = world.send("doctor", Call::get(&url));
        assert_eq!(answer.headers["content-type"], "application/fhir+json; charset=utf-8");
        let bundle = answer.json();
        let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
        ids.extend(entries.iter().map(|entry| entry["resource"]["id"].as_str().unwrap().parse::<i64>().unwrap()));
        let next = bundle["link"].as_array().unwrap().iter().find(|link| link["relation"] == "next");
        let Some(next) = next else { break };
        // The search itself is audited: each page would bring another one before it.
        url = next["url"].as_str().unwrap().replace(&format!("http://{}", world.service.address()), "");
    }
    assert!(ids.len() >= 8 && ids.windows(2).all(|pair| pair[0] > pair[1]), "{ids:?}");
    let none = format!("/fhir/R4/AuditEvent?patient={}&_lastUpdated=lt2020-01-01", world.number);
    assert!(world.send("doctor", Call::get(&none)).json()["entry"].is_null());
    for (user, path, status, code) in [
        ("doctor", "/fhir/R4/AuditEvent".to_owned(), 400, "required"),
        ("doctor", format!("/fhir/R4/AuditEvent?patient={}&_lastUpdated=yesterday", world.number), 400, "invalid"),
        ("doctor", "/fhir/R4/AuditEvent?patient=123".to_owned(), 400, "invalid"),
        ("doctor", "/fhir/R4/Observation".to_owned(), 404, "not-supported"),
    ] {
        let answer = world.send(user, Call::get(&path));
        let outcome = answer.json();
        assert_eq!((answer.status, outcome["resourceType"].as_str()), (status, Some("OperationOutcome")), "{path}");
        assert_eq!(outcome["issue"][0]["code"], code, "{path}");
    }
    let nobody = Call::get(&format!("/fhir/R4/AuditEvent?patient={}", world.number)).send(world.service.address());
    assert_eq!((nobody.status, &nobody.json()["issue"][0]["code"]), (401, &json!("login")));
}

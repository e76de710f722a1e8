//! History over HTTP, with real peers who write: who wrote what, what is different, the plan as it was, and the way back.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use crate::{http::call::Answer, plan_desk::PlanDesk, service::binary};
use coplan_client::{Document, Status};
use coplan_core::{content::edit::Edit, section::Sections, time::UtcMillis};
use coplan_server::clock::Clock;
use serde_json::{Value, json};
use std::{
    process::{Command, Output},
    time::Duration,
};

/// Makes each edit, as one change, and waits until the server has it.
async fn write(document: &Document, section: &str, edits: &[Value]) {
    make(document, section, edits);
    in_time(document.wait_until_stored()).await.unwrap();
}

fn make(document: &Document, section: &str, edits: &[Value]) {
    let sections = Sections::embedded();
    let section = sections.section(&section.parse().unwrap()).unwrap();
    let edits: Vec<Edit> = edits.iter().map(|edit| serde_json::from_value(edit.clone()).unwrap()).collect();
    document.apply(section, &edits).unwrap();
}

async fn in_time<T>(wait: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), wait).await.expect("it happens in time")
}

/// Waits until the document holds this of a field.
async fn shows(document: &Document, field: &str, value: &str) {
    let mut events = document.follow();
    in_time(async {
        while document.json()["fields"][field] != value {
            events.next().await.unwrap();
        }
    })
    .await;
}

fn text(field: &str, text: &str) -> Value {
    json!({ "set-text": { "field": field, "text": text } })
}

fn place(code: &str) -> Value {
    json!({ "set": { "field": "preferred_place_of_care", "value": code } })
}

fn get(desk: &PlanDesk, user: &str, below: &str) -> Value {
    let answer = desk.get(user, below);
    assert_eq!(answer.status, 200, "{below}: {answer:?}");
    answer.json()
}

/// The entries about sections, newest first, as `by: sentence`.
fn sentences(history: &Value) -> Vec<String> {
    let entries = history["entries"].as_array().unwrap();
    let edits = entries.iter().filter(|entry| entry["kind"] != "publication");
    edits.map(|entry| entry["sentence"].as_str().unwrap().to_owned()).collect()
}

fn differences(section: &Value) -> Vec<String> {
    let all = section["differences"].as_array().unwrap();
    all.iter().map(|it| format!("{}: {}", it["by"]["user"].as_str().unwrap(), it["words"].as_str().unwrap())).collect()
}

/// A moment after everything that has arrived, and before everything that will.
fn moment() -> String {
    let now = Clock.now();
    while Clock.now() <= now.plus_ms(1) {
        std::thread::yield_now();
    }
    now.plus_ms(1).to_rfc3339()
}

/// Asks until it is as wanted.
async fn until(ask: impl Fn() -> Answer, wanted: impl Fn(&Answer) -> bool) -> Answer {
    in_time(async {
        loop {
            let answer = ask();
            if wanted(&answer) {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await
}

#[tokio::test]
async fn every_field_names_who_wrote_it_last_and_when() {
    let desk = PlanDesk::open().await;
    let (_a, nurse) = desk.document("nurse", "about-me").await;
    let (_b, doctor) = desk.document("doctor", "about-me").await;
    let before = Clock.now();
    write(&nurse, "about-me", &[text("pets", "A dog")]).await;
    write(&nurse, "about-me", &[text("most_important", "The sea")]).await;
    shows(&doctor, "most_important", "The sea").await;
    write(&doctor, "about-me", &[text("most_important", "The sea, and the garden")]).await;
    let body = get(&desk, "doctor", "/sections/about-me/authors");
    let of = |path: &str| body["authors"].as_array().unwrap().iter().find(|it| it["path"] == path).unwrap().clone();
    let (pets, important) = (of("pets"), of("most_important"));
    assert_eq!((&pets["by"]["user"], &pets["people"]), (&json!("nurse"), &json!(1)));
    assert_eq!((&important["by"]["user"], &important["people"]), (&json!("doctor"), &json!(2)));
    assert_eq!(pets["by"]["organisation"], "Northfield Community Trust");
    assert_eq!(pets["by"]["role"], "registered-professional");
    let at = UtcMillis::from_rfc3339(pets["at"].as_str().unwrap()).unwrap();
    let device_at = UtcMillis::from_rfc3339(pets["device_at"].as_str().unwrap()).unwrap();
    assert!(at >= before && at <= Clock.now() && at.since_ms(device_at).abs() < 60_000);
    assert_eq!(body["authors"].as_array().unwrap().len(), 2, "{body}");
    assert_eq!(desk.get("crew", "/sections/about-me/authors").problem(), "not-allowed");
    assert_eq!(desk.get("doctor", "/sections/nonsense/authors").status, 404);
}

#[tokio::test]
async fn history_says_who_did_what_newest_first_page_by_page() {
    let desk = PlanDesk::open().await;
    let (_a, nurse) = desk.document("nurse", "preferences").await;
    let (_b, doctor) = desk.document("doctor", "preferences").await;
    write(&nurse, "preferences", &[place("hospital")]).await;
    shows(&doctor, "preferred_place_of_care", "hospital").await;
    write(&doctor, "preferences", &[place("own-home")]).await;
    let (_c, about) = desk.document("nurse", "about-me").await;
    write(&about, "about-me", &[text("pets", "A dog")]).await;
    write(&about, "about-me", &[text("pets", "A dog and a cat")]).await;

    let whole = get(&desk, "doctor", "/history?limit=100");
    let said = sentences(&whole);
    assert_eq!(
        said[..3],
        [
            "The nurse, Northfield Community Trust, wrote My pets, and what should become of them: “A dog and a cat”",
            "The doctor, Northfield Community Trust, changed Preferred place of care from Hospital to Own home",
            "The nurse, Northfield Community Trust, set Preferred place of care to Hospital",
        ]
    );
    assert!(said[3..].iter().all(|sentence| sentence.contains(", began ")), "{said:?}");
    assert_eq!(whole["next"], Value::Null);
    let newest = whole["entries"].as_array().unwrap().iter().find(|entry| entry["section"] == "about-me").unwrap();
    assert_eq!(newest["changes"].as_array().unwrap().len(), 2);
    assert_eq!(newest["differences"][0]["path"], "pets");

    // Page by page it is the same, with nothing twice and nothing left out. Publications may come meanwhile.
    let mut paged = Vec::new();
    let mut next = String::new();
    loop {
        let page = get(&desk, "doctor", &format!("/history?limit=2{next}"));
        paged.extend(sentences(&page));
        match page["next"].as_str() {
            Some(cursor) => next = format!("&before={cursor}"),
            None => break,
        }
    }
    assert_eq!(paged, said);

    let section = get(&desk, "doctor", "/history?section=preferences");
    assert_eq!(sentences(&section)[..2], said[1..3]);
    assert!(!section.to_string().contains("A dog"));
    let path = get(&desk, "doctor", "/history?section=preferences&path=preferred_place_of_care");
    assert_eq!(sentences(&path), said[1..3]);
    for (query, problem) in [
        ("section=nonsense", "unknown-section"),
        ("path=pets", "section-required"),
        ("before=nonsense", "bad-cursor"),
        ("limit=many", "bad-query"),
    ] {
        assert_eq!(desk.get("doctor", &format!("/history?{query}")).problem(), problem, "{query}");
    }

    // What one may not read is not there.
    assert!(sentences(&get(&desk, "crew", "/history")).is_empty());
    assert_eq!(desk.get("crew", "/history?section=preferences").problem(), "not-allowed");
    assert_eq!(desk.get("person", "/history").status, 404);
}

#[tokio::test]
async fn a_publication_and_a_settled_disagreement_are_entries_with_who_and_why() {
    let desk = PlanDesk::open().await;
    let (nurses_peer, nurse) = desk.document("nurse", "preferences").await;
    let (_b, doctor) = desk.document("doctor", "preferences").await;
    nurses_peer.go_offline();
    in_time(nurses_peer.wait_until(Status::Offline)).await;
    make(&nurse, "preferences", &[place("hospice")]);
    write(&doctor, "preferences", &[place("own-home")]).await;
    nurses_peer.go_online();
    in_time(nurse.wait_until_stored()).await.unwrap();
    in_time(async {
        let mut events = doctor.follow();
        while doctor.heads().len() < 2 {
            events.next().await.unwrap();
        }
    })
    .await;
    let reason = "She said so to both of us";
    let settle =
        json!({ "settle": { "path": "preferred_place_of_care", "choice": { "value": "own-home" }, "reason": reason } });
    write(&doctor, "preferences", &[settle]).await;
    let history = get(&desk, "doctor", "/history?section=preferences");
    let settled = &history["entries"][0];
    assert_eq!(settled["kind"], "settled", "{history}");
    assert_eq!(settled["differences"][0]["reason"], reason);
    assert_eq!(
        settled["sentence"],
        format!(
            "The doctor, Northfield Community Trust, settled Preferred place of care: Own home, not Hospice (reason: {reason})"
        )
    );

    let heads: Vec<String> = doctor.heads().iter().map(ToString::to_string).collect();
    let wanted = json!({ "sections": [{ "section": "preferences", "heads": heads }] });
    let made = desk.post("doctor", "/publications", &wanted);
    assert_eq!(made.status, 201, "{made:?}");
    let history = get(&desk, "doctor", "/history?section=preferences");
    let published = &history["entries"][0];
    assert_eq!(published["kind"], "publication", "{history}");
    assert_eq!(published["version"], made.json()["version"]);
    let version = &made.json()["version"];
    let said = format!(
        "The doctor, Northfield Community Trust, shared Places and preferences and published version {version}"
    );
    assert_eq!(published["sentence"], said);
}

#[tokio::test]
async fn two_moments_are_compared_field_by_field_and_since_one_looked() {
    let desk = PlanDesk::open().await;
    let (_a, nurse) = desk.document("nurse", "preferences").await;
    write(&nurse, "preferences", &[place("hospital")]).await;
    let first = moment();
    let looked = desk.post("doctor", "/look", &Value::Null);
    assert_eq!(looked.status, 204);
    moment();
    write(&nurse, "preferences", &[place("hospice")]).await;
    let second = moment();
    write(&nurse, "preferences", &[place("own-home"), text("place_of_care_detail", "In the garden room")]).await;

    let words = |from: &str, to: &str| {
        let body = get(&desk, "doctor", &format!("/compare?from={from}&to={to}"));
        let sections = body["sections"].as_array().unwrap().clone();
        sections.iter().flat_map(differences).collect::<Vec<_>>()
    };
    let changed = |from: &str, to: &str| format!("nurse: changed Preferred place of care from {from} to {to}");
    assert_eq!(words(&first, &second), [changed("Hospital", "Hospice")]);
    assert_eq!(words(&second, &first), [changed("Hospice", "Hospital")]);
    assert_eq!(words("last-look", &second), [changed("Hospital", "Hospice")]);
    let now = words(&first, "now");
    assert_eq!(now[0], changed("Hospital", "Own home"));
    assert!(now[1].ends_with("“In the garden room”") && now.len() == 2, "{now:?}");
    assert!(words(&second, &second).is_empty());
    // Who never looked has everything before them.
    let never = get(&desk, "nurse", "/compare?from=last-look");
    assert!(never.to_string().contains("set Preferred place of care to Own home"), "{never}");
    for (query, problem) in [
        ("from=yesterday", "bad-moment"),
        ("from=version:99", "unknown-version"),
        ("from=version:x", "bad-moment"),
        ("to=now", "bad-query"),
    ] {
        assert_eq!(desk.get("doctor", &format!("/compare?{query}")).problem(), problem, "{query}");
    }
    assert!(get(&desk, "crew", "/compare?from=last-look")["sections"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn ones_own_changes_are_taken_back_where_they_still_stand() {
    let desk = PlanDesk::open().await;
    let (_a, nurse) = desk.document("nurse", "preferences").await;
    let (_b, doctor) = desk.document("doctor", "preferences").await;
    write(&doctor, "preferences", &[place("hospital")]).await;
    shows(&nurse, "preferred_place_of_care", "hospital").await;
    write(&nurse, "preferences", &[place("hospice")]).await;
    let newest = |user: &str| get(&desk, user, "/history?section=preferences")["entries"][0].clone();
    let (mine, theirs) = (newest("nurse"), newest("doctor"));
    assert_eq!((&mine["undoable"], &theirs["undoable"]), (&json!(true), &json!(false)));
    let undo = |user: &str, changes: &Value| {
        desk.post(user, "/undo", &json!({ "section": "preferences", "changes": changes }))
    };
    assert_eq!(undo("doctor", &mine["changes"]).problem(), "not-own-change");
    assert_eq!(undo("pharmacist", &mine["changes"]).problem(), "not-allowed");
    assert_eq!(undo("nurse", &json!(["zz"])).problem(), "unknown-change");
    assert_eq!(undo("nurse", &json!([&"ab".repeat(32)])).problem(), "unknown-change");
    assert_eq!(undo("nurse", &json!([])).problem(), "too-many");
    let done = undo("nurse", &mine["changes"]);
    assert_eq!(done.status, 201, "{done:?}");
    // It is a change like any other: everybody gets it, and history tells of it.
    shows(&doctor, "preferred_place_of_care", "hospital").await;
    shows(&nurse, "preferred_place_of_care", "hospital").await;
    let told = newest("nurse");
    assert_eq!(told["changes"].as_array().unwrap().last(), Some(&done.json()["change"]));
    assert_eq!(told["by"]["user"], "nurse");
    // Nobody's later words are lost by it.
    write(&nurse, "preferences", &[place("hospice")]).await;
    let change = nurse.heads()[0].to_string();
    shows(&doctor, "preferred_place_of_care", "hospice").await;
    write(&doctor, "preferences", &[place("own-home")]).await;
    let refused = undo("nurse", &json!([change]));
    assert_eq!(refused.problem(), "changed-since");
    assert_eq!(refused.json()["fields"], json!([{ "path": "preferred_place_of_care" }]));
}

#[tokio::test]
async fn the_plan_at_a_moment_is_what_was_written_and_published_then_and_the_command_says_the_same() {
    let mut desk = PlanDesk::open().await;
    let before_plan = UtcMillis(0).to_rfc3339();
    let (peer, nurse) = desk.document("nurse", "about-me").await;
    write(&nurse, "about-me", &[text("pets", "A dog")]).await;
    let view = until(|| desk.get("doctor", "/views/clinical"), |answer| answer.status == 200).await;
    let published = view.json();
    write(&nurse, "about-me", &[text("pets", "A cat")]).await;
    let between = moment();
    let heads: Vec<String> = nurse.heads().iter().map(ToString::to_string).collect();
    let version = |answer: &Answer| answer.status == 200 && answer.json()["version"] != published["version"];
    until(|| desk.get("doctor", "/views/clinical"), version).await;
    write(&nurse, "about-me", &[text("pets", "A parrot")]).await;

    let then = desk.get("doctor", &format!("/at?at={between}"));
    assert_eq!(then.status, 200, "{then:?}");
    let body = then.json();
    assert_eq!(body["version"], published["version"]);
    assert_eq!(body["views"]["clinical"], published);
    assert_eq!(body["published_at"], published["published_at"]);
    assert_eq!(body["person"], published["person"]);
    let sections = body["sections"].as_array().unwrap();
    let about = sections.iter().find(|section| section["section"] == "about-me").unwrap();
    assert_eq!(about["heads"], json!(heads));
    assert_eq!(about["fields"][0]["value"], "A cat", "{about}");
    let reader = desk.get("care-worker", &format!("/at?at={between}")).json();
    assert!(reader["sections"].as_array().unwrap().iter().all(|section| section["section"] != "health"));
    let tomorrow = Clock.now().plus_ms(86_400_000).to_rfc3339();
    for (at, problem) in [("noon", "bad-moment"), (&before_plan, "before-plan"), (&tomorrow, "not-yet")] {
        assert_eq!(desk.get("doctor", &format!("/at?at={at}")).problem(), problem, "{at}");
    }

    // Beside the running service, and after it was killed.
    let line = [then.body.as_slice(), b"\n"].concat();
    for _ in 0..2 {
        let printed = replay(&desk, &["--plan", &desk.plan, "--at", &between, "--as", "doctor"]);
        assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
        assert_eq!(printed.stdout, line);
        peer.disconnect();
        desk.service.kill9();
    }
    let again = replay(&desk, &["--plan", &desk.plan, "--version", &published["version"].to_string()]);
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    let again: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!((&again["same"], &again["views"]["clinical"]), (&json!(true), &published));

    let plan = desk.plan.as_str();
    for (arguments, code, said) in [
        (vec!["--plan", plan], 2, "--at"),
        (vec!["--plan", plan, "--at", "noon"], 2, "not a time as RFC 3339 writes it"),
        (vec!["--plan", plan, "--at", &between, "--version", "1"], 2, "cannot be used with"),
        (vec!["--plan", "no/plan", "--at", &between], 2, "not an id"),
        (vec!["--plan", "nobodys", "--at", &between], 1, "no plan `nobodys`"),
        (vec!["--plan", plan, "--at", &before_plan], 1, "is before that"),
        (vec!["--plan", plan, "--at", &tomorrow], 1, "has not come yet"),
        (vec!["--plan", plan, "--version", "99"], 1, "no version 99"),
        (vec!["--plan", plan, "--at", &between, "--as", "nobody"], 1, "no account `nobody`"),
        (vec!["--plan", plan, "--at", &between, "--as", "person"], 1, "you do not work with this plan"),
    ] {
        let refused = replay(&desk, &arguments);
        let error = String::from_utf8(refused.stderr).unwrap();
        assert_eq!((refused.status.code(), refused.stdout.is_empty()), (Some(code), true), "{arguments:?}: {error}");
        assert!(error.starts_with("coplan: ") && error.contains(said), "{arguments:?}: {error}");
    }
}

fn replay(desk: &PlanDesk, arguments: &[&str]) -> Output {
    let mut command = Command::new(binary());
    command.arg("replay").arg("--data").arg(desk.service.folder()).arg("--database-url").arg(desk.service.database());
    command.args(arguments).env("RUST_LOG", "warn").output().unwrap()
}

//! J13: a complaint, and the plan as it was: who wrote what, who had opened it, and that nobody has changed it since.

use super::stage::{FOR_CPR, NOT_FOR_CPR, Stage, cpr};
use crate::service::binary;
use serde_json::{Value, json};
use std::{
    path::Path,
    process::{Command, Output},
};

const FIRST: &str = "7b6f1f0e-0021-4000-8000-000000000021";
const SECOND: &str = "7b6f1f0e-0022-4000-8000-000000000022";

#[tokio::test]
async fn the_plan_at_a_moment_is_told_again_with_everybody_who_wrote_and_a_changed_copy_is_found() {
    let mut stage = Stage::set().await;
    let (gp, nurse, registrar) =
        (stage.arrives("gp").await, stage.arrives("nurse-ada").await, stage.arrives("registrar").await);
    let (gps, nurses) = (gp.open("about-me").await, nurse.open("about-me").await);
    gps.writes("most_important", "To be at home");
    gps.is_stored().await;
    registrar.session.decide(&stage.plan, &cpr(FIRST, FOR_CPR, &json!({}))).await.unwrap();
    let view = stage
        .until(
            || published(&gp),
            |view| view.to_string().contains("For attempted CPR") && view.to_string().contains("To be at home"),
        )
        .await;
    let moment = moment_after(&view);
    stage.until(|| async {}, |()| now() > moment).await;

    // Afterwards things change.
    nurses.shows(|open| open.holds("most_important") == "To be at home").await;
    nurses.writes("most_important", "To be in the hospice");
    nurses.is_stored().await;
    let change = json!({ "supersedes": [FIRST], "reason": "The lung has failed" });
    registrar.session.decide(&stage.plan, &cpr(SECOND, NOT_FOR_CPR, &change)).await.unwrap();
    stage
        .until(
            || published(&gp),
            |view| view.to_string().contains("Not for attempted CPR") && view.to_string().contains("hospice"),
        )
        .await;

    // The plan as published then, and as it was being written.
    let then = gp.session.plan_at(&stage.plan, &moment).await.unwrap();
    assert_eq!(then["views"]["clinical"], view, "the view is the one that was published then");
    assert!(!then.to_string().contains("To be in the hospice") && !then.to_string().contains("The lung has failed"));

    let carer = stage.arrives("senior-carer").await;
    let less = carer.session.plan_at(&stage.plan, &moment).await.unwrap();
    let theirs: Vec<_> = less["views"].as_object().unwrap().keys().collect();
    assert_eq!(theirs, ["social-care"], "nobody reads a view of the past that they may not read today");

    every_change_has_its_author(&gp).await;
    who_had_opened_it_is_there(&stage);
    assert!(verify(&stage.service).status.success(), "nobody has changed anything");

    // The command prints the same, from the data alone.
    let version = view["version"].to_string();
    let plan = stage.plan.clone();
    stage.service.kill9();
    let folder = stage.service.database().parent().unwrap().to_path_buf();
    let database = stage.service.database();
    let printed: Value = serde_json::from_slice(&replay(&folder, &database, &plan, &["--at", &moment]).stdout).unwrap();
    for key in ["version", "views", "person"] {
        assert_eq!(printed[key], then[key], "`{key}` differs");
    }

    // The publication is made again from the change log; a copy in which somebody changed a word is found.
    let again = replay(&folder, &database, &plan, &["--version", &version]);
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    change_a_word(&database).await;
    let tampered = replay(&folder, &database, &plan, &["--version", &version]);
    assert_eq!(tampered.status.code(), Some(1), "{}", String::from_utf8_lossy(&tampered.stdout));
    let found = verify(&stage.service);
    let text = String::from_utf8_lossy(&found.stdout).into_owned();
    assert!(found.status.code() == Some(1) && text.contains("change-damaged"), "{text}");
}

/// Author, role, organisation, device time and server time.
async fn every_change_has_its_author(gp: &super::stage::Colleague) {
    let history = gp.session.history(&gp.plan, "limit=100").await.unwrap();
    let entries = history["entries"].as_array().unwrap();
    assert!(entries.len() >= 4, "{history}");
    for entry in entries.iter().filter(|entry| entry["kind"] != "publication") {
        let by = &entry["by"];
        assert!(by["name"].is_string() && by["role"].is_string() && by["organisation"].is_string(), "{entry}");
        assert!(entry["at"].is_string() && entry["sentence"].is_string(), "{entry}");
    }
    assert!(history.to_string().contains("Ada Marsh, Wenford Community Nursing"), "{history}");
}

/// The care home's look at the past too, with the organisation and when.
fn who_had_opened_it_is_there(stage: &Stage) {
    let audit = stage.asks("gp", &format!("/api/plans/{}/audit?limit=200", stage.plan));
    let opened = audit["events"].as_array().unwrap();
    let looks = opened.iter().filter(|event| event["action"] == "plan:see" && event["outcome"] == "allowed");
    assert!(looks.count() >= 3, "{audit}");
    assert!(opened.iter().any(|event| event["action"] == "section:change" && event["at"].is_string()), "{audit}");
}

/// What `coplan verify` says of the stage's data.
fn verify(service: &crate::service::Service) -> Output {
    Command::new(binary()).arg("verify").arg("--data").arg(service.folder()).output().unwrap()
}

async fn published(who: &super::stage::Colleague) -> Value {
    let view = who.session.view(&who.plan, "clinical", None).await;
    view.map_or(Value::Null, |view| serde_json::from_slice(&view.bytes).unwrap())
}

/// A moment after everything that the view shows.
fn moment_after(view: &Value) -> String {
    view["published_at"].as_str().unwrap().to_owned()
}

fn now() -> String {
    coplan_server::clock::Clock.now().to_rfc3339()
}

fn replay(folder: &Path, database: &Path, plan: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(binary());
    command.arg("replay").arg("--data").arg(folder).arg("--database-url").arg(database);
    command.args(["--plan", plan]).args(arguments).output().unwrap()
}

/// What somebody with the database file in hand could do: the words of one change, to others of the same length.
async fn change_a_word(database: &Path) {
    use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
    const WORDS: (&[u8], &[u8]) = (b"at home", b"at work");
    let mut connection = SqliteConnectOptions::new().filename(database).connect().await.unwrap();
    let rows: Vec<(String, i64, Vec<u8>)> =
        sqlx::query_as("select document, position, bytes from change").fetch_all(&mut connection).await.unwrap();
    let found = rows.into_iter().find_map(|(document, position, mut bytes)| {
        let at = bytes.windows(WORDS.0.len()).position(|window| window == WORDS.0)?;
        bytes[at..at + WORDS.1.len()].copy_from_slice(WORDS.1);
        Some((document, position, bytes))
    });
    let (document, position, bytes) = found.expect("the words stand in a change");
    sqlx::query("update change set bytes = ? where document = ? and position = ?")
        .bind(bytes)
        .bind(document)
        .bind(position)
        .execute(&mut connection)
        .await
        .unwrap();
}

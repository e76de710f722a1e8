//! What the person chose about sharing, recorded as a decision: it holds from the moment on at which it is written.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use crate::{http::call::Answer, plan_desk::PlanDesk};
use coplan_client::{Event, Follower, field};
use coplan_core::policy::Role;
use coplan_server::store::{Account, AccountKind, Organisation};
use serde_json::{Value, json};
use std::time::Duration;

const AT_THE_HOSPITAL: &str = "registrar";

async fn desk() -> PlanDesk {
    let registrar = Account {
        id: AT_THE_HOSPITAL.parse().unwrap(),
        kind: AccountKind::Staff,
        name: "The registrar".to_owned(),
        role: Role::Doctor,
        job_title: "Registrar".to_owned(),
        organisation: Organisation { code: "TEST2".parse().unwrap(), name: "Southfield Hospital".to_owned() },
        registration: Some("GMC 7900101".to_owned()),
        senior: false,
    };
    PlanDesk::open_with(&[registrar]).await
}

fn id(number: u32) -> String {
    format!("{number:08}-0000-4000-8000-000000000000")
}

/// Records a choice, as the person told the nurse.
fn choose(desk: &PlanDesk, number: u32, values: &Value, supersedes: &[u32]) -> Answer {
    let mut body = json!({ "command": "record", "kind": "sharing_choice", "id": id(number), "values": values });
    if !supersedes.is_empty() {
        body["supersedes"] = supersedes.iter().map(|number| json!(id(*number))).collect();
        body["reason"] = json!("She thought it over");
    }
    let made = desk.post("nurse", "/decisions", &body);
    assert_eq!(made.status, 201, "{made:?}");
    made
}

fn reason(answer: &Answer) -> String {
    answer.json()["detail"].as_str().unwrap_or_default().to_owned()
}

fn break_the_glass(desk: &PlanDesk, user: &str) {
    let body = json!({ "plan": desk.plan, "kind": "break-glass", "reason": "Found on the floor" });
    let broken = desk.post_anywhere(user, "/api/relationships", &body);
    assert_eq!(broken.status, 201, "{broken:?}");
}

/// Waits until the document that is followed is not there any more.
async fn is_taken_away(mut events: Follower) {
    let waiting = async { while !matches!(events.next().await, None | Some(Event::Unavailable)) {} };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("the document is taken away");
}

#[tokio::test]
async fn a_plan_for_emergencies_only_is_closed_to_the_team_at_once_and_glass_that_is_broken_shows_afterwards() {
    let desk = desk().await;
    let (_peer, open) = desk.document(AT_THE_HOSPITAL, "about-me").await;
    let following = open.follow();
    choose(&desk, 1, &json!({ "choice": "emergency-only", "detail": "Somebody at a reception knows me" }), &[]);
    for user in ["doctor", "nurse", AT_THE_HOSPITAL] {
        let answer = desk.get(user, "");
        let expected = (403, "this person wants their plan used only in an emergency".to_owned());
        assert_eq!((answer.status, reason(&answer)), expected, "{user}");
    }
    is_taken_away(following).await;
    let shown = desk.get("nurse", "/sharing").json();
    let choice = &shown["choice"];
    assert_eq!((&choice["choice"], &choice["organisations"]), (&json!("emergency-only"), &json!([])));
    assert_eq!(choice["decisions"].as_array().unwrap().len(), 1);
    assert_eq!((&choice["may_withdraw"], &shown["team"]), (&json!(false), &json!("none")), "by the rules, as of now");

    break_the_glass(&desk, "nurse");
    assert_eq!(desk.get("nurse", "").status, 200);
    let events = desk.get("nurse", "/audit").json();
    let opened =
        events["events"].as_array().unwrap().iter().find(|event| event["action"] == "plan:see").unwrap().clone();
    assert_eq!((&opened["connection"], &opened["emergency"]), (&json!("break-glass"), &json!(true)), "{opened}");
    assert!(opened["sentence"].as_str().unwrap().ends_with("in an emergency"), "{opened}");

    choose(&desk, 2, &json!({ "choice": "all-direct-care" }), &[1]);
    assert_eq!(desk.get(AT_THE_HOSPITAL, "").status, 200);
    let shown = desk.get("nurse", "/sharing").json();
    assert_eq!((&shown["choice"], &shown["team"]), (&Value::Null, &json!("all")));
}

#[tokio::test]
async fn of_two_choices_that_stand_against_each_other_the_narrower_holds_until_somebody_settles_it() {
    let desk = desk().await;
    choose(&desk, 1, &json!({ "choice": "all-direct-care" }), &[]);
    assert_eq!(desk.get(AT_THE_HOSPITAL, "").status, 200);
    let named =
        json!({ "choice": "named-organisations", "organisations": "northfield  community trust and St Nowhere" });
    choose(&desk, 2, &named, &[]);
    let refused = desk.get(AT_THE_HOSPITAL, "");
    assert_eq!((refused.status, reason(&refused).contains("they named")), (403, true), "{refused:?}");
    assert_eq!(desk.get("doctor", "").status, 200, "of an organisation that was named");
    assert_eq!(desk.get("doctor", "/sharing").json()["choice"]["organisations"], json!(["Northfield Community Trust"]));
    assert_eq!(desk.get("doctor", "/sharing").json()["choice"]["unknown"], json!(["St Nowhere"]));
    choose(&desk, 3, &json!({ "choice": "all-direct-care" }), &[1, 2]);
    assert_eq!(desk.get(AT_THE_HOSPITAL, "").status, 200);
}

#[tokio::test]
async fn a_choice_that_was_written_just_before_the_service_ended_holds_from_its_next_start_on() {
    let mut desk = desk().await;
    choose(&desk, 1, &json!({ "choice": "emergency-only" }), &[]);
    desk.service.kill9();
    let database = sqlx::sqlite::SqliteConnectOptions::new().filename(desk.service.database());
    let mut database = sqlx::ConnectOptions::connect(&database).await.unwrap();
    for nothing in ["null, sharing_as_of = null", "'[]', sharing_as_of = 1"] {
        let forget = format!("update plan set sharing_choices = {nothing}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(forget)).execute(&mut database).await.unwrap();
        desk.service.restart();
        // What was never followed is followed before the service listens, and what was cut short once the plan is touched.
        if nothing.starts_with('\'') {
            let (_peer, document) = desk.document("nurse", "about-me").await;
            let following = document.follow();
            document.edit(|tx| field::set(tx, "supported_by", "Her sister")).unwrap();
            is_taken_away(following).await;
        }
        assert_eq!(desk.get("doctor", "").status, 403, "{nothing}");
        desk.service.kill9();
    }
}

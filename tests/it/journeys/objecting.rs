//! J10: somebody objects, narrows it to emergencies, and takes it back; and counts that leave him out, and care that does not.

use super::stage::in_time;
use crate::{
    http::call::{Answer, Call},
    plan_desk::PlanDesk,
};
use coplan_client::field;
use coplan_core::{policy::Role, time::UtcMillis};
use coplan_server::{
    clock::Clock,
    store::{Account, AccountKind, Organisation},
};
use serde_json::{Value, json};
use std::time::Duration;

const SIX_MONTHS_MS: i64 = 183 * 24 * 60 * 60 * 1_000;
const WORDS: &str = "Come aboard over the stern";

#[tokio::test]
async fn an_objection_closes_the_plan_to_the_team_and_not_to_crews_and_taking_it_back_loses_nothing() {
    let desk = desk().await;
    let (_peer, nurse) = desk.document("nurse", "about-me").await;
    nurse.edit(|tx| field::type_text(tx, "most_important", 0, 0, WORDS)).unwrap();
    in_time(nurse.wait_until_stored()).await.unwrap();
    until(|| desk.get("crew", "/views/urgent"), |answer| says(answer, WORDS)).await;

    // He tells whoever is at the desk.
    let until_at = Clock.now().plus_ms(SIX_MONTHS_MS);
    let wanted = json!({ "grade": "emergency-only", "reason": "Ambulance crews and nobody else", "until": until_at.to_rfc3339() });
    let objection = desk.post("care-worker", "/sharing/objections", &wanted);
    assert_eq!(objection.status, 201, "{objection:?}");
    let said = objection.json();
    assert_eq!((&said["grade"], &said["until"]), (&json!("emergency-only"), &json!(until_at.to_rfc3339())));
    assert_eq!(said["by"]["user"], "care-worker");

    // At once: the team hears why, and crews go on reading.
    for below in
        ["", "/views/clinical", "/publications", "/history", "/quarantine", "/suggestions", "/decisions", "/team"]
    {
        let refused = desk.get("doctor", below);
        assert_eq!((refused.status, refused.problem().as_str()), (403, "not-allowed"), "{below} {refused:?}");
        assert!(!says(&refused, WORDS), "{below}");
    }
    let refused = desk.get("doctor", "").json();
    assert_eq!(refused["detail"], "this person wants their plan used only in an emergency");
    assert_eq!(refused["remedies"], json!(["break-glass", "set-sharing"]), "the desk takes down a change of mind");
    assert_eq!(desk.get_anywhere("doctor", "/api/plans").json(), json!([]));
    assert!(says(&desk.get("crew", "/views/urgent"), WORDS), "crews read on");
    let sharing = desk.get("doctor", "/sharing").json();
    assert_eq!((sharing["objections"].as_array().unwrap().len(), &sharing["may_set"]), (1, &json!(true)));

    the_glass_is_broken_with_a_reason_and_somebody_looks_at_it(&desk);

    // He opts back in: it is as it was, and what he had said stays in the record.
    let address = format!("/sharing/objections/{}", said["id"].as_str().unwrap());
    assert_eq!(desk.delete("care-worker", &address).status, 204);
    assert_eq!(desk.delete("care-worker", &address).status, 404);
    assert_eq!(desk.get("nurse", "").json()["banner"], Value::Null);
    assert!(says(&desk.get("doctor", "/views/clinical"), WORDS));
    let (_peer, again) = desk.document("nurse", "about-me").await;
    assert_eq!(again.json()["fields"]["most_important"], WORDS);
    let kept: Vec<i64> = desk
        .service
        .rows(
            "select count(*) from objection join plan using (nhs_number) where plan.id = ? and withdrawn_at > 0",
            &desk.plan,
        )
        .await;
    assert_eq!(kept, [1]);
}

fn the_glass_is_broken_with_a_reason_and_somebody_looks_at_it(desk: &PlanDesk) {
    let ask = |user: &str, body: &Value| {
        Call::post("/api/relationships", body).header("cookie", &desk.cookie(user)).send(desk.service.address())
    };
    let number = desk.number.as_str();
    let silent = ask("doctor", &json!({ "plan": desk.plan, "kind": "break-glass", "reason": " " }));
    assert_eq!((silent.status, silent.problem().as_str()), (422, "reason-required"));
    let reason = "Found confused on the towpath";
    let broken = ask("doctor", &json!({ "nhs_number": number, "kind": "break-glass", "reason": reason }));
    assert_eq!(broken.status, 201, "{broken:?}");
    let until = UtcMillis::from_rfc3339(broken.json()["until"].as_str().unwrap()).unwrap();
    assert!(until.since_ms(Clock.now()) <= 60 * 60 * 1_000, "an hour at most");
    let opened = desk.get("doctor", "").json();
    assert_eq!(opened["banner"]["kind"], "break-glass");
    assert_eq!(opened["until"], broken.json()["until"]);
    assert!(says(&desk.get("doctor", "/views/clinical"), WORDS));
    assert_eq!(desk.get("nurse", "").status, 403, "for nobody else");

    let metrics = Call::get("/metrics").send(desk.service.address());
    let metrics = String::from_utf8(metrics.body).unwrap();
    assert!(metrics.contains("coplan_broken_glass_total 1"), "{metrics}");
    assert!(!metrics.contains(number) && !metrics.contains(&desk.plan) && !metrics.contains("towpath"));
    let alert = desk.get_anywhere("officer", "/api/review?state=open").json();
    let items = alert["items"].as_array().unwrap();
    assert!(items.iter().any(|item| item["kind"] == "break-glass" && item["reason"] == reason), "{alert}");
    assert!(!alert.to_string().contains(number) && !alert.to_string().contains(&desk.plan), "{alert}");
    let ended = format!("/api/relationships/{}", broken.json()["id"].as_str().unwrap());
    let end = |user: &str| {
        Call::get(&ended).method("DELETE").header("cookie", &desk.cookie(user)).send(desk.service.address())
    };
    assert_eq!((end("nurse").status, end("doctor").status, end("doctor").status), (404, 204, 404), "one's own, once");
    assert_eq!(desk.get("doctor", "").status, 403);
}

#[tokio::test]
async fn a_refused_plan_is_closed_to_crews_too_until_the_refusal_runs_out_or_is_withdrawn() {
    let desk = desk().await;
    for (wrong, code) in [
        (json!({ "grade": "refused", "reason": "" }), "reason-required"),
        (json!({ "grade": "refused", "reason": "x".repeat(501) }), "reason-too-long"),
        (json!({ "grade": "refused", "reason": "He said so", "until": "2001-01-01T00:00:00Z" }), "until"),
        (json!({ "grade": "refused", "reason": "He said so", "until": "tomorrow" }), "until"),
        (json!({ "grade": "sometimes", "reason": "He said so" }), "bad-body"),
    ] {
        let refused = desk.post("doctor", "/sharing/objections", &wrong);
        assert_eq!((refused.status, refused.problem().as_str()), (422, code), "{wrong}");
    }
    assert!(matches!(
        desk.post("crew", "/sharing/objections", &json!({ "grade": "refused", "reason": "No" })).status,
        403 | 404
    ));
    let (_peer, nurse) = desk.document("nurse", "about-me").await;
    nurse.edit(|tx| field::type_text(tx, "most_important", 0, 0, WORDS)).unwrap();
    in_time(nurse.wait_until_stored()).await.unwrap();
    until(|| desk.get("crew", "/views/urgent"), |answer| says(answer, WORDS)).await;
    let until_at = Clock.now().plus_ms(SHORT_MS);
    let wanted = json!({ "grade": "refused", "reason": "He said so", "until": until_at.to_rfc3339() });
    assert_eq!(desk.post("doctor", "/sharing/objections", &wanted).status, 201);
    let crew = desk.get("crew", "/views/urgent");
    assert!(matches!(crew.status, 403 | 404) && !says(&crew, WORDS), "{crew:?}");
    assert_eq!(desk.get("doctor", "").json()["detail"], "this person does not want a shared plan");
    until(|| desk.get("crew", "/views/urgent"), |answer| says(answer, WORDS)).await;
}

#[tokio::test]
async fn whoever_opted_out_of_national_use_is_not_counted_and_is_looked_after_all_the_same() {
    let desk = desk().await;
    let counted = || desk.get_anywhere("analyst", "/api/reports/plans").json()["plans"].clone();
    assert_eq!(counted(), 1);
    let opt_out = |out: bool| {
        let target = format!("/dev/people/{}/national-data-opt-out", desk.number.as_str());
        Call::post(&target, &json!({ "opted_out": out })).method("PUT").send(desk.service.address()).status
    };
    assert_eq!(opt_out(true), 204);
    assert_eq!(counted(), 0);
    assert_eq!(desk.get("doctor", "").status, 200, "care is another matter");
    assert_eq!(opt_out(false), 204);
    assert_eq!(counted(), 1);
    for user in ["doctor", "crew", "officer"] {
        assert!(matches!(desk.get_anywhere(user, "/api/reports/plans").status, 403 | 404), "{user} counts nothing");
    }
    assert_eq!(desk.get("analyst", "").status, 404, "who counts sees no plan");
}

/// A server with a plan, a privacy officer and an analyst.
async fn desk() -> PlanDesk {
    PlanDesk::open_with(&[account("officer", Role::PrivacyOfficer), account("analyst", Role::Analyst)]).await
}

fn account(id: &str, role: Role) -> Account {
    let organisation = Organisation { code: "TEST1".parse().unwrap(), name: "Northfield Community Trust".to_owned() };
    Account {
        id: id.parse().unwrap(),
        kind: AccountKind::Staff,
        name: format!("The {id}"),
        role,
        job_title: id.to_owned(),
        organisation,
        registration: None,
        senior: false,
    }
}

fn says(answer: &Answer, words: &str) -> bool {
    String::from_utf8_lossy(&answer.body).contains(words)
}

/// Asks until the answer is as it should be.
async fn until(ask: impl Fn() -> Answer, is: impl Fn(&Answer) -> bool) -> Answer {
    in_time(async {
        loop {
            let answer = ask();
            if is(&answer) {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await
}

/// Long enough to be seen in force, short enough to wait for, in milliseconds.
const SHORT_MS: i64 = 4_000;

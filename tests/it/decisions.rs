//! Decision records over HTTP: what is taken, what is refused, and what two who disagree see of each other.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::{
    http::call::{Answer, Call},
    plan_desk::PlanDesk,
};
use coplan_core::policy::Role;
use coplan_server::store::{Account, AccountKind, Organisation};
use serde_json::{Value, json};
use std::thread;

/// A plan, and beside the usual staff a registrar and an FY1, who are no senior decision-makers, a consultant, who is, and
/// a nurse whose registration number is not known.
async fn desk() -> PlanDesk {
    let accounts = [
        account("registrar", Role::Doctor, Some("GMC 7900101"), false),
        account("fy1", Role::Doctor, Some("GMC 7900102"), false),
        account("consultant", Role::Specialist, Some("GMC 7900103"), true),
        account("unregistered", Role::RegisteredProfessional, None, false),
    ];
    PlanDesk::open_with(&accounts).await
}

fn account(id: &str, role: Role, registration: Option<&str>, senior: bool) -> Account {
    Account {
        id: id.parse().unwrap(),
        kind: AccountKind::Staff,
        name: format!("The {id}"),
        role,
        job_title: id.to_owned(),
        organisation: Organisation { code: "TEST2".parse().unwrap(), name: "Southfield Hospital".to_owned() },
        registration: registration.map(str::to_owned),
        senior,
    }
}

fn id(number: u32) -> String {
    format!("{number:08}-0000-4000-8000-000000000000")
}

/// A CPR recommendation that lacks nothing.
fn cpr(number: u32, recommendation: &str) -> Value {
    json!({
        "command": "record", "kind": "cpr", "id": id(number),
        "values": {
            "recommendation": recommendation, "reason_code": "would-not-succeed", "capacity": "lacks",
            "capacity_basis": "Could not keep in mind what was said", "involvement": "B",
            "person_informed": "unable", "person_not_informed_reason": "Drowsy all day",
            "family_informed": "713656002", "review_due": "2099-01-31",
        },
    })
}

fn superseding(mut command: Value, numbers: &[u32]) -> Value {
    command["supersedes"] = numbers.iter().map(|number| json!(id(*number))).collect();
    command["reason"] = json!("Both of us have seen her now");
    command
}

fn endorse(number: u32) -> Value {
    json!({ "command": "endorse", "kind": "cpr", "id": id(number) })
}

fn withdraw(number: u32, reason: &str) -> Value {
    json!({ "command": "withdraw", "kind": "cpr", "id": id(number), "reason": reason })
}

impl PlanDesk {
    fn command(&self, user: &str, command: &Value) -> Answer {
        self.post(user, "/decisions", command)
    }

    fn kind(&self, user: &str, kind: &str) -> Value {
        let all = self.get(user, "/decisions");
        assert_eq!(all.status, 200, "{all:?}");
        all.json()["kinds"].as_array().unwrap().iter().find(|one| one["kind"] == kind).unwrap().clone()
    }

    fn states(&self, user: &str) -> Vec<String> {
        let records = self.kind(user, "cpr")["records"].clone();
        records.as_array().unwrap().iter().map(|record| record["state"].as_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test]
async fn two_who_decide_without_each_other_are_both_shown_until_one_with_authority_settles_it() {
    let desk = desk().await;
    let mut first = cpr(1, "450476008");
    first["made_at"] = json!("2026-11-22T14:02:00+01:00");
    let recorded = desk.command("registrar", &first);
    assert_eq!(recorded.status, 201, "{recorded:?}");
    let record = recorded.json();
    assert_eq!((&record["state"], &record["made_at"]), (&json!("current"), &json!("2026-11-22T13:02:00.000Z")));
    assert_eq!(record["recorded"]["registration"], "GMC 7900101");
    assert_eq!(record["recorded"]["organisation"], "Southfield Hospital");
    assert_eq!((&record["may_endorse"], &record["may_supersede"]), (&json!(false), &json!(true)));
    assert!(
        record["recorded"]["at"].as_str().unwrap().ends_with('Z') && record["change"].as_str().unwrap().len() == 64
    );
    let said = &record["fields"][0];
    assert_eq!((&said["value"], &said["display"]), (&json!("450476008"), &json!("Not for attempted CPR")));

    // The consultant was offline, so that the record names nothing.
    assert_eq!(desk.command("consultant", &cpr(2, "450475007")).json()["state"], "disputed");
    let disputed = desk.kind("nurse", "cpr");
    assert_eq!((&disputed["disputed"], &disputed["endorsed"]), (&json!(true), &json!(true)));
    assert_eq!(desk.states("nurse"), ["disputed", "disputed"]);

    let fy1 = desk.command("fy1", &endorse(2));
    assert_eq!((fy1.status, fy1.problem().as_str()), (403, "senior-required"));
    let told = fy1.json()["detail"].as_str().unwrap().to_owned();
    assert!(told.contains("senior decision-maker") && told.contains("ask a senior colleague"), "{told}");
    assert_eq!(desk.command("consultant", &endorse(2)).problem(), "own-record");

    let settled = desk.command("consultant", &superseding(cpr(3, "450475007"), &[1, 2]));
    assert_eq!((settled.status, &settled.json()["supersedes"]), (201, &json!([id(1), id(2)])), "{settled:?}");
    assert_eq!(desk.states("fy1"), ["superseded", "superseded", "current"]);
    assert_eq!(desk.kind("nurse", "cpr")["disputed"], false);
    let endorsed = desk.command("doctor", &endorse(3));
    assert_eq!((endorsed.status, &endorsed.json()["endorsed"]["name"]), (201, &json!("The doctor")), "{endorsed:?}");
    let again = desk.command("doctor", &endorse(3));
    assert_eq!((again.status, again.json()), (200, endorsed.json()));
}

/// Who asks, for what, and how it is refused: status, code, members of the problem.
fn wrong_commands() -> Vec<(&'static str, Value, u16, &'static str, Value)> {
    let with = |path: &str, value: Value| {
        let mut command = cpr(9, "450476008");
        *command.pointer_mut(path).unwrap() = value;
        command
    };
    let without = |field: &str| {
        let mut command = cpr(9, "450476008");
        command["values"].as_object_mut().unwrap().remove(field);
        command
    };
    let unreasoned = |mut command: Value| {
        command.as_object_mut().unwrap().remove("reason");
        command
    };
    vec![
        ("care-worker", cpr(9, "450476008"), 403, "not-allowed", Value::Null),
        ("pharmacist", endorse(2), 403, "not-allowed", Value::Null),
        ("unregistered", cpr(9, "450476008"), 403, "registration-required", Value::Null),
        ("fy1", endorse(2), 403, "senior-required", Value::Null),
        ("registrar", endorse(2), 403, "own-record", Value::Null),
        ("consultant", endorse(2), 409, "already-endorsed", Value::Null),
        ("consultant", endorse(1), 409, "superseded", Value::Null),
        ("consultant", withdraw(1, "In error"), 409, "superseded", Value::Null),
        ("consultant", withdraw(4, "In error"), 409, "already-withdrawn", Value::Null),
        ("consultant", withdraw(2, ""), 422, "reason-required", Value::Null),
        ("consultant", endorse(7), 422, "unknown-record", Value::Null),
        ("nurse", cpr(2, "450475007"), 409, "record-exists", Value::Null),
        ("nurse", with("/kind", json!("cprs")), 422, "unknown-kind", Value::Null),
        ("nurse", with("/kind", json!("about-me")), 422, "unknown-kind", Value::Null),
        ("nurse", with("/id", json!("9")), 422, "record-id", Value::Null),
        ("nurse", superseding(cpr(9, "450476008"), &[7]), 422, "unknown-record", Value::Null),
        ("nurse", unreasoned(superseding(cpr(9, "450476008"), &[2])), 422, "reason-required", Value::Null),
        ("nurse", without("capacity_basis"), 422, "missing-required", json!({ "fields": ["capacity_basis"] })),
        ("nurse", without("capacity"), 422, "missing-required", json!({ "fields": ["capacity"] })),
        ("nurse", without("review_due"), 422, "missing-required", json!({ "fields": ["review_due"] })),
        (
            "nurse",
            without("person_not_informed_reason"),
            422,
            "missing-required",
            json!({ "fields": ["person_not_informed_reason"] }),
        ),
        (
            "nurse",
            with("/values/review_due", json!("2020-01-01")),
            422,
            "value-in-the-past",
            json!({ "field": "review_due" }),
        ),
        (
            "nurse",
            with("/values/capacity", json!("perhaps")),
            422,
            "value-unknown-code",
            json!({ "field": "capacity" }),
        ),
        ("nurse", json!({ "command": "decide" }), 422, "bad-body", Value::Null),
    ]
}

#[tokio::test]
async fn each_wrong_command_has_its_own_refusal_and_stores_nothing() {
    let desk = desk().await;
    assert_eq!(desk.command("registrar", &cpr(1, "450476008")).status, 201);
    assert_eq!(desk.command("registrar", &superseding(cpr(2, "450475007"), &[1])).status, 201);
    assert_eq!(desk.command("nurse", &cpr(4, "450475007")).status, 201);
    assert_eq!(desk.command("nurse", &withdraw(4, "Wrong person")).status, 201);
    assert_eq!(desk.command("doctor", &endorse(2)).status, 201);
    let before = desk.kind("nurse", "cpr");

    for (user, command, status, code, members) in wrong_commands() {
        let refused = desk.command(user, &command);
        assert_eq!((refused.status, refused.problem().as_str()), (status, code), "{user} {command}");
        for (member, value) in members.as_object().into_iter().flatten() {
            assert_eq!(refused.json()[member], *value, "{user} {command}");
        }
    }
    assert_eq!(desk.kind("nurse", "cpr"), before, "nothing was stored");

    let mut senior = cpr(9, "450476008");
    senior["kind"] = json!("focus_of_care");
    senior["values"] = json!({});
    assert_eq!(desk.command("registrar", &senior).problem(), "senior-required");
    assert_eq!(desk.get("care-worker", "/decisions").problem(), "not-allowed");
    assert_eq!(desk.kind("unregistered", "cpr")["may_record"], false);
    let metrics = String::from_utf8(desk.get_anywhere("nurse", "/metrics").body).unwrap();
    let counted = r#"coplan_decisions_total{command="endorse",outcome="own-record"} 1"#;
    assert!(metrics.contains(counted), "refusals are counted");
}

#[tokio::test]
async fn the_same_command_twice_even_at_the_same_moment_is_one_record() {
    let desk = desk().await;
    let command = cpr(1, "450476008");
    let target = format!("/api/plans/{}/decisions", desk.plan);
    let call = Call::post(&target, &command).header("cookie", &desk.cookie("nurse"));
    let address = desk.service.address();
    let answers: Vec<Answer> = thread::scope(|scope| {
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(|| call.send(address))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 201], "{answers:?}");
    assert!(answers.iter().all(|answer| answer.json() == answers[0].json()), "all are told the same");
    assert_eq!(desk.states("nurse"), ["current"]);
    assert_eq!(desk.command("doctor", &command).problem(), "record-exists");
}

//! Launches that a host signs itself, and what comes of a launch however it came: at the API's boundary.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod host;
mod refusals;

use crate::http::call::{Answer, Call};
use host::{Host, Says};
use serde_json::{Value, json};

/// Opens a launch and gives the session's cookie, and where the browser was sent.
fn open(host: &Host, says: &Says) -> (String, String) {
    let opened = host.open(&host.ticket(says));
    assert_eq!(opened.status, 303, "{opened:?}");
    let cookie = opened.header("set-cookie").split(';').next().unwrap().to_owned();
    (cookie, opened.header("location").to_owned())
}

fn get(host: &Host, cookie: &str, target: &str) -> Answer {
    host.send(&Call::get(target).header("cookie", cookie))
}

fn post(host: &Host, cookie: &str, target: &str, body: &Value) -> Answer {
    host.send(&Call::post(target, body).header("cookie", cookie))
}

#[tokio::test]
async fn a_launch_opens_the_plan_of_the_person_whose_record_is_open_and_no_other() {
    let host = Host::start(2).await;
    let (plan, other) = (host.begin_plan(0), host.begin_plan(1));
    let (cookie, at) = open(&host, &host.says(0));
    assert_eq!(at, format!("/professional/plans/{plan}"));
    let me = get(&host, &cookie, "/api/me").json();
    assert_eq!((&me["via"], &me["only_plan"]), (&json!("launch-token"), &json!(plan)));
    assert_eq!((&me["user"]["name"], &me["user"]["job_title"]), (&json!("Dr Ada Fernsby"), &json!("GP partner")));
    assert_eq!(me["user"]["registration"], "GMC 7099901");
    assert_eq!(get(&host, &cookie, &format!("/api/plans/{plan}")).status, 200);
    assert_eq!(get(&host, &cookie, &format!("/api/plans/{other}")).status, 403);
    let launch = get(&host, &cookie, "/api/launch").json();
    let expected = json!({
        "person": { "nhs_number": host.number(0), "name": "An Invented Person", "born": "1950-01-01" },
        "plan": plan, "may_begin": false, "job": null, "host": "Northgate record",
    });
    assert_eq!(launch, expected);
}

#[tokio::test]
async fn a_crew_is_launched_onto_the_urgent_page_with_its_run() {
    let host = Host::start(1).await;
    let plan = host.begin_plan(0);
    let (cookie, at) = open(&host, &host.says(0).role("paramedic").app("crew").job("LAS-2026/114-7"));
    assert_eq!(at, format!("/crew/plans/{plan}"));
    assert_eq!(get(&host, &cookie, "/api/launch").json()["job"], "LAS-2026/114-7");
    let me = get(&host, &cookie, "/api/me").json();
    assert_eq!((&me["user"]["kind"], &me["user"]["role"]), (&json!("crew"), &json!("crew")));
}

#[tokio::test]
async fn the_address_of_a_launch_opens_once_and_for_half_a_minute() {
    let host = Host::start(1).await;
    host.begin_plan(0);
    let ticket = host.ticket(&host.says(0));
    assert_eq!(host.open(&ticket).status, 303);
    let again = host.open(&ticket);
    assert_eq!((again.status, again.header("location")), (303, "/?trouble=launch-failed"));
    assert_eq!(again.header("set-cookie"), "");
    assert_eq!(host.reason().await, "replayed");

    let late = host.ticket(&host.says(0));
    let left = host.write("update launch_ticket set expires_at = expires_at - 30000").await;
    assert_eq!((left, host.open(&late).header("location")), (1, "/?trouble=launch-failed"));
}

#[tokio::test]
async fn the_launch_of_the_next_person_ends_the_session_of_the_last() {
    let host = Host::start(2).await;
    let (first, second) = (host.begin_plan(0), host.begin_plan(1));
    let (before, _) = open(&host, &host.says(0));
    let mut socket = host.socket(&before).await;
    let (somebody_else, _) = open(&host, &host.says(0).user("u-2"));
    assert_eq!(get(&host, &before, "/api/me").status, 200, "another's launch ends nothing of mine");

    let (after, at) = open(&host, &host.says(1));
    assert_eq!(at, format!("/professional/plans/{second}"));
    assert_eq!(get(&host, &before, "/api/me").status, 401);
    socket.closes().await;
    assert_eq!(get(&host, &after, &format!("/api/plans/{first}")).status, 403);
    assert_eq!(get(&host, &somebody_else, &format!("/api/plans/{first}")).status, 200);
}

#[tokio::test]
async fn somebody_with_two_roles_is_asked_once_and_comes_to_the_plan() {
    let host = Host::start(2).await;
    let (plan, _) = (host.begin_plan(0), host.begin_plan(1));
    let two = |n| host.says(n).roles(&["gp", "nurse"]);
    let (cookie, at) = open(&host, &two(0));
    assert_eq!(at, format!("/?return=/professional/plans/{plan}"));
    assert_eq!(get(&host, &cookie, &format!("/api/plans/{plan}")).problem(), "role-required");
    let me = get(&host, &cookie, "/api/me").json();
    assert_eq!(me["role_required"], true);
    let nurse = me["roles"].as_array().unwrap().iter().find(|role| role["role"] == "registered-professional").unwrap();
    let chosen = post(&host, &cookie, "/api/me/role", &json!({ "role": nurse["id"] }));
    assert_eq!(chosen.status, 204);
    let cookie = chosen.header("set-cookie").split(';').next().unwrap().to_owned();
    assert_eq!(get(&host, &cookie, &format!("/api/plans/{plan}")).status, 200);

    let (cookie, _) = open(&host, &two(1));
    let me = get(&host, &cookie, "/api/me").json();
    assert_eq!((&me["role_required"], &me["user"]["role"]), (&json!(false), &json!("registered-professional")));
}

#[tokio::test]
async fn a_launched_session_does_not_widen_by_choosing_another_role() {
    let host = Host::start(2).await;
    let (plan, other) = (host.begin_plan(0), host.begin_plan(1));
    let (cookie, _) = open(&host, &host.says(0).roles(&["gp", "nurse"]));
    let roles = get(&host, &cookie, "/api/me").json()["roles"].clone();
    let chosen = post(&host, &cookie, "/api/me/role", &json!({ "role": roles[0]["id"] }));
    let cookie = chosen.header("set-cookie").split(';').next().unwrap().to_owned();
    let another = post(&host, &cookie, "/api/me/role", &json!({ "role": roles[1]["id"] }));
    assert_eq!((another.status, another.problem()), (409, "launched".to_owned()));
    assert_eq!(get(&host, &cookie, &format!("/api/plans/{other}")).status, 403);
    assert_eq!(get(&host, &cookie, &format!("/api/plans/{plan}")).status, 200);
}

#[tokio::test]
async fn where_there_is_no_plan_one_may_be_begun_for_that_person_only() {
    let host = Host::start(3).await;
    let other = host.begin_plan(1);
    let (cookie, at) = open(&host, &host.says(0));
    assert_eq!(at, "/professional/launched");
    let launch = get(&host, &cookie, "/api/launch").json();
    assert_eq!((&launch["plan"], &launch["may_begin"]), (&Value::Null, &json!(true)));
    assert_eq!(launch["person"]["nhs_number"], host.number(0));
    assert_eq!(get(&host, &cookie, &format!("/api/plans/{other}")).status, 403);
    assert_eq!(get(&host, &cookie, "/api/plans").json(), json!([]));
    let not_theirs = post(&host, &cookie, "/api/plans", &json!({ "nhs_number": host.number(2) }));
    assert_eq!(not_theirs.problem(), "not-allowed");

    let made = post(&host, &cookie, "/api/plans", &json!({ "nhs_number": host.number(0) }));
    assert_eq!(made.status, 201, "{made:?}");
    let plan = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(get(&host, &cookie, &format!("/api/plans/{plan}")).status, 200);
    assert_eq!(get(&host, &cookie, &format!("/api/plans/{other}")).status, 403);
    assert_eq!(get(&host, &cookie, "/api/me").json()["only_plan"], plan.as_str());
}

#[tokio::test]
async fn a_crew_launched_for_somebody_without_a_plan_learns_that_and_begins_none() {
    let host = Host::start(1).await;
    let (cookie, at) = open(&host, &host.says(0).role("paramedic").app("crew"));
    assert_eq!(at, "/crew/launched");
    let launch = get(&host, &cookie, "/api/launch").json();
    assert_eq!((&launch["plan"], &launch["may_begin"]), (&Value::Null, &json!(false)));
}

#[tokio::test]
async fn a_launch_connects_to_the_plan_until_its_session_ends() {
    let host = Host::start(1).await;
    let plan = host.begin_plan(0);
    // A party to the agreement that does not look after the person.
    let off = "update care_team set ended_at = 1 where organisation = 'TEST1'";
    assert_eq!(host.write(off).await, 1);
    host.write("insert into access_change (at) values (1)").await;
    let standing = "select count(*) from relationship where kind = 'launched' and ended_at is null and plan = ?";
    let (cookie, at) = open(&host, &host.says(0));
    assert_eq!(at, format!("/professional/plans/{plan}"));
    assert_eq!(get(&host, &cookie, &format!("/api/plans/{plan}")).json()["connection"], "launched");
    assert_eq!(host.count(standing, &plan).await, 1);
    assert_eq!(post(&host, &cookie, "/api/sign-out", &json!({})).status, 204);
    assert_eq!(host.count(standing, &plan).await, 0);
    assert_eq!(get(&host, &cookie, &format!("/api/plans/{plan}")).status, 401);
}

#[tokio::test]
async fn an_account_that_has_ended_is_not_launched_again() {
    let host = Host::start(1).await;
    host.begin_plan(0);
    let (cookie, _) = open(&host, &host.says(0));
    let user = get(&host, &cookie, "/api/me").json()["user"]["id"].as_str().unwrap().to_owned();
    assert!(host.command(&["account", "end", "--account", &user]).status.success());
    assert_eq!(get(&host, &cookie, "/api/me").status, 401);
    assert_eq!(host.post_token(&host.sign(&host.says(0))).problem(), "launch-refused");
    assert_eq!(host.reason().await, "account-ended");
}

#[tokio::test]
async fn a_role_that_the_host_no_longer_gives_ends_with_the_next_launch() {
    let host = Host::start(1).await;
    host.begin_plan(0);
    let (_, _) = open(&host, &host.says(0).role("gp"));
    let (cookie, _) = open(&host, &host.says(0).role("nurse"));
    let me = get(&host, &cookie, "/api/me").json();
    let roles: Vec<_> = me["roles"].as_array().unwrap().iter().map(|role| role["role"].clone()).collect();
    assert_eq!(roles, ["registered-professional"]);
}

#[tokio::test]
async fn no_token_number_or_name_of_a_launch_stands_in_the_log() {
    let host = Host::start(1).await;
    host.begin_plan(0);
    let says = host.says(0);
    let token = host.sign(&says);
    let url = host.post_token(&token).json()["url"].as_str().unwrap().to_owned();
    let ticket = url.split_once("?t=").unwrap().1.to_owned();
    let opened = host.open(&ticket);
    let cookie = opened.header("set-cookie").split(';').next().unwrap().to_owned();
    get(&host, &cookie, "/api/me");
    host.open(&ticket);
    host.reason().await;
    let log = host.log();
    assert!(log.contains("a host launched somebody"), "{log}");
    let session = cookie.split_once('=').unwrap().1;
    let signature = token.rsplit('.').next().unwrap();
    for secret in [ticket.as_str(), session, signature, &host.number(0), "Ada Fernsby", "An Invented Person"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

//! J16: a plan on paper. Who may print it, what the page may do, and what becomes of a print that somebody still holds.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::{
    http::call::{Answer, Call},
    plan_desk::PlanDesk,
    service::binary,
};
use coplan_client::{Document, field};
use serde_json::{Value, json};
use std::{process::Command, time::Duration};

const WAY_IN: &str = "Ring at Saltmarsh Haven";
const UNKNOWN: &str = "0000000000000000";

/// A plan that has been published, with the page that prints it.
async fn printed() -> (PlanDesk, Document, String) {
    let desk = PlanDesk::open().await;
    let (peer, home) = desk.document("nurse", "home-access").await;
    let html = published(&desk, &home, WAY_IN).await;
    // The peer lives as long as its document.
    std::mem::forget(peer);
    (desk, home, html)
}

/// Writes how to get in, and waits until paper says it.
async fn published(desk: &PlanDesk, home: &Document, words: &str) -> String {
    home.edit(|tx| field::set(tx, "way_in", words.to_owned())).unwrap();
    let asking = async {
        loop {
            let answer = desk.get("nurse", "/views/print");
            if answer.status == 200 && text(&answer).contains(words) {
                return text(&answer);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), asking).await.expect("it is published in time")
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

/// The code on a print, as people read it.
fn code_on(html: &str) -> String {
    let (_, after) = html.split_once("class=\"code\">").unwrap();
    after.split_once('<').unwrap().0.to_owned()
}

/// What anybody is told who types the code: nobody is signed in.
fn check(desk: &PlanDesk, code: &str) -> Answer {
    Call::get(&format!("/check/{code}")).header("accept", "application/json").send(desk.service.address())
}

fn state(desk: &PlanDesk, code: &str) -> Value {
    check(desk, code).json()["state"].clone()
}

#[tokio::test]
async fn a_print_is_a_page_that_stands_alone_for_those_who_may_have_it() {
    let (desk, _home, html) = printed().await;
    let page = desk.get("nurse", "/views/print");
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(page.header("cache-control"), "private, no-cache");
    assert!(!html.contains("<script") && !html.contains("<link") && !html.contains("<img"));
    let etag = page.header("etag").to_owned();
    let cookie = desk.cookie("nurse");
    let address = format!("/api/plans/{}/views/print", desk.plan);
    let again =
        Call::get(&address).header("cookie", &cookie).header("if-none-match", &etag).send(desk.service.address());
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(again.header("content-security-policy"), policy, "a browser takes this one in place of the first");

    for (user, status) in [("doctor", 200), ("pharmacist", 200), ("care-worker", 403), ("crew", 403), ("person", 404)] {
        assert_eq!(desk.get(user, "/views/print").status, status, "{user}");
        assert_eq!(desk.get(user, "/views/print?variant=easy-read").status, status, "{user}");
    }
    assert_eq!(Call::get(&address).send(desk.service.address()).status, 401);
    for wrong in ["/views/print?variant=large", "/views/urgent?variant=easy-read"] {
        let refused = desk.get("nurse", wrong);
        assert_eq!((refused.status, refused.problem().as_str()), (400, "bad-query"), "{wrong}");
    }
    let easy = desk.get("nurse", "/views/print?variant=easy-read");
    assert!(text(&easy).contains(WAY_IN) && text(&easy).contains(&code_on(&html)));
    assert_ne!(easy.header("content-security-policy"), policy, "each page allows its own style");
    let read: Vec<String> = desk.service.rows("select resource from audit where plan = ? and resource in ('view:print', 'view:person') and outcome = 'allowed' and sha256 is not null order by seq desc limit 1", &desk.plan).await;
    assert_eq!(read, ["view:person"], "easy words are the person's view");
}

#[tokio::test]
async fn whoever_holds_a_print_learns_whether_it_counts_and_nothing_else() {
    let (desk, home, html) = printed().await;
    let code = code_on(&html);
    let current = check(&desk, &code);
    assert_eq!((current.status, &current.json()["state"]), (200, &json!("current")));
    let later = published(&desk, &home, "By the back door").await;
    assert_ne!(code_on(&later), code, "each publication has a code of its own");
    let superseded = check(&desk, &code);
    let said = superseded.json();
    assert_eq!(said["state"], "superseded");
    assert!(said["superseded_at"].as_str().unwrap() > said["published_at"].as_str().unwrap(), "{said}");
    assert_eq!(state(&desk, &code_on(&later)), "current");
    let unknown = check(&desk, UNKNOWN);
    assert_eq!((unknown.status, &unknown.json()["state"]), (404, &json!("unknown")));

    let person = desk.get("nurse", "").json()["person"]["name"].as_str().unwrap().to_owned();
    let page = |code: &str| Call::get(&format!("/check/{code}")).send(desk.service.address());
    for (code, word) in [
        (code.as_str(), "SUPERSEDED"),
        (&code_on(&later), "CURRENT"),
        (UNKNOWN, "UNKNOWN"),
        ("drop%20table", "UNKNOWN"),
    ] {
        let answer = page(code);
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert_eq!((answer.header("cache-control"), answer.header("x-robots-tag")), ("no-store", "noindex"));
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'; style-src 'sha256-"));
        assert!(text(&answer).contains(&format!("<span>{word}</span>")), "{word}");
        for secret in [person.as_str(), desk.plan.as_str(), desk.number.as_str(), "By the back door", "Saltmarsh"] {
            assert!(!text(&answer).contains(secret) && !text(&check(&desk, code)).contains(secret), "{secret}");
        }
    }
    // However it is typed, it is found.
    let typed = code.to_lowercase().replace('0', "o").replace('1', "l").replace('-', "%20");
    let sent_on = Call::get(&format!("/check?code={typed}")).send(desk.service.address());
    let plain = code.replace('-', "");
    assert_eq!((sent_on.status, sent_on.header("location")), (303, format!("/check/{plain}").as_str()));
    let form = text(&Call::get("/check?code=short").send(desk.service.address()));
    assert!(form.contains("That is not a code.") && form.contains("<label for=\"code\">"));
    let left: Vec<i64> =
        desk.service.rows("select count(*) from audit where plan = ? and action like 'print:%'", &desk.plan).await;
    assert_eq!(left, [0], "nobody looked at content");
    let counted = text(&Call::get("/metrics").send(desk.service.address()));
    assert!(counted.contains("coplan_print_checks_total{state=\"superseded\"}") && !counted.contains(&plain));
}

#[tokio::test]
async fn a_print_is_withdrawn_when_the_person_refuses_when_they_are_hidden_and_by_hand() {
    let (desk, _home, html) = printed().await;
    let code = code_on(&html);
    let object = |grade: &str| {
        let made =
            desk.post("care-worker", "/sharing/objections", &json!({ "grade": grade, "reason": "They said so" }));
        assert_eq!(made.status, 201, "{made:?}");
        format!("/sharing/objections/{}", made.json()["id"].as_str().unwrap())
    };
    let emergencies = object("emergency-only");
    assert_eq!(state(&desk, &code), "current", "paper is for emergencies");
    let refused = object("refused");
    assert_eq!(state(&desk, &code), "withdrawn");
    assert!(check(&desk, &code).json().get("superseded_at").is_none());
    for address in [refused, emergencies] {
        assert_eq!(desk.delete("care-worker", &address).status, 204);
    }
    assert_eq!(state(&desk, &code), "current");

    let feed = format!("/dev/people/{}/demographics", desk.number.as_str());
    let hidden = Call::post(&feed, &json!({ "restriction": "R" })).method("PUT").send(desk.service.address());
    assert_eq!((hidden.status, state(&desk, &code)), (204, json!("withdrawn")));
    let shown = Call::post(&feed, &json!({ "restriction": "U" })).method("PUT").send(desk.service.address());
    assert_eq!(shown.status, 204);
    assert_ne!(state(&desk, &code), "withdrawn");

    let revoke = |code: &str| {
        let mut command = Command::new(binary());
        command.args(["print", "revoke", "--code", code, "--data"]).arg(desk.service.folder());
        let done = command.arg("--database-url").arg(desk.service.database()).output().unwrap();
        (done.status.success(), String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap())
    };
    assert_eq!(revoke(&code), (true, "withdrawn\n".to_owned(), String::new()));
    assert_eq!(state(&desk, &code), "withdrawn");
    assert_eq!(revoke(&code).1, "was withdrawn before\n");
    assert!(!revoke(UNKNOWN).0 && revoke("short").2.contains("a check code has 16"));
    let kept: Vec<i64> =
        desk.service.rows("select count(*) from audit where plan = ? and action = 'print:revoke'", &desk.plan).await;
    assert_eq!(kept, [1]);
}

#[tokio::test]
async fn whoever_tries_one_code_after_the_other_is_told_to_wait() {
    let desk = PlanDesk::open().await;
    let answers: Vec<Answer> = (0..80).map(|_| check(&desk, UNKNOWN)).collect();
    let limited = answers.iter().find(|answer| answer.status == 429).expect("a limit");
    assert_eq!(limited.problem(), "too-often");
    assert!(!limited.header("retry-after").is_empty());
    assert!(answers[..50].iter().all(|answer| answer.status == 404), "nobody who goes through a folder meets it");
}

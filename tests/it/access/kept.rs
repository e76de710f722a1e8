//! What a person keeps from somebody who acts for them: nowhere, in nothing, on no device.

use super::court::Court;
use crate::http::{
    call::{Answer, Call},
    stream::Stream,
};
use coplan_client::{Event, Follower, Peer, field};
use serde_json::json;
use std::time::Duration;

const STAYS: &str = "My neighbour";
const GOAL: &str = "Walk to the shop by May";

fn get(court: &Court, user: &str, below: &str) -> Answer {
    court.ask(user, Call::get(&format!("/api/plans/{}{below}", court.plan("plain"))))
}

fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

fn keep(court: &Court, method: &'static str) {
    let path = format!("/api/plans/{}/sharing/acting/petra/kept/goals", court.plan("plain"));
    let answer = court.ask("olive", Call::post(&path, &json!(null)).method(method));
    assert_eq!(answer.status, 204, "{answer:?}");
}

/// Waits until what `user` reads there holds the words.
async fn until_read(court: &Court, user: &str, below: &str, words: &str) {
    for _ in 0..200 {
        if text(&get(court, user, below)).contains(words) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{user} never read {words} at {below}");
}

/// What `user` hears of the plan, after the newest version.
async fn events(court: &Court, user: &str) -> Stream {
    let path = format!("/api/plans/{}/events", court.plan("plain"));
    let cookie = court.cookie(user);
    let mut stream = Stream::open(&court.service.base_url(), &path, &[("cookie", &cookie)]).await.unwrap();
    stream.published().await;
    stream
}

async fn is_taken_away(mut events: Follower) {
    let waiting = async { while !matches!(events.next().await, None | Some(Event::Unavailable)) {} };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("the document is taken away");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_goal_that_is_kept_from_a_proxy_is_nowhere_for_them_and_everywhere_for_the_team() {
    let court = Court::open().await;
    let olive = court.session("olive").await;
    let peer = Peer::connect(&olive);
    let plan = olive.plan(court.plan("plain")).await.unwrap();
    let goals = peer.open(&plan.section("goals").unwrap().url).await.unwrap();
    goals.edit(|tx| field::add_item(tx, "goals", "g1", 1, &[("goal", GOAL.into())], &[])).unwrap();
    goals.wait_until_stored().await.unwrap();
    let about = peer.open(&plan.section("about-me").unwrap().url).await.unwrap();
    about.edit(|tx| field::set(tx, "supported_by", STAYS)).unwrap();
    about.wait_until_stored().await.unwrap();
    let petra = court.session("petra").await;
    let hers = Peer::connect(&petra);
    let open = hers.open(&plan.section("goals").unwrap().url).await.unwrap();
    let now = || {
        let at = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
        let at = coplan_core::time::UtcMillis(i64::try_from(at).unwrap());
        format!("/at?at={}", at.to_rfc3339())
    };
    let easy = "/views/print?variant=easy-read";
    for read in ["/views/person", easy, "/history"] {
        until_read(&court, "petra", read, GOAL).await;
    }
    until_read(&court, "petra", &now(), GOAL).await;
    until_read(&court, "petra", "/views/person", STAYS).await;
    let tag = get(&court, "petra", "/views/person").header("etag").to_owned();
    let following = open.follow();
    let mut stream = events(&court, "petra").await;

    keep(&court, "PUT");
    is_taken_away(following).await;
    assert_eq!(stream.next().await.unwrap().0, "changed", "an open page asks again");
    for below in ["", "/views/person", easy, "/history", "/sharing", "/conflicts", "/suggestions", &now()] {
        let answer = get(&court, "petra", below);
        assert_eq!((answer.status, text(&answer).contains(GOAL)), (200, false), "{below}: {}", text(&answer));
    }
    assert!(text(&get(&court, "petra", "/views/person")).contains(STAYS), "the rest stays");
    assert_ne!(get(&court, "petra", "/views/person").header("etag"), tag, "no cache keeps what it had");
    let path = format!("/api/plans/{}/views/person", court.plan("plain"));
    assert_eq!(court.ask("petra", Call::get(&path).header("if-none-match", &tag)).status, 200);
    let sections = get(&court, "petra", "").json();
    assert!(!sections["sections"].to_string().contains("\"goals\""), "{sections}");
    for refused in ["/sections/goals/authors", "/history?section=goals", "/views/clinical", "/views/fhir"] {
        assert_eq!(get(&court, "petra", refused).status, 403, "{refused}");
    }
    let again = Peer::connect(&petra);
    assert!(again.open(&plan.section("goals").unwrap().url).await.is_err(), "nor over the socket");
    let shown = get(&court, "petra", "/sharing").json();
    assert_eq!((&shown["acting"][0]["kept"], &shown["may_keep"]), (&json!(["goals"]), &json!(false)));
    for (user, view) in [("olive", "/views/person"), ("nurse", "/views/clinical"), ("nurse", "/views/person")] {
        assert!(text(&get(&court, user, view)).contains(GOAL), "{user} {view}");
    }
    let shown = get(&court, "nurse", "/sharing").json();
    assert_eq!((&shown["acting"][0]["name"], &shown["acting"][0]["kept"]), (&json!("Petra"), &json!(["goals"])));

    keep(&court, "DELETE");
    assert_eq!(stream.next().await.unwrap().0, "changed");
    assert_eq!(get(&court, "petra", "/views/person").header("etag"), tag, "the same bytes as before");
    let again = Peer::connect(&petra);
    // The hub hears of it in its turn, a moment later.
    let opens = async {
        while again.open(&plan.section("goals").unwrap().url).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), opens).await.expect("it is theirs again");
}

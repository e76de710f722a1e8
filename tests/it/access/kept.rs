//! What a person keeps from somebody who acts for them: nowhere, in nothing, on no device.

use super::court::Court;
use crate::{
    http::{
        call::{Answer, Call},
        stream::Stream,
    },
    service::{binary, database, invented_numbers},
};
use coplan_client::{Document, Event, Follower, Peer, Session, field};
use coplan_core::time::UtcMillis;
use serde_json::{Value, json};
use std::{
    process::Command,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

const STAYS: &str = "My neighbour";
const GOAL: &str = "Walk to the shop by May";
const EASY_READ: &str = "/views/print?variant=easy-read";

/// A court whose plan has a goal, which somebody who acts for the person has open.
struct Home {
    court: Court,
    /// The address of the section's document.
    goals: String,
    petra: Session,
    open: Document,
}

impl Home {
    async fn with_a_goal() -> Self {
        let court = Court::open().await;
        let olive = court.session("olive").await;
        let peer = Peer::connect(&olive);
        let plan = olive.plan(court.plan("plain")).await.unwrap();
        let url = |section: &str| plan.section(section).unwrap().url.clone();
        let goals = peer.open(&url("goals")).await.unwrap();
        goals.edit(|tx| field::add_item(tx, "goals", "g1", 1, &[("goal", GOAL.into())], &[])).unwrap();
        goals.wait_until_stored().await.unwrap();
        let about = peer.open(&url("about-me")).await.unwrap();
        about.edit(|tx| field::set(tx, "supported_by", STAYS)).unwrap();
        about.wait_until_stored().await.unwrap();
        let petra = court.session("petra").await;
        let open = Peer::connect(&petra).open(&url("goals")).await.unwrap();
        let home = Self { court, goals: url("goals"), petra, open };
        for words in [GOAL, STAYS] {
            home.until_read("petra", "/views/person", words).await;
        }
        home
    }

    fn path(&self, below: &str) -> String {
        format!("/api/plans/{}{below}", self.court.plan("plain"))
    }

    fn get(&self, user: &str, below: &str) -> Answer {
        self.court.ask(user, Call::get(&self.path(below)))
    }

    fn json(&self, user: &str, below: &str) -> Value {
        self.get(user, below).json()
    }

    fn reads(&self, user: &str, below: &str) -> String {
        String::from_utf8_lossy(&self.get(user, below).body).into_owned()
    }

    /// `PUT` keeps it from her, `DELETE` lets her see it.
    fn keep(&self, method: &'static str) {
        let path = self.path("/sharing/acting/petra/kept/goals");
        let answer = self.court.ask("olive", Call::post(&path, &json!(null)).method(method));
        assert_eq!(answer.status, 204, "{answer:?}");
    }

    /// Waits until what `user` reads there holds the words.
    async fn until_read(&self, user: &str, below: &str, words: &str) {
        let read = async {
            while !self.reads(user, below).contains(words) {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), read).await.unwrap_or_else(|_| panic!("{user} at {below}"));
    }

    /// What `user` hears of the plan, after the newest version.
    async fn events(&self, user: &str) -> Stream {
        let cookie = self.court.cookie(user);
        let headers = [("cookie", cookie.as_str())];
        let mut stream = Stream::open(&self.court.service.base_url(), &self.path("/events"), &headers).await.unwrap();
        stream.published().await;
        stream
    }

    /// From whom `user` reads that the section is kept.
    fn kept_from(&self, user: &str) -> Value {
        let plan = self.json(user, "");
        let sections = plan["sections"].as_array().unwrap();
        sections.iter().find(|section| section["section"] == "goals").unwrap()["kept_from"].clone()
    }
}

async fn is_taken_away(mut events: Follower) {
    let waiting = async { while !matches!(events.next().await, None | Some(Event::Unavailable)) {} };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("the document is taken away");
}

fn at_this_moment() -> String {
    let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    format!("/at?at={}", UtcMillis(i64::try_from(at).unwrap()).to_rfc3339())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_goal_that_is_kept_from_a_proxy_is_nowhere_for_them() {
    let home = Home::with_a_goal().await;
    for before in [EASY_READ, "/history", &at_this_moment()] {
        home.until_read("petra", before, GOAL).await;
    }
    let tag = home.get("petra", "/views/person").header("etag").to_owned();
    let (following, mut stream) = (home.open.follow(), home.events("petra").await);
    home.keep("PUT");
    is_taken_away(following).await;
    assert_eq!(stream.next().await.unwrap().0, "changed", "an open page asks again");
    let now = at_this_moment();
    for below in ["", "/views/person", EASY_READ, "/history", "/sharing", "/conflicts", "/suggestions", &now] {
        let (status, words) = (home.get("petra", below).status, home.reads("petra", below));
        assert_eq!((status, words.contains(GOAL)), (200, false), "{below}: {words}");
    }
    for refused in ["/sections/goals/authors", "/history?section=goals", "/views/clinical", "/views/fhir"] {
        assert_eq!(home.get("petra", refused).status, 403, "{refused}");
    }
    assert!(home.reads("petra", "/views/person").contains(STAYS), "the rest stays");
    let plan = home.json("petra", "");
    assert!(!format!("{}{}", plan["sections"], plan["published_only"]).contains("\"goals\""), "{plan}");
    assert!(Peer::connect(&home.petra).open(&home.goals).await.is_err(), "nor over the socket");
    let again = home.court.ask("petra", Call::get(&home.path("/views/person")).header("if-none-match", &tag));
    assert_eq!((again.status, again.header("cache-control")), (200, "no-store"), "no cache has it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_from_a_proxy_stays_with_the_team_who_read_from_whom_and_comes_back() {
    let home = Home::with_a_goal().await;
    let tag = home.get("petra", "/views/person").header("etag").to_owned();
    let mut stream = home.events("petra").await;
    home.keep("PUT");
    assert_eq!(stream.next().await.unwrap().0, "changed");
    for (user, view) in [("olive", "/views/person"), ("nurse", "/views/clinical"), ("nurse", "/views/person")] {
        assert!(home.reads(user, view).contains(GOAL), "{user} {view}");
    }
    assert_eq!((home.kept_from("nurse"), home.kept_from("olive")), (json!(["Petra"]), json!(["Petra"])));
    for (user, may_keep) in [("olive", true), ("nurse", false), ("petra", false)] {
        let shown = home.json(user, "/sharing");
        let (name, kept) = (&shown["acting"][0]["name"], &shown["acting"][0]["kept"]);
        assert_eq!((name, kept, &shown["may_keep"]), (&json!("Petra"), &json!(["goals"]), &json!(may_keep)));
    }
    home.keep("DELETE");
    assert_eq!(stream.next().await.unwrap().0, "changed");
    assert_eq!(home.get("petra", "/views/person").header("etag"), tag, "the same bytes as before");
    // The hub hears of it in its turn, a moment later.
    let peer = Peer::connect(&home.petra);
    let opens = async {
        while peer.open(&home.goals).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), opens).await.expect("it is theirs again");
    let events = home.reads("olive", "/audit");
    for said in ["You kept a part of your plan from somebody", "You let somebody who acts for you see a part of"] {
        assert!(events.contains(said), "{said}: {events}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn once_the_person_cannot_decide_any_more_an_attorney_sees_everything_by_a_command() {
    let home = Home::with_a_goal().await;
    home.keep("PUT");
    assert!(!home.reads("petra", "/views/person").contains(GOAL));
    let folder = home.court.service.folder();
    let number = invented_numbers().next().unwrap();
    let mut command = Command::new(binary());
    command.args(["person", "proxy", "--data"]).arg(folder).arg("--database-url").arg(database(folder));
    command.args(["--account", "petra", "--nhs-number", number.as_str(), "--from", "2026-01-01"]);
    command.args(["--basis", "Lasting power of attorney for health and welfare", "--until", "2999-01-01"]);
    assert!(command.output().unwrap().status.success());
    assert!(!home.reads("petra", "/views/person").contains(GOAL), "what is kept is remembered");
    assert!(command.arg("--sees-everything").output().unwrap().status.success());
    home.until_read("petra", "/views/person", GOAL).await;
}

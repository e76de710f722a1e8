//! Told of each publication, over a real listener.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use crate::{
    http::{
        call::{Answer, Call},
        stream::Stream,
    },
    service::{Service, invented_numbers},
};
use coplan_client::{Document, Peer, Session, field};
use serde_json::json;

/// A plan that a nurse writes and publishes.
struct World {
    service: Service,
    plan: String,
    number: String,
    nurse: Session,
    _peer: Peer,
    document: Document,
}

impl World {
    async fn start() -> Self {
        let service = Service::start(2).await;
        let number = invented_numbers().next().unwrap().as_str().to_owned();
        let plan = service.sign_in("doctor").await.create_plan(&number).await.unwrap();
        let nurse = service.sign_in("nurse").await;
        let peer = Peer::connect(&nurse);
        let document = peer.open(&plan.section("about-me").unwrap().url).await.unwrap();
        Self { service, plan: plan.id, number, nurse, _peer: peer, document }
    }

    /// Publishes the section with these words, and gives back the version.
    async fn publish(&self, words: &str) -> u64 {
        self.document.edit(|tx| field::set(tx, "supported_by", words)).unwrap();
        self.document.wait_until_stored().await.unwrap();
        let made = self.nurse.publish(&self.plan, &[("about-me", self.document.heads())]).await.unwrap();
        made["version"].as_u64().unwrap()
    }

    fn cookie(&self, user: &str) -> String {
        let signed_in = self.send(&Call::post("/dev/sign-in", &json!({ "user": user })));
        signed_in.header("set-cookie").split(';').next().unwrap().to_owned()
    }

    fn send(&self, call: &Call) -> Answer {
        call.send(self.service.address())
    }

    async fn open(&self, user: &str, target: &str, more: &[(&str, &str)]) -> Result<Stream, reqwest::Response> {
        let cookie = self.cookie(user);
        let headers = [&[("cookie", cookie.as_str())], more].concat();
        Stream::open(&self.service.base_url(), target, &headers).await
    }

    async fn of_plan(&self, user: &str, more: &[(&str, &str)]) -> Stream {
        self.open(user, &format!("/api/plans/{}/events", self.plan), more).await.unwrap()
    }

    async fn refused(&self, user: &str, target: &str, more: &[(&str, &str)]) -> (u16, String) {
        match self.open(user, target, more).await {
            Ok(_) => panic!("{user} follows {target}"),
            Err(answer) => (answer.status().as_u16(), answer.text().await.unwrap()),
        }
    }
}

#[tokio::test]
async fn each_publication_is_heard_of_and_nothing_of_what_is_in_it() {
    let world = World::start().await;
    let mut doctor = world.of_plan("doctor", &[("accept-encoding", "br, gzip")]).await;
    let mut crew = world.open("crew", "/api/urgent/events", &[("x-nhs-number", &world.number)]).await.unwrap();
    assert_eq!(doctor.header("content-encoding"), None, "a compressor would keep it back");
    assert_eq!((doctor.header("cache-control"), doctor.header("x-accel-buffering")), (Some("no-cache"), Some("no")));
    for words in ["Her sister", "Her brother"] {
        let version = world.publish(words).await;
        assert_eq!((doctor.published().await, crew.published().await), (version, version));
    }
}

#[tokio::test]
async fn whoever_opens_a_stream_hears_the_newest_at_once_unless_they_know_it() {
    let world = World::start().await;
    let first = world.publish("Her sister").await;
    assert_eq!(world.of_plan("doctor", &[]).await.published().await, first);
    let known = first.to_string();
    let mut knows = world.of_plan("doctor", &[("last-event-id", &known)]).await;
    let second = world.publish("Her brother").await;
    assert_eq!(knows.published().await, second, "and not the one that was known");
    assert_eq!(world.of_plan("doctor", &[("last-event-id", &known)]).await.published().await, second);
    for nonsense in ["-1", "x", "99999999999999999999", "4294967295"] {
        assert_eq!(world.of_plan("doctor", &[("last-event-id", nonsense)]).await.published().await, second);
    }
}

#[tokio::test]
async fn what_another_process_publishes_is_heard_of() {
    use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
    let world = World::start().await;
    let version = world.publish("Her sister").await;
    let mut doctor = world.of_plan("doctor", &[("last-event-id", &version.to_string())]).await;
    let options = SqliteConnectOptions::new().filename(world.service.database());
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql("update plan set version = version + 1").execute(&mut connection).await.unwrap();
    assert_eq!(doctor.published().await, version + 1);
}

#[tokio::test]
async fn no_plan_and_no_right_to_it_are_answered_alike() {
    let world = World::start().await;
    world.publish("Her sister").await;
    let (plan, nowhere) = (format!("/api/plans/{}/events", world.plan), "/api/plans/nowhere/events");
    let without = invented_numbers().nth(1).unwrap().as_str().to_owned();
    let of_nobody = world.refused("crew", nowhere, &[]).await;
    assert_eq!((of_nobody.0, of_nobody.1.contains("not-found")), (404, true));
    assert_eq!(world.refused("person", &plan, &[]).await, of_nobody);
    for (user, number) in [("person", &world.number), ("crew", &without)] {
        assert_eq!(world.refused(user, "/api/urgent/events", &[("x-nhs-number", number)]).await, of_nobody, "{user}");
    }
    assert_eq!(world.refused("crew", "/api/urgent/events", &[]).await.0, 400);
    assert_eq!(world.refused("crew", "/api/urgent/events", &[("x-nhs-number", "12")]).await.0, 422);
    assert_eq!(world.send(&Call::get(&plan)).problem(), "signed-out");
}

#[tokio::test]
async fn a_stream_is_one_event_of_the_audit_however_long_it_is_followed() {
    let world = World::start().await;
    let mut crew = world.open("crew", "/api/urgent/events", &[("x-nhs-number", &world.number)]).await.unwrap();
    for words in ["Her sister", "Her brother"] {
        let version = world.publish(words).await;
        assert_eq!(crew.published().await, version);
    }
    let select = "select action || ' ' || coalesce(resource, '') || ' ' || outcome from audit
                  join author on author.id = audit.author where author.account = ? and plan is not null";
    let events: Vec<String> = world.service.rows(select, "crew").await;
    assert_eq!(events, ["view:read view:urgent allowed"]);
}

#[tokio::test]
async fn an_account_has_so_many_streams_and_keeps_nobody_else_out() {
    let world = World::start().await;
    world.publish("Her sister").await;
    let plan = format!("/api/plans/{}/events", world.plan);
    let mut streams = Vec::new();
    for _ in 0..coplan_server::events::STREAMS_PER_USER_MAX {
        streams.push(world.of_plan("doctor", &[]).await);
    }
    let (status, problem) = world.refused("doctor", &plan, &[]).await;
    assert_eq!((status, problem.contains("too-many-streams")), (429, true));
    assert_eq!(world.of_plan("nurse", &[]).await.published().await, 1);
    drop(streams);
    let again = async {
        while world.open("doctor", &plan, &[]).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), again)
        .await
        .expect("a closed stream gives its place back");
}

#[tokio::test]
async fn open_streams_do_not_keep_the_service_from_stopping() {
    let mut world = World::start().await;
    let version = world.publish("Her sister").await;
    let mut doctor = world.of_plan("doctor", &[]).await;
    assert_eq!(doctor.published().await, version);
    world.service.stop();
    assert_eq!(doctor.rest().await, Vec::<String>::new(), "they may come back: nothing is lost");
}

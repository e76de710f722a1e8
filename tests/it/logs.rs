//! The log at its most talkative: nothing in it says who anybody is, what a plan says, or what opens a door.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use crate::{
    http::call::{Answer, Call},
    service::{Service, invented_numbers},
};
use coplan_client::{Peer, field};
use serde_json::{Value, json};
use std::{cell::RefCell, collections::BTreeMap, fs, time::Duration};

/// Words that the journey says, none of which is a word of the program.
const NAME: &str = "Quibblethwaite";
const STREET: &str = "Larkspurmews";
const CONTENT: &str = "marzipanlighthouse";
const REASON: &str = "grandmotherly-visit";
const KEY_SAFE: &str = "C0481516X";

struct Journey {
    service: Service,
    plan: String,
    cookies: RefCell<BTreeMap<String, String>>,
    /// What was handed out on the way, and must not be in the log either.
    secrets: RefCell<Vec<String>>,
}

impl Journey {
    fn send(&self, call: &Call) -> Answer {
        let answer = call.send(self.service.address());
        assert!(answer.status < 500, "{call}: {answer:?}");
        answer
    }

    fn as_user(&self, user: &str, call: Call) -> Answer {
        let known = self.cookies.borrow().get(user).cloned();
        let cookie = known.unwrap_or_else(|| {
            let answer = self.send(&Call::post("/dev/sign-in", &json!({ "user": user })));
            let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
            self.secrets.borrow_mut().push(cookie.split_once('=').unwrap().1.to_owned());
            self.cookies.borrow_mut().insert(user.to_owned(), cookie.clone());
            cookie
        });
        self.send(&call.header("cookie", &cookie))
    }

    fn at(&self, below: &str) -> String {
        format!("/api/plans/{}{below}", self.plan)
    }

    fn post(&self, user: &str, below: &str, body: &Value, expected: u16) -> Answer {
        let answer = self.as_user(user, Call::post(&self.at(below), body));
        assert_eq!(answer.status, expected, "{below}: {answer:?}");
        answer
    }

    /// Writes by a socket, and has refused what no section has.
    async fn writes(&self) {
        let session = self.service.sign_in("nurse").await;
        let url = session.plan(&self.plan).await.unwrap().section("about-me").unwrap().url.clone();
        let peer = Peer::connect(&session);
        let document = peer.open(&url).await.unwrap();
        document.edit(|tx| field::type_text(tx, "most_important", 0, 0, CONTENT)).unwrap();
        document.wait_until_stored().await.unwrap();
        document.broadcast(&json!({ "kind": "presence", "field": CONTENT }));
        document.edit(|tx| field::set(tx, "no_such_field", CONTENT)).unwrap();
        assert!(document.wait_until_stored().await.is_err(), "that is quarantined");
    }
}

#[tokio::test]
async fn the_log_of_every_kind_of_work_has_no_name_number_content_reason_or_secret_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let service = Service::start_logged(1, &[], fs::File::create(&log).unwrap()).await;
    let number = invented_numbers().next().unwrap();
    let (cookies, secrets) = (RefCell::default(), RefCell::default());
    let mut journey = Journey { service, plan: String::new(), cookies, secrets };
    let made = journey.as_user("doctor", Call::post("/api/plans", &json!({ "nhs_number": number.as_str() })));
    journey.plan = made.json()["id"].as_str().unwrap().to_owned();
    let people = format!("/dev/people/{}/demographics", number.as_str());
    let demographics = json!({ "addresses": [{ "type": "home", "lines": [STREET], "postcode": "ZZ99 7RX" }] });
    assert_eq!(journey.send(&Call::post(&people, &demographics).method("PUT")).status, 204);

    journey.writes().await;
    let put = Call::post(&journey.at("/vault/key-safe-code"), &json!({ "value": KEY_SAFE })).method("PUT");
    assert_eq!(journey.as_user("nurse", put).status, 204);
    journey.post("nurse", "/vault/key-safe-code/reveal", &json!({ "reason": REASON }), 200);
    let record = json!({
        "command": "record", "kind": "sharing_choice", "id": "7e2c9d51-0b1f-4c55-9a77-1f0f5d3b2a10",
        "values": { "choice": "all-direct-care", "detail": CONTENT },
    });
    journey.post("nurse", "/decisions", &record, 201);
    journey.post("nurse", "/decisions", &json!({ "command": "record", "kind": CONTENT, "id": "x", "values": {} }), 422);
    let objection = json!({ "grade": "refused", "reason": REASON, "until": "2027-01-01T00:00:00Z" });
    let objected = journey.post("doctor", "/sharing/objections", &objection, 201).json();
    let broken = json!({ "nhs_number": number.as_str(), "kind": "break-glass", "reason": REASON });
    assert_eq!(journey.as_user("doctor", Call::post("/api/relationships", &broken)).status, 201);
    let withdrawn = journey.at(&format!("/sharing/objections/{}", objected["id"].as_str().unwrap()));
    assert_eq!(journey.as_user("doctor", Call::get(&withdrawn).method("DELETE")).status, 204);

    let ticket = journey.as_user("nurse", Call::post("/api/sync-tickets", &json!({}))).json();
    let ticket = ticket["ticket"].as_str().unwrap().to_owned();
    journey.send(&Call::get(&format!("/sync?ticket={ticket}")));
    journey.secrets.borrow_mut().push(ticket);
    let urgent = format!("/api/urgent?nhs_number={}", number.as_str());
    let read = async {
        while !String::from_utf8_lossy(&journey.as_user("crew", Call::get(&urgent)).body).contains(CONTENT) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), read).await.expect("it is published");
    for below in ["", "/audit", "/history", "/quarantine", "/team", "/sharing", "/conflicts", "/views/clinical"] {
        assert_eq!(journey.as_user("doctor", Call::get(&journey.at(below))).status, 200, "{below}");
    }
    for wrong in [format!("/api/plans?nhs_number={NAME}"), format!("/{NAME}"), format!("/api/plans/{NAME}")] {
        journey.as_user("doctor", Call::get(&wrong));
    }
    let text = "{\"user\": \"".to_owned() + NAME;
    journey.send(&Call::post_text("/dev/sign-in", &text).header("content-type", "application/json"));
    journey.as_user("doctor", Call::post("/api/sign-out", &json!({})));

    let written = fs::read_to_string(&log).unwrap();
    assert!(written.contains("DEBUG") && written.lines().count() > 200, "the log is at its most talkative");
    assert!(written.contains(&journey.plan), "it names plans by their ids");
    let numbers = [
        number.as_str().to_owned(),
        format!("{} {} {}", &number.as_str()[..3], &number.as_str()[3..6], &number.as_str()[6..]),
    ];
    let mut forbidden: Vec<String> =
        [NAME, STREET, "ZZ99", CONTENT, REASON, KEY_SAFE, "An Invented Person", "The nurse", "The doctor"]
            .map(str::to_owned)
            .into();
    forbidden.extend(numbers);
    forbidden.extend(journey.secrets.take());
    for words in forbidden {
        let line = written.lines().find(|line| line.contains(&words));
        assert_eq!(line, None, "`{words}` is in the log");
    }
}

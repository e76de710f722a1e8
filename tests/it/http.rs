//! The API at its boundary: what each address answers, and what it answers to nonsense.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

pub(crate) mod call;
pub(crate) mod stream;

use crate::service::{Service, invented_numbers};
use automerge::{AutomergeError, transaction::Transaction};
use call::{Answer, Call};
use coplan_client::{Peer, field};
use coplan_core::nhs_number::NhsNumber;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader},
    time::Duration,
};

/// A server with three people, the first of whom has a plan.
struct World {
    service: Service,
    plan: String,
    number: String,
}

impl World {
    async fn start() -> Self {
        let service = Service::start(3).await;
        let mut world = Self { service, plan: String::new(), number: String::new() };
        world.number = numbers().next().unwrap();
        let made = world.as_user("doctor", Call::post("/api/plans", &json!({ "nhs_number": world.number })));
        assert_eq!(made.status, 201);
        world.plan = made.json()["id"].as_str().unwrap().to_owned();
        world
    }

    fn send(&self, call: Call) -> Answer {
        call.send(self.service.base_url().trim_start_matches("http://"))
    }

    fn as_user(&self, user: &str, call: Call) -> Answer {
        let signed_in = self.send(Call::post("/dev/sign-in", &json!({ "user": user })));
        assert_eq!(signed_in.status, 200, "{user}");
        self.send(call.header("cookie", cookie(&signed_in)))
    }

    /// Asks again until the answer is as wanted.
    async fn until(&self, user: &str, call: Call, wanted: impl Fn(&Answer) -> bool) -> Answer {
        let waiting = async {
            loop {
                let answer = self.as_user(user, call.clone());
                if wanted(&answer) {
                    return answer;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), waiting).await.expect("it happens within 30 seconds")
    }

    /// Fills a section's required fields, signs it, and gives back what was published.
    async fn fill_in_and_sign(&self, user: &str, edits: &[Edit]) -> (Answer, Vec<String>) {
        let session = self.service.sign_in(user).await;
        let peer = Peer::connect(&session);
        let plan = session.plan(&self.plan).await.unwrap();
        let document = peer.open(&plan.section("contingency").unwrap().url).await.unwrap();
        for edit in edits {
            document.edit(edit).unwrap();
        }
        document.wait_until_stored().await.unwrap();
        let heads: Vec<String> = document.heads().iter().map(ToString::to_string).collect();
        (self.sign(user, "contingency", &json!(heads)), heads)
    }

    fn sign(&self, user: &str, section: &str, heads: &Value) -> Answer {
        let body = json!({ "sections": [{ "section": section, "heads": heads }] });
        self.as_user(user, Call::post(&format!("/api/plans/{}/publications", self.plan), &body))
    }
}

type Edit = fn(&mut Transaction<'_>) -> Result<(), AutomergeError>;

/// What a contingency plan cannot be signed without.
const CONTINGENCY: &[Edit] = &[
    |tx| field::add_item(tx, "triggers", "t1", 1, &[("situation", "pain".into())], &[]),
    |tx| {
        let step = [("situation", "pain".into()), ("do_or_avoid", "do".into()), ("what", "Ring the ward".into())];
        field::add_item(tx, "steps", "s1", 1, &step, &[])
    },
    |tx| {
        let contact = [("role", "Ward".into()), ("phone", "01632 960001".into())];
        field::add_item(tx, "who_to_contact", "c1", 1, &contact, &[])
    },
    |tx| field::set(tx, "agreed_with_person", "person"),
    |tx| field::set(tx, "review_due", "2027-06-01"),
    |tx| field::set(tx, "responsible", "Dr Test"),
];

fn numbers() -> impl Iterator<Item = String> {
    invented_numbers().map(|number| number.as_str().to_owned())
}

/// A number that checks, outside the range of invented people: computed, so that none stands in the tree.
fn somebody_unknown() -> String {
    let mut numbers = (0..10).map(|check| format!("{}{check}", 900_000_000));
    numbers.find(|number| NhsNumber::parse(number).is_ok()).unwrap()
}

#[tokio::test]
async fn under_development_a_number_of_the_test_range_is_somebody_invented() {
    let world = World::start().await;
    let number = numbers().nth(9).unwrap();
    let made = world.as_user("doctor", Call::post("/api/plans", &json!({ "nhs_number": number })));
    assert_eq!((made.status, made.json()["person"]["nhs_number"].as_str()), (201, Some(number.as_str())), "{made:?}");
}

fn cookie(signed_in: &Answer) -> &str {
    signed_in.header("set-cookie").split(';').next().unwrap()
}

/// Whether an answer is the one that is described.
type Fits<'a> = &'a dyn Fn(&Value) -> bool;

#[tokio::test]
async fn every_address_answers_as_described() {
    let world = World::start().await;
    let plan = format!("/api/plans/{}", world.plan);
    let (signed, _) = world.fill_in_and_sign("doctor", CONTINGENCY).await;
    assert_eq!((signed.status, signed.json()["version"].as_u64()), (201, Some(1)), "{signed:?}");
    assert_eq!(signed.header("location"), format!("{plan}/publications/1"));

    let expected: &[(&str, &str, Fits<'_>)] = &[
        ("/api/me", "doctor", &|me| me["user"]["id"] == "doctor" && me["development"] == true),
        ("/api/sections", "person", &|all| all["sections"].as_array().is_some_and(|all| all.len() >= 5)),
        ("/api/plans", "crew", &|all| all[0]["person"]["name"] == "An Invented Person" && all[0]["version"] == 1),
        ("/api/plans?limit=1&after=zzz", "nurse", &|all| all == &json!([])),
        (&plan, "nurse", &|plan| plan["sections"][0]["url"].as_str().is_some_and(|url| url.starts_with("automerge:"))),
        (&format!("{plan}/publications"), "crew", &|all| all[0]["sections"][0]["signed"]["by"] == "The doctor"),
        (&format!("{plan}/publications/1"), "nurse", &|one| one["hash"].as_str().is_some_and(|h| h.len() == 64)),
        (&format!("{plan}/views/urgent"), "nurse", &|view| view["view"] == "urgent" && view["version"] == 1),
        (&format!("{plan}/views/clinical?version=1"), "nurse", &|view| view["view"] == "clinical"),
        (&format!("{plan}/quarantine"), "nurse", &|all| all == &json!([])),
        (&format!("/api/urgent?nhs_number={}", world.number), "crew", &|view| view["plan"].is_string()),
        ("/dev/users", "nurse", &|all| all.as_array().is_some_and(|all| all.iter().any(|user| user["kind"] == "crew"))),
        ("/openapi.json", "nurse", &|all| all["paths"]["/api/plans/{plan}"]["get"].is_object()),
    ];
    for (target, user, holds) in expected {
        let answer = world.as_user(user, Call::get(target));
        assert!(answer.status == 200 && holds(&answer.json()), "{target}: {answer:?}");
        assert_eq!(answer.header("content-type"), "application/json", "{target}");
    }
    for target in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(world.send(Call::get(target)).status, 200, "{target}");
    }
    let by_header = world.as_user("crew", Call::get("/api/urgent").header("x-nhs-number", &world.number));
    assert_eq!((by_header.status, by_header.json()["version"].as_u64()), (200, Some(1)), "in no address");
    let of_nobody = world.as_user("crew", Call::get("/api/urgent"));
    assert_eq!((of_nobody.status, of_nobody.problem().as_str()), (400, "bad-query"));
    let ticket = world.as_user("nurse", Call::post("/api/sync-tickets", &json!({})));
    assert!(ticket.status == 201 && ticket.json()["ticket"].as_str().is_some_and(|t| t.len() == 64));
    let metrics = String::from_utf8(world.send(Call::get("/metrics")).body).unwrap();
    assert!(metrics.contains(r#"route="/api/plans/{plan}""#) && !metrics.contains(&world.plan), "routes, not ids");
}

#[tokio::test]
async fn how_the_service_does_is_for_its_own_machine_and_for_monitors_that_are_named() {
    let flags = ["--trusted-proxy", "127.0.0.1", "--monitor", "10.0.0.0/8"];
    let log = || tempfile::tempfile().unwrap();
    let (plain, with_monitors) = (Service::start(0).await, Service::start_logged(0, &flags, log()).await);
    for (service, forwarded, status) in [
        (&plain, None, 200),
        // A proxy that nobody has named: nobody knows who asks.
        (&plain, Some("192.0.2.7"), 403),
        (&with_monitors, None, 200),
        (&with_monitors, Some("10.1.2.3"), 200),
        (&with_monitors, Some("192.0.2.7"), 403),
        (&with_monitors, Some("10.1.2.3, 192.0.2.7"), 403),
    ] {
        for target in ["/healthz", "/readyz", "/metrics"] {
            let mut call = Call::get(target);
            if let Some(address) = forwarded {
                call = call.header("x-forwarded-for", address);
            }
            let answer = call.send(service.address());
            let expected = if target == "/healthz" { 200 } else { status };
            assert_eq!(answer.status, expected, "{target} {forwarded:?}");
            assert_eq!(answer.problem(), if expected == 403 { "not-a-monitor" } else { "" });
        }
    }
}

#[tokio::test]
async fn what_nobody_signs_is_published_by_itself_and_a_crew_reads_it() {
    let world = World::start().await;
    let session = world.service.sign_in("nurse").await;
    let peer = Peer::connect(&session);
    let plan = session.plan(&world.plan).await.unwrap();
    let document = peer.open(&plan.section("about-me").unwrap().url).await.unwrap();
    document.edit(|tx| field::type_text(tx, "most_important", 0, 0, "The sea.")).unwrap();
    document.wait_until_stored().await.unwrap();

    let read = Call::get(&format!("/api/urgent?nhs_number={}", world.number));
    let view = world.until("crew", read.clone(), |answer| answer.status == 200).await;
    assert!(String::from_utf8_lossy(&view.body).contains("The sea."));
    assert!(view.header("coplan-now").ends_with('Z'));
    let again = world.as_user("crew", read.header("if-none-match", view.header("etag")));
    assert_eq!((again.status, again.body.len()), (304, 0));
}

#[tokio::test]
async fn a_signature_holds_for_the_heads_on_the_screen_and_never_goes_back() {
    let world = World::start().await;
    let early = world.fill_in_and_sign("doctor", &CONTINGENCY[..1]).await;
    assert_eq!((early.0.status, early.0.problem().as_str()), (422, "missing-required"));
    let missing = early.0.json()["fields"].clone();
    assert!(missing.as_array().unwrap().iter().any(|field| field["field"] == "responsible"), "{missing}");

    let (signed, heads) = world.fill_in_and_sign("doctor", &CONTINGENCY[1..]).await;
    assert_eq!(signed.status, 201, "{signed:?}");
    let (later, _) = world.fill_in_and_sign("haematologist", &[|tx| field::set(tx, "plan_name", "Newer")]).await;
    assert_eq!((later.status, later.json()["version"].as_u64()), (201, Some(2)));
    let back = world.sign("doctor", "contingency", &json!(heads));
    assert_eq!((back.status, back.problem().as_str()), (409, "superseded-heads"));
    let shown = world.as_user("nurse", Call::get(&format!("/api/plans/{}", world.plan))).json();
    let section = shown["sections"].as_array().unwrap().iter().find(|s| s["section"] == "contingency").unwrap();
    assert_eq!(section["published"]["signed"]["by"], "The haematologist");
    assert_eq!((&section["may_sign"], &section["access"]), (&json!(false), &json!("write")));
}

#[tokio::test]
async fn roles_see_and_do_what_is_theirs() {
    let world = World::start().await;
    let (plan, number) = (format!("/api/plans/{}", world.plan), &world.number);
    let new = json!({ "nhs_number": numbers().nth(1).unwrap() });
    let heads = json!(["00".repeat(32)]);
    let publish = |section: &str| {
        Call::post(&format!("{plan}/publications"), &json!({ "sections": [{ "section": section, "heads": heads }] }))
    };
    for (user, call, status, code) in [
        ("person", Call::get(&plan), 404, "not-found"),
        ("person", Call::get(&format!("{plan}/views/urgent")), 404, "not-found"),
        ("person", Call::get(&format!("/api/urgent?nhs_number={number}")), 404, "not-found"),
        ("person", Call::post("/api/plans", &new), 403, "not-allowed"),
        ("crew", Call::post("/api/plans", &new), 403, "not-allowed"),
        ("crew", publish("contingency"), 403, "not-allowed"),
        ("nurse", publish("contingency"), 403, "not-allowed"),
        ("pharmacist", publish("about-me"), 403, "not-allowed"),
        ("doctor", publish("contingency"), 422, "unknown-heads"),
    ] {
        let answer = world.as_user(user, call);
        assert_eq!((answer.status, answer.problem().as_str()), (status, code), "{user}: {answer:?}");
    }
    assert_eq!(world.as_user("person", Call::get("/api/plans")).json(), json!([]));
    let for_crew = world.as_user("crew", Call::get(&plan)).json();
    assert_eq!(for_crew["sections"], json!([]), "crews never sync");
    assert!(!for_crew["published_only"].as_array().unwrap().is_empty());
    let access = |user: &str| -> BTreeSet<String> {
        let shown = world.as_user(user, Call::get(&plan)).json();
        let sections = shown["sections"].as_array().unwrap().clone();
        sections
            .iter()
            .map(|s| format!("{} {}", s["section"].as_str().unwrap(), s["access"].as_str().unwrap()))
            .collect()
    };
    assert!(access("pharmacist").contains("about-me read") && access("care-worker").contains("about-me write"));
}

#[tokio::test]
async fn nonsense_is_refused_by_name_and_changes_nothing() {
    let world = World::start().await;
    let plan = format!("/api/plans/{}", world.plan);
    let publications = format!("{plan}/publications");
    let to_plans = |body: Value| Call::post("/api/plans", &body);
    let publish = |body: Value| Call::post(&publications, &body);
    let section = |section: &str, heads: Value| json!({ "section": section, "heads": heads });
    let none = "00".repeat(32);
    let wrong_check_digit = format!("{}{}", &world.number[..9], (world.number.as_bytes()[9] - b'0' + 1) % 10);
    let json_text = |text: &str| Call::post_text("/api/plans", text).header("content-type", "application/json");
    for (call, status, code) in [
        // what is not there
        (Call::get("/api/nothing"), 404, "not-found"),
        (Call::get("/api/plans/unknown"), 404, "not-found"),
        (Call::get("/api/plans/%00%ff"), 404, "not-found"),
        (Call::get(&format!("/api/plans/{}", "x".repeat(65))), 404, "not-found"),
        (Call::get("/api/plans/unknown/views/urgent"), 404, "not-found"),
        (Call::get("/api/plans/unknown/quarantine"), 404, "not-found"),
        (Call::get(&format!("{plan}/views/secret")), 404, "not-found"),
        (Call::get(&format!("{plan}/views/urgent")), 404, "not-found"),
        (Call::get(&format!("{plan}/publications/1")), 404, "not-found"),
        (Call::get(&format!("{plan}/publications/-1")), 404, "not-found"),
        (Call::get(&format!("{plan}/views/urgent?version=one")), 400, "bad-query"),
        (Call::get("/api/plans?limit=-1"), 400, "bad-query"),
        (Call::get("/api/plans?after=a%20b"), 400, "bad-query"),
        (Call::get(&plan).method("DELETE"), 405, "method-not-allowed"),
        // NHS numbers
        (Call::get("/api/urgent"), 400, "bad-query"),
        (Call::get("/api/urgent?nhs_number=12"), 422, "nhs-number"),
        (Call::get(&format!("/api/urgent?nhs_number={}", numbers().nth(2).unwrap())), 404, "not-found"),
        (Call::get("/api/plans?nhs_number=abc"), 422, "nhs-number"),
        (to_plans(json!({ "nhs_number": wrong_check_digit })), 422, "nhs-number"),
        (to_plans(json!({ "nhs_number": "" })), 422, "nhs-number"),
        (to_plans(json!({ "nhs_number": somebody_unknown() })), 422, "unknown-person"),
        (to_plans(json!({ "nhs_number": world.number })), 409, "plan-exists"),
        // bodies
        (json_text(""), 400, "bad-json"),
        (json_text("{"), 400, "bad-json"),
        (json_text("[]"), 422, "bad-body"),
        (json_text(r#"{"nhs_number": 1}"#), 422, "bad-body"),
        (json_text(r#"{"nhs_number": "1", "more": 1}"#), 422, "bad-body"),
        (json_text(&format!("{{\"nhs_number\": \"{}\"}}", "1".repeat(70_000))), 413, "too-large"),
        (json_text(&"[".repeat(60_000)), 422, "bad-body"),
        (Call::post_text("/api/plans", "{}"), 415, "media-type"),
        // publications
        (publish(json!({ "sections": [] })), 422, "nothing-to-publish"),
        (publish(json!({ "sections": [section("none", json!([none]))] })), 422, "unknown-section"),
        (publish(json!({ "sections": [section("about-me", json!([]))] })), 422, "unknown-heads"),
        (publish(json!({ "sections": [section("about-me", json!(["zz"]))] })), 422, "unknown-heads"),
        (publish(json!({ "sections": [section("about-me", json!([none]))] })), 422, "unknown-heads"),
        (publish(json!({ "sections": [section("a b", json!([none]))] })), 422, "bad-body"),
        (publish(json!({ "sections": vec![section("about-me", json!([])); 65] })), 422, "too-many"),
        (Call::post("/api/plans/unknown/publications", &json!({ "sections": [] })), 404, "not-found"),
        // other sites' pages
        (to_plans(json!({})).header("origin", "http://evil.example"), 403, "cross-site"),
        (to_plans(json!({})).header("origin", "null"), 403, "cross-site"),
        (to_plans(json!({})).header("sec-fetch-site", "cross-site"), 403, "cross-site"),
        (Call::post("/api/sign-out", &json!({})).header("sec-fetch-site", "same-site"), 403, "cross-site"),
        (Call::get("/api/me").header("host", "evil.example"), 400, "host"),
    ] {
        let answer = world.as_user("doctor", call);
        assert_eq!((answer.status, answer.problem().as_str()), (status, code), "{answer:?}");
        assert!(!String::from_utf8_lossy(&answer.body).contains(&world.number), "an NHS number goes into no answer");
    }
    let plans = world.as_user("doctor", Call::get("/api/plans")).json();
    assert_eq!((plans.as_array().unwrap().len(), &plans[0]["version"]), (1, &json!(0)));
}

#[tokio::test]
async fn without_a_session_there_is_nothing() {
    let world = World::start().await;
    let description = world.send(Call::get("/openapi.json")).json();
    let mut asked = 0;
    for (path, methods) in description["paths"].as_object().unwrap() {
        // Passkeys are registered with a code from the command line, and everybody may know how to sign in.
        if !path.starts_with("/api/") || path.starts_with("/api/passkeys/registration") || path == "/api/sign-in" {
            continue;
        }
        let target = path.replace("{plan}", &world.plan).replace("{view}", "urgent").replace("{version}", "1");
        for method in methods.as_object().unwrap().keys() {
            let call = Call::post(&target, &json!({})).method(&method.to_uppercase());
            for token in [String::new(), "0".repeat(64), "'; drop table plan; --".to_owned()] {
                let answer = world.send(call.clone().header("cookie", &format!("coplan_session={token}")));
                assert_eq!((answer.status, answer.problem().as_str()), (401, "signed-out"), "{method} {target}");
                asked += 1;
            }
        }
    }
    assert!(asked > 30, "{asked}");
    for (body, status, code) in
        [(json!({ "user": "nobody" }), 422, "unknown-user"), (json!({ "user": "a b" }), 422, "bad-body")]
    {
        let answer = world.send(Call::post("/dev/sign-in", &body));
        assert_eq!((answer.status, answer.problem().as_str()), (status, code));
    }
}

#[tokio::test]
async fn signing_out_ends_the_session_and_its_tickets() {
    let world = World::start().await;
    let signed_in = world.send(Call::post("/dev/sign-in", &json!({ "user": "nurse" })));
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(signed_in.header("set-cookie").contains(attribute), "{attribute}");
    }
    let with_cookie = |call: Call| world.send(call.header("cookie", cookie(&signed_in)));
    let ticket = with_cookie(Call::post("/api/sync-tickets", &json!({}))).json()["ticket"].as_str().unwrap().to_owned();
    assert_eq!(with_cookie(Call::get("/api/me")).status, 200);
    let out = with_cookie(Call::post("/api/sign-out", &json!({})));
    assert!(out.status == 204 && out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(with_cookie(Call::get("/api/me")).problem(), "signed-out");
    assert_eq!(world.send(Call::get(&format!("/sync?ticket={ticket}"))).problem(), "signed-out");
}

#[tokio::test]
async fn a_socket_opens_for_a_ticket_once_or_for_a_cookie_on_an_own_page() {
    let world = World::start().await;
    let signed_in = world.send(Call::post("/dev/sign-in", &json!({ "user": "nurse" })));
    let upgrade = |target: &str| {
        Call::get(target)
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
    };
    let by_cookie = || upgrade("/sync").header("cookie", cookie(&signed_in));
    for (origin, code) in
        [(None, "cross-site"), (Some("http://evil.example"), "cross-site"), (Some("null"), "cross-site")]
    {
        let call = origin.map_or_else(by_cookie, |origin| by_cookie().header("origin", origin));
        assert_eq!(world.send(call).problem(), code, "{origin:?}");
    }
    assert_eq!(world.send(upgrade("/sync").header("origin", &world.service.base_url())).problem(), "signed-out");
    assert_eq!(world.send(upgrade("/sync?ticket=wrong")).problem(), "signed-out");
    assert_eq!(world.send(Call::get("/api/me").header("cookie", cookie(&signed_in))).status, 200);
}

#[test]
fn a_log_names_no_person_and_holds_no_token() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut command = std::process::Command::new(crate::service::binary());
    command.args(["demo", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path().join("data"));
    command.env("RUST_LOG", "debug").stderr(std::fs::File::create(&log).unwrap());
    let mut process = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on http://").unwrap();

    let users = Call::get("/dev/users").send(address).json();
    let crew = users.as_array().unwrap().iter().find(|user| user["kind"] == "crew").unwrap().clone();
    let signed_in = Call::post("/dev/sign-in", &json!({ "user": crew["id"] })).send(address);
    let ask = |call: Call| call.header("cookie", cookie(&signed_in)).send(address);
    let plan = ask(Call::get("/api/plans?limit=1")).json()[0].clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let number = text(&plan["person"]["nhs_number"]);
    assert_eq!(ask(Call::get(&format!("/api/urgent?nhs_number={number}"))).status, 200);
    assert_eq!(ask(Call::get("/api/urgent?nhs_number=314159265")).status, 422);
    let ticket = text(&ask(Call::post("/api/sync-tickets", &json!({}))).json()["ticket"]);
    assert_eq!(ask(Call::get(&format!("/sync?ticket={ticket}"))).status, 400);
    process.kill().unwrap();
    process.wait().unwrap();

    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("/api/urgent"), "the log names the route");
    let token = cookie(&signed_in).split_once('=').unwrap().1;
    for secret in
        [&number, &ticket, token, &text(&plan["person"]["name"]), &text(&crew["name"]), "nhs_number=", "314159265"]
    {
        assert!(!log.contains(secret), "the log holds `{secret}`");
    }
}

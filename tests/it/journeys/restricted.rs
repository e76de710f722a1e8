//! J11: where a restricted person lives disappears from everything that anybody sees but those who are named for her.

use super::stage::in_time;
use crate::{
    http::call::{Answer, Call},
    plan_desk::PlanDesk,
    service::{Service, binary, invented_numbers},
};
use coplan_client::{OpenError, field};
use coplan_core::{
    policy::{OrganisationKind, Role},
    time::UtcMillis,
};
use coplan_server::store::{Account, AccountKind, AgreementParty, Organisation, OrganisationStanding, Purpose};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, process::Command, time::Duration};

const HOME: &str = "Saltmarsh Haven";
const STREET: &str = "19 Tanners Row";
const POSTCODE: &str = "ZZ99 7RX";
const PRACTICE: &str = "Millpond Surgery";
const PHONE: &str = "07700 900461";

/// Every word that would say where she is.
const WHEREABOUTS: [&str; 5] = [HOME, STREET, POSTCODE, PRACTICE, PHONE];

#[tokio::test]
async fn where_she_lives_disappears_from_every_view_page_and_search_and_comes_back_when_it_is_lifted() {
    let desk = PlanDesk::open().await;
    the_practice_looks_after_her(&desk).await;
    assert_eq!(feed(&desk, "U"), 204);
    let (peer, home) = desk.document("nurse", "home-access").await;
    let (_other, contacts) = desk.document("nurse", "contacts").await;
    home.edit(|tx| field::set(tx, "way_in", format!("Ring at {HOME}, {STREET}"))).unwrap();
    contacts.edit(|tx| field::type_text(tx, "carer_needs", 0, 0, "Her sister needs a rest")).unwrap();
    contacts
        .edit(|tx| {
            field::add_item(tx, "services", "haven", 1, &[("name", HOME.into()), ("kind", "care-home".into())], &[])
        })
        .unwrap();
    in_time(home.wait_until_stored()).await.unwrap();
    in_time(contacts.wait_until_stored()).await.unwrap();
    until(|| desk.get("crew", "/views/urgent"), |answer| says(answer, HOME)).await;
    let shown = desk.get("nurse", "");
    assert!([STREET, POSTCODE, PRACTICE].iter().all(|words| says(&shown, words)), "{shown:?}");
    let found = |user: &str, query: &str| desk.get_anywhere(user, &format!("/api/plans?{query}")).json();
    let by_postcode = format!("postcode={}", POSTCODE.replace(' ', ""));
    assert_eq!(found("doctor", &by_postcode)[0]["id"], desk.plan);
    assert_eq!(found("doctor", "practice=z9a01")[0]["id"], desk.plan);
    assert!(says(&desk.get("nurse", "/team"), PRACTICE));
    let version = desk.get("nurse", "").json()["version"].as_u64().unwrap();
    name_for_her(&desk, "doctor");

    // The national feed marks her, and nothing else happens.
    assert_eq!(feed(&desk, "R"), 204);
    let urgent = until(|| desk.get("crew", "/views/urgent"), |answer| answer.status == 200).await.json();
    assert_eq!(urgent["withheld"], true);
    assert!(urgent["version"].as_u64().unwrap() > version, "a new version came by itself");
    for user in ["crew", "nurse", "doctor", "care-worker", "haematologist"] {
        for query in [by_postcode.as_str(), "practice=Z9A01"] {
            assert_eq!(found(user, query), json!([]), "{user} {query}");
        }
    }
    let before = format!("?version={version}");
    for (user, view) in VIEWS {
        let now = desk.get(user, &format!("/views/{view}"));
        assert_eq!(now.status, 200, "{user} {view}");
        assert_silent(user, view, &now);
        let then = desk.get(user, &format!("/views/{view}{before}"));
        assert_eq!(then.status, 404, "{user} {view}: what was published before says it");
    }
    no_page_says_it(&desk);

    // Whoever had it open loses it; whoever is named for her works on.
    let url = home.url();
    let again = desk.service.sign_in("nurse").await;
    let fresh = coplan_client::Peer::connect(&again);
    assert!(matches!(in_time(fresh.open(&url)).await, Err(OpenError::Unavailable)));
    drop(peer);
    let (_peer, members) = desk.document("doctor", "home-access").await;
    assert!(members.json().to_string().contains(HOME));
    assert_eq!(desk.get("doctor", &format!("/views/urgent{before}")).status, 200);

    // What was withheld can be shown again exactly.
    let current = urgent["version"].as_u64().unwrap();
    assert!(replays(&desk, version) && replays(&desk, current));

    assert_eq!(feed(&desk, "U"), 204);
    until(|| desk.get("crew", "/views/urgent"), |answer| says(answer, HOME)).await;
    assert_eq!(found("doctor", &by_postcode)[0]["id"], desk.plan);
    assert_eq!(desk.get("nurse", &format!("/views/urgent{before}")).status, 200);
}

/// Who reads what, without being named for her.
const VIEWS: [(&str, &str); 6] = [
    ("crew", "urgent"),
    ("nurse", "urgent"),
    ("nurse", "clinical"),
    ("nurse", "fhir"),
    ("nurse", "print"),
    ("care-worker", "social-care"),
];

fn no_page_says_it(desk: &PlanDesk) {
    assert!(says(&desk.get("doctor", "/team"), PRACTICE), "whoever is named for her knows");
    for below in ["", "/team", "/publications", "/history", "/quarantine", "/suggestions", "/decisions", "/conflicts"] {
        assert_silent("nurse", below, &desk.get("nurse", below));
    }
    for section in ["home-access", "contacts"] {
        let history = desk.get("nurse", &format!("/history?section={section}"));
        assert_silent("nurse", section, &history);
    }
    let page = desk.get("nurse", "").json();
    assert_eq!((&page["banner"]["kind"], &page["person"]["withheld"]), (&json!("restricted"), &json!(true)));
    assert!(page["sections"].as_array().unwrap().iter().all(|section| section["section"] != "home-access"), "{page}");
}

#[tokio::test]
async fn the_command_line_takes_over_what_the_feed_says_while_the_service_runs() {
    let desk = PlanDesk::open().await;
    let file = desk.service.folder().join("demographics.json");
    for (restriction, found) in [("U", 1), ("R", 0), ("U", 1)] {
        fs::write(&file, demographics(restriction).to_string()).unwrap();
        let mut put = Command::new(binary());
        put.args(["person", "put", "--nhs-number", desk.number.as_str()]);
        put.arg("--data").arg(desk.service.folder()).arg("--database-url").arg(desk.service.database());
        let done = put.arg("--demographics").arg(&file).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let listed = || desk.get_anywhere("doctor", "/api/plans?practice=Z9A01");
        until(listed, |answer| answer.json().as_array().unwrap().len() == found).await;
        until(
            || desk.get("doctor", "/sharing"),
            |answer| (answer.json()["restriction"] == "restricted") == (restriction == "R"),
        )
        .await;
    }
    fs::write(&file, r#"{"gp_practice": 7}"#).unwrap();
    let mut put = Command::new(binary());
    put.args(["person", "put", "--nhs-number", desk.number.as_str(), "--demographics"]).arg(&file);
    let refused = put.arg("--data").arg(desk.service.folder()).output().unwrap();
    assert!(!refused.status.success());
}

#[tokio::test]
async fn a_plan_that_one_may_not_see_is_as_a_plan_that_there_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let service = Service::start_logged(2, &[], fs::File::create(&log).unwrap()).await;
    let numbers: Vec<_> = invented_numbers().take(2).collect();
    let plan = service.sign_in("doctor").await.create_plan(numbers[0].as_str()).await.unwrap().id;
    let store = service.store().await;
    let stranger = stranger();
    store.put_organisation(&stranger.organisation).await.unwrap();
    store.put_account(&stranger).await.unwrap();
    store.close().await;
    let signed_in = Call::post("/dev/sign-in", &json!({ "user": "stranger" })).send(service.address());
    let cookie = signed_in.header("set-cookie").split(';').next().unwrap().to_owned();
    let ask_once = |call: Call| {
        let before = statements(&log);
        let answer = call.header("cookie", &cookie).send(service.address());
        (outside(&answer), statements(&log) - before)
    };
    // The service has work of its own now and then, which the log does not tell from that for a request.
    let ask = |call: Call| (0..5).map(|_| ask_once(call.clone())).min_by_key(|(_, statements)| *statements).unwrap();
    let relationship = |number: &str, kind: &str| {
        ask(Call::post(
            "/api/relationships",
            &json!({ "nhs_number": number, "kind": kind, "reason": "In front of me" }),
        ))
    };
    for kind in ["asserted", "break-glass"] {
        let nobody = relationship(numbers[1].as_str(), kind);
        let never = relationship("999 999 9999".replace(' ', "").as_str(), kind);
        let refused = relationship(numbers[0].as_str(), kind);
        assert_eq!(refused.0.0, 404);
        assert_eq!((&refused, &refused), (&nobody, &never), "{kind}");
    }
    for below in ["", "/team", "/sharing", "/publications", "/history", "/views/urgent", "/quarantine", "/decisions"] {
        let refused = ask(Call::get(&format!("/api/plans/{plan}{below}"))).0;
        let none = ask(Call::get(&format!("/api/plans/{}{below}", "no-such-plan"))).0;
        assert_eq!((refused.0, &refused), (404, &none), "{below}");
    }
    let listed = |number: &str| ask(Call::get(&format!("/api/plans?nhs_number={number}")));
    assert_eq!(listed(numbers[0].as_str()), listed(numbers[1].as_str()));
}

/// What can be seen of an answer: its status, its headers without those that differ each time, and its bytes.
fn outside(answer: &Answer) -> (u16, BTreeMap<String, String>, Vec<u8>) {
    let mut headers = answer.headers.clone();
    for differs in ["date", "x-request-id"] {
        headers.remove(differs);
    }
    (answer.status, headers, answer.body.clone())
}

/// How many statements the server has given its database so far.
fn statements(log: &std::path::Path) -> usize {
    fs::read_to_string(log).unwrap().lines().filter(|line| line.contains("sqlx::query")).count()
}

fn stranger() -> Account {
    Account {
        id: "stranger".parse().unwrap(),
        kind: AccountKind::Staff,
        name: "The stranger".to_owned(),
        role: Role::Doctor,
        job_title: "GP".to_owned(),
        organisation: Organisation { code: "TEST9".parse().unwrap(), name: "A Surgery Elsewhere".to_owned() },
        registration: Some("GMC 7000099".to_owned()),
        senior: true,
    }
}

fn demographics(restriction: &str) -> Value {
    json!({
        "restriction": restriction,
        "addresses": [{ "type": "home", "lines": [STREET, "Wenford"], "postcode": POSTCODE }],
        "telecom": [{ "type": "mobile", "value": PHONE }],
        "gp_practice": { "ods": "Z9A01", "name": PRACTICE },
    })
}

fn feed(desk: &PlanDesk, restriction: &str) -> u16 {
    let target = format!("/dev/people/{}/demographics", desk.number.as_str());
    Call::post(&target, &demographics(restriction)).method("PUT").send(desk.service.address()).status
}

/// The practice is of her team, and one of its own works with her.
async fn the_practice_looks_after_her(desk: &PlanDesk) {
    let store = desk.service.store().await;
    let practice = Organisation { code: "Z9A01".parse().unwrap(), name: PRACTICE.to_owned() };
    store.put_organisation(&practice).await.unwrap();
    let standing = OrganisationStanding {
        kind: OrganisationKind::GeneralPractice,
        region: "Wenford".to_owned(),
        standards_met: true,
    };
    assert!(store.put_organisation_standing(&practice.code, &standing).await.unwrap());
    let (organisation, purpose, from) = (practice.code.clone(), Purpose::DirectCare, UtcMillis(0));
    store.put_party("development", &AgreementParty { organisation, purpose, from, until: None }).await.unwrap();
    store.put_account(&Account { id: "her-gp".parse().unwrap(), organisation: practice, ..stranger() }).await.unwrap();
    store.close().await;
    // Another process has written it: the service takes it over within a second.
    until(|| desk.put("doctor", "/team/organisations/Z9A01", &json!({})), |answer| answer.status == 204).await;
    let body = json!({ "part": "out", "reason": "A cousin of hers" });
    assert_eq!(desk.put("doctor", "/team/members/her-gp", &body).status, 204);
}

fn name_for_her(desk: &PlanDesk, user: &str) {
    let body = json!({ "part": "in", "reason": "Her GP" });
    assert_eq!(desk.put("nurse", &format!("/team/members/{user}"), &body).status, 204);
    let team = desk.get("nurse", "/team").json();
    let named = json!({ "user": user, "part": "in" });
    let is_named = |member: &Value| (&member["user"], &member["part"]) == (&named["user"], &named["part"]);
    assert!(team["members"].as_array().unwrap().iter().any(is_named), "{team}");
}

fn replays(desk: &PlanDesk, version: u64) -> bool {
    let mut replay = Command::new(binary());
    replay.args(["replay", "--plan", &desk.plan, "--version", &version.to_string()]);
    replay.arg("--data").arg(desk.service.folder()).arg("--database-url").arg(desk.service.database());
    replay.output().unwrap().status.success()
}

fn assert_silent(user: &str, where_to: &str, answer: &Answer) {
    for words in WHEREABOUTS {
        assert!(!says(answer, words), "{user} reads `{words}` in `{where_to}`");
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

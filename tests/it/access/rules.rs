//! Every rule, over HTTP and over the socket against the real server: what it answers, and which rule the audit says it was.

use super::court::{Court, PLANS, because, below};
use crate::{
    http::call::{Answer, Call},
    service::invented_numbers,
};
use automerge::{
    Automerge, ChangeHash,
    sync::{Have, Message, MessageVersion},
};
use coplan_client::{Connection, field};
use coplan_core::{
    policy::Policies,
    sync::{
        DocumentId,
        frame::{DocumentMessage, Frame},
    },
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

/// Who asks, how, for what of which plan, with what body, what comes back, and by which rule.
type Probe<'a> = (&'a str, &'a str, &'a str, &'a str, Value, u16, &'a str);

/// What is asked over HTTP, in this order: some of it makes so what comes later.
fn probes() -> Vec<Probe<'static>> {
    [of_people(), of_workers(), of_limits()].concat()
}

/// The person, and whoever acts for them.
fn of_people() -> Vec<Probe<'static>> {
    vec![
        // The person, and whoever acts for them.
        ("olive", "GET", "plain", "", none(), 200, "person-sees-own-plan"),
        ("olive", "GET", "plain", "/views/person", none(), 200, "person-reads-own-view"),
        ("olive", "GET", "plain", "/views/clinical", none(), 403, ""),
        ("olive", "GET", "plain", "/sections/about-me/authors", none(), 200, "person-reads-own-sections"),
        ("olive", "GET", "plain", "/sections/tasks/authors", none(), 403, ""),
        ("olive", "POST", "plain", "/suggestions", suggestion(1, "contingency"), 201, "person-suggests"),
        ("olive", "POST", "plain", "/decisions", choice(2), 201, "person-records-decisions"),
        ("olive", "POST", "plain", "/decisions", cpr(3), 403, ""),
        ("olive", "PUT", "plain", "/vault/door-code", code(), 204, "person-keeps-vault"),
        ("olive", "POST", "plain", "/vault/door-code/reveal", look(), 403, ""),
        ("olive", "GET", "plain", "/sharing", none(), 200, "person-sees-own-plan"),
        ("olive", "POST", "plain", "/sharing/objections", unsaid(), 422, "person-sets-sharing"),
        ("olive", "GET", "plain", "/audit", none(), 200, "person-reads-audit"),
        ("olive", "GET", "refused", "", none(), 404, ""),
        ("olive", "BEGIN", "", "", begin(PLANS.len()), 403, ""),
        ("petra", "BEGIN", "", "", begin(PLANS.len()), 403, ""),
        ("petra", "GET", "plain", "", none(), 200, "proxy-sees-plan"),
        ("petra", "GET", "plain", "/views/person", none(), 200, "proxy-reads-view"),
        ("petra", "GET", "plain", "/sections/about-me/authors", none(), 200, "proxy-reads-sections"),
        ("petra", "POST", "plain", "/suggestions", suggestion(2, "contingency"), 201, "proxy-suggests"),
        ("petra", "POST", "plain", "/decisions", choice(4), 201, "proxy-records-decisions"),
        ("petra", "GET", "plain", "/vault", none(), 200, "proxy-keeps-vault"),
        ("petra", "GET", "plain", "/sharing", none(), 200, "proxy-sees-plan"),
        ("petra", "POST", "plain", "/sharing/objections", unsaid(), 422, "proxy-sets-sharing"),
        ("petra", "GET", "plain", "/audit", none(), 200, "proxy-reads-audit"),
        ("petra", "GET", "refused", "", none(), 404, ""),
        // What the person keeps from them.
        ("petra", "PUT", "plain", KEPT, none(), 403, ""),
        ("nurse", "PUT", "plain", KEPT, none(), 403, ""),
        ("olive", "PUT", "plain", "/sharing/acting/petra/kept/about-me", none(), 422, "person-keeps-from-proxy"),
        ("olive", "PUT", "plain", "/sharing/acting/nurse/kept/goals", none(), 404, "person-keeps-from-proxy"),
        ("olive", "PUT", "plain", KEPT, none(), 204, "person-keeps-from-proxy"),
        ("olive", "PUT", "plain", KEPT, none(), 204, "person-keeps-from-proxy"),
        ("petra", "GET", "plain", "/sections/goals/authors", none(), 403, "kept-from-proxy"),
        ("olive", "DELETE", "plain", KEPT, none(), 204, "person-keeps-from-proxy"),
        ("olive", "DELETE", "plain", KEPT, none(), 404, "person-keeps-from-proxy"),
    ]
}

/// Staff of the care team, crews and systems.
fn of_workers() -> Vec<Probe<'static>> {
    vec![
        // Staff of the care team.
        ("nurse", "GET", "plain", "", none(), 200, "staff-see-plan"),
        ("nurse", "GET", "plain", "/publications", none(), 200, "staff-read-publications"),
        ("nurse", "GET", "plain", "/views/urgent", none(), 200, "clinicians-read-every-view"),
        ("care-worker", "GET", "plain", "/views/social-care", none(), 200, "social-care-reads-its-view"),
        ("care-worker", "GET", "plain", "/views/clinical", none(), 403, ""),
        ("nurse", "GET", "plain", "/sections/about-me/authors", none(), 200, "staff-read-sections"),
        ("care-worker", "POST", "plain", "/suggestions", suggestion(3, "contingency"), 201, "staff-suggest"),
        ("doctor", "POST", "plain", "/publications", sign(), 422, "staff-sign-sections"),
        ("nurse", "POST", "plain", "/publications", sign(), 403, ""),
        ("doctor", "POST", "plain", "/decisions", cpr(1), 201, "staff-record-decisions"),
        ("doctor", "GET", "plain", "/audit", none(), 200, "team-reads-audit"),
        ("nurse", "GET", "plain", "/vault", none(), 200, "staff-list-vault"),
        ("care-worker", "PUT", "plain", "/vault/key-safe-code", code(), 204, "staff-write-vault"),
        ("nurse", "POST", "plain", "/vault/key-safe-code/reveal", look(), 200, "staff-reveal-vault"),
        ("pharmacist", "GET", "plain", "/vault", none(), 403, ""),
        // Crews.
        ("p-crew", "GET", "plain", "/views/urgent", none(), 200, "crew-reads-urgent-view"),
        ("p-crew", "GET", "plain", "", none(), 404, ""),
        ("p-crew", "GET", "plain", "/views/clinical", none(), 404, ""),
        ("p-crew", "POST", "plain", "/vault/key-safe-code/reveal", look(), 200, "crew-opens-vault"),
        ("crew", "GET", "plain", "", none(), 200, "team-crew-sees-plan"),
        ("crew", "POST", "plain", "/decisions", cpr(5), 403, ""),
        // Systems.
        ("p-system", "GET", "plain", "/views/clinical", none(), 200, "system-reads-views"),
        ("p-system", "GET", "plain", "", none(), 404, ""),
    ]
}

/// What stands against them, and what they say of themselves.
fn of_limits() -> Vec<Probe<'static>> {
    vec![
        // What stands against them.
        ("doctor", "GET", "plain", "/sections/restricted/authors", none(), 403, "restricted-section-needs-member"),
        ("nurse", "GET", "plain", "/sections/restricted/authors", none(), 200, "staff-read-sections"),
        ("doctor", "GET", "restricted", "/sections/home-access/authors", none(), 403, "whereabouts-withheld"),
        ("nurse", "GET", "restricted", "/sections/home-access/authors", none(), 200, "staff-read-sections"),
        ("p-crew", "POST", "restricted", "/vault/withheld-address/reveal", look(), 404, "whereabouts-withheld"),
        ("doctor", "GET", "very-restricted", "", none(), 403, "very-restricted-needs-member"),
        ("nurse", "GET", "very-restricted", "", none(), 200, "staff-see-plan"),
        ("p-crew", "GET", "very-restricted", "/views/urgent", none(), 200, "crew-reads-urgent-view"),
        ("p-doctor", "GET", "very-restricted", "", none(), 404, "very-restricted-needs-member"),
        ("doctor", "GET", "emergency-only", "", none(), 403, "emergency-only-objection"),
        ("p-crew", "GET", "emergency-only", "/views/urgent", none(), 200, "crew-reads-urgent-view"),
        ("doctor", "GET", "refused", "", none(), 403, "refused"),
        ("p-crew", "GET", "refused", "/views/urgent", none(), 404, "refused"),
        ("doctor", "GET", "shared-with-some", "", none(), 200, "staff-see-plan"),
        ("low-nurse", "GET", "shared-with-some", "", none(), 403, "shared-with-named-only"),
        ("e-doctor", "GET", "shared-with-some", "/views/urgent", none(), 404, "shared-with-named-only"),
        ("p-crew", "GET", "shared-with-some", "/views/urgent", none(), 200, "crew-reads-urgent-view"),
        ("doctor", "GET", "shared-with-team", "", none(), 200, "staff-see-plan"),
        ("p-crew", "GET", "shared-with-team", "/views/urgent", none(), 404, "shared-with-team-only"),
        ("low-nurse", "GET", "plain", "", none(), 403, "standards-not-met"),
        ("kept-nurse", "GET", "plain", "", none(), 403, "kept-from-plan"),
        ("doctor, elsewhere", "GET", "plain", "", none(), 403, "launched-for-another-plan"),
        ("doctor, one factor", "GET", "plain", "", none(), 200, "staff-see-plan"),
        ("doctor, one factor", "POST", "plain", "/vault/key-safe-code/reveal", look(), 403, "one-factor-is-not-enough"),
        ("doctor", "GET", "no-such-plan", "", none(), 404, "no-plan"),
        ("s-nurse", "GET", "plain", "", none(), 404, ""),
        ("p-nurse", "GET", "plain", "", none(), 404, ""),
        ("p-officer", "GET", "plain", "", none(), 404, ""),
        ("p-analyst", "GET", "plain", "", none(), 404, ""),
        // Relationships of their own.
        ("e-doctor", "RELATE", "plain", "", kind("asserted"), 403, "emergency-party-only-emergencies"),
        ("s-nurse", "RELATE", "plain", "", kind("break-glass"), 404, ""),
        ("p-worker", "RELATE", "plain", "", kind("asserted"), 404, ""),
        ("doctor, one factor", "RELATE", "plain", "", kind("break-glass"), 403, "one-factor-is-not-enough"),
        ("p-nurse", "RELATE", "plain", "", kind("asserted"), 201, "staff-assert-relationship"),
        ("p-nurse", "GET", "plain", "", none(), 200, "staff-see-plan"),
        ("p-nurse", "GET", "plain", "/audit", none(), 403, ""),
        ("p-doctor", "RELATE", "refused", "", kind("break-glass"), 201, "clinicians-break-glass"),
        ("p-doctor", "GET", "refused", "", none(), 200, "staff-see-plan"),
        ("p-crew", "RELATE", "refused", "", kind("break-glass"), 201, "crew-breaks-glass"),
        ("p-crew", "GET", "refused", "/views/urgent", none(), 200, "crew-reads-urgent-view"),
        ("p-crew", "GET", "refused", "/sections/about-me/authors", none(), 403, ""),
        // Those who look at access, and those who count.
        ("p-officer", "REVIEW", "", "", none(), 200, "officer-reviews-access"),
        ("doctor", "REVIEW", "", "", none(), 403, ""),
        ("p-analyst", "REPORT", "", "", none(), 200, "analyst-counts-plans"),
        ("doctor", "REPORT", "", "", none(), 403, ""),
        // Last, because it makes the vault unreadable.
        ("nurse", "DELETE", "plain", "/vault", none(), 204, "clinicians-destroy-vault"),
        // And because a new plan is shared with everybody, under development.
        ("newcomer", "BEGIN", "", "", begin(PLANS.len()), 201, "person-begins-own-plan"),
        ("newcomer", "BEGIN", "", "", begin(PLANS.len()), 409, "person-begins-own-plan"),
    ]
}

const KEPT: &str = "/sharing/acting/petra/kept/goals";

fn begin(person: usize) -> Value {
    json!({ "nhs_number": invented_numbers().nth(person).unwrap().as_str() })
}

fn none() -> Value {
    Value::Null
}

fn suggestion(number: u32, section: &str) -> Value {
    let edit = json!({ "set": { "field": "responsible", "value": "Dr Test" } });
    json!({ "id": id(number), "section": section, "edit": edit, "reason": "x" })
}

fn look() -> Value {
    because(json!({}))
}

fn sign() -> Value {
    json!({ "sections": [{ "section": "contingency", "heads": [] }] })
}

fn code() -> Value {
    json!({ "value": "1066" })
}

fn kind(kind: &str) -> Value {
    because(json!({ "kind": kind }))
}

fn id(number: u32) -> String {
    format!("{number:08}-0000-4000-8000-000000000000")
}

/// An objection of whoever may object, without a reason: it changes nothing.
fn unsaid() -> Value {
    json!({ "grade": "refused", "reason": " " })
}

/// What the person chooses about sharing.
fn choice(number: u32) -> Value {
    json!({ "command": "record", "kind": "sharing_choice", "id": id(number), "values": { "choice": "all-direct-care" } })
}

fn cpr(number: u32) -> Value {
    json!({
        "command": "record", "kind": "cpr", "id": id(number),
        "values": {
            "recommendation": "450476008", "reason_code": "would-not-succeed", "capacity": "lacks",
            "capacity_basis": "Could not keep in mind what was said", "involvement": "B",
            "person_informed": "unable", "person_not_informed_reason": "Drowsy all day",
            "family_informed": "713656002", "review_due": "2099-01-31",
        },
    })
}

fn ask(court: &Court, (who, how, plan, at, body, ..): &Probe<'_>) -> Answer {
    let call = match *how {
        "GET" => Call::get(&below(court, plan, at)),
        "REVIEW" => Call::get("/api/review"),
        "BEGIN" => Call::post("/api/plans", body),
        "REPORT" => Call::get("/api/reports/plans"),
        "RELATE" => {
            let mut body = body.clone();
            body["plan"] = json!(court.plan(plan));
            Call::post("/api/relationships", &body)
        }
        method => Call::post(&below(court, plan, at), body).method(method),
    };
    court.ask(who, call)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rule_decides_over_http_or_the_socket_as_the_audit_shows() {
    let court = Court::open().await;
    let (mut seen, mut last) = (BTreeSet::new(), 0);
    let mut wrong = Vec::new();
    let (rules, upto) = court.rules_after(last).await;
    seen.extend(rules);
    last = upto;
    until_shown(&court).await;
    for probe in probes() {
        let answer = ask(&court, &probe);
        let (rules, upto) = court.rules_after(last).await;
        last = upto;
        let (who, how, plan, at, _, status, rule) = &probe;
        if answer.status != *status || (!rule.is_empty() && !rules.iter().any(|seen| seen == rule)) {
            wrong.push(format!("{who} {how} {plan}{at}: {} by {rules:?}, {}", answer.status, text(&answer)));
        }
        seen.extend(rules);
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), probes().len(), wrong.join("\n"));
    let (probed, over_the_socket) = (probes().len(), socket(&court).await);
    seen.extend(court.rules_after(0).await.0);
    let missing: Vec<String> = Policies::embedded()
        .rules()
        .iter()
        .map(|rule| rule.id.0.clone())
        .filter(|rule| !seen.contains(rule) && !EXCEPTIONS.iter().any(|(name, _)| name == rule))
        .collect();
    assert!(missing.is_empty(), "rules that nobody met: {missing:?}");
    println!("{probed} requests over HTTP, {over_the_socket} over the socket; {} rules met", seen.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_is_refused_or_restricted_looks_like_none_to_whoever_has_nothing_to_do_with_it() {
    let court = Court::open().await;
    for user in ["s-nurse", "p-nurse", "p-worker", "p-officer", "p-analyst", "p-crew", "person"] {
        let none = court.ask(user, Call::get("/api/plans/00000000-0000-4000-8000-000000000000"));
        assert_eq!((none.status, none.problem().as_str()), (404, "not-found"), "{user}");
        for plan in PLANS {
            for below_plan in ["", "/sections/about-me/authors", "/decisions", "/vault/key-safe-code/reveal", "/team"] {
                let at = below(&court, plan, below_plan);
                let call =
                    if below_plan.ends_with("reveal") { Call::post(&at, &because(json!({}))) } else { Call::get(&at) };
                let answer = court.ask(user, call);
                let is_crews = user == "p-crew" && answer.status == 404 && below_plan.ends_with("reveal");
                if !is_crews {
                    assert_eq!(answer.body, none.body, "{user} {plan}{below_plan}: {}", text(&answer));
                }
            }
        }
        let listed = court.ask(user, Call::get("/api/plans")).json();
        assert_eq!(listed, json!([]), "{user}");
        for number in invented_numbers().take(PLANS.len()) {
            let found = court.ask(user, Call::get(&format!("/api/plans?nhs_number={}", number.as_str()))).json();
            assert_eq!(found, json!([]), "{user}");
        }
    }
}

/// What a peer that keeps to no rule gets of a document, and gets into it.
#[derive(Debug, PartialEq, Eq)]
struct Got {
    reads: bool,
    writes: bool,
}

const NOTHING: Got = Got { reads: false, writes: false };
const READS: Got = Got { reads: true, writes: false };
const WRITES: Got = Got { reads: true, writes: true };

/// Opens documents by a peer that asks for everything and sends a change whatever it is told.
async fn socket(court: &Court) -> usize {
    let mut wrong = Vec::new();
    let asked = [
        ("olive", "plain", "about-me", WRITES),
        ("olive", "plain", "tasks", NOTHING),
        ("petra", "plain", "about-me", WRITES),
        ("petra", "plain", "home-access", NOTHING),
        ("nurse", "plain", "about-me", WRITES),
        ("nurse", "plain", "restricted", WRITES),
        ("doctor", "plain", "restricted", NOTHING),
        ("pharmacist", "plain", "about-me", READS),
        ("care-worker", "plain", "medicines", NOTHING),
        ("crew", "plain", "about-me", NOTHING),
        ("p-crew", "plain", "about-me", NOTHING),
        ("s-nurse", "plain", "about-me", NOTHING),
        ("p-officer", "plain", "about-me", NOTHING),
        ("low-nurse", "plain", "about-me", NOTHING),
        ("kept-nurse", "plain", "about-me", NOTHING),
        ("p-nurse", "plain", "about-me", WRITES),
        ("doctor", "restricted", "home-access", NOTHING),
        ("nurse", "restricted", "home-access", WRITES),
        ("doctor", "restricted", "about-me", WRITES),
        ("doctor", "very-restricted", "about-me", NOTHING),
        ("nurse", "very-restricted", "about-me", WRITES),
        ("doctor", "emergency-only", "about-me", NOTHING),
        ("doctor", "refused", "about-me", NOTHING),
        ("p-doctor", "refused", "about-me", WRITES),
    ];
    for (user, plan, section, expected) in &asked {
        let select = "select id from document where plan = ? and section = '{}'".replace("{}", section);
        let ids: Vec<String> = court.service.rows(Box::leak(select.into_boxed_str()), court.plan(plan)).await;
        let got = smuggle(court, user, section, ids[0].parse().unwrap()).await;
        if got != *expected {
            wrong.push(format!("{user} {plan} {section}: {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    asked.len()
}

async fn smuggle(court: &Court, user: &str, section: &str, document: DocumentId) -> Got {
    let stored = "select count(*) from change where document = ?";
    let before: Vec<i64> = court.service.rows(stored, &document.to_string()).await;
    let session = court.session(user).await;
    let connection = Connection::open(&session, "smuggler").await.unwrap();
    let target = connection.hub.peer_id.clone();
    let (mut sender, mut receiver) = connection.split();
    let message = |heads: Vec<ChangeHash>, changes: Vec<Vec<u8>>| {
        let (need, have) = (Vec::new(), vec![Have::default()]);
        let message = Message { heads, need, have, changes: changes.into(), flags: None, version: MessageVersion::V1 };
        DocumentMessage {
            sender: "smuggler".to_owned(),
            target: target.clone(),
            document,
            data: message.encode().into(),
        }
    };
    sender.send(&Frame::Request(message(Vec::new(), Vec::new()))).await.unwrap();
    let mut doc = content_of(court, document).await;
    let shared = doc.get_heads();
    write_something(&mut doc, section, user);
    let change = doc.get_changes(&shared).remove(0);
    sender.send(&Frame::Sync(message(vec![change.hash()], vec![change.raw_bytes().to_vec()]))).await.unwrap();
    sender.send(&Frame::Request(message(Vec::new(), Vec::new()))).await.unwrap();
    let (mut reads, mut unavailable) = (false, 0);
    let answered = tokio::time::timeout(Duration::from_secs(20), async {
        while let Some(frame) = receiver.next().await.unwrap() {
            match frame {
                Frame::Sync(got) => {
                    let got = Message::decode(&got.data).unwrap();
                    reads |= got.changes.iter().next().is_some();
                    if got.heads.contains(&change.hash()) {
                        return;
                    }
                }
                // One for each time that it asked: by the second, what it sent between was dealt with.
                Frame::Unavailable { .. } => unavailable += 1,
                Frame::Ephemeral { .. } => return,
                _ => {}
            }
            if unavailable == 2 {
                return;
            }
        }
    });
    answered.await.expect("the server answers");
    let after: Vec<i64> = court.service.rows(stored, &document.to_string()).await;
    Got { reads, writes: after[0] > before[0] }
}

async fn content_of(court: &Court, document: DocumentId) -> Automerge {
    let select = "select bytes from change where document = ? order by position";
    let changes: Vec<Vec<u8>> = court.service.rows(select, &document.to_string()).await;
    let changes = changes.into_iter().map(|bytes| automerge::Change::from_bytes(bytes).unwrap());
    let mut doc = Automerge::new();
    doc.apply_changes(changes.collect::<Vec<_>>()).unwrap();
    doc
}

/// Something that whoever writes the section could have written.
fn write_something(doc: &mut Automerge, section: &str, who: &str) {
    let set = |doc: &mut Automerge, field: &str| doc.transact(|tx| field::set(tx, field, format!("By {who}"))).unwrap();
    match section {
        "home-access" => set(doc, "way_in"),
        "restricted" => doc
            .transact(|tx| field::add_item(tx, "not_for_person", "smuggled", 1, &[("what", who.into())], &[]))
            .unwrap(),
        _ => set(doc, "supported_by"),
    };
}

fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).chars().take(200).collect()
}

/// Waits until the worker has published again what is withheld.
async fn until_shown(court: &Court) {
    let address = below(court, "very-restricted", "/views/urgent");
    let shown = tokio::time::timeout(Duration::from_secs(20), async {
        while court.ask("p-crew", Call::get(&address)).status != 200 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    shown.await.expect("the worker publishes");
}

/// Rules that are not met here, each with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("service-publishes", "what the worker publishes is in the audit as a publication; `until_shown` waits for one"),
    ("service-begins-plans", "plans are begun by the service when a world is made, not over HTTP"),
    (
        "opted-out-not-counted",
        "the count leaves people out by a statement of the store, and decides for all of them at once",
    ),
];

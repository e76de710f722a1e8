//! Suggestions over HTTP: who proposes, who decides, what is kept, and what a crash leaves.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use crate::{http::call::Answer, plan_desk::PlanDesk};
use coplan_client::field;
use serde_json::{Value, json};
use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};

/// A UUID that tells one suggestion of a test from another.
fn id(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn set(field: &str, value: &str) -> Value {
    json!({ "set": { "field": field, "value": value } })
}

fn suggestion(number: u32, section: &str, edit: &Value, reason: &str) -> Value {
    json!({ "id": id(number), "section": section, "edit": edit, "reason": reason })
}

/// What `asked` answers, which must be of this status.
fn well(asked: Answer, status: u16) -> Value {
    assert_eq!(asked.status, status, "{asked:?}");
    asked.json()
}

fn refused(asked: &Answer) -> (u16, String) {
    (asked.status, asked.problem())
}

/// What the desk's people do with suggestions.
impl PlanDesk {
    fn suggest(&self, user: &str, number: u32, edit: &Value) -> Value {
        let body = suggestion(number, "preferences", edit, "She told us on Sunday");
        well(self.post(user, "/suggestions", &body), 201)
    }

    fn decide(&self, user: &str, number: u32, decision: &Value) -> Answer {
        self.post(user, &format!("/suggestions/{}/decision", id(number)), decision)
    }

    fn suggestions(&self, user: &str, query: &str) -> Vec<Value> {
        let answer = well(self.get(user, &format!("/suggestions{query}")), 200);
        answer["suggestions"].as_array().unwrap().clone()
    }

    fn shown(&self, user: &str, number: u32) -> Value {
        let all = self.suggestions(user, "");
        all.into_iter().find(|suggestion| suggestion["id"] == id(number)).unwrap()
    }

    async fn fields(&self, section: &str) -> Value {
        let (_peer, document) = self.document("nurse", section).await;
        document.json()["fields"].clone()
    }

    async fn execute(&self, statement: &'static str) {
        let options = SqliteConnectOptions::new().filename(self.service.database());
        sqlx::query(statement).execute(&mut options.connect().await.unwrap()).await.unwrap();
    }
}

#[tokio::test]
async fn a_care_home_proposes_and_a_doctor_accepts_one_edits_one_and_declines_one() {
    let desk = PlanDesk::open().await;
    let home = desk.suggest("care-worker", 1, &set("preferred_place_of_care", "care-home"));
    assert_eq!((&home["state"], &home["current"]), (&json!("open"), &Value::Null));
    assert_eq!((&home["proposed"], &home["path"]), (&json!("Care home"), &json!("preferred_place_of_care")));
    assert_eq!((&home["may_decide"], &home["may_withdraw"]), (&json!(false), &json!(true)));
    desk.suggest("care-worker", 2, &set("preferred_place_of_death_first", "109401000000108"));
    desk.suggest("care-worker", 3, &json!({ "set-text": { "field": "place_of_care_detail", "text": "Room 4." } }));
    let open = desk.suggestions("doctor", "?state=open");
    assert_eq!(open.len(), 3);
    assert!(open.iter().all(|one| one["may_decide"] == true && one["by"]["name"] == "The care-worker"));

    let accepted = well(desk.decide("doctor", 1, &json!({ "decision": "accept" })), 200);
    let instead = set("preferred_place_of_death_first", "110481000000108");
    let edited = json!({ "decision": "edit", "edit": instead, "reason": "She said home to me" });
    well(desk.decide("doctor", 2, &edited), 200);
    well(desk.decide("doctor", 3, &json!({ "decision": "decline", "reason": "The room may change" })), 200);

    let of = |number: u32| desk.shown("care-worker", number);
    let (first, second, third) = (of(1), of(2), of(3));
    assert_eq!(first["current"], "Care home");
    assert_eq!(
        (&second["state"], &second["proposed"], &second["decided"]),
        (&json!("edited"), &json!("Hospital"), &json!("Home"))
    );
    assert_eq!((&second["decision_reason"], &second["decided_edit"]), (&json!("She said home to me"), &instead));
    assert_eq!((&third["state"], &third["decision_reason"]), (&json!("declined"), &json!("The room may change")));
    assert_eq!((&third["change"], &third["current"]), (&Value::Null, &Value::Null));
    for decided in [&first, &second, &third] {
        assert_eq!(decided["by"]["user"], "care-worker");
        assert_eq!(decided["decided_by"]["user"], "doctor");
        assert_eq!(decided["decided_by"]["registration"], "TEST doctor");
    }
    assert!(desk.suggestions("doctor", "?state=open").is_empty());

    let fields = desk.fields("preferences").await;
    assert_eq!(fields["preferred_place_of_care"], "care-home");
    assert_eq!(fields["preferred_place_of_death_first"], "110481000000108");
    assert_eq!(fields["place_of_care_detail"], "");
    let author =
        "select author.account from change join author on author.id = change.author where lower(hex(hash)) = ?";
    let change = accepted["change"].as_str().unwrap();
    assert_eq!(desk.service.rows::<String>(author, change).await, ["doctor"]);
    let both = "select a.account || ' ' || d.account from suggestion s join author a on a.id = s.author
        join author d on d.id = s.decided_by where s.plan = ? group by 1";
    assert_eq!(desk.service.rows::<String>(both, &desk.plan).await, ["care-worker doctor"]);
}

#[tokio::test]
async fn what_cannot_be_suggested_is_refused_by_name_and_nothing_is_kept() {
    let desk = PlanDesk::open().await;
    let good = set("preferred_place_of_care", "care-home");
    let (long, large) = ("x".repeat(501), "x".repeat(40_000));
    let text = json!({ "set-text": { "field": "place_of_care_detail", "text": large } });
    let moved = json!({ "move-item": { "field": "x", "item": "a", "order": 1 } });
    let at = |section: &str| suggestion(1, section, &good, "Because");
    let of = |edit: &Value| suggestion(1, "preferences", edit, "Because");
    let because = |reason: &str| suggestion(1, "preferences", &good, reason);
    for (user, body, status, code) in [
        ("care-worker", at("nothing"), 422, "unknown-section"),
        ("care-worker", at("a b"), 422, "bad-body"),
        ("nurse", at("preferences"), 403, "not-allowed"),
        ("pharmacist", at("preferences"), 403, "not-allowed"),
        ("crew", at("preferences"), 403, "not-allowed"),
        ("person", at("preferences"), 404, "not-found"),
        ("care-worker", because(""), 422, "reason-required"),
        ("care-worker", because(" "), 422, "reason-required"),
        ("care-worker", because("two\nlines"), 422, "value-character"),
        ("care-worker", because(&long), 422, "value-too-long"),
        ("care-worker", of(&set("nothing", "x")), 422, "unknown-field"),
        ("care-worker", of(&set("preferred_place_of_care", "the moon")), 422, "value-unknown-code"),
        ("care-worker", of(&set("place_of_care_detail", "x")), 422, "edit-kind"),
        ("care-worker", of(&json!({ "clear": { "field": "preferred_place_of_care" } })), 422, "no-change"),
        ("care-worker", of(&moved), 422, "edit-kind"),
        ("care-worker", of(&text), 422, "edit-too-large"),
        ("care-worker", of(&json!({ "destroy": {} })), 422, "bad-body"),
        (
            "care-worker",
            json!({ "id": "one", "section": "preferences", "edit": good, "reason": "x" }),
            422,
            "suggestion-id",
        ),
        ("care-worker", json!({ "section": "preferences", "edit": good, "reason": "x" }), 422, "bad-body"),
    ] {
        assert_eq!(refused(&desk.post(user, "/suggestions", &body)), (status, code.to_owned()), "{user} {code}");
    }
    assert_eq!(refused(&desk.get("nurse", "/suggestions?state=lost")), (400, "bad-query".to_owned()));
    assert_eq!(desk.get("person", "/suggestions").status, 404);
    assert!(desk.suggestions("nurse", "").is_empty());
    assert_eq!(desk.service.rows::<i64>("select count(*) from suggestion where ?1 = ?1", "").await, [0]);
}

#[tokio::test]
async fn the_same_suggestion_twice_is_one_and_its_id_is_nobody_elses() {
    let mut desk = PlanDesk::open().await;
    let first = set("preferred_place_of_care", "care-home");
    let body = suggestion(1, "preferences", &first, "She told us");
    assert_eq!(desk.post("care-worker", "/suggestions", &body).status, 201);
    assert_eq!(desk.post("care-worker", "/suggestions", &body).status, 200);
    let other = suggestion(1, "preferences", &first, "Another reason");
    let exists = (409, "suggestion-exists".to_owned());
    assert_eq!(refused(&desk.post("care-worker", "/suggestions", &other)), exists);
    well(desk.decide("doctor", 1, &json!({ "decision": "accept" })), 200);
    let again = desk.post("care-worker", "/suggestions", &body);
    assert_eq!((again.status, &again.json()["state"]), (200, &json!("accepted")), "its answer was lost on the way");

    desk.plan = desk.new_plan(1);
    assert_eq!(refused(&desk.post("care-worker", "/suggestions", &body)), exists);
    assert!(desk.suggestions("doctor", "").is_empty());
    assert_eq!(desk.decide("doctor", 1, &json!({ "decision": "accept" })).status, 404);
}

#[tokio::test]
async fn whoever_may_not_read_a_section_suggests_for_it_and_learns_nothing_of_it() {
    let desk = PlanDesk::open().await;
    let (_peer, document) = desk.document("nurse", "health").await;
    document.edit(|tx| field::set(tx, "main_diagnosis", "Motor neurone disease")).unwrap();
    document.wait_until_stored().await.unwrap();
    let same = suggestion(1, "health", &set("main_diagnosis", "Motor neurone disease"), "Her letter says so");
    let made = well(desk.post("care-worker", "/suggestions", &same), 201);
    assert_eq!(made["current"], Value::Null, "nor whether it says so already");
    assert_eq!(desk.shown("care-worker", 1)["current"], Value::Null);
    assert_eq!(desk.shown("nurse", 1)["current"], "Motor neurone disease");
    assert!(desk.suggestions("crew", "").is_empty());

    let allergy = json!({ "add-item": { "field": "allergies", "id": "a1", "values": { "agent": "Penicillin" } } });
    well(desk.post("care-worker", "/suggestions", &suggestion(2, "health", &allergy, "A rash in March")), 201);
    let done = well(desk.decide("pharmacist", 2, &json!({ "decision": "accept" })), 200);
    assert_eq!((&done["proposed"], &done["current"]), (&json!("Penicillin"), &json!("Penicillin")));
    let nothing_to_do = well(desk.decide("nurse", 1, &json!({ "decision": "accept" })), 200);
    assert_eq!((&nothing_to_do["state"], &nothing_to_do["change"]), (&json!("accepted"), &Value::Null));
    assert_eq!(desk.fields("health").await["allergies"]["a1"]["agent"], "Penicillin");
}

#[tokio::test]
async fn what_changed_since_is_shown_before_it_is_written_over() {
    let desk = PlanDesk::open().await;
    let (_peer, document) = desk.document("nurse", "health").await;
    document.edit(|tx| field::set(tx, "main_diagnosis", "Frailty")).unwrap();
    document.edit(|tx| field::add_item(tx, "allergies", "a1", 1, &[("agent", "Latex".into())], &[])).unwrap();
    document.wait_until_stored().await.unwrap();
    let remove = json!({ "remove-item": { "field": "allergies", "item": "a1", "reason": "Tested" } });
    for (number, edit) in [(1, set("main_diagnosis", "Parkinson's")), (2, remove.clone()), (3, remove)] {
        well(desk.post("care-worker", "/suggestions", &suggestion(number, "health", &edit, "Her letter")), 201);
    }
    document.edit(|tx| field::set(tx, "main_diagnosis", "Dementia")).unwrap();
    document.wait_until_stored().await.unwrap();

    let accept = json!({ "decision": "accept" });
    let stale = desk.decide("doctor", 1, &accept);
    assert_eq!((refused(&stale), &stale.json()["current"]), ((409, "changed-since".to_owned()), &json!("Dementia")));
    assert_eq!(desk.fields("health").await["main_diagnosis"], "Dementia");
    assert_eq!(desk.shown("doctor", 1)["state"], "open");
    well(desk.decide("doctor", 1, &json!({ "decision": "accept", "anyway": true })), 200);
    assert_eq!(desk.fields("health").await["main_diagnosis"], "Parkinson's");

    well(desk.decide("doctor", 2, &accept), 200);
    for anyway in [false, true] {
        let gone = desk.decide("doctor", 3, &json!({ "decision": "accept", "anyway": anyway }));
        assert_eq!((refused(&gone), &gone.json()["current"]), ((409, "changed-since".to_owned()), &Value::Null));
    }
    assert_eq!(desk.fields("health").await["allergies"]["a1"]["removed"], "Tested");
}

#[tokio::test]
async fn a_decision_is_made_once_by_somebody_who_may() {
    let desk = PlanDesk::open().await;
    let (care, death) = ("preferred_place_of_care", "preferred_place_of_death_first");
    desk.suggest("care-worker", 1, &set(care, "care-home"));
    let (accept, withdraw) = (json!({ "decision": "accept" }), json!({ "decision": "withdraw" }));
    let edit = |edit: Value| json!({ "decision": "edit", "edit": edit });
    for (user, decision, status, code) in [
        ("care-worker", accept.clone(), 403, "not-allowed"),
        ("care-worker", json!({ "decision": "decline", "reason": "x" }), 403, "not-allowed"),
        ("doctor", withdraw.clone(), 403, "not-allowed"),
        ("crew", accept.clone(), 404, "not-found"),
        ("person", accept.clone(), 404, "not-found"),
        ("doctor", json!({ "decision": "decline" }), 422, "reason-required"),
        ("doctor", json!({ "decision": "decline", "reason": " " }), 422, "reason-required"),
        ("doctor", json!({ "decision": "edit" }), 422, "edit-required"),
        ("doctor", json!({ "decision": "accept", "edit": set(care, "hospital") }), 422, "edit-required"),
        ("doctor", edit(set(death, "110481000000108")), 422, "other-field"),
        ("doctor", edit(set(care, "the moon")), 422, "value-unknown-code"),
        ("doctor", json!({ "decision": "think" }), 422, "bad-body"),
    ] {
        assert_eq!(refused(&desk.decide(user, 1, &decision)), (status, code.to_owned()), "{user} {decision}");
    }
    assert_eq!(desk.decide("doctor", 9, &accept).status, 404);
    assert_eq!(desk.shown("doctor", 1)["state"], "open");
    assert_eq!(desk.fields("preferences").await.get(care), None);

    let first = well(desk.decide("doctor", 1, &accept), 200);
    assert_eq!(well(desk.decide("doctor", 1, &accept), 200), first, "its answer was lost on the way");
    for (user, decision) in [
        ("nurse", accept.clone()),
        ("doctor", json!({ "decision": "decline", "reason": "x" })),
        ("doctor", edit(set(care, "hospital"))),
        ("care-worker", withdraw.clone()),
    ] {
        let late = desk.decide(user, 1, &decision);
        assert_eq!((refused(&late), &late.json()["state"]), ((409, "already-decided".to_owned()), &json!("accepted")));
    }
    desk.suggest("care-worker", 2, &set(death, "110481000000108"));
    assert_eq!(well(desk.decide("care-worker", 2, &withdraw), 200)["state"], "withdrawn");
    assert_eq!(refused(&desk.decide("doctor", 2, &accept)), (409, "already-decided".to_owned()));
    assert_eq!(desk.fields("preferences").await.get(death), None);
}

#[tokio::test]
async fn two_who_decide_at_once_do_not_both_succeed() {
    let desk = PlanDesk::open().await;
    for (number, code) in [(1, "care-home"), (2, "hospital"), (3, "hospice"), (4, "own-home")] {
        desk.suggest("care-worker", number, &set("preferred_place_of_care", code));
        let address = format!("/api/plans/{}/suggestions/{}/decision", desk.plan, id(number));
        let call = |user: &str, decision: Value| {
            let call = crate::http::call::Call::post(&address, &decision).header("cookie", &desk.cookie(user));
            let host = desk.service.address().to_owned();
            std::thread::spawn(move || call.send(&host).status)
        };
        let anyway = json!({ "decision": "accept", "anyway": true });
        let both = [call("doctor", anyway), call("nurse", json!({ "decision": "decline", "reason": "Not now" }))];
        let mut statuses = both.map(|one| one.join().unwrap());
        let stands = desk.fields("preferences").await["preferred_place_of_care"] == code;
        assert_eq!(stands, desk.shown("doctor", number)["state"] == "accepted", "{statuses:?}");
        assert_eq!(stands, statuses[0] == 200);
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
    }
}

#[tokio::test]
async fn a_server_that_dies_between_the_change_and_the_row_applies_nothing_twice() {
    let mut desk = PlanDesk::open().await;
    let text = |text: &str| json!({ "set-text": { "field": "place_of_care_detail", "text": text } });
    desk.suggest("care-worker", 1, &text("Room 4."));
    desk.suggest("care-worker", 2, &set("preferred_place_of_care", "care-home"));
    let instead = json!({ "decision": "edit", "edit": text("Room 5."), "reason": "They moved her" });
    let edited = well(desk.decide("doctor", 1, &instead), 200);
    let accepted = well(desk.decide("doctor", 2, &json!({ "decision": "accept" })), 200);
    let changes = "select count(*) from change join document on document.id = change.document
        where document.plan = ? and document.section = 'preferences'";
    let before = desk.service.rows::<i64>(changes, &desk.plan).await;

    desk.service.kill9();
    // As it was before the server came to the rows.
    desk.execute(
        "update suggestion set state = 'open', decided_by = null, decided_at = null, decision_reason = null,
             decided_edit = null, change = null",
    )
    .await;
    desk.service.restart();
    assert_eq!(desk.suggestions("doctor", "?state=open").len(), 2);

    let again = well(desk.decide("doctor", 1, &instead), 200);
    for member in ["state", "change", "decided_edit", "decision_reason", "decided"] {
        assert_eq!(again[member], edited[member], "{member}");
    }
    let declined = desk.decide("nurse", 2, &json!({ "decision": "decline", "reason": "No" }));
    assert_eq!(
        (refused(&declined), &declined.json()["state"]),
        ((409, "already-decided".to_owned()), &json!("accepted"))
    );
    let shown = desk.shown("nurse", 2);
    assert_eq!((&shown["change"], &shown["decided_by"]["user"]), (&accepted["change"], &json!("doctor")));
    assert_eq!(desk.service.rows::<i64>(changes, &desk.plan).await, before);
}

#[tokio::test]
async fn a_plan_holds_so_many_open_suggestions_and_no_more() {
    let desk = PlanDesk::open().await;
    for number in 0..200 {
        desk.suggest("care-worker", number, &set("preferred_place_of_care", "care-home"));
    }
    let one_more = suggestion(200, "preferences", &set("preferred_place_of_care", "care-home"), "Once more");
    assert_eq!(refused(&desk.post("care-worker", "/suggestions", &one_more)), (409, "too-many-open".to_owned()));
    well(desk.decide("doctor", 7, &json!({ "decision": "decline", "reason": "Said before" })), 200);
    well(desk.post("care-worker", "/suggestions", &one_more), 201);
}

//! Imports and attachments over HTTP: what is taken over, who sees it, who may, and what is refused.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use crate::{
    http::call::{Answer, Call},
    plan_desk::PlanDesk,
    service::binary,
};
use coplan_client::field;
use serde_json::{Value, json};
use std::process::Command;

fn bundle(desk: &PlanDesk, resources: &[Value]) -> Value {
    let patient = json!({
        "resourceType": "Patient", "id": "p", "birthDate": "1950-01-01",
        "identifier": [{ "system": "https://fhir.nhs.uk/Id/nhs-number", "value": desk.number.as_str() }],
    });
    let entries: Vec<Value> =
        std::iter::once(&patient).chain(resources).map(|resource| json!({ "resource": resource })).collect();
    json!({ "resourceType": "Bundle", "type": "collection", "entry": entries })
}

fn latex() -> Value {
    json!({
        "resourceType": "AllergyIntolerance", "id": "a1", "patient": { "reference": "Patient/p" },
        "code": { "text": "Latex" }, "reaction": [{ "severity": "severe" }],
    })
}

fn asthma() -> Value {
    json!({ "resourceType": "Condition", "id": "c1", "subject": { "reference": "Patient/p" }, "code": { "text": "Asthma" } })
}

fn salbutamol() -> Value {
    json!({
        "resourceType": "MedicationStatement", "id": "m1", "status": "active", "subject": { "reference": "Patient/p" },
        "medicationCodeableConcept": { "text": "Salbutamol 100 micrograms/dose inhaler" },
        "dosage": [{ "text": "Two puffs when needed", "asNeededBoolean": true }],
    })
}

fn document(desk: &PlanDesk) -> Value {
    let composition = json!({
        "resourceType": "Composition", "id": "c", "title": "Urgent <care> plan", "date": "2026-11-20T10:00:00Z",
        "subject": { "reference": "Patient/p" }, "author": [{ "display": "Otherton Hospice" }],
        "section": [{ "title": "Allergies", "text": {
            "div": "<div onclick=\"x()\"><p>Latex <a href=\"https://x.example\">more</a></p><script>alert(1)</script></div>",
        } }],
    });
    let mut bundle = bundle(desk, &[]);
    bundle["type"] = json!("document");
    bundle["entry"].as_array_mut().unwrap().insert(0, json!({ "resource": composition }));
    bundle
}

impl PlanDesk {
    fn fhir(&self, user: &str, below: &str, body: &str) -> Answer {
        let address = format!("/api/plans/{}{below}", self.plan);
        let call = Call::post_text(&address, body).header("content-type", "application/fhir+json");
        call.header("cookie", &self.cookie(user)).send(self.service.address())
    }

    fn import(&self, user: &str, resources: &[Value]) -> Answer {
        self.fhir(user, "/imports?whole=true&source=surgery", &bundle(self, resources).to_string())
    }
}

/// The one item of a list, by its key.
fn only(fields: &Value, list: &str) -> (String, Value) {
    let items = fields[list].as_object().unwrap();
    assert_eq!(items.len(), 1, "{items:?}");
    items.iter().map(|(id, item)| (id.clone(), item.clone())).next().unwrap()
}

#[tokio::test]
async fn whoever_has_the_document_open_sees_what_is_imported_and_what_they_edit_stays_theirs() {
    let desk = PlanDesk::open().await;
    let (_peer, open) = desk.document("nurse", "health").await;
    let mut follower = open.follow();
    let made = desk.import("doctor", &[latex(), asthma(), salbutamol()]);
    assert_eq!(made.status, 201, "{made:?}");
    let made = made.json();
    assert_eq!((&made["record"], &made["demographics"]), (&json!("gp-record"), &json!("not-asked")));
    let counts = |made: &Value| -> Vec<(String, i64, i64, i64)> {
        let sections = made["sections"].as_array().unwrap().iter();
        let of = |section: &Value, key: &str| section[key].as_i64().unwrap();
        sections
            .map(|one| {
                (
                    one["section"].as_str().unwrap().to_owned(),
                    of(one, "added"),
                    of(one, "removed"),
                    of(one, "left_alone"),
                )
            })
            .collect()
    };
    assert_eq!(counts(&made), [("health".to_owned(), 2, 0, 0), ("medicines".to_owned(), 1, 0, 0)]);
    while open.json()["fields"]["allergies"].as_object().is_none_or(serde_json::Map::is_empty) {
        follower.next().await.expect("the document stays open");
    }
    let (id, allergy) = only(&open.json()["fields"], "allergies");
    assert_eq!((&allergy["agent"], &allergy["record_source"]), (&json!("Latex"), &json!("gp-record")));
    assert_eq!(open.json()["fields"]["allergies_asked"], "record");

    let again = desk.import("doctor", &[latex(), asthma(), salbutamol()]).json();
    assert!(again["sections"].as_array().unwrap().iter().all(|one| one["details"]["change"].is_null()), "{again}");

    open.edit(|tx| field::set_item(tx, "allergies", &id, "severity", "mild")).unwrap();
    open.wait_until_stored().await.unwrap();
    let mut worse = latex();
    worse["code"]["text"] = json!("Natural rubber latex");
    let third = desk.import("doctor", &[worse]).json();
    let left = &third["sections"][0]["details"]["left"][0];
    assert_eq!((&left["reason"], &left["name"]), (&json!("edited-here"), &json!("Natural rubber latex")));
    assert_eq!(left["differences"][0], json!({ "label": "To what", "here": "Latex", "there": "Natural rubber latex" }));
    assert_eq!(only(&open.json()["fields"], "allergies").1["severity"], "mild");

    let listed = desk.get("nurse", "/imports").json();
    assert_eq!(listed["imports"].as_array().unwrap().len(), 3);
    assert_eq!(listed["imports"][2]["by"]["user"], "doctor");
    assert_eq!((&listed["may_import"], &listed["sources"]), (&json!(true), &json!([])));
    let of_care_worker = desk.get("care-worker", "/imports").json();
    assert_eq!(
        (&of_care_worker["imports"][2]["sections"][0]["added"], &of_care_worker["may_import"]),
        (&json!(2), &json!(false))
    );
    assert!(!of_care_worker.to_string().contains("Latex"), "who does not read the section learns how much alone");
}

#[tokio::test]
async fn what_is_wrong_is_refused_by_name_with_its_place_and_nothing_is_written() {
    let desk = PlanDesk::open().await;
    let good = bundle(&desk, &[latex()]);
    let with = |pointer: &str, value: Value| {
        let mut bundle = good.clone();
        *bundle.pointer_mut(pointer).unwrap() = value;
        bundle.to_string()
    };
    let subject = "/entry/1/resource/patient";
    let number = "/entry/0/resource/identifier/0/value";
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    for (user, body, status, code, place) in [
        ("care-worker", good.to_string(), 403, "not-allowed", ""),
        ("person", good.to_string(), 404, "not-found", ""),
        ("crew", good.to_string(), 403, "not-allowed", ""),
        (
            "doctor",
            with(number, json!("9990000026")),
            422,
            "import-another-person",
            "Bundle.entry[0].resource.identifier",
        ),
        (
            "doctor",
            with("/entry/0/resource/birthDate", json!("1950-01-02")),
            422,
            "import-another-person",
            "Bundle.entry[0].resource.birthDate",
        ),
        (
            "doctor",
            with(subject, json!({ "reference": "Patient/q" })),
            422,
            "import-another-person",
            "Bundle.entry[1].resource.patient",
        ),
        ("doctor", with("/type", json!("transaction")), 422, "import-not-a-bundle", "Bundle.type"),
        ("doctor", with("/entry", json!([])), 422, "import-not-one-patient", "Bundle.entry"),
        ("doctor", bundle(&desk, &[]).to_string(), 422, "import-nothing", ""),
        ("doctor", deep, 422, "import-too-deep", "body"),
        ("doctor", "{".to_owned(), 422, "import-not-json", "line 1"),
        ("doctor", " ".repeat(2 * 1024 * 1024 + 1), 413, "too-large", ""),
    ] {
        let refused = desk.fhir(user, "/imports", &body);
        assert_eq!((refused.status, refused.problem().as_str()), (status, code), "{user} {code}");
        assert_eq!(refused.json()["place"].as_str().unwrap_or_default(), place, "{user} {code}");
        assert!(!String::from_utf8_lossy(&refused.body).contains("Latex"), "no content in an answer that says no");
    }
    let unknown = desk.post("doctor", "/imports", &json!({ "source": "nowhere" }));
    assert_eq!((unknown.status, unknown.problem().as_str()), (422, "unknown-source"));
    let many: Vec<Value> = (0..61)
        .map(|at| {
            let mut one = latex();
            (one["id"], one["code"]["text"]) = (json!(format!("a{at}")), json!(format!("Thing {at}")));
            one
        })
        .chain([salbutamol()])
        .collect();
    let full = desk.import("doctor", &many);
    assert_eq!((full.status, full.problem().as_str()), (422, "import-list-full"));
    assert_eq!(full.json()["place"], "health.allergies");
    let (_peer, health) = desk.document("nurse", "health").await;
    assert_eq!(health.json()["fields"]["allergies"], json!({}));
    let (_peer, medicines) = desk.document("nurse", "medicines").await;
    assert_eq!(medicines.json()["fields"]["current_medicines"], json!({}), "all of it, or nothing");
    assert_eq!(desk.get("doctor", "/imports").json()["imports"], json!([]));
}

#[tokio::test]
async fn two_bundles_that_nobody_named_never_overwrite_each_other() {
    let desk = PlanDesk::open().await;
    let mut eggs = latex();
    eggs["code"]["text"] = json!("Eggs");
    for (query, resource, added) in [
        ("", latex(), 1),
        ("?record=gp-record", latex(), 0),
        ("", eggs.clone(), 1),
        ("?source=ward-7", latex(), 0),
        ("?source=ward-7&record=hospital-record", eggs, 0),
    ] {
        let made = desk.fhir("doctor", &format!("/imports{query}"), &bundle(&desk, &[resource]).to_string());
        assert_eq!((made.status, &made.json()["sections"][0]["added"]), (201, &json!(added)), "{query}");
    }
    let (_peer, health) = desk.document("nurse", "health").await;
    assert_eq!(health.json()["fields"]["allergies"].as_object().unwrap().len(), 2);
    assert_eq!(health.json()["fields"]["allergies_asked"], Value::Null, "a part of a record answers for none of it");
    let listed = desk.get("nurse", "/imports").json();
    assert_eq!(
        (&listed["imports"][0]["source"], &listed["imports"][4]["source"]),
        (&json!("ward-7"), &json!("posted"))
    );
    let good = bundle(&desk, &[latex()]).to_string();
    let long = format!("?source={}", "x".repeat(65));
    for query in ["?whole=true", "?source=", "?source=A%26E", "?whole=true&source=a%20b", long.as_str()] {
        let refused = desk.fhir("doctor", &format!("/imports{query}"), &good);
        assert_eq!((refused.status, refused.problem().as_str()), (400, "bad-query"), "{query}");
    }
}

#[tokio::test]
async fn a_document_of_another_record_is_kept_as_it_came_and_shown_harmless() {
    let desk = PlanDesk::open().await;
    let bytes = document(&desk).to_string();
    let made = desk.fhir("doctor", "/attachments", &bytes);
    assert_eq!(made.status, 201, "{made:?}");
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let again = desk.fhir("doctor", "/attachments", &bytes);
    assert_eq!((again.status, again.json()["id"].as_str()), (200, Some(id.as_str())));

    let listed = desk.get("nurse", "/attachments").json();
    let [one] = &listed["attachments"].as_array().unwrap()[..] else { panic!("{listed}") };
    assert_eq!((&one["title"], &one["organisation"]), (&json!("Urgent <care> plan"), &json!("Otherton Hospice")));
    assert_eq!((&one["record"], &one["dated"]), (&json!("shared-record"), &json!("2026-11-20T10:00:00Z")));
    let stored = desk.get("nurse", &format!("/attachments/{id}"));
    assert_eq!((stored.header("content-type"), &stored.body[..]), ("application/fhir+json", bytes.as_bytes()));

    let page = desk.get("nurse", &format!("/attachments/{id}/page"));
    let html = String::from_utf8(page.body.clone()).unwrap();
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
    assert!(html.contains("<h1>Urgent &lt;care&gt; plan</h1>") && html.contains("<p>Latex more</p>"), "{html}");
    for harm in ["script", "onclick", "href", "x.example", "alert"] {
        assert!(!html.contains(harm), "{harm} in {html}");
    }

    for (user, status) in [("crew", 404), ("person", 404), ("care-worker", 403)] {
        let refused = desk.get(user, "/attachments").status;
        assert!(refused == status || [403, 404].contains(&refused), "{user} {refused}");
        assert_ne!(desk.get(user, &format!("/attachments/{id}")).status, 200, "{user}");
        assert_ne!(desk.fhir(user, "/attachments", &bytes).status, 201, "{user}");
    }
    let mut other = document(&desk);
    other["entry"][1]["resource"]["identifier"][0]["value"] = json!("9990000026");
    let refused = desk.fhir("doctor", "/attachments", &other.to_string());
    assert_eq!((refused.status, refused.problem().as_str()), (422, "import-another-person"));
    let elsewhere = Call::get(&format!("/api/plans/{}/attachments/{id}", desk.new_plan(1)));
    let answer = elsewhere.header("cookie", &desk.cookie("doctor")).send(desk.service.address());
    assert_eq!(answer.status, 404, "an attachment is of its plan");
    let read = "select count(*) from audit where action = 'attachment:read' and plan = ? and sha256 is not null";
    assert_eq!(desk.service.rows::<i64>(read, &desk.plan).await, [2]);
}

#[tokio::test]
async fn the_command_imports_from_a_file_while_no_service_runs() {
    let mut desk = PlanDesk::open().await;
    let file = desk.service.folder().join("record.json");
    std::fs::write(&file, bundle(&desk, &[latex(), salbutamol()]).to_string()).unwrap();
    let run = |desk: &PlanDesk, more: &[&str]| {
        let mut command = Command::new(binary());
        command.args(["import", "--data", desk.service.folder().to_str().unwrap(), "--file"]).arg(&file);
        command.args(["--nhs-number", desk.number.as_str()]).args(more).output().unwrap()
    };
    let unnamed = run(&desk, &["--as", "doctor", "--whole"]);
    assert!(String::from_utf8_lossy(&unnamed.stderr).contains("--source"), "{unnamed:?}");
    let whole = ["--as", "doctor", "--whole", "--source", "surgery"];
    let refused = run(&desk, &whole);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("in use by another coplan"), "{refused:?}");
    desk.service.stop();
    let done = run(&desk, &whole);
    assert!(done.status.success(), "{done:?}");
    let said = String::from_utf8(done.stdout).unwrap();
    assert_eq!(
        said,
        "health: 1 added, 1 refreshed, 0 removed, 0 left alone\nmedicines: 1 added, 1 refreshed, 0 removed, 0 left alone\n"
    );
    assert!(!run(&desk, &["--as", "care-worker"]).status.success(), "by the rights of who is named");
    desk.service.restart();
    let (_peer, health) = desk.document("nurse", "health").await;
    assert_eq!(only(&health.json()["fields"], "allergies").1["agent"], "Latex");
}

#[tokio::test]
async fn a_document_of_another_record_is_closed_while_it_is_withheld_where_the_person_lives() {
    let desk = PlanDesk::open().await;
    let made = desk.fhir("doctor", "/attachments", &document(&desk).to_string());
    let page = format!("/attachments/{}/page", made.json()["id"].as_str().unwrap());
    let feed = |restriction: &str| {
        let target = format!("/dev/people/{}/demographics", desk.number.as_str());
        let feed = Call::post(&target, &json!({ "restriction": restriction })).method("PUT");
        assert_eq!(feed.send(desk.service.address()).status, 204);
    };
    for (restriction, listed, status) in [("U", 1, 200), ("R", 0, 404), ("U", 1, 200)] {
        feed(restriction);
        let list = desk.get("nurse", "/attachments").json();
        assert_eq!(list["attachments"].as_array().unwrap().len(), listed, "{restriction}: {list}");
        for below in [page.as_str(), page.trim_end_matches("/page")] {
            assert_eq!(desk.get("nurse", below).status, status, "{restriction} {below}");
        }
    }
}

#[tokio::test]
async fn whoever_imports_without_end_is_told_to_wait_and_nobody_else_is() {
    let desk = PlanDesk::open().await;
    let limited = (0..200).map(|_| desk.fhir("doctor", "/imports", "{")).find(|answer| answer.status != 422);
    let limited = limited.expect("a limit");
    assert_eq!((limited.status, limited.problem().as_str()), (429, "too-often"));
    assert!(!limited.header("retry-after").is_empty());
    let document = desk.fhir("doctor", "/attachments", "{");
    assert_eq!(document.status, 429, "documents count among them");
    assert_ne!(desk.fhir("nurse", "/imports", "{").status, 429);
}

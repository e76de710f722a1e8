//! What two people disagree on without knowing it, over HTTP: both values with who wrote them, until one of them settles it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::plan_desk::PlanDesk;
use coplan_client::{Document, Peer, Status};
use coplan_core::{content::edit::Edit, section::Sections};
use serde_json::{Value, json};
use std::time::Duration;

/// The doctor and the nurse with the same section open.
struct Two {
    section: &'static str,
    doctor: (Peer, Document),
    nurse: (Peer, Document),
}

impl Two {
    async fn at(desk: &PlanDesk, section: &'static str) -> Self {
        Self { section, doctor: desk.document("doctor", section).await, nurse: desk.document("nurse", section).await }
    }

    /// Both write this, and know of it.
    async fn both(&self, edit: Value) {
        write(&self.doctor.1, self.section, &edit);
        self.meet().await;
    }

    /// Each writes without a connection, and comes back.
    async fn apart(&self, doctor: &[Value], nurse: &[Value]) {
        for peer in [&self.doctor.0, &self.nurse.0] {
            peer.go_offline();
            in_time(peer.wait_until(Status::Offline)).await;
        }
        doctor.iter().for_each(|edit| write(&self.doctor.1, self.section, edit));
        nurse.iter().for_each(|edit| write(&self.nurse.1, self.section, edit));
        self.doctor.0.go_online();
        self.nurse.0.go_online();
        self.meet().await;
    }

    async fn meet(&self) {
        let (doctor, nurse) = (&self.doctor.1, &self.nurse.1);
        in_time(doctor.wait_until_stored()).await.unwrap();
        in_time(nurse.wait_until_stored()).await.unwrap();
        for (one, other) in [(doctor, nurse), (nurse, doctor)] {
            let mut events = one.follow();
            in_time(async {
                while other.heads().iter().any(|head| !one.read(|held| held.get_change_meta_by_hash(head).is_some())) {
                    events.next().await.unwrap();
                }
            })
            .await;
        }
    }

    async fn settle(&self, path: &str, choice: Value) {
        self.both(json!({"settle": {"path": path, "choice": choice, "reason": "We asked her again together"}})).await;
    }
}

fn write(document: &Document, section: &str, edit: &Value) {
    let sections = Sections::embedded();
    let section = sections.section(&section.parse().unwrap()).unwrap();
    let edit: Edit = serde_json::from_value(edit.clone()).unwrap();
    document.apply(section, &[edit]).unwrap();
}

async fn in_time<T>(wait: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), wait).await.expect("it happens in time")
}

fn conflicts(desk: &PlanDesk, user: &str) -> Vec<Value> {
    let answer = desk.get(user, "/conflicts");
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["conflicts"].as_array().unwrap().clone()
}

/// Each conflict on a line: where, what kind, and who says what.
fn told(desk: &PlanDesk, user: &str) -> Vec<String> {
    let line = |conflict: &Value| {
        let word = |value: &Value, key: &str| value[key].as_str().unwrap().to_owned();
        let values = conflict["values"].as_array().unwrap().iter();
        let values: Vec<String> = values
            .map(|value| format!("{} ({})", word(value, "display"), value["by"]["user"].as_str().unwrap_or("nobody")))
            .collect();
        let (section, path, kind) = (word(conflict, "section"), word(conflict, "path"), word(conflict, "kind"));
        // Whose value stands first follows from the devices' random names.
        let mut sorted = values;
        sorted.sort();
        format!("{section} {path} {kind}: {}", sorted.join(" | "))
    };
    conflicts(desk, user).iter().map(line).collect()
}

#[tokio::test]
async fn two_values_stand_with_their_authors_until_one_is_chosen_with_a_reason() {
    let desk = PlanDesk::open().await;
    let two = Two::at(&desk, "preferences").await;
    let place = |code: &str| json!({"set": {"field": "preferred_place_of_death_first", "value": code}});
    two.apart(&[place("110481000000108")], &[place("108401000000102")]).await;
    for user in ["doctor", "nurse", "haematologist"] {
        assert_eq!(
            told(&desk, user),
            ["preferences preferred_place_of_death_first values: Home (doctor) | Hospice (nurse)"],
            "{user}"
        );
    }
    let conflict = conflicts(&desk, "nurse")[0].clone();
    let (title, label) = (conflict["title"].as_str().unwrap(), conflict["label"].as_str().unwrap());
    assert!(!title.is_empty() && label.starts_with("Preferred place of death"), "{conflict}");
    for value in conflict["values"].as_array().unwrap() {
        assert!(value["by"]["organisation"].as_str().is_some_and(|name| !name.is_empty()), "{value}");
        assert!(value["by"]["job_title"].is_string() && value["change"].as_str().unwrap().len() == 64, "{value}");
        assert!(value["at"].as_str().unwrap().ends_with('Z') && value["device_at"].is_string(), "{value}");
        assert!(value["value"].as_str().unwrap().len() > 9, "{value}");
    }
    let crews = desk.get("crew", "/conflicts").json();
    assert_eq!(crews, json!({"conflicts": [], "contradictions": []}), "crews see what is published, and no more");
    two.settle("preferred_place_of_death_first", json!({"value": "108401000000102"})).await;
    assert_eq!((told(&desk, "doctor"), told(&desk, "nurse")), (vec![], vec![]));
}

#[tokio::test]
async fn a_number_and_a_person_are_not_lost_between_two_who_edit_and_remove() {
    let desk = PlanDesk::open().await;
    let two = Two::at(&desk, "contacts").await;
    let add = |id: &str| json!({"add-item": {"field": "personal_contacts", "id": id, "values": {"name": "Bea Osei", "phone": "020 7946 0001"}}});
    let phone = |id: &str, phone: Value| json!({"set-item": {"field": "personal_contacts", "item": id, "subfield": "phone", "value": phone}});
    two.both(add("a")).await;
    two.both(add("b")).await;
    let remove = json!({"remove-item": {"field": "personal_contacts", "item": "b", "reason": "Moved away"}});
    two.apart(
        &[phone("a", json!("020 7946 0002")), remove],
        &[phone("a", Value::Null), phone("b", json!("020 7946 0003"))],
    )
    .await;
    assert_eq!(
        told(&desk, "nurse"),
        [
            "contacts personal_contacts.a.phone values: (taken away) (nurse) | 020 7946 0002 (doctor)",
            "contacts personal_contacts.b edited-and-removed: Removed: Moved away (doctor) | Telephone: 020 7946 0003 (nurse)",
        ]
    );
    let kept = conflicts(&desk, "nurse")[1]["values"].as_array().unwrap().clone();
    let kept = kept.iter().find(|value| value["fields"].is_array()).unwrap();
    assert_eq!(kept["fields"][0]["display"], "Bea Osei");
    two.settle("personal_contacts.a.phone", json!({"value": "020 7946 0002"})).await;
    two.settle("personal_contacts.b", json!("kept")).await;
    assert_eq!(told(&desk, "doctor"), [""; 0]);
}

#[tokio::test]
async fn an_allergy_beside_no_known_allergies_and_two_decisions_are_conflicts() {
    let desk = PlanDesk::open().await;
    let two = Two::at(&desk, "health").await;
    let denied = json!({"set": {"field": "no_known_allergies", "value": "716186003"}});
    let allergy = json!({"add-item": {"field": "allergies", "id": "a", "values": {"agent": "Penicillin"}}});
    two.apart(&[denied], &[allergy]).await;
    assert_eq!(
        told(&desk, "nurse"),
        ["health no_known_allergies denied: No known allergies (doctor) | Penicillin (nurse)"]
    );
    let conflict = conflicts(&desk, "nurse")[0].clone();
    let applies = conflict["applies"].as_u64().unwrap() as usize;
    assert_eq!(conflict["values"][applies]["display"], "Penicillin", "the allergy is what holds meanwhile");
    two.settle("no_known_allergies", json!("cleared")).await;
    assert_eq!(told(&desk, "nurse"), [""; 0]);

    for (number, code) in [(1, "450476008"), (2, "450475007")] {
        let recorded = desk.post("doctor", "/decisions", &cpr(number, code));
        assert_eq!(recorded.status, 201, "{recorded:?}");
    }
    let conflict = conflicts(&desk, "nurse")[0].clone();
    assert_eq!((&conflict["section"], &conflict["kind"]), (&json!("decisions"), &json!("records")), "{conflict}");
    assert_eq!(conflict["values"].as_array().unwrap().len(), 2);
    assert_eq!(conflict["values"][0]["by"]["user"], "doctor");
    assert_eq!(conflict["values"][0]["fields"][0]["value"], "450476008");
}

fn cpr(number: u32, recommendation: &str) -> Value {
    json!({
        "command": "record", "kind": "cpr", "id": format!("{number:08}-0000-4000-8000-000000000000"),
        "values": {
            "recommendation": recommendation, "reason_code": "would-not-succeed", "capacity": "lacks",
            "capacity_basis": "Could not keep in mind what was said", "involvement": "B",
            "person_informed": "unable", "person_not_informed_reason": "Drowsy all day",
            "family_informed": "713656002", "review_due": "2099-01-31",
        },
    })
}

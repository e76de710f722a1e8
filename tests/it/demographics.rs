//! Demographics over HTTP: what a feed brought, and who sees what of it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use crate::plan_desk::PlanDesk;
use coplan_core::demographics::Demographics;
use serde_json::{Value, json};
use std::time::Duration;

fn brought(restriction: &str) -> Demographics {
    let feed = json!({
        "nhs_number_status": "01",
        "pronouns": "she/her",
        "ethnic_category": "B",
        "religion": { "code": "160549004", "display": "Roman Catholic" },
        "addresses": [{ "type": "home", "lines": ["4 Larch Walk", "Northfield"], "postcode": "ZZ99 3VZ" }],
        "telecom": [
            { "type": "email", "value": "p.doyle@example.org", "preference": 2 },
            { "type": "mobile", "value": "07700 900123", "preference": 1 },
        ],
        "gp_practice": { "ods": "Y99001", "name": "Larch Walk Surgery" },
        "restriction": restriction,
        "organ_donation": true,
        "death": { "date": "2026-11-20", "place": "876882001" },
    });
    Demographics::from_json(&feed.to_string()).unwrap()
}

async fn person(desk: &PlanDesk, user: &str, restriction: &str) -> Value {
    let store = desk.service.store().await;
    store.put_demographics(&desk.number, &brought(restriction)).await.unwrap();
    store.close().await;
    // The service notices what another process wrote within a second; a test that is ahead of it asks again.
    for _ in 0..TRIES_MAX {
        let person = desk.get(user, "").json()["person"].clone();
        if person["withheld"] == json!(restriction != "U") {
            return person;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{user} is never told of {restriction}");
}

/// Enough for ten seconds.
const TRIES_MAX: u32 = 200;

#[tokio::test]
async fn a_plan_shows_whose_it_is_with_what_the_feed_says() {
    let desk = PlanDesk::open().await;
    let unknown = desk.get("nurse", "").json()["person"].clone();
    assert_eq!((&unknown["name"], &unknown["withheld"]), (&json!("An Invented Person"), &json!(false)));
    assert_eq!(unknown.get("addresses"), None);

    let known = person(&desk, "nurse", "U").await;
    assert_eq!(known["nhs_number"], desk.number.as_str());
    assert_eq!(known["nhs_number_status"], json!({ "code": "01", "display": "Number present and verified" }));
    assert_eq!(known["telecom"][0]["value"], "07700 900123", "in the order in which to try them");
    assert_eq!(known["addresses"][0]["lines"], json!(["4 Larch Walk", "Northfield"]));
    assert_eq!(known["death"]["place"]["display"], "Died in hospice");
    assert_eq!(known["ethnic_category"]["display"], "White: Irish");
}

#[tokio::test]
async fn a_restriction_withholds_the_whereabouts_from_everybody() {
    let desk = PlanDesk::open().await;
    // A very restricted person is closed to all of these but crews, see `journeys::restricted`.
    for (restriction, withheld) in [("U", false), ("R", true)] {
        for user in ["nurse", "doctor", "care-worker", "pharmacist", "crew"] {
            let person = person(&desk, user, restriction).await;
            let said = person.to_string();
            for whereabouts in ["Larch Walk", "ZZ99 3VZ", "07700", "example.org", "Y99001"] {
                assert_eq!(said.contains(whereabouts), !withheld, "{user} {restriction}: {said}");
            }
            assert_eq!((&person["withheld"], &person["pronouns"]), (&json!(withheld), &json!("she/her")));
        }
        for address in ["/api/plans", "/api/urgent"] {
            let listed = desk.get_anywhere("crew", &format!("{address}?nhs_number={}", desk.number.as_str()));
            assert!(!String::from_utf8_lossy(&listed.body).contains("Larch Walk"), "{address} has the banner alone");
        }
    }
}

#[tokio::test]
async fn each_role_sees_what_its_readers_see() {
    let desk = PlanDesk::open().await;
    for (user, keys, not) in [
        ("nurse", &["restriction", "organ_donation", "death"][..], &[][..]),
        ("care-worker", &["death"], &["restriction", "organ_donation"]),
        ("crew", &["restriction"], &["organ_donation", "death"]),
    ] {
        let person = person(&desk, user, "U").await;
        assert!(keys.iter().all(|key| person.get(key).is_some()), "{user}: {person}");
        assert!(not.iter().all(|key| person.get(key).is_none()), "{user}: {person}");
    }
}

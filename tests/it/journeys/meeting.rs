//! J12: eight people of five organisations at one plan.

use super::stage::{Colleague, Open, Stage};
use serde_json::json;

/// Who sits there, and where each writes.
const PRESENT: [(&str, &str, &str); 8] = [
    ("gp", "health", "current_symptoms"),
    ("nurse-ada", "medicines", "how_taken"),
    ("physio", "daily-living", "walking"),
    ("consultant", "about-me", "most_valued"),
    ("geriatrician", "health", "health_summary"),
    ("social-worker", "about-me", "how_to_support"),
    ("senior-carer", "daily-living", "eating"),
    ("practice-pharmacist", "medicines", "how_taken"),
];

#[tokio::test]
async fn eight_people_write_at_once_and_the_absent_get_what_changed_since_the_last_version() {
    let stage = Stage::set().await;
    let chair = stage.arrives("consultant").await;
    let care = chair.open("contingency").await;
    a_crisis_plan(&care);
    care.is_stored().await;
    let before = chair.signs(&[&care]).await.unwrap()["version"].as_u64().unwrap();

    // All write at once, some in the same words.
    let mut present: Vec<(Colleague, Open)> = Vec::new();
    for (user, section, _) in PRESENT {
        let colleague = stage.arrives(user).await;
        let open = colleague.open(section).await;
        present.push((colleague, open));
    }
    for round in 1..=5 {
        for ((_, open), (user, _, field)) in present.iter().zip(PRESENT) {
            let so_far = open.holds(field).as_str().unwrap_or_default().to_owned();
            open.writes(field, &format!("{so_far}{user} {round}. "));
        }
    }
    for (_, open) in &present {
        open.is_stored().await;
    }
    // Everybody holds what everybody wrote: nothing that somebody said is missing.
    for (colleague, _) in &present {
        for (user, section, field) in PRESENT {
            if !syncs(&stage, colleague, section).await {
                continue;
            }
            let open = colleague.open(section).await;
            let said = |round: u32| format!("{user} {round}.");
            open.shows(|open| {
                (1..=5).all(|round| open.holds(field).as_str().is_some_and(|text| text.contains(&said(round))))
            })
            .await;
        }
    }

    // The minutes become tasks with owners, and the consultant signs.
    let tasks = chair.open("tasks").await;
    tasks.adds("tasks", "hoist", &json!({ "what": "Order the hoist", "owner": "Piotr Zieba", "due": "2030-01-10" }));
    tasks.adds("tasks", "visit", &json!({ "what": "Visit on Friday", "owner": "Ada Marsh" }));
    tasks.is_stored().await;
    let (health, medicines) = (chair.open("health").await, chair.open("medicines").await);
    health.adds("problems", "copd", &json!({ "problem": "COPD" }));
    health.sets("allergies_asked", "person");
    medicines.sets("list_state", "complete");
    care.sets("responsible", "Dr Lena Brandt, St Brannoc's Hospice");
    for open in [&health, &medicines, &care] {
        open.is_stored().await;
    }
    let after = chair.signs(&[&health, &medicines, &care]).await.unwrap();
    let signed =
        after["sections"].as_array().unwrap().iter().filter(|section| section["signed"]["by"] == "Dr Lena Brandt");
    assert_eq!(signed.count(), 3);

    // Whoever was not there reads what changed since the version before.
    let absent = stage.arrives("registrar").await;
    let digest = absent.session.compare(&stage.plan, &format!("version:{before}"), "now").await.unwrap();
    let words = digest.to_string();
    for expected in ["COPD", "geriatrician 5.", "Dr Lena Brandt, St Brannoc's Hospice"] {
        assert!(words.contains(expected), "the digest does not tell `{expected}`: {words}");
    }
    let changed: Vec<_> =
        digest["sections"].as_array().unwrap().iter().map(|one| one["section"].as_str().unwrap()).collect();
    for section in ["health", "medicines", "contingency", "about-me", "daily-living"] {
        assert!(changed.contains(&section), "{section} is not among {changed:?}");
    }
}

async fn syncs(stage: &Stage, who: &Colleague, section: &str) -> bool {
    who.session.plan(&stage.plan).await.unwrap().section(section).is_some()
}

fn a_crisis_plan(care: &Open) {
    care.adds("triggers", "pain", &json!({ "situation": "pain", "first_signs": "Will not lie flat" }));
    care.adds("steps", "ring", &json!({ "situation": "pain", "do_or_avoid": "do", "what": "Ring the hospice" }));
    care.adds("who_to_contact", "hospice", &json!({ "role": "Hospice, day and night", "phone": "020 7946 0018" }));
    care.sets("agreed_with_person", "person");
    care.sets("review_due", "2030-01-31");
    care.sets("responsible", "Dr Amara Okonkwo, Millpond Surgery");
}

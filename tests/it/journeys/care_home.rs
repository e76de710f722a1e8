//! J6: the care home suggests, the GP accepts.

use super::stage::{Colleague, Stage};
use serde_json::{Value, json};

const PLACE: &str = "7b6f1f0e-0011-4000-8000-000000000011";
const ALLERGY: &str = "7b6f1f0e-0012-4000-8000-000000000012";
const MEDICINE: &str = "7b6f1f0e-0013-4000-8000-000000000013";
const HOSPICE: &str = "108401000000102";

#[tokio::test]
async fn what_a_care_home_proposes_the_gp_accepts_edits_or_declines_and_the_home_sees_why() {
    let stage = Stage::set().await;
    let (carer, gp) = (stage.arrives("senior-carer").await, stage.arrives("gp").await);

    // Daily needs she writes herself; what she may not write, she proposes.
    let daily = carer.open("daily-living").await;
    daily.writes("eating", "Small plates, by the window. Needs an hour.");
    daily.is_stored().await;
    let place = json!({ "set": { "field": "preferred_place_of_death_first", "value": HOSPICE } });
    let allergy = json!({ "add-item": { "field": "allergies", "id": "plaster", "values": { "agent": "Plaster", "reaction": "Blisters" } } });
    let medicine = json!({ "set-text": { "field": "how_taken", "text": "Takes tablets with jam." } });
    for (id, section, edit, reason) in [
        (PLACE, "preferences", &place, "She told her daughter and me on Sunday"),
        (ALLERGY, "health", &allergy, "Blisters after the dressing last week"),
        (MEDICINE, "medicines", &medicine, "It works"),
    ] {
        let suggestion = json!({ "id": id, "section": section, "edit": edit, "reason": reason });
        carer.session.suggest(&stage.plan, &suggestion).await.unwrap();
    }

    // One review screen with the differences in words.
    let listed = suggestions(&stage, &gp).await;
    assert_eq!(listed.len(), 3);
    let one = |id: &str| listed.iter().find(|one| one["id"] == id).unwrap();
    assert_eq!(one(PLACE)["proposed"], "Hospice");
    assert_eq!(
        (&one(PLACE)["by"]["name"], &one(PLACE)["by"]["organisation"]),
        (&json!("Bola Ade"), &json!("The Beeches Care Home"))
    );
    assert!(listed.iter().all(|one| one["state"] == "open" && one["may_decide"] == true), "{listed:?}");

    // She accepts one, edits one and declines one, which asks for a reason.
    decide(&stage, &gp, PLACE, &json!({ "decision": "accept" })).await;
    let edited = json!({ "add-item": { "field": "allergies", "id": "plaster", "values": { "agent": "Zinc oxide plaster", "reaction": "Blisters" } } });
    decide(&stage, &gp, ALLERGY, &json!({ "decision": "edit", "edit": edited, "reason": "The zinc oxide kind only" }))
        .await;
    let unsaid =
        gp.session.decide_suggestion(&stage.plan, MEDICINE, &json!({ "decision": "decline" })).await.unwrap_err();
    assert!(unsaid.to_string().contains("reason-required"), "{unsaid}");
    decide(
        &stage,
        &gp,
        MEDICINE,
        &json!({ "decision": "decline", "reason": "Not with this tablet: ask the pharmacist" }),
    )
    .await;

    let (health, preferences) = (gp.open("health").await, gp.open("preferences").await);
    health.shows(|open| open.holds("allergies")["plaster"]["agent"] == "Zinc oxide plaster").await;
    preferences.shows(|open| open.holds("preferred_place_of_death_first") == HOSPICE).await;
    health.adds("problems", "frailty", &json!({ "problem": "Frailty" }));
    health.sets("allergies_asked", "family");
    health.is_stored().await;
    gp.signs(&[&health]).await.unwrap();

    // The home sees result and reason, and who decided.
    let mine = suggestions(&stage, &carer).await;
    let of = |id: &str, key: &str| mine.iter().find(|one| one["id"] == id).unwrap()[key].clone();
    assert_eq!([of(PLACE, "state"), of(ALLERGY, "state"), of(MEDICINE, "state")], ["accepted", "edited", "declined"]);
    assert_eq!(of(MEDICINE, "decision_reason"), "Not with this tablet: ask the pharmacist");
    assert_eq!(of(ALLERGY, "decided_by")["name"], "Dr Amara Okonkwo");

    // The authorship of both is kept: the change is the GP's, the proposal the home's.
    let history = gp.session.history(&stage.plan, "section=health&limit=50").await.unwrap().to_string();
    assert!(history.contains("Zinc oxide plaster") && history.contains("Dr Amara Okonkwo"), "{history}");
    assert_eq!(of(ALLERGY, "edit")["add-item"]["values"]["agent"], "Plaster");
}

async fn suggestions(stage: &Stage, who: &Colleague) -> Vec<Value> {
    let answer = who.session.suggestions(&stage.plan).await.unwrap();
    answer["suggestions"].as_array().unwrap().clone()
}

async fn decide(stage: &Stage, who: &Colleague, id: &str, decision: &Value) {
    who.session.decide_suggestion(&stage.plan, id, decision).await.unwrap();
}

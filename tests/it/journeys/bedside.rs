//! J1: at the bedside, without a signal.

use super::{
    reading::read,
    stage::{Colleague, Open, Stage},
};
use serde_json::{Value, json};

const BOX: &str = "box_location";

#[tokio::test]
async fn what_a_nurse_writes_without_a_signal_meets_what_the_gp_writes_and_nothing_is_lost() {
    let stage = Stage::set().await;
    let gp = stage.arrives("gp").await;
    let gps = gp.open("medicines").await;
    a_box_in_the_kitchen(&gps);
    gps.is_stored().await;
    gp.signs(&[&gps]).await.unwrap();

    // 08:00, on Wi-Fi: the nurse opens what she will need, then goes down into a basement flat.
    let nurse = stage.arrives("nurse-ada").await;
    let (nurses, tasks) = (nurse.open("medicines").await, nurse.open("tasks").await);
    nurses.shows(|open| open.holds(BOX) == "Kitchen cupboard").await;
    nurse.loses_the_signal().await;
    nurses.writes("how_taken", "By mouth while awake. Pain 6 of 10 at rest this morning.");
    nurses.adds("stock_log", "used-1", &json!({ "medicine": "Morphine 10 mg/ml", "what": "given", "amount": 2 }));
    nurses.sets(BOX, "Bedside drawer");
    tasks.adds("tasks", "call", &json!({ "what": "GP call", "owner": "Dr Amara Okonkwo" }));

    // Meanwhile the GP, online.
    gps.sets(BOX, "Fridge door");
    let laxative = json!({ "medicine": "Macrogol sachets", "dose": { "dose": "1 sachet", "route": "oral", "frequency": "once a day" } });
    gps.adds("current_medicines", "macrogol", &laxative);
    gps.is_stored().await;

    nurse.has_a_signal_again();
    nurses.is_stored().await;
    tasks.is_stored().await;
    nurses.shows(|open| open.holds("current_medicines")["macrogol"]["medicine"] == "Macrogol sachets").await;
    gps.shows(|open| open.holds("stock_log")["used-1"]["amount"] == 2).await;
    gps.shows(|open| open.document.heads() == nurses.document.heads()).await;
    assert_eq!(gps.holds("how_taken"), "By mouth while awake. Pain 6 of 10 at rest this morning.");

    both_see_the_conflict(&gp, &nurse).await;
    what_was_signed_says_that_it_is_disputed(&stage, &gp, &gps).await;

    // She picks, with a reason; a second device sees one value, and so does everybody.
    nurses.settles(BOX, "Bedside drawer", "I saw it there at 08:40");
    nurses.is_stored().await;
    let tablet = stage.arrives("nurse-ada").await.open("medicines").await;
    tablet.shows(|open| open.holds(BOX) == "Bedside drawer").await;
    assert_eq!(gp.conflicts().await, Vec::<Value>::new());
    let settled = stage.until(|| gp.view("urgent"), |view| !is_disputed(view)).await;
    assert!(read(&settled, "medicines").iter().any(|line| line.ends_with("Kitchen cupboard")));

    // Both audit: the history tells both values, who chose and why.
    let history = gp.session.history(&stage.plan, "section=medicines&limit=50").await.unwrap();
    let told = history["entries"].to_string();
    for words in ["Fridge door", "Bedside drawer", "I saw it there at 08:40", "Ada Marsh", "Dr Amara Okonkwo"] {
        assert!(told.contains(words), "the history does not tell `{words}`: {told}");
    }
    gps.shows(|open| open.holds(BOX) == "Bedside drawer").await;
    gp.signs(&[&gps]).await.unwrap();
    assert!(read(&gp.view("urgent").await, "medicines").iter().any(|line| line.ends_with("Bedside drawer")));
}

/// With names, organisations and times.
async fn both_see_the_conflict(gp: &Colleague, nurse: &Colleague) {
    for colleague in [gp, nurse] {
        let conflicts = colleague.conflicts().await;
        let [conflict] = conflicts.as_slice() else { panic!("one conflict, not {conflicts:?}") };
        assert_eq!((&conflict["section"], &conflict["path"]), (&json!("medicines"), &json!(BOX)));
        let mut said: Vec<String> = conflict["values"].as_array().unwrap().iter().map(who_says_what).collect();
        said.sort();
        let expected =
            ["Ada Marsh, Wenford Community Nursing: Bedside drawer", "Dr Amara Okonkwo, Millpond Surgery: Fridge door"];
        assert_eq!(said, expected);
        assert!(conflict["values"].as_array().unwrap().iter().all(|value| value["at"].is_string()));
    }
}

/// It stays published, and cannot be signed over.
async fn what_was_signed_says_that_it_is_disputed(stage: &Stage, gp: &Colleague, gps: &Open) {
    let label = "Where the box is kept";
    let urgent = stage.until(|| gp.view("urgent"), is_disputed).await;
    let lines = read(&urgent, "medicines");
    let at = lines.iter().position(|line| line.contains("Kitchen cupboard")).expect("the signed value is still there");
    assert!(lines[at].contains("disputed since it was signed"), "{label}: {lines:?}");
    let mut said: Vec<_> = lines[at + 1..at + 3].iter().map(|line| line.trim()).collect();
    said.sort_unstable();
    assert_eq!(
        said,
        ["Ada Marsh, Wenford Community Nursing: Bedside drawer", "Dr Amara Okonkwo, Millpond Surgery: Fridge door"]
    );
    let refused = gp.signs(&[gps]).await.unwrap_err().to_string();
    assert!(refused.contains("open-conflicts"), "{refused}");
}

fn a_box_in_the_kitchen(medicines: &Open) {
    medicines.sets("list_state", "complete");
    medicines.sets("anticipatory_supply", "376201000000102");
    medicines.sets(BOX, "Kitchen cupboard");
    let morphine = json!({ "medicine": "Morphine 10 mg/ml", "indication": "pain", "quantity": 10 });
    medicines.adds("anticipatory_medicines", "morphine", &morphine);
    medicines.writes("how_taken", "By mouth while awake.");
}

fn is_disputed(view: &Value) -> bool {
    view.to_string().contains("\"disputed\":true")
}

fn who_says_what(value: &Value) -> String {
    let text = |of: &Value| of.as_str().unwrap().to_owned();
    let by = &value["by"];
    format!("{}, {}: {}", text(&by["name"]), text(&by["organisation"]), text(&value["display"]))
}

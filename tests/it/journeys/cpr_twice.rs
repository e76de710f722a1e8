//! J2: CPR decided twice.

use super::{
    reading::read,
    stage::{Colleague, FOR_CPR, NOT_FOR_CPR, Stage, cpr},
};
use coplan_client::RequestError;
use serde_json::{Value, json};

const HOSPITALS: &str = "7b6f1f0e-0001-4000-8000-000000000001";
const HOSPICES: &str = "7b6f1f0e-0002-4000-8000-000000000002";
const SETTLING: &str = "7b6f1f0e-0003-4000-8000-000000000003";

#[tokio::test]
async fn two_decisions_that_had_not_seen_each_other_stand_side_by_side_until_a_senior_supersedes_both() {
    let stage = Stage::set().await;
    let [registrar, consultant, geriatrician] =
        [stage.arrives("registrar").await, stage.arrives("consultant").await, stage.arrives("geriatrician").await];

    // 14:02, at the hospital.
    let not_for = cpr(
        HOSPITALS,
        NOT_FOR_CPR,
        &json!({ "values": {
        "recommendation": NOT_FOR_CPR, "reason_code": "burdens-outweigh", "capacity": "has", "involvement": "A",
        "person_informed": "713079002", "family_informed": "713656002", "review_due": "2030-01-31",
    } }),
    );
    decide(&stage, &registrar, &not_for).await;
    assert_eq!(
        urgent(&stage, 1).await,
        [
            "CPR recommendation:",
            "  - Not for attempted CPR [current]. Recorded by Dr Naa Quarshie, Wenford General Hospital (GMC 7000002). Not yet endorsed"
        ]
    );

    // A foundation doctor may not endorse it, nor may whoever recorded it; both are told why in words.
    let endorse = json!({ "command": "endorse", "kind": "cpr", "id": HOSPITALS });
    let (code, words) = refused(&stage, &stage.arrives("fy1").await, &endorse).await;
    assert_eq!(code, "senior-required");
    assert!(words.contains("senior"), "{words}");
    assert!(matches!(refused(&stage, &registrar, &endorse).await.0.as_str(), "own-record" | "senior-required"));

    // 14:05: the hospice consultant, offline since noon, had decided otherwise; her device sends it now.
    let for_cpr = cpr(HOSPICES, FOR_CPR, &json!({ "made_at": "2026-11-22T12:10:00.000Z" }));
    decide(&stage, &consultant, &for_cpr).await;
    decide(&stage, &consultant, &for_cpr).await;

    let both = [
        "CPR recommendation:",
        "  - For attempted CPR [disputed]. Recorded by Dr Lena Brandt, St Brannoc's Hospice (GMC 7000004). Not yet endorsed",
        "  - Not for attempted CPR [disputed]. Recorded by Dr Naa Quarshie, Wenford General Hospital (GMC 7000002). Not yet endorsed",
    ];
    assert_eq!(sorted(urgent(&stage, 2).await), both);
    assert_eq!(sorted(person(&consultant).await), both, "the person is not shown one as the answer either");
    for colleague in [&registrar, &consultant, &geriatrician] {
        let conflicts = colleague.conflicts().await;
        assert_eq!(conflicts.len(), 1, "{conflicts:?}");
        assert_eq!((&conflicts[0]["kind"], &conflicts[0]["section"]), (&json!("records"), &json!("decisions")));
    }

    a_senior_settles_it(&stage, &registrar, &consultant, &geriatrician).await;
}

/// One of the seniors supersedes both, with a reason, and another endorses.
async fn a_senior_settles_it(stage: &Stage, registrar: &Colleague, consultant: &Colleague, geriatrician: &Colleague) {
    let unsaid = cpr(SETTLING, NOT_FOR_CPR, &json!({ "supersedes": [HOSPITALS, HOSPICES] }));
    assert_eq!(refused(stage, geriatrician, &unsaid).await.0, "reason-required");
    let mut settling = unsaid;
    settling["reason"] = json!("Spoke with both teams and the family: the sepsis did not answer to treatment");
    settling["values"]["reason_code"] = json!("would-not-succeed");
    decide(stage, geriatrician, &settling).await;
    let endorse = json!({ "command": "endorse", "kind": "cpr", "id": SETTLING });
    decide(stage, consultant, &endorse).await;
    let settled = [
        "CPR recommendation:",
        "  - Not for attempted CPR [current]. Recorded by Dr Owen Rhys, Wenford General Hospital (GMC 7000005). Endorsed by Dr Lena Brandt, St Brannoc's Hospice (GMC 7000004)",
    ];
    let seen =
        stage.until(|| async { read(&registrar.view("urgent").await, "decisions") }, |lines| lines == &settled).await;
    assert_eq!(seen, settled);
    assert_eq!(person(registrar).await, settled);
    assert_eq!(registrar.conflicts().await, Vec::<Value>::new());

    // All three are kept.
    let kinds = registrar.session.decisions(&stage.plan).await.unwrap();
    let kind = kinds["kinds"].as_array().unwrap().iter().find(|kind| kind["kind"] == "cpr").unwrap();
    let mut states: Vec<_> =
        kind["records"].as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect();
    states.sort_unstable();
    assert_eq!(states, ["current", "superseded", "superseded"]);
}

async fn decide(stage: &Stage, who: &Colleague, command: &Value) {
    who.session.decide(&stage.plan, command).await.unwrap();
}

/// The code and the words with which the server says no.
async fn refused(stage: &Stage, who: &Colleague, command: &Value) -> (String, String) {
    let before = who.session.decisions(&stage.plan).await.unwrap();
    let refusal = who.session.decide(&stage.plan, command).await.unwrap_err();
    assert_eq!(who.session.decisions(&stage.plan).await.unwrap(), before, "a refused command stores nothing");
    match refusal {
        RequestError::Problem { code, detail, .. } => (code, detail),
        other => panic!("{other}"),
    }
}

/// What a crew reads of decisions, once `records` of them are published.
async fn urgent(stage: &Stage, records: usize) -> Vec<String> {
    let crew = stage.service.sign_in("crew").await;
    let ask = || async {
        let published = crew.urgent(&stage.nhs_number).await;
        published.map_or_else(|_| Vec::new(), |view| read(&serde_json::from_slice(&view.bytes).unwrap(), "decisions"))
    };
    stage.until(ask, |lines| lines.len() == records + 1).await.into_iter().map(unlabelled).collect()
}

/// What the person reads of decisions.
async fn person(who: &Colleague) -> Vec<String> {
    read(&who.view("person").await, "decisions").into_iter().map(unlabelled).collect()
}

/// A dispute stands in the label too, for readers that know no mark.
fn unlabelled(line: String) -> String {
    line.replace(" (not agreed)", "")
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines[1..].sort();
    lines
}

//! Record locators: one pointer for each plan, in the shape of the National Record Locator (its producer API, R4).
//!
//! A pointer leads to the version that stands (content stability `dynamic`), so a new publication changes nothing in it:
//! it is made at the first, replaced when the address or the form changes, and taken back with the plan.

use super::{
    attempt::{Attempt, Done, Stop, below},
    client::Failure,
    kinds::{LocatorStyle, OnWithdraw, RecordLocator, SnomedCode},
};
use crate::store::Told;
use coplan_core::nhs_number::NhsNumber;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use url::Url;

/// What is kept between deliveries of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Pointed {
    /// How many pointers the plan has had.
    count: u32,
    /// Hash of the pointer without its id, and of where it is.
    sha256: String,
}

pub(super) async fn deliver(attempt: &Attempt<'_>, locator: &RecordLocator) -> Result<Done, Stop> {
    match attempt.claimed.told {
        Told::Publish => publish(attempt, locator).await,
        Told::Withdraw => withdraw(attempt, locator).await,
    }
}

async fn publish(attempt: &Attempt<'_>, locator: &RecordLocator) -> Result<Done, Stop> {
    let plan = attempt.granted.plan().as_str();
    let nhs_number = attempt.nhs_number().await?;
    let shape = pointer(locator, plan, &nhs_number);
    let sha256: [u8; 32] = Sha256::digest(format!("{} {shape}", locator.url)).into();
    let before: Option<Pointed> = serde_json::from_str(&attempt.claimed.note).ok();
    let there: BTreeSet<String> = attempt.claimed.there.iter().cloned().collect();
    let same = before.as_ref().is_some_and(|before| before.sha256 == hex::encode(sha256));
    if same && there.len() == 1 {
        return Ok(Done { there, note: attempt.claimed.note.clone(), sha256, sent: false });
    }
    let count = before.as_ref().map_or(1, |before| before.count + u32::from(!same));
    let id = id(locator, plan, count);
    let all = attempt.expect([&id]).await?;
    let replaced: Vec<&String> = all.iter().filter(|name| **name != id).collect();
    create(attempt, locator, &id, &with_id(shape, &id, &replaced)).await?;
    for old in replaced {
        supersede(attempt, locator, old, plan, &nhs_number).await?;
    }
    let note = json!(Pointed { count, sha256: hex::encode(sha256) }).to_string();
    Ok(Done { there: BTreeSet::from([id]), note, sha256, sent: true })
}

/// Creating twice does not create two: the id is ours. What is there under it already is looked at.
async fn create(attempt: &Attempt<'_>, locator: &RecordLocator, id: &str, pointer: &Value) -> Result<(), Stop> {
    let body = Some(pointer.to_string().into_bytes());
    if locator.style == LocatorStyle::Fhir {
        attempt.send(Method::PUT, one(locator, id), body).await?;
        return Ok(());
    }
    let all = below(&locator.url, "DocumentReference");
    match attempt.send(Method::POST, all, body).await {
        Err(Failure::Failed(reason) | Failure::Refused(reason)) => {
            let there = attempt.send(Method::GET, one(locator, id), None).await.ok().and_then(|answer| answer.json);
            let url = |pointer: &Value| pointer.pointer("/content/0/attachment/url").cloned();
            if there.as_ref().and_then(url) == url(pointer) { Ok(()) } else { Err(Failure::Refused(reason).into()) }
        }
        answer => Ok(answer.map(drop)?),
    }
}

/// The National Record Locator deletes what is replaced; others are told.
async fn supersede(
    attempt: &Attempt<'_>,
    locator: &RecordLocator,
    id: &str,
    plan: &str,
    nhs_number: &NhsNumber,
) -> Result<(), Stop> {
    if locator.style == LocatorStyle::Fhir {
        let mut old = with_id(pointer(locator, plan, nhs_number), id, &[]);
        old["status"] = json!("superseded");
        attempt.send(Method::PUT, one(locator, id), Some(old.to_string().into_bytes())).await?;
    }
    Ok(())
}

async fn withdraw(attempt: &Attempt<'_>, locator: &RecordLocator) -> Result<Done, Stop> {
    let plan = attempt.granted.plan().as_str();
    for id in &attempt.claimed.there {
        if locator.on_withdraw == OnWithdraw::Mark {
            let mut void = with_id(pointer(locator, plan, &attempt.nhs_number().await?), id, &[]);
            void["status"] = json!("entered-in-error");
            attempt.send(Method::PUT, one(locator, id), Some(void.to_string().into_bytes())).await?;
        } else {
            attempt.delete(one(locator, id)).await?;
        }
    }
    // A pointer that is made after this is another one, so that nobody takes it for the one that is gone.
    let count = serde_json::from_str::<Pointed>(&attempt.claimed.note).map_or(0, |pointed| pointed.count);
    let note = json!(Pointed { count, sha256: String::new() }).to_string();
    let sha256 = Sha256::digest(attempt.claimed.there.join("\n")).into();
    Ok(Done { there: BTreeSet::new(), note, sha256, sent: !attempt.claimed.there.is_empty() })
}

fn one(locator: &RecordLocator, id: &str) -> Url {
    below(&locator.url, &format!("DocumentReference/{id}"))
}

/// `<ODS>-<plan>`, and a number from the second on.
fn id(locator: &RecordLocator, plan: &str, count: u32) -> String {
    let number = if count > 1 { format!("-{count}") } else { String::new() };
    format!("{}-{plan}{number}", locator.ods)
}

fn with_id(mut pointer: Value, id: &str, replaced: &[&String]) -> Value {
    pointer["id"] = json!(id);
    if !replaced.is_empty() {
        let replaces = |old: &&String| {
            json!({ "code": "replaces", "target": { "type": "DocumentReference",
            "identifier": { "value": old } } })
        };
        pointer["relatesTo"] = replaced.iter().map(replaces).collect();
    }
    pointer
}

/// The pointer without its id: what the locator asks for and no other field.
fn pointer(locator: &RecordLocator, plan: &str, nhs_number: &NhsNumber) -> Value {
    let ods = json!({ "identifier": { "system": ODS_CODE, "value": locator.ods.as_str() } });
    json!({
        "resourceType": "DocumentReference",
        "status": "current",
        "type": snomed(&locator.record_type),
        "category": [{ "coding": [{ "system": SNOMED_CT, "code": "734163000", "display": "Care plan" }] }],
        "subject": { "identifier": { "system": NHS_NUMBER, "value": nhs_number.as_str() } },
        "author": [ods],
        "custodian": ods,
        "content": [{
            "attachment": {
                "contentType": "application/fhir+json",
                "url": locator.pointer_url.replace("{plan}", plan),
            },
            "format": {
                "system": "https://fhir.nhs.uk/England/CodeSystem/England-NRLFormatCode",
                "code": "urn:nhs-ic:structured",
                "display": "Structured Document",
            },
            "extension": [{
                "url": "https://fhir.nhs.uk/England/StructureDefinition/Extension-England-ContentStability",
                "valueCodeableConcept": { "coding": [{
                    "system": "https://fhir.nhs.uk/England/CodeSystem/England-NRLContentStability",
                    "code": "dynamic",
                    "display": "Dynamic",
                }] },
            }],
        }],
        "context": { "practiceSetting": snomed(&locator.practice_setting) },
    })
}

fn snomed(code: &SnomedCode) -> Value {
    json!({ "coding": [{ "system": SNOMED_CT, "code": code.code, "display": code.display }] })
}

const SNOMED_CT: &str = "http://snomed.info/sct";
const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";
const ODS_CODE: &str = "https://fhir.nhs.uk/Id/ods-organization-code";

#[cfg(test)]
mod tests {
    use super::*;

    fn locator() -> RecordLocator {
        let text = "url = 'https://nrl.example/producer'\nods = 'X26'\npointer_url = 'https://coplan.example/p/{plan}'";
        toml::from_str(text).unwrap()
    }

    #[test]
    fn a_pointer_has_what_the_locator_asks_for_and_no_other_field() {
        let number = NhsNumber::parse("9990000018").unwrap();
        let pointer = with_id(pointer(&locator(), "plan-1", &number), &id(&locator(), "plan-1", 1), &[]);
        let mut fields: Vec<&String> = pointer.as_object().unwrap().keys().collect();
        fields.sort();
        let asked = [
            "author",
            "category",
            "content",
            "context",
            "custodian",
            "id",
            "resourceType",
            "status",
            "subject",
            "type",
        ];
        assert_eq!(fields, asked);
        assert_eq!(pointer["id"], "X26-plan-1");
        assert_eq!(pointer["category"].as_array().unwrap().len(), 1);
        let category = json!([{ "system": SNOMED_CT, "code": "734163000", "display": "Care plan" }]);
        assert_eq!(pointer["category"][0]["coding"], category);
        assert_eq!(pointer["custodian"]["identifier"], json!({ "system": ODS_CODE, "value": "X26" }));
        assert_eq!(pointer["subject"]["identifier"], json!({ "system": NHS_NUMBER, "value": "9990000018" }));
        let content = &pointer["content"][0];
        assert_eq!(content["attachment"]["url"], "https://coplan.example/p/plan-1");
        assert_eq!(content["extension"].as_array().unwrap().len(), 1);
        assert_eq!(content["extension"][0]["valueCodeableConcept"]["coding"][0]["code"], "dynamic");
        assert!(!pointer.to_string().replace("\"value\":\"9990000018\"", "").contains("9990000018"), "once");
    }

    #[test]
    fn a_pointer_that_replaces_another_names_it_and_has_an_id_of_its_own() {
        let old = id(&locator(), "plan-1", 1);
        let new = id(&locator(), "plan-1", 2);
        assert_eq!(new, "X26-plan-1-2");
        let number = NhsNumber::parse("9990000018").unwrap();
        let pointer = with_id(pointer(&locator(), "plan-1", &number), &new, &[&old]);
        assert_eq!(pointer["relatesTo"][0]["code"], "replaces");
        assert_eq!(pointer["relatesTo"][0]["target"]["identifier"]["value"], "X26-plan-1");
    }
}

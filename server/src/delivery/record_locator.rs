//! Record locators: one pointer for each plan, in the shape of the National Record Locator (its producer API, R4).
//!
//! A pointer leads to the version that stands (content stability `dynamic`), so a new publication changes nothing in it:
//! it is made at the first, replaced when the address or the form changes, and taken back with the plan.
//!
//! The National Record Locator makes up the ids of pointers. So a pointer whose making was never answered is there under a
//! name that nobody told us: wherever something may be there, the locator is asked before anything is made or taken back.

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
    /// Under which name it is known to have been made.
    #[serde(default)]
    id: String,
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
    let tried_before = there.contains(&id);
    let made = match locator.style {
        LocatorStyle::Fhir => put(attempt, locator, shape, id.clone(), &nhs_number).await?,
        LocatorStyle::Nrl => create(attempt, locator, shape, id.clone(), &nhs_number).await?,
    };
    let mut there = BTreeSet::from([made.id.clone()]);
    if made.is_new && tried_before {
        // What was made then may be found yet, where a search is behind: it is looked for the next time.
        there.insert(id);
    }
    let note = json!(Pointed { count, sha256: hex::encode(sha256), id: made.id }).to_string();
    Ok(Done { there, note, sha256, sent: true })
}

/// The pointer that stands now.
struct Made {
    id: String,
    /// It was made by this attempt, not found.
    is_new: bool,
}

/// Pointers are put at our ids, and what a new one replaces is told so; gives the id.
async fn put(
    attempt: &Attempt<'_>,
    locator: &RecordLocator,
    shape: Value,
    id: String,
    nhs_number: &NhsNumber,
) -> Result<Made, Stop> {
    let all = attempt.expect([&id]).await?;
    let replaced: Vec<&String> = all.iter().filter(|name| **name != id).collect();
    let body = with_id(shape, &id, &replaced).to_string().into_bytes();
    attempt.send(Method::PUT, one(locator, &id), Some(body)).await?;
    for old in replaced {
        let mut superseded = with_id(pointer(locator, attempt.granted.plan().as_str(), nhs_number), old, &[]);
        superseded["status"] = json!("superseded");
        attempt.send(Method::PUT, one(locator, old), Some(superseded.to_string().into_bytes())).await?;
    }
    Ok(Made { id, is_new: true })
}

/// Pointers are created, and what a new one replaces goes by itself. The id may be the locator's own.
async fn create(
    attempt: &Attempt<'_>,
    locator: &RecordLocator,
    shape: Value,
    id: String,
    nhs_number: &NhsNumber,
) -> Result<Made, Stop> {
    let mut found =
        if attempt.claimed.there.is_empty() { Vec::new() } else { look(attempt, locator, nhs_number).await? };
    let made = found.iter().position(|old| old.says(&shape)).map(|at| found.swap_remove(at).id);
    let all = found.iter().map(|old| &old.id).chain(&made).chain([&id]);
    attempt.expect(all).await?;
    // What is of another type may not be replaced, and what was made in vain has nothing to be replaced by.
    let (replaced, deleted): (Vec<&Old>, Vec<&Old>) =
        found.iter().partition(|old| made.is_none() && old.pointer["type"] == shape["type"]);
    for old in deleted {
        attempt.delete(one(locator, &old.id)).await?;
    }
    if let Some(id) = made {
        return Ok(Made { id, is_new: false });
    }
    let replaced: Vec<&String> = replaced.into_iter().map(|old| &old.id).collect();
    let body = with_id(shape, &id, &replaced).to_string().into_bytes();
    let answer = attempt.send(Method::POST, below(&locator.url, "DocumentReference"), Some(body)).await?;
    let id = answer.location.as_deref().and_then(|location| id_in(location, locator)).unwrap_or(id);
    attempt.expect([&id]).await?;
    Ok(Made { id, is_new: true })
}

/// A pointer that a locator has.
struct Old {
    id: String,
    pointer: Value,
}

impl Old {
    /// Whether it says all that this says; the locator adds to it.
    fn says(&self, shape: &Value) -> bool {
        shape.as_object().is_some_and(|fields| fields.iter().all(|(name, value)| self.pointer.get(name) == Some(value)))
    }
}

/// The plan's pointers that the locator has now: those that were made at some time, and those that lead to the plan. Other
/// systems of the organisation may have pointers of the same person.
async fn look(attempt: &Attempt<'_>, locator: &RecordLocator, nhs_number: &NhsNumber) -> Result<Vec<Old>, Failure> {
    let body =
        json!({ "subject:identifier": format!("{NHS_NUMBER}|{}", nhs_number.as_str()) }).to_string().into_bytes();
    let answer = attempt.send(Method::POST, below(&locator.url, "DocumentReference/_search"), Some(body)).await?;
    let bundle = answer.json.filter(|bundle| bundle["resourceType"] == "Bundle");
    let bundle = bundle.ok_or_else(|| Failure::Failed("an answer to a search that is no Bundle".to_owned()))?;
    let links = bundle["link"].as_array().map(Vec::as_slice).unwrap_or_default();
    if links.iter().any(|link| link["relation"] == "next") {
        return Err(Failure::Failed("an answer to a search that is not whole".to_owned()));
    }
    let leads_to = locator.pointer_url.replace("{plan}", attempt.granted.plan().as_str());
    let entries = bundle["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
    let found = entries.iter().filter_map(|entry| {
        let pointer = entry["resource"].clone();
        let id = pointer["id"].as_str().filter(|id| is_id(id, locator))?.to_owned();
        let leads_here = pointer["content"][0]["attachment"]["url"] == leads_to.as_str();
        let is_ours = pointer["custodian"]["identifier"]["value"] == locator.ods.as_str()
            && (leads_here || attempt.claimed.there.contains(&id));
        is_ours.then_some(Old { id, pointer })
    });
    Ok(found.collect())
}

async fn withdraw(attempt: &Attempt<'_>, locator: &RecordLocator) -> Result<Done, Stop> {
    let there = &attempt.claimed.there;
    let before: Option<Pointed> = serde_json::from_str(&attempt.claimed.note).ok();
    match (locator.style, locator.on_withdraw) {
        _ if there.is_empty() => {}
        (LocatorStyle::Nrl, _) => take_back(attempt, locator, before.as_ref()).await?,
        (LocatorStyle::Fhir, OnWithdraw::Delete) => {
            for id in there {
                attempt.delete(one(locator, id)).await?;
            }
        }
        (LocatorStyle::Fhir, OnWithdraw::Mark) => {
            let shape = pointer(locator, attempt.granted.plan().as_str(), &attempt.nhs_number().await?);
            for id in there {
                let mut void = with_id(shape.clone(), id, &[]);
                void["status"] = json!("entered-in-error");
                attempt.send(Method::PUT, one(locator, id), Some(void.to_string().into_bytes())).await?;
            }
        }
    }
    // A pointer that is made after this is another one, so that nobody takes it for the one that is gone.
    let count = before.map_or(0, |pointed| pointed.count);
    let tried = there.contains(&id(locator, attempt.granted.plan().as_str(), count + 1));
    let note = Pointed { count: count + u32::from(tried), sha256: String::new(), id: String::new() };
    let sha256 = Sha256::digest(there.join("\n")).into();
    Ok(Done { there: BTreeSet::new(), note: json!(note).to_string(), sha256, sent: !there.is_empty() })
}

/// Deletes what is known at once, whatever the locator says to a search, and then what a search finds. All is tried before
/// anything is said to have failed.
async fn take_back(attempt: &Attempt<'_>, locator: &RecordLocator, before: Option<&Pointed>) -> Result<(), Stop> {
    let (mut failed, mut is_known_gone) = (None, false);
    for id in &attempt.claimed.there {
        match attempt.delete(one(locator, id)).await {
            Ok(was_there) => is_known_gone |= was_there && before.is_some_and(|before| before.id == *id),
            Err(failure) => failed = failed.or(Some(failure)),
        }
    }
    match look(attempt, locator, &attempt.nhs_number().await?).await {
        Ok(found) => {
            // Nothing that a search still shows was refused for good.
            failed = None;
            for old in found {
                failed = attempt.delete(one(locator, &old.id)).await.err().or(failed);
            }
        }
        // The one name that was ever told us is gone, and no other attempt was left without an answer.
        Err(_) if is_known_gone && attempt.claimed.there.len() == 1 => {}
        Err(failure) => failed = failed.or(Some(failure)),
    }
    failed.map_or(Ok(()), |failure| Err(failure.into()))
}

/// The id in a `Location`, if it can be the id of a pointer of ours.
fn id_in(location: &str, locator: &RecordLocator) -> Option<String> {
    let (_, rest) = location.rsplit_once("DocumentReference/")?;
    rest.split(['/', '?', '#']).next().filter(|id| is_id(id, locator)).map(str::to_owned)
}

/// Whether it can be the id of a pointer of ours: it goes into addresses.
fn is_id(id: &str, locator: &RecordLocator) -> bool {
    let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'));
    let is_ours = id.strip_prefix(locator.ods.as_str()).is_some_and(|rest| rest.len() > 1);
    plain && is_ours && id.len() <= ID_BYTES_MAX
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

/// Longest id of a pointer, in bytes.
const ID_BYTES_MAX: usize = 128;

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

    #[test]
    fn a_locator_may_say_under_which_id_it_made_a_pointer() {
        let id = |location| id_in(location, &locator());
        assert_eq!(id("/producer/FHIR/R4/DocumentReference/X26-7f1c").as_deref(), Some("X26-7f1c"));
        assert_eq!(id("https://nrl.example/DocumentReference/X26-7f1c/_history/1").as_deref(), Some("X26-7f1c"));
        for wrong in
            ["", "/DocumentReference/", "/DocumentReference/Y05-1", "/DocumentReference/X26-%2e%2e", "/Patient/X26-1"]
        {
            assert_eq!(id(wrong), None, "{wrong}");
        }
        assert_eq!(id(&format!("/DocumentReference/X26-{}", "1".repeat(ID_BYTES_MAX))), None);
    }
}

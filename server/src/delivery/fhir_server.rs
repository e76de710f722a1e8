//! FHIR servers: the entries of the document as resources, put at their own ids, and the document as it is stored.
//!
//! Ids come from the document and are the same in every version, so whatever is sent again changes nothing, and a new
//! version is a new version of each resource. Each version of the document has an id of its own; the one before goes when
//! the next is there, and so does every resource that the next does not have: what was taken out of a plan must not stay.

use super::{
    attempt::{Attempt, Document, Done, Stop, below},
    client::{Answer, Failure},
    kinds::{FhirServer, OnWithdraw, Send},
};
use crate::store::Told;
use reqwest::Method;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

pub(super) async fn deliver(attempt: &Attempt<'_>, server: &FhirServer) -> Result<Done, Stop> {
    match attempt.claimed.told {
        Told::Publish => publish(attempt, server).await,
        Told::Withdraw => withdraw(attempt, server).await,
    }
}

async fn publish(attempt: &Attempt<'_>, server: &FhirServer) -> Result<Done, Stop> {
    let document = attempt.document().await?;
    let resources = if server.send == Send::Document { Vec::new() } else { resources(&document)? };
    let whole = (server.send != Send::Resources).then(|| document.id().map(|id| format!("Bundle/{id}"))).transpose()?;
    let now: BTreeSet<String> = resources.iter().map(|(name, _)| name.clone()).chain(whole.clone()).collect();
    let all = attempt.expect(&now).await?;
    for part in resources.chunks(server.entries_max) {
        let entries = part.iter().map(|(name, resource)| put(server, name, resource)).collect();
        all_done(&post(attempt, server, "transaction", entries).await?, false)?;
    }
    // Before the document: a target that refuses that must not keep what the new resources take the place of.
    delete(attempt, server, all.difference(&now)).await?;
    if let Some(name) = whole {
        attempt.send(Method::PUT, below(&server.url, &name), Some(document.bytes)).await?;
    }
    Ok(Done { there: now, note: String::new(), sha256: document.sha256, sent: true })
}

async fn withdraw(attempt: &Attempt<'_>, server: &FhirServer) -> Result<Done, Stop> {
    let all: BTreeSet<String> = attempt.claimed.there.iter().cloned().collect();
    let mut kept = BTreeSet::new();
    if server.on_withdraw == OnWithdraw::Mark && !all.is_empty() {
        let subject = attempt.nhs_number().await?;
        let at = attempt.claimed.at.to_rfc3339();
        let void = all.iter().filter_map(|name| Some((name.clone(), void(name, subject.as_str(), &at)?)));
        let void: Vec<(String, Value)> = void.collect();
        let entries = void.iter().map(|(name, resource)| put(server, name, resource)).collect();
        if !void.is_empty() {
            all_done(&post(attempt, server, "transaction", entries).await?, false)?;
        }
        kept = void.into_iter().map(|(name, _)| name).collect();
    }
    delete(attempt, server, all.difference(&kept)).await?;
    let sha256 = Sha256::digest(all.iter().cloned().collect::<Vec<_>>().join("\n")).into();
    Ok(Done { there: kept, note: String::new(), sha256, sent: !all.is_empty() })
}

/// The entries with their names, their references to each other by name too.
fn resources(document: &Document) -> Result<Vec<(String, Value)>, Stop> {
    let entries = document.bundle.get("entry").and_then(Value::as_array);
    let mut named = Vec::new();
    let mut names = BTreeMap::new();
    for entry in entries.into_iter().flatten() {
        let resource = entry.get("resource").ok_or(Stop::Impossible(NO_NAME))?;
        let text = |key: &str| resource.get(key).and_then(Value::as_str).ok_or(Stop::Impossible(NO_NAME));
        let name = format!("{}/{}", text("resourceType")?, text("id")?);
        if let Some(url) = entry.get("fullUrl").and_then(Value::as_str) {
            names.insert(url, name.clone());
        }
        named.push((name, resource));
    }
    Ok(named.into_iter().map(|(name, resource)| (name, by_name(resource, &names))).collect())
}

fn by_name(value: &Value, names: &BTreeMap<&str, String>) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| match (key.as_str(), value.as_str()) {
                ("reference", Some(url)) if names.contains_key(url) => (key.clone(), json!(names[url])),
                _ => (key.clone(), by_name(value, names)),
            });
            Value::Object(members.collect::<Map<_, _>>())
        }
        Value::Array(values) => values.iter().map(|value| by_name(value, names)).collect(),
        other => other.clone(),
    }
}

fn put(server: &FhirServer, name: &str, resource: &Value) -> Value {
    let full_url = below(&server.url, name);
    json!({ "fullUrl": full_url.as_str(), "resource": resource, "request": { "method": "PUT", "url": name } })
}

/// What is left of a resource that is void: what FHIR asks of every such resource.
fn void(name: &str, nhs_number: &str, at: &str) -> Option<Value> {
    let (kind, id) = name.split_once('/')?;
    let subject = json!({ "identifier": { "system": "https://fhir.nhs.uk/Id/nhs-number", "value": nhs_number } });
    let care_plan =
        json!({ "coding": [{ "system": "http://snomed.info/sct", "code": "734163000", "display": "Care plan" }] });
    match kind {
        "CarePlan" => Some(json!({
            "resourceType": kind, "id": id, "status": "revoked", "intent": "plan", "category": [care_plan],
            "subject": subject,
        })),
        "Composition" => Some(json!({
            "resourceType": kind, "id": id, "status": "entered-in-error", "type": care_plan, "subject": subject,
            "date": at, "author": [{ "display": "Coplan" }], "title": "Care plan, withdrawn",
        })),
        _ => None,
    }
}

async fn delete(attempt: &Attempt<'_>, server: &FhirServer, names: impl Iterator<Item = &String>) -> Result<(), Stop> {
    let entries: Vec<Value> = names.map(|name| json!({ "request": { "method": "DELETE", "url": name } })).collect();
    for part in entries.chunks(server.entries_max) {
        all_done(&post(attempt, server, "batch", part.to_vec()).await?, true)?;
    }
    Ok(())
}

async fn post(attempt: &Attempt<'_>, server: &FhirServer, kind: &str, entries: Vec<Value>) -> Result<Answer, Failure> {
    let bundle = json!({ "resourceType": "Bundle", "type": kind, "entry": entries });
    attempt.send(Method::POST, below(&server.url, ""), Some(bundle.to_string().into_bytes())).await
}

/// A batch may be answered as a whole and refused in part; so is a transaction by servers that take it for a batch.
fn all_done(answer: &Answer, may_be_gone: bool) -> Result<(), Failure> {
    let entries = answer.json.as_ref().and_then(|json| json.get("entry")).and_then(Value::as_array);
    for entry in entries.into_iter().flatten() {
        let status = entry.pointer("/response/status").and_then(Value::as_str).unwrap_or("200");
        let gone = may_be_gone && (status.starts_with("404") || status.starts_with("410"));
        if !status.starts_with('2') && !gone {
            let plain: String = status.chars().take_while(char::is_ascii_digit).take(3).collect();
            return Err(Failure::Refused(format!("an entry with status {plain}")));
        }
    }
    Ok(())
}

const NO_NAME: &str = "an entry of the document has no type or no id";

#[cfg(test)]
mod tests {
    use super::*;

    fn document(entries: Value) -> Document {
        let bundle = json!({ "resourceType": "Bundle", "id": "b", "entry": entries });
        Document { bytes: Vec::new(), bundle, sha256: [0; 32] }
    }

    #[test]
    fn entries_name_each_other_by_type_and_id() {
        let document = document(json!([
            { "fullUrl": "urn:uuid:1", "resource": { "resourceType": "Composition", "id": "1",
                "author": [{ "reference": "urn:uuid:2" }], "subject": { "reference": "https://elsewhere.example/Patient/7" } } },
            { "fullUrl": "urn:uuid:2", "resource": { "resourceType": "Organization", "id": "2", "name": "urn:uuid:1" } },
        ]));
        let Ok(found) = resources(&document) else { panic!("the entries have names") };
        assert_eq!(found[0].0, "Composition/1");
        assert_eq!(found[0].1["author"][0]["reference"], "Organization/2");
        assert_eq!(found[0].1["subject"]["reference"], "https://elsewhere.example/Patient/7");
        assert_eq!(found[1].1["name"], "urn:uuid:1", "words are words");
    }

    #[test]
    fn a_part_that_was_refused_is_not_taken_for_done() {
        let answer = |statuses: &[&str]| {
            let entries: Vec<Value> = statuses.iter().map(|s| json!({ "response": { "status": s } })).collect();
            Answer { json: Some(json!({ "entry": entries })), location: None }
        };
        assert_eq!(all_done(&answer(&["200 OK", "201"]), false), Ok(()));
        assert_eq!(all_done(&answer(&["204", "404", "410 Gone"]), true), Ok(()));
        assert!(all_done(&answer(&["200", "404"]), false).is_err());
        assert_eq!(all_done(&answer(&["422 Ann"]), true), Err(Failure::Refused("an entry with status 422".into())));
    }
}

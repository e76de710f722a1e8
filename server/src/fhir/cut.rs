//! From the stored document of a publication to the resources that are read one by one.
//!
//! In the document everything hangs together by `urn:uuid:` names. A resource that is read alone is named as its plan, and
//! refers to the others that can be read so by their addresses; to the rest by the name that they have in the document,
//! which is an identifier like any other (RFC 3986).

use super::{
    kind::{Kind, Source},
    query::{CARE_PLAN, PLAN, PUBLICATION, SNOMED_CT},
};
use crate::store::StoredDocument;
use coplan_core::id::PlanId;
use serde_json::{Value, json};

/// A publication's document, read.
pub(super) struct Document<'d> {
    plan: &'d PlanId,
    stored: &'d StoredDocument,
    value: Value,
}

impl<'d> Document<'d> {
    /// `None` if the bytes are not there, or no document.
    pub(super) fn read(plan: &'d PlanId, stored: &'d StoredDocument) -> Option<Self> {
        let value = serde_json::from_slice(stored.bytes.as_ref()?).ok()?;
        Some(Self { plan, stored, value })
    }

    /// The resource of that kind, and its id.
    pub(super) fn resource(&self, kind: &Kind, base: &str) -> Option<(String, Value)> {
        match kind.source {
            Source::Document => Some((self.document_id(), self.value.clone())),
            Source::Entry => Some((self.plan.to_string(), self.entry(kind.name)?)),
            Source::Pointer => Some((self.plan.to_string(), self.pointer(base)?)),
            Source::Definitions | Source::Trail => None,
        }
    }

    fn document_id(&self) -> String {
        format!("{}-{}", self.plan, self.stored.version)
    }

    fn entries(&self) -> impl Iterator<Item = (&str, &Value)> {
        let entries = self.value["entry"].as_array().into_iter().flatten();
        entries.filter_map(|entry| Some((entry["fullUrl"].as_str()?, &entry["resource"])))
    }

    fn first(&self, name: &str) -> Option<&Value> {
        self.entries().map(|(_, resource)| resource).find(|resource| resource["resourceType"] == name)
    }

    fn entry(&self, name: &str) -> Option<Value> {
        let mut resource = self.first(name)?.clone();
        self.point_out(&mut resource);
        resource["id"] = json!(self.plan.as_str());
        self.stamp(&mut resource);
        Some(resource)
    }

    fn stamp(&self, resource: &mut Value) {
        let (version, at) = (self.stored.version.to_string(), self.stored.published_at.to_rfc3339());
        resource["meta"]["versionId"] = json!(version);
        resource["meta"]["lastUpdated"] = json!(at);
    }

    /// Turns names of the document into addresses, or into identifiers.
    fn point_out(&self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.point_out(item)),
            Value::Object(members) => {
                let named = members.get("reference").and_then(Value::as_str).filter(|name| name.starts_with(URN));
                if let Some(name) = named.map(str::to_owned) {
                    let kind = self.entries().find(|(full_url, _)| *full_url == name);
                    let kind = kind.and_then(|(_, resource)| resource["resourceType"].as_str());
                    match kind.and_then(Kind::named) {
                        Some(kind) if kind.source == Source::Entry => {
                            members.insert("reference".to_owned(), json!(format!("{}/{}", kind.name, self.plan)));
                        }
                        _ => {
                            members.remove("reference");
                            members.extend(kind.map(|kind| ("type".to_owned(), json!(kind))));
                            let identifier = json!({ "system": URIS, "value": name });
                            members.insert("identifier".to_owned(), identifier);
                        }
                    }
                }
                members.values_mut().for_each(|member| self.point_out(member));
            }
            _ => {}
        }
    }

    /// Where the document is, for those who keep an index of documents.
    fn pointer(&self, base: &str) -> Option<Value> {
        let composition = self.first("Composition")?;
        let patient = self.first("Patient")?;
        let number = &patient["identifier"][0];
        let (version, at) = (self.stored.version, self.stored.published_at.to_rfc3339());
        let mut pointer = json!({
            "resourceType": "DocumentReference",
            "id": self.plan.as_str(),
            "masterIdentifier": { "system": PUBLICATION, "value": format!("{}/{version}", self.plan) },
            "identifier": [{ "system": PLAN, "value": self.plan.as_str() }],
            "status": "current",
            "docStatus": "final",
            "type": { "coding": [{ "system": SNOMED_CT, "code": CARE_PLAN, "display": "Care plan" }] },
            "category": [{ "coding": [{ "system": SNOMED_CT, "code": CARE_PLAN, "display": "Care plan" }] }],
            "subject": {
                "reference": format!("Patient/{}", self.plan),
                // Without what else the Patient says of it: extensions have their places.
                "identifier": { "system": number["system"], "value": number["value"] },
            },
            "date": at,
            "description": composition["title"],
            "content": [{
                "attachment": {
                    "contentType": "application/fhir+json",
                    "url": format!("{base}/Bundle/{}", self.document_id()),
                    "title": composition["title"],
                    "creation": at,
                },
            }],
        });
        for member in ["author", "custodian"] {
            let mut said = composition[member].clone();
            if !said.is_null() {
                self.point_out(&mut said);
                pointer[member] = said;
            }
        }
        if let Some(security) = patient["meta"]["security"].as_array() {
            pointer["securityLabel"] = security.iter().map(|coding| json!({ "coding": [coding] })).collect();
        }
        self.stamp(&mut pointer);
        Some(pointer)
    }
}

/// How the document names its entries.
const URN: &str = "urn:uuid:";

/// Identifiers that are URIs.
const URIS: &str = "urn:ietf:rfc:3986";

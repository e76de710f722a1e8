//! Systems that take documents only: a DocumentReference for each version, with the printable rendering attached, or the
//! document itself where a publication has none.
//!
//! A new version replaces the one before, which stays as superseded and without its content.

use super::{
    attempt::{Attempt, Done, Stop, below},
    kinds::{FhirDocuments, OnWithdraw},
};
use crate::store::Told;
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use coplan_core::view::ViewKind;
use reqwest::Method;
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

pub(super) async fn deliver(attempt: &Attempt<'_>, documents: &FhirDocuments) -> Result<Done, Stop> {
    match attempt.claimed.told {
        Told::Publish => publish(attempt, documents).await,
        Told::Withdraw => withdraw(attempt, documents).await,
    }
}

async fn publish(attempt: &Attempt<'_>, documents: &FhirDocuments) -> Result<Done, Stop> {
    let version = attempt.claimed.version.to_string();
    let (content_type, bytes) = match attempt.view(ViewKind::Print).await? {
        Some(view) => ("text/html", view.bytes),
        None => ("application/fhir+json", attempt.document().await?.bytes),
    };
    let about = About::of(attempt, documents).await?;
    let all = attempt.expect([&version]).await?;
    let before: Vec<&String> = all.iter().filter(|name| **name != version && is_current(name)).collect();
    let mut reference = about.reference(&version, "current", "final");
    reference["content"] = json!([{ "attachment": {
        "contentType": content_type,
        "language": "en-GB",
        "data": BASE64.encode(&bytes),
        "size": bytes.len(),
        "hash": BASE64.encode(Sha1::digest(&bytes)),
        "title": about.title(&version),
        "creation": made_at(attempt).await?,
    } }]);
    if !before.is_empty() {
        let replaces = |name: &&String| {
            json!({ "code": "replaces", "target": { "type": "DocumentReference",
            "identifier": about.identifier(name) } })
        };
        reference["relatesTo"] = before.iter().map(replaces).collect();
    }
    put(attempt, documents, &about, &version, &reference).await?;
    for name in &before {
        put(attempt, documents, &about, name, &about.shell(name, "superseded", "final")).await?;
    }
    let shells = all.iter().filter(|name| **name != version).map(|name| superseded(name));
    let there = shells.rev().take(SHELLS_MAX).chain([version.clone()]).collect();
    Ok(Done { there, note: String::new(), sha256: Sha256::digest(&bytes).into(), sent: true })
}

async fn withdraw(attempt: &Attempt<'_>, documents: &FhirDocuments) -> Result<Done, Stop> {
    let all: BTreeSet<String> = attempt.claimed.there.iter().cloned().collect();
    let about = About::of(attempt, documents).await?;
    let mut there = BTreeSet::new();
    for name in &all {
        let version = name.trim_end_matches(SUPERSEDED);
        if documents.on_withdraw == OnWithdraw::Mark {
            let shell = about.shell(version, "entered-in-error", "entered-in-error");
            put(attempt, documents, &about, version, &shell).await?;
            there.insert(superseded(version));
        } else {
            attempt.delete(below(&documents.url, &about.search(version))).await?;
        }
    }
    let sha256 = Sha256::digest(all.iter().cloned().collect::<Vec<_>>().join("\n")).into();
    Ok(Done { there, note: String::new(), sha256, sent: !all.is_empty() })
}

async fn put(
    attempt: &Attempt<'_>,
    documents: &FhirDocuments,
    about: &About,
    version: &str,
    reference: &Value,
) -> Result<(), Stop> {
    let url = below(&documents.url, &about.search(version));
    attempt.send(Method::PUT, url, Some(reference.to_string().into_bytes())).await?;
    Ok(())
}

/// When the version was published: it may be shared again long after that.
async fn made_at(attempt: &Attempt<'_>) -> Result<String, Stop> {
    let publication = attempt.store.publication(attempt.granted, Some(attempt.claimed.version)).await?;
    let publication = publication.ok_or(Stop::Impossible("there is no such publication"))?;
    Ok(publication.published_at.to_rfc3339())
}

fn is_current(name: &str) -> bool {
    !name.ends_with(SUPERSEDED)
}

fn superseded(name: &str) -> String {
    if is_current(name) { format!("{name}{SUPERSEDED}") } else { name.to_owned() }
}

/// What every reference of a plan says.
struct About {
    plan: String,
    nhs_number: String,
    ods: String,
    at: String,
}

impl About {
    async fn of(attempt: &Attempt<'_>, documents: &FhirDocuments) -> Result<Self, Stop> {
        Ok(Self {
            plan: attempt.granted.plan().to_string(),
            nhs_number: attempt.nhs_number().await?.as_str().to_owned(),
            ods: documents.ods.to_string(),
            at: attempt.claimed.at.to_rfc3339(),
        })
    }

    fn identifier(&self, version: &str) -> Value {
        json!({ "system": PUBLICATION, "value": format!("{}/{version}", self.plan) })
    }

    /// By what it is found at the target: it has no NHS number in it.
    fn search(&self, version: &str) -> String {
        let value = format!("{PUBLICATION}|{}/{version}", self.plan);
        let query: String =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("identifier", &value).finish();
        format!("DocumentReference?{query}")
    }

    fn title(&self, version: &str) -> String {
        format!("Care plan, version {version}")
    }

    fn reference(&self, version: &str, status: &str, doc_status: &str) -> Value {
        let ods = json!({ "identifier": { "system": ODS_CODE, "value": self.ods } });
        let care_plan =
            json!({ "coding": [{ "system": "http://snomed.info/sct", "code": "734163000", "display": "Care plan" }] });
        json!({
            "resourceType": "DocumentReference",
            "masterIdentifier": self.identifier(version),
            "identifier": [self.identifier(version)],
            "status": status,
            "docStatus": doc_status,
            "type": care_plan,
            "category": [care_plan],
            "subject": { "identifier": { "system": NHS_NUMBER, "value": self.nhs_number } },
            "date": self.at,
            "author": [ods],
            "custodian": ods,
            "description": self.title(version),
        })
    }

    /// The reference without what it refers to.
    fn shell(&self, version: &str, status: &str, doc_status: &str) -> Value {
        let mut shell = self.reference(version, status, doc_status);
        shell["content"] = json!([{ "attachment": { "title": self.title(version) } }]);
        shell
    }
}

const PUBLICATION: &str = "https://coplan.example/id/publication";
const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";
const ODS_CODE: &str = "https://fhir.nhs.uk/Id/ods-organization-code";

/// Behind the version, in what is kept of what is there.
const SUPERSEDED: &str = "-superseded";

/// Superseded references of a plan that are taken back when it is withdrawn; older ones hold nothing.
const SHELLS_MAX: usize = 500;

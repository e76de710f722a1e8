//! The document: Composition, CarePlan, and what belongs to each section.

use super::{
    bundle::Bundle,
    narrative::{self, narrative},
    patient,
    people::{self, Professional},
    response,
    systems::{PLAN, PUBLICATION, QUESTIONNAIRE, SECTION, SNOMED_CT, uk_core},
};
use crate::{
    section::SignOff,
    view::{
        Authors, Header, SectionView, Signed, ViewKind,
        body::{Body, SectionBody},
    },
};
use serde_json::{Value, json};

/// The bytes of the document. `content_hash` is the hash that `publication::content_hash` gives of the publication.
#[must_use]
pub fn document(
    header: &Header<'_>,
    sections: &[SectionView<'_>],
    authors: &Authors,
    content_hash: &[u8; 32],
) -> Vec<u8> {
    let body = crate::view::body(ViewKind::Fhir, header, sections, authors);
    let mut bundle = Bundle::of(header.plan);
    let mut draft = Draft::begin(&mut bundle, header, content_hash);
    for section in &body.sections {
        if let Some(view) = sections.iter().find(|view| view.section.id == *section.section) {
            draft.section(&mut bundle, section, view);
        }
    }
    draft.care_plan(&mut bundle, &body);
    let composition = draft.composition(&mut bundle, &body);
    let document = json!({
        "resourceType": "Bundle",
        "id": bundle.id(&["publication", &header.version.to_string()]),
        "meta": { "lastUpdated": header.published_at.to_rfc3339(), "profile": [uk_core("Bundle")] },
        "identifier": { "system": PUBLICATION, "value": publication(header) },
        "type": "document",
        "timestamp": header.published_at.to_rfc3339(),
        "entry": bundle.into_entries(&["composition"], composition),
    });
    serde_json::to_vec(&document).expect("a document holds only text keys and finite numbers")
}

/// What has been said so far.
struct Draft<'a> {
    header: &'a Header<'a>,
    content_hash: &'a [u8; 32],
    patient: Value,
    custodian: Option<Value>,
    care_plan: Value,
    responses: Vec<Value>,
    sections: Vec<Value>,
    /// Everybody who signed a section, each once, with when they last did.
    signed: Vec<(Value, String)>,
}

impl<'a> Draft<'a> {
    fn begin(bundle: &mut Bundle<'_>, header: &'a Header<'a>, content_hash: &'a [u8; 32]) -> Self {
        let custodian = header.circumstances.custodian.as_ref().filter(|_| !header.person.withheld);
        Self {
            header,
            content_hash,
            patient: patient::patient(bundle, header),
            custodian: custodian.map(|kept_by| people::organisation(bundle, kept_by.code.as_str(), &kept_by.name)),
            care_plan: bundle.reference(&["care-plan"]),
            responses: Vec::new(),
            sections: Vec::new(),
            signed: Vec::new(),
        }
    }

    fn section(&mut self, bundle: &mut Bundle<'_>, section: &SectionBody<'_>, view: &SectionView<'_>) {
        let signer = view.signed.map(|signed| self.signer(bundle, signed));
        let id = section.section.as_str();
        let mut response = json!({
            "resourceType": "QuestionnaireResponse",
            "meta": { "profile": [uk_core("QuestionnaireResponse")] },
            "identifier": { "system": SECTION, "value": format!("{}/{id}", self.header.plan) },
            "questionnaire": format!("{QUESTIONNAIRE}{id}|{}", view.section.version),
            "status": if view.signed.is_some() || section.sign_off == SignOff::None { "completed" } else { "in-progress" },
            "subject": self.patient,
            "authored": view.since_at.to_rfc3339(),
        });
        if let Some(author) = signer.as_ref().or(self.custodian.as_ref()) {
            response["author"] = author.clone();
        }
        response["item"] = json!(response::items(&section.fields, &view.section.fields, ""));
        let response = bundle.add(&["response", id], response);
        self.responses.push(response.clone());
        self.sections.push(json!({
            "title": section.title,
            "text": narrative(&narrative::section(section)),
            "entry": [response],
        }));
    }

    fn signer(&mut self, bundle: &mut Bundle<'_>, signed: &Signed) -> Value {
        let by = &signed.by;
        let organisation = (by.organisation.as_str(), by.organisation_name.as_str());
        let who = Professional {
            user: by.user.as_str(),
            name: &by.name,
            job_title: &by.job_title,
            registration: by.registration.as_deref(),
            organisation: (!self.header.person.withheld).then_some(organisation),
        };
        let reference = people::professional(bundle, &who);
        let at = signed.at.to_rfc3339();
        match self.signed.iter_mut().find(|(known, _)| *known == reference) {
            Some((_, last)) => *last = at.max(std::mem::take(last)),
            None => self.signed.push((reference.clone(), at)),
        }
        reference
    }

    fn care_plan(&self, bundle: &mut Bundle<'_>, body: &Body<'_>) {
        let mut plan = json!({
            "resourceType": "CarePlan",
            "meta": { "profile": [uk_core("CarePlan")] },
            "text": narrative(&format!("<p>Care plan, version {}.</p>", body.version)),
            "identifier": [{ "system": PLAN, "value": self.header.plan.as_str() }],
            "status": "active",
            "intent": "plan",
            "category": [care_plan_code()],
            "title": "Care plan",
            "subject": self.patient,
        });
        if let Some(custodian) = &self.custodian {
            plan["author"] = custodian.clone();
        }
        if !self.responses.is_empty() {
            plan["supportingInfo"] = json!(self.responses);
        }
        bundle.add(&["care-plan"], plan);
    }

    fn composition(self, bundle: &mut Bundle<'_>, body: &Body<'_>) -> Value {
        let _ = self.content_hash;
        let mut composition = json!({
            "resourceType": "Composition",
            "meta": { "profile": [uk_core("Composition")] },
            "text": narrative(&format!("<p>Care plan, version {}.</p>", body.version)),
            "identifier": { "system": PLAN, "value": self.header.plan.as_str() },
            "status": "final",
            "type": care_plan_code(),
            "subject": self.patient,
            "date": self.header.published_at.to_rfc3339(),
            "author": self.authors(bundle),
            "title": "Care plan",
            "confidentiality": if self.header.person.withheld { "R" } else { "N" },
        });
        if !self.signed.is_empty() {
            let attester =
                |(party, time): &(Value, String)| json!({ "mode": "professional", "time": time, "party": party });
            composition["attester"] = self.signed.iter().map(attester).collect();
        }
        if let Some(custodian) = &self.custodian {
            composition["custodian"] = custodian.clone();
        }
        if self.header.version > 1 {
            let before = format!("{}/{}", self.header.plan, self.header.version - 1);
            let target = json!({ "system": PUBLICATION, "value": before });
            composition["relatesTo"] = json!([{ "code": "replaces", "targetIdentifier": target }]);
        }
        let mut sections = vec![json!({
            "title": "Care plan",
            "code": care_plan_code(),
            "text": narrative(&format!("<p>Version {}.</p>", body.version)),
            "entry": [self.care_plan],
        })];
        sections.extend(self.sections);
        composition["section"] = Value::Array(sections);
        composition
    }

    /// Who answers for the document: everybody who signed, or else who keeps the plan, or else the service alone.
    fn authors(&self, bundle: &mut Bundle<'_>) -> Vec<Value> {
        if !self.signed.is_empty() {
            return self.signed.iter().map(|(party, _)| party.clone()).collect();
        }
        vec![self.custodian.clone().unwrap_or_else(|| people::service(bundle))]
    }
}

fn publication(header: &Header<'_>) -> String {
    format!("{}/{}", header.plan, header.version)
}

fn care_plan_code() -> Value {
    json!({ "coding": [{ "system": SNOMED_CT, "code": "734163000", "display": "Care plan" }] })
}

//! The document: Composition, CarePlan, and what belongs to each section.

use super::{
    bundle::Bundle,
    narrative::{self, narrative},
    patient,
    people::{self, Professional},
    provenance, response,
    structured::{self, About, Made},
    systems::{HEADINGS, PLAN, PUBLICATION, QUESTIONNAIRE, SECTION, SNOMED_CT, uk_core},
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
    let mut draft = Draft::begin(&mut bundle, header);
    for section in &body.sections {
        if let Some(view) = sections.iter().find(|view| view.section.id == *section.section) {
            draft.section(&mut bundle, section, view);
        }
    }
    draft.care_plan(&mut bundle, &body);
    provenance::provenance(&mut bundle, header, sections, &draft.signed, content_hash);
    let composition = draft.composition(&mut bundle, &body);
    let document = json!({
        "resourceType": "Bundle",
        // By which it is read and brought to others: whoever has one address has them all.
        "id": format!("{}-{}", header.plan, header.version),
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
    patient: Value,
    custodian: Option<Value>,
    care_plan: Value,
    responses: Vec<Value>,
    made: Vec<Made>,
    sections: Vec<Value>,
    /// Everybody who signed a section, each once, with when they last did.
    signed: Vec<(Value, String)>,
}

impl<'a> Draft<'a> {
    fn begin(bundle: &mut Bundle<'_>, header: &'a Header<'a>) -> Self {
        let custodian = header.circumstances.custodian.as_ref().filter(|_| !header.person.withheld);
        Self {
            header,
            patient: patient::patient(bundle, header),
            custodian: custodian.map(|kept_by| people::organisation(bundle, kept_by.code.as_str(), &kept_by.name)),
            care_plan: bundle.reference(&["care-plan"]),
            responses: Vec::new(),
            made: Vec::new(),
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
        let about = About {
            patient: &self.patient,
            custodian: self.custodian.as_ref(),
            response: &response,
            section: view.section,
            withheld: self.header.person.withheld,
        };
        let made = structured::resources(bundle, &about, &section.fields);
        let mut entries = vec![response];
        entries.extend(made.iter().map(|made| made.reference.clone()));
        let mut shown = json!({ "title": section.title });
        if let Some(heading) = &view.section.heading {
            let coding = json!({ "system": HEADINGS, "code": heading.code, "display": heading.display });
            shown["code"] = json!({ "coding": [coding] });
        }
        shown["text"] = narrative(&narrative::section(section));
        shown["entry"] = Value::Array(entries);
        self.sections.push(shown);
        self.made.extend(made);
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
        for (element, references) in [
            ("contributor", self.signed.iter().map(|(who, _)| who.clone()).collect()),
            ("careTeam", self.care_team(bundle).into_iter().collect()),
            ("addresses", self.references(&["Condition"])),
            ("supportingInfo", self.responses.clone()),
            ("goal", self.references(&["Goal"])),
        ] {
            let references: Vec<Value> = references;
            if !references.is_empty() {
                plan[element] = Value::Array(references);
            }
        }
        let activities = self.references(&["Task", "ServiceRequest"]);
        if !activities.is_empty() {
            plan["activity"] = activities.into_iter().map(|reference| json!({ "reference": reference })).collect();
        }
        bundle.add(&["care-plan"], plan);
    }

    /// What was made of these types.
    fn references(&self, types: &[&str]) -> Vec<Value> {
        let of_types = self.made.iter().filter(|made| types.contains(&made.resource.as_str()));
        of_types.map(|made| made.reference.clone()).collect()
    }

    /// The professionals and services around the person.
    fn care_team(&self, bundle: &mut Bundle<'_>) -> Option<Value> {
        let members = self.references(&["PractitionerRole", "Organization"]);
        if members.is_empty() {
            return None;
        }
        let participants: Vec<Value> = members.into_iter().map(|member| json!({ "member": member })).collect();
        let mut team = json!({
            "resourceType": "CareTeam",
            "meta": { "profile": [uk_core("CareTeam")] },
            "status": "active",
            "subject": self.patient,
            "participant": participants,
        });
        if let Some(custodian) = &self.custodian {
            team["managingOrganization"] = json!([custodian]);
        }
        Some(bundle.add(&["care-team"], team))
    }

    fn composition(self, bundle: &mut Bundle<'_>, body: &Body<'_>) -> Value {
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

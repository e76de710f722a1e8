//! Resources that definitions ask for: an allergy, a goal, a flag, a relative.
//!
//! INVARIANT: what is disputed becomes no resource that asserts one side. It is left out, with one exception: an allergy
//! stays, marked as disputed and unconfirmed, because leaving it out would say that there is none.
//! INVARIANT: a resource that lacks what FHIR asks of it is left out; what it would have said stands in the
//! QuestionnaireResponse.

use super::{
    bundle::Bundle,
    fill::{Filling, put},
    narrative::{self, narrative},
    people::{self, Professional},
    response,
    systems::uk_core,
};
use crate::{
    section::{Field, Section},
    view::body::{FieldBody, ItemBody, RecordBody, SignatureBody},
};
use serde_json::{Value, json};

/// What all resources of a section are about.
pub(super) struct About<'a> {
    pub(super) patient: &'a Value,
    pub(super) custodian: Option<&'a Value>,
    pub(super) response: &'a Value,
    pub(super) section: &'a Section,
    pub(super) withheld: bool,
}

/// A resource that was made.
pub(super) struct Made {
    pub(super) resource: String,
    pub(super) reference: Value,
}

/// Makes every resource that the definition of a section asks for.
pub(super) fn resources(bundle: &mut Bundle<'_>, about: &About<'_>, fields: &[FieldBody<'_>]) -> Vec<Made> {
    let mut making = Making { bundle, about, made: Vec::new() };
    for field in fields {
        let Some(definition) = about.section.field(field.field) else { continue };
        making.field(field, definition, &[about.section.id.as_str(), field.field], None);
    }
    making.made
}

struct Making<'b, 'p, 'a> {
    bundle: &'b mut Bundle<'p>,
    about: &'a About<'a>,
    made: Vec<Made>,
}

impl Making<'_, '_, '_> {
    /// What a field becomes that stands in the section, in an item or in a record.
    fn field(
        &mut self,
        field: &FieldBody<'_>,
        definition: &Field,
        names: &[&str],
        recorded: Option<&SignatureBody<'_>>,
    ) {
        for item in field.items.iter().flatten() {
            self.item(item, definition, &[names, &[item.id]].concat());
        }
        for record in field.records.iter().flatten() {
            self.record(record, definition, &[names, &[record.id]].concat());
        }
        let Some(resource) = &definition.fhir.resource else { return };
        if field.disputed || field.items.is_some() || field.records.is_some() {
            return;
        }
        let mut filling = Filling::of(resource);
        match &field.fields {
            Some(parts) => filling.fields(parts, &definition.parts),
            None => filling.field(field, definition),
        }
        self.finish(filling, names, &narrative::fields(std::slice::from_ref(field)), recorded);
    }

    fn item(&mut self, item: &ItemBody<'_>, definition: &Field, names: &[&str]) {
        self.inner(&item.fields, definition, names, None);
        let Some(resource) = &definition.fhir.resource else { return };
        let mut filling = Filling::of(resource);
        filling.fields(&item.fields, &definition.items);
        if let Some(contenders) = &item.contenders {
            let place = format!("{}.", definition.id);
            filling
                .dispute(response::disputed(contenders, definition, &definition.items, &place), &contenders[0].display);
        } else if item.disputed {
            return;
        }
        self.finish(filling, names, &narrative::item(item), None);
    }

    fn record(&mut self, record: &RecordBody<'_>, definition: &Field, names: &[&str]) {
        if record.state == "disputed" {
            return;
        }
        self.inner(&record.fields, definition, names, Some(&record.recorded));
        let Some(resource) = &definition.fhir.resource else { return };
        let mut filling = Filling::of(resource);
        filling.fields(&record.fields, &definition.items);
        if record.needs_endorsement {
            filling.qualify(" (not endorsed yet)");
        }
        self.finish(filling, names, &narrative::record(record), Some(&record.recorded));
    }

    /// What stands in an item or a record and becomes a resource by itself.
    fn inner(
        &mut self,
        fields: &[FieldBody<'_>],
        definition: &Field,
        names: &[&str],
        recorded: Option<&SignatureBody<'_>>,
    ) {
        for field in fields {
            let Some(inner) = definition.item(field.field) else { continue };
            if inner.fhir.resource.is_some() {
                self.field(field, inner, &[names, &[field.field]].concat(), recorded);
            }
        }
    }

    /// `said` is its narrative, in XHTML: with every label, because "Penicillin, Mild" is not what a list of both would say.
    fn finish(&mut self, filling: Filling, names: &[&str], said: &str, recorded: Option<&SignatureBody<'_>>) {
        let Some((resource, elements)) = filling.finished() else { return };
        let mut value = json!({ "resourceType": resource });
        if resource != "Goal" {
            value["meta"] = json!({ "profile": [uk_core(&resource)] });
        }
        if !said.is_empty() {
            value["text"] = narrative(said);
        }
        if let Value::Object(members) = elements {
            value.as_object_mut().expect("it was made as an object").extend(members);
        }
        if let Some(subject) = subject(&resource) {
            value[subject] = self.about.patient.clone();
        }
        self.people_of_role(&mut value, names);
        if let Some(recorded) = recorded {
            self.recorded(&resource, &mut value, recorded);
        }
        if resource == "Consent" {
            consent(&mut value, self.about);
        }
        let reference = self.bundle.add(names, value);
        self.made.push(Made { resource, reference });
    }

    /// Whom and where a role names becomes an entry of its own.
    fn people_of_role(&mut self, role: &mut Value, names: &[&str]) {
        if role["resourceType"] != "PractitionerRole" {
            return;
        }
        if let Some(name) = role["practitioner"]["display"].as_str().map(str::to_owned) {
            let practitioner = json!({
                "resourceType": "Practitioner",
                "meta": { "profile": [uk_core("Practitioner")] },
                "name": [{ "text": name }],
            });
            let reference = self.bundle.add(&[names, &["practitioner"]].concat(), practitioner);
            role["practitioner"] = people::named(reference, &name);
        }
        if let Some(name) = role["organization"]["display"].as_str().map(str::to_owned) {
            let organisation = json!({
                "resourceType": "Organization",
                "meta": { "profile": [uk_core("Organization")] },
                "name": name,
            });
            let reference = self.bundle.add(&[names, &["organisation"]].concat(), organisation);
            role["organization"] = people::named(reference, &name);
        }
    }

    /// Who recorded it, and when.
    fn recorded(&mut self, resource: &str, value: &mut Value, recorded: &SignatureBody<'_>) {
        let (day, _) = recorded.at.split_once('T').unwrap_or((&recorded.at, ""));
        match resource {
            "Flag" => {
                value["author"] = self.recorder(recorded);
                if value["period"]["start"].is_null() && value["period"]["end"].as_str().is_none_or(|end| end >= day) {
                    put(value, "period.start", json!(day));
                }
            }
            "Consent" => value["dateTime"] = json!(recorded.at),
            "ServiceRequest" => {
                value["authoredOn"] = json!(recorded.at);
                value["requester"] = self.recorder(recorded);
            }
            _ => {}
        }
    }

    fn recorder(&mut self, recorded: &SignatureBody<'_>) -> Value {
        let whose = recorded.whose;
        let organisation = (whose.organisation.as_str(), whose.organisation_name.as_str());
        let who = Professional {
            user: &whose.user,
            name: &whose.name,
            job_title: &whose.job_title,
            registration: whose.registration.as_deref(),
            organisation: (!self.about.withheld).then_some(organisation),
        };
        people::professional(self.bundle, &who)
    }
}

/// The element that says whose it is.
fn subject(resource: &str) -> Option<&'static str> {
    match resource {
        "AllergyIntolerance" | "RelatedPerson" | "Consent" => Some("patient"),
        "Task" => Some("for"),
        "PractitionerRole" | "Organization" => None,
        _ => Some("subject"),
    }
}

/// What FHIR asks of every Consent (R4, Consent: ppc-1), and what backs it. What is permitted or denied stands in a rule
/// inside of the first, where alone it may stand (R4, Consent.provision.type: not permitted in the root rule).
fn consent(consent: &mut Value, about: &About<'_>) {
    if let Some(kind) = consent.pointer_mut("/provision/type").map(Value::take) {
        let root = consent["provision"].as_object_mut();
        root.into_iter().for_each(|root| drop(root.remove("type")));
        consent["provision"]["provision"] = json!([{ "type": kind }]);
    }
    consent["scope"] = json!({ "coding": [{
        "system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"
    }] });
    let information = json!({ "coding": [{
        "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "INFA"
    }] });
    match consent["category"].as_array_mut() {
        Some(categories) => categories.insert(0, information),
        None => consent["category"] = json!([information]),
    }
    consent["policyRule"] = json!({ "text": "Common law duty of confidentiality" });
    consent["sourceReference"] = about.response.clone();
    if let Some(custodian) = about.custodian {
        consent["organization"] = json!([custodian]);
    }
}

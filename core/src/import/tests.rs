//! What an import promises, on the sections that this build carries.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may")]

mod hostile;
mod mapping;
mod properties;
mod refreshing;

use super::{Bundle, Found, Plan, Record, RecordKind, Topic, found, mark, plan};
use crate::{
    content::{
        self, FieldValue, Item, List,
        edit::{self, Edit, EditError},
        genesis, service_actor,
    },
    section::{Section, Sections},
};
use automerge::{ActorId, Automerge};
use serde_json::{Value, json};
use std::sync::Arc;

const NUMBER: &str = "9990000018";

/// A Bundle about the person, with these resources; each is given the Patient as its subject.
fn bundle(resources: &[Value]) -> Value {
    let patient = json!({
        "resourceType": "Patient", "id": "p", "birthDate": "1944-02-03",
        "identifier": [{ "system": "https://fhir.nhs.uk/Id/nhs-number", "value": NUMBER }],
    });
    let mut entries = vec![json!({ "resource": patient })];
    for resource in resources {
        let mut resource = resource.clone();
        let field = if resource["resourceType"] == "AllergyIntolerance" { "patient" } else { "subject" };
        resource[field] = json!({ "reference": "Patient/p" });
        entries.push(json!({ "resource": resource }));
    }
    json!({ "resourceType": "Bundle", "type": "collection", "entry": entries })
}

fn coded(system: &str, code: &str, display: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code, "display": display }] })
}

fn status(system: &str, code: &str) -> Value {
    json!({ "coding": [{ "system": format!("http://terminology.hl7.org/CodeSystem/{system}"), "code": code }] })
}

fn allergy(id: &str, agent: &str) -> Value {
    json!({ "resourceType": "AllergyIntolerance", "id": id, "code": { "text": agent } })
}

fn gp() -> Record {
    Record { kind: RecordKind::GpRecord, name: "millpond".to_owned() }
}

fn section(id: &str) -> Arc<Section> {
    Sections::embedded().section(&id.parse().unwrap()).unwrap().clone()
}

/// A section's document with somebody who writes in it and a record that is imported.
struct Desk {
    section: Arc<Section>,
    document: Automerge,
    imports: u32,
}

impl Desk {
    fn of(section_id: &str) -> Self {
        let section = section(section_id);
        let mut document = content::empty_document();
        document.apply_changes([genesis(&section)]).unwrap();
        Self { section, document, imports: 0 }
    }

    fn staff(&mut self, edit: &Edit) {
        self.document.set_actor(ActorId::from([7; 16]));
        match edit::apply(&mut self.document, &self.section, edit, 0) {
            // Somebody who does the same twice has done it.
            Ok(_) | Err(EditError::NoChange) => {}
            Err(error) => panic!("{error}"),
        }
    }

    fn found(&self, resources: &[Value], whole: bool) -> Vec<Found> {
        let bundle = Bundle::of(&bundle(resources)).unwrap();
        let topics = Topic::ALL.into_iter().filter(|topic| topic.section() == self.section.id.as_str());
        topics.filter_map(|topic| found(&bundle, topic, &gp(), whole).unwrap()).collect()
    }

    /// Imports the whole of the record.
    fn import(&mut self, resources: &[Value], day: &str) -> Plan {
        let found = self.found(resources, true);
        self.take(&found, day)
    }

    fn take(&mut self, found: &[Found], day: &str) -> Plan {
        let plan = plan(&self.document, &self.section, found, &gp(), day).unwrap();
        self.carry_out(&plan);
        plan
    }

    fn carry_out(&mut self, plan: &Plan) {
        if !plan.edits.is_empty() {
            self.imports += 1;
            self.document.set_actor(service_actor("write"));
            let mark = mark(&self.imports.to_string());
            edit::apply_all_saying(&mut self.document, &self.section, &plan.edits, 0, &mark).unwrap();
        }
    }

    fn list(&self, field: &str) -> List {
        match content::read(&self.document, None, &self.section).field(field).map(|field| field.value.clone()) {
            Some(FieldValue::List(list)) => list,
            _ => List::default(),
        }
    }

    fn items(&self, field: &str) -> Vec<Item> {
        self.list(field).items
    }

    /// What a field holds, in words.
    fn says(&self, field: &str) -> Option<String> {
        let content = content::read(&self.document, None, &self.section);
        match &content.field(field)?.value {
            FieldValue::Single(single) => Some(single.display.clone()),
            _ => None,
        }
    }
}

fn word(item: &Item, field: &str) -> String {
    match item.fields.iter().find(|held| held.field.as_str() == field).map(|held| &held.value) {
        Some(FieldValue::Single(single)) => single.display.clone(),
        Some(FieldValue::Group(parts)) => {
            let parts = parts.iter().filter_map(|part| match &part.value {
                FieldValue::Single(single) => Some(single.display.as_str()),
                _ => None,
            });
            parts.collect::<Vec<_>>().join(", ")
        }
        _ => String::new(),
    }
}

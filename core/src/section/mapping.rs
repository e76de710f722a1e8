//! What becomes a FHIR resource of its own, as definitions say it, and what definitions may say.
//!
//! A list, a record, a group or a single value says which resource it becomes; what is in it says which element it fills;
//! a code may say which of FHIR's own codes it means. An element is one row of `ELEMENTS`, so that a definition can name
//! nothing that the document would not carry. To carry more, add a row.

use super::{Code, Field, Kind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a field is in FHIR. Written `fhir = { ... }` in the file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The resource that the field becomes: each item of a list, each record, or the value itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The element of that resource, or of the one around it, which the field fills.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub element: Option<String>,
    /// For a yes-no field: the code that the element gets where the answer is yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

impl Mapping {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a code means in FHIR: elements of the resource with a code of FHIR's own, or `resource = "none"` where what holds
/// this code becomes no resource. Written `fhir = { ... }` in the file.
pub type Meaning = BTreeMap<String, String>;

/// One element that a definition may name.
#[derive(Debug)]
pub struct Element {
    /// The resource.
    pub resource: &'static str,
    /// The name in definitions.
    pub name: &'static str,
    /// Where it stands in the resource: `a.b`, with `[]` for the first of an array and `[+]` for another one.
    pub path: &'static str,
    /// What it takes.
    pub takes: Takes,
}

/// What an element takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// What people read; several fields of one element are read in a row.
    Words,
    /// What people read, with the field's label before it.
    Note,
    /// A `CodeableConcept` of the code itself, with what people read. A yes-no field has its label, and the code of this
    /// system that it names.
    Concept(&'static str),
    /// The group of `system`, `code` and `display` that a record system gave.
    Coding,
    /// A date.
    Date,
    /// A telephone number.
    Phone,
    /// True where a code says `true`.
    Flag,
    /// One of FHIR's own codes, which the field's codes name.
    Code(&'static [&'static str]),
    /// The same in a `CodeableConcept` of this system.
    Coded(&'static str, &'static [&'static str]),
}

impl Takes {
    /// Whether a field of this kind can fill it. What takes FHIR's own codes is filled by codes only.
    #[must_use]
    pub fn is_filled_by(self, field: &Field) -> bool {
        match self {
            Self::Words | Self::Note => field.kind != Kind::List,
            Self::Concept(_) => matches!(field.kind, Kind::Coded | Kind::YesNo | Kind::Line),
            Self::Coding => ["system", "code", "display"].iter().all(|part| field.part(part).is_some()),
            Self::Date => field.kind == Kind::Date,
            Self::Phone => field.kind == Kind::Phone,
            Self::Flag | Self::Code(_) | Self::Coded(..) => false,
        }
    }

    /// Whether a code may give it this value.
    #[must_use]
    pub fn allows(self, value: &str) -> bool {
        match self {
            Self::Flag => value == "true",
            Self::Code(codes) | Self::Coded(_, codes) => codes.contains(&value),
            _ => false,
        }
    }
}

/// The element of that name, if the resource has it.
#[must_use]
pub fn element(resource: &str, name: &str) -> Option<&'static Element> {
    ELEMENTS.iter().find(|element| element.resource == resource && element.name == name)
}

/// Whether definitions may make this resource.
#[must_use]
pub fn is_resource(resource: &str) -> bool {
    ELEMENTS.iter().any(|element| element.resource == resource)
}

/// What is wrong with what a field and its codes say, with the key; `around` is the resource that the field stands in.
pub(super) fn fault(field: &Field, around: Option<&str>) -> Option<(&'static str, String)> {
    let mapping = &field.fhir;
    let wrong = |key: &'static str, words: &str| Some((key, words.to_owned()));
    if mapping.resource.as_deref().is_some_and(|resource| !is_resource(resource)) {
        return wrong("fhir.resource", "a resource that a definition can make");
    }
    let resource = mapping.resource.as_deref().or(around);
    let find = |name: &str| resource.and_then(|resource| element(resource, name));
    if let Some(name) = &mapping.element
        && !find(name).is_some_and(|element| element.takes.is_filled_by(field))
    {
        return wrong("fhir.element", "an element of the resource that takes what this field holds");
    }
    if mapping.code.is_some() && field.kind != Kind::YesNo {
        return wrong("fhir.code", "for yes-no fields only");
    }
    let meant = |(name, value): (&String, &String)| match name.as_str() {
        "resource" => value == "none",
        name => find(name).is_some_and(|element| element.takes.allows(value)),
    };
    if !field.codes.iter().flat_map(|Code { fhir, .. }| fhir).all(meant) {
        return wrong("code", "elements of the resource, each with a code that FHIR has for it");
    }
    None
}

const fn row(resource: &'static str, name: &'static str, path: &'static str, takes: Takes) -> Element {
    Element { resource, name, path, takes }
}

use Takes::{Code as Own, Coded, Coding, Concept, Date, Flag, Note, Phone, Words};

/// Everything that a definition may name (FHIR R4, the resources' own pages).
pub const ELEMENTS: &[Element] = &[
    row("AllergyIntolerance", "code", "code.text", Words),
    row("AllergyIntolerance", "coding", "code.coding[]", Coding),
    row("AllergyIntolerance", "concept", "code", Concept("")),
    row("AllergyIntolerance", "type", "type", Own(&["allergy", "intolerance"])),
    row("AllergyIntolerance", "criticality", "criticality", Own(&["low", "high", "unable-to-assess"])),
    row(
        "AllergyIntolerance",
        "verificationStatus",
        "verificationStatus",
        Coded(ALLERGY_VERIFICATION, ALLERGY_VERIFIED),
    ),
    row("AllergyIntolerance", "onset", "onsetString", Words),
    row("AllergyIntolerance", "reaction", "reaction[].manifestation[].text", Words),
    row("AllergyIntolerance", "severity", "reaction[].severity", Own(&["mild", "moderate", "severe"])),
    row("AllergyIntolerance", "note", "note[+].text", Note),
    row("Condition", "code", "code.text", Words),
    row("Condition", "coding", "code.coding[]", Coding),
    row("Condition", "concept", "code", Concept("")),
    row(
        "Condition",
        "clinicalStatus",
        "clinicalStatus",
        Coded(CONDITION_CLINICAL, &["active", "inactive", "resolved"]),
    ),
    row("Condition", "verificationStatus", "verificationStatus", Coded(CONDITION_VERIFICATION, CONDITION_VERIFIED)),
    row("Condition", "onset", "onsetString", Words),
    row("Condition", "stage", "stage[].summary.text", Words),
    row("Condition", "note", "note[+].text", Note),
    row("MedicationStatement", "status", "status", Own(&["active", "on-hold", "stopped", "intended", "unknown"])),
    row("MedicationStatement", "medication", "medicationCodeableConcept.text", Words),
    row("MedicationStatement", "coding", "medicationCodeableConcept.coding[]", Coding),
    row("MedicationStatement", "dosage", "dosage[].text", Words),
    row("MedicationStatement", "route", "dosage[].route", Concept("")),
    row("MedicationStatement", "asNeeded", "dosage[].asNeededBoolean", Flag),
    row("MedicationStatement", "reason", "reasonCode[+]", Concept("")),
    row("MedicationStatement", "start", "effectivePeriod.start", Date),
    row("MedicationStatement", "end", "effectivePeriod.end", Date),
    row("MedicationStatement", "note", "note[+].text", Note),
    row("Goal", "lifecycleStatus", "lifecycleStatus", Own(GOAL_LIFECYCLE)),
    row("Goal", "achievementStatus", "achievementStatus", Coded(GOAL_ACHIEVEMENT, GOAL_ACHIEVED)),
    row("Goal", "category", "category[+]", Concept("")),
    row("Goal", "description", "description.text", Words),
    row("Goal", "due", "target[].dueDate", Date),
    row("Goal", "note", "note[+].text", Note),
    row("Flag", "category", "category[+]", Concept("")),
    row("Flag", "code", "code.text", Words),
    row("Flag", "concept", "code", Concept("")),
    row("Flag", "start", "period.start", Date),
    row("Flag", "end", "period.end", Date),
    row("Consent", "status", "status", Own(&["proposed", "active", "rejected", "inactive"])),
    row("Consent", "provision", "provision.type", Own(&["permit", "deny"])),
    row("Consent", "category", "category[+]", Concept("")),
    row("Consent", "end", "provision.period.end", Date),
    row("Task", "status", "status", Own(TASK_STATUS)),
    row("Task", "priority", "priority", Own(&["routine", "urgent", "asap", "stat"])),
    row("Task", "description", "description", Words),
    row("Task", "performer", "performerType[+]", Concept("")),
    row("Task", "reason", "reasonCode.text", Words),
    row("Task", "due", "restriction.period.end", Date),
    row("Task", "done", "executionPeriod.end", Date),
    row("Task", "note", "note[+].text", Note),
    row("RelatedPerson", "name", "name[].text", Words),
    row("RelatedPerson", "relationship", "relationship[+]", Concept(CONTACT_ROLE)),
    row("RelatedPerson", "phone", "telecom[+]", Phone),
    row("PractitionerRole", "name", "practitioner.display", Words),
    row("PractitionerRole", "role", "code[+]", Concept("")),
    row("PractitionerRole", "organisation", "organization.display", Words),
    row("PractitionerRole", "phone", "telecom[+]", Phone),
    row("PractitionerRole", "hours", "availabilityExceptions", Words),
    row("PractitionerRole", "start", "period.start", Date),
    row("PractitionerRole", "end", "period.end", Date),
    row("Organization", "name", "name", Words),
    row("Organization", "type", "type[+]", Concept("")),
    row("Organization", "phone", "telecom[+]", Phone),
    row("ServiceRequest", "code", "code.text", Words),
    row("ServiceRequest", "concept", "code", Concept("")),
    row("ServiceRequest", "doNotPerform", "doNotPerform", Flag),
    row("ServiceRequest", "performer", "performerType", Concept("")),
    row("ServiceRequest", "reason", "reasonCode[+]", Concept("")),
    row("ServiceRequest", "note", "note[+].text", Note),
    row("Procedure", "concept", "code", Concept("")),
    row("Procedure", "note", "note[+].text", Note),
];

const ALLERGY_VERIFICATION: &str = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification";
const ALLERGY_VERIFIED: &[&str] = &["unconfirmed", "confirmed", "refuted"];
const CONDITION_CLINICAL: &str = "http://terminology.hl7.org/CodeSystem/condition-clinical";
const CONDITION_VERIFICATION: &str = "http://terminology.hl7.org/CodeSystem/condition-ver-status";
const CONDITION_VERIFIED: &[&str] = &["unconfirmed", "provisional", "differential", "confirmed", "refuted"];
const GOAL_LIFECYCLE: &[&str] = &["proposed", "planned", "accepted", "active", "on-hold", "completed", "cancelled"];
const GOAL_ACHIEVEMENT: &str = "http://terminology.hl7.org/CodeSystem/goal-achievement";
const GOAL_ACHIEVED: &[&str] = &["in-progress", "improving", "achieved", "not-achieved", "no-progress"];
const TASK_STATUS: &[&str] =
    &["requested", "accepted", "in-progress", "on-hold", "completed", "cancelled", "failed", "entered-in-error"];
/// HL7 v2 table 0131, contact role.
const CONTACT_ROLE: &str = "http://terminology.hl7.org/CodeSystem/v2-0131";

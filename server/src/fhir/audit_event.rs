//! An event of the audit as an `AuditEvent`, in the shape of the IHE profile Basic Audit Log Patterns.
//!
//! Entities are the patient, by NHS number, and what of the plan it was; agents are who asked, and this server.

use crate::audit::{action, chain::Row, words};
use coplan_core::{nhs_number::NhsNumber, time::UtcMillis};
use serde_json::{Value, json};

/// One event about the plan of a patient.
pub(super) fn audit_event(row: &Row, patient: &NhsNumber) -> Value {
    let (interaction, kind) = interaction(&row.action);
    let mut entities = vec![json!({
        "what": { "identifier": { "system": NHS_NUMBER, "value": patient.as_str() } },
        "type": coding(ENTITY_TYPE, "1", "Person"),
        "role": coding(OBJECT_ROLE, "1", "Patient"),
    })];
    entities.extend(row.plan.as_deref().map(|plan| plan_entity(row, plan)));
    let mut agents: Vec<Value> = row.author.as_ref().map(|_| user(row)).into_iter().collect();
    agents.push(json!({
        "type": concept(DICOM, "110152", "Destination Role ID"),
        "who": { "display": "Coplan" },
        "requestor": false,
    }));
    json!({
        "resourceType": "AuditEvent",
        "id": row.seq.to_string(),
        "meta": { "versionId": "1", "lastUpdated": UtcMillis(row.at).to_rfc3339() },
        "type": coding(EVENT_TYPE, "rest", "RESTful Operation"),
        "subtype": [coding(INTERACTION, interaction, interaction), coding(ACTIONS, &row.action, &row.action)],
        "action": kind,
        "recorded": UtcMillis(row.at).to_rfc3339(),
        "outcome": outcome(&row.outcome),
        "outcomeDesc": words::sentence(row, words::Reader::Another),
        "purposeOfEvent": [purpose(row)],
        "agent": agents,
        "source": {
            "observer": { "display": "Coplan" },
            "type": [coding(SOURCE_TYPE, "4", "Application Server")],
        },
        "entity": entities,
    })
}

fn user(row: &Row) -> Value {
    let Some(author) = &row.author else { return Value::Null };
    let mut agent = json!({
        "type": concept(PARTICIPATION, "IRCP", "information recipient"),
        "role": [{ "coding": [{ "system": ROLES, "code": author.2 }], "text": author.3 }],
        "who": { "identifier": { "system": ACCOUNTS, "value": author.0 }, "display": author.1 },
        "altId": author.4,
        "requestor": true,
        "purposeOfUse": [purpose(row)],
    });
    let rules: Vec<String> = row.rules.split_whitespace().map(|rule| format!("{RULES}{rule}")).collect();
    if !rules.is_empty() {
        agent["policy"] = json!(rules);
    }
    agent
}

fn plan_entity(row: &Row, plan: &str) -> Value {
    let mut entity = json!({
        "what": { "identifier": { "system": PLANS, "value": plan } },
        "type": coding(ENTITY_TYPE, "2", "System Object"),
        "role": coding(OBJECT_ROLE, "3", "Report"),
    });
    let details = [
        ("resource", row.resource.clone()),
        ("connection", row.connection.clone()),
        ("reason", row.reason.clone()),
        ("job", row.job.clone()),
        ("version", row.version.map(|version| version.to_string())),
        ("sha256", row.sha256.clone()),
    ];
    let details: Vec<Value> = details
        .into_iter()
        .filter_map(|(kind, value)| {
            Some(json!({ "type": kind, "valueString": value.filter(|it| !it.trim().is_empty())? }))
        })
        .collect();
    if !details.is_empty() {
        entity["detail"] = json!(details);
    }
    entity
}

/// The RESTful interaction that comes nearest, and its letter.
fn interaction(name: &str) -> (&'static str, &'static str) {
    match name {
        "plan:create" | action::PUBLISH | "section:suggest" | "relationship:assert" | "relationship:break-glass" => {
            ("create", "C")
        }
        action::CHANGE
        | "section:sign"
        | "record:decide"
        | "vault:write"
        | "team:manage"
        | "sharing:set"
        | "sharing:keep"
        | action::DEMOGRAPHICS
        | action::OPT_OUT
        | action::PUT_OWN_ACCOUNT => ("update", "U"),
        "vault:destroy" | action::END_RELATIONSHIP => ("delete", "D"),
        action::FIND_PLANS | "audit:read" | "audit:review" | "vault:list" => ("search-type", "E"),
        _ => ("read", "R"),
    }
}

fn outcome(name: &str) -> &'static str {
    match name {
        "refused" => "8",
        "failed" => "4",
        _ => "0",
    }
}

/// Why, as far as how they came to the plan says.
fn purpose(row: &Row) -> Value {
    let (code, display) = match (row.connection.as_deref(), row.action.as_str()) {
        (_, "relationship:break-glass") | (Some("break-glass"), _) => ("BTG", "break the glass"),
        (Some("emergency"), _) => ("ETREAT", "Emergency Treatment"),
        (Some("own" | "proxy"), _) => ("PATRQT", "patient requested"),
        (_, "audit:review") => ("HCOMPL", "health compliance"),
        (Some("service"), _) => ("HSYSADMIN", "health system administration"),
        _ => ("TREAT", "treatment"),
    };
    concept(REASONS, code, display)
}

fn coding(system: &str, code: &str, display: &str) -> Value {
    json!({ "system": system, "code": code, "display": display })
}

fn concept(system: &str, code: &str, display: &str) -> Value {
    json!({ "coding": [coding(system, code, display)] })
}

const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";
const EVENT_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-event-type";
const INTERACTION: &str = "http://hl7.org/fhir/restful-interaction";
const ENTITY_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
const OBJECT_ROLE: &str = "http://terminology.hl7.org/CodeSystem/object-role";
const SOURCE_TYPE: &str = "http://terminology.hl7.org/CodeSystem/security-source-type";
const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
const REASONS: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
const DICOM: &str = "http://dicom.nema.org/resources/ontology/DCM";
/// Coplan's own, which have no register.
const ACTIONS: &str = "urn:coplan:action";
const ROLES: &str = "urn:coplan:role";
const ACCOUNTS: &str = "urn:coplan:account";
const PLANS: &str = "urn:coplan:plan";
const RULES: &str = "urn:coplan:rule:";

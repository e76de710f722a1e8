//! Organisations, and the professionals who signed.

use super::{
    bundle::Bundle,
    systems::{ODS_CODE, REGISTRATION, uk_core},
};
use serde_json::{Value, json};

/// Somebody who signed, as they were then.
pub(super) struct Professional<'a> {
    pub(super) user: &'a str,
    pub(super) name: &'a str,
    pub(super) job_title: &'a str,
    pub(super) registration: Option<&'a str>,
    /// ODS code and name of the organisation, unless that is withheld.
    pub(super) organisation: Option<(&'a str, &'a str)>,
}

/// The organisation of that ODS code.
pub(super) fn organisation(bundle: &mut Bundle<'_>, code: &str, name: &str) -> Value {
    let organisation = json!({
        "resourceType": "Organization",
        "meta": { "profile": [uk_core("Organization")] },
        "identifier": [{ "system": ODS_CODE, "value": code }],
        "name": name,
    });
    named(bundle.add(&["organisation", code], organisation), name)
}

/// The service itself, as what wrote the document.
pub(super) fn service(bundle: &mut Bundle<'_>) -> Value {
    let device = json!({
        "resourceType": "Device",
        "deviceName": [{ "name": "Coplan", "type": "user-friendly-name" }],
    });
    named(bundle.add(&["device"], device), "Coplan")
}

/// The role in which somebody signed.
pub(super) fn professional(bundle: &mut Bundle<'_>, who: &Professional<'_>) -> Value {
    let mut practitioner = json!({
        "resourceType": "Practitioner",
        "meta": { "profile": [uk_core("Practitioner")] },
        "name": [{ "text": who.name }],
    });
    if let Some(registration) = who.registration {
        practitioner["identifier"] = json!([{ "system": REGISTRATION, "value": registration }]);
    }
    let registration = who.registration.unwrap_or_default();
    let person = bundle.add(&["practitioner", who.user, who.name, registration], practitioner);
    let mut role = json!({
        "resourceType": "PractitionerRole",
        "meta": { "profile": [uk_core("PractitionerRole")] },
        "practitioner": named(person, who.name),
    });
    if let Some((code, name)) = who.organisation {
        role["organization"] = organisation(bundle, code, name);
    }
    if !who.job_title.is_empty() {
        role["code"] = json!([{ "text": who.job_title }]);
    }
    let code = who.organisation.map_or("", |(code, _)| code);
    let role = bundle.add(&["role", who.user, who.name, registration, who.job_title, code], role);
    named(role, who.name)
}

/// The reference with the words that people read for it.
pub(super) fn named(mut reference: Value, name: &str) -> Value {
    reference["display"] = json!(name);
    reference
}

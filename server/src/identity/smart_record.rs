//! What a host's FHIR record says of a patient and of who is signed in.

use serde_json::Value;

/// The values that a resource has of a system.
pub(super) fn identifiers<'r>(resource: &'r Value, system: &str) -> Vec<&'r str> {
    let all = resource["identifier"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().filter(|one| one["system"] == system).filter_map(|one| one["value"].as_str()).collect()
}

/// The first name, as it is written or put together.
pub(super) fn human_name(resource: &Value) -> Option<String> {
    let name = resource["name"].as_array()?.first()?;
    if let Some(text) = name["text"].as_str() {
        return Some(text.to_owned());
    }
    let part = |part: &str| name[part].as_array().map(Vec::as_slice).unwrap_or_default();
    let words = part("prefix").iter().chain(part("given")).chain(std::iter::once(&name["family"]));
    let words: Vec<&str> = words.filter_map(Value::as_str).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// The first registration, with its body.
pub(super) fn registration(resource: &Value) -> Option<String> {
    REGISTERS.iter().find_map(|(system, body)| {
        identifiers(resource, system).first().map(|number| format!("{body} {}", number.trim_start_matches(body).trim()))
    })
}

/// What NHS numbers are identifiers of.
pub(super) const NHS_NUMBER_SYSTEM: &str = "https://fhir.nhs.uk/Id/nhs-number";

/// Registers of professionals, by their systems in UK Core, and the body as we write it.
const REGISTERS: [(&str, &str); 4] = [
    ("https://fhir.hl7.org.uk/Id/gmc-number", "GMC"),
    ("https://fhir.hl7.org.uk/Id/nmc-number", "NMC"),
    ("https://fhir.hl7.org.uk/Id/hcpc-number", "HCPC"),
    ("https://fhir.hl7.org.uk/Id/gphc-number", "GPhC"),
];

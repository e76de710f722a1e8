//! A Bundle as it came: bounded before it is parsed, and about one person.

use super::fault::{Fault, ImportError};
use crate::nhs_number::NhsNumber;
use serde_json::Value;

/// Resources about one person.
#[derive(Debug, Clone)]
pub struct Bundle {
    resources: Vec<Resource>,
    patient: usize,
}

/// One resource of a Bundle.
#[derive(Clone)]
pub(super) struct Resource {
    /// Where it stands: `Bundle.entry[3].resource`.
    pub place: String,
    pub kind: String,
    pub full_url: Option<String>,
    pub value: Value,
}

impl std::fmt::Debug for Resource {
    /// Its place alone: what it says is about a person.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.place)
    }
}

impl Resource {
    pub(super) fn text(&self, pointer: &str) -> Option<&str> {
        text(&self.value, pointer)
    }

    pub(super) fn list(&self, key: &str) -> &[Value] {
        list(&self.value, key)
    }

    /// Whether a reference to this resource may be written so.
    pub(super) fn is_called(&self, reference: &str) -> bool {
        let reference = reference.split_once("/_history/").map_or(reference, |(before, _)| before);
        let by_id = self.text("/id").map(|id| format!("{}/{id}", self.kind));
        let named = |by_id: &String| reference == *by_id || reference.ends_with(&format!("/{by_id}"));
        self.full_url.as_deref() == Some(reference) || by_id.as_ref().is_some_and(named)
    }
}

impl Bundle {
    /// Reads a Bundle of type `collection`, `searchset` or `document`.
    ///
    /// # Errors
    /// `ImportError` with what is wrong and where.
    pub fn read(bytes: &[u8]) -> Result<Self, ImportError> {
        Self::of(&parse(bytes)?)
    }

    /// The same from JSON that somebody has parsed, within the bounds of `read`.
    ///
    /// # Errors
    /// `ImportError` with what is wrong and where.
    pub fn of(bundle: &Value) -> Result<Self, ImportError> {
        let resources = resources(bundle, &["collection", "searchset", "document"], BUNDLE_TYPES)?;
        let patient = one_patient(&resources)?;
        Ok(Self { resources, patient })
    }

    /// Whether all of it is about the person of this NHS number, who was born on this day, `YYYY-MM-DD`.
    ///
    /// # Errors
    /// `ImportError` with the first that is not.
    pub fn check_person(&self, nhs_number: &NhsNumber, born: &str) -> Result<(), ImportError> {
        let patient = self.patient();
        check_patient(patient, nhs_number)?;
        if patient.text("/birthDate").is_some_and(|date| date.len() == born.len() && date != born) {
            return Err(Fault::AnotherPerson.at(format!("{}.birthDate", patient.place)));
        }
        for resource in &self.resources {
            let Some(field) = subject_field(&resource.kind) else { continue };
            if !is_about(resource, field, patient, nhs_number) {
                return Err(Fault::AnotherPerson.at(format!("{}.{field}", resource.place)));
            }
        }
        Ok(())
    }

    /// Whether nothing in it says that something was left out.
    pub(super) fn is_complete(&self) -> bool {
        !self.of_types(&["OperationOutcome"]).any(|outcome| Self::is_short(&outcome.value))
    }

    /// Whether an OperationOutcome says more than a remark: that results were withheld, or that there may be more.
    #[must_use]
    pub fn is_short(outcome: &Value) -> bool {
        let issues = list(outcome, "issue");
        let harmless = |issue: &Value| matches!(text(issue, "/severity"), Some("information" | "success"));
        issues.is_empty() || !issues.iter().all(harmless)
    }

    pub(super) fn patient(&self) -> &Resource {
        &self.resources[self.patient]
    }

    /// The resources of these types, in the order in which they came.
    pub(super) fn of_types<'b>(&'b self, types: &'b [&str]) -> impl Iterator<Item = &'b Resource> {
        self.resources.iter().filter(|resource| types.contains(&resource.kind.as_str()))
    }

    /// The resource that a reference of `from` names: one of the Bundle's.
    pub(super) fn resolve(&self, reference: &str) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.is_called(reference))
    }
}

/// JSON within the bounds.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, ImportError> {
    if bytes.len() > BUNDLE_BYTES_MAX {
        return Err(Fault::TooLarge { bytes_max: BUNDLE_BYTES_MAX }.at("body"));
    }
    if depth(bytes) > DEPTH_MAX {
        return Err(Fault::TooDeep { depth_max: DEPTH_MAX }.at("body"));
    }
    serde_json::from_slice(bytes).map_err(|error| Fault::NotJson.at(format!("line {}", error.line())))
}

/// How deep brackets stand within brackets, outside of strings.
fn depth(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The entries of a Bundle of one of these types.
pub(super) fn resources(bundle: &Value, types: &[&str], in_words: &'static str) -> Result<Vec<Resource>, ImportError> {
    let is_bundle = text(bundle, "/resourceType") == Some("Bundle");
    if !is_bundle || !text(bundle, "/type").is_some_and(|kind| types.contains(&kind)) {
        return Err(Fault::NotABundle(in_words).at("Bundle.type"));
    }
    let entries = list(bundle, "entry");
    if entries.len() > RESOURCES_MAX {
        return Err(Fault::TooMany { max: RESOURCES_MAX }.at("Bundle.entry"));
    }
    let mut resources = Vec::with_capacity(entries.len());
    for (at, entry) in entries.iter().enumerate() {
        let place = format!("Bundle.entry[{at}].resource");
        let value = entry.get("resource").filter(|value| value.is_object());
        let value = value.ok_or_else(|| Fault::Missing("a resource").at(place.as_str()))?;
        let kind = text(value, "/resourceType").ok_or_else(|| Fault::Missing("resourceType").at(place.as_str()))?;
        let full_url = text(entry, "/fullUrl").map(str::to_owned);
        resources.push(Resource { kind: kind.to_owned(), full_url, value: value.clone(), place });
    }
    Ok(resources)
}

fn one_patient(resources: &[Resource]) -> Result<usize, ImportError> {
    let mut patients = resources.iter().enumerate().filter(|(_, resource)| resource.kind == "Patient");
    match (patients.next(), patients.next()) {
        (Some((at, _)), None) => Ok(at),
        (_, Some((_, second))) => Err(Fault::NotOnePatient.at(second.place.as_str())),
        (None, None) => Err(Fault::NotOnePatient.at("Bundle.entry")),
    }
}

/// Whether the Patient has this NHS number, and no other.
pub(super) fn check_patient(patient: &Resource, nhs_number: &NhsNumber) -> Result<(), ImportError> {
    let numbers: Vec<&Value> = patient.list("identifier").iter().filter(|one| is_nhs_number(one)).collect();
    let place = format!("{}.identifier", patient.place);
    if numbers.is_empty() {
        return Err(Fault::NotOnePatient.at(place));
    }
    let same = numbers.iter().all(|identifier| says(identifier, nhs_number));
    if same { Ok(()) } else { Err(Fault::AnotherPerson.at(place)) }
}

/// Whether what the resource says it is about is this Patient.
pub(super) fn is_about(resource: &Resource, field: &str, patient: &Resource, nhs_number: &NhsNumber) -> bool {
    let Some(subject) = resource.value.get(field) else { return false };
    let by_number = subject.get("identifier").filter(|identifier| is_nhs_number(identifier));
    match (text(subject, "/reference"), by_number) {
        (Some(reference), None) => patient.is_called(reference),
        (Some(reference), Some(number)) => patient.is_called(reference) && says(number, nhs_number),
        (None, Some(number)) => says(number, nhs_number),
        (None, None) => false,
    }
}

fn is_nhs_number(identifier: &Value) -> bool {
    text(identifier, "/system") == Some(NHS_NUMBER)
}

fn says(identifier: &Value, nhs_number: &NhsNumber) -> bool {
    text(identifier, "/value").and_then(|text| NhsNumber::parse(text).ok()).as_ref() == Some(nhs_number)
}

/// System and value of an identifier whose system is an address, and so nobody else's.
pub(super) fn in_all_the_world(identifier: &Value) -> Option<String> {
    let system = text(identifier, "/system").filter(|system| is_absolute(system))?;
    Some(format!("{system}|{}", text(identifier, "/value")?))
}

/// Whether an address means the same wherever it stands.
pub(super) fn is_absolute(address: &str) -> bool {
    ["https://", "http://", "urn:uuid:", "urn:oid:"].iter().any(|start| address.starts_with(start))
}

/// Where a resource says whom it is about, of those that are taken over.
fn subject_field(kind: &str) -> Option<&'static str> {
    match kind {
        "AllergyIntolerance" => Some("patient"),
        "Condition" | "MedicationStatement" | "MedicationRequest" => Some("subject"),
        _ => None,
    }
}

/// The text at a JSON pointer, not blank.
pub(super) fn text<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer)?.as_str().filter(|text| !text.trim().is_empty())
}

/// The elements under a key; none if it is no list.
pub(super) fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Bytes of a Bundle.
pub const BUNDLE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Resources of a Bundle.
pub const RESOURCES_MAX: usize = 2_000;
/// How deep the JSON of a Bundle may nest. FHIR's own resources stay below twenty.
pub const DEPTH_MAX: usize = 40;

const BUNDLE_TYPES: &str = "collection, searchset or document";
/// The identifier system of NHS numbers (UK Core).
pub(super) const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";

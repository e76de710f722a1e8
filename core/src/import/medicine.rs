//! `MedicationStatement` and `MedicationRequest`: a medicine that is taken.

use super::{
    bundle::{Bundle, Resource, list, text},
    coding::{cut, day, group, joined, notes, tidy, words},
    dose,
    found::{Reading, is_modified},
};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) fn read(resource: &Resource, bundle: &Bundle) -> Reading {
    let value = &resource.value;
    let Some(state) = text(value, "/status").and_then(state) else { return Reading::PassedOver };
    // Before anything else: a medicine that must not be given is never one that is taken.
    if value.get("doNotPerform").is_some_and(|said| *said != Value::Bool(false)) {
        return Reading::NotToBeGiven(medicine(value, bundle).map_or_else(String::new, |(name, _)| name));
    }
    if is_proposal(value) || is_told_by_another(resource, bundle) {
        return Reading::PassedOver;
    }
    let Some((name, code)) = medicine(value, bundle) else { return Reading::Unusable };
    let instructions =
        list(value, "dosage").iter().chain(list(value, "dosageInstruction")).cloned().collect::<Vec<_>>();
    let Some(dose) = dose::read(&instructions) else { return Reading::Unusable };
    let state = if state == "current" && dose.as_needed { "when-needed" } else { state };
    let mut values: BTreeMap<&'static str, Value> = BTreeMap::new();
    values.insert("medicine", name.into());
    values.insert("state", state.into());
    values.extend(code.map(|code| ("code", code)));
    values.extend(dose.group.map(|group| ("dose", group)));
    let reasons: Vec<String> = list(value, "reasonCode").iter().filter_map(words).collect();
    values.extend(joined(&reasons).map(|reasons| ("indication", cut(&reasons, INDICATION_CHARS_MAX).into())));
    let started = ["/effectivePeriod/start", "/effectiveDateTime", "/dispenseRequest/validityPeriod/start"];
    let started = started.iter().find_map(|pointer| text(value, pointer)).and_then(day);
    values.extend(started.map(|started| ("started", started.into())));
    values.extend(text(value, "/effectivePeriod/end").and_then(day).map(|ends| ("ends", ends.into())));
    values.extend(note(value).map(|note| ("note", cut(&note, NOTE_CHARS_MAX).into())));
    Reading::Entry(values)
}

/// What matters now: a course that is over, and what was never begun or was a mistake, do not.
fn state(status: &str) -> Option<&'static str> {
    match status {
        "active" | "intended" => Some("current"),
        "on-hold" => Some("paused"),
        "stopped" => Some("stopped"),
        "unknown" => Some("unknown"),
        _ => None,
    }
}

fn is_proposal(value: &Value) -> bool {
    matches!(text(value, "/intent"), Some("proposal" | "option" | "instance-order" | "filler-order"))
}

/// A request that a statement rests on, and an issue of one that is here itself, would be the same medicine twice.
fn is_told_by_another(resource: &Resource, bundle: &Bundle) -> bool {
    if resource.kind != "MedicationRequest" {
        return false;
    }
    let statements = bundle.of_types(&["MedicationStatement"]);
    let mut rests_on =
        statements.flat_map(|statement| statement.list("basedOn")).filter_map(|one| text(one, "/reference"));
    let stated = rests_on.any(|reference| resource.is_called(reference));
    let mut issued_by = resource.list("basedOn").iter().filter_map(|one| text(one, "/reference"));
    stated || issued_by.any(|reference| bundle.resolve(reference).is_some_and(|one| one.kind == "MedicationRequest"))
}

/// Its name, and its code where there is one: its own, or that of the Medication that it names.
fn medicine(value: &Value, bundle: &Bundle) -> Option<(String, Option<Value>)> {
    let reference = text(value, "/medicationReference/reference");
    let of_reference = reference.and_then(|reference| match reference.strip_prefix('#') {
        Some(id) => list(value, "contained").iter().find(|one| text(one, "/id") == Some(id)),
        None => bundle.resolve(reference).map(|resource| &resource.value),
    });
    if of_reference.is_some_and(is_modified) {
        return None;
    }
    let concept = value.get("medicationCodeableConcept").or_else(|| of_reference?.get("code"));
    let displayed = || text(value, "/medicationReference/display").map(tidy);
    let name = concept.and_then(words).or_else(displayed)?;
    (name.chars().count() <= NAME_CHARS_MAX).then(|| (name, concept.and_then(group)))
}

fn note(value: &Value) -> Option<String> {
    let why: Vec<String> = match value.get("statusReason") {
        Some(Value::Array(reasons)) => reasons.iter().filter_map(words).collect(),
        Some(reason) => words(reason).into_iter().collect(),
        None => Vec::new(),
    };
    joined(&why.into_iter().chain(notes(value)).collect::<Vec<_>>())
}

/// Characters of each line, as the section has them.
const NAME_CHARS_MAX: usize = 160;
const INDICATION_CHARS_MAX: usize = 160;
const NOTE_CHARS_MAX: usize = 300;

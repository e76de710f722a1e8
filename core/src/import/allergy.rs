//! `AllergyIntolerance`: an allergy, an intolerance, or that there are none.

use super::{
    bundle::{Resource, list, text},
    coding::{SNOMED_CT, code_in, cut, date_words, group, hl7_code, joined, notes, tidy, words},
    found::Reading,
};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) fn read(resource: &Resource) -> Reading {
    let value = &resource.value;
    let verification = hl7_code(value, "verificationStatus");
    let over = matches!(hl7_code(value, "clinicalStatus"), Some("resolved" | "inactive"));
    if over || matches!(verification, Some("entered-in-error" | "refuted")) {
        return Reading::PassedOver;
    }
    let Some(concept) = value.get("code") else { return Reading::Unusable };
    let snomed = code_in(concept, SNOMED_CT);
    match snomed {
        Some(NO_KNOWN_ALLERGIES) => return Reading::NoneKnown,
        // No allergy to something says nothing that the plan has a place for.
        Some(code) if NONE_OF_A_KIND.contains(&code) => return Reading::PassedOver,
        _ => {}
    }
    let Some(agent) = words(concept).filter(|agent| agent.chars().count() <= AGENT_CHARS_MAX) else {
        return Reading::Unusable;
    };
    let as_text = snomed.filter(|code| RECEIVED_AS_TEXT.contains(code));
    let mut values: BTreeMap<&'static str, Value> = BTreeMap::new();
    values.insert("agent", agent.into());
    if as_text.is_none() {
        values.extend(group(concept).map(|code| ("code", code)));
    }
    values.extend(as_text.or_else(|| kind(value)).map(|kind| ("type", kind.into())));
    values.extend(reaction(value).map(|reaction| ("reaction", cut(&reaction, REACTION_CHARS_MAX).into())));
    values.extend(severity(value).map(|severity| ("severity", severity.into())));
    values.extend(verification.and_then(certainty).map(|certainty| ("certainty", certainty.into())));
    values.extend(noted(value).map(|noted| ("noted", cut(&noted, NOTED_CHARS_MAX).into())));
    Reading::Entry(values)
}

fn kind(value: &Value) -> Option<&'static str> {
    match text(value, "/type")? {
        "allergy" => Some("allergy"),
        "intolerance" => Some("intolerance"),
        _ => None,
    }
}

/// What happened, and what was remarked about it. How dangerous it is stands first, where nothing of it is cut off.
fn reaction(value: &Value) -> Option<String> {
    let mut said: Vec<String> = danger(value).into_iter().collect();
    for reaction in list(value, "reaction") {
        said.extend(list(reaction, "manifestation").iter().filter_map(words));
        said.extend(text(reaction, "/description").map(tidy));
    }
    said.extend(notes(value));
    said.dedup();
    joined(&said)
}

/// The worst of its reactions; one that was severe and may kill is life-threatening, as we ourselves write that.
fn severity(value: &Value) -> Option<&'static str> {
    match worst(value) {
        Some("severe") if text(value, "/criticality") == Some("high") => Some("life-threatening"),
        worst => worst,
    }
}

fn worst(value: &Value) -> Option<&'static str> {
    let all = || list(value, "reaction").iter().filter_map(|reaction| text(reaction, "/severity"));
    ["severe", "moderate", "mild"].into_iter().find(|severity| all().any(|one| one == *severity))
}

/// What the record says of the danger of the next reaction, where the severity does not say it.
fn danger(value: &Value) -> Option<String> {
    match text(value, "/criticality")? {
        "high" if worst(value) == Some("severe") => None,
        "high" => Some("High risk: a reaction may be life-threatening".to_owned()),
        "low" => Some("Low risk".to_owned()),
        "unable-to-assess" => Some("Risk could not be assessed".to_owned()),
        other => Some(format!("Risk: {}", tidy(other))),
    }
}

fn certainty(verification: &str) -> Option<&'static str> {
    match verification {
        "confirmed" => Some("confirmed"),
        "presumed" => Some("likely"),
        "unconfirmed" => Some("reported"),
        _ => None,
    }
}

fn noted(value: &Value) -> Option<String> {
    let date = text(value, "/onsetDateTime").or_else(|| text(value, "/onsetPeriod/start")).and_then(date_words);
    date.or_else(|| text(value, "/onsetString").map(tidy)).filter(|noted| !noted.is_empty())
}

/// SNOMED CT: no known allergy.
pub(super) const NO_KNOWN_ALLERGIES: &str = "716186003";
/// SNOMED CT: no known drug, food, environmental, latex allergy.
const NONE_OF_A_KIND: [&str; 4] = ["409137002", "429625007", "428607008", "716184000"];
/// SNOMED CT, GP2GP: drug allergy and other allergy whose code was lost on the way. The section has them as kinds.
const RECEIVED_AS_TEXT: [&str; 2] = ["196461000000101", "196471000000108"];

/// Characters of each line, as the section has them.
const AGENT_CHARS_MAX: usize = 160;
const REACTION_CHARS_MAX: usize = 300;
const NOTED_CHARS_MAX: usize = 60;

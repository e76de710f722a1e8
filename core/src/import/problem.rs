//! `Condition`: a problem or diagnosis.

use super::{
    bundle::{Resource, list, text},
    coding::{cut, date_words, group, hl7_code, joined, notes, tidy, words},
    found::Reading,
};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) fn read(resource: &Resource) -> Reading {
    let value = &resource.value;
    if hl7_code(value, "verificationStatus") == Some("entered-in-error") || is_of_one_visit(value) {
        return Reading::PassedOver;
    }
    let Some(name) = value.get("code").and_then(words).filter(|name| name.chars().count() <= NAME_CHARS_MAX) else {
        return Reading::Unusable;
    };
    let mut values: BTreeMap<&'static str, Value> = BTreeMap::new();
    values.insert("problem", name.into());
    values.extend(value.get("code").and_then(group).map(|code| ("code", code)));
    values.extend(state(value).map(|state| ("state", state.into())));
    values.extend(onset(value).map(|onset| ("onset", cut(&onset, ONSET_CHARS_MAX).into())));
    values.extend(stage(value).map(|stage| ("stage", cut(&stage, STAGE_CHARS_MAX).into())));
    values.extend(notes(value).map(|notes| ("comment", cut(&notes, COMMENT_CHARS_MAX).into())));
    Reading::Entry(values)
}

/// A diagnosis that belongs to one consultation and is on no list of problems.
fn is_of_one_visit(value: &Value) -> bool {
    let codes =
        || list(value, "category").iter().flat_map(|one| list(one, "coding")).filter_map(|one| text(one, "/code"));
    codes().any(|code| code == "encounter-diagnosis") && !codes().any(|code| code == "problem-list-item")
}

fn state(value: &Value) -> Option<&'static str> {
    match (hl7_code(value, "verificationStatus"), hl7_code(value, "clinicalStatus")) {
        (Some("refuted"), _) => Some("ruled-out"),
        (_, Some("resolved")) => Some("resolved"),
        (_, Some("inactive" | "remission")) => Some("inactive"),
        (Some("provisional" | "differential" | "unconfirmed"), _) => Some("suspected"),
        (_, Some("active" | "recurrence" | "relapse")) => Some("active"),
        _ => None,
    }
}

fn onset(value: &Value) -> Option<String> {
    let date = text(value, "/onsetDateTime").or_else(|| text(value, "/onsetPeriod/start")).and_then(date_words);
    date.or_else(|| text(value, "/onsetString").map(tidy)).filter(|onset| !onset.is_empty())
}

fn stage(value: &Value) -> Option<String> {
    let severity = value.get("severity").and_then(words);
    let stages = list(value, "stage").iter().filter_map(|stage| stage.get("summary").and_then(words));
    joined(&severity.into_iter().chain(stages).collect::<Vec<_>>())
}

/// Characters of each line, as the section has them.
const NAME_CHARS_MAX: usize = 200;
const ONSET_CHARS_MAX: usize = 60;
const STAGE_CHARS_MAX: usize = 160;
const COMMENT_CHARS_MAX: usize = 400;

//! Questionnaires: what each section of a plan asks, made from its definition. They are about nobody.

use super::{FhirProblem, query::Search, search::Found};
use crate::state::AppState;
use coplan_core::fhir;
use serde_json::Value;

/// The Questionnaire of a section, as its definition is now.
pub(super) fn read(state: &AppState, id: &str) -> Result<Value, FhirProblem> {
    let id = id.parse().map_err(|_| FhirProblem::not_found())?;
    let sections = state.sections();
    sections.section(&id).map(|section| fhir::questionnaire(section)).ok_or_else(FhirProblem::not_found)
}

/// Those of an id or of a canonical URL, or all in the order of the plan.
pub(super) fn search(state: &AppState, search: &Search) -> Found {
    let sections = state.sections();
    let all =
        sections.in_order().into_iter().filter(|section| search.id.as_ref().is_none_or(|id| section.id.as_str() == id));
    let all = all.map(|section| (section.id.to_string(), fhir::questionnaire(section)));
    let mut resources: Vec<(String, Value)> = all.filter(|(_, resource)| has_url(resource, search)).collect();
    if search.matches_nothing {
        resources.clear();
    }
    let total = resources.len();
    let begin = search.cursor.and_then(|cursor| usize::try_from(cursor).ok()).unwrap_or_default().min(total);
    let count = search.count.unwrap_or(COUNT_USUAL).clamp(1, COUNT_MAX) as usize;
    let end = (begin + count).min(total);
    let resources = resources.drain(begin..end).collect();
    let next = (end < total).then(|| i64::try_from(end).unwrap_or(i64::MAX));
    Found { plan: None, resources, total: Some(total), next }
}

/// `url` alone is every version; behind a bar stands one.
fn has_url(resource: &Value, search: &Search) -> bool {
    let Some(wanted) = &search.url else { return true };
    let (url, version) = wanted.split_once('|').map_or((wanted.as_str(), None), |(url, version)| (url, Some(version)));
    resource["url"] == url && version.is_none_or(|version| resource["version"] == version)
}

/// Questionnaires in an answer, if nobody says how many.
const COUNT_USUAL: u32 = 20;

/// Most Questionnaires in one answer.
const COUNT_MAX: u32 = 100;

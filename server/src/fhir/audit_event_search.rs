//! `GET /fhir/R4/AuditEvent?patient=`: who asked what of a patient's plan.

use super::{FhirProblem, Resource, audit_event::audit_event};
use crate::{
    http::access,
    session::SignedIn,
    state::AppState,
    store::{AuditPage, no_plan},
};
use axum::{
    extract::{OriginalUri, RawQuery, State},
    http::Uri,
};
use coplan_core::{nhs_number::NhsNumber, policy, time::UtcMillis};
use serde_json::{Value, json};

/// What the query asks for.
struct Search {
    patient: NhsNumber,
    page: AuditPage,
}

/// The newest events first, with a link to those before. For the person, those who act for them, and those who work with
/// the plan.
pub(super) async fn search(
    State(state): State<AppState>,
    who: Result<SignedIn, crate::problem::Problem>,
    RawQuery(query): RawQuery,
    OriginalUri(uri): OriginalUri,
) -> Result<Resource, FhirProblem> {
    let who = who?;
    let Search { patient, page } = read(query.as_deref().unwrap_or_default())?;
    let plan = state.store.plan_of(&patient).await?.unwrap_or_else(no_plan);
    let access = access(&state, &who, &plan).await?;
    let granted = access.decide(policy::Action::ReadAudit, policy::Resource::Plan)?;
    // One more than was asked for tells whether there is a next page.
    let wanted = AuditPage { limit: page.limit + 1, ..page };
    let mut rows = state.store.audit_of_plan(granted.plan(), wanted).await?;
    let more = rows.len() > page.limit as usize;
    rows.truncate(page.limit as usize);
    let mut links = vec![json!({ "relation": "self", "url": uri.to_string() })];
    if let Some(last) = rows.last().filter(|_| more) {
        links.push(json!({ "relation": "next", "url": next(&uri, last.row.seq) }));
    }
    let entries: Vec<Value> = rows
        .iter()
        .map(|chained| {
            json!({
                "fullUrl": format!("urn:coplan:audit:{}", chained.row.seq),
                "resource": audit_event(&chained.row, &patient),
                "search": { "mode": "match" },
            })
        })
        .collect();
    let mut bundle = json!({ "resourceType": "Bundle", "type": "searchset", "link": links });
    if !entries.is_empty() {
        bundle["entry"] = json!(entries);
    }
    Ok(Resource(bundle))
}

fn read(query: &str) -> Result<Search, FhirProblem> {
    let (mut patient, mut page) = (None, AuditPage::newest(COUNT_USUAL));
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "patient" | "patient:identifier" | "patient.identifier" => patient = Some(nhs_number(&value)?),
            "_count" => {
                let count = value.parse::<u32>().map_err(|_| FhirProblem::invalid("`_count` is a number"))?;
                page.limit = count.clamp(1, COUNT_MAX);
            }
            "_lastUpdated" | "date" => narrow(&mut page, &value)?,
            "_before" => page.before = value.parse().map_err(|_| FhirProblem::invalid("`_before` is a number"))?,
            "_format" => {}
            _ => return Err(FhirProblem::invalid("takes `patient`, `_count`, `_lastUpdated` and `date`")),
        }
    }
    let patient = patient.ok_or_else(|| FhirProblem::invalid("say whose: `patient` is an NHS number"))?;
    Ok(Search { patient, page })
}

/// Plain, or with its system before a bar.
fn nhs_number(text: &str) -> Result<NhsNumber, FhirProblem> {
    let value = text.rsplit('|').next().unwrap_or_default();
    NhsNumber::parse(value).map_err(|_| FhirProblem::invalid("`patient` is an NHS number"))
}

/// `ge2026-11-22T00:00:00Z`, with any of the prefixes that say before or after.
fn narrow(page: &mut AuditPage, text: &str) -> Result<(), FhirProblem> {
    let (prefix, moment) = text.split_at_checked(2).unwrap_or(("", text));
    let (prefix, moment) = if prefix.chars().all(char::is_alphabetic) { (prefix, moment) } else { ("eq", text) };
    let day = if moment.len() == DATE_CHARS { format!("{moment}T00:00:00Z") } else { moment.to_owned() };
    let invalid = || FhirProblem::invalid("a time is written like ge2026-11-22T02:14:00Z, or as a day");
    let at = UtcMillis::from_rfc3339(&day).ok_or_else(invalid)?;
    let end = if moment.len() == DATE_CHARS { at.plus_ms(DAY_MS - 1) } else { at };
    match prefix {
        "ge" => page.from = page.from.max(at),
        "gt" | "sa" => page.from = page.from.max(end.plus_ms(1)),
        "le" => page.until = page.until.min(end),
        "lt" | "eb" => page.until = page.until.min(at.plus_ms(-1)),
        "eq" => {
            page.from = page.from.max(at);
            page.until = page.until.min(end);
        }
        _ => return Err(invalid()),
    }
    Ok(())
}

/// The same search, from before an event.
fn next(uri: &Uri, before: i64) -> String {
    let pairs = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let kept = pairs.filter(|(name, _)| name != "_before");
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
    format!("{}?{query}&_before={before}", uri.path())
}

/// Events in an answer, if nobody says how many.
const COUNT_USUAL: u32 = 50;

/// Most events in one answer.
const COUNT_MAX: u32 = 500;

/// How long a day is, in milliseconds.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Length of a day as it is written: 2026-11-22.
const DATE_CHARS: usize = 10;

//! AuditEvents: who asked what of a plan. For the person, those who act for them, and those who work with the plan.

use super::{
    FhirProblem,
    audit_event::audit_event,
    query::Search,
    reader::Reader,
    search::{Found, known, plan_of},
};
use crate::{
    state::AppState,
    store::{AuditPage, no_plan},
};
use coplan_core::policy::{Action, Resource};
use serde_json::Value;

/// The newest events first, with a link to those before.
pub(super) async fn search(state: &AppState, reader: &Reader, search: &Search) -> Result<Found, FhirProblem> {
    if let Some(id) = &search.id {
        let resources = match read(state, reader, id).await {
            Ok(event) => vec![(id.clone(), event)],
            Err(problem) if problem.is_not_found() => Vec::new(),
            Err(problem) => return Err(problem),
        };
        return Ok(Found { total: Some(resources.len()), resources, ..Found::default() });
    }
    let plan = plan_of(state, search).await?;
    let access = reader.access(state, &plan).await?;
    let Some(granted) = known(access.decide(Action::ReadAudit, Resource::Plan))? else {
        return Ok(Found::default());
    };
    let Some((person, _)) = state.store.plan(&granted).await?.filter(|_| !search.matches_nothing) else {
        return Ok(Found::default());
    };
    let count = search.count.unwrap_or(COUNT_USUAL).clamp(1, COUNT_MAX);
    // One more than was asked for tells whether there is a next page.
    let (before, limit) = (search.cursor.unwrap_or(i64::MAX), count + 1);
    let page = AuditPage { before, from: search.from, until: search.until, limit };
    let mut rows = state.store.audit_of_plan(granted.plan(), page).await?;
    let more = rows.len() > count as usize;
    rows.truncate(count as usize);
    let resources =
        rows.iter().map(|chained| (chained.row.seq.to_string(), audit_event(&chained.row, &person.nhs_number)));
    let next = rows.last().filter(|_| more).map(|last| last.row.seq);
    Ok(Found { plan: Some(plan.clone()), resources: resources.collect(), total: None, next })
}

/// One event, for those who may read all of its plan.
pub(super) async fn read(state: &AppState, reader: &Reader, id: &str) -> Result<Value, FhirProblem> {
    let seq: i64 = id.parse().map_err(|_| FhirProblem::not_found())?;
    let plan = state.store.plan_of_event(seq).await?.unwrap_or_else(no_plan);
    let granted = reader.access(state, &plan).await?.decide(Action::ReadAudit, Resource::Plan)?;
    let (person, _) = state.store.plan(&granted).await?.ok_or_else(FhirProblem::not_found)?;
    let page = AuditPage { before: seq.saturating_add(1), ..AuditPage::newest(1) };
    let found = state.store.audit_of_plan(granted.plan(), page).await?.pop().filter(|found| found.row.seq == seq);
    found.map(|found| audit_event(&found.row, &person.nhs_number)).ok_or_else(FhirProblem::not_found)
}

/// Events in an answer, if nobody says how many.
const COUNT_USUAL: u32 = 50;

/// Most events in one answer.
const COUNT_MAX: u32 = 500;

//! `GET /fhir/R4/<type>?…` and `POST /fhir/R4/<type>/_search`: the resources that fit.
//!
//! Links name a plan by its id, never a person by their number, whatever the search named.

use super::{
    FhirProblem,
    content::{self, Resource},
    cut::Document,
    kind::{Kind, Source},
    query::{self, PLAN, Search, Whose},
    questionnaire,
    reader::Reader,
    trail,
};
use crate::{
    identity::Interaction,
    state::AppState,
    store::{StoredDocument, WantedDocuments, no_plan},
};
use axum::http::HeaderMap;
use coplan_core::{
    id::PlanId,
    policy::{Action, Denied, Granted, Resource as Of},
    view::ViewKind,
};
use serde_json::{Value, json};

/// What was found: entries, and where to go on.
#[derive(Default)]
pub(super) struct Found {
    /// The plan that it is of, if it is of one that may be known.
    pub(super) plan: Option<PlanId>,
    /// Ids and resources.
    pub(super) resources: Vec<(String, Value)>,
    /// How many there are in all, where that is known.
    pub(super) total: Option<usize>,
    /// The last one here, if there are more.
    pub(super) next: Option<i64>,
}

/// The answer to a search whose parameters came in the address or in a body.
pub(super) async fn search(
    state: &AppState,
    reader: &Reader,
    kind: &'static Kind,
    parameters: &str,
    headers: &HeaderMap,
) -> Result<Resource, FhirProblem> {
    reader.check_scope(kind, Interaction::Search)?;
    content::check_accepted(parameters, headers)?;
    let pairs = url::form_urlencoded::parse(parameters.as_bytes()).into_owned();
    let search = query::read(kind, pairs, headers)?;
    let found = match kind.source {
        Source::Definitions => questionnaire::search(state, &search),
        Source::Trail => trail::search(state, reader, &search).await?,
        Source::Document | Source::Entry | Source::Pointer => of_plan(state, reader, kind, &search).await?,
    };
    Ok(Resource(bundle(&super::base(state), kind, &search, found)))
}

/// The plan that a search names; where there is none the decision is a no that leaves an event, as any other.
pub(super) async fn plan_of(state: &AppState, search: &Search) -> Result<PlanId, FhirProblem> {
    match &search.whose {
        Some(Whose::Person(number)) => Ok(state.store.plan_of(number).await?.unwrap_or_else(no_plan)),
        Some(Whose::Plan(plan)) => Ok(plan.clone()),
        None if search.matches_nothing => Ok(no_plan()),
        None => Err(FhirProblem::required("say whose plan, by the NHS number of the person or by the id of the plan")),
    }
}

/// A no that the subject may not be told is as if there were nothing.
pub(super) fn known(decided: Result<Granted, Denied>) -> Result<Option<Granted>, FhirProblem> {
    match decided {
        Ok(granted) => Ok(Some(granted)),
        Err(denied) if denied.disclosed => Err(denied.into()),
        Err(_) => Ok(None),
    }
}

async fn of_plan(
    state: &AppState,
    reader: &Reader,
    kind: &'static Kind,
    search: &Search,
) -> Result<Found, FhirProblem> {
    let plan = plan_of(state, search).await?;
    let access = reader.access(state, &plan).await?;
    let Some(granted) = known(access.decide(Action::ReadPublished, Of::View(ViewKind::Fhir)))? else {
        return Ok(Found { total: Some(0), ..Found::default() });
    };
    let found = Found { plan: Some(plan.clone()), ..Found::default() };
    if search.matches_nothing {
        return Ok(Found { total: Some(0), ..found });
    }
    let is_document = kind.source == Source::Document;
    let count = search.count.unwrap_or(DOCUMENTS_USUAL).clamp(1, DOCUMENTS_MAX);
    let wanted = WantedDocuments {
        version: search.version,
        all: is_document,
        before: search.cursor.and_then(|before| u32::try_from(before).ok()),
        from: search.from,
        until: search.until,
        // One more than was asked for tells whether there is a next page.
        limit: count + 1,
        ..WantedDocuments::newest()
    };
    let mut stored = state.store.documents(&granted, &wanted).await?;
    let more = stored.len() > count as usize;
    stored.truncate(count as usize);
    if let Some(newest) = stored.first() {
        crate::audit::trail::shows(newest.version, newest.sha256);
    }
    let base = super::base(state);
    let mut resources = Vec::with_capacity(stored.len());
    for one in &stored {
        let document = Document::read(&plan, one).ok_or_else(FhirProblem::internal)?;
        resources.extend(document.resource(kind, &base));
    }
    let next = stored.last().filter(|_| more).map(|last: &StoredDocument| i64::from(last.version));
    let total = (!is_document || (next.is_none() && search.cursor.is_none())).then_some(resources.len());
    Ok(Found { resources, total, next, ..found })
}

fn bundle(base: &str, kind: &Kind, search: &Search, found: Found) -> Value {
    let mut links = vec![json!({ "relation": "self", "url": link(base, kind, search, &found, search.cursor) })];
    if found.next.is_some() {
        links.push(json!({ "relation": "next", "url": link(base, kind, search, &found, found.next) }));
    }
    let mut bundle = json!({ "resourceType": "Bundle", "type": "searchset", "link": links });
    if let Some(total) = found.total {
        bundle["total"] = json!(total);
    }
    let mut entries: Vec<Value> = found
        .resources
        .into_iter()
        .map(|(id, resource)| {
            let full_url = format!("{base}/{}/{id}", kind.name);
            json!({ "fullUrl": full_url, "resource": resource, "search": { "mode": "match" } })
        })
        .collect();
    if !search.ignored.is_empty() {
        let outcome = FhirProblem::left_out(&search.ignored);
        entries.push(json!({ "resource": outcome, "search": { "mode": "outcome" } }));
    }
    if !entries.is_empty() {
        bundle["entry"] = json!(entries);
    }
    bundle
}

/// The same search, from a place on.
fn link(base: &str, kind: &Kind, search: &Search, found: &Found, cursor: Option<i64>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if let Some(plan) = &found.plan {
        match (kind.source, search.version) {
            (Source::Document, Some(version)) => query.append_pair("_id", &format!("{plan}-{version}")),
            (Source::Document, None) => query.append_pair("composition.identifier", &format!("{PLAN}|{plan}")),
            (Source::Trail, _) => query.append_pair("entity.identifier", &format!("urn:coplan:plan|{plan}")),
            _ => query.append_pair("_id", plan.as_str()),
        };
    }
    query.extend_pairs(&search.said);
    if let Some(cursor) = cursor {
        query.append_pair("_cursor", &cursor.to_string());
    }
    format!("{base}/{}?{}", kind.name, query.finish())
}

/// Documents in an answer, if nobody says how many.
const DOCUMENTS_USUAL: u32 = 5;

/// Most documents in one answer: each may hold a megabyte.
const DOCUMENTS_MAX: u32 = 10;

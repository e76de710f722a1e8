//! `GET /fhir/R4/<type>/<id>` and `/_history/<version>`: one resource.

use super::{
    FhirProblem,
    content::{self, Has, Resource},
    cut::Document,
    kind::{Kind, Source},
    query, questionnaire,
    reader::Reader,
    trail,
};
use crate::{identity::Interaction, state::AppState, store::WantedDocuments};
use axum::{
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use coplan_core::{
    id::PlanId,
    policy::{Action, Resource as Of},
    view::ViewKind,
};

/// What of a resource is asked for.
pub(super) struct Asked<'a> {
    pub(super) kind: &'static Kind,
    pub(super) id: &'a str,
    /// As it was in that version.
    pub(super) version: Option<&'a str>,
    pub(super) query: &'a str,
    pub(super) headers: &'a HeaderMap,
}

/// One decision, one event, one lookup; the bytes stay where they are if the client has them.
pub(super) async fn read(state: &AppState, reader: &Reader, asked: &Asked<'_>) -> Result<Response, FhirProblem> {
    reader.check_scope(asked.kind, Interaction::Read)?;
    content::check_accepted(asked.query, asked.headers)?;
    query::check_read(asked.query, asked.headers)?;
    match asked.kind.source {
        Source::Definitions => Ok(Resource(questionnaire::read(state, asked.id)?).into_response()),
        Source::Trail => Ok(Resource(trail::read(state, reader, asked.id).await?).into_response()),
        Source::Document | Source::Entry | Source::Pointer => of_plan(state, reader, asked).await,
    }
}

async fn of_plan(state: &AppState, reader: &Reader, asked: &Asked<'_>) -> Result<Response, FhirProblem> {
    let (plan, version) = named(asked).ok_or_else(FhirProblem::not_found)?;
    let granted = reader.access(state, &plan).await?.decide(Action::ReadPublished, Of::View(ViewKind::Fhir))?;
    let has = Has::of(asked.headers);
    let wanted = WantedDocuments { version, has: &has.versions, has_since_s: has.since_s, ..WantedDocuments::newest() };
    let mut stored = state.store.documents(&granted, &wanted).await?.pop().ok_or_else(FhirProblem::not_found)?;
    crate::audit::trail::shows(stored.version, stored.sha256);
    // Nothing if the client has it; the document byte for byte as it was published.
    if stored.bytes.is_none() || asked.kind.source == Source::Document {
        let bytes = stored.bytes.take();
        return Ok(content::versioned(&stored, bytes));
    }
    let document = Document::read(&plan, &stored).ok_or_else(FhirProblem::internal)?;
    let (_, resource) = document.resource(asked.kind, &super::base(state)).ok_or_else(FhirProblem::not_found)?;
    Ok(content::versioned(&stored, Some(resource.to_string().into_bytes())))
}

/// The plan that an id names, and the version if it or the address names one.
fn named(asked: &Asked<'_>) -> Option<(PlanId, Option<u32>)> {
    let (plan, version) = match asked.kind.source {
        Source::Document => asked.id.rsplit_once('-').map(|(plan, version)| (plan, Some(version)))?,
        _ => (asked.id, asked.version),
    };
    Some((plan.parse().ok()?, version.map(str::parse).transpose().ok()?))
}

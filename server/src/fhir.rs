//! FHIR R4, read-only: `/fhir/R4/...`. Errors are `OperationOutcome`.
//!
//! What can be read stands in one table (`kind`), from which the routes, the searches and the CapabilityStatement come. A plan
//! is read from what is stored of its publications, never made anew: `cut` takes the resources out of the document.
//!
//! INVARIANT: a read or a search that may touch a plan is one decision and one event of the audit, and what may not be known
//! is answered as what is not there.
//!
//! To add a resource: its row in `kind::KINDS`, and a test that gives what a real server answers to the validators in
//! `tests/fhir`.

mod audit_event;
mod capability;
mod content;
mod cut;
mod kind;
mod outcome;
mod query;
mod questionnaire;
mod read;
mod reader;
mod search;
mod trail;

pub(crate) use outcome::FhirProblem;

use crate::{http::audited::audited, problem::Problem, state::AppState};
use axum::{
    Router,
    extract::{
        Path, RawForm, RawQuery, State,
        rejection::{PathRejection, RawFormRejection},
    },
    http::{HeaderMap, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use content::JSON;
use kind::{KINDS, Kind};
use read::Asked;
use reader::Reader;

/// Everything below `/fhir/R4`.
pub(crate) fn routes(state: AppState) -> Router<AppState> {
    let mut router = Router::new()
        .route("/metadata", get(capability::metadata))
        .route("/.well-known/smart-configuration", smart_configuration());
    for kind in &KINDS {
        router = router.merge(of_kind(kind));
    }
    router
        .fallback(async || FhirProblem::not_supported())
        .method_not_allowed_fallback(async || FhirProblem::method_not_allowed())
        .layer(middleware::from_fn_with_state(state, audited))
        .layer(middleware::map_response(content::vary))
        .layer(middleware::map_response(outcome))
}

/// What SMART clients look for first, below `/fhir/R4` and at the top.
pub(crate) fn smart_configuration() -> MethodRouter<AppState> {
    get(capability::smart_configuration)
}

/// The routes of one type.
fn of_kind(kind: &'static Kind) -> Router<AppState> {
    let by_query = move |State(state): State<AppState>, who: Who, RawQuery(query): RawQuery, headers: HeaderMap| async move {
        search::search(&state, &who?, kind, query.as_deref().unwrap_or_default(), &headers).await
    };
    let by_form = move |State(state): State<AppState>,
                        who: Who,
                        RawQuery(query): RawQuery,
                        headers: HeaderMap,
                        form: Form| async move {
        search::search(&state, &who?, kind, &both(query.as_deref(), form)?, &headers).await
    };
    let one = move |State(state): State<AppState>,
                    who: Who,
                    id: Result<Path<String>, PathRejection>,
                    RawQuery(query): RawQuery,
                    headers: HeaderMap| async move {
        let Path(id) = id.map_err(|_| FhirProblem::not_found())?;
        let query = query.unwrap_or_default();
        read::read(&state, &who?, &Asked { kind, id: &id, version: None, query: &query, headers: &headers }).await
    };
    let version = move |State(state): State<AppState>,
                        who: Who,
                        named: Result<Path<(String, String)>, PathRejection>,
                        RawQuery(query): RawQuery,
                        headers: HeaderMap| async move {
        let Path((id, version)) = named.map_err(|_| FhirProblem::not_found())?;
        let (query, version) = (query.unwrap_or_default(), Some(version.as_str()));
        read::read(&state, &who?, &Asked { kind, id: &id, version, query: &query, headers: &headers }).await
    };
    let name = kind.name;
    let router = Router::new()
        .route(&format!("/{name}"), get(by_query))
        .route(&format!("/{name}/_search"), post(by_form))
        .route(&format!("/{name}/{{id}}"), get(one));
    if kind.has_versions() {
        router.route(&format!("/{name}/{{id}}/_history/{{version}}"), get(version))
    } else {
        router
    }
}

/// Who reads, or why nobody does.
type Who = Result<Reader, FhirProblem>;

/// What a search says in its body.
type Form = Result<RawForm, RawFormRejection>;

/// A search by form may have parameters in its address too.
fn both(query: Option<&str>, form: Form) -> Result<String, FhirProblem> {
    let RawForm(form) = form.map_err(|_| FhirProblem::not_a_form())?;
    let form = std::str::from_utf8(&form).map_err(|_| FhirProblem::not_a_form())?;
    Ok(format!("{}&{form}", query.unwrap_or_default()))
}

/// Whether this can be read here.
pub(crate) fn is_kind(name: &str) -> bool {
    KINDS.iter().any(|kind| kind.name == name)
}

/// Where all this stands, as clients see it.
pub(crate) fn base(state: &AppState) -> String {
    format!("{}/fhir/R4", state.identity.public_url())
}

/// What others said of a request, above all that its event could not be kept, said again as FHIR says it.
async fn outcome(response: Response) -> Response {
    let failed = response.status() == StatusCode::SERVICE_UNAVAILABLE;
    let is_fhir = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == JSON);
    if failed && !is_fhir { FhirProblem::from(Problem::unavailable()).into_response() } else { response }
}

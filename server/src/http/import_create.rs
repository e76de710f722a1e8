//! `POST /api/plans/{plan}/imports`: take over what another record says.

use super::import_list::{ImportBody, body_of};
use crate::{
    extract::{InPath, InQuery},
    import::{Extent, Importer, Wanted, new_id, source::check_name},
    problem::Problem,
    session::SignedIn,
    state::AppState,
};
use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
};
use coplan_core::{
    id::PlanId,
    import::{BUNDLE_BYTES_MAX, Bundle, Fault, ImportError, Record, RecordKind},
    policy::{Action, Resource},
};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportQuery {
    /// The Bundle holds all that the record has of every kind of resource that is in it: what is not there any more is
    /// removed where nobody has edited it. Only with a Bundle, and only with `source`.
    whole: Option<bool>,
    /// Which record the Bundle is from, the same each time: 1 to 64 of `a-z`, `0-9` and `-`. Without it an entry is known
    /// again only by an identifier or an address of its own, and may come twice. Only with a Bundle.
    source: Option<String>,
    /// What sort of record the Bundle is from: `gp-record` (the default), `shared-record`, `hospital-record`,
    /// `other-record`. Only with a Bundle.
    #[param(value_type = Option<String>)]
    record: Option<RecordKind>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SourceRequest {
    /// A source of the sources file, by its name.
    source: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ImportedBody {
    #[serde(flatten)]
    import: ImportBody,
    /// What came of the demographics: `taken`, `same`, `restricted`, `unusable` or `not-asked`.
    demographics: &'static str,
}

/// Takes over problems, allergies and medicines into the plan: from the Bundle in the body, or from a configured source.
/// What anybody here has written or edited is left alone, and told.
#[utoipa::path(
    post, path = "/api/plans/{plan}/imports", tag = "imports", params(("plan" = String, Path), ImportQuery),
    request_body(content = serde_json::Value, content_type = "application/fhir+json",
        description = "a Bundle of type collection, searchset or document with one Patient; or, as `application/json`, `{\"source\": \"<name>\"}`"),
    responses(
        (status = 201, body = ImportedBody),
        (status = 400, body = Problem, description = "`bad-query`: `source` is no name, or `whole` comes without it"),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem),
        (status = 413, body = Problem, description = "`too-large`"),
        (status = 415, body = Problem, description = "`media-type`"),
        (status = 429, body = Problem, description = "`too-often`"),
        (status = 422, body = Problem,
            description = "`import-*` with the member `place`, `import-nothing`, `unknown-source`, `unknown-section`; nothing was written"),
        (status = 502, body = Problem, description = "`source`: the source gave nothing that can be used"),
    )
)]
pub(crate) async fn import_create(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(plan): InPath<PlanId>,
    InQuery(query): InQuery<ImportQuery>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<ImportedBody>), Problem> {
    state.rates.import(&who.subject.user)?;
    let access = super::access(&state, &who, &plan).await?;
    let seeing = access.decide(Action::See, Resource::Plan)?;
    let (person, _) = state.store.plan(&seeing).await?.ok_or_else(Problem::not_found)?;
    let body = body.map_err(|_| too_large())?;
    let (source, wanted) = match media_type(&headers).as_str() {
        "application/fhir+json" => posted(&body, query)?,
        "application/json" => {
            let wanted: SourceRequest = serde_json::from_slice(&body).map_err(|_| bad_body())?;
            let source = state.sources.source(&wanted.source).ok_or_else(|| unknown_source(&wanted.source))?;
            // The right is asked for before anybody else is.
            let health = super::import_list::first_section(&state)?;
            access.decide(Action::Write, Resource::Section(&health))?;
            let bundle = source.fetch(&person.nhs_number).await.map_err(|error| no_answer(&wanted.source, &error))?;
            let (record, demographics) = (source.record.clone(), source.demographics);
            (wanted.source, Wanted { bundle, record, extent: Extent::Whole, demographics })
        }
        _ => return Err(media_type_problem()),
    };
    let sections = state.sections();
    let importer = Importer {
        store: &state.store,
        hub: &state.hub,
        subject: &who.subject,
        access: &access,
        seeing: &seeing,
        sections: &sections,
        now: state.clock.now(),
    };
    let (kept, demographics) = importer.import(new_id(), source, &wanted).await?;
    let import = body_of(kept, &access, &sections);
    Ok((StatusCode::CREATED, Json(ImportedBody { import, demographics: demographics.as_str() })))
}

/// Whoever writes the sections answers for a Bundle; nobody but a feed answers for demographics.
/// With what the import is listed under.
fn posted(body: &[u8], query: ImportQuery) -> Result<(String, Wanted), Problem> {
    let bad_query = |detail: String| Problem::bad_request("bad-query", detail);
    if let Some(name) = &query.source {
        check_name(name).map_err(|fault| bad_query(format!("`source` is {fault}")))?;
    }
    let whole = query.whole == Some(true);
    if whole && query.source.is_none() {
        // What is not in it could be another record's.
        return Err(bad_query("`whole` is only with `source`, which says of which record".to_owned()));
    }
    let bundle = Bundle::read(body)?;
    let name = query.source.clone().unwrap_or_default();
    let record = Record { kind: query.record.unwrap_or_default(), name };
    let extent = if whole { Extent::WholeTopics } else { Extent::Some };
    let listed = query.source.unwrap_or_else(|| POSTED.to_owned());
    Ok((listed, Wanted { bundle, record, extent, demographics: false }))
}

pub(super) fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

pub(super) fn media_type_problem() -> Problem {
    let detail = "send FHIR, with `Content-Type: application/fhir+json`";
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "Unsupported media type", detail)
}

pub(super) fn too_large() -> Problem {
    let detail = ImportError { place: "body".to_owned(), fault: Fault::TooLarge { bytes_max: BUNDLE_BYTES_MAX } };
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large", detail.to_string())
}

fn bad_body() -> Problem {
    Problem::unprocessable("bad-body", "Wrong members", "the JSON is not `{\"source\": \"<name>\"}`")
}

fn unknown_source(name: &str) -> Problem {
    let shown: String = name.chars().take(64).collect();
    Problem::unprocessable("unknown-source", "Unknown source", format!("there is no source `{shown}`"))
}

fn no_answer(source: &str, error: &crate::import::FetchError) -> Problem {
    tracing::warn!(import.source = source, why = %error, "a source gave nothing to import");
    let detail = format!("the source `{source}` gave nothing that can be used: {error}");
    Problem::new(StatusCode::BAD_GATEWAY, "source", "The source does not answer", detail)
}

/// What an import is listed under whose Bundle somebody sent without a name.
const POSTED: &str = "posted";

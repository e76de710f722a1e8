//! `POST /api/plans/{plan}/attachments`: keep another record's document beside the plan, read-only.

use super::import_create::{media_type, media_type_problem, too_large};
use crate::{
    extract::{InPath, InQuery},
    import::new_id,
    problem::Problem,
    session::SignedIn,
    state::AppState,
    store::{Attached, Attachment},
};
use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode},
};
use coplan_core::{
    id::PlanId,
    import::{RecordKind, read_document},
    policy::{Action, Resource},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AttachmentQuery {
    /// What sort of record it is from: `gp-record`, `shared-record` (the default), `hospital-record`, `other-record`.
    #[param(value_type = Option<String>)]
    record: Option<RecordKind>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct AttachedBody {
    id: String,
}

/// Keeps a FHIR document of another record beside the plan, as it came. Nothing of it is written into the plan.
#[utoipa::path(
    post, path = "/api/plans/{plan}/attachments", tag = "imports", params(("plan" = String, Path), AttachmentQuery),
    request_body(content = serde_json::Value, content_type = "application/fhir+json",
        description = "a Bundle of type document about the person"),
    responses(
        (status = 201, body = AttachedBody),
        (status = 200, body = AttachedBody, description = "these bytes are there already"),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`too-many`"),
        (status = 413, body = Problem, description = "`too-large`"),
        (status = 415, body = Problem, description = "`media-type`"),
        (status = 429, body = Problem, description = "`too-often`"),
        (status = 422, body = Problem, description = "`import-*` with the member `place`; nothing was written"),
    )
)]
pub(crate) async fn attachment_create(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(plan): InPath<PlanId>,
    InQuery(query): InQuery<AttachmentQuery>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<AttachedBody>), Problem> {
    state.rates.import(&who.subject.user)?;
    let access = super::access(&state, &who, &plan).await?;
    let seeing = access.decide(Action::See, Resource::Plan)?;
    let (person, _) = state.store.plan(&seeing).await?.ok_or_else(Problem::not_found)?;
    let section = super::import_list::first_section(&state)?;
    let granted = access.decide(Action::Write, Resource::Section(&section))?;
    let body = body.map_err(|_| too_large())?;
    if media_type(&headers) != "application/fhir+json" {
        return Err(media_type_problem());
    }
    let document = read_document(&body, &person.nhs_number)?;
    let attachment = Attachment {
        id: new_id(),
        title: document.title,
        organisation: document.organisation,
        dated: document.dated,
        source: query.record.unwrap_or(RecordKind::SharedRecord),
        by: who.subject.clone(),
        added_at: state.clock.now(),
        sha256: Sha256::digest(&body).into(),
    };
    match state.store.attach(&granted, &attachment, &body, ATTACHMENTS_MAX).await? {
        Attached::Made => Ok((StatusCode::CREATED, Json(AttachedBody { id: attachment.id }))),
        Attached::There(id) => Ok((StatusCode::OK, Json(AttachedBody { id }))),
        Attached::Full => {
            let detail = format!("a plan has at most {ATTACHMENTS_MAX} attachments");
            Err(Problem::new(StatusCode::CONFLICT, "too-many", "Too many", detail))
        }
    }
}

/// Attachments of one plan.
const ATTACHMENTS_MAX: u32 = 100;

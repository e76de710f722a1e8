//! `GET /api/plans/{plan}/attachments[/{id}[/page]]`: documents of other records, listed, as they came, and as a page.

use super::author::AuthorBody;
use crate::{
    audit::{Event, Outcome, action, trail},
    extract::InPath,
    problem::Problem,
    session::SignedIn,
    state::AppState,
};
use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use coplan_core::{
    id::PlanId,
    import::{RecordKind, page, read_document},
    policy::{Action, Granted, Resource},
    view::ViewKind,
};
use serde::Serialize;

/// A document of another record.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct AttachmentBody {
    id: String,
    title: String,
    /// The organisation that wrote it; empty if it does not say.
    organisation: String,
    /// When it was written, as it says.
    dated: String,
    /// `gp-record`, `shared-record`, `hospital-record` or `other-record`.
    #[schema(value_type = String)]
    record: RecordKind,
    added_by: AuthorBody,
    added_at: String,
    /// SHA-256 of its bytes, in hex.
    sha256: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct AttachmentListBody {
    /// Newest first.
    attachments: Vec<AttachmentBody>,
}

/// Documents of other records that are kept beside the plan.
#[utoipa::path(
    get, path = "/api/plans/{plan}/attachments", tag = "imports", params(("plan" = String, Path)),
    responses(
        (status = 200, body = AttachmentListBody),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem),
    )
)]
pub(crate) async fn attachment_list(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(plan): InPath<PlanId>,
) -> Result<Json<AttachmentListBody>, Problem> {
    let granted = may_read(&state, &who, &plan).await?;
    let attachments = state.store.attachments(&granted).await?.into_iter().map(|one| AttachmentBody {
        added_by: AuthorBody::from(&one.by),
        added_at: one.added_at.to_rfc3339(),
        sha256: hex::encode(one.sha256),
        record: one.source,
        id: one.id,
        title: one.title,
        organisation: one.organisation,
        dated: one.dated,
    });
    Ok(Json(AttachmentListBody { attachments: attachments.collect() }))
}

/// The bytes of a document, exactly as they came.
#[utoipa::path(
    get, path = "/api/plans/{plan}/attachments/{id}", tag = "imports",
    params(("plan" = String, Path), ("id" = String, Path)),
    responses(
        (status = 200, body = serde_json::Value, content_type = "application/fhir+json"),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem),
    )
)]
pub(crate) async fn attachment_show(
    State(state): State<AppState>,
    who: SignedIn,
    InPath((plan, id)): InPath<(PlanId, String)>,
) -> Result<Response, Problem> {
    let (bytes, _) = bytes_of(&state, &who, &plan, &id).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/fhir+json"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"document.json\""),
    ];
    Ok((headers, bytes).into_response())
}

/// The words of a document as a page: without anything that runs, loads or leads elsewhere.
#[utoipa::path(
    get, path = "/api/plans/{plan}/attachments/{id}/page", tag = "imports",
    params(("plan" = String, Path), ("id" = String, Path)),
    responses(
        (status = 200, body = String, content_type = "text/html"),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem),
    )
)]
pub(crate) async fn attachment_page(
    State(state): State<AppState>,
    who: SignedIn,
    InPath((plan, id)): InPath<(PlanId, String)>,
) -> Result<Response, Problem> {
    let (bytes, granted) = bytes_of(&state, &who, &plan, &id).await?;
    let (person, _) = state.store.plan(&granted).await?.ok_or_else(Problem::not_found)?;
    let document = read_document(&bytes, &person.nhs_number)?;
    let html = page(&document, &person);
    let policy = (header::CONTENT_SECURITY_POLICY, super::plain_page::policy(html.as_bytes()));
    Ok(([(header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()), policy], html).into_response())
}

/// Whoever reads the plan as clinicians read it reads what clinicians elsewhere wrote.
async fn may_read(state: &AppState, who: &SignedIn, plan: &PlanId) -> Result<Granted, Problem> {
    let access = super::access(state, who, plan).await?;
    Ok(access.decide(Action::ReadPublished, Resource::View(ViewKind::Clinical))?)
}

async fn bytes_of(state: &AppState, who: &SignedIn, plan: &PlanId, id: &str) -> Result<(Vec<u8>, Granted), Problem> {
    let granted = may_read(state, who, plan).await?;
    let (bytes, sha256) = state.store.attachment(&granted, id).await?.ok_or_else(Problem::not_found)?;
    let read = Event::decided(granted.decision(), Outcome::Allowed);
    let resource = Some(format!("attachment:{id}"));
    trail::note(Event { action: action::READ_ATTACHMENT.into(), resource, sha256: Some(sha256), ..read });
    Ok((bytes, granted))
}

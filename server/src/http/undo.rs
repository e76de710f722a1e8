//! `POST /api/plans/{plan}/undo`: takes back what one wrote oneself, where it still stands.

use super::history_list::unknown_section;
use crate::{
    extract::{Body, InPath},
    history,
    problem::Problem,
    session::SignedIn,
    state::AppState,
};
use automerge::{Automerge, ChangeHash};
use axum::{Json, extract::State, http::StatusCode};
use coplan_core::{
    content::edit::{self, EditError},
    history::{UndoError, undo},
    id::{PlanId, SectionId},
    policy::{Action, Resource},
    section::Section,
    trace::Trace,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UndoRequest {
    #[schema(value_type = String)]
    section: SectionId,
    /// Hashes in hex, as an entry of the history has them.
    changes: Vec<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct UndoneBody {
    /// Hash of the change that took it back, in hex.
    change: String,
}

/// Why nothing was taken back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UndoFailure {
    /// The document as it is does not allow it.
    #[error(transparent)]
    Refused(#[from] UndoError),
    /// What stood before would not be written today.
    #[error(transparent)]
    Edit(#[from] EditError),
}

impl From<UndoFailure> for Problem {
    fn from(failure: UndoFailure) -> Self {
        let detail = failure.to_string();
        let conflict = |code, title, fields: Vec<String>| {
            let fields: Vec<_> = fields.into_iter().map(|path| json!({ "path": path })).collect();
            Self::new(StatusCode::CONFLICT, code, title, detail.clone()).with("fields", fields)
        };
        match failure {
            UndoFailure::Refused(UndoError::ChangedSince(fields)) => conflict("changed-since", "Changed since", fields),
            UndoFailure::Refused(UndoError::Settles(fields)) => conflict("settles", "Settles a disagreement", fields),
            UndoFailure::Refused(UndoError::Nothing) => conflict("nothing-to-undo", "Nothing to undo", Vec::new()),
            UndoFailure::Refused(UndoError::Decided) => Self::unprocessable("decided", "Decided", detail),
            UndoFailure::Refused(UndoError::UnknownChange(_)) => unknown_change(detail),
            UndoFailure::Edit(_) => Self::unprocessable("not-allowed-now", "Not allowed now", detail),
        }
    }
}

/// Takes back one's own changes to a section, where the fields still hold what they set, with one new change.
#[utoipa::path(
    post, path = "/api/plans/{plan}/undo", tag = "history", params(("plan" = String, Path)),
    request_body = UndoRequest,
    responses(
        (status = 201, body = UndoneBody),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`, `not-own-change`"),
        (status = 404, body = Problem),
        (status = 409, body = Problem,
            description = "`changed-since` and `settles` with the member `fields`; `nothing-to-undo`"),
        (status = 422, body = Problem, description = "`unknown-section`, `unknown-change`, `too-many`, `decided`"),
    )
)]
pub(crate) async fn undo_changes(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(plan): InPath<PlanId>,
    Body(wanted): Body<UndoRequest>,
) -> Result<(StatusCode, Json<UndoneBody>), Problem> {
    let see = super::granted(&state, &who, Action::See, &plan).await?;
    state.store.plan(&see).await?.ok_or_else(Problem::not_found)?;
    let sections = state.sections();
    let section = sections.section(&wanted.section).ok_or_else(|| unknown_section(&wanted.section))?;
    let access = super::access(&state, &who, &plan).await?;
    let granted = access.decide(Action::Write, Resource::Section(section))?;
    let changes = hashes(&wanted.changes)?;
    let parts = history::parts(&state.store, &sections, &see, Some(&access)).await?;
    let part = parts.into_iter().find(|part| part.section.id == section.id);
    let document = part.ok_or_else(|| unknown_section(&section.id))?.document;
    let authored = state.store.authored(&document, &changes).await?;
    if let Some(unknown) = changes.iter().find(|hash| !authored.contains_key(hash)) {
        return Err(unknown_change(UndoError::UnknownChange(*unknown).to_string()));
    }
    if authored.values().any(|made| made.subject.user != who.subject.user) {
        let detail = "one takes back one's own changes only";
        return Err(Problem::new(StatusCode::FORBIDDEN, "not-own-change", "Not one's own change", detail));
    }
    let time_s = state.clock.now().0 / 1_000;
    // The hub's own tasks go on elsewhere while this thread looks through the document.
    let make =
        |document: &mut Automerge| tokio::task::block_in_place(|| take_back(document, section, &changes, time_s));
    let written = state.hub.write(*document, &who.subject, &granted, make).await?;
    Ok((StatusCode::CREATED, Json(UndoneBody { change: written.change.to_string() })))
}

fn take_back(
    document: &mut Automerge,
    section: &Section,
    changes: &[ChangeHash],
    time_s: i64,
) -> Result<ChangeHash, UndoFailure> {
    let trace = Trace::build(document, None, section);
    let edits = undo(document, section, &trace, changes)?;
    Ok(edit::apply_all(document, section, &edits, time_s)?)
}

fn hashes(texts: &[String]) -> Result<Vec<ChangeHash>, Problem> {
    if texts.is_empty() || texts.len() > CHANGES_AT_ONCE_MAX {
        let detail = format!("name 1 to {CHANGES_AT_ONCE_MAX} changes");
        return Err(Problem::unprocessable("too-many", "Too many changes, or none", detail));
    }
    let unreadable = || unknown_change("a change is named by 64 hexadecimal digits".to_owned());
    let hash = |text: &String| {
        let bytes: [u8; 32] = hex::decode(text).ok()?.try_into().ok()?;
        Some(ChangeHash(bytes))
    };
    texts.iter().map(|text| hash(text).ok_or_else(unreadable)).collect()
}

fn unknown_change(detail: String) -> Problem {
    Problem::unprocessable("unknown-change", "Unknown change", detail)
}

/// Most changes taken back at once: as many as one entry of the history has. Their hashes fit the largest request.
const CHANGES_AT_ONCE_MAX: usize = 900;

//! `GET /api/plans/{plan}/history`: what happened to a plan, newest first.

use super::author::{AuthorBody, device_time};
use crate::{
    access::PlanAccess,
    extract::{InPath, InQuery},
    history::{self, Cursor, Entry, HistoryFailure, Wanted},
    problem::Problem,
    session::SignedIn,
    state::AppState,
};
use axum::{Json, extract::State, http::StatusCode};
use coplan_core::{
    history::{Difference, DifferenceKind, EntryKind},
    id::{PlanId, SectionId},
    policy::{Action, Resource},
};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryQuery {
    /// Only of this section, and of the publications that it was new in.
    #[param(value_type = Option<String>)]
    section: Option<SectionId>,
    /// Only what happened at this path of the section, or below it: `contacts.ama.phone`.
    path: Option<String>,
    /// Go on behind this place: `next` of the page before.
    before: Option<String>,
    /// At most so many entries, from 1 to 100.
    limit: Option<usize>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct HistoryBody {
    entries: Vec<EntryBody>,
    /// Where to go on; null if there is no more.
    next: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct EntryBody {
    id: String,
    /// Null for a publication, which is of the whole plan.
    section: Option<String>,
    title: Option<String>,
    /// When its last change arrived.
    at: String,
    /// When the device says that its last change was made.
    device_at: Option<String>,
    by: AuthorBody,
    /// Hashes in hex, oldest first.
    changes: Vec<String>,
    #[schema(value_type = String)]
    kind: EntryKind,
    /// Of a publication.
    version: Option<u32>,
    /// All of it in one sentence, with the author.
    sentence: String,
    differences: Vec<DifferenceBody>,
    /// Whether the one who asks may take it back.
    undoable: bool,
}

/// One thing that differs.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct DifferenceBody {
    path: String,
    label: String,
    #[schema(value_type = String)]
    kind: DifferenceKind,
    before: Option<String>,
    after: Option<String>,
    reason: Option<String>,
    /// What somebody did, so that it can follow their name.
    words: String,
}

impl From<Difference> for DifferenceBody {
    fn from(difference: Difference) -> Self {
        let Difference { path, label, kind, before, after, reason, words } = difference;
        Self { path, label, kind, before, after, reason, words }
    }
}

impl From<Entry> for EntryBody {
    fn from(entry: Entry) -> Self {
        let section = entry.section.as_ref();
        Self {
            id: entry.cursor.id(),
            section: section.map(|section| section.id.to_string()),
            title: section.map(|section| section.title.clone()),
            at: entry.at.to_rfc3339(),
            device_at: entry.claimed_at_s.map(device_time),
            by: AuthorBody::from(&entry.by),
            changes: entry.changes.iter().map(ToString::to_string).collect(),
            kind: entry.kind,
            version: entry.version,
            sentence: entry.sentence,
            differences: entry.differences.into_iter().map(DifferenceBody::from).collect(),
            undoable: entry.undoable,
        }
    }
}

impl From<HistoryFailure> for Problem {
    fn from(failure: HistoryFailure) -> Self {
        match failure {
            HistoryFailure::Store(error) => error.into(),
            HistoryFailure::Unusable => {
                let detail = "a document of the plan cannot be read";
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "unusable-document", "Unusable document", detail)
            }
        }
    }
}

/// What happened to the sections that one may read, and the publications, newest first. Changes of one author to one
/// section that follow each other within two minutes are one entry.
#[utoipa::path(
    get, path = "/api/plans/{plan}/history", tag = "history", params(("plan" = String, Path), HistoryQuery),
    responses(
        (status = 200, body = HistoryBody),
        (status = 400, body = Problem, description = "`bad-query`"),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem),
        (status = 422, body = Problem, description = "`unknown-section`, `bad-cursor`, `section-required`"),
    )
)]
pub(crate) async fn history_list(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(plan): InPath<PlanId>,
    InQuery(query): InQuery<HistoryQuery>,
) -> Result<Json<HistoryBody>, Problem> {
    let granted = super::granted(&state, &who, Action::See, &plan).await?;
    state.store.plan(&granted).await?.ok_or_else(Problem::not_found)?;
    let sections = state.sections();
    let access = super::access(&state, &who, &plan).await?;
    let mut parts = history::parts(&state.store, &sections, &granted, Some(&access)).await?;
    if let Some(id) = &query.section {
        let section = sections.section(id).ok_or_else(|| unknown_section(id))?;
        access.decide(Action::Read, Resource::Section(section))?;
        parts.retain(|part| part.section.id == *id);
    } else if query.path.is_some() {
        let detail = "a path is of one section; name it";
        return Err(Problem::unprocessable("section-required", "Section required", detail));
    }
    let published = access.part(Action::ReadPublished, Resource::Plan).filter(|_| query.path.is_none());
    let wanted = wanted(&access, &parts, query)?;
    let page = history::page(&state.store, &sections, parts, published.as_ref(), &wanted).await?;
    let entries = page.entries.into_iter().map(EntryBody::from).collect();
    Ok(Json(HistoryBody { entries, next: page.next.map(|next| next.to_text()) }))
}

fn wanted(access: &PlanAccess<'_>, parts: &[history::Part], query: HistoryQuery) -> Result<Wanted, Problem> {
    let unreadable =
        || Problem::unprocessable("bad-cursor", "Not a cursor", "`before` is not a `next` of this history");
    let before = query.before.map(|text| Cursor::from_text(&text).ok_or_else(unreadable)).transpose()?;
    let may_write = |part: &&history::Part| access.allows(Action::Write, Resource::Section(&part.section));
    let writes = parts.iter().filter(may_write).map(|part| part.section.id.clone()).collect();
    Ok(Wanted {
        section: query.section,
        path: query.path,
        before,
        limit: query.limit.unwrap_or(ENTRIES_BY_DEFAULT).clamp(1, ENTRIES_MAX),
        writer: Some((access.subject.user.clone(), writes)),
    })
}

/// A section that no definition describes.
pub(super) fn unknown_section(id: &SectionId) -> Problem {
    Problem::unprocessable("unknown-section", "Unknown section", format!("there is no section `{id}`"))
}

/// Entries on a page where nobody says how many.
const ENTRIES_BY_DEFAULT: usize = 50;

/// Most entries on a page.
const ENTRIES_MAX: usize = 100;

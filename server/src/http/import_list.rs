//! `GET /api/plans/{plan}/imports`: what was taken over from other records, when and by whom.

use super::author::AuthorBody;
use crate::{
    access::PlanAccess, extract::InPath, import::SectionOutcome, problem::Problem, session::SignedIn, state::AppState,
    store::KeptImport,
};
use axum::{Json, extract::State};
use coplan_core::{
    id::PlanId,
    import::{RecordKind, Topic},
    policy::{Action, Resource},
    section::{Section, Sections},
};
use serde::Serialize;
use std::sync::Arc;

/// An import.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ImportBody {
    id: String,
    made_at: String,
    by: AuthorBody,
    /// The source's name, or how else it came: `posted`, `file`.
    source: String,
    /// `gp-record`, `shared-record`, `hospital-record` or `other-record`.
    #[schema(value_type = String)]
    record: RecordKind,
    sections: Vec<ImportSectionBody>,
}

/// What came of it in one section: to whoever may not read the section, how much alone.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ImportSectionBody {
    section: String,
    /// How many items are new.
    added: usize,
    /// How many items and fields say now what the record says.
    refreshed: usize,
    /// How many items were removed because the record does not have them any more.
    removed: usize,
    /// How many were left alone although the record says otherwise.
    left_alone: usize,
    /// The change, the paths and names of all of them, and of what was left alone why, and what the record says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    details: Option<SectionOutcome>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ImportListBody {
    /// Newest first.
    imports: Vec<ImportBody>,
    /// Names of the sources that may be asked.
    sources: Vec<String>,
    /// Whether one may import.
    may_import: bool,
}

/// What was taken over from other records, newest first.
#[utoipa::path(
    get, path = "/api/plans/{plan}/imports", tag = "imports", params(("plan" = String, Path)),
    responses(
        (status = 200, body = ImportListBody),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem),
    )
)]
pub(crate) async fn import_list(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(plan): InPath<PlanId>,
) -> Result<Json<ImportListBody>, Problem> {
    let access = super::access(&state, &who, &plan).await?;
    let seeing = access.decide(Action::See, Resource::Plan)?;
    state.store.plan(&seeing).await?.ok_or_else(Problem::not_found)?;
    let sections = state.sections();
    let imports = state.store.imports(&seeing).await?;
    let may_import = access.allows(Action::Write, Resource::Section(&*first_section(&state)?));
    let sources = state.sources.names().filter(|_| may_import).map(str::to_owned).collect();
    let imports = imports.into_iter().map(|import| body_of(import, &access, &sections)).collect();
    Ok(Json(ImportListBody { imports, sources, may_import }))
}

/// The section that whoever imports may write.
pub(super) fn first_section(state: &AppState) -> Result<Arc<Section>, Problem> {
    let id = Topic::Allergies.section();
    let sections = state.sections();
    let section = sections.in_order().into_iter().find(|section| section.id.as_str() == id).cloned();
    section.ok_or_else(|| {
        Problem::unprocessable("unknown-section", "Unknown section", format!("there is no section `{id}`"))
    })
}

/// An import as one who has this access sees it.
pub(super) fn body_of(kept: KeptImport, access: &PlanAccess<'_>, sections: &Sections) -> ImportBody {
    let section = |outcome: SectionOutcome| {
        let read = sections.section(&outcome.section);
        let reads = read.is_some_and(|section| access.allows(Action::Read, Resource::Section(section)));
        ImportSectionBody {
            section: outcome.section.to_string(),
            added: outcome.added.len(),
            refreshed: outcome.refreshed.len(),
            removed: outcome.removed.len(),
            left_alone: outcome.left.len(),
            details: reads.then_some(outcome),
        }
    };
    ImportBody {
        id: kept.id,
        made_at: kept.made_at.to_rfc3339(),
        by: AuthorBody::from(&kept.by),
        source: kept.source,
        record: kept.record,
        sections: kept.sections.into_iter().map(section).collect(),
    }
}

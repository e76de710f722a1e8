//! `POST /api/plans/{plan}/suggestions`: propose a change that one may not make.

use super::suggestion::{Reader, SuggestionBody};
use crate::{
    extract::{Body, InPath},
    problem::Problem,
    publish,
    session::SignedIn,
    state::AppState,
    store::{NewSuggestion, Suggested, Suggestion},
};
use automerge::{ActorId, Automerge};
use axum::{Json, extract::State, http::StatusCode};
use coplan_core::{
    content::{self, edit::Edit},
    id::{PlanId, SectionId},
    policy::{Action, Granted, Resource},
    section::Section,
    suggestion,
};
use serde::Deserialize;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProposedEdit {
    /// Made by the client, a UUID: the same request again is the same suggestion.
    id: String,
    #[schema(value_type = String)]
    section: SectionId,
    /// The change: set, clear, set-text, set-group, add-item, set-item or remove-item.
    #[schema(value_type = Object)]
    edit: Edit,
    /// A line, for whoever decides.
    reason: String,
}

/// Proposes one change to a section, for somebody to decide who may write it.
#[utoipa::path(
    post, path = "/api/plans/{plan}/suggestions", tag = "suggestions", params(("plan" = String, Path)),
    request_body = ProposedEdit,
    responses(
        (status = 201, body = SuggestionBody),
        (status = 200, body = SuggestionBody, description = "it is there already"),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`suggestion-exists`: the id is another suggestion's; `too-many-open`"),
        (status = 422, body = Problem,
            description = "`unknown-section`, `suggestion-id`, `reason-required`, `edit-kind`, `edit-too-large`, `unknown-field`, `unknown-item`, `item-id`, `item-exists`, `list-full`, `no-change`, `value-*` with `field`"),
    )
)]
pub(crate) async fn suggestion_create(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(plan): InPath<PlanId>,
    Body(wanted): Body<ProposedEdit>,
) -> Result<(StatusCode, Json<SuggestionBody>), Problem> {
    let seeing = super::granted(&state, &who, Action::See, &plan).await?;
    state.store.plan(&seeing).await?.ok_or_else(Problem::not_found)?;
    let mut reader = Reader::of(&state, &who, &seeing).await?;
    let (section, document) = reader.section(&wanted.section).ok_or_else(|| unknown_section(&wanted.section))?;
    let granted = reader.access.decide(Action::Suggest, Resource::Section(&section))?;
    suggestion::check_reason(&wanted.reason)?;
    suggestion::check_edit(&section, &wanted.edit)?;
    let ProposedEdit { id, section: of, edit, reason } = wanted;
    let id = uuid::Uuid::parse_str(&id).map_err(|_| not_an_id())?.to_string();
    let mut new = NewSuggestion { id, section: of, edit, reason, seen: Vec::new() };
    let status = match state.store.suggestion(&seeing, &new.id).await? {
        Some(there) => is_same(&there, &new, &who).map(|()| StatusCode::OK)?,
        None => {
            let document = publish::load(&state.store, &document.document).await?;
            new.seen = document.get_heads();
            new.seen.sort_unstable();
            if reader.may(Action::Read, &section) {
                applies(document, &section, &new.edit)?;
            }
            put(&state, &who, &granted, &new).await?
        }
    };
    let made = state.store.suggestion(&seeing, &new.id).await?.ok_or_else(Problem::not_found)?;
    let body = reader.body(made).await?.ok_or_else(Problem::not_found)?;
    Ok((status, Json(body)))
}

async fn put(state: &AppState, who: &SignedIn, granted: &Granted, new: &NewSuggestion) -> Result<StatusCode, Problem> {
    let suggested = state.store.suggest(granted, new, &who.subject, state.clock.now(), OPEN_MAX).await?;
    match suggested {
        Suggested::Made => Ok(StatusCode::CREATED),
        Suggested::There(there) => is_same(&there, new, who).map(|()| StatusCode::OK),
        Suggested::Elsewhere => Err(exists()),
        Suggested::Full => {
            let detail = format!("at most {OPEN_MAX} suggestions of a plan are open at once: decide some first");
            Err(Problem::new(StatusCode::CONFLICT, "too-many-open", "Too many open", detail))
        }
    }
}

/// Whether it can be made now. Only for whoever may read the section: the answer says what it holds.
fn applies(document: Automerge, section: &Section, edit: &Edit) -> Result<(), Problem> {
    let mut copy = document.with_actor(ActorId::from([1]));
    content::edit::apply(&mut copy, section, edit, 0).map(drop).map_err(Problem::from)
}

fn is_same(there: &Suggestion, new: &NewSuggestion, who: &SignedIn) -> Result<(), Problem> {
    let NewSuggestion { id: _, section, edit, reason, seen: _ } = &there.proposed;
    let same = (section, edit, reason) == (&new.section, &new.edit, &new.reason) && there.by.user == who.subject.user;
    if same { Ok(()) } else { Err(exists()) }
}

fn exists() -> Problem {
    let detail = "this id is another suggestion's; make a new one";
    Problem::new(StatusCode::CONFLICT, "suggestion-exists", "Suggestion exists", detail)
}

fn not_an_id() -> Problem {
    Problem::unprocessable("suggestion-id", "Not an id", "`id` is a UUID, made by the client").with("field", "id")
}

fn unknown_section(section: &SectionId) -> Problem {
    let detail = format!("the plan has no section `{section}`");
    Problem::unprocessable("unknown-section", "Unknown section", detail).with("section", section.as_str())
}

/// Open suggestions of one plan.
const OPEN_MAX: u32 = 200;

//! `GET /api/plans/{plan}/suggestions`: what was proposed, and what became of it.

use super::suggestion::{Reader, SuggestionBody};
use crate::{
    extract::{InPath, InQuery},
    problem::Problem,
    session::SignedIn,
    state::AppState,
};
use axum::{Json, extract::State};
use coplan_core::{id::PlanId, policy::Action};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SuggestionQuery {
    /// `open` or `decided`; both if it is not given.
    #[param(value_type = Option<String>)]
    state: Option<Wanted>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Wanted {
    Open,
    Decided,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SuggestionsBody {
    /// Open ones first, each newest first.
    suggestions: Vec<SuggestionBody>,
}

/// Suggestions for the sections that one may read or suggest for, and all of one's own.
#[utoipa::path(
    get, path = "/api/plans/{plan}/suggestions", tag = "suggestions",
    params(("plan" = String, Path), SuggestionQuery),
    responses(
        (status = 200, body = SuggestionsBody),
        (status = 400, body = Problem, description = "`bad-query`"),
        (status = 401, body = Problem),
        (status = 404, body = Problem),
    )
)]
pub(crate) async fn suggestion_list(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(plan): InPath<PlanId>,
    InQuery(query): InQuery<SuggestionQuery>,
) -> Result<Json<SuggestionsBody>, Problem> {
    let granted = super::granted(&state, &who, Action::See, &plan).await?;
    state.store.plan(&granted).await?.ok_or_else(Problem::not_found)?;
    let mut found = Vec::new();
    for (wanted, open) in [(Wanted::Open, true), (Wanted::Decided, false)] {
        if query.state.is_none_or(|state| state == wanted) {
            found.extend(state.store.suggestions(&granted, open).await?);
        }
    }
    let mut reader = Reader::of(&state, &who, &granted).await?;
    let mut suggestions = Vec::new();
    for suggestion in found {
        suggestions.extend(reader.body(suggestion).await?);
    }
    Ok(Json(SuggestionsBody { suggestions }))
}

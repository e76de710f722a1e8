//! `POST /api/plans/{plan}/suggestions/{id}/decision`: accept, edit, decline or withdraw what was proposed.

use super::suggestion::{Reader, SuggestionBody};
use crate::{
    extract::{Body, InPath},
    problem::Problem,
    session::SignedIn,
    state::AppState,
    suggestion::{DecideError, Decider, NotMade, Wish},
};
use axum::{Json, extract::State, http::StatusCode};
use coplan_core::{content::edit::Edit, id::PlanId, policy::Action};
use serde::Deserialize;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedDecision {
    decision: Verb,
    /// What to apply instead; only with `edit`.
    #[schema(value_type = Option<Object>)]
    edit: Option<Edit>,
    /// A line; to decline takes one.
    reason: Option<String>,
    /// Apply it even if what it changes has changed since it was proposed.
    #[serde(default)]
    anyway: bool,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
enum Verb {
    Accept,
    Edit,
    Decline,
    Withdraw,
}

impl WantedDecision {
    fn wish(&mut self) -> Result<Wish, Problem> {
        let anyway = self.anyway;
        match (&self.decision, self.edit.take()) {
            (Verb::Accept, None) => Ok(Wish::Accept { anyway }),
            (Verb::Edit, Some(edit)) => Ok(Wish::Edit { edit, anyway }),
            (Verb::Decline, None) => Ok(Wish::Decline),
            (Verb::Withdraw, None) => Ok(Wish::Withdraw),
            _ => {
                let detail = "`edit` stands with the decision `edit`, and only there";
                Err(Problem::unprocessable("edit-required", "Wrong members", detail))
            }
        }
    }
}

impl From<NotMade> for Problem {
    fn from(why: NotMade) -> Self {
        let detail = why.to_string();
        match why {
            NotMade::Changed { current } => {
                Self::new(StatusCode::CONFLICT, "changed-since", "Changed since", detail).with("current", current)
            }
            NotMade::Applied(_) => Self::new(StatusCode::CONFLICT, "already-decided", "Decided already", detail),
            NotMade::Edit(error) => error.into(),
        }
    }
}

impl From<DecideError> for Problem {
    fn from(error: DecideError) -> Self {
        let detail = error.to_string();
        match error {
            DecideError::Denied(denied) => denied.into(),
            DecideError::Refused(error) => error.into(),
            DecideError::NotOwn => Self::not_allowed(detail),
            DecideError::OtherField => Self::unprocessable("other-field", "Another field", detail),
            DecideError::Decided(outcome) => {
                let problem = Self::new(StatusCode::CONFLICT, "already-decided", "Decided already", detail);
                problem.with("state", outcome.as_str())
            }
            DecideError::Write(error) => error.into(),
            DecideError::Document(failure) => failure.into(),
            DecideError::Store(error) => error.into(),
        }
    }
}

/// Decides a suggestion. The same decision again, by the same person, answers as it did the first time.
#[utoipa::path(
    post, path = "/api/plans/{plan}/suggestions/{id}/decision", tag = "suggestions",
    params(("plan" = String, Path), ("id" = String, Path)), request_body = WantedDecision,
    responses(
        (status = 200, body = SuggestionBody),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem),
        (status = 409, body = Problem,
            description = "`already-decided` with `state`; `changed-since` with `current`: decide again with `anyway`"),
        (status = 422, body = Problem,
            description = "`reason-required`, `edit-required`, `other-field`, and what an edit can be refused for"),
    )
)]
pub(crate) async fn suggestion_decide(
    State(state): State<AppState>,
    who: SignedIn,
    InPath((plan, id)): InPath<(PlanId, String)>,
    Body(mut wanted): Body<WantedDecision>,
) -> Result<Json<SuggestionBody>, Problem> {
    let seeing = super::granted(&state, &who, Action::See, &plan).await?;
    state.store.plan(&seeing).await?.ok_or_else(Problem::not_found)?;
    let wish = wanted.wish()?;
    let _turn = state.deciding.of(&id).await;
    let mut suggestion = state.store.suggestion(&seeing, &id).await?.ok_or_else(Problem::not_found)?;
    let mut reader = Reader::of(&state, &who, &seeing).await?;
    let (section, document) = reader.section(&suggestion.proposed.section).ok_or_else(Problem::not_found)?;
    if !reader.may_see(&section, &suggestion) {
        return Err(Problem::not_found());
    }
    let decider = Decider {
        store: &state.store,
        hub: &state.hub,
        subject: &who.subject,
        access: &reader.access,
        seeing: &seeing,
        section: &section,
        document: document.document,
        now: state.clock.now(),
    };
    suggestion.decision = Some(decider.decide(&suggestion, &wish, wanted.reason.as_deref()).await?);
    Ok(Json(reader.body(suggestion).await?.ok_or_else(Problem::not_found)?))
}

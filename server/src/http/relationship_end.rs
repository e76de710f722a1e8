//! `DELETE /api/relationships/{relationship}`: end a relationship of one's own before it ends by itself.

use crate::{
    audit::{Event, action, trail},
    extract::InPath,
    problem::Problem,
    session::SignedIn,
    state::AppState,
};
use axum::{extract::State, http::StatusCode};

/// Ends a relationship that one has begun. It stays in the record, and a privacy officer still looks at it.
#[utoipa::path(
    delete, path = "/api/relationships/{relationship}", tag = "access", params(("relationship" = String, Path)),
    responses(
        (status = 204),
        (status = 401, body = Problem),
        (status = 404, body = Problem, description = "none of one's own of that id stands"),
    )
)]
pub(crate) async fn relationship_end(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(relationship): InPath<String>,
) -> Result<StatusCode, Problem> {
    let now = state.clock.now();
    let event = Event::of(Some(&who.subject), action::END_RELATIONSHIP, now);
    trail::note(Event { resource: Some(format!("relationship:{relationship}")), ..event });
    let ended = state.store.end_relationship(&relationship, &who.subject.user, now).await?;
    if ended { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found()) }
}

//! `GET /api/plans/{plan}/sections/{section}/authors`: who wrote what a section holds.

use super::author::{AuthorBody, device_time};
use crate::{extract::InPath, history, problem::Problem, session::SignedIn, state::AppState};
use axum::{Json, extract::State};
use coplan_core::{
    content,
    history::{Written, authors},
    id::{PlanId, SectionId},
    policy::{Action, Resource},
    trace::Trace,
};
use serde::Serialize;
use std::collections::BTreeSet;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct AuthorsBody {
    authors: Vec<WrittenBody>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct WrittenBody {
    path: String,
    by: AuthorBody,
    /// When it arrived.
    at: String,
    /// When the device says that it was made.
    device_at: String,
    /// Hash of the change, in hex.
    change: String,
    /// How many people wrote in it, for a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    people: Option<usize>,
}

/// The last writer of each path that holds something; of a text also how many people wrote in it.
#[utoipa::path(
    get, path = "/api/plans/{plan}/sections/{section}/authors", tag = "history",
    params(("plan" = String, Path), ("section" = String, Path)),
    responses(
        (status = 200, body = AuthorsBody),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem),
    )
)]
pub(crate) async fn authors_of(
    State(state): State<AppState>,
    who: SignedIn,
    InPath((plan, section)): InPath<(PlanId, SectionId)>,
) -> Result<Json<AuthorsBody>, Problem> {
    let see = super::granted(&state, &who, Action::See, &plan).await?;
    let sections = state.sections();
    let definition = sections.section(&section).ok_or_else(Problem::not_found)?;
    let access = super::access(&state, &who, &plan).await?;
    access.decide(Action::Read, Resource::Section(definition))?;
    let mut parts = history::parts(&state.store, &sections, &see, Some(&access)).await?;
    parts.retain(|part| part.section.id == section);
    let document = parts.first().ok_or_else(Problem::not_found)?.document;
    let written = history::read(&state.store, parts, |readings| {
        let of = |reading: &history::Reading| {
            let section = &reading.part.section;
            let trace = Trace::build(&reading.document, None, section);
            authors(&content::read(&reading.document, None, section), &trace)
        };
        readings.iter().flat_map(of).collect::<Vec<Written>>()
    })
    .await?;
    let changes: BTreeSet<_> = written.iter().map(|written| written.change).collect();
    let changes: Vec<_> = changes.into_iter().collect();
    let authored = state.store.authored(&document, &changes).await?;
    let people = state.store.people_of(&document).await?;
    let body = |written: Written| {
        let made = authored.get(&written.change)?;
        let typed: BTreeSet<_> = written.devices.iter().filter_map(|device| people.get(device)).collect();
        Some(WrittenBody {
            path: written.path,
            by: AuthorBody::from(&made.subject),
            at: made.received_at.to_rfc3339(),
            device_at: device_time(made.claimed_at_s),
            change: written.change.to_string(),
            people: (!written.devices.is_empty()).then_some(typed.len()),
        })
    };
    Ok(Json(AuthorsBody { authors: written.into_iter().filter_map(body).collect() }))
}

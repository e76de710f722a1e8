//! `GET /api/plans/{plan}/quarantine`: what was refused, so that nothing that somebody typed is lost; and
//! `POST …/quarantine/{id}`: what became of it.

use super::reason;
use crate::{
    extract::{Body, InPath},
    problem::Problem,
    session::SignedIn,
    state::AppState,
    store::{QuarantineId, Quarantined, Settlement, Settling},
};
use axum::{Json, extract::State, http::StatusCode};
use coplan_core::{
    id::PlanId,
    policy::{Action, Resource},
};
use serde::{Deserialize, Serialize};

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct QuarantinedBody {
    /// Names it, for settling it. What comes after it was listed is not settled with it.
    id: String,
    section: String,
    /// Hash of its last change, in hex, as it claims.
    hash: String,
    /// The reason's stable name.
    code: String,
    reason: String,
    /// The text that it would have written, where it could be read.
    text: String,
    /// Name of who sent it.
    by: String,
    /// Their organisation's name.
    organisation: String,
    /// When the last of it arrived.
    at: String,
    /// The same as `at`.
    received_at: String,
    /// `open`, `salvaged` or `discarded`.
    state: &'static str,
    /// Name of who said so.
    settled_by: Option<String>,
    settled_at: Option<String>,
    /// Their words.
    note: Option<String>,
}

impl From<Quarantined> for QuarantinedBody {
    fn from(refused: Quarantined) -> Self {
        let at = refused.received_at.to_rfc3339();
        let state = refused.settled.as_ref().map_or("open", |settled| settled.outcome.as_str());
        let (settled_by, settled_at, note) = match refused.settled {
            Some(settled) => (Some(settled.by), Some(settled.at.to_rfc3339()), settled.note),
            None => (None, None, None),
        };
        Self {
            id: refused.id.to_string(),
            section: refused.section.to_string(),
            hash: refused.hash.to_string(),
            code: refused.code,
            reason: refused.reason,
            text: refused.text,
            by: refused.by,
            organisation: refused.organisation,
            received_at: at.clone(),
            at,
            state,
            settled_by,
            settled_at,
            note,
        }
    }
}

/// Refused changes of the sections that one may read, newest first within each. What one person typed in one go is one.
#[utoipa::path(
    get, path = "/api/plans/{plan}/quarantine", tag = "sync", params(("plan" = String, Path)),
    responses((status = 200, body = Vec<QuarantinedBody>), (status = 401, body = Problem), (status = 404, body = Problem))
)]
pub(crate) async fn quarantine(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(plan): InPath<PlanId>,
) -> Result<Json<Vec<QuarantinedBody>>, Problem> {
    let granted = super::granted(&state, &who, Action::See, &plan).await?;
    state.store.plan(&granted).await?.ok_or_else(Problem::not_found)?;
    let access = super::access(&state, &who, &plan).await?;
    let mut refused = Vec::new();
    for section in state.sections().in_order() {
        if let Some(granted) = access.part(Action::Read, Resource::Section(section)) {
            refused.extend(state.store.quarantined(&granted).await?);
        }
    }
    Ok(Json(refused.into_iter().map(QuarantinedBody::from).collect()))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedSettlement {
    /// `salvaged` once its words are in the section under one's own name; `discarded` if nobody needs them.
    outcome: Settlement,
    /// A line.
    note: Option<String>,
}

/// Says what became of something that was refused. Nothing of it is applied. For those who may write its section.
#[utoipa::path(
    post, path = "/api/plans/{plan}/quarantine/{id}", tag = "sync",
    params(("plan" = String, Path), ("id" = String, Path)), request_body = WantedSettlement,
    responses(
        (status = 204),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem, description = "no such plan, or no such thing in its quarantine"),
        (status = 409, body = Problem, description = "`already-settled`"),
        (status = 422, body = Problem, description = "`reason-required`, `reason-too-long`: the note"),
    )
)]
pub(crate) async fn quarantine_settle(
    State(state): State<AppState>,
    who: SignedIn,
    InPath((plan, id)): InPath<(PlanId, String)>,
    Body(wanted): Body<WantedSettlement>,
) -> Result<StatusCode, Problem> {
    let seeing = super::granted(&state, &who, Action::See, &plan).await?;
    let id: QuarantineId = id.parse().map_err(|_| Problem::not_found())?;
    let section = state.store.quarantined_section(&seeing, id).await?.ok_or_else(Problem::not_found)?;
    let sections = state.sections();
    let section = sections.section(&section).ok_or_else(Problem::not_found)?;
    let access = super::access(&state, &who, &plan).await?;
    access.part(Action::Read, Resource::Section(section)).ok_or_else(Problem::not_found)?;
    let action = if section.is_decided() { Action::Decide } else { Action::Write };
    let granted = access.decide(action, Resource::Section(section))?;
    let note = wanted.note.as_deref().map(reason::note).transpose()?;
    let settled = (wanted.outcome, note.as_deref());
    match state.store.settle_quarantined(&granted, id, settled, &who.subject, state.clock.now()).await? {
        Settling::Done => Ok(StatusCode::NO_CONTENT),
        Settling::Unknown => Err(Problem::not_found()),
        Settling::Before => {
            let detail = "somebody has settled this already";
            Err(Problem::new(StatusCode::CONFLICT, "already-settled", "Settled already", detail))
        }
    }
}

//! `POST /api/plans/{plan}/sharing/objections` and `DELETE .../{objection}`: object to sharing, and withdraw it.

use super::{reason, sharing_show::ObjectionBody};
use crate::{
    extract::{Body, InPath},
    problem::Problem,
    random,
    session::SignedIn,
    state::AppState,
    store::{NewObjection, StandingObjection, TooManyObjections},
};
use axum::{Json, extract::State, http::StatusCode};
use coplan_core::{
    id::PlanId,
    policy::{Action, ObjectionGrade},
    time::UtcMillis,
};
use serde::Deserialize;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedObjection {
    /// `emergency-only`: crews still read the urgent page. `refused`: nobody reads anything.
    #[schema(value_type = String)]
    grade: ObjectionGrade,
    /// A line, in the person's words or in those of whom they told.
    reason: String,
    /// Until when, RFC 3339; for good if not given.
    until: Option<String>,
}

impl From<TooManyObjections> for Problem {
    fn from(too_many: TooManyObjections) -> Self {
        Self::new(StatusCode::CONFLICT, "too-many", "Too many", too_many.to_string())
    }
}

/// Records what the person does not want. It holds at once, for open pages too.
#[utoipa::path(
    post, path = "/api/plans/{plan}/sharing/objections", tag = "access", params(("plan" = String, Path)),
    request_body = WantedObjection,
    responses(
        (status = 201, body = ObjectionBody),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`too-many`"),
        (status = 422, body = Problem, description = "`reason-required`, `reason-too-long`, `until`"),
    )
)]
pub(crate) async fn sharing_object(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(plan): InPath<PlanId>,
    Body(wanted): Body<WantedObjection>,
) -> Result<(StatusCode, Json<ObjectionBody>), Problem> {
    let granted = super::granted(&state, &who, Action::SetSharing, &plan).await?;
    let now = state.clock.now();
    let objection = NewObjection {
        id: uuid::Builder::from_random_bytes(random::bytes()).into_uuid().to_string(),
        grade: wanted.grade,
        reason: reason::checked(&wanted.reason)?,
        until: wanted.until.as_deref().map(|until| end(until, now)).transpose()?,
    };
    state.store.object(&granted, &objection, &who.subject, now).await??;
    let made = StandingObjection { objection, from: now, by: Some(who.subject) };
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Withdraws an objection. It stays in the record; nothing was lost while it stood.
#[utoipa::path(
    delete, path = "/api/plans/{plan}/sharing/objections/{objection}", tag = "access",
    params(("plan" = String, Path), ("objection" = String, Path)),
    responses(
        (status = 204),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem, description = "no such plan, or none of that id stands"),
    )
)]
pub(crate) async fn sharing_withdraw(
    State(state): State<AppState>,
    who: SignedIn,
    InPath((plan, objection)): InPath<(PlanId, String)>,
) -> Result<StatusCode, Problem> {
    let granted = super::granted(&state, &who, Action::SetSharing, &plan).await?;
    let withdrawn = state.store.withdraw_objection(&granted, &objection, &who.subject, state.clock.now()).await?;
    if withdrawn { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found()) }
}

fn end(until: &str, now: UtcMillis) -> Result<UtcMillis, Problem> {
    let wrong = || {
        let detail = format!("`until` is a time in the next {OBJECTION_YEARS_MAX} years, as RFC 3339 writes it");
        Problem::unprocessable("until", "Not an end", detail).with("field", "until")
    };
    let until = UtcMillis::from_rfc3339(until).ok_or_else(wrong)?;
    let ahead_ms = until.since_ms(now);
    if ahead_ms <= 0 || ahead_ms > OBJECTION_YEARS_MAX * YEAR_MS { Err(wrong()) } else { Ok(until) }
}

/// How far ahead an objection may end, in years; without an end it stands for good.
const OBJECTION_YEARS_MAX: i64 = 20;

const YEAR_MS: i64 = 366 * 24 * 60 * 60 * 1_000;

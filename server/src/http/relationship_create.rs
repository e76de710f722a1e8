//! `POST /api/relationships`: say that one cares for a person, or open their plan in an emergency, with a reason.
//!
//! INVARIANT: who may not learns nothing. No such number, no plan and no right have the same answer after the same work.

use super::reason;
use crate::{
    access::PlanAccess, extract::Body, problem::Problem, random, session::SignedIn, state::AppState,
    store::NewRelationship,
};
use axum::{Json, extract::State, http::StatusCode};
use coplan_core::{
    id::PlanId,
    policy::{Action, RelationshipKind, Resource},
};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedRelationship {
    /// Of whom: ten digits, plain or written 3-3-4. Either this or `plan`.
    nhs_number: Option<String>,
    /// With which plan. Either this or `nhs_number`.
    #[schema(value_type = Option<String>)]
    plan: Option<PlanId>,
    /// `asserted` lasts 14 days, `break-glass` an hour.
    kind: WantedKind,
    /// A line, for the privacy officer and for the person.
    reason: String,
}

/// What somebody may say of themselves.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WantedKind {
    /// They look after the person.
    Asserted,
    /// They open the plan although nothing else allows it.
    BreakGlass,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct RelationshipBody {
    id: String,
    plan: String,
    /// `asserted` or `break-glass`.
    kind: &'static str,
    /// When it ends by itself.
    until: String,
}

impl WantedKind {
    const fn kind(self) -> RelationshipKind {
        match self {
            Self::Asserted => RelationshipKind::Asserted,
            Self::BreakGlass => RelationshipKind::BreakGlass,
        }
    }

    const fn action(self) -> Action {
        match self {
            Self::Asserted => Action::AssertRelationship,
            Self::BreakGlass => Action::BreakGlass,
        }
    }

    const fn lasts_ms(self) -> i64 {
        match self {
            Self::Asserted => ASSERTED_MS,
            Self::BreakGlass => BROKEN_GLASS_MS,
        }
    }
}

/// Begins a relationship with a plan, in the place of an earlier one of the same kind. A privacy officer of one's
/// organisation looks at it, and the person can see it.
#[utoipa::path(
    post, path = "/api/relationships", tag = "access", request_body = WantedRelationship,
    responses(
        (status = 201, body = RelationshipBody),
        (status = 401, body = Problem),
        (status = 404, body = Problem, description = "no such number, no plan, or no right: the same answer"),
        (status = 422, body = Problem, description = "`reason-required`, `reason-too-long`, `nhs-number`, `whose`"),
        (status = 429, body = Problem, description = "`too-often`"),
    )
)]
pub(crate) async fn relationship_create(
    State(state): State<AppState>,
    who: SignedIn,
    Body(wanted): Body<WantedRelationship>,
) -> Result<(StatusCode, Json<RelationshipBody>), Problem> {
    let reason = reason::checked(&wanted.reason)?;
    let nhs_number = wanted.nhs_number.as_deref().map(super::plan_list::nhs_number).transpose()?;
    if nhs_number.is_some() == wanted.plan.is_some() {
        return Err(Problem::unprocessable("whose", "Whose plan", "name either `nhs_number` or `plan`"));
    }
    state.rates.relationship(&who.subject.user)?;
    let now = state.clock.now();
    let facts = state.store.facts_named(nhs_number.as_ref(), wanted.plan.as_ref()).await?;
    let access = PlanAccess::from_facts(&state.policies, &who.subject, facts, now);
    let granted = access.decide(wanted.kind.action(), Resource::Plan)?;
    let new = NewRelationship {
        id: uuid::Builder::from_random_bytes(random::bytes()).into_uuid().to_string(),
        plan: granted.plan().clone(),
        kind: wanted.kind.kind(),
        reason,
        until: now.plus_ms(wanted.kind.lasts_ms()),
    };
    state.store.begin_relationship(&new, &who.subject, now).await?;
    if new.kind == RelationshipKind::BreakGlass {
        metrics::counter!("coplan_broken_glass_total").increment(1);
    }
    let NewRelationship { id, plan, kind, until, .. } = new;
    let body = RelationshipBody { id, plan: plan.to_string(), kind: kind.as_str(), until: until.to_rfc3339() };
    Ok((StatusCode::CREATED, Json(body)))
}

/// How long somebody's own word counts, in milliseconds: 14 days.
const ASSERTED_MS: i64 = 14 * 24 * 60 * 60 * 1_000;

/// How long broken glass stays open, in milliseconds: an hour.
const BROKEN_GLASS_MS: i64 = 60 * 60 * 1_000;

//! `GET /api/review`, `GET|POST /api/review/{relationship}`: what a privacy officer looks at.

use super::{author::AuthorBody, reason};
use crate::{
    audit::words::{self, Reader},
    extract::{Body, InPath, InQuery},
    problem::Problem,
    session::SignedIn,
    state::AppState,
    store::{ReviewFinding, ReviewItem, no_plan},
};
use axum::{Json, extract::State, http::StatusCode};
use coplan_core::{
    policy::{Action, Granted, Resource},
    time::UtcMillis,
};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReviewQuery {
    /// `open`, which is what there is to do, or `reviewed`.
    state: Option<ReviewState>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
enum ReviewState {
    Open,
    Reviewed,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ReviewBody {
    /// Newest first. Nothing in them says whose plan it is.
    items: Vec<ReviewItemBody>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct ReviewItemBody {
    id: String,
    /// `asserted` or `break-glass`
    kind: String,
    at: String,
    until: String,
    /// Why, in their words.
    reason: String,
    by: AuthorBody,
    /// `open` or `reviewed`
    state: &'static str,
    /// `in-order` or `not-in-order`
    finding: Option<&'static str>,
    note: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ReviewOneBody {
    #[serde(flatten)]
    item: ReviewItemBody,
    plan: String,
    /// What they did with the plan while it lasted, oldest first.
    opened: Vec<OpenedBody>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct OpenedBody {
    at: String,
    sentence: String,
    action: String,
    resource: Option<String>,
    outcome: String,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewFinding {
    /// `in-order` or `not-in-order`
    #[schema(value_type = String)]
    finding: ReviewFinding,
    /// What is to be remembered of it.
    note: String,
}

impl From<&ReviewItem> for ReviewItemBody {
    fn from(item: &ReviewItem) -> Self {
        Self {
            id: item.id.clone(),
            kind: item.kind.clone(),
            at: item.from.to_rfc3339(),
            until: item.until.to_rfc3339(),
            reason: item.reason.clone(),
            by: AuthorBody::from(&item.by),
            state: if item.finding.is_some() { "reviewed" } else { "open" },
            finding: item.finding.map(ReviewFinding::as_str),
            note: item.note.clone(),
        }
    }
}

/// The relationships that members of one's own organisation have asserted, and the glass that they have broken.
#[utoipa::path(
    get, path = "/api/review", tag = "audit", params(ReviewQuery),
    responses(
        (status = 200, body = ReviewBody),
        (status = 400, body = Problem, description = "`bad-query`"),
        (status = 401, body = Problem),
        (status = 404, body = Problem, description = "one is no privacy officer"),
    )
)]
pub(crate) async fn review_list(
    State(state): State<AppState>,
    who: SignedIn,
    InQuery(query): InQuery<ReviewQuery>,
) -> Result<Json<ReviewBody>, Problem> {
    let granted = granted(&state, &who).await?;
    let open = query.state.unwrap_or(ReviewState::Open) == ReviewState::Open;
    let items = state.store.review(&granted, open).await?;
    Ok(Json(ReviewBody { items: items.iter().map(ReviewItemBody::from).collect() }))
}

/// One of them, with the plan and what was done with it.
#[utoipa::path(
    get, path = "/api/review/{relationship}", tag = "audit", params(("relationship" = String, Path)),
    responses((status = 200, body = ReviewOneBody), (status = 401, body = Problem), (status = 404, body = Problem))
)]
pub(crate) async fn review_show(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(id): InPath<String>,
) -> Result<Json<ReviewOneBody>, Problem> {
    let granted = granted(&state, &who).await?;
    let item = state.store.review_one(&granted, &id).await?.ok_or_else(Problem::not_found)?;
    let rows = state.store.audit_under(&item).await?;
    let opened = rows.into_iter().map(|chained| {
        let row = chained.row;
        OpenedBody {
            at: UtcMillis(row.at).to_rfc3339(),
            sentence: words::sentence(&row, Reader::Another),
            action: row.action,
            resource: row.resource,
            outcome: row.outcome,
        }
    });
    Ok(Json(ReviewOneBody { plan: item.plan.to_string(), opened: opened.collect(), item: (&item).into() }))
}

/// Says what one made of it. It may be said again; the last word stands, and each is in the audit.
#[utoipa::path(
    post, path = "/api/review/{relationship}", tag = "audit", params(("relationship" = String, Path)),
    request_body = NewFinding,
    responses(
        (status = 204),
        (status = 401, body = Problem),
        (status = 404, body = Problem),
        (status = 422, body = Problem, description = "`reason-required`, `reason-too-long`, `bad-body`"),
    )
)]
pub(crate) async fn review_finish(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(id): InPath<String>,
    Body(new): Body<NewFinding>,
) -> Result<StatusCode, Problem> {
    let granted = granted(&state, &who).await?;
    let note = reason::checked(&new.note)?;
    let found = state.store.finish_review(&granted, &id, (new.finding, &note), &who.subject, state.clock.now()).await?;
    if found { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found()) }
}

async fn granted(state: &AppState, who: &SignedIn) -> Result<Granted, Problem> {
    let access = super::access(state, who, &no_plan()).await?;
    Ok(access.decide(Action::ReviewAccess, Resource::Organisation)?)
}

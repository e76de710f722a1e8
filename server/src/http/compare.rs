//! `GET /api/plans/{plan}/compare`: what is different between two moments, field by field.

use super::{
    author::{AuthorBody, device_time},
    history_list::DifferenceBody,
};
use crate::{
    extract::{InPath, InQuery},
    history::{self, Moment, MomentError, Part, Reading},
    problem::Problem,
    session::SignedIn,
    state::AppState,
    store::{Authored, Store, StoreError},
};
use automerge::ChangeHash;
use axum::{Json, extract::State};
use coplan_core::{
    history::{Difference, steps},
    id::PlanId,
    policy::Action,
    trace::Trace,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CompareQuery {
    /// A time as RFC 3339 writes it, `version:N`, `last-look` or `now`.
    from: String,
    /// Likewise; `now` if it is not given.
    to: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct CompareBody {
    /// When that was.
    from: String,
    to: String,
    /// Those in which something is different.
    sections: Vec<ComparedBody>,
    /// How many differences there are beside these; 0 unless there are very many.
    left_out: usize,
}

#[derive(Serialize, utoipa::ToSchema)]
struct ComparedBody {
    section: String,
    title: String,
    differences: Vec<ComparedDifference>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct ComparedDifference {
    #[serde(flatten)]
    difference: DifferenceBody,
    /// Who wrote there last.
    by: Option<AuthorBody>,
    at: Option<String>,
    device_at: Option<String>,
    /// Hash of that change, in hex.
    change: Option<String>,
}

impl From<MomentError> for Problem {
    fn from(error: MomentError) -> Self {
        let detail = error.to_string();
        match error {
            MomentError::Store(error) => error.into(),
            MomentError::Unreadable(_) => Self::unprocessable("bad-moment", "Not a moment", detail),
            MomentError::UnknownVersion(_) => Self::unprocessable("unknown-version", "Unknown version", detail),
        }
    }
}

/// What is different at `to` from what was at `from`, in the sections that one may read. A time means the plan as people
/// were writing it then; a version means what was published.
#[utoipa::path(
    get, path = "/api/plans/{plan}/compare", tag = "history", params(("plan" = String, Path), CompareQuery),
    responses(
        (status = 200, body = CompareBody),
        (status = 400, body = Problem, description = "`bad-query`"),
        (status = 401, body = Problem),
        (status = 404, body = Problem),
        (status = 422, body = Problem, description = "`bad-moment`, `unknown-version`"),
    )
)]
pub(crate) async fn compare(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(plan): InPath<PlanId>,
    InQuery(query): InQuery<CompareQuery>,
) -> Result<Json<CompareBody>, Problem> {
    let granted = super::granted(&state, &who, Action::See, &plan).await?;
    state.store.plan(&granted).await?.ok_or_else(Problem::not_found)?;
    let now = state.clock.now();
    let from = Moment::named(&query.from, &state.store, &granted, now).await?;
    let to = Moment::named(query.to.as_deref().unwrap_or("now"), &state.store, &granted, now).await?;
    let mut body =
        CompareBody { from: from.at().to_rfc3339(), to: to.at().to_rfc3339(), sections: Vec::new(), left_out: 0 };
    let access = super::access(&state, &who, &plan).await?;
    let parts = history::parts(&state.store, &state.sections(), &granted, Some(&access)).await?;
    let compared = history::read(&state.store, parts, move |readings| {
        readings.iter().map(|reading| (reading.part.clone(), differences(reading, &from, &to))).collect::<Vec<_>>()
    });
    let mut room = DIFFERENCES_MAX;
    for (part, mut differences) in compared.await? {
        body.left_out += differences.len().saturating_sub(room);
        differences.truncate(room);
        room -= differences.len();
        if !differences.is_empty() {
            body.sections.push(section(&state.store, &part, differences).await?);
        }
    }
    Ok(Json(body))
}

/// Each with the change that wrote there last.
fn differences(reading: &Reading, from: &Moment, to: &Moment) -> Vec<(Difference, Option<ChangeHash>)> {
    let section = &reading.part.section;
    let moments = [from.heads(reading), to.heads(reading)];
    if moments[0] == moments[1] {
        return Vec::new();
    }
    let found = steps(&reading.document, section, &moments).pop().unwrap_or_default();
    if found.is_empty() {
        return Vec::new();
    }
    let trace = Trace::build(&reading.document, Some(&moments[1]), section);
    let last = |difference: &Difference| trace.last_write(&difference.path).map(|write| write.change);
    found.into_iter().map(|difference| (last(&difference), difference)).map(|(last, found)| (found, last)).collect()
}

async fn section(
    store: &Store,
    part: &Part,
    differences: Vec<(Difference, Option<ChangeHash>)>,
) -> Result<ComparedBody, StoreError> {
    let changes: Vec<ChangeHash> = differences.iter().filter_map(|(_, change)| *change).collect();
    let authored = store.authored(&part.document, &changes).await?;
    let differences = differences.into_iter().map(|(difference, change)| compared(difference, change, &authored));
    Ok(ComparedBody {
        section: part.section.id.to_string(),
        title: part.section.title.clone(),
        differences: differences.collect(),
    })
}

fn compared(
    difference: Difference,
    change: Option<ChangeHash>,
    authored: &BTreeMap<ChangeHash, Authored>,
) -> ComparedDifference {
    let made = change.and_then(|change| authored.get(&change));
    ComparedDifference {
        difference: difference.into(),
        by: made.map(|made| AuthorBody::from(&made.subject)),
        at: made.map(|made| made.received_at.to_rfc3339()),
        device_at: made.map(|made| device_time(made.claimed_at_s)),
        change: change.map(|change| change.to_string()),
    }
}

/// Most differences in one answer.
const DIFFERENCES_MAX: usize = 2_000;

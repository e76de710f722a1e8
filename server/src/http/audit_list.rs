//! `GET /api/plans/{plan}/audit`: who opened a plan, in words.

use crate::{
    audit::{
        chain::Row,
        words::{self, Reader},
    },
    extract::{InPath, InQuery},
    problem::Problem,
    session::SignedIn,
    state::AppState,
    store::{AuditPage, Chained},
};
use axum::{Json, extract::State};
use coplan_core::{
    id::PlanId,
    policy::{Action, ConnectionKind},
    time::UtcMillis,
};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// Only events before this one: the `next` of the page before.
    before: Option<i64>,
    /// At most so many, 1 to 200.
    limit: Option<usize>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct AuditBody {
    /// Newest first; the same thing that is done again and again in one session is one event.
    events: Vec<EventBody>,
    /// Where the next page begins, if there is one.
    next: Option<i64>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct EventBody {
    id: i64,
    /// The last time.
    at: String,
    /// What happened, in words for people.
    sentence: String,
    action: String,
    /// `allowed` or `refused`.
    outcome: String,
    name: Option<String>,
    job_title: Option<String>,
    organisation: Option<String>,
    /// By what they are connected to the plan.
    connection: Option<String>,
    emergency: bool,
    reason: Option<String>,
}

/// Events as one reads them: like ones of a session together.
struct Group {
    row: Row,
    /// When the oldest of them was.
    since: i64,
    sentence: String,
}

impl Group {
    fn takes(&self, row: &Row, sentence: &str) -> bool {
        self.sentence == sentence
            && self.row.session == row.session
            && self.row.author == row.author
            && self.row.reason == row.reason
            && self.since - row.at <= TOGETHER_MS
    }
}

/// Everything that was asked of a plan and done with it. For the person, those who act for them, and those who work with
/// the plan.
#[utoipa::path(
    get, path = "/api/plans/{plan}/audit", tag = "audit", params(("plan" = String, Path), AuditQuery),
    responses(
        (status = 200, body = AuditBody),
        (status = 400, body = Problem, description = "`bad-query`"),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem),
    )
)]
pub(crate) async fn audit_list(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(plan): InPath<PlanId>,
    InQuery(query): InQuery<AuditQuery>,
) -> Result<Json<AuditBody>, Problem> {
    let granted = super::granted(&state, &who, Action::ReadAudit, &plan).await?;
    let own = granted.decision().connection == ConnectionKind::Own;
    let reader = if own { Reader::Person } else { Reader::Another };
    let limit = query.limit.unwrap_or(EVENTS_USUAL).clamp(1, EVENTS_MAX);
    let mut groups: Vec<Group> = Vec::new();
    let mut before = query.before.unwrap_or(i64::MAX);
    let next = loop {
        let page = AuditPage { before, ..AuditPage::newest(ROWS_AT_ONCE) };
        let rows = state.store.audit_of_plan(granted.plan(), page).await?;
        let last_page = rows.len() < ROWS_AT_ONCE as usize;
        if let Some(full) = gather(&mut groups, rows, (limit, reader), &mut before) {
            break Some(full);
        }
        if last_page {
            break None;
        }
    };
    Ok(Json(AuditBody { events: groups.into_iter().map(body).collect(), next }))
}

/// Adds rows to groups until there would be too many; then says where the next page begins.
fn gather(
    groups: &mut Vec<Group>,
    rows: Vec<Chained>,
    (limit, reader): (usize, Reader),
    before: &mut i64,
) -> Option<i64> {
    for Chained { row, .. } in rows {
        let sentence = words::sentence(&row, reader);
        let (seq, at) = (row.seq, row.at);
        match groups.iter().rposition(|group| group.takes(&row, &sentence)) {
            Some(nth) => groups[nth].since = at,
            None if groups.len() >= limit => return Some(*before),
            None => groups.push(Group { since: at, sentence, row }),
        }
        *before = seq;
    }
    None
}

fn body(group: Group) -> EventBody {
    let Group { row, sentence, .. } = group;
    let emergency = words::is_emergency(&row);
    let by = row.author.filter(|author| author.2 != SYSTEM);
    EventBody {
        id: row.seq,
        at: UtcMillis(row.at).to_rfc3339(),
        sentence,
        emergency,
        action: row.action,
        outcome: if row.outcome == "refused" { row.outcome } else { "allowed".to_owned() },
        name: by.as_ref().map(|author| author.1.clone()),
        job_title: by.as_ref().map(|author| author.3.clone()),
        organisation: by.map(|author| author.5),
        connection: row.connection,
        reason: row.reason,
    }
}

/// The role of the service itself.
const SYSTEM: &str = "system";

/// Like events of a session that are no further apart are one, in milliseconds.
const TOGETHER_MS: i64 = 30 * 60 * 1_000;

/// Events in an answer, if nobody says how many.
const EVENTS_USUAL: usize = 50;

/// Most events in one answer.
const EVENTS_MAX: usize = 200;

/// Rows read at once.
const ROWS_AT_ONCE: u32 = 500;

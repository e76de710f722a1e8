//! `GET /api/plans/{plan}/at`: the plan as it was at a moment, and the views that were published then.

use super::{
    author::{AuthorBody, device_time},
    decision_list::SignatureBody,
    field_body::{FieldBody, field_bodies},
};
use crate::{
    access::PlanAccess,
    extract::{InPath, InQuery},
    history::{self, HistoryFailure, Moment, Part, Reading},
    problem::Problem,
    session::SignedIn,
    state::AppState,
    store::{Authored, Published, Store, StoreError},
};
use automerge::ChangeHash;
use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use coplan_core::{
    conflict::{self, Conflict, ConflictKind},
    content, decision,
    id::PlanId,
    policy::{Action, Granted, Resource},
    section::Sections,
    time::UtcMillis,
    view::{Person, ViewKind},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AtQuery {
    /// The moment, as RFC 3339 writes it.
    at: String,
}

/// The plan at a moment. The published views stand behind it, byte for byte as they were served: `views: {urgent, ...}`.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PlanThen {
    at: String,
    /// As demographics had it at the publication that stood then; before the first, as it has it now.
    #[schema(value_type = Object)]
    person: Person,
    /// Number of the publication that stood then.
    version: Option<u32>,
    published_at: Option<String>,
    /// The sections that one may read, as people were writing them then.
    sections: Vec<SectionThen>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct SectionThen {
    section: String,
    title: String,
    /// Hashes in hex, sorted.
    heads: Vec<String>,
    fields: Vec<FieldBody>,
    /// The decision records, by kind; of a section of decisions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    decisions: Vec<KindThen>,
    conflicts: Vec<ConflictThen>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct KindThen {
    kind: String,
    label: String,
    records: Vec<RecordThen>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct RecordThen {
    id: String,
    /// `current`, `disputed`, `superseded` or `withdrawn`.
    state: &'static str,
    fields: Vec<FieldBody>,
    supersedes: Vec<String>,
    reason: Option<String>,
    recorded: SignatureBody,
    endorsed: Option<SignatureBody>,
    withdrawn: Option<SignatureBody>,
    withdrawn_reason: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct ConflictThen {
    path: String,
    label: String,
    #[schema(value_type = String)]
    kind: ConflictKind,
    values: Vec<ContenderThen>,
    /// Which of the values is to be followed until somebody chooses.
    applies: Option<usize>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct ContenderThen {
    display: String,
    by: Option<AuthorBody>,
    at: Option<String>,
    device_at: Option<String>,
    /// Hash of the change, in hex.
    change: String,
}

/// Why there is no plan at a moment.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AtFailure {
    /// Reading it failed.
    #[error(transparent)]
    History(#[from] HistoryFailure),
    /// There is no such plan.
    #[error("no such plan")]
    UnknownPlan,
    /// The plan had not begun.
    #[error("the plan began at {}, and {} is before that", .begun_at.to_rfc3339(), .at.to_rfc3339())]
    BeforePlan {
        /// The moment.
        at: UtcMillis,
        /// When the plan began.
        begun_at: UtcMillis,
    },
    /// The moment lies ahead.
    #[error("{} has not come yet", .0.to_rfc3339())]
    NotYet(UtcMillis),
}

impl From<StoreError> for AtFailure {
    fn from(error: StoreError) -> Self {
        Self::History(error.into())
    }
}

impl From<AtFailure> for Problem {
    fn from(failure: AtFailure) -> Self {
        let detail = failure.to_string();
        match failure {
            AtFailure::History(failure) => failure.into(),
            AtFailure::UnknownPlan => Self::not_found(),
            AtFailure::BeforePlan { .. } => Self::unprocessable("before-plan", "Before the plan began", detail),
            AtFailure::NotYet(_) => Self::unprocessable("not-yet", "Not yet", detail),
        }
    }
}

/// The plan as it was at a moment: what had arrived of each section that one may read, and the views that were published.
#[utoipa::path(
    get, path = "/api/plans/{plan}/at", tag = "history", params(("plan" = String, Path), AtQuery),
    responses(
        (status = 200, body = PlanThen),
        (status = 400, body = Problem, description = "`bad-query`"),
        (status = 401, body = Problem),
        (status = 404, body = Problem),
        (status = 422, body = Problem, description = "`bad-moment`, `before-plan`, `not-yet`"),
    )
)]
pub(crate) async fn plan_at(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(plan): InPath<PlanId>,
    InQuery(query): InQuery<AtQuery>,
) -> Result<Response, Problem> {
    let see = super::granted(&state, &who, Action::See, &plan).await?;
    // A `+` in a query is a space to most who read one.
    let unreadable = || Problem::unprocessable("bad-moment", "Not a moment", "`at` is no time as RFC 3339 writes it");
    let at = UtcMillis::from_rfc3339(&query.at.replace(' ', "+")).ok_or_else(unreadable)?;
    if at > state.clock.now() {
        return Err(AtFailure::NotYet(at).into());
    }
    let access = super::access(&state, &who, &plan).await?;
    let published = access.part(Action::ReadPublished, Resource::Plan);
    let asked = Asked { see: &see, published: published.as_ref(), access: Some(&access) };
    let bytes = plan_then(&state.store, &state.sections(), asked, at).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], bytes).into_response())
}

/// For whom the plan is read.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The right to see that there is a plan.
    pub(crate) see: &'a Granted,
    /// The right to read what was published.
    pub(crate) published: Option<&'a Granted>,
    /// By whose rights sections are read; without, everything is shown.
    pub(crate) access: Option<&'a PlanAccess<'a>>,
}

/// The JSON of a plan at a moment.
///
/// # Errors
/// `AtFailure`.
pub(crate) async fn plan_then(
    store: &Store,
    sections: &Sections,
    asked: Asked<'_>,
    at: UtcMillis,
) -> Result<Vec<u8>, AtFailure> {
    let (person, _) = store.plan(asked.see).await?.ok_or(AtFailure::UnknownPlan)?;
    let begun_at = store.begun_at(asked.see.plan()).await?.ok_or(AtFailure::UnknownPlan)?;
    if at < begun_at {
        return Err(AtFailure::BeforePlan { at, begun_at });
    }
    let published = match asked.published {
        Some(granted) => match store.version_at(granted, at).await? {
            Some(version) => store.publication(granted, Some(version)).await?,
            None => None,
        },
        None => None,
    };
    let parts = history::parts(store, sections, asked.see, asked.access).await?;
    let read = history::read(store, parts, move |readings| {
        readings.iter().filter_map(|reading| Then::of(reading, at)).collect::<Vec<_>>()
    });
    let mut then = Vec::new();
    for section in read.await? {
        then.push(section.body(store).await?);
    }
    let body = PlanThen {
        at: at.to_rfc3339(),
        person: published.as_ref().and_then(|published| published.person.clone()).unwrap_or(person),
        version: published.as_ref().map(|published| published.version),
        published_at: published.as_ref().map(|published| published.published_at.to_rfc3339()),
        sections: then,
    };
    let mut json = serde_json::to_vec(&body).expect("the body has only text keys and finite numbers");
    append_views(&mut json, &views(store, asked, published.as_ref()).await?);
    Ok(json)
}

/// Those that whoever asks may read today.
async fn views(
    store: &Store,
    asked: Asked<'_>,
    published: Option<&Published>,
) -> Result<Vec<(ViewKind, Vec<u8>)>, StoreError> {
    let mut views = Vec::new();
    let may_read =
        |kind: &ViewKind| asked.access.is_none_or(|access| access.allows(Action::ReadPublished, Resource::View(*kind)));
    if let (Some(granted), Some(published)) = (asked.published, published) {
        for kind in ViewKind::OWN.into_iter().filter(may_read) {
            if let Some(view) = store.view(granted, kind, Some(published.version)).await? {
                views.push((kind, view.bytes));
            }
        }
    }
    Ok(views)
}

/// Adds the member `views` with the stored bytes as they are; what is no JSON is left out.
pub(crate) fn append_views(json: &mut Vec<u8>, views: &[(ViewKind, Vec<u8>)]) {
    json.pop();
    json.extend_from_slice(br#","views":{"#);
    let json_views = views.iter().filter(|(kind, _)| kind.media_type().ends_with("json"));
    for (nth, (kind, bytes)) in json_views.enumerate() {
        let comma = if nth > 0 { "," } else { "" };
        json.extend_from_slice(format!(r#"{comma}"{}":"#, kind.as_str()).as_bytes());
        json.extend_from_slice(bytes);
    }
    json.extend_from_slice(b"}}");
}

/// One section as the document says that it was, before it is known who wrote.
struct Then {
    part: Part,
    heads: Vec<ChangeHash>,
    fields: Vec<FieldBody>,
    decisions: Vec<decision::Kind>,
    conflicts: Vec<Conflict>,
}

impl Then {
    /// `None` for a section that had not begun.
    fn of(reading: &Reading, at: UtcMillis) -> Option<Self> {
        let Reading { part, document, .. } = reading;
        let heads = Moment::At(at).heads(reading);
        if heads.is_empty() {
            return None;
        }
        let section = &part.section;
        let content = content::read(document, Some(&heads), section);
        let decided = section.is_decided();
        Some(Self {
            fields: if decided { Vec::new() } else { field_bodies(&section.fields, &content.fields) },
            decisions: if decided { decision::read(document, Some(&heads), section) } else { Vec::new() },
            conflicts: conflict::conflicts(document, Some(&heads), section),
            part: part.clone(),
            heads,
        })
    }

    async fn body(self, store: &Store) -> Result<SectionThen, StoreError> {
        let contenders = self.conflicts.iter().flat_map(|conflict| &conflict.contenders);
        let changes: BTreeSet<ChangeHash> = contenders.map(|contender| contender.change).collect();
        let changes: Vec<ChangeHash> = changes.into_iter().collect();
        let authored = store.authored(&self.part.document, &changes).await?;
        let section = &self.part.section;
        Ok(SectionThen {
            section: section.id.to_string(),
            title: section.title.clone(),
            heads: self.heads.iter().map(ToString::to_string).collect(),
            fields: self.fields,
            decisions: self
                .decisions
                .iter()
                .filter_map(|kind| kind_then(section.field(kind.field.as_str())?, kind))
                .collect(),
            conflicts: self.conflicts.into_iter().map(|conflict| conflict_then(conflict, &authored)).collect(),
        })
    }
}

fn kind_then(field: &coplan_core::section::Field, kind: &decision::Kind) -> Option<KindThen> {
    let record = |record: &decision::Record| RecordThen {
        id: record.id.clone(),
        state: record.state.as_str(),
        fields: field_bodies(&field.items, &record.fields),
        supersedes: record.supersedes.clone(),
        reason: record.reason.clone(),
        recorded: (&record.recorded).into(),
        endorsed: record.endorsed.as_ref().map(SignatureBody::from),
        withdrawn: record.withdrawn.as_ref().map(|withdrawn| (&withdrawn.by).into()),
        withdrawn_reason: record.withdrawn.as_ref().map(|withdrawn| withdrawn.reason.clone()),
    };
    let records: Vec<_> = kind.records.iter().map(record).collect();
    (!records.is_empty()).then(|| KindThen { kind: field.id.to_string(), label: field.label.clone(), records })
}

fn conflict_then(conflict: Conflict, authored: &BTreeMap<ChangeHash, Authored>) -> ConflictThen {
    let value = |contender: conflict::Contender| {
        let made = authored.get(&contender.change);
        ContenderThen {
            display: contender.display,
            by: made.map(|made| AuthorBody::from(&made.subject)),
            at: made.map(|made| made.received_at.to_rfc3339()),
            device_at: made.map(|made| device_time(made.claimed_at_s)),
            change: contender.change.to_string(),
        }
    };
    let Conflict { path, label, kind, contenders, applies } = conflict;
    ConflictThen { path, label, kind, values: contenders.into_iter().map(value).collect(), applies }
}

//! `GET /api/plans/{plan}/decisions`: every decision record, with what it is now and what one may do with it.

use super::field_body::{FieldBody, field_bodies};
use crate::{extract::InPath, problem::Problem, publish, session::SignedIn, state::AppState, store::PlanSection};
use axum::{Json, extract::State};
use coplan_core::{
    decision::{self, Kind, Record, Signature},
    id::PlanId,
    policy::{Action, Resource, Subject},
    section::{Field, RecordRule, Section},
};
use serde::Serialize;
use std::sync::Arc;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct DecisionsBody {
    /// Every kind that the definitions have, in the order in which it is shown, those without records included.
    kinds: Vec<KindBody>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct KindBody {
    kind: String,
    /// The section that defines it.
    section: String,
    label: String,
    /// Whether one may record a decision of this kind.
    may_record: bool,
    /// Whether a second, senior person endorses each.
    endorsed: bool,
    /// Whether records stand that do not agree.
    disputed: bool,
    /// Id of the record that applies while they do not, where the definition says which that is.
    applies: Option<String>,
    /// In the order in which they were made.
    records: Vec<RecordBody>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct RecordBody {
    id: String,
    kind: String,
    /// `current`, `disputed`, `superseded` or `withdrawn`.
    state: &'static str,
    fields: Vec<FieldBody>,
    /// Ids of the records whose place it took.
    supersedes: Vec<String>,
    /// Ids of the records that took its place.
    superseded_by: Vec<String>,
    reason: Option<String>,
    recorded: SignatureBody,
    /// When it was made, by the clock of the device.
    made_at: Option<String>,
    endorsed: Option<SignatureBody>,
    withdrawn: Option<WithdrawalBody>,
    /// Whether one may endorse it now.
    may_endorse: bool,
    /// Whether one may record another in its place.
    may_supersede: bool,
    /// Whether one may take it back.
    may_withdraw: bool,
    /// Hash of the change that made it, in hex.
    change: String,
}

/// Somebody as their session said they were, and when the server took what they did.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SignatureBody {
    user: String,
    name: String,
    role: String,
    job_title: String,
    /// The organisation's name.
    organisation: String,
    registration: Option<String>,
    senior: bool,
    at: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct WithdrawalBody {
    #[serde(flatten)]
    by: SignatureBody,
    reason: String,
}

impl From<&Signature> for SignatureBody {
    fn from(signature: &Signature) -> Self {
        Self {
            user: signature.user.clone(),
            name: signature.name.clone(),
            role: signature.role.clone(),
            job_title: signature.job_title.clone(),
            organisation: signature.organisation_name.clone(),
            registration: signature.registration.clone(),
            senior: signature.senior,
            at: signature.at.to_rfc3339(),
        }
    }
}

impl RecordBody {
    /// A record of this kind, as the subject may see and use it.
    pub(super) fn of(field: &Field, rule: &RecordRule, record: &Record, subject: &Subject) -> Self {
        let rights = decision::rights(rule, record, subject);
        let withdrawal = |it: &decision::Withdrawal| WithdrawalBody { by: (&it.by).into(), reason: it.reason.clone() };
        Self {
            id: record.id.clone(),
            kind: field.id.to_string(),
            state: record.state.as_str(),
            fields: field_bodies(&field.items, &record.fields),
            supersedes: record.supersedes.clone(),
            superseded_by: record.superseded_by.clone(),
            reason: record.reason.clone(),
            recorded: (&record.recorded).into(),
            made_at: record.made_at.map(|at| at.to_rfc3339()),
            endorsed: record.endorsed.as_ref().map(SignatureBody::from),
            withdrawn: record.withdrawn.as_ref().map(withdrawal),
            may_endorse: rights.endorse,
            may_supersede: rights.supersede,
            may_withdraw: rights.withdraw,
            change: record.change.to_string(),
        }
    }
}

/// Every decision record of the plan, of the sections of decisions that one may read.
#[utoipa::path(
    get, path = "/api/plans/{plan}/decisions", tag = "decisions", params(("plan" = String, Path)),
    responses(
        (status = 200, body = DecisionsBody),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem),
    )
)]
pub(crate) async fn decision_list(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(plan): InPath<PlanId>,
) -> Result<Json<DecisionsBody>, Problem> {
    let granted = super::granted(&state, &who, Action::See, &plan).await?;
    state.store.plan(&granted).await?.ok_or_else(Problem::not_found)?;
    let documents = state.store.plan_sections(&granted).await?;
    let access = super::access(&state, &who, &plan).await?;
    let (mut kinds, mut hidden) = (Vec::new(), None);
    let sections = state.sections();
    for section in sections.in_order().into_iter().filter(|section| section.is_decided()) {
        if access.allows(Action::Read, Resource::Section(section)) {
            let read = records(&state, &documents, section).await?;
            kinds.extend(bodies(section, &read, &who.subject));
        } else {
            hidden = Some(section);
        }
    }
    if let Some(section) = hidden.filter(|_| kinds.is_empty()) {
        access.decide(Action::Read, Resource::Section(section))?;
    }
    Ok(Json(DecisionsBody { kinds }))
}

/// The records of a section; a plan that has no document for it has none.
async fn records(state: &AppState, documents: &[PlanSection], section: &Section) -> Result<Vec<Kind>, Problem> {
    let Some(document) = documents.iter().find(|document| document.section == section.id) else {
        return Ok(Vec::new());
    };
    let document = publish::load(&state.store, &document.document).await?;
    Ok(decision::read(&document, None, section))
}

fn bodies<'a>(
    section: &'a Arc<Section>,
    read: &'a [Kind],
    subject: &'a Subject,
) -> impl Iterator<Item = KindBody> + use<'a> {
    decision::kinds(section).map(move |(field, rule)| {
        let kind = read.iter().find(|kind| kind.field == field.id);
        let records = kind.map(|kind| kind.records.as_slice()).unwrap_or_default();
        KindBody {
            kind: field.id.to_string(),
            section: section.id.to_string(),
            label: field.label.clone(),
            may_record: decision::may_record(rule, subject),
            endorsed: rule.endorsed,
            disputed: kind.is_some_and(Kind::is_disputed),
            applies: kind.and_then(Kind::applies).map(|record| record.id.clone()),
            records: records.iter().map(|record| RecordBody::of(field, rule, record, subject)).collect(),
        }
    })
}

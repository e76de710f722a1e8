//! `GET /api/plans/{plan}/conflicts`: where nobody has said yet what holds, and what contradicts itself.

use super::{
    author::{AuthorBody, device_time},
    field_body::{FieldBody, field_bodies, field_body},
};
use crate::{
    contradictions,
    extract::InPath,
    history::{self, Reading},
    problem::Problem,
    session::SignedIn,
    state::AppState,
    store::{Authored, GrantedDocument},
};
use automerge::ChangeHash;
use axum::{Json, extract::State};
use coplan_core::{
    conflict::{self, Conflict, ConflictKind, Contender},
    content::{FieldValue, Plain},
    contradiction::Contradiction,
    id::{PlanId, SectionId},
    policy::{Action, Resource},
    section::{Field, Section},
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ConflictsBody {
    /// In the order of the sections, then by path.
    conflicts: Vec<ConflictBody>,
    /// In the order of the rules.
    #[schema(value_type = Vec<Object>)]
    contradictions: Vec<Contradiction>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct ConflictBody {
    section: String,
    title: String,
    /// `field`, `list.item.subfield`, or `list.item`.
    path: String,
    label: String,
    #[schema(value_type = String)]
    kind: ConflictKind,
    values: Vec<ContenderBody>,
    /// Which of the values is to be followed until somebody chooses.
    applies: Option<usize>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct ContenderBody {
    /// As the document holds it; not there if it was taken away, or is more than one value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    value: Option<Plain>,
    display: String,
    /// The parts of a group, the fields of an item or of a record.
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<Vec<FieldBody>>,
    by: Option<AuthorBody>,
    /// When it arrived.
    at: Option<String>,
    /// When the device says that it was made.
    device_at: Option<String>,
    /// Hash of the change, in hex.
    change: String,
}

/// Everything of the plan that people do not agree on and nobody has settled, and everything that contradicts itself, in
/// the sections that one may read.
#[utoipa::path(
    get, path = "/api/plans/{plan}/conflicts", tag = "plans", params(("plan" = String, Path)),
    responses((status = 200, body = ConflictsBody), (status = 401, body = Problem), (status = 404, body = Problem))
)]
pub(crate) async fn conflict_list(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(plan): InPath<PlanId>,
) -> Result<Json<ConflictsBody>, Problem> {
    let see = super::granted(&state, &who, Action::See, &plan).await?;
    state.store.plan(&see).await?.ok_or_else(Problem::not_found)?;
    let sections = state.sections();
    let access = super::access(&state, &who, &plan).await?;
    let parts = history::parts(&state.store, &sections, &see, Some(&access)).await?;
    let found = history::read(&state.store, parts, |readings| readings.iter().map(Found::of).collect::<Vec<_>>());
    let mut found: Vec<Found> = found.await?;
    found.sort_by(|a, b| (a.section.order, &a.section.id).cmp(&(b.section.order, &b.section.id)));
    let mut conflicts = Vec::new();
    for Found { section, document, conflicts: of_section } in found {
        let changes: BTreeSet<ChangeHash> = of_section.iter().flat_map(changes).collect();
        let changes: Vec<ChangeHash> = changes.into_iter().collect();
        let authored = state.store.authored(&document, &changes).await?;
        conflicts.extend(of_section.into_iter().map(|conflict| conflict_body(&section, conflict, &authored)));
    }
    let may_read = |id: &SectionId| {
        sections.section(id).is_some_and(|section| access.allows(Action::Read, Resource::Section(section)))
    };
    let contradictions = contradictions::of_plan(&state.store, &sections, &see, may_read, state.clock.now()).await?;
    Ok(Json(ConflictsBody { conflicts, contradictions }))
}

/// The conflicts of one section, before it is known who wrote.
struct Found {
    section: Arc<Section>,
    document: GrantedDocument,
    conflicts: Vec<Conflict>,
}

impl Found {
    fn of(reading: &Reading) -> Self {
        let section = Arc::clone(&reading.part.section);
        let conflicts = conflict::conflicts(&reading.document, None, &section);
        Self { section, document: reading.part.document, conflicts }
    }
}

fn changes(conflict: &Conflict) -> impl Iterator<Item = ChangeHash> {
    conflict.contenders.iter().map(|contender| contender.change)
}

fn conflict_body(section: &Section, conflict: Conflict, authored: &BTreeMap<ChangeHash, Authored>) -> ConflictBody {
    let Conflict { path, label, kind, contenders, applies } = conflict;
    let values = contenders.into_iter().map(|contender| contender_body(section, &path, contender, authored)).collect();
    ConflictBody { section: section.id.to_string(), title: section.title.clone(), path, label, kind, values, applies }
}

fn contender_body(
    section: &Section,
    path: &str,
    contender: Contender,
    authored: &BTreeMap<ChangeHash, Authored>,
) -> ContenderBody {
    let Contender { value, display, change } = contender;
    let made = authored.get(&change);
    let fields = match &value {
        Some(FieldValue::Group(parts)) => definitions(section, path).map(|known| field_bodies(known, parts)),
        // A list that is denied: as the field that it is.
        Some(list @ FieldValue::List(_)) => {
            let denying = section.field(path).and_then(|field| field.denies.as_ref());
            let field = denying.and_then(|list| section.field(list.as_str()));
            field.map(|field| vec![field_body(field, list)])
        }
        _ => None,
    };
    let value = match value {
        Some(FieldValue::Single(single)) => Some(single.value),
        _ => None,
    };
    ContenderBody {
        value,
        display,
        fields,
        by: made.map(|made| AuthorBody::from(&made.subject)),
        at: made.map(|made| made.received_at.to_rfc3339()),
        device_at: made.map(|made| device_time(made.claimed_at_s)),
        change: change.to_string(),
    }
}

/// The fields of what stands at a path: the parts of a group, or the fields of an item.
fn definitions<'s>(section: &'s Section, path: &str) -> Option<&'s [Field]> {
    let mut keys = path.split('.');
    let field = section.field(keys.next()?)?;
    match (keys.next(), keys.next()) {
        (None, _) => Some(&field.parts),
        (Some(_), None) => Some(&field.items),
        (Some(_), Some(subfield)) => field.item(subfield).map(|subfield| subfield.parts.as_slice()),
    }
}

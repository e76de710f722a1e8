//! What a person's file says of decisions and suggestions: who recorded, endorsed or withdrew what, and who proposed
//! what.

use super::{
    dated::{all_dated, moment},
    document::digest,
};
use coplan_core::{
    content::edit::Edit,
    decision::{Command, NewRecord},
    id::{PlanId, SectionId},
    section::Section,
    time::UtcMillis,
};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// One decision as somebody recorded it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Decision {
    days_ago: i64,
    at: String,
    pub by: String,
    kind: String,
    /// Its name within the file.
    id: String,
    #[serde(default)]
    values: BTreeMap<String, Value>,
    /// Names of those whose place it takes.
    #[serde(default)]
    supersedes: Vec<String>,
    reason: Option<String>,
}

/// An endorsement of a decision.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Endorsement {
    days_ago: i64,
    at: String,
    pub by: String,
    kind: String,
    id: String,
}

/// A decision that was taken back.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Withdrawal {
    days_ago: i64,
    at: String,
    pub by: String,
    kind: String,
    id: String,
    reason: String,
}

/// A change that somebody proposed and nobody has decided about.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Suggestion {
    days_ago: i64,
    at: String,
    pub by: String,
    pub section: SectionId,
    pub edit: Edit,
    pub reason: String,
}

impl Decision {
    pub(super) fn moment(&self, now: UtcMillis) -> Option<UtcMillis> {
        moment(self.days_ago, &self.at, now)
    }

    pub(super) fn command(&self, plan: &PlanId, section: &Section, now: UtcMillis) -> Command {
        let field = |subfield: &str| section.field(&self.kind)?.item(subfield);
        Command::Record(NewRecord {
            kind: self.kind.clone(),
            id: record_id(plan, &self.kind, &self.id),
            values: all_dated(&self.values, field, now),
            supersedes: self.supersedes.iter().map(|id| record_id(plan, &self.kind, id)).collect(),
            reason: self.reason.clone(),
            made_at: None,
        })
    }
}

impl Endorsement {
    pub(super) fn moment(&self, now: UtcMillis) -> Option<UtcMillis> {
        moment(self.days_ago, &self.at, now)
    }

    pub(super) fn command(&self, plan: &PlanId) -> Command {
        Command::Endorse { kind: self.kind.clone(), id: record_id(plan, &self.kind, &self.id) }
    }
}

impl Withdrawal {
    pub(super) fn moment(&self, now: UtcMillis) -> Option<UtcMillis> {
        moment(self.days_ago, &self.at, now)
    }

    pub(super) fn command(&self, plan: &PlanId) -> Command {
        let id = record_id(plan, &self.kind, &self.id);
        Command::Withdraw { kind: self.kind.clone(), id, reason: self.reason.clone() }
    }
}

impl Suggestion {
    pub(super) fn moment(&self, now: UtcMillis) -> Option<UtcMillis> {
        moment(self.days_ago, &self.at, now)
    }

    pub(super) fn id(&self, plan: &PlanId) -> String {
        let moment = format!("{} {}", self.days_ago, self.at);
        uuid(&["suggestion", plan.as_str(), &self.by, &moment])
    }
}

/// The id that a client would have made for the record of that name.
fn record_id(plan: &PlanId, kind: &str, name: &str) -> String {
    uuid(&["record", plan.as_str(), kind, name])
}

fn uuid(parts: &[&str]) -> String {
    uuid::Builder::from_random_bytes(digest(parts)).into_uuid().hyphenated().to_string()
}

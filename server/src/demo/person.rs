//! One person's file: who they are, who wrote what when, and who signed it.

use super::{
    DemoError,
    command::{Decision, Endorsement, Suggestion, Withdrawal},
    dated::{DAY_MS, Values, all_dated, dated, moment},
    world,
};
use coplan_core::{
    content::edit::Edit,
    demographics::Demographics,
    id::{OrganisationCode, SectionId, UserId},
    nhs_number::NhsNumber,
    policy::ObjectionGrade,
    section::Section,
    time::UtcMillis,
};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A person's file. Times are days before `now` and a time of day in UTC.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PersonFile {
    pub nhs_number: NhsNumber,
    pub name: String,
    pub preferred_name: Option<String>,
    pub born: String,
    /// What the demographics feed says beyond that.
    #[serde(default)]
    pub demographics: Demographics,
    /// Who works with them, where that is not everybody of the region.
    #[serde(default)]
    pub access: AccessFile,
    /// Who acts for them, where somebody does.
    pub proxy: Option<Proxy>,
    #[serde(rename = "visit", default)]
    pub visits: Vec<Visit>,
    #[serde(rename = "publish", default)]
    pub signings: Vec<Signing>,
    #[serde(rename = "decision", default)]
    pub decisions: Vec<Decision>,
    #[serde(rename = "endorse", default)]
    pub endorsements: Vec<Endorsement>,
    #[serde(rename = "withdraw", default)]
    pub withdrawals: Vec<Withdrawal>,
    #[serde(rename = "suggestion", default)]
    pub suggestions: Vec<Suggestion>,
}

/// Who works with a person, and what they do not want.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AccessFile {
    /// Organisations that look after them; empty for all of the region.
    pub care_team: Vec<OrganisationCode>,
    /// Members of staff named for them.
    pub members: Vec<Member>,
    /// What they do not want.
    pub objections: Vec<ObjectionFile>,
}

/// A member of staff named for a person.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Member {
    pub user: UserId,
    pub reason: String,
}

/// An objection as somebody recorded it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ObjectionFile {
    pub grade: ObjectionGrade,
    days_ago: i64,
    at: String,
    pub by: String,
    pub reason: String,
    /// How many days from now it ends.
    until_days: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Proxy {
    pub name: String,
    pub relationship: String,
}

/// Edits that one author made to one section at one sitting, each of them a change of its own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Visit {
    days_ago: i64,
    at: String,
    /// A member of staff, `person` or `proxy`.
    pub by: String,
    pub section: SectionId,
    /// Made without having seen the section's last visit, as on a device without a signal.
    #[serde(default)]
    pub beside: bool,
    #[serde(default)]
    set: Values,
    #[serde(default)]
    group: BTreeMap<String, Values>,
    #[serde(default)]
    text: BTreeMap<String, String>,
    /// List, item, subfields.
    #[serde(default)]
    add: BTreeMap<String, BTreeMap<String, Values>>,
    #[serde(default)]
    change: BTreeMap<String, BTreeMap<String, Values>>,
    /// List, item, reason.
    #[serde(default)]
    remove: BTreeMap<String, BTreeMap<String, String>>,
}

/// A signed publication.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Signing {
    days_ago: i64,
    at: String,
    pub by: String,
    pub sections: Vec<SectionId>,
}

impl PersonFile {
    pub(super) fn read(file: &str, text: &str) -> Result<Self, DemoError> {
        world::read(file, text)
    }
}

impl ObjectionFile {
    /// When it was recorded; `None` if the file's time is not one, or not in the past.
    pub(super) fn moment(&self, now: UtcMillis) -> Option<UtcMillis> {
        moment(self.days_ago, &self.at, now)
    }

    /// When it ends.
    pub(super) fn until(&self, now: UtcMillis) -> Option<UtcMillis> {
        self.until_days.map(|days| now.plus_ms(days * DAY_MS))
    }
}

impl Signing {
    /// When it was signed; `None` if the file's time is not one, or not in the past.
    pub(super) fn moment(&self, now: UtcMillis) -> Option<UtcMillis> {
        moment(self.days_ago, &self.at, now)
    }
}

impl Visit {
    /// When it began; `None` if the file's time is not one, or not in the past.
    pub(super) fn moment(&self, now: UtcMillis) -> Option<UtcMillis> {
        moment(self.days_ago, &self.at, now)
    }

    /// What was edited, in the order of a form: single values, groups, texts, then lists.
    ///
    /// Items are added in the order in which they are to be rung, and else in that of their ids.
    pub(super) fn edits(&self, section: &Section, now: UtcMillis) -> Vec<Edit> {
        let mut edits = Vec::new();
        for (field, value) in &self.set {
            edits.push(Edit::Set { field: field.clone(), value: dated(section.field(field), value, now) });
        }
        for (field, values) in &self.group {
            let part = |part: &str| section.field(field)?.part(part);
            edits.push(Edit::SetGroup { field: field.clone(), values: all_dated(values, part, now) });
        }
        for (field, text) in &self.text {
            edits.push(Edit::SetText { field: field.clone(), text: text.clone() });
        }
        for (list, items) in &self.add {
            let subfield = |subfield: &str| section.field(list)?.item(subfield);
            let mut items: Vec<_> = items.iter().collect();
            items.sort_by_key(|(_, values)| values.get("call_order").and_then(Value::as_i64));
            edits.extend(items.into_iter().map(|(id, values)| Edit::AddItem {
                field: list.clone(),
                id: id.clone(),
                order: None,
                values: all_dated(values, subfield, now),
            }));
        }
        edits.extend(self.changed_items(section, now));
        for (list, items) in &self.remove {
            edits.extend(items.iter().map(|(item, reason)| Edit::RemoveItem {
                field: list.clone(),
                item: item.clone(),
                reason: reason.clone(),
            }));
        }
        edits
    }

    fn changed_items(&self, section: &Section, now: UtcMillis) -> Vec<Edit> {
        let mut edits = Vec::new();
        for (list, items) in &self.change {
            for (item, values) in items {
                edits.extend(values.iter().map(|(subfield, value)| Edit::SetItem {
                    field: list.clone(),
                    item: item.clone(),
                    subfield: subfield.clone(),
                    value: dated(section.field(list).and_then(|list| list.item(subfield)), value, now),
                }));
            }
        }
        edits
    }
}

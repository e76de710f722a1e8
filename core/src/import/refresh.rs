//! What an import does to a section, decided from the section as it is.

use super::{
    Record, RecordKind, Topic,
    allergy::NO_KNOWN_ALLERGIES,
    document_change::imports,
    fault::{Fault, ImportError},
    found::{Found, FoundItem, id_prefix},
    values::{DATE, Difference, SOURCE, differences, differs, fits, held_value, held_values, is_same, name_of},
};
use crate::{
    content::{self, Content, FieldValue, Item, List, edit::Edit},
    section::{Field, Kind, Section},
    trace::Trace,
};
use automerge::{Automerge, ChangeHash};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What to do, and what to tell.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// To be made together, as one change with the mark of the import; empty if everything is as the record has it.
    pub edits: Vec<Edit>,
    /// Items that are new.
    pub added: Vec<Touched>,
    /// Items and fields that are as the record has them now.
    pub refreshed: Vec<Touched>,
    /// Items that are not in the record any more.
    pub removed: Vec<Touched>,
    /// What stays as it is although the record says something else.
    pub left: Vec<Left>,
}

/// A place, with what people call what stands there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touched {
    /// `list.item`, or `field`.
    pub path: String,
    /// The item's name, or the field's label.
    pub name: String,
}

/// What an import did not touch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// Where.
    #[serde(flatten)]
    pub at: Touched,
    /// Why.
    pub reason: Reason,
    /// Where the record says otherwise.
    pub differences: Vec<Difference>,
}

/// Why something was left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Somebody here has changed it since it was taken over.
    EditedHere,
    /// Somebody here has removed it.
    RemovedHere,
    /// Somebody here has written it down, or another record has.
    WrittenHere,
    /// It is not in the record any more, and somebody here has changed it.
    GoneAndEditedHere,
    /// The record has no allergies at all any more, and does not say that there are none.
    NoneLeft,
    /// The record says that there are no allergies, and here stand some.
    AllergiesHere,
    /// It does not fit into the plan, by its length or for want of words; the path is its place in the Bundle.
    Unusable,
    /// The record says that this medicine is not to be given; the path is its place in the Bundle.
    NotToBeGiven,
}

/// What the import of these topics, all of this section, does to its document on this day (`YYYY-MM-DD`).
///
/// # Errors
/// `ImportError` if a list cannot take it, or the section has no place for it: then nothing is to be done at all.
pub fn plan(
    document: &Automerge,
    section: &Section,
    found: &[Found],
    record: &Record,
    day: &str,
) -> Result<Plan, ImportError> {
    let own = imports(document);
    let trace = Trace::build(document, None, section);
    let content = content::read(document, None, section);
    let others = written_by_others(&trace, &own);
    let mut refresh = Refresh { section, content: &content, others, record, day, plan: Plan::default() };
    for found in found {
        refresh.topic(found)?;
    }
    Ok(refresh.plan)
}

/// Every place that anybody but an import wrote at: `field`, `list.item`.
fn written_by_others(trace: &Trace, own: &BTreeSet<ChangeHash>) -> BTreeSet<String> {
    let by_another = trace.paths().filter(|(_, writes)| writes.iter().any(|write| !own.contains(&write.change)));
    by_another.map(|(path, _)| path.split('.').take(2).collect::<Vec<_>>().join(".")).collect()
}

struct Refresh<'r> {
    section: &'r Section,
    content: &'r Content,
    others: BTreeSet<String>,
    record: &'r Record,
    day: &'r str,
    plan: Plan,
}

impl<'r> Refresh<'r> {
    fn topic(&mut self, found: &Found) -> Result<(), ImportError> {
        let list = self
            .section
            .field(found.topic.list())
            .filter(|field| field.kind == Kind::List && [SOURCE, DATE].iter().all(|mark| field.item(mark).is_some()));
        let no_place = || Fault::NoPlace.at(format!("{}.{}", self.section.id, found.topic.list()));
        let list = list.ok_or_else(no_place)?;
        let held = self.held(list);
        let before = self.plan.added.len();
        let mut absent = Vec::new();
        for item in &found.items {
            absent.extend(self.item(list, &held, item, found)?);
        }
        let added = self.plan.added.len() - before;
        let max = list.items_max();
        if held.items.len() + held.removed.len() + added > max as usize {
            return Err(Fault::ListFull { max }.at(format!("{}.{}", self.section.id, list.id)));
        }
        if found.is_whole {
            self.gone(list, &held, found, &absent);
        }
        self.plan.left.extend(found.unusable.iter().map(|one| Left {
            at: Touched { path: one.place.clone(), name: one.name.clone() },
            reason: one.reason,
            differences: Vec::new(),
        }));
        match found.topic {
            Topic::Allergies => self.allergies(&held, found),
            Topic::Medicines if !found.items.is_empty() && found.is_whole => self.state(LIST_STATE, RECORD_ONLY),
            _ => {}
        }
        Ok(())
    }

    fn held(&self, list: &Field) -> List {
        match self.content.field(list.id.as_str()).map(|field| &field.value) {
            Some(FieldValue::List(list)) => list.clone(),
            _ => List::default(),
        }
    }

    /// Takes one entry over; gives its values where it does not stand here as an item of its own.
    fn item(
        &mut self,
        list: &'r Field,
        held: &List,
        item: &FoundItem,
        found: &Found,
    ) -> Result<Option<BTreeMap<String, Value>>, ImportError> {
        let values = self.fitting(list, item)?;
        let path = format!("{}.{}", list.id, item.id);
        let at = Touched { path: path.clone(), name: name_of(list, &values) };
        let standing = held.items.iter().find(|one| one.id == item.id);
        let removed = held.removed.iter().find(|one| one.item.id == item.id);
        let touched = self.others.contains(&path);
        match (standing, removed) {
            (Some(standing), _) if touched => self.leave(at, Reason::EditedHere, differences(list, standing, &values)),
            (Some(standing), _) => self.refresh(list, standing, &values, at),
            (None, Some(_)) if touched => {
                self.leave(at, Reason::RemovedHere, Vec::new());
                return Ok(Some(values));
            }
            (None, Some(removed)) => {
                // An import took it away, and the record has it again.
                let (field, id) = (list.id.to_string(), item.id.clone());
                self.plan.edits.push(Edit::RestoreItem { field, item: id });
                self.set(list, &removed.item, &values);
                self.plan.added.push(at);
            }
            (None, None) => match self.twin(list, held, &values, found) {
                None => self.add(list, item, values, at),
                Some((twin, reason)) => {
                    let at = Touched { path: format!("{}.{}", list.id, twin.id), name: at.name };
                    let removed = reason == Reason::RemovedHere;
                    let differing = if removed { Vec::new() } else { differences(list, twin, &values) };
                    self.leave(at, reason, differing);
                    return Ok(Some(values));
                }
            },
        }
        Ok(None)
    }

    /// The values that the definition takes, each checked by it. A code that it does not have is left out; the words that
    /// belong to it stand in the item's name.
    fn fitting(&self, list: &Field, item: &FoundItem) -> Result<BTreeMap<String, Value>, ImportError> {
        let mut values = BTreeMap::new();
        for (id, value) in &item.values {
            let Some(field) = list.item(id) else { continue };
            match fits(field, value) {
                Some(value) => drop(values.insert((*id).to_owned(), value)),
                // What an item is about, and how much of it, is there whole or the item is not.
                None if field.required => {
                    return Err(Fault::Refused.at(format!("{}.{}.{id}", self.section.id, list.id)));
                }
                None => {}
            }
        }
        Ok(values)
    }

    fn add(&mut self, list: &Field, item: &FoundItem, mut values: BTreeMap<String, Value>, at: Touched) {
        values.extend(self.marks());
        let (field, id) = (list.id.to_string(), item.id.clone());
        self.plan.edits.push(Edit::AddItem { field, id, order: None, values });
        self.plan.added.push(at);
    }

    /// The item that somebody here has for the same thing, by its code or by its name: one that they wrote, one of another
    /// record, or one of this record that they edited or removed and that the record has under another id now.
    fn twin<'l>(
        &self,
        list: &Field,
        held: &'l List,
        values: &BTreeMap<String, Value>,
        found: &Found,
    ) -> Option<(&'l Item, Reason)> {
        let prefix = id_prefix(self.record);
        let touched = |item: &Item| self.others.contains(&format!("{}.{}", list.id, item.id));
        let of_record = |item: &Item| item.id.starts_with(&prefix);
        // What the record has under its own id is another entry of it.
        let other = |item: &Item| !of_record(item) || found.items.iter().all(|one| one.id != item.id);
        let same = |item: &Item| other(item) && is_same(list, &held_values(list, item), values);
        // A record that nobody named may have it under another id each time.
        let keeps_ids = !self.record.name.is_empty();
        let mut standing = held.items.iter().filter(|item| !keeps_ids || !of_record(item) || touched(item));
        let mut removed = held.removed.iter().map(|removed| &removed.item).filter(|item| touched(item));
        let standing = standing.find(|item| same(item)).map(|item| (item, Reason::WrittenHere));
        standing.or_else(|| removed.find(|item| same(item)).map(|item| (item, Reason::RemovedHere)))
    }

    fn refresh(&mut self, list: &Field, standing: &Item, values: &BTreeMap<String, Value>, at: Touched) {
        if differs(list, standing, values) {
            self.set(list, standing, values);
            self.plan.refreshed.push(at);
        }
    }

    /// Makes an item say what the record says, and since when it does.
    fn set(&mut self, list: &Field, item: &Item, values: &BTreeMap<String, Value>) {
        let mut values = values.clone();
        values.extend(self.marks());
        for field in &list.items {
            let (before, now) = (held_value(item, field), values.get(field.id.as_str()));
            if before.as_ref() != now {
                self.plan.edits.push(Edit::SetItem {
                    field: list.id.to_string(),
                    item: item.id.clone(),
                    subfield: field.id.to_string(),
                    value: now.cloned().unwrap_or(Value::Null),
                });
            }
        }
    }

    fn marks(&self) -> [(String, Value); 2] {
        [(SOURCE.to_owned(), self.record.kind.code().into()), (DATE.to_owned(), self.day.into())]
    }

    /// Items of this record that it does not have any more. Not gone is what it has under another id that does not stand
    /// here: with the item, the last that says so would go.
    fn gone(&mut self, list: &Field, held: &List, found: &Found, absent: &[BTreeMap<String, Value>]) {
        let prefix = id_prefix(self.record);
        let of_record = held.items.iter().filter(|item| item.id.starts_with(&prefix));
        let gone: Vec<&Item> = of_record.filter(|item| found.items.iter().all(|one| one.id != item.id)).collect();
        // An answer without any allergy may be one that failed: that there are none is said, and never by saying nothing.
        let unsaid = found.topic == Topic::Allergies && found.items.is_empty() && !found.none_known;
        for item in gone {
            let path = format!("{}.{}", list.id, item.id);
            let here = held_values(list, item);
            let at = Touched { name: name_of(list, &here), path };
            let elsewhere = absent.iter().find(|values| is_same(list, &here, values));
            if let Some(values) = elsewhere {
                if !self.others.contains(&at.path) {
                    self.refresh(list, item, values, at);
                }
                continue;
            }
            if self.others.contains(&at.path) {
                self.leave(at, Reason::GoneAndEditedHere, Vec::new());
                continue;
            }
            if unsaid && !found.over.contains(&item.id) {
                self.leave(at, Reason::NoneLeft, Vec::new());
                continue;
            }
            let (field, reason) = (list.id.to_string(), self.record.kind.gone().to_owned());
            self.plan.edits.push(Edit::RemoveItem { field, item: item.id.clone(), reason });
            self.plan.removed.push(at);
        }
    }

    /// Whether there are none, and where that is from. That there are none is never said beside any that stand here.
    fn allergies(&mut self, held: &List, found: &Found) {
        let gone = |item: &&Item| self.plan.removed.iter().any(|one| one.path.ends_with(&format!(".{}", item.id)));
        let stand = held.items.iter().any(|item| !gone(&item));
        let Some(field) = self.section.field(NONE_KNOWN) else { return };
        let says_none = self.content.field(NONE_KNOWN).is_some();
        let ours = !self.others.contains(NONE_KNOWN);
        let at = Touched { path: NONE_KNOWN.to_owned(), name: field.label.clone() };
        if found.none_known && stand {
            self.leave(at, Reason::AllergiesHere, Vec::new());
        } else if found.none_known && !says_none && ours && field.code(NO_KNOWN_ALLERGIES).is_some() {
            self.plan.edits.push(Edit::Set { field: NONE_KNOWN.to_owned(), value: NO_KNOWN_ALLERGIES.into() });
            self.plan.refreshed.push(at);
        } else if found.none_known && !says_none {
            self.leave(at, Reason::RemovedHere, Vec::new());
        } else if says_none && ours && (!found.items.is_empty() || found.is_whole && !found.none_known) {
            self.plan.edits.push(Edit::Clear { field: NONE_KNOWN.to_owned() });
            self.plan.refreshed.push(at);
        }
        if found.none_known || found.is_whole && !found.items.is_empty() {
            self.state(ALLERGIES_ASKED, FROM_RECORD);
        }
    }

    /// Says that a list is from the GP record, where nobody has said otherwise. With that said the section can be signed: so
    /// never of a list of another record, or of a part of one.
    fn state(&mut self, id: &str, code: &str) {
        if self.record.kind != RecordKind::GpRecord {
            return;
        }
        let Some(field) = self.section.field(id).filter(|field| field.code(code).is_some()) else { return };
        if self.content.field(id).is_none() && !self.others.contains(id) {
            self.plan.edits.push(Edit::Set { field: id.to_owned(), value: code.into() });
            self.plan.refreshed.push(Touched { path: id.to_owned(), name: field.label.clone() });
        }
    }

    fn leave(&mut self, at: Touched, reason: Reason, differences: Vec<Difference>) {
        // What is the same here and there is nobody's news, unless it was taken away.
        if differences.is_empty() && matches!(reason, Reason::EditedHere | Reason::WrittenHere) {
            return;
        }
        self.plan.left.push(Left { at, reason, differences });
    }
}

const NONE_KNOWN: &str = "no_known_allergies";
const ALLERGIES_ASKED: &str = "allergies_asked";
const FROM_RECORD: &str = "record";
const LIST_STATE: &str = "list_state";
const RECORD_ONLY: &str = "record-only";

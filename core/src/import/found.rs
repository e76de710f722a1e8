//! What a Bundle says of one topic, as values that the section's list could hold.

use super::{
    Record, Topic, allergy,
    bundle::{Bundle, Resource, in_all_the_world, is_absolute, text},
    fault::{Fault, ImportError},
    medicine, problem,
    refresh::Reason,
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What was found of one topic.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Of which.
    pub topic: Topic,
    /// What of it matters now, in the order of the record.
    pub items: Vec<FoundItem>,
    /// Whether this is all that the record holds of the topic, so that what is not here is not there.
    pub is_whole: bool,
    /// For allergies: the record says that there are none.
    pub none_known: bool,
    /// Ids of entries that the record says are over, or were a mistake.
    pub over: Vec<String>,
    /// What could not be taken over.
    pub unusable: Vec<Unusable>,
}

/// An entry that matters and is not taken over.
#[derive(Clone, PartialEq, Eq)]
pub struct Unusable {
    /// Where it stands in the Bundle.
    pub place: String,
    /// What people call it, where that must be told; else empty.
    pub name: String,
    /// Why.
    pub reason: Reason,
}

impl std::fmt::Debug for Unusable {
    /// Its place alone: what it is called is about a person.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Unusable({}, {:?})", self.place, self.reason)
    }
}

/// One entry of the record.
#[derive(Clone, PartialEq)]
pub struct FoundItem {
    /// The id that its item has in the list, the same at every import.
    pub id: String,
    /// Value of each subfield that has one.
    pub values: BTreeMap<&'static str, Value>,
}

impl std::fmt::Debug for FoundItem {
    /// Its id alone: what it says is about a person.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FoundItem({})", self.id)
    }
}

/// What one resource comes to.
pub(super) enum Reading {
    /// An entry.
    Entry(BTreeMap<&'static str, Value>),
    /// That there are no allergies.
    NoneKnown,
    /// Something that is over, was a mistake, or says nothing of its own.
    PassedOver,
    /// Something that matters and does not fit.
    Unusable,
    /// That the medicine of this name is not to be given.
    NotToBeGiven(String),
}

/// What the Bundle says of a topic. `None` if it holds nothing of it, and that says nothing: it is not `whole`.
///
/// # Errors
/// `ImportError` where a resource has neither an identifier nor an id.
pub fn found(bundle: &Bundle, topic: Topic, record: &Record, whole: bool) -> Result<Option<Found>, ImportError> {
    let resources: Vec<&Resource> = bundle.of_types(topic.resources()).collect();
    if resources.is_empty() && !whole {
        return Ok(None);
    }
    let (items, over, unusable) = (Vec::new(), Vec::new(), Vec::new());
    let mut found = Found { topic, items, is_whole: whole, none_known: false, over, unusable };
    for resource in resources {
        let reading = match topic {
            // Who does not know what it changes may not read the rest as if it were not there.
            _ if is_modified(&resource.value) => Reading::Unusable,
            Topic::Problems => problem::read(resource),
            Topic::Allergies => allergy::read(resource),
            Topic::Medicines => medicine::read(resource, bundle),
        };
        let unusable = |name, reason| Unusable { place: resource.place.clone(), name, reason };
        let id = item_id(topic, resource, record)?;
        match reading {
            // The same entry twice, as pages of a search that overlap bring it.
            Reading::Entry(_) if found.items.iter().any(|item| item.id == id) => {}
            Reading::Entry(values) => found.items.push(FoundItem { id, values }),
            Reading::NoneKnown => found.none_known = true,
            Reading::PassedOver => found.over.push(id),
            Reading::Unusable => found.unusable.push(unusable(String::new(), Reason::Unusable)),
            Reading::NotToBeGiven(name) => found.unusable.push(unusable(name, Reason::NotToBeGiven)),
        }
    }
    // What could not be read, or was withheld, may be what is missing.
    found.is_whole &= found.unusable.is_empty() && bundle.is_complete();
    found.none_known &= found.items.is_empty() && found.unusable.is_empty();
    Ok(Some(found))
}

/// Whether an extension that may turn the meaning of the rest stands anywhere in it.
pub(super) fn is_modified(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(key, value)| {
            key == "modifierExtension" && !value.is_null() && *value != Value::Array(Vec::new()) || is_modified(value)
        }),
        Value::Array(elements) => elements.iter().any(is_modified),
        _ => false,
    }
}

/// Begins the ids of the items of one record.
pub(super) fn id_prefix(record: &Record) -> String {
    format!("{ID_START}{}-", hex::encode(&digest(&[record.kind.code(), &record.name])[..4]))
}

fn item_id(topic: Topic, resource: &Resource, record: &Record) -> Result<String, ImportError> {
    let source = if record.name.is_empty() { of_itself(resource) } else { of_record(resource)? };
    Ok(format!("{}{}", id_prefix(record), hex::encode(&digest(&[topic.list(), &source])[..12])))
}

/// What tells an entry from every other of any record. `AllergyIntolerance/1` does not: each hospital has one, and one would
/// be taken for the other's. At worst an entry that was reworded is there twice, which people see.
fn of_itself(resource: &Resource) -> String {
    let business = resource.list("identifier").iter().find_map(in_all_the_world);
    let address = || resource.full_url.clone().filter(|url| is_absolute(url));
    business.or_else(address).unwrap_or_else(|| resource.value.to_string())
}

/// What tells an entry from the others of its record.
fn of_record(resource: &Resource) -> Result<String, ImportError> {
    let business = resource
        .list("identifier")
        .iter()
        .find_map(|identifier| Some(format!("{}|{}", text(identifier, "/system")?, text(identifier, "/value")?)));
    let logical = || resource.text("/id").map(|id| format!("{}/{id}", resource.kind));
    let source = business.or_else(logical).or_else(|| resource.full_url.clone());
    source.ok_or_else(|| Fault::Missing("an identifier or an id").at(resource.place.as_str()))
}

fn digest(parts: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update("coplan import");
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// Begins the ids of all items that imports made.
pub(super) const ID_START: &str = "rec-";

//! The entries of a document, each with an id that names the same thing in every version.

use crate::id::PlanId;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// A document on its way.
pub(super) struct Bundle<'p> {
    plan: &'p PlanId,
    entries: Vec<Value>,
    known: BTreeSet<String>,
}

impl<'p> Bundle<'p> {
    pub(super) fn of(plan: &'p PlanId) -> Self {
        Self { plan, entries: Vec::new(), known: BTreeSet::new() }
    }

    /// The id of what these words name within the plan.
    pub(super) fn id(&self, names: &[&str]) -> String {
        let mut hasher = Sha256::new();
        for name in [self.plan.as_str()].iter().chain(names) {
            hasher.update((name.len() as u64).to_be_bytes());
            hasher.update(name.as_bytes());
        }
        let digest: [u8; 32] = hasher.finalize().into();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid().hyphenated().to_string()
    }

    /// A reference to the entry that these words name.
    pub(super) fn reference(&self, names: &[&str]) -> Value {
        json!({ "reference": full_url(&self.id(names)) })
    }

    /// Adds the resource that these words name, unless it is there, and gives a reference to it. `resource` begins with its
    /// `resourceType`.
    pub(super) fn add(&mut self, names: &[&str], resource: Value) -> Value {
        let id = self.id(names);
        let reference = json!({ "reference": full_url(&id) });
        if self.known.insert(id.clone()) {
            self.entries.push(json!({ "fullUrl": full_url(&id), "resource": with_id(resource, id) }));
        }
        reference
    }

    /// The entries: the first of them is the Composition, which is added last because it names the others.
    pub(super) fn into_entries(mut self, names: &[&str], composition: Value) -> Vec<Value> {
        self.add(names, composition);
        self.entries.rotate_right(1);
        self.entries
    }
}

/// The id stands behind the type, where readers look for it.
fn with_id(resource: Value, id: String) -> Value {
    let Value::Object(members) = resource else { return resource };
    let mut with_id = Map::new();
    for (name, value) in members {
        let is_type = name == "resourceType";
        with_id.insert(name, value);
        if is_type {
            with_id.insert("id".to_owned(), Value::String(id.clone()));
        }
    }
    Value::Object(with_id)
}

fn full_url(id: &str) -> String {
    format!("urn:uuid:{id}")
}

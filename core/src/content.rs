//! What a section's document holds, read by its definition.
//!
//! A document is `{meta: {section, definition}, fields: {<field id>: value}, settled: {<id>: {path, reason}}}`. A `text`
//! field is an Automerge Text, made at genesis; every other single value is a scalar, and a cleared one is gone; a list is
//! a map `item id -> {order, <subfield>: value, removed?: reason}`; a group is a map of scalars that is replaced whole.
//! `settled` holds why each conflict that was settled was settled so, made by the change that settled it.
//!
//! Reading takes any document: keys that the definition does not have are passed over, what does not fit is reported in
//! `Content::problems`, nothing panics. It deliberately does not judge who may see a value; views do that.

pub mod edit;
mod genesis;
mod load;
mod read;
mod service;
#[cfg(test)]
mod tests;
mod upgrade;
mod words;

pub use genesis::{genesis, genesis_actor};
pub use load::{DocumentError, empty_document, load_document};
pub use read::read;
pub(crate) use read::{read_fields, read_single, read_value};
pub use service::{is_service_actor, service_actor};
pub use upgrade::{is_up_to_date, upgrade, upgrade_actor};

use crate::{id::FieldId, section::ValueError};
use serde::Serialize;

/// The fields of one section that hold something, at one moment of its history.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Content {
    /// In the definition's order; a field that holds nothing is not there.
    pub fields: Vec<FieldContent>,
    /// What the document holds that the definition does not allow.
    pub problems: Vec<Problem>,
}

impl Content {
    /// What the field of that id holds, if anything.
    #[must_use]
    pub fn field(&self, id: &str) -> Option<&FieldContent> {
        self.fields.iter().find(|field| field.field.as_str() == id)
    }
}

/// What one field, subfield of an item, or part of a group holds.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldContent {
    /// Its id in the definition.
    pub field: FieldId,
    /// The value that Automerge shows, the same on all replicas.
    pub value: FieldValue,
    /// Other values that were set without having seen this one. For class `C!` they stand side by side until a person
    /// picks; for class `R` they are the losers.
    pub others: Vec<FieldValue>,
}

/// A value by its shape.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldValue {
    /// Collaborative text, never empty.
    Text(String),
    /// One scalar.
    Single(Single),
    /// The parts of a group that hold something, in the definition's order.
    Group(Vec<FieldContent>),
    /// A list.
    List(List),
}

/// A scalar with the words that people read for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Single {
    /// As the document holds it.
    pub value: Plain,
    /// What people read: a code's display, "Yes", "30 minutes", "21 November 2026".
    pub display: String,
}

/// A scalar of one of the four types that a section's document holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Plain {
    /// A line, a code, a date, a telephone number.
    Text(String),
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(f64),
}

/// A list's items.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct List {
    /// Those that stand, by `order`, then by id.
    pub items: Vec<Item>,
    /// Those that somebody removed, in the same order.
    pub removed: Vec<RemovedItem>,
}

/// One item of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its key in the document.
    pub id: String,
    /// Where it stands; an item without a usable `order` stands last.
    pub order: f64,
    /// Its fields that hold something, in the definition's order.
    pub fields: Vec<FieldContent>,
}

/// An item that was removed, with the reason that was given.
#[derive(Debug, Clone, PartialEq)]
pub struct RemovedItem {
    /// The item as it is.
    pub item: Item,
    /// Why it was removed.
    pub reason: String,
}

/// Something in a document that the definition does not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: `contacts.k3f.phone`.
    pub path: String,
    /// What is wrong there.
    pub kind: ProblemKind,
}

/// What can be wrong at one place of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProblemKind {
    /// The root has no map `fields`, so that there is nothing to read.
    #[error("the document has no fields")]
    NoFields,
    /// An object where a scalar belongs, or the reverse; the value is passed over.
    #[error("not of the shape that the definition asks for")]
    Shape,
    /// A key of a list that cannot be an item's id; the item is passed over.
    #[error("not an item's id")]
    ItemId,
    /// An item without a usable `order`; it stands last.
    #[error("an item without a usable order")]
    Order,
    /// A value that the definition does not allow. If it is of the right type it is shown all the same, because hiding
    /// what somebody wrote is worse than showing it; otherwise it is passed over.
    #[error("{0}")]
    Value(ValueError),
}

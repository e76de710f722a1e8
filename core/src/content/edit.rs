//! Honest changes to a section's document, for the server, the demo and tests: what a well-made client would write.

mod settle;

use super::read::order_of;
use crate::section::{Field, Kind, Section, ValueError, check_removed_reason, is_item_id, limits::NUMBER_MAX};
use automerge::{
    ActorId, Automerge, AutomergeError, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value as Held,
    transaction::{CommitOptions, Transactable, Transaction},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// One edit. Values are JSON as the definition asks: a string, a number, a boolean; for a group an object of its parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "snake_case", deny_unknown_fields)]
pub enum Edit {
    /// Makes a text field read so, with the fewest insertions and deletions.
    SetText {
        /// A `text` field.
        field: String,
        /// The whole text.
        text: String,
    },
    /// Sets a single value.
    Set {
        /// A field that is a scalar.
        field: String,
        /// Its value.
        value: Value,
    },
    /// Takes a value away: a scalar, a group, or all of a text.
    Clear {
        /// Any field but a list.
        field: String,
    },
    /// Replaces a group whole.
    SetGroup {
        /// A `group` field.
        field: String,
        /// Value of each part that has one.
        values: BTreeMap<String, Value>,
    },
    /// Adds an item at the end of a list, or where `order` says.
    AddItem {
        /// A `list` field.
        field: String,
        /// The item's id: 1 to 64 of `a-z`, `0-9` and `-`.
        id: String,
        /// Where it stands; behind the last if not given.
        #[serde(default)]
        order: Option<f64>,
        /// Value of each subfield that has one.
        values: BTreeMap<String, Value>,
    },
    /// Sets one subfield of an item: a scalar, a text, a group.
    SetItem {
        /// A `list` field.
        field: String,
        /// The item's id.
        item: String,
        /// The subfield.
        subfield: String,
        /// Its value; `null` takes it away.
        value: Value,
    },
    /// Puts an item somewhere else.
    MoveItem {
        /// A `list` field.
        field: String,
        /// The item's id.
        item: String,
        /// Its new place.
        order: f64,
    },
    /// Removes an item, which stays in the document with the reason.
    RemoveItem {
        /// A `list` field.
        field: String,
        /// The item's id.
        item: String,
        /// Why.
        reason: String,
    },
    /// Brings a removed item back.
    RestoreItem {
        /// A `list` field.
        field: String,
        /// The item's id.
        item: String,
    },
    /// Ends a conflict: what holds from now on, and why.
    Settle {
        /// Where: `field`, `list.item.subfield`, or `list.item` for whether an item stands.
        path: String,
        /// What holds.
        choice: Choice,
        /// Why, for those who read it later.
        reason: String,
        /// The id of the note that says why; made from the document and the edit if not given.
        #[serde(default)]
        id: Option<String>,
    },
}

/// What holds once a conflict is settled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// This value; for a group an object of its parts.
    Value(Value),
    /// Nothing: the field is empty.
    Cleared,
    /// The item is removed, for the same reason.
    Removed,
    /// The item stands, as it is.
    Kept,
}

/// Why an edit was not made. Nothing of it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The definition has no such field, subfield or part.
    #[error("no field `{0}`")]
    UnknownField(String),
    /// The edit is for another type of field.
    #[error("`{field}` is {held}, which this edit does not change")]
    Kind {
        /// The field.
        field: String,
        /// What it holds.
        held: &'static str,
    },
    /// The definition does not allow the value.
    #[error("`{field}`: {error}")]
    Value {
        /// The field.
        field: String,
        /// Why not.
        error: ValueError,
    },
    /// The list has no such item, or it was removed.
    #[error("no item `{0}`")]
    NoItem(String),
    /// The list has or had an item of that id.
    #[error("there is an item `{0}` already")]
    ItemExists(String),
    /// Not an item's id.
    #[error("`{0}` is not an item's id")]
    ItemId(String),
    /// As many items as the definition allows.
    #[error("the list is full")]
    ListFull,
    /// The order is not a finite number.
    #[error("an item's order is a finite number")]
    Order,
    /// The document holds that already, so there is no change to make.
    #[error("the edit changes nothing")]
    NoChange,
    /// The document has not been made for this section.
    #[error("the document has no place for `{0}`")]
    NoPlace(String),
    /// A path that is too long, or that a conflict cannot have, or a choice that does not answer it.
    #[error("`{0}` is no place that this choice settles")]
    SettledPath(String),
    /// Automerge refused.
    #[error("{0}")]
    Document(String),
}

impl From<AutomergeError> for EditError {
    fn from(error: AutomergeError) -> Self {
        Self::Document(error.to_string())
    }
}

/// Makes one edit as one change of the document's own actor, which the caller has set, at the device's time `time_s`
/// (seconds since 1970).
///
/// # Errors
/// `EditError`; the document is then as it was.
pub fn apply(document: &mut Automerge, section: &Section, edit: &Edit, time_s: i64) -> Result<ChangeHash, EditError> {
    apply_all(document, section, std::slice::from_ref(edit), time_s)
}

/// Makes edits, one after the other, as one change: all of them, or none. Otherwise like `apply`.
///
/// # Errors
/// `EditError` of the first that was refused; the document is then as it was.
pub fn apply_all(
    document: &mut Automerge,
    section: &Section,
    edits: &[Edit],
    time_s: i64,
) -> Result<ChangeHash, EditError> {
    change(document, section, edits, CommitOptions::default().with_time(time_s))
}

/// Makes one edit like `apply`, in a change with this commit message: at most 200 bytes, and never content.
///
/// # Errors
/// `EditError`; the document is then as it was.
pub fn apply_saying(
    document: &mut Automerge,
    section: &Section,
    edit: &Edit,
    time_s: i64,
    message: &str,
) -> Result<ChangeHash, EditError> {
    let options = CommitOptions::default().with_time(time_s).with_message(message);
    change(document, section, std::slice::from_ref(edit), options)
}

/// Makes edits like `apply_all`, in one change with this commit message: at most 200 bytes, and never content.
///
/// # Errors
/// `EditError` of the first that was refused; the document is then as it was.
pub fn apply_all_saying(
    document: &mut Automerge,
    section: &Section,
    edits: &[Edit],
    time_s: i64,
    message: &str,
) -> Result<ChangeHash, EditError> {
    change(document, section, edits, CommitOptions::default().with_time(time_s).with_message(message))
}

fn change(
    document: &mut Automerge,
    section: &Section,
    edits: &[Edit],
    options: CommitOptions,
) -> Result<ChangeHash, EditError> {
    let seen = Seen { actor: document.get_actor().clone(), heads: document.get_heads() };
    let mut transaction = document.transaction();
    // A transaction that is dropped takes its operations back.
    for edit in edits {
        Editor { transaction: &mut transaction, section, seen: &seen }.make(edit)?;
    }
    if transaction.pending_ops() == 0 {
        return Err(EditError::NoChange);
    }
    let (hash, _) = transaction.commit_with(options);
    hash.ok_or(EditError::NoChange)
}

/// What the change is made on.
struct Seen {
    actor: ActorId,
    heads: Vec<ChangeHash>,
}

struct Editor<'e, 'd> {
    transaction: &'e mut Transaction<'d>,
    section: &'e Section,
    seen: &'e Seen,
}

impl<'e> Editor<'e, '_> {
    fn make(&mut self, edit: &Edit) -> Result<(), EditError> {
        match edit {
            Edit::SetText { field, text } => {
                let field = self.field(field, |kind| kind == Kind::Text)?;
                let root = self.root()?;
                self.set(&root, field, &Value::from(text.as_str()))
            }
            Edit::Set { field, value } => {
                let field = self.field(field, Kind::is_scalar)?;
                let root = self.root()?;
                self.set(&root, field, value)
            }
            Edit::Clear { field } => {
                let field = self.field(field, |kind| kind != Kind::List)?;
                let root = self.root()?;
                self.set(&root, field, &Value::Null)
            }
            Edit::SetGroup { field, values } => {
                let field = self.field(field, |kind| kind == Kind::Group)?;
                let root = self.root()?;
                self.set_group(&root, field, values)
            }
            Edit::AddItem { field, id, order, values } => self.add_item(field, id, *order, values),
            Edit::SetItem { field, item, subfield, value } => {
                let list = self.list(field)?;
                let item = self.item(&list, item)?;
                let field = self.field(field, |kind| kind == Kind::List)?;
                let subfield = field.item(subfield).ok_or_else(|| EditError::UnknownField(subfield.clone()))?;
                self.set(&item, subfield, value)
            }
            Edit::MoveItem { field, item, order } => {
                let list = self.list(field)?;
                let item = self.item(&list, item)?;
                Ok(self.transaction.put(&item, "order", whole_or_number(*order)?)?)
            }
            Edit::RemoveItem { field, item, reason } => {
                check_removed_reason(reason)
                    .map_err(|error| EditError::Value { field: "removed".to_owned(), error })?;
                let list = self.list(field)?;
                let item = self.item(&list, item)?;
                Ok(self.transaction.put(&item, "removed", reason.as_str())?)
            }
            Edit::RestoreItem { field, item } => {
                let list = self.list(field)?;
                let found = self.map(&list, item)?.ok_or_else(|| EditError::NoItem(item.clone()))?;
                match self.transaction.get(&found, "removed")? {
                    Some(_) => Ok(self.transaction.delete(&found, "removed")?),
                    None => Err(EditError::NoChange),
                }
            }
            Edit::Settle { path, choice, reason, id } => {
                settle::settle(self, path, choice, reason)?;
                settle::note(self, path, reason, id.as_deref())
            }
        }
    }

    fn add_item(
        &mut self,
        field: &str,
        id: &str,
        order: Option<f64>,
        values: &BTreeMap<String, Value>,
    ) -> Result<(), EditError> {
        let list = self.list(field)?;
        let field = self.field(field, |kind| kind == Kind::List)?;
        if !is_item_id(id) {
            return Err(EditError::ItemId(id.to_owned()));
        }
        if self.transaction.get(&list, id)?.is_some() {
            return Err(EditError::ItemExists(id.to_owned()));
        }
        if self.transaction.length(&list) >= field.items_max() as usize {
            return Err(EditError::ListFull);
        }
        if let Some(unknown) = values.keys().find(|key| field.item(key).is_none()) {
            return Err(EditError::UnknownField(unknown.clone()));
        }
        let order = whole_or_number(order.unwrap_or_else(|| self.last_order(&list) + 1.0))?;
        let item = self.transaction.put_object(&list, id, ObjType::Map)?;
        self.transaction.put(&item, "order", order)?;
        for subfield in &field.items {
            // Texts are made with the item, so that two people who begin to write in one write in the same.
            if subfield.kind == Kind::Text {
                self.transaction.put_object(&item, subfield.id.as_str(), ObjType::Text)?;
            }
            if let Some(value) = values.get(subfield.id.as_str()).filter(|value| !value.is_null()) {
                self.set(&item, subfield, value)?;
            }
        }
        Ok(())
    }

    /// Sets one value below `object`; `null` takes it away.
    fn set(&mut self, object: &ObjId, field: &Field, value: &Value) -> Result<(), EditError> {
        let key = field.id.as_str();
        match (field.kind, value) {
            (Kind::List, _) => Err(kind_error(field)),
            (Kind::Text, value) => self.set_text(object, field, value.as_str().unwrap_or_default(), value),
            (_, Value::Null) => match self.transaction.get(object, key)? {
                Some(_) => Ok(self.transaction.delete(object, key)?),
                None => Err(EditError::NoChange),
            },
            (Kind::Group, Value::Object(values)) => {
                let values = values.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
                self.set_group(object, field, &values)
            }
            (_, value) => Ok(self.transaction.put(object, key, scalar(field, value)?)?),
        }
    }

    fn set_text(&mut self, object: &ObjId, field: &Field, text: &str, value: &Value) -> Result<(), EditError> {
        if !(value.is_string() || value.is_null()) {
            return Err(value_error(field, ValueError::Type { expected: field.kind.in_words() }));
        }
        field.check_text(text).map_err(|error| value_error(field, error))?;
        match self.transaction.get(object, field.id.as_str())? {
            Some((Held::Object(ObjType::Text), held)) => Ok(self.transaction.update_text(&held, text)?),
            _ => Err(EditError::NoPlace(field.id.to_string())),
        }
    }

    fn set_group(&mut self, object: &ObjId, field: &Field, values: &BTreeMap<String, Value>) -> Result<(), EditError> {
        let mut parts = Vec::new();
        for (key, value) in values.iter().filter(|(_, value)| !value.is_null()) {
            let part = field.part(key).ok_or_else(|| EditError::UnknownField(key.clone()))?;
            parts.push((key, scalar(part, value)?));
        }
        if parts.is_empty() {
            return Err(value_error(field, ValueError::Empty));
        }
        let group = self.transaction.put_object(object, field.id.as_str(), ObjType::Map)?;
        for (key, value) in parts {
            self.transaction.put(&group, key.as_str(), value)?;
        }
        Ok(())
    }

    fn field(&self, id: &str, fits: impl Fn(Kind) -> bool) -> Result<&'e Field, EditError> {
        let field = self.section.field(id).ok_or_else(|| EditError::UnknownField(id.to_owned()))?;
        if fits(field.kind) { Ok(field) } else { Err(kind_error(field)) }
    }

    fn root(&self) -> Result<ObjId, EditError> {
        self.map(&ROOT, "fields")?.ok_or_else(|| EditError::NoPlace("fields".to_owned()))
    }

    fn list(&self, field: &str) -> Result<ObjId, EditError> {
        self.field(field, |kind| kind == Kind::List)?;
        self.map(&self.root()?, field)?.ok_or_else(|| EditError::NoPlace(field.to_owned()))
    }

    fn item(&self, list: &ObjId, id: &str) -> Result<ObjId, EditError> {
        let item = self.map(list, id)?.ok_or_else(|| EditError::NoItem(id.to_owned()))?;
        match self.transaction.get(&item, "removed")? {
            None => Ok(item),
            Some(_) => Err(EditError::NoItem(id.to_owned())),
        }
    }

    fn map(&self, object: &ObjId, key: &str) -> Result<Option<ObjId>, EditError> {
        Ok(match self.transaction.get(object, key)? {
            Some((Held::Object(ObjType::Map), id)) => Some(id),
            _ => None,
        })
    }

    fn last_order(&self, list: &ObjId) -> f64 {
        let orders = self.transaction.keys(list).filter_map(|key| {
            let item = self.map(list, &key).ok().flatten()?;
            let (order, _) = self.transaction.get(&item, "order").ok().flatten()?;
            order_of(&order)
        });
        orders.fold(0.0, f64::max)
    }
}

/// The scalar that JavaScript would write for this value, if the field takes it.
pub(crate) fn scalar(field: &Field, value: &Value) -> Result<ScalarValue, EditError> {
    let scalar = match value {
        Value::String(text) => ScalarValue::Str(text.as_str().into()),
        Value::Bool(yes) => ScalarValue::Boolean(*yes),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => ScalarValue::Int(whole),
            (None, Some(number)) => ScalarValue::F64(number),
            (None, None) => ScalarValue::Null,
        },
        Value::Null | Value::Array(_) | Value::Object(_) => ScalarValue::Null,
    };
    field.check_scalar(&scalar).map_err(|error| value_error(field, error))?;
    Ok(scalar)
}

/// JavaScript writes whole numbers as integers.
fn whole_or_number(order: f64) -> Result<ScalarValue, EditError> {
    if !order.is_finite() || order.abs() > NUMBER_MAX as f64 {
        return Err(EditError::Order);
    }
    Ok(if order.fract() == 0.0 { ScalarValue::Int(order as i64) } else { ScalarValue::F64(order) })
}

fn kind_error(field: &Field) -> EditError {
    EditError::Kind { field: field.id.to_string(), held: field.kind.in_words() }
}

fn value_error(field: &Field, error: ValueError) -> EditError {
    EditError::Value { field: field.id.to_string(), error }
}

//! From an Automerge document to `Content`.

use super::{
    Content, FieldContent, FieldValue, Item, List, Plain, Problem, ProblemKind, RemovedItem, Single, words::display,
};
use crate::section::{Field, Kind, Section, ValueError, is_item_id};
use automerge::{Automerge, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value};

/// What the document holds of this section: now, or at `heads`. Heads that the document does not know count as not there;
/// whoever needs them checks first.
#[must_use]
pub fn read(document: &Automerge, heads: Option<&[ChangeHash]>, section: &Section) -> Content {
    let mut reader = Reader { document, heads, problems: Vec::new() };
    let fields = match reader.winner(&ROOT, "fields") {
        Some((Value::Object(ObjType::Map), root)) => reader.fields(&root, &section.fields, ""),
        _ => {
            reader.problem("", ProblemKind::NoFields);
            Vec::new()
        }
    };
    Content { fields, problems: reader.problems }
}

/// What one object of the document holds of these fields: an item that something else than a list's order found.
pub(crate) fn read_fields(
    document: &Automerge,
    heads: Option<&[ChangeHash]>,
    object: &ObjId,
    fields: &[Field],
) -> Vec<FieldContent> {
    Reader { document, heads, problems: Vec::new() }.fields(object, fields, "")
}

/// What one value of the document is to this field, where whoever asks has found the value.
pub(crate) fn read_value(
    document: &Automerge,
    heads: Option<&[ChangeHash]>,
    field: &Field,
    (raw, id): (Value<'_>, &ObjId),
) -> Option<FieldValue> {
    Reader { document, heads, problems: Vec::new() }.value(raw, id, field, "")
}

/// What people read for a scalar of this field; nothing if it is not of the field's type.
pub(crate) fn read_single(field: &Field, scalar: &ScalarValue) -> Option<Single> {
    if let Err(ValueError::Type { .. } | ValueError::NotANumber | ValueError::Empty) = field.check_scalar(scalar) {
        return None;
    }
    let value = plain(scalar)?;
    let display = display(field, &value);
    Some(Single { value, display })
}

struct Reader<'d> {
    document: &'d Automerge,
    heads: Option<&'d [ChangeHash]>,
    problems: Vec<Problem>,
}

impl<'d> Reader<'d> {
    fn fields(&mut self, object: &ObjId, fields: &[Field], path: &str) -> Vec<FieldContent> {
        fields.iter().filter_map(|field| self.field(object, field, &below(path, field.id.as_str()))).collect()
    }

    fn field(&mut self, object: &ObjId, field: &Field, path: &str) -> Option<FieldContent> {
        let (raw, id) = self.winner(object, field.id.as_str())?;
        let mut others = Vec::new();
        for (other, other_id) in self.losers(object, field.id.as_str(), &id) {
            others.extend(self.value(other, &other_id, field, path));
        }
        // A value that the other replica set to the same is no conflict, and nothing is lost.
        let value = self.value(raw, &id, field, path).or_else(|| others.pop())?;
        others.retain(|other| *other != value);
        others.dedup();
        Some(FieldContent { field: field.id.clone(), value, others })
    }

    fn value(&mut self, raw: Value<'_>, id: &ObjId, field: &Field, path: &str) -> Option<FieldValue> {
        match (field.kind, raw) {
            (Kind::Text, Value::Object(ObjType::Text)) => self.text(id, field, path).map(FieldValue::Text),
            (Kind::List, Value::Object(ObjType::Map)) => self.list(id, field, path).map(FieldValue::List),
            (Kind::Group, Value::Object(ObjType::Map)) => {
                let parts = self.fields(id, &field.parts, path);
                (!parts.is_empty()).then_some(FieldValue::Group(parts))
            }
            (kind, Value::Scalar(scalar)) if kind.is_scalar() => self.single(&scalar, field, path),
            _ => {
                self.problem(path, ProblemKind::Shape);
                None
            }
        }
    }

    fn text(&mut self, id: &ObjId, field: &Field, path: &str) -> Option<String> {
        let text = match self.heads {
            Some(heads) => self.document.text_at(id, heads),
            None => self.document.text(id),
        };
        let text = text.ok()?;
        if let Err(error) = field.check_text(&text) {
            self.problem(path, ProblemKind::Value(error));
        }
        (!text.trim().is_empty()).then_some(text)
    }

    fn single(&mut self, scalar: &ScalarValue, field: &Field, path: &str) -> Option<FieldValue> {
        if let Err(error) = field.check_scalar(scalar) {
            self.problem(path, ProblemKind::Value(error));
        }
        read_single(field, scalar).map(FieldValue::Single)
    }

    fn list(&mut self, id: &ObjId, field: &Field, path: &str) -> Option<List> {
        let mut list = List::default();
        for key in self.keys(id) {
            let path = below(path, &key);
            if !is_item_id(&key) {
                self.problem(&path, ProblemKind::ItemId);
                continue;
            }
            let Some((Value::Object(ObjType::Map), object)) = self.winner(id, &key) else {
                self.problem(&path, ProblemKind::Shape);
                continue;
            };
            let order = self.order(&object, &path);
            let reason = self.removed(&object, &path);
            let item = Item { id: key, order, fields: self.fields(&object, &field.items, &path) };
            match reason {
                Some(reason) => list.removed.push(RemovedItem { item, reason }),
                None => list.items.push(item),
            }
        }
        let rank = |a: &Item, b: &Item| a.order.total_cmp(&b.order).then_with(|| a.id.cmp(&b.id));
        list.items.sort_by(rank);
        list.removed.sort_by(|a, b| rank(&a.item, &b.item));
        (list != List::default()).then_some(list)
    }

    fn order(&mut self, item: &ObjId, path: &str) -> f64 {
        let order = self.winner(item, "order").and_then(|(value, _)| order_of(&value));
        order.unwrap_or_else(|| {
            self.problem(path, ProblemKind::Order);
            f64::INFINITY
        })
    }

    /// The reason for which an item was removed. An unreadable one still removes: what brings back what somebody took away
    /// must be a person.
    fn removed(&mut self, item: &ObjId, path: &str) -> Option<String> {
        let (value, _) = self.winner(item, "removed")?;
        match value.as_str() {
            Some(reason) => Some(reason.to_owned()),
            None => {
                self.problem(&below(path, "removed"), ProblemKind::Shape);
                Some(String::new())
            }
        }
    }

    fn keys(&self, object: &ObjId) -> Vec<String> {
        match self.heads {
            Some(heads) => self.document.keys_at(object, heads).collect(),
            None => self.document.keys(object).collect(),
        }
    }

    fn winner(&self, object: &ObjId, key: &str) -> Option<(Value<'d>, ObjId)> {
        match self.heads {
            Some(heads) => self.document.get_at(object, key, heads),
            None => self.document.get(object, key),
        }
        .ok()
        .flatten()
    }

    fn losers(&self, object: &ObjId, key: &str, winner: &ObjId) -> Vec<(Value<'d>, ObjId)> {
        let all = match self.heads {
            Some(heads) => self.document.get_all_at(object, key, heads),
            None => self.document.get_all(object, key),
        };
        let mut all = all.unwrap_or_default();
        all.retain(|(_, id)| id != winner);
        all
    }

    fn problem(&mut self, path: &str, kind: ProblemKind) {
        self.problems.push(Problem { path: path.to_owned(), kind });
    }
}

/// The place in a list that an item's `order` says, if it is a usable number.
pub(super) fn order_of(value: &Value<'_>) -> Option<f64> {
    let Value::Scalar(scalar) = value else { return None };
    match scalar.as_ref() {
        ScalarValue::Int(order) => Some(*order as f64),
        ScalarValue::F64(order) if order.is_finite() => Some(*order),
        _ => None,
    }
}

fn plain(scalar: &ScalarValue) -> Option<Plain> {
    match scalar {
        ScalarValue::Str(text) => Some(Plain::Text(text.to_string())),
        ScalarValue::Boolean(yes) => Some(Plain::Bool(*yes)),
        ScalarValue::Int(number) => Some(Plain::Whole(*number)),
        ScalarValue::F64(number) => Some(Plain::Number(*number)),
        _ => None,
    }
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

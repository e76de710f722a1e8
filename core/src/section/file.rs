//! One section file, from TOML to a `Section`, with every fault on the way.

use super::{
    Code, Field, Kind, MergeClass, Section, SignOff,
    fault::{Fault, Faults},
    limits::{CODES_MAX, FIELDS_MAX, FILE_BYTES_MAX, HELP_CHARS_MAX, INNER_FIELDS_MAX, LABEL_CHARS_MAX},
    rules::{self, Place},
    value::allowed_in_line,
};
use crate::{
    id::{FieldId, SectionId},
    role::Role,
    section::Audience,
};
use serde::de::DeserializeOwned;
use toml::{Table, Value};

/// Reads one file. `None` only together with a fault; with a fault, what is returned is not to be used.
pub(super) fn read(name: &str, text: &str, faults: &mut Faults) -> Option<Section> {
    let id = id_of_file(name, faults)?;
    if text.len() > FILE_BYTES_MAX {
        faults.add("", Fault::FileTooLong);
        return None;
    }
    match text.parse::<Table>() {
        Ok(table) => section(&id, &Node { table: &table, path: String::new() }, faults),
        Err(error) => {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            faults.add("", Fault::Toml { line, message: error.message().to_owned() });
            None
        }
    }
}

fn id_of_file(name: &str, faults: &mut Faults) -> Option<SectionId> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let stem = name.strip_suffix(".toml").filter(|stem| stem.bytes().all(allowed) && !stem.starts_with('-'));
    let id = stem.and_then(|stem| stem.parse().ok());
    if id.is_none() {
        faults.add("", Fault::FileName);
    }
    id
}

fn section(id: &SectionId, node: &Node<'_>, faults: &mut Faults) -> Option<Section> {
    node.refuse_keys_other_than(&SECTION_KEYS, faults);
    if node.need::<String>("id", faults).is_some_and(|named| named != id.as_str()) {
        faults.add("id", Fault::NotFileName { expected: id.to_string() });
    }
    let version = node.need("version", faults);
    let order = node.need("order", faults);
    let sign_off = node.need::<SignOff>("sign_off", faults);
    let audiences = node.need::<Vec<Audience>>("audiences", faults);
    let fields = fields(node, "field", Place::Section, audiences.as_deref(), faults);
    let section = Section {
        id: id.clone(),
        title: node.words("title", faults),
        version: version.unwrap_or(1),
        order: order.unwrap_or(0),
        summary: node.prose("summary", faults),
        source: node.prose("source", faults),
        heading: node.take("heading", faults),
        pathway: node.take::<String>("pathway", faults),
        writes: node.need("writes", faults).unwrap_or_default(),
        suggests: node.take::<Vec<Role>>("suggests", faults).unwrap_or_default(),
        reads: node.take::<Vec<Role>>("reads", faults).unwrap_or_default(),
        audiences: audiences.unwrap_or_default(),
        sign_off: sign_off?,
        locates_throughout: node.take("locates", faults).unwrap_or_default(),
        fields,
    };
    rules::section(&section, faults);
    Some(section)
}

/// The fields under `key`: of the section, of a list's items, or of a group. `seen_by` is who sees what they stand in.
fn fields(node: &Node<'_>, key: &str, place: Place, seen_by: Option<&[Audience]>, faults: &mut Faults) -> Vec<Field> {
    let most = if place == Place::Section { FIELDS_MAX } else { INNER_FIELDS_MAX };
    let mut read: Vec<Field> = Vec::new();
    for child in node.children(key, "id", most, faults) {
        let known = |id: &str| read.iter().any(|field| field.id.as_str() == id);
        if let Some(id) = child.take::<String>("id", faults).filter(|id| known(id)) {
            faults.add(&child.at("id"), Fault::Duplicate { id });
        }
        read.extend(field(&child, place, seen_by, faults));
    }
    rules::siblings(&read, &node.at(key), faults);
    read
}

fn field(node: &Node<'_>, place: Place, seen_by: Option<&[Audience]>, faults: &mut Faults) -> Option<Field> {
    node.refuse_keys_other_than(&FIELD_KEYS, faults);
    let id = node.need::<FieldId>("id", faults);
    let kind = node.need::<Kind>("type", faults);
    let merge = node.need::<MergeClass>("merge", faults);
    let audiences = node.take::<Vec<Audience>>("audiences", faults).unwrap_or_default();
    let inner_seen_by = if audiences.is_empty() { seen_by } else { Some(audiences.as_slice()) };
    let items = fields(node, "item", Place::Item { list: merge }, inner_seen_by, faults);
    let parts = fields(node, "part", Place::Part { group: merge }, inner_seen_by, faults);
    let codes = codes(node, faults);
    let label = node.words("label", faults);
    let help = if node.has("help") { node.prose("help", faults) } else { String::new() };
    let source = if node.has("source") { node.prose("source", faults) } else { String::new() };
    let field = Field {
        label,
        help,
        audiences,
        required: node.take("required", faults).unwrap_or_default(),
        urgent: node.take("urgent", faults).unwrap_or_default(),
        locates: node.take("locates", faults).unwrap_or_default(),
        clock: node.take("clock", faults).unwrap_or_default(),
        max_chars: node.take("max_chars", faults),
        codes,
        min: node.take("min", faults),
        max: node.take("max", faults),
        unit: node.take("unit", faults),
        max_items: node.take("max_items", faults),
        item_name: node.take("item_name", faults),
        items,
        parts,
        narrowing: node.take("narrowing", faults).unwrap_or_default(),
        denies: node.take("denies", faults),
        required_if: node.take("required_if", faults),
        record: node.take("record", faults),
        fhir: node.take("fhir", faults).unwrap_or_default(),
        source,
        id: id?,
        kind: kind?,
        merge: merge?,
    };
    rules::field(&field, &node.path, place, seen_by, faults);
    Some(field)
}

fn codes(node: &Node<'_>, faults: &mut Faults) -> Vec<Code> {
    let mut read: Vec<Code> = Vec::new();
    for child in node.children("code", "code", CODES_MAX, faults) {
        child.refuse_keys_other_than(&CODE_KEYS, faults);
        let code = child.need::<String>("code", faults).unwrap_or_default();
        rules::code(&code, &child.at("code"), faults);
        if read.iter().any(|known| known.code == code) {
            faults.add(&child.at("code"), Fault::Duplicate { id: code.clone() });
        }
        let (system, display) = (child.words("system", faults), child.words("display", faults));
        read.push(Code { system, code, display, fhir: child.take("fhir", faults).unwrap_or_default() });
    }
    read
}

/// A table of the file and where it stands.
struct Node<'t> {
    table: &'t Table,
    path: String,
}

impl<'t> Node<'t> {
    fn at(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    fn refuse_keys_other_than(&self, known: &[&str], faults: &mut Faults) {
        for key in self.table.keys().filter(|key| !known.contains(&key.as_str())) {
            faults.add(&self.at(key), Fault::UnknownKey { known: known.join(", ") });
        }
    }

    /// The value under an optional key.
    fn take<T: DeserializeOwned>(&self, key: &str, faults: &mut Faults) -> Option<T> {
        match self.table.get(key)?.clone().try_into() {
            Ok(value) => Some(value),
            Err(error) => {
                faults.add(&self.at(key), Fault::Value { message: error.message().to_owned() });
                None
            }
        }
    }

    /// The value under a key that must be there.
    fn need<T: DeserializeOwned>(&self, key: &str, faults: &mut Faults) -> Option<T> {
        if !self.has(key) {
            faults.add(&self.at(key), Fault::Missing);
        }
        self.take(key, faults)
    }

    /// A short text that must be there: a title, a label.
    fn words(&self, key: &str, faults: &mut Faults) -> String {
        self.plain_text(key, LABEL_CHARS_MAX, |c| !allowed_in_line(c), faults)
    }

    /// A longer text, in which a line break is only the file's own.
    fn prose(&self, key: &str, faults: &mut Faults) -> String {
        self.plain_text(key, HELP_CHARS_MAX, |c| c != '\n' && !allowed_in_line(c), faults)
    }

    fn plain_text(&self, key: &str, chars_max: usize, unwanted: fn(char) -> bool, faults: &mut Faults) -> String {
        let Some(text) = self.need::<String>(key, faults) else { return String::new() };
        if text.trim().is_empty() {
            faults.add(&self.at(key), Fault::Empty);
        }
        if text.contains(unwanted) {
            faults.add(&self.at(key), Fault::NotPlain);
        }
        if text.chars().count() > chars_max {
            faults.add(&self.at(key), Fault::TooLong { chars_max });
        }
        text
    }

    /// The tables of the array under `key`, each with the path that its `name_key` gives it.
    fn children(&self, key: &str, name_key: &str, most: usize, faults: &mut Faults) -> Vec<Node<'t>> {
        let values = match self.table.get(key) {
            None => return Vec::new(),
            Some(Value::Array(values)) => values.as_slice(),
            Some(_) => {
                faults.add(&self.at(key), Fault::Value { message: format!("expected tables, written [[{key}]]") });
                return Vec::new();
            }
        };
        if values.len() > most {
            faults.add(&self.at(key), Fault::TooMany { most });
        }
        let mut children: Vec<Node<'t>> = Vec::new();
        for (position, value) in values.iter().take(most).enumerate() {
            let numbered = format!("{}#{}", self.at(key), position + 1);
            let Value::Table(table) = value else {
                faults.add(&numbered, Fault::Value { message: "expected a table".to_owned() });
                continue;
            };
            let named = table.get(name_key).and_then(Value::as_str).filter(|name| !name.is_empty());
            let named = named.map(|name| format!("{}.{name}", self.at(key)));
            let path = named.filter(|path| children.iter().all(|child| child.path != *path)).unwrap_or(numbered);
            children.push(Node { table, path });
        }
        children
    }
}

const SECTION_KEYS: [&str; 15] = [
    "id",
    "title",
    "version",
    "order",
    "summary",
    "source",
    "heading",
    "pathway",
    "writes",
    "suggests",
    "reads",
    "audiences",
    "sign_off",
    "locates",
    "field",
];
const FIELD_KEYS: [&str; 25] = [
    "id",
    "label",
    "help",
    "type",
    "merge",
    "audiences",
    "required",
    "urgent",
    "locates",
    "clock",
    "max_chars",
    "code",
    "min",
    "max",
    "unit",
    "max_items",
    "item_name",
    "item",
    "part",
    "narrowing",
    "denies",
    "required_if",
    "record",
    "fhir",
    "source",
];
const CODE_KEYS: [&str; 4] = ["system", "code", "display", "fhir"];

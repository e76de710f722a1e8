//! What holds between the values of one section file, once each value can be read.

use super::{
    Audience, Current, Field, Kind, MergeClass, Section, SignOff,
    fault::{Fault, Faults},
    limits::{CODE_BYTES_MAX, LABEL_CHARS_MAX, LINE_CHARS_MAX, LIST_ITEMS_MAX, NUMBER_MAX, TEXT_CHARS_MAX},
    mapping,
    value::allowed_in_line,
};
use crate::{id::FieldId, role::Role};
use serde::Serialize;

/// What a field stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Section,
    /// A field of a list's items, with the list's merge class if that could be read.
    Item {
        list: Option<MergeClass>,
    },
    /// A part, with its group's merge class if that could be read.
    Part {
        group: Option<MergeClass>,
    },
}

pub(super) fn section(section: &Section, faults: &mut Faults) {
    if section.version == 0 {
        faults.add("version", Fault::Version);
    }
    for (path, empty) in [
        // What needs a signature is meant for somebody; what nobody sees published is never signed.
        ("audiences", section.audiences.is_empty() && section.sign_off != SignOff::None),
        ("field", section.fields.is_empty()),
        ("pathway", section.pathway.as_deref().is_some_and(|pathway| pathway.trim().is_empty())),
    ] {
        if empty {
            faults.add(path, Fault::Empty);
        }
    }
    no_duplicate("audiences", &section.audiences, faults);
    mapped(&section.fields, "field", None, faults);
    roles(section, faults);
    decided(section, faults);
}

/// What fields become in FHIR; `around` is the resource that they stand in.
fn mapped(fields: &[Field], path: &str, around: Option<&str>, faults: &mut Faults) {
    for field in fields {
        let path = format!("{path}.{}", field.id);
        if let Some((key, wanted)) = mapping::fault(field, around) {
            faults.add(&format!("{path}.{key}"), Fault::Mapping { wanted });
        }
        let around = field.fhir.resource.as_deref().or(around);
        mapped(&field.items, &format!("{path}.item"), around, faults);
        mapped(&field.parts, &format!("{path}.part"), around, faults);
    }
}

/// A section is written by people or by commands, never by both; an urgent reader must be able to tell which.
fn decided(section: &Section, faults: &mut Faults) {
    let records = section.fields.iter().filter(|field| field.merge == MergeClass::Decision).count();
    if section.writes.is_empty() && records == 0 {
        faults.add("writes", Fault::Empty);
    } else if (records > 0 && !section.writes.is_empty())
        || (section.writes.is_empty() && records < section.fields.len())
    {
        faults.add("writes", Fault::DecidedOrWritten);
    }
    if section.writes.is_empty() && (section.sign_off != SignOff::None || !section.suggests.is_empty()) {
        faults.add("sign_off", Fault::RecordsAreSigned);
    }
}

/// What holds between the fields that stand side by side.
pub(super) fn siblings(fields: &[Field], path: &str, faults: &mut Faults) {
    let find = |id: &FieldId| fields.iter().find(|field| field.id == *id);
    for field in fields {
        let at = |key: &str| format!("{path}.{}.{key}", field.id);
        if let Some(condition) = &field.required_if
            && !find(&condition.field).is_some_and(|other| other.id != field.id && has_all(other, &condition.is))
        {
            faults.add(&at("required_if"), Fault::Condition);
        }
        if let Some(list) = &field.denies
            && find(list).is_none_or(|list| list.kind != Kind::List)
        {
            faults.add(&at("denies"), Fault::NoSuchList);
        }
        if field.clock && (field.kind != Kind::Integer || field.unit.as_deref() != Some("minutes")) {
            faults.add(&at("clock"), Fault::Clock);
        }
        let Some(record) = &field.record else { continue };
        let per = record.per.as_ref().map(|per| field.item(per.as_str()));
        if per.is_some_and(|per| per.is_none_or(|per| !per.kind.is_scalar()) || record.current == Current::Each) {
            faults.add(&at("record.per"), Fault::RecordPer);
        }
        if record.recorders.is_empty() {
            faults.add(&at("record.recorders"), Fault::Empty);
        }
        no_duplicate(&at("record.recorders"), &record.recorders, faults);
    }
}

fn has_all(field: &Field, values: &[String]) -> bool {
    let has = |value: &String| match field.kind {
        Kind::Coded => field.code(value).is_some(),
        Kind::YesNo => matches!(value.as_str(), "yes" | "no"),
        _ => false,
    };
    !values.is_empty() && values.iter().all(has)
}

fn roles(section: &Section, faults: &mut Faults) {
    for (path, roles) in [("writes", &section.writes), ("suggests", &section.suggests), ("reads", &section.reads)] {
        no_duplicate(path, roles, faults);
        if roles.contains(&Role::Crew) {
            faults.add(path, Fault::CrewSyncs);
        }
        let twice = roles.iter().find(|role| path != "writes" && section.writes.contains(role));
        if let Some(role) = twice {
            faults.add(path, Fault::RoleTwice { role: word(role) });
        }
    }
    if section.sign_off == SignOff::Dual {
        faults.add("sign_off", Fault::DualSignOff);
    }
    let mut syncs = section.writes.iter().chain(&section.reads);
    if section.sign_off != SignOff::None && !syncs.any(|role| section.sign_off.may_be_given_by(*role)) {
        faults.add("sign_off", Fault::NobodySigns);
    }
}

pub(super) fn field(field: &Field, path: &str, place: Place, seen_by: Option<&[Audience]>, faults: &mut Faults) {
    let mut add = |key: &str, fault: Fault| faults.add(&format!("{path}.{key}"), fault);
    if let Some(fault) = id(field.id.as_str(), place) {
        add("id", fault);
    }
    match (place, field.kind) {
        (Place::Item { .. }, Kind::List) => add("type", Fault::NestedList),
        (Place::Part { .. }, kind) if !kind.is_scalar() => add("type", Fault::PartNotScalar),
        _ => {}
    }
    if let Some(fault) = merge(field, place) {
        add("merge", fault);
    }
    if let Some(audience) = field.audiences.iter().find(|audience| seen_by.is_some_and(|all| !all.contains(audience))) {
        add("audiences", Fault::AudienceWider { audience: word(audience) });
    }
    no_duplicate(&format!("{path}.audiences"), &field.audiences, faults);
    belongings(field, path, faults);
    lengths(field, path, faults);
    range(field, path, faults);
}

pub(super) fn code(code: &str, path: &str, faults: &mut Faults) {
    if code.is_empty() || code.len() > CODE_BYTES_MAX || !code.bytes().all(|b| b.is_ascii_graphic()) {
        faults.add(path, Fault::CodePattern);
    }
}

fn id(id: &str, place: Place) -> Option<Fault> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if !id.starts_with(|c: char| c.is_ascii_lowercase()) || !id.bytes().all(allowed) {
        return Some(Fault::IdPattern);
    }
    // The keys that every item of a list has beside its fields.
    let reserved = match place {
        Place::Item { list: Some(MergeClass::Decision) } => RECORD_KEYS.contains(&id),
        Place::Item { .. } => matches!(id, "order" | "removed"),
        _ => false,
    };
    reserved.then(|| Fault::ReservedId { id: id.to_owned() })
}

fn merge(field: &Field, place: Place) -> Option<Fault> {
    match (field.merge, place) {
        (MergeClass::Authoritative, _) => return Some(Fault::CommandMerge),
        // What a record says never changes, so that there is nothing to merge in it.
        (merge, Place::Item { list: Some(MergeClass::Decision) }) => {
            return (merge != MergeClass::Decision || field.kind == Kind::Text).then_some(Fault::RecordMerge);
        }
        (MergeClass::Decision, Place::Section) => return (field.kind != Kind::List).then_some(Fault::DecisionList),
        (MergeClass::Decision, Place::Part { group: Some(MergeClass::Decision) }) => return None,
        (MergeClass::Decision, _) => return Some(Fault::CommandMerge),
        _ => {}
    }
    if (field.kind == Kind::Text) != (field.merge == MergeClass::Text) {
        return Some(Fault::TextMerge);
    }
    if (field.kind == Kind::List) != (field.merge == MergeClass::Set) {
        return Some(Fault::ListMerge);
    }
    match place {
        Place::Part { group: Some(group) } if group != field.merge => Some(Fault::PartMerge),
        _ => None,
    }
}

/// Each key that only some types have: there if it must be, away if it must not.
fn belongings(field: &Field, path: &str, faults: &mut Faults) {
    let (list, group, coded) = (field.kind == Kind::List, field.kind == Kind::Group, field.kind == Kind::Coded);
    let (number, wordy) = (field.kind.is_number(), matches!(field.kind, Kind::Text | Kind::Line));
    let (yes_no, decided) = (field.kind == Kind::YesNo, list && field.merge == MergeClass::Decision);
    let rows = [
        ("code", !field.codes.is_empty(), coded, coded, "a `coded` field"),
        ("item", !field.items.is_empty(), list, list, "a `list`"),
        ("part", !field.parts.is_empty(), group, group, "a `group`"),
        ("max_chars", field.max_chars.is_some(), wordy, wordy, "a `text` or a `line`"),
        ("item_name", field.item_name.is_some(), list, list, "a `list`"),
        ("max_items", field.max_items.is_some(), list, false, "a `list`"),
        ("min", field.min.is_some(), number, false, "a number"),
        ("max", field.max.is_some(), number, false, "a number"),
        ("unit", field.unit.is_some(), number, false, "a number"),
        ("narrowing", field.narrowing, coded, false, "a `coded` field"),
        ("denies", field.denies.is_some(), coded || yes_no, false, "a `coded` or `yes-no` field"),
        ("record", field.record.is_some(), decided, decided, "a list of class `D`"),
    ];
    for (key, there, may, must, owner) in rows {
        if there && !may {
            faults.add(&format!("{path}.{key}"), Fault::Misplaced { owner });
        }
        if must && !there {
            faults.add(&format!("{path}.{key}"), Fault::Missing);
        }
    }
}

fn lengths(field: &Field, path: &str, faults: &mut Faults) {
    let chars_max = if field.kind == Kind::Text { TEXT_CHARS_MAX } else { LINE_CHARS_MAX };
    if field.max_chars.is_some_and(|chars| !(1..=chars_max).contains(&chars)) {
        faults.add(&format!("{path}.max_chars"), Fault::MaxChars);
    }
    if field.max_items.is_some_and(|items| !(1..=LIST_ITEMS_MAX).contains(&items)) {
        faults.add(&format!("{path}.max_items"), Fault::MaxItems);
    }
    for (key, words) in [("unit", &field.unit), ("item_name", &field.item_name)] {
        let Some(words) = words else { continue };
        if words.trim().is_empty() {
            faults.add(&format!("{path}.{key}"), Fault::Empty);
        } else if !words.chars().all(allowed_in_line) {
            faults.add(&format!("{path}.{key}"), Fault::NotPlain);
        } else if words.chars().count() > LABEL_CHARS_MAX {
            faults.add(&format!("{path}.{key}"), Fault::TooLong { chars_max: LABEL_CHARS_MAX });
        }
    }
}

fn range(field: &Field, path: &str, faults: &mut Faults) {
    for (key, limit) in [("min", field.min), ("max", field.max)] {
        let Some(limit) = limit else { continue };
        #[expect(clippy::cast_precision_loss, reason = "2^53 - 1 is exactly an f64")]
        let usable = limit.is_finite() && limit.abs() <= NUMBER_MAX as f64;
        if !usable {
            faults.add(&format!("{path}.{key}"), Fault::NumberRange);
        } else if field.kind == Kind::Integer && limit.fract() != 0.0 {
            faults.add(&format!("{path}.{key}"), Fault::NotWhole);
        }
    }
    if let (Some(min), Some(max)) = (field.min, field.max)
        && min > max
    {
        faults.add(&format!("{path}.min"), Fault::MinAboveMax);
    }
}

fn no_duplicate<T: PartialEq + Serialize>(path: &str, values: &[T], faults: &mut Faults) {
    let twice = values.iter().enumerate().find(|(at, value)| values[..*at].contains(value));
    if let Some((_, value)) = twice {
        faults.add(path, Fault::Duplicate { id: word(value) });
    }
}

/// A role or an audience as the file writes it.
fn word<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default().trim_matches('"').to_owned()
}

/// Keys that every decision record has beside its fields.
pub(super) const RECORD_KEYS: [&str; 9] =
    ["order", "removed", "supersedes", "reason", "recorded", "endorsed", "withdrawn", "made_at", "state"];

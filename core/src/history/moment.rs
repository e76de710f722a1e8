//! A section at one moment of its history, with all that history speaks of.

use crate::{
    content::{self, Content},
    decision,
    section::Section,
};
use automerge::{Automerge, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, Value};
use std::collections::BTreeMap;

/// What a section held at one moment, what had been decided, and which disagreements had been settled.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Moment {
    /// The fields.
    pub content: Content,
    /// The decision records, where the section has any.
    pub decisions: Vec<decision::Kind>,
    /// The settlements, by the id that the document knows them by.
    pub settled: BTreeMap<String, Settlement>,
}

/// Somebody chose, where two had said different things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Where: `field`, `list.item.subfield`, `list.item`.
    pub path: String,
    /// Why so.
    pub reason: String,
}

impl Moment {
    /// What the document holds now, or at `heads`; no heads at all are the moment before its first change.
    #[must_use]
    pub fn read(document: &Automerge, heads: Option<&[ChangeHash]>, section: &Section) -> Self {
        if heads.is_some_and(<[_]>::is_empty) {
            return Self::default();
        }
        let content = content::read(document, heads, section);
        let decisions = match section.is_decided() {
            true => decision::read(document, heads, section),
            false => Vec::new(),
        };
        Self { content, decisions, settled: settled(document, heads) }
    }
}

fn settled(document: &Automerge, heads: Option<&[ChangeHash]>) -> BTreeMap<String, Settlement> {
    let get = |object: &ObjId, key: &str| match heads {
        Some(heads) => document.get_at(object, key, heads),
        None => document.get(object, key),
    };
    let Ok(Some((Value::Object(ObjType::Map), all))) = get(&ROOT, "settled") else {
        return BTreeMap::new();
    };
    let keys: Vec<String> = match heads {
        Some(heads) => document.keys_at(&all, heads).collect(),
        None => document.keys(&all).collect(),
    };
    let one = |id: String| {
        let Ok(Some((Value::Object(ObjType::Map), one))) = get(&all, &id) else { return None };
        let text = |key| get(&one, key).ok().flatten().and_then(|(value, _)| value.as_str().map(str::to_owned));
        Some((id, Settlement { path: text("path")?, reason: text("reason").unwrap_or_default() }))
    };
    keys.into_iter().filter_map(one).collect()
}

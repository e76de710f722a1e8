//! Who wrote what stands: the change behind each place of a section that holds something.

use crate::{
    content::{Content, FieldContent, FieldValue, Item},
    trace::{Trace, WriteKind},
};
use automerge::{ActorId, ChangeHash};
use std::collections::BTreeSet;

/// The change whose writing stands at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Where: `field`, `list.item.subfield`; `list.item` for who added, moved, removed or brought back the item.
    pub path: String,
    /// The change that wrote last.
    pub change: ChangeHash,
    /// For a text: every device that wrote in it. One person may have several; whose they are the server knows.
    pub devices: BTreeSet<ActorId>,
}

/// Who wrote what the section holds, by path. The trace is of the same document at the same heads as the content.
#[must_use]
pub fn authors(content: &Content, trace: &Trace) -> Vec<Written> {
    let mut found = Vec::new();
    fields(&mut found, trace, &content.fields, "");
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn fields(found: &mut Vec<Written>, trace: &Trace, contents: &[FieldContent], before: &str) {
    for content in contents {
        let path = format!("{before}{}", content.field);
        let FieldValue::List(list) = &content.value else {
            found.extend(written(trace, path));
            continue;
        };
        for item in list.items.iter().chain(list.removed.iter().map(|removed| &removed.item)) {
            let Item { id, fields: below, .. } = item;
            let path = format!("{path}.{id}");
            fields(found, trace, below, &format!("{path}."));
            found.extend(written(trace, path));
        }
    }
}

fn written(trace: &Trace, path: String) -> Option<Written> {
    let change = trace.last_write(&path)?.change;
    let typed = trace.writes(&path).iter().filter(|write| matches!(write.kind, WriteKind::Text { .. }));
    let devices = typed.map(|write| trace.changes()[write.position].actor.clone()).collect();
    Some(Written { path, change, devices })
}

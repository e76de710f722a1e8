//! What is published of a document: the same bytes for everybody, and nothing in it that nobody wrote whole.

use super::replica::Written;
use crate::{
    conflict::{Conflict, TAKEN_AWAY},
    content::Content,
    section::Section,
    time::UtcMillis,
    view::{Authors, Header, Person, SectionView, ViewKind, render},
};
use serde_json::Value;

/// The bytes of every view.
pub(super) fn views(section: &Section, content: &Content, conflicts: &[Conflict]) -> Vec<Vec<u8>> {
    let (plan, since_at) = ("plan".parse().unwrap(), UtcMillis(1_700_000_000_000));
    let person = Person {
        nhs_number: "9990000018".parse().unwrap(),
        name: "An Invented Person".to_owned(),
        preferred_name: None,
        born: "1950-01-01".to_owned(),
        withheld: false,
    };
    let header = Header {
        plan: &plan,
        version: 1,
        published_at: since_at,
        person: &person,
        circumstances: &crate::view::Circumstances::default(),
    };
    let view =
        SectionView { section, content, conflicts, records: &[], since_version: 1, since_at, signed: None, heads: &[] };
    ViewKind::ALL.iter().map(|kind| render(*kind, &header, &[view], &Authors::new())).collect()
}

/// Every dose, number and code of the view, as people read it, was written as a whole by somebody.
pub(super) fn all_written_whole(view: &[u8], written: &Written) -> Result<(), String> {
    let view: Value = serde_json::from_slice(view).unwrap();
    let mut said = Vec::new();
    for section in array(&view["sections"]) {
        array(&section["fields"]).iter().for_each(|field| collect(field, &mut said));
    }
    match said.iter().find(|words| !written.contains(*words)) {
        Some(words) => Err(format!("a view says `{words}`, which nobody wrote: {view:#}")),
        None => Ok(()),
    }
}

fn collect(field: &Value, said: &mut Vec<String>) {
    let kind = field["type"].as_str().unwrap_or_default();
    match kind {
        "group" | "phone" | "coded" => {
            said.extend(whole(kind, field));
            said.extend(array(&field["contenders"]).iter().filter_map(|contender| whole(kind, contender)));
        }
        "list" => {
            for item in array(&field["items"]).iter().flat_map(|item| {
                let contenders = array(&item["contenders"]).iter().flat_map(|contender| array(&contender["fields"]));
                array(&item["fields"]).iter().chain(contenders)
            }) {
                collect(item, said);
            }
        }
        _ => {}
    }
}

/// A value in words: the parts of a group together.
fn whole(kind: &str, value: &Value) -> Option<String> {
    if kind == "group" {
        let parts: Vec<&str> = array(&value["fields"]).iter().filter_map(|part| part["display"].as_str()).collect();
        return (!parts.is_empty()).then(|| parts.join(", "));
    }
    value["display"].as_str().filter(|words| *words != TAKEN_AWAY).map(str::to_owned)
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

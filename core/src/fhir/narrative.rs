//! The narrative: what people read of a section, in the XHTML that FHIR allows (R4, 2.1.28: Narrative).
//!
//! INVARIANT: whatever anybody wrote, the result is well-formed XML 1.0 with no element that is not written here.

use crate::london::moment;
use crate::view::body::{ContenderBody, FieldBody, ItemBody, RecordBody, SectionBody, SignatureBody, Standing, words};

/// A `Narrative` of these paragraphs and lists, which are XHTML already.
pub(super) fn narrative(xhtml: &str) -> serde_json::Value {
    let div = format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{xhtml}</div>");
    serde_json::json!({ "status": "generated", "div": div })
}

/// All that a section says, and who signed it.
pub(super) fn section(section: &SectionBody<'_>) -> String {
    let standing = match &section.standing {
        Standing::Signed { by, job_title, organisation, at } => {
            format!("Signed by {}, {}", line(&[by, job_title, organisation]), moment(at))
        }
        Standing::NotSigned { at } => format!("Not signed. As of {}", moment(at)),
        Standing::Shared { at } => format!("Last changed {}", moment(at)),
    };
    format!("<p>{standing}</p>{}", fields(&section.fields))
}

/// Text as it may stand in XHTML; line breaks stay.
pub(super) fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("<br/>"),
            '\r' => {}
            // Characters that no XML document may hold.
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c if c.is_control() && c != '\t' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// What stands together, each with its label, and with all sides where it is disputed.
pub(super) fn fields(fields: &[FieldBody<'_>]) -> String {
    let each: String = fields.iter().map(|field| format!("<li>{}</li>", one(field))).collect();
    if each.is_empty() { String::new() } else { format!("<ul>{each}</ul>") }
}

fn one(field: &FieldBody<'_>) -> String {
    let mut said = format!("<b>{}</b>", text(&field.label));
    if let Some(display) = field.display {
        said.push_str(": ");
        said.push_str(&text(display));
    }
    said.push_str(&field.fields.as_deref().map(fields_of_group).unwrap_or_default());
    said.push_str(&list(field.items.iter().flatten().map(item)));
    said.push_str(&list(field.records.iter().flatten().map(record)));
    said.push_str(&list(field.contenders.iter().flatten().map(contender)));
    said
}

/// A group is read on one line.
fn fields_of_group(parts: &[FieldBody<'_>]) -> String {
    format!(": {}", text(&words(parts)))
}

/// An item of a list: what it holds, and what stands against each other of the whole.
pub(super) fn item(item: &ItemBody<'_>) -> String {
    let disputed = if item.disputed { "<b>Not agreed</b>" } else { "" };
    let contenders = list(item.contenders.iter().flatten().map(contender));
    format!("{disputed}{}{contenders}", fields(&item.fields))
}

/// A decision record, with who recorded and who endorsed it.
pub(super) fn record(record: &RecordBody<'_>) -> String {
    let state = match (record.state, record.applies) {
        ("disputed", true) => "<b>Not agreed. This one applies until it is settled</b>",
        ("disputed", false) => "<b>Not agreed</b>",
        _ => "",
    };
    let endorsed = match &record.endorsed {
        Some(endorsed) => format!("<br/>Endorsed by {}", signature(endorsed)),
        None if record.needs_endorsement => "<br/>Not endorsed yet".to_owned(),
        None => String::new(),
    };
    format!("{state}{}Recorded by {}{endorsed}", fields(&record.fields), signature(&record.recorded))
}

fn contender(contender: &ContenderBody<'_>) -> String {
    let who: Vec<&str> = [contender.by, contender.job_title, contender.organisation].into_iter().flatten().collect();
    let by = if who.is_empty() { String::new() } else { format!(" ({})", line(&who)) };
    let at = contender.at.as_deref().map(|at| format!(", {}", moment(at))).unwrap_or_default();
    let applies = if contender.applies { ". This one applies until it is settled" } else { "" };
    format!("{}{by}{at}{applies}", text(&contender.display))
}

fn signature(signature: &SignatureBody<'_>) -> String {
    let registration = signature.registration.unwrap_or_default();
    let who = line(&[signature.by, signature.job_title, signature.organisation, registration]);
    format!("{who}, {}", moment(&signature.at))
}

fn list(each: impl Iterator<Item = String>) -> String {
    let each: String = each.map(|one| format!("<li>{one}</li>")).collect();
    if each.is_empty() { each } else { format!("<ul>{each}</ul>") }
}

fn line(words: &[&str]) -> String {
    let said: Vec<String> = words.iter().filter(|word| !word.is_empty()).map(|word| text(word)).collect();
    said.join(", ")
}

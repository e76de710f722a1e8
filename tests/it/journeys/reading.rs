//! A published view as somebody would read it aloud.

use serde_json::Value;

/// The lines of one section of a view; empty if it is not there.
pub(super) fn read(view: &Value, section: &str) -> Vec<String> {
    let found = array(&view["sections"]).iter().find(|one| one["section"] == section);
    let mut lines = Vec::new();
    for field in found.into_iter().flat_map(|section| array(&section["fields"])) {
        say(field, "", &mut lines);
    }
    lines
}

fn say(field: &Value, indent: &str, lines: &mut Vec<String>) {
    let label = word(&field["label"]);
    let inner = format!("{indent}  ");
    match field["display"].as_str() {
        Some(display) => lines.push(format!("{indent}{label}: {display}")),
        None => lines.push(format!("{indent}{label}:")),
    }
    for contender in array(&field["contenders"]) {
        let (says, by, at) = (word(&contender["display"]), word(&contender["by"]), word(&contender["organisation"]));
        lines.push(format!("{inner}{by}, {at}: {says}"));
    }
    for part in array(&field["fields"]) {
        say(part, &inner, lines);
    }
    for item in array(&field["items"]) {
        let said: Vec<&str> = array(&item["fields"]).iter().map(|field| word(&field["display"])).collect();
        lines.push(format!("{inner}- {}", said.join("; ")));
    }
    for record in array(&field["records"]) {
        say_record(record, &inner, lines);
    }
}

fn say_record(record: &Value, indent: &str, lines: &mut Vec<String>) {
    let what = word(&record["fields"][0]["display"]);
    let signed = |word_: &str, signature: &Value| {
        let (by, at, number) = (&signature["by"], &signature["organisation"], &signature["registration"]);
        format!("{word_} by {}, {} ({})", word(by), word(at), word(number))
    };
    let mut line =
        format!("{indent}- {what} [{}]. {}", word(&record["state"]), signed("Recorded", &record["recorded"]));
    if record["endorsed"].is_object() {
        line += &format!(". {}", signed("Endorsed", &record["endorsed"]));
    }
    if record["needs_endorsement"] == true {
        line += ". Not yet endorsed";
    }
    lines.push(line);
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

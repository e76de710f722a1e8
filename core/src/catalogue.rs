//! The content catalogue: every section and field in words, for people who read no definitions.
//!
//! It is Markdown, made from the definitions alone, so that it cannot say anything else than what the service does.
//! INVARIANT: the same definitions give the same text.
//!
//! To say more of a field: `holds` for what it takes, `row` for a column.

use crate::{
    role::Role,
    section::{Audience, Code, Current, Field, Kind, MergeClass, RecordRule, Section, Sections, SignOff},
};
use std::fmt::Write;

/// The catalogue of these definitions, in the order in which sections are shown.
#[must_use]
pub fn markdown(sections: &Sections) -> String {
    let mut text = PREFACE.to_owned();
    text.push_str("\n| section | written by | signed by | seen by |\n|---|---|---|---|\n");
    for section in sections.in_order() {
        let (writes, signs, sees) = (writers(section), signers(section), viewers(&section.audiences));
        line(&mut text, format_args!("| [{}](#{}) | {writes} | {signs} | {sees} |", section.title, anchor(section)));
    }
    for section in sections.in_order() {
        one_section(&mut text, section);
    }
    text
}

fn one_section(text: &mut String, section: &Section) {
    line(text, format_args!("\n## {}\n\n{}\n", section.title, section.summary));
    line(text, format_args!("- File: `{}.toml`, version {}", section.id, section.version));
    match &section.pathway {
        Some(pathway) => line(text, format_args!("- Started: where the pathway `{pathway}` is wanted")),
        None => line(text, format_args!("- Started: in every plan")),
    }
    line(text, format_args!("- Written by: {}", writers(section)));
    line(text, format_args!("- May suggest: {}", roles(&section.suggests)));
    line(text, format_args!("- Read while it is worked on, besides: {}", roles(&section.reads)));
    line(text, format_args!("- Seen published by: {}", viewers(&section.audiences)));
    line(text, format_args!("- Signed by: {}", signers(section)));
    if section.locates_throughout {
        line(text, format_args!("- Says where the person lives: all of it"));
    }
    line(text, format_args!("- Source: {}\n", section.source));
    text.push_str("| field | holds | when two change it unseen | seen by | source |\n|---|---|---|---|---|\n");
    for field in &section.fields {
        rows(text, field, "", &section.audiences);
    }
    records(text, section);
    choices(text, section);
}

/// The row of a field, and below it those of its items and parts.
fn rows(text: &mut String, field: &Field, inside: &str, around: &[Audience]) {
    let seen_by = if field.audiences.is_empty() { around } else { &field.audiences };
    let label = cell(&field.label);
    let cells = [format!("{inside}{label} `{}`", field.id), holds(field), merge(field).to_owned(), viewers(seen_by)];
    line(text, format_args!("| {} | {} |", cells.join(" | "), cell(&field.source)));
    let inside = format!("{inside}{label} › ");
    for inner in field.items.iter().chain(&field.parts) {
        rows(text, inner, &inside, seen_by);
    }
}

/// What the field takes, with everything that is asked of it.
fn holds(field: &Field) -> String {
    let mut words = vec![kind(field)];
    if let Some(range) = range(field) {
        words.push(range);
    }
    if field.required {
        words.push("required".to_owned());
    }
    if let Some(condition) = &field.required_if {
        words.push(format!("required if `{}` is {}", condition.field, condition.is.join(" or ")));
    }
    if field.urgent {
        words.push("urgent".to_owned());
    }
    if field.clock {
        words.push("counted from arrival".to_owned());
    }
    if field.locates {
        words.push("says where the person lives".to_owned());
    }
    if field.narrowing {
        words.push("the narrowest applies while disputed".to_owned());
    }
    if let Some(list) = &field.denies {
        words.push(format!("says that `{list}` is empty"));
    }
    words.join("; ")
}

fn kind(field: &Field) -> String {
    let chars = field.max_chars.unwrap_or_default();
    match field.kind {
        Kind::Text => format!("text that several write together, {chars} characters"),
        Kind::Line => format!("one line, {chars} characters"),
        Kind::Coded => format!("a choice of {}", field.codes.len()),
        Kind::YesNo => "yes or no".to_owned(),
        Kind::Integer => "a whole number".to_owned(),
        Kind::Decimal => "a number".to_owned(),
        Kind::Date => "a date".to_owned(),
        Kind::Phone => "a telephone number".to_owned(),
        Kind::List => format!("a list, at most {}", field.items_max()),
        Kind::Group => "a group, written whole".to_owned(),
    }
}

fn range(field: &Field) -> Option<String> {
    let unit = field.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
    match (field.min, field.max) {
        (Some(min), Some(max)) => Some(format!("{min} to {max}{unit}")),
        (Some(min), None) => Some(format!("at least {min}{unit}")),
        (None, Some(max)) => Some(format!("at most {max}{unit}")),
        (None, None) => field.unit.as_ref().map(|unit| format!("in {unit}")),
    }
}

const fn merge(field: &Field) -> &'static str {
    match field.merge {
        MergeClass::Text => "merges letter by letter",
        MergeClass::Register => "one stays, the other is in the history",
        MergeClass::Conflict => "**both are shown until somebody chooses**",
        MergeClass::Decision => "**a record never changes; two that stand are a dispute**",
        MergeClass::Set => "every addition stays; edited and removed at once is shown",
        MergeClass::Authoritative => "the national feed's value stands",
    }
}

/// What each kind of decision asks for.
fn records(text: &mut String, section: &Section) {
    if section.is_decided() {
        text.push_str("\n| decision | recorded by | endorsed | how many stand |\n|---|---|---|---|\n");
    }
    for field in &section.fields {
        let Some(record) = &field.record else { continue };
        let senior = if record.senior { ", who are senior decision-makers" } else { "" };
        let endorsed = if record.endorsed { "by a second, senior decision-maker" } else { "not needed" };
        let recorders = roles(&record.recorders);
        let current = current(record);
        line(text, format_args!("| {} | {recorders}{senior} | {endorsed} | {current} |", cell(&field.label)));
    }
}

fn current(record: &RecordRule) -> String {
    match (record.current, &record.per) {
        (Current::One, Some(per)) => format!("one for each `{per}`"),
        (Current::One, None) => "one".to_owned(),
        (Current::Each, _) => "any number".to_owned(),
    }
}

/// Every list of codes once, under the names of the fields that choose from it.
fn choices(text: &mut String, section: &Section) {
    let mut lists: Vec<(Vec<String>, &[Code])> = Vec::new();
    for (path, field) in coded(&section.fields, "") {
        match lists.iter_mut().find(|(_, codes)| *codes == field.codes.as_slice()) {
            Some((paths, _)) => paths.push(path),
            None => lists.push((vec![path], &field.codes)),
        }
    }
    if !lists.is_empty() {
        text.push_str("\nChoices:\n\n");
    }
    for (paths, codes) in lists {
        let paths: Vec<_> = paths.iter().map(|path| format!("`{path}`")).collect();
        let codes: Vec<_> = codes.iter().map(choice).collect();
        line(text, format_args!("- {}: {}", paths.join(", "), codes.join(" · ")));
    }
}

fn coded<'f>(fields: &'f [Field], inside: &str) -> Vec<(String, &'f Field)> {
    let mut found = Vec::new();
    for field in fields {
        let path = format!("{inside}{}", field.id);
        let inner = format!("{path}.");
        if field.kind == Kind::Coded {
            found.push((path, field));
        }
        found.extend(coded(&field.items, &inner));
        found.extend(coded(&field.parts, &inner));
    }
    found
}

fn choice(code: &Code) -> String {
    match code.system.as_str() {
        SNOMED_CT => format!("{} (SNOMED CT {})", code.display, code.code),
        _ => format!("{} (`{}`)", code.display, code.code),
    }
}

fn writers(section: &Section) -> String {
    if section.is_decided() { "nobody: commands, each checked".to_owned() } else { roles(&section.writes) }
}

fn signers(section: &Section) -> String {
    let signing = |role: &Role| section.sign_off.may_be_given_by(*role);
    let syncing: Vec<Role> = section.writes.iter().chain(&section.reads).copied().filter(signing).collect();
    match section.sign_off {
        SignOff::None if section.is_decided() => "each record by itself".to_owned(),
        SignOff::None if section.is_published() => "nobody: it goes out by itself".to_owned(),
        SignOff::None => "nobody: it is never published".to_owned(),
        SignOff::Senior | SignOff::Dual => format!("{}, who are senior decision-makers", roles(&syncing)),
        SignOff::SelfAttested | SignOff::Registered => roles(&syncing),
    }
}

fn roles(roles: &[Role]) -> String {
    let mut sorted = roles.to_vec();
    sorted.sort_unstable();
    let words: Vec<_> = sorted.into_iter().map(role).collect();
    if words.is_empty() { "nobody".to_owned() } else { words.join(", ") }
}

const fn role(role: Role) -> &'static str {
    match role {
        Role::Person => "the person",
        Role::Proxy => "who acts for them",
        Role::SocialCare => "social care",
        Role::RegisteredProfessional => "registered professionals",
        Role::Doctor => "doctors",
        Role::Specialist => "specialist teams",
        Role::Pharmacist => "pharmacists",
        Role::Crew => "crews",
        Role::PrivacyOfficer => "privacy officers",
        Role::Analyst => "analysts",
        Role::System => "the service",
    }
}

fn viewers(audiences: &[Audience]) -> String {
    let mut sorted = audiences.to_vec();
    sorted.sort_unstable();
    let words: Vec<_> = sorted.into_iter().map(viewer).collect();
    if words.is_empty() { "nobody".to_owned() } else { words.join(", ") }
}

const fn viewer(audience: Audience) -> &'static str {
    match audience {
        Audience::Clinician => "clinicians",
        Audience::SocialCare => "social care",
        Audience::Emergency => "emergency",
        Audience::Person => "the person",
    }
}

/// What a heading's link is called where Markdown is shown.
fn anchor(section: &Section) -> String {
    let kept = section.title.chars().filter(|c| c.is_alphanumeric() || *c == ' ');
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

fn cell(words: &str) -> String {
    words.replace('|', "\\|").replace('\n', " ")
}

fn line(text: &mut String, words: std::fmt::Arguments<'_>) {
    text.write_fmt(words).expect("writing to a string does not fail");
    text.push('\n');
}

const SNOMED_CT: &str = "http://snomed.info/sct";
const PREFACE: &str = "# The content of a plan

Made by `coplan sections docs` from the definitions under `core/sections/`; a test keeps it current. Change a
definition, then write this page anew.

A section is what is edited, read, signed and published as one. Whoever writes or reads it while it is worked on holds
all of it, with its history; everybody else sees what is published, of which a field may be for fewer. \"Urgent\" fields
stand first for crews. \"Required\" means that the section cannot be signed without it, or the item or group not be whole.
";

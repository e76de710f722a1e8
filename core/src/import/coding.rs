//! Words and codes of FHIR, made to fit a field.

use super::bundle::{list, text};
use crate::section::allowed_in_line;
use serde_json::{Value, json};

/// The words of a CodeableConcept: as somebody wrote them, or as its first code has them.
pub(super) fn words(concept: &Value) -> Option<String> {
    let of_codes = || list(concept, "coding").iter().find_map(|coding| text(coding, "/display"));
    text(concept, "/text").or_else(of_codes).map(tidy).filter(|words| !words.is_empty())
}

/// The code of a concept in this system.
pub(super) fn code_in<'v>(concept: &'v Value, system: &str) -> Option<&'v str> {
    let mut codings = list(concept, "coding").iter();
    codings.find(|coding| text(coding, "/system") == Some(system)).and_then(|coding| text(coding, "/code"))
}

/// The code of a concept whose system is one of HL7's own.
pub(super) fn hl7_code<'v>(resource: &'v Value, key: &str) -> Option<&'v str> {
    let codings = list(resource.get(key)?, "coding");
    let of_hl7 = |coding: &&Value| text(coding, "/system").is_some_and(|system| system.contains("hl7.org/"));
    codings.iter().find(of_hl7).and_then(|coding| text(coding, "/code"))
}

/// Code and words as a `code` group of a section holds them, from the first coding of a list that the sections know. A code
/// without words takes those of the concept.
pub(super) fn group(concept: &Value) -> Option<Value> {
    let known = |coding: &Value| {
        let system = match text(coding, "/system")? {
            SNOMED_CT => "snomed-ct",
            DMD => "dmd",
            _ => return None,
        };
        let display = text(coding, "/display").map(tidy).or_else(|| words(concept))?;
        Some(json!({ "system": system, "code": text(coding, "/code")?, "display": display }))
    };
    list(concept, "coding").iter().find_map(known)
}

/// One line: every run of white space a space, and no character that a line may not hold.
pub(super) fn tidy(words: &str) -> String {
    let spaced: Vec<&str> = words.split_whitespace().collect();
    spaced.join(" ").chars().filter(|c| allowed_in_line(*c)).collect::<String>().trim().to_owned()
}

/// A remark of at most so many characters, its end marked where it was cut. For remarks only, never for what says what or
/// how much.
pub(super) fn cut(words: &str, chars_max: usize) -> String {
    if words.chars().count() <= chars_max {
        return words.to_owned();
    }
    let kept: String = words.chars().take(chars_max.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// The notes of a resource, one after the other.
pub(super) fn notes(resource: &Value) -> Option<String> {
    let notes: Vec<String> = list(resource, "note").iter().filter_map(|note| text(note, "/text")).map(tidy).collect();
    joined(&notes)
}

/// Words one after the other; `None` if there are none.
pub(super) fn joined(words: &[String]) -> Option<String> {
    let said: Vec<&str> = words.iter().map(String::as_str).filter(|words| !words.is_empty()).collect();
    (!said.is_empty()).then(|| said.join("; "))
}

/// A date of FHIR as people write it: `2019`, `March 2019`, `4 March 2019`; times of day are left out.
pub(super) fn date_words(date: &str) -> Option<String> {
    let day = date.split('T').next().unwrap_or(date);
    let parts: Vec<&str> = day.split('-').collect();
    let numbers = parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    if !numbers || parts[0].len() != 4 {
        return None;
    }
    let month = |text: &str| text.parse::<usize>().ok().and_then(|month| MONTHS.get(month.checked_sub(1)?));
    match parts[..] {
        [year] => Some(year.to_owned()),
        [year, at] => Some(format!("{} {year}", month(at)?)),
        [year, at, day] => Some(format!("{} {} {year}", day.parse::<u8>().ok()?, month(at)?)),
        _ => None,
    }
}

/// A whole day of FHIR, `YYYY-MM-DD`.
pub(super) fn day(date: &str) -> Option<&str> {
    let day = date.split('T').next().unwrap_or(date);
    crate::section::check_date(day).is_ok().then_some(day)
}

pub(super) const SNOMED_CT: &str = "http://snomed.info/sct";
const DMD: &str = "https://dmd.nhs.uk";
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

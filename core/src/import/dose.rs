//! `Dosage`: how a medicine is taken, as one group. Nothing of it is ever cut or made up: what the record does not say is
//! left open, and the section cannot be signed before somebody has said it.

use super::{
    bundle::{list, text},
    coding::{SNOMED_CT, code_in, joined, tidy, words},
};
use serde_json::{Map, Value};

/// How a medicine is taken.
pub(super) struct Dose {
    /// The parts of the group, if any is known.
    pub group: Option<Value>,
    /// Only when needed.
    pub as_needed: bool,
}

/// The dose of these instructions; `None` if they do not fit.
pub(super) fn read(instructions: &[Value]) -> Option<Dose> {
    let only = if let [only] = instructions { Some(only) } else { None };
    let as_needed = only.is_some_and(is_as_needed);
    let in_words = instructions.iter().all(|one| text(one, "/text").is_some());
    // Some of the instructions, or one without its limit, would read as the whole dose.
    let written: Option<Vec<Vec<String>>> = instructions.iter().map(written).collect();
    let (Some(written), true) = (written, in_words || only.is_some()) else {
        return Some(Dose { group: None, as_needed });
    };
    let mut parts = Map::new();
    let mut directions = joined(&written.concat());
    if let Some(amount) = only.and_then(amount) {
        parts.insert("dose".to_owned(), amount.into());
    } else if let Some(text) = directions.take_if(|text| in_words && text.chars().count() <= DOSE_CHARS_MAX) {
        parts.insert("dose".to_owned(), text.into());
        parts.insert("frequency".to_owned(), AS_IN_THE_DOSE.into());
    }
    if let Some(often) = only.and_then(how_often).filter(|often| often.chars().count() <= FREQUENCY_CHARS_MAX) {
        parts.insert("frequency".to_owned(), often.into());
    }
    let route = only.and_then(|only| only.get("route"));
    match route.map(|route| (route_code(route), words(route))) {
        Some((Some(code), _)) => drop(parts.insert("route".to_owned(), code.into())),
        Some((None, Some(words))) => {
            parts.insert("route".to_owned(), "other".into());
            directions = joined(&directions.into_iter().chain([format!("Route: {words}")]).collect::<Vec<_>>());
        }
        _ => {}
    }
    if let Some(directions) = directions {
        if directions.chars().count() > DIRECTIONS_CHARS_MAX {
            return None;
        }
        parts.insert("directions".to_owned(), directions.into());
    }
    Some(Dose { group: (!parts.is_empty()).then_some(Value::Object(parts)), as_needed })
}

/// What is written in words: the instruction itself, what the person is told besides, and the most that may be taken.
/// `None` if it has a limit that cannot be said.
fn written(instruction: &Value) -> Option<Vec<String>> {
    let limits = limits(instruction)?;
    let more = list(instruction, "additionalInstruction").iter().filter_map(words);
    let told = text(instruction, "/patientInstruction").map(tidy);
    let itself = text(instruction, "/text").map(tidy);
    let all: Vec<String> = itself.into_iter().chain(more).chain(told).chain(limits).collect();
    let mut said: Vec<String> = Vec::new();
    for words in all {
        if !said.contains(&words) {
            said.push(words);
        }
    }
    Some(said)
}

/// The most that may be taken, each limit in words; `None` if one cannot be said.
fn limits(instruction: &Value) -> Option<Vec<String>> {
    let mut said = Vec::new();
    for (key, in_words) in LIMITS {
        let Some(limit) = instruction.get(key).filter(|limit| !limit.is_null()) else { continue };
        said.push(if key == PER_PERIOD {
            let most = quantity_words(limit.get("numerator")?)?;
            format!("at most {most} in {}", quantity_words(limit.get("denominator")?)?)
        } else {
            format!("at most {} {in_words}", quantity_words(limit)?)
        });
    }
    Some(said.iter().map(|limit| tidy(limit)).collect())
}

/// A number and its unit: `500 milligram`, `1 to 2 tablet`.
fn amount(instruction: &Value) -> Option<String> {
    let [rate] = list(instruction, "doseAndRate") else { return None };
    let said = if let Some(quantity) = rate.get("doseQuantity") {
        quantity_words(quantity)?
    } else {
        let range = rate.get("doseRange")?;
        let unit = text(range, "/high/unit").or_else(|| text(range, "/high/code"))?;
        format!("{} to {} {unit}", number(range.pointer("/low/value")?)?, number(range.pointer("/high/value")?)?)
    };
    let said = tidy(&said);
    (said.chars().count() <= DOSE_CHARS_MAX).then_some(said)
}

fn quantity_words(quantity: &Value) -> Option<String> {
    let unit = text(quantity, "/unit").or_else(|| text(quantity, "/code"))?;
    // "Less than" and its like turn an amount into another.
    if quantity.get("comparator").is_some() {
        return None;
    }
    Some(format!("{} {unit}", number(quantity.get("value")?)?))
}

fn number(value: &Value) -> Option<String> {
    value.as_number().map(ToString::to_string)
}

fn is_as_needed(instruction: &Value) -> bool {
    instruction.get("asNeededBoolean") == Some(&Value::Bool(true))
        || instruction.get("asNeededCodeableConcept").is_some()
}

/// How often, in words: as it is written, by its code, or by its numbers.
fn how_often(instruction: &Value) -> Option<String> {
    let timing = instruction.get("timing");
    let by_code = timing.and_then(|timing| timing.get("code")).and_then(words);
    let regular = by_code.or_else(|| timing.and_then(|timing| repeats(timing.get("repeat")?)));
    let needed = is_as_needed(instruction).then(|| match instruction.get("asNeededCodeableConcept").and_then(words) {
        Some(symptom) => format!("only when needed, for {symptom}"),
        None => "only when needed".to_owned(),
    });
    joined(&regular.into_iter().chain(needed).collect::<Vec<_>>())
}

/// `2 times in 1 day`. A pattern with more to it than that is left to its words.
fn repeats(repeat: &Value) -> Option<String> {
    let known = ["frequency", "period", "periodUnit", "boundsPeriod"];
    if repeat.as_object()?.keys().any(|key| !known.contains(&key.as_str())) {
        return None;
    }
    let unit = match text(repeat, "/periodUnit")? {
        "h" => "hour",
        "d" => "day",
        "wk" => "week",
        "mo" => "month",
        _ => return None,
    };
    let (times, period) = (repeat.get("frequency")?.as_u64()?, number(repeat.get("period")?)?);
    let times = if times == 1 { "once".to_owned() } else { format!("{times} times") };
    Some(if period == "1" { format!("{times} a {unit}") } else { format!("{times} in {period} {unit}s") })
}

fn route_code(route: &Value) -> Option<&'static str> {
    let code = code_in(route, SNOMED_CT)?;
    ROUTES.iter().find(|(snomed, _)| *snomed == code).map(|(_, route)| *route)
}

/// Characters of each part, as the section has them.
const DOSE_CHARS_MAX: usize = 80;
const FREQUENCY_CHARS_MAX: usize = 160;
const DIRECTIONS_CHARS_MAX: usize = 200;

const PER_PERIOD: &str = "maxDosePerPeriod";
/// Limits of an instruction, and how they are said.
const LIMITS: [(&str, &str); 3] =
    [(PER_PERIOD, ""), ("maxDosePerAdministration", "at once"), ("maxDosePerLifetime", "in a lifetime")];

/// Stands for how often, where the record writes dose and frequency as one.
const AS_IN_THE_DOSE: &str = "as written in the dose";

/// SNOMED CT routes (route simple reference set 999000051000001100) and the section's codes for them.
const ROUTES: [(&str, &str); 15] = [
    ("26643006", "oral"),
    ("54471007", "buccal"),
    ("37839007", "sublingual"),
    ("46713006", "intranasal"),
    ("447694001", "inhaled"),
    ("37161004", "rectal"),
    ("45890007", "transdermal"),
    ("6064005", "topical"),
    ("54485002", "eye"),
    ("34206005", "subcutaneous"),
    ("78421000", "intramuscular"),
    ("47625008", "intravenous"),
    ("127490009", "feeding-tube"),
    ("127491008", "feeding-tube"),
    ("127492001", "feeding-tube"),
];

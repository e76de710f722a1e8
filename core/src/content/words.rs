//! The words that people read for a scalar.

use super::Plain;
use crate::section::{Field, Kind};
use time::{Date, macros::format_description};

/// What people read for this value of this field.
pub(super) fn display(field: &Field, value: &Plain) -> String {
    match (field.kind, value) {
        (Kind::Coded, Plain::Text(code)) => field.code(code).map_or_else(|| code.clone(), |code| code.display.clone()),
        (Kind::Date, Plain::Text(date)) => date_in_words(date),
        (_, Plain::Text(text)) => text.clone(),
        (_, Plain::Bool(true)) => "Yes".to_owned(),
        (_, Plain::Bool(false)) => "No".to_owned(),
        (_, Plain::Whole(number)) => with_unit(field, number.to_string()),
        (_, Plain::Number(number)) => with_unit(field, number.to_string()),
    }
}

/// `21 November 2026`, as the NHS content guide writes dates; the text itself if it is no date.
fn date_in_words(text: &str) -> String {
    match Date::parse(text, format_description!("[year]-[month]-[day]")) {
        Ok(date) => format!("{} {} {}", date.day(), date.month(), date.year()),
        Err(_) => text.to_owned(),
    }
}

fn with_unit(field: &Field, number: String) -> String {
    match field.unit.as_deref() {
        Some("%") => format!("{number}%"),
        Some(unit) => format!("{number} {unit}"),
        None => number,
    }
}

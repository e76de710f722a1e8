//! Days and times in the demo world's files: counted from the day on which it is made, so that it never grows old.

use coplan_core::{
    section::{Field, Kind},
    time::UtcMillis,
};
use serde_json::Value;
use std::collections::BTreeMap;

/// Values of fields, of an item or of a group, as a file has them.
pub(super) type Values = BTreeMap<String, Value>;

/// So many days before the day of `now`, at a time of day: `14:05`.
pub(super) fn moment(days_ago: i64, at: &str, now: UtcMillis) -> Option<UtcMillis> {
    let (hours, minutes) = at.split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    let fits = days_ago > 0 && (0..24).contains(&hours) && (0..60).contains(&minutes);
    let midnight = now.0.div_euclid(DAY_MS) * DAY_MS;
    fits.then(|| UtcMillis(midnight - days_ago * DAY_MS + (hours * 60 + minutes) * MINUTE_MS))
}

pub(super) fn all_dated<'f>(values: &Values, field: impl Fn(&str) -> Option<&'f Field>, now: UtcMillis) -> Values {
    values.iter().map(|(key, value)| (key.clone(), dated(field(key), value, now))).collect()
}

/// In a date field, `in 90 days` and `12 days ago` become the day they mean, in a group's date parts too; everything
/// else stays.
pub(super) fn dated(field: Option<&Field>, value: &Value, now: UtcMillis) -> Value {
    if let (Some(group), Value::Object(parts)) = (field, value) {
        let parts = parts.iter().map(|(key, value)| (key.clone(), dated(group.part(key), value, now)));
        return Value::Object(parts.collect());
    }
    let words = value.as_str().filter(|_| field.is_some_and(|field| field.kind == Kind::Date));
    match words.and_then(days_from_now) {
        Some(days) => Value::from(&now.plus_ms(days * DAY_MS).to_rfc3339()[..DATE_CHARS]),
        None => value.clone(),
    }
}

fn days_from_now(words: &str) -> Option<i64> {
    if let Some(days) = words.strip_prefix("in ").and_then(|rest| rest.strip_suffix(" days")) {
        return days.parse().ok();
    }
    words.strip_suffix(" days ago")?.parse().ok().map(|days: i64| -days)
}

const MINUTE_MS: i64 = 60_000;
pub(super) const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// `YYYY-MM-DD` at the start of RFC 3339.
const DATE_CHARS: usize = 10;

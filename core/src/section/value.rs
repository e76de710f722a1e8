//! Whether a value may stand in a field: the check that forms, the guard and publication share.

use super::{
    Field, Kind,
    limits::{
        ITEM_ID_BYTES_MAX, LINE_CHARS_MAX, NUMBER_MAX, PHONE_CHARS_MAX, PHONE_DIGITS_MAX, REMOVED_REASON_CHARS_MAX,
        TEXT_CHARS_MAX,
    },
};
use automerge::ScalarValue;
use time::{Date, macros::format_description};

/// Why a value may not stand in a field. The messages name limits, never the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// The field holds text, a list or a group, or the value is of another type than the field's.
    #[error("the value is not {expected}")]
    Type {
        /// What the field holds.
        expected: &'static str,
    },
    /// An empty string; a cleared field has no value at all.
    #[error("the value is empty; a cleared field holds nothing")]
    Empty,
    /// Longer than the field allows.
    #[error("the value is longer than {chars_max} characters")]
    TooLong {
        /// The field's limit, in Unicode scalar values.
        chars_max: u32,
    },
    /// A control character, or in a line a line break or a character that turns the direction of writing.
    #[error("the value holds a character that does not belong in it")]
    Character,
    /// Not among the field's codes.
    #[error("the value is not one of the field's codes")]
    UnknownCode,
    /// Not finite, or beyond 2^53.
    #[error("the value is not a usable number")]
    NotANumber,
    /// Below `min` or above `max`.
    #[error("the number is outside the field's range")]
    OutOfRange,
    /// Not a day of the calendar written `YYYY-MM-DD`.
    #[error("the value is not a date written YYYY-MM-DD")]
    NotADate,
    /// Not a telephone number.
    #[error("the value is not a telephone number: digits, spaces, brackets, a leading +, and an extension after `ext`")]
    NotAPhone,
}

impl ValueError {
    /// A stable name for logs, quarantine and problem documents.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Type { .. } => "value-type",
            Self::Empty => "value-empty",
            Self::TooLong { .. } => "value-too-long",
            Self::Character => "value-character",
            Self::UnknownCode => "value-unknown-code",
            Self::NotANumber => "value-not-a-number",
            Self::OutOfRange => "value-out-of-range",
            Self::NotADate => "value-not-a-date",
            Self::NotAPhone => "value-not-a-phone",
        }
    }
}

impl Field {
    /// Whether this scalar may stand in this field.
    ///
    /// # Errors
    /// `ValueError` with the reason. Text, lists and groups are objects, so every scalar is refused for them.
    pub fn check_scalar(&self, value: &ScalarValue) -> Result<(), ValueError> {
        match (self.kind, value) {
            (Kind::Line, ScalarValue::Str(text)) => check_line(text, self.max_chars.unwrap_or(LINE_CHARS_MAX)),
            (Kind::Coded, ScalarValue::Str(code)) => self.code(code).map(|_| ()).ok_or(ValueError::UnknownCode),
            (Kind::YesNo, ScalarValue::Boolean(_)) => Ok(()),
            (Kind::Integer | Kind::Decimal, ScalarValue::Int(number)) => self.check_int(*number),
            (Kind::Decimal, ScalarValue::F64(number)) => self.check_number(*number),
            (Kind::Date, ScalarValue::Str(text)) => check_date(text),
            (Kind::Phone, ScalarValue::Str(text)) => check_phone(text),
            _ => Err(ValueError::Type { expected: self.kind.in_words() }),
        }
    }

    /// Whether this whole text may stand in this `text` field.
    ///
    /// # Errors
    /// `ValueError` with the reason.
    pub fn check_text(&self, text: &str) -> Result<(), ValueError> {
        if self.kind != Kind::Text {
            return Err(ValueError::Type { expected: self.kind.in_words() });
        }
        if !text.chars().all(allowed_in_text) {
            return Err(ValueError::Character);
        }
        check_length(text, self.max_chars.unwrap_or(TEXT_CHARS_MAX))
    }

    fn check_int(&self, number: i64) -> Result<(), ValueError> {
        if number.unsigned_abs() > NUMBER_MAX.unsigned_abs() {
            return Err(ValueError::NotANumber);
        }
        #[expect(clippy::cast_precision_loss, reason = "within 2^53, every whole number is an f64")]
        self.check_number(number as f64)
    }

    #[expect(clippy::cast_precision_loss, reason = "2^53 - 1 is exactly an f64")]
    fn check_number(&self, number: f64) -> Result<(), ValueError> {
        if !number.is_finite() || number.abs() > NUMBER_MAX as f64 {
            return Err(ValueError::NotANumber);
        }
        let fits = self.min.is_none_or(|min| number >= min) && self.max.is_none_or(|max| number <= max);
        if fits { Ok(()) } else { Err(ValueError::OutOfRange) }
    }
}

/// Whether this may be the reason for which a list item was removed.
///
/// # Errors
/// `ValueError` with what is wrong with it.
pub fn check_removed_reason(text: &str) -> Result<(), ValueError> {
    check_line(text, REMOVED_REASON_CHARS_MAX)
}

/// Whether this may name a list item: 1 to 64 of `a-z`, `0-9` and `-`.
#[must_use]
pub fn is_item_id(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=ITEM_ID_BYTES_MAX).contains(&text.len()) && text.bytes().all(allowed)
}

/// Whether a character may stand in a `text` field: everything but control characters, of which tabs and line breaks are
/// welcome.
#[must_use]
pub fn allowed_in_text(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r') || !c.is_control()
}

/// Whether a character may stand in a line: no control characters, no line breaks, and nothing that turns the direction
/// of writing, because with that a line can read as another (Unicode TR 36, 2.2). Plain direction marks, which
/// Arabic and Hebrew need, and joiners, which Indic scripts and emoji need, may stand.
#[must_use]
pub fn allowed_in_line(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

pub(crate) fn check_line(text: &str, chars_max: u32) -> Result<(), ValueError> {
    if text.trim().is_empty() {
        return Err(ValueError::Empty);
    }
    if !text.chars().all(allowed_in_line) {
        return Err(ValueError::Character);
    }
    check_length(text, chars_max)
}

fn check_length(text: &str, chars_max: u32) -> Result<(), ValueError> {
    // Never counts further than the limit, however long the text is.
    if text.chars().nth(chars_max as usize).is_some() {
        return Err(ValueError::TooLong { chars_max });
    }
    Ok(())
}

pub(crate) fn check_date(text: &str) -> Result<(), ValueError> {
    // The length keeps out years of other than four digits and signs.
    if text.len() != "YYYY-MM-DD".len() {
        return Err(ValueError::NotADate);
    }
    Date::parse(text, format_description!("[year]-[month]-[day]")).map(|_| ()).map_err(|_| ValueError::NotADate)
}

pub(crate) fn check_phone(text: &str) -> Result<(), ValueError> {
    if text.len() > PHONE_CHARS_MAX {
        return Err(ValueError::NotAPhone);
    }
    let (number, extension) = match text.split_once("ext") {
        Some((number, extension)) => (number, Some(extension.strip_prefix('.').unwrap_or(extension))),
        None => (text, None),
    };
    let number = number.strip_prefix('+').unwrap_or(number);
    let digits = |part: &str| part.bytes().filter(u8::is_ascii_digit).count();
    let in_number = number.bytes().all(|b| b.is_ascii_digit() || matches!(b, b' ' | b'(' | b')'));
    let in_extension =
        extension.is_none_or(|part| digits(part) > 0 && part.bytes().all(|b| b.is_ascii_digit() || b == b' '));
    let total = digits(number) + extension.map_or(0, digits);
    let fits = in_number && in_extension && digits(number) >= 3 && total <= PHONE_DIGITS_MAX;
    if fits { Ok(()) } else { Err(ValueError::NotAPhone) }
}

//! The NHS number: ten digits, the last of which checks the others (Mod-11).
//!
//! INVARIANT: an `NhsNumber` that exists has a right check digit. That a right number belongs to somebody, or to the
//! right person, it does not say: `9999999999` passes the checksum.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A valid NHS number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NhsNumber(String);

/// Why a text is not an NHS number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NhsNumberError {
    /// Something other than digits, and spaces or hyphens between the groups.
    #[error("an NHS number is made of digits only, written 3-3-4 with spaces or hyphens at most")]
    Character,
    /// Not ten digits.
    #[error("an NHS number has 10 digits")]
    Length,
    /// The last digit does not fit the other nine: somebody mistyped.
    #[error("the check digit of the NHS number does not fit, so a digit is wrong")]
    CheckDigit,
}

impl NhsNumber {
    /// Reads ten digits, plain or written 3-3-4 with spaces or hyphens, with space around them.
    ///
    /// # Errors
    /// `NhsNumberError` with what is wrong.
    pub fn parse(text: &str) -> Result<Self, NhsNumberError> {
        let digits = ungrouped(text.trim())?;
        let (body, check) = digits.split_at(DIGITS - 1);
        let sum: u32 = body.iter().zip((2..=10).rev()).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
        // 11 stands for 0; 10 has no digit, so that such numbers are not given out.
        if (11 - sum % 11) % 11 != u32::from(check[0] - b'0') {
            return Err(NhsNumberError::CheckDigit);
        }
        Ok(Self(digits.iter().map(|digit| char::from(*digit)).collect()))
    }

    /// The ten digits without spaces, as systems exchange them.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Without the separators, which may stand only after the third and the sixth digit, both of the same kind.
fn ungrouped(text: &str) -> Result<Vec<u8>, NhsNumberError> {
    let bytes = text.as_bytes();
    if !bytes.iter().all(|b| b.is_ascii_digit() || matches!(b, b' ' | b'-')) {
        return Err(NhsNumberError::Character);
    }
    let digits: Vec<u8> = bytes.iter().copied().filter(u8::is_ascii_digit).collect();
    if digits.len() != DIGITS {
        return Err(NhsNumberError::Length);
    }
    let grouped = bytes.len() == DIGITS + 2 && !bytes[3].is_ascii_digit() && bytes[7] == bytes[3];
    if bytes.len() != DIGITS && !grouped {
        return Err(NhsNumberError::Character);
    }
    Ok(digits)
}

impl fmt::Display for NhsNumber {
    /// As people read it: `999 000 0018`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", &self.0[..3], &self.0[3..6], &self.0[6..])
    }
}

impl fmt::Debug for NhsNumber {
    /// Hides the number: it names a patient, and debug output ends in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NhsNumber(..)")
    }
}

impl FromStr for NhsNumber {
    type Err = NhsNumberError;
    fn from_str(text: &str) -> Result<Self, NhsNumberError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for NhsNumber {
    type Error = NhsNumberError;
    fn try_from(text: String) -> Result<Self, NhsNumberError> {
        Self::parse(&text)
    }
}

impl From<NhsNumber> for String {
    fn from(number: NhsNumber) -> Self {
        number.0
    }
}

const DIGITS: usize = 10;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

    use super::*;
    use NhsNumberError::{Character, CheckDigit, Length};

    #[test]
    fn a_number_is_valid_exactly_if_its_check_digit_fits() {
        let cases: &[(&str, Result<&str, NhsNumberError>)] = &[
            // 11 less the remainder is 11, which is written as 0
            ("9990000050", Ok("9990000050")),
            ("9990000018", Ok("9990000018")),
            ("9991234004", Ok("9991234004")),
            ("9991234012", Ok("9991234012")),
            // 11 less the remainder is 10: no check digit can be right
            ("9990000000", Err(CheckDigit)),
            ("9990000001", Err(CheckDigit)),
            ("999 000 0018", Ok("9990000018")),
            ("999-000-0018", Ok("9990000018")),
            (" 9990000018\n", Ok("9990000018")),
            ("1234567890", Err(CheckDigit)),
            ("9990000019", Err(CheckDigit)),
            ("9990000081", Err(CheckDigit)),
            ("999000001", Err(Length)),
            ("99900000180", Err(Length)),
            ("", Err(Length)),
            ("99 900 00018", Err(Character)),
            ("999 000-0018", Err(Character)),
            ("999  0000018", Err(Character)),
            ("999000001X", Err(Character)),
            ("٩٩٩٠٠٠٠٠١٨", Err(Character)),
        ];
        for (text, expected) in cases {
            let parsed = NhsNumber::parse(text);
            assert_eq!(parsed.as_ref().map(NhsNumber::as_str).map_err(|e| *e), *expected, "{text:?}");
        }
    }

    #[test]
    fn a_number_is_exchanged_as_digits_read_in_groups_and_never_printed_by_debug() {
        let number: NhsNumber = "999 000 0018".parse().unwrap();
        assert_eq!(number.to_string(), "999 000 0018");
        assert_eq!(serde_json::to_string(&number).unwrap(), "\"9990000018\"");
        assert_eq!(serde_json::from_str::<NhsNumber>("\"9990000018\"").unwrap(), number);
        assert!(serde_json::from_str::<NhsNumber>("\"9990000019\"").is_err());
        assert!(!format!("{number:?}").contains('9'));
    }

    #[test]
    fn nine_digits_whose_check_would_be_ten_have_no_number() {
        assert!((0..10).all(|check| NhsNumber::parse(&format!("999000014{check}")).is_err()));
    }
}

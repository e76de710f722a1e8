//! The code under which anybody can ask whether a print is still current.
//!
//! It is 80 random bits in Crockford's base 32, which leaves out the letters that look like others: opaque, one for each
//! publication, and worth nothing but the answer "current", "superseded" or "withdrawn".

use std::{fmt, str::FromStr};

/// A check code: 16 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CheckCode(String);

/// Not a check code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a check code has {CHARS} letters and digits, without U")]
pub struct BadCheckCode;

impl CheckCode {
    /// The code of these random bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; 10]) -> Self {
        let bits = bytes.iter().fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
        let character = |at: usize| char::from(ALPHABET[(bits >> (5 * (CHARS - 1 - at)) & 31) as usize]);
        Self((0..CHARS).map(character).collect())
    }

    /// The code at the end of the address that a publication carries.
    #[must_use]
    pub fn of_url(url: &str) -> Option<Self> {
        url.rsplit_once('/').and_then(|(_, code)| code.parse().ok())
    }

    /// As addresses and the database hold it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CheckCode {
    type Err = BadCheckCode;

    /// Reads what somebody typed: in any case, with hyphens or spaces, and with the letters that were meant as digits.
    fn from_str(text: &str) -> Result<Self, BadCheckCode> {
        let mut code = String::with_capacity(CHARS);
        for typed in text.chars().filter(|typed| !matches!(typed, '-' | ' ')) {
            let meant = match typed.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            if code.len() == CHARS || !u8::try_from(meant).is_ok_and(|byte| ALPHABET.contains(&byte)) {
                return Err(BadCheckCode);
            }
            code.push(meant);
        }
        if code.len() == CHARS { Ok(Self(code)) } else { Err(BadCheckCode) }
    }
}

impl fmt::Display for CheckCode {
    /// As people read it: four groups of four.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, character) in self.0.chars().enumerate() {
            if at > 0 && at % 4 == 0 {
                f.write_str("-")?;
            }
            write!(f, "{character}")?;
        }
        Ok(())
    }
}

/// Characters of a code: 80 bits, five each.
const CHARS: usize = 16;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

    use super::*;

    #[test]
    fn a_code_is_read_back_however_it_is_typed() {
        let code = CheckCode::from_random([0, 68, 50, 20, 199, 66, 84, 182, 53, 207]);
        assert_eq!(
            (code.as_str(), code.to_string().as_str()),
            ("01234567 89ABCDEF".replace(' ', "").as_str(), "0123-4567-89AB-CDEF")
        );
        for typed in [
            "0123456789abcdef",
            "0123-4567-89AB-CDEF",
            " O123 4567 89ab cdef",
            "oi23-4567-89AB-CDEF",
            "0l23456789ABCDEF",
        ] {
            assert_eq!(typed.parse(), Ok(code.clone()), "{typed}");
        }
        assert_eq!(CheckCode::of_url("https://plans.example/check/0123456789ABCDEF"), Some(code));
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for typed in [
            "",
            "0123-4567-89AB-CDE",
            "0123-4567-89AB-CDEF-0",
            "U123456789ABCDEF",
            "0123456789ABCDEé",
            "../../etc/passwd",
        ] {
            assert_eq!(typed.parse::<CheckCode>(), Err(BadCheckCode), "{typed}");
        }
        assert_eq!(CheckCode::of_url("no address"), None);
    }

    #[test]
    fn every_bit_counts() {
        let codes: std::collections::BTreeSet<_> = (0..80)
            .map(|bit| {
                let mut bytes = [0; 10];
                bytes[bit / 8] = 1 << (bit % 8);
                CheckCode::from_random(bytes)
            })
            .collect();
        assert_eq!(codes.len(), 80);
    }
}

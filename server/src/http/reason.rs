//! Why somebody does what somebody else will look at: a line in their own words.

use crate::{audit::trail, problem::Problem};

/// The reason without white space around it.
///
/// # Errors
/// `reason-required` or `reason-too-long`; the answer does not repeat it.
pub(super) fn checked(reason: &str) -> Result<String, Problem> {
    let reason = note(reason)?;
    trail::because(&reason);
    Ok(reason)
}

/// The same for words that may repeat what stands in a section: the audit is read by some who do not read that.
///
/// # Errors
/// As `checked`.
pub(super) fn note(reason: &str) -> Result<String, Problem> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().any(|it| it.is_control() && it != '\n') {
        let detail = "say why, in a line of your own words: somebody will read it";
        return Err(Problem::unprocessable("reason-required", "Reason required", detail).with("field", "reason"));
    }
    if reason.chars().count() > REASON_CHARS_MAX {
        let detail = format!("a reason has at most {REASON_CHARS_MAX} characters");
        return Err(Problem::unprocessable("reason-too-long", "Reason too long", detail).with("field", "reason"));
    }
    Ok(reason.to_owned())
}

/// Characters of a reason.
const REASON_CHARS_MAX: usize = 500;

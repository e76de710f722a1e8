//! Paper: the urgent part of a plan on two sides of A4, and the person's own plan in easy words.
//!
//! What is printed is HTML that stands alone: no script, no request, one style. The two sides are written when a plan is
//! published and kept like every other view; the easy words are written from the person's view when somebody asks, because
//! few do, and because the same bytes give the same document.
//!
//! INVARIANT: the same bytes give the same document. Whatever somebody wrote is escaped.

mod code;
mod easy_read;
mod fields;
mod html;
mod order;
mod pictograms;
mod qr;
mod reading;
mod records;
mod sides;
#[cfg(test)]
mod tests;

pub use code::{BadCheckCode, CheckCode};

/// The urgent part of a plan on two sides, from the JSON of a view. `check` is the address under which anybody can ask
/// whether it is still current.
///
/// # Errors
/// What is no view.
pub fn two_sides(view: &[u8], check: Option<&str>) -> Result<Vec<u8>, serde_json::Error> {
    let view = serde_json::from_slice(view)?;
    Ok(sides::document(&view, check).into_string().into_bytes())
}

/// The person's own plan in easy words, from the JSON of their view.
///
/// # Errors
/// What is no view.
pub fn easy_read(view: &[u8], check: Option<&str>) -> Result<Vec<u8>, serde_json::Error> {
    let view = serde_json::from_slice(view)?;
    Ok(easy_read::document(&view, check).into_string().into_bytes())
}

/// The style of such a document, for the one hash that its policy allows; nothing if it has none. It stands before
/// everything that anybody wrote.
#[must_use]
pub fn style_of(document: &[u8]) -> Option<&[u8]> {
    let after = |bytes: &[u8], tag: &[u8]| bytes.windows(tag.len()).position(|window| window == tag);
    let begin = after(document, b"<style>")? + b"<style>".len();
    let length = after(&document[begin..], b"</style>")?;
    Some(&document[begin..begin + length])
}

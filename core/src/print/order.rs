//! In which order paper says things, and what of a section is its urgent part. The same order as a crew's screen has.
//!
//! It knows few sections by name. Another that takes a signature is a pathway's crisis plan and tells what to do; one that
//! takes none tells who the person is.

use super::reading::{Field, Section};

/// Where a section stands, lowest first.
pub(super) fn place(section: &Section) -> u8 {
    let known = PLACES.iter().find(|(id, _)| *id == section.section);
    known.map_or(if section.sign_off == "none" { LAST } else { PATHWAY }, |(_, place)| *place)
}

/// What paper says of a section: what its definition marks urgent, and the few others that a stranger needs at once.
pub(super) fn urgent_part(section: &Section) -> Vec<&Field> {
    let urgent = |field: &&Field| field.urgent || ALSO.contains(&field.field.as_str());
    section.fields.iter().filter(urgent).collect()
}

/// The place of what has been decided.
pub(super) const DECISIONS: u8 = 0;

/// The place of allergies and alerts.
const HEALTH: u8 = 1;

/// A pathway's own crisis plan: more exact than the general one, so it stands before it.
const PATHWAY: u8 = 2;
const LAST: u8 = 9;

/// Sections that stand at a place of their own.
const PLACES: [(&str, u8); 7] = [
    ("decisions", DECISIONS),
    ("health", HEALTH),
    ("contingency", 3),
    ("medicines", 4),
    ("contacts", 5),
    ("home-access", 6),
    ("daily-living", 8),
];

/// What the person asks of everybody who helps, and who decides when they cannot.
const ALSO: [&str; 3] = ["please_do", "please_dont", "health_attorney"];

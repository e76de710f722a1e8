//! What the person chose about sharing, from the records of it to what the rules ask (content.md B: sharing choices).

use super::{Kind, Record, plain};
use crate::{
    id::OrganisationCode,
    policy::{SharingChoice, SharingReach},
    time::UtcMillis,
};
use std::collections::BTreeSet;

/// The choices that stand and narrow who may see the plan: one, or several that stand against each other until somebody
/// settles it. A choice to share with everybody who cares for the person narrows nothing.
///
/// `known` says which organisation somebody means by a name or a code. A name that nobody has lets nobody in.
#[must_use]
pub fn sharing_choices(kinds: &[Kind], known: impl Fn(&str) -> Option<OrganisationCode>) -> Vec<SharingChoice> {
    let records = kinds.iter().filter(|kind| kind.field.as_str() == SHARING_CHOICE).flat_map(|kind| &kind.records);
    records.filter(|record| record.state.stands()).filter_map(|record| choice(record, &known)).collect()
}

fn choice(record: &Record, known: impl Fn(&str) -> Option<OrganisationCode>) -> Option<SharingChoice> {
    let reach = match plain(record, CHOICE)?.as_str() {
        "all-direct-care" => return None,
        "emergency-only" => SharingReach::EmergencyOnly,
        "named-organisations" => {
            SharingReach::NamedOrganisations(named(&plain(record, ORGANISATIONS).unwrap_or_default(), known))
        }
        // A choice that this build does not know is read as the narrowest there is.
        _ => SharingReach::None,
    };
    let until = plain(record, EXPIRES_ON).as_deref().and_then(end_of);
    Some(SharingChoice { reach, until, id: record.id.clone() })
}

/// Organisations in a line that names one after the other.
fn named(line: &str, known: impl Fn(&str) -> Option<OrganisationCode>) -> BTreeSet<OrganisationCode> {
    let names = line.split([',', ';', '\n']).map(str::trim);
    // "St Hilda's Hospice and Millpond Surgery"; a name may have an "and" of its own.
    let meant = names.flat_map(|name| match known(name) {
        Some(code) => vec![code],
        None => name.split(" and ").filter_map(|part| known(part.trim().trim_start_matches("and "))).collect(),
    });
    meant.collect()
}

/// The moment at which a day is over, by UTC: where clocks are ahead of it, the choice holds that much longer.
fn end_of(day: &str) -> Option<UtcMillis> {
    UtcMillis::from_rfc3339(&format!("{day}T00:00:00Z")).map(|begins| begins.plus_ms(DAY_MS))
}

/// The kind of record, in `core/sections/decisions.toml`.
pub const SHARING_CHOICE: &str = "sharing_choice";

/// What it is made of.
const CHOICE: &str = "choice";
const ORGANISATIONS: &str = "organisations";
const EXPIRES_ON: &str = "expires_on";

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::section::Sections;

    #[test]
    fn the_definition_has_the_words_that_are_read_here() {
        let sections = Sections::embedded();
        let decisions = sections.section(&"decisions".parse().expect("an id")).expect("every plan has decisions");
        let field = decisions.field(SHARING_CHOICE).expect("a choice about sharing");
        let item = |id: &str| field.items.iter().find(|item| item.id.as_str() == id);
        assert!(item(ORGANISATIONS).is_some() && item(EXPIRES_ON).is_some());
        let codes: Vec<&str> = item(CHOICE).expect("a choice").codes.iter().map(|code| code.code.as_str()).collect();
        assert_eq!(codes, ["all-direct-care", "emergency-only", "named-organisations", "none"], "from wide to narrow");
    }

    #[test]
    fn organisations_are_named_by_name_or_code_and_a_name_that_nobody_has_lets_nobody_in() {
        let known = |text: &str| {
            let codes =
                [("Millpond Surgery", "Z1"), ("St Hilda's Hospice", "Z2"), ("Care and Company", "Z3"), ("Z9", "Z9")];
            let found = codes.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
            found.map(|(_, code)| code.parse().expect("a code"))
        };
        let codes =
            |line: &str| named(line, known).into_iter().map(|code| code.to_string()).collect::<Vec<_>>().join(" ");
        for (line, expected) in [
            ("Millpond Surgery", "Z1"),
            ("millpond surgery; Z9", "Z1 Z9"),
            ("Millpond Surgery and St Hilda's Hospice", "Z1 Z2"),
            ("Millpond Surgery, and St Hilda's Hospice", "Z1 Z2"),
            ("Care and Company, Millpond Surgery", "Z1 Z3"),
            ("Millpond", ""),
            ("Millpond Surgery Annexe", ""),
            ("", ""),
        ] {
            assert_eq!(codes(line), expected, "{line}");
        }
    }

    #[test]
    fn a_choice_holds_to_the_end_of_its_day() {
        assert_eq!(end_of("2026-11-22"), UtcMillis::from_rfc3339("2026-11-23T00:00:00Z"));
        assert_eq!(end_of("soon"), None);
    }
}

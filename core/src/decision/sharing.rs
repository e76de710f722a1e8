//! What the person chose about sharing, from the records of it to what the rules ask (content.md B: sharing choices).

use super::{Kind, Record, plain};
use crate::{
    id::OrganisationCode,
    london,
    policy::{SharingChoice, SharingReach},
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
    let mut unknown = Vec::new();
    let reach = match plain(record, CHOICE)?.as_str() {
        "all-direct-care" => return None,
        "emergency-only" => SharingReach::EmergencyOnly,
        "named-organisations" => {
            let named = named(&plain(record, ORGANISATIONS).unwrap_or_default(), known);
            unknown = named.unknown;
            SharingReach::NamedOrganisations(named.known)
        }
        // A choice that this build does not know is read as the narrowest there is.
        _ => SharingReach::None,
    };
    let until = plain(record, EXPIRES_ON).as_deref().and_then(london::ends);
    Some(SharingChoice { reach, until, id: record.id.clone(), unknown })
}

/// Whom a line names.
#[derive(Debug, Default, PartialEq, Eq)]
struct Named {
    known: BTreeSet<OrganisationCode>,
    unknown: Vec<String>,
}

/// Organisations in a line that names one after the other.
fn named(line: &str, known: impl Fn(&str) -> Option<OrganisationCode>) -> Named {
    let mut named = Named::default();
    for name in line.split([',', ';', '\n']).map(str::trim) {
        let name = name.strip_prefix("and ").unwrap_or(name).trim_start();
        if let Some(code) = known(name) {
            named.known.insert(code);
            continue;
        }
        // "St Hilda's Hospice and Millpond Surgery"; a name may have an "and" of its own.
        let parts: Vec<(&str, Option<OrganisationCode>)> =
            name.split(" and ").map(str::trim).map(|part| (part, known(part))).collect();
        if parts.iter().all(|(_, code)| code.is_none()) {
            named.unknown.extend((!name.is_empty()).then(|| name.to_owned()));
            continue;
        }
        for (part, code) in parts {
            match code {
                Some(code) => drop(named.known.insert(code)),
                None => named.unknown.push(part.to_owned()),
            }
        }
    }
    named
}

/// The kind of record, in `core/sections/decisions.toml`.
pub const SHARING_CHOICE: &str = "sharing_choice";

/// What it is made of.
const CHOICE: &str = "choice";
const ORGANISATIONS: &str = "organisations";
const EXPIRES_ON: &str = "expires_on";

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
        let codes = |line: &str| {
            let Named { known, unknown } = named(line, known);
            (known.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "), unknown.join("; "))
        };
        for (line, expected, unknown) in [
            ("Millpond Surgery", "Z1", ""),
            ("millpond surgery; Z9", "Z1 Z9", ""),
            ("Millpond Surgery and St Hilda's Hospice", "Z1 Z2", ""),
            ("Millpond Surgery, and St Hilda's Hospice", "Z1 Z2", ""),
            ("Care and Company, Millpond Surgery", "Z1 Z3", ""),
            ("Millpond", "", "Millpond"),
            ("Millpond Surgery Annexe, Z9", "Z9", "Millpond Surgery Annexe"),
            ("Bread and Butter; Z9 and St Nowhere", "Z9", "Bread and Butter; St Nowhere"),
            ("", "", ""),
        ] {
            assert_eq!(codes(line), (expected.to_owned(), unknown.to_owned()), "{line}");
        }
    }
}

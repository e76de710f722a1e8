//! The sections that the build carries say who writes, reads and sees what, as the content standard's tables do.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use coplan_core::{
    policy::Role::{self, Doctor, Person, Pharmacist, Proxy, RegisteredProfessional, SocialCare, Specialist},
    section::{
        Audience::{self, Clinician, Emergency, Person as ThePerson, SocialCare as Social},
        Field, Kind, MergeClass, Section, Sections, SignOff,
    },
};
use std::collections::BTreeSet;

/// One row of the table of sections: who writes and syncs, who syncs read-only, who may propose, who sees the published
/// view, what it takes to publish.
struct Row {
    section: &'static str,
    writes: &'static [Role],
    reads: &'static [Role],
    suggests: &'static [Role],
    audiences: &'static [Audience],
    sign_off: SignOff,
}

const ROWS: &[Row] = &[
    Row {
        section: "about-me",
        writes: &[Person, Proxy, SocialCare, RegisteredProfessional, Doctor, Specialist],
        reads: &[Pharmacist],
        suggests: &[],
        audiences: &[Clinician, Social, Emergency, ThePerson],
        sign_off: SignOff::None,
    },
    Row {
        section: "contacts",
        writes: &[Person, Proxy, SocialCare, RegisteredProfessional, Doctor, Specialist],
        reads: &[Pharmacist],
        suggests: &[],
        audiences: &[Clinician, Social, Emergency, ThePerson],
        sign_off: SignOff::None,
    },
    Row {
        section: "preferences",
        writes: &[Person, Proxy, RegisteredProfessional, Doctor, Specialist],
        reads: &[SocialCare],
        suggests: &[SocialCare],
        audiences: &[Clinician, Social, Emergency, ThePerson],
        sign_off: SignOff::None,
    },
    Row {
        section: "contingency",
        writes: &[Specialist, RegisteredProfessional, Doctor],
        reads: &[SocialCare, Pharmacist],
        suggests: &[],
        audiences: &[Clinician, Social, Emergency, ThePerson],
        sign_off: SignOff::Senior,
    },
    Row {
        section: "sickle-cell",
        writes: &[Specialist, RegisteredProfessional, Doctor],
        reads: &[Pharmacist],
        suggests: &[],
        audiences: &[Clinician, Emergency, ThePerson],
        sign_off: SignOff::Senior,
    },
];

/// Fields that fewer see than see their section.
const NARROWER: &[(&str, &[Audience], &[&str])] = &[
    (
        "about-me",
        &[Clinician, Social, ThePerson],
        &[
            "people_important",
            "communication",
            "wellness",
            "how_to_support",
            "also_worth_knowing",
            "wishes_after_death",
            "spiritual_needs",
            "pets",
            "who_to_call",
            "supported_by",
            "supported_by_role",
            "written_on",
            "recordings",
        ],
    ),
    ("contacts", &[Clinician, Social, ThePerson], &["carer_needs"]),
    (
        "preferences",
        &[Clinician, Social, ThePerson],
        &["advance_statement", "advance_statement_text", "advance_statement_kept_at"],
    ),
];

fn section(id: &str) -> Section {
    Sections::embedded().section(&id.parse().unwrap()).unwrap().as_ref().clone()
}

fn set<T: Ord + Copy>(values: &[T]) -> BTreeSet<T> {
    values.iter().copied().collect()
}

/// Every field of a section, with those of items and groups.
fn all_fields(fields: &[Field]) -> Vec<&Field> {
    fields.iter().flat_map(|field| [vec![field], all_fields(&field.items), all_fields(&field.parts)].concat()).collect()
}

#[test]
fn each_section_is_written_read_and_seen_by_those_whom_the_table_names() {
    assert_eq!(Sections::embedded().in_order().len(), ROWS.len());
    for row in ROWS {
        let section = section(row.section);
        assert_eq!(set(&section.writes), set(row.writes), "{} writes", row.section);
        assert_eq!(set(&section.reads), set(row.reads), "{} reads", row.section);
        let may_propose: BTreeSet<_> = section.suggests.iter().copied().collect();
        assert_eq!(may_propose, set(row.suggests), "{} suggests", row.section);
        assert_eq!(set(&section.audiences), set(row.audiences), "{} audiences", row.section);
        assert_eq!(section.sign_off, row.sign_off, "{} sign-off", row.section);
    }
}

#[test]
fn a_field_is_published_to_fewer_only_where_the_table_says_so() {
    for row in ROWS {
        for field in &section(row.section).fields {
            let narrower = NARROWER
                .iter()
                .find(|(section, _, fields)| *section == row.section && fields.contains(&field.id.as_str()))
                .map(|(_, audiences, _)| *audiences);
            match narrower {
                Some(audiences) => assert_eq!(set(&field.audiences), set(audiences), "{} {}", row.section, field.id),
                None => assert!(field.audiences.is_empty(), "{} {}", row.section, field.id),
            }
        }
    }
}

#[test]
fn no_field_is_for_fewer_than_those_who_sync_its_section() {
    let audience = |role: &Role| match role {
        Person | Proxy => ThePerson,
        SocialCare => Social,
        _ => Clinician,
    };
    for row in ROWS {
        let section = section(row.section);
        for field in section.fields.iter().filter(|field| !field.audiences.is_empty()) {
            let mut syncing = section.writes.iter().chain(&section.reads).map(audience);
            assert!(syncing.all(|who| field.audiences.contains(&who)), "{} {}", row.section, field.id);
        }
    }
}

#[test]
fn every_field_explains_itself_and_says_what_happens_to_two_values() {
    for row in ROWS {
        let section = section(row.section);
        for field in all_fields(&section.fields) {
            assert!(field.help.len() > 5, "{} {} has no help", row.section, field.id);
            let scalar_with_a_number_or_phone = matches!(field.kind, Kind::Phone | Kind::Group);
            assert!(
                !scalar_with_a_number_or_phone || field.merge == MergeClass::Conflict,
                "{} {}: two values must be seen",
                row.section,
                field.id
            );
        }
        assert!(section.fields.iter().all(|field| !field.source.is_empty()), "{}", row.section);
    }
}

#[test]
fn few_fields_are_urgent_and_signed_sections_say_what_they_need() {
    for row in ROWS {
        let section = section(row.section);
        let urgent = section.fields.iter().filter(|field| field.urgent).count();
        assert!(urgent <= 8, "{}: {urgent} urgent fields", row.section);
        let required = section.fields.iter().any(|field| field.required);
        assert_eq!(required, section.sign_off != SignOff::None, "{}", row.section);
    }
}

#[test]
fn what_was_not_asked_is_a_code_and_never_a_blank() {
    let coded = |section: &str, field: &str| -> BTreeSet<String> {
        let section = self::section(section);
        section.field(field).unwrap().codes.iter().map(|code| code.code.clone()).collect()
    };
    for field in ["preferred_place_of_care", "preferred_place_of_death_first", "advance_statement"] {
        let codes = coded("preferences", field);
        assert!(codes.contains("unknown") && codes.contains("not-discussed"), "{field}");
    }
    for section in ["contingency", "sickle-cell"] {
        let codes = coded(section, "agreed_with_person");
        assert!(["unknown", "not-discussed", "declined", "not-appropriate"].iter().all(|code| codes.contains(*code)));
    }
}

#[test]
fn snomed_codes_are_those_of_the_content_standard() {
    let named = [
        "110481000000108",
        "108401000000102",
        "109401000000108",
        "89751000000108",
        "89761000000106",
        "512071000000106",
        "518741000000100",
        "518771000000106",
        "517161000000101",
        "517111000000103",
        "766391000000108",
        "517131000000106",
        "816281000000101",
    ];
    for row in ROWS {
        let section = section(row.section);
        for code in all_fields(&section.fields).iter().flat_map(|field| &field.codes) {
            match code.system.as_str() {
                "http://snomed.info/sct" => assert!(named.contains(&code.code.as_str()), "{}", code.code),
                local => assert!(local.starts_with("https://coplan.example/codes/"), "{local}"),
            }
        }
    }
}

//! The sections that the build carries explain themselves, merge as the content standard's hazard list asks, and have
//! the codes that it gives.
//!
//! Who may do what to each field, `rights` compares with a table of its own.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::service::binary;
use coplan_core::{
    catalogue,
    policy::Role,
    section::{Audience, Field, Kind, MergeClass, Section, Sections, SignOff},
};
use std::{collections::BTreeSet, process::Command, sync::Arc};

fn sections() -> Vec<Arc<Section>> {
    Sections::embedded().in_order().into_iter().cloned().collect()
}

/// Every field of a section, with those of items and groups, each with its path.
fn all_fields(section: &Section) -> Vec<(String, &Field)> {
    fn below<'f>(fields: &'f [Field], inside: &str) -> Vec<(String, &'f Field)> {
        let mut found = Vec::new();
        for field in fields {
            let path = format!("{inside}.{}", field.id);
            found.extend(below(&field.items, &path));
            found.extend(below(&field.parts, &path));
            found.push((path, field));
        }
        found
    }
    below(&section.fields, section.id.as_str())
}

#[test]
fn no_field_is_for_fewer_than_those_who_sync_its_section() {
    let audience = |role: &Role| match role {
        Role::Person | Role::Proxy => Audience::Person,
        Role::SocialCare => Audience::SocialCare,
        _ => Audience::Clinician,
    };
    for section in sections().iter().filter(|section| section.is_published()) {
        for (path, field) in all_fields(section).iter().filter(|(_, field)| !field.audiences.is_empty()) {
            let mut syncing = section.writes.iter().chain(&section.reads).map(audience);
            assert!(syncing.all(|who| field.audiences.contains(&who)), "{path}");
        }
    }
}

#[test]
fn every_field_explains_itself_and_says_what_happens_to_two_values() {
    for section in sections() {
        for (path, field) in all_fields(&section) {
            assert!(field.help.len() > 5, "{path} has no help");
            assert!(field.help.ends_with(['.', '?', ':']), "{path}: help is a sentence");
            let seen = matches!(field.merge, MergeClass::Conflict | MergeClass::Decision);
            assert!(seen || !matches!(field.kind, Kind::Phone | Kind::Group), "{path}: two values must be seen");
        }
        assert!(section.fields.iter().all(|field| !field.source.is_empty()), "{}", section.id);
    }
}

#[test]
fn few_fields_are_urgent_and_signed_sections_say_what_they_need() {
    for section in sections() {
        let urgent = section.fields.iter().filter(|field| field.urgent).count();
        assert!(urgent <= 9, "{}: {urgent} urgent fields", section.id);
        let for_crews = |field: &&Field| field.audiences.is_empty() || field.audiences.contains(&Audience::Emergency);
        assert!(section.fields.iter().filter(|field| field.urgent).all(|field| for_crews(&field)), "{}", section.id);
        let required = section.fields.iter().any(|field| field.required);
        assert_eq!(required, section.sign_off != SignOff::None, "{}", section.id);
    }
}

#[test]
fn two_sections_never_stand_in_one_place() {
    let orders: BTreeSet<u32> = sections().iter().map(|section| section.order).collect();
    assert_eq!(orders.len(), sections().len());
    let titles: BTreeSet<String> = sections().iter().map(|section| section.title.clone()).collect();
    assert_eq!(titles.len(), sections().len());
}

#[test]
fn what_must_not_be_merged_silently_is_a_conflict() {
    for path in HAZARDS {
        let mut found = false;
        for section in sections() {
            for (_, field) in all_fields(&section).iter().filter(|(at, _)| at == path) {
                found = true;
                let seen = matches!(field.merge, MergeClass::Conflict | MergeClass::Set | MergeClass::Decision);
                assert!(seen && (field.merge != MergeClass::Set || field.kind == Kind::List), "{path}");
            }
        }
        assert!(found, "there is no {path}");
    }
}

#[test]
fn every_dose_is_a_group_with_a_medicine_a_dose_and_a_route_that_cannot_be_left_out() {
    let mut doses = 0;
    for section in sections() {
        for (path, field) in all_fields(&section) {
            let inside_a_group = field.kind == Kind::Group && field.part("dose").is_some();
            let loose = field.kind == Kind::Line && field.id.as_str() == "dose" && path.split('.').count() == 2;
            assert!(!loose, "{path} is a dose outside a group");
            if inside_a_group {
                doses += 1;
                let parts = ["dose", "route"].map(|part| field.part(part).unwrap());
                assert!(parts.iter().all(|part| part.required), "{path}");
            }
        }
    }
    assert!(doses >= 12, "{doses} doses");
}

#[test]
fn what_was_not_asked_is_a_code_and_never_a_blank() {
    let answers = ["unknown", "not-discussed", "not-assessed", "not-asked", "no-decision"];
    for path in ASKED {
        let sections = sections();
        let fields: Vec<_> = sections.iter().flat_map(|section| all_fields(section)).collect();
        let (_, field) = fields.iter().find(|(at, _)| at == path).unwrap_or_else(|| panic!("there is no {path}"));
        assert!(field.codes.iter().any(|code| answers.contains(&code.code.as_str())), "{path}");
    }
    for section in sections() {
        for (path, field) in all_fields(&section).iter().filter(|(path, _)| path.ends_with(".agreed_with_person")) {
            let has = |code: &&str| field.code(code).is_some();
            assert!(["unknown", "not-discussed", "declined", "not-appropriate"].iter().all(has), "{path}");
        }
    }
}

#[test]
fn a_restrictive_answer_wins_while_two_stand() {
    let sections = sections();
    let fields: Vec<_> = sections.iter().flat_map(|section| all_fields(section)).collect();
    for (path, widest, narrowest) in [
        ("staff-safety.do_not_contact.rule", "ask-first", "ring-police"),
        ("staff-safety.visit_in_pairs", "not-assessed", "with-police"),
        ("contacts.personal_contacts.may_be_told", "everything", "nothing"),
    ] {
        let (_, field) = fields.iter().find(|(at, _)| at == path).unwrap();
        assert!(field.narrowing, "{path}");
        assert_eq!(field.codes.first().unwrap().code, widest, "{path}");
        assert_eq!(field.codes.last().unwrap().code, narrowest, "{path}");
    }
}

#[test]
fn snomed_codes_are_those_of_the_content_standard() {
    for section in sections() {
        for (path, field) in all_fields(&section) {
            for code in &field.codes {
                match code.system.as_str() {
                    "http://snomed.info/sct" => assert!(SNOMED.contains(&code.code.as_str()), "{path}: {}", code.code),
                    local => assert!(local.starts_with("https://coplan.example/codes/"), "{path}: {local}"),
                }
            }
        }
    }
}

#[test]
fn what_is_restricted_is_never_published() {
    let sections = Sections::embedded();
    let restricted = sections.section(&"restricted".parse().unwrap()).unwrap();
    assert!(!restricted.is_published() && !restricted.publishes_itself());
    assert!(sections.in_order().iter().filter(|section| !section.is_published()).count() == 1);
}

#[test]
fn a_wrong_definition_of_decisions_denials_and_conditions_is_told_with_its_place() {
    for (section, from, to, told) in [
        ("health", "denies = \"allergies\"", "denies = \"alergies\"", "no_known_allergies.denies`: names a `list`"),
        ("health", "denies = \"allergies\"", "narrowing = 3", "no_known_allergies.narrowing`: invalid type"),
        ("contacts", "type = \"phone\"", "type = \"phone\"\nnarrowing = true", "narrowing`: only a `coded` field has"),
        ("staff-safety", "sign_off = \"registered\"", "sign_off = \"dual\"", "sign_off`: `dual` is for decision"),
        (
            "decisions",
            "writes = []",
            "writes = [\"doctor\"]",
            "writes`: lists of class `D` stand in a section that nobody",
        ),
        ("decisions", "sign_off = \"none\"", "sign_off = \"senior\"", "sign_off`: a section of decision records has"),
        ("decisions", "is = [\"modified\"]", "is = [\"altered\"]", "modified_detail.required_if`: names a `coded`"),
        ("decisions", "current = \"one\" }", "current = \"two\" }", "cpr.record`: unknown variant `two`"),
        (
            "decisions",
            "per = \"treatment\"",
            "per = \"therapy\"",
            "treatment_escalation.record.per`: names a single value",
        ),
        (
            "decisions",
            "type = \"line\"\nmerge = \"D\"",
            "type = \"line\"\nmerge = \"R\"",
            "merge`: the fields of a record have",
        ),
        ("restricted", "sign_off = \"none\"", "sign_off = \"registered\"", "audiences`: must not be empty"),
    ] {
        let sections = Sections::embedded();
        let good = sections.file(&section.parse().unwrap()).unwrap();
        let wrong = good.replacen(from, to, 1);
        assert_ne!(good, wrong, "{section} has no {from}");
        let faults = Sections::load([(format!("{section}.toml"), wrong)]).err().unwrap_or_default();
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert!(lines.iter().any(|line| line.contains(told)), "{section}: {to}\n{}", lines.join("\n"));
    }
}

#[test]
fn the_content_catalogue_is_current() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/content.md");
    let written = std::fs::read_to_string(path).unwrap();
    let now = catalogue::markdown(&Sections::embedded());
    let different = now.lines().zip(written.lines()).find(|(now, written)| now != written);
    assert!(now == written, "run `coplan sections docs > docs/content.md`; the first difference is {different:?}");
    let printed = Command::new(binary()).args(["sections", "docs"]).output().unwrap();
    assert!(printed.status.success() && printed.stdout == now.as_bytes());
}

/// The list of hazards, content.md 3.4, by the paths that hold them: two values of any of these must be seen as two.
const HAZARDS: &[&str] = &[
    // 1, 2, 6: decisions.
    "decisions.cpr",
    "decisions.treatment_escalation",
    "decisions.conveyance",
    "decisions.adrt",
    "decisions.health_attorney",
    "decisions.capacity_assessment",
    // 3: allergies against their denial.
    "health.allergies",
    "health.allergies.agent",
    "health.allergies.severity",
    "health.no_known_allergies",
    // 4: doses and what must be in time.
    "medicines.current_medicines.dose",
    "medicines.current_medicines.state",
    "medicines.time_critical.dose",
    "palliative.symptom_medicines.dose",
    "epilepsy.rescue_first",
    "epilepsy.rescue_second",
    "adrenal-crisis.emergency_injection",
    "sickle-cell.analgesia_first_line",
    "mental-health-crisis.crisis_medicine",
    // 5: anticipatory authorisation and where the medicines are.
    "decisions.anticipatory_authorisation",
    "medicines.box_location",
    "medicines.chart_location",
    "medicines.anticipatory_medicines.quantity",
    // 7: places.
    "preferences.preferred_place_of_care",
    "preferences.preferred_place_of_death_first",
    "preferences.preferred_place_of_death_second",
    // 8: telephone numbers and who is rung first.
    "contacts.personal_contacts.phone",
    "contacts.personal_contacts.call_order",
    "contacts.services.phone_24h",
    "contingency.who_to_contact.phone",
    "epilepsy.who_to_ring.phone",
    // 9: whom not to tell, with whom to share.
    "staff-safety.do_not_contact.rule",
    "decisions.sharing_choice",
    // 10: where the person is.
    "home-access.temporary_address",
    // 11: what may be swallowed.
    "daily-living.food_level",
    "daily-living.drink_level",
    "daily-living.tube_feeding",
    // 12: devices.
    "medicines.oxygen",
    "medicines.devices.settings",
    // 13: the hospital that knows the person.
    "sickle-cell.preferred_hospital",
    "sickle-cell.named_centre",
    // 14: interpreter.
    "communication.interpreter",
    // 15: reviews.
    "tasks.review_due",
    "tasks.review_owner",
    // 17: death.
    "health.death",
];

/// Questions whose answer may be that nobody asked.
const ASKED: &[&str] = &[
    "preferences.preferred_place_of_care",
    "preferences.preferred_place_of_death_first",
    "preferences.advance_statement",
    "decisions.cpr.recommendation",
    "health.allergies_asked",
    "health.palliative_register",
    "communication.interpreter",
    "daily-living.food_level",
    "daily-living.drink_level",
    "daily-living.risk_feeding",
    "medicines.list_state",
    "medicines.anticipatory_supply",
    "palliative.expected_death",
    "frailty.long_lie",
    "dementia.kind",
    "home-access.key_safe",
    "staff-safety.visit_in_pairs",
];

/// Every SNOMED CT concept that content.md gives and a definition uses.
const SNOMED: &[&str] = &[
    "183676005",
    "410518001",
    "450475007",
    "450476008",
    "713049009",
    "713079002",
    "713656002",
    "714342001",
    "714748000",
    "716186003",
    "735324008",
    "736253002",
    "761869008",
    "767503006",
    "876879006",
    "876882001",
    "876884000",
    "89751000000108",
    "89761000000106",
    "108401000000102",
    "109401000000108",
    "110481000000108",
    "196461000000101",
    "196471000000108",
    "341041000000103",
    "376201000000102",
    "511401000000102",
    "512071000000106",
    "517111000000103",
    "517131000000106",
    "517161000000101",
    "518741000000100",
    "518771000000106",
    "526631000000108",
    "766391000000108",
    "816281000000101",
    "816301000000100",
    "816361000000101",
    "845701000000104",
    "845721000000108",
    "845751000000103",
    "845771000000107",
    "871021000000106",
    "882981000000105",
    "887701000000100",
    "955231000000109",
    "968211000000101",
    "975291000000108",
    "1107891000000106",
    "1325731000000106",
    "1326341000000105",
    "1403141000000101",
    "1403151000000103",
    "1413121000000106",
];

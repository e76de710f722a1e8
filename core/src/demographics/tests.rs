#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

use super::{Audience::*, *};
use serde_json::{Value, json};

/// Everything that can be said of somebody, all of it invented.
fn whole() -> Value {
    json!({
        "nhs_number_status": "01",
        "pronouns": "she/her",
        "phenotypic_sex": "2",
        "stated_gender": "2",
        "addresses": [
            { "type": "home", "lines": ["4 Larch Walk", "Northfield"], "postcode": "ZZ99 3VZ", "from": "1971-05-01" },
            { "type": "temporary", "lines": ["Her daughter's"], "from": "2026-11-01", "to": "2026-12-24" },
        ],
        "telecom": [
            { "type": "phone", "value": "01632 960001", "preference": 1 },
            { "type": "email", "value": "p.doyle@example.org", "preference": 2 },
        ],
        "ethnic_category": "B",
        "religion": { "code": "160549004", "display": "Roman Catholic" },
        "language": { "code": "en", "display": "English" },
        "gp_practice": { "ods": "Y99001", "name": "Larch Walk Surgery" },
        "restriction": "U",
        "organ_donation": true,
        "death": { "date": "2026-11-20", "place": "876879006" },
    })
}

fn with(key: &str, value: Value) -> Value {
    let mut whole = whole();
    whole[key] = value;
    whole
}

#[test]
fn what_a_feed_says_is_kept_whole_and_an_empty_row_says_nothing() {
    let read = Demographics::from_json(&whole().to_string()).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&read.to_json().unwrap()).unwrap(), whole());
    assert_eq!(Demographics::from_json("{}").unwrap(), Demographics::default());
    assert_eq!(Demographics::default().to_json().unwrap(), "{}");
}

#[test]
fn what_cannot_be_is_refused_by_its_key_and_never_repeated() {
    let address = |more: Value| {
        let mut address = json!({ "type": "home", "lines": ["4 Larch Walk"] });
        address.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!([address])
    };
    let phone = |value: &str, preference: u8| json!({ "type": "phone", "value": value, "preference": preference });
    for (key, value, message) in [
        ("shoe_size", json!("secret"), "not demographics"),
        ("nhs_number_status", json!("secret"), "not demographics"),
        ("ethnic_category", json!("secret"), "not demographics"),
        ("death", json!({ "date": "2026-11-20", "place": "secret" }), "not demographics"),
        ("addresses", json!([{ "type": "secret", "lines": [] }]), "not demographics"),
        ("gp_practice", json!({ "ods": "Y99001" }), "not demographics"),
        ("pronouns", json!(" "), "`pronouns`: the value is empty"),
        ("pronouns", json!("secret".repeat(50)), "`pronouns`: the value is longer than 254"),
        ("pronouns", json!("secret\u{202e}"), "`pronouns`: the value holds a character"),
        ("addresses", address(json!({ "from": "secret" })), "`from`: the value is not a date"),
        ("addresses", address(json!({ "from": "2026-02-01", "to": "2026-01-01" })), "an address ends before it begins"),
        ("addresses", address(json!({ "lines": vec!["secret"; 7] })), "`lines` holds more than 6"),
        ("addresses", json!(vec![address(json!({}))[0].clone(); 11]), "`addresses` holds more than 10"),
        ("telecom", json!([phone("secret", 1)]), "`value`: the value is not a telephone number"),
        ("telecom", json!([phone("01632 960001", 6)]), "`preference` is 1 to 5"),
        ("telecom", json!([phone("01632 960001", 1), phone("01632 960002", 1)]), "`preference` is 1 to 5"),
        ("death", json!({ "date": "20-11-2026" }), "`date`: the value is not a date"),
        ("language", json!({ "code": "secret".repeat(4), "display": "English" }), "`language`: the value is longer"),
    ] {
        let refused = Demographics::from_json(&with(key, value).to_string()).unwrap_err().to_string();
        assert!(refused.starts_with(message), "{key}: {refused}");
        assert!(!refused.contains("secret"), "{refused}");
    }
}

#[test]
fn nothing_is_written_that_would_not_be_read() {
    let wrong = Demographics { pronouns: Some(String::new()), ..Demographics::default() };
    assert!(wrong.to_json().is_err());
}

#[test]
fn a_restriction_withholds_where_somebody_is_from_every_audience() {
    for (restriction, withheld) in [("U", false), ("R", true), ("V", true)] {
        let read = Demographics::from_json(&with("restriction", json!(restriction)).to_string()).unwrap();
        assert_eq!(read.is_withheld(), withheld);
        for audience in [Clinician, SocialCare, Emergency, Person] {
            let seen = read.clone().seen_by(audience).to_json().unwrap();
            for whereabouts in ["Larch Walk", "Her daughter's", "ZZ99 3VZ", "01632", "@example.org", "Y99001"] {
                assert_eq!(seen.contains(whereabouts), !withheld, "{restriction} {audience:?}: {whereabouts}");
            }
            assert!(seen.contains("she/her"), "only the whereabouts are withheld");
        }
    }
}

#[test]
fn each_audience_sees_what_the_content_standard_shows_it() {
    let read = Demographics::from_json(&whole().to_string()).unwrap();
    for (key, audiences) in [
        ("restriction", &[Clinician, Emergency][..]),
        ("organ_donation", &[Clinician, Person]),
        ("death", &[Clinician, SocialCare]),
        ("addresses", &[Clinician, SocialCare, Emergency, Person]),
        ("religion", &[Clinician, SocialCare, Emergency, Person]),
    ] {
        for audience in [Clinician, SocialCare, Emergency, Person] {
            let seen: Value = serde_json::from_str(&read.clone().seen_by(audience).to_json().unwrap()).unwrap();
            assert_eq!(seen.get(key).is_some(), audiences.contains(&audience), "{key} {audience:?}");
        }
    }
}

#[test]
fn debug_output_says_nothing_of_anybody() {
    let read = Demographics::from_json(&whole().to_string()).unwrap();
    assert_eq!(format!("{read:?} {:?}", read.addresses[0]), "Demographics(..) Address(..)");
}

#[test]
fn every_code_is_read_back_from_its_own_code_and_has_words() {
    fn each<T: serde::Serialize + Copy>(all: &[T], code: fn(T) -> &'static str, display: fn(T) -> &'static str) {
        for one in all {
            assert_eq!(serde_json::to_value(one).unwrap(), code(*one));
            assert!(!display(*one).is_empty());
        }
    }
    each(NhsNumberStatus::ALL, NhsNumberStatus::code, NhsNumberStatus::display);
    each(EthnicCategory::ALL, EthnicCategory::code, EthnicCategory::display);
    each(DeathPlace::ALL, DeathPlace::code, DeathPlace::display);
    each(Restriction::ALL, Restriction::code, Restriction::display);
}

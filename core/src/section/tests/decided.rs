//! Sections of decision records, and what one field may say of another.

use super::*;

const DECIDED: &str = r#"
id = "sample"
title = "Sample"
version = 1
order = 5
summary = "What a sample is for."
source = "invented"
writes = []
reads = ["doctor"]
audiences = ["clinician", "emergency"]
sign_off = "none"

[[field]]
id = "cpr"
label = "CPR"
type = "list"
merge = "D"
item_name = "recommendation"
record = { recorders = ["doctor"], senior = true, endorsed = true, current = "one", per = "place" }

[[field.item]]
id = "place"
label = "Place"
type = "coded"
merge = "D"
required = true
narrowing = true
code = [ { system = "s", code = "home", display = "Home" }, { system = "s", code = "away", display = "Away" } ]

[[field.item]]
id = "informed"
label = "Informed"
type = "yes-no"
merge = "D"

[[field.item]]
id = "why"
label = "Why not"
type = "line"
merge = "D"
max_chars = 80
required_if = { field = "informed", is = ["no"] }

[[field.item]]
id = "dose"
label = "Dose"
type = "group"
merge = "D"
required_if = { field = "place", is = ["home", "away"] }
[[field.item.part]]
id = "amount"
label = "Amount"
type = "decimal"
merge = "D"
"#;

/// Every fault of `DECIDED` with one piece replaced, without the file's name.
fn told(from: &str, to: &str) -> Vec<String> {
    assert!(DECIDED.contains(from), "{from}");
    let errors = load(&DECIDED.replacen(from, to, 1)).err().unwrap_or_default();
    errors.iter().map(|error| error.to_string().trim_start_matches("`sample.toml`: ").to_owned()).collect()
}

fn check(cases: &[(&str, &str, &str)]) {
    for (from, to, expected) in cases {
        let told = told(from, to);
        assert!(told.iter().any(|line| line.starts_with(expected)), "{from:?} -> {to:?}\n{}", told.join("\n"));
    }
}

#[test]
fn a_section_of_decisions_is_read_as_it_is_written() {
    let sections = load(DECIDED).unwrap();
    let section = sections.in_order()[0];
    assert!(section.is_decided());
    let rule = section.records().next().unwrap();
    assert_eq!((&rule.recorders[..], rule.senior, rule.endorsed), (&[Role::Doctor][..], true, true));
    assert_eq!((rule.current, rule.per.as_ref().map(FieldId::as_str)), (Current::One, Some("place")));
    let cpr = section.field("cpr").unwrap();
    assert!(cpr.item("place").unwrap().narrowing);
    let condition = cpr.item("why").unwrap().required_if.clone().unwrap();
    assert_eq!((condition.field.as_str(), condition.is), ("informed", vec!["no".to_owned()]));
    let bare = load(&DECIDED.replace(", senior = true, endorsed = true", "").replace(", per = \"place\"", "")).unwrap();
    let rule = bare.in_order()[0].records().next().cloned().unwrap();
    assert_eq!((rule.senior, rule.endorsed, rule.per), (false, false, None));
}

#[test]
fn records_and_fields_that_people_write_do_not_stand_in_one_section() {
    let note = "\n[[field]]\nid = \"note\"\nlabel = \"Note\"\ntype = \"line\"\nmax_chars = 9\nmerge = \"R\"\n[[field]]";
    check(&[
        ("writes = []", "writes = [\"nurse\"]", "`writes`: unknown variant `nurse`"),
        (
            "writes = []",
            "writes = [\"specialist\"]",
            "`writes`: lists of class `D` stand in a section that nobody writes",
        ),
        ("\n[[field]]", note, "`writes`: lists of class `D` stand in a section that nobody writes"),
        ("writes = []", "writes = []\nsuggests = [\"person\"]", "`sign_off`: a section of decision records has"),
        ("sign_off = \"none\"", "sign_off = \"registered\"", "`sign_off`: a section of decision records has"),
    ]);
    let written = GOOD.replace("writes = [\"doctor\", \"person\"]", "writes = []");
    let told: Vec<String> = load(&written).unwrap_err().iter().map(ToString::to_string).collect();
    assert!(told.contains(&"`sample.toml`: `writes`: must not be empty".to_owned()), "{told:?}");
}

#[test]
fn a_kind_of_record_says_who_records_it_and_how_many_may_be_current() {
    const RECORD: &str =
        "record = { recorders = [\"doctor\"], senior = true, endorsed = true, current = \"one\", per = \"place\" }";
    check(&[
        (RECORD, "", "`field.cpr.record`: missing"),
        ("recorders = [\"doctor\"]", "recorders = []", "`field.cpr.record.recorders`: must not be empty"),
        (
            "recorders = [\"doctor\"]",
            "recorders = [\"doctor\", \"doctor\"]",
            "`field.cpr.record.recorders`: `doctor` is there already",
        ),
        ("recorders = [\"doctor\"]", "recorders = [\"doktor\"]", "`field.cpr.record`: unknown variant `doktor`"),
        ("recorders = [\"doctor\"], ", "", "`field.cpr.record`: missing field `recorders`"),
        ("current = \"one\"", "current = \"two\"", "`field.cpr.record`: unknown variant `two`"),
        ("senior = true", "junior = true", "`field.cpr.record`: unknown field `junior`"),
        ("per = \"place\"", "per = \"nothing\"", "`field.cpr.record.per`: names a single value of the record"),
        ("per = \"place\"", "per = \"dose\"", "`field.cpr.record.per`: names a single value of the record"),
        ("current = \"one\"", "current = \"each\"", "`field.cpr.record.per`: names a single value of the record"),
        ("type = \"list\"", "type = \"line\"", "`field.cpr.merge`: class `D` stands on a `list`"),
        ("type = \"list\"", "type = \"line\"", "`field.cpr.record`: only a list of class `D` has this"),
        (
            "merge = \"D\"\nitem_name",
            "merge = \"S+\"\nitem_name",
            "`field.cpr.record`: only a list of class `D` has this",
        ),
    ]);
}

#[test]
fn what_a_record_says_never_merges() {
    check(&[
        ("merge = \"D\"\nrequired", "merge = \"C!\"\nrequired", "`field.cpr.item.place.merge`: the fields of a record"),
        (
            "type = \"line\"\nmerge = \"D\"",
            "type = \"text\"\nmerge = \"T\"",
            "`field.cpr.item.why.merge`: the fields of a",
        ),
        ("type = \"line\"", "type = \"text\"", "`field.cpr.item.why.merge`: the fields of a record"),
        (
            "type = \"decimal\"\nmerge = \"D\"",
            "type = \"decimal\"\nmerge = \"R\"",
            "`field.cpr.item.dose.part.amount.merge`",
        ),
    ]);
    for key in rules::RECORD_KEYS {
        let told = told("id = \"why\"", &format!("id = \"{key}\""));
        let expected = format!("`field.cpr.item.{key}.id`: `{key}` is a key of every list item");
        assert!(told.iter().any(|line| line.starts_with(&expected)), "{key}: {told:?}");
    }
}

#[test]
fn a_condition_names_a_field_beside_it_and_values_that_it_can_have() {
    let wrong = "`field.cpr.item.why.required_if`: names a `coded` or `yes-no` field beside this one";
    check(&[
        ("field = \"informed\", is = [\"no\"]", "field = \"informed\", is = []", wrong),
        ("field = \"informed\", is = [\"no\"]", "field = \"informed\", is = [\"never\"]", wrong),
        ("field = \"informed\", is = [\"no\"]", "field = \"place\", is = [\"home\", \"nowhere\"]", wrong),
        ("field = \"informed\", is = [\"no\"]", "field = \"why\", is = [\"no\"]", wrong),
        ("field = \"informed\", is = [\"no\"]", "field = \"dose\", is = [\"no\"]", wrong),
        ("field = \"informed\", is = [\"no\"]", "field = \"cpr\", is = [\"no\"]", wrong),
        ("field = \"informed\", is", "is", "`field.cpr.item.why.required_if`: missing field `field`"),
        ("is = [\"no\"]", "is = [\"no\"], not = 1", "`field.cpr.item.why.required_if`: unknown field `not`"),
    ]);
    assert!(told("field = \"informed\", is = [\"no\"]", "field = \"place\", is = [\"away\"]").is_empty());
}

#[test]
fn only_a_choice_narrows_and_only_a_choice_denies_a_list_beside_it() {
    check(&[
        ("max_chars = 80", "max_chars = 80\nnarrowing = true", "`field.cpr.item.why.narrowing`: only a `coded` field"),
        ("max_chars = 80", "max_chars = 80\ndenies = \"place\"", "`field.cpr.item.why.denies`: "),
    ]);
    let denying = |field: &str, key: &str| {
        let text = GOOD.replacen(&format!("id = \"{field}\""), &format!("id = \"{field}\"\n{key}"), 1);
        load(&text).err().unwrap_or_default().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert!(denying("genotype", "denies = \"people\"").is_empty());
    for list in ["nobody", "story", "genotype"] {
        let told = denying("genotype", &format!("denies = \"{list}\""));
        assert_eq!(told, ["`sample.toml`: `field.genotype.denies`: names a `list` beside this field"], "{list}");
    }
    let told = denying("story", "denies = \"people\"");
    assert_eq!(told, ["`sample.toml`: `field.story.denies`: only a `coded` or `yes-no` field has this"]);
}

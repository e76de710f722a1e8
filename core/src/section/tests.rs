#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

mod decided;

use super::*;
use automerge::ScalarValue;

const GOOD: &str = r#"
id = "sample"
title = "Sample"
version = 1
order = 5
summary = "What a sample is for."
source = "invented"
writes = ["doctor", "person"]
reads = ["pharmacist"]
audiences = ["clinician", "emergency"]
sign_off = "senior"

[[field]]
id = "story"
label = "Story"
type = "text"
merge = "T"
max_chars = 100

[[field]]
id = "genotype"
label = "Genotype"
type = "coded"
merge = "C!"
required = true
urgent = true
[[field.code]]
system = "http://snomed.info/sct"
code = "127040003"
display = "HbSS"
[[field.code]]
system = "https://coplan.example/codes/unknown"
code = "unknown"
display = "Not known"

[[field]]
id = "people"
label = "People"
type = "list"
merge = "S+"
item_name = "person"
audiences = ["clinician"]
[[field.item]]
id = "name"
label = "Name"
type = "line"
merge = "R"
max_chars = 80
[[field.item]]
id = "dose"
label = "Dose"
type = "group"
merge = "C!"
[[field.item.part]]
id = "amount"
label = "Amount"
type = "decimal"
merge = "C!"
min = 0
max = 10.5
unit = "mg"
"#;

fn load(text: &str) -> Result<Sections, Vec<SectionError>> {
    Sections::load([("sample.toml".to_owned(), text.to_owned())])
}

/// Every fault of `GOOD` with one piece replaced, as its author reads them.
fn faults(from: &str, to: &str) -> Vec<String> {
    assert!(GOOD.contains(from), "{from}");
    load(&GOOD.replacen(from, to, 1)).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn the_embedded_sections_load() {
    let files = EMBEDDED.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    let told: Vec<String> = Sections::load(files).err().unwrap_or_default().iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}

#[test]
fn a_right_file_is_read_as_it_is_written() {
    let sections = load(GOOD).unwrap();
    let section = sections.section(&"sample".parse().unwrap()).unwrap();
    assert_eq!(sections.in_order(), [section]);
    assert_eq!((section.order, section.sign_off), (5, SignOff::Senior));
    let people = section.field("people").unwrap();
    assert_eq!((people.kind, people.items_max()), (Kind::List, limits::LIST_ITEMS_MAX));
    let amount = people.item("dose").and_then(|dose| dose.part("amount")).unwrap();
    assert_eq!((amount.min, amount.max, amount.unit.as_deref()), (Some(0.0), Some(10.5), Some("mg")));
    assert_eq!(section.field("genotype").unwrap().code("127040003").unwrap().display, "HbSS");
    assert!(section.field("nothing").is_none());
}

#[test]
fn each_fault_is_told_with_file_place_and_reason() {
    let cases = [
        ("id = \"sample\"", "id = \"other\"", "`sample.toml`: `id`: must be `sample`, the file's name"),
        ("title = \"Sample\"", "", "`title`: missing"),
        ("title = \"Sample\"", "title = \" \"", "`title`: must not be empty"),
        ("title = \"Sample\"", "title = \"a\\u202eb\"", "`title`: holds a control character"),
        ("title = \"Sample\"", "title = \"Sample\"\ncolour = 1", "`colour`: no such key here; there are: id, title"),
        ("version = 1", "version = 0", "`version`: versions start at 1"),
        ("version = 1", "version = \"1\"", "`version`: invalid type: string \"1\", expected u32"),
        ("order = 5", "order = -1", "`order`: invalid value"),
        ("[\"doctor\", \"person\"]", "[]", "`writes`: must not be empty"),
        ("[\"doctor\", \"person\"]", "[\"doktor\"]", "`writes`: unknown variant `doktor`, expected one of `person`"),
        ("[\"doctor\", \"person\"]", "[\"doctor\", \"doctor\"]", "`writes`: `doctor` is there already"),
        ("[\"doctor\", \"person\"]", "[\"doctor\", \"crew\"]", "`writes`: `crew` never syncs a document"),
        ("[\"pharmacist\"]", "[\"doctor\"]", "`reads`: `doctor` is in `writes` already"),
        ("[\"doctor\", \"person\"]", "[\"person\"]", "`sign_off`: nobody in `writes` or `reads` may sign"),
        ("\"senior\"", "\"seignior\"", "`sign_off`: unknown variant `seignior`"),
        ("\"senior\"", "\"dual\"", "`sign_off`: `dual` is for decision records"),
        ("[\"clinician\", \"emergency\"]", "[]", "`audiences`: must not be empty"),
        ("[\"clinician\"]", "[\"person\"]", "`field.people.audiences`: `person` does not see what this stands in"),
        ("id = \"story\"", "id = \"Story\"", "`field.Story.id`: an id is"),
        ("id = \"story\"", "", "`field#1.id`: missing"),
        ("id = \"genotype\"", "id = \"story\"", "`field#2.id`: `story` is there already"),
        ("id = \"name\"", "id = \"order\"", "`field.people.item.order.id`: `order` is a key of every list item"),
        ("type = \"text\"", "type = \"prose\"", "`field.story.type`: unknown variant `prose`"),
        ("merge = \"T\"", "merge = \"R\"", "`field.story.merge`: `text` fields have merge class `T`"),
        ("merge = \"T\"", "merge = \"A\"", "`field.story.merge`: classes `D` and `A` are written by commands"),
        ("merge = \"T\"", "merge = \"D\"", "`field.story.merge`: class `D` stands on a `list`"),
        ("merge = \"C!\"\nrequired", "merge = \"T\"\nrequired", "`field.genotype.merge`: `text` fields have"),
        ("merge = \"S+\"", "merge = \"R\"", "`field.people.merge`: `list` fields have merge class `S+`"),
        (
            "merge = \"C!\"\nmin",
            "merge = \"R\"\nmin",
            "`field.people.item.dose.part.amount.merge`: a part has the merge",
        ),
        ("max_chars = 100", "", "`field.story.max_chars`: missing"),
        ("max_chars = 100", "max_chars = 0", "`field.story.max_chars`: must be 1 to 20000"),
        (
            "max_chars = 80",
            "max_chars = 501",
            "`field.people.item.name.max_chars`: must be 1 to 20000 for `text`, 1 to",
        ),
        ("max_chars = 80", "max_chars = 80\nmin = 1", "`field.people.item.name.min`: only a number has this"),
        ("item_name = \"person\"", "", "`field.people.item_name`: missing"),
        (
            "item_name = \"person\"",
            "item_name = \"person\"\nmax_items = 0",
            "`field.people.max_items`: must be 1 to 500",
        ),
        (
            "item_name = \"person\"",
            "item_name = \"person\"\nmax_chars = 9",
            "`field.people.max_chars`: only a `text` or",
        ),
        ("type = \"group\"", "type = \"list\"", "`field.people.item.dose.type`: a list cannot hold a list"),
        (
            "type = \"decimal\"",
            "type = \"text\"",
            "`field.people.item.dose.part.amount.type`: a part is a single value",
        ),
        ("code = \"unknown\"", "code = \"127040003\"", "`field.genotype.code#2.code`: `127040003` is there already"),
        ("code = \"unknown\"", "code = \"not known\"", "`field.genotype.code.not known.code`: a code is 1 to 100"),
        ("display = \"HbSS\"", "", "`field.genotype.code.127040003.display`: missing"),
        ("type = \"coded\"", "type = \"yes-no\"", "`field.genotype.code`: only a `coded` field has this"),
        ("min = 0", "min = 11", "`field.people.item.dose.part.amount.min`: larger than `max`"),
        ("min = 0", "min = -inf", "`field.people.item.dose.part.amount.min`: must be a finite number"),
        (
            "type = \"decimal\"",
            "type = \"integer\"",
            "`field.people.item.dose.part.amount.max`: must be a whole number",
        ),
        ("unit = \"mg\"", "unit = \"\"", "`field.people.item.dose.part.amount.unit`: must not be empty"),
        ("merge = \"T\"", "merge = \"T", "`sample.toml`: not TOML, line 17: "),
    ];
    for (from, to, expected) in cases {
        let told = faults(from, to);
        assert!(told.iter().any(|line| line.contains(expected)), "{from:?} -> {to:?}\n{}", told.join("\n"));
        assert!(told.iter().all(|line| line.starts_with("`sample.toml`: ")), "{told:?}");
    }
}

#[test]
fn coded_without_codes_list_without_items_group_without_parts_are_refused() {
    let coded = GOOD.find("[[field.code]]").unwrap();
    let people = GOOD.find("[[field]]\nid = \"people\"").unwrap();
    let item = GOOD.find("[[field.item]]").unwrap();
    let part = GOOD.find("[[field.item.part]]").unwrap();
    let cases = [
        (format!("{}{}", &GOOD[..coded], &GOOD[people..]), "`sample.toml`: `field.genotype.code`: missing"),
        (GOOD[..item].to_owned(), "`sample.toml`: `field.people.item`: missing"),
        (GOOD[..part].to_owned(), "`sample.toml`: `field.people.item.dose.part`: missing"),
    ];
    for (text, expected) in cases {
        let told: Vec<String> = load(&text).unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(told, [expected]);
    }
}

#[test]
fn all_faults_of_all_files_are_told_at_once_and_nothing_is_loaded() {
    let broken =
        GOOD.replace("version = 1", "version = 0").replace("max_chars = 100", "").replace("min = 0", "min = 11");
    let files = [("sample.toml", broken.as_str()), ("Wrong.toml", GOOD), ("half.toml", "= 3"), ("sample.toml", GOOD)];
    let errors = Sections::load(files.map(|(name, text)| (name.to_owned(), text.to_owned()))).unwrap_err();
    let places: Vec<_> = errors.iter().map(|error| (error.file.as_str(), error.path.as_str())).collect();
    let amount = "field.people.item.dose.part.amount.min";
    let expected = [
        ("sample.toml", amount),
        ("sample.toml", "field.story.max_chars"),
        ("sample.toml", "version"),
        ("Wrong.toml", ""),
        ("half.toml", ""),
        ("sample.toml", ""),
    ];
    let mut sorted = places.clone();
    sorted.sort_unstable();
    let mut wanted = expected.to_vec();
    wanted.sort_unstable();
    assert_eq!(sorted, wanted);
}

#[test]
fn no_file_too_many_files_and_too_long_files_are_refused() {
    let none = Sections::load([]).unwrap_err();
    assert_eq!(none[0].to_string(), "sections: there is no section file");
    let many = (0..=limits::FILES_MAX).map(|n| {
        let id = format!("s{n}");
        (format!("{id}.toml"), GOOD.replacen("\"sample\"", &format!("\"{id}\""), 1))
    });
    assert_eq!(Sections::load(many).unwrap_err()[0].to_string(), "sections: more than 64 section files");
    let long = format!("{GOOD}#{}", "x".repeat(limits::FILE_BYTES_MAX));
    assert_eq!(load(&long).unwrap_err()[0].to_string(), "`sample.toml`: longer than 262144 bytes");
    let fields: String = (0..limits::FIELDS_MAX)
        .map(|n| format!("[[field]]\nid = \"f{n}\"\nlabel = \"L\"\ntype = \"yes-no\"\nmerge = \"R\"\n"))
        .collect();
    assert_eq!(load(&format!("{GOOD}{fields}")).unwrap_err()[0].to_string(), "`sample.toml`: `field`: more than 64");
}

#[test]
fn deep_nesting_is_refused_before_it_exhausts_the_stack() {
    for (open, close) in [("[", "]"), ("{a=", "}")] {
        let deep = format!("a = {}1{}", open.repeat(50_000), close.repeat(50_000));
        let told = load(&deep).unwrap_err()[0].to_string();
        assert!(told.starts_with("`sample.toml`: not TOML, line 1: "), "{told}");
    }
    let dotted = format!("{}a = 1", "a.".repeat(100_000));
    assert!(load(&dotted).is_err());
}

#[test]
fn no_text_makes_the_loader_panic() {
    use proptest::prelude::*;
    proptest!(|(at in 0..GOOD.len(), cut in 0..40_usize, with in "[\\[\\]a-z=\"#0-9\n. ]{0,12}")| {
        let end = (at + cut).min(GOOD.len());
        let _ = load(&format!("{}{with}{}", &GOOD[..at], &GOOD[end..]));
    });
}

#[test]
fn a_definitions_hash_changes_with_the_definition_and_only_with_it() {
    let hash = |text: &str| load(text).unwrap().in_order()[0].hash();
    assert_eq!(hash(GOOD), hash(&format!("# a comment\n{GOOD}")));
    assert_ne!(hash(GOOD), hash(&GOOD.replace("HbSS", "HbSC")));
}

/// A field on its own, for the value checks.
fn field(kind: &str, more: &str) -> Field {
    let merge = if kind == "text" { "T" } else { "R" };
    let at = GOOD.find("[[field]]").unwrap();
    let text = format!(
        "{}[[field]]\nid = \"one\"\nlabel = \"One\"\ntype = \"{kind}\"\nmerge = \"{merge}\"\n{more}",
        &GOOD[..at]
    );
    load(&text).unwrap().in_order()[0].fields[0].clone()
}

#[test]
fn a_value_stands_in_a_field_exactly_if_the_definition_allows_it() {
    use ValueError::{Character, Empty, NotADate, NotANumber, OutOfRange, TooLong, UnknownCode};
    let line = field("line", "max_chars = 5");
    let coded = field("coded", "[[field.code]]\nsystem = \"x\"\ncode = \"a\"\ndisplay = \"A\"");
    let whole = field("integer", "min = 1\nmax = 9");
    let any = field("integer", "");
    let number = field("decimal", "min = 0.5");
    let date = field("date", "");
    let cases: &[(&Field, ScalarValue, Result<(), ValueError>)] = &[
        (&line, "José".into(), Ok(())),
        (&line, "नमस्ते".into(), Err(TooLong { chars_max: 5 })),
        (&line, "12345".into(), Ok(())),
        (&line, "123456".into(), Err(TooLong { chars_max: 5 })),
        (&line, "".into(), Err(Empty)),
        (&line, " ".into(), Err(Empty)),
        (&line, "a\nb".into(), Err(Character)),
        (&line, "a\u{0}".into(), Err(Character)),
        (&line, "a\u{202e}b".into(), Err(Character)),
        (&line, "א\u{200f}!".into(), Ok(())),
        (&coded, "a".into(), Ok(())),
        (&coded, "A".into(), Err(UnknownCode)),
        (&whole, ScalarValue::Int(9), Ok(())),
        (&whole, ScalarValue::Int(10), Err(OutOfRange)),
        (&whole, ScalarValue::Int(0), Err(OutOfRange)),
        (&any, ScalarValue::Int(limits::NUMBER_MAX), Ok(())),
        (&any, ScalarValue::Int(limits::NUMBER_MAX + 1), Err(NotANumber)),
        (&any, ScalarValue::Int(i64::MIN), Err(NotANumber)),
        (&number, ScalarValue::F64(0.5), Ok(())),
        (&number, ScalarValue::Int(2), Ok(())),
        (&number, ScalarValue::F64(0.49), Err(OutOfRange)),
        (&number, ScalarValue::F64(f64::NAN), Err(NotANumber)),
        (&number, ScalarValue::F64(f64::INFINITY), Err(NotANumber)),
        (&field("yes-no", ""), ScalarValue::Boolean(false), Ok(())),
        (&date, "2024-02-29".into(), Ok(())),
        (&date, "2023-02-29".into(), Err(NotADate)),
        (&date, "2023-2-9".into(), Err(NotADate)),
        (&date, "+023-02-09".into(), Err(NotADate)),
        (&date, "2023-02-09T00:00:00Z".into(), Err(NotADate)),
    ];
    for (field, value, expected) in cases {
        assert_eq!(field.check_scalar(value), *expected, "{:?} {value:?}", field.kind);
    }
}

#[test]
fn a_value_of_another_type_is_refused_in_every_field() {
    let values: [ScalarValue; 6] = [
        ScalarValue::Null,
        ScalarValue::Bytes(vec![1]),
        ScalarValue::Counter(1.into()),
        ScalarValue::Timestamp(1),
        ScalarValue::Uint(1),
        ScalarValue::F64(1.5),
    ];
    let kinds = ["line", "yes-no", "integer", "date", "phone", "text"];
    for kind in kinds {
        let more = if matches!(kind, "line" | "text") { "max_chars = 9" } else { "" };
        for value in &values {
            let refused = field(kind, more).check_scalar(value);
            assert!(matches!(refused, Err(ValueError::Type { .. })), "{kind} {value:?} {refused:?}");
        }
    }
    assert!(field("text", "max_chars = 9").check_scalar(&"a".into()).is_err());
}

#[test]
fn telephone_numbers_are_digits_spaces_brackets_a_leading_plus_and_an_extension() {
    let phone = field("phone", "");
    for number in
        ["020 7946 0018", "+44 20 7946 0018", "(020) 79460018", "999", "01632 960001 ext 12", "01632960001 ext. 4"]
    {
        assert_eq!(phone.check_scalar(&number.into()), Ok(()), "{number}");
    }
    for text in [
        "",
        "12",
        "ring me",
        "020-7946",
        "0+20",
        "ext 12",
        "01632 960001 ext",
        "01632 960001 ext 1 ext 2",
        "123456789012345678901",
    ] {
        assert_eq!(phone.check_scalar(&text.into()), Err(ValueError::NotAPhone), "{text}");
    }
}

#[test]
fn text_keeps_line_breaks_and_refuses_other_control_characters() {
    let text = field("text", "max_chars = 4");
    assert_eq!(text.check_text("a\nb\t"), Ok(()));
    assert_eq!(text.check_text(""), Ok(()));
    assert_eq!(text.check_text("a\u{1b}"), Err(ValueError::Character));
    assert_eq!(text.check_text("12345"), Err(ValueError::TooLong { chars_max: 4 }));
}

#[test]
fn item_ids_are_short_and_plain() {
    assert!(is_item_id("0198-abc") && is_item_id(&"a".repeat(64)));
    assert!(!is_item_id("") && !is_item_id("A") && !is_item_id("a_b") && !is_item_id(&"a".repeat(65)));
}

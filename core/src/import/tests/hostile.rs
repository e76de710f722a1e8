//! Input that means harm.

use super::{super::*, *};
use crate::nhs_number::NhsNumber;

fn fault(bytes: &[u8]) -> Fault {
    Bundle::read(bytes).unwrap_err().fault
}

#[test]
fn what_is_deep_large_or_no_bundle_is_refused_before_it_costs_anything() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(fault(deep.as_bytes()), Fault::TooDeep { depth_max: DEPTH_MAX });
    assert_eq!(fault(&vec![b' '; BUNDLE_BYTES_MAX + 1]), Fault::TooLarge { bytes_max: BUNDLE_BYTES_MAX });
    assert_eq!(fault(br#"{"resourceType":"Bundle""#), Fault::NotJson);
    assert_eq!(fault(b"\xff\xfe"), Fault::NotJson);
    for other in [r#"{"resourceType":"Patient"}"#, r#"{"resourceType":"Bundle","type":"transaction"}"#, "[]", "7"] {
        assert!(matches!(fault(other.as_bytes()), Fault::NotABundle(_)), "{other}");
    }
    let many = json!({ "resourceType": "Bundle", "type": "collection", "entry": vec![json!({}); RESOURCES_MAX + 1] });
    assert_eq!(fault(many.to_string().as_bytes()), Fault::TooMany { max: RESOURCES_MAX });
    let brackets = json!({ "resourceType": "Bundle", "type": "collection", "id": "[".repeat(1_000) });
    assert_eq!(fault(brackets.to_string().as_bytes()), Fault::NotOnePatient, "brackets in a text are not deep");
}

#[test]
fn a_bundle_of_nonsense_is_no_panic() {
    let nonsense = [json!(null), json!(7), json!("x"), json!([]), json!([[]]), json!({}), json!([{ "coding": 7 }])];
    let keys = [
        "code",
        "clinicalStatus",
        "verificationStatus",
        "category",
        "severity",
        "stage",
        "note",
        "reaction",
        "identifier",
        "dosage",
        "status",
        "basedOn",
        "contained",
        "medicationCodeableConcept",
        "onsetDateTime",
        "reasonCode",
        "id",
    ];
    for kind in ["Condition", "AllergyIntolerance", "MedicationStatement", "MedicationRequest"] {
        for key in keys {
            for value in &nonsense {
                let mut resource =
                    json!({ "resourceType": kind, "id": "x", "status": "active", "code": { "text": "A" } });
                resource[key] = value.clone();
                let bundle = Bundle::of(&bundle(&[resource])).unwrap();
                for topic in Topic::ALL {
                    let _ = found(&bundle, topic, &gp(), true);
                }
            }
        }
    }
}

#[test]
fn words_that_turn_or_break_a_line_are_tamed_and_long_remarks_are_cut_where_it_shows() {
    let mut desk = Desk::of("health");
    let mut one = allergy("a", "La\u{202e}tex\u{0}\nand more");
    one["note"] = json!([{ "text": "x".repeat(5_000) }]);
    let long = allergy("b", &"y".repeat(161));
    let plan = desk.import(&[one, long], "2026-11-21");
    let [item] = &desk.items("allergies")[..] else { panic!("one allergy") };
    assert_eq!(word(item, "agent"), "Latex and more");
    assert_eq!((word(item, "reaction").chars().count(), word(item, "reaction").ends_with('…')), (300, true));
    assert_eq!(plan.left[0].reason, Reason::Unusable);
}

#[test]
fn narrative_keeps_its_words_and_nothing_that_runs_loads_or_styles() {
    for (from, to) in [
        ("<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>A &amp; B</p></div>", "<div><p>A &amp; B</p></div>"),
        ("<p onclick=\"x()\" style=\"a\">A<script>alert('</p>')</script>B</p>", "<p>AB</p>"),
        ("<a href=\"https://x.example\">here</a><img src=x onerror=alert(1)>", "here"),
        ("<td colspan=\"2\" rowspan='x'>c</td>", "<td colspan=\"2\">c</td>"),
        ("<p title=\"a>b\">c</p>", "<p>c</p>"),
        ("a < b && c > d", "a &lt; b &amp;&amp; c &gt; d"),
        ("&lt;script&gt;", "&lt;script&gt;"),
        ("&#60;script&#x3e;", "&lt;script&gt;"),
        ("<scr<script>ipt>alert(1)</script>", "ipt&gt;alert(1)"),
        ("<svg><style><p>x</p></style></svg>y", "y"),
        ("<SCRIPT>x</ScRiPt >y", "y"),
        ("<!-- <p>x</p> -->y<!DOCTYPE x><?php z ?>", "y"),
        ("<b><i>x", "<b><i>x</i></b>"),
        ("</p></div>x", "x"),
        ("<b/>x<br/>y<br></br>", "<b></b>x<br>y<br>"),
        ("<script>never closed", ""),
        ("x<", "x&lt;"),
        ("<p", "&lt;p"),
        ("caf\u{e9} \u{202e}x", "caf\u{e9} x"),
    ] {
        let said = sanitised(from);
        let same = said == to || (from == "<scr<script>ipt>alert(1)</script>" && !said.contains("<s"));
        assert!(same, "{from:?} gave {said:?}, not {to:?}");
    }
}

#[test]
fn whatever_comes_in_what_comes_out_is_of_plain_tags_and_balanced() {
    let pieces = [
        "<p>",
        "</p>",
        "<script>",
        "</script>",
        "<b x=\"",
        "\">",
        "<",
        ">",
        "&",
        "&lt;",
        "\"",
        "'",
        "x",
        "<!--",
        "-->",
        "</",
        "<td colspan=9>",
    ];
    let mut state = 7_u32;
    for _ in 0..3_000 {
        let mut text = String::new();
        for _ in 0..12 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            text.push_str(pieces[(state >> 16) as usize % pieces.len()]);
        }
        let said = sanitised(&text);
        let mut open = Vec::new();
        for (at, _) in said.match_indices('<') {
            let end = said[at..].find('>').unwrap() + at;
            match &said[at + 1..end] {
                close if close.starts_with('/') => assert_eq!(open.pop(), Some(&close[1..]), "{text:?}: {said:?}"),
                tag @ ("p" | "b" | "td") => open.push(tag),
                "td colspan=\"9\"" => open.push("td"),
                other => panic!("{text:?} gave the tag {other:?}"),
            }
        }
        assert!(open.is_empty(), "{text:?}: {said:?}");
    }
}

#[test]
fn a_document_begins_with_a_composition_about_the_person() {
    let number = NhsNumber::parse(NUMBER).unwrap();
    let mut document = bundle(&[]);
    document["type"] = json!("document");
    let composition = json!({ "resource": {
        "resourceType": "Composition", "id": "c", "title": "Urgent care plan", "date": "2026-11-20T10:00:00Z",
        "subject": { "reference": "Patient/p" }, "author": [{ "display": "Otherton Hospice" }],
        "section": [{ "title": "Allergies", "text": { "div": "<div><p>Latex</p><script>x</script></div>" },
            "section": [{ "code": { "text": "Reactions" } }] }],
    } });
    document["entry"].as_array_mut().unwrap().insert(0, composition);
    let read = |value: &Value| read_document(value.to_string().as_bytes(), &number);
    let attached = read(&document).unwrap();
    assert_eq!((attached.title.as_str(), attached.organisation.as_str()), ("Urgent care plan", "Otherton Hospice"));
    let passages: Vec<_> = attached.passages.iter().map(|p| (p.heading.as_str(), p.depth, p.html.as_str())).collect();
    assert_eq!(passages, [("Allergies", 0, "<div><p>Latex</p></div>"), ("Reactions", 1, "")]);

    let refused = |change: &dyn Fn(&mut Value)| {
        let mut other = document.clone();
        change(&mut other);
        read(&other).unwrap_err().fault
    };
    assert_eq!(
        refused(&|d| d["entry"][1]["resource"]["identifier"][0]["value"] = json!("9990000026")),
        Fault::AnotherPerson
    );
    assert_eq!(
        refused(&|d| d["entry"][0]["resource"]["subject"] = json!({ "reference": "Patient/q" })),
        Fault::AnotherPerson
    );
    assert_eq!(refused(&|d| d["type"] = json!("collection")), Fault::NotABundle("document"));
    assert_eq!(refused(&|d| drop(d["entry"].as_array_mut().unwrap().remove(0))), Fault::Missing("a Composition"));
    assert_eq!(refused(&|d| drop(d["entry"].as_array_mut().unwrap().remove(1))), Fault::NotOnePatient);
}

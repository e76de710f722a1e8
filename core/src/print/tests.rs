#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

use super::{easy_read, style_of, two_sides};
use serde_json::{Value, json};

const CHECK: &str = "https://plans.example/check/7K3M9QXV2B8TFA0Z";

fn line(field: &str, label: &str, display: &str) -> Value {
    json!({ "field": field, "label": label, "type": "line", "urgent": true, "display": display })
}

fn coded(field: &str, label: &str, code: &str, display: &str) -> Value {
    json!({ "field": field, "label": label, "type": "coded", "urgent": true, "value": code, "display": display })
}

fn signature(name: &str, registration: &str, day: &str) -> Value {
    json!({ "by": name, "job_title": "Consultant", "organisation": "Northgate Hospital", "registration": registration,
        "at": format!("{day}T09:00:00.000Z") })
}

fn record(state: &str, said: &str, by: &str, registration: &str) -> Value {
    let due = json!({ "field": "review_due", "label": "Review by", "type": "date", "value": "2027-03-22", "display": "22 March 2027" });
    json!({ "id": "r", "state": state, "fields": [coded("recommendation", "Recommendation", "x", said), due],
        "recorded": signature(by, registration, "2026-09-18"), "endorsed": null })
}

fn section(id: &str, sign_off: &str, fields: &[Value]) -> Value {
    let standing = json!({ "state": "signed", "by": "Dr Alves", "job_title": "Consultant", "organisation": "Northgate Hospital", "at": "2026-09-01T09:00:00.000Z" });
    json!({ "section": id, "title": format!("Section {id}"), "sign_off": sign_off, "version": 1, "standing": standing, "fields": fields })
}

fn view(name: &str, sections: &[Value]) -> Value {
    json!({ "view": "print", "plan": "p1", "version": 12, "published_at": "2026-07-21T20:41:29.380Z",
        "person": { "nhs_number": "9990132119", "name": name, "preferred_name": null, "born": "1968-03-17" }, "sections": sections })
}

fn cpr(records: &[Value]) -> Value {
    json!({ "field": "cpr", "label": "CPR recommendation", "type": "list", "urgent": true, "records": records })
}

fn sides(view: &Value) -> String {
    String::from_utf8(two_sides(view.to_string().as_bytes(), Some(CHECK)).unwrap()).unwrap()
}

/// What somebody reads, without the tags.
fn read(html: &str) -> String {
    let main = html.split_once("<h1>").unwrap().1;
    let mut read = String::new();
    let mut inside = false;
    for character in main.chars() {
        match character {
            '<' => inside = true,
            '>' => inside = false,
            _ if !inside => read.push(character),
            _ => {}
        }
    }
    read
}

fn stands_before(text: &str, first: &str, second: &str) -> bool {
    text.find(first).unwrap() < text.find(second).unwrap()
}

#[test]
fn every_side_says_whose_it_is_which_version_and_where_to_check_it() {
    let allergy = json!({ "field": "review_due", "label": "Review", "type": "date", "value": "2026-12-12", "display": "12 December 2026" });
    let html = sides(&view("Micheál Ó Donnchadha", &[section("health", "registered", &[allergy])]));
    let head = html.split_once("<thead>").unwrap().1.split_once("</thead>").unwrap().0;
    for words in [
        "Micheál Ó Donnchadha",
        "999 013 2119",
        "17 March 1968",
        "Version 12",
        "21 July 2026, 21:41",
        "12 December 2026",
        "7K3M-9QXV-2B8T-FA0Z",
        "plans.example/check",
        "Uncontrolled copy",
    ] {
        assert!(head.contains(words), "{words} in {head}");
    }
    assert!(head.contains("<svg class=\"qr\""));
    assert!(
        html.contains("thead { display: table-header-group; }")
            && html.contains("counter(page) \" of \" counter(pages)")
    );
    let title = html.split_once("<title>").unwrap().1.split_once("</title>").unwrap().0;
    assert!(!title.contains("Donnchadha"), "a printer's log keeps the title");
}

#[test]
fn what_is_decided_stands_first_with_who_recorded_it_and_their_registration() {
    let mut endorsed = record("current", "Not for attempted CPR", "Dr Rahimi", "GMC 7900999");
    endorsed["endorsed"] = signature("Dr Haddad", "GMC 7900592", "2026-09-19");
    let sections = [
        section("home-access", "none", &[line("way_in", "How to get in", "Side gate")]),
        section("epilepsy", "senior", &[line("do", "Do", "Lay on the side")]),
        section("health", "registered", &[line("main_diagnosis", "Main diagnosis", "Epilepsy")]),
        section("decisions", "none", &[cpr(&[endorsed])]),
    ];
    let text = read(&sides(&view("A", &sections)));
    for (first, second) in
        [("Not for attempted CPR", "Epilepsy"), ("Epilepsy", "Lay on the side"), ("Lay on the side", "Side gate")]
    {
        assert!(stands_before(&text, first, second), "{first} before {second}");
    }
    assert!(
        text.contains("Recorded by Dr Rahimi, Consultant, Northgate Hospital, GMC 7900999, 18 September 2026."),
        "{text}"
    );
    assert!(text.contains("Endorsed by Dr Haddad, Consultant, Northgate Hospital, GMC 7900592, 19 September 2026."));
    assert!(text.contains("Review by 22 March 2027."));
}

#[test]
fn one_that_nobody_has_endorsed_yet_says_so() {
    let mut waiting = record("current", "Not for attempted CPR", "Dr Rahimi", "GMC 7900999");
    waiting["needs_endorsement"] = json!(true);
    let text = read(&sides(&view("A", &[section("decisions", "none", &[cpr(&[waiting])])])));
    assert!(text.contains("Not yet endorsed"));
}

#[test]
fn what_is_disputed_stands_side_by_side_in_words_and_in_a_striped_frame_and_none_is_the_large_one_alone() {
    let two = [
        record("disputed", "For attempted CPR", "Dr A", "GMC 1"),
        record("disputed", "Not for attempted CPR", "Dr B", "GMC 2"),
    ];
    let box_location = json!({ "field": "box_location", "label": "Where the box is (disputed since it was signed)", "type": "line",
        "urgent": true, "disputed": true, "display": "Wardrobe", "contenders": [
            { "display": "Fridge door", "by": "Dr C", "job_title": "GP", "organisation": "Millpond", "at": "2026-11-16T11:10:00.000Z" },
            { "display": "Bedside", "by": "Joan", "job_title": "Nurse", "organisation": "Wenford", "at": "2026-11-16T10:10:00.000Z", "applies": true } ] });
    let mut kind = cpr(&two);
    (kind["disputed"], kind["label"]) = (json!(true), json!("CPR recommendation (not agreed)"));
    let html = sides(&view(
        "A",
        &[section("decisions", "none", &[kind]), section("medicines", "registered", &[box_location])],
    ));
    let text = read(&html);
    for words in [
        "NOT AGREED",
        "CPR recommendation (not agreed)",
        "none of them counts alone",
        "the usual rule is to start CPR",
        "For attempted CPR",
        "Signed before people disagreed: Wardrobe",
        "Fridge door",
        "Dr C, GP, Millpond, 16 November 2026, 11:10",
        "There is no agreed value.",
        "keep to the narrower: Bedside",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(html.matches("class=\"disputed").count(), 3, "the banner and two frames");
    assert!(html.contains("border-image: repeating-linear-gradient"));
    assert!(stands_before(&html, "disputed banner", "<h2>"), "nobody reads past it");
}

#[test]
fn whatever_somebody_wrote_is_escaped_and_a_name_in_any_script_stays_itself() {
    let hostile = "</style><script>alert(1)</script>\"'&";
    for name in ["रहीमा خاتون 陈美玲 שרה", hostile] {
        let text = line("main_diagnosis", hostile, hostile);
        let view = view(name, &[section("health", "registered", &[text])]);
        for html in
            [sides(&view), String::from_utf8(easy_read(view.to_string().as_bytes(), Some(CHECK)).unwrap()).unwrap()]
        {
            assert!(!html.contains("<script") && html.matches("</style>").count() == 1);
            assert!(
                !html.contains("src=") && !html.contains("url(") && !html.contains("@import"),
                "nothing is fetched"
            );
            assert!(html.contains("&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"));
            assert!(name == hostile || html.contains(&format!("<bdi>{name}</bdi>")));
        }
    }
}

#[test]
fn of_a_withheld_person_it_says_that_something_is_withheld() {
    let mut view = view("A", &[]);
    view["withheld"] = json!(true);
    let text = read(&sides(&view));
    assert!(text.contains("Address withheld: use dispatch.") && text.contains("Nothing urgent has been published."));
}

#[test]
fn a_plan_that_is_longer_than_two_sides_says_what_follows_and_loses_nothing() {
    let item = |nth: usize| json!({ "id": nth.to_string(), "fields": [line("what", "What", &format!("Step {nth} {}", "of many words ".repeat(12)))] });
    let steps = |count| json!({ "field": "steps", "label": "Steps", "type": "list", "urgent": true, "items": (0..count).map(item).collect::<Vec<_>>() });
    let with = |count: usize| {
        sides(&view(
            "A",
            &[
                section("contingency", "senior", &[steps(count)]),
                section("health", "registered", &[line("a", "Allergy", "Penicillin")]),
            ],
        ))
    };
    let size = |html: &str| html.split_once("<body class=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
    assert_eq!([5, 55, 75].map(|count| size(&with(count))), ["large", "medium", "small"]);
    let long = read(&with(200));
    assert!(long.contains("more than two sides") && long.contains("Step 199 "));
    assert!(stands_before(&long, "Penicillin", "Step 0 "));
    assert!(!with(75).contains("more than two sides"));
}

#[test]
fn it_names_what_the_plan_says_beside_it_and_keeps_a_no_to_itself() {
    let quiet = json!({ "field": "history", "label": "History", "type": "text", "display": "Long" });
    let flags = json!({ "id": "a", "fields": [line("name", "Name", "Bea"),
        json!({ "field": "carer", "label": "Carer", "type": "yes-no", "value": false, "display": "No" }),
        json!({ "field": "kin", "label": "Next of kin", "type": "yes-no", "value": true, "display": "Yes" })] });
    let people = json!({ "field": "people", "label": "People", "type": "list", "urgent": true, "items": [flags] });
    let text =
        read(&sides(&view("A", &[section("health", "registered", &[quiet]), section("contacts", "none", &[people])])));
    assert!(text.contains("The plan itself says more about: Section health."), "{text}");
    assert!(text.contains("Next of kin") && !text.contains("Carer") && !text.contains("Long"));
}

#[test]
fn the_no_to_a_question_of_a_decision_record_is_printed() {
    let asked = |field: &str, label: &str, value: bool| {
        let display = if value { "Yes" } else { "No" };
        json!({ "field": field, "label": label, "type": "yes-no", "value": value, "display": display })
    };
    let mut attorney = record("current", "Has appointed a health and welfare attorney", "Dr A", "GMC 1");
    let fields = attorney["fields"].as_array_mut().unwrap();
    fields[0]["urgent"] = json!(false);
    fields.push(asked("registered", "Registered with the Office of the Public Guardian?", false));
    fields.push(asked("seen", "Have you seen the document?", true));
    let mut kind = cpr(&[attorney]);
    (kind["field"], kind["label"]) = (json!("health_attorney"), json!("Attorney"));
    let view = view("A", &[section("decisions", "none", &[kind])]);
    let easy = String::from_utf8(easy_read(view.to_string().as_bytes(), None).unwrap()).unwrap();
    for text in [read(&sides(&view)), read(&easy)] {
        assert!(text.contains("Registered with the Office of the Public Guardian? No"), "{text}");
    }
    assert!(read(&sides(&view)).contains("Have you seen the document? Yes"));
}

#[test]
fn it_says_which_of_what_a_stranger_looks_for_first_the_plan_does_not_hold() {
    let told = |sections: &[Value]| {
        let text = read(&sides(&view("A", sections)));
        let nothing = text.split_once("No list of ").map(|(_, rest)| rest);
        let nothing = nothing.and_then(|rest| Some(rest.split_once(" is signed in this plan.")?.0.to_owned()));
        (text.contains("No CPR decision is recorded in this plan."), nothing.unwrap_or_default())
    };
    let health = |field: &str| section("health", "registered", &[line(field, "Said", "x")]);
    let medicines = section("medicines", "registered", &[line("list", "Medicines", "x")]);
    let decided = section("decisions", "none", &[cpr(&[record("current", "For CPR", "Dr A", "GMC 1")])]);
    assert_eq!(told(&[]), (true, "allergies or of medicines".to_owned()));
    assert_eq!(told(&[health("main_diagnosis"), medicines.clone()]), (true, "allergies".to_owned()));
    assert_eq!(told(&[health("no_known_allergies"), decided.clone()]), (false, "medicines".to_owned()));
    assert_eq!(told(&[health("allergies"), medicines, decided]), (false, String::new()));
}

#[test]
fn without_an_address_to_check_it_points_at_the_plan_itself() {
    let html = two_sides(view("A", &[]).to_string().as_bytes(), None).unwrap();
    let html = String::from_utf8(html).unwrap();
    assert!(html.contains("Look at the plan itself.") && !html.contains("<svg"));
}

#[test]
fn easy_words_have_one_idea_to_a_line_a_picture_and_every_word_that_was_written() {
    let story = json!({ "field": "most_important", "label": "What matters", "type": "text", "display": "My sister. The garden!  How are you?\n海很美。你好" });
    let mut endorsed = record("current", "For attempted CPR", "Dr Rahimi", "GMC 7900999");
    endorsed["endorsed"] = signature("Dr Haddad", "GMC 7900592", "2026-09-19");
    let view =
        view("Ọlátúndé", &[section("decisions", "none", &[cpr(&[endorsed])]), section("about-me", "none", &[story])]);
    let html = String::from_utf8(easy_read(view.to_string().as_bytes(), Some(CHECK)).unwrap()).unwrap();
    for line in ["My sister.", "The garden!", "How are you?", "海很美。", "你好"] {
        assert!(html.contains(&format!(">{line}</p>")), "{line}");
    }
    assert!(html.contains("Dr Rahimi</bdi> wrote this down.") && html.contains("Dr Haddad</bdi> agreed."));
    assert!(stands_before(&html, "What matters", "CPR recommendation"), "their own words come first");
    assert!(html.matches("class=\"picture\"").count() == 3 && html.contains("7K3M-9QXV-2B8T-FA0Z"));
    assert!(
        !html.contains("999 013 2119") && !html.contains("9990132119"),
        "the print that others pick up has the number"
    );
}

#[test]
fn the_style_is_found_for_its_hash_and_nobody_else_can_write_one() {
    let html = two_sides(view("<style>x</style>", &[]).to_string().as_bytes(), None).unwrap();
    assert!(style_of(&html).unwrap().starts_with(b"@page { size: A4;"));
    assert_eq!(style_of(b"<p>none</p>"), None);
    assert!(two_sides(b"{}", None).is_err());
}

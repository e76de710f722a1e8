//! The person's own plan in easy words: large, one idea to a line, a picture beside each part.
//!
//! Nothing is put in other words than people wrote: what changes is how much stands on a line. It holds what the person's
//! view marks urgent and everything that is in their own words.

use super::{
    code::CheckCode,
    html::Html,
    pictograms,
    reading::{Contender, Field, Item, Record, Section, View},
};
use crate::london;

/// The document.
pub(super) fn document(view: &View, check: Option<&str>) -> Html {
    let mut html = Html::default();
    html.raw("<!doctype html>\n<html lang=\"en-GB\"><head><meta charset=\"utf-8\"><style>").raw(STYLE);
    html.raw("</style><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    html.raw("<title>My plan in easy words, to print</title></head><body>").raw(ON_SCREEN).raw("<main>");
    head(&mut html, view);
    let mut sections: Vec<(&Section, Vec<&Field>)> =
        view.sections.iter().map(|section| (section, easy_part(section))).collect();
    sections.retain(|(_, fields)| !fields.is_empty());
    sections.sort_by_key(|(section, _)| !is_own(section));
    for (section, fields) in &sections {
        html.raw("<section>").raw(pictograms::of(&section.section)).within("<h2>", &section.title, "</h2>");
        fields.iter().for_each(|field| self::field(&mut html, field));
        html.raw("</section>");
    }
    foot(&mut html, check);
    html.raw("</main></body></html>\n");
    html
}

fn head(html: &mut Html, view: &View) {
    let name = view.person.preferred_name.as_ref().unwrap_or(&view.person.name);
    html.raw("<header><h1>My plan</h1>");
    line(html, "My name is ", name);
    html.raw("<p>This paper says how to help me.</p><p>It is version ").number(view.version);
    html.raw(".</p><p>It was made on ").text(&london::day(&view.published_at)).raw(".</p></header>");
}

fn foot(html: &mut Html, check: Option<&str>) {
    html.raw("<section>").raw(pictograms::of("")).raw("<h2>Is this paper still right?</h2><p>Plans change.</p>");
    if let Some((page, code)) = check.and_then(|url| Some((url.rsplit_once('/')?.0, CheckCode::of_url(url)?))) {
        line(html, "Go to ", page.strip_prefix("https://").unwrap_or(page));
        html.raw("<p>Type this code: <strong class=\"code\">").text(&code.to_string()).raw("</strong></p>");
    }
    html.raw("<p>Or ask somebody in your team.</p><p>Your whole plan is on your own page.</p></section>");
}

/// What is in the person's own words whole; of the rest what its definition marks urgent.
fn easy_part(section: &Section) -> Vec<&Field> {
    section.fields.iter().filter(|field| field.urgent || is_own(section)).collect()
}

fn is_own(section: &Section) -> bool {
    OWN_WORDS.contains(&section.section.as_str())
}

fn field(html: &mut Html, field: &Field) {
    if field.says_nothing() {
        return;
    }
    html.within("<h3>", &field.label, "</h3>");
    if let Some(records) = &field.records {
        records.iter().for_each(|record| self::record(html, record));
    } else if field.disputed {
        contenders(html, &field.contenders);
    } else if let Some(display) = &field.display {
        sentences(html, display);
    } else if let Some(parts) = &field.fields {
        facts(html, parts);
    }
    for item in field.items.iter().flatten() {
        self::item(html, item);
    }
}

fn item(html: &mut Html, item: &Item) {
    html.raw(if item.disputed { "<div class=\"item disputed\">" } else { "<div class=\"item\">" });
    facts(html, &item.fields);
    if item.disputed {
        contenders(html, &item.contenders);
    }
    html.raw("</div>");
}

/// What belongs together: the first stands out, each other on a line of its own with its label.
fn facts(html: &mut Html, fields: &[Field]) {
    let mut fields = fields.iter().filter(|field| !field.says_nothing()).peekable();
    if let Some(first) = fields.next_if(|first| first.said().is_some() && !first.is_yes()) {
        html.within("<p><strong>", first.said().unwrap_or_default(), "</strong></p>");
    }
    for field in fields {
        if field.disputed {
            html.within("<p>", &field.label, "</p>");
            contenders(html, &field.contenders);
        } else if field.is_yes() {
            html.within("<p>", &field.label, "</p>");
        } else if let Some(display) = &field.display {
            labelled(html, field, display);
        } else {
            html.within("<p>", &field.label, ":</p>");
            facts(html, field.fields.as_deref().unwrap_or_default());
            field.items.iter().flatten().for_each(|item| self::item(html, item));
        }
    }
}

fn record(html: &mut Html, record: &Record) {
    html.raw(if record.state == "disputed" { "<div class=\"item disputed\">" } else { "<div class=\"item\">" });
    let marked = record.fields.iter().any(|field| field.urgent);
    let shown = record.fields.iter().filter(|field| !marked || field.urgent);
    for (nth, field) in shown.enumerate() {
        let Some(said) = field.said().filter(|_| !field.says_nothing()) else { continue };
        if nth == 0 {
            html.within("<p><strong>", said, "</strong></p>");
        } else {
            labelled(html, field, said);
        }
    }
    if let Some(note) = &record.note {
        sentences(html, note);
    }
    html.within("<p class=\"by\">", &record.recorded.by, " wrote this down.</p>");
    if let Some(endorsed) = &record.endorsed {
        html.within("<p class=\"by\">", &endorsed.by, " agreed.</p>");
    }
    html.raw("</div>");
}

fn labelled(html: &mut Html, field: &Field, said: &str) {
    html.within("<p>", &field.label, field.after_label()).within(" <strong>", said, "</strong></p>");
}

fn contenders(html: &mut Html, all: &[Contender]) {
    html.raw("<div class=\"disputed\"><p><strong>Your team does not agree about this yet.</strong></p>");
    for one in all {
        match &one.by {
            Some(by) => html.within("<p>", by, " wrote: ").within("<strong>", &one.display, "</strong></p>"),
            None => html.within("<p>Somebody wrote: <strong>", &one.display, "</strong></p>"),
        };
    }
    html.raw("<p>Ask them which one counts.</p></div>");
}

/// Each sentence on a line of its own.
fn sentences(html: &mut Html, text: &str) {
    for line in text.lines() {
        let mut rest = line;
        while let Some(end) = end_of_sentence(rest) {
            let (sentence, later) = rest.split_at(end);
            paragraph(html, sentence);
            rest = later;
        }
        paragraph(html, rest);
    }
}

fn paragraph(html: &mut Html, text: &str) {
    if !text.trim().is_empty() {
        html.raw("<p dir=\"auto\">").text(text.trim()).raw("</p>");
    }
}

/// Where the first sentence ends, if another follows: after a stop that a space follows, or that needs none in its script.
fn end_of_sentence(text: &str) -> Option<usize> {
    let mut ends = text.char_indices().filter_map(|(at, character)| {
        let after = at + character.len_utf8();
        let full_width = matches!(character, '。' | '！' | '？');
        let stop = matches!(character, '.' | '!' | '?' | ';' | '।' | '؟' | '።');
        (full_width || (stop && text[after..].starts_with(' '))).then_some(after)
    });
    ends.find(|end| !text[*end..].trim().is_empty())
}

fn line(html: &mut Html, before: &'static str, words: &str) {
    html.raw("<p>").raw(before).within("<strong>", words, "</strong></p>");
}

/// Sections in the person's own words.
const OWN_WORDS: [&str; 2] = ["about-me", "goals"];

/// On a screen only: how to put it on paper, since the page runs no script.
const ON_SCREEN: &str = "<p class=\"on-screen\">To print, or to save as PDF, choose <strong>Print</strong> in the menu of your browser (Ctrl+P or \u{2318}P).</p>";

const STYLE: &str = include_str!("easy_read.css");

//! Fields as paper says them: one thing to a line, its facts in a row, what is disputed in a striped frame.
//!
//! INVARIANT: what people disagree about stands side by side, alike, and none of it looks like the one that counts.

use super::{
    html::Html,
    reading::{Contender, Field, Item},
    records,
};
use crate::london;

/// A field of a section with its label.
pub(super) fn field(html: &mut Html, field: &Field) {
    if let Some(kept) = &field.records {
        records::records(html, field, kept);
    } else if field.disputed {
        disputed(html, field);
    } else if field.is_yes() {
        html.within("<p class=\"alert\"><strong>", &field.label, ": yes</strong></p>");
    } else if let Some(display) = &field.display {
        html.raw("<p class=\"field\" dir=\"auto\"><strong class=\"label\">").text(&field.label);
        html.raw(field.after_label()).raw("</strong> ");
        value(html, field, display);
        html.raw("</p>");
    } else {
        html.within("<h3>", &field.label, "</h3>");
        inside(html, field);
    }
}

/// What a group or a list holds.
fn inside(html: &mut Html, field: &Field) {
    if let Some(parts) = &field.fields {
        html.raw("<div class=\"field\">");
        facts(html, &parts.iter().collect::<Vec<_>>());
        html.raw("</div>");
    }
    let Some(items) = &field.items else { return };
    html.raw("<ul>");
    for group in under_one_heading(items) {
        html.raw("<li>");
        if let [one] = group {
            item(html, one, false);
        } else {
            if let Some(lead) = group.first().and_then(heading) {
                html.within("<strong>", lead, "</strong>");
            }
            html.raw("<ul>");
            for one in group {
                html.raw("<li>");
                item(html, one, true);
                html.raw("</li>");
            }
            html.raw("</ul>");
        }
        html.raw("</li>");
    }
    html.raw("</ul>");
}

fn item(html: &mut Html, item: &Item, headed: bool) {
    let fields: Vec<&Field> = item.fields.iter().skip(usize::from(headed)).collect();
    if item.disputed {
        html.raw("<div class=\"disputed\"><strong>NOT AGREED</strong> ");
        facts(html, &fields);
        contenders(html, &item.contenders);
        html.raw("</div>");
        return;
    }
    match (step(&fields), fields.split_first()) {
        (Some(step), _) => write_step(html, step),
        (None, Some((lead, rest))) if step(rest).is_some() && lead.said().is_some() => {
            html.within("<strong>", lead.said().unwrap_or_default(), "</strong> · ");
            step(rest).into_iter().for_each(|step| write_step(html, step));
        }
        _ => facts(html, &fields),
    }
}

fn write_step(html: &mut Html, (word, what, rest): Step<'_>) {
    html.within("<strong>", word, ":</strong> ").within("<strong>", what, "</strong>");
    if !rest.is_empty() {
        html.raw(" · ");
        facts_without_lead(html, rest);
    }
}

/// Facts in a row; the first says what the others are about.
pub(super) fn facts(html: &mut Html, fields: &[&Field]) {
    let lead = fields.split_first().and_then(|(first, rest)| Some((first.said()?, *first, rest)));
    match lead {
        Some((said, first, rest)) if !UNNAMED_SAYS_NOTHING.contains(&first.kind.as_str()) => {
            html.raw("<strong>");
            value(html, first, said);
            html.raw("</strong>");
            if rest.iter().any(|field| !field.says_nothing()) {
                html.raw(" · ");
                facts_without_lead(html, rest);
            }
        }
        _ => facts_without_lead(html, fields),
    }
}

/// Facts in a row, each with its label.
pub(super) fn facts_without_lead(html: &mut Html, fields: &[&Field]) {
    let mut first = true;
    for field in fields.iter().filter(|field| !field.says_nothing()) {
        if !first {
            html.raw(" · ");
        }
        first = false;
        fact(html, field);
    }
}

fn fact(html: &mut Html, field: &Field) {
    if field.disputed {
        disputed(html, field);
    } else if field.is_yes() {
        html.text(&field.label).raw(if field.after_label().is_empty() { " Yes" } else { "" });
    } else if let Some(display) = &field.display {
        label(html, field);
        value(html, field, display);
    } else if let Some(parts) = &field.fields {
        label(html, field);
        facts(html, &parts.iter().collect::<Vec<_>>());
    } else {
        label(html, field);
        for (nth, item) in field.items.iter().flatten().enumerate() {
            if nth > 0 {
                html.raw("; ");
            }
            self::item(html, item, false);
        }
    }
}

fn label(html: &mut Html, field: &Field) {
    html.raw("<span class=\"label\">").text(&field.label).raw(field.after_label()).raw("</span> ");
}

fn value(html: &mut Html, field: &Field, display: &str) {
    if field.kind == "phone" {
        html.within("<strong class=\"phone\">", display, "</strong>");
    } else {
        html.words(display);
    }
}

/// A field without an agreed value; in a signed section with the value that was signed.
fn disputed(html: &mut Html, field: &Field) {
    html.raw("<div class=\"disputed\"><div><strong>").text(&field.label).raw("</strong></div>");
    if let Some(display) = &field.display {
        html.within("<div>Signed before people disagreed: <strong>", display, "</strong></div>");
    } else if field.fields.is_some() || field.items.is_some() {
        html.raw("<div>Signed before people disagreed:</div>");
        inside(html, field);
    }
    contenders(html, &field.contenders);
    html.raw("</div>");
}

/// What people say who disagree, each with who said it, where and when.
fn contenders(html: &mut Html, all: &[Contender]) {
    html.raw("<ul>");
    for one in all {
        html.raw("<li>");
        match &one.fields {
            Some(fields) => facts(html, &fields.iter().collect::<Vec<_>>()),
            None => drop(html.within("<strong>", &one.display, "</strong>")),
        }
        if let Some(by) = &one.by {
            html.raw("<span class=\"by\"> – ").words(by);
            for word in [&one.job_title, &one.organisation].into_iter().flatten() {
                html.raw(", ").words(word);
            }
            if let Some(at) = &one.at {
                html.raw(", ").text(&london::moment(at));
            }
            html.raw("</span>");
        }
        html.raw("</li>");
    }
    html.raw("</ul><div><strong>There is no agreed value.</strong>");
    if let Some(applies) = all.iter().find(|one| one.applies) {
        html.within(" Until they agree, keep to the narrower: <strong>", &applies.display, "</strong>");
    }
    html.raw("</div>");
}

/// Items that share what they are about stand under it once: all steps for one situation.
fn under_one_heading(items: &[Item]) -> Vec<&[Item]> {
    let alike = |a: &Item, b: &Item| heading(a).is_some() && heading(a) == heading(b) && a.fields.len() > 1;
    items.chunk_by(alike).collect()
}

fn heading(item: &Item) -> Option<&str> {
    item.fields.first().and_then(Field::said)
}

/// "Do" or "avoid", what, and the rest.
type Step<'f> = (&'f str, &'f str, &'f [&'f Field]);

fn step<'f>(fields: &'f [&'f Field]) -> Option<Step<'f>> {
    let [mark, what, rest @ ..] = fields else { return None };
    let word = mark.said().filter(|_| matches!(mark.code(), Some("do" | "avoid")))?;
    Some((word, what.said()?, rest))
}

/// Types of which a value alone says nothing: it never stands without its label.
const UNNAMED_SAYS_NOTHING: [&str; 4] = ["yes-no", "integer", "decimal", "date"];

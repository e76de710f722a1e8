//! The urgent part of a plan on two sides of A4, legible in black and white.
//!
//! INVARIANT: what is safety-critical (what is decided, allergies, alerts) stands on side one, before everything else.
//! Nothing is left out because it is long: a plan that needs more than two sides says so on side one, and what follows.

use super::{
    code::CheckCode,
    fields,
    html::Html,
    order, qr,
    reading::{Field, Person, Section, Standing, View},
    records::REVIEW_DUE,
};
use crate::london;

/// The document.
pub(super) fn document(view: &View, check: Option<&str>) -> Html {
    let mut parts: Vec<(&Section, Vec<&Field>)> =
        view.sections.iter().map(|section| (section, order::urgent_part(section))).collect();
    parts.retain(|(_, fields)| !fields.is_empty());
    parts.sort_by_key(|(section, _)| order::place(section));
    let body = body(view, &parts);
    let size = Size::of(&body);
    let mut html = Html::default();
    // The style stands before everything that anybody wrote, so that its hash is taken from what is ours.
    html.raw("<!doctype html>\n<html lang=\"en-GB\"><head><meta charset=\"utf-8\"><style>").raw(STYLE);
    html.raw("</style><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    // No name: the title becomes the name of a file and of a job in the printer's log.
    html.raw("<title>Care plan: the urgent part, to print</title></head><body class=\"").raw(size.class());
    html.raw("\">").raw(ON_SCREEN).raw("<table class=\"sheet\" role=\"presentation\"><thead><tr><td>");
    head(&mut html, view, check);
    html.raw("</td></tr></thead><tbody><tr><td><main>");
    if size == Size::Longer {
        longer(&mut html);
    }
    html.append(&body).raw("</main></td></tr></tbody></table></body></html>\n");
    html
}

/// What stands on top of every side.
fn head(html: &mut Html, view: &View, check: Option<&str>) {
    let Person { nhs_number, name, preferred_name, born } = &view.person;
    html.raw("<header class=\"head\">");
    if let Some(drawing) = check.and_then(qr::drawing) {
        html.append(&drawing);
    }
    html.within("<h1>", name, "</h1>");
    html.raw("<p class=\"ids\"><span class=\"nobreak\">NHS number <strong>").text(&grouped(nhs_number));
    html.raw("</strong></span> · <span class=\"nobreak\">born <strong>")
        .text(&london::calendar(born))
        .raw("</strong></span>");
    if let Some(preferred) = preferred_name {
        html.within(" · known as <strong>", preferred, "</strong>");
    }
    html.raw("</p><p>Care plan, urgent part. <strong>Version ").number(view.version);
    html.raw("</strong>, published <strong>").text(&london::moment(&view.published_at)).raw("</strong>");
    if let Some(due) = first_review(view) {
        html.raw(", review due <strong>").text(&london::calendar(due)).raw("</strong>");
    }
    html.raw(".</p><p class=\"check\"><strong>Uncontrolled copy: check it before you act.</strong> ");
    match check.and_then(|url| Some((url.rsplit_once('/')?.0, CheckCode::of_url(url)?))) {
        Some((page, code)) => {
            html.raw("Scan, or type <strong class=\"code\">")
                .text(&code.to_string())
                .raw("</strong> at <span class=\"nobreak\">");
            html.text(page.strip_prefix("https://").unwrap_or(page)).raw("</span>.");
        }
        None => {
            html.raw("Look at the plan itself.");
        }
    }
    html.raw("</p></header>");
}

fn body(view: &View, parts: &[(&Section, Vec<&Field>)]) -> Html {
    let mut html = Html::default();
    if view.withheld {
        html.raw("<p class=\"banner\"><strong>Address withheld: use dispatch.</strong> Nothing here says where this person lives.</p>");
    }
    disputes(&mut html, parts);
    if parts.is_empty() {
        html.raw("<p class=\"banner\"><strong>Nothing urgent has been published.</strong></p>");
    }
    not_held(&mut html, view);
    html.raw("<div class=\"flow\">");
    parts.iter().for_each(|(section, fields)| part(&mut html, section, fields));
    not_here(&mut html, view, parts);
    html.raw("</div>");
    html
}

fn part(html: &mut Html, section: &Section, fields: &[&Field]) {
    html.raw("<section class=\"part\"><h2>").text(&section.title).raw("</h2>");
    if order::place(section) != order::DECISIONS {
        standing(html, &section.standing);
    }
    fields.iter().for_each(|field| fields::field(html, field));
    html.raw("</section>");
}

/// Who stands behind a section's words, and since when.
fn standing(html: &mut Html, standing: &Standing) {
    html.raw("<p class=\"by\">");
    match standing {
        Standing::Signed { by, job_title, organisation, at } => {
            html.raw("Signed by ").words(by).raw(", ").words(job_title).raw(", ").words(organisation).raw(", ");
            html.text(&london::day(at)).raw(".");
        }
        Standing::NotSigned { at } => {
            html.raw("<strong>Not signed.</strong> Last changed ").text(&london::day(at)).raw(".");
        }
        Standing::Shared { at } => {
            html.raw("Shared, not signed. Last changed ").text(&london::day(at)).raw(".");
        }
    }
    html.raw("</p>");
}

/// What nobody can miss: something on this paper is disputed.
fn disputes(html: &mut Html, parts: &[(&Section, Vec<&Field>)]) {
    let fields = parts.iter().flat_map(|(_, fields)| fields);
    let disputed: Vec<&str> =
        fields.filter(|field| field.is_disputed_somewhere()).map(|field| field.label.as_str()).collect();
    if disputed.is_empty() {
        return;
    }
    html.raw("<div class=\"disputed banner\" role=\"note\"><p><strong>NOT AGREED:</strong> ");
    for (nth, label) in disputed.iter().enumerate() {
        if nth > 0 {
            html.raw("; ");
        }
        html.words(label);
    }
    html.raw(". People wrote different things, and nobody has settled which one counts. Each stands below in a striped frame.</p></div>");
}

/// What a stranger looks for first and this plan does not say: silence about it could be read as an answer. The crew's
/// screen says the same.
fn not_held(html: &mut Html, view: &View) {
    let says = |id: &str, ids: &[&str]| {
        let fields = view.sections.iter().filter(|section| section.section == id).flat_map(|section| &section.fields);
        fields.filter(|field| ids.is_empty() || ids.contains(&field.field.as_str())).count() > 0
    };
    let missing = match (says(ALLERGIES.0, ALLERGIES.1), says(MEDICINES, &[])) {
        (true, true) => None,
        (true, false) => Some("medicines"),
        (false, true) => Some("allergies"),
        (false, false) => Some("allergies or of medicines"),
    };
    if !says(CPR.0, CPR.1) {
        html.raw("<p class=\"banner\"><strong>No CPR decision is recorded in this plan.</strong></p>");
    }
    if let Some(missing) = missing {
        html.raw("<p class=\"banner\">No list of ").raw(missing).raw(" is signed in this plan.</p>");
    }
}

/// What the plan says that this paper does not.
fn not_here(html: &mut Html, view: &View, parts: &[(&Section, Vec<&Field>)]) {
    let more = |section: &&Section| {
        let shown =
            parts.iter().find(|(part, _)| part.section == section.section).map_or(0, |(_, fields)| fields.len());
        section.fields.len() > shown
    };
    let titles: Vec<&str> = view.sections.iter().filter(more).map(|section| section.title.as_str()).collect();
    html.raw("<p class=\"not-here\">");
    if !titles.is_empty() {
        html.raw("<strong>The plan itself says more about:</strong> ").words(&titles.join(", ")).raw(". ");
    }
    html.raw("Anybody in the house can read paper, so what is for staff only, and codes such as a key safe's, are never on it.</p>");
}

fn longer(html: &mut Html) {
    html.raw("<p class=\"banner\"><strong>This print has more than two sides.</strong> Side one holds what is decided, allergies and alerts; ");
    html.raw("the crisis plan, medicines, people to ring and the way in follow. Page numbers say how many sides there are: keep them together.</p>");
}

/// The first day by which somebody meant to look through any of it again: `YYYY-MM-DD`.
fn first_review(view: &View) -> Option<&str> {
    let of_section = view.sections.iter().flat_map(|section| &section.fields);
    let of_records = view.sections.iter().flat_map(|section| &section.fields).flat_map(|field| {
        field.records.iter().flatten().filter(|record| record.state == "current").flat_map(|record| &record.fields)
    });
    let due = of_section.chain(of_records).filter(|field| field.field == REVIEW_DUE && !field.disputed);
    due.filter_map(Field::code).min()
}

fn grouped(nhs_number: &str) -> String {
    let digits = nhs_number.as_bytes();
    if digits.len() == 10 && digits.is_ascii() {
        format!("{} {} {}", &nhs_number[..3], &nhs_number[3..6], &nhs_number[6..])
    } else {
        nhs_number.to_owned()
    }
}

/// Where a stranger finds what is decided about CPR: a section, and fields of it.
const CPR: (&str, &[&str]) = ("decisions", &["cpr"]);

/// The same for allergies; one that has been denied is said, too.
const ALLERGIES: (&str, &[&str]) = ("health", &["allergies", "no_known_allergies"]);

/// The section of medicines: whatever stands in it is signed.
const MEDICINES: &str = "medicines";

/// How large it is set: as large as two sides allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    Large,
    Medium,
    Small,
    /// On as many sides as it takes.
    Longer,
}

impl Size {
    /// By how much there is to read. A plan that needs more than two sides anyway is not made hard to read for nothing.
    fn of(body: &Html) -> Self {
        match body.length() {
            length if length <= LARGE_MAX => Self::Large,
            length if length <= MEDIUM_MAX => Self::Medium,
            length if length <= SMALL_MAX => Self::Small,
            _ => Self::Longer,
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Large => "large",
            Self::Medium | Self::Longer => "medium",
            Self::Small => "small",
        }
    }
}

/// Longest text that two sides hold at 10.5 points, in characters with room for the ends of lines. Found by printing the
/// demo's plans at each size; a browser test prints them again.
const LARGE_MAX: usize = 9_700;

/// The same at 9.5 points.
const MEDIUM_MAX: usize = 12_400;

/// The same at 8 points.
const SMALL_MAX: usize = 16_200;

/// On a screen only: how to put it on paper, since the page runs no script.
const ON_SCREEN: &str = "<p class=\"on-screen\">To print, or to save as PDF, choose <strong>Print</strong> in the menu of your browser (Ctrl+P or \u{2318}P). Print on both sides.</p>";

const STYLE: &str = include_str!("sides.css");

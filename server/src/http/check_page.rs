//! The pages of `/check`: to type a code, and what has become of a print. They hold nothing of any plan.

use super::{check::CheckBody, plain_page::page};
use coplan_core::london;

/// The page to type a code on; `wrong` after one that cannot be.
pub(super) fn form(wrong: bool) -> String {
    let trouble = if wrong {
        "<p class=\"trouble\" id=\"trouble\"><strong>That is not a code.</strong> It has 16 letters and digits, in four groups of four.</p>"
    } else {
        ""
    };
    let described =
        if wrong { " aria-invalid=\"true\" aria-describedby=\"trouble hint\"" } else { " aria-describedby=\"hint\"" };
    page(
        "Check a printed care plan",
        &format!(
            "<h1>Is this printed care plan still current?</h1>{trouble}\
             <form action=\"/check\" method=\"get\"><p><label for=\"code\">The code on the print</label></p>\
             <p id=\"hint\">Four groups of four, under the name. Capitals or small letters, with or without hyphens.</p>\
             <p><input id=\"code\" name=\"code\" autocomplete=\"off\" autocapitalize=\"characters\" spellcheck=\"false\" \
             size=\"20\" maxlength=\"32\" required{described}></p><p><button>Check</button></p></form>"
        ),
    )
}

/// What has become of a print.
pub(super) fn answer(body: &CheckBody) -> String {
    let at = |moment: &Option<String>| moment.as_deref().map(london::moment).unwrap_or_default();
    let (published, superseded) = (at(&body.published_at), at(&body.superseded_at));
    let (mark, word, says) = match body.state {
        "current" => (TICK, "CURRENT", format!("<p>This print is current. It was published on <strong>{published}</strong>, and nothing newer has been.</p>")),
        "superseded" => (CROSS, "SUPERSEDED", format!("<p><strong>Do not go by this print.</strong> It was published on {published}. A newer version was published on <strong>{superseded}</strong>.</p><p>Open the plan, or print it again.</p>")),
        "withdrawn" => (CROSS, "WITHDRAWN", "<p><strong>Do not go by this print.</strong> It has been withdrawn.</p>".to_owned()),
        _ => (QUESTION, "UNKNOWN", "<p><strong>No print has this code.</strong> Check that you typed it right. If you did, do not go by the print.</p>".to_owned()),
    };
    let checked = london::moment(&body.checked_at);
    page(
        &format!("{word}: printed care plan"),
        &format!(
            "<h1>{mark}<span>{word}</span></h1>{says}<p class=\"small\">Checked on {checked}.</p><p><a href=\"/check\">Check another print</a></p>"
        ),
    )
}

const TICK: &str = "<svg aria-hidden=\"true\" viewBox=\"0 0 24 24\" fill=\"none\" stroke=\"#000\" stroke-width=\"3\"><circle cx=\"12\" cy=\"12\" r=\"10\"/><path d=\"M7 12l4 4 6-8\"/></svg>";
const CROSS: &str = "<svg aria-hidden=\"true\" viewBox=\"0 0 24 24\" fill=\"none\" stroke=\"#000\" stroke-width=\"3\"><path d=\"M2 2h20v20H2zM7 7l10 10M17 7L7 17\"/></svg>";
const QUESTION: &str = "<svg aria-hidden=\"true\" viewBox=\"0 0 24 24\" fill=\"none\" stroke=\"#000\" stroke-width=\"3\"><path d=\"M12 2L22 12 12 22 2 12zM12 7v6M12 16v1\"/></svg>";

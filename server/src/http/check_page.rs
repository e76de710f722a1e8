//! The pages of `/check`: to type a code, and what has become of a print. They hold nothing of any plan.

use super::check::CheckBody;
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

fn page(title: &str, main: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en-GB\"><head><meta charset=\"utf-8\"><style>{STYLE}</style>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title></head>\
         <body><main>{main}</main></body></html>\n"
    )
}

const STYLE: &str = "\
*{box-sizing:border-box}\
body{margin:0;background:#fff;color:#000;font:1.25rem/1.45 Arial,\"Helvetica Neue\",\"Noto Sans\",sans-serif}\
main{max-width:36rem;margin:0 auto;padding:1.5rem 1rem}\
h1{font-size:2rem;line-height:1.2}\
h1 svg{width:3rem;height:3rem;vertical-align:middle;margin-right:.75rem}\
h1 span{vertical-align:middle}\
label{font-weight:bold}\
input{font:1.5rem/1.4 \"Liberation Mono\",\"Courier New\",monospace;width:100%;min-height:3rem;border:3px solid #000;padding:.25rem .5rem;text-transform:uppercase}\
button{font:bold 1.25rem/1.4 Arial,sans-serif;min-height:3rem;padding:.5rem 1.5rem;border:3px solid #000;background:#000;color:#fff}\
a{color:#005eb8;display:inline-block;min-height:3rem;padding:.5rem 0}\
input:focus,button:focus,a:focus{outline:4px solid #ffeb3b;box-shadow:0 0 0 8px #000}\
.trouble{border:3px solid #000;padding:.5rem 1rem}\
.small{font-size:1rem}";

const TICK: &str = "<svg aria-hidden=\"true\" viewBox=\"0 0 24 24\" fill=\"none\" stroke=\"#000\" stroke-width=\"3\"><circle cx=\"12\" cy=\"12\" r=\"10\"/><path d=\"M7 12l4 4 6-8\"/></svg>";
const CROSS: &str = "<svg aria-hidden=\"true\" viewBox=\"0 0 24 24\" fill=\"none\" stroke=\"#000\" stroke-width=\"3\"><path d=\"M2 2h20v20H2zM7 7l10 10M17 7L7 17\"/></svg>";
const QUESTION: &str = "<svg aria-hidden=\"true\" viewBox=\"0 0 24 24\" fill=\"none\" stroke=\"#000\" stroke-width=\"3\"><path d=\"M12 2L22 12 12 22 2 12zM12 7v6M12 16v1\"/></svg>";

//! Pages that stand alone: one style in the page, no script, and a policy that allows just that.

use base64::{Engine, engine::general_purpose::STANDARD};
use coplan_core::print;
use sha2::{Digest, Sha256};

/// The content security policy of a page: nothing but its own style, by the hash of what the page holds. Prints of an older
/// build have another style, so it is taken from the page itself.
pub(crate) fn policy(html: &[u8]) -> String {
    let style = print::style_of(html)
        .map_or_else(|| "'none'".to_owned(), |style| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(style))));
    format!("default-src 'none'; style-src {style}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
}

/// A short page in plain words, for whoever has no app of ours open. `main` is HTML.
pub(super) fn page(title: &str, main: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en-GB\"><head><meta charset=\"utf-8\"><style>{STYLE}</style>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{}</title></head>\
         <body><main>{main}</main></body></html>\n",
        escaped(title)
    )
}

/// Text as HTML, in elements and in attributes.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
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
button{font:bold 1.25rem/1.4 Arial,sans-serif;min-height:3rem;padding:.5rem 1.5rem;border:3px solid #000;background:#000;color:#fff;margin:0 .75rem .75rem 0}\
button.other{background:#fff;color:#000}\
a{color:#005eb8;display:inline-block;min-height:3rem;padding:.5rem 0}\
input:focus,button:focus,a:focus{outline:4px solid #ffeb3b;box-shadow:0 0 0 8px #000}\
.trouble{border:3px solid #000;padding:.5rem 1rem}\
.small{font-size:1rem}";

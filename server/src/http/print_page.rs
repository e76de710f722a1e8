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

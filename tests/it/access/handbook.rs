//! `docs/access.md` says what the rules say.
//!
//! To accept a change that was meant: `COPLAN_ACCEPT=1 cargo test ... handbook`.

use coplan_core::policy::{Action, Policies, handbook};
use std::{fs, path::Path};

#[test]
fn the_page_on_access_holds_every_rule_as_it_is_now() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/access.md");
    let written = fs::read_to_string(&path).unwrap();
    let (before, rest) = written.split_once(BEGIN).expect("the page has its mark");
    let (rules, after) = rest.split_once(END).expect("the page has its second mark");
    let now = format!("\n{}", handbook::markdown(&Policies::embedded()));
    if std::env::var_os("COPLAN_ACCEPT").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{now}{END}{after}")).unwrap();
        return;
    }
    let different = now.lines().zip(rules.lines()).find(|(now, written)| now != written);
    assert!(now == rules, "docs/access.md is not current, first at {different:?}");
}

#[test]
fn the_page_on_access_names_every_action() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/access.md")).unwrap();
    let missing: Vec<&str> =
        Action::ALL.iter().map(|action| action.as_str()).filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

const BEGIN: &str = "<!-- rules: written from core/policies -->\n";
const END: &str = "<!-- end of rules -->\n";

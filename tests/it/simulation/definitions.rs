//! What the plan of the small world is made of, and the definition that comes while it runs.

use coplan_core::section::Sections;
use std::sync::Arc;

/// What the plan of this world is made of.
pub(super) const DEFINITIONS: [(&str, &str); 3] = [
    ("about-me.toml", include_str!("../../../core/sections/about-me.toml")),
    ("contingency.toml", include_str!("../../../core/sections/contingency.toml")),
    ("decided.toml", include_str!("decided.toml")),
];

/// The field that a higher version has.
pub(super) const MORE: &str = r#"
[[field]]
id = "invented_later"
label = "Invented later"
help = "A text that older documents have no place for."
type = "text"
merge = "T"
max_chars = 100
source = "Invented"
"#;

pub(super) fn definitions(files: impl IntoIterator<Item = (&'static str, String)>) -> Arc<Sections> {
    let files = files.into_iter().map(|(name, text)| (name.to_owned(), text));
    Arc::new(Sections::load(files).expect("definitions that load"))
}

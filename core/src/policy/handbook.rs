//! The rules in words, for whoever answers for who sees what: a part of `docs/access.md`, written from the files.

use super::{Policies, Rule};
use std::fmt::Write;

/// Every rule as Markdown: a table for each file, what it permits before what it forbids.
#[must_use]
pub fn markdown(policies: &Policies) -> String {
    let mut text = String::new();
    let mut files: Vec<&str> = policies.rules().iter().map(|rule| rule.file.as_str()).collect();
    files.dedup();
    for file in files {
        let of_file: Vec<&Rule> = policies.rules().iter().filter(|rule| rule.file == file).collect();
        let (forbid, permit): (Vec<&Rule>, Vec<&Rule>) = of_file.into_iter().partition(|rule| rule.forbids());
        let _ = writeln!(text, "### `{file}`\n");
        if !permit.is_empty() {
            let _ = writeln!(text, "| rule | says yes |\n|---|---|");
            permit.iter().for_each(|rule| _ = writeln!(text, "| `{}` | {} |", rule.id.0, rule.title));
            let _ = writeln!(text);
        }
        if !forbid.is_empty() {
            let _ =
                writeln!(text, "| rule | says no, whatever else says yes | what the subject is told |\n|---|---|---|");
            let told = |rule: &Rule| rule.reason.clone().unwrap_or_default();
            forbid.iter().for_each(|rule| _ = writeln!(text, "| `{}` | {} | {} |", rule.id.0, rule.title, told(rule)));
            let _ = writeln!(text);
        }
    }
    text
}

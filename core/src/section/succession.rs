//! What a definition may become while there are documents that were made by it.

use super::{Field, Kind, Section, Sections, mapping::Mapping};
use crate::id::SectionId;
use std::collections::BTreeSet;

/// Why a set of definitions does not follow on another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{section}.toml{}{path}: {fault}", if path.is_empty() { "" } else { ", " })]
pub struct SuccessionError {
    /// The section.
    pub section: SectionId,
    /// The field, as `list.subfield`; empty for the section as a whole.
    pub path: String,
    /// What is wrong.
    pub fault: SuccessionFault,
}

/// What is wrong with a definition that follows on another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum SuccessionFault {
    /// Documents depend on what a version holds.
    #[error("what it holds has changed and the version has not: raise it above {0}")]
    SameVersion(u32),
    /// Documents may have been made by the newer one.
    #[error("version {found} is lower than version {known}, which is known here")]
    VersionWentBack {
        /// In the file.
        found: u32,
        /// Seen before.
        known: u32,
    },
    /// A document holds another kind of thing under the field's name.
    #[error("it was {0} and cannot become something else: give the new field an id of its own")]
    Shape(&'static str),
    /// There are documents of the section.
    #[error("there is no such file any more, and plans hold this section")]
    Gone,
}

impl Sections {
    /// Whether these definitions may take the place of `old`, while plans hold documents of the sections `in_use`.
    ///
    /// # Errors
    /// Everything that is wrong, sorted.
    pub fn check_follows(&self, old: &Self, in_use: &BTreeSet<SectionId>) -> Result<(), Vec<SuccessionError>> {
        let mut errors = Vec::new();
        for section in old.in_order() {
            match self.section(&section.id) {
                Some(new) => check(section, new, &mut errors),
                None if in_use.contains(&section.id) => errors.push(error(section, "", SuccessionFault::Gone)),
                None => {}
            }
        }
        errors.sort();
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

impl Section {
    /// Whether a document of one may hold what a document of the other may: the same fields but for their order, their
    /// words, who sees them, whether they are required, whether they say where the person lives and what they become in FHIR.
    #[must_use]
    pub fn holds_what(&self, other: &Self) -> bool {
        bare(&self.fields) == bare(&other.fields)
    }
}

fn check(old: &Section, new: &Section, errors: &mut Vec<SuccessionError>) {
    if new.version < old.version {
        let fault = SuccessionFault::VersionWentBack { found: new.version, known: old.version };
        return errors.push(error(new, "", fault));
    }
    if new.version == old.version && !new.holds_what(old) {
        return errors.push(error(new, "", SuccessionFault::SameVersion(old.version)));
    }
    for was in &old.fields {
        let Some(is) = new.field(was.id.as_str()) else { continue };
        check_shape(new, was, is, was.id.as_str(), errors);
        for was in &was.items {
            let Some(inner) = is.item(was.id.as_str()) else { continue };
            check_shape(new, was, inner, &format!("{}.{}", is.id, was.id), errors);
        }
    }
}

fn check_shape(section: &Section, was: &Field, is: &Field, path: &str, errors: &mut Vec<SuccessionError>) {
    let shape = |kind: Kind| if kind.is_scalar() { None } else { Some(kind) };
    if shape(was.kind) != shape(is.kind) {
        errors.push(error(section, path, SuccessionFault::Shape(was.kind.in_words())));
    }
}

fn error(section: &Section, path: &str, fault: SuccessionFault) -> SuccessionError {
    SuccessionError { section: section.id.clone(), path: path.to_owned(), fault }
}

/// The fields without what a document does not depend on, by id.
fn bare(fields: &[Field]) -> Vec<Field> {
    let mut bare: Vec<Field> = fields.iter().map(bare_one).collect();
    bare.sort_by(|a, b| a.id.cmp(&b.id));
    bare
}

fn bare_one(field: &Field) -> Field {
    let mut field = field.clone();
    for words in [&mut field.label, &mut field.help, &mut field.source] {
        words.clear();
    }
    for code in &mut field.codes {
        code.display.clear();
        code.fhir.clear();
    }
    field.fhir = Mapping::default();
    field.audiences.clear();
    (field.item_name, field.required_if) = (None, None);
    (field.required, field.urgent, field.locates, field.clock) = (false, false, false, false);
    (field.items, field.parts) = (bare(&field.items), bare(&field.parts));
    field
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    const NOTES: &str = r#"
id = "notes"
title = "Notes"
version = 2
order = 10
summary = "Notes that were invented."
source = "Invented"
writes = ["doctor"]
audiences = ["clinician"]
sign_off = "none"

[[field]]
id = "story"
label = "Story"
help = "What happened."
type = "text"
merge = "T"
max_chars = 100
source = "Invented"

[[field]]
id = "things"
label = "Things"
help = "What there is."
type = "list"
merge = "S+"
item_name = "thing"
source = "Invented"

[[field.item]]
id = "name"
label = "Name"
help = "What it is called."
type = "line"
merge = "R"
max_chars = 50
source = "Invented"
"#;

    fn notes(changes: &[(&str, &str)]) -> Sections {
        let mut text = NOTES.to_owned();
        for (from, to) in changes {
            assert!(text.contains(from));
            text = text.replace(from, to);
        }
        Sections::load([("notes.toml".to_owned(), text)]).unwrap()
    }

    fn faults(changes: &[(&str, &str)]) -> Vec<String> {
        let follows = notes(changes).check_follows(&notes(&[]), &BTreeSet::new());
        follows.err().unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn words_may_change_and_what_is_held_needs_a_higher_version() {
        assert!(faults(&[]).is_empty());
        assert!(faults(&[("\"Story\"", "\"History\""), ("[\"doctor\"]", "[\"doctor\", \"specialist\"]")]).is_empty());
        assert!(faults(&[("max_chars = 100", "max_chars = 100\nlocates = true")]).is_empty());
        let longer = ("max_chars = 100", "max_chars = 200");
        assert_eq!(
            faults(&[longer]),
            ["notes.toml: what it holds has changed and the version has not: raise it above 2"]
        );
        assert!(faults(&[longer, ("version = 2", "version = 3")]).is_empty());
        assert_eq!(
            faults(&[("version = 2", "version = 1")]),
            ["notes.toml: version 1 is lower than version 2, which is known here"]
        );
    }

    #[test]
    fn a_name_keeps_its_shape_for_ever() {
        let raised = ("version = 2", "version = 3");
        let line = ("type = \"text\"\nmerge = \"T\"", "type = \"line\"\nmerge = \"R\"");
        let fault = "notes.toml, story: it was collaborative text and cannot become something else: give the new field an id of its own";
        assert_eq!(faults(&[raised, line]), [fault]);
        let inner =
            ("type = \"line\"\nmerge = \"R\"\nmax_chars = 50", "type = \"text\"\nmerge = \"T\"\nmax_chars = 50");
        assert_eq!(faults(&[raised, inner]).len(), 1);
        assert!(faults(&[raised, ("id = \"story\"", "id = \"tale\"")]).is_empty());
    }

    #[test]
    fn a_section_goes_only_while_no_plan_holds_it() {
        let other = [("id = \"notes\"", "id = \"other\"")];
        let text = NOTES.replace(other[0].0, other[0].1);
        let new = Sections::load([("other.toml".to_owned(), text)]).unwrap();
        assert!(new.check_follows(&notes(&[]), &BTreeSet::new()).is_ok());
        let errors = new.check_follows(&notes(&[]), &BTreeSet::from(["notes".parse().unwrap()])).unwrap_err();
        assert_eq!(errors[0].fault, SuccessionFault::Gone);
    }
}

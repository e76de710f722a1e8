//! Whether every section, field and code that a rule names is there.

use super::{
    RuleError, RuleFault, Rules,
    condition::{Condition, Side, Test},
    place::{ANY, Path, is_step},
};
use crate::section::{Field, Kind, Section, Sections};

impl Rules {
    /// What the rules name and these definitions do not have.
    #[must_use]
    pub fn check(&self, sections: &Sections) -> Vec<RuleError> {
        let mut errors = Vec::new();
        for rule in &self.rules {
            let mut add = |fault| errors.push(RuleError { rule: rule.id.clone(), fault });
            let unknown = rule.spares.iter().filter(|section| sections.section(section).is_none());
            unknown.for_each(|section| add(RuleFault::UnknownSection(section.to_string())));
            let mut checker = Checker { sections, faults: Vec::new() };
            rule.conditions.iter().for_each(|condition| checker.condition(condition, None));
            checker.faults.into_iter().for_each(add);
        }
        errors
    }
}

struct Checker<'s> {
    sections: &'s Sections,
    faults: Vec<RuleFault>,
}

impl<'s> Checker<'s> {
    /// `inside` is the list in whose items a condition stands.
    fn condition(&mut self, condition: &Condition, inside: Option<&'s Field>) {
        match condition {
            Condition::At { paths, test } => paths.iter().for_each(|path| self.at(path, test, inside)),
            Condition::Empty { paths } => paths.iter().for_each(|path| self.at(path, &Test::Something, inside)),
            Condition::Item { list, conditions } => {
                let list = self.list(list, |field| field.kind == Kind::List, "a list");
                self.inside(conditions, list);
            }
            Condition::SameSubstance { these, those } | Condition::SameValue { these, those } => {
                these.iter().chain(those).for_each(|side| self.side(side));
            }
            Condition::Lapsed { lists } => {
                for list in lists {
                    self.list(list, |field| field.record.is_some(), "a list of decision records");
                }
            }
            Condition::OneOf(conditions) | Condition::All(conditions) | Condition::Not(conditions) => {
                conditions.iter().for_each(|condition| self.condition(condition, inside));
            }
        }
    }

    fn inside(&mut self, conditions: &[Condition], list: Option<&'s Field>) {
        // A list that is not there is one fault, not one for each condition in it.
        for condition in conditions.iter().filter(|_| list.is_some()) {
            self.condition(condition, list);
        }
    }

    fn at(&mut self, path: &Path, test: &Test, inside: Option<&'s Field>) {
        let fields = match inside {
            Some(list) => self.under(&list.items, &path.fields, list.id.as_str()),
            None => self.fields(path),
        };
        for field in fields {
            let name = || format!("{}.{}", path.section, path.fields.join(".")).trim_start_matches('.').to_owned();
            match test {
                Test::Is(codes) => {
                    let unknown = codes.iter().filter(|code| !can_be(field, code));
                    let faults = unknown.map(|code| RuleFault::UnknownCode { field: name(), code: code.clone() });
                    self.faults.extend(faults);
                }
                Test::AfterToday | Test::BeforeToday if field.kind != Kind::Date => {
                    self.faults.push(RuleFault::Kind { field: name(), wanted: "a date" });
                }
                _ => {}
            }
        }
    }

    fn side(&mut self, side: &Side) {
        self.fields(&side.at);
        if !side.conditions.is_empty() {
            let list = Path { fields: side.at.fields.iter().take(1).cloned().collect(), ..side.at.clone() };
            let list = self.list(&list, |field| field.kind == Kind::List, "a list");
            self.inside(&side.conditions, list);
        }
    }

    fn list(&mut self, path: &Path, fits: impl Fn(&Field) -> bool, wanted: &'static str) -> Option<&'s Field> {
        let field = self.fields(path).into_iter().next()?;
        if !fits(field) {
            self.faults.push(RuleFault::Kind { field: path.fields.join("."), wanted });
            return None;
        }
        Some(field)
    }

    /// The fields of that path; more than one where it names any section or any field.
    fn fields(&mut self, path: &Path) -> Vec<&'s Field> {
        if path.section == ANY {
            let all = self.sections.in_order().into_iter();
            let found: Vec<_> = all.flat_map(|section| lookup(&section.fields, &path.fields)).collect();
            if found.is_empty() {
                self.faults.push(RuleFault::UnknownField(format!("{ANY}.{}", path.fields.join("."))));
            }
            return found;
        }
        let section: Option<&'s Section> =
            path.section.parse().ok().and_then(|id| self.sections.section(&id)).map(AsRef::as_ref);
        match section {
            Some(section) => self.under(&section.fields, &path.fields, section.id.as_str()),
            None => {
                self.faults.push(RuleFault::UnknownSection(path.section.clone()));
                Vec::new()
            }
        }
    }

    fn under(&mut self, fields: &'s [Field], path: &[String], before: &str) -> Vec<&'s Field> {
        let found = lookup(fields, path);
        if found.is_empty() {
            self.faults.push(RuleFault::UnknownField(format!("{before}.{}", path.join("."))));
        }
        found
    }
}

/// The fields at a path.
fn lookup<'s>(fields: &'s [Field], path: &[String]) -> Vec<&'s Field> {
    let Some((step, rest)) = path.split_first() else { return Vec::new() };
    let here = fields.iter().filter(|field| is_step(step, field));
    let below = |field: &'s Field| {
        let inner = if field.items.is_empty() { &field.parts } else { &field.items };
        if rest.is_empty() { vec![field] } else { lookup(inner, rest) }
    };
    here.flat_map(below).collect()
}

fn can_be(field: &Field, code: &str) -> bool {
    match field.kind {
        Kind::Coded => field.code(code).is_some(),
        Kind::YesNo => matches!(code, "yes" | "no"),
        _ => false,
    }
}

//! The file of rules, from TOML to `Rules`, with every fault on the way.

use super::{
    Contradiction, Facts, Severity,
    condition::{Condition, Scope, Side, Sight, Test},
    place::{Path, Plan},
    substance::{Class, Substance, Substances},
};
use crate::{content::Content, id::SectionId, section::Sections};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// The rules of one file.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    pub(super) rules: Vec<Rule>,
    pub(super) substances: Substances,
}

/// One rule.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rule {
    pub id: String,
    pub sentence: String,
    pub severity: Severity,
    /// Sections that it never keeps from being signed, because what they say had better be known.
    pub spares: BTreeSet<SectionId>,
    pub conditions: Vec<Condition>,
    pub cases: Vec<Case>,
}

/// A small plan, and whether the rule holds in it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    pub says: String,
    pub holds: bool,
    /// Section, field, value; a list is an array of tables.
    pub plan: BTreeMap<String, toml::Table>,
    /// Users whose role has lapsed.
    #[serde(default)]
    pub lapsed: Vec<String>,
}

/// One fault of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    /// Id of the rule; empty if the file as a whole is wrong.
    pub rule: String,
    /// What is wrong.
    pub fault: RuleFault,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rule.as_str() {
            "" => write!(f, "contradictions: {}", self.fault),
            rule => write!(f, "contradictions: `{rule}`: {}", self.fault),
        }
    }
}

impl std::error::Error for RuleError {}

/// What can be wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleFault {
    /// The text is not TOML, or not of this shape.
    #[error("line {line}: {message}")]
    Toml {
        /// Line of the file, from 1.
        line: usize,
        /// The parser's words.
        message: String,
    },
    /// Two rules have that id.
    #[error("there is another rule of this id")]
    Duplicate,
    /// A rule without a sentence, a condition or a case would say, find or prove nothing.
    #[error("has no `{0}`")]
    Nothing(&'static str),
    /// The cases show only one side of the rule.
    #[error("needs a case in which it holds and one in which it does not")]
    OneSided,
    /// Not a path.
    #[error("`{0}` is not a path: `section.field`, or inside an item `field`")]
    Path(String),
    /// Sections to spare in a rule that only warns.
    #[error("`spares` needs `severity = \"blocks\"`")]
    SparesNothing,
    /// No definition of that id.
    #[error("no section `{0}`")]
    UnknownSection(String),
    /// The definition has no such field.
    #[error("no field `{0}`")]
    UnknownField(String),
    /// The field cannot hold that code.
    #[error("`{field}` has no code `{code}`")]
    UnknownCode {
        /// The field.
        field: String,
        /// The code.
        code: String,
    },
    /// A condition for another type of field.
    #[error("`{field}` is not {wanted}")]
    Kind {
        /// The field.
        field: String,
        /// What the condition needs.
        wanted: &'static str,
    },
}

impl Rules {
    /// The rules that this build carries.
    ///
    /// # Panics
    /// Never: a test of this crate reads the same file.
    #[must_use]
    pub fn embedded() -> Self {
        Self::load(EMBEDDED).expect("the embedded rules load, as a test of this crate shows")
    }

    /// Reads a file of rules. What the rules name is looked up by `check`.
    ///
    /// # Errors
    /// Every fault.
    pub fn load(text: &str) -> Result<Self, Vec<RuleError>> {
        let file: File = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            vec![RuleError {
                rule: String::new(),
                fault: RuleFault::Toml { line, message: error.message().to_owned() },
            }]
        })?;
        let (mut rules, mut errors, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
        for raw in file.rule {
            let mut wrong = |fault| errors.push(RuleError { rule: raw.id.clone(), fault });
            if !seen.insert(raw.id.clone()) {
                wrong(RuleFault::Duplicate);
            }
            match raw.clone().read() {
                Ok(rule) => rules.push(rule),
                Err(fault) => wrong(fault),
            }
        }
        let substances = Substances::new(&file.neutral, &file.substance, &file.class);
        if errors.is_empty() { Ok(Self { rules, substances }) } else { Err(errors) }
    }

    /// The contradictions of a plan, in the order of the rules.
    #[must_use]
    pub fn contradictions(
        &self,
        sections: &Sections,
        contents: &BTreeMap<SectionId, Content>,
        facts: &Facts<'_>,
    ) -> Vec<Contradiction> {
        let sight = Sight { plan: Plan { sections, contents, facts }, substances: &self.substances };
        let holding = |rule: &Rule| {
            let mut places = sight.all(&rule.conditions, Scope::Plan)?;
            places.sort();
            places.dedup();
            let touched: BTreeSet<SectionId> = places.iter().map(|place| place.section.clone()).collect();
            let blocks = &touched - &rule.spares;
            let (id, sentence) = (rule.id.clone(), rule.sentence.clone());
            Some(Contradiction { rule: id, sentence, severity: rule.severity, places, blocks })
        };
        self.rules.iter().filter_map(holding).collect()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Vec<RawRule>,
    #[serde(default)]
    substance: Vec<Substance>,
    #[serde(default)]
    class: Vec<Class>,
    #[serde(default)]
    neutral: Vec<String>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    id: String,
    sentence: String,
    severity: Severity,
    #[serde(rename = "source")]
    _source: String,
    #[serde(default)]
    spares: BTreeSet<SectionId>,
    when: Vec<RawCondition>,
    case: Vec<Case>,
}

#[derive(Clone, Deserialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "a condition has one of `at` (with `is`, `says`, `after`, `before` or `empty`), `item` (with `where`), `same_substance` or `same_value` (with `as`), `lapsed`, `one_of`, `all`, `not`"
)]
enum RawCondition {
    Is { at: Vec<String>, is: Vec<String> },
    Says { at: Vec<String>, says: Vec<String> },
    After { at: Vec<String>, after: Today },
    Before { at: Vec<String>, before: Today },
    Empty { at: Vec<String>, empty: Yes },
    Something { at: Vec<String> },
    Item { item: String, r#where: Vec<RawCondition> },
    SameSubstance { same_substance: Vec<RawSide>, r#as: Vec<RawSide> },
    SameValue { same_value: Vec<RawSide>, r#as: Vec<RawSide> },
    Lapsed { lapsed: Vec<String> },
    OneOf { one_of: Vec<RawCondition> },
    All { all: Vec<RawCondition> },
    Not { not: Vec<RawCondition> },
}

/// The only day that dates are compared with.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Today {
    Today,
}

/// `true`.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "bool")]
struct Yes;

impl TryFrom<bool> for Yes {
    type Error = &'static str;
    fn try_from(yes: bool) -> Result<Self, Self::Error> {
        if yes { Ok(Self) } else { Err("only `true`") }
    }
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum RawSide {
    Plain(String),
    Where { at: String, r#where: Vec<RawCondition> },
}

impl RawRule {
    fn read(self) -> Result<Rule, RuleFault> {
        for (key, missing) in [
            ("sentence", self.sentence.trim().is_empty()),
            ("when", self.when.is_empty()),
            ("case", self.case.is_empty()),
        ] {
            if missing {
                return Err(RuleFault::Nothing(key));
            }
        }
        let holds = |wanted: bool| self.case.iter().any(|case| case.holds == wanted);
        if !holds(true) || !holds(false) {
            return Err(RuleFault::OneSided);
        }
        if self.severity == Severity::Warning && !self.spares.is_empty() {
            return Err(RuleFault::SparesNothing);
        }
        Ok(Rule {
            conditions: conditions(self.when, Path::of_plan)?,
            id: self.id,
            sentence: self.sentence,
            severity: self.severity,
            spares: self.spares,
            cases: self.case,
        })
    }
}

type ReadPath = fn(&str) -> Option<Path>;

fn conditions(raw: Vec<RawCondition>, path: ReadPath) -> Result<Vec<Condition>, RuleFault> {
    raw.into_iter().map(|raw| raw.read(path)).collect()
}

fn paths(texts: &[String], path: ReadPath) -> Result<Vec<Path>, RuleFault> {
    if texts.is_empty() {
        return Err(RuleFault::Nothing("path"));
    }
    texts.iter().map(|text| path(text).ok_or_else(|| RuleFault::Path(text.clone()))).collect()
}

fn sides(raw: Vec<RawSide>) -> Result<Vec<Side>, RuleFault> {
    let side = |raw| {
        let (at, conditions) = match raw {
            RawSide::Plain(at) => (at, Vec::new()),
            RawSide::Where { at, r#where } => (at, conditions(r#where, Path::of_item)?),
        };
        let path = Path::of_plan(&at).ok_or(RuleFault::Path(at))?;
        Ok(Side { at: path, conditions })
    };
    if raw.is_empty() { Err(RuleFault::Nothing("path")) } else { raw.into_iter().map(side).collect() }
}

impl RawCondition {
    fn read(self, path: ReadPath) -> Result<Condition, RuleFault> {
        let at = |at: &[String], test| Ok(Condition::At { paths: paths(at, path)?, test });
        match self {
            Self::Is { at: places, is } => at(&places, Test::Is(is)),
            Self::Says { at: places, says } => at(&places, Test::Says(says)),
            Self::After { at: places, after: Today::Today } => at(&places, Test::AfterToday),
            Self::Before { at: places, before: Today::Today } => at(&places, Test::BeforeToday),
            Self::Something { at: places } => at(&places, Test::Something),
            Self::Empty { at, empty: Yes } => Ok(Condition::Empty { paths: paths(&at, path)? }),
            Self::Item { item, r#where } => {
                let list = Path::of_plan(&item).ok_or(RuleFault::Path(item))?;
                Ok(Condition::Item { list, conditions: conditions(r#where, Path::of_item)? })
            }
            Self::SameSubstance { same_substance, r#as } => {
                Ok(Condition::SameSubstance { these: sides(same_substance)?, those: sides(r#as)? })
            }
            Self::SameValue { same_value, r#as } => {
                Ok(Condition::SameValue { these: sides(same_value)?, those: sides(r#as)? })
            }
            Self::Lapsed { lapsed } => Ok(Condition::Lapsed { lists: paths(&lapsed, Path::of_plan)? }),
            Self::OneOf { one_of } => Ok(Condition::OneOf(conditions(one_of, path)?)),
            Self::All { all } => Ok(Condition::All(conditions(all, path)?)),
            Self::Not { not } => Ok(Condition::Not(conditions(not, path)?)),
        }
    }
}

/// The file of this build.
pub(super) const EMBEDDED: &str = include_str!("../../rules/contradictions.toml");

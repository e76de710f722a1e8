//! What a search asks for, read from its parameters by the table of types.

use super::{
    FhirProblem,
    kind::{Kind, Means, Parameter},
};
use axum::http::HeaderMap;
use coplan_core::{id::PlanId, nhs_number::NhsNumber, time::UtcMillis};

/// What a search asks for.
#[derive(Debug, Clone)]
pub(super) struct Search {
    /// Whose plan.
    pub(super) whose: Option<Whose>,
    /// The id, where it names no plan.
    pub(super) id: Option<String>,
    /// One version only.
    pub(super) version: Option<u32>,
    /// The canonical URL.
    pub(super) url: Option<String>,
    /// A value that nothing here has: another system's, or another code.
    pub(super) matches_nothing: bool,
    /// Only those of this moment or later.
    pub(super) from: UtcMillis,
    /// Only those of this moment or earlier.
    pub(super) until: UtcMillis,
    /// Resources in one answer, if the search says.
    pub(super) count: Option<u32>,
    /// Go on from here.
    pub(super) cursor: Option<i64>,
    /// Parameters that were taken and name nobody, to be said again in links.
    pub(super) said: Vec<(String, String)>,
    /// What was asked for and is not done here.
    pub(super) ignored: Vec<String>,
}

/// Whose plan is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whose {
    /// That person's.
    Person(NhsNumber),
    /// The plan of that id.
    Plan(PlanId),
}

/// Reads the parameters of a search for resources of that kind. What is not known is an error, unless the client says
/// `Prefer: handling=lenient`: a filter that is left out would give more than was asked for.
pub(super) fn read(
    kind: &Kind,
    pairs: impl Iterator<Item = (String, String)>,
    headers: &HeaderMap,
) -> Result<Search, FhirProblem> {
    let lenient = is_lenient(headers);
    let mut search = Search::default();
    for (name, value) in pairs {
        if let Some(parameter) = kind.parameter(&name) {
            search.take(kind, parameter, &value)?;
            continue;
        }
        match name.as_str() {
            "_count" => {
                let count = value.parse().map_err(|_| FhirProblem::invalid("`_count` is a number"))?;
                search.count = Some(count);
                search.said.push((name, value));
            }
            "_cursor" => {
                search.cursor = Some(value.parse().map_err(|_| FhirProblem::invalid("`_cursor` is none of ours"))?)
            }
            "_lastUpdated" => search.narrow(name, &value)?,
            "_format" => {}
            _ if lenient => search.ignored.push(known_name(&name)),
            _ => return Err(FhirProblem::unknown_parameter(&known_name(&name))),
        }
    }
    Ok(search)
}

/// What goes for a read: nothing but how it is written.
pub(super) fn check_read(query: &str, headers: &HeaderMap) -> Result<(), FhirProblem> {
    let lenient = is_lenient(headers);
    let unknown = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name != "_format" && !lenient);
    unknown.map_or(Ok(()), |(name, _)| Err(FhirProblem::unknown_parameter(&known_name(&name))))
}

fn is_lenient(headers: &HeaderMap) -> bool {
    let prefers = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    prefers.flat_map(|value| value.split([',', ';'])).any(|preference| preference.trim() == "handling=lenient")
}

/// A name as it may be said again: what a client makes up may hold anything.
fn known_name(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
    let kept: String = name.chars().filter(|c| plain(*c) && !c.is_ascii_digit()).take(NAME_CHARS_MAX).collect();
    if kept.is_empty() { "?".to_owned() } else { kept }
}

impl Default for Search {
    fn default() -> Self {
        Self {
            whose: None,
            id: None,
            version: None,
            url: None,
            matches_nothing: false,
            from: UtcMillis(i64::MIN),
            until: UtcMillis(i64::MAX),
            count: None,
            cursor: None,
            said: Vec::new(),
            ignored: Vec::new(),
        }
    }
}

impl Search {
    fn take(&mut self, kind: &Kind, parameter: &Parameter, value: &str) -> Result<(), FhirProblem> {
        match parameter.means {
            Means::NhsNumber => self.number(parameter, value),
            Means::Patient => {
                let id = value.strip_prefix("Patient/").unwrap_or(value);
                match NhsNumber::parse(id) {
                    Err(_) if !value.contains('|') && !is_number(id) => self.plan(id),
                    _ => self.number(parameter, value),
                }
            }
            Means::Plan => match token(value) {
                (None | Some(PLAN | PLAN_IN_AUDIT), id) => self.plan(id),
                _ => self.nothing(),
            },
            Means::Publication => match token(value) {
                (None | Some(PUBLICATION), id) => self.publication(id.split_once('/')),
                _ => self.nothing(),
            },
            Means::Id => self.id(kind, value),
            Means::Date => self.narrow(parameter.name.to_owned(), value),
            Means::Type => {
                let is_ours = |one: &str| matches!(token(one), (None | Some(SNOMED_CT), CARE_PLAN));
                self.matches_nothing |= !value.split(',').any(is_ours);
                self.said.push((parameter.name.to_owned(), value.to_owned()));
                Ok(())
            }
            Means::Url => {
                self.url = Some(value.to_owned());
                self.said.push((parameter.name.to_owned(), value.to_owned()));
                Ok(())
            }
        }
    }

    fn number(&mut self, parameter: &Parameter, value: &str) -> Result<(), FhirProblem> {
        match token(value) {
            (None | Some(NHS_NUMBER), number) => {
                let number = NhsNumber::parse(number).map_err(|_| FhirProblem::not_an_nhs_number(parameter.name))?;
                self.whose(Whose::Person(number))
            }
            _ => self.nothing(),
        }
    }

    /// By the logical id, which names a plan wherever the resource is of one.
    fn id(&mut self, kind: &Kind, value: &str) -> Result<(), FhirProblem> {
        use super::kind::Source;
        match kind.source {
            Source::Document => self.publication(value.rsplit_once('-')),
            Source::Entry | Source::Pointer => self.plan(value),
            Source::Definitions | Source::Trail => {
                self.id = Some(value.to_owned());
                self.said.push(("_id".to_owned(), value.to_owned()));
                Ok(())
            }
        }
    }

    fn plan(&mut self, id: &str) -> Result<(), FhirProblem> {
        match id.parse() {
            Ok(plan) => self.whose(Whose::Plan(plan)),
            Err(_) => self.nothing(),
        }
    }

    fn publication(&mut self, named: Option<(&str, &str)>) -> Result<(), FhirProblem> {
        match named.and_then(|(plan, version)| Some((plan, version.parse().ok()?))) {
            Some((plan, version)) => {
                self.version = Some(version);
                self.plan(plan)
            }
            None => self.nothing(),
        }
    }

    fn whose(&mut self, whose: Whose) -> Result<(), FhirProblem> {
        if self.whose.as_ref().is_some_and(|before| *before != whose) {
            return Err(FhirProblem::invalid("say once whose plan"));
        }
        self.whose = Some(whose);
        Ok(())
    }

    fn nothing(&mut self) -> Result<(), FhirProblem> {
        self.matches_nothing = true;
        Ok(())
    }

    /// `ge2026-11-22T00:00:00Z`, with any of the prefixes that say before or after.
    fn narrow(&mut self, name: String, text: &str) -> Result<(), FhirProblem> {
        let invalid = || FhirProblem::invalid("a time is written like ge2026-11-22T02:14:00Z, or as a day");
        let (prefix, moment) = text.split_at_checked(2).unwrap_or(("", text));
        let (prefix, moment) = if prefix.chars().all(char::is_alphabetic) { (prefix, moment) } else { ("eq", text) };
        let is_day = moment.len() == DATE_CHARS;
        let at = if is_day { format!("{moment}T00:00:00Z") } else { moment.to_owned() };
        let at = UtcMillis::from_rfc3339(&at).ok_or_else(invalid)?;
        let end = at.plus_ms(if is_day { DAY_MS - 1 } else { SECOND_MS - 1 });
        let (from, until) = match prefix {
            "ge" => (at, UtcMillis(i64::MAX)),
            "gt" | "sa" => (end.plus_ms(1), UtcMillis(i64::MAX)),
            "le" => (UtcMillis(i64::MIN), end),
            "lt" | "eb" => (UtcMillis(i64::MIN), at.plus_ms(-1)),
            "eq" => (at, end),
            _ => return Err(invalid()),
        };
        self.from = self.from.max(from);
        self.until = self.until.min(until);
        self.said.push((name, text.to_owned()));
        Ok(())
    }
}

/// A system before a bar, and the value; without a bar any system.
fn token(text: &str) -> (Option<&str>, &str) {
    match text.split_once('|') {
        Some((system, value)) => (Some(system), value),
        None => (None, text),
    }
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || b == b' ')
}

/// NHS numbers.
pub(super) const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";
/// Plans, by their id.
pub(super) const PLAN: &str = "https://coplan.example/id/plan";
/// The same in AuditEvents.
const PLAN_IN_AUDIT: &str = "urn:coplan:plan";
/// Publications: `<plan>/<version>`.
pub(super) const PUBLICATION: &str = "https://coplan.example/id/publication";
/// SNOMED CT.
pub(super) const SNOMED_CT: &str = "http://snomed.info/sct";
/// What a care plan is in SNOMED CT.
pub(super) const CARE_PLAN: &str = "734163000";

/// How long a day is, in milliseconds.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// A time is written to the second, and means all of it.
const SECOND_MS: i64 = 1_000;

/// Length of a day as it is written: 2026-11-22.
const DATE_CHARS: usize = 10;

/// So much of a parameter's name is said again.
const NAME_CHARS_MAX: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    fn search(kind: &str, query: &str) -> Result<Search, FhirProblem> {
        let pairs = url::form_urlencoded::parse(query.as_bytes()).into_owned();
        read(Kind::named(kind).expect("a type"), pairs, &HeaderMap::new())
    }

    #[test]
    fn a_person_is_named_with_a_system_or_without_and_by_any_spelling() {
        let number = "9990000018";
        for (kind, query) in [
            ("CarePlan", format!("patient.identifier={NHS_NUMBER}%7C{number}")),
            ("CarePlan", format!("patient.identifier={number}")),
            ("CarePlan", format!("patient:identifier={number}")),
            ("CarePlan", format!("patient={number}")),
            ("Patient", format!("identifier={NHS_NUMBER}|{number}")),
            ("Bundle", format!("composition.patient.identifier={number}")),
            ("AuditEvent", "patient=999 000 0018".replace(' ', "%20")),
        ] {
            let found = search(kind, &query).expect("a search");
            assert_eq!(found.whose, Some(Whose::Person(NhsNumber::parse(number).expect("a number"))), "{query}");
            assert!(found.said.iter().all(|(_, value)| !value.contains(number)), "{query}");
        }
        assert!(search("CarePlan", "patient.identifier=urn:other|9990000018").expect("a search").matches_nothing);
        assert!(search("CarePlan", "patient=123").is_err() && search("Patient", "identifier=1").is_err());
    }

    #[test]
    fn a_plan_and_a_publication_are_named_by_id_and_identifier() {
        let plan = Some(Whose::Plan("p-1".parse().expect("an id")));
        for (kind, query, version) in [
            ("CarePlan", "_id=p-1", None),
            ("CarePlan", "patient=Patient/p-1", None),
            ("Composition", "identifier=https://coplan.example/id/plan|p-1", None),
            ("Bundle", "_id=p-1-7", Some(7)),
            ("Bundle", "identifier=https://coplan.example/id/publication|p-1/7", Some(7)),
        ] {
            let found = search(kind, query).expect("a search");
            assert_eq!((&found.whose, found.version), (&plan, version), "{query}");
        }
    }

    #[test]
    fn moments_narrow_and_whole_days_count() {
        let range = |query: &str| {
            let found = search("Composition", query).expect("a search");
            (found.from.to_rfc3339(), found.until.to_rfc3339())
        };
        let day = range("date=2026-11-22");
        assert!(day.0.starts_with("2026-11-22T00:00:00") && day.1.starts_with("2026-11-22T23:59:59"), "{day:?}");
        assert!(range("date=ge2026-11-22&_lastUpdated=lt2026-11-23").1.starts_with("2026-11-22T23:59:59"));
        assert!(range("date=gt2026-11-22&date=le2026-11-24").0.starts_with("2026-11-23T00:00:00"));
        assert!(search("Composition", "date=yesterday").is_err());
    }

    #[test]
    fn what_is_not_known_is_refused_unless_the_client_is_lenient() {
        assert!(search("CarePlan", "_summary=true").is_err() && search("CarePlan", "status=active").is_err());
        let lenient =
            HeaderMap::from_iter([("prefer".parse().expect("a name"), "handling=lenient".parse().expect("it"))]);
        let pairs = [("_summary".to_owned(), "true".to_owned()), ("999 000 0018".to_owned(), "x".to_owned())];
        let found = read(Kind::named("CarePlan").expect("a type"), pairs.into_iter(), &lenient).expect("a search");
        assert_eq!(found.ignored, ["_summary", "?"]);
    }
}

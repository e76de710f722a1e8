//! The conditions of a rule, and whether they hold in a plan.

use super::{
    Place,
    place::{Found, Item, Path, Plan},
    substance::Substances,
};
use crate::content::{FieldValue, Plain};
use time::{Date, OffsetDateTime, macros::format_description};

/// One condition of a rule. What it finds are the places that make it hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Condition {
    /// Something stands at one of these paths and is so.
    At { paths: Vec<Path>, test: Test },
    /// Nothing stands at any of these paths.
    Empty { paths: Vec<Path> },
    /// An item of the list for which all of these hold.
    Item { list: Path, conditions: Vec<Condition> },
    /// The same substance is named on both sides.
    SameSubstance { these: Vec<Side>, those: Vec<Side> },
    /// The same code stands on both sides.
    SameValue { these: Vec<Side>, those: Vec<Side> },
    /// A record that stands was made by somebody who has no longer the role in which they made it.
    Lapsed { lists: Vec<Path> },
    /// At least one of these holds.
    OneOf(Vec<Condition>),
    /// All of these hold.
    All(Vec<Condition>),
    /// None of these holds.
    Not(Vec<Condition>),
}

/// What a value must be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    /// One of these codes, or `yes`, or `no`.
    Is(Vec<String>),
    /// A text with one of these words in it, in any case.
    Says(Vec<String>),
    /// A date later than today.
    AfterToday,
    /// A date earlier than today.
    BeforeToday,
    /// Anything.
    Something,
}

/// One side of a comparison: a path, in items for which these hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Side {
    pub at: Path,
    pub conditions: Vec<Condition>,
}

/// Where the paths of a condition begin.
#[derive(Clone, Copy)]
pub(super) enum Scope<'s, 'a> {
    Plan,
    Item(&'s Item<'a>),
}

/// Everything that a condition is looked at with.
#[derive(Clone, Copy)]
pub(super) struct Sight<'a> {
    pub plan: Plan<'a>,
    pub substances: &'a Substances,
}

impl Sight<'_> {
    /// The places that make all of these hold; `None` if one does not.
    pub(super) fn all(&self, conditions: &[Condition], scope: Scope<'_, '_>) -> Option<Vec<Place>> {
        let mut places = Vec::new();
        for condition in conditions {
            places.extend(self.holds(condition, scope)?);
        }
        Some(places)
    }

    /// The places that make it hold, which may be none; `None` if it does not hold.
    fn holds(&self, condition: &Condition, scope: Scope<'_, '_>) -> Option<Vec<Place>> {
        let places: Vec<Place> = match condition {
            Condition::At { paths, test } => {
                let found = paths.iter().flat_map(|path| self.found(path, scope));
                found.filter(|found| self.is(found, test)).map(|found| found.place()).collect()
            }
            Condition::Item { list, conditions } => {
                let items = self.plan.items(list);
                items.iter().filter_map(|item| self.item(item, conditions)).flatten().collect()
            }
            Condition::SameSubstance { these, those } => {
                self.pairs(these, those, |one, other| self.substances.same(&one.words(), &other.words()))
            }
            Condition::SameValue { these, those } => {
                self.pairs(these, those, |one, other| one.code().is_some() && one.code() == other.code())
            }
            Condition::Lapsed { lists } => {
                let items = lists.iter().flat_map(|list| self.plan.items(list));
                items.filter(|item| self.has_lapsed(item)).map(|item| item.place()).collect()
            }
            Condition::Empty { paths } => {
                return paths.iter().all(|path| self.found(path, scope).is_empty()).then(Vec::new);
            }
            Condition::OneOf(conditions) => return self.any(conditions, scope),
            Condition::All(conditions) => return self.all(conditions, scope),
            Condition::Not(conditions) => return self.any(conditions, scope).is_none().then(Vec::new),
        };
        (!places.is_empty()).then_some(places)
    }

    fn any(&self, conditions: &[Condition], scope: Scope<'_, '_>) -> Option<Vec<Place>> {
        let found = conditions.iter().filter_map(|condition| self.holds(condition, scope));
        found.reduce(|all, more| [all, more].concat())
    }

    /// The places within one item that make all of these hold; the item itself, if they have none.
    fn item(&self, item: &Item<'_>, conditions: &[Condition]) -> Option<Vec<Place>> {
        let places = self.all(conditions, Scope::Item(item))?;
        Some(if places.is_empty() { vec![item.place()] } else { places })
    }

    fn found<'f>(&'f self, path: &Path, scope: Scope<'_, 'f>) -> Vec<Found<'f>> {
        match scope {
            Scope::Plan => self.plan.at(path),
            Scope::Item(item) => self.plan.at_item(item, path),
        }
    }

    /// Places of both sides that go together.
    fn pairs(&self, these: &[Side], those: &[Side], fit: impl Fn(&Found<'_>, &Found<'_>) -> bool) -> Vec<Place> {
        let (these, those) = (self.side(these), self.side(those));
        let mut places = Vec::new();
        for one in &these {
            let with = those.iter().filter(|other| fit(one, other));
            let before = places.len();
            places.extend(with.map(Found::place));
            if places.len() > before {
                places.insert(before, one.place());
            }
        }
        places
    }

    fn side(&self, sides: &[Side]) -> Vec<Found<'_>> {
        let of = |side: &Side| {
            let mut found = self.plan.at(&side.at);
            found.retain(|found| match &found.item {
                Some(item) => self.all(&side.conditions, Scope::Item(item)).is_some(),
                None => side.conditions.is_empty(),
            });
            found
        };
        sides.iter().flat_map(of).collect()
    }

    fn is(&self, found: &Found<'_>, test: &Test) -> bool {
        match test {
            Test::Is(codes) => found.code().is_some_and(|code| codes.iter().any(|wanted| wanted == code)),
            Test::Says(words) => self.substances.says(&found.words(), words),
            Test::AfterToday => date(found).is_some_and(|date| date > self.today()),
            Test::BeforeToday => date(found).is_some_and(|date| date < self.today()),
            Test::Something => true,
        }
    }

    fn has_lapsed(&self, item: &Item<'_>) -> bool {
        let recorded = item.recorded.and_then(|recorded| recorded.user.parse().ok());
        recorded.is_some_and(|user| self.plan.facts.lapsed.contains(&user))
    }

    fn today(&self) -> Date {
        let seconds = self.plan.facts.now.0.div_euclid(1_000);
        OffsetDateTime::from_unix_timestamp(seconds).map_or(Date::MAX, OffsetDateTime::date)
    }
}

fn date(found: &Found<'_>) -> Option<Date> {
    let FieldValue::Single(single) = found.value else { return None };
    let Plain::Text(text) = &single.value else { return None };
    Date::parse(text, format_description!("[year]-[month]-[day]")).ok()
}

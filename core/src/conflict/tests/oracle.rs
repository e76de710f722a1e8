//! What must be in conflict, said by a log of who had seen what. It knows nothing of documents.

use std::collections::{BTreeMap, BTreeSet};

/// Which events somebody has seen, a bit for each.
pub(super) type Seen = u128;

/// Most events of one log.
pub(super) const EVENTS_MAX: usize = 128;

/// Words that stand for one value; none for an empty field.
pub(super) type Word = Option<String>;

/// Something that one person did at one place.
#[derive(Debug, Clone)]
pub(super) struct Event {
    /// What they had seen.
    pub(super) seen: Seen,
    /// Where.
    pub(super) path: String,
    /// What they said holds there.
    pub(super) says: Word,
    /// What their screen showed there just before.
    pub(super) shown: Word,
    /// How they said it.
    pub(super) manner: Manner,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// By writing it.
    Written,
    /// By writing inside an item, which therefore stands.
    Implied,
    /// As the end of a conflict.
    Settled,
}

/// Everything that happened.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) events: Vec<Event>,
    /// For each event, those whose place it took.
    took: Vec<Seen>,
}

/// What stands against what at a place.
pub(super) type Expected = BTreeMap<String, BTreeSet<Word>>;

impl Log {
    /// Notes an event, and gives what somebody has seen who has seen only that.
    pub(super) fn note(&mut self, event: Event) -> Seen {
        let before = self.standing(event.seen, &event.path);
        let words: BTreeSet<&Word> = before.iter().map(|at| &self.events[*at].says).collect();
        let takes = |at: &&usize| {
            let says = &self.events[**at].says;
            match event.manner {
                Manner::Settled => true,
                Manner::Implied => *says == event.says,
                Manner::Written => words.len() < 2 || *says == event.shown,
            }
        };
        self.took.push(before.iter().filter(takes).fold(0, |all, at| all | 1 << at));
        self.events.push(event);
        1 << (self.events.len() - 1)
    }

    /// Everything that somebody has seen, a line for each event.
    pub(super) fn told(&self, seen: Seen) -> String {
        let among = (0..self.events.len()).filter(|at| seen >> at & 1 == 1);
        let line = |at: usize| {
            let Event { seen, path, says, shown, manner } = &self.events[at];
            let seen: Vec<usize> = (0..at).filter(|at| seen >> at & 1 == 1).collect();
            format!("{at}: {path} {manner:?} {says:?}, shown {shown:?}, seen {seen:?}\n")
        };
        among.map(line).collect()
    }

    /// The events at a place that stand for somebody who has seen these.
    fn standing(&self, seen: Seen, path: &str) -> Vec<usize> {
        let among = |at: &usize| seen >> at & 1 == 1;
        let all: Vec<usize> = (0..self.events.len()).filter(among).collect();
        let took = all.iter().fold(0, |took, at| took | self.took[*at]);
        all.into_iter().filter(|at| took >> at & 1 == 0 && self.events[*at].path == path).collect()
    }

    /// The words that stand at a place.
    pub(super) fn words(&self, seen: Seen, path: &str) -> BTreeSet<Word> {
        self.standing(seen, path).into_iter().map(|at| self.events[at].says.clone()).collect()
    }

    /// Whether an item is shown as removed: somebody removed it, and nobody who had seen that removed it again or brought
    /// it back.
    pub(super) fn is_removed(&self, seen: Seen, item: &str) -> bool {
        // Bringing back what stands writes nothing; removing again writes another reason.
        let writes = |event: &Event| event.says == removed() || event.shown == removed();
        let among = |at: &usize| {
            let event = &self.events[*at];
            seen >> at & 1 == 1 && event.path == item && event.manner != Manner::Implied && writes(event)
        };
        let all: Vec<usize> = (0..self.events.len()).filter(among).collect();
        let last = |at: &usize| !all.iter().any(|later| self.events[*later].seen >> at & 1 == 1);
        all.iter().any(|at| self.events[*at].says == removed() && last(at))
    }

    /// Everything that must be in conflict for somebody who has seen these events, and nothing else must.
    pub(super) fn expected(&self, seen: Seen) -> Expected {
        let mut expected = Expected::new();
        let paths: BTreeSet<&String> = self.events.iter().map(|event| &event.path).collect();
        for path in paths {
            let words = self.words(seen, path);
            let gone = path.rsplit_once('.').is_some_and(|(item, _)| item.contains('.') && self.is_removed(seen, item));
            if words.len() > 1 && !gone {
                expected.insert(path.clone(), words);
            }
        }
        expected
    }
}

/// Says of an item that it is removed.
pub(super) fn removed() -> Word {
    Some("removed".to_owned())
}

/// Says of an item that it stands.
pub(super) fn stands() -> Word {
    Some("stands".to_owned())
}

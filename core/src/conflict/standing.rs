//! What stands at one place, from who had seen what.
//!
//! A statement that was made after another, by somebody who had seen it, takes its place. Statements that are left stand
//! beside each other. Somebody who had several before them that disagree was shown only one, so what they write takes the
//! place of that one only: the others were not judged, and stay until somebody settles the conflict in so many words. A
//! settlement takes the place of everything that its author had seen, and of nothing else.
//!
//! INVARIANT: what stands follows from the statements and from who had seen which, not from the order in which they came.

use crate::trace::{Op, Past, Write};
use std::collections::BTreeMap;

/// Something that was said about one place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Statement<'t> {
    pub(super) write: &'t Write,
    pub(super) kind: StatementKind,
}

/// What a statement says. Values are numbered: equal ones have one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StatementKind {
    /// This value is put under the key, where automerge shows it.
    Put(usize),
    /// The key is taken away, or what is not shown of it, and that means this value.
    Deleted(usize),
    /// Takes for granted that this value holds, and writes elsewhere: an edit inside an item, which stands.
    Implied(usize),
    /// What is shown holds, whatever that is.
    AsShown,
}

/// What stands at last, and what automerge shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Standing {
    /// The numbers of the statements that stand, in their order, with the value that each says.
    pub(super) statements: Vec<(usize, usize)>,
    /// The value that is shown.
    pub(super) shown: usize,
}

/// What stands of these statements, which come in Lamport order. `empty` is the value that a missing key means.
pub(super) fn standing(past: &Past, statements: &[Statement<'_>], empty: usize) -> Standing {
    let mut judge = Judge {
        past,
        statements,
        empty,
        values: Vec::new(),
        after: Vec::new(),
        front: Vec::new(),
        by_actor: BTreeMap::new(),
    };
    for at in 0..statements.len() {
        judge.hear(at as u32);
    }
    let last = judge.view_of(&judge.front);
    let said = |at: &u32| (*at as usize, judge.values[*at as usize]);
    Standing { shown: judge.shown(&last), statements: last.stands.iter().map(said).collect() }
}

/// What somebody had before them.
#[derive(Debug, Clone, Default)]
struct View {
    /// Statements that stand, in their order.
    stands: Vec<u32>,
    /// Statements whose value is under the key, in their order; automerge shows the last.
    held: Vec<u32>,
}

struct Judge<'s, 't> {
    past: &'s Past,
    statements: &'s [Statement<'t>],
    empty: usize,
    /// For each statement heard, the value that it says.
    values: Vec<usize>,
    /// For each statement heard, the view of its author with the statement in it.
    after: Vec<View>,
    /// Statements that nobody who made a later one had seen.
    front: Vec<u32>,
    /// The statements of each actor.
    by_actor: BTreeMap<u32, Vec<u32>>,
}

impl Judge<'_, '_> {
    fn hear(&mut self, at: u32) {
        let before = self.seen_by(at);
        let mut view = self.view_of(&before);
        let Statement { write, kind } = self.statements[at as usize];
        let shown = self.shown(&view);
        let says = match kind {
            StatementKind::Put(value) | StatementKind::Deleted(value) | StatementKind::Implied(value) => value,
            StatementKind::AsShown => shown,
        };
        self.values.push(says);
        let value = |at: u32| self.values[at as usize];
        let disagree = view.stands.windows(2).any(|two| value(two[0]) != value(two[1]));
        let implied = matches!(kind, StatementKind::Implied(_));
        // Whoever was shown something else than what they take for granted did not mean to contradict it.
        if !implied || says == shown {
            view.stands.retain(|at| match (implied, write.settles.is_some()) {
                (true, _) => value(*at) != says,
                (false, true) => false,
                (false, false) => disagree && value(*at) != shown,
            });
            view.stands.push(at);
        }
        if let StatementKind::Put(_) | StatementKind::Deleted(_) = kind {
            view.held.retain(|held| !write.replaces().contains(&self.op(*held)));
        }
        if let StatementKind::Put(_) = kind {
            view.held.push(at);
        }
        for list in [&mut view.stands, &mut view.held] {
            let beyond = list.len().saturating_sub(STANDING_MAX);
            list.drain(..beyond);
        }
        self.after.push(view);
        self.front.retain(|front| !before.contains(front));
        self.front.push(at);
        self.by_actor.entry(self.past.actor(self.position(at)).0).or_default().push(at);
    }

    /// The newest statements that the author of this one had seen: what others had seen is in them.
    fn seen_by(&self, at: u32) -> Vec<u32> {
        let position = self.position(at);
        if self.front.iter().all(|front| self.past.descends(position, self.position(*front))) {
            return self.front.clone();
        }
        let clock = self.past.clock(position);
        let mut newest: Vec<u32> = Vec::new();
        for (actor, theirs) in &self.by_actor {
            let seen = clock.get(*actor as usize).copied().unwrap_or(0);
            let end = theirs.partition_point(|at| self.past.actor(self.position(*at)).1 <= seen);
            newest.extend(end.checked_sub(1).map(|last| theirs[last]));
        }
        newest.sort_unstable_by(|a, b| b.cmp(a));
        let mut kept: Vec<u32> = Vec::new();
        for at in newest {
            if !kept.iter().any(|later| self.descends(*later, at)) {
                kept.push(at);
            }
        }
        kept
    }

    /// The view of somebody who has seen these statements, and all that those who made them had seen.
    fn view_of(&self, seen: &[u32]) -> View {
        let one = |list: fn(&View) -> &Vec<u32>| {
            let mut all: Vec<u32> = seen.iter().flat_map(|at| list(&self.after[*at as usize])).copied().collect();
            all.sort_unstable();
            all.dedup();
            // What one of them had seen and no longer has was replaced in their view.
            let gone = |said: u32, by: u32| {
                list(&self.after[by as usize]).binary_search(&said).is_err() && self.descends(by, said)
            };
            all.retain(|said| !seen.iter().any(|by| gone(*said, *by)));
            all
        };
        match seen {
            [only] => self.after[*only as usize].clone(),
            _ => View { stands: one(|view| &view.stands), held: one(|view| &view.held) },
        }
    }

    fn shown(&self, view: &View) -> usize {
        let last = view.held.iter().max_by_key(|at| self.op(**at));
        last.map_or(self.empty, |at| self.values[*at as usize])
    }

    fn op(&self, at: u32) -> Op {
        self.statements[at as usize].write.op()
    }

    fn position(&self, at: u32) -> u32 {
        self.statements[at as usize].write.position as u32
    }

    fn descends(&self, later: u32, earlier: u32) -> bool {
        self.past.descends(self.position(later), self.position(earlier))
    }
}

/// Most statements that are held to stand beside each other at one place, the newest. Beyond that the place is in conflict
/// all the same.
pub(super) const STANDING_MAX: usize = 64;

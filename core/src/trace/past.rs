//! Which changes the author of a change had seen.

use automerge::ChangeHash;
use std::collections::{BinaryHeap, HashMap};

/// The changes of a trace by position, and what each depends on.
///
/// INVARIANT: a change stands behind everything it depends on, and the changes of one actor depend on each other in the
/// order of their sequence numbers.
#[derive(Debug, Default)]
pub(crate) struct Past {
    positions: HashMap<ChangeHash, u32>,
    nodes: Vec<Node>,
    deps: Vec<u32>,
}

#[derive(Debug)]
struct Node {
    actor: u32,
    /// How many changes of its actor there are up to here.
    seq: u32,
    /// Where its dependencies begin in `deps`.
    deps_at: u32,
    /// How long the longest way back is to changes with a clock.
    depth: u8,
    /// How many changes of each actor are among its ancestors, itself included; kept at every few changes only.
    clock: Option<Box<[u32]>>,
}

impl Past {
    pub(super) fn position(&self, hash: &ChangeHash) -> Option<u32> {
        self.positions.get(hash).copied()
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Appends a change; dependencies that are not here are passed over.
    pub(super) fn append(&mut self, hash: ChangeHash, actor: u32, seq: u32, deps: &[ChangeHash]) {
        let position = self.nodes.len() as u32;
        let deps_at = self.deps.len() as u32;
        self.deps.extend(deps.iter().filter_map(|dep| self.positions.get(dep).copied()));
        let behind = self.deps[deps_at as usize..].iter().map(|dep| match &self.nodes[*dep as usize] {
            Node { clock: Some(_), .. } => 0,
            node => node.depth,
        });
        let depth = 1 + behind.max().unwrap_or(0);
        self.nodes.push(Node { actor, seq, deps_at, depth, clock: None });
        self.positions.insert(hash, position);
        if depth == CLOCK_EVERY {
            self.nodes[position as usize].clock = Some(self.clock(position).into());
        }
    }

    /// Whether `earlier` is `later` or among its ancestors.
    pub(crate) fn descends(&self, later: u32, earlier: u32) -> bool {
        let sought = &self.nodes[earlier as usize];
        let mut ahead = BinaryHeap::from([later]);
        let mut last = None;
        while let Some(position) = ahead.pop() {
            if position <= earlier {
                return position == earlier;
            }
            if last.replace(position) == Some(position) {
                continue;
            }
            let node = &self.nodes[position as usize];
            if node.actor == sought.actor {
                return true;
            }
            match &node.clock {
                Some(clock) if clock.get(sought.actor as usize).is_some_and(|seq| *seq >= sought.seq) => return true,
                Some(_) => {}
                None => ahead.extend(self.deps(position)),
            }
        }
        false
    }

    /// How many changes of each actor are among the ancestors of this one, itself included.
    pub(crate) fn clock(&self, position: u32) -> Vec<u32> {
        let mut clock = Vec::new();
        let mut ahead = BinaryHeap::from([position]);
        let mut last = None;
        while let Some(position) = ahead.pop() {
            if last.replace(position) == Some(position) {
                continue;
            }
            let node = &self.nodes[position as usize];
            raise(&mut clock, node.actor, node.seq);
            match &node.clock {
                Some(known) => (0..).zip(known).for_each(|(actor, seq)| raise(&mut clock, actor, *seq)),
                None => ahead.extend(self.deps(position)),
            }
        }
        clock
    }

    /// The actor of a change, and how many changes of it there are up to there.
    pub(crate) fn actor(&self, position: u32) -> (u32, u32) {
        let node = &self.nodes[position as usize];
        (node.actor, node.seq)
    }

    fn deps(&self, position: u32) -> &[u32] {
        let at = |p: usize| self.nodes.get(p).map_or(self.deps.len(), |node| node.deps_at as usize);
        &self.deps[at(position as usize)..at(position as usize + 1)]
    }
}

fn raise(clock: &mut Vec<u32>, actor: u32, seq: u32) {
    let actor = actor as usize;
    if clock.len() <= actor {
        clock.resize(actor + 1, 0);
    }
    clock[actor] = clock[actor].max(seq);
}

/// A clock costs four bytes for each actor; without any, each question would walk the whole history.
const CLOCK_EVERY: u8 = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        /// Long enough that most answers come from clocks.
        #[test]
        fn ancestors_are_what_a_walk_would_find(steps in proptest::collection::vec((0_u32..5, 0_usize..1000, 0_usize..4), 1..160)) {
            let hash = |at: usize| ChangeHash([at as u8; 32]);
            let (mut past, mut ancestors, mut last) = (Past::default(), Vec::<BTreeSet<usize>>::new(), [None; 5]);
            let mut seqs = [0; 5];
            for (at, (actor, other, merges)) in steps.into_iter().enumerate() {
                let own: Option<usize> = last[actor as usize];
                let other = (at > 0 && merges == 0).then(|| other % at.max(1));
                let deps: BTreeSet<usize> = own.into_iter().chain(other).collect();
                let mut all: BTreeSet<usize> = deps.iter().flat_map(|dep| ancestors[*dep].clone()).collect();
                all.insert(at);
                seqs[actor as usize] += 1;
                past.append(hash(at), actor, seqs[actor as usize], &deps.into_iter().map(hash).collect::<Vec<_>>());
                last[actor as usize] = Some(at);
                ancestors.push(all);
            }
            for (later, seen) in ancestors.iter().enumerate() {
                for earlier in 0..ancestors.len() {
                    prop_assert_eq!(past.descends(later as u32, earlier as u32), seen.contains(&earlier));
                }
            }
        }
    }
}

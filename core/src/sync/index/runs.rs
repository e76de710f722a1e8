//! A set of operation names, kept as runs of consecutive counters.

use super::graph::OpKey;

/// Names of operations. Typing makes long runs, so a text of thousands of characters needs a few dozen bytes.
#[derive(Debug, Default)]
pub(super) struct Runs(Vec<Run>);

/// `len` consecutive counters of one actor, from `start`. Runs sort by actor, then counter, and never touch.
#[derive(Debug, Clone, Copy)]
struct Run {
    actor: u32,
    start: u32,
    len: u32,
}

impl Runs {
    pub(super) fn contains(&self, op: OpKey) -> bool {
        let at = self.after(op);
        at > 0 && self.0[at - 1].holds(op)
    }

    /// How many names of that actor, from counter `first` to `last`, are in the set.
    pub(super) fn count(&self, actor: u32, first: u32, last: u32) -> u32 {
        let from = self.after(OpKey::new(first, actor)).saturating_sub(1);
        let in_range = |run: &&Run| (run.actor, run.start) <= (actor, last);
        let overlap = |run: &Run| (last + 1).min(run.end()).saturating_sub(run.start.max(first));
        self.0[from..].iter().take_while(in_range).filter(|run| run.actor == actor).map(overlap).sum()
    }

    /// Adds names, and says how many of them were new. `ops` is sorted here.
    pub(super) fn add_all(&mut self, ops: &mut [OpKey]) -> u32 {
        ops.sort_unstable_by_key(|op| (op.actor(), op.counter()));
        let mut added = 0;
        if ops.len() <= FEW {
            for op in ops {
                added += u32::from(self.add(*op));
            }
            return added;
        }
        let mut merged = Runs(Vec::with_capacity(self.0.len() + 1));
        let mut old = std::mem::take(&mut self.0).into_iter().peekable();
        for op in ops {
            while let Some(run) = old.next_if(|run| (run.actor, run.start) <= (op.actor(), op.counter())) {
                merged.join(run);
            }
            added += u32::from(merged.0.last().is_none_or(|run| !run.holds(*op)));
            merged.join(Run { actor: op.actor(), start: op.counter(), len: 1 });
        }
        old.for_each(|run| merged.join(run));
        merged.0.shrink_to_fit();
        *self = merged;
        added
    }

    /// Appends a run that starts no earlier than the last one, merging the two if they touch.
    fn join(&mut self, run: Run) {
        match self.0.last_mut() {
            Some(last) if last.actor == run.actor && run.start <= last.end() => {
                last.len = last.len.max(run.end().saturating_sub(last.start));
            }
            _ => self.0.push(run),
        }
    }

    fn add(&mut self, op: OpKey) -> bool {
        let at = self.after(op);
        if at > 0 && self.0[at - 1].holds(op) {
            return false;
        }
        let follows = at > 0 && self.0[at - 1].actor == op.actor() && self.0[at - 1].end() == op.counter();
        let precedes = self.0.get(at).is_some_and(|run| run.actor == op.actor() && run.start == op.counter() + 1);
        match (follows, precedes) {
            (true, true) => self.0[at - 1].len += 1 + self.0.remove(at).len,
            (true, false) => self.0[at - 1].len += 1,
            (false, true) => {
                self.0[at].start -= 1;
                self.0[at].len += 1;
            }
            (false, false) => self.0.insert(at, Run { actor: op.actor(), start: op.counter(), len: 1 }),
        }
        true
    }

    /// Where the first run stands that begins after `op`.
    fn after(&self, op: OpKey) -> usize {
        self.0.partition_point(|run| (run.actor, run.start) <= (op.actor(), op.counter()))
    }
}

impl Run {
    fn end(&self) -> u32 {
        self.start + self.len
    }

    fn holds(&self, op: OpKey) -> bool {
        self.actor == op.actor() && (self.start..self.end()).contains(&op.counter())
    }
}

/// Up to so many names are put in one by one; more are merged in one pass.
const FEW: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn runs_hold_what_a_set_would(batches in proptest::collection::vec(proptest::collection::vec((0_u32..3, 1_u32..40), 0..20), 0..8)) {
            let mut runs = Runs::default();
            let mut set = BTreeSet::new();
            for batch in batches {
                let mut ops: Vec<_> = batch.iter().map(|(actor, counter)| OpKey::new(*counter, *actor)).collect();
                let before = set.len();
                set.extend(batch.iter().copied());
                prop_assert_eq!(runs.add_all(&mut ops) as usize, set.len() - before);
            }
            for actor in 0..3 {
                for counter in 0..42 {
                    prop_assert_eq!(runs.contains(OpKey::new(counter, actor)), set.contains(&(actor, counter)));
                    let counted = set.range((actor, 5)..=(actor, counter.max(5))).count();
                    prop_assert_eq!(runs.count(actor, 5, counter.max(5)) as usize, counted);
                }
            }
            prop_assert!(runs.0.windows(2).all(|w| (w[0].actor, w[0].end()) < (w[1].actor, w[1].start)));
        }
    }
}

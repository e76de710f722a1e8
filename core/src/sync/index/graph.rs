//! The changes of a document and what each depends on, by position: the order in which they came.

use crate::id::UserId;
use automerge::{ActorId, ChangeHash};
use std::collections::{BTreeSet, HashMap};

/// A change's place in the order in which the changes came; whatever it depends on came before.
pub(super) type Position = u32;

/// An operation's name: its counter, then its actor's number. Sorts by counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct OpKey(u64);

impl OpKey {
    pub(super) fn new(counter: u32, actor: u32) -> Self {
        Self(u64::from(counter) << 32 | u64::from(actor))
    }

    pub(super) fn counter(self) -> u32 {
        (self.0 >> 32) as u32
    }

    pub(super) fn actor(self) -> u32 {
        self.0 as u32
    }
}

#[derive(Debug, Default)]
pub(super) struct Graph {
    hashes: Vec<ChangeHash>,
    positions: HashMap<ChangeHash, Position>,
    nodes: Vec<Node>,
    deps: Vec<Position>,
    heads: BTreeSet<Position>,
    actors: Vec<Actor>,
    actor_numbers: HashMap<ActorId, u32>,
    last_past: Option<LastPast>,
}

#[derive(Debug)]
struct Node {
    actor: u32,
    start_op: u32,
    max_op: u32,
    /// The first change that depends on this one; `CHILDLESS` if none does.
    first_child: Position,
    /// Where its dependencies begin in `deps`; they end where the next change's begin.
    deps_at: u32,
    /// How many heads the document had once this change was in.
    heads: u32,
}

#[derive(Debug)]
pub(super) struct Actor {
    /// Whose actor it is; `None` for the service's own.
    pub(super) user: Option<UserId>,
    /// Its changes in the order of their sequence numbers, which begin with 1.
    changes: Vec<Position>,
}

/// What the last change appended had not seen, kept because the next one often follows it.
#[derive(Debug)]
struct LastPast {
    change: Position,
    unseen: Vec<Position>,
}

/// A change about to be appended.
pub(super) struct NewChange<'a> {
    pub(super) hash: ChangeHash,
    pub(super) actor: &'a ActorId,
    pub(super) start_op: u32,
    pub(super) max_op: u32,
}

impl Graph {
    pub(super) fn len(&self) -> usize {
        self.hashes.len()
    }

    pub(super) fn position(&self, hash: &ChangeHash) -> Option<Position> {
        self.positions.get(hash).copied()
    }

    pub(super) fn hash_at(&self, position: usize) -> Option<ChangeHash> {
        self.hashes.get(position).copied()
    }

    pub(super) fn heads(&self) -> Vec<ChangeHash> {
        let mut heads: Vec<_> = self.heads.iter().map(|p| self.hashes[*p as usize]).collect();
        heads.sort_unstable();
        heads
    }

    pub(super) fn max_op(&self, position: Position) -> u32 {
        self.nodes[position as usize].max_op
    }

    pub(super) fn actor_count(&self) -> usize {
        self.actors.len()
    }

    pub(super) fn actor_number(&self, actor: &ActorId) -> Option<u32> {
        self.actor_numbers.get(actor).copied()
    }

    pub(super) fn actor(&self, number: u32) -> &Actor {
        &self.actors[number as usize]
    }

    /// The actor's number, given to it now if it has none.
    pub(super) fn number_actor(&mut self, actor: &ActorId) -> u32 {
        if let Some(number) = self.actor_number(actor) {
            return number;
        }
        let number = self.actors.len() as u32;
        self.actors.push(Actor { user: None, changes: Vec::new() });
        self.actor_numbers.insert(actor.clone(), number);
        number
    }

    pub(super) fn bind(&mut self, actor: u32, user: &UserId) {
        self.actors[actor as usize].user = Some(user.clone());
    }

    /// The change that holds the operation of that name.
    pub(super) fn change_of(&self, op: OpKey) -> Option<Position> {
        let changes = &self.actor(op.actor()).changes;
        let after = changes.partition_point(|p| self.nodes[*p as usize].start_op <= op.counter());
        let position = *changes.get(after.checked_sub(1)?)?;
        (op.counter() <= self.max_op(position)).then_some(position)
    }

    /// The operations of a change: its actor, its first counter, its last.
    pub(super) fn ops_of(&self, position: Position) -> (u32, u32, u32) {
        let node = &self.nodes[position as usize];
        (node.actor, node.start_op, node.max_op)
    }

    /// Appends a change. `known` are the positions of its dependencies, `unseen` what `unseen` said of them.
    pub(super) fn append(&mut self, change: &NewChange<'_>, known: &[Position], unseen: Vec<Position>) -> u32 {
        let actor = self.number_actor(change.actor);
        let position = self.hashes.len() as Position;
        let deps_at = self.deps.len() as u32;
        for dep in known {
            let node = &mut self.nodes[*dep as usize];
            if node.first_child == CHILDLESS {
                node.first_child = position;
                self.heads.remove(dep);
            }
        }
        self.deps.extend_from_slice(known);
        self.heads.insert(position);
        self.hashes.push(change.hash);
        self.positions.insert(change.hash, position);
        self.nodes.push(Node {
            actor,
            start_op: change.start_op,
            max_op: change.max_op,
            first_child: CHILDLESS,
            deps_at,
            heads: self.heads.len() as u32,
        });
        self.actors[actor as usize].changes.push(position);
        self.last_past = Some(LastPast { change: position, unseen });
        actor
    }

    /// Forgets what the last change had not seen, if that is not known.
    pub(super) fn forget_last_past(&mut self) {
        self.last_past = None;
    }

    /// The changes that are neither among `seen` nor among the ancestors of any of them, lowest first.
    ///
    /// INVARIANT: the work is proportional to how far back the paths of `seen` and of the heads meet, not to the
    /// number of changes.
    pub(super) fn unseen(&self, seen: &[Position]) -> Vec<Position> {
        if let (Some(last), [one]) = (&self.last_past, seen)
            && last.change == *one
        {
            let later = *one + 1..self.len() as Position;
            return last.unseen.iter().copied().chain(later).collect();
        }
        let mut walk = Walk { graph: self, ancestors: seen.iter().copied().collect(), covered: 0 };
        walk.covered = walk.ancestors.iter().filter(|p| self.nodes[**p as usize].first_child == CHILDLESS).count();
        let mut unseen = Vec::new();
        let mut end = self.len();
        while end > 0 && walk.covered < self.nodes[end - 1].heads as usize {
            end -= 1;
            if !walk.step_below(end as Position) {
                unseen.push(end as Position);
            }
        }
        unseen.reverse();
        unseen
    }

    fn deps(&self, position: Position) -> &[Position] {
        let at = |p: usize| self.nodes.get(p).map_or(self.deps.len(), |node| node.deps_at as usize);
        &self.deps[at(position as usize)..at(position as usize + 1)]
    }
}

/// A walk from the newest change to older ones.
struct Walk<'a> {
    graph: &'a Graph,
    /// Those known to be seen that the walk has not passed.
    ancestors: BTreeSet<Position>,
    /// How many heads of what lies below the walk are among them. Once all are, everything below was seen.
    covered: usize,
}

impl Walk<'_> {
    /// Passes one change; true if it was seen.
    fn step_below(&mut self, position: Position) -> bool {
        let seen = self.ancestors.remove(&position);
        if seen {
            // The last change of a prefix is always one of its heads.
            self.covered -= 1;
            self.ancestors.extend(self.graph.deps(position));
        }
        for dep in self.graph.deps(position) {
            let becomes_head = self.graph.nodes[*dep as usize].first_child == position;
            if becomes_head && self.ancestors.contains(dep) {
                self.covered += 1;
            }
        }
        seen
    }
}

impl Actor {
    /// The sequence number of its last change; 0 if it has none.
    pub(super) fn seq(&self) -> u64 {
        self.changes.len() as u64
    }

    pub(super) fn last_change(&self) -> Option<Position> {
        self.changes.last().copied()
    }
}

const CHILDLESS: Position = Position::MAX;

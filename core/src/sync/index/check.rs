//! Whether a change's operations fit the document and the section, one by one. Nothing is written here.

mod maps;
mod settled;
mod texts;

pub use maps::LIST_HISTORY_FACTOR;
pub use settled::SETTLED_PATH_BYTES_MAX;
pub use texts::TEXT_HISTORY_FACTOR;

use super::{
    Index,
    graph::{OpKey, Position},
    place::Place,
    record::ROOT,
};
use crate::{
    section::Section,
    sync::guard::{Candidate, Refusal},
};
use automerge::legacy::{ObjectId, OpId};
use settled::Settlement;
use std::collections::{HashMap, HashSet};

/// One change under examination.
pub(super) struct Check<'a> {
    index: &'a Index,
    section: &'a Section,
    candidate: &'a Candidate,
    /// Changes that the author had not seen.
    unseen: &'a [Position],
    /// Where each object stands that the change makes, by the number of the operation that makes it.
    made: HashMap<u32, Place>,
    /// Keys written once, by object: groups' parts, items, items' texts, and what settles.
    once: HashSet<(Target, &'a str)>,
    preds: Vec<OpKey>,
    texts: Vec<TextUse>,
    items: Vec<(Target, u32)>,
    settlements: Vec<Settlement<'a>>,
}

/// An object, or something else that an operation refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Target {
    /// An object of the document, by its number.
    Held(u32),
    /// An object that the change itself makes, by the number of its operation.
    Made(u32),
}

/// An operation that an operation refers to.
enum Reference {
    /// Of an ancestor.
    Past(OpKey),
    /// Of the change itself, by its number.
    Own(u32),
}

/// What the change does to one text.
struct TextUse {
    target: Target,
    inserts: u32,
    deletes: u32,
}

impl<'a> Check<'a> {
    pub(super) fn new(
        index: &'a Index,
        section: &'a Section,
        candidate: &'a Candidate,
        unseen: &'a [Position],
    ) -> Self {
        Self {
            index,
            section,
            candidate,
            unseen,
            made: HashMap::new(),
            once: HashSet::new(),
            preds: Vec::new(),
            texts: Vec::new(),
            items: Vec::new(),
            settlements: Vec::new(),
        }
    }

    pub(super) fn run(mut self) -> Result<(), Refusal> {
        let mut last: Option<(&ObjectId, Target)> = None;
        for (number, op) in (0..).zip(&self.candidate.ops) {
            let target = match last {
                Some((id, target)) if *id == op.obj => target,
                _ => self.target(number, &op.obj)?,
            };
            last = Some((&op.obj, target));
            match self.place(target)? {
                Place::Root | Place::Meta | Place::Foreign => return Err(Refusal::Structure),
                place @ Place::Text { .. } => self.in_text(number, op, target, place)?,
                place => self.in_map(number, op, target, place)?,
            }
        }
        self.preds.sort_unstable();
        if self.preds.windows(2).any(|two| two[0] == two[1]) {
            return Err(Refusal::PredTwice);
        }
        self.check_texts()?;
        self.check_items()?;
        self.check_settlements()
    }

    // What an operation is in, and what it refers to.

    fn target(&self, number: u32, id: &ObjectId) -> Result<Target, Refusal> {
        let made_by = match id {
            ObjectId::Root => return Ok(Target::Held(ROOT)),
            ObjectId::Id(made_by) => made_by,
        };
        match self.reference(number, made_by, Refusal::UnknownObject)? {
            Reference::Own(own) => Ok(Target::Made(own)),
            Reference::Past(op) => self.index.objects.number(op).map(Target::Held).ok_or(Refusal::UnknownObject),
        }
    }

    fn place(&self, target: Target) -> Result<Place, Refusal> {
        match target {
            Target::Held(object) => Ok(self.index.objects.place(object)),
            Target::Made(own) => self.made.get(&own).copied().ok_or(Refusal::UnknownObject),
        }
    }

    /// What an id names, if it is an earlier operation of this change or one of an ancestor.
    fn reference(&self, number: u32, id: &OpId, unknown: Refusal) -> Result<Reference, Refusal> {
        let own_actor = *id.actor() == self.candidate.actor;
        if own_actor && id.counter() >= self.candidate.start_op {
            let own = id.counter() - self.candidate.start_op;
            return if own < u64::from(number) { Ok(Reference::Own(own as u32)) } else { Err(unknown) };
        }
        let op = self.index.op(id).ok_or(unknown)?;
        if !self.unseen.is_empty() {
            let change = self.index.graph.change_of(op).ok_or(unknown)?;
            if self.unseen.binary_search(&change).is_ok() {
                return Err(Refusal::OutsidePast);
            }
        }
        Ok(Reference::Past(op))
    }

    /// The name that an operation of this change will have, for telling operations apart.
    fn own_op(&self, own: u32) -> OpKey {
        OpKey::new(self.candidate.start_op as u32 + own, OWN_ACTOR)
    }
}

/// Stands for the candidate's actor among operations' names; no document has so many actors.
const OWN_ACTOR: u32 = u32::MAX;

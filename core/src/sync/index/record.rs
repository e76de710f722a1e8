//! Writes a change into the index, whoever made it: what is stored is taken as it is.

use super::{
    Index,
    graph::{NewChange, OpKey, Position},
    place::Place,
};
use crate::section::Section;
use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};

impl Index {
    /// Appends a change. `known` and `unseen` are what the graph says of its dependencies.
    pub(super) fn record(
        &mut self,
        change: &NewChange<'_>,
        known: &[Position],
        unseen: Vec<Position>,
        ops: &[Op],
        section: &Section,
    ) {
        let actor = self.graph.append(change, known, unseen);
        self.ops += ops.len() as u64;
        let mut typed = Typed::default();
        let mut last: Option<(&ObjectId, Option<u32>)> = None;
        for (counter, op) in (change.start_op..).zip(ops) {
            let made = OpKey::new(counter, actor);
            let object = match last {
                Some((id, object)) if *id == op.obj => object,
                _ => self.object(&op.obj),
            };
            last = Some((&op.obj, object));
            let Some(object) = object else { continue };
            if let Place::Text { .. } = self.objects.place(object) {
                self.record_in_text(&mut typed, object, made, op);
            } else {
                self.record_in_map(object, made, op, section);
            }
        }
        typed.write(self);
    }

    fn record_in_map(&mut self, object: u32, op: OpKey, written: &Op, section: &Section) {
        let Key::Map(key) = &written.key else { return };
        match &written.action {
            OpType::Make(kind) => {
                self.objects.put(object, key, op);
                let place = self.objects.place(object).of_made(section, key, *kind);
                self.objects.make(object, op, place);
            }
            OpType::Put(_) => self.objects.put(object, key, op),
            OpType::Delete | OpType::Increment(_) | OpType::MarkBegin(_) | OpType::MarkEnd(_) => {}
        }
    }

    fn record_in_text(&mut self, typed: &mut Typed, object: u32, op: OpKey, written: &Op) {
        let text = typed.of(object);
        if written.insert {
            text.inserted.push(op);
        } else {
            text.deleted.extend(written.pred.iter().filter_map(|pred| self.op(pred)));
        }
    }

    /// The object of that name, if there is one.
    pub(super) fn object(&self, id: &ObjectId) -> Option<u32> {
        match id {
            ObjectId::Root => Some(ROOT),
            ObjectId::Id(made_by) => self.objects.number(self.op(made_by)?),
        }
    }

    /// The name of an operation, if its actor is known and its counter can be.
    pub(super) fn op(&self, id: &OpId) -> Option<OpKey> {
        Some(OpKey::new(u32::try_from(id.counter()).ok()?, self.graph.actor_number(id.actor())?))
    }
}

/// What one change did to texts, written once at its end.
#[derive(Default)]
struct Typed(Vec<TypedIn>);

struct TypedIn {
    object: u32,
    inserted: Vec<OpKey>,
    deleted: Vec<OpKey>,
}

impl Typed {
    fn of(&mut self, object: u32) -> &mut TypedIn {
        let at = self.0.iter().rposition(|typed| typed.object == object).unwrap_or_else(|| {
            self.0.push(TypedIn { object, inserted: Vec::new(), deleted: Vec::new() });
            self.0.len() - 1
        });
        &mut self.0[at]
    }

    fn write(self, index: &mut Index) {
        for mut typed in self.0 {
            let text = index.objects.text_mut(typed.object);
            let inserted = text.inserted.add_all(&mut typed.inserted);
            let deleted = text.deleted.add_all(&mut typed.deleted);
            text.history += inserted;
            text.visible = (text.visible + inserted).saturating_sub(deleted);
        }
    }
}

/// The number of the document's root among the objects.
pub(super) const ROOT: u32 = 0;

//! Maps: fields, lists, items, groups.

use super::{Check, Reference, Target};
use crate::{
    section::{Field, Kind, ValueError, check_removed_reason, is_item_id, limits},
    sync::{guard::Refusal, index::place::Place},
};
use automerge::{
    ObjType, ScalarValue,
    legacy::{Key, Op, OpType},
};

/// How many items a list may ever be given, for each that it may hold at a time; removed ones stay.
pub const LIST_HISTORY_FACTOR: u32 = 4;

impl<'a> Check<'a> {
    pub(super) fn in_map(&mut self, number: u32, op: &'a Op, target: Target, place: Place) -> Result<(), Refusal> {
        let Key::Map(key) = &op.key else { return Err(Refusal::KeyKind) };
        if op.insert {
            return Err(Refusal::Insert);
        }
        self.check_preds(number, op, target, key)?;
        match place {
            Place::Fields => self.write_field(number, op, field(&self.section.fields, key)?, place),
            Place::List { .. } => self.write_item(number, op, target, key, place),
            Place::Item { .. } => self.write_in_item(number, op, target, key, place),
            Place::Group { .. } => self.write_part(op, target, key, place),
            Place::Settled => self.make_settlement(number, op, target, key),
            Place::Settlement => self.write_settlement(op, target, key),
            Place::Root | Place::Meta | Place::Foreign | Place::Text { .. } => Err(Refusal::Structure),
        }
    }

    fn check_preds(&mut self, number: u32, op: &'a Op, target: Target, key: &str) -> Result<(), Refusal> {
        if op.pred.is_empty() && op.action == OpType::Delete {
            return Err(Refusal::DeleteNothing);
        }
        for pred in op.pred.iter() {
            let replaced = match (self.reference(number, pred, Refusal::Pred)?, target) {
                (Reference::Own(own), _) => {
                    let before = &self.candidate.ops[own as usize];
                    let value = matches!(before.action, OpType::Put(_) | OpType::Make(_)) && !before.insert;
                    (value && before.obj == op.obj && before.key == op.key).then(|| self.own_op(own))
                }
                (Reference::Past(past), Target::Held(object)) => {
                    self.index.objects.was_put(object, key, past).then_some(past)
                }
                (Reference::Past(_), Target::Made(_)) => None,
            };
            self.preds.push(replaced.ok_or(Refusal::Pred)?);
        }
        Ok(())
    }

    fn write_field(&mut self, number: u32, op: &'a Op, field: &Field, place: Place) -> Result<(), Refusal> {
        match field.kind {
            Kind::Text | Kind::List => Err(Refusal::Replaced),
            Kind::Group => self.write_group(number, op, place),
            _ => write_scalar(op, field),
        }
    }

    /// A group is made whole, or cleared.
    fn write_group(&mut self, number: u32, op: &'a Op, parent: Place) -> Result<(), Refusal> {
        match op.action {
            OpType::Make(ObjType::Map) => self.make(number, op, parent, ObjType::Map),
            OpType::Delete => Ok(()),
            OpType::Put(_) => Err(Refusal::Value(ValueError::Type { expected: Kind::Group.in_words() })),
            _ => Err(Refusal::Action),
        }
    }

    fn write_part(&mut self, op: &'a Op, target: Target, key: &'a str, place: Place) -> Result<(), Refusal> {
        let group = place.field(self.section).ok_or(Refusal::Structure)?;
        let part = field(&group.parts, key)?;
        if matches!(target, Target::Held(_)) || op.action == OpType::Delete || !self.once.insert((target, key)) {
            return Err(Refusal::GroupEdited);
        }
        write_scalar(op, part)
    }

    /// An item is made once, and never again, over, or away.
    fn write_item(
        &mut self,
        number: u32,
        op: &'a Op,
        target: Target,
        key: &'a str,
        place: Place,
    ) -> Result<(), Refusal> {
        if op.action != OpType::Make(ObjType::Map) {
            return Err(if op.action == OpType::Delete { Refusal::ItemReplaced } else { Refusal::Action });
        }
        if !is_item_id(key) {
            return Err(Refusal::ItemId);
        }
        let held = matches!(target, Target::Held(list) if self.index.objects.was_ever_put(list, key));
        if held || !op.pred.is_empty() || !self.once.insert((target, key)) {
            return Err(Refusal::ItemReplaced);
        }
        match self.items.iter_mut().find(|(list, _)| *list == target) {
            Some((_, items)) => *items += 1,
            None => self.items.push((target, 1)),
        }
        self.make(number, op, place, ObjType::Map)
    }

    fn write_in_item(
        &mut self,
        number: u32,
        op: &'a Op,
        target: Target,
        key: &'a str,
        place: Place,
    ) -> Result<(), Refusal> {
        match key {
            "order" => return write_order(op),
            "removed" => return write_removed(op),
            _ => {}
        }
        let list = place.field(self.section).ok_or(Refusal::Structure)?;
        let inner = field(&list.items, key)?;
        match inner.kind {
            Kind::Text => {
                let first = matches!(target, Target::Made(_)) && op.pred.is_empty() && self.once.insert((target, key));
                if op.action != OpType::Make(ObjType::Text) || !first {
                    return Err(Refusal::Replaced);
                }
                self.make(number, op, place, ObjType::Text)
            }
            Kind::List => Err(Refusal::Replaced),
            Kind::Group => self.write_group(number, op, place),
            _ => write_scalar(op, inner),
        }
    }

    pub(super) fn make(&mut self, number: u32, op: &Op, parent: Place, kind: ObjType) -> Result<(), Refusal> {
        let Key::Map(key) = &op.key else { return Err(Refusal::KeyKind) };
        self.made.insert(number, parent.of_made(self.section, key, kind));
        Ok(())
    }

    pub(super) fn check_items(&self) -> Result<(), Refusal> {
        for (target, added) in &self.items {
            let list = self.place(*target)?.field(self.section).ok_or(Refusal::Structure)?;
            let max = list.max_items.unwrap_or(limits::LIST_ITEMS_MAX).saturating_mul(LIST_HISTORY_FACTOR);
            let before = match target {
                Target::Held(object) => self.index.objects.items(*object),
                Target::Made(_) => 0,
            };
            if before + added > max {
                return Err(Refusal::ItemCount);
            }
        }
        Ok(())
    }
}

fn field<'a>(fields: &'a [Field], key: &str) -> Result<&'a Field, Refusal> {
    fields.iter().find(|field| field.id.as_str() == key).ok_or(Refusal::UnknownField)
}

fn write_scalar(op: &Op, field: &Field) -> Result<(), Refusal> {
    match &op.action {
        OpType::Put(value) => field.check_scalar(value).map_err(Refusal::Value),
        OpType::Delete => Ok(()),
        _ => Err(Refusal::Action),
    }
}

fn write_order(op: &Op) -> Result<(), Refusal> {
    match &op.action {
        OpType::Put(ScalarValue::Int(_)) => Ok(()),
        OpType::Put(ScalarValue::F64(number)) if number.is_finite() => Ok(()),
        _ => Err(Refusal::ItemOrder),
    }
}

fn write_removed(op: &Op) -> Result<(), Refusal> {
    match &op.action {
        OpType::Put(ScalarValue::Str(reason)) => check_removed_reason(reason).map_err(|_| Refusal::ItemRemoved),
        OpType::Delete => Ok(()),
        _ => Err(Refusal::ItemRemoved),
    }
}

//! `settled`: why conflicts were settled as they were. Each note is made whole by the change that settles, and never
//! changed.

use super::{Check, Target};
use crate::{
    section::{Kind, check_removed_reason, is_item_id},
    sync::{
        guard::Refusal,
        index::{place::Place, record::ROOT},
    },
};
use automerge::{
    ObjType, ScalarValue,
    legacy::{Op, OpType},
};

/// Most bytes of the path that a note of a settled conflict names.
pub const SETTLED_PATH_BYTES_MAX: usize = 200;

/// One note that a change makes.
pub(super) struct Settlement<'a> {
    made: u32,
    path: Option<&'a str>,
    reason: bool,
}

impl<'a> Check<'a> {
    pub(super) fn make_settlement(
        &mut self,
        number: u32,
        op: &'a Op,
        target: Target,
        key: &'a str,
    ) -> Result<(), Refusal> {
        let held = matches!(target, Target::Held(settled) if self.index.objects.was_ever_put(settled, key));
        let first = !held && op.pred.is_empty() && self.once.insert((target, key));
        if op.action != OpType::Make(ObjType::Map) || !first || !is_item_id(key) {
            return Err(Refusal::Settled);
        }
        self.settlements.push(Settlement { made: number, path: None, reason: false });
        self.make(number, op, Place::Settled, ObjType::Map)
    }

    pub(super) fn write_settlement(&mut self, op: &'a Op, target: Target, key: &'a str) -> Result<(), Refusal> {
        let OpType::Put(ScalarValue::Str(text)) = &op.action else { return Err(Refusal::Settled) };
        let once = self.once.insert((target, key));
        let note = self.settlements.iter_mut().find(|note| target == Target::Made(note.made)).filter(|_| once);
        match (note, key) {
            (Some(note), "path") if text.len() <= SETTLED_PATH_BYTES_MAX => note.path = Some(text.as_str()),
            (Some(note), "reason") if check_removed_reason(text).is_ok() => note.reason = true,
            _ => return Err(Refusal::Settled),
        }
        Ok(())
    }

    pub(super) fn check_settlements(&self) -> Result<(), Refusal> {
        for note in &self.settlements {
            let path = note.path.filter(|_| note.reason).ok_or(Refusal::Settled)?;
            if !self.is_place(path) {
                return Err(Refusal::SettledPath);
            }
        }
        Ok(())
    }

    /// Whether a conflict could be there: at a field, an item that was made, or a field of it.
    fn is_place(&self, path: &str) -> bool {
        let mut keys = path.split('.');
        let Some(field) = keys.next().and_then(|field| self.section.field(field)) else { return false };
        let (item, subfield) = (keys.next(), keys.next());
        let Some(item) = item else { return field.kind != Kind::List };
        let objects = &self.index.objects;
        let lists = objects.made_under(ROOT, "fields").into_iter();
        let mut lists = lists.flat_map(|fields| objects.made_under(fields, field.id.as_str()));
        field.kind == Kind::List
            && lists.any(|list| objects.was_ever_put(list, item))
            && subfield.is_none_or(|subfield| field.item(subfield).is_some())
            && keys.next().is_none()
    }
}

//! Whether a change's operations fit the document and the section, one by one. Nothing is written here.

use super::{
    Index,
    graph::{OpKey, Position},
    place::Place,
    record::ROOT,
};
use crate::{
    section::{Field, Kind, Section, allowed_in_text, check_removed_reason, is_item_id, limits},
    sync::guard::{Candidate, Refusal},
};
use automerge::{
    ObjType, ScalarValue,
    legacy::{ElementId, Key, ObjectId, Op, OpId, OpType},
};
use std::collections::{HashMap, HashSet};

/// How many characters may ever be typed into one text, for each that it may hold at a time.
pub const TEXT_HISTORY_FACTOR: u32 = 20;
/// How many items a list may ever be given, for each that it may hold at a time; removed ones stay.
pub const LIST_HISTORY_FACTOR: u32 = 4;

/// One change under examination.
pub(super) struct Check<'a> {
    index: &'a Index,
    section: &'a Section,
    candidate: &'a Candidate,
    /// Changes that the author had not seen.
    unseen: &'a [Position],
    /// Where each object stands that the change makes, by the number of the operation that makes it.
    made: HashMap<u32, Place>,
    /// Keys written once, by object: groups' parts, items, and items' texts.
    once: HashSet<(Target, &'a str)>,
    preds: Vec<OpKey>,
    texts: Vec<TextUse>,
    items: Vec<(Target, u32)>,
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
        self.check_items()
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

    // Texts: single characters, inserted and deleted.

    fn in_text(&mut self, number: u32, op: &'a Op, target: Target, place: Place) -> Result<(), Refusal> {
        let Key::Seq(element) = &op.key else { return Err(Refusal::KeyKind) };
        match (&op.action, op.insert) {
            (OpType::Put(value), true) => {
                if !op.pred.is_empty() {
                    return Err(Refusal::Insert);
                }
                if let ElementId::Id(id) = element {
                    self.element(number, id, target)?;
                }
                check_character(value, place.field(self.section))?;
                self.text_use(target).inserts += 1;
                Ok(())
            }
            (OpType::Delete, false) => self.delete_in_text(number, op, target, element),
            (OpType::MarkBegin(_) | OpType::MarkEnd(_), _) => Err(Refusal::Marks),
            _ => Err(Refusal::TextValue),
        }
    }

    /// An element has one value for ever, so deleting it names just that.
    fn delete_in_text(&mut self, number: u32, op: &'a Op, target: Target, element: &ElementId) -> Result<(), Refusal> {
        let ElementId::Id(id) = element else { return Err(Refusal::DeleteNothing) };
        match (op.pred.get(0), op.pred.len()) {
            (None, _) => return Err(Refusal::DeleteNothing),
            (Some(pred), 1) if pred == id => {}
            _ => return Err(Refusal::Pred),
        }
        let deleted = self.element(number, id, target)?;
        self.preds.push(deleted);
        let gone = matches!(target, Target::Held(text) if self.index.objects.text(text).deleted.contains(deleted));
        self.text_use(target).deletes += u32::from(!gone);
        Ok(())
    }

    /// An element of that text.
    fn element(&self, number: u32, id: &OpId, target: Target) -> Result<OpKey, Refusal> {
        match (self.reference(number, id, Refusal::TextElement)?, target) {
            (Reference::Own(own), _) => {
                let op = &self.candidate.ops[own as usize];
                let there = op.insert && op.obj == self.candidate.ops[number as usize].obj;
                if there { Ok(self.own_op(own)) } else { Err(Refusal::TextElement) }
            }
            (Reference::Past(op), Target::Held(text)) if self.index.objects.text(text).inserted.contains(op) => Ok(op),
            (Reference::Past(_), _) => Err(Refusal::TextElement),
        }
    }

    fn text_use(&mut self, target: Target) -> &mut TextUse {
        let at = self.texts.iter().rposition(|text| text.target == target).unwrap_or_else(|| {
            self.texts.push(TextUse { target, inserts: 0, deletes: 0 });
            self.texts.len() - 1
        });
        &mut self.texts[at]
    }

    fn check_texts(&self) -> Result<(), Refusal> {
        for text in self.texts.iter().filter(|text| text.inserts > 0) {
            let max_chars = self.place(text.target)?.field(self.section).and_then(|field| field.max_chars);
            let max_chars = max_chars.unwrap_or(limits::TEXT_CHARS_MAX);
            let (history, seen) = match text.target {
                Target::Made(_) => (0, 0),
                Target::Held(object) => (self.index.objects.text(object).history, self.seen_length(object)),
            };
            if history + text.inserts > max_chars.saturating_mul(TEXT_HISTORY_FACTOR) {
                return Err(Refusal::TextHistory);
            }
            if text.inserts > text.deletes && seen + text.inserts - text.deletes.min(seen + text.inserts) > max_chars {
                return Err(Refusal::TextLength);
            }
        }
        Ok(())
    }

    /// How long the text was for the author, at the least: what others typed meanwhile does not count against them.
    fn seen_length(&self, object: u32) -> u32 {
        let text = self.index.objects.text(object);
        let meanwhile = |change: &Position| {
            let (actor, first, last) = self.index.graph.ops_of(*change);
            text.inserted.count(actor, first, last)
        };
        text.visible.saturating_sub(self.unseen.iter().map(meanwhile).sum())
    }

    // Maps: fields, lists, items, groups.

    fn in_map(&mut self, number: u32, op: &'a Op, target: Target, place: Place) -> Result<(), Refusal> {
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
            OpType::Put(_) => {
                Err(Refusal::Value(crate::section::ValueError::Type { expected: Kind::Group.in_words() }))
            }
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

    fn make(&mut self, number: u32, op: &Op, parent: Place, kind: ObjType) -> Result<(), Refusal> {
        let Key::Map(key) = &op.key else { return Err(Refusal::KeyKind) };
        self.made.insert(number, parent.of_made(self.section, key, kind));
        Ok(())
    }

    fn check_items(&self) -> Result<(), Refusal> {
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

/// One element holds one character. A whole paste in one element could not be edited by anybody.
fn check_character(value: &ScalarValue, field: Option<&Field>) -> Result<(), Refusal> {
    let ScalarValue::Str(text) = value else { return Err(Refusal::TextValue) };
    let mut chars = text.chars();
    match (chars.next(), chars.next(), field) {
        (Some(c), None, Some(_)) if allowed_in_text(c) => Ok(()),
        _ => Err(Refusal::TextValue),
    }
}

/// Stands for the candidate's actor among operations' names; no document has so many actors.
const OWN_ACTOR: u32 = u32::MAX;

//! Texts: single characters, inserted and deleted.

use super::{Check, Reference, Target, TextUse};
use crate::{
    section::{Field, allowed_in_text, limits},
    sync::{
        guard::Refusal,
        index::{
            graph::{OpKey, Position},
            place::Place,
        },
    },
};
use automerge::{
    ScalarValue,
    legacy::{ElementId, Key, Op, OpId, OpType},
};

/// How many characters may ever be typed into one text, for each that it may hold at a time.
pub const TEXT_HISTORY_FACTOR: u32 = 20;

impl<'a> Check<'a> {
    pub(super) fn in_text(&mut self, number: u32, op: &'a Op, target: Target, place: Place) -> Result<(), Refusal> {
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

    pub(super) fn check_texts(&self) -> Result<(), Refusal> {
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

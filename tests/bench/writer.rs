//! Somebody who types: makes well-formed changes to a `contacts` section without holding a document.
//!
//! Each writer has a professional of its own to change and its own letters to delete, as people mostly have, so that
//! every operation names what it replaces exactly as an applying client would.

use crate::page::Page;
use automerge::{
    ActorId, Change, ChangeHash, ExpandedChange, ObjType, ScalarValue,
    legacy::{ElementId, Key, ObjectId, Op, OpId, OpType, SortedVec},
};
use std::{
    num::NonZeroU64,
    rc::Rc,
    time::{SystemTime, UNIX_EPOCH},
};

/// One writer of one document.
#[derive(Debug)]
pub(crate) struct Writer {
    page: Rc<Page>,
    actor: ActorId,
    seq: u64,
    /// Which professional is this writer's.
    item: usize,
    /// This writer's letters that are still there, in the order they were typed.
    letters: Vec<OpId>,
    /// The put of the last edit, until that is acknowledged.
    put: Option<(&'static str, OpId)>,
    chance: Chance,
}

impl Writer {
    pub(crate) fn new(page: &Rc<Page>, item: usize, seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let actor = ActorId::from([chance.next().to_be_bytes(), chance.next().to_be_bytes()].concat());
        Self { page: Rc::clone(page), actor, seq: 0, item, letters: Vec::new(), put: None, chance }
    }

    /// The next edit on top of `heads`.
    pub(crate) fn next(&mut self, heads: &[ChangeHash]) -> Change {
        let start_op = self.page.ledger.borrow().max_op(heads) + 1;
        let letters = self.page.letters.get();
        let operations = match self.chance.below(100) {
            0..45 if letters < LETTERS_MAX => self.type_letters(start_op),
            0..70 if !self.letters.is_empty() => self.delete_letters(),
            98.. if self.page.services.get() < SERVICES_MAX => self.add_service(start_op),
            _ => self.set(start_op),
        };
        self.seq += 1;
        let now_s = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_secs().cast_signed());
        let mut deps = heads.to_vec();
        deps.sort_unstable();
        Change::from(ExpandedChange {
            operations,
            actor_id: self.actor.clone(),
            hash: None,
            seq: self.seq,
            start_op: NonZeroU64::new(start_op).expect("one more than something is not zero"),
            time: now_s,
            message: None,
            deps,
            extra_bytes: Vec::new(),
            author: None,
        })
    }

    /// The last edit is stored, and whoever comes after may build on it. One that a crash swallowed is built on by
    /// nobody.
    pub(crate) fn settled(&mut self) {
        if let Some((key, id)) = self.put.take() {
            self.page.professionals[self.item].put(key, id);
        }
    }

    fn type_letters(&mut self, start_op: u64) -> Vec<Op> {
        let count = 1 + self.chance.below(LETTERS_PER_EDIT_MAX);
        self.page.letters.set(self.page.letters.get() + count);
        (start_op..start_op + count)
            .map(|counter| {
                let after = self.letters.last().cloned().map_or(ElementId::Head, ElementId::Id);
                self.letters.push(OpId::new(counter, &self.actor));
                let letter = LETTERS[usize::try_from(self.chance.below(LETTERS.len() as u64)).unwrap_or_default()];
                Op {
                    action: OpType::Put(ScalarValue::Str(letter.into())),
                    obj: self.page.text.clone(),
                    key: Key::Seq(after),
                    pred: SortedVec::new(),
                    insert: true,
                }
            })
            .collect()
    }

    fn delete_letters(&mut self) -> Vec<Op> {
        let count = (1 + self.chance.below(LETTERS_PER_EDIT_MAX)).min(self.letters.len() as u64);
        self.page.letters.set(self.page.letters.get() - count);
        let from = self.letters.len() - usize::try_from(count).unwrap_or_default();
        let deleted = self.letters.split_off(from).into_iter().map(|letter| Op {
            action: OpType::Delete,
            obj: self.page.text.clone(),
            key: Key::Seq(ElementId::Id(letter.clone())),
            pred: vec![letter].into(),
            insert: false,
        });
        deleted.collect()
    }

    fn set(&mut self, start_op: u64) -> Vec<Op> {
        let (key, words) = SETTABLE[usize::try_from(self.chance.below(SETTABLE.len() as u64)).unwrap_or_default()];
        let word = words[usize::try_from(self.chance.below(words.len() as u64)).unwrap_or_default()];
        let before = self.page.professionals[self.item].last_put(key);
        self.put = Some((key, OpId::new(start_op, &self.actor)));
        vec![Op {
            action: OpType::Put(ScalarValue::Str(word.into())),
            obj: self.page.professionals[self.item].object.clone(),
            key: Key::Map(key.into()),
            pred: before.into_iter().collect(),
            insert: false,
        }]
    }

    fn add_service(&mut self, start_op: u64) -> Vec<Op> {
        let order = self.page.services.get();
        self.page.services.set(order + 1);
        let name = format!("service-{}-{order}", &self.actor.to_hex_string()[..8]);
        let id = OpId::new(start_op, &self.actor);
        let item = ObjectId::Id(id);
        let put = |key: &str, value: ScalarValue| put_new(&item, key, OpType::Put(value));
        vec![
            put_new(&self.page.services_list, &name, OpType::Make(ObjType::Map)),
            put("order", ScalarValue::Int(order.cast_signed())),
            put("name", ScalarValue::Str("Out-of-hours district nursing".into())),
        ]
    }
}

/// An operation that puts something at a key that holds nothing.
pub(crate) fn put_new(object: &ObjectId, key: &str, action: OpType) -> Op {
    Op { action, obj: object.clone(), key: Key::Map(key.into()), pred: SortedVec::new(), insert: false }
}

/// A repeatable chance: splitmix64.
#[derive(Debug, Clone)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `bound` - 1.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// Subfields of a professional that an edit sets, and to what.
const SETTABLE: &[(&str, &[&str])] = &[
    ("role", &["District nurse", "Community matron", "Palliative care nurse", "Social worker"]),
    ("team", &["Northfield community team", "Hospice at home", "Integrated neighbourhood team"]),
    ("hours", &["Weekdays 9 to 5", "Every day 8 to 8", "Nights and weekends", "Mondays and Thursdays"]),
];
const LETTERS: &[&str] = &["a", "e", "i", "n", "o", "r", "s", "t", " ", "é"];
/// Most letters typed or deleted by one edit.
const LETTERS_PER_EDIT_MAX: u64 = 10;
/// Letters in the text above which nobody types; the definition allows 3,000.
const LETTERS_MAX: u64 = 2_400;
/// Services in the list above which nobody adds one; the definition allows 20.
const SERVICES_MAX: u64 = 18;

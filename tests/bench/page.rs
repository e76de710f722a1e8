//! One document of the bench: a `contacts` section, and the ids in it that an edit needs.

use crate::{
    ledger::Ledger,
    writer::{Writer, put_new},
};
use automerge::{
    ActorId, Automerge, AutomergeError, Change, ChangeHash, ExpandedChange, ObjId, ObjType, ROOT, ReadDoc, ScalarValue,
    legacy::{ObjectId, OpId, OpType},
};
use coplan_core::sync::DocumentId;
use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    num::NonZeroU64,
    rc::Rc,
};

/// One document.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) document: DocumentId,
    pub(crate) text: ObjectId,
    pub(crate) services_list: ObjectId,
    pub(crate) professionals: Vec<Professional>,
    /// Letters in the text.
    pub(crate) letters: Cell<u64>,
    /// Items in the list of services.
    pub(crate) services: Cell<u64>,
    pub(crate) ledger: RefCell<Ledger>,
}

/// One item of the list of professionals, changed by one writer at a time.
#[derive(Debug)]
pub(crate) struct Professional {
    pub(crate) object: ObjectId,
    /// The operation that last put each subfield.
    puts: RefCell<HashMap<&'static str, OpId>>,
}

impl Professional {
    /// Notes a put that is stored.
    pub(crate) fn put(&self, key: &'static str, id: OpId) {
        self.puts.borrow_mut().insert(key, id);
    }

    /// The stored put that the next one replaces.
    pub(crate) fn last_put(&self, key: &str) -> Option<OpId> {
        self.puts.borrow().get(key).cloned()
    }
}

impl Page {
    /// Reads a fresh section, and makes the `history` changes that fill it: `PROFESSIONALS` people, then text and edits.
    ///
    /// # Errors
    /// `AutomergeError` if it is not a `contacts` section.
    pub(crate) fn fill(
        document: DocumentId,
        fresh: &Automerge,
        history: usize,
        seed: u64,
    ) -> Result<(Rc<Self>, Vec<Change>), AutomergeError> {
        let fields = object(fresh, &ROOT, "fields")?;
        let list = ObjectId::from_id(&object(fresh, &fields, "professionals")?);
        let mut ledger = Ledger::default();
        for change in fresh.get_changes(&[]) {
            ledger.found(&change);
        }
        let (professionals, filling) = make_professionals(&list, &ledger, &fresh.get_heads(), seed);
        ledger.found(&filling);
        let page = Rc::new(Self {
            document,
            text: ObjectId::from_id(&object(fresh, &fields, "carer_needs")?),
            services_list: ObjectId::from_id(&object(fresh, &fields, "services")?),
            professionals,
            letters: Cell::new(0),
            services: Cell::new(0),
            ledger: RefCell::new(ledger),
        });
        let mut heads = vec![filling.hash()];
        let mut changes = vec![filling];
        let authors = (0..AUTHORS).map(|author| Writer::new(&page, author, seed ^ (author as u64 + 1) << 32));
        let mut authors: Vec<Writer> = authors.collect();
        while changes.len() < history {
            let author = (changes.len() / CHANGES_PER_SITTING) % AUTHORS;
            let change = authors[author].next(&heads);
            authors[author].settled();
            page.ledger.borrow_mut().found(&change);
            heads = vec![change.hash()];
            changes.push(change);
        }
        Ok((page, changes))
    }
}

fn make_professionals(
    list: &ObjectId,
    ledger: &Ledger,
    heads: &[ChangeHash],
    seed: u64,
) -> (Vec<Professional>, Change) {
    let actor = ActorId::from([seed.to_be_bytes(), (!seed).to_be_bytes()].concat());
    let start_op = ledger.max_op(heads) + 1;
    let (mut professionals, mut operations, mut counter) = (Vec::new(), Vec::new(), start_op);
    for order in 0..PROFESSIONALS {
        let item = ObjectId::Id(OpId::new(counter, &actor));
        operations.push(put_new(list, &format!("professional-{order}"), OpType::Make(ObjType::Map)));
        operations.push(put_new(&item, "order", OpType::Put(ScalarValue::Int(order.cast_signed()))));
        operations.push(put_new(&item, "name", OpType::Put(ScalarValue::Str(format!("Sister No. {order}").into()))));
        counter += 3;
        professionals.push(Professional { object: item, puts: RefCell::default() });
    }
    let change = Change::from(ExpandedChange {
        operations,
        actor_id: actor,
        hash: None,
        seq: 1,
        start_op: NonZeroU64::new(start_op).expect("one more than something is not zero"),
        time: 0,
        message: None,
        deps: heads.to_vec(),
        extra_bytes: Vec::new(),
        author: None,
    });
    (professionals, change)
}

fn object(document: &Automerge, parent: &ObjId, key: &str) -> Result<ObjId, AutomergeError> {
    let found = document.get(parent, key)?.filter(|(value, _)| value.is_object());
    found.map(|(_, id)| id).ok_or_else(|| AutomergeError::InvalidObjId(format!("no `{key}` in the section")))
}

/// Ids as automerge hands them out, turned into ids as a change names them.
trait FromId {
    fn from_id(id: &ObjId) -> Self;
}

impl FromId for ObjectId {
    fn from_id(id: &ObjId) -> Self {
        match id {
            ObjId::Root => Self::Root,
            ObjId::Id(counter, actor, _) => Self::Id(OpId::new(*counter, actor)),
        }
    }
}

/// Professionals in a document, and so the most writers it can have.
pub(crate) const PROFESSIONALS: u64 = 36;
/// Who wrote the history.
const AUTHORS: usize = 5;
/// Changes that one of them makes before the next takes over.
const CHANGES_PER_SITTING: usize = 10;

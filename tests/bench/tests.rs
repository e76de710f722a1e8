//! What the writers make is what the service admits.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use crate::{page::Page, writer::Writer};
use automerge::{Automerge, Change, ChangeHash};
use bytes::Bytes;
use coplan_core::{
    content,
    id::{SectionId, UserId},
    section::{Section, Sections},
    sync::{DocumentId, guard, index::Index},
};
use std::{rc::Rc, sync::Arc};

/// A section as the service keeps it: the document, and the index the guard asks.
struct Kept {
    section: Arc<Section>,
    document: Automerge,
    index: Index,
}

impl Kept {
    fn new() -> Self {
        let section: SectionId = "contacts".parse().unwrap();
        let section = Arc::clone(Sections::embedded().section(&section).unwrap());
        let mut document = content::empty_document();
        document.apply_changes([content::genesis(&section)]).unwrap();
        let index = Index::build(&document, &section, &[]).unwrap();
        Self { section, document, index }
    }

    fn admit(&mut self, change: &Change, user: &str) {
        let candidate = guard::chunk(&Bytes::copy_from_slice(change.raw_bytes())).unwrap();
        let user: UserId = user.parse().unwrap();
        self.index.admit(&candidate, &self.section, &user).unwrap_or_else(|refusal| panic!("refused: {refusal}"));
        self.document = guard::trial(&self.document, vec![change.clone()]).unwrap_or_else(|_| panic!("not applied"));
    }
}

fn filled(history: usize) -> (Kept, Rc<Page>) {
    let mut kept = Kept::new();
    let (page, changes) = Page::fill(DocumentId::from_random([1; 16]), &kept.document, history, 7).unwrap();
    changes.iter().for_each(|change| kept.admit(change, "filler"));
    (kept, page)
}

#[test]
fn a_filled_section_is_admitted_and_about_two_kilobytes() {
    let (kept, page) = filled(100);
    assert_eq!(kept.document.get_changes(&[]).len(), 101);
    assert_eq!(page.ledger.borrow().len(), 101);
    let text = serde_json::to_string(&automerge::AutoSerde::from(&kept.document)).unwrap();
    assert!((1_500..6_000).contains(&text.len()), "{} bytes", text.len());
    let loaded = content::load_document(&kept.document.save()).unwrap();
    assert_eq!(loaded.get_heads(), kept.document.get_heads());
}

#[test]
fn what_many_writers_type_at_once_is_admitted() {
    let (mut kept, page) = filled(100);
    let mut writers: Vec<Writer> = (0..32).map(|seat| Writer::new(&page, seat, 1_000 + seat as u64)).collect();
    for _round in 0..30 {
        let heads = kept.document.get_heads();
        let changes: Vec<Change> = writers.iter_mut().map(|writer| writer.next(&heads)).collect();
        for (seat, change) in changes.iter().enumerate() {
            page.ledger.borrow_mut().sent(change, 31);
            kept.admit(change, &format!("writer-{seat}"));
        }
        writers.iter_mut().for_each(Writer::settled);
    }
}

#[test]
fn an_edit_is_as_large_as_those_the_peers_were_measured_with() {
    let (kept, page) = filled(100);
    let (mut writer, mut heads) = (Writer::new(&page, 0, 5), kept.document.get_heads());
    let mut bytes = 0;
    for _ in 0..500 {
        let change = writer.next(&heads);
        writer.settled();
        page.ledger.borrow_mut().sent(&change, 0);
        heads = vec![change.hash()];
        bytes += change.raw_bytes().len();
    }
    assert!((90..180).contains(&(bytes / 500)), "{} bytes", bytes / 500);
}

#[test]
fn a_change_is_covered_by_its_descendants_and_not_by_its_rivals() {
    let (_, page) = filled(100);
    let (mut one, mut two) = (Writer::new(&page, 0, 11), Writer::new(&page, 1, 12));
    let base: Vec<ChangeHash> = Vec::new();
    let mine = one.next(&base);
    page.ledger.borrow_mut().sent(&mine, 0);
    let rival = two.next(&base);
    page.ledger.borrow_mut().sent(&rival, 0);
    let after = two.next(&[mine.hash(), rival.hash()]);
    page.ledger.borrow_mut().sent(&after, 0);
    let ledger = page.ledger.borrow();
    assert!(ledger.covers(&[mine.hash()], &mine.hash()));
    assert!(ledger.covers(&[after.hash()], &mine.hash()));
    assert!(!ledger.covers(&[rival.hash()], &mine.hash()));
}

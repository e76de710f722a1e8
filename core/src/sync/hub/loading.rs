//! Documents on their way out of the store: what waits for them, and what becomes of it when they come.

use super::{
    Entry, Hub, Output, StoreFailure, StoredDocument, WriteFailure,
    document::{self, Document},
    write::{self, Errand},
};
use crate::{sync::DocumentId, time::UtcMillis};
use std::collections::VecDeque;

impl Hub {
    pub(super) fn loaded(
        &mut self,
        now: UtcMillis,
        id: DocumentId,
        result: Result<Option<StoredDocument>, StoreFailure>,
        out: &mut Vec<Output>,
    ) {
        if let (Some(Entry::Open(_)), Ok(Some(stored))) = (self.documents.get(&id), &result) {
            self.take_facts(now, &stored.facts, out);
            self.doubt_facts(&stored.facts, out);
        }
        match self.documents.get_mut(&id) {
            Some(Entry::Loading(loading)) => match result {
                Ok(found) => {
                    let queue = std::mem::take(&mut loading.queue);
                    self.found(now, id, found, queue, out);
                }
                // "Unavailable" would be a lie that the client keeps believing; it waits instead.
                Err(StoreFailure) => loading.let_writes_go(out),
            },
            Some(Entry::Open(_)) => self.with_document(now, id, out, |document, cx| match result {
                Ok(Some(stored)) => document.reloaded(cx, stored),
                Ok(None) => Err(document::Unusable),
                Err(StoreFailure) => {
                    document.load_failed(cx);
                    Ok(())
                }
            }),
            None => {}
        }
    }

    fn found(
        &mut self,
        now: UtcMillis,
        id: DocumentId,
        found: Option<StoredDocument>,
        queue: VecDeque<Errand>,
        out: &mut Vec<Output>,
    ) {
        let section = found.as_ref().and_then(|s| self.sections.section(&s.section)).cloned();
        if let (Some(stored), Some(section)) = (found, section) {
            self.doubt_facts(&stored.facts, out);
            let document = Document::new(id, stored, section, self.new_answers(), now);
            self.documents.insert(id, Entry::Open(Box::new(document)));
            self.with_document(now, id, out, Document::upgrade);
            self.decide_again(now, id, out);
            queue.into_iter().for_each(|errand| match errand {
                Errand::Message(connection, sync) => self.deliver(now, connection, id, sync, out),
                errand if self.documents.contains_key(&id) => self.run(now, id, errand, out),
                errand => out.extend(write::unanswered(&errand, WriteFailure::Unavailable)),
            });
        } else {
            self.documents.remove(&id);
            queue.iter().for_each(|errand| match errand {
                Errand::Message(connection, _) => self.unavailable(*connection, id, out),
                errand => out.extend(write::unanswered(errand, WriteFailure::NoDocument)),
            });
        }
    }

    pub(super) fn ask_again(&mut self, id: DocumentId, out: &mut Vec<Output>) {
        if let Some(Entry::Loading(loading)) = self.documents.get_mut(&id)
            && loading.failed
        {
            loading.queue.retain(|errand| match errand {
                Errand::Message(connection, _) => self.connections.contains_key(connection),
                Errand::Write(_) | Errand::Upgrade(_) => true,
            });
            if !loading.queue.is_empty() {
                loading.failed = false;
                out.push(Output::Load(id));
            }
        }
    }
}

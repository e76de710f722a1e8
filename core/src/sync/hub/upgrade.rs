//! A document that was made by an older version of its section's definition is brought up to date when it is loaded: by
//! a change of the service's own, which is stored and told like every other.

use super::{
    Context, Document, Output, StoredDocument, WriteFailure, WriteId,
    document::{Content, Origin, Unusable, Waiting},
};
use crate::{content, policy::Subject, section::Section, sync::guard};
use bytes::Bytes;
use std::sync::Arc;

/// Whether a stored document was last given its structure by another version of the definition.
pub(super) fn is_outdated(stored: &StoredDocument, section: &Section) -> bool {
    !content::is_up_to_date(stored.actors.iter().map(|(actor, _)| actor), section)
}

impl Document {
    /// Puts the change that the stored document lacks, if any, among those that wait.
    pub(super) fn upgrade(&mut self, cx: &mut Context<'_>) -> Result<(), Unusable> {
        if !self.is_outdated || self.upgrade_failed || matches!(self.content, Content::Cool | Content::Loading) {
            return Ok(());
        }
        self.warm()?;
        self.is_outdated = false;
        let change = self.loaded().and_then(|loaded| content::upgrade(&loaded.state, &self.section));
        let candidate = change.and_then(|change| guard::chunk(&Bytes::copy_from_slice(change.raw_bytes())).ok());
        if let Some(candidate) = candidate.filter(|candidate| !self.knows(&candidate.hash)) {
            let subject = Arc::new(Subject::system());
            self.queue(Waiting { origin: Origin::Service, subject, candidate, received_at: cx.now });
            cx.ready.insert(self.id);
        }
        Ok(())
    }

    /// Answers at once, or when the change that brings the document up to date is stored: make your change now.
    pub(super) fn answer_when_up_to_date(&mut self, cx: &mut Context<'_>, id: WriteId) {
        self.used_at = cx.now;
        if self.is_being_upgraded() {
            self.after_upgrade.push(id);
        } else {
            cx.out.push(Output::Written(id, Err(WriteFailure::Raced)));
        }
    }

    /// The end of a save may have been what somebody waits for.
    pub(super) fn answer_after_upgrade(&mut self, cx: &mut Context<'_>) {
        if !self.after_upgrade.is_empty() && !self.is_being_upgraded() {
            let ids = std::mem::take(&mut self.after_upgrade);
            cx.out.extend(ids.into_iter().map(|id| Output::Written(id, Err(WriteFailure::Raced))));
        }
    }

    /// Forgets the change that brings the document up to date: the next load makes it again, for what is stored then.
    pub(super) fn drop_upgrade(&mut self) {
        let (hashes, bytes) = (&mut self.waiting_hashes, &mut self.waiting_bytes);
        self.waiting.retain(|waiting| {
            let keep = waiting.origin != Origin::Service;
            if !keep {
                hashes.remove(&waiting.candidate.hash);
                *bytes -= waiting.candidate.raw.len();
            }
            keep
        });
    }

    /// The store failed, so that nobody knows whether the document is up to date.
    pub(super) fn give_up_upgrade(&mut self, cx: &mut Context<'_>) {
        self.drop_upgrade();
        let ids = std::mem::take(&mut self.after_upgrade);
        cx.out.extend(ids.into_iter().map(|id| Output::Written(id, Err(WriteFailure::Unavailable))));
    }

    fn is_being_upgraded(&self) -> bool {
        let saving = self.saving.iter().flat_map(|saving| &saving.batch);
        self.waiting.iter().chain(saving).any(|waiting| waiting.origin == Origin::Service)
    }
}

//! New definitions while documents are open: rights and rules change at once, for whoever has them open.

use super::{
    Context, Document, Entry, Hub, Output,
    document::{Content, Unusable},
    upgrade::is_outdated,
};
use crate::{
    section::{Section, Sections},
    sync::DocumentId,
    time::UtcMillis,
};
use std::sync::Arc;

impl Hub {
    /// Takes new definitions. A document whose section they do not have any more keeps the one it was opened with.
    pub(super) fn redefine(&mut self, now: UtcMillis, sections: Arc<Sections>, out: &mut Vec<Output>) {
        self.sections = sections;
        let open: Vec<DocumentId> = self.documents.keys().copied().collect();
        for id in open {
            let Some(Entry::Open(document)) = self.documents.get(&id) else { continue };
            let Some(section) = self.sections.section(&document.section.id) else { continue };
            if **section != *document.section {
                let section = Arc::clone(section);
                self.with_document(now, id, out, |document, cx| document.redefine(cx, section));
                self.decide_again(now, id, out);
            }
        }
    }
}

impl Document {
    /// Takes a new definition, now or when the save under way has ended. What waits is then admitted by it.
    pub(super) fn redefine(&mut self, cx: &mut Context<'_>, section: Arc<Section>) -> Result<(), Unusable> {
        if self.saving.is_some() {
            self.next_section = Some(section);
            return Ok(());
        }
        self.drop_upgrade();
        self.upgrade_failed = false;
        self.section = section;
        if let Content::Stored(stored) = &self.content {
            self.is_outdated = is_outdated(stored, &self.section);
        }
        // The index numbers places as the old definition lists them.
        if self.is_loaded() {
            self.content = Content::Cool;
        }
        self.load(cx);
        self.upgrade(cx)
    }
}

//! The contradictions of a plan as it is now.

use crate::{
    publish::{self, PublishFailure},
    store::Store,
};
use coplan_core::{
    content,
    contradiction::{self, Contradiction, Facts},
    decision,
    id::SectionId,
    policy::Granted,
    section::Sections,
    time::UtcMillis,
};
use std::{collections::BTreeMap, sync::Arc};

/// The contradictions of the plan that was granted, in the order of the rules; only those of which `may_read` allows
/// every place, because the sentence of a rule tells what stands there.
///
/// # Errors
/// `PublishFailure` if a document of the plan could not be read.
pub async fn of_plan(
    store: &Store,
    sections: &Arc<Sections>,
    granted: &Granted,
    may_read: impl Fn(&SectionId) -> bool,
    now: UtcMillis,
) -> Result<Vec<Contradiction>, PublishFailure> {
    let mut documents = BTreeMap::new();
    for part in store.plan_sections(granted).await? {
        documents.insert(part.section, publish::load(store, &part.document).await?);
    }
    let lapsed = publish::lapsed(store, sections, &documents).await?;
    let sections = Arc::clone(sections);
    let find = move || {
        let (mut contents, mut records) = (BTreeMap::new(), BTreeMap::new());
        for (id, document) in &documents {
            let Some(section) = sections.section(id) else { continue };
            if section.is_decided() {
                records.insert(id.clone(), decision::read(document, None, section));
            }
            contents.insert(id.clone(), content::read(document, None, section));
        }
        let facts = Facts { records: &records, lapsed: &lapsed, now };
        contradiction::contradictions(&sections, &contents, &facts)
    };
    let mut found = tokio::task::spawn_blocking(find).await.map_err(|_panicked| PublishFailure::Unusable)?;
    found.retain(|contradiction| contradiction.places.iter().all(|place| may_read(&place.section)));
    Ok(found)
}

//! Publications and the change log, against what the chain holds of them.

use super::{Findings, VerifyError};
use crate::{
    access::PlanAccess,
    clock::Clock,
    publish::{PublishFailure, render_again},
    store::{LogState, Store},
};
use coplan_core::{
    id::PlanId,
    policy::{Action, Policies, Resource, Subject},
    section::Sections,
};
use std::{collections::BTreeSet, sync::Arc};

pub(super) async fn publications(
    store: &Store,
    stored: &[(String, i64)],
    without_rendering: bool,
    findings: &mut Findings,
) -> Result<(), VerifyError> {
    let published = std::mem::take(&mut findings.published);
    for (plan, version) in stored {
        findings.publications += 1;
        let place = format!("plan {plan} version {version}");
        let digest = store.digest_of_publication(plan, *version).await?.map(hex::encode);
        match (published.get(&(plan.clone(), *version)), digest) {
            (None, _) => findings.add("publication-not-audited", format!("{place} is in no row of the audit")),
            (Some(kept), Some(digest)) if *kept == digest => {}
            (Some(_), _) => findings.add("publication-changed", format!("{place} is not what was published")),
        }
        for view in store.damaged_views(plan, *version).await? {
            findings.add("view-changed", format!("{place}: the bytes of the view `{view}` do not have their hash"));
        }
        if !without_rendering {
            render(store, plan, *version, findings).await?;
        }
    }
    let there: BTreeSet<&(String, i64)> = stored.iter().collect();
    for (plan, version) in published.keys() {
        // One that was made after the list was read is not missing.
        let key = (plan.clone(), *version);
        if !there.contains(&key) && store.digest_of_publication(plan, *version).await?.is_none() {
            findings.add("publication-missing", format!("plan {plan} version {version} is not there"));
        }
    }
    Ok(())
}

/// Makes a publication again from the change log, the definitions and the person.
async fn render(store: &Store, plan: &str, version: i64, findings: &mut Findings) -> Result<(), VerifyError> {
    let place = format!("plan {plan} version {version}");
    let (Ok(id), Ok(number)) = (plan.parse::<PlanId>(), u32::try_from(version)) else {
        findings.add("publication-changed", format!("{place} has a name that no plan has"));
        return Ok(());
    };
    let (policies, system) = (Policies::embedded(), Subject::system());
    let access = PlanAccess::of(store, &policies, &system, &id, Clock.now()).await?;
    let Some(granted) = access.part(Action::ReadPublished, Resource::Plan) else {
        findings.add("plan-missing", format!("{place}: there is no such plan"));
        return Ok(());
    };
    let sections = Arc::new(store.newest_definitions().await?);
    let sections = if sections.in_order().is_empty() { Arc::new(Sections::embedded()) } else { sections };
    match render_again(store, &sections, &granted, number).await {
        Ok(Some(again)) if again.is_same() => {}
        Ok(_) => {
            let why =
                "does not come out of the change log as it is stored: either was changed, or another version made it";
            findings.add("publication-renders-differently", format!("{place} {why}"));
        }
        Err(PublishFailure::Store(crate::store::StoreError::Unavailable(error))) => {
            return Err(crate::store::StoreError::Unavailable(error).into());
        }
        Err(error) => findings.add("publication-renders-differently", format!("{place} cannot be made again: {error}")),
    }
    Ok(())
}

pub(super) async fn logs(store: &Store, findings: &mut Findings) -> Result<(), VerifyError> {
    let digests = std::mem::take(&mut findings.digests);
    let documents = store.all_documents().await?;
    for document in &documents {
        let log = store.log_state(document).await?;
        let kept = digests.get(document).map_or(&[][..], Vec::as_slice);
        compare(document, &log, kept, findings);
    }
    let there: BTreeSet<&String> = documents.iter().collect();
    for document in digests.keys().filter(|document| !there.contains(document)) {
        findings.add("document-missing", format!("document {document} is not there"));
    }
    Ok(())
}

fn compare(document: &str, log: &LogState, digests: &[(i64, String)], findings: &mut Findings) {
    let rows = i64::try_from(log.roots.len()).unwrap_or(i64::MAX);
    findings.changes += log.roots.len() as u64;
    let digested = digests.iter().map(|(covered, _)| *covered).max().unwrap_or_default();
    findings.undigested += u64::try_from(rows - digested).unwrap_or_default();
    if let Some(gap) = log.gap {
        findings.add("change-missing", format!("document {document}: change {gap} is not there"));
    }
    for position in &log.damaged {
        let place = format!("document {document}: the bytes of change {position} do not have their hash");
        findings.add("change-damaged", place);
    }
    let mut good = 0;
    for (covered, root) in digests {
        let stored = usize::try_from(covered - 1).ok().and_then(|last| log.roots.get(last));
        match stored {
            None => {
                let place = format!("document {document}: {rows} changes, of {covered} that were digested");
                findings.add("changes-cut-off", place);
                return;
            }
            Some(stored) if hex::encode(stored) == *root => good = *covered,
            Some(_) => {
                let place =
                    format!("document {document}: a change from {good} to {} is not what was stored", covered - 1);
                findings.add("change-changed", place);
                return;
            }
        }
    }
}

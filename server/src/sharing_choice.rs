//! What the person chose about sharing, brought from the decisions of a plan to what the rules ask.
//!
//! A decision is followed at once by whoever wrote it (`http::decision_create`). The worker follows each plan that was
//! changed, so that nothing is missed if the service ended in between; and each plan that nobody has followed yet is
//! followed before the service listens.

use crate::{
    access::PlanAccess,
    publish::{self, PublishFailure},
    store::{ListedOrganisation, Store, StoreError},
    worker,
};
use coplan_core::{
    decision::{self, SHARING_CHOICE},
    id::{OrganisationCode, PlanId},
    policy::{Action, Granted, Policies, Resource},
    section::{Section, Sections},
    time::UtcMillis,
};
use std::sync::Arc;

/// Takes the choices that stand in the plan's decisions over into what the rules ask, unless that was done already.
///
/// # Errors
/// `PublishFailure`; the rules then know what they knew before.
pub(crate) async fn follow(store: &Store, sections: &Sections, granted: &Granted) -> Result<(), PublishFailure> {
    let Some(section) = deciding(sections) else { return Ok(()) };
    let documents = store.plan_sections(granted).await?;
    let Some(document) = documents.iter().find(|document| document.section == section.id) else { return Ok(()) };
    let changes = store.log_lengths(granted).await?.get(&section.id).copied().unwrap_or_default();
    if store.sharing_as_of(granted).await? == Some(changes) {
        return Ok(());
    }
    // Whatever is stored meanwhile is followed by whoever stores it.
    let loaded = publish::load(store, &document.document).await?;
    let organisations = store.organisations().await?;
    let kinds = decision::read(&loaded, None, section);
    let choices = decision::sharing_choices(&kinds, |name| named(&organisations, name));
    Ok(store.put_sharing_choices(granted, &choices, changes).await?)
}

/// Follows every plan that nobody has followed yet.
///
/// # Errors
/// `StoreError` if plans could not be listed. A plan that cannot be read is named in the log, and passed over.
pub(crate) async fn follow_all(
    store: &Store,
    sections: &Sections,
    policies: &Policies,
    now: UtcMillis,
) -> Result<(), StoreError> {
    let by = worker::system();
    let mut after: Option<PlanId> = None;
    loop {
        let plans = store.plans_without_sharing(after.as_ref()).await?;
        let Some(last) = plans.last().cloned() else { return Ok(()) };
        for plan in plans {
            let access = PlanAccess::of(store, policies, &by, &plan, now).await?;
            let Ok(granted) = access.decide(Action::See, Resource::Plan) else { continue };
            if let Err(error) = follow(store, sections, &granted).await {
                tracing::error!(plan.id = %plan, %error, "what the person chose about sharing was not read");
            }
        }
        after = Some(last);
    }
}

/// The section whose decisions say with whom the plan is shared.
fn deciding(sections: &Sections) -> Option<&Arc<Section>> {
    let decides = |section: &&&Arc<Section>| {
        section.is_decided() && section.field(SHARING_CHOICE).is_some_and(|field| field.record.is_some())
    };
    let all = sections.in_order();
    let found = all.iter().find(decides)?.id.clone();
    sections.section(&found)
}

fn named(organisations: &[ListedOrganisation], text: &str) -> Option<OrganisationCode> {
    let folded = folded(text);
    let is_meant = |listed: &&ListedOrganisation| {
        let organisation = &listed.organisation;
        organisation.code.as_str().eq_ignore_ascii_case(text) || self::folded(&organisation.name) == folded
    };
    organisations.iter().find(is_meant).map(|listed| listed.organisation.code.clone())
}

/// In small letters, with one space between words.
fn folded(text: &str) -> String {
    text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

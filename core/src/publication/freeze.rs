//! From requests to frozen sections: who signs, what the heads cover, what keeps a section from being signed.

use super::{
    PlanState, Prepared, PublishError, PublishedSection, Rendering, SectionRequest, Signer,
    readiness::{missing_required, open_conflicts},
    rendering::{definition, disputes, document, has_all},
};
use crate::{
    content::{self, Content},
    contradiction::{self, Facts},
    decision,
    id::SectionId,
    policy::Action,
    section::{Section, SignOff},
    time::UtcMillis,
    view::Signed,
};
use automerge::{Automerge, ChangeHash};
use std::collections::{BTreeMap, BTreeSet};

/// Checks and freezes the requested sections, takes over what was published before with what has become of its disputes,
/// and reads all of it.
///
/// # Errors
/// `PublishError`; `Nothing` if nothing is requested, no dispute appeared or went, and what is withheld is what was.
pub fn prepare(
    state: &PlanState<'_>,
    requests: &[SectionRequest<'_>],
    now: UtcMillis,
) -> Result<Prepared, PublishError> {
    let mut named = BTreeSet::new();
    if let Some(twice) = requests.iter().find(|request| !named.insert(&request.section)) {
        return Err(PublishError::Twice(twice.section.clone()));
    }
    let version = state.version + 1;
    let mut frozen = requests
        .iter()
        .map(|request| freeze(state, request, version, now))
        .collect::<Result<Vec<_>, PublishError>>()?;
    ready(state, &frozen, now)?;
    let withheld = state.person.withheld;
    let mut changed = !requests.is_empty() || (!state.published.is_empty() && state.withheld != withheld);
    for before in state.published.iter().filter(|section| !named.contains(&section.section)) {
        let again = look_again(state, before)?;
        changed |= again != *before;
        frozen.push(again);
    }
    if !changed {
        return Err(PublishError::Nothing);
    }
    frozen.sort_by(|a, b| a.section.cmp(&b.section));
    let rendering = Rendering::read(&frozen, state.sections, state.earlier, state.documents)?;
    Ok(Prepared { version, published_at: now, sections: frozen, rendering })
}

fn freeze(
    state: &PlanState<'_>,
    request: &SectionRequest<'_>,
    version: u32,
    now: UtcMillis,
) -> Result<PublishedSection, PublishError> {
    let (section, document) = parts(state, &request.section)?;
    if !section.is_published() {
        return Err(PublishError::NeverPublished(section.id.clone()));
    }
    let signed = signature(state, section, request.signer, now)?;
    if request.heads.is_empty() || !has_all(document, request.heads.iter()) {
        return Err(PublishError::UnknownHeads(section.id.clone()));
    }
    let later: BTreeSet<ChangeHash> = document.get_changes_meta(&request.heads).iter().map(|meta| meta.hash).collect();
    let before = state.published.iter().find(|published| published.section == section.id);
    if before.is_some_and(|published| published.heads.iter().any(|head| later.contains(head))) {
        return Err(PublishError::SupersededHeads(section.id.clone()));
    }
    let mut heads = request.heads.clone();
    heads.sort_unstable();
    heads.dedup();
    // What needs no signature is read where it stands; what is signed is watched beyond its signature.
    let checked_heads = if signed.is_some() { sorted_heads(document) } else { heads.clone() };
    Ok(PublishedSection {
        section: section.id.clone(),
        definition: section.version,
        definition_hash: Some(section.hash()),
        heads,
        checked_heads: Some(checked_heads),
        changes: Some((document.get_changes_meta(&[]).len() - later.len()) as u64),
        sign_off: section.sign_off,
        since_version: version,
        since_at: if signed.is_some() { now } else { request.changed_at },
        signed,
    })
}

fn signature(
    state: &PlanState<'_>,
    section: &Section,
    signer: Option<Signer<'_>>,
    now: UtcMillis,
) -> Result<Option<Signed>, PublishError> {
    if section.sign_off == SignOff::None {
        return Ok(None);
    }
    let holds = |signer: &Signer<'_>| {
        let granted = signer.granted;
        granted.action() == Action::Sign
            && granted.plan() == state.plan
            && granted.section() == Some(&section.id)
            && *granted.user() == signer.subject.user
    };
    let signer = signer.filter(holds).ok_or_else(|| PublishError::NotAllowed(section.id.clone()))?;
    Ok(Some(Signed { by: signer.subject.clone(), at: now }))
}

/// A section that is taken over from the last publication, its disputes looked for in the document as it is now if they
/// are others than those it was published with.
fn look_again(state: &PlanState<'_>, before: &PublishedSection) -> Result<PublishedSection, PublishError> {
    let document = document(state.documents, &before.section)?;
    let now = sorted_heads(document);
    if before.signed.is_none() || before.checked_heads.as_ref() == Some(&now) {
        return Ok(before.clone());
    }
    let section = definition(before, state.sections, state.earlier)?;
    let known = match &before.checked_heads {
        Some(checked) if has_all(document, checked.iter()) => disputes(document, before, checked, &section),
        Some(_) => return Err(PublishError::UnknownHeads(before.section.clone())),
        None => Vec::new(),
    };
    if disputes(document, before, &now, &section) == known {
        return Ok(before.clone());
    }
    Ok(PublishedSection { checked_heads: Some(now), ..before.clone() })
}

/// Refuses with every conflict, gap or contradiction of all the sections that are to be signed.
fn ready(state: &PlanState<'_>, frozen: &[PublishedSection], now: UtcMillis) -> Result<(), PublishError> {
    let mut signed = BTreeMap::new();
    let (mut conflicts, mut missing) = (Vec::new(), Vec::new());
    for published in frozen.iter().filter(|published| published.signed.is_some()) {
        let (section, document) = parts(state, &published.section)?;
        let checked = published.checked_heads.as_deref().unwrap_or_default();
        let found = [published.heads.as_slice(), checked].map(|heads| disputes(document, published, heads, section));
        conflicts.extend(open_conflicts(section, found.iter().flatten()));
        let content = content::read(document, Some(&published.heads), section);
        missing.extend(missing_required(section, &content));
        signed.insert(section.id.clone(), content);
    }
    if !conflicts.is_empty() {
        return Err(PublishError::OpenConflicts(conflicts));
    }
    if !missing.is_empty() {
        return Err(PublishError::MissingRequired(missing));
    }
    contradicted(state, signed, now)
}

/// Refuses what contradicts, severely, what the other sections say as they are now.
fn contradicted(
    state: &PlanState<'_>,
    signed: BTreeMap<SectionId, Content>,
    now: UtcMillis,
) -> Result<(), PublishError> {
    if signed.is_empty() {
        return Ok(());
    }
    let (mut contents, mut records) = (signed.clone(), BTreeMap::new());
    for (id, document) in state.documents {
        let Some(section) = state.sections.section(id) else { continue };
        if section.is_decided() {
            records.insert(id.clone(), decision::read(document, None, section));
        }
        contents.entry(id.clone()).or_insert_with(|| content::read(document, None, section));
    }
    let facts = Facts { records: &records, lapsed: state.lapsed, now };
    let mut found = contradiction::contradictions(state.sections, &contents, &facts);
    found.retain(|contradiction| signed.keys().any(|section| contradiction.blocks(section)));
    if found.is_empty() { Ok(()) } else { Err(PublishError::Contradiction(found)) }
}

fn parts<'a>(state: &PlanState<'a>, id: &SectionId) -> Result<(&'a Section, &'a Automerge), PublishError> {
    let section = state.sections.section(id).ok_or_else(|| PublishError::UnknownSection(id.clone()))?;
    Ok((section, document(state.documents, id)?))
}

fn sorted_heads(document: &Automerge) -> Vec<ChangeHash> {
    let mut heads = document.get_heads();
    heads.sort_unstable();
    heads
}

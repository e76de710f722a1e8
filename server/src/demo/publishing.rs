//! The publications of a plan's history, made when they would have been made.

use super::{DemoError, document::SectionDocument, history::History, world::World};
use crate::worker;
use automerge::{Automerge, ChangeHash};
use coplan_core::{
    demographics::Demographics,
    id::{PlanId, SectionId},
    policy::{Action, Granted, Role, Subject},
    print::CheckCode,
    publication::{self, Definitions, PlanState, Publication, PublishError, SectionRequest, Signer},
    time::UtcMillis,
    view::{Author, Authors, Circumstances, Custodian, Person},
};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// What has been published of a plan so far.
pub(super) struct Publishing<'p> {
    file: &'p str,
    plan: PlanId,
    person: Person,
    circumstances: Circumstances,
    world: &'p World<'p>,
    made: Vec<(Publication, Subject)>,
}

impl<'p> Publishing<'p> {
    pub(super) fn of(file: &'p str, history: &History, world: &'p World<'p>) -> Self {
        let circumstances = Circumstances {
            custodian: custodian(&history.begun_by, &history.demographics),
            demographics: Some(history.demographics.clone()),
            check: None,
        };
        let (plan, person) = (history.plan.clone(), history.person.clone());
        Self { file, plan, circumstances: circumstances.of(&person), person, world, made: Vec::new() }
    }

    pub(super) fn into_publications(self) -> Vec<(Publication, Subject)> {
        self.made
    }

    /// Publishes what needs no signature and has changed since it was published, and what has become disputed since it
    /// was signed, as the worker does seconds after an edit, but never later than `latest`.
    pub(super) fn by_itself(&mut self, documents: &[SectionDocument], latest: UtcMillis) -> Result<(), DemoError> {
        let Some(changed_at) = documents.iter().filter_map(SectionDocument::changed_at).max() else { return Ok(()) };
        let unsigned = documents.iter().filter(|document| document.section.publishes_itself());
        let changed = unsigned.filter_map(|document| Some((document, document.changed_at()?)));
        let changed = changed.filter(|(document, _)| self.heads(&document.section.id) != heads(document));
        let requests: Vec<_> = changed.map(|(document, at)| request(document, at, None)).collect();
        if requests.is_empty() && changed_at <= self.last_at() {
            return Ok(());
        }
        let at = changed_at.plus_ms(WORKER_MS).max(self.last_at()).min(latest);
        match self.publish(&requests, documents, &worker::system(), at) {
            Err(DemoError::Publish { source: PublishError::Nothing, .. }) => Ok(()),
            published => published,
        }
    }

    pub(super) fn signed(
        &mut self,
        sections: &[SectionId],
        by: &Subject,
        documents: &[SectionDocument],
        at: UtcMillis,
    ) -> Result<(), DemoError> {
        let mut granted: Vec<(&SectionDocument, Granted)> = Vec::new();
        for id in sections {
            let document = documents.iter().find(|document| document.section.id == *id);
            let document = document.ok_or_else(|| self.wrong(format!("no section `{id}` to sign")))?;
            let may_sign = self.world.decide(&self.plan, by, Action::Sign, &document.section);
            granted.push((document, may_sign.map_err(|denied| self.wrong(denied.to_string()))?));
        }
        let requests: Vec<_> = granted
            .iter()
            .map(|(document, granted)| {
                let signer = Signer { granted, subject: by };
                request(document, document.changed_at().unwrap_or(at), Some(signer))
            })
            .collect();
        self.publish(&requests, documents, by, at)
    }

    fn publish(
        &mut self,
        requests: &[SectionRequest<'_>],
        documents: &[SectionDocument],
        by: &Subject,
        at: UtcMillis,
    ) -> Result<(), DemoError> {
        let states: BTreeMap<SectionId, Automerge> =
            documents.iter().map(|document| (document.section.id.clone(), document.state.clone())).collect();
        let circumstances = Circumstances { check: self.check_address(), ..self.circumstances.clone() };
        let state = PlanState {
            plan: &self.plan,
            person: &self.person,
            circumstances: &circumstances,
            version: self.last().map_or(0, |last| last.version),
            withheld: self.last().is_some_and(|last| last.person.withheld),
            published: self.last().map_or(&[], |last| &last.sections),
            sections: self.world.sections,
            earlier: &Definitions::new(),
            documents: &states,
            lapsed: &BTreeSet::new(),
        };
        let made = publication::publish(&state, requests, at, |changes| authors(documents, changes))
            .map_err(|source| DemoError::Publish { file: self.file.to_owned(), source })?;
        self.made.push((made, by.clone()));
        Ok(())
    }

    fn last(&self) -> Option<&Publication> {
        self.made.last().map(|(publication, _)| publication)
    }

    /// The same world has the same codes: this one is invented like everything else.
    fn check_address(&self) -> Option<String> {
        let version = self.last().map_or(1, |last| last.version + 1);
        let hash = Sha256::digest(format!("check {} {version}", self.plan));
        let bytes: [u8; 10] = hash[..10].try_into().ok()?;
        self.world.store.check_address(&CheckCode::from_random(bytes))
    }

    fn heads(&self, section: &SectionId) -> Vec<ChangeHash> {
        let sections = self.last().into_iter().flat_map(|last| &last.sections);
        let published = sections.into_iter().find(|published| published.section == *section);
        published.map(|published| published.heads.clone()).unwrap_or_default()
    }

    fn last_at(&self) -> UtcMillis {
        self.last().map(|last| last.published_at).unwrap_or_default()
    }

    fn wrong(&self, reason: String) -> DemoError {
        DemoError::File { file: self.file.to_owned(), reason }
    }
}

/// Who keeps the plan: the organisation in whose name it was begun, or the practice of the person who began it.
fn custodian(begun_by: &Subject, demographics: &Demographics) -> Option<Custodian> {
    if matches!(begun_by.role, Role::Person | Role::Proxy) {
        let practice = demographics.gp_practice.as_ref()?;
        return Some(Custodian { code: practice.ods.parse().ok()?, name: practice.name.clone() });
    }
    Some(Custodian { code: begun_by.organisation.clone(), name: begun_by.organisation_name.clone() })
}

fn heads(document: &SectionDocument) -> Vec<ChangeHash> {
    let mut heads = document.state.get_heads();
    heads.sort_unstable();
    heads
}

/// Who made these changes, as the change log will say.
fn authors(documents: &[SectionDocument], changes: &BTreeMap<SectionId, BTreeSet<ChangeHash>>) -> Authors {
    let made = documents.iter().filter_map(|document| Some((document, changes.get(&document.section.id)?)));
    let made = made.flat_map(|(document, named)| document.changes.iter().filter(|made| named.contains(&made.hash)));
    made.map(|made| (made.hash, Author { by: made.subject.clone(), at: made.received_at })).collect()
}

fn request<'s>(document: &SectionDocument, changed_at: UtcMillis, signer: Option<Signer<'s>>) -> SectionRequest<'s> {
    SectionRequest { section: document.section.id.clone(), heads: heads(document), changed_at, signer }
}

/// How long after the last edit the worker publishes.
const WORKER_MS: i64 = 4_000;

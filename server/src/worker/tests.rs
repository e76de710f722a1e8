#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::plan;
use automerge::{Change, ReadDoc, transaction::Transactable};
use coplan_core::policy::{Access, Granted, PlanFacts};
use coplan_core::{
    content,
    id::SectionId,
    nhs_number::NhsNumber,
    section::{Kind, Sections},
    sync::{
        DocumentId,
        hub::{DocumentSave, NewChange, Save, SaveId},
    },
    view::{Person, ViewKind},
};

use std::sync::Arc;

const NOW: UtcMillis = UtcMillis(1_795_269_900_000);

struct World {
    worker: Worker,
    plans: Vec<PlanId>,
    _folder: tempfile::TempDir,
}

impl World {
    async fn with_plans(count: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("test.sqlite").to_str().unwrap()).await.unwrap();
        let sections = Arc::new(Sections::embedded());
        store.put_definitions(&sections, NOW).await.unwrap();
        let mut plans = Vec::new();
        for number in ["9990000018", "9990000026", "9990000034"].into_iter().take(count) {
            let nhs_number = NhsNumber::parse(number).unwrap();
            let (name, born) = ("An Invented Person".to_owned(), "1950-01-01".to_owned());
            store
                .put_person(&Person {
                    nhs_number: nhs_number.clone(),
                    name,
                    preferred_name: None,
                    born,
                    withheld: false,
                })
                .await
                .unwrap();
            plans.push(
                plan::create(&store, &sections, &Policies::embedded(), &system(), &nhs_number, NOW).await.unwrap(),
            );
        }
        let sections = CurrentSections::new(sections);
        Self {
            worker: Worker { store, sections, policies: Arc::new(Policies::embedded()), failing: HashMap::new() },
            plans,
            _folder: folder,
        }
    }

    fn granted(&self, plan: usize) -> Granted {
        let facts = PlanFacts::of_team(self.plans[plan].clone(), []);
        let access = Access { policies: &self.worker.policies, facts: &facts, now: NOW };
        access.decide(&system(), Action::ReadPublished, Resource::Plan).unwrap()
    }

    async fn document(&self, plan: usize, section: &str) -> DocumentId {
        let parts = self.worker.store.plan_sections(&self.granted(plan)).await.unwrap();
        *parts.iter().find(|part| part.section.as_str() == section).unwrap().document
    }

    /// Puts `text` into the first text field of a section, as an edit that arrived at `at`.
    async fn type_into(&self, plan: usize, section: &str, text: &str, at: UtcMillis) {
        let document = self.document(plan, section).await;
        let stored = self.worker.store.load_document(&document).await.unwrap().unwrap();
        let bytes: Vec<u8> = stored.changes.iter().flat_map(|change| change.bytes.to_vec()).collect();
        let mut state = content::load_document(&bytes).unwrap().with_actor(automerge::ActorId::from(&[9; 16][..]));
        let fields = state.get(automerge::ROOT, "fields").unwrap().unwrap().1;
        let section_id: SectionId = section.parse().unwrap();
        let sections = self.worker.sections.get();
        let definition = sections.section(&section_id).unwrap();
        let field = definition.fields.iter().find(|field| field.kind == Kind::Text).unwrap();
        let target = state.get(&fields, field.id.as_str()).unwrap().unwrap().1;
        let mut transaction = state.transaction();
        transaction.splice_text(&target, 0, 0, text).unwrap();
        transaction.commit();
        let change = state.get_last_local_change().unwrap();
        let saves = vec![self.save(plan, section, document, &change, at)];
        assert!(self.worker.store.save(saves).await.iter().all(|(_, answer)| answer.is_ok()));
    }

    fn save(&self, plan: usize, section: &str, document: DocumentId, change: &Change, at: UtcMillis) -> Save {
        let change = NewChange {
            hash: change.hash(),
            deps: change.deps().to_vec(),
            actor: change.actor_id().clone(),
            seq: change.seq(),
            bytes: change.raw_bytes().to_vec().into(),
            ops: change.len() as u64,
            claimed_at_s: 0,
            received_at: at,
            subject: system(),
        };
        let section: SectionId = section.parse().unwrap();
        let plan = self.plans[plan].clone();
        let documents = vec![DocumentSave { document, plan, section, changes: vec![change], refused: Vec::new() }];
        Save { id: SaveId(1), documents }
    }

    async fn version(&self, plan: usize) -> u32 {
        let newest = self.worker.store.publication(&self.granted(plan), None).await.unwrap();
        newest.map_or(0, |newest| newest.version)
    }

    async fn person_view(&self, plan: usize) -> String {
        let view = self.worker.store.view(&self.granted(plan), ViewKind::Person, None).await.unwrap().unwrap();
        String::from_utf8(view.bytes).unwrap()
    }
}

#[tokio::test]
async fn an_edit_is_published_once_it_is_quiet_and_never_twice() {
    let mut world = World::with_plans(1).await;
    world.worker.round(NOW.plus_ms(60_000)).await.unwrap();
    assert_eq!(world.version(0).await, 0, "a new plan has nothing to show");

    world.type_into(0, "about-me", "I like the sea.", NOW).await;
    world.worker.round(NOW.plus_ms(QUIET_MS - 1)).await.unwrap();
    assert_eq!(world.version(0).await, 0);
    world.worker.round(NOW.plus_ms(QUIET_MS)).await.unwrap();
    assert_eq!(world.version(0).await, 1);
    assert!(world.person_view(0).await.contains("I like the sea."));
    world.worker.round(NOW.plus_ms(60_000)).await.unwrap();
    assert_eq!(world.version(0).await, 1);
}

#[tokio::test]
async fn somebody_who_never_pauses_is_published_all_the_same() {
    let mut world = World::with_plans(1).await;
    for second in 0..4 {
        let now = NOW.plus_ms(second * 1_000);
        world.type_into(0, "about-me", "More. ", now).await;
        world.worker.round(now).await.unwrap();
        assert_eq!(world.version(0).await, 0, "second {second}");
    }
    world.type_into(0, "about-me", "More. ", NOW.plus_ms(WAITING_MS_MAX)).await;
    world.worker.round(NOW.plus_ms(WAITING_MS_MAX)).await.unwrap();
    assert_eq!(world.version(0).await, 1);
}

#[tokio::test]
async fn a_section_that_somebody_must_sign_does_not_publish_itself() {
    let mut world = World::with_plans(1).await;
    world.type_into(0, "contingency", "Drafted, not signed.", NOW).await;
    world.worker.round(NOW.plus_ms(60_000)).await.unwrap();
    assert_eq!(world.version(0).await, 0);
    assert!(world.worker.store.due(NOW.plus_ms(60_000), NOW).await.unwrap().is_empty(), "and is no longer due");
}

#[tokio::test]
async fn a_plan_that_fails_is_put_off_longer_and_longer_and_holds_up_nobody() {
    let mut world = World::with_plans(2).await;
    let broken = world.document(0, "about-me").await;
    world.type_into(0, "about-me", "first", NOW).await;
    world.type_into(1, "about-me", "second", NOW).await;
    world.worker.store.damage_for_test(&broken).await;

    let mut tried_at = Vec::new();
    for second in 2..70 {
        let now = NOW.plus_ms(second * 1_000);
        let before = world.worker.failing.get(&world.plans[0]).map(|(times, _)| *times);
        world.worker.round(now).await.unwrap();
        if world.worker.failing.get(&world.plans[0]).map(|(times, _)| *times) != before {
            tried_at.push(second);
        }
    }
    assert_eq!(tried_at, [2, 3, 5, 9, 17, 33, 65]);
    assert_eq!((world.version(0).await, world.version(1).await), (0, 1));
}

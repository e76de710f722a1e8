//! The demo world is whole, invented, and of the same stuff as what clients write.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use coplan_core::{
    conflict, content, decision,
    demographics::Restriction,
    id::PlanId,
    policy::{Access, Action, Granted, ObjectionGrade, PlanFacts, Policies, Resource, Role, Subject},
    section::{Sections, SignOff},
    sync::{guard, hub::StoredChange, index::Index},
    time::UtcMillis,
    view::ViewKind,
};
use coplan_server::{
    demo::{self, DemoError},
    store::{AccountKind, Plan, PlanPage, Store},
    worker,
};
use std::collections::{BTreeMap, BTreeSet};

/// 21 November 2026, 14:05.
const NOW: UtcMillis = UtcMillis(1_795_269_900_000);
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

struct World {
    store: Store,
    sections: Sections,
    folder: tempfile::TempDir,
}

impl World {
    async fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("coplan.db");
        let store = Store::open(path.to_str().unwrap()).await.unwrap();
        Self { store, sections: Sections::embedded(), folder }
    }

    async fn made() -> Self {
        let world = Self::empty().await;
        demo::make(&world.store, &world.sections, NOW).await.unwrap();
        world
    }

    async fn plans(&self) -> Vec<Plan> {
        self.store.plans(&PlanPage { limit: 1000, ..PlanPage::default() }).await.unwrap()
    }

    /// Every section of every plan, with its document's changes from the genesis on.
    async fn documents(&self) -> Vec<Document> {
        let mut documents = Vec::new();
        for plan in self.plans().await {
            for part in self.store.plan_sections(&see(&plan.id)).await.unwrap() {
                let stored = self.store.load_document(&part.document).await.unwrap().unwrap();
                let section = part.section.to_string();
                documents.push(Document {
                    plan: plan.id.clone(),
                    section,
                    changes: stored.changes,
                    actors: stored.actors,
                });
            }
        }
        documents
    }
}

struct Document {
    plan: PlanId,
    section: String,
    changes: Vec<StoredChange>,
    actors: Vec<(automerge::ActorId, coplan_core::id::UserId)>,
}

impl Document {
    fn load(&self) -> automerge::Automerge {
        let bytes: Vec<u8> = self.changes.iter().flat_map(|change| change.bytes.to_vec()).collect();
        content::load_document(&bytes).unwrap()
    }
}

fn see(plan: &PlanId) -> Granted {
    granted(plan, Action::See)
}

fn granted(plan: &PlanId, action: Action) -> Granted {
    let doctor = Subject { role: Role::Doctor, ..worker::system() };
    let facts = PlanFacts::of_team(plan.clone(), [doctor.organisation.clone()]);
    let access = Access { policies: &Policies::embedded(), facts: &facts, now: NOW };
    access.decide(&doctor, action, Resource::Plan).unwrap()
}

#[tokio::test]
async fn the_demo_world_is_large_enough_to_be_real() {
    let world = World::made().await;
    let accounts = world.store.accounts().await.unwrap();
    let organisations: BTreeSet<_> = accounts.iter().map(|account| &account.organisation.code).collect();
    assert!(organisations.len() >= 12, "{} organisations", organisations.len());
    assert!(accounts.len() >= 30, "{} accounts", accounts.len());
    let roles: BTreeSet<Role> = accounts.iter().map(|account| account.role).collect();
    let staff =
        [Role::SocialCare, Role::RegisteredProfessional, Role::Doctor, Role::Specialist, Role::Pharmacist, Role::Crew];
    assert!(staff.iter().all(|role| roles.contains(role)), "{roles:?}");
    assert!(accounts.iter().all(|account| (account.kind == AccountKind::Crew) == (account.role == Role::Crew)));
    let plans = world.plans().await;
    assert!(plans.len() >= 40, "{} plans", plans.len());
    let numbers: BTreeSet<&str> = plans.iter().map(|plan| plan.person.nhs_number.as_str()).collect();
    assert_eq!(numbers.len(), plans.len());
    // An `NhsNumber` that exists has a right check digit; 999 is the range that is never given out.
    assert!(numbers.iter().all(|number| number.starts_with("999")));
}

#[tokio::test]
async fn the_names_are_of_many_scripts() {
    let world = World::made().await;
    let plans = world.plans().await;
    let names: String = plans.iter().map(|plan| plan.person.name.as_str()).collect();
    let scripts = [
        ("Yoruba", "ọ"),
        ("Polish", "ł"),
        ("Turkish", "ı"),
        ("Vietnamese", "ễ"),
        ("Greek", "Γ"),
        ("Cyrillic", "О"),
        ("Hebrew", "א"),
        ("Arabic", "م"),
        ("Devanagari", "ग"),
        ("Bengali", "র"),
        ("Gurmukhi", "ਹ"),
        ("Tamil", "ச"),
        ("Thai", "ส"),
        ("Georgian", "გ"),
        ("Ethiopic", "ት"),
        ("Hangul", "김"),
        ("Han", "陈"),
    ];
    let missing: Vec<_> = scripts.iter().filter(|(_, letter)| !names.contains(letter)).collect();
    assert!(missing.is_empty(), "no name in {missing:?}");
    assert!(plans.iter().filter(|plan| plan.person.preferred_name.is_some()).count() > 40);
}

#[tokio::test]
async fn every_document_loads_and_conforms_to_its_definition() {
    let world = World::made().await;
    for document in world.documents().await {
        let section = world.sections.section(&document.section.parse().unwrap()).unwrap();
        let content = content::read(&document.load(), None, section);
        assert!(content.problems.is_empty(), "{} {}: {:?}", document.plan, document.section, content.problems);
    }
}

#[tokio::test]
async fn every_section_is_filled_in_several_plans_and_modules_where_they_fit() {
    let world = World::made().await;
    let mut filled: BTreeMap<String, usize> = BTreeMap::new();
    let (mut allergies, mut medicines, mut tasks) = (0, 0, 0);
    for document in world.documents().await {
        let section = world.sections.section(&document.section.parse().unwrap()).unwrap();
        let content = content::read(&document.load(), None, section);
        let has = |field: &str| usize::from(content.fields.iter().any(|held| held.field.as_str() == field));
        *filled.entry(document.section.clone()).or_default() += usize::from(!content.fields.is_empty());
        allergies += has("allergies") + has("no_known_allergies");
        medicines += has("current_medicines");
        tasks += has("tasks");
    }
    for section in world.sections.in_order() {
        let least = if section.pathway.is_some() { 2 } else { 3 };
        let plans = filled.get(section.id.as_str()).copied().unwrap_or_default();
        assert!(plans >= least, "{}: filled in {plans} plans", section.id);
    }
    assert!(allergies >= 40 && medicines >= 40 && tasks >= 35, "{allergies} {medicines} {tasks}");
}

#[tokio::test]
async fn every_kind_of_decision_that_fits_is_recorded_and_one_recommendation_is_disputed() {
    let world = World::made().await;
    let (mut kinds, mut disputed, mut endorsed, mut superseded) = (BTreeSet::new(), Vec::new(), 0, 0);
    for document in world.documents().await.iter().filter(|document| document.section == "decisions") {
        let section = world.sections.section(&document.section.parse().unwrap()).unwrap();
        for kind in decision::read(&document.load(), None, section) {
            if kind.is_disputed() {
                disputed.push(format!("{} {}", document.plan, kind.field));
            }
            endorsed += kind.records.iter().filter(|record| record.endorsed.is_some()).count();
            superseded += kind.records.iter().filter(|record| !record.superseded_by.is_empty()).count();
            kinds.extend((!kind.records.is_empty()).then(|| kind.field.to_string()));
        }
    }
    assert!(kinds.len() >= 14, "{kinds:?}");
    assert_eq!(disputed, ["demo-017 cpr"]);
    assert!(endorsed >= 10 && superseded >= 2, "{endorsed} {superseded}");
}

#[tokio::test]
async fn a_box_has_been_moved_to_two_places_at_once_and_suggestions_wait() {
    let world = World::made().await;
    let mut found = Vec::new();
    for document in world.documents().await {
        let section = world.sections.section(&document.section.parse().unwrap()).unwrap();
        for conflict in conflict::conflicts(&document.load(), None, section) {
            found.push(format!("{} {} {}", document.plan, document.section, conflict.path));
        }
    }
    assert!(found.contains(&"demo-002 medicines box_location".to_owned()), "{found:?}");
    assert!(found.len() <= 6, "few things are disputed, or nobody would look: {found:?}");
    let mut open = 0;
    for plan in world.plans().await {
        open += world.store.suggestions(&see(&plan.id), true).await.unwrap().len();
    }
    assert!(open >= 8, "{open} suggestions");
}

#[tokio::test]
async fn every_change_is_one_that_the_guard_admits_from_its_author() {
    let world = World::made().await;
    for document in world.documents().await {
        let section = world.sections.section(&document.section.parse().unwrap()).unwrap();
        let mut first = automerge::Automerge::new();
        let mut changes = document.changes.iter();
        let genesis = changes.next().unwrap();
        first.load_incremental(&genesis.bytes).unwrap();
        let mut index = Index::build(&first, section, &[]).unwrap();
        let actors: BTreeMap<_, _> = document.actors.iter().cloned().collect();
        for change in changes {
            let candidate = guard::chunk(&change.bytes).unwrap();
            let actor = automerge::Change::try_from(&change.bytes[..]).unwrap().actor_id().clone();
            let user = &actors[&actor];
            let admitted = match section.is_decided() {
                true => index.admit_decision(&candidate, section, user),
                false => index.admit(&candidate, section, user),
            };
            assert!(admitted.is_ok(), "{} {}: {admitted:?}", document.plan, document.section);
        }
    }
}

#[tokio::test]
async fn plans_have_weeks_of_history_by_several_authors_and_nothing_from_the_future() {
    let world = World::made().await;
    let mut authors: BTreeMap<PlanId, BTreeSet<String>> = BTreeMap::new();
    let mut times: BTreeMap<PlanId, Vec<i64>> = BTreeMap::new();
    let (mut written_at_once, mut merges, mut changes) = (0, 0, 0);
    for document in world.documents().await {
        let users = document.actors.iter().map(|(_, user)| user.to_string());
        authors.entry(document.plan.clone()).or_default().extend(users);
        let mut last = document.changes[0].hash;
        for change in &document.changes[1..] {
            let read = automerge::Change::try_from(&change.bytes[..]).unwrap();
            times.entry(document.plan.clone()).or_default().push(read.timestamp() * 1000);
            written_at_once += usize::from(read.seq() == 1 && !read.deps().contains(&last));
            merges += usize::from(read.deps().len() > 1);
            last = change.hash;
            changes += 1;
        }
    }
    assert!(changes > 1000, "{changes} changes");
    assert!(written_at_once >= 5, "{written_at_once} times somebody wrote without having seen the last sitting");
    assert!(merges >= 3, "{merges} changes that bring together what two people wrote at once");
    assert!(authors.values().filter(|authors| authors.len() >= 4).count() >= 15, "{authors:?}");
    let weeks = |times: &Vec<i64>| (times.iter().max().unwrap() - times.iter().min().unwrap()) / (7 * DAY_MS);
    assert!(times.values().filter(|times| weeks(times) >= 5).count() >= 10);
    assert!(times.values().flatten().all(|time| *time < NOW.0 && *time > NOW.0 - 80 * DAY_MS));
}

#[tokio::test]
async fn plans_are_published_some_signed_and_some_edited_since() {
    let world = World::made().await;
    let (mut published, mut signed, mut edited_since) = (0, 0, 0);
    for plan in world.plans().await {
        let granted = granted(&plan.id, Action::ReadPublished);
        let Some(newest) = world.store.publication(&granted, None).await.unwrap() else { continue };
        published += 1;
        for view in ViewKind::ALL {
            assert!(world.store.view(&granted, view, None).await.unwrap().is_some(), "{} {view:?}", plan.id);
        }
        for section in newest.sections.iter().filter(|section| section.sign_off != SignOff::None) {
            assert!(section.signed.as_ref().is_some_and(|signed| signed.at < NOW));
            signed += 1;
            let parts = world.store.plan_sections(&see(&plan.id)).await.unwrap();
            let part = parts.iter().find(|part| part.section == section.section).unwrap();
            let stored = world.store.load_document(&part.document).await.unwrap().unwrap();
            let latest = stored.changes.last().unwrap().hash;
            edited_since += usize::from(!section.heads.contains(&latest));
        }
    }
    assert!(published >= 40, "{published} plans published");
    assert!(signed >= 30, "{signed} sections signed");
    assert!(edited_since >= 5, "{edited_since} sections edited since they were signed");
    assert!(world.store.due(NOW, NOW).await.unwrap().is_empty(), "nothing is left for the worker");
}

#[tokio::test]
async fn the_same_moment_makes_the_same_world() {
    let (one, other) = (World::made().await, World::made().await);
    let hashes = |documents: Vec<Document>| -> Vec<_> {
        documents.iter().flat_map(|document| document.changes.iter().map(|change| change.hash)).collect()
    };
    assert_eq!(hashes(one.documents().await), hashes(other.documents().await));
    for plan in one.plans().await {
        let granted = granted(&plan.id, Action::ReadPublished);
        let of_one = one.store.publication(&granted, None).await.unwrap().map(|it| (it.version, it.hash));
        let of_other = other.store.publication(&granted, None).await.unwrap().map(|it| (it.version, it.hash));
        assert_eq!(of_one, of_other);
    }
}

#[tokio::test]
async fn a_second_making_changes_nothing_and_another_databases_plans_are_left_alone() {
    let world = World::made().await;
    let before = world.documents().await.iter().map(|document| document.changes.len()).sum::<usize>();
    demo::make(&world.store, &world.sections, NOW.plus_ms(DAY_MS)).await.unwrap();
    let after = world.documents().await.iter().map(|document| document.changes.len()).sum::<usize>();
    assert_eq!(before, after);

    let real = World::empty().await;
    let plan = &world.plans().await[0];
    real.store.put_person(&plan.person).await.unwrap();
    let id = "somebodys".parse().unwrap();
    let by = worker::system();
    real.store.create_plan(&id, &plan.person.nhs_number, &[], &by, NOW).await.unwrap().unwrap();
    let refused = demo::make(&real.store, &real.sections, NOW).await;
    assert!(matches!(refused, Err(DemoError::NotEmpty)), "{refused:?}");
    assert_eq!(real.plans().await.len(), 1);
    assert!(real.folder.path().exists());
}

#[tokio::test]
async fn who_may_see_what_differs_where_it_is_meant_to_and_nowhere_else() {
    let world = World::made().await;
    let (mut restricted, mut objecting, mut elsewhere, mut own) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for plan in world.plans().await {
        let facts = world.store.facts(&plan.id).await.unwrap();
        own += usize::from(facts.person.is_some());
        if facts.restriction.is_some_and(|restriction| restriction != Restriction::Unrestricted) {
            assert!(plan.person.withheld && facts.members.len() == 3, "{facts:?}");
            restricted.push(plan.id.clone());
        }
        if let Some(objection) = facts.objections.first() {
            assert_eq!(objection.grade, ObjectionGrade::EmergencyOnly);
            assert!(objection.until.is_some_and(|until| until.since_ms(NOW) > 180 * DAY_MS));
            objecting.push(plan.id.clone());
        }
        if !facts.care_team.contains(&"Z9A01".parse().unwrap()) {
            assert_eq!(facts.home, Some("Z8A01".parse().unwrap()));
            assert!(!facts.parties[&"Z9A01".parse().unwrap()].emergency_only, "they may say that they care for her");
            elsewhere.push(plan.id.clone());
        }
        let at_home = elsewhere.contains(&plan.id);
        assert_eq!(facts.parties[&"Z8G01".parse().unwrap()].emergency_only, !at_home, "across the border, that is");
        let whole = restricted.contains(&plan.id) || elsewhere.contains(&plan.id);
        assert!(whole || facts.care_team.len() == 20, "{}: {} organisations", plan.id, facts.care_team.len());
    }
    assert_eq!((restricted.len(), objecting.len(), elsewhere.len(), own), (2, 1, 1, 7));
    let daughter = "p-pemberton".parse().unwrap();
    let roles = world.store.roles_of(&daughter).await.unwrap();
    assert_eq!(roles.iter().map(|(_, role)| role.role).collect::<Vec<_>>(), [Role::Proxy]);
    assert_eq!(world.store.roles_of(&"dr-bello".parse().unwrap()).await.unwrap().len(), 2);
    let accounts = world.store.accounts().await.unwrap();
    let officers = accounts.iter().filter(|account| account.role == Role::PrivacyOfficer);
    let officers: BTreeSet<_> = officers.map(|account| account.organisation.code.as_str()).collect();
    assert_eq!(officers, BTreeSet::from(["Z9A01", "Z9D01", "Z9G01"]));
}

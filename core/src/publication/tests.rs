#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

mod disputes;

use super::*;
use crate::{
    content::{
        edit::{self, Edit},
        empty_document, genesis, load_document,
    },
    policy::{Access, Action, PlanFacts, Policies, Resource, Role, Scope},
    section::Section,
};
use automerge::ActorId;
use proptest::prelude::*;
use serde_json::{Value, json};

const SIGNED: &str = r#"
id = "crisis"
title = "Crisis"
version = 1
order = 2
summary = "Signed by a senior."
source = "invented"
writes = ["doctor", "registered-professional"]
audiences = ["clinician", "emergency", "person"]
sign_off = "senior"
field = [
  { id = "what", label = "What to do", type = "line", merge = "C!", max_chars = 80, required = true },
  { id = "dose", label = "Dose", type = "group", merge = "C!", part = [
    { id = "drug", label = "Drug", type = "line", merge = "C!", max_chars = 40, required = true },
    { id = "route", label = "Route", type = "line", merge = "C!", max_chars = 40 } ] },
  { id = "steps", label = "Steps", type = "list", merge = "S+", item_name = "step", required = true, item = [
    { id = "do", label = "Do", type = "line", merge = "R", max_chars = 80, required = true } ] },
]
"#;

const FREE: &str = r#"
id = "story"
title = "Story"
version = 1
order = 1
summary = "Goes out by itself."
source = "invented"
writes = ["doctor", "person"]
audiences = ["clinician", "emergency", "person"]
sign_off = "none"
field = [
  { id = "likes", label = "Likes", type = "text", merge = "T", max_chars = 200 },
  { id = "phone", label = "Phone", type = "phone", merge = "C!", required = true },
]
"#;

struct World {
    sections: Sections,
    earlier: Definitions,
    documents: BTreeMap<SectionId, Automerge>,
    lapsed: BTreeSet<UserId>,
    plan: PlanId,
    person: Person,
    circumstances: Circumstances,
    version: u32,
    published: Vec<PublishedSection>,
}

impl World {
    fn new() -> Self {
        Self::of(&[("crisis.toml", SIGNED), ("story.toml", FREE)])
    }

    fn of(files: &[(&str, &str)]) -> Self {
        let sections =
            Sections::load(files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))).unwrap();
        let opened = |section: &Section| {
            let mut document = empty_document().with_actor(ActorId::from([1; 16]));
            document.apply_changes([genesis(section)]).unwrap();
            (section.id.clone(), document)
        };
        Self {
            documents: sections.in_order().into_iter().map(|section| opened(section)).collect(),
            sections,
            earlier: Definitions::new(),
            lapsed: BTreeSet::new(),
            plan: "p1".parse().unwrap(),
            person: Person {
                nhs_number: "9990000018".parse().unwrap(),
                name: "Zofia Nowak".to_owned(),
                preferred_name: Some("Zosia".to_owned()),
                born: "1950-12-31".to_owned(),
                withheld: false,
            },
            circumstances: Circumstances::default(),
            version: 0,
            published: Vec::new(),
        }
    }

    /// One in which `crisis` can be signed.
    fn complete() -> Self {
        let mut world = Self::new();
        world.edit("crisis", json!({"set": {"field": "what", "value": "Ring the ward"}}));
        world.edit("crisis", json!({"add-item": {"field": "steps", "id": "a", "values": {"do": "Warmth"}}}));
        world.edit("story", json!({"set-text": {"field": "likes", "text": "Gardens"}}));
        world
    }

    fn edit(&mut self, section: &str, edit: Value) {
        let definition = self.section(section);
        edit_document(self.documents.get_mut(&id(section)).unwrap(), &definition, edit);
    }

    fn section(&self, section: &str) -> Section {
        (**self.sections.section(&id(section)).unwrap()).clone()
    }

    fn heads(&self, section: &str) -> Vec<ChangeHash> {
        self.documents[&id(section)].get_heads()
    }

    fn publish(&mut self, requests: &[SectionRequest<'_>], now: i64) -> Result<Publication, PublishError> {
        let publication = publish(&self.state(), requests, UtcMillis(now), |_| Authors::new())?;
        self.version = publication.version;
        self.published = publication.sections.clone();
        Ok(publication)
    }

    fn state(&self) -> PlanState<'_> {
        PlanState {
            plan: &self.plan,
            person: &self.person,
            circumstances: &self.circumstances,
            version: self.version,
            withheld: false,
            published: &self.published,
            sections: &self.sections,
            earlier: &self.earlier,
            documents: &self.documents,
            lapsed: &self.lapsed,
        }
    }

    fn granted(&self, subject: &Subject) -> Granted {
        let section = self.section("crisis");
        granted_for(&self.plan, subject, Action::Sign, &section).unwrap()
    }
}

/// What the rules hand out to somebody whose organisation looks after the person.
fn granted_for(plan: &PlanId, subject: &Subject, action: Action, section: &Section) -> Option<Granted> {
    let facts = PlanFacts::of_team(plan.clone(), [subject.organisation.clone()]);
    let access = Access { policies: &Policies::embedded(), facts: &facts, now: UtcMillis(0) };
    access.decide(subject, action, Resource::Section(section)).ok()
}

fn edit_document(document: &mut Automerge, section: &Section, value: Value) {
    let edit: Edit = serde_json::from_value(value).unwrap();
    edit::apply(document, section, &edit, 0).unwrap();
}

fn id(section: &str) -> SectionId {
    section.parse().unwrap()
}

fn subject(user: &str, role: Role) -> Subject {
    Subject {
        user: user.parse().unwrap(),
        name: format!("Name of {user}"),
        role,
        job_title: "Consultant".to_owned(),
        organisation: "RX1".parse().unwrap(),
        organisation_name: "Northgate Hospital".to_owned(),
        registration: Some("GMC 7000001".to_owned()),
        senior: matches!(role, Role::Doctor | Role::Specialist),
        scope: Scope::default(),
    }
}

fn request<'a>(section: &str, heads: Vec<ChangeHash>, signer: Option<Signer<'a>>) -> SectionRequest<'a> {
    SectionRequest { section: id(section), heads, changed_at: UtcMillis(5), signer }
}

fn blocked(error: PublishError) -> Vec<String> {
    match error {
        PublishError::MissingRequired(fields) | PublishError::OpenConflicts(fields) => fields
            .into_iter()
            .map(|blocked| format!("{} {} {}", blocked.section, blocked.field, blocked.label))
            .collect(),
        other => vec![other.to_string()],
    }
}

fn settled(path: &str, value: &str) -> Value {
    json!({"settle": {"path": path, "choice": {"value": value}, "reason": "Asked the person"}})
}

#[test]
fn a_signed_section_is_frozen_at_its_heads_with_its_signer() {
    let mut world = World::complete();
    let doctor = subject("doctor", Role::Doctor);
    let granted = world.granted(&doctor);
    let signer = Some(Signer { granted: &granted, subject: &doctor });
    let heads = world.heads("crisis");
    let first = world.publish(&[request("crisis", heads.clone(), signer)], 100).unwrap();
    let frozen = &first.sections[0];
    assert_eq!((first.version, first.published_at, first.sections.len()), (1, UtcMillis(100), 1));
    assert_eq!((&frozen.heads, frozen.since_version, frozen.since_at), (&heads, 1, UtcMillis(100)));
    assert_eq!(frozen.signed, Some(Signed { by: doctor.clone(), at: UtcMillis(100) }));
    // A later edit does not reach readers until it is signed; what needs no signature goes out beside it.
    world.edit("crisis", json!({"set": {"field": "what", "value": "Something newer"}}));
    let story = world.heads("story");
    let second = world.publish(&[request("story", story, None)], 200).unwrap();
    assert_eq!(second.version, 2);
    assert_eq!(second.sections[0], first.sections[0]);
    assert_eq!((second.sections[1].since_version, second.sections[1].since_at), (2, UtcMillis(5)));
    let urgent = String::from_utf8(second.views[0].1.clone()).unwrap();
    assert!(urgent.contains("Ring the ward") && urgent.contains("Gardens") && !urgent.contains("newer"));
}

#[test]
fn nobody_publishes_a_signing_section_without_the_proof_that_they_may_sign_it() {
    let mut world = World::complete();
    let (doctor, other) = (subject("doctor", Role::Doctor), subject("other", Role::Doctor));
    let granted = world.granted(&doctor);
    let section = world.section("crisis");
    let elsewhere = "p2".parse().unwrap();
    let write = granted_for(&world.plan, &doctor, Action::Write, &section).unwrap();
    let another_plan = granted_for(&elsewhere, &doctor, Action::Sign, &section).unwrap();
    let mut renamed = section.clone();
    renamed.id = id("other");
    let another_section = granted_for(&world.plan, &doctor, Action::Sign, &renamed).unwrap();
    let heads = world.heads("crisis");
    let refused = [
        None,
        Some(Signer { granted: &granted, subject: &other }),
        Some(Signer { granted: &write, subject: &doctor }),
        Some(Signer { granted: &another_plan, subject: &doctor }),
        Some(Signer { granted: &another_section, subject: &doctor }),
    ];
    for signer in refused {
        let error = world.publish(&[request("crisis", heads.clone(), signer)], 1).unwrap_err();
        assert_eq!((error.code(), error), ("not-allowed", PublishError::NotAllowed(id("crisis"))));
    }
}

#[test]
fn heads_must_be_in_the_document_and_never_behind_what_was_published() {
    let mut world = World::complete();
    let old = world.heads("story");
    world.edit("story", json!({"set-text": {"field": "likes", "text": "Gardens and trains"}}));
    let new = world.heads("story");
    let unknown = vec![ChangeHash([9; 32])];
    let mixed = vec![new[0], unknown[0]];
    for heads in [Vec::new(), unknown, mixed] {
        let error = world.publish(&[request("story", heads, None)], 1).unwrap_err();
        assert_eq!((error.code(), error), ("unknown-heads", PublishError::UnknownHeads(id("story"))));
    }
    world.publish(&[request("story", new.clone(), None)], 1).unwrap();
    let error = world.publish(&[request("story", old.clone(), None)], 2).unwrap_err();
    assert_eq!((error.code(), error), ("superseded-heads", PublishError::SupersededHeads(id("story"))));
    // A branch that has not seen what was published is behind it too.
    let section = world.section("story");
    let mut branch = world.documents[&id("story")].fork_at(&old).unwrap().with_actor(ActorId::from([7; 16]));
    edit_document(&mut branch, &section, json!({"set": {"field": "phone", "value": "999"}}));
    let aside = branch.get_heads();
    world.documents.get_mut(&id("story")).unwrap().merge(&mut branch).unwrap();
    assert_eq!(world.publish(&[request("story", aside.clone(), None)], 2).unwrap_err().code(), "superseded-heads");
    let both = vec![aside[0], new[0], aside[0]];
    let publication = world.publish(&[request("story", both, None)], 3).unwrap();
    assert_eq!(publication.sections[0].heads, world.heads("story"));
}

#[test]
fn what_is_required_must_be_there_before_a_signature_and_only_then() {
    let mut world = World::new();
    let doctor = subject("doctor", Role::Doctor);
    let granted = world.granted(&doctor);
    let signer = Some(Signer { granted: &granted, subject: &doctor });
    let told = |world: &mut World| {
        let heads = world.heads("crisis");
        blocked(world.publish(&[request("crisis", heads, signer)], 1).unwrap_err())
    };
    assert_eq!(told(&mut world), ["crisis what What to do", "crisis steps Steps"]);
    world.edit("crisis", json!({"set": {"field": "what", "value": "Ring"}}));
    world.edit("crisis", json!({"set-group": {"field": "dose", "values": {"route": "oral"}}}));
    world.edit("crisis", json!({"add-item": {"field": "steps", "id": "a", "values": {}}}));
    assert_eq!(told(&mut world), ["crisis dose.drug Drug", "crisis steps.a.do Do"]);
    world.edit("crisis", json!({"clear": {"field": "dose"}}));
    world.edit("crisis", json!({"remove-item": {"field": "steps", "item": "a", "reason": "empty"}}));
    assert_eq!(told(&mut world), ["crisis steps Steps"]);
    let free = world.heads("story");
    assert!(world.publish(&[request("story", free, None)], 1).is_ok(), "goes out by itself, however little it holds");
}

#[test]
fn a_disputed_field_is_never_signed() {
    let mut world = World::complete();
    let section = world.section("crisis");
    let mut other = world.documents[&id("crisis")].fork().with_actor(ActorId::from([2; 16]));
    edit_document(&mut other, &section, json!({"set": {"field": "what", "value": "Wait"}}));
    world.edit("crisis", json!({"set": {"field": "what", "value": "Do not wait"}}));
    world.documents.get_mut(&id("crisis")).unwrap().merge(&mut other).unwrap();
    let doctor = subject("doctor", Role::Doctor);
    let granted = world.granted(&doctor);
    let signer = Some(Signer { granted: &granted, subject: &doctor });
    let heads = world.heads("crisis");
    let error = world.publish(&[request("crisis", heads, signer)], 1).unwrap_err();
    assert_eq!(error.code(), "open-conflicts");
    assert_eq!(blocked(error), ["crisis what What to do"]);
    // Nor one of the two states as it was before they met: that screen did not show what the other wrote.
    let before = other.get_heads();
    assert_eq!(
        blocked(world.publish(&[request("crisis", before, signer)], 1).unwrap_err()),
        ["crisis what What to do"]
    );
    // Nor after somebody wrote a third thing over it without a word.
    world.edit("crisis", json!({"set": {"field": "what", "value": "Do neither"}}));
    let heads = world.heads("crisis");
    assert_eq!(world.publish(&[request("crisis", heads, signer)], 1).unwrap_err().code(), "open-conflicts");
    world.edit("crisis", settled("what", "Do neither"));
    let heads = world.heads("crisis");
    assert!(world.publish(&[request("crisis", heads, signer)], 1).is_ok());
}

#[test]
fn all_requested_sections_are_published_or_none() {
    let mut world = World::complete();
    let (story, crisis) = (world.heads("story"), world.heads("crisis"));
    let mixed = [request("story", story.clone(), None), request("crisis", crisis, None)];
    assert_eq!(world.publish(&mixed, 1).unwrap_err().code(), "not-allowed");
    assert_eq!((world.version, world.published.len()), (0, 0));
    let twice = [request("story", story.clone(), None), request("story", story.clone(), None)];
    assert_eq!(world.publish(&twice, 1).unwrap_err(), PublishError::Twice(id("story")));
    assert_eq!(world.publish(&[], 1).unwrap_err(), PublishError::Nothing);
    let unknown = [request("unknown", story, None)];
    assert_eq!(world.publish(&unknown, 1).unwrap_err(), PublishError::UnknownSection(id("unknown")));
}

#[test]
fn the_hash_covers_every_section_and_every_byte_of_every_view() {
    let mut world = World::complete();
    let heads = world.heads("story");
    let publication = world.publish(&[request("story", heads, None)], 1).unwrap();
    let honest = publication.hash;
    assert_eq!(hash(&publication.sections, &publication.views), honest);
    for at in 0..publication.views.len() {
        let mut views = publication.views.clone();
        views[at].1[10] ^= 1;
        assert_ne!(hash(&publication.sections, &views), honest);
    }
    let mut sections = publication.sections.clone();
    sections[0].heads[0].0[0] ^= 1;
    assert_ne!(hash(&sections, &publication.views), honest);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_view_can_be_made_again_byte_for_byte_from_the_change_log(
        rounds in prop::collection::vec(("[a-z ]{1,12}", any::<bool>()), 1..12),
    ) {
        let mut world = World::complete();
        let doctor = subject("doctor", Role::Doctor);
        let granted = world.granted(&doctor);
        let mut publications = Vec::new();
        for (now, (words, sign)) in rounds.iter().enumerate() {
            let unique = format!("{now} {words}");
            world.edit("crisis", json!({"set": {"field": "what", "value": unique}}));
            world.edit("story", json!({"set-text": {"field": "likes", "text": unique}}));
            let signer = Some(Signer { granted: &granted, subject: &doctor });
            let section = if *sign { "crisis" } else { "story" };
            let heads = world.heads(section);
            let asked = [request(section, heads, signer)];
            let again = publish(&world.state(), &asked, UtcMillis(now as i64), |_| Authors::new()).unwrap();
            let made = world.publish(&asked, now as i64).unwrap();
            prop_assert_eq!(&again, &made);
            publications.push(made);
        }
        let reloaded = world.documents.iter().map(|(id, document)| (id.clone(), load_document(&document.save()).unwrap()));
        let reloaded: BTreeMap<_, _> = reloaded.collect();
        for made in &publications {
            let (version, published_at) = (made.version, made.published_at);
            let header = Header { plan: &world.plan, version, published_at, person: &world.person, circumstances: &world.circumstances };
            let read = Rendering::read(&made.sections, &world.sections, &world.earlier, &reloaded).unwrap();
            prop_assert_eq!(&read.views(&header, &ViewKind::ALL, &Authors::new()), &made.views);
            prop_assert_eq!(hash(&made.sections, &made.views), made.hash);
        }
    }
}

//! What the store promises, on a real file. A second database will have to keep the same.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod outbox;

use super::*;
use automerge::{ActorId, ChangeHash, ObjType, ReadDoc, transaction::Transactable};
use coplan_core::{
    id::PlanId,
    nhs_number::NhsNumber,
    policy::{Access, Action, Granted, PlanFacts, Policies, Resource, Scope, Subject},
    publication::{Publication, PublishedSection},
    sync::{
        DocumentId,
        hub::{DocumentSave, NewChange, RefusedChange, Save, SaveFailure, SaveId},
    },
    time::UtcMillis,
    view::{Circumstances, Person, Signed, ViewKind},
};
use std::path::Path;

const NUMBER: &str = "9990000018";
const NOW: UtcMillis = UtcMillis(1_760_000_000_000);

fn subject(user: &str, role: Role) -> Subject {
    Subject {
        user: user.parse().unwrap(),
        name: format!("Name of {user}"),
        role,
        job_title: "District nurse".to_owned(),
        organisation: "ODS01".parse().unwrap(),
        organisation_name: "Invented Community Trust".to_owned(),
        registration: Some("GMC 7000001".to_owned()),
        senior: matches!(role, Role::Doctor | Role::Specialist),
        scope: Scope::default(),
    }
}

fn nurse() -> Subject {
    subject("nurse", Role::RegisteredProfessional)
}

fn granted(action: Action) -> Granted {
    let plan: PlanId = "plan-1".parse().unwrap();
    let facts = PlanFacts::of_team(plan, [nurse().organisation]);
    Access { policies: &Policies::embedded(), facts: &facts, now: NOW }
        .decide(&nurse(), action, Resource::Plan)
        .unwrap()
}

fn new_change(change: &automerge::Change) -> NewChange {
    NewChange {
        hash: change.hash(),
        deps: change.deps().to_vec(),
        actor: change.actor_id().clone(),
        seq: change.seq(),
        bytes: change.raw_bytes().to_vec().into(),
        ops: change.len() as u64,
        claimed_at_s: i64::MIN,
        received_at: NOW,
        subject: nurse(),
    }
}

/// Changes of one actor, each of one operation; the first makes the fields.
fn changes(actor: u8, count: usize) -> Vec<NewChange> {
    let mut document = automerge::AutoCommit::new().with_actor(ActorId::from([actor; 16]));
    let fields = document.put_object(automerge::ROOT, "fields", ObjType::Map).unwrap();
    document.commit();
    for nth in 1..count {
        document.put(&fields, "weight", i64::try_from(nth).unwrap()).unwrap();
        document.commit();
    }
    assert!(document.get(automerge::ROOT, "fields").unwrap().is_some());
    document.get_changes(&[]).iter().map(new_change).collect()
}

fn document_id(nth: u8) -> DocumentId {
    DocumentId::from_random([nth; 16])
}

fn save_of(id: u64, document: u8, changes: Vec<NewChange>) -> Save {
    let documents = vec![DocumentSave {
        document: document_id(document),
        plan: "plan-1".parse().unwrap(),
        section: format!("section-{document}").parse().unwrap(),
        changes,
        refused: Vec::new(),
    }];
    Save { id: SaveId(id), documents }
}

async fn open(folder: &Path) -> Store {
    Store::open(folder.join("test.sqlite").to_str().unwrap()).await.unwrap()
}

/// A store with one person and one plan of two documents, whose genesis actors are 101 and 102.
async fn store_with_plan(folder: &Path) -> Store {
    let store = open(folder).await;
    let person = Person {
        nhs_number: NhsNumber::parse(NUMBER).unwrap(),
        name: "Test Person".to_owned(),
        preferred_name: None,
        withheld: false,
        born: "1950-01-31".to_owned(),
    };
    store.put_person(&person).await.unwrap();
    let documents: Vec<_> = [1, 2]
        .map(|nth| NewDocument {
            id: document_id(nth),
            section: format!("section-{nth}").parse().unwrap(),
            definition: 1,
            genesis: changes(100 + nth, 1).remove(0),
        })
        .into();
    let plan = "plan-1".parse().unwrap();
    let made = store.create_plan(&plan, &person.nhs_number, &documents, &nurse(), NOW).await.unwrap();
    assert_eq!(made, Ok(()));
    store
}

impl Store {
    /// Makes a document that nothing can load.
    pub(crate) async fn damage_for_test(&self, document: &DocumentId) {
        let mut writer = self.writer().await.unwrap();
        let damage = sqlx::query("update change set bytes = x'85' where document = ?").bind(document.to_string());
        damage.execute(&mut writer.connection).await.unwrap();
    }
}

#[tokio::test]
async fn a_commit_is_synced_to_disk() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let mut writer = store.writer().await.unwrap();
    let mode: (String,) = sqlx::query_as("pragma journal_mode").fetch_one(&mut writer.connection).await.unwrap();
    let level: (i64,) = sqlx::query_as("pragma synchronous").fetch_one(&mut writer.connection).await.unwrap();
    let keys: (i64,) = sqlx::query_as("pragma foreign_keys").fetch_one(&mut writer.connection).await.unwrap();
    assert_eq!((mode.0.as_str(), level.0, keys.0), ("wal", 2, 1));
}

#[tokio::test]
async fn readers_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    sqlx::query("delete from plan").execute(&store.readers).await.unwrap_err();
}

#[tokio::test]
async fn a_database_of_another_kind_is_refused_by_name() {
    let refused = |url| async move { Store::open(url).await.err().map(|error| error.to_string()).unwrap_or_default() };
    assert!(refused("postgres://localhost/x").await.contains("`postgres` are not supported yet"));
    assert!(refused("/nonexistent/folder/x.sqlite").await.contains("/nonexistent/folder/x.sqlite"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "this is not a database, and it stays as it is".repeat(100)).unwrap();
    assert!(refused(file.to_str().unwrap()).await.contains("notes.txt"));
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("this is not a database"));
}

#[tokio::test]
async fn what_was_saved_is_loaded_again_in_order_with_its_origin() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_with_plan(folder.path()).await;
    let (first, second) = (changes(1, 5), changes(2, 3));
    let group =
        vec![save_of(1, 1, first[..2].to_vec()), save_of(2, 2, second.clone()), save_of(3, 1, first[2..].to_vec())];
    let answers = store.save(group).await;
    assert_eq!(answers, [(SaveId(1), Ok(())), (SaveId(2), Ok(())), (SaveId(3), Ok(()))]);

    let reopened = open(folder.path()).await;
    let stored = reopened.load_document(&document_id(1)).await.unwrap().unwrap();
    let genesis = changes(101, 1);
    let expected: Vec<_> = genesis.iter().chain(&first).map(|c| (c.hash, c.deps.clone(), c.bytes.clone())).collect();
    let found: Vec<_> = stored.changes.iter().map(|c| (c.hash, c.deps.clone(), c.bytes.clone())).collect();
    assert_eq!(found, expected);
    assert_eq!((stored.plan.as_str(), stored.section.as_str()), ("plan-1", "section-1"));
    let mut actors: Vec<_> = stored.actors.iter().map(|(actor, user)| (actor.to_bytes()[0], user.as_str())).collect();
    actors.sort_unstable();
    assert_eq!(actors, [(1, "nurse"), (101, "nurse")]);
    assert!(reopened.load_document(&document_id(9)).await.unwrap().is_none());
}

#[tokio::test]
async fn only_the_guilty_save_of_a_group_fails() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_with_plan(folder.path()).await;
    let (first, second) = (changes(1, 2), changes(2, 2));
    store.save(vec![save_of(1, 1, first.clone())]).await;
    let mut same_seq = changes(1, 3).remove(2);
    same_seq.seq = 2;
    let group = vec![
        save_of(2, 1, first),          // there already
        save_of(3, 2, second),         // honest
        save_of(4, 9, changes(3, 1)),  // no such document
        save_of(5, 1, vec![same_seq]), // an actor's number used twice
        save_of(6, 1, changes(4, 1)),  // honest
    ];
    let answers = store.save(group).await;
    let conflict = Err(SaveFailure::Conflict);
    let expected = [conflict, Ok(()), conflict, conflict, Ok(())];
    assert_eq!(answers.iter().map(|(_, answer)| *answer).collect::<Vec<_>>(), expected);
    assert_eq!(store.load_document(&document_id(1)).await.unwrap().unwrap().changes.len(), 1 + 2 + 1);
    assert_eq!(store.load_document(&document_id(2)).await.unwrap().unwrap().changes.len(), 1 + 2);
}

#[tokio::test]
async fn a_save_that_nobody_waited_for_leaves_no_transaction_open() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_with_plan(folder.path()).await;
    for nth in 0..20 {
        let saves = vec![save_of(1, 1, changes(nth, 40))];
        let saving = store.save(saves);
        // Polled a few times, then dropped, at a different place each time.
        let mut saving = std::pin::pin!(saving);
        for _ in 0..nth {
            if futures_util::poll!(saving.as_mut()).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    let answers = store.save(vec![save_of(2, 2, changes(200, 3))]).await;
    assert_eq!(answers, [(SaveId(2), Ok(()))]);
    let whole = store.load_document(&document_id(1)).await.unwrap().unwrap().changes.len() - 1;
    assert_eq!(whole % 40, 0, "a save is there whole or not at all");
}

#[tokio::test]
async fn a_refused_change_is_kept_once_with_its_text() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_with_plan(folder.path()).await;
    let refused = RefusedChange {
        hash: ChangeHash([7; 32]),
        code: "op-count",
        reason: "too many operations".to_owned(),
        bytes: b"whatever arrived".to_vec().into(),
        text: "the \"words\"\0 of somebody, \u{1f9d1} included".to_owned(),
        received_at: NOW,
        subject: nurse(),
    };
    let mut save = save_of(1, 1, Vec::new());
    save.documents[0].refused = vec![refused.clone(), refused];
    assert_eq!(store.save(vec![save.clone()]).await, [(SaveId(1), Ok(()))]);
    assert_eq!(store.save(vec![save]).await, [(SaveId(1), Ok(()))]);
    assert_eq!(store.load_document(&document_id(1)).await.unwrap().unwrap().refused, [ChangeHash([7; 32])]);
    assert!(store.due(NOW, NOW).await.unwrap().is_empty(), "a refused change is no edit");
    // A grant for the plan as a whole shows nothing of a section.
    assert!(store.quarantined(&granted(Action::See)).await.unwrap().is_empty());
    let row: (String, Vec<u8>) =
        sqlx::query_as("select text, bytes from quarantine").fetch_one(&store.readers).await.unwrap();
    assert_eq!(row, ("the \"words\"\u{fffd} of somebody, \u{1f9d1} included".to_owned(), b"whatever arrived".to_vec()));
}

#[tokio::test]
async fn a_damaged_snapshot_is_passed_over_and_the_newest_three_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_with_plan(folder.path()).await;
    store.save(vec![save_of(1, 1, changes(1, 9))]).await;
    let document = document_id(1);
    for covered in [2, 4, 6, 8] {
        let head = ChangeHash([u8::try_from(covered).unwrap(); 32]);
        let bytes = format!("state after {covered}").into_bytes();
        store.save_snapshot(&document, covered, &[head], bytes.into()).await.unwrap();
    }
    let loaded = |expected: Option<u64>| {
        let store = store.clone();
        async move {
            let stored = store.load_document(&document_id(1)).await.unwrap().unwrap();
            assert_eq!(stored.snapshot.as_ref().map(|s| s.changes), expected);
            assert_eq!(stored.changes.len() as u64, 10 - expected.unwrap_or(0));
            assert_eq!(stored.actors.len(), 2, "actors of all changes, not only of those after the snapshot");
        }
    };
    loaded(Some(8)).await;
    for (broken, left) in [(8, Some(6)), (6, Some(4)), (4, None)] {
        let mut writer = store.writer().await.unwrap();
        let damage =
            sqlx::query("update snapshot set bytes = cast(bytes || x'00' as blob) where changes = ?").bind(broken);
        damage.execute(&mut writer.connection).await.unwrap();
        drop(writer);
        loaded(left).await;
    }
}

#[tokio::test]
async fn a_flipped_bit_or_a_missing_change_is_found() {
    for damage in [
        "update change set bytes = cast(substr(bytes, 1, 30) || x'ff' || substr(bytes, 32) as blob) where position = 2",
        "update change set hash = zeroblob(32) where position = 2",
        "delete from change where position = 2",
        "update change set bytes = x'85' where position = 2",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let store = store_with_plan(folder.path()).await;
        store.save(vec![save_of(1, 1, changes(1, 4))]).await;
        let mut writer = store.writer().await.unwrap();
        sqlx::query(damage).execute(&mut writer.connection).await.unwrap();
        drop(writer);
        let loaded = store.load_document(&document_id(1)).await;
        assert!(matches!(loaded, Err(StoreError::Damaged { .. })), "{damage}");
        assert!(store.load_document(&document_id(2)).await.unwrap().is_some(), "others are not touched");
    }
}

#[tokio::test]
async fn a_person_has_one_plan() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_with_plan(folder.path()).await;
    let number = NhsNumber::parse(NUMBER).unwrap();
    let again = store.create_plan(&"plan-2".parse().unwrap(), &number, &[], &nurse(), NOW).await.unwrap();
    assert_eq!(again, Err("plan-1".parse().unwrap()));
    assert_eq!(store.plan_of(&number).await.unwrap(), Some("plan-1".parse().unwrap()));
    let listed = store.plans(&PlanPage { limit: 10, ..PlanPage::default() }).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].version, listed[0].published_at, listed[0].changed_at), (0, None, Some(NOW)));
    let unknown = NhsNumber::parse("9990000026").unwrap();
    assert!(store.create_plan(&"plan-3".parse().unwrap(), &unknown, &[], &nurse(), NOW).await.is_err());
    let sections = store.plan_sections(&granted(Action::See)).await.unwrap();
    assert_eq!(sections.iter().map(|s| s.section.as_str()).collect::<Vec<_>>(), ["section-1", "section-2"]);
}

#[tokio::test]
async fn sessions_end_by_time_by_idleness_and_by_sign_out() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let organisation = Organisation { code: "ODS01".parse().unwrap(), name: "Invented Community Trust".to_owned() };
    store.put_organisation(&organisation).await.unwrap();
    let account = Account {
        id: "nurse".parse().unwrap(),
        kind: AccountKind::Staff,
        name: "Name of nurse".to_owned(),
        role: Role::RegisteredProfessional,
        job_title: "District nurse".to_owned(),
        organisation,
        registration: Some("GMC 7000001".to_owned()),
        senior: false,
    };
    store.put_account(&account).await.unwrap();
    assert_eq!(store.accounts().await.unwrap(), std::slice::from_ref(&account));
    let token = TokenHash::of("a token");
    let (role, _) = store.roles_of(&account.id).await.unwrap().remove(0);
    let (via, scope) = (SignedInBy::Development, Scope::default());
    let expires_at = NOW.plus_ms(1_000_000);
    let new = NewSession { user: account.id.clone(), role: Some(role), via, scope, expires_at };
    let id = store.begin_session(&token, &new, NOW).await.unwrap();

    let found = store.session(&token, NOW.plus_ms(100_000), NOW).await.unwrap().unwrap();
    assert_eq!((found.id, found.account.subject()), (id, nurse()));
    assert!(store.session(&TokenHash::of("another"), NOW, NOW).await.unwrap().is_none());
    // It was seen 100 seconds in, so it is idle since then.
    assert!(store.session(&token, NOW.plus_ms(200_000), NOW.plus_ms(100_000)).await.unwrap().is_some());
    assert!(store.session(&token, NOW.plus_ms(999_999), NOW.plus_ms(500_000)).await.unwrap().is_none());
    assert!(store.session(&token, NOW.plus_ms(1_000_000), NOW).await.unwrap().is_none());

    let keep = |ticket: &'static str| {
        let store = store.clone();
        async move { store.keep_ticket(&TokenHash::of(ticket), id, NOW, NOW.plus_ms(30_000)).await.unwrap() }
    };
    keep("used in time").await;
    keep("used late").await;
    keep("never used").await;
    let use_at = |ticket: &'static str, at: UtcMillis| {
        let store = store.clone();
        async move { store.use_ticket(&TokenHash::of(ticket), at).await.unwrap().map(|session| session.id) }
    };
    assert_eq!(use_at("used in time", NOW).await, Some(id));
    assert_eq!(use_at("used in time", NOW).await, None, "a ticket opens one socket");
    assert_eq!(use_at("used late", NOW.plus_ms(30_000)).await, None);
    store.end_session(id).await.unwrap();
    assert!(store.session(&token, NOW, NOW).await.unwrap().is_none());
    assert!(store.session_again(id, NOW).await.unwrap().is_none());
    assert_eq!(use_at("never used", NOW).await, None, "tickets go with their session");
}

fn publication(version: u32, signed: Option<Signed>) -> Publication {
    let frozen = PublishedSection {
        section: "section-1".parse().unwrap(),
        definition: 1,
        definition_hash: None,
        heads: vec![ChangeHash([1; 32]), ChangeHash([2; 32])],
        checked_heads: Some(vec![ChangeHash([3; 32])]),
        changes: Some(7),
        since_version: version,
        since_at: NOW,
        sign_off: SignOff::Senior,
        signed,
    };
    let views = vec![(ViewKind::Urgent, format!("{{\"version\":{version}}}").into_bytes())];
    let nhs_number = "9990000018".parse().unwrap();
    let person = Person {
        nhs_number,
        name: "Zofia Nowak".to_owned(),
        preferred_name: None,
        born: "1950-12-31".to_owned(),
        withheld: false,
    };
    let circumstances = Circumstances::default();
    Publication { version, published_at: NOW, person, circumstances, hash: [9; 32], sections: vec![frozen], views }
}

async fn publish(store: &Store, publication: &Publication, due: Option<&Due>) -> bool {
    store.publish(&granted(Action::See), publication, &nurse(), due).await.unwrap()
}

#[tokio::test]
async fn a_publication_is_read_back_as_it_was_and_a_version_is_given_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_with_plan(folder.path()).await;
    let read = granted(Action::ReadPublished);
    assert!(store.publication(&read, None).await.unwrap().is_none());
    assert!(store.view(&read, ViewKind::Urgent, None).await.unwrap().is_none());

    let signed = Signed { by: subject("doctor", Role::Doctor), at: NOW };
    assert!(publish(&store, &publication(1, Some(signed.clone())), None).await);
    assert!(!publish(&store, &publication(1, None), None).await, "version 1 is given");
    assert!(!publish(&store, &publication(3, None), None).await, "version 3 is not next");
    assert!(publish(&store, &publication(2, None), None).await);

    let first = store.publication(&read, Some(1)).await.unwrap().unwrap();
    assert_eq!(first.sections[0].signed, Some(signed));
    assert_eq!(first.sections[0].heads, [ChangeHash([1; 32]), ChangeHash([2; 32])]);
    assert_eq!(first.sections[0].sign_off, SignOff::Senior);
    let listed = store.publications(&read).await.unwrap();
    assert_eq!(listed.iter().map(|p| p.version).collect::<Vec<_>>(), [2, 1]);
    let view = |version| store.view(&read, ViewKind::Urgent, version);
    assert_eq!(view(None).await.unwrap().unwrap().bytes, b"{\"version\":2}");
    assert_eq!(view(Some(1)).await.unwrap().unwrap().bytes, b"{\"version\":1}");
    assert!(view(Some(7)).await.unwrap().is_none());

    let mut writer = store.writer().await.unwrap();
    let damage = sqlx::query("update publication_view set bytes = x'7b7d' where version = 1");
    damage.execute(&mut writer.connection).await.unwrap();
    drop(writer);
    assert!(matches!(store.view(&read, ViewKind::Urgent, Some(1)).await, Err(StoreError::Damaged { .. })));
}

#[tokio::test]
async fn an_edit_that_comes_during_a_publication_stays_due() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_with_plan(folder.path()).await;
    let mut edits = changes(1, 3);
    edits[2].received_at = NOW.plus_ms(500);
    let third = edits.pop().unwrap();
    store.save(vec![save_of(1, 1, edits)]).await;
    assert!(store.due(NOW.plus_ms(-1), NOW.plus_ms(-1)).await.unwrap().is_empty(), "too early");
    let due = store.due(NOW, NOW.plus_ms(-1)).await.unwrap();
    assert_eq!(due.len(), 1);
    store.save(vec![save_of(2, 1, vec![third])]).await;
    assert!(publish(&store, &publication(1, None), Some(&due[0])).await);
    // What is left counts from the edit that came meanwhile.
    assert!(store.due(NOW, NOW).await.unwrap().is_empty());
    let left = store.due(NOW.plus_ms(500), NOW).await.unwrap();
    assert_eq!(left.len(), 1);
    store.settle_due(&left[0]).await.unwrap();
    assert!(store.due(NOW.plus_ms(9_999), NOW.plus_ms(9_999)).await.unwrap().is_empty());
}

/// `cargo test --release -p coplan-server -- --ignored --nocapture rows_per_second`
#[tokio::test]
#[ignore = "measures; run by hand"]
async fn rows_per_second() {
    for group in [1_usize, 16, 128] {
        let folder = tempfile::tempdir_in(std::env::var_os("COPLAN_MEASURE_DIR").unwrap_or("/var/tmp".into())).unwrap();
        let store = store_with_plan(folder.path()).await;
        let rows: Vec<_> = (0..200).flat_map(|actor| changes(actor, 100)).take(100 * group.max(20)).collect();
        let groups: Vec<Vec<Save>> = rows
            .chunks(group)
            .map(|chunk| chunk.iter().map(|c| save_of(0, 1 + (c.actor.to_bytes()[0] & 1), vec![c.clone()])).collect())
            .collect();
        let begun = std::time::Instant::now();
        let commits = groups.len();
        for saves in groups {
            assert!(store.save(saves).await.iter().all(|(_, answer)| answer.is_ok()));
        }
        let seconds = begun.elapsed().as_secs_f64();
        println!(
            "groups of {group}: {:.0} rows/s, {:.0} commits/s, {:.1} µs a row",
            rows.len() as f64 / seconds,
            commits as f64 / seconds,
            seconds * 1e6 / rows.len() as f64
        );
    }
}

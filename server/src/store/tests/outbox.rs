//! What the outbox and the deliveries promise.

use super::*;
use crate::store::{Claimed, NewObjection, Pace, SettledDelivery, Told};
use coplan_core::{
    demographics::Demographics,
    policy::{ObjectionGrade, SharingChoice, SharingReach},
};

const TARGET: &str = "shared";

async fn told(store: &Store) -> Vec<(String, i64)> {
    let rows = sqlx::query_as("select what, version from outbox order by seq");
    rows.fetch_all(&store.readers).await.unwrap()
}

fn rows(rows: &[(&str, i64)]) -> Vec<(String, i64)> {
    rows.iter().map(|(what, version)| ((*what).to_owned(), *version)).collect()
}

fn objection(until: Option<UtcMillis>) -> NewObjection {
    NewObjection { id: "objection-1".to_owned(), grade: ObjectionGrade::Refused, reason: "No".to_owned(), until }
}

async fn object(store: &Store, until: Option<UtcMillis>) {
    store.object(&granted(Action::See), &objection(until), &nurse(), NOW).await.unwrap().unwrap();
}

fn plan() -> PlanId {
    "plan-1".parse().unwrap()
}

async fn claim(store: &Store, pace: Pace) -> Option<Claimed> {
    store.take_up(TARGET, pace, NOW).await.unwrap();
    store.claim(TARGET, &plan(), pace, NOW.plus_ms(60_000)).await.unwrap()
}

async fn settle(store: &Store, claimed: &Claimed, settled: SettledDelivery) {
    store.settle(TARGET, &plan(), claimed, &settled, NOW).await.unwrap();
}

fn delivered(there: &str) -> SettledDelivery {
    SettledDelivery::Delivered { there: vec![there.to_owned()], note: "n".to_owned(), sha256: [7; 32], sent: true }
}

async fn store_with_target(folder: &Path) -> Store {
    let store = store_with_plan(folder).await;
    store.begin_target(TARGET, [1; 32], NOW).await.unwrap();
    store
}

#[tokio::test]
async fn the_outbox_says_what_stands_and_says_it_in_the_transaction_that_brings_it_about() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_with_plan(folder.path()).await;
    object(&store, None).await;
    assert_eq!(told(&store).await, [], "nothing is published");
    assert!(publish(&store, &publication(1, None), None).await);
    assert_eq!(told(&store).await, [], "they object");
    let withdrawn = store.withdraw_objection(&granted(Action::See), "objection-1", &nurse(), NOW).await.unwrap();
    assert!(withdrawn);
    assert!(publish(&store, &publication(2, None), None).await);
    assert!(!publish(&store, &publication(2, None), None).await);
    let number = NhsNumber::parse(NUMBER).unwrap();
    let feed = |json: &str| Demographics::from_json(json).unwrap();
    assert!(store.put_demographics(&number, &feed(r#"{"pronouns":"she/her"}"#)).await.unwrap());
    assert_eq!(told(&store).await, rows(&[("publish", 1), ("publish", 2)]));
    assert!(store.put_demographics(&number, &feed(r#"{"restriction":"R"}"#)).await.unwrap());
    assert_eq!(told(&store).await[2..], rows(&[("withdraw", 2)]), "it may say where they live");
    let mut without = publication(3, None);
    without.person.withheld = true;
    assert!(publish(&store, &without, None).await);
    assert_eq!(told(&store).await[3..], rows(&[("publish", 3)]));
    assert!(store.put_demographics(&number, &feed(r#"{"restriction":"V"}"#)).await.unwrap());
    assert!(store.put_demographics(&number, &feed(r#"{"restriction":"R"}"#)).await.unwrap());
    assert_eq!(told(&store).await[4..], rows(&[("withdraw", 3), ("publish", 3)]));
}

#[tokio::test]
async fn an_objection_that_ends_by_itself_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_with_plan(folder.path()).await;
    assert!(publish(&store, &publication(1, None), None).await);
    let now = crate::clock::Clock.now();
    object(&store, Some(now.plus_ms(3_600_000))).await;
    assert_eq!(told(&store).await, rows(&[("publish", 1), ("withdraw", 1)]));
    store.reconsider_sharing(UtcMillis(0), now.plus_ms(3_700_000)).await.unwrap();
    assert_eq!(told(&store).await.len(), 2, "it still stands");
    let mut writer = store.writer().await.unwrap();
    sqlx::query("update objection set until_at = 5").execute(&mut writer.connection).await.unwrap();
    drop(writer);
    store.reconsider_sharing(UtcMillis(0), UtcMillis(4)).await.unwrap();
    assert_eq!(told(&store).await.len(), 2);
    store.reconsider_sharing(UtcMillis(4), now).await.unwrap();
    assert_eq!(told(&store).await[2..], rows(&[("publish", 1)]));
}

#[tokio::test]
async fn a_choice_that_narrows_who_sees_the_plan_takes_it_back_until_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_with_plan(folder.path()).await;
    assert!(publish(&store, &publication(1, None), None).await);
    let granted = granted(Action::See);
    let now = crate::clock::Clock.now();
    let choice = |until| SharingChoice { reach: SharingReach::None, until, id: String::new(), unknown: Vec::new() };
    store.put_sharing_choices(&granted, &[choice(None)], 1).await.unwrap();
    assert_eq!(told(&store).await, rows(&[("publish", 1), ("withdraw", 1)]));
    assert!(
        store.is_withdrawn_after(&plan(), 1).await.unwrap() && !store.is_withdrawn_after(&plan(), 2).await.unwrap()
    );
    store.put_sharing_choices(&granted, &[], 2).await.unwrap();
    assert_eq!(told(&store).await[2..], rows(&[("publish", 1)]));
    store.put_sharing_choices(&granted, &[choice(Some(now.plus_ms(3_600_000)))], 3).await.unwrap();
    assert_eq!(told(&store).await[3..], rows(&[("withdraw", 1)]));
    let mut writer = store.writer().await.unwrap();
    let ended = "update plan set sharing_choices = json_set(sharing_choices, '$[0].until', 5)";
    sqlx::query(ended).execute(&mut writer.connection).await.unwrap();
    drop(writer);
    store.reconsider_sharing(UtcMillis(5), now).await.unwrap();
    assert_eq!(told(&store).await.len(), 4, "it did not end after that");
    store.reconsider_sharing(UtcMillis(4), now).await.unwrap();
    assert_eq!(told(&store).await[4..], rows(&[("publish", 1)]));
}

#[tokio::test]
async fn a_target_gets_the_newest_or_each_in_order_and_a_withdrawal_overtakes_both() {
    for (pace, versions) in [(Pace::Newest, vec![3]), (Pace::Each, vec![1, 2, 3])] {
        let folder = tempfile::tempdir().unwrap();
        let store = store_with_target(folder.path()).await;
        for version in 1..=3 {
            assert!(publish(&store, &publication(version, None), None).await);
        }
        let mut got = Vec::new();
        while let Some(claimed) = claim(&store, pace).await {
            got.push((claimed.told, claimed.version));
            settle(&store, &claimed, delivered("a")).await;
        }
        let all: Vec<_> = versions.into_iter().map(|version| (Told::Publish, version)).collect();
        assert_eq!(got, all);
        for version in 4..=5 {
            assert!(publish(&store, &publication(version, None), None).await);
        }
        store.take_up(TARGET, pace, NOW).await.unwrap();
        object(&store, None).await;
        let claimed = claim(&store, pace).await.unwrap();
        assert_eq!((claimed.told, claimed.version), (Told::Withdraw, 5), "nothing goes out after an objection");
        settle(&store, &claimed, delivered("a")).await;
        assert!(claim(&store, pace).await.is_none());
    }
}

#[tokio::test]
async fn an_attempt_keeps_its_number_and_what_may_be_there_until_it_is_settled() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_with_target(folder.path()).await;
    assert!(publish(&store, &publication(1, None), None).await);
    let first = claim(&store, Pace::Newest).await.unwrap();
    assert_eq!((first.attempts, first.event, first.there.len()), (0, 1, 0));
    store.expect_there(TARGET, &plan(), &["Bundle/1".to_owned()]).await.unwrap();
    let later = SettledDelivery::Later { at: NOW.plus_ms(5), reason: "status 500".to_owned(), failure: true };
    settle(&store, &first, later).await;
    assert!(store.deliveries_due(TARGET, NOW.plus_ms(4), 9).await.unwrap().is_empty());
    assert_eq!(store.next_delivery(TARGET, NOW).await.unwrap(), Some(NOW.plus_ms(5)));
    assert_eq!(store.deliveries_due(TARGET, NOW.plus_ms(5), 9).await.unwrap(), [plan()]);

    let second = claim(&store, Pace::Newest).await.unwrap();
    assert_eq!((second.attempts, second.failures, second.event), (1, 1, 1));
    assert_eq!(second.there, ["Bundle/1"]);
    assert!(publish(&store, &publication(2, None), None).await);
    store.take_up(TARGET, Pace::Newest, NOW).await.unwrap();
    settle(&store, &second, delivered("Bundle/1")).await;
    let third = claim(&store, Pace::Newest).await.expect("what came meanwhile still waits");
    assert_eq!((third.version, third.attempts, third.failures, third.event), (2, 0, 0, 2));
    assert_eq!((third.there.as_slice(), third.note.as_str()), (&["Bundle/1".to_owned()][..], "n"));
    assert_eq!(third.sha256, Some([7; 32]));
}

#[tokio::test]
async fn what_was_given_up_stays_so_until_somebody_or_a_new_version_says_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_with_target(folder.path()).await;
    assert!(publish(&store, &publication(1, None), None).await);
    let dead = || SettledDelivery::Dead { reason: "status 422".to_owned() };
    settle(&store, &claim(&store, Pace::Newest).await.unwrap(), dead()).await;
    assert!(claim(&store, Pace::Newest).await.is_none());
    let counts = store.delivery_counts(TARGET).await.unwrap();
    assert_eq!((counts.waiting, counts.dead), (0, 1));
    let listed = store.deliveries(Some(TARGET), None).await.unwrap();
    assert_eq!((listed[0].state.as_str(), listed[0].reason.as_str()), ("dead", "status 422"));
    assert_eq!(store.retry_deliveries(Some("another"), None, NOW).await.unwrap(), 0);
    assert_eq!(store.retry_deliveries(Some(TARGET), Some("plan-1"), NOW).await.unwrap(), 1);
    settle(&store, &claim(&store, Pace::Newest).await.unwrap(), dead()).await;
    assert!(publish(&store, &publication(2, None), None).await);
    settle(&store, &claim(&store, Pace::Newest).await.unwrap(), delivered("a")).await;
    assert_eq!(store.retry_deliveries(None, None, NOW).await.unwrap(), 0);

    store.begin_target(TARGET, [1; 32], NOW).await.unwrap();
    assert!(claim(&store, Pace::Newest).await.is_none());
    store.begin_target(TARGET, [2; 32], NOW).await.unwrap();
    assert!(claim(&store, Pace::Newest).await.is_some(), "it goes to another place now");
}

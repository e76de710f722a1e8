//! Whatever the record says and whoever writes in between.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What somebody here does between two imports.
#[derive(Debug, Clone)]
enum Deed {
    Add(u8),
    Write(usize, &'static str),
    Remove(usize),
    Restore(usize),
    Move(usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        (0..6_u8).prop_map(Deed::Add),
        (0..8_usize, prop_oneof![Just("agent"), Just("reaction"), Just("record_date")])
            .prop_map(|(at, f)| Deed::Write(at, f)),
        (0..8_usize).prop_map(Deed::Remove),
        (0..8_usize).prop_map(Deed::Restore),
        (0..8_usize).prop_map(Deed::Move),
    ]
}

/// A record: which entries it has, and which of three things each says.
fn record() -> impl Strategy<Value = Vec<Value>> {
    proptest::collection::btree_map(0..6_u8, 0..3_u8, 0..6).prop_map(|entries| {
        let said = |(id, word): (u8, u8)| {
            let mut one = allergy(&id.to_string(), &format!("Thing {id}"));
            one["reaction"] = json!([{ "description": format!("What {word}") }]);
            one
        };
        entries.into_iter().map(said).collect()
    })
}

fn act(desk: &mut Desk, deed: &Deed) -> Option<String> {
    let list = desk.list("allergies");
    let field = || "allergies".to_owned();
    let nth = |at: usize, of: &[Item]| of.get(at % of.len().max(1)).map(|item| item.id.clone());
    let removed: Vec<Item> = list.removed.iter().map(|removed| removed.item.clone()).collect();
    let (id, edit) = match deed {
        Deed::Add(number) => {
            let id = format!("staff-{number}-{}", list.items.len() + removed.len());
            let values = [("agent".to_owned(), Value::from(format!("Thing {number}")))].into();
            (id.clone(), Edit::AddItem { field: field(), id, order: None, values })
        }
        Deed::Write(at, subfield) => {
            let item = nth(*at, &list.items)?;
            let value = if *subfield == "record_date" { "2026-01-01".into() } else { Value::from("By hand") };
            (item.clone(), Edit::SetItem { field: field(), item, subfield: (*subfield).to_owned(), value })
        }
        Deed::Remove(at) => {
            let item = nth(*at, &list.items)?;
            (item.clone(), Edit::RemoveItem { field: field(), item, reason: "By hand".to_owned() })
        }
        Deed::Restore(at) => {
            let item = nth(*at, &removed)?;
            (item.clone(), Edit::RestoreItem { field: field(), item })
        }
        Deed::Move(at) => {
            let item = nth(*at, &list.items)?;
            (item.clone(), Edit::MoveItem { field: field(), item, order: 0.5 })
        }
    };
    desk.staff(&edit);
    Some(id)
}

/// Every item by its id, with whether it stands.
fn all(desk: &Desk) -> BTreeMap<String, (bool, Item)> {
    let list = desk.list("allergies");
    let standing = list.items.into_iter().map(|item| (item.id.clone(), (true, item)));
    let removed = list.removed.into_iter().map(|removed| (removed.item.id.clone(), (false, removed.item)));
    standing.chain(removed).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_import_changes_what_anybody_touched_and_the_same_one_twice_changes_nothing(
        rounds in proptest::collection::vec((record(), proptest::collection::vec(deed(), 0..4)), 1..4)
    ) {
        let mut desk = Desk::of("health");
        let mut touched: Vec<String> = Vec::new();
        for (at, (record, deeds)) in rounds.iter().enumerate() {
            let before = all(&desk);
            desk.import(record, &format!("2026-11-{:02}", at + 10));
            let after = all(&desk);
            for id in &touched {
                prop_assert_eq!(before.get(id), after.get(id));
            }
            // What the record has and nobody touched is there.
            let twice = desk.import(record, &format!("2026-12-{:02}", at + 10));
            prop_assert!(twice.edits.is_empty(), "{:?}", twice.edits);
            touched.extend(deeds.iter().filter_map(|deed| act(&mut desk, deed)));
        }
    }
}

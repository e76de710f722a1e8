//! Whatever is asked for, in whatever order, on however many replicas.

use super::*;
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    Record { who: usize, treatment: usize, supersedes: Vec<u8> },
    Endorse { who: usize, number: u8 },
    Withdraw { who: usize, number: u8 },
    Merge,
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..3_usize;
    prop_oneof![
        4 => (who.clone(), 0..3_usize, prop::collection::vec(0..10_u8, 0..3))
            .prop_map(|(who, treatment, supersedes)| Step::Record { who, treatment, supersedes }),
        2 => (who.clone(), 0..10_u8).prop_map(|(who, number)| Step::Endorse { who, number }),
        1 => (who, 0..10_u8).prop_map(|(who, number)| Step::Withdraw { who, number }),
        1 => Just(Step::Merge),
    ]
}

/// What is written of a record and may never change: all but what it has become among the others.
fn written(record: &Record) -> Record {
    Record {
        endorsed: None,
        withdrawn: None,
        superseded_by: Vec::new(),
        state: State::Current,
        applies: false,
        ..record.clone()
    }
}

fn all(document: &Automerge) -> Vec<(String, Option<String>, Record)> {
    let section = section();
    let kinds = read(document, None, &section);
    let records = kinds.into_iter().flat_map(|kind| {
        let rule = section.field(kind.field.as_str()).unwrap().record.clone().unwrap();
        let name = kind.field.to_string();
        kind.records.into_iter().map(move |record| (name.clone(), super::super::read::about(&record, &rule), record))
    });
    records.collect()
}

fn check(document: &Automerge, before: &mut BTreeMap<String, Record>) {
    let records = all(document);
    for (kind, about, record) in &records {
        let beside = records.iter().filter(|(k, a, other)| (k, a) == (kind, about) && other.state.stands()).count();
        match record.state {
            State::Current => assert_eq!(beside, 1, "one current, and nothing beside it"),
            State::Disputed => assert!(beside > 1, "a dispute takes two"),
            State::Withdrawn => assert!(record.withdrawn.is_some()),
            State::Superseded => assert!(!record.superseded_by.is_empty()),
        }
        assert_eq!(record.withdrawn.is_some(), record.state == State::Withdrawn);
        assert_ne!(record.endorsed.as_ref().map(|e| &e.user), Some(&record.recorded.user), "endorsed by its recorder");
        let known = before.entry(record.id.clone()).or_insert_with(|| record.clone());
        assert_eq!(written(known), written(record), "a record never changes");
        assert!(known.endorsed.is_none() || record.endorsed.is_some(), "an endorsement stays");
        assert!(known.withdrawn.is_none() || record.withdrawn.is_some(), "a withdrawal stays");
        assert!(!matches!(known.state, State::Superseded) || record.state != State::Current, "nothing comes back");
        *known = record.clone();
    }
    for id in before.keys() {
        assert!(records.iter().any(|(_, _, record)| record.id == *id), "a record never goes");
    }
}

fn run(steps: &[Step]) {
    let section = section();
    // Two nodes that write without having seen each other, each at its own time.
    let mut nodes = [document(), document().with_actor(ActorId::from([2; 16]))];
    let mut before = [BTreeMap::new(), BTreeMap::new()];
    let people = [registrar(), gp(), consultant()];
    for (number, step) in steps.iter().enumerate() {
        let (node, now) = (number % 2, at(number as i64));
        match step {
            Step::Record { who, treatment, supersedes } => {
                let number = u8::try_from(number).unwrap() % 16;
                let new = match treatment {
                    0 => cpr(number, "450476008"),
                    1 => escalation(number, "oxygen", "recommended"),
                    _ => escalation(number, "dialysis", "not-recommended"),
                };
                let new = if supersedes.is_empty() { new } else { superseding(new, supersedes) };
                let _ = record(&mut nodes[node], &section, &new, &people[*who], now);
            }
            Step::Endorse { who, number } => {
                let _ = endorse(&mut nodes[node], &section, "cpr", &id(*number), &people[*who], now);
            }
            Step::Withdraw { who, number } => {
                let _ = withdraw(&mut nodes[node], &section, "cpr", &id(*number), "In error", &people[*who], now);
            }
            Step::Merge => {
                let [a, b] = &mut nodes;
                a.merge(b).unwrap();
                b.merge(a).unwrap();
                assert_eq!(read(a, None, &section), read(b, None, &section), "two replicas see the same");
            }
        }
        check(&nodes[node], &mut before[node]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn whatever_is_asked_there_is_one_current_record_or_a_dispute(steps in prop::collection::vec(step(), 1..16)) {
        run(&steps);
    }
}

//! What history says of decisions: recorded, endorsed, superseded, withdrawn.

use super::*;
use crate::decision::{Command, NewRecord, carry_out};

fn decisions() -> Arc<Section> {
    Sections::embedded().section(&"decisions".parse().unwrap()).unwrap().clone()
}

fn id(number: u8) -> String {
    format!("0000000{number}-0000-4000-8000-000000000000")
}

fn cpr(number: u8, recommendation: &str, supersedes: &[u8], reason: Option<&str>) -> Command {
    let values = json!({
        "recommendation": recommendation, "reason_code": "would-not-succeed", "capacity": "has", "involvement": "A",
        "person_informed": "713079002", "family_informed": "713656002", "review_due": "2027-11-22",
    });
    Command::Record(NewRecord {
        kind: "cpr".to_owned(),
        id: id(number),
        values: serde_json::from_value(values).unwrap(),
        supersedes: supersedes.iter().map(|number| id(*number)).collect(),
        reason: reason.map(str::to_owned),
        made_at: None,
    })
}

fn somebody(user: &str, senior: bool) -> Subject {
    Subject { registration: Some(format!("GMC {user}")), senior, ..subject(user, Role::Doctor) }
}

/// Carries a command out, and says what history makes of it.
fn told(document: &mut Automerge, command: &Command, by: &Subject) -> Vec<Difference> {
    let heads = document.get_heads();
    carry_out(document, &decisions(), command, by, UtcMillis(0)).unwrap_or_else(|error| panic!("{error}"));
    steps(document, &decisions(), &[heads, document.get_heads()]).pop().unwrap()
}

#[test]
fn every_step_of_a_decision_is_told_in_words_with_its_reason() {
    let (registrar, consultant) = (somebody("registrar", false), somebody("consultant", true));
    let mut document = empty_document().with_actor(ActorId::from([1; 16]));
    document.apply_changes([genesis(&decisions())]).unwrap();
    let id = |number| id(number);
    let endorse = Command::Endorse { kind: "cpr".to_owned(), id: id(1) };
    let withdraw = Command::Withdraw { kind: "cpr".to_owned(), id: id(2), reason: "wrong person".to_owned() };
    let reason = "the lung has failed";
    let commands = [
        (cpr(1, "450475007", &[], None), &registrar, "recorded CPR recommendation: For attempted CPR", None),
        (endorse, &consultant, "endorsed CPR recommendation: For attempted CPR", None),
        (
            cpr(2, "450476008", &[1], Some(reason)),
            &consultant,
            "recorded CPR recommendation: Not for attempted CPR in place of For attempted CPR (reason: the lung has failed)",
            Some(reason),
        ),
        (
            withdraw,
            &registrar,
            "withdrew CPR recommendation: Not for attempted CPR (reason: wrong person)",
            Some("wrong person"),
        ),
        (cpr(3, "450475007", &[], None), &registrar, "recorded CPR recommendation: For attempted CPR", None),
        (
            cpr(4, "450476008", &[], None),
            &consultant,
            "recorded CPR recommendation: Not for attempted CPR, while another stands beside it",
            None,
        ),
    ];
    for (command, by, words, reason) in commands {
        let step = told(&mut document, &command, by);
        let said: Vec<&str> = step.iter().map(|it| it.words.as_str()).collect();
        assert_eq!(said, [words]);
        assert_eq!(step[0].reason.as_deref(), reason);
        assert_eq!(step[0].path, format!("cpr.{}", command.id()));
        assert_eq!(EntryKind::of(&decisions(), &step), EntryKind::Decision);
    }
}

#[test]
fn each_decision_is_an_entry_of_its_own_and_none_is_taken_back() {
    let registrar = somebody("registrar", false);
    let made = [(&registrar, UtcMillis(0)), (&registrar, UtcMillis(1))];
    assert_eq!(entries(&decisions(), &made), [0..1, 1..2]);
    let mut document = empty_document().with_actor(ActorId::from([1; 16]));
    document.apply_changes([genesis(&decisions())]).unwrap();
    told(&mut document, &cpr(1, "450475007", &[], None), &registrar);
    let trace = Trace::build(&document, None, &decisions());
    assert_eq!(undo(&document, &decisions(), &trace, &document.get_heads()), Err(UndoError::Decided));
}

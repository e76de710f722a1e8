#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::{plan, worker::system};
use coplan_core::nhs_number::NhsNumber;
use coplan_core::policy::Policies;

const NOW: UtcMillis = UtcMillis(1_795_269_900_000);

const DECIDED: &str = include_str!("../../../tests/it/simulation/decided.toml");

async fn store(folder: &Path) -> Store {
    Store::open(folder.join("test.sqlite").to_str().unwrap()).await.unwrap()
}

fn decided(changes: &[(&str, &str)]) -> Sections {
    let text = changes.iter().fold(DECIDED.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    Sections::load([("decided.toml".to_owned(), text)]).unwrap()
}

#[tokio::test]
async fn every_definition_that_was_ever_in_force_can_be_read_again_by_its_hash() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let raised = ("version = 1", "version = 2");
    let all = [decided(&[]), decided(&[("Choice", "Choice made")]), decided(&[raised, ("= 100", "= 200")])];
    for sections in &all {
        begin_with(sections, &store, NOW).await.unwrap();
        begin_with(sections, &store, NOW.plus_ms(1)).await.unwrap();
    }
    for sections in &all {
        let section = sections.in_order()[0];
        let again = store.definition(&section.hash()).await.unwrap().unwrap();
        assert_eq!(again, *section);
    }
    assert!(store.definition(&[0; 32]).await.unwrap().is_none());
    let newest = store.newest_definitions().await.unwrap();
    assert_eq!(newest.in_order()[0].version, 2);
}

#[tokio::test]
async fn a_service_does_not_begin_with_definitions_that_its_documents_do_not_fit() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    begin_with(&decided(&[]), &store, NOW).await.unwrap();
    let refused = begin_with(&decided(&[("= 100", "= 200")]), &store, NOW).await.unwrap_err();
    let fault = "decided.toml: what it holds has changed and the version has not: raise it above 1";
    assert_eq!(refused.faults(), [fault]);
    let other = DECIDED.replace("id = \"decided\"", "id = \"other\"");
    let other = Sections::load([("other.toml".to_owned(), other)]).unwrap();
    begin_with(&other, &store, NOW).await.unwrap();
    let nhs_number = NhsNumber::parse("9990000018").unwrap();
    plan::invent_person(&store, &nhs_number).await.unwrap();
    plan::create(&store, &decided(&[]), &Policies::embedded(), &system(), &nhs_number, NOW).await.unwrap();
    let refused = begin_with(&other, &store, NOW).await.unwrap_err();
    assert_eq!(refused.faults(), ["decided.toml: there is no such file any more, and plans hold this section"]);
}

#[test]
fn an_editors_files_are_passed_over_and_an_empty_folder_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    for name in [".decided.toml", "decided.toml~", "notes.txt"] {
        std::fs::write(folder.path().join(name), "nothing").unwrap();
    }
    assert!(matches!(read(folder.path()), Err(DefinitionsError::Empty(_))));
    std::fs::write(folder.path().join("decided.toml"), DECIDED).unwrap();
    assert_eq!(read(folder.path()).unwrap().in_order().len(), 1);
    std::fs::write(folder.path().join("wrong.toml"), "id = ").unwrap();
    let faults = read(folder.path()).unwrap_err().faults();
    assert!(faults.len() == 1 && faults[0].contains("wrong.toml"), "{faults:?}");
}

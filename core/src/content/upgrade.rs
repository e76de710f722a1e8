//! What a document lacks that was made by an older version of its section's definition: places for new texts and lists.
//!
//! INVARIANT: one document has one such change for each version, the same bytes wherever it is made: it builds on the
//! genesis and on the changes like it before, never on what people wrote. So no text or list exists twice.

use super::{genesis::structure, genesis_actor, is_service_actor, service_actor};
use crate::section::Section;
use automerge::{ActorId, Automerge, Change, ChangeHash, transaction::CommitOptions};

/// The actor of the change that brings a document up to this version of its section's definition.
#[must_use]
pub fn upgrade_actor(section: &Section) -> ActorId {
    service_actor(&format!("upgrade\0{}", genesis_actor(section)))
}

/// Whether a document that these actors have written in has a place for everything that the definition has.
pub fn is_up_to_date<'a>(mut actors: impl Iterator<Item = &'a ActorId>, section: &Section) -> bool {
    let since = [genesis_actor(section), upgrade_actor(section)];
    actors.any(|actor| since.contains(actor))
}

/// The change that gives the document what it lacks; `None` if that is nothing, or it is no section's document.
#[must_use]
pub fn upgrade(document: &Automerge, section: &Section) -> Option<Change> {
    let base = structure_so_far(document)?;
    let mut fork = document.fork_at(&[base]).ok()?.with_actor(upgrade_actor(section));
    let mut transaction = fork.transaction();
    structure(&mut transaction, section).ok()?;
    let options = CommitOptions::default().with_time(0).with_message(format!("{MESSAGE}{}", section.version));
    transaction.commit_with(options).0?;
    fork.get_last_local_change()
}

/// The last of the changes that only make structure. They stand in one line.
fn structure_so_far(document: &Automerge) -> Option<ChangeHash> {
    let mut last = None;
    for change in document.get_changes(&[]) {
        let follows = match last {
            None => change.deps().is_empty(),
            Some(last) => change.deps() == [last] && makes_structure(&change),
        };
        if follows {
            last = Some(change.hash());
        }
    }
    last
}

/// The message tells it from what the service writes for somebody; no client's change has such an actor.
fn makes_structure(change: &Change) -> bool {
    is_service_actor(change.actor_id()) && change.message().is_some_and(|message| message.starts_with(MESSAGE))
}

const MESSAGE: &str = "definition ";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::{
        content::{edit, edit::Edit, genesis, load_document},
        section::Sections,
    };
    use std::sync::Arc;

    fn notes(version: u32, fields: &[&str]) -> Arc<Section> {
        let mut text = format!(
            "id = \"notes\"\ntitle = \"Notes\"\nversion = {version}\norder = 10\nsummary = \"Invented.\"\n\
             source = \"Invented\"\nwrites = [\"doctor\"]\naudiences = [\"clinician\"]\nsign_off = \"none\"\n"
        );
        for id in fields {
            text += &format!(
                "[[field]]\nid = \"{id}\"\nlabel = \"A field\"\nhelp = \"What is in it.\"\ntype = \"text\"\n\
                 merge = \"T\"\nmax_chars = 100\nsource = \"Invented\"\n"
            );
        }
        let sections = Sections::load([("notes.toml".to_owned(), text)]).unwrap();
        sections.in_order().remove(0).clone()
    }

    fn written_in(document: &mut Automerge, section: &Section, field: &str) -> Result<ChangeHash, edit::EditError> {
        edit::apply(document, section, &Edit::SetText { field: field.into(), text: field.to_uppercase() }, 0)
    }

    fn actors(document: &Automerge) -> Vec<ActorId> {
        document.get_changes(&[]).iter().map(|change| change.actor_id().clone()).collect()
    }

    #[test]
    fn a_new_text_has_a_place_in_an_old_document_and_what_was_written_stays() {
        let (one, two, three) = (notes(1, &["a"]), notes(2, &["a", "b"]), notes(3, &["a", "b", "c"]));
        let mut document = load_document(genesis(&one).raw_bytes()).unwrap().with_actor(ActorId::from([7; 16]));
        assert!(is_up_to_date(actors(&document).iter(), &one) && upgrade(&document, &one).is_none());
        written_in(&mut document, &one, "a").unwrap();
        assert!(!is_up_to_date(actors(&document).iter(), &two));
        assert_eq!(written_in(&mut document, &two, "b"), Err(edit::EditError::NoPlace("b".to_owned())));
        document.apply_changes([upgrade(&document, &two).unwrap()]).unwrap();
        assert!(is_up_to_date(actors(&document).iter(), &two) && upgrade(&document, &two).is_none());
        written_in(&mut document, &two, "b").unwrap();
        document.apply_changes([upgrade(&document, &three).unwrap()]).unwrap();
        written_in(&mut document, &three, "c").unwrap();
        let content = crate::content::read(&document, None, &three);
        assert_eq!(content.fields.len(), 3, "{content:?}");
        assert!(content.problems.is_empty() && content.fields.iter().all(|field| field.others.is_empty()));
    }

    #[test]
    fn it_is_the_same_change_whatever_people_have_written() {
        let (one, two) = (notes(1, &["a"]), notes(2, &["a", "b"]));
        let fresh = load_document(genesis(&one).raw_bytes()).unwrap();
        let mut written = fresh.clone().with_actor(ActorId::from([7; 16]));
        written_in(&mut written, &one, "a").unwrap();
        assert_eq!(upgrade(&fresh, &two).unwrap().raw_bytes(), upgrade(&written, &two).unwrap().raw_bytes());
        assert!(upgrade(&crate::content::empty_document(), &two).is_none());
    }
}

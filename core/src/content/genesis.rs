//! The first change of a section's document, the same bytes wherever it is made.
//!
//! INVARIANT: one id and version of a definition has one genesis. Two nodes that open the same section at once therefore
//! make the same change, and no text or list exists twice. Whatever changes the fields of a definition raises its version;
//! whatever changes the structure of all documents raises `LAYOUT`.

use super::empty_document;
use crate::section::{Kind, Section};
use automerge::{
    ActorId, AutomergeError, Change, ObjId, ObjType, ROOT, ReadDoc, Value,
    transaction::{CommitOptions, Transactable, Transaction},
};
use sha2::{Digest, Sha256};

/// The constant first change of a document of this section: `meta`, an empty Text for each text field, an empty map for each
/// list, and an empty map `settled`.
#[must_use]
pub fn genesis(section: &Section) -> Change {
    let mut document = empty_document().with_actor(genesis_actor(section));
    let mut transaction = document.transaction();
    structure(&mut transaction, section).expect("an empty document takes its structure");
    transaction.commit_with(CommitOptions::default().with_time(0));
    document.get_last_local_change().expect("the structure was just committed")
}

/// The actor of the genesis change: no client has it, and it never makes a second change.
#[must_use]
pub fn genesis_actor(section: &Section) -> ActorId {
    let name = format!("coplan genesis {} {} layout {LAYOUT}", section.id, section.version);
    ActorId::from(&Sha256::digest(name)[..ACTOR_BYTES])
}

/// Makes what is not there yet.
pub(super) fn structure(transaction: &mut Transaction<'_>, section: &Section) -> Result<(), AutomergeError> {
    let meta = made(transaction, &ROOT, "meta", ObjType::Map)?;
    transaction.put(&meta, "section", section.id.as_str())?;
    transaction.put(&meta, "definition", i64::from(section.version))?;
    let fields = made(transaction, &ROOT, "fields", ObjType::Map)?;
    // By id, so that showing the fields in another order leaves the bytes alone.
    let mut by_id: Vec<_> = section.fields.iter().collect();
    by_id.sort_by_key(|field| &field.id);
    for field in by_id {
        let shape = match field.kind {
            Kind::Text => ObjType::Text,
            Kind::List => ObjType::Map,
            _ => continue,
        };
        made(transaction, &fields, field.id.as_str(), shape)?;
    }
    made(transaction, &ROOT, "settled", ObjType::Map)?;
    Ok(())
}

fn made(transaction: &mut Transaction<'_>, parent: &ObjId, key: &str, shape: ObjType) -> Result<ObjId, AutomergeError> {
    match transaction.get(parent, key)? {
        Some((Value::Object(held), id)) if held == shape => Ok(id),
        _ => transaction.put_object(parent, key, shape),
    }
}

/// The structure that `structure` makes: 1 had no `settled`.
const LAYOUT: u32 = 2;

const ACTOR_BYTES: usize = 16;

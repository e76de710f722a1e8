//! Lists of change hashes as the database keeps them: one after the other, 32 bytes each.

use crate::store::StoreError;
use automerge::ChangeHash;

pub(super) fn write(hashes: &[ChangeHash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

pub(super) fn read(bytes: &[u8], what: &'static str, id: &str) -> Result<Vec<ChangeHash>, StoreError> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    if !rest.is_empty() {
        return Err(StoreError::Damaged { what, id: id.to_owned() });
    }
    Ok(hashes.iter().map(|hash| ChangeHash(*hash)).collect())
}

pub(super) fn read_one(bytes: &[u8], what: &'static str, id: &str) -> Result<ChangeHash, StoreError> {
    bytes.try_into().map(ChangeHash).map_err(|_| StoreError::Damaged { what, id: id.to_owned() })
}

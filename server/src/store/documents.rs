//! Reading documents back: a snapshot where it can be trusted, and the changes after it, each checked.

use super::{GrantedDocument, Store, StoreError, heads};
use automerge::{ActorId, ChangeHash};
use bytes::Bytes;
use coplan_core::{
    id::{PlanId, SectionId, UserId},
    policy::PlanFacts,
    sync::{
        DocumentId,
        hub::{StoredChange, StoredDocument, StoredSnapshot},
    },
};
use sha2::{Digest, Sha256};
use sqlx::{Connection, SqliteConnection};
use std::sync::Arc;

impl Store {
    /// Everything of a document of the plan that was granted, as it stands.
    ///
    /// # Errors
    /// As `load_document`.
    pub async fn document(&self, document: &GrantedDocument) -> Result<Option<StoredDocument>, StoreError> {
        self.load_document(document).await
    }

    /// Everything of one document, as it stood at one moment; `None` if there is no such document. For the hub, which asks
    /// for the rights of each who has the document open.
    ///
    /// A snapshot that does not have its hash is passed over for an older one, or for none.
    ///
    /// # Errors
    /// `StoreError::Damaged` if a change does not have its hash or one is missing from the log.
    pub async fn load_document(&self, document: &DocumentId) -> Result<Option<StoredDocument>, StoreError> {
        let id = document.to_string();
        let mut connection = self.readers.acquire().await?;
        let mut moment = connection.begin().await?;
        let Some((plan, section)) = document_place(&mut moment, &id).await? else {
            return Ok(None);
        };
        let snapshot = snapshot(&mut moment, &id).await?;
        let from = snapshot.as_ref().map_or(0, |snapshot| snapshot.changes);
        let changes = changes_from(&mut moment, &id, from).await?;
        let (actors, refused) = (actors(&mut moment, &id).await?, refused(&mut moment, &id).await?);
        moment.commit().await?;
        // Facts may need a connection of their own.
        drop(connection);
        let facts = self.facts(&plan).await?;
        Ok(Some(StoredDocument { plan, facts, section, snapshot, changes, actors, refused }))
    }

    /// Everything of one document from the change log alone, whatever snapshots there are: for proving what they say.
    ///
    /// # Errors
    /// `StoreError::Damaged` if a change does not have its hash or one is missing from the log.
    pub async fn load_log(&self, document: &GrantedDocument) -> Result<Option<StoredDocument>, StoreError> {
        let id = document.to_string();
        let mut connection = self.readers.acquire().await?;
        let mut moment = connection.begin().await?;
        let Some((plan, section)) = document_place(&mut moment, &id).await? else {
            return Ok(None);
        };
        let changes = changes_from(&mut moment, &id, 0).await?;
        let facts = Arc::new(PlanFacts::of_no_plan(plan.clone()));
        let (actors, refused) = (Vec::new(), Vec::new());
        Ok(Some(StoredDocument { plan, facts, section, snapshot: None, changes, actors, refused }))
    }

    /// Keeps a snapshot of the first `changes` rows of a document's log, and drops all but the newest few.
    ///
    /// # Errors
    /// `StoreError` if it was not written; nothing is lost then but time at the next load.
    pub async fn save_snapshot(
        &self,
        document: &DocumentId,
        changes: u64,
        heads: &[ChangeHash],
        bytes: Bytes,
    ) -> Result<(), StoreError> {
        let (id, changes) = (document.to_string(), changes.cast_signed());
        let heads = heads::write(heads);
        let sha256 = Sha256::digest(&bytes).to_vec();
        let bytes = Vec::from(bytes);
        let mut writer = self.writer().await?;
        let mut transaction = writer.connection.begin().await?;
        sqlx::query!(
            "insert into snapshot (document, changes, heads, bytes, bytes_sha256) values (?, ?, ?, ?, ?)
             on conflict (document, changes) do update
                 set heads = excluded.heads, bytes = excluded.bytes, bytes_sha256 = excluded.bytes_sha256",
            id,
            changes,
            heads,
            bytes,
            sha256
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "delete from snapshot where document = ?1 and changes not in
                 (select changes from snapshot where document = ?1 order by changes desc limit ?2)",
            id,
            SNAPSHOTS_KEPT
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }
}

async fn document_place(moment: &mut SqliteConnection, id: &str) -> Result<Option<(PlanId, SectionId)>, StoreError> {
    let row = sqlx::query!("select plan, section from document where id = ?", id).fetch_optional(moment).await?;
    row.map(|row| Ok((super::id(row.plan, "plan")?, super::id(row.section, "section")?))).transpose()
}

async fn snapshot(moment: &mut SqliteConnection, id: &str) -> Result<Option<StoredSnapshot>, StoreError> {
    let mut before = i64::MAX;
    loop {
        let row = sqlx::query!(
            "select changes, heads, bytes, bytes_sha256 from snapshot where document = ? and changes < ?
             order by changes desc limit 1",
            id,
            before
        )
        .fetch_optional(&mut *moment)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let heads = heads::read(&row.heads, "snapshot", id);
        if let (true, Ok(heads)) = (Sha256::digest(&row.bytes)[..] == row.bytes_sha256, heads) {
            let changes = row.changes.cast_unsigned();
            return Ok(Some(StoredSnapshot { bytes: row.bytes.into(), heads, changes }));
        }
        tracing::error!(document.id = id, snapshot.changes = row.changes, "a snapshot is damaged and was passed over");
        before = row.changes;
    }
}

async fn changes_from(moment: &mut SqliteConnection, id: &str, from: u64) -> Result<Vec<StoredChange>, StoreError> {
    let from = from.cast_signed();
    let rows = sqlx::query!(
        "select position, hash, deps, bytes from change where document = ? and position >= ? order by position",
        id,
        from
    )
    .fetch_all(moment)
    .await?;
    let damaged = || StoreError::Damaged { what: "change log", id: id.to_owned() };
    let mut changes = Vec::with_capacity(rows.len());
    for (row, position) in rows.into_iter().zip(from..) {
        let hash = heads::read_one(&row.hash, "change", id)?;
        if row.position != position || !chunk_has_hash(&row.bytes, &hash) {
            return Err(damaged());
        }
        changes.push(StoredChange { hash, deps: heads::read(&row.deps, "change", id)?, bytes: row.bytes.into() });
    }
    Ok(changes)
}

/// A change's hash is the SHA-256 of its chunk after magic bytes and checksum; the checksum is its first four bytes.
pub(super) fn chunk_has_hash(chunk: &[u8], hash: &ChangeHash) -> bool {
    match chunk.split_at_checked(8) {
        Some((start, hashed)) => start[4..] == hash.0[..4] && Sha256::digest(hashed)[..] == hash.0,
        None => false,
    }
}

async fn actors(moment: &mut SqliteConnection, id: &str) -> Result<Vec<(ActorId, UserId)>, StoreError> {
    let rows = sqlx::query!(
        "select change.actor, author.account from change join author on author.id = change.author
         where change.document = ? and change.seq = 1",
        id
    )
    .fetch_all(moment)
    .await?;
    rows.into_iter().map(|row| Ok((ActorId::from(row.actor), super::id(row.account, "author")?))).collect()
}

async fn refused(moment: &mut SqliteConnection, id: &str) -> Result<Vec<ChangeHash>, StoreError> {
    let rows = sqlx::query!("select hash from quarantine where document = ?", id).fetch_all(moment).await?;
    rows.iter().map(|row| heads::read_one(&row.hash, "quarantine", id)).collect()
}

/// How many snapshots of a document are kept: the newest, and those to fall back to.
const SNAPSHOTS_KEPT: i64 = 3;

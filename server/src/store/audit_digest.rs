//! Digests in the chain: of the change log, document by document, and of publications.
//!
//! A digest of a document's log is a running root: `root = SHA-256(root before || row)` for each row from the first, which
//! follows the SHA-256 of the document's id. It covers every column, with the author spelt out; of the bytes it covers the
//! hash, which the bytes must have. INVARIANT: what a digest in the chain covers cannot change without a trace.

use super::{
    Store, StoreError,
    audit::{Ready, append},
    plans::document_id,
};
use crate::audit::{Event, action};
use coplan_core::{policy::Subject, sync::DocumentId, time::UtcMillis};
use sha2::{Digest, Sha256};
use sqlx::{Connection, SqliteConnection};

/// A digest of a document's log, on the way into the chain.
struct NewDigest {
    document: String,
    plan: String,
    changes: i64,
    root: [u8; 32],
}

/// The root of a log without rows.
pub(super) fn empty_root(document: &str) -> [u8; 32] {
    Sha256::digest(document.as_bytes()).into()
}

/// The root after one more row.
pub(super) fn next_root(root: &[u8; 32], row: &str) -> [u8; 32] {
    Sha256::new().chain_update(root).chain_update(row.as_bytes()).finalize().into()
}

impl Store {
    /// Puts digests into the chain of all that was stored since the last ones; how many there were.
    ///
    /// # Errors
    /// `StoreError` if they were not kept; the next call digests what this one did not.
    pub async fn digest(&self, now: UtcMillis) -> Result<usize, StoreError> {
        let documents: Vec<DocumentId> = self.audit.take_undigested().into_iter().collect();
        let mut done = 0;
        for some in documents.chunks(DIGESTS_AT_ONCE) {
            match self.digest_some(some, now).await {
                Ok(digested) => done += digested,
                Err(error) => {
                    self.audit.undigested(documents);
                    return Err(error);
                }
            }
        }
        Ok(done)
    }

    /// Finds what was stored and not digested before the service stopped, and takes publications into the chain that were
    /// made before there was one.
    ///
    /// # Errors
    /// `StoreError` if it could not be read or written.
    pub async fn take_into_audit(&self, now: UtcMillis) -> Result<(), StoreError> {
        let rows = sqlx::query!(
            "select document.id from document left join audit_log_root on audit_log_root.document = document.id
             where (select max(position) + 1 from change where change.document = document.id)
                 > coalesce(audit_log_root.changes, 0)"
        )
        .fetch_all(&self.readers)
        .await?;
        let documents: Result<Vec<_>, _> = rows.iter().map(|row| document_id(&row.id)).collect();
        self.audit.undigested(documents?);
        let mut writer = self.writer().await?;
        let begun = sqlx::query!("select seq from audit limit 1").fetch_optional(&mut writer.connection).await?;
        if begun.is_some() {
            return Ok(());
        }
        let publications = sqlx::query!("select plan, version from publication order by plan, version")
            .fetch_all(&mut writer.connection)
            .await?;
        let mut events = Vec::with_capacity(publications.len());
        for row in publications {
            let digest = publication_digest(&mut writer.connection, &row.plan, row.version).await?;
            let event = Event::of(Some(&Subject::system()), action::TAKE_IN, now);
            let plan = super::id(row.plan, "publication")?;
            let event = Event { version: Some(row.version), sha256: digest, ..event.of_plan(&plan) };
            events.push(writer.ready(event).await?);
        }
        let mut transaction = writer.connection.begin().await?;
        append(&mut transaction, events).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The number of the last row of the chain, and its hash; `None` before the first.
    ///
    /// # Errors
    /// `StoreError` if it could not be read.
    pub async fn audit_end(&self) -> Result<Option<(i64, [u8; 32])>, StoreError> {
        let row =
            sqlx::query!("select seq, hash from audit order by seq desc limit 1").fetch_optional(&self.readers).await?;
        let damaged = |seq: i64| StoreError::Damaged { what: "audit", id: seq.to_string() };
        row.map(|row| Ok((row.seq, row.hash.try_into().map_err(|_| damaged(row.seq))?))).transpose()
    }

    async fn digest_some(&self, documents: &[DocumentId], now: UtcMillis) -> Result<usize, StoreError> {
        let mut digests = Vec::new();
        for document in documents {
            digests.extend(self.new_digest(&document.to_string()).await?);
        }
        if digests.is_empty() {
            return Ok(0);
        }
        let mut writer = self.writer().await?;
        let mut events: Vec<Ready> = Vec::with_capacity(digests.len());
        for digest in &digests {
            let event = Event::of(Some(&Subject::system()), action::DIGEST, now);
            let plan = super::id(digest.plan.clone(), "document")?;
            let event = Event {
                resource: Some(format!("document:{}", digest.document)),
                version: Some(digest.changes),
                sha256: Some(digest.root),
                ..event.of_plan(&plan)
            };
            events.push(writer.ready(event).await?);
        }
        let mut transaction = writer.connection.begin().await?;
        for digest in &digests {
            let root = &digest.root[..];
            sqlx::query!(
                "insert into audit_log_root (document, changes, root) values (?, ?, ?)
                 on conflict (document) do update set changes = excluded.changes, root = excluded.root",
                digest.document,
                digest.changes,
                root
            )
            .execute(&mut *transaction)
            .await?;
        }
        append(&mut transaction, events).await?;
        transaction.commit().await?;
        Ok(digests.len())
    }

    async fn new_digest(&self, document: &str) -> Result<Option<NewDigest>, StoreError> {
        let found = sqlx::query!(
            r#"select document.plan, audit_log_root.changes as "changes?: i64", audit_log_root.root as "root?: Vec<u8>"
             from document left join audit_log_root on audit_log_root.document = document.id where document.id = ?"#,
            document
        )
        .fetch_optional(&self.readers)
        .await?;
        let Some(found) = found else { return Ok(None) };
        let damaged = |_| StoreError::Damaged { what: "digest", id: document.to_owned() };
        let from = found.changes.unwrap_or_default();
        let mut root = match found.root {
            Some(root) => root.try_into().map_err(damaged)?,
            None => empty_root(document),
        };
        let rows = self.log_rows(document, from).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        for row in &rows {
            root = next_root(&root, row);
        }
        let changes = from + i64::try_from(rows.len()).unwrap_or(i64::MAX);
        Ok(Some(NewDigest { document: document.to_owned(), plan: found.plan, changes, root }))
    }

    /// Rows of a document's log from a position, as digests cover them.
    pub(super) async fn log_rows(&self, document: &str, from: i64) -> Result<Vec<String>, StoreError> {
        let rows = sqlx::query!(
            r#"select json_array(change.position, hex(change.hash), hex(change.deps), hex(change.actor), change.seq,
                 change.ops, change.claimed_at_s, change.received_at, author.account, author.name, author.role,
                 author.job_title, author.organisation, author.organisation_name, author.registration, author.senior)
                 as "row!: String"
             from change join author on author.id = change.author
             where change.document = ? and change.position >= ? order by change.position"#,
            document,
            from
        )
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.into_iter().map(|row| row.row).collect())
    }
}

/// What the chain holds of a publication: a hash over its rows and the hashes of its views.
pub(super) async fn publication_digest(
    connection: &mut SqliteConnection,
    plan: &str,
    version: i64,
) -> Result<Option<[u8; 32]>, StoreError> {
    let row = sqlx::query!(
        r#"select json_array(it.plan, it.version, it.published_at, hex(it.hash), it.person || coalesce(it.circumstances, ''),
             by.account, by.name, by.role,
             by.job_title, by.organisation, by.organisation_name, by.registration, by.senior,
             (select json_group_array(json_array(part.section, part.definition, hex(part.heads), part.since_version,
                     part.since_at, part.sign_off, part.signed_at, part.account, part.name, part.role, part.job_title,
                     part.organisation, part.organisation_name, part.registration, part.senior,
                     hex(part.definition_hash), hex(part.checked_heads), part.changes))
              from (select section.*, signer.account, signer.name, signer.role, signer.job_title, signer.organisation,
                        signer.organisation_name, signer.registration, signer.senior
                    from publication_section section left join author signer on signer.id = section.signed_by
                    where section.plan = ?1 and section.version = ?2 order by section.section) part),
             (select json_group_array(json_array(shown.view, hex(shown.bytes_sha256)))
              from (select view, bytes_sha256 from publication_view where plan = ?1 and version = ?2 order by view) shown))
             as "rows!: String"
         from publication it join author by on by.id = it.author where it.plan = ?1 and it.version = ?2"#,
        plan,
        version
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Sha256::digest(row.rows.as_bytes()).into()))
}

/// Documents that are digested in one transaction.
const DIGESTS_AT_ONCE: usize = 200;

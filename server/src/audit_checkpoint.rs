//! Signed checkpoints of the audit: how long the chain is and its last hash, under a key that is not in the database.
//!
//! Whoever may write in the database can make a new chain, but cannot sign for it; and cannot make an old checkpoint agree with
//! it. Each checkpoint is appended to a file and written to the log, so that copies of either, kept elsewhere, show a chain
//! that was cut off. Digests of the change log go into the chain just before.

mod key;

pub use key::{AuditKey, AuditKeyError, public_key_of};

use crate::{
    audit::chain::BEGINNING,
    clock::Clock,
    store::{Store, StoreError},
};
use coplan_core::time::UtcMillis;
use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio_util::sync::CancellationToken;

/// What was so of the chain at a moment, signed. A line of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// The number of the last row.
    pub seq: i64,
    /// Its hash, in hex.
    pub hash: String,
    /// How many rows there are: as many, because there are no gaps.
    pub rows: i64,
    /// When, as RFC 3339 writes it.
    pub time: String,
    /// Ed25519 over the other members, in hex.
    pub signature: String,
}

/// Why no checkpoint was made.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file.
    #[error("cannot write the checkpoints `{0}`: {1}")]
    File(PathBuf, #[source] io::Error),
}

impl Checkpoint {
    /// Signs for the chain as it is.
    #[must_use]
    pub fn sign(key: &AuditKey, seq: i64, hash: &[u8; 32], at: UtcMillis) -> Self {
        let unsigned =
            Self { seq, hash: hex::encode(hash), rows: seq, time: at.to_rfc3339(), signature: String::new() };
        let signature = hex::encode(key.sign(&unsigned.signed_bytes()));
        Self { signature, ..unsigned }
    }

    /// Whether whoever has the key of this public one signed it.
    #[must_use]
    pub fn is_signed_by(&self, public: &VerifyingKey) -> bool {
        let bytes = hex::decode(&self.signature).ok().and_then(|bytes| <[u8; 64]>::try_from(bytes).ok());
        let signature = bytes.map(|bytes| Signature::from_bytes(&bytes));
        signature.is_some_and(|signature| public.verify_strict(&self.signed_bytes(), &signature).is_ok())
    }

    fn signed_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(&(FORMAT, self.seq, &self.hash, self.rows, &self.time)).expect("text and numbers are JSON")
    }
}

/// Makes checkpoints of one chain, in one file.
pub struct Checkpoints {
    store: Store,
    key: AuditKey,
    file: PathBuf,
    clock: Clock,
    /// The last row that was signed for.
    last: i64,
}

impl Checkpoints {
    /// Takes up a file where it ends.
    #[must_use]
    pub fn new(store: Store, key: AuditKey, data: &Path, clock: Clock) -> Self {
        let file = data.join(CHECKPOINTS_FILE);
        let last = read(&file).ok().and_then(|lines| lines.into_iter().filter_map(Result::ok).next_back());
        Self { store, key, file, clock, last: last.map_or(0, |checkpoint| checkpoint.seq) }
    }

    /// Makes one every minute that there is something new, and one at the end.
    pub async fn run(mut self, stopping: CancellationToken) {
        self.make_or_log().await;
        while stopping.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
            self.make_or_log().await;
        }
    }

    /// The last one, when nothing writes any more.
    pub async fn make_or_log(&mut self) {
        match self.make().await {
            Ok(Some(made)) => {
                let Checkpoint { seq, hash, rows, time, signature } = made;
                tracing::info!(
                    audit.seq = seq,
                    audit.hash = hash,
                    audit.rows = rows,
                    time,
                    signature,
                    "audit checkpoint"
                );
            }
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "no audit checkpoint was made"),
        }
    }

    /// Digests what is new and signs for the chain; `None` if nothing is new.
    ///
    /// # Errors
    /// `CheckpointError`; the next one covers what this one did not.
    pub async fn make(&mut self) -> Result<Option<Checkpoint>, CheckpointError> {
        let now = self.clock.now();
        self.store.digest(now).await?;
        let (seq, hash) = self.store.audit_end().await?.unwrap_or((0, BEGINNING));
        // The first is made for an empty chain too: a folder without checkpoints is one from which they were taken.
        if seq == self.last && self.file.exists() {
            return Ok(None);
        }
        let made = Checkpoint::sign(&self.key, seq, &hash, now);
        append(&self.file, &made).map_err(|error| CheckpointError::File(self.file.clone(), error))?;
        self.last = seq;
        Ok(Some(made))
    }
}

/// The checkpoints of a file; a line that is none is an error of its own.
///
/// # Errors
/// If the file cannot be read.
pub fn read(file: &Path) -> io::Result<Vec<Result<Checkpoint, serde_json::Error>>> {
    let text = fs::read_to_string(file)?;
    Ok(text.lines().filter(|line| !line.trim().is_empty()).map(serde_json::from_str).collect())
}

fn append(file: &Path, made: &Checkpoint) -> io::Result<()> {
    let mut line = serde_json::to_vec(made)?;
    line.push(b'\n');
    let mut file = fs::OpenOptions::new().append(true).create(true).mode(0o600).open(file)?;
    file.write_all(&line)?;
    file.sync_all()
}

/// Names what is signed.
const FORMAT: &str = "coplan-checkpoint-1";

/// How often a checkpoint is made, if there is something new.
const EVERY: Duration = Duration::from_secs(60);

/// The file in the data folder.
pub const CHECKPOINTS_FILE: &str = "audit-checkpoints.jsonl";

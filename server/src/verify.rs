//! `coplan verify`: whether the audit, the publications and the change log are what they were.
//!
//! It needs the database and the checkpoints, and no service; it reads beside one that is running. Checkpoints and
//! publications are read before the chain, and the change log after it, so that what is written meanwhile is not missed.
//!
//! To add a check: a method that adds findings, and a tampering in the tests that it alone finds.

mod chain;
mod stored;

use crate::{
    audit_checkpoint::{self, AuditKeyError, CHECKPOINTS_FILE, Checkpoint},
    config::Verify,
    publish::PublishFailure,
    serve::DATABASE_FILE,
    store::{OpenError, Store, StoreError},
};
use ed25519_dalek::VerifyingKey;
use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::PathBuf,
};

/// Why it could not be said that all is well.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The database.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database, once it was open.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key.
    #[error(transparent)]
    Key(#[from] AuditKeyError),
    /// The checkpoints.
    #[error("cannot read the checkpoints `{0}`: {1}")]
    Checkpoints(PathBuf, #[source] io::Error),
    /// A publication could not be made again for want of the database.
    #[error(transparent)]
    Again(#[from] PublishFailure),
    /// Standard output.
    #[error("cannot write the answer: {0}")]
    Output(#[from] io::Error),
    /// Something is not what it was; each finding has been printed.
    #[error("{0} findings")]
    Found(usize),
}

/// One thing that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The stable name of the kind.
    pub code: &'static str,
    /// Where, and what is wrong, without content of a plan.
    pub place: String,
}

/// Everything that was found, and how much was looked at.
#[derive(Debug, Default)]
pub struct Findings {
    /// What is wrong.
    pub found: Vec<Finding>,
    /// Rows of the audit.
    pub events: u64,
    /// Checkpoints.
    pub checkpoints: u64,
    /// Publications.
    pub publications: u64,
    /// Rows of the change log.
    pub changes: u64,
    /// Rows of the change log that are too new to be in a digest.
    pub undigested: u64,
    /// What the chain holds of publications, by plan and version.
    published: BTreeMap<(String, i64), String>,
    /// What the chain holds of documents' logs: after how many rows, and the root.
    digests: BTreeMap<String, Vec<(i64, String)>>,
}

impl Findings {
    fn add(&mut self, code: &'static str, place: impl Into<String>) {
        self.found.push(Finding { code, place: place.into() });
    }
}

/// Checks everything, and prints what is wrong on standard output, one finding a line.
///
/// # Errors
/// `VerifyError`; `Found` if anything was.
pub async fn run(config: &Verify) -> Result<(), VerifyError> {
    let findings = check(config).await?;
    let mut out = io::stdout().lock();
    for Finding { code, place } in &findings.found {
        writeln!(out, "{code}: {place}")?;
    }
    let Findings { events, checkpoints, publications, changes, undigested, .. } = findings;
    write!(out, "{events} events, {checkpoints} checkpoints, {publications} publications, {changes} changes")?;
    writeln!(out, " ({undigested} of them not digested yet)")?;
    match findings.found.len() {
        0 => Ok(writeln!(out, "nothing is wrong")?),
        found => Err(VerifyError::Found(found)),
    }
}

/// Checks everything.
///
/// # Errors
/// `VerifyError` if something could not be read.
pub async fn check(config: &Verify) -> Result<Findings, VerifyError> {
    let mut findings = Findings::default();
    let checkpoints = checkpoints(config, &mut findings)?;
    let public = audit_checkpoint::public_key_of(config.public_key.as_deref(), &config.data)?;
    let file = config.data.join(DATABASE_FILE).to_string_lossy().into_owned();
    let store = Store::open_to_read(config.database_url.as_ref().unwrap_or(&file)).await?;
    let publications = store.all_publications().await?;
    chain::check(&store, &checkpoints, &mut findings).await?;
    signatures(&checkpoints, public.as_ref(), &mut findings);
    stored::publications(&store, &publications, config.without_rendering, &mut findings).await?;
    stored::logs(&store, &mut findings).await?;
    Ok(findings)
}

/// The checkpoints of the folder, or of the file that was named.
fn checkpoints(config: &Verify, findings: &mut Findings) -> Result<Vec<Checkpoint>, VerifyError> {
    let file = config.checkpoints.clone().unwrap_or_else(|| config.data.join(CHECKPOINTS_FILE));
    let lines = match audit_checkpoint::read(&file) {
        Ok(lines) => lines,
        Err(error) if error.kind() == io::ErrorKind::NotFound && config.checkpoints.is_none() => {
            findings.add("no-checkpoints", "there is no file of checkpoints, so nothing shows that the audit is whole");
            return Ok(Vec::new());
        }
        Err(error) => return Err(VerifyError::Checkpoints(file, error)),
    };
    let mut checkpoints = Vec::with_capacity(lines.len());
    for (line, number) in lines.into_iter().zip(1..) {
        match line {
            Ok(checkpoint) => checkpoints.push(checkpoint),
            Err(_) => findings.add("checkpoint-unreadable", format!("line {number} is not a checkpoint")),
        }
    }
    findings.checkpoints = checkpoints.len() as u64;
    Ok(checkpoints)
}

fn signatures(checkpoints: &[Checkpoint], public: Option<&VerifyingKey>, findings: &mut Findings) {
    let Some(public) = public else {
        findings.add("no-key", "there is no key to check the checkpoints with; name one with --public-key");
        return;
    };
    for checkpoint in checkpoints.iter().filter(|checkpoint| !checkpoint.is_signed_by(public)) {
        let place = format!("the checkpoint of row {} at {} is not signed by the key", checkpoint.seq, checkpoint.time);
        findings.add("checkpoint-not-signed", place);
    }
}

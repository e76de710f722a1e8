//! The chain: what an event's hash covers.
//!
//! `hash = SHA-256(hash of the row before || row)`, where the row is a JSON array of its columns in a fixed order, with the
//! author spelt out: whoever changes an author's row changes what they did. The first row follows 32 zero bytes.

use serde::Serialize;
use sha2::{Digest, Sha256};

/// A row of the chain as its hash covers it. Serialised as an array, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number, from 1.
    pub seq: i64,
    /// UTC milliseconds.
    pub at: i64,
    /// Who, as their session said they were.
    pub author: Option<RowAuthor>,
    /// How they had proved who they are.
    pub via: Option<String>,
    /// AAL.
    pub assurance: Option<i64>,
    /// The session's number.
    pub session: Option<i64>,
    /// What was asked for.
    pub action: String,
    /// Of which plan.
    pub plan: Option<String>,
    /// Of what.
    pub resource: Option<String>,
    /// What came of it.
    pub outcome: String,
    /// The rules that decided.
    pub rules: String,
    /// By what they were connected to the plan.
    pub connection: Option<String>,
    /// Why, in their words.
    pub reason: Option<String>,
    /// The emergency they were sent to.
    pub job: Option<String>,
    /// Of a publication, or how many rows a digest covers.
    pub version: Option<i64>,
    /// Of what was shown, published or digested; in hex.
    pub sha256: Option<String>,
}

/// An author in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowAuthor(
    /// Account.
    pub String,
    /// Name.
    pub String,
    /// Role.
    pub String,
    /// Job title.
    pub String,
    /// Organisation's code.
    pub String,
    /// Organisation's name.
    pub String,
    /// Registration; empty for none.
    pub String,
    /// Authorised as a senior decision-maker.
    pub bool,
);

/// What the first row follows.
pub const BEGINNING: [u8; 32] = [0; 32];

impl Row {
    /// Its hash, after the row of hash `before`.
    #[must_use]
    pub fn hash(&self, before: &[u8; 32]) -> [u8; 32] {
        let who = (&self.author, &self.via, self.assurance, self.session);
        let what = (&self.action, &self.plan, &self.resource, &self.outcome);
        let why = (&self.rules, &self.connection, &self.reason, &self.job);
        let row = (FORMAT, self.seq, self.at, who, what, why, self.version, &self.sha256);
        let bytes = serde_json::to_vec(&row).expect("text and numbers are JSON");
        Sha256::new().chain_update(before).chain_update(bytes).finalize().into()
    }
}

/// Names the order of the columns.
const FORMAT: &str = "coplan-audit-1";

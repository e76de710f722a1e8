//! What may be asked, and every way in which it can be refused.

use super::{RECORDS_MAX, Record, SUPERSEDES_MAX};
use crate::{section::ValueError, time::UtcMillis};
use serde_json::Value;
use std::collections::BTreeMap;

/// What somebody with the authority asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Record a decision, which may take the place of others.
    Record(NewRecord),
    /// Endorse one that somebody else recorded.
    Endorse {
        /// The kind.
        kind: String,
        /// The record.
        id: String,
    },
    /// Take one back.
    Withdraw {
        /// The kind.
        kind: String,
        /// The record.
        id: String,
        /// Why.
        reason: String,
    },
}

impl Command {
    /// The kind that it is about.
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::Record(new) => &new.kind,
            Self::Endorse { kind, .. } | Self::Withdraw { kind, .. } => kind,
        }
    }

    /// The record that it is about.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Record(new) => &new.id,
            Self::Endorse { id, .. } | Self::Withdraw { id, .. } => id,
        }
    }
}

/// A decision to be recorded.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewRecord {
    /// The kind: `cpr`.
    pub kind: String,
    /// Its id, a UUID in lower case which the client made: the same id again is the same record.
    pub id: String,
    /// What was decided: values as the definition asks, for a group an object of its parts; `null` is not there.
    pub values: BTreeMap<String, Value>,
    /// Ids of the records whose place it takes.
    pub supersedes: Vec<String>,
    /// Why it takes their place.
    pub reason: Option<String>,
    /// When the device says that the decision was made.
    pub made_at: Option<UtcMillis>,
}

/// What a command comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It was carried out, in one change; the record is now this.
    Made(Box<Record>),
    /// The same command was carried out before, so there is no change; the record is this.
    Before(Box<Record>),
}

impl Outcome {
    /// The record, whenever the command was carried out.
    #[must_use]
    pub fn record(&self) -> &Record {
        let (Self::Made(record) | Self::Before(record)) = self;
        record
    }
}

/// Why a command was not carried out. Nothing of it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecisionError {
    /// No decision of that kind.
    #[error("there is no decision of the kind `{0}`")]
    UnknownKind(String),
    /// Another role's decision.
    #[error("your role does not make decisions of this kind")]
    NotAllowed,
    /// No registration number in the session.
    #[error("this decision needs your professional registration number, which your account does not have")]
    RegistrationRequired,
    /// Not a senior decision-maker.
    #[error(
        "this needs a senior decision-maker: your organisation has not authorised you as one, so ask a senior colleague"
    )]
    SeniorRequired,
    /// Two pairs of eyes.
    #[error("you recorded this decision yourself, so a second person must endorse it")]
    OwnRecord,
    /// Nothing to endorse.
    #[error("a decision of this kind is not endorsed by a second person")]
    NotEndorsed,
    /// Not a UUID.
    #[error("a record's id is a UUID in lower case, with hyphens")]
    RecordId,
    /// No such record of this kind.
    #[error("there is no such record of this kind: `{0}`")]
    UnknownRecord(String),
    /// The record is about another treatment, say, than the one that would take its place.
    #[error("`{0}` is about something else, so this decision cannot take its place")]
    OtherSubject(String),
    /// The id is taken.
    #[error("there is a record of this id already, which says something else")]
    RecordExists,
    /// It has a second signature.
    #[error("somebody else has endorsed this record already")]
    AlreadyEndorsed,
    /// It was taken back.
    #[error("this record has been withdrawn already")]
    AlreadyWithdrawn,
    /// Its place was taken.
    #[error("another record has taken the place of this one")]
    Superseded,
    /// What the definition asks for is not there.
    #[error("required fields are empty: {}", .0.join(", "))]
    MissingRequired(Vec<String>),
    /// A reason that must be given.
    #[error("say why: this needs a reason")]
    ReasonRequired,
    /// The definition has no such field.
    #[error("a decision of this kind has no field `{0}`")]
    UnknownField(String),
    /// The definition does not allow the value.
    #[error("`{field}`: {error}")]
    Value {
        /// The field, or `reason`, or `group.part`.
        field: String,
        /// Why not.
        error: ValueError,
    },
    /// A review that is due, or an end that comes, before the decision is made.
    #[error("`{0}`: the date is in the past")]
    InThePast(String),
    /// More ids than one record supersedes.
    #[error("a record takes the place of at most {SUPERSEDES_MAX} others")]
    TooManySuperseded,
    /// As many records as the document holds.
    #[error("this plan holds {RECORDS_MAX} decision records, the most there can be")]
    Full,
    /// The document has not been made for this section.
    #[error("the document has no place for decisions of this kind")]
    NoPlace,
    /// Automerge refused.
    #[error("the document cannot be changed")]
    Document,
}

impl DecisionError {
    /// No decision of the kind that somebody asked for.
    #[must_use]
    pub fn unknown_kind(kind: &str) -> Self {
        Self::UnknownKind(clipped(kind))
    }

    /// The stable name of its problem document.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownKind(_) => "unknown-kind",
            Self::NotAllowed => "not-allowed",
            Self::RegistrationRequired => "registration-required",
            Self::SeniorRequired => "senior-required",
            Self::OwnRecord => "own-record",
            Self::NotEndorsed => "not-endorsed",
            Self::RecordId => "record-id",
            Self::UnknownRecord(_) => "unknown-record",
            Self::OtherSubject(_) => "other-subject",
            Self::RecordExists => "record-exists",
            Self::AlreadyEndorsed => "already-endorsed",
            Self::AlreadyWithdrawn => "already-withdrawn",
            Self::Superseded => "superseded",
            Self::MissingRequired(_) => "missing-required",
            Self::ReasonRequired => "reason-required",
            Self::UnknownField(_) => "value-unknown-field",
            Self::Value { error, .. } => error.code(),
            Self::InThePast(_) => "value-in-the-past",
            Self::TooManySuperseded => "too-many-superseded",
            Self::Full => "records-full",
            Self::NoPlace | Self::Document => "unusable-document",
        }
    }
}

/// What a caller sent, short enough to be said back.
pub(super) fn clipped(text: &str) -> String {
    text.chars().take(SAID_BACK_CHARS_MAX).collect()
}

/// Most characters of a caller's input in a refusal.
const SAID_BACK_CHARS_MAX: usize = 64;

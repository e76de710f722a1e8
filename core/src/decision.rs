//! Decision records: what somebody with the authority has decided, as records that supersede one another.
//!
//! A record is made whole by a command and never changes; it may once be endorsed and once be withdrawn. A record that
//! nobody superseded and nobody withdrew stands. Two that stand about the same thing are disputed, and neither is
//! current, until somebody supersedes both.
//!
//! INVARIANT: what was superseded never comes back by itself: withdrawing the record that took its place brings nothing
//! into force that nobody decided. Whoever wants it back records it again.
//! INVARIANT: reading takes any document. What is no record is passed over, a `supersedes` that names nothing supersedes
//! nothing, and a record never supersedes one that was made after it, so that records cannot supersede each other away.
//!
//! To add a kind of decision: a list of class `D` in a section's file, and nothing here.

mod command;
mod deciding;
mod read;
mod sharing;
#[cfg(test)]
mod tests;
mod values;

pub use command::{Command, DecisionError, NewRecord, Outcome};
pub use deciding::{carry_out, endorse, record, withdraw};
pub use read::read;
pub use sharing::{SHARING_CHOICE, sharing_choices};

use read::plain;

use crate::{
    content::FieldContent,
    id::FieldId,
    policy::Subject,
    role::Role,
    section::{RecordRule, Section},
    time::UtcMillis,
};
use automerge::ChangeHash;

/// Every record of one kind, at one moment of the document's history.
#[derive(Debug, Clone, PartialEq)]
pub struct Kind {
    /// The field of the section that defines the kind: `cpr`.
    pub field: FieldId,
    /// By the order in which they were made, then by id.
    pub records: Vec<Record>,
}

impl Kind {
    /// The record of that id.
    #[must_use]
    pub fn record(&self, id: &str) -> Option<&Record> {
        self.records.iter().find(|record| record.id == id)
    }

    /// The records that stand: current and disputed ones.
    pub fn standing(&self) -> impl Iterator<Item = &Record> {
        self.records.iter().filter(|record| record.state.stands())
    }

    /// Whether some of them are disputed.
    #[must_use]
    pub fn is_disputed(&self) -> bool {
        self.records.iter().any(|record| record.state == State::Disputed)
    }

    /// The record that applies while the kind is disputed: the narrowest, where the definition says which that is.
    #[must_use]
    pub fn applies(&self) -> Option<&Record> {
        self.records.iter().find(|record| record.applies)
    }
}

/// One decision record.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its id, made by the client.
    pub id: String,
    /// What was decided, in the definition's order.
    pub fields: Vec<FieldContent>,
    /// Its place among the records of the document: higher than that of every record its maker could see.
    pub order: f64,
    /// The ids of the records that it takes the place of.
    pub supersedes: Vec<String>,
    /// The ids of the records that took its place, withdrawn ones included.
    pub superseded_by: Vec<String>,
    /// Why it took their place.
    pub reason: Option<String>,
    /// When the device says that it was made, where that is not when the server recorded it.
    pub made_at: Option<UtcMillis>,
    /// Who recorded it and when.
    pub recorded: Signature,
    /// Who endorsed it and when.
    pub endorsed: Option<Signature>,
    /// Who withdrew it, when and why.
    pub withdrawn: Option<Withdrawal>,
    /// What it is now.
    pub state: State,
    /// Whether it is what applies while its kind is disputed.
    pub applies: bool,
    /// The change that made it.
    pub change: ChangeHash,
}

/// What a record is at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// It is what holds.
    Current,
    /// Another one stands beside it; neither holds until somebody settles it.
    Disputed,
    /// Another one took its place.
    Superseded,
    /// It was taken back.
    Withdrawn,
}

impl State {
    /// Its name in the API and in views.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Disputed => "disputed",
            Self::Superseded => "superseded",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether readers must see the record: it is current or disputed.
    #[must_use]
    pub const fn stands(self) -> bool {
        matches!(self, Self::Current | Self::Disputed)
    }
}

/// Who did something to a record, as the session gave them then, and when the server took it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Their id.
    pub user: String,
    /// Their name.
    pub name: String,
    /// Their role, as its definition files name it.
    pub role: String,
    /// The role in the organisation's words.
    pub job_title: String,
    /// The organisation's ODS code.
    pub organisation: String,
    /// The organisation's name.
    pub organisation_name: String,
    /// Professional registration.
    pub registration: Option<String>,
    /// Whether their organisation had authorised them as a senior decision-maker.
    pub senior: bool,
    /// When, by the server's clock.
    pub at: UtcMillis,
}

impl Signature {
    /// The subject's, at this moment.
    #[must_use]
    pub fn of(by: &Subject, at: UtcMillis) -> Self {
        Self {
            user: by.user.to_string(),
            name: by.name.clone(),
            role: by.role.as_str().to_owned(),
            job_title: by.job_title.clone(),
            organisation: by.organisation.to_string(),
            organisation_name: by.organisation_name.clone(),
            registration: by.registration.clone(),
            senior: by.senior,
            at,
        }
    }
}

/// A record that was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// Who and when.
    pub by: Signature,
    /// Why.
    pub reason: String,
}

/// What somebody may do to a record as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rights {
    /// Endorse it.
    pub endorse: bool,
    /// Record one that takes its place.
    pub supersede: bool,
    /// Take it back.
    pub withdraw: bool,
}

/// Whether the subject may record decisions of this kind.
#[must_use]
pub fn may_record(rule: &RecordRule, subject: &Subject) -> bool {
    deciding::may_decide(rule, subject).is_ok()
}

/// What the subject may do to this record.
#[must_use]
pub fn rights(rule: &RecordRule, record: &Record, subject: &Subject) -> Rights {
    let stands = record.state.stands();
    let decides = stands && may_record(rule, subject);
    let open = rule.endorsed && stands && record.endorsed.is_none();
    Rights {
        endorse: open && deciding::may_endorse(rule, record, subject).is_ok(),
        supersede: decides,
        withdraw: decides,
    }
}

/// Whether whoever has this role is registered with a professional body, and decides only with that registration. The
/// person, and those who act for them, decide as themselves.
#[must_use]
pub const fn is_professional(role: Role) -> bool {
    !matches!(role, Role::Person | Role::Proxy)
}

/// The kinds of record that a section defines, with what each asks for.
pub fn kinds(section: &Section) -> impl Iterator<Item = (&crate::section::Field, &RecordRule)> {
    section.fields.iter().filter_map(|field| field.record.as_ref().map(|rule| (field, rule)))
}

/// Most records of one document, over all its kinds and history, with room for an endorsement and a withdrawal of each
/// among the actors that a document may have.
pub const RECORDS_MAX: usize = 500;

/// Most records that one record supersedes.
pub const SUPERSEDES_MAX: usize = 32;

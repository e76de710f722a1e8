//! Changes that were refused, kept so that nothing that somebody typed is lost, and what became of them.
//!
//! Whoever types sends a change every moment, so what one person typed in one go is one item, however many changes it
//! came in. Nothing of it is ever applied by itself: a colleague types the words in again, and says so here.

use super::{Store, StoreError, audit, heads};
use crate::audit::{Event, Outcome as Came};
use automerge::ChangeHash;
use coplan_core::{
    id::SectionId,
    policy::{Granted, Subject},
    time::UtcMillis,
};
use sqlx::Connection;
use std::{collections::HashMap, fmt, str::FromStr};

/// What somebody typed in one go and was refused, with its text where that could be read.
#[derive(Debug, Clone)]
pub struct Quarantined {
    /// Names it among those of its plan.
    pub id: QuarantineId,
    /// The section it was meant for.
    pub section: SectionId,
    /// The hash of its last change, as it claims.
    pub hash: ChangeHash,
    /// The reason's stable name.
    pub code: String,
    /// The reason as a sentence.
    pub reason: String,
    /// The text that it would have written.
    pub text: String,
    /// Who delivered it.
    pub by: String,
    /// Their organisation's name.
    pub organisation: String,
    /// When the last of it arrived.
    pub received_at: UtcMillis,
    /// What became of it; none while it waits for somebody.
    pub settled: Option<Settled>,
}

/// What became of refused changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// What.
    pub outcome: Settlement,
    /// Name of who said so.
    pub by: String,
    /// When.
    pub at: UtcMillis,
    /// Their words.
    pub note: Option<String>,
}

/// How refused changes are settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Settlement {
    /// Its words are in the section now, under the name of whoever put them there.
    Salvaged,
    /// Nobody needs them.
    Discarded,
}

impl Settlement {
    /// Its name in the database and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Salvaged => "salvaged",
            Self::Discarded => "discarded",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Salvaged, Self::Discarded].into_iter().find(|settlement| settlement.as_str() == name)
    }
}

/// The first and the last row of what somebody typed in one go: what came after it was listed is not settled with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuarantineId {
    first: i64,
    last: i64,
}

/// Not the id of anything in quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the id of anything in quarantine")]
pub struct NotQuarantineId;

impl fmt::Display for QuarantineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

impl FromStr for QuarantineId {
    type Err = NotQuarantineId;

    fn from_str(text: &str) -> Result<Self, NotQuarantineId> {
        let (first, last) = text.split_once('-').ok_or(NotQuarantineId)?;
        let number = |text: &str| text.parse::<i64>().map_err(|_| NotQuarantineId);
        let id = Self { first: number(first)?, last: number(last)? };
        if id.first <= id.last { Ok(id) } else { Err(NotQuarantineId) }
    }
}

/// What came of an attempt to settle something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settling {
    /// It is settled.
    Done,
    /// It was settled before.
    Before,
    /// There is no such thing in this section.
    Unknown,
}

impl Store {
    /// What stands in quarantine for the section that was granted, newest first; nothing if the grant is for the plan
    /// as a whole, because a refused change may hold anything that the section may hold. What was let in later, because
    /// whoever sent it had the right again, is not in it.
    ///
    /// # Errors
    /// `StoreError` if it could not be read.
    pub async fn quarantined(&self, granted: &Granted) -> Result<Vec<Quarantined>, StoreError> {
        let Some(section) = granted.section() else {
            return Ok(Vec::new());
        };
        let (plan, section) = (granted.plan().as_str(), section.as_str());
        let rows = sqlx::query!(
            r#"select quarantine.id, document.section, quarantine.hash, quarantine.code, quarantine.reason, quarantine.text,
                 quarantine.received_at, quarantine.state, quarantine.settled_at, quarantine.note,
                 quarantine.author, author.name, author.organisation_name, settler.name as "settled_by?"
             from document join quarantine on quarantine.document = document.id
                 join author on author.id = quarantine.author
                 left join author settler on settler.id = quarantine.settled_by
             where document.plan = ? and document.section = ? and not exists
                 (select 1 from change where change.document = quarantine.document and change.hash = quarantine.hash)
             order by quarantine.id desc limit ?"#,
            plan,
            section,
            ROWS_MAX
        )
        .fetch_all(&self.readers)
        .await?;
        let mut goes = Goes::default();
        for row in rows.into_iter().rev() {
            let settled = Settlement::named(&row.state).map(|outcome| Settled {
                outcome,
                by: row.settled_by.unwrap_or_default(),
                at: UtcMillis(row.settled_at.unwrap_or_default()),
                note: row.note,
            });
            goes.add(
                row.author,
                Quarantined {
                    id: QuarantineId { first: row.id, last: row.id },
                    hash: heads::read_one(&row.hash, "quarantine", section)?,
                    section: super::id(row.section, "section")?,
                    code: row.code,
                    reason: row.reason,
                    text: row.text,
                    by: row.name,
                    organisation: row.organisation_name,
                    received_at: UtcMillis(row.received_at),
                    settled,
                },
            );
        }
        Ok(goes.newest_first())
    }

    /// The section that something in quarantine was meant for; `None` if the plan that was granted has no such thing.
    ///
    /// # Errors
    /// `StoreError` if it could not be read.
    pub async fn quarantined_section(
        &self,
        granted: &Granted,
        id: QuarantineId,
    ) -> Result<Option<SectionId>, StoreError> {
        let plan = granted.plan().as_str();
        let row = sqlx::query!(
            "select document.section from quarantine join document on document.id = quarantine.document
             where quarantine.id = ? and document.plan = ?",
            id.last,
            plan
        )
        .fetch_optional(&self.readers)
        .await?;
        row.map(|row| super::id(row.section, "section")).transpose()
    }

    /// Says what became of something in quarantine of the section that was granted.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn settle_quarantined(
        &self,
        granted: &Granted,
        id: QuarantineId,
        (outcome, note): (Settlement, Option<&str>),
        by: &Subject,
        now: UtcMillis,
    ) -> Result<Settling, StoreError> {
        let Some(section) = granted.section() else { return Ok(Settling::Unknown) };
        let (plan, section, outcome) = (granted.plan().as_str(), section.as_str(), outcome.as_str());
        let mut writer = self.writer().await?;
        let author = writer.author(by).await?;
        let event = writer.event(Event::decided(granted.decision(), Came::Allowed)).await?;
        let mut transaction = writer.connection.begin().await?;
        let found = sqlx::query!(
            "select quarantine.document, quarantine.author, quarantine.code, quarantine.state
             from quarantine join document on document.id = quarantine.document
             where quarantine.id = ? and document.plan = ? and document.section = ?",
            id.last,
            plan,
            section
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(found) = found else { return Ok(Settling::Unknown) };
        if found.state != "open" {
            return Ok(Settling::Before);
        }
        sqlx::query!(
            "update quarantine set state = ?, settled_by = ?, settled_at = ?, note = ?
             where id between ? and ? and document = ? and author = ? and code = ? and state = 'open'",
            outcome,
            author,
            now.0,
            note,
            id.first,
            id.last,
            found.document,
            found.author,
            found.code
        )
        .execute(&mut *transaction)
        .await?;
        audit::commit(transaction, event).await?;
        Ok(Settling::Done)
    }
}

/// Refused changes of one section, put together as they were typed.
#[derive(Default)]
struct Goes {
    all: Vec<Quarantined>,
    /// Where the last of each author stands.
    last_of: HashMap<i64, usize>,
}

impl Goes {
    /// Takes them in the order of their rows.
    fn add(&mut self, author: i64, change: Quarantined) {
        let last = self.last_of.get(&author).and_then(|at| self.all.get_mut(*at));
        match last.filter(|last| last.goes_on_with(&change)) {
            Some(last) => last.take(change),
            None => {
                self.last_of.insert(author, self.all.len());
                self.all.push(change);
            }
        }
    }

    fn newest_first(mut self) -> Vec<Quarantined> {
        self.all.sort_by_key(|item| std::cmp::Reverse(item.id.last));
        self.all.truncate(LISTED_MAX);
        self.all
    }
}

impl Quarantined {
    fn goes_on_with(&self, next: &Self) -> bool {
        self.code == next.code
            && self.settled == next.settled
            && next.received_at.since_ms(self.received_at) <= PAUSE_MS_MAX
            && self.text.len() + next.text.len() <= TEXT_BYTES_MAX
    }

    fn take(&mut self, next: Self) {
        // Single letters are typed one after the other; what is longer was put in, or typed, as a whole.
        let letters = |text: &str| text.chars().nth(LETTERS).is_none();
        if !letters(&self.text) && !letters(&next.text) {
            self.text.push('\n');
        }
        self.text.push_str(&next.text);
        (self.id.last, self.hash, self.received_at) = (next.id.last, next.hash, next.received_at);
    }
}

/// Rows of a section read at once.
const ROWS_MAX: i64 = 5_000;
/// Most items of a section listed at once.
const LISTED_MAX: usize = 200;
/// Most bytes of text in one item.
const TEXT_BYTES_MAX: usize = 64 << 10;
/// After so long without anything what comes is another item, in milliseconds.
const PAUSE_MS_MAX: i64 = 10 * 60 * 1_000;
/// A change with at most so many characters is typing.
const LETTERS: usize = 2;

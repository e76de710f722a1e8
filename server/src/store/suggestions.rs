//! Suggestions: what was proposed by whom, and what became of it.

use super::{Store, StoreError, audit, heads};
use crate::audit::{Event, Outcome as Came};
use automerge::ChangeHash;
use coplan_core::{
    content::edit::Edit,
    id::SectionId,
    policy::{Action, Granted, Scope, Subject},
    time::UtcMillis,
};
use sqlx::{Connection, SqliteConnection};
use std::collections::BTreeMap;

/// A change that somebody proposed.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// What was proposed.
    pub proposed: NewSuggestion,
    /// Who proposed it.
    pub by: Subject,
    /// When.
    pub made_at: UtcMillis,
    /// What became of it, once something did.
    pub decision: Option<Decision>,
}

/// What is proposed.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSuggestion {
    /// Its id, made by the client.
    pub id: String,
    /// The section.
    pub section: SectionId,
    /// The change.
    pub edit: Edit,
    /// Why.
    pub reason: String,
    /// Heads of the section's document when it was proposed.
    pub seen: Vec<ChangeHash>,
}

/// What somebody decided about a suggestion.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// What.
    pub outcome: Outcome,
    /// Who.
    pub by: Subject,
    /// When.
    pub at: UtcMillis,
    /// Why, where they said so.
    pub reason: Option<String>,
    /// What was made of it, where that is not what was proposed.
    pub edit: Option<Edit>,
    /// The change that applied it; none if the section held it already.
    pub change: Option<ChangeHash>,
}

/// How a suggestion ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Applied as it was proposed.
    Accepted,
    /// Applied as somebody changed it.
    Edited,
    /// Not applied.
    Declined,
    /// Taken back by who proposed it.
    Withdrawn,
}

impl Outcome {
    const ALL: [Self; 4] = [Self::Accepted, Self::Edited, Self::Declined, Self::Withdrawn];

    /// As the database and the API write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Edited => "edited",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// What came of putting a suggestion in.
#[derive(Debug, Clone, PartialEq)]
pub enum Suggested {
    /// It is there now.
    Made,
    /// Its id was taken, by this in this plan.
    There(Box<Suggestion>),
    /// Its id was taken in another plan.
    Elsewhere,
    /// The plan has as many open ones as it may have.
    Full,
}

impl Store {
    /// Puts a suggestion in, unless its id is taken or the plan has `open_max` open ones.
    ///
    /// # Errors
    /// `StoreError`; nothing was written then.
    pub async fn suggest(
        &self,
        granted: &Granted,
        new: &NewSuggestion,
        by: &Subject,
        now: UtcMillis,
        open_max: u32,
    ) -> Result<Suggested, StoreError> {
        debug_assert_eq!((granted.action(), granted.section()), (Action::Suggest, Some(&new.section)));
        let (plan, section, seen) = (granted.plan().as_str(), new.section.as_str(), heads::write(&new.seen));
        let edit = json(&new.edit)?;
        let mut writer = self.writer().await?;
        let author = writer.author(by).await?;
        let event = Event::decided(granted.decision(), Came::Allowed);
        let event = writer.event(Event { at: now, ..event }).await?;
        let mut transaction = writer.connection.begin().await?;
        let taken =
            sqlx::query!("select plan from suggestion where id = ?", new.id).fetch_optional(&mut *transaction).await?;
        if let Some(row) = taken {
            let there = if row.plan == plan { one(&mut transaction, plan, &new.id).await? } else { None };
            return Ok(there.map_or(Suggested::Elsewhere, |there| Suggested::There(Box::new(there))));
        }
        let open = sqlx::query!("select count(*) as open from suggestion where plan = ? and state = 'open'", plan)
            .fetch_one(&mut *transaction)
            .await?;
        if open.open >= i64::from(open_max) {
            return Ok(Suggested::Full);
        }
        sqlx::query!(
            "insert into suggestion (id, plan, section, edit, reason, seen, author, made_at)
             values (?, ?, ?, ?, ?, ?, ?, ?)",
            new.id,
            plan,
            section,
            edit,
            new.reason,
            seen,
            author,
            now.0
        )
        .execute(&mut *transaction)
        .await?;
        audit::commit(transaction, event).await?;
        Ok(Suggested::Made)
    }

    /// The suggestions of a plan, newest first: those that are open, or those that are decided. Which of them may be told
    /// to whom is the caller's to decide.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn suggestions(&self, granted: &Granted, open: bool) -> Result<Vec<Suggestion>, StoreError> {
        let plan = granted.plan().as_str();
        let mut connection = self.readers.acquire().await?;
        let mut moment = connection.begin().await?;
        let rows = sqlx::query_as!(
            Row,
            "select id, section, edit, reason, seen, author, made_at, state, decided_by, decided_at, decision_reason,
                 decided_edit, change
             from suggestion where plan = ?1 and (state = 'open') = ?2 order by made_at desc, id limit ?3",
            plan,
            open,
            LISTED_MAX
        )
        .fetch_all(&mut *moment)
        .await?;
        let authors = authors(&mut moment, plan).await?;
        rows.into_iter().map(|row| row.read(&authors)).collect()
    }

    /// The suggestion of that id, if it is of the plan that was granted.
    ///
    /// # Errors
    /// `StoreError` if it could not be read.
    pub async fn suggestion(&self, granted: &Granted, id: &str) -> Result<Option<Suggestion>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let mut moment = connection.begin().await?;
        one(&mut moment, granted.plan().as_str(), id).await
    }

    /// Ends an open suggestion of the plan that was granted; `false` and nothing written if it is not open any more.
    ///
    /// # Errors
    /// `StoreError`; nothing was written then.
    pub async fn decide_suggestion(
        &self,
        granted: &Granted,
        id: &str,
        decision: &Decision,
    ) -> Result<bool, StoreError> {
        let (plan, state) = (granted.plan().as_str(), decision.outcome.as_str());
        let edit = decision.edit.as_ref().map(json).transpose()?;
        let change = decision.change.map(|change| change.0.to_vec());
        let mut writer = self.writer().await?;
        let author = writer.author(&decision.by).await?;
        let event = Event::of(Some(&decision.by), Action::Suggest.as_str(), decision.at).of_plan(granted.plan());
        let event = writer.event(Event { resource: Some(format!("suggestion:{id}")), ..event }).await?;
        let mut transaction = writer.connection.begin().await?;
        let decided = sqlx::query!(
            "update suggestion
             set state = ?, decided_by = ?, decided_at = ?, decision_reason = ?, decided_edit = ?, change = ?
             where id = ? and plan = ? and state = 'open'",
            state,
            author,
            decision.at.0,
            decision.reason,
            edit,
            change,
            id,
            plan
        )
        .execute(&mut *transaction)
        .await?;
        if decided.rows_affected() == 0 {
            return Ok(false);
        }
        audit::commit(transaction, event).await?;
        Ok(true)
    }
}

/// A row of the table, but for its plan.
struct Row {
    id: String,
    section: String,
    edit: String,
    reason: String,
    seen: Vec<u8>,
    author: i64,
    made_at: i64,
    state: String,
    decided_by: Option<i64>,
    decided_at: Option<i64>,
    decision_reason: Option<String>,
    decided_edit: Option<String>,
    change: Option<Vec<u8>>,
}

impl Row {
    fn read(self, authors: &BTreeMap<i64, Subject>) -> Result<Suggestion, StoreError> {
        let damaged = || StoreError::Damaged { what: "suggestion", id: self.id.clone() };
        let author = |id: i64| authors.get(&id).cloned().ok_or_else(damaged);
        let edit = |text: &str| serde_json::from_str(text).map_err(|_| damaged());
        let outcome = Outcome::ALL.into_iter().find(|outcome| outcome.as_str() == self.state);
        let decision = match (outcome, self.decided_by, self.decided_at) {
            (None, None, None) => None,
            (Some(outcome), Some(by), Some(at)) => Some(Decision {
                outcome,
                by: author(by)?,
                at: UtcMillis(at),
                reason: self.decision_reason.clone(),
                edit: self.decided_edit.as_deref().map(edit).transpose()?,
                change: self.change.as_deref().map(|hash| heads::read_one(hash, "suggestion", &self.id)).transpose()?,
            }),
            _ => return Err(damaged()),
        };
        let proposed = NewSuggestion {
            section: super::id(self.section.clone(), "section")?,
            edit: edit(&self.edit)?,
            seen: heads::read(&self.seen, "suggestion", &self.id)?,
            reason: self.reason.clone(),
            id: self.id.clone(),
        };
        Ok(Suggestion { proposed, by: author(self.author)?, made_at: UtcMillis(self.made_at), decision })
    }
}

async fn one(connection: &mut SqliteConnection, plan: &str, id: &str) -> Result<Option<Suggestion>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select id, section, edit, reason, seen, author, made_at, state, decided_by, decided_at, decision_reason,
             decided_edit, change
         from suggestion where id = ? and plan = ?",
        id,
        plan
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let authors = authors(connection, plan).await?;
    row.read(&authors).map(Some)
}

/// Everybody who proposed or decided something in this plan.
async fn authors(connection: &mut SqliteConnection, plan: &str) -> Result<BTreeMap<i64, Subject>, StoreError> {
    let rows = sqlx::query!(
        r#"select id, account, name, role, job_title, organisation, organisation_name, registration,
             senior as "senior: bool"
         from author where id in (select author from suggestion where plan = ?1)
             or id in (select decided_by from suggestion where plan = ?1)"#,
        plan
    )
    .fetch_all(connection)
    .await?;
    let mut authors = BTreeMap::new();
    for row in rows {
        let subject = Subject {
            user: super::id(row.account, "author")?,
            name: row.name,
            role: super::role(row.role)?,
            job_title: row.job_title,
            organisation: super::id(row.organisation, "author")?,
            organisation_name: row.organisation_name,
            registration: Some(row.registration).filter(|registration| !registration.is_empty()),
            senior: row.senior,
            scope: Scope::default(),
        };
        authors.insert(row.id, subject);
    }
    Ok(authors)
}

fn json(edit: &Edit) -> Result<String, StoreError> {
    serde_json::to_string(edit).map_err(|_| StoreError::Damaged { what: "suggestion", id: "an edit".to_owned() })
}

/// Most suggestions of a plan listed at once: more than may be open, and as many that are decided.
const LISTED_MAX: i64 = 500;

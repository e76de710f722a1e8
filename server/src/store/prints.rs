//! Codes on printed plans: whether the publication that was printed is still the one that counts.
//!
//! Whoever holds a code learns two moments and one word. A withdrawn print stays withdrawn in whatever way it became so:
//! its code was revoked, the person refuses a shared plan, or where they live is withheld now and was not when it was
//! printed.

use super::{Store, StoreError, audit};
use crate::audit::{Event, action};
use coplan_core::{
    policy::{ObjectionGrade, Subject},
    print::CheckCode,
    time::UtcMillis,
};
use sqlx::{Connection, SqliteConnection};

/// What has become of a publication that somebody printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency {
    /// Whether it counts.
    pub state: CurrencyState,
    /// When it was published.
    pub published_at: UtcMillis,
    /// When the newest of the same plan was.
    pub newest_at: UtcMillis,
}

/// Whether a print counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CurrencyState {
    /// Nothing newer has been published.
    Current,
    /// Something newer has.
    Superseded,
    /// Nobody may go by it any more.
    Withdrawn,
}

/// What came of withdrawing a print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    /// It is withdrawn from now on.
    Now,
    /// It was withdrawn before.
    Before,
    /// There is no such code.
    Unknown,
}

impl Store {
    /// Says where browsers reach the service. The first time counts.
    pub fn is_reached_at(&self, public_url: &str) {
        let _first = self.public_url.set(public_url.to_owned());
    }

    /// The address under which anybody can ask about this code; none before it is known where the service is reached.
    #[must_use]
    pub fn check_address(&self, code: &CheckCode) -> Option<String> {
        self.public_url.get().map(|url| format!("{}/check/{}", url.trim_end_matches('/'), code.as_str()))
    }

    /// What has become of the publication of this code; `None` if there is no such code.
    ///
    /// # Errors
    /// `StoreError` if it could not be read.
    pub async fn currency(&self, code: &CheckCode, now: UtcMillis) -> Result<Option<Currency>, StoreError> {
        let (code, refused) = (code.as_str(), ObjectionGrade::Refused.as_str());
        let row = sqlx::query!(
            r#"select printed.published_at, newest.published_at as newest_at, printed.version = plan.version as "newest!: bool",
                 check_code.revoked_at is not null
                     or (person.withheld = 1 and not coalesce(json_extract(printed.person, '$.withheld'), 0))
                     or exists (select 1 from objection where objection.nhs_number = plan.nhs_number
                         and objection.grade = ?2 and objection.withdrawn_at is null
                         and (objection.until_at is null or objection.until_at > ?3)) as "withdrawn!: bool"
             from check_code
             join plan on plan.id = check_code.plan join person on person.nhs_number = plan.nhs_number
             join publication printed on printed.plan = plan.id and printed.version = check_code.version
             join publication newest on newest.plan = plan.id and newest.version = plan.version
             where check_code.code = ?1"#,
            code,
            refused,
            now.0
        )
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.map(|row| Currency {
            state: match (row.withdrawn, row.newest) {
                (true, _) => CurrencyState::Withdrawn,
                (false, true) => CurrencyState::Current,
                (false, false) => CurrencyState::Superseded,
            },
            published_at: UtcMillis(row.published_at),
            newest_at: UtcMillis(row.newest_at),
        }))
    }

    /// Withdraws whatever was printed with this code.
    ///
    /// # Errors
    /// `StoreError` if nothing was written.
    pub async fn revoke_print(&self, code: &CheckCode, now: UtcMillis) -> Result<Revoked, StoreError> {
        let code = code.as_str();
        let mut writer = self.writer().await?;
        let row = sqlx::query!("select plan, version, revoked_at from check_code where code = ?", code)
            .fetch_optional(&mut writer.connection)
            .await?;
        let Some(row) = row else { return Ok(Revoked::Unknown) };
        if row.revoked_at.is_some() {
            return Ok(Revoked::Before);
        }
        let plan = super::id(row.plan, "check code")?;
        let mut event =
            writer.event(Event::of(Some(&Subject::system()), action::REVOKE_PRINT, now).of_plan(&plan)).await?;
        let mut transaction = writer.connection.begin().await?;
        sqlx::query!("update check_code set revoked_at = ? where code = ? and revoked_at is null", now.0, code)
            .execute(&mut *transaction)
            .await?;
        if let Some(event) = &mut event {
            event.is_of(row.version, None);
        }
        audit::commit(transaction, event).await?;
        Ok(Revoked::Now)
    }
}

/// Keeps the code of a publication, in its transaction.
pub(super) async fn insert_code(
    transaction: &mut SqliteConnection,
    plan: &str,
    version: u32,
    check: Option<&str>,
) -> Result<(), StoreError> {
    let Some(code) = check.and_then(CheckCode::of_url) else { return Ok(()) };
    let code = code.as_str();
    sqlx::query!("insert into check_code (code, plan, version) values (?, ?, ?)", code, plan, version)
        .execute(transaction)
        .await?;
    Ok(())
}

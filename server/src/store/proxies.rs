//! Those who act for a person, and the sections that the person keeps from each of them. What ended stays as history.

use super::{Store, StoreError, access, audit, id};
use coplan_core::{
    id::{SectionId, UserId},
    policy::{Granted, Subject},
    time::UtcMillis,
};
use sqlx::Connection;

/// Somebody who acts for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingProxy {
    /// Their account.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// On what ground they act, in words.
    pub basis: String,
    /// Until when.
    pub until: UtcMillis,
}

impl Store {
    /// Those who act for the person whose plan was granted at `now`, or will from some day on, by their names.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn standing_proxies(&self, granted: &Granted, now: UtcMillis) -> Result<Vec<StandingProxy>, StoreError> {
        let plan = granted.plan().as_str();
        let rows = sqlx::query!(
            "select proxy.account, account.name, proxy.basis, proxy.until_at
             from plan join proxy on proxy.nhs_number = plan.nhs_number join account on account.id = proxy.account
             where plan.id = ?1 and proxy.ended_at is null and proxy.until_at > ?2
             order by account.name, proxy.account",
            plan,
            now.0
        )
        .fetch_all(&self.readers)
        .await?;
        let proxy = |row: (String, String, String, i64)| -> Result<StandingProxy, StoreError> {
            let (account, name, basis, until) = row;
            Ok(StandingProxy { user: id(account, "account")?, name, basis, until: UtcMillis(until) })
        };
        rows.into_iter().map(|row| proxy((row.account, row.name, row.basis, row.until_at))).collect()
    }

    /// Keeps a section from somebody who acts for the person whose plan was granted. False if nobody of that account does.
    ///
    /// # Errors
    /// `StoreError` if nothing was written.
    pub async fn keep_section(
        &self,
        granted: &Granted,
        (user, section): (&UserId, &SectionId),
        by: &Subject,
        now: UtcMillis,
    ) -> Result<bool, StoreError> {
        let (plan, user, section) = (granted.plan().as_str(), user.as_str(), section.as_str());
        let mut writer = self.writer().await?;
        let event = writer.noted().await?;
        let author = writer.author(by).await?;
        let mut transaction = writer.connection.begin().await?;
        let acts = sqlx::query!(
            r#"select exists (select 1 from plan join proxy on proxy.nhs_number = plan.nhs_number
                 where plan.id = ? and proxy.account = ? and proxy.ended_at is null) as "acts!: bool""#,
            plan,
            user
        )
        .fetch_one(&mut *transaction)
        .await?;
        if !acts.acts {
            return Ok(false);
        }
        let inserted = sqlx::query!(
            "insert into kept_section (nhs_number, account, section, author, from_at)
             select nhs_number, ?, ?, ?, ? from plan where id = ? on conflict do nothing",
            user,
            section,
            author,
            now.0,
            plan
        )
        .execute(&mut *transaction)
        .await?;
        let is_new = inserted.rows_affected() > 0;
        if is_new {
            access::changed(&mut transaction, Some(plan), None).await?;
        }
        audit::commit(transaction, event).await?;
        if is_new {
            self.forget_facts(Some(granted.plan()));
        }
        Ok(true)
    }

    /// Lets them see it again. False if it was not kept from them.
    ///
    /// # Errors
    /// `StoreError` if nothing was written.
    pub async fn end_kept_section(
        &self,
        granted: &Granted,
        (user, section): (&UserId, &SectionId),
        by: &Subject,
        now: UtcMillis,
    ) -> Result<bool, StoreError> {
        let (plan, user, section) = (granted.plan().as_str(), user.as_str(), section.as_str());
        let mut writer = self.writer().await?;
        let event = writer.noted().await?;
        let author = writer.author(by).await?;
        let mut transaction = writer.connection.begin().await?;
        let ended = sqlx::query!(
            "update kept_section set ended_at = ?1, ended_by = ?2
             where account = ?3 and section = ?4 and ended_at is null
                 and nhs_number = (select nhs_number from plan where id = ?5)",
            now.0,
            author,
            user,
            section,
            plan
        )
        .execute(&mut *transaction)
        .await?;
        if ended.rows_affected() == 0 {
            return Ok(false);
        }
        access::changed(&mut transaction, Some(plan), None).await?;
        audit::commit(transaction, event).await?;
        self.forget_facts(Some(granted.plan()));
        Ok(true)
    }
}

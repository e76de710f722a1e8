//! Accounts of people for their own plan, and of those who act for somebody.

use super::{Store, StoreError, access, audit, identity};
use crate::audit::action;
use coplan_core::{id::UserId, nhs_number::NhsNumber, policy::Role, time::UtcMillis};
use sqlx::{Connection, SqliteConnection};

/// Somebody who acts for a person, in their own name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProxy {
    /// Their account.
    pub user: UserId,
    /// The name others see.
    pub name: String,
    /// For whom they act.
    pub nhs_number: NhsNumber,
    /// By what right: lasting power of attorney for health and welfare, parent, deputy.
    pub basis: String,
    /// Since when.
    pub from: UtcMillis,
    /// Until when it has been looked at.
    pub until: UtcMillis,
    /// What the person kept from them ends.
    pub sees_everything: bool,
}

impl Store {
    /// Gives a person an account of that id for their own plan, or leaves the one they have. They must be known.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn put_own_account(
        &self,
        user: &UserId,
        nhs_number: &NhsNumber,
        now: UtcMillis,
    ) -> Result<(), StoreError> {
        let (user, number) = (user.as_str(), nhs_number.as_str());
        let mut writer = self.writer().await?;
        let event = writer.own(action::PUT_OWN_ACCOUNT, Some(format!("account:{user}"))).await?;
        let mut transaction = writer.connection.begin().await?;
        let made = sqlx::query!(
            "insert into account (id, kind, name, person) select ?, 'person', name, nhs_number from person
             where nhs_number = ? on conflict do nothing",
            user,
            number
        )
        .execute(&mut *transaction)
        .await?;
        if made.rows_affected() == 1 {
            let words = (Role::Person, identity::OWN_TITLE);
            grant(&mut transaction, user, words, (identity::OWN_KEY, None), now).await?;
        }
        let plan = sqlx::query!("select id from plan where nhs_number = ?", number)
            .fetch_optional(&mut *transaction)
            .await?
            .map(|row| row.id);
        access::changed(&mut transaction, plan.as_deref(), Some(user)).await?;
        audit::commit_beside(transaction, event.of_plan(plan.as_deref())).await?;
        self.forget_facts(None);
        Ok(())
    }

    /// Lets somebody act for a person, with an account of their own. The person must be known.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn put_proxy(&self, proxy: &NewProxy) -> Result<(), StoreError> {
        let (user, number) = (proxy.user.as_str(), proxy.nhs_number.as_str());
        let mut writer = self.writer().await?;
        let event = writer.own(action::PUT_OWN_ACCOUNT, Some(format!("account:{user}"))).await?;
        let mut transaction = writer.connection.begin().await?;
        sqlx::query!(
            "insert into account (id, kind, name) values (?, 'person', ?) on conflict do nothing",
            user,
            proxy.name
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "insert into proxy (account, nhs_number, basis, from_at, until_at) values (?, ?, ?, ?, ?)
             on conflict (account, nhs_number) do update
                 set basis = excluded.basis, from_at = excluded.from_at, until_at = excluded.until_at, ended_at = null",
            user,
            number,
            proxy.basis,
            proxy.from.0,
            proxy.until.0
        )
        .execute(&mut *transaction)
        .await?;
        if proxy.sees_everything {
            sqlx::query!(
                "update kept_section set ended_at = cast(unixepoch('subsec') * 1000 as integer)
                 where account = ? and nhs_number = ? and ended_at is null",
                user,
                number
            )
            .execute(&mut *transaction)
            .await?;
        }
        let person =
            sqlx::query!("select name from person where nhs_number = ?", number).fetch_one(&mut *transaction).await?;
        let title = format!("{} {}", identity::acting(&proxy.basis), person.name);
        let key = format!("proxy:{number}");
        grant(&mut transaction, user, (Role::Proxy, &title), (&key, Some(number)), proxy.from).await?;
        let plan = sqlx::query!("select id from plan where nhs_number = ?", number)
            .fetch_optional(&mut *transaction)
            .await?
            .map(|row| row.id);
        access::changed(&mut transaction, plan.as_deref(), Some(user)).await?;
        audit::commit_beside(transaction, event.of_plan(plan.as_deref())).await?;
        self.forget_facts(None);
        Ok(())
    }
}

/// A role as recognising people brings it up to date, so that they do not have it twice.
async fn grant(
    transaction: &mut SqliteConnection,
    user: &str,
    (role, job_title): (Role, &str),
    (key, acts_for): (&str, Option<&str>),
    now: UtcMillis,
) -> Result<(), StoreError> {
    let organisation = identity::people(transaction).await?.code;
    let (organisation, role) = (organisation.as_str(), super::role_text(role));
    sqlx::query!(
        "insert into role_grant (account, role, job_title, organisation, from_at, provider, provider_role, acts_for)
         select ?1, ?2, ?3, ?4, ?5, ?4, ?6, ?7 where not exists
             (select 1 from role_grant where account = ?1 and provider = ?4 and provider_role = ?6 and ended_at is null)",
        user,
        role,
        job_title,
        organisation,
        now.0,
        key,
        acts_for
    )
    .execute(transaction)
    .await?;
    Ok(())
}

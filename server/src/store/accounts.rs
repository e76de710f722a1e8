//! Who may sign in, and the roles of which a session will carry one.

use super::{Organisation, Store, StoreError, access, audit};
use crate::audit::action;
use coplan_core::{
    id::UserId,
    policy::{Role, Scope, Subject},
    time::UtcMillis,
};
use sqlx::SqliteConnection;

/// Somebody who may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Their id.
    pub id: UserId,
    /// Which of the three groups of people they belong to.
    pub kind: AccountKind,
    /// The name others see.
    pub name: String,
    /// Their one role.
    pub role: Role,
    /// The role in the organisation's words.
    pub job_title: String,
    /// Where they have that role.
    pub organisation: Organisation,
    /// Professional registration as body and number: `GMC 7000001`.
    pub registration: Option<String>,
    /// Authorised by the organisation as a senior decision-maker.
    pub senior: bool,
}

/// One of the roles that somebody has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantedRole {
    /// What they are to plans.
    pub role: Role,
    /// In the organisation's words.
    pub job_title: String,
    /// Where.
    pub organisation: Organisation,
    /// Authorised there as a senior decision-maker.
    pub senior: bool,
}

/// A role of somebody, as the store knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleGrantId(pub i64);

/// The three groups of people, each with an app of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccountKind {
    /// Of a multidisciplinary team.
    Staff,
    /// Has a plan, or acts for somebody who has.
    Person,
    /// Ambulance, 111, emergency department.
    Crew,
}

impl AccountKind {
    /// As the database and the API write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Person => "person",
            Self::Crew => "crew",
        }
    }
}

impl Account {
    /// The identity that a session of this account carries.
    #[must_use]
    pub fn subject(&self) -> Subject {
        Subject {
            user: self.id.clone(),
            name: self.name.clone(),
            role: self.role,
            job_title: self.job_title.clone(),
            organisation: self.organisation.code.clone(),
            organisation_name: self.organisation.name.clone(),
            registration: self.registration.clone(),
            senior: self.senior,
            scope: Scope::default(),
        }
    }

    pub(super) fn from_columns(
        (id, kind, name): (String, String, String),
        (role, job_title): (String, String),
        (code, organisation_name): (String, String),
        (registration, senior): (Option<String>, bool),
    ) -> Result<Self, StoreError> {
        let kind = [AccountKind::Staff, AccountKind::Person, AccountKind::Crew]
            .into_iter()
            .find(|known| known.as_str() == kind)
            .ok_or_else(|| StoreError::Damaged { what: "account", id: id.clone() })?;
        Ok(Self {
            role: super::role(role)?,
            id: super::id(id, "account")?,
            kind,
            name,
            job_title,
            organisation: Organisation { code: super::id(code, "organisation")?, name: organisation_name },
            registration,
            senior,
        })
    }
}

impl Store {
    /// Adds an account with its role, or takes over what it says now: of several roles, in place of the first. Its
    /// organisation must be there.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn put_account(&self, account: &Account) -> Result<(), StoreError> {
        let (id, kind, role) = (account.id.as_str(), account.kind.as_str(), super::role_text(account.role));
        let organisation = account.organisation.code.as_str();
        let mut writer = self.writer().await?;
        let event = writer.own(action::PUT_ACCOUNT, Some(format!("account:{id}"))).await?;
        let mut transaction = sqlx::Connection::begin(&mut writer.connection).await?;
        sqlx::query!(
            "insert into account (id, kind, name, registration) values (?, ?, ?, ?)
             on conflict (id) do update
                 set kind = excluded.kind, name = excluded.name, registration = excluded.registration",
            id,
            kind,
            account.name,
            account.registration
        )
        .execute(&mut *transaction)
        .await?;
        let updated = sqlx::query!(
            "update role_grant set role = ?, job_title = ?, organisation = ?, senior = ?
             where id = (select min(id) from role_grant where account = ? and ended_at is null)",
            role,
            account.job_title,
            organisation,
            account.senior,
            id
        )
        .execute(&mut *transaction)
        .await?;
        if updated.rows_affected() == 0 {
            let (job_title, senior) = (account.job_title.as_str(), account.senior);
            insert_role(&mut transaction, id, (&role, job_title), organisation, senior).await?;
        }
        access::changed(&mut transaction, None, Some(id)).await?;
        Ok(audit::commit_beside(transaction, event).await?)
    }

    /// Gives somebody another role.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn grant_role(&self, user: &UserId, role: &GrantedRole) -> Result<RoleGrantId, StoreError> {
        let (user, organisation) = (user.as_str(), role.organisation.code.as_str());
        let name = super::role_text(role.role);
        let mut writer = self.writer().await?;
        let event = writer.own(action::GRANT_ROLE, Some(format!("account:{user}"))).await?;
        let mut transaction = sqlx::Connection::begin(&mut writer.connection).await?;
        let words = (name.as_str(), role.job_title.as_str());
        let id = insert_role(&mut transaction, user, words, organisation, role.senior).await?;
        access::changed(&mut transaction, None, Some(user)).await?;
        audit::commit_beside(transaction, event).await?;
        Ok(RoleGrantId(id))
    }

    /// Ends a role, and the sessions that have it.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn end_role(&self, role: RoleGrantId, now: UtcMillis) -> Result<(), StoreError> {
        let mut writer = self.writer().await?;
        let event = writer.own(action::END_ROLE, None).await?;
        let mut transaction = sqlx::Connection::begin(&mut writer.connection).await?;
        let row = sqlx::query!(
            "update role_grant set ended_at = ? where id = ? and ended_at is null returning account",
            now.0,
            role.0
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(row) = row else { return Ok(()) };
        sqlx::query!("delete from session where role_grant = ?", role.0).execute(&mut *transaction).await?;
        access::changed(&mut transaction, None, Some(&row.account)).await?;
        let event = event.about(format!("account:{}", row.account));
        Ok(audit::commit_beside(transaction, event).await?)
    }

    /// The roles that somebody has, the oldest first.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn roles_of(&self, user: &UserId) -> Result<Vec<(RoleGrantId, GrantedRole)>, StoreError> {
        let user = user.as_str();
        let rows = sqlx::query!(
            r#"select role_grant.id, role_grant.role, role_grant.job_title, role_grant.organisation,
                 role_grant.senior as "senior: bool", organisation.name as organisation_name
             from role_grant join organisation on organisation.code = role_grant.organisation
             where role_grant.account = ? and role_grant.ended_at is null order by role_grant.id limit ?"#,
            user,
            ROLES_MAX
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter()
            .map(|row| {
                let organisation =
                    Organisation { code: super::id(row.organisation, "role")?, name: row.organisation_name };
                let (role, job_title, senior) = (super::role(row.role)?, row.job_title, row.senior);
                Ok((RoleGrantId(row.id), GrantedRole { role, job_title, organisation, senior }))
            })
            .collect()
    }

    /// The account of that id, in the oldest of its roles.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up.
    pub async fn account(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        let id = id.as_str();
        let row = sqlx::query!(
            r#"select account.id, account.kind, account.name, role_grant.role, role_grant.job_title,
                 role_grant.organisation, account.registration, role_grant.senior as "senior: bool",
                 organisation.name as organisation_name
             from account join role_grant on role_grant.account = account.id
                 join organisation on organisation.code = role_grant.organisation
             where account.id = ? and account.ended_at is null and role_grant.ended_at is null
             order by role_grant.id limit 1"#,
            id
        )
        .fetch_optional(&self.readers)
        .await?;
        row.map(|row| {
            Account::from_columns(
                (row.id, row.kind, row.name),
                (row.role, row.job_title),
                (row.organisation, row.organisation_name),
                (row.registration, row.senior),
            )
        })
        .transpose()
    }

    /// All accounts, by kind, organisation and name, each in the oldest of its roles.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        let rows = sqlx::query!(
            r#"select account.id, account.kind, account.name, role_grant.role, role_grant.job_title,
                 role_grant.organisation, account.registration, role_grant.senior as "senior: bool",
                 organisation.name as organisation_name
             from account join role_grant on role_grant.id =
                     (select min(first.id) from role_grant first where first.account = account.id and first.ended_at is null)
                 join organisation on organisation.code = role_grant.organisation
             where account.ended_at is null
             order by account.kind desc, organisation.name, account.name, account.id
             limit ?"#,
            ACCOUNTS_LISTED_MAX
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter()
            .map(|row| {
                Account::from_columns(
                    (row.id, row.kind, row.name),
                    (row.role, row.job_title),
                    (row.organisation, row.organisation_name),
                    (row.registration, row.senior),
                )
            })
            .collect()
    }
}

async fn insert_role(
    transaction: &mut SqliteConnection,
    account: &str,
    (role, job_title): (&str, &str),
    organisation: &str,
    senior: bool,
) -> Result<i64, StoreError> {
    let row = sqlx::query!(
        r#"insert into role_grant (account, role, job_title, organisation, senior) values (?, ?, ?, ?, ?)
         returning id as "id!: i64""#,
        account,
        role,
        job_title,
        organisation,
        senior
    )
    .fetch_one(transaction)
    .await?;
    Ok(row.id)
}

/// Most roles that somebody may choose from.
const ROLES_MAX: i64 = 50;

/// Most accounts listed at once: the list serves development only.
const ACCOUNTS_LISTED_MAX: i64 = 5_000;

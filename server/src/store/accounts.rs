//! Who may sign in, each with the one role that the session will carry.

use super::{Organisation, Store, StoreError};
use coplan_core::{
    id::UserId,
    policy::{Role, Subject},
};

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
    /// Adds an account, or takes over what it says now. Its organisation must be there.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn put_account(&self, account: &Account) -> Result<(), StoreError> {
        let (id, kind, role) = (account.id.as_str(), account.kind.as_str(), super::role_text(account.role));
        let organisation = account.organisation.code.as_str();
        let mut writer = self.writer().await?;
        sqlx::query!(
            "insert into account (id, kind, name, role, job_title, organisation, registration, senior)
             values (?, ?, ?, ?, ?, ?, ?, ?)
             on conflict (id) do update
                 set kind = excluded.kind, name = excluded.name, role = excluded.role,
                     job_title = excluded.job_title, organisation = excluded.organisation,
                     registration = excluded.registration, senior = excluded.senior",
            id,
            kind,
            account.name,
            role,
            account.job_title,
            organisation,
            account.registration,
            account.senior
        )
        .execute(&mut writer.connection)
        .await?;
        Ok(())
    }

    /// The account of that id.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up.
    pub async fn account(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        let id = id.as_str();
        let row = sqlx::query!(
            r#"select account.id, account.kind, account.name, account.role, account.job_title, account.organisation,
                 account.registration, account.senior as "senior: bool", organisation.name as organisation_name
             from account join organisation on organisation.code = account.organisation
             where account.id = ?"#,
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

    /// All accounts, by kind, organisation and name.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        let rows = sqlx::query!(
            r#"select account.id, account.kind, account.name, account.role, account.job_title, account.organisation,
                 account.registration, account.senior as "senior: bool", organisation.name as organisation_name
             from account join organisation on organisation.code = account.organisation
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

/// Most accounts listed at once: the list serves development only.
const ACCOUNTS_LISTED_MAX: i64 = 5_000;

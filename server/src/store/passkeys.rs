//! Passkeys, and the codes and ceremonies that lead to them. What an authenticator said is kept as webauthn_rp writes it.

use super::{SessionId, Store, StoreError, TokenHash, access, audit};
use crate::audit::{Event, action};
use coplan_core::{id::UserId, policy::Subject, time::UtcMillis};
use sqlx::{Connection, SqliteConnection};

/// A passkey of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Its number here.
    pub id: i64,
    /// Whose it is.
    pub account: UserId,
    /// What an authenticator calls the account.
    pub handle: Vec<u8>,
    /// What an authenticator calls the key.
    pub credential: Vec<u8>,
    /// What its owner calls it.
    pub name: String,
    /// How authenticators reach it.
    pub transports: u8,
    /// Public key and what else never changes.
    pub static_state: Vec<u8>,
    /// The counter, and what else changes.
    pub dynamic_state: Vec<u8>,
    /// When it was registered.
    pub created_at: UtcMillis,
    /// When somebody last signed in with it.
    pub used_at: Option<UtcMillis>,
}

/// A passkey that was just made.
#[derive(Clone)]
pub struct NewPasskey<'r> {
    /// Whose.
    pub account: &'r UserId,
    /// The same, as the audit names them.
    pub by: &'r Subject,
    /// What an authenticator calls the key.
    pub credential: &'r [u8],
    /// What its owner calls it.
    pub name: &'r str,
    /// How authenticators reach it.
    pub transports: u8,
    /// Public key and what else never changes.
    pub static_state: &'r [u8],
    /// The counter, and what else changes.
    pub dynamic_state: &'r [u8],
    /// The enrolment code that it was made with, to be used up.
    pub code: Option<TokenHash>,
}

/// A registration or a sign-in that was begun.
#[derive(Clone)]
pub struct Ceremony {
    /// Who registers; nobody is known at a sign-in.
    pub account: Option<UserId>,
    /// The enrolment code it was begun with.
    pub code: Option<TokenHash>,
    /// What was asked, as webauthn_rp writes it.
    pub state: Vec<u8>,
}

/// Why no passkey was kept.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// The code was used in the meantime, or its time is over.
    #[error("the enrolment code holds no longer")]
    Code,
    /// The authenticator has given this key before.
    #[error("this passkey is registered already")]
    Known,
    /// As many as one may have.
    #[error("an account has at most {PASSKEYS_MAX} passkeys")]
    TooMany,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for PasskeyError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Store {
    /// Keeps an enrolment code in place of any that this account had.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn keep_enrolment_code(
        &self,
        code: &TokenHash,
        account: &UserId,
        now: UtcMillis,
        expires_at: UtcMillis,
    ) -> Result<(), StoreError> {
        let (code, account) = (code.bytes(), account.as_str());
        let mut writer = self.writer().await?;
        let event = writer.own(action::INVITE, Some(format!("account:{account}"))).await?;
        let mut transaction = writer.connection.begin().await?;
        sqlx::query!("delete from enrolment_code where expires_at < ? or account = ?", now.0, account)
            .execute(&mut *transaction)
            .await?;
        sqlx::query!(
            "insert into enrolment_code (code_sha256, account, expires_at) values (?, ?, ?)",
            code,
            account,
            expires_at.0
        )
        .execute(&mut *transaction)
        .await?;
        Ok(audit::commit_beside(transaction, event).await?)
    }

    /// Whose an enrolment code is, if it holds. It is used up with the passkey that it leads to.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up.
    pub async fn enrolment_code(&self, code: &TokenHash, now: UtcMillis) -> Result<Option<UserId>, StoreError> {
        let code = code.bytes();
        let row = sqlx::query!(
            "select enrolment_code.account from enrolment_code join account on account.id = enrolment_code.account
             where code_sha256 = ? and expires_at > ? and account.ended_at is null",
            code,
            now.0
        )
        .fetch_optional(&self.readers)
        .await?;
        row.map(|row| super::id(row.account, "enrolment code")).transpose()
    }

    /// What authenticators call an account: `fresh` if it has no name yet, and the same ever after.
    ///
    /// # Errors
    /// `StoreError` if it could not be read or written.
    pub async fn passkey_handle(&self, account: &UserId, fresh: &[u8]) -> Result<Vec<u8>, StoreError> {
        let account = account.as_str();
        let mut writer = self.writer().await?;
        sqlx::query!("insert into passkey_user (account, handle) values (?, ?) on conflict do nothing", account, fresh)
            .execute(&mut writer.connection)
            .await?;
        let row = sqlx::query!("select handle from passkey_user where account = ?", account)
            .fetch_one(&mut writer.connection)
            .await?;
        Ok(row.handle)
    }

    /// Keeps a ceremony until it is answered or its time is over; false if too many are under way.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn keep_ceremony(
        &self,
        challenge: &[u8],
        ceremony: &Ceremony,
        now: UtcMillis,
        expires_at: UtcMillis,
    ) -> Result<bool, StoreError> {
        let (account, code) = (ceremony.account.as_ref().map(UserId::as_str), ceremony.code.as_ref());
        let code = code.map(TokenHash::bytes);
        let mut writer = self.writer().await?;
        let mut transaction = writer.connection.begin().await?;
        sqlx::query!("delete from passkey_ceremony where expires_at < ?", now.0).execute(&mut *transaction).await?;
        let done = sqlx::query!(
            "insert into passkey_ceremony (challenge, account, code_sha256, state, expires_at)
             select ?, ?, ?, ?, ? where (select count(*) from passkey_ceremony) < ?",
            challenge,
            account,
            code,
            ceremony.state,
            expires_at.0,
            CEREMONIES_MAX
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends a ceremony, and gives it if its time is not over.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up; it is then as it was.
    pub async fn take_ceremony(&self, challenge: &[u8], now: UtcMillis) -> Result<Option<Ceremony>, StoreError> {
        let mut writer = self.writer().await?;
        let row = sqlx::query!(
            "delete from passkey_ceremony where challenge = ? returning account, code_sha256, state, expires_at",
            challenge
        )
        .fetch_optional(&mut writer.connection)
        .await?;
        let Some(row) = row.filter(|row| row.expires_at > now.0) else { return Ok(None) };
        let damaged = || StoreError::Damaged { what: "passkey ceremony", id: "a code".to_owned() };
        let code = row.code_sha256.map(|code| TokenHash::from_bytes(&code).ok_or_else(damaged)).transpose()?;
        let account = row.account.map(|account| super::id(account, "passkey ceremony")).transpose()?;
        Ok(Some(Ceremony { account, code, state: row.state }))
    }

    /// Keeps a passkey, and uses up the code that led to it.
    ///
    /// # Errors
    /// `PasskeyError`; nothing was written then.
    pub async fn keep_passkey(&self, new: &NewPasskey<'_>, now: UtcMillis) -> Result<(), PasskeyError> {
        let account = new.account.as_str();
        let mut writer = self.writer().await?;
        // Beside the event of the request: by a code, that is the sign-in which follows.
        let event = Event::of(Some(new.by), action::ADD_PASSKEY, now);
        let event = writer.ready(Event { resource: Some(format!("account:{account}")), ..event }).await?;
        let mut transaction = writer.connection.begin().await?;
        if let Some(code) = &new.code {
            use_up(&mut transaction, code, account, now).await?;
        }
        let transports = i64::from(new.transports);
        let done = sqlx::query!(
            "insert into passkey (account, credential, name, transports, static_state, dynamic_state, created_at)
             select ?1, ?2, ?3, ?4, ?5, ?6, ?7 where (select count(*) from passkey where account = ?1) < ?8",
            account,
            new.credential,
            new.name,
            transports,
            new.static_state,
            new.dynamic_state,
            now.0,
            PASSKEYS_MAX
        )
        .execute(&mut *transaction)
        .await;
        let done = done.map_err(|error| {
            if super::broke_a_constraint(&error) { PasskeyError::Known } else { PasskeyError::from(error) }
        })?;
        if done.rows_affected() == 0 {
            return Err(PasskeyError::TooMany);
        }
        Ok(audit::commit_beside(transaction, event).await?)
    }

    /// The passkey of that name for authenticators, if its owner may still sign in.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up.
    pub async fn passkey(&self, credential: &[u8]) -> Result<Option<Passkey>, StoreError> {
        let row = sqlx::query!(
            "select passkey.id, passkey.account, passkey_user.handle, passkey.credential, passkey.name,
                 passkey.transports, passkey.static_state, passkey.dynamic_state, passkey.created_at, passkey.used_at
             from passkey join passkey_user on passkey_user.account = passkey.account
                 join account on account.id = passkey.account
             where passkey.credential = ? and account.ended_at is null",
            credential
        )
        .fetch_optional(&self.readers)
        .await?;
        row.map(|row| {
            Ok(Passkey {
                id: row.id,
                account: super::id(row.account, "passkey")?,
                handle: row.handle,
                credential: row.credential,
                name: row.name,
                transports: u8::try_from(row.transports).unwrap_or_default(),
                static_state: row.static_state,
                dynamic_state: row.dynamic_state,
                created_at: UtcMillis(row.created_at),
                used_at: row.used_at.map(UtcMillis),
            })
        })
        .transpose()
    }

    /// The passkeys of somebody, oldest first.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn passkeys_of(&self, account: &UserId) -> Result<Vec<Passkey>, StoreError> {
        let name = account.as_str();
        let rows = sqlx::query!(
            "select passkey.id, passkey_user.handle, passkey.credential, passkey.name, passkey.transports,
                 passkey.static_state, passkey.dynamic_state, passkey.created_at, passkey.used_at
             from passkey join passkey_user on passkey_user.account = passkey.account
             where passkey.account = ? order by passkey.id limit ?",
            name,
            PASSKEYS_MAX
        )
        .fetch_all(&self.readers)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Passkey {
                id: row.id,
                account: account.clone(),
                handle: row.handle,
                credential: row.credential,
                name: row.name,
                transports: u8::try_from(row.transports).unwrap_or_default(),
                static_state: row.static_state,
                dynamic_state: row.dynamic_state,
                created_at: UtcMillis(row.created_at),
                used_at: row.used_at.map(UtcMillis),
            })
            .collect())
    }

    /// Takes note that somebody signed in with a passkey, and of its counter. False if another sign-in was quicker, or it
    /// was removed: then this one does not count.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn passkey_used(&self, id: i64, (was, is): (&[u8], &[u8]), now: UtcMillis) -> Result<bool, StoreError> {
        let mut writer = self.writer().await?;
        let done = sqlx::query!(
            "update passkey set dynamic_state = ?, used_at = ? where id = ? and dynamic_state = ?",
            is,
            now.0,
            id,
            was
        )
        .execute(&mut writer.connection)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Removes a passkey of somebody and ends their other sessions that were begun with one; `None` if it is not theirs.
    ///
    /// # Errors
    /// `StoreError` if it was not removed.
    pub async fn remove_passkey(
        &self,
        account: &UserId,
        id: i64,
        but: SessionId,
    ) -> Result<Option<Vec<SessionId>>, StoreError> {
        let account = account.as_str();
        let mut writer = self.writer().await?;
        let event = writer.noted().await?;
        let mut transaction = writer.connection.begin().await?;
        let done = sqlx::query!("delete from passkey where id = ? and account = ?", id, account)
            .execute(&mut *transaction)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(None);
        }
        let ended = sqlx::query!(
            r#"delete from session where account = ? and via = 'passkey' and id <> ? returning id as "id!: i64""#,
            account,
            but.0
        )
        .fetch_all(&mut *transaction)
        .await?;
        access::changed(&mut transaction, None, Some(account)).await?;
        audit::commit(transaction, event).await?;
        Ok(Some(ended.into_iter().map(|row| SessionId(row.id)).collect()))
    }

    /// Ends an account: its sessions, its code and its passkeys go, its name stays with what it wrote. False if there is
    /// none that stands.
    ///
    /// # Errors
    /// `StoreError` if nothing was written.
    pub async fn end_account(&self, account: &UserId, now: UtcMillis) -> Result<bool, StoreError> {
        let name = account.as_str();
        let mut writer = self.writer().await?;
        let event = writer.own(action::END_ACCOUNT, Some(format!("account:{name}"))).await?;
        let mut transaction = writer.connection.begin().await?;
        let done = sqlx::query!("update account set ended_at = ? where id = ? and ended_at is null", now.0, name)
            .execute(&mut *transaction)
            .await?;
        sqlx::query!("delete from session where account = ?", name).execute(&mut *transaction).await?;
        sqlx::query!("delete from enrolment_code where account = ?", name).execute(&mut *transaction).await?;
        sqlx::query!("delete from passkey_ceremony where account = ?", name).execute(&mut *transaction).await?;
        sqlx::query!("delete from passkey where account = ?", name).execute(&mut *transaction).await?;
        access::changed(&mut transaction, None, Some(name)).await?;
        audit::commit_beside(transaction, event).await?;
        self.forget_facts(None);
        Ok(done.rows_affected() == 1)
    }
}

async fn use_up(
    transaction: &mut SqliteConnection,
    code: &TokenHash,
    account: &str,
    now: UtcMillis,
) -> Result<(), PasskeyError> {
    let code = code.bytes();
    let used = sqlx::query!(
        "delete from enrolment_code where code_sha256 = ? and account = ? and expires_at > ?",
        code,
        account,
        now.0
    )
    .execute(transaction)
    .await?;
    if used.rows_affected() == 1 { Ok(()) } else { Err(PasskeyError::Code) }
}

/// Passkeys that one account may have: one for each device somebody uses, and a spare.
const PASSKEYS_MAX: i64 = 20;

/// Ceremonies under way at the same time.
const CEREMONIES_MAX: i64 = 20_000;

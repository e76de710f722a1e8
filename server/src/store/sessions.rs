//! Sessions and tickets. Of a token only its SHA-256 is kept, so that a copy of the database signs nobody in.

use super::{Account, Store, StoreError};
use coplan_core::{id::UserId, time::UtcMillis};
use sha2::{Digest, Sha256};

/// A session, as the service speaks of it without its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub i64);

/// SHA-256 of a token that was handed out once and is kept nowhere.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of a token as the client sends it.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }
}

/// A session that holds.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub account: Account,
    /// When it ends, whatever happens.
    pub expires_at: UtcMillis,
}

impl Store {
    /// Begins a session, and forgets those that are long over.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn begin_session(
        &self,
        token: &TokenHash,
        user: &UserId,
        now: UtcMillis,
        expires_at: UtcMillis,
    ) -> Result<SessionId, StoreError> {
        let (token, user) = (&token.0[..], user.as_str());
        let mut writer = self.writer().await?;
        let mut transaction = sqlx::Connection::begin(&mut writer.connection).await?;
        sqlx::query!("delete from session where expires_at < ?", now.0).execute(&mut *transaction).await?;
        let row = sqlx::query!(
            r#"insert into session (token_sha256, account, created_at, seen_at, expires_at)
             values (?1, ?2, ?3, ?3, ?4) returning id as "id!: i64""#,
            token,
            user,
            now.0,
            expires_at.0
        )
        .fetch_one(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(SessionId(row.id))
    }

    /// The session of a token, if it has neither expired nor been idle since before `idle_since`.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up.
    pub async fn session(
        &self,
        token: &TokenHash,
        now: UtcMillis,
        idle_since: UtcMillis,
    ) -> Result<Option<Session>, StoreError> {
        let token = &token.0[..];
        let row = sqlx::query!(
            r#"select session.id as session, session.seen_at, session.expires_at,
                 account.id, account.kind, account.name, account.role, account.job_title, account.organisation,
                 account.registration, account.senior as "senior: bool", organisation.name as organisation_name
             from session join account on account.id = session.account
                 join organisation on organisation.code = account.organisation
             where session.token_sha256 = ? and session.expires_at > ? and session.seen_at >= ?"#,
            token,
            now.0,
            idle_since.0
        )
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let id = SessionId(row.session);
        if now.since_ms(UtcMillis(row.seen_at)) > SEEN_WRITTEN_EVERY_MS {
            self.session_seen(id, now).await?;
        }
        let account = Account::from_columns(
            (row.id, row.kind, row.name),
            (row.role, row.job_title),
            (row.organisation, row.organisation_name),
            (row.registration, row.senior),
        )?;
        Ok(Some(Session { id, account, expires_at: UtcMillis(row.expires_at) }))
    }

    /// Whether a session still holds, as an open socket asks from time to time. Being open keeps it from being idle.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up.
    pub async fn session_holds(&self, id: SessionId, now: UtcMillis) -> Result<bool, StoreError> {
        let row = sqlx::query!("select seen_at from session where id = ? and expires_at > ?", id.0, now.0)
            .fetch_optional(&self.readers)
            .await?;
        match row {
            Some(row) if now.since_ms(UtcMillis(row.seen_at)) > SEEN_WRITTEN_EVERY_MS => {
                self.session_seen(id, now).await?;
                Ok(true)
            }
            found => Ok(found.is_some()),
        }
    }

    async fn session_seen(&self, id: SessionId, now: UtcMillis) -> Result<(), StoreError> {
        let mut writer = self.writer().await?;
        sqlx::query!("update session set seen_at = max(seen_at, ?) where id = ?", now.0, id.0)
            .execute(&mut writer.connection)
            .await?;
        Ok(())
    }

    /// Ends a session; its tickets go with it.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn end_session(&self, id: SessionId) -> Result<(), StoreError> {
        let mut writer = self.writer().await?;
        sqlx::query!("delete from session where id = ?", id.0).execute(&mut writer.connection).await?;
        Ok(())
    }

    /// Keeps a ticket that opens one socket for a session.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn keep_ticket(
        &self,
        ticket: &TokenHash,
        session: SessionId,
        now: UtcMillis,
        expires_at: UtcMillis,
    ) -> Result<(), StoreError> {
        let ticket = &ticket.0[..];
        let mut writer = self.writer().await?;
        let mut transaction = sqlx::Connection::begin(&mut writer.connection).await?;
        sqlx::query!("delete from sync_ticket where expires_at < ?", now.0).execute(&mut *transaction).await?;
        sqlx::query!(
            "insert into sync_ticket (ticket_sha256, session, expires_at) values (?, ?, ?)",
            ticket,
            session.0,
            expires_at.0
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Uses a ticket up, whatever comes of it, and gives its session if both still hold.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up; the ticket is then as it was.
    pub async fn use_ticket(&self, ticket: &TokenHash, now: UtcMillis) -> Result<Option<Session>, StoreError> {
        let ticket = &ticket.0[..];
        let mut writer = self.writer().await?;
        let used =
            sqlx::query!("delete from sync_ticket where ticket_sha256 = ? returning session, expires_at", ticket)
                .fetch_optional(&mut writer.connection)
                .await?;
        drop(writer);
        let Some(session) = used.filter(|used| used.expires_at > now.0).map(|used| used.session) else {
            return Ok(None);
        };
        let row = sqlx::query!(
            r#"select session.expires_at, account.id, account.kind, account.name, account.role, account.job_title,
                 account.organisation, account.registration, account.senior as "senior: bool",
                 organisation.name as organisation_name
             from session join account on account.id = session.account
                 join organisation on organisation.code = account.organisation
             where session.id = ? and session.expires_at > ?"#,
            session,
            now.0
        )
        .fetch_optional(&self.readers)
        .await?;
        row.map(|row| {
            let account = Account::from_columns(
                (row.id, row.kind, row.name),
                (row.role, row.job_title),
                (row.organisation, row.organisation_name),
                (row.registration, row.senior),
            )?;
            Ok(Session { id: SessionId(session), account, expires_at: UtcMillis(row.expires_at) })
        })
        .transpose()
    }
}

/// How often a session's last use is written down, in milliseconds: a read must not cost a write each time.
const SEEN_WRITTEN_EVERY_MS: i64 = 60_000;

//! What people allowed apps to read for them. Of a code and of a token only its SHA-256 is kept, and both go with the session.

use super::{SessionId, Store, StoreError, TokenHash, audit};
use crate::audit::{Event, action};
use coplan_core::{policy::Subject, time::UtcMillis};
use sqlx::Connection;

/// A code that an app exchanges for a token, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppCode {
    /// Whose, as the identity file names it.
    pub app: String,
    /// The session of whoever allowed it.
    pub session: SessionId,
    /// What they allowed.
    pub scopes: String,
    /// Where the code was sent.
    pub redirect_uri: String,
    /// What the app's proof has to hash to (RFC 7636, S256).
    pub challenge: String,
    /// When it ends.
    pub expires_at: UtcMillis,
}

/// A token that holds, if its session does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppToken {
    /// Whose, as the identity file names it.
    pub app: String,
    /// In which session.
    pub session: SessionId,
    /// What it reaches.
    pub scopes: String,
}

impl Store {
    /// Keeps a code, and forgets those that are over.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn keep_app_code(
        &self,
        code: &TokenHash,
        new: &AppCode,
        by: &Subject,
        now: UtcMillis,
    ) -> Result<(), StoreError> {
        let code = code.bytes();
        let event = Event::of(Some(by), action::ALLOW_APP, now);
        let event = Event { resource: Some(format!("app:{}", new.app)), ..event };
        let mut writer = self.writer().await?;
        let event = writer.event(event).await?;
        let mut transaction = writer.connection.begin().await?;
        sqlx::query!("delete from app_code where expires_at < ?", now.0).execute(&mut *transaction).await?;
        sqlx::query!(
            "insert into app_code (code_sha256, app, session, scopes, redirect_uri, challenge, expires_at)
             values (?, ?, ?, ?, ?, ?, ?)",
            code,
            new.app,
            new.session.0,
            new.scopes,
            new.redirect_uri,
            new.challenge,
            new.expires_at.0
        )
        .execute(&mut *transaction)
        .await?;
        audit::commit(transaction, event).await?;
        Ok(())
    }

    /// Uses a code up, whatever comes of it. One that comes again ends the token that was given for it.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up; it is then as it was.
    pub async fn use_app_code(&self, code: &TokenHash, now: UtcMillis) -> Result<Option<AppCode>, StoreError> {
        let code = code.bytes();
        let mut writer = self.writer().await?;
        let mut transaction = writer.connection.begin().await?;
        let used = sqlx::query!(
            "delete from app_code where code_sha256 = ?
             returning app, session, scopes, redirect_uri, challenge, expires_at",
            code
        )
        .fetch_optional(&mut *transaction)
        .await?;
        if used.is_none() {
            sqlx::query!("delete from app_token where code_sha256 = ?", code).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        let used = used.map(|row| AppCode {
            app: row.app,
            session: SessionId(row.session),
            scopes: row.scopes,
            redirect_uri: row.redirect_uri,
            challenge: row.challenge,
            expires_at: UtcMillis(row.expires_at),
        });
        Ok(used.filter(|used| used.expires_at > now))
    }

    /// Keeps the token that was given for a code, and forgets those that are over.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn give_app_token(
        &self,
        token: &TokenHash,
        code: &TokenHash,
        new: &AppToken,
        expires_at: UtcMillis,
        now: UtcMillis,
    ) -> Result<(), StoreError> {
        let (token, code) = (token.bytes(), code.bytes());
        let mut writer = self.writer().await?;
        let mut transaction = writer.connection.begin().await?;
        sqlx::query!("delete from app_token where expires_at < ?", now.0).execute(&mut *transaction).await?;
        sqlx::query!(
            "insert into app_token (token_sha256, app, session, scopes, code_sha256, expires_at) values (?, ?, ?, ?, ?, ?)",
            token,
            new.app,
            new.session.0,
            new.scopes,
            code,
            expires_at.0
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The token of this hash, if it is not over.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up.
    pub async fn app_token(&self, token: &TokenHash, now: UtcMillis) -> Result<Option<AppToken>, StoreError> {
        let token = token.bytes();
        let row = sqlx::query!(
            "select app, session, scopes from app_token where token_sha256 = ? and expires_at > ?",
            token,
            now.0
        )
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.map(|row| AppToken { app: row.app, session: SessionId(row.session), scopes: row.scopes }))
    }
}

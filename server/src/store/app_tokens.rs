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
    /// Keeps a code for somebody's session, and forgets those that are over. False if the session is over by now.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn keep_app_code(
        &self,
        code: &TokenHash,
        new: &AppCode,
        by: &Subject,
        now: UtcMillis,
    ) -> Result<bool, StoreError> {
        let (code, user) = (code.bytes(), by.user.as_str());
        let event = Event::of(Some(by), action::ALLOW_APP, now);
        let event = Event { resource: Some(format!("app:{}", new.app)), ..event };
        let mut writer = self.writer().await?;
        let event = writer.event(event).await?;
        let mut transaction = writer.connection.begin().await?;
        sqlx::query!("delete from app_code where expires_at < ?", now.0).execute(&mut *transaction).await?;
        // The number of a session that is over may be another's by now.
        let kept = sqlx::query!(
            "insert into app_code (code_sha256, app, session, scopes, redirect_uri, challenge, expires_at)
             select ?, ?, id, ?, ?, ?, ? from session where id = ? and account = ?",
            code,
            new.app,
            new.scopes,
            new.redirect_uri,
            new.challenge,
            new.expires_at.0,
            new.session.0,
            user
        )
        .execute(&mut *transaction)
        .await?;
        if kept.rows_affected() == 0 {
            return Ok(false);
        }
        audit::commit(transaction, event).await?;
        Ok(true)
    }

    /// Uses a code up, whatever comes of it, and keeps a token for it if it fits and has not ended; gives what the token reaches,
    /// and until when it holds: `lasts_ms`, or as long as the session. A code that comes again ends the token that was given
    /// for it.
    ///
    /// # Errors
    /// `StoreError` if nothing was written; the code is then as it was.
    pub async fn exchange_app_code(
        &self,
        (code, token): (&TokenHash, &TokenHash),
        lasts_ms: i64,
        now: UtcMillis,
        fits: impl FnOnce(&AppCode) -> bool,
    ) -> Result<Option<(AppToken, UtcMillis)>, StoreError> {
        let (code, token) = (code.bytes(), token.bytes());
        let mut writer = self.writer().await?;
        let mut transaction = writer.connection.begin().await?;
        sqlx::query!("delete from app_token where expires_at < ?", now.0).execute(&mut *transaction).await?;
        let used = sqlx::query!(
            "delete from app_code where code_sha256 = ?
             returning app, session, scopes, redirect_uri, challenge, expires_at",
            code
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(row) = used else {
            sqlx::query!("delete from app_token where code_sha256 = ?", code).execute(&mut *transaction).await?;
            transaction.commit().await?;
            return Ok(None);
        };
        let used = AppCode {
            app: row.app,
            session: SessionId(row.session),
            scopes: row.scopes,
            redirect_uri: row.redirect_uri,
            challenge: row.challenge,
            expires_at: UtcMillis(row.expires_at),
        };
        if used.expires_at <= now || !fits(&used) {
            transaction.commit().await?;
            return Ok(None);
        }
        let most = now.plus_ms(lasts_ms).0;
        let given = sqlx::query!(
            "insert into app_token (token_sha256, app, session, scopes, code_sha256, expires_at)
             select ?, ?, id, ?, ?, min(?, expires_at) from session where id = ? returning expires_at",
            token,
            used.app,
            used.scopes,
            code,
            most,
            used.session.0
        )
        .fetch_one(&mut *transaction)
        .await?;
        transaction.commit().await?;
        let token = AppToken { app: used.app, session: used.session, scopes: used.scopes };
        Ok(Some((token, UtcMillis(given.expires_at))))
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

//! Tokens of systems that read by themselves. Of a token only its SHA-256 is kept.

use super::{Store, StoreError, TokenHash, audit};
use crate::audit::{Circumstances, Event, action};
use coplan_core::{policy::Subject, time::UtcMillis};
use sqlx::Connection;

/// A token that is to be given.
#[derive(Debug, Clone, Copy)]
pub struct NewClientToken<'t> {
    /// Whose, as the identity file names it.
    pub client: &'t str,
    /// What it reaches.
    pub scopes: &'t str,
    /// The system as decisions know it.
    pub subject: &'t Subject,
    /// When it ends.
    pub expires_at: UtcMillis,
}

/// A token that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientToken {
    /// Its number.
    pub id: i64,
    /// Whose, as the identity file names it.
    pub client: String,
    /// What it reaches.
    pub scopes: String,
}

impl Store {
    /// Keeps a token, and forgets those that are over.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn give_client_token(
        &self,
        token: &TokenHash,
        new: &NewClientToken<'_>,
        now: UtcMillis,
    ) -> Result<(), StoreError> {
        let token = token.bytes();
        let mut writer = self.writer().await?;
        let event = writer.event(Event::of(Some(new.subject), action::SIGN_IN, now)).await?;
        let mut transaction = writer.connection.begin().await?;
        sqlx::query!("delete from client_token where expires_at < ?", now.0).execute(&mut *transaction).await?;
        let row = sqlx::query!(
            r#"insert into client_token (token_sha256, client, scopes, expires_at) values (?, ?, ?, ?)
             returning id as "id!: i64""#,
            token,
            new.client,
            new.scopes,
            new.expires_at.0
        )
        .fetch_one(&mut *transaction)
        .await?;
        let event = event.map(|event| event.under(Circumstances { session: row.id, via: VIA }));
        audit::commit(transaction, event).await?;
        Ok(())
    }

    /// The token of this hash, if it holds.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up.
    pub async fn client_token(&self, token: &TokenHash, now: UtcMillis) -> Result<Option<ClientToken>, StoreError> {
        let token = token.bytes();
        let row = sqlx::query!(
            r#"select id as "id!: i64", client, scopes from client_token where token_sha256 = ? and expires_at > ?"#,
            token,
            now.0
        )
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.map(|row| ClientToken { id: row.id, client: row.client, scopes: row.scopes }))
    }
}

impl ClientToken {
    /// Under which token something happens, for the audit.
    #[must_use]
    pub const fn circumstances(&self) -> Circumstances {
        Circumstances { session: self.id, via: VIA }
    }
}

/// How a system proved who it is.
const VIA: &str = "client";

//! Sign-ins that were begun with a provider and have to come back.

use super::{SessionId, Store, StoreError, TokenHash};
use coplan_core::time::UtcMillis;
use sqlx::{Connection, SqliteConnection};

/// A sign-in that was begun and has to come back.
#[derive(Clone, PartialEq, Eq)]
pub struct PendingSignIn {
    /// What the browser that began it holds, as a hash.
    pub browser: TokenHash,
    /// Who was asked.
    pub provider: String,
    /// What the token must repeat.
    pub nonce: String,
    /// What the code is redeemed with.
    pub verifier: String,
    /// Where the browser goes afterwards.
    pub return_path: String,
    /// The session that it had before.
    pub replaces: Option<SessionId>,
    /// When it was begun.
    pub created_at: UtcMillis,
}

impl Store {
    /// Keeps a sign-in that was begun; of too many the oldest are forgotten.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn keep_pending_sign_in(
        &self,
        state: &TokenHash,
        pending: &PendingSignIn,
        address: &str,
    ) -> Result<(), StoreError> {
        let (state, browser, at) = (state.bytes(), pending.browser.bytes(), pending.created_at.0);
        let replaces = pending.replaces.map(|session| session.0);
        let mut writer = self.writer().await?;
        let mut transaction = writer.connection.begin().await?;
        forget_old(&mut transaction, address, at).await?;
        sqlx::query!(
            "insert into pending_sign_in
                 (state_sha256, browser_sha256, provider, nonce, verifier, return_path, replaces, address, created_at)
             values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            state,
            browser,
            pending.provider,
            pending.nonce,
            pending.verifier,
            pending.return_path,
            replaces,
            address,
            at
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Uses a begun sign-in up, whatever comes of it. One that is too old is given too: say so, and end it there.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up; it is then as it was.
    pub async fn take_pending_sign_in(&self, state: &TokenHash) -> Result<Option<PendingSignIn>, StoreError> {
        let state = state.bytes();
        let mut writer = self.writer().await?;
        let row = sqlx::query!(
            "delete from pending_sign_in where state_sha256 = ?
             returning browser_sha256, provider, nonce, verifier, return_path, replaces, created_at",
            state
        )
        .fetch_optional(&mut writer.connection)
        .await?;
        row.map(|row| {
            let damaged = || StoreError::Damaged { what: "sign-in", id: "a hash".to_owned() };
            Ok(PendingSignIn {
                browser: TokenHash::from_bytes(&row.browser_sha256).ok_or_else(damaged)?,
                provider: row.provider,
                nonce: row.nonce,
                verifier: row.verifier,
                return_path: row.return_path,
                replaces: row.replaces.map(SessionId),
                created_at: UtcMillis(row.created_at),
            })
        })
        .transpose()
    }
}

async fn forget_old(transaction: &mut SqliteConnection, address: &str, now: i64) -> Result<(), StoreError> {
    let over = now - PENDING_KEPT_MS;
    sqlx::query!("delete from pending_sign_in where created_at < ?", over).execute(&mut *transaction).await?;
    sqlx::query!(
        "delete from pending_sign_in where state_sha256 in
             (select state_sha256 from pending_sign_in where address = ? order by created_at desc limit -1 offset ?)",
        address,
        PENDING_OF_ADDRESS_MAX
    )
    .execute(&mut *transaction)
    .await?;
    sqlx::query!(
        "delete from pending_sign_in where state_sha256 in
             (select state_sha256 from pending_sign_in order by created_at desc limit -1 offset ?)",
        PENDING_MAX
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// How long a begun sign-in is kept, in milliseconds: longer than it holds, so that one who comes late hears why.
const PENDING_KEPT_MS: i64 = 60 * 60 * 1_000;

/// Sign-ins from one address that are under way.
const PENDING_OF_ADDRESS_MAX: i64 = 500;

/// Sign-ins that are under way in all.
const PENDING_MAX: i64 = 20_000;

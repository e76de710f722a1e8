//! The role of a session, chosen once or changed, and the end of everything that somebody is signed in to.

use super::{NewSession, RoleGrantId, Session, SessionId, Store, StoreError, TokenHash, access, audit, sessions};
use coplan_core::{id::UserId, policy::Scope, time::UtcMillis};
use sqlx::{Connection, SqliteConnection};

impl Store {
    /// Gives a session a role of its account, and another token. A session that has one already ends, and another takes its
    /// place until the same moment. `None` if the role is not theirs.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn take_role(
        &self,
        session: &Session,
        role: RoleGrantId,
        token: &TokenHash,
        now: UtcMillis,
    ) -> Result<Option<SessionId>, StoreError> {
        let mut writer = self.writer().await?;
        let event = writer.noted().await?;
        let mut transaction = writer.connection.begin().await?;
        if !is_theirs(&mut transaction, &session.account.id, role).await? {
            return Ok(None);
        }
        let taken = if session.role.is_some() {
            end(&mut transaction, session.id).await?;
            let scope = Scope { assurance: session.scope.assurance, ..Scope::default() };
            let (user, via, expires_at) = (session.account.id.clone(), session.via, session.expires_at);
            let new = NewSession { user, role: Some(role), via, scope, expires_at };
            sessions::insert(&mut transaction, token, &new, now).await?
        } else if give_first_role(&mut transaction, session.id, role, token).await? {
            session.id
        } else {
            return Ok(None);
        };
        audit::commit(transaction, event).await?;
        Ok(Some(taken))
    }

    /// Ends all sessions of an account, those of other processes too.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn end_sessions_of(&self, user: &UserId) -> Result<Vec<SessionId>, StoreError> {
        let user = user.as_str();
        let mut writer = self.writer().await?;
        let event = writer.noted().await?;
        let mut transaction = writer.connection.begin().await?;
        let rows = sqlx::query!(r#"delete from session where account = ? returning id as "id!: i64""#, user)
            .fetch_all(&mut *transaction)
            .await?;
        access::changed(&mut transaction, None, Some(user)).await?;
        audit::commit(transaction, event).await?;
        Ok(rows.into_iter().map(|row| SessionId(row.id)).collect())
    }
}

async fn is_theirs(transaction: &mut SqliteConnection, user: &UserId, role: RoleGrantId) -> Result<bool, sqlx::Error> {
    let user = user.as_str();
    let row = sqlx::query!("select id from role_grant where id = ? and account = ? and ended_at is null", role.0, user)
        .fetch_optional(transaction)
        .await?;
    Ok(row.is_some())
}

async fn end(transaction: &mut SqliteConnection, session: SessionId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from session where id = ?", session.0).execute(transaction).await?;
    Ok(())
}

/// Stays the same session, because what it was launched for hangs on it.
async fn give_first_role(
    transaction: &mut SqliteConnection,
    session: SessionId,
    role: RoleGrantId,
    token: &TokenHash,
) -> Result<bool, sqlx::Error> {
    let token = token.bytes();
    let done = sqlx::query!(
        "update session set role_grant = ?1, token_sha256 = ?2, only_plan = coalesce(only_plan,
             (select plan.id from role_grant acting join plan on plan.nhs_number = acting.acts_for where acting.id = ?1))
         where id = ?3 and role_grant is null",
        role.0,
        token,
        session.0
    )
    .execute(transaction)
    .await?;
    Ok(done.rows_affected() == 1)
}

//! Sessions and tickets. Of a token only its SHA-256 is kept, so that a copy of the database signs nobody in.

use super::{
    Account, RoleGrantId, Store, StoreError, Writer, access,
    audit::{self, Ready},
    launches,
};
use crate::audit::{Circumstances, Event, action};
use coplan_core::{
    id::{PlanId, UserId},
    policy::{Assurance, Scope, Subject},
    time::UtcMillis,
};
use sha2::{Digest, Sha256};
use sqlx::SqliteConnection;

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

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

/// A session that is to begin.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Whose.
    pub user: UserId,
    /// In which of their roles; none if they have to choose first.
    pub role: Option<RoleGrantId>,
    /// How they proved who they are.
    pub via: SignedInBy,
    /// What it may reach.
    pub scope: Scope,
    /// When it ends, whatever happens.
    pub expires_at: UtcMillis,
}

/// How somebody proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedInBy {
    /// Not at all: `--development`.
    Development,
    /// An OpenID provider said so.
    Oidc,
    /// A host record launched them, by SMART App Launch.
    Smart,
    /// A host record launched them, by a signed token.
    LaunchToken,
    /// A passkey.
    Passkey,
}

impl SignedInBy {
    const ALL: [Self; 5] = [Self::Development, Self::Oidc, Self::Smart, Self::LaunchToken, Self::Passkey];

    /// Its name in the database and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Oidc => "oidc",
            Self::Smart => "smart",
            Self::LaunchToken => "launch-token",
            Self::Passkey => "passkey",
        }
    }
}

/// A session that holds.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is, in the role that was selected; in the oldest of their roles while none was.
    pub account: Account,
    /// The role that was selected. Without one a session does nothing but select.
    pub role: Option<RoleGrantId>,
    /// How they proved who they are.
    pub via: SignedInBy,
    /// What it may reach.
    pub scope: Scope,
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
        new: &NewSession,
        now: UtcMillis,
    ) -> Result<SessionId, StoreError> {
        let subject = self.subject_of(&new.user, new.role).await?;
        let mut writer = self.writer().await?;
        let event = writer.signs_in(subject, new, now).await?;
        let mut transaction = sqlx::Connection::begin(&mut writer.connection).await?;
        let session = insert(&mut transaction, token, new, now).await?;
        audit::commit(transaction, event.map(|event| event.in_session(session, new.via))).await?;
        Ok(session)
    }

    /// Somebody as a session of theirs in that role says they are; in the oldest of their roles if they have to choose.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up.
    pub(crate) async fn subject_of(
        &self,
        user: &UserId,
        role: Option<RoleGrantId>,
    ) -> Result<Option<Subject>, StoreError> {
        let Some(account) = self.account(user).await? else { return Ok(None) };
        let mut subject = account.subject();
        let roles = self.roles_of(user).await?;
        if let Some((_, granted)) = roles.into_iter().find(|(id, _)| Some(*id) == role) {
            subject.role = granted.role;
            subject.job_title = granted.job_title;
            subject.organisation = granted.organisation.code;
            subject.organisation_name = granted.organisation.name;
            subject.senior = granted.senior;
        }
        Ok(Some(subject))
    }

    /// The session of a token, if it has neither expired nor been idle since before `idle_since`; one of a person is idle
    /// sooner.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up.
    pub async fn session(
        &self,
        token: &TokenHash,
        now: UtcMillis,
        idle_since: UtcMillis,
    ) -> Result<Option<Session>, StoreError> {
        let found = self.session_by(Some(&token.0[..]), None, now, idle_since).await?;
        let Some((session, seen_at)) = found else { return Ok(None) };
        if now.since_ms(seen_at) > SEEN_WRITTEN_EVERY_MS {
            self.session_seen(session.id, now).await?;
        }
        Ok(Some(session))
    }

    /// By its token's hash or by its id, and when it was last used.
    async fn session_by(
        &self,
        token: Option<&[u8]>,
        id: Option<i64>,
        now: UtcMillis,
        idle_since: UtcMillis,
    ) -> Result<Option<(Session, UtcMillis)>, StoreError> {
        let row = sqlx::query!(
            r#"select session.id as session, session.seen_at, session.expires_at, session.via, session.assurance,
                 session.only_plan, session.job, session.role_grant,
                 exists (select 1 from launch where launch.session = session.id) as "launched!: bool",
                 account.id, account.kind, account.name, role_grant.role, role_grant.job_title, role_grant.organisation,
                 account.registration, role_grant.senior as "senior: bool", organisation.name as organisation_name
             from session join account on account.id = session.account
                 join role_grant on role_grant.id = coalesce(session.role_grant, (select min(first.id)
                     from role_grant first where first.account = account.id and first.ended_at is null))
                 join organisation on organisation.code = role_grant.organisation
             where (session.token_sha256 = ?1 or session.id = ?2) and session.expires_at > ?3
                 and session.seen_at >= ?4 + case account.kind when 'person' then ?5 else 0 end
                 and account.ended_at is null and role_grant.ended_at is null"#,
            token,
            id,
            now.0,
            idle_since.0,
            PEOPLE_IDLE_SOONER_MS
        )
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let id = SessionId(row.session);
        let account = Account::from_columns(
            (row.id, row.kind, row.name),
            (row.role, row.job_title),
            (row.organisation, row.organisation_name),
            (row.registration, row.senior),
        )?;
        let only = row.only_plan.map(|plan| super::id(plan, "session")).transpose()?;
        let only = only.or_else(|| row.launched.then(launches::no_plan));
        let scope = Scope { only, assurance: assurance(row.assurance)?, job: row.job };
        let via = SignedInBy::ALL.into_iter().find(|via| via.as_str() == row.via);
        let via = via.ok_or_else(|| StoreError::Damaged { what: "session", id: row.via })?;
        let (role, expires_at) = (row.role_grant.map(RoleGrantId), UtcMillis(row.expires_at));
        Ok(Some((Session { id, account, role, via, scope, expires_at }, UtcMillis(row.seen_at))))
    }

    /// A session as it is now, as an open socket asks from time to time; `None` once it is over. Being open keeps it from
    /// being idle.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up.
    pub async fn session_again(&self, id: SessionId, now: UtcMillis) -> Result<Option<Session>, StoreError> {
        let found = self.session_by(None, Some(id.0), now, UtcMillis(0)).await?;
        let Some((session, seen_at)) = found else { return Ok(None) };
        if now.since_ms(seen_at) > SEEN_WRITTEN_EVERY_MS {
            self.session_seen(session.id, now).await?;
        }
        Ok(Some(session))
    }

    /// A session as it is now, without using it; `None` once it is over, or idle since before `idle_since`.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up.
    pub async fn session_unused(
        &self,
        id: SessionId,
        now: UtcMillis,
        idle_since: UtcMillis,
    ) -> Result<Option<Session>, StoreError> {
        Ok(self.session_by(None, Some(id.0), now, idle_since).await?.map(|(session, _)| session))
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
        let event = writer.noted().await?;
        let mut transaction = sqlx::Connection::begin(&mut writer.connection).await?;
        let ended = sqlx::query!("delete from session where id = ? returning account", id.0)
            .fetch_optional(&mut *transaction)
            .await?;
        if let Some(session) = ended {
            access::changed(&mut transaction, None, Some(&session.account)).await?;
        }
        audit::commit(transaction, event).await?;
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
        let event = writer.noted().await?;
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
        audit::commit(transaction, event).await?;
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
        // A ticket is younger than any session is allowed to be idle.
        Ok(self.session_by(None, Some(session), now, UtcMillis(0)).await?.map(|(session, _)| session))
    }
}

/// Adds a session, and forgets those that are long over.
pub(super) async fn insert(
    transaction: &mut SqliteConnection,
    token: &TokenHash,
    new: &NewSession,
    now: UtcMillis,
) -> Result<SessionId, sqlx::Error> {
    let (token, user, via) = (token.bytes(), new.user.as_str(), new.via.as_str());
    let (role, assurance) = (new.role.map(|role| role.0), assurance_number(new.scope.assurance));
    let (only, job) = (new.scope.only.as_ref().map(PlanId::as_str), new.scope.job.as_deref());
    sqlx::query!("delete from session where expires_at < ?", now.0).execute(&mut *transaction).await?;
    let row = sqlx::query!(
        r#"insert into session
             (token_sha256, account, role_grant, via, assurance, only_plan, job, created_at, seen_at, expires_at)
         values (?1, ?2, ?3, ?4, ?5, coalesce(?6, (select plan.id from role_grant acting
                 join plan on plan.nhs_number = acting.acts_for where acting.id = ?3)), ?7, ?8, ?8, ?9)
         returning id as "id!: i64""#,
        token,
        user,
        role,
        via,
        assurance,
        only,
        job,
        now.0,
        new.expires_at.0
    )
    .fetch_one(transaction)
    .await?;
    Ok(SessionId(row.id))
}

/// How much sooner than the session of a member of staff one of a person is idle, in milliseconds.
const PEOPLE_IDLE_SOONER_MS: i64 = 40 * 60 * 1_000;

/// How often a session's last use is written down, in milliseconds: a read must not cost a write each time.
const SEEN_WRITTEN_EVERY_MS: i64 = 60_000;

impl Writer {
    /// The event of a session that is about to begin.
    pub(super) async fn signs_in(
        &mut self,
        subject: Option<Subject>,
        new: &NewSession,
        now: UtcMillis,
    ) -> Result<Option<Ready>, sqlx::Error> {
        let subject = subject.map(|subject| Subject { scope: new.scope.clone(), ..subject });
        let event = Event::of(subject.as_ref(), action::SIGN_IN, now);
        self.event(Event { plan: new.scope.only.clone(), ..event }).await
    }
}

impl Ready {
    /// The event of a session that has just begun.
    pub(super) fn in_session(self, session: SessionId, via: SignedInBy) -> Self {
        self.under(Circumstances { session: session.0, via: via.as_str() })
    }
}

pub(super) fn assurance_number(assurance: Assurance) -> i64 {
    match assurance {
        Assurance::Aal1 => 1,
        Assurance::Aal2 => 2,
        Assurance::Aal3 => 3,
    }
}

pub(super) fn assurance(number: i64) -> Result<Assurance, StoreError> {
    match number {
        1 => Ok(Assurance::Aal1),
        2 => Ok(Assurance::Aal2),
        3 => Ok(Assurance::Aal3),
        _ => Err(StoreError::Damaged { what: "session", id: number.to_string() }),
    }
}

//! Launches out of a host's record: what was said once, tickets, and what each session was launched for.
//!
//! INVARIANT: a launched session holds for one person. It is narrowed to that person's plan, or while there is none to
//! no plan at all (`no_plan`), and a new launch of the same member of staff by the same host takes its place.

use super::{NewSession, RoleGrantId, SessionId, Store, StoreError, TokenHash, access, audit, id, sessions};
use coplan_core::{
    id::{OrganisationCode, PlanId, UserId},
    nhs_number::NhsNumber,
    policy::{Assurance, Subject},
    time::UtcMillis,
};
use sqlx::{Connection, SqliteConnection};

/// For whom somebody was launched, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The host, by the name of its configuration.
    pub host: String,
    /// Whose record was open there.
    pub nhs_number: NhsNumber,
    /// In which organisation's name.
    pub organisation: OrganisationCode,
}

/// A signed launch that was taken: what its address opens, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaunchTicket {
    /// For whom, from where.
    pub launch: Launch,
    /// Who was launched.
    pub user: UserId,
    /// Those of their roles that the host named.
    pub roles: Vec<RoleGrantId>,
    /// Which app it opens.
    pub app: LaunchApp,
    /// The emergency that a crew was sent to.
    pub job: Option<String>,
    /// How sure the host is of who it is.
    pub assurance: Assurance,
}

/// The apps that a host launches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LaunchApp {
    /// For members of a team.
    Professional,
    /// For crews.
    Crew,
}

impl LaunchApp {
    /// Its name, which is also the first part of its addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Professional => "professional",
            Self::Crew => "crew",
        }
    }
}

/// What a launch began, and the sessions whose place it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BegunLaunch {
    /// The session.
    pub session: SessionId,
    /// Sessions of the same member of staff that the same host launched before.
    pub ended: Vec<SessionId>,
}

/// A plan that a launched session is for.
#[derive(Debug, Clone)]
pub struct LaunchedPlan<'r> {
    /// The plan.
    pub plan: &'r PlanId,
    /// Id of the relationship that begins with it.
    pub relationship: &'r str,
    /// Until when it stands at most: until the session ends.
    pub until: UtcMillis,
    /// Who was launched, in the role they have or the oldest of those they choose from.
    pub by: &'r Subject,
}

/// The plan that stands for none: decisions about it are refused, but for beginning one.
#[must_use]
pub fn no_plan() -> PlanId {
    "none".parse().expect("a word is an id")
}

impl Store {
    /// Takes note of something a host may say once only; false if it was said before.
    ///
    /// # Errors
    /// `StoreError` if it was not written; then it counts as said.
    pub async fn use_once(
        &self,
        host: &str,
        said: &TokenHash,
        now: UtcMillis,
        until: UtcMillis,
    ) -> Result<bool, StoreError> {
        let said = said.bytes();
        let mut writer = self.writer().await?;
        let mut transaction = writer.connection.begin().await?;
        sqlx::query!("delete from launch_used where until_at < ?", now.0).execute(&mut *transaction).await?;
        let done = sqlx::query!(
            "insert into launch_used (host, said_sha256, until_at) values (?, ?, ?) on conflict do nothing",
            host,
            said,
            until.0
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Whether a host has said it before.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up.
    pub async fn was_used(&self, host: &str, said: &TokenHash) -> Result<bool, StoreError> {
        let said = said.bytes();
        let row = sqlx::query!("select until_at from launch_used where host = ? and said_sha256 = ?", host, said)
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.is_some())
    }

    /// Keeps a ticket that opens one launched session.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn keep_launch_ticket(
        &self,
        ticket: &TokenHash,
        kept: &LaunchTicket,
        now: UtcMillis,
        expires_at: UtcMillis,
    ) -> Result<(), StoreError> {
        let (ticket, launch) = (ticket.bytes(), &kept.launch);
        let (user, number, organisation) =
            (kept.user.as_str(), launch.nhs_number.as_str(), launch.organisation.as_str());
        let roles: Vec<i64> = kept.roles.iter().map(|role| role.0).collect();
        let roles = serde_json::to_string(&roles).unwrap_or_default();
        let (app, assurance) = (kept.app.as_str(), sessions::assurance_number(kept.assurance));
        let mut writer = self.writer().await?;
        let mut transaction = writer.connection.begin().await?;
        sqlx::query!("delete from launch_ticket where expires_at < ?", now.0).execute(&mut *transaction).await?;
        sqlx::query!(
            "insert into launch_ticket
                 (ticket_sha256, host, account, roles, nhs_number, organisation, app, job, assurance, expires_at)
             values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ticket,
            launch.host,
            user,
            roles,
            number,
            organisation,
            app,
            kept.job,
            assurance,
            expires_at.0
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Uses a ticket up, whatever comes of it, and gives what it opens if it still holds.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up; the ticket is then as it was.
    pub async fn use_launch_ticket(
        &self,
        ticket: &TokenHash,
        now: UtcMillis,
    ) -> Result<Option<LaunchTicket>, StoreError> {
        let ticket = ticket.bytes();
        let mut writer = self.writer().await?;
        let row = sqlx::query!(
            "delete from launch_ticket where ticket_sha256 = ? returning host, account, roles, nhs_number, organisation,
                 app, job, assurance, expires_at",
            ticket
        )
        .fetch_optional(&mut writer.connection)
        .await?;
        let Some(row) = row.filter(|row| row.expires_at > now.0) else { return Ok(None) };
        let roles: Vec<i64> = serde_json::from_str(&row.roles).map_err(|_| damaged("launch ticket"))?;
        let apps = [LaunchApp::Professional, LaunchApp::Crew];
        Ok(Some(LaunchTicket {
            launch: launch(row.host, &row.nhs_number, row.organisation)?,
            user: id(row.account, "launch ticket")?,
            roles: roles.into_iter().map(RoleGrantId).collect(),
            app: apps.into_iter().find(|app| app.as_str() == row.app).ok_or_else(|| damaged("launch ticket"))?,
            job: row.job,
            assurance: sessions::assurance(row.assurance)?,
        }))
    }

    /// The role that somebody has in the session that this host launched last, so that they are not asked again with
    /// each patient.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up.
    pub async fn last_launched_role(&self, host: &str, user: &UserId) -> Result<Option<RoleGrantId>, StoreError> {
        let user = user.as_str();
        let row = sqlx::query!(
            r#"select session.role_grant as "role?: i64" from launch join session on session.id = launch.session
             where launch.host = ? and session.account = ? order by session.id desc limit 1"#,
            host,
            user
        )
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.and_then(|row| row.role).map(RoleGrantId))
    }

    /// Begins a launched session, with its relationship if there is a plan, and ends those it takes the place of.
    ///
    /// # Errors
    /// `StoreError` if nothing was written.
    pub async fn begin_launch(
        &self,
        token: &TokenHash,
        new: &NewSession,
        launch: &Launch,
        plan: Option<&LaunchedPlan<'_>>,
        now: UtcMillis,
    ) -> Result<BegunLaunch, StoreError> {
        let user = new.user.as_str();
        let by = self.subject_of(&new.user, new.role).await?;
        let mut writer = self.writer().await?;
        let author = match plan {
            Some(plan) => Some(writer.author(plan.by).await?),
            None => None,
        };
        let event = writer.signs_in(by, new, now).await?;
        let mut transaction = writer.connection.begin().await?;
        let ended = end_launched_before(&mut transaction, &launch.host, user).await?;
        let session = sessions::insert(&mut transaction, token, new, now).await?;
        if let (Some(plan), Some(author)) = (plan, author) {
            insert_relationship(&mut transaction, plan, launch, author, now).await?;
        }
        let relationship = plan.map(|plan| plan.relationship);
        let (number, organisation) = (launch.nhs_number.as_str(), launch.organisation.as_str());
        sqlx::query!(
            "insert into launch (session, host, nhs_number, organisation, relationship) values (?, ?, ?, ?, ?)",
            session.0,
            launch.host,
            number,
            organisation,
            relationship
        )
        .execute(&mut *transaction)
        .await?;
        access::changed(&mut transaction, None, Some(user)).await?;
        audit::commit(transaction, event.map(|event| event.in_session(session, new.via))).await?;
        self.forget_facts(plan.map(|plan| plan.plan).filter(|_| ended.is_empty()));
        Ok(BegunLaunch { session, ended })
    }

    /// For whom a session was launched, if it was.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up.
    pub async fn launch_of(&self, session: SessionId) -> Result<Option<Launch>, StoreError> {
        let row = sqlx::query!("select host, nhs_number, organisation from launch where session = ?", session.0)
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| launch(row.host, &row.nhs_number, row.organisation)).transpose()
    }

    /// Gives a session that was launched for somebody without a plan the plan that was begun since.
    ///
    /// # Errors
    /// `StoreError` if nothing was written.
    pub async fn launched_plan_begun(
        &self,
        session: SessionId,
        launch: &Launch,
        plan: &LaunchedPlan<'_>,
        now: UtcMillis,
    ) -> Result<(), StoreError> {
        let name = plan.plan.as_str();
        let mut writer = self.writer().await?;
        let author = writer.author(plan.by).await?;
        let mut transaction = writer.connection.begin().await?;
        let narrowed =
            sqlx::query!("update session set only_plan = ? where id = ? and only_plan is null", name, session.0)
                .execute(&mut *transaction)
                .await?;
        if narrowed.rows_affected() == 1 {
            insert_relationship(&mut transaction, plan, launch, author, now).await?;
            sqlx::query!("update launch set relationship = ? where session = ?", plan.relationship, session.0)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        self.forget_facts(Some(plan.plan));
        Ok(())
    }
}

async fn end_launched_before(
    transaction: &mut SqliteConnection,
    host: &str,
    user: &str,
) -> Result<Vec<SessionId>, StoreError> {
    let rows = sqlx::query!(
        r#"delete from session where account = ? and id in (select session from launch where host = ?)
         returning id as "id!: i64""#,
        user,
        host
    )
    .fetch_all(transaction)
    .await?;
    Ok(rows.into_iter().map(|row| SessionId(row.id)).collect())
}

async fn insert_relationship(
    transaction: &mut SqliteConnection,
    plan: &LaunchedPlan<'_>,
    launch: &Launch,
    author: i64,
    now: UtcMillis,
) -> Result<(), StoreError> {
    let (name, user, organisation) = (plan.plan.as_str(), plan.by.user.as_str(), launch.organisation.as_str());
    sqlx::query!(
        "insert into relationship (id, plan, account, organisation, kind, reason, author, from_at, until_at)
         values (?, ?, ?, ?, 'launched', ?, ?, ?, ?)",
        plan.relationship,
        name,
        user,
        organisation,
        REASON,
        author,
        now.0,
        plan.until.0
    )
    .execute(&mut *transaction)
    .await?;
    access::changed(transaction, Some(name), Some(user)).await?;
    Ok(())
}

fn launch(host: String, nhs_number: &str, organisation: String) -> Result<Launch, StoreError> {
    let nhs_number = NhsNumber::parse(nhs_number).map_err(|_| damaged("launch"))?;
    Ok(Launch { host, nhs_number, organisation: id(organisation, "launch")? })
}

fn damaged(what: &'static str) -> StoreError {
    StoreError::Damaged { what, id: "a launch".to_owned() }
}

/// Why a launched relationship stands, where people read it.
const REASON: &str = "Opened from the record of the person";

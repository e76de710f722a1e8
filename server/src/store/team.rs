//! The team of a plan: organisations that look after the person, and members of staff named for them or kept out.

use super::{Organisation, Store, StoreError, access, audit, relationships::StandingRelationship};
use coplan_core::{
    id::{OrganisationCode, UserId},
    policy::{Granted, OrganisationKind, Subject},
    time::UtcMillis,
};
use sqlx::Connection;

/// Who works with a plan.
#[derive(Debug, Clone)]
pub struct Team {
    /// The organisation that keeps the plan; none if it was begun by nobody that is known.
    pub home: Option<Organisation>,
    /// Organisations that look after the person, by name.
    pub organisations: Vec<TeamOrganisation>,
    /// Members of staff named for the person or kept out, by name.
    pub members: Vec<TeamMember>,
    /// What single members of staff have said of themselves, newest first.
    pub relationships: Vec<StandingRelationship>,
}

/// An organisation that looks after the person.
#[derive(Debug, Clone)]
pub struct TeamOrganisation {
    /// Which.
    pub organisation: Organisation,
    /// What kind of organisation it is.
    pub kind: OrganisationKind,
    /// Since when.
    pub since: UtcMillis,
    /// Who said so; none if the service did.
    pub by: Option<Subject>,
}

/// A member of staff named for a person, or kept out.
#[derive(Debug, Clone)]
pub struct TeamMember {
    /// Who.
    pub user: UserId,
    /// The name others see.
    pub name: String,
    /// Their oldest role, in the organisation's words.
    pub job_title: String,
    /// That organisation's name.
    pub organisation: String,
    /// Named, or kept out.
    pub part: Part,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: UtcMillis,
    /// Who said so; none if the service did.
    pub by: Option<Subject>,
}

/// What part a member of staff has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Named for the person.
    In,
    /// Kept out, whatever else holds.
    Out,
}

impl Part {
    const fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

/// Why the team was not changed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TeamRefused {
    /// No organisation, or no member of staff, of that id.
    #[error("there is none of that id")]
    Unknown,
    /// The organisation that keeps a plan looks after the person.
    #[error("the organisation that keeps the plan stays on the team")]
    Home,
    /// More than a plan has.
    #[error("a team has at most {TEAM_MEMBERS_MAX} named members of staff and {TEAM_ORGANISATIONS_MAX} organisations")]
    TooMany,
}

impl Store {
    /// The team of the plan that was granted.
    ///
    /// # Errors
    /// `StoreError` if it could not be read.
    pub async fn team(&self, granted: &Granted, now: UtcMillis) -> Result<Team, StoreError> {
        let plan = granted.plan().as_str();
        let home = sqlx::query!(
            "select organisation.code, organisation.name from plan join organisation on organisation.code = plan.home
             where plan.id = ?",
            plan
        )
        .fetch_optional(&self.readers)
        .await?;
        let home = home.map(|row| Ok::<_, StoreError>(Organisation { code: code(row.code)?, name: row.name }));
        Ok(Team {
            home: home.transpose()?,
            organisations: self.team_organisations(plan).await?,
            members: self.team_members(plan).await?,
            relationships: self.standing_relationships(granted.plan(), now).await?,
        })
    }

    async fn team_organisations(&self, plan: &str) -> Result<Vec<TeamOrganisation>, StoreError> {
        let rows = sqlx::query!(
            "select care_team.organisation, care_team.from_at, care_team.author, organisation.name, organisation.kind
             from care_team join organisation on organisation.code = care_team.organisation
             where care_team.plan = ? and care_team.ended_at is null order by organisation.name, organisation.code",
            plan
        )
        .fetch_all(&self.readers)
        .await?;
        let authors = self.authors_by_id(rows.iter().map(|row| row.author)).await?;
        rows.into_iter()
            .map(|row| {
                Ok(TeamOrganisation {
                    organisation: Organisation { code: code(row.organisation)?, name: row.name },
                    kind: OrganisationKind::named(&row.kind).unwrap_or_default(),
                    since: UtcMillis(row.from_at),
                    by: authors.get(&row.author).cloned(),
                })
            })
            .collect()
    }

    async fn team_members(&self, plan: &str) -> Result<Vec<TeamMember>, StoreError> {
        let rows = sqlx::query!(
            r#"select team_member.account, team_member.part, team_member.reason, team_member.from_at, team_member.author,
                 account.name, role_grant.job_title as "job_title?", organisation.name as "organisation?"
             from team_member join account on account.id = team_member.account
                 left join role_grant on role_grant.id = (select min(first.id) from role_grant first
                     where first.account = account.id and first.ended_at is null)
                 left join organisation on organisation.code = role_grant.organisation
             where team_member.plan = ? and team_member.ended_at is null order by account.name, account.id"#,
            plan
        )
        .fetch_all(&self.readers)
        .await?;
        let authors = self.authors_by_id(rows.iter().map(|row| row.author)).await?;
        rows.into_iter()
            .map(|row| {
                Ok(TeamMember {
                    user: super::id(row.account, "account")?,
                    name: row.name,
                    job_title: row.job_title.unwrap_or_default(),
                    organisation: row.organisation.unwrap_or_default(),
                    part: if row.part == Part::In.as_str() { Part::In } else { Part::Out },
                    reason: row.reason,
                    since: UtcMillis(row.from_at),
                    by: authors.get(&row.author).cloned(),
                })
            })
            .collect()
    }

    /// Puts an organisation on the team of the plan that was granted, or leaves it there.
    ///
    /// # Errors
    /// `StoreError` if nothing was written; inside, `TeamRefused`.
    pub async fn join_team(
        &self,
        granted: &Granted,
        organisation: &OrganisationCode,
        by: &Subject,
        now: UtcMillis,
    ) -> Result<Result<(), TeamRefused>, StoreError> {
        let (plan, organisation) = (granted.plan().as_str(), organisation.as_str());
        let mut writer = self.writer().await?;
        let event = writer.noted().await?;
        let author = writer.author(by).await?;
        let mut transaction = writer.connection.begin().await?;
        let row = sqlx::query!(
            r#"select exists (select 1 from organisation where code = ?1) as "known!: bool",
                 (select count(*) from care_team where plan = ?2 and ended_at is null) as "organisations!: i64""#,
            organisation,
            plan
        )
        .fetch_one(&mut *transaction)
        .await?;
        if !row.known {
            return Ok(Err(TeamRefused::Unknown));
        }
        if row.organisations >= TEAM_ORGANISATIONS_MAX {
            return Ok(Err(TeamRefused::TooMany));
        }
        access::join_care_team(&mut transaction, plan, organisation, author, now).await?;
        access::changed(&mut transaction, Some(plan), None).await?;
        audit::commit(transaction, event).await?;
        self.forget_facts(Some(granted.plan()));
        Ok(Ok(()))
    }

    /// Takes an organisation off the team of the plan that was granted.
    ///
    /// # Errors
    /// `StoreError` if nothing was written; inside, `TeamRefused`.
    pub async fn leave_team(
        &self,
        granted: &Granted,
        organisation: &OrganisationCode,
        now: UtcMillis,
    ) -> Result<Result<(), TeamRefused>, StoreError> {
        let (plan, organisation) = (granted.plan().as_str(), organisation.as_str());
        let mut writer = self.writer().await?;
        let event = writer.noted().await?;
        let mut transaction = writer.connection.begin().await?;
        let home = sqlx::query!(
            r#"select exists (select 1 from plan where id = ? and home = ?) as "is_home!: bool""#,
            plan,
            organisation
        )
        .fetch_one(&mut *transaction)
        .await?;
        if home.is_home {
            return Ok(Err(TeamRefused::Home));
        }
        let left = sqlx::query!(
            "update care_team set ended_at = ? where plan = ? and organisation = ? and ended_at is null",
            now.0,
            plan,
            organisation
        )
        .execute(&mut *transaction)
        .await?;
        if left.rows_affected() == 0 {
            return Ok(Err(TeamRefused::Unknown));
        }
        access::changed(&mut transaction, Some(plan), None).await?;
        audit::commit(transaction, event).await?;
        self.forget_facts(Some(granted.plan()));
        Ok(Ok(()))
    }

    /// Names a member of staff for the person whose plan was granted, or keeps them out.
    ///
    /// # Errors
    /// `StoreError` if nothing was written; inside, `TeamRefused`.
    pub async fn put_member(
        &self,
        granted: &Granted,
        (user, part, reason): (&UserId, Part, &str),
        by: &Subject,
        now: UtcMillis,
    ) -> Result<Result<(), TeamRefused>, StoreError> {
        let (plan, user, part) = (granted.plan().as_str(), user.as_str(), part.as_str());
        let mut writer = self.writer().await?;
        let event = writer.noted().await?;
        let author = writer.author(by).await?;
        let mut transaction = writer.connection.begin().await?;
        let row = sqlx::query!(
            r#"select exists (select 1 from account where id = ?1 and kind <> 'person' and ended_at is null)
                     as "known!: bool",
                 (select count(*) from team_member where plan = ?2 and ended_at is null and account <> ?1)
                     as "members!: i64""#,
            user,
            plan
        )
        .fetch_one(&mut *transaction)
        .await?;
        if !row.known {
            return Ok(Err(TeamRefused::Unknown));
        }
        if row.members >= TEAM_MEMBERS_MAX {
            return Ok(Err(TeamRefused::TooMany));
        }
        sqlx::query!(
            "insert into team_member (plan, account, part, reason, author, from_at) values (?1, ?2, ?3, ?4, ?5, ?6)
             on conflict (plan, account) do update
                 set part = ?3, reason = ?4, author = ?5, from_at = ?6, ended_at = null",
            plan,
            user,
            part,
            reason,
            author,
            now.0
        )
        .execute(&mut *transaction)
        .await?;
        access::changed(&mut transaction, Some(plan), None).await?;
        audit::commit(transaction, event).await?;
        self.forget_facts(Some(granted.plan()));
        Ok(Ok(()))
    }

    /// Makes a member of staff like any other of their organisation again.
    ///
    /// # Errors
    /// `StoreError` if nothing was written; inside, `TeamRefused`.
    pub async fn end_member(
        &self,
        granted: &Granted,
        user: &UserId,
        now: UtcMillis,
    ) -> Result<Result<(), TeamRefused>, StoreError> {
        let (plan, user) = (granted.plan().as_str(), user.as_str());
        let mut writer = self.writer().await?;
        let event = writer.noted().await?;
        let mut transaction = writer.connection.begin().await?;
        let ended = sqlx::query!(
            "update team_member set ended_at = ? where plan = ? and account = ? and ended_at is null",
            now.0,
            plan,
            user
        )
        .execute(&mut *transaction)
        .await?;
        if ended.rows_affected() == 0 {
            return Ok(Err(TeamRefused::Unknown));
        }
        access::changed(&mut transaction, Some(plan), None).await?;
        audit::commit(transaction, event).await?;
        self.forget_facts(Some(granted.plan()));
        Ok(Ok(()))
    }
}

fn code(text: String) -> Result<OrganisationCode, StoreError> {
    super::id(text, "organisation")
}

/// Members of staff named for one person, or kept out.
pub(super) const TEAM_MEMBERS_MAX: i64 = 200;

/// Organisations that look after one person.
pub(super) const TEAM_ORGANISATIONS_MAX: i64 = 200;

//! The outbox: what is to be told to other systems, written in the transaction of what it tells.
//!
//! INVARIANT: a plan's newest row says what stands: `publish` with the version that may be shared, or `withdraw` if it may
//! not. It may not while the person objects, while a choice among their decisions narrows who may see the plan, while the
//! demographics feed holds them very restricted, and while the newest publication says where they live and that is withheld
//! by now.
//!
//! `deliveries` says how far each target is.

use super::{Store, StoreError};
use coplan_core::{id::PlanId, time::UtcMillis};
use sqlx::{Connection, SqliteConnection};

/// What a row of the outbox tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// This version is published.
    Publish,
    /// Nothing of the plan is to be shared any more.
    Withdraw,
}

impl Told {
    /// Its name in the database and in lists.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Withdraw => "withdraw",
        }
    }

    pub(super) fn named(name: &str) -> Self {
        if name == "withdraw" { Self::Withdraw } else { Self::Publish }
    }
}

impl Store {
    /// Whether a plan was withdrawn after a row of the outbox.
    ///
    /// # Errors
    /// `StoreError` if it could not be read.
    pub async fn is_withdrawn_after(&self, plan: &PlanId, seq: i64) -> Result<bool, StoreError> {
        let plan = plan.as_str();
        let row = sqlx::query!(
            r#"select exists (select 1 from outbox where plan = ? and seq > ? and what = 'withdraw') as "withdrawn!: bool""#,
            plan,
            seq
        )
        .fetch_one(&self.readers)
        .await?;
        Ok(row.withdrawn)
    }

    /// Looks again at plans whose sharing depends on an objection or a choice that ended between `after` and `until` by
    /// itself.
    ///
    /// # Errors
    /// `StoreError` if they could not be read or written.
    pub async fn reconsider_sharing(&self, after: UtcMillis, until: UtcMillis) -> Result<(), StoreError> {
        let plans = sqlx::query!(
            "select plan.id from objection join plan on plan.nhs_number = objection.nhs_number
             where objection.withdrawn_at is null and objection.until_at > ?1 and objection.until_at <= ?2
             union
             select plan.id from plan, json_each(coalesce(plan.sharing_choices, '[]')) choice
             where json_extract(choice.value, '$.until') > ?1 and json_extract(choice.value, '$.until') <= ?2",
            after.0,
            until.0
        )
        .fetch_all(&self.readers)
        .await?;
        for plan in plans {
            let mut writer = self.writer().await?;
            let mut transaction = writer.connection.begin().await?;
            consider(&mut transaction, &plan.id).await?;
            transaction.commit().await?;
        }
        Ok(())
    }
}

/// A publication was made, and is the newest. In its transaction.
pub(super) async fn published(
    transaction: &mut SqliteConnection,
    plan: &str,
    withheld: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update plan set published_withheld = ? where id = ?", withheld, plan)
        .execute(&mut *transaction)
        .await?;
    consider(transaction, plan).await
}

/// Writes what has changed of whether a plan may be shared, and as which version. In the transaction that may change it.
pub(super) async fn consider(transaction: &mut SqliteConnection, plan: &str) -> Result<(), sqlx::Error> {
    let row = sqlx::query!(
        r#"select plan.version,
             person.withheld = 0 or plan.published_withheld = 1 as "withheld_as_it_should_be!: bool",
             coalesce(json_extract(person.demographics, '$.restriction') = 'V', 0) as "very_restricted!: bool",
             exists (select 1 from objection
                 where objection.nhs_number = plan.nhs_number and objection.withdrawn_at is null
                     and (objection.until_at is null or objection.until_at > unixepoch('subsec') * 1000))
                 as "objected!: bool",
             exists (select 1 from json_each(coalesce(plan.sharing_choices, '[]')) choice
                 where coalesce(json_extract(choice.value, '$.until') > unixepoch('subsec') * 1000, 1))
                 as "narrowed!: bool",
             newest.what as "what?", newest.version as "told?"
         from plan join person on person.nhs_number = plan.nhs_number
             left join outbox newest on newest.seq = (select max(seq) from outbox where outbox.plan = plan.id)
         where plan.id = ? and plan.version > 0"#,
        plan
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(row) = row else { return Ok(()) };
    let refused = row.objected || row.narrowed;
    let may_be_shared = row.withheld_as_it_should_be && !row.very_restricted && !refused;
    let told = row.what.as_deref().map(Told::named);
    let what = match (may_be_shared, told) {
        (true, Some(Told::Publish)) if row.told == Some(row.version) => return Ok(()),
        (true, _) => Told::Publish,
        (false, Some(Told::Publish)) => Told::Withdraw,
        (false, _) => return Ok(()),
    }
    .as_str();
    sqlx::query!(
        "insert into outbox (plan, what, version, at)
         values (?, ?, ?, cast(unixepoch('subsec') * 1000 as integer))",
        plan,
        what,
        row.version
    )
    .execute(transaction)
    .await?;
    Ok(())
}

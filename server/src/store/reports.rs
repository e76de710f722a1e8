//! Counts that are about nobody's care.

use super::{Store, StoreError};
use crate::audit::action;
use coplan_core::{
    nhs_number::NhsNumber,
    policy::{Granted, OrganisationKind},
};
use sqlx::Connection;
use std::collections::BTreeMap;

impl Store {
    /// How many plans organisations of each kind keep, and how many of these are published. Whoever opted out of the national
    /// use of their data is not counted. Nobody is named: the right is the one to reports.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn count_plans(&self, _granted: &Granted) -> Result<Vec<(OrganisationKind, u64, u64)>, StoreError> {
        let rows = sqlx::query!(
            r#"select coalesce(organisation.kind, 'other') as "kind!: String", count(*) as "plans!: i64",
                 sum(plan.version > 0) as "published!: i64"
             from plan join person on person.nhs_number = plan.nhs_number
                 left join organisation on organisation.code = plan.home
             where person.national_data_opt_out = 0
             group by 1 order by 1"#
        )
        .fetch_all(&self.readers)
        .await?;
        let mut counted: BTreeMap<OrganisationKind, (u64, u64)> = BTreeMap::new();
        for row in rows {
            let kind = counted.entry(OrganisationKind::named(&row.kind).unwrap_or_default()).or_default();
            kind.0 += row.plans.cast_unsigned();
            kind.1 += row.published.cast_unsigned();
        }
        Ok(counted.into_iter().map(|(kind, (plans, published))| (kind, plans, published)).collect())
    }

    /// Whether a person is left out of reports from now on; false if nobody of that number is known.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn put_national_data_opt_out(&self, nhs_number: &NhsNumber, out: bool) -> Result<bool, StoreError> {
        let number = nhs_number.as_str();
        let mut writer = self.writer().await?;
        let event = writer.own(action::OPT_OUT, Some("person".to_owned())).await?;
        let mut transaction = writer.connection.begin().await?;
        let written = sqlx::query!("update person set national_data_opt_out = ? where nhs_number = ?", out, number)
            .execute(&mut *transaction)
            .await?;
        let plan = sqlx::query!("select id from plan where nhs_number = ?", number)
            .fetch_optional(&mut *transaction)
            .await?
            .map(|row| row.id);
        if let Some(plan) = plan.as_deref() {
            super::access::changed(&mut transaction, Some(plan), None).await?;
        }
        super::audit::commit_beside(transaction, event.of_plan(plan.as_deref())).await?;
        if let Some(plan) = plan {
            self.forget_facts(Some(&super::id(plan, "plan")?));
        }
        Ok(written.rows_affected() == 1)
    }
}

//! What stands around a plan, for its publications.

use super::{Store, StoreError};
use crate::random;
use coplan_core::{
    demographics::Demographics,
    policy::Granted,
    print::CheckCode,
    view::{Circumstances, Custodian},
};

impl Store {
    /// Who keeps the plan that was granted, and what the demographics feed says of the person, as they are now;
    /// with a new check code.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn circumstances(&self, granted: &Granted) -> Result<Circumstances, StoreError> {
        let plan = granted.plan().as_str();
        let row = sqlx::query!(
            r#"select person.demographics, organisation.code as "code?", organisation.name as "name?"
             from plan join person on person.nhs_number = plan.nhs_number
                 left join organisation on organisation.code = plan.home
             where plan.id = ?"#,
            plan
        )
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(Circumstances::default()) };
        let damaged = |_| StoreError::Damaged { what: "demographics of plan", id: plan.to_owned() };
        let demographics = Some(Demographics::from_json(&row.demographics).map_err(damaged)?);
        let custodian = match (row.code, row.name) {
            (Some(code), Some(name)) => Some(Custodian { code: super::id(code, "organisation")?, name }),
            _ => None,
        };
        Ok(Circumstances {
            custodian,
            demographics,
            check: self.check_address(&CheckCode::from_random(random::bytes())),
        })
    }
}

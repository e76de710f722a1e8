//! Organisations, and the people who have plans.

use super::{Store, StoreError};
use coplan_core::{
    demographics::{Demographics, DemographicsError},
    id::OrganisationCode,
    nhs_number::NhsNumber,
    policy::Granted,
    view::Person,
};

/// An organisation that takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Its ODS code.
    pub code: OrganisationCode,
    /// Its name.
    pub name: String,
}

/// Why demographics were not kept.
#[derive(Debug, thiserror::Error)]
pub enum PutDemographicsError {
    /// They are none.
    #[error(transparent)]
    Wrong(#[from] DemographicsError),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A person as a row gives them.
pub(super) fn person(
    nhs_number: &str,
    name: String,
    preferred_name: Option<String>,
    born: String,
) -> Result<Person, StoreError> {
    let nhs_number = NhsNumber::parse(nhs_number)
        .map_err(|_| StoreError::Damaged { what: "person", id: "an NHS number".to_owned() })?;
    Ok(Person { nhs_number, name, preferred_name, born })
}

impl Store {
    /// Adds an organisation, or gives it its new name.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn put_organisation(&self, organisation: &Organisation) -> Result<(), StoreError> {
        let code = organisation.code.as_str();
        let mut writer = self.writer().await?;
        sqlx::query!(
            "insert into organisation (code, name) values (?, ?) on conflict (code) do update set name = excluded.name",
            code,
            organisation.name
        )
        .execute(&mut writer.connection)
        .await?;
        Ok(())
    }

    /// Adds a person, or takes over what the demographics feed says now.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn put_person(&self, person: &Person) -> Result<(), StoreError> {
        let number = person.nhs_number.as_str();
        let mut writer = self.writer().await?;
        sqlx::query!(
            "insert into person (nhs_number, name, preferred_name, born) values (?, ?, ?, ?)
             on conflict (nhs_number) do update
                 set name = excluded.name, preferred_name = excluded.preferred_name, born = excluded.born",
            number,
            person.name,
            person.preferred_name,
            person.born
        )
        .execute(&mut writer.connection)
        .await?;
        Ok(())
    }

    /// Takes over what the demographics feed says of a person beyond their name. The person must be known.
    ///
    /// # Errors
    /// `PutDemographicsError`; what was there before stands.
    pub async fn put_demographics(
        &self,
        nhs_number: &NhsNumber,
        demographics: &Demographics,
    ) -> Result<(), PutDemographicsError> {
        let (number, json) = (nhs_number.as_str(), demographics.to_json()?);
        let mut writer = self.writer().await.map_err(StoreError::from)?;
        sqlx::query!("update person set demographics = ? where nhs_number = ?", json, number)
            .execute(&mut writer.connection)
            .await
            .map_err(StoreError::from)?;
        Ok(())
    }

    /// The demographics of the person whose plan was granted, whole: `Demographics::seen_by` says who sees what of them.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn demographics(&self, granted: &Granted) -> Result<Demographics, StoreError> {
        let plan = granted.plan().as_str();
        let row = sqlx::query!(
            "select person.demographics from plan join person on person.nhs_number = plan.nhs_number where plan.id = ?",
            plan
        )
        .fetch_optional(&self.readers)
        .await?;
        let damaged = |_| StoreError::Damaged { what: "demographics of plan", id: plan.to_owned() };
        row.map_or_else(
            || Ok(Demographics::default()),
            |row| Demographics::from_json(&row.demographics).map_err(damaged),
        )
    }

    /// The person of that NHS number.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up.
    pub async fn person(&self, nhs_number: &NhsNumber) -> Result<Option<Person>, StoreError> {
        let number = nhs_number.as_str();
        let row =
            sqlx::query!("select nhs_number, name, preferred_name, born from person where nhs_number = ?", number)
                .fetch_optional(&self.readers)
                .await?;
        row.map(|row| person(&row.nhs_number, row.name, row.preferred_name, row.born)).transpose()
    }
}

//! Organisations, and the people who have plans.

use super::{Store, StoreError};
use coplan_core::{id::OrganisationCode, nhs_number::NhsNumber, view::Person};

/// An organisation that takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Its ODS code.
    pub code: OrganisationCode,
    /// Its name.
    pub name: String,
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

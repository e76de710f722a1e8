//! Organisations, and the people who have plans.

use super::{Store, StoreError, access, audit};
use crate::audit::action;
use coplan_core::{
    demographics::{AddressKind, Demographics, DemographicsError},
    id::{OrganisationCode, UserId},
    nhs_number::NhsNumber,
    policy::{Granted, OrganisationKind},
    view::Person,
};
use sqlx::{Connection, SqliteConnection};

/// An organisation that takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Its ODS code.
    pub code: OrganisationCode,
    /// Its name.
    pub name: String,
}

/// An organisation as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedOrganisation {
    /// Which.
    pub organisation: Organisation,
    /// What kind of organisation it is.
    pub kind: OrganisationKind,
    /// The region whose shared record it belongs to.
    pub region: String,
}

/// A member of staff as a list shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colleague {
    /// Who.
    pub user: UserId,
    /// The name others see.
    pub name: String,
    /// Their oldest role, in the organisation's words.
    pub job_title: String,
    /// That organisation's name.
    pub organisation: String,
}

/// By what people are found, besides their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The postcode of an address where they live or stay.
    Postcode,
    /// The ODS code of the practice where they are registered.
    Practice,
}

impl Place {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Postcode => "postcode",
            Self::Practice => "practice",
        }
    }

    /// What is looked for: in capitals, without spaces.
    #[must_use]
    pub(super) fn value(self, text: &str) -> String {
        text.chars().filter(|character| !character.is_whitespace()).collect::<String>().to_uppercase()
    }
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
    withheld: i64,
) -> Result<Person, StoreError> {
    let nhs_number = NhsNumber::parse(nhs_number)
        .map_err(|_| StoreError::Damaged { what: "person", id: "an NHS number".to_owned() })?;
    Ok(Person { nhs_number, name, preferred_name, born, withheld: withheld == 1 })
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

    /// The organisation of that code.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up.
    pub async fn organisation(&self, code: &OrganisationCode) -> Result<Option<Organisation>, StoreError> {
        let text = code.as_str();
        let row =
            sqlx::query!("select name from organisation where code = ?", text).fetch_optional(&self.readers).await?;
        Ok(row.map(|row| Organisation { code: code.clone(), name: row.name }))
    }

    /// All organisations, by name.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn organisations(&self) -> Result<Vec<ListedOrganisation>, StoreError> {
        let rows = sqlx::query!(
            "select code, name, kind, region from organisation order by name, code limit ?",
            ORGANISATIONS_LISTED_MAX
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter()
            .map(|row| {
                let organisation = Organisation { code: super::id(row.code, "organisation")?, name: row.name };
                let kind = OrganisationKind::named(&row.kind).unwrap_or_default();
                Ok(ListedOrganisation { organisation, kind, region: row.region })
            })
            .collect()
    }

    /// Members of staff in whose name `part` stands, by name.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn colleagues(&self, part: &str) -> Result<Vec<Colleague>, StoreError> {
        // SQLite knows upper and lower case of the Latin alphabet only.
        let (lower, title) = (contains(&part.to_lowercase()), contains(&with_capitals(part)));
        let rows = sqlx::query!(
            r#"select account.id, account.name, role_grant.job_title, organisation.name as organisation
             from account join role_grant on role_grant.id = (select min(first.id) from role_grant first
                     where first.account = account.id and first.ended_at is null)
                 join organisation on organisation.code = role_grant.organisation
             where account.kind = 'staff' and account.ended_at is null
                 and (account.name like ?1 escape '\' or account.name like ?2 escape '\')
             order by account.name, account.id limit ?3"#,
            lower,
            title,
            COLLEAGUES_LISTED_MAX
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter()
            .map(|row| {
                let (name, job_title, organisation) = (row.name, row.job_title, row.organisation);
                Ok(Colleague { user: super::id(row.id, "account")?, name, job_title, organisation })
            })
            .collect()
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

    /// Takes over what the demographics feed says of a person beyond their name; false if nobody of that number is known.
    /// What is withheld from now on, or no longer, is published so at once.
    ///
    /// # Errors
    /// `PutDemographicsError`; what was there before stands.
    pub async fn put_demographics(
        &self,
        nhs_number: &NhsNumber,
        demographics: &Demographics,
    ) -> Result<bool, PutDemographicsError> {
        let json = demographics.to_json()?;
        Ok(self.write_demographics(nhs_number.as_str(), demographics, &json).await?)
    }

    async fn write_demographics(
        &self,
        number: &str,
        demographics: &Demographics,
        json: &str,
    ) -> Result<bool, StoreError> {
        let withheld = demographics.is_withheld();
        let mut writer = self.writer().await?;
        let event = writer.own(action::DEMOGRAPHICS, Some("person".to_owned())).await?;
        let mut transaction = writer.connection.begin_with("begin immediate").await?;
        // A feed says the same again every night.
        let is_news = sqlx::query!(
            r#"select exists (select 1 from person where nhs_number = ? and demographics <> ?) as "news!: bool""#,
            number,
            json
        )
        .fetch_one(&mut *transaction)
        .await?
        .news;
        let written = sqlx::query!(
            "update person set demographics = ?, withheld = ? where nhs_number = ?",
            json,
            withheld,
            number
        )
        .execute(&mut *transaction)
        .await?;
        if written.rows_affected() == 0 {
            return Ok(false);
        }
        write_places(&mut transaction, number, demographics).await?;
        let plan = sqlx::query!("select id from plan where nhs_number = ?", number)
            .fetch_optional(&mut *transaction)
            .await?
            .map(|row| row.id);
        if let Some(plan) = plan.as_deref() {
            // Due before anything else; a plan of which the same is withheld as before is settled without a publication.
            sqlx::query!(
                "insert into publication_due (plan, first_edit_at, last_edit_at) values (?, 0, 0)
                 on conflict (plan) do update set first_edit_at = 0, saves = saves + 1",
                plan
            )
            .execute(&mut *transaction)
            .await?;
            access::changed(&mut transaction, Some(plan), None).await?;
        }
        match is_news {
            true => audit::commit_beside(transaction, event.of_plan(plan.as_deref())).await?,
            false => transaction.commit().await?,
        }
        if let Some(plan) = plan {
            self.forget_facts(Some(&super::id(plan, "plan")?));
        }
        Ok(true)
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

    /// The practice where a person is registered, if it is an organisation that is known here.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up.
    pub async fn known_practice(&self, nhs_number: &NhsNumber) -> Result<Option<OrganisationCode>, StoreError> {
        let number = nhs_number.as_str();
        let row = sqlx::query!(
            "select code from organisation join person on code = json_extract(demographics, '$.gp_practice.ods')
             where nhs_number = ?",
            number
        )
        .fetch_optional(&self.readers)
        .await?;
        row.map(|row| super::id(row.code, "organisation")).transpose()
    }

    /// The person of that NHS number.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up.
    pub async fn person(&self, nhs_number: &NhsNumber) -> Result<Option<Person>, StoreError> {
        let number = nhs_number.as_str();
        let row = sqlx::query!(
            "select nhs_number, name, preferred_name, born, withheld from person where nhs_number = ?",
            number
        )
        .fetch_optional(&self.readers)
        .await?;
        row.map(|row| person(&row.nhs_number, row.name, row.preferred_name, row.born, row.withheld)).transpose()
    }
}

/// By what the person is found: nothing, if where they are is withheld.
async fn write_places(
    transaction: &mut SqliteConnection,
    number: &str,
    demographics: &Demographics,
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from person_place where nhs_number = ?", number).execute(&mut *transaction).await?;
    if demographics.is_withheld() {
        return Ok(());
    }
    let addresses = demographics.addresses.iter().filter(|address| address.kind != AddressKind::Correspondence);
    let postcodes = addresses.filter_map(|address| address.postcode.as_deref());
    let postcodes = postcodes.map(|postcode| (Place::Postcode, postcode));
    let practice = demographics.gp_practice.as_ref().map(|practice| (Place::Practice, practice.ods.as_str()));
    for (place, text) in postcodes.chain(practice) {
        let (kind, value) = (place.as_str(), place.value(text));
        sqlx::query!(
            "insert or ignore into person_place (kind, value, nhs_number) values (?, ?, ?)",
            kind,
            value,
            number
        )
        .execute(&mut *transaction)
        .await?;
    }
    Ok(())
}

/// The pattern of `like` for whatever holds `part`.
fn contains(part: &str) -> String {
    let mut pattern = String::from("%");
    for character in part.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

/// Each word as names are written: with a capital.
fn with_capitals(part: &str) -> String {
    let mut after_a_letter = false;
    let mut name = String::with_capacity(part.len());
    for character in part.chars() {
        if after_a_letter {
            name.extend(character.to_lowercase());
        } else {
            name.extend(character.to_uppercase());
        }
        after_a_letter = character.is_alphabetic();
    }
    name
}

/// Organisations in one answer.
const ORGANISATIONS_LISTED_MAX: i64 = 5_000;

/// Members of staff in one answer.
const COLLEAGUES_LISTED_MAX: i64 = 20;

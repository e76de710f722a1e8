//! Identities that others vouch for, with the accounts and roles that come of them.

use super::{
    AccountKind, GrantedRole, Organisation, RoleGrantId, SessionId, Store, StoreError, access, id, role, role_text,
};
use coplan_core::{
    id::{OrganisationCode, UserId},
    nhs_number::NhsNumber,
    policy::Role,
    time::UtcMillis,
};
use sqlx::{Connection, SqliteConnection};
use std::collections::BTreeMap;

/// Somebody as a provider vouches for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vouched {
    /// The provider's id.
    pub provider: String,
    /// Them, to it.
    pub subject: String,
}

/// A member of staff as a provider vouches for them.
#[derive(Debug, Clone)]
pub struct VouchedStaff {
    /// Who.
    pub identity: Vouched,
    /// The name others see.
    pub name: String,
    /// Professional registration as body and number.
    pub registration: Option<String>,
    /// Their roles here, by what the provider calls each.
    pub roles: BTreeMap<String, GrantedRole>,
}

/// A person as a provider vouches for them.
#[derive(Debug, Clone)]
pub struct VouchedPerson {
    /// Who.
    pub identity: Vouched,
    /// Their NHS number.
    pub nhs_number: NhsNumber,
    /// Their date of birth, as `2026-11-22`.
    pub born: String,
}

/// An account that somebody is signed in to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    /// The account.
    pub user: UserId,
    /// Its roles, by what the provider calls each.
    pub roles: BTreeMap<String, RoleGrantId>,
    /// Sessions that ended because their roles did.
    pub ended: Vec<SessionId>,
}

/// Why somebody whom a provider vouches for has no account here.
#[derive(Debug, thiserror::Error)]
pub enum RecogniseError {
    /// The account has been closed.
    #[error("the account is closed")]
    Closed,
    /// No demographics of that person.
    #[error("the person is not known")]
    UnknownPerson,
    /// The demographics are of somebody born on another day.
    #[error("the date of birth is another")]
    OtherBirthday,
    /// The identity was somebody else's.
    #[error("the identity was linked to another person")]
    OtherPerson,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for RecogniseError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// A role that is to be had, and for whom a proxy acts.
struct WantedRole {
    key: String,
    role: GrantedRole,
    acts_for: Option<String>,
}

impl Store {
    /// Organisations of these codes that take part here.
    ///
    /// # Errors
    /// `StoreError` if they could not be looked up.
    pub async fn organisations_known(&self, codes: &[String]) -> Result<BTreeMap<String, Organisation>, StoreError> {
        let codes = serde_json::to_string(codes).unwrap_or_default();
        let rows =
            sqlx::query!("select code, name from organisation where code in (select value from json_each(?))", codes)
                .fetch_all(&self.readers)
                .await?;
        rows.into_iter()
            .map(|row| {
                let code: OrganisationCode = id(row.code, "organisation")?;
                Ok((code.to_string(), Organisation { code, name: row.name }))
            })
            .collect()
    }

    /// Whether somebody has been here before.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up.
    pub async fn is_linked(&self, identity: &Vouched) -> Result<bool, StoreError> {
        let row = sqlx::query!(
            "select account from identity where provider = ? and subject = ?",
            identity.provider,
            identity.subject
        )
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.is_some())
    }

    /// The account of a member of staff: made of what the provider says at the first sign-in, brought up to date at each.
    /// Roles that it no longer vouches for end, and their sessions with them.
    ///
    /// # Errors
    /// `RecogniseError`; nothing was written then.
    pub async fn recognise_staff(
        &self,
        staff: &VouchedStaff,
        fresh: &UserId,
        now: UtcMillis,
    ) -> Result<Recognised, RecogniseError> {
        let mut writer = self.writer().await?;
        let mut transaction = writer.connection.begin().await?;
        let known = account_of(&mut transaction, &staff.identity).await?;
        let account = known.unwrap_or_else(|| fresh.to_string());
        let crew = !staff.roles.is_empty() && staff.roles.values().all(|role| role.role == Role::Crew);
        let kind = if crew { AccountKind::Crew } else { AccountKind::Staff }.as_str();
        sqlx::query!(
            "insert into account (id, kind, name, registration) values (?, ?, ?, ?)
             on conflict (id) do update
                 set kind = excluded.kind, name = excluded.name, registration = excluded.registration",
            account,
            kind,
            staff.name,
            staff.registration
        )
        .execute(&mut *transaction)
        .await?;
        link(&mut transaction, &staff.identity, &account, now).await?;
        let wanted = staff.roles.iter();
        let wanted = wanted.map(|(key, role)| WantedRole { key: key.clone(), role: role.clone(), acts_for: None });
        let synced =
            bring_up_to_date(&mut transaction, &staff.identity.provider, &account, wanted.collect(), now).await?;
        transaction.commit().await?;
        recognised(account, synced)
    }

    /// The account of a person whose demographics are known, with a role for their own plan and one for everybody they act
    /// for.
    ///
    /// # Errors
    /// `RecogniseError`; nothing was written then.
    pub async fn recognise_person(
        &self,
        person: &VouchedPerson,
        fresh: &UserId,
        now: UtcMillis,
    ) -> Result<Recognised, RecogniseError> {
        let number = person.nhs_number.as_str();
        let mut writer = self.writer().await?;
        let mut transaction = writer.connection.begin().await?;
        let row = sqlx::query!(
            r#"select person.name, person.born, plan.id as "plan?", account.id as "account?",
                 account.ended_at as "ended_at?"
             from person left join account on account.person = person.nhs_number
                 left join plan on plan.nhs_number = person.nhs_number where person.nhs_number = ?"#,
            number
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let row = row.ok_or(RecogniseError::UnknownPerson)?;
        if row.born != person.born {
            return Err(RecogniseError::OtherBirthday);
        }
        if row.ended_at.is_some() {
            return Err(RecogniseError::Closed);
        }
        let linked = account_of(&mut transaction, &person.identity).await?;
        if linked.is_some() && linked != row.account {
            return Err(RecogniseError::OtherPerson);
        }
        let is_new = row.account.is_none();
        let account = row.account.unwrap_or_else(|| fresh.to_string());
        sqlx::query!(
            "insert into account (id, kind, name, person) values (?, 'person', ?, ?)
             on conflict (id) do update set name = excluded.name",
            account,
            row.name,
            number
        )
        .execute(&mut *transaction)
        .await?;
        link(&mut transaction, &person.identity, &account, now).await?;
        let organisation = people(&mut transaction).await?;
        let wanted = roles_of_person(&mut transaction, &account, &organisation, now).await?;
        // What people may do follows from rows of ours, whichever provider has recognised them.
        let synced = bring_up_to_date(&mut transaction, PEOPLE, &account, wanted, now).await?;
        if is_new {
            access::changed(&mut transaction, row.plan.as_deref(), Some(&account)).await?;
        }
        transaction.commit().await?;
        if is_new {
            // Whose plan it is, is a fact of the plan.
            self.forget_facts(None);
        }
        recognised(account, synced)
    }
}

/// Roles by what the provider calls them, and sessions that ended.
type Synced = (BTreeMap<String, i64>, Vec<i64>);

fn recognised(account: String, (roles, ended): Synced) -> Result<Recognised, RecogniseError> {
    Ok(Recognised {
        user: id(account, "account")?,
        roles: roles.into_iter().map(|(key, grant)| (key, RoleGrantId(grant))).collect(),
        ended: ended.into_iter().map(SessionId).collect(),
    })
}

async fn account_of(transaction: &mut SqliteConnection, identity: &Vouched) -> Result<Option<String>, RecogniseError> {
    let row = sqlx::query!(
        "select account.id, account.ended_at from identity join account on account.id = identity.account
         where provider = ? and subject = ?",
        identity.provider,
        identity.subject
    )
    .fetch_optional(transaction)
    .await?;
    match row {
        Some(row) if row.ended_at.is_some() => Err(RecogniseError::Closed),
        row => Ok(row.map(|row| row.id)),
    }
}

async fn link(
    transaction: &mut SqliteConnection,
    identity: &Vouched,
    account: &str,
    now: UtcMillis,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into identity (provider, subject, account, created_at, seen_at) values (?1, ?2, ?3, ?4, ?4)
         on conflict (provider, subject) do update set seen_at = excluded.seen_at",
        identity.provider,
        identity.subject,
        account,
        now.0
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// The organisation of people who belong to none.
pub(super) async fn people(transaction: &mut SqliteConnection) -> Result<Organisation, StoreError> {
    sqlx::query!("insert into organisation (code, name) values (?, ?) on conflict do nothing", PEOPLE, PEOPLE_NAME)
        .execute(transaction)
        .await?;
    Ok(Organisation { code: id(PEOPLE.to_owned(), "organisation")?, name: PEOPLE_NAME.to_owned() })
}

async fn roles_of_person(
    transaction: &mut SqliteConnection,
    account: &str,
    organisation: &Organisation,
    now: UtcMillis,
) -> Result<Vec<WantedRole>, StoreError> {
    let wanted = |key: String, role, job_title: String, acts_for| {
        let role = GrantedRole { role, job_title, organisation: organisation.clone(), senior: false };
        WantedRole { key, role, acts_for }
    };
    let rows = sqlx::query!(
        "select proxy.nhs_number, proxy.basis, person.name from proxy
             join person on person.nhs_number = proxy.nhs_number join plan on plan.nhs_number = proxy.nhs_number
         where proxy.account = ? and proxy.ended_at is null and proxy.from_at <= ? and proxy.until_at > ?
         order by proxy.nhs_number",
        account,
        now.0,
        now.0
    )
    .fetch_all(transaction)
    .await?;
    let own = wanted(OWN_KEY.to_owned(), Role::Person, OWN_TITLE.to_owned(), None);
    let others = rows.into_iter().map(|row| {
        let title = format!("{} {}", acting(&row.basis), row.name);
        wanted(format!("proxy:{}", row.nhs_number), Role::Proxy, title, Some(row.nhs_number))
    });
    Ok(std::iter::once(own).chain(others).collect())
}

/// How somebody stands to the person for whom they act, as it begins a job title.
pub(super) fn acting(basis: &str) -> &'static str {
    let basis = basis.to_lowercase();
    let titles = [("attorney", "Attorney for"), ("deputy", "Deputy for"), ("parent", "Parent of")];
    titles.iter().find(|(word, _)| basis.contains(word)).map_or("Acts for", |(_, title)| title)
}

/// Makes the roles that `provider` vouches for those that are wanted. A role whose rights changed ends, and another begins.
async fn bring_up_to_date(
    transaction: &mut SqliteConnection,
    provider: &str,
    account: &str,
    wanted: Vec<WantedRole>,
    now: UtcMillis,
) -> Result<Synced, StoreError> {
    let rows = sqlx::query!(
        r#"select id as "id!: i64", provider_role, role, job_title, organisation, senior as "senior: bool", acts_for
         from role_grant where account = ? and ended_at is null and (provider = ? or (provider is null and role = 'person'))"#,
        account,
        provider
    )
    .fetch_all(&mut *transaction)
    .await?;
    let (mut roles, mut kept, mut changed) = (BTreeMap::new(), Vec::new(), false);
    for WantedRole { key, role: wanted, acts_for } in wanted {
        let same = rows.iter().find(|row| {
            let same_key = row.provider_role.as_deref().map_or(key == OWN_KEY, |known| known == key);
            same_key
                && role(row.role.clone()).is_ok_and(|known| known == wanted.role)
                && row.organisation == wanted.organisation.code.as_str()
                && (row.senior, &row.acts_for) == (wanted.senior, &acts_for)
        });
        let grant = match same {
            Some(row) => {
                changed |= row.job_title != wanted.job_title;
                keep(&mut *transaction, row.id, provider, &key, &wanted.job_title).await?
            }
            None => {
                changed = true;
                grant(
                    &mut *transaction,
                    account,
                    provider,
                    &WantedRole { key: key.clone(), role: wanted, acts_for },
                    now,
                )
                .await?
            }
        };
        kept.push(grant);
        roles.insert(key, grant);
    }
    let mut ended = Vec::new();
    for row in rows.iter().filter(|row| !kept.contains(&row.id)) {
        changed = true;
        ended.extend(end(&mut *transaction, row.id, now).await?);
    }
    if changed {
        access::changed(transaction, None, Some(account)).await?;
    }
    Ok((roles, ended))
}

async fn keep(
    transaction: &mut SqliteConnection,
    grant: i64,
    provider: &str,
    key: &str,
    job_title: &str,
) -> Result<i64, StoreError> {
    sqlx::query!(
        "update role_grant set provider = ?, provider_role = ?, job_title = ? where id = ?",
        provider,
        key,
        job_title,
        grant
    )
    .execute(transaction)
    .await?;
    Ok(grant)
}

async fn grant(
    transaction: &mut SqliteConnection,
    account: &str,
    provider: &str,
    wanted: &WantedRole,
    now: UtcMillis,
) -> Result<i64, StoreError> {
    let GrantedRole { role, job_title, organisation, senior } = &wanted.role;
    let (role, organisation) = (role_text(*role), organisation.code.as_str());
    let row = sqlx::query!(
        r#"insert into role_grant
             (account, role, job_title, organisation, senior, from_at, provider, provider_role, acts_for)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?) returning id as "id!: i64""#,
        account,
        role,
        job_title,
        organisation,
        senior,
        now.0,
        provider,
        wanted.key,
        wanted.acts_for
    )
    .fetch_one(transaction)
    .await?;
    Ok(row.id)
}

/// Ends a role; the sessions that end with it.
async fn end(transaction: &mut SqliteConnection, grant: i64, now: UtcMillis) -> Result<Vec<i64>, StoreError> {
    sqlx::query!("update role_grant set ended_at = ? where id = ?", now.0, grant).execute(&mut *transaction).await?;
    let rows = sqlx::query!(r#"delete from session where role_grant = ? returning id as "id!: i64""#, grant)
        .fetch_all(transaction)
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// The organisation that people belong to who belong to none.
const PEOPLE: &str = "PEOPLE";

/// Its name.
const PEOPLE_NAME: &str = "The person";

/// What the role for one's own plan is called among those that a provider vouches for.
pub(super) const OWN_KEY: &str = "own";

/// The job title of a person in their own plan.
pub(super) const OWN_TITLE: &str = "Has this plan";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_acts_for_somebody_is_called_by_what_they_are() {
        for (basis, title) in [
            ("lasting power of attorney for health and welfare", "Attorney for"),
            ("Court-appointed deputy", "Deputy for"),
            ("parent", "Parent of"),
            ("something else", "Acts for"),
        ] {
            assert_eq!(acting(basis), title, "{basis}");
        }
    }
}

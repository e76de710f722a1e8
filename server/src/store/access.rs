//! What the rules ask about plans: read whole as core's `PlanFacts`, kept in memory until something of it changes.
//!
//! INVARIANT: whatever changes facts writes a row of `access_change` in the same transaction (`changed`), and drops what is
//! kept here before the write is answered (`Store::forget_facts`). Another process's change is noticed by its row.

use super::{Store, StoreError, id, outbox};
use crate::clock::Clock;
use coplan_core::{
    demographics::Demographics,
    id::{OrganisationCode, PlanId, SectionId, UserId},
    nhs_number::NhsNumber,
    policy::{Objection, ObjectionGrade, OrganisationKind, Party, PlanFacts, Relationship, RelationshipKind, Subject},
    time::UtcMillis,
};
use sqlx::{Connection, SqliteConnection};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, btree_map::Entry},
    sync::{Arc, Mutex, PoisonError},
};

/// Facts that were read, by plan. Clones share it.
#[derive(Clone, Default)]
pub(super) struct FactsKept(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    facts: HashMap<PlanId, Arc<PlanFacts>>,
    /// How often anything was forgotten: facts read before the last time may be old.
    forgotten: u64,
}

/// A change of access, as a row of the store tells every process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessChange {
    /// Rows are numbered in the order of their commits.
    pub id: i64,
    /// The plan it is about; with neither plan nor account it is about all plans.
    pub plan: Option<PlanId>,
    /// Whose roles or sessions changed.
    pub account: Option<UserId>,
}

impl FactsKept {
    fn begin(&self, plan: &PlanId) -> Result<Arc<PlanFacts>, u64> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = |facts: &&Arc<PlanFacts>| facts.stale_at.is_none_or(|at| at > Clock.now());
        kept.facts.get(plan).filter(fresh).map(Arc::clone).ok_or(kept.forgotten)
    }

    fn keep(&self, facts: &Arc<PlanFacts>, as_of: u64) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.forgotten != as_of {
            return;
        }
        if kept.facts.len() >= FACTS_KEPT_MAX {
            kept.facts.clear();
        }
        kept.facts.insert(facts.plan.clone(), Arc::clone(facts));
    }

    fn forget(&self, plan: Option<&PlanId>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.forgotten += 1;
        match plan {
            Some(plan) => drop(kept.facts.remove(plan)),
            None => kept.facts.clear(),
        }
    }
}

/// Tells every process that access has changed, and the outbox if with it whether the plan may be shared. In the
/// transaction that changes it.
pub(super) async fn changed(
    transaction: &mut SqliteConnection,
    plan: Option<&str>,
    account: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into access_change (plan, account, at) values (?, ?, cast(unixepoch('subsec') * 1000 as integer))",
        plan,
        account
    )
    .execute(&mut *transaction)
    .await?;
    match plan {
        Some(plan) => outbox::consider(transaction, plan).await,
        None => Ok(()),
    }
}

impl Store {
    /// What the rules ask about a plan; facts of no plan if there is none of that id.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn facts(&self, plan: &PlanId) -> Result<Arc<PlanFacts>, StoreError> {
        let as_of = match self.facts_kept.begin(plan) {
            Ok(kept) => return Ok(kept),
            Err(as_of) => as_of,
        };
        let facts = Arc::new(self.read_facts(plan).await?);
        if facts.exists {
            self.facts_kept.keep(&facts, as_of);
        }
        Ok(facts)
    }

    /// Drops what is kept of a plan's facts, or of all, and tells those who follow it.
    pub fn forget_facts(&self, plan: Option<&PlanId>) {
        self.facts_kept.forget(plan);
        self.tidings.access_changed(plan);
    }

    /// Changes of access after the row `after`, oldest first.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn access_changes(&self, after: i64) -> Result<Vec<AccessChange>, StoreError> {
        let rows = sqlx::query!(
            "select id, plan, account from access_change where id > ? order by id limit ?",
            after,
            CHANGES_AT_ONCE_MAX
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter()
            .map(|row| {
                let plan = row.plan.map(|plan| id(plan, "access change")).transpose()?;
                let account = row.account.map(|account| id(account, "access change")).transpose()?;
                Ok(AccessChange { id: row.id, plan, account })
            })
            .collect()
    }

    /// The number of the newest change of access; 0 before the first.
    ///
    /// # Errors
    /// `StoreError` if it could not be read.
    pub async fn newest_access_change(&self) -> Result<i64, StoreError> {
        let row = sqlx::query!(r#"select max(id) as "id?: i64" from access_change"#).fetch_one(&self.readers).await?;
        Ok(row.id.unwrap_or_default())
    }

    /// Puts an organisation among those that look after the person of a plan.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn put_care_team(
        &self,
        plan: &PlanId,
        organisations: &[OrganisationCode],
        by: &Subject,
        now: UtcMillis,
    ) -> Result<(), StoreError> {
        let name = plan.as_str();
        let mut writer = self.writer().await?;
        let author = writer.author(by).await?;
        let mut transaction = writer.connection.begin().await?;
        for organisation in organisations {
            join_care_team(&mut transaction, name, organisation.as_str(), author, now).await?;
        }
        changed(&mut transaction, Some(name), None).await?;
        transaction.commit().await?;
        self.forget_facts(Some(plan));
        Ok(())
    }

    /// Under `--development`: every organisation that has staff looks after this person, and unless all of them have an
    /// agreement already, each shares plans with every other.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn share_with_everybody(&self, plan: &PlanId, by: &Subject, now: UtcMillis) -> Result<(), StoreError> {
        let name = plan.as_str();
        let mut writer = self.writer().await?;
        let author = writer.author(by).await?;
        let mut transaction = writer.connection.begin().await?;
        let without = sqlx::query!(
            r#"select exists (select 1 from role_grant join account on account.id = role_grant.account
                 where account.kind <> 'person' and role_grant.ended_at is null
                     and role_grant.organisation not in (select organisation from agreement_party)) as "any!: bool""#
        )
        .fetch_one(&mut *transaction)
        .await?;
        if without.any {
            share_all(&mut transaction).await?;
        }
        sqlx::query!(
            "insert into care_team (plan, organisation, author, from_at) select ?, code, ?, ? from organisation where true
             on conflict do nothing",
            name,
            author,
            now.0
        )
        .execute(&mut *transaction)
        .await?;
        changed(&mut transaction, None, None).await?;
        transaction.commit().await?;
        self.forget_facts(None);
        Ok(())
    }

    /// What the rules ask about the plan of a person or of an id, as it stands this moment; facts of no plan if there is
    /// none. The same work is done either way, so that nobody can tell by the time it takes.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn facts_named(
        &self,
        nhs_number: Option<&NhsNumber>,
        plan: Option<&PlanId>,
    ) -> Result<Arc<PlanFacts>, StoreError> {
        let found = match nhs_number {
            Some(nhs_number) => self.plan_of(nhs_number).await?,
            None => None,
        };
        let none = "none".parse().expect("a word is an id");
        let plan = found.as_ref().or(plan).unwrap_or(&none);
        self.read_facts(plan).await.map(Arc::new)
    }

    /// The same statements whether there is such a plan or not.
    async fn read_facts(&self, plan: &PlanId) -> Result<PlanFacts, StoreError> {
        let name = plan.as_str();
        let mut connection = self.readers.acquire().await?;
        let mut moment = connection.begin().await?;
        let newest = sqlx::query!(r#"select max(id) as "id?: i64" from access_change"#).fetch_one(&mut *moment).await?;
        let row = sqlx::query!(
            "select plan.nhs_number, plan.home, plan.sharing_choices, person.demographics, person.national_data_opt_out, account.id as account
             from plan join person on person.nhs_number = plan.nhs_number
                 left join account on account.person = plan.nhs_number and account.ended_at is null
             where plan.id = ?",
            name
        )
        .fetch_optional(&mut *moment)
        .await?;
        let number = row.as_ref().map_or("", |row| row.nhs_number.as_str());
        let home = row.as_ref().and_then(|row| row.home.as_deref());
        let (parties, stale_at) = parties(&mut moment, home, Clock.now()).await?;
        let proxies = proxies(&mut moment, number).await?;
        let kept = kept(&mut moment, number).await?;
        let care_team = care_team(&mut moment, name).await?;
        let (members, excluded) = members(&mut moment, name).await?;
        let relationships = relationships(&mut moment, name).await?;
        let objections = objections(&mut moment, number).await?;
        let Some(row) = row else { return Ok(PlanFacts::of_no_plan(plan.clone())) };
        let damaged = || StoreError::Damaged { what: "demographics of plan", id: name.to_owned() };
        let demographics = Demographics::from_json(&row.demographics).map_err(|_| damaged())?;
        let sharing = row.sharing_choices.as_deref().map_or(Ok(Vec::new()), serde_json::from_str);
        Ok(PlanFacts {
            plan: plan.clone(),
            as_of: newest.id.unwrap_or_default(),
            exists: true,
            home: row.home.map(|home| id(home, "organisation")).transpose()?,
            person: row.account.map(|account| id(account, "account")).transpose()?,
            proxies,
            kept,
            parties: Arc::new(parties),
            care_team,
            members,
            excluded,
            relationships,
            objections,
            sharing: sharing
                .map_err(|_| StoreError::Damaged { what: "sharing choice of plan", id: name.to_owned() })?,
            restriction: demographics.restriction,
            national_data_opt_out: row.national_data_opt_out == 1,
            stale_at,
        })
    }

    /// What the rules ask about a plan that is yet to be begun for this person, by an organisation.
    ///
    /// # Errors
    /// `StoreError` if it could not be read.
    pub async fn facts_of_person(
        &self,
        nhs_number: &NhsNumber,
        home: &OrganisationCode,
    ) -> Result<PlanFacts, StoreError> {
        let number = nhs_number.as_str();
        let mut connection = self.readers.acquire().await?;
        let mut moment = connection.begin().await?;
        let no_plan = "none".parse().expect("a word is an id");
        let own = sqlx::query!("select id from account where person = ? and ended_at is null", number)
            .fetch_optional(&mut *moment)
            .await?;
        Ok(PlanFacts {
            home: Some(home.clone()),
            person: own.map(|row| id(row.id, "account")).transpose()?,
            parties: Arc::new(parties(&mut moment, Some(home.as_str()), Clock.now()).await?.0),
            objections: objections(&mut moment, number).await?,
            ..PlanFacts::of_no_plan(no_plan)
        })
    }
}

async fn share_all(transaction: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into sharing_agreement (id, title, from_at) values ('development', 'Everybody, for development', 0)
         on conflict do nothing"
    )
    .execute(&mut *transaction)
    .await?;
    sqlx::query!(
        "insert into agreement_party (agreement, organisation, from_at)
         select 'development', code, 0 from organisation where true on conflict do nothing"
    )
    .execute(transaction)
    .await?;
    Ok(())
}

pub(super) async fn join_care_team(
    transaction: &mut SqliteConnection,
    plan: &str,
    organisation: &str,
    author: i64,
    now: UtcMillis,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into care_team (plan, organisation, author, from_at) values (?1, ?2, ?3, ?4)
         on conflict (plan, organisation) do update set author = ?3, from_at = ?4, ended_at = null
             where ended_at is not null",
        plan,
        organisation,
        author,
        now.0
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Organisations that an agreement in force joins with the one that keeps the plan, that one among them, and when that next
/// changes by itself.
async fn parties(
    moment: &mut SqliteConnection,
    home: Option<&str>,
    now: UtcMillis,
) -> Result<(BTreeMap<OrganisationCode, Party>, Option<UtcMillis>), StoreError> {
    let rows = sqlx::query!(
        r#"select organisation.code as "code!", organisation.kind as "kind!", organisation.region as "region!",
             organisation.dspt as "dspt!", party.purpose as "purpose?: String", party.from_at as "from_at?: i64",
             party.until_at as "until_at?: i64"
         from organisation left join
             (select other.organisation, other.purpose, max(own.from_at, sharing_agreement.from_at, other.from_at) as from_at,
                  nullif(min(ifnull(own.until_at, ?2), ifnull(sharing_agreement.until_at, ?2), ifnull(other.until_at, ?2)), ?2)
                      as until_at
              from agreement_party own join sharing_agreement on sharing_agreement.id = own.agreement
                  join agreement_party other on other.agreement = own.agreement
              where own.organisation = ?1) party on party.organisation = organisation.code
         where party.organisation is not null or organisation.code = ?1
         order by organisation.code"#,
        home,
        NEVER_MS
    )
    .fetch_all(&mut *moment)
    .await?;
    let (mut parties, mut stale_at) = (BTreeMap::new(), None);
    let mut changes = |at: Option<i64>| {
        let later = at.filter(|at| *at > now.0).map(UtcMillis);
        stale_at = [stale_at, later].into_iter().flatten().min();
    };
    for row in rows {
        let own = home == Some(row.code.as_str());
        let begins = row.from_at.unwrap_or_default();
        changes(Some(begins));
        changes(row.until_at);
        let in_force = begins <= now.0 && row.until_at.is_none_or(|until| until > now.0);
        if !own && !in_force {
            continue;
        }
        let party = Party {
            kind: OrganisationKind::named(&row.kind).unwrap_or_default(),
            region: row.region,
            standards_met: row.dspt == "met",
            emergency_only: !own && row.purpose.as_deref() == Some("emergency-care"),
            until: row.until_at.filter(|_| !own).map(UtcMillis),
        };
        match parties.entry(id(row.code, "organisation")?) {
            Entry::Vacant(vacant) => drop(vacant.insert(party)),
            Entry::Occupied(mut there) if reaches_further(&party, there.get()) => drop(there.insert(party)),
            Entry::Occupied(_) => {}
        }
    }
    Ok((parties, stale_at))
}

/// Of two parts of one organisation, the one for direct care counts, and of two alike the one that lasts.
fn reaches_further(one: &Party, other: &Party) -> bool {
    let reach = |party: &Party| (!party.emergency_only, party.until.is_none(), party.until);
    reach(one) > reach(other)
}

async fn care_team(moment: &mut SqliteConnection, plan: &str) -> Result<BTreeSet<OrganisationCode>, StoreError> {
    let rows = sqlx::query!("select organisation from care_team where plan = ? and ended_at is null", plan)
        .fetch_all(&mut *moment)
        .await?;
    rows.into_iter().map(|row| id(row.organisation, "organisation")).collect()
}

async fn members(
    moment: &mut SqliteConnection,
    plan: &str,
) -> Result<(BTreeSet<UserId>, BTreeSet<UserId>), StoreError> {
    let rows = sqlx::query!("select account, part from team_member where plan = ? and ended_at is null", plan)
        .fetch_all(&mut *moment)
        .await?;
    let (mut members, mut excluded) = (BTreeSet::new(), BTreeSet::new());
    for row in rows {
        let part = if row.part == "in" { &mut members } else { &mut excluded };
        part.insert(id(row.account, "account")?);
    }
    Ok((members, excluded))
}

async fn proxies(moment: &mut SqliteConnection, nhs_number: &str) -> Result<BTreeMap<UserId, UtcMillis>, StoreError> {
    let rows =
        sqlx::query!("select account, until_at from proxy where nhs_number = ? and ended_at is null", nhs_number)
            .fetch_all(&mut *moment)
            .await?;
    rows.into_iter().map(|row| Ok((id(row.account, "account")?, UtcMillis(row.until_at)))).collect()
}

async fn kept(
    moment: &mut SqliteConnection,
    nhs_number: &str,
) -> Result<BTreeMap<UserId, BTreeSet<SectionId>>, StoreError> {
    let rows =
        sqlx::query!("select account, section from kept_section where nhs_number = ? and ended_at is null", nhs_number)
            .fetch_all(&mut *moment)
            .await?;
    let mut kept = BTreeMap::new();
    for row in rows {
        let sections: &mut BTreeSet<_> = kept.entry(id(row.account, "account")?).or_default();
        sections.insert(id(row.section, "section")?);
    }
    Ok(kept)
}

async fn relationships(moment: &mut SqliteConnection, plan: &str) -> Result<Vec<Relationship>, StoreError> {
    let rows = sqlx::query!(
        "select account, organisation, kind, until_at from relationship
         where plan = ? and ended_at is null and until_at > cast(unixepoch('subsec') * 1000 as integer)
         order by id limit ?",
        plan,
        RELATIONSHIPS_MAX
    )
    .fetch_all(&mut *moment)
    .await?;
    let of = |kind: &str| RelationshipKind::named(kind);
    rows.into_iter()
        .map(|row| {
            let damaged = || StoreError::Damaged { what: "relationship", id: plan.to_owned() };
            Ok(Relationship {
                kind: of(&row.kind).ok_or_else(damaged)?,
                user: id(row.account, "account")?,
                organisation: id(row.organisation, "organisation")?,
                until: UtcMillis(row.until_at),
            })
        })
        .collect()
}

async fn objections(moment: &mut SqliteConnection, nhs_number: &str) -> Result<Vec<Objection>, StoreError> {
    let rows = sqlx::query!(
        "select id, grade, until_at from objection where nhs_number = ? and withdrawn_at is null order by id",
        nhs_number
    )
    .fetch_all(&mut *moment)
    .await?;
    rows.into_iter()
        .map(|row| {
            let damaged = || StoreError::Damaged { what: "objection", id: row.id.clone() };
            let grade = ObjectionGrade::named(&row.grade).ok_or_else(damaged)?;
            Ok(Objection { grade, until: row.until_at.map(UtcMillis) })
        })
        .collect()
}

/// For an end that there is not, in milliseconds.
const NEVER_MS: i64 = i64::MAX;

/// Plans of which facts are kept; then all are read again.
const FACTS_KEPT_MAX: usize = 20_000;

/// Changes of access read at once.
const CHANGES_AT_ONCE_MAX: i64 = 1_000;

/// Relationships of one plan that stand at the same time.
const RELATIONSHIPS_MAX: i64 = 500;

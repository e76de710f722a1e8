//! Plans, and the documents that are their sections.

use super::{
    GrantedDocument, Store, StoreError, access, audit, heads,
    people::{Place, person},
};
use crate::audit::{Event, Outcome};
use coplan_core::{
    id::{OrganisationCode, PlanId, SectionId},
    nhs_number::NhsNumber,
    policy::{Action, Granted, Role, Subject},
    sync::{DocumentId, hub::NewChange},
    time::UtcMillis,
    view::Person,
};
use sqlx::{Connection, SqliteConnection};

/// A plan as a list shows it.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Its id.
    pub id: PlanId,
    /// Whose it is.
    pub person: Person,
    /// Version of its newest publication; 0 before the first.
    pub version: u32,
    /// When that was published.
    pub published_at: Option<UtcMillis>,
    /// When the newest change of any section arrived.
    pub changed_at: Option<UtcMillis>,
}

/// Which plans to list.
#[derive(Debug, Clone, Default)]
pub struct PlanPage {
    /// Only the plan of this person.
    pub nhs_number: Option<NhsNumber>,
    /// Only plans of people who are found by where they live or are registered. Whoever is restricted is found by neither.
    pub place: Option<(Place, String)>,
    /// Only plans after this one, in the order of ids.
    pub after: Option<PlanId>,
    /// At most so many.
    pub limit: u32,
}

impl PlanPage {
    /// Whether it asks for certain people.
    fn finds(&self) -> bool {
        self.nhs_number.is_some() || self.place.is_some()
    }
}

/// A section of a plan and the document that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanSection {
    /// The section.
    pub section: SectionId,
    /// Its document.
    pub document: GrantedDocument,
}

/// A document to be made with a new plan.
#[derive(Debug, Clone)]
pub struct NewDocument {
    /// Its id.
    pub id: DocumentId,
    /// The section it holds.
    pub section: SectionId,
    /// Version of the section's definition.
    pub definition: u32,
    /// Its first change, which makes the structural maps.
    pub genesis: NewChange,
}

impl Store {
    /// Makes a plan with its documents, or gives the one that the person has already. The person must be known.
    ///
    /// # Errors
    /// `StoreError` if nothing was written.
    pub async fn create_plan(
        &self,
        plan: &PlanId,
        nhs_number: &NhsNumber,
        documents: &[NewDocument],
        by: &Subject,
        now: UtcMillis,
    ) -> Result<Result<(), PlanId>, StoreError> {
        self.create_plan_kept_by(plan, nhs_number, documents, by, None, now).await
    }

    /// The same, kept by `home`: if it is not named, by the organisation of whoever begins it.
    ///
    /// # Errors
    /// `StoreError` if nothing was written.
    pub async fn create_plan_kept_by(
        &self,
        plan: &PlanId,
        nhs_number: &NhsNumber,
        documents: &[NewDocument],
        by: &Subject,
        home: Option<&OrganisationCode>,
        now: UtcMillis,
    ) -> Result<Result<(), PlanId>, StoreError> {
        let (id, number) = (plan.as_str(), nhs_number.as_str());
        let organisation = home.unwrap_or(&by.organisation).as_str();
        let theirs = home.is_none() && matches!(by.role, Role::Person | Role::Proxy);
        let mut writer = self.writer().await?;
        let author = writer.author(by).await?;
        let mut genesis_authors = Vec::with_capacity(documents.len());
        for document in documents {
            genesis_authors.push(writer.author(&document.genesis.subject).await?);
        }
        let event = Event::of(Some(by), Action::CreatePlan.as_str(), now).of_plan(plan);
        let event = writer.event(event).await?;
        let mut transaction = writer.connection.begin().await?;
        // A plan that the person begins themselves is kept by the practice where they are registered.
        let inserted = sqlx::query!(
            "insert into plan (id, nhs_number, created_at, created_by, home)
             values (?1, ?2, ?3, ?4, coalesce((select code from organisation where code = ?5 and not ?6),
                 (select code from organisation join person on code = json_extract(demographics, '$.gp_practice.ods')
                  where nhs_number = ?2)))
             on conflict (nhs_number) do nothing",
            id,
            number,
            now.0,
            author,
            organisation,
            theirs
        )
        .execute(&mut *transaction)
        .await?;
        if inserted.rows_affected() == 0 {
            let row =
                sqlx::query!("select id from plan where nhs_number = ?", number).fetch_one(&mut *transaction).await?;
            return Ok(Err(super::id(row.id, "plan")?));
        }
        for (document, author) in documents.iter().zip(genesis_authors) {
            insert_document(&mut transaction, plan, document, author).await?;
        }
        if by.role != Role::System {
            sqlx::query!(
                "insert into care_team (plan, organisation, author, from_at)
                 select id, home, ?, ? from plan where id = ? and home is not null",
                author,
                now.0,
                id
            )
            .execute(&mut *transaction)
            .await?;
        }
        access::changed(&mut transaction, Some(id), None).await?;
        audit::commit(transaction, event).await?;
        self.audit.undigested(documents.iter().map(|document| document.id));
        self.forget_facts(Some(plan));
        Ok(Ok(()))
    }

    /// Adds a section's document to the plan that was granted; `None` if the plan has the section.
    ///
    /// # Errors
    /// `StoreError` if nothing was written.
    pub async fn add_section(
        &self,
        granted: &Granted,
        document: &NewDocument,
    ) -> Result<Option<PlanSection>, StoreError> {
        let mut writer = self.writer().await?;
        let author = writer.author(&document.genesis.subject).await?;
        let event = writer.event(Event::decided(granted.decision(), Outcome::Allowed)).await?;
        let mut transaction = writer.connection.begin().await?;
        match insert_document(&mut transaction, granted.plan(), document, author).await {
            Ok(()) => audit::commit(transaction, event).await?,
            Err(StoreError::Unavailable(error)) if super::broke_a_constraint(&error) => return Ok(None),
            Err(error) => return Err(error),
        }
        self.audit.undigested([document.id]);
        let (section, document) = (document.section.clone(), GrantedDocument::of(granted, document.id));
        Ok(Some(PlanSection { section, document }))
    }

    /// All plans in the order of their ids, for the service itself.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn plans(&self, page: &PlanPage) -> Result<Vec<Plan>, StoreError> {
        let number = page.nhs_number.as_ref().map(NhsNumber::as_str);
        let after = page.after.as_ref().map_or("", PlanId::as_str);
        let rows = sqlx::query_as!(
            ListedRow,
            r#"select plan.id, plan.version, person.nhs_number, person.name, person.preferred_name, person.born,
                 person.withheld, publication.published_at as "published_at?: i64",
                 (select max(newest.received_at) from document
                      join change newest on newest.document = document.id and newest.position =
                          (select max(change.position) from change where change.document = document.id)
                      where document.plan = plan.id) as "changed_at?: i64"
             from plan join person on person.nhs_number = plan.nhs_number
                 left join publication on publication.plan = plan.id and publication.version = plan.version
             where plan.id > ?1 and (?2 is null or plan.nhs_number = ?2)
             order by plan.id limit ?3"#,
            after,
            number,
            page.limit
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(ListedRow::plan).collect()
    }

    /// Plans that something connects `subject` with, in the order of their ids. The caller shows only those that the
    /// subject may see.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn plans_of(&self, subject: &Subject, page: &PlanPage, now: UtcMillis) -> Result<Vec<Plan>, StoreError> {
        let ids = match page.finds() {
            true => self.plans_found(subject, page, now).await?,
            false => self.plans_connected(subject, page, now).await?,
        };
        let ids = serde_json::json!(ids).to_string();
        let rows = sqlx::query_as!(
            ListedRow,
            r#"select plan.id, plan.version, person.nhs_number, person.name, person.preferred_name, person.born,
                 person.withheld, publication.published_at as "published_at?: i64",
                 (select max(newest.received_at) from document
                      join change newest on newest.document = document.id and newest.position =
                          (select max(change.position) from change where change.document = document.id)
                      where document.plan = plan.id) as "changed_at?: i64"
             from plan join person on person.nhs_number = plan.nhs_number
                 left join publication on publication.plan = plan.id and publication.version = plan.version
             where plan.id in (select value from json_each(?)) order by plan.id"#,
            ids
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(ListedRow::plan).collect()
    }

    /// The next plans that connect `subject`, each way by its own index.
    async fn plans_connected(
        &self,
        subject: &Subject,
        page: &PlanPage,
        now: UtcMillis,
    ) -> Result<Vec<String>, StoreError> {
        let (user, organisation) = (subject.user.as_str(), subject.organisation.as_str());
        let after = page.after.as_ref().map_or("", PlanId::as_str);
        let rows = sqlx::query!(
            r#"select plan as "plan!: String" from (
                 select plan from (select plan from care_team where organisation = ?1 and ended_at is null and plan > ?3
                     order by plan limit ?5)
                 union select plan from (select plan from relationship where account = ?2 and organisation = ?1
                     and ended_at is null and until_at > ?4 and plan > ?3 order by plan limit ?5)
                 union select plan from (select plan from team_member where account = ?2 and part = 'in'
                     and ended_at is null and plan > ?3 order by plan limit ?5)
                 union select plan.id from plan join account on account.person = plan.nhs_number
                     where account.id = ?2 and plan.id > ?3
                 union select plan.id from plan join proxy on proxy.nhs_number = plan.nhs_number
                     where proxy.account = ?2 and proxy.ended_at is null and proxy.until_at > ?4 and plan.id > ?3)
             order by plan limit ?5"#,
            organisation,
            user,
            after,
            now.0,
            page.limit
        )
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.into_iter().map(|row| row.plan).collect())
    }

    /// The next of the plans of the people who are looked for, as far as something connects `subject` with them. The same
    /// work is done for a plan that nothing connects them with as for none.
    async fn plans_found(&self, subject: &Subject, page: &PlanPage, now: UtcMillis) -> Result<Vec<String>, StoreError> {
        let (user, organisation) = (subject.user.as_str(), subject.organisation.as_str());
        let after = page.after.as_ref().map_or("", PlanId::as_str);
        let number = page.nhs_number.as_ref().map(NhsNumber::as_str);
        let (kind, value) = match &page.place {
            Some((place, text)) => (Some(place.as_str()), Some(place.value(text))),
            None => (None, None),
        };
        let rows = sqlx::query!(
            r#"select id as "plan!: String" from plan
             where id > ?3 and (?5 is null or nhs_number = ?5)
                 and (?6 is null or nhs_number in (select nhs_number from person_place where kind = ?6 and value = ?7))
                 and (exists (select 1 from care_team where plan = plan.id and organisation = ?1 and ended_at is null)
                     or exists (select 1 from relationship where plan = plan.id and account = ?2 and organisation = ?1
                         and ended_at is null and until_at > ?4)
                     or exists (select 1 from team_member where plan = plan.id and account = ?2 and part = 'in'
                         and ended_at is null)
                     or exists (select 1 from account where account.id = ?2 and account.person = plan.nhs_number)
                     or exists (select 1 from proxy where proxy.account = ?2 and proxy.nhs_number = plan.nhs_number
                         and proxy.ended_at is null and proxy.until_at > ?4))
             order by id limit ?8"#,
            organisation,
            user,
            after,
            now.0,
            number,
            kind,
            value,
            page.limit
        )
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.into_iter().map(|row| row.plan).collect())
    }

    /// The id of a person's plan, so that a decision about it can be asked for.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up.
    pub async fn plan_of(&self, nhs_number: &NhsNumber) -> Result<Option<PlanId>, StoreError> {
        let number = nhs_number.as_str();
        let row =
            sqlx::query!("select id from plan where nhs_number = ?", number).fetch_optional(&self.readers).await?;
        row.map(|row| super::id(row.id, "plan")).transpose()
    }

    /// The plan that was granted: whose it is, and its newest version. `None` if there is no such plan.
    ///
    /// # Errors
    /// `StoreError` if it could not be looked up.
    pub async fn plan(&self, granted: &Granted) -> Result<Option<(Person, u32)>, StoreError> {
        let id = granted.plan().as_str();
        let row = sqlx::query!(
            "select plan.version, person.nhs_number, person.name, person.preferred_name, person.born, person.withheld
             from plan join person on person.nhs_number = plan.nhs_number where plan.id = ?",
            id
        )
        .fetch_optional(&self.readers)
        .await?;
        row.map(|row| {
            let person = person(&row.nhs_number, row.name, row.preferred_name, row.born, row.withheld)?;
            Ok((person, version(row.version, id)?))
        })
        .transpose()
    }

    /// The sections of the plan that was granted; which of them may be told to whom is the caller's to decide.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn plan_sections(&self, granted: &Granted) -> Result<Vec<PlanSection>, StoreError> {
        let id = granted.plan().as_str();
        let rows = sqlx::query!("select id, section from document where plan = ? order by section", id)
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter()
            .map(|row| {
                let document = GrantedDocument::of(granted, document_id(&row.id)?);
                Ok(PlanSection { document, section: super::id(row.section, "section")? })
            })
            .collect()
    }
}

/// A plan as the lists select it.
struct ListedRow {
    id: String,
    version: i64,
    nhs_number: String,
    name: String,
    preferred_name: Option<String>,
    born: String,
    withheld: i64,
    published_at: Option<i64>,
    changed_at: Option<i64>,
}

impl ListedRow {
    fn plan(self) -> Result<Plan, StoreError> {
        Ok(Plan {
            version: version(self.version, &self.id)?,
            id: super::id(self.id, "plan")?,
            person: person(&self.nhs_number, self.name, self.preferred_name, self.born, self.withheld)?,
            published_at: self.published_at.map(UtcMillis),
            changed_at: self.changed_at.map(UtcMillis),
        })
    }
}

async fn insert_document(
    transaction: &mut SqliteConnection,
    plan: &PlanId,
    document: &NewDocument,
    author: i64,
) -> Result<(), StoreError> {
    let (id, plan, section) = (document.id.to_string(), plan.as_str(), document.section.as_str());
    sqlx::query!(
        "insert into document (id, plan, section, definition) values (?, ?, ?, ?)",
        id,
        plan,
        section,
        document.definition
    )
    .execute(&mut *transaction)
    .await?;
    let genesis = &document.genesis;
    let (hash, deps) = (&genesis.hash.0[..], heads::write(&genesis.deps));
    let (actor, bytes) = (genesis.actor.to_bytes(), &genesis.bytes[..]);
    let (seq, ops) = (genesis.seq.cast_signed(), genesis.ops.cast_signed());
    sqlx::query!(
        "insert into change (document, position, hash, deps, actor, seq, bytes, ops, claimed_at_s, received_at, author)
         values (?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        id,
        hash,
        deps,
        actor,
        seq,
        bytes,
        ops,
        genesis.claimed_at_s,
        genesis.received_at.0,
        author
    )
    .execute(transaction)
    .await?;
    Ok(())
}

pub(super) fn document_id(text: &str) -> Result<DocumentId, StoreError> {
    text.parse().map_err(|_| StoreError::Damaged { what: "document", id: text.to_owned() })
}

pub(super) fn version(number: i64, plan: &str) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|_| StoreError::Damaged { what: "plan", id: plan.to_owned() })
}

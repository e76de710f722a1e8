//! Publications: sections frozen at exact heads, and the bytes of every view, rendered once.

use super::{
    GrantedDocument, Store, StoreError, audit, audit_digest::publication_digest, heads, outbox, plans::version, prints,
};
use crate::audit::{Event, action};
use automerge::ChangeHash;
use coplan_core::{
    id::{PlanId, SectionId},
    policy::{Granted, Scope, Subject},
    publication::{Publication, PublishedSection},
    time::UtcMillis,
    view::{self, Circumstances, Person, Signed, ViewKind},
};
use sha2::{Digest, Sha256};
use sqlx::{Connection, SqliteConnection};
use std::collections::BTreeMap;

/// A publication as it is listed: without the bytes of its views.
#[derive(Debug, Clone)]
pub struct Published {
    /// Its number within the plan, from 1.
    pub version: u32,
    /// When it was made.
    pub published_at: UtcMillis,
    /// Hash over its sections and views.
    pub hash: [u8; 32],
    /// Whose plan it was, as the views say it; publications of before it was kept do not have it.
    pub person: Option<Person>,
    /// What stood around the plan, as the views say it; publications of before it was kept have none of it.
    pub circumstances: Circumstances,
    /// Every section that it holds, by section id.
    pub sections: Vec<PublishedSection>,
}

/// A view as it is served.
#[derive(Debug, Clone)]
pub struct StoredView {
    /// The publication it belongs to.
    pub version: u32,
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// A plan with edits that have not been published yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The plan.
    pub plan: PlanId,
    /// How many saves the edits came in; tells whether another came while the worker was at it.
    pub saves: i64,
}

impl Store {
    /// Writes a publication of the plan that was granted, with all its views in one transaction; `Ok(false)` and nothing written if another was
    /// first with that version. What was due is settled in the same transaction.
    ///
    /// # Errors
    /// `StoreError` if nothing was written.
    pub async fn publish(
        &self,
        granted: &Granted,
        publication: &Publication,
        by: &Subject,
        due: Option<&Due>,
    ) -> Result<bool, StoreError> {
        let plan = granted.plan();
        let made = Event::of(Some(by), action::PUBLISH, publication.published_at).of_plan(plan);
        let plan = plan.as_str();
        let (version, hash) = (publication.version, &publication.hash[..]);
        let mut writer = self.writer().await?;
        let author = writer.author(by).await?;
        let mut signers = Vec::with_capacity(publication.sections.len());
        for section in &publication.sections {
            signers.push(match &section.signed {
                Some(signed) => Some(writer.author(&signed.by).await?),
                None => None,
            });
        }
        let mut event = writer.event(made).await?;
        let mut transaction = writer.connection.begin().await?;
        let raised = sqlx::query!("update plan set version = ?1 where id = ?2 and version = ?1 - 1", version, plan)
            .execute(&mut *transaction)
            .await?;
        if raised.rows_affected() == 0 {
            return Ok(false);
        }
        let person = serde_json::json!(publication.person).to_string();
        let circumstances = serde_json::json!(publication.circumstances).to_string();
        sqlx::query!(
            "insert into publication (plan, version, published_at, hash, author, person, circumstances)
             values (?, ?, ?, ?, ?, ?, ?)",
            plan,
            version,
            publication.published_at.0,
            hash,
            author,
            person,
            circumstances
        )
        .execute(&mut *transaction)
        .await?;
        prints::insert_code(&mut transaction, plan, version, publication.circumstances.check.as_deref()).await?;
        for (section, signer) in publication.sections.iter().zip(signers) {
            insert_section(&mut transaction, plan, version, section, signer).await?;
        }
        for (kind, bytes) in &publication.views {
            insert_view(&mut transaction, plan, version, *kind, bytes).await?;
        }
        outbox::published(&mut transaction, plan, publication.person.withheld).await?;
        if let Some(due) = due {
            settle(&mut transaction, due).await?;
        }
        let digest = publication_digest(&mut transaction, plan, version.into()).await?;
        if let Some(event) = &mut event {
            event.is_of(version.into(), digest);
        }
        audit::commit(transaction, event).await?;
        self.tidings.published(granted.plan(), version);
        Ok(true)
    }

    /// Settles what was due without a publication, where nothing that publishes by itself has changed.
    ///
    /// # Errors
    /// `StoreError` if nothing was written.
    pub async fn settle_due(&self, due: &Due) -> Result<(), StoreError> {
        let mut writer = self.writer().await?;
        settle(&mut writer.connection, due).await
    }

    /// Plans whose last edit came at `quiet_since` or before, or whose first unpublished edit came at `waiting_since`
    /// or before; those that wait longest first.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn due(&self, quiet_since: UtcMillis, waiting_since: UtcMillis) -> Result<Vec<Due>, StoreError> {
        let rows = sqlx::query!(
            "select plan, saves from publication_due where last_edit_at <= ? or first_edit_at <= ?
             order by first_edit_at limit ?",
            quiet_since.0,
            waiting_since.0,
            DUE_AT_ONCE_MAX
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(|row| Ok(Due { plan: super::id(row.plan, "plan")?, saves: row.saves })).collect()
    }

    /// When the newest of these changes arrived; changes of an unknown hash do not count. A change is stored after those
    /// it depends on, so for heads this is when the newest change arrived that they cover.
    ///
    /// # Errors
    /// `StoreError` if it could not be read.
    pub async fn arrived_at(
        &self,
        document: &GrantedDocument,
        heads: &[ChangeHash],
    ) -> Result<Option<UtcMillis>, StoreError> {
        let id = document.to_string();
        let mut newest = None;
        for head in heads {
            let hash = &head.0[..];
            let row = sqlx::query!("select received_at from change where document = ? and hash = ?", id, hash)
                .fetch_optional(&self.readers)
                .await?;
            newest = newest.max(row.map(|row| UtcMillis(row.received_at)));
        }
        Ok(newest)
    }

    /// One publication of the plan that was granted, the newest if no version is named.
    ///
    /// # Errors
    /// `StoreError` if it could not be read.
    pub async fn publication(&self, granted: &Granted, wanted: Option<u32>) -> Result<Option<Published>, StoreError> {
        let plan = granted.plan().as_str();
        let mut connection = self.readers.acquire().await?;
        let mut moment = connection.begin().await?;
        let row = sqlx::query!(
            "select version, published_at, hash, person, circumstances from publication
             where plan = ?1 and (?2 is null or version = ?2) order by version desc limit 1",
            plan,
            wanted
        )
        .fetch_optional(&mut *moment)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let found = Published {
            version: version(row.version, plan)?,
            published_at: UtcMillis(row.published_at),
            hash: heads::read_one(&row.hash, "publication", plan)?.0,
            person: row.person.map(|person| self::person(&person, plan)).transpose()?,
            circumstances: circumstances(row.circumstances.as_deref(), plan)?,
            sections: sections(&mut moment, plan, row.version).await?,
        };
        Ok(Some(found))
    }

    /// Publications of the plan that was granted, newest first.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn publications(&self, granted: &Granted) -> Result<Vec<Published>, StoreError> {
        let plan = granted.plan().as_str();
        let mut connection = self.readers.acquire().await?;
        let mut moment = connection.begin().await?;
        let rows = sqlx::query!(
            "select version, published_at, hash, person, circumstances from publication where plan = ?
             order by version desc limit ?",
            plan,
            PUBLICATIONS_LISTED_MAX
        )
        .fetch_all(&mut *moment)
        .await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            found.push(Published {
                version: version(row.version, plan)?,
                published_at: UtcMillis(row.published_at),
                hash: heads::read_one(&row.hash, "publication", plan)?.0,
                person: row.person.map(|person| self::person(&person, plan)).transpose()?,
                circumstances: circumstances(row.circumstances.as_deref(), plan)?,
                sections: sections(&mut moment, plan, row.version).await?,
            });
        }
        Ok(found)
    }

    /// The views that a publication of the plan that was granted has, in the order of `ViewKind::ALL`, each with the
    /// SHA-256 that its bytes were stored under.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn view_hashes(&self, granted: &Granted, version: u32) -> Result<Vec<(ViewKind, [u8; 32])>, StoreError> {
        let plan = granted.plan().as_str();
        let rows = sqlx::query!(
            "select view, bytes_sha256 from publication_view where plan = ? and version = ?",
            plan,
            version
        )
        .fetch_all(&self.readers)
        .await?;
        let damaged = || StoreError::Damaged { what: "published view", id: format!("{plan} {version}") };
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let kind = ViewKind::named(&row.view).ok_or_else(damaged)?;
            found.push((kind, heads::read_one(&row.bytes_sha256, "published view", plan)?.0));
        }
        found.sort_by_key(|(kind, _)| *kind);
        Ok(found)
    }

    /// How many changes the log of each section has, for the plan that was granted.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn log_lengths(&self, granted: &Granted) -> Result<BTreeMap<SectionId, u64>, StoreError> {
        let plan = granted.plan().as_str();
        let rows = sqlx::query!(
            r#"select section, (select max(position) + 1 from change where document = document.id) as "changes?: i64"
             from document where plan = ?"#,
            plan
        )
        .fetch_all(&self.readers)
        .await?;
        let length = |changes: Option<i64>| changes.unwrap_or_default().cast_unsigned();
        rows.into_iter().map(|row| Ok((super::id(row.section, "section")?, length(row.changes)))).collect()
    }

    /// The bytes of a view of the plan that was granted, of the newest publication if no version is named. While it is
    /// withheld where the person lives, one that was published without is there for the person and those named for them. What
    /// the person keeps from the one who was granted is left out.
    ///
    /// # Errors
    /// `StoreError::Damaged` if the bytes do not have their hash: better nothing than something else.
    pub async fn view(
        &self,
        granted: &Granted,
        kind: ViewKind,
        wanted: Option<u32>,
    ) -> Result<Option<StoredView>, StoreError> {
        let (plan, view) = (granted.plan().as_str(), kind.as_str());
        let may_know_where = granted.decision().connection.may_know_where();
        let row = sqlx::query!(
            r#"select publication_view.version as "version!", publication_view.bytes_sha256, publication_view.bytes
             from publication_view
             join plan on plan.id = publication_view.plan join person on person.nhs_number = plan.nhs_number
             join publication on publication.plan = plan.id and publication.version = publication_view.version
             where publication_view.plan = ?1 and publication_view.view = ?2
                 and publication_view.version = coalesce(?3, plan.version)
                 and (person.withheld = 0 or ?4 or json_extract(publication.person, '$.withheld'))"#,
            plan,
            view,
            wanted,
            may_know_where
        )
        .fetch_optional(&self.readers)
        .await?;
        row.map(|row| {
            let sha256: [u8; 32] = Sha256::digest(&row.bytes).into();
            if sha256[..] != row.bytes_sha256 {
                return Err(StoreError::Damaged { what: "published view", id: format!("{plan} {}", row.version) });
            }
            let version = version(row.version, plan)?;
            // Nothing leaves a part of such a document out; nobody from whom something is kept reads one, by the rules built in.
            if kind == ViewKind::Fhir && !granted.kept().is_empty() {
                return Ok(None);
            }
            if granted.kept().is_empty() {
                return Ok(Some(StoredView { version, sha256, bytes: row.bytes }));
            }
            let damaged = |_| StoreError::Damaged { what: "published view", id: format!("{plan} {version}") };
            let bytes = view::without(kind, &row.bytes, granted.kept()).map_err(damaged)?;
            Ok(Some(StoredView { version, sha256: Sha256::digest(&bytes).into(), bytes }))
        })
        .transpose()
        .map(Option::flatten)
    }
}

fn person(json: &str, plan: &str) -> Result<Person, StoreError> {
    let damaged = |_| StoreError::Damaged { what: "person of a publication", id: plan.to_owned() };
    serde_json::from_str(json).map_err(damaged)
}

fn circumstances(json: Option<&str>, plan: &str) -> Result<Circumstances, StoreError> {
    let damaged = |_| StoreError::Damaged { what: "circumstances of a publication", id: plan.to_owned() };
    json.map_or_else(|| Ok(Circumstances::default()), |json| serde_json::from_str(json).map_err(damaged))
}

async fn insert_section(
    transaction: &mut SqliteConnection,
    plan: &str,
    version: u32,
    section: &PublishedSection,
    signer: Option<i64>,
) -> Result<(), StoreError> {
    let id = section.section.as_str();
    let (heads, sign_off) = (heads::write(&section.heads), super::sign_off_text(section.sign_off));
    let signed_at = section.signed.as_ref().map(|signed| signed.at.0);
    let definition_hash = section.definition_hash.map(Vec::from);
    let checked_heads = section.checked_heads.as_deref().map(heads::write);
    let changes = section.changes.map(u64::cast_signed);
    sqlx::query!(
        "insert into publication_section
             (plan, version, section, definition, heads, since_version, since_at, sign_off, signed_by, signed_at,
              definition_hash, checked_heads, changes)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        plan,
        version,
        id,
        section.definition,
        heads,
        section.since_version,
        section.since_at.0,
        sign_off,
        signer,
        signed_at,
        definition_hash,
        checked_heads,
        changes
    )
    .execute(transaction)
    .await?;
    Ok(())
}

async fn insert_view(
    transaction: &mut SqliteConnection,
    plan: &str,
    version: u32,
    kind: ViewKind,
    bytes: &[u8],
) -> Result<(), StoreError> {
    let (view, sha256) = (kind.as_str(), Sha256::digest(bytes).to_vec());
    sqlx::query!(
        "insert into publication_view (plan, version, view, bytes_sha256, bytes) values (?, ?, ?, ?, ?)",
        plan,
        version,
        view,
        sha256,
        bytes
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Takes the mark away, or, if an edit came meanwhile, lets it count from that edit.
async fn settle(connection: &mut SqliteConnection, due: &Due) -> Result<(), StoreError> {
    let plan = due.plan.as_str();
    sqlx::query!("delete from publication_due where plan = ? and saves = ?", plan, due.saves)
        .execute(&mut *connection)
        .await?;
    sqlx::query!("update publication_due set first_edit_at = last_edit_at where plan = ?", plan)
        .execute(connection)
        .await?;
    Ok(())
}

async fn sections(
    moment: &mut SqliteConnection,
    plan: &str,
    version: i64,
) -> Result<Vec<PublishedSection>, StoreError> {
    let rows = sqlx::query!(
        r#"select part.section, part.definition, part.heads, part.since_version, part.since_at, part.sign_off,
             part.signed_at, part.definition_hash, part.checked_heads, part.changes, signer.account as "account?", signer.name as "name?", signer.role as "role?",
             signer.job_title as "job_title?", signer.organisation as "organisation?",
             signer.organisation_name as "organisation_name?", signer.registration as "registration?",
             signer.senior as "senior?: bool"
         from publication_section part left join author signer on signer.id = part.signed_by
         where part.plan = ? and part.version = ? order by part.section"#,
        plan,
        version
    )
    .fetch_all(moment)
    .await?;
    rows.into_iter()
        .map(|row| {
            let who = (row.account, row.name, row.role, row.job_title, row.organisation, row.organisation_name);
            let signed = match (who, row.signed_at) {
                ((Some(user), Some(name), Some(role), Some(job_title), Some(code), Some(organisation)), Some(at)) => {
                    let by = Subject {
                        user: super::id(user, "author")?,
                        name,
                        role: super::role(role)?,
                        job_title,
                        organisation: super::id(code, "author")?,
                        organisation_name: organisation,
                        registration: row.registration.filter(|registration| !registration.is_empty()),
                        senior: row.senior.unwrap_or_default(),
                        scope: Scope::default(),
                    };
                    Some(Signed { by, at: UtcMillis(at) })
                }
                _ => None,
            };
            let definition_hash = row.definition_hash.map(|hash| heads::read_one(&hash, "definition", plan));
            let checked_heads = row.checked_heads.map(|heads| heads::read(&heads, "publication", plan));
            Ok(PublishedSection {
                definition: self::version(row.definition, plan)?,
                definition_hash: definition_hash.transpose()?.map(|hash| hash.0),
                checked_heads: checked_heads.transpose()?,
                changes: row.changes.map(i64::cast_unsigned),
                heads: heads::read(&row.heads, "publication", plan)?,
                section: super::id(row.section, "section")?,
                since_version: self::version(row.since_version, plan)?,
                since_at: UtcMillis(row.since_at),
                sign_off: super::sign_off(row.sign_off)?,
                signed,
            })
        })
        .collect()
}

/// Most plans that the worker is given at once.
const DUE_AT_ONCE_MAX: i64 = 100;

/// Most publications listed at once.
const PUBLICATIONS_LISTED_MAX: i64 = 500;

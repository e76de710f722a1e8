//! Writing the change log: many saves in one transaction, one sync to disk.
//!
//! A group goes to SQLite's thread as one text with six arguments, however many changes it holds: a round trip between
//! threads costs more than a row. Numbers and ids travel as one JSON array a row, everything binary in four blobs that
//! the rows point into. `sqlx` checks the text like any other.

use super::{
    Store, Writer,
    audit::{self, Audit, Ready},
};
use crate::audit::{Event, action};
use coplan_core::{
    policy::{Role, Subject},
    sync::hub::{DocumentSave, NewChange, RefusedChange, Save, SaveFailure, SaveId},
};
use sqlx::Connection;
use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write,
};

impl Store {
    /// Writes all of `saves` in one transaction, and answers once it is durable.
    ///
    /// If the whole cannot be written because of one save (a change that is there already, a document that does not
    /// exist), each is tried by itself, so that only the guilty one fails.
    pub async fn save(&self, saves: Vec<Save>) -> Vec<(SaveId, Result<(), SaveFailure>)> {
        let mut writer = match self.writer().await {
            Ok(writer) => writer,
            Err(error) => return all_failed(&saves, failure(&error)),
        };
        match writer.write_group(&saves, &self.audit).await {
            Ok(()) => saves.iter().map(|save| (save.id, Ok(()))).collect(),
            Err(SaveFailure::Conflict) if saves.len() > 1 => {
                let mut answers = Vec::with_capacity(saves.len());
                for save in &saves {
                    answers.push((save.id, writer.write_group(std::slice::from_ref(save), &self.audit).await));
                }
                answers
            }
            Err(failure) => all_failed(&saves, failure),
        }
    }
}

fn all_failed(saves: &[Save], failure: SaveFailure) -> Vec<(SaveId, Result<(), SaveFailure>)> {
    saves.iter().map(|save| (save.id, Err(failure))).collect()
}

impl Writer {
    /// One transaction with all of it, or nothing.
    async fn write_group(&mut self, saves: &[Save], kept: &Audit) -> Result<(), SaveFailure> {
        let mut group = Group::new();
        for document in saves.iter().flat_map(|save| &save.documents) {
            self.add_to(&mut group, document, kept).await.map_err(|error| failure(&error))?;
        }
        let events = std::mem::take(&mut group.events);
        group.audit = audit::chained(&mut self.connection, events).await.map_err(|error| failure(&error))?;
        let sittings = std::mem::take(&mut group.sittings);
        self.in_doubt = true;
        let written = group.write(&mut self.connection).await;
        if written.is_ok() {
            self.in_doubt = false;
            metrics::counter!("coplan_store_commits_total").increment(1);
            kept.sittings_kept(sittings);
            kept.undigested(saves.iter().flat_map(|save| &save.documents).map(|document| document.document));
        } else {
            self.roll_back_what_is_in_doubt().await.map_err(|error| failure(&error))?;
        }
        written.map_err(|error| failure(&error))
    }

    async fn add_to(&mut self, group: &mut Group, document: &DocumentSave, kept: &Audit) -> Result<(), sqlx::Error> {
        let id = document.document.to_string();
        for change in &document.changes {
            let author = self.author(&change.subject).await?;
            group.add_change(&id, change, author);
            let begins = || begins_sitting(group, kept, (&id, author), change);
            if let Some(event) = kept.with_change(&change.hash).or_else(|| begins().then(|| sitting(document, change)))
            {
                group.events.push(self.ready(event).await?);
                group.sittings.insert((id.clone(), author), change.received_at.0);
            }
            group.mark_due(document.plan.as_str(), change.received_at.0);
        }
        for refused in &document.refused {
            let author = self.author(&refused.subject).await?;
            group.add_refused(&id, refused, author);
        }
        Ok(())
    }

    /// The id of an author, its row committed by itself if it is new: rows of authors are only ever added, so one too
    /// many does no harm.
    pub(super) async fn author(&mut self, subject: &Subject) -> Result<i64, sqlx::Error> {
        let key = author_key(subject);
        if let Some(id) = self.authors.get(&key) {
            return Ok(*id);
        }
        let (account, role, organisation) =
            (subject.user.as_str(), super::role_text(subject.role), subject.organisation.as_str());
        let registration = subject.registration.as_deref().unwrap_or_default();
        let mut transaction = self.connection.begin().await?;
        sqlx::query!(
            "insert into author
                 (account, name, role, job_title, organisation, organisation_name, registration, senior)
             values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
            account,
            subject.name,
            role,
            subject.job_title,
            organisation,
            subject.organisation_name,
            registration,
            subject.senior
        )
        .execute(&mut *transaction)
        .await?;
        let row = sqlx::query!(
            "select id from author where account = ? and name = ? and role = ? and job_title = ? and organisation = ?
             and organisation_name = ? and registration = ? and senior = ?",
            account,
            subject.name,
            role,
            subject.job_title,
            organisation,
            subject.organisation_name,
            registration,
            subject.senior
        )
        .fetch_one(&mut *transaction)
        .await?;
        transaction.commit().await?;
        if self.authors.len() >= AUTHORS_REMEMBERED_MAX {
            self.authors.clear();
        }
        self.authors.insert(key, row.id);
        Ok(row.id)
    }

    /// Ends a group whose end nobody saw: its save failed, or whoever waited for it went away.
    pub(super) async fn roll_back_what_is_in_doubt(&mut self) -> Result<(), sqlx::Error> {
        if !self.in_doubt {
            return Ok(());
        }
        // "No transaction is active" is the good case: SQLite has rolled back by itself, or it was committed after all.
        match sqlx::query!("rollback").execute(&mut self.connection).await {
            Ok(_) | Err(sqlx::Error::Database(_)) => self.in_doubt = false,
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// The arguments of one group's text.
struct Group {
    hashes: Vec<u8>,
    deps: Vec<u8>,
    actors: Vec<u8>,
    bytes: Vec<u8>,
    changes: String,
    refused_bytes: Vec<u8>,
    refused: Vec<serde_json::Value>,
    /// How many changes of a document the group holds so far: it may come in several saves.
    new_by_document: HashMap<String, u64>,
    /// First and last time of arrival, by plan.
    due: BTreeMap<String, (i64, i64)>,
    events: Vec<Ready>,
    /// When each sitting that has an event in the group begins, by document and author.
    sittings: HashMap<(String, i64), i64>,
    /// Rows of the audit: the events in their places.
    audit: String,
}

impl Group {
    fn new() -> Self {
        // Each blob begins with one byte that no row points to: SQLite's `substr` of an empty blob is null.
        Self {
            hashes: vec![0],
            deps: vec![0],
            actors: vec![0],
            bytes: vec![0],
            changes: String::from("["),
            refused_bytes: vec![0],
            refused: Vec::new(),
            new_by_document: HashMap::new(),
            due: BTreeMap::new(),
            events: Vec::new(),
            sittings: HashMap::new(),
            audit: String::new(),
        }
    }

    fn add_change(&mut self, document: &str, change: &NewChange, author: i64) {
        let (hash_at, _) = append(&mut self.hashes, &change.hash.0);
        let (deps_at, deps_bytes) = append(&mut self.deps, &super::heads::write(&change.deps));
        let (actor_at, actor_bytes) = append(&mut self.actors, change.actor.to_bytes());
        let (bytes_at, bytes_bytes) = append(&mut self.bytes, &change.bytes);
        let received_at = change.received_at.0;
        let comma = if self.changes.len() > 1 { "," } else { "" };
        let nth = match self.new_by_document.get_mut(document) {
            Some(count) => std::mem::replace(count, *count + 1),
            None => {
                self.new_by_document.insert(document.to_owned(), 1);
                0
            }
        };
        write!(
            self.changes,
            "{comma}[\"{document}\",{nth},{hash_at},{deps_at},{deps_bytes},{actor_at},{actor_bytes},{},{bytes_at},{bytes_bytes},{},{},{received_at},{author}]",
            integer(change.seq),
            integer(change.ops),
            change.claimed_at_s,
        )
        .expect("writing to a String does not fail");
    }

    fn mark_due(&mut self, plan: &str, at: i64) {
        match self.due.get_mut(plan) {
            Some(due) => *due = (due.0.min(at), due.1.max(at)),
            None => drop(self.due.insert(plan.to_owned(), (at, at))),
        }
    }

    fn add_refused(&mut self, document: &str, refused: &RefusedChange, author: i64) {
        let (bytes_at, bytes_bytes) = append(&mut self.refused_bytes, &refused.bytes);
        self.refused.push(serde_json::json!([
            document,
            hex::encode(refused.hash.0),
            refused.code,
            // A NUL would end the text inside SQLite.
            refused.reason.replace('\0', "\u{fffd}"),
            refused.text.replace('\0', "\u{fffd}"),
            bytes_at,
            bytes_bytes,
            refused.received_at.0,
            author,
        ]));
    }

    async fn write(mut self, connection: &mut sqlx::SqliteConnection) -> Result<(), sqlx::Error> {
        self.changes.push(']');
        let refused = serde_json::Value::Array(self.refused).to_string();
        let due: Vec<_> = self.due.into_iter().map(|(plan, (first, last))| (plan, first, last)).collect();
        let due = serde_json::json!(due).to_string();
        sqlx::query!(
            "begin immediate;
             insert into change
                 (document, position, hash, deps, actor, seq, bytes, ops, claimed_at_s, received_at, author)
             select r.value ->> 0,
                 (select coalesce(max(c.position) + 1, 0) from change c where c.document = r.value ->> 0)
                     + (r.value ->> 1),
                 substr(?, r.value ->> 2, 32),
                 substr(?, r.value ->> 3, r.value ->> 4),
                 substr(?, r.value ->> 5, r.value ->> 6),
                 r.value ->> 7,
                 substr(?, r.value ->> 8, r.value ->> 9),
                 r.value ->> 10, r.value ->> 11, r.value ->> 12, r.value ->> 13
             from json_each(?) r;
             insert into quarantine (document, hash, code, reason, text, bytes, received_at, author)
             select r.value ->> 0, unhex(r.value ->> 1), r.value ->> 2, r.value ->> 3, r.value ->> 4,
                 substr(?, r.value ->> 5, r.value ->> 6), r.value ->> 7, r.value ->> 8
             from json_each(?) r where true
             on conflict (document, hash) do nothing;
             insert into publication_due (plan, first_edit_at, last_edit_at)
             select r.value ->> 0, r.value ->> 1, r.value ->> 2 from json_each(?) r where true
             on conflict (plan) do update
                 set last_edit_at = max(last_edit_at, excluded.last_edit_at), saves = saves + 1;
             insert into audit (seq, at, author, via, assurance, session, action, plan, resource, outcome, rules,
                 connection, reason, job, version, sha256, hash)
             select r.value ->> 0, r.value ->> 1, r.value ->> 2, r.value ->> 3, r.value ->> 4, r.value ->> 5,
                 r.value ->> 6, r.value ->> 7, r.value ->> 8, r.value ->> 9, r.value ->> 10, r.value ->> 11,
                 r.value ->> 12, r.value ->> 13, r.value ->> 14, unhex(r.value ->> 15), unhex(r.value ->> 16)
             from json_each(?) r;
             commit",
            self.hashes,
            self.deps,
            self.actors,
            self.bytes,
            self.changes,
            self.refused_bytes,
            refused,
            due,
            self.audit,
        )
        .execute(connection)
        .await?;
        Ok(())
    }
}

/// Whether a change is the first that its author makes in the document for a while.
fn begins_sitting(group: &Group, kept: &Audit, (document, author): (&str, i64), change: &NewChange) -> bool {
    // What the service itself adds to a document belongs to a definition, and is nobody's sitting.
    let at = change.received_at.0;
    let in_group = group.sittings.get(&(document.to_owned(), author));
    in_group.map_or_else(|| kept.begins_sitting(document, author, at), |last| audit::is_over(*last, at))
        && change.subject.role != Role::System
}

fn sitting(document: &DocumentSave, change: &NewChange) -> Event {
    let event = Event::of(Some(&change.subject), action::CHANGE, change.received_at).of_plan(&document.plan);
    Event { resource: Some(format!("section:{}", document.section)), ..event }
}

/// What tells one author from another, in one string; no part can hold the separator's place in two ways.
fn author_key(subject: &Subject) -> String {
    let Subject { user, name, role, job_title, organisation, organisation_name, registration, senior, scope: _ } =
        subject;
    let registration = registration.as_deref().unwrap_or_default();
    format!(
        "{user}\0{role:?}\0{organisation}\0{senior}\0{}\0{}\0{}\0{name}\0{job_title}\0{registration}\0{organisation_name}",
        name.len(),
        job_title.len(),
        registration.len()
    )
}

/// Appends, and says where: SQLite counts from 1.
fn append(blob: &mut Vec<u8>, bytes: &[u8]) -> (usize, usize) {
    let at = blob.len() + 1;
    blob.extend_from_slice(bytes);
    (at, bytes.len())
}

fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn failure(error: &sqlx::Error) -> SaveFailure {
    if super::broke_a_constraint(error) {
        tracing::info!("a save met a row that was there before, or none where one was expected");
        return SaveFailure::Conflict;
    }
    tracing::error!(%error, "a save failed");
    SaveFailure::Unavailable
}

/// How many authors' ids are kept in memory.
const AUTHORS_REMEMBERED_MAX: usize = 10_000;

//! Writing the audit: events take their places in the chain under the one writer, in the transaction of what they allowed or,
//! for reads, many in one transaction of their own.
//!
//! Every function here that writes takes `audit::commit` in place of a bare commit, with the event that `Writer::event`
//! made ready.

use super::{Store, StoreError, Writer};
use crate::{
    audit::{
        Circumstances, Event,
        chain::{self, Row, RowAuthor},
        trail,
    },
    clock::Clock,
};
use automerge::ChangeHash;
use coplan_core::{policy::Subject, sync::DocumentId};
use sqlx::{Connection, SqliteConnection};
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;

/// An event that is ready for its place in the chain: its author has a row.
#[derive(Debug, Clone)]
pub(super) struct Ready {
    author: Option<i64>,
    row: Row,
}

impl Ready {
    /// Says which version the event is about, and what its bytes have for a hash.
    pub(super) fn is_of(&mut self, version: i64, sha256: Option<[u8; 32]>) {
        self.row.version = Some(version);
        self.row.sha256 = sha256.map(hex::encode);
    }

    /// Says what it is about.
    pub(super) fn about(mut self, resource: String) -> Self {
        self.row.resource = Some(text(&resource));
        self
    }

    /// Says which plan it is about.
    pub(super) fn of_plan(mut self, plan: Option<&str>) -> Self {
        self.row.plan = plan.map(text);
        self
    }

    /// Says in which session it happened.
    pub(super) fn under(mut self, circumstances: Circumstances) -> Self {
        self.row.session = Some(circumstances.session);
        self.row.via = Some(circumstances.via.to_owned());
        self
    }

    /// Says why, in the words of whoever did it.
    pub(super) fn because(mut self, reason: &str) -> Self {
        self.row.reason = Some(text(reason));
        self
    }
}

/// Events that wait for the next transaction, and those that wait for a change. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Audit(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    waiting: Vec<(Event, oneshot::Sender<Result<(), StoreError>>)>,
    flushing: bool,
    /// To be kept with the change of this hash, in the transaction that stores it.
    with_change: HashMap<ChangeHash, Event>,
    /// When somebody's sitting at a document was last kept, by document and author.
    sittings: HashMap<(String, i64), i64>,
    /// Documents with rows that are not digested.
    undigested: BTreeSet<DocumentId>,
}

impl Audit {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be kept with a change.
    pub(super) fn with_change(&self, change: &ChangeHash) -> Option<Event> {
        self.state().with_change.get(change).cloned()
    }

    /// Whether somebody's changes to a document need an event: they have not made one for a while.
    pub(super) fn begins_sitting(&self, document: &str, author: i64, at: i64) -> bool {
        let state = self.state();
        let last = state.sittings.get(&(document.to_owned(), author));
        last.is_none_or(|last| is_over(*last, at))
    }

    pub(super) fn sittings_kept(&self, sittings: HashMap<(String, i64), i64>) {
        let mut state = self.state();
        if state.sittings.len() >= SITTINGS_MAX {
            state.sittings.clear();
        }
        state.sittings.extend(sittings);
    }

    pub(super) fn undigested(&self, documents: impl IntoIterator<Item = DocumentId>) {
        self.state().undigested.extend(documents);
    }

    pub(super) fn take_undigested(&self) -> BTreeSet<DocumentId> {
        std::mem::take(&mut self.state().undigested)
    }
}

impl Store {
    /// Keeps an event, and returns once it is durable. Those that come while another is being written share the next
    /// transaction, and so one sync to disk.
    ///
    /// # Errors
    /// `StoreError` if it was not kept: then what it is about must not be shown.
    pub async fn record(&self, event: Event) -> Result<(), StoreError> {
        let (end, ended) = oneshot::channel();
        let flush = {
            let mut state = self.audit.state();
            if state.waiting.len() >= WAITING_MAX {
                return Err(StoreError::Unavailable(sqlx::Error::PoolTimedOut));
            }
            state.waiting.push((event, end));
            !std::mem::replace(&mut state.flushing, true)
        };
        if flush {
            // A task of its own: whoever waits may go away, and the others still wait.
            tokio::spawn(flush_waiting(self.clone()));
        }
        ended.await.unwrap_or(Err(StoreError::Unavailable(sqlx::Error::WorkerCrashed)))
    }

    /// Lets an event go into the transaction that stores a change, for as long as what comes back is held.
    #[must_use]
    pub(crate) fn record_with_change(&self, change: ChangeHash, event: Event) -> WithChange {
        self.audit.state().with_change.insert(change, event);
        WithChange { audit: self.audit.clone(), change }
    }
}

/// An event that waits for its change.
pub(crate) struct WithChange {
    audit: Audit,
    change: ChangeHash,
}

impl Drop for WithChange {
    fn drop(&mut self) {
        self.audit.state().with_change.remove(&self.change);
    }
}

/// Whether a sitting that was kept at `last` is over.
pub(super) fn is_over(last: i64, at: i64) -> bool {
    at - last >= SITTING_MS || at < last
}

async fn flush_waiting(store: Store) {
    let mut writer = store.writer.lock().await;
    let waiting = {
        let mut state = store.audit.state();
        state.flushing = false;
        std::mem::take(&mut state.waiting)
    };
    let events: Vec<Event> = waiting.iter().map(|(event, _)| event.clone()).collect();
    let written = writer.keep(events).await;
    drop(writer);
    if let Err(error) = &written {
        tracing::error!(%error, events = waiting.len(), "the audit was not written");
    }
    metrics::counter!("coplan_audit_transactions_total").increment(1);
    metrics::counter!("coplan_audit_events_total").increment(waiting.len() as u64);
    for (_, end) in waiting {
        let _ = end.send(written.as_ref().map_err(|_| StoreError::Unavailable(sqlx::Error::WorkerCrashed)).copied());
    }
}

impl Writer {
    /// Keeps events in a transaction of their own.
    async fn keep(&mut self, events: Vec<Event>) -> Result<(), sqlx::Error> {
        self.roll_back_what_is_in_doubt().await?;
        let mut ready = Vec::with_capacity(events.len());
        for event in events {
            ready.push(self.ready(event).await?);
        }
        // A command beside the service may be adding to the chain: its end is read once nobody else can move it.
        let mut transaction = self.connection.begin_with("begin immediate").await?;
        append(&mut transaction, ready).await?;
        transaction.commit().await
    }

    /// An event made ready for the transaction of what it allowed; none if the request that is being answered has left its
    /// event already.
    pub(super) async fn event(&mut self, event: Event) -> Result<Option<Ready>, sqlx::Error> {
        match trail::to_keep(event) {
            Some(event) => self.ready(event).await.map(Some),
            None => Ok(None),
        }
    }

    /// The event that the request has noted, made ready for the transaction of what it allowed; none if there is no request,
    /// or it has left its event already.
    pub(super) async fn noted(&mut self) -> Result<Option<Ready>, sqlx::Error> {
        match trail::noted() {
            Some(event) => self.ready(event).await.map(Some),
            None => Ok(None),
        }
    }

    /// An event of something that is done on the service's own machine, whatever request there is: by the service itself.
    pub(super) async fn own(&mut self, action: &'static str, resource: Option<String>) -> Result<Ready, sqlx::Error> {
        self.ready(Event { resource, ..Event::of(Some(&Subject::system()), action, Clock.now()) }).await
    }

    pub(super) async fn ready(&mut self, event: Event) -> Result<Ready, sqlx::Error> {
        let author = match &event.by {
            Some(subject) => Some(self.author(subject).await?),
            None => None,
        };
        Ok(Ready { author, row: row(event) })
    }
}

/// Ends a transaction with the event of what it allowed.
pub(super) async fn commit(
    mut transaction: sqlx::Transaction<'_, sqlx::Sqlite>,
    event: Option<Ready>,
) -> Result<(), sqlx::Error> {
    let Some(event) = event else { return transaction.commit().await };
    append(&mut transaction, vec![event]).await?;
    transaction.commit().await?;
    trail::kept();
    Ok(())
}

/// Ends a transaction with an event beside that of the request, if there is one.
pub(super) async fn commit_beside(
    mut transaction: sqlx::Transaction<'_, sqlx::Sqlite>,
    event: Ready,
) -> Result<(), sqlx::Error> {
    append(&mut transaction, vec![event]).await?;
    transaction.commit().await
}

/// Gives events their places at the end of the chain. In a transaction of the one writer.
pub(super) async fn append(transaction: &mut SqliteConnection, events: Vec<Ready>) -> Result<(), sqlx::Error> {
    let rows = chained(transaction, events).await?;
    sqlx::query!(
        "insert into audit (seq, at, author, via, assurance, session, action, plan, resource, outcome, rules, connection,
             reason, job, version, sha256, hash)
         select r.value ->> 0, r.value ->> 1, r.value ->> 2, r.value ->> 3, r.value ->> 4, r.value ->> 5, r.value ->> 6,
             r.value ->> 7, r.value ->> 8, r.value ->> 9, r.value ->> 10, r.value ->> 11, r.value ->> 12,
             r.value ->> 13, r.value ->> 14, unhex(r.value ->> 15), unhex(r.value ->> 16)
         from json_each(?) r",
        rows
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// The rows of events at the end of the chain as it stands, as the text that `append` and `changes` insert.
pub(super) async fn chained(connection: &mut SqliteConnection, events: Vec<Ready>) -> Result<String, sqlx::Error> {
    if events.is_empty() {
        return Ok("[]".to_owned());
    }
    let newest =
        sqlx::query!("select seq, hash from audit order by seq desc limit 1").fetch_optional(connection).await?;
    let (mut seq, mut hash) = (0, chain::BEGINNING);
    if let Some(newest) = newest {
        seq = newest.seq;
        hash = newest.hash.try_into().map_err(|_| sqlx::Error::RowNotFound)?;
    }
    let mut rows = Vec::with_capacity(events.len());
    for Ready { author, mut row } in events {
        seq += 1;
        row.seq = seq;
        hash = row.hash(&hash);
        let who = [row.via.into(), row.assurance.into(), row.session.into(), row.action.into()];
        let what = [row.plan, row.resource, Some(row.outcome), Some(row.rules), row.connection, row.reason, row.job];
        let mut columns: Vec<serde_json::Value> = vec![seq.into(), row.at.into(), author.into()];
        columns.extend(who);
        columns.extend(what.into_iter().map(serde_json::Value::from));
        columns.extend([row.version.into(), row.sha256.into(), hex::encode(hash).into()]);
        rows.push(serde_json::Value::Array(columns));
    }
    Ok(serde_json::Value::Array(rows).to_string())
}

fn row(event: Event) -> Row {
    let scope = event.by.as_ref().map(|by| &by.scope);
    let at_work = event.circumstances;
    Row {
        seq: 0,
        at: event.at.0,
        author: event.by.as_ref().map(author),
        via: at_work.map(|circumstances| circumstances.via.to_owned()),
        assurance: at_work.and(scope).map(|scope| super::sessions::assurance_number(scope.assurance)),
        session: at_work.map(|circumstances| circumstances.session),
        job: scope.and_then(|scope| scope.job.as_deref()).map(text),
        action: event.action.into_owned(),
        plan: event.plan.map(|plan| text(plan.as_str())),
        resource: event.resource.as_deref().map(text),
        outcome: event.outcome.as_str().to_owned(),
        rules: event.rules,
        connection: event.connection.map(str::to_owned),
        reason: event.reason.as_deref().map(text),
        version: event.version,
        sha256: event.sha256.map(hex::encode),
    }
}

fn author(subject: &Subject) -> RowAuthor {
    RowAuthor(
        subject.user.to_string(),
        subject.name.clone(),
        super::role_text(subject.role),
        subject.job_title.clone(),
        subject.organisation.to_string(),
        subject.organisation_name.clone(),
        subject.registration.clone().unwrap_or_default(),
        subject.senior,
    )
}

/// Text of a bounded length; a NUL would end it inside SQLite.
fn text(text: &str) -> String {
    text.chars().take(TEXT_CHARS_MAX).map(|c| if c == '\0' { '\u{fffd}' } else { c }).collect()
}

/// After so long somebody's changes to a document leave another event, in milliseconds.
const SITTING_MS: i64 = 10 * 60 * 1_000;

/// Sittings that are remembered; forgetting one costs an event.
const SITTINGS_MAX: usize = 50_000;

/// Events that may wait for a transaction.
const WAITING_MAX: usize = 20_000;

/// Characters of a reason, a job, or whatever else an event takes over.
const TEXT_CHARS_MAX: usize = 500;

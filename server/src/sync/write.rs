//! Changes that the service makes on behalf of a signed-in subject, made here and stored by the hub like everybody's.

use super::runner::HubHandle;
use crate::{
    audit::{Event, Outcome, action, trail},
    problem::Problem,
    store::StoreError,
};
use automerge::{ActorId, Automerge, ChangeHash};
use axum::http::StatusCode;
use bytes::Bytes;
use coplan_core::{
    content,
    policy::{Action, Granted, Subject},
    sync::{
        DocumentId,
        hub::{StoredDocument, WriteFailure, writing_actor},
    },
};
use std::{sync::Arc, time::Duration};
use tokio::sync::Mutex;

/// How often a change is made again because somebody else was first.
const ATTEMPTS_MAX: u32 = 5;
/// How long the hub may take to store one, in all attempts together.
const WRITE_WITHIN: Duration = Duration::from_secs(15);
/// Writes to different documents that go on at the same time; two to the same document take turns.
const TURNS: usize = 64;

/// A change that was made and is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written<T> {
    /// The change.
    pub change: ChangeHash,
    /// What the closure that made it gave back.
    pub made: T,
}

/// Why no change was made. `E` is what the closure says.
#[derive(Debug, thiserror::Error)]
pub enum WriteError<E> {
    /// The closure made none, and said why.
    #[error("{0}")]
    NotMade(E),
    /// The guard does not allow the change, or the subject has no right to make it.
    #[error("refused: {reason}")]
    Refused {
        /// The reason's stable name: `text-length`.
        code: &'static str,
        /// The reason as a sentence, without content of the plan.
        reason: String,
    },
    /// Somebody else was first, each time.
    #[error("others kept changing the section")]
    Raced,
    /// The store did not answer in time. The change may have been stored all the same.
    #[error("the section cannot be written now")]
    Unavailable,
    /// The service is stopping.
    #[error("the service is stopping")]
    Stopping,
    /// There is no such document.
    #[error("there is no such document")]
    NoDocument,
    /// What is stored of the document cannot be used.
    #[error("what is stored of the document cannot be used")]
    Damaged,
    /// The closure made another number of changes than one.
    #[error("a write makes one change, not {0}")]
    Changes(usize),
}

impl<E: Into<Problem>> From<WriteError<E>> for Problem {
    fn from(error: WriteError<E>) -> Self {
        let unavailable = "the section cannot be written at the moment; try again";
        match error {
            WriteError::NotMade(why) => why.into(),
            WriteError::Refused { code: "not-allowed", reason } => {
                Self::new(StatusCode::FORBIDDEN, "not-allowed", "Not allowed", reason)
            }
            WriteError::Refused { code, reason } => Self::unprocessable(code, "Refused", reason),
            WriteError::NoDocument => Self::not_found(),
            WriteError::Raced | WriteError::Unavailable | WriteError::Stopping => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Unavailable", unavailable)
            }
            WriteError::Damaged | WriteError::Changes(_) => {
                tracing::error!(code = "write", "a document could not be written because of a mistake of our own");
                let detail = "the server met a mistake of its own; nothing was changed";
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error", detail)
            }
        }
    }
}

/// Who is writing which document: one at a time, so that whoever makes a change sees those before it.
#[derive(Debug, Clone)]
pub(super) struct Turns(Arc<[Mutex<()>; TURNS]>);

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(std::array::from_fn(|_| Mutex::default())))
    }
}

impl Turns {
    fn of(&self, document: &DocumentId) -> &Mutex<()> {
        let sum =
            document.to_string().bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        &self.0[sum % TURNS]
    }
}

impl HubHandle {
    /// Makes one change to a document on behalf of a subject, and returns once it is durable and on its way to everybody
    /// who has the document open.
    ///
    /// `make` gets the document as it is stored, by the actor to use, and makes exactly one change (`content::edit::apply`
    /// does; so does one transaction). It is called again, on a fresh document, if somebody else was first; so it decides
    /// from the document it is given, and changes nothing else. To make no change, because it is there already or must not
    /// be made, it returns an error, which comes back as `WriteError::NotMade`.
    ///
    /// `granted` is for `Action::Write` of the document's section, or for `Action::Decide` where it is one of decisions.
    /// In an ordinary section the change passes the guard: what the definition does not allow is refused. In one of
    /// decisions nobody checks what it holds, but nothing else is stored between what `make` saw and what it made.
    ///
    /// ```ignore
    /// let granted = policy::decide(&who.subject, Action::Write, Resource { plan: &plan, section: Some(&section) })?;
    /// let time_s = state.clock.now().0 / 1_000;
    /// let make = |document: &mut Automerge| content::edit::apply(document, &section, &edit, time_s);
    /// let written = state.hub.write(document, &who.subject, &granted, make).await?;
    /// ```
    ///
    /// # Errors
    /// `WriteError`. Nothing was stored, but for `Unavailable`, where that is not known: whoever asks again does so in a way
    /// that `make` recognises.
    pub async fn write<T, E>(
        &self,
        document: DocumentId,
        subject: &Subject,
        granted: &Granted,
        make: impl Fn(&mut Automerge) -> Result<T, E>,
    ) -> Result<Written<T>, WriteError<E>> {
        let turn = self.turns().of(&document).lock();
        let attempts = async {
            let _turn = turn.await;
            self.attempts(document, subject, granted, make).await
        };
        tokio::time::timeout(WRITE_WITHIN, attempts).await.unwrap_or(Err(WriteError::Unavailable))
    }

    async fn attempts<T, E>(
        &self,
        document: DocumentId,
        subject: &Subject,
        granted: &Granted,
        make: impl Fn(&mut Automerge) -> Result<T, E>,
    ) -> Result<Written<T>, WriteError<E>> {
        let shared = Arc::new(subject.clone());
        for _ in 0..ATTEMPTS_MAX {
            let mut copy = self.copy(document, granted, writing_actor(&document, &subject.user)).await?;
            let (chunk, hash, made) = one_change(&mut copy, &make)?;
            let mut event = Event::decided(granted.decision(), Outcome::Allowed);
            if granted.action() == Action::Write {
                event.action = action::CHANGE.into();
            }
            let _with_change = trail::to_keep(event).map(|event| self.store().record_with_change(hash, event));
            match self.submit(document, shared.clone(), granted.clone(), chunk).await {
                Some(Ok(change)) => {
                    trail::kept();
                    return Ok(Written { change, made });
                }
                Some(Err(WriteFailure::Raced)) => metrics::counter!("coplan_sync_writes_raced_total").increment(1),
                Some(Err(WriteFailure::Refused { code, reason })) => return Err(WriteError::Refused { code, reason }),
                Some(Err(WriteFailure::Unavailable)) => return Err(WriteError::Unavailable),
                Some(Err(WriteFailure::NoDocument)) => return Err(WriteError::NoDocument),
                None => return Err(WriteError::Stopping),
            }
        }
        Err(WriteError::Raced)
    }

    /// The document as it is stored, for this actor to change.
    async fn copy<E>(
        &self,
        document: DocumentId,
        granted: &Granted,
        actor: ActorId,
    ) -> Result<Automerge, WriteError<E>> {
        let mut stored = self.stored(document).await?;
        // Before `make` sees any of it. The hub asks for the action, and who it is for.
        if granted.plan() != &stored.plan || granted.section() != Some(&stored.section) {
            return Err(WriteError::NoDocument);
        }
        if self.is_outdated(&stored) {
            match self.bring_up_to_date(document).await {
                Some(Ok(_) | Err(WriteFailure::Raced)) => stored = self.stored(document).await?,
                Some(Err(_)) => return Err(WriteError::Unavailable),
                None => return Err(WriteError::Stopping),
            }
        }
        let loaded = tokio::task::spawn_blocking(move || content::load_document(&bytes_of(&stored))).await;
        let copy = loaded.ok().and_then(Result::ok).ok_or(WriteError::Damaged)?;
        Ok(copy.with_actor(actor))
    }

    async fn stored<E>(&self, document: DocumentId) -> Result<StoredDocument, WriteError<E>> {
        match self.store().load_document(&document).await {
            Ok(stored) => stored.ok_or(WriteError::NoDocument),
            Err(StoreError::Unavailable(_)) => Err(WriteError::Unavailable),
            Err(StoreError::Damaged { .. }) => Err(WriteError::Damaged),
        }
    }

    /// Whether the document was made by an older version of its section's definition, and not brought up to date.
    fn is_outdated(&self, stored: &StoredDocument) -> bool {
        let actors = stored.actors.iter().map(|(actor, _)| actor);
        self.current_sections().section(&stored.section).is_some_and(|section| !content::is_up_to_date(actors, section))
    }
}

fn bytes_of(stored: &StoredDocument) -> Vec<u8> {
    let snapshot = stored.snapshot.iter().map(|snapshot| &snapshot.bytes);
    snapshot.chain(stored.changes.iter().map(|change| &change.bytes)).flatten().copied().collect()
}

/// Lets `make` make its change, and gives it as it goes to the hub.
fn one_change<T, E>(
    document: &mut Automerge,
    make: impl Fn(&mut Automerge) -> Result<T, E>,
) -> Result<(Bytes, ChangeHash, T), WriteError<E>> {
    let before = document.get_heads();
    let made = make(document).map_err(WriteError::NotMade)?;
    match &document.get_changes(&before)[..] {
        [change] => Ok((Bytes::copy_from_slice(change.raw_bytes()), change.hash(), made)),
        changes => Err(WriteError::Changes(changes.len())),
    }
}

//! Everything that can happen to a hub is an `Input`; everything it can ask for is an `Output`.

use crate::{
    id::{PlanId, SectionId, UserId},
    policy::{Decision, Granted, PlanFacts, Subject},
    section::Sections,
    sync::{DocumentId, guard::Refusal},
    time::UtcMillis,
};
use automerge::{ActorId, ChangeHash};
use bytes::Bytes;
use std::sync::Arc;

/// One open connection, numbered by whoever runs the hub; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// One write to the store, numbered by the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SaveId(pub u64);

/// One change that the service makes for somebody, numbered by whoever runs the hub; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WriteId(pub u64);

/// Everything that can happen to a hub.
#[derive(Debug)]
pub enum Input {
    /// A socket was accepted for this signed-in subject.
    Connected(ConnectionId, Subject),
    /// A binary WebSocket message arrived.
    Frame(ConnectionId, Bytes),
    /// The socket is gone, or the subject's session has ended.
    Disconnected(ConnectionId),
    /// The store's answer to `Output::Load`; `Ok(None)` if there is no such document.
    Loaded(DocumentId, Result<Option<StoredDocument>, StoreFailure>),
    /// The store's answer to `Output::Save`: all of it was committed, or none.
    Saved(SaveId, Result<(), SaveFailure>),
    /// The service has made a change on behalf of a signed-in subject; `Output::Written` answers it.
    Write(Box<Write>),
    /// The service is about to make a change: answer with `WriteFailure::Raced` as soon as the document has a place for
    /// everything that its section's definition has.
    Upgrade(WriteId, DocumentId),
    /// These definitions hold from now on, for open documents too.
    Sections(Arc<Sections>),
    /// This is so of a plan from now on: whoever loses a right by it loses it now.
    Facts(Arc<PlanFacts>),
    /// Who may see what has changed.
    AccessChanged {
        /// The number of the change; they count up.
        newest: i64,
        /// The plan that it is about; any plan if not said.
        plan: Option<PlanId>,
    },
    /// No more inputs are waiting: admit what has gathered, as one batch.
    Settle,
    /// Time has passed; give it at least every `TICK_MS`.
    Tick,
}

/// Everything a hub can ask for.
#[derive(Debug)]
pub enum Output {
    /// Whether a connection may open a document was decided: yes or no. Nothing of a document that it may open is to be sent
    /// before this is kept.
    Decided(ConnectionId, Box<Decision>, bool),
    /// Send this binary message.
    Send(ConnectionId, Bytes),
    /// Close the socket, and say why in the log.
    Close(ConnectionId, CloseReason),
    /// Read this document from the store, and answer with `Input::Loaded`.
    Load(DocumentId),
    /// Write this in one transaction, and answer with `Input::Saved` once it is durable.
    Save(Save),
    /// Read what is so of this plan, not from before the last `Input::AccessChanged`, and answer with `Input::Facts`.
    Facts(PlanId),
    /// The answer to `Input::Write`: the change is durable, or why not.
    Written(WriteId, Result<ChangeHash, WriteFailure>),
    /// Off the hot path: make a snapshot of these changes, check that it loads, and store it. No answer.
    Snapshot(SnapshotRequest),
    /// What is stored of this document does not load, or has no definition: tell whoever looks after the service.
    Unusable(DocumentId),
}

/// What the store holds of one document.
#[derive(Debug, Clone)]
pub struct StoredDocument {
    /// The plan it belongs to.
    pub plan: PlanId,
    /// What the rules ask about the plan.
    pub facts: Arc<PlanFacts>,
    /// The section it is.
    pub section: SectionId,
    /// The newest snapshot that covers a prefix of the change log, if there is one.
    pub snapshot: Option<StoredSnapshot>,
    /// The changes after the snapshot, in the order they were stored; all of them if there is none.
    pub changes: Vec<StoredChange>,
    /// Which user each actor of the document belongs to; for all changes, not only those after the snapshot.
    pub actors: Vec<(ActorId, UserId)>,
    /// Hashes that stand in quarantine for this document.
    pub refused: Vec<ChangeHash>,
}

/// A saved Automerge document that covers the first `changes` rows of the change log.
#[derive(Debug, Clone)]
pub struct StoredSnapshot {
    /// `Automerge::save()` output.
    pub bytes: Bytes,
    /// The heads it was saved at, sorted.
    pub heads: Vec<ChangeHash>,
    /// How many changes it covers.
    pub changes: u64,
}

/// One row of the change log.
#[derive(Debug, Clone)]
pub struct StoredChange {
    /// Its hash.
    pub hash: ChangeHash,
    /// Hashes of the changes it depends on.
    pub deps: Vec<ChangeHash>,
    /// The change chunk, uncompressed, byte for byte as it was admitted.
    pub bytes: Bytes,
}

/// A change that the service made on behalf of a signed-in subject.
#[derive(Debug)]
pub struct Write {
    /// To answer with.
    pub id: WriteId,
    /// The document it is for.
    pub document: DocumentId,
    /// On whose behalf; the author.
    pub subject: Arc<Subject>,
    /// Their right to it: to write the section, or to decide where it is one of decisions.
    pub granted: Granted,
    /// One change chunk, by the actor that `writing_actor` names.
    pub chunk: Bytes,
}

/// Why a change that the service made was not stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteFailure {
    /// The guard does not allow it, or the subject has no right to it. Trying again does not help.
    #[error("refused: {reason}")]
    Refused {
        /// The reason's stable name: `text-length`.
        code: &'static str,
        /// The reason as a sentence, without content of the plan.
        reason: String,
    },
    /// Somebody else was first: make the change again on what is there now.
    #[error("somebody else was first")]
    Raced,
    /// The store did not answer, or too much waits. If the store failed while it was written, it may have been stored.
    #[error("the document cannot be written now")]
    Unavailable,
    /// There is no such document.
    #[error("there is no such document")]
    NoDocument,
}

/// Why a load failed; the documents' peers are told `doc-unavailable` and may ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreFailure;

/// Why a save failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaveFailure {
    /// The store could not be reached or is full: nothing was written, try again later.
    Unavailable,
    /// Another writer was first with a change, or an actor's sequence number: read the document again.
    Conflict,
}

/// Changes and refusals of any number of documents, to be written in one transaction.
#[derive(Debug, Clone)]
pub struct Save {
    /// To answer with.
    pub id: SaveId,
    /// What to write, a document at a time.
    pub documents: Vec<DocumentSave>,
}

/// What to write of one document.
#[derive(Debug, Clone)]
pub struct DocumentSave {
    /// The document.
    pub document: DocumentId,
    /// Its plan, to be marked due for publication if `changes` is not empty.
    pub plan: PlanId,
    /// Its section.
    pub section: SectionId,
    /// Admitted changes, in causal order.
    pub changes: Vec<NewChange>,
    /// Refused changes, for quarantine.
    pub refused: Vec<RefusedChange>,
}

/// An admitted change with its verified origin.
#[derive(Debug, Clone)]
pub struct NewChange {
    /// SHA-256 of the chunk.
    pub hash: ChangeHash,
    /// Hashes of the changes it depends on.
    pub deps: Vec<ChangeHash>,
    /// Who made it according to the change: random, bound to `subject` at first sight.
    pub actor: ActorId,
    /// The actor's sequence number, from 1.
    pub seq: u64,
    /// The chunk, uncompressed and canonical.
    pub bytes: Bytes,
    /// How many operations it holds.
    pub ops: u64,
    /// The device's clock, in seconds since 1970; a claim, not a fact.
    pub claimed_at_s: i64,
    /// When it arrived here.
    pub received_at: UtcMillis,
    /// Who delivered it, as the session says.
    pub subject: Subject,
}

/// A change that was not admitted, kept so that nothing that somebody typed is lost.
#[derive(Debug, Clone)]
pub struct RefusedChange {
    /// SHA-256 of the chunk as it claims; of all the bytes if no chunk could be read.
    pub hash: ChangeHash,
    /// The reason's stable name: `op-count`.
    pub code: &'static str,
    /// The reason as a sentence, without content of the plan.
    pub reason: String,
    /// What arrived, at most `QUARANTINE_BYTES_MAX`.
    pub bytes: Bytes,
    /// The text that the change would have written, where it could be read, at most `QUARANTINE_TEXT_CHARS_MAX`.
    pub text: String,
    /// When it arrived.
    pub received_at: UtcMillis,
    /// Who delivered it.
    pub subject: Subject,
}

/// A document to be compacted: an `Automerge` at known heads, and how many changes that is.
#[derive(Debug)]
pub struct SnapshotRequest {
    /// The document.
    pub document: DocumentId,
    /// Its state; cheap to clone, so this is a copy of its own.
    pub state: Box<automerge::Automerge>,
    /// How many rows of the change log it covers.
    pub changes: u64,
}

/// Why the hub closes a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// The first message was not a valid `join`.
    NoHandshake,
    /// A frame was not the protocol's.
    Protocol,
    /// A sync message was one that the guard refuses.
    Message(Refusal),
    /// More than a limit allows.
    Limit,
    /// What its client had sent was not let in, and would be now: a client sends it again on a new connection only.
    RightRegained,
    /// The same user opened another connection under the same peer id.
    Replaced,
    /// A change made automerge panic on trial.
    Hostile,
    /// The server is stopping.
    Stopping,
}

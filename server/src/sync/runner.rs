//! The task that owns the hub, and the task that writes.

use super::{
    access_changes,
    gather::Gather,
    outbox::{self, Inbox, Outbox},
    sessions::OpenSessions,
    snapshot,
    write::Turns,
};
use crate::{
    audit::{Circumstances, Event, Outcome},
    clock::Clock,
    definitions::CurrentSections,
    store::{SessionId, Store},
};
use automerge::ChangeHash;
use bytes::Bytes;
use coplan_core::{
    id::PlanId,
    policy::{Decision, Granted, Policies, Subject},
    section::Sections,
    sync::{
        DocumentId,
        hub::{
            ConnectionId, Hub, Input, Names, Output, Save, StoreFailure, Write, WriteFailure, WriteId, limits::TICK_MS,
        },
    },
};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Semaphore, mpsc, oneshot},
    time::MissedTickBehavior,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Inputs that may wait for the hub; sockets wait when it is full.
const INPUTS_MAX: usize = 4_096;
/// Inputs taken before the hub settles them as one batch.
const INPUTS_AT_ONCE: usize = 1_024;
/// Saves taken for one commit.
const SAVES_AT_ONCE: usize = 256;
/// Documents that may be read from the store at the same time.
const LOADS_AT_ONCE: usize = 16;

/// The way in, for sockets and for the service's own writes. Clones lead to the same hub.
#[derive(Clone)]
pub struct HubHandle {
    arrivals: mpsc::Sender<Arrival>,
    last_connection: Arc<AtomicU64>,
    last_write: Arc<AtomicU64>,
    turns: Turns,
    store: Store,
    /// What the hub was last given.
    sections: CurrentSections,
    /// Cancelled when the service stops; each socket has a child of it.
    stopping: CancellationToken,
    tasks: TaskTracker,
    sessions: OpenSessions,
}

/// Who waits for the end of a write.
type End = oneshot::Sender<Result<ChangeHash, WriteFailure>>;

/// What sockets tell the hub's task.
#[derive(Debug)]
enum Arrival {
    Open(ConnectionId, Subject, Circumstances, Outbox),
    Input(Input),
    /// A change that the service made, and who waits for its end.
    Write(Box<Write>, End),
    /// Somebody waits for a document to be up to date.
    Upgrade(WriteId, DocumentId, End),
}

/// One socket's end of the hub.
pub(super) struct Line {
    pub(super) id: ConnectionId,
    pub(super) inbox: Inbox,
    pub(super) closed: CancellationToken,
}

/// Starts the hub. It stops, with all its sockets closed, when `stopping` is cancelled; `tasks` tells when it has.
#[must_use]
pub fn start(
    store: Store,
    sections: Arc<Sections>,
    policies: Arc<Policies>,
    clock: Clock,
    names: Names,
    stopping: CancellationToken,
    tasks: &TaskTracker,
) -> HubHandle {
    let (arrivals, arrived) = mpsc::channel(INPUTS_MAX);
    // Bounded by what the hub has asked for.
    let (answers, answered) = mpsc::unbounded_channel();
    let (saves, to_save) = mpsc::unbounded_channel();
    tasks.spawn(write(store.clone(), to_save, answers.clone()));
    let runner = Runner {
        hub: Hub::new(names, Arc::clone(&sections), policies),
        store: store.clone(),
        clock,
        outboxes: HashMap::new(),
        circumstances: HashMap::new(),
        writes: HashMap::new(),
        answers,
        saves,
        loads: Arc::new(Semaphore::new(LOADS_AT_ONCE)),
        tasks: tasks.clone(),
        out: Vec::new(),
    };
    tasks.spawn(runner.run(arrived, answered, stopping.clone()));
    let handle = HubHandle {
        arrivals,
        last_connection: Arc::default(),
        last_write: Arc::default(),
        turns: Turns::default(),
        store,
        sections: CurrentSections::new(sections),
        stopping: stopping.clone(),
        tasks: tasks.clone(),
        sessions: OpenSessions::default(),
    };
    tasks.spawn(access_changes::follow(handle.clone(), clock, stopping));
    handle
}

impl HubHandle {
    /// Opens a line for a signed-in subject; `None` when the service is stopping.
    pub(super) async fn open(&self, subject: Subject, circumstances: Circumstances) -> Option<Line> {
        let id = ConnectionId(self.last_connection.fetch_add(1, Ordering::Relaxed) + 1);
        let closed = self.stopping.child_token();
        let (outbox, inbox) = outbox::pair(closed.clone());
        self.arrivals.send(Arrival::Open(id, subject, circumstances, outbox)).await.ok()?;
        Some(Line { id, inbox, closed })
    }

    /// Hands an input to the hub; waits while it is behind. False when the service is stopping.
    pub(super) async fn send(&self, input: Input) -> bool {
        self.arrivals.send(Arrival::Input(input)).await.is_ok()
    }

    /// Gives the hub a change that the service made, and waits for its end; `None` when the service is stopping.
    pub(super) async fn submit(
        &self,
        document: DocumentId,
        subject: Arc<Subject>,
        granted: Granted,
        chunk: Bytes,
    ) -> Option<Result<ChangeHash, WriteFailure>> {
        let id = self.next_write();
        let write = Box::new(Write { id, document, subject, granted, chunk });
        let (end, ended) = oneshot::channel();
        self.arrivals.send(Arrival::Write(write, end)).await.ok()?;
        ended.await.ok()
    }

    /// Waits until a document has a place for everything that its section's definition has. `Raced` is the good answer.
    pub(super) async fn bring_up_to_date(&self, document: DocumentId) -> Option<Result<ChangeHash, WriteFailure>> {
        let (end, ended) = oneshot::channel();
        self.arrivals.send(Arrival::Upgrade(self.next_write(), document, end)).await.ok()?;
        ended.await.ok()
    }

    fn next_write(&self) -> WriteId {
        WriteId(self.last_write.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Gives the hub new definitions; they hold for whatever is given to it after this.
    pub async fn define(&self, sections: Arc<Sections>) {
        self.send(Input::Sections(Arc::clone(&sections))).await;
        self.sections.set(sections);
    }

    /// Closes every socket of a session that has been signed out or revoked.
    pub fn end_session(&self, session: SessionId) {
        self.sessions.end(session);
    }

    pub(super) fn turns(&self) -> &Turns {
        &self.turns
    }

    pub(super) fn current_sections(&self) -> Arc<Sections> {
        self.sections.get()
    }

    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    /// Which sessions have something open.
    pub(crate) fn sessions(&self) -> &OpenSessions {
        &self.sessions
    }

    pub(super) fn tasks(&self) -> &TaskTracker {
        &self.tasks
    }

    /// Cancelled when the service stops.
    pub(crate) const fn stopping(&self) -> &CancellationToken {
        &self.stopping
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.is_cancelled()
    }
}

struct Runner {
    hub: Hub,
    store: Store,
    clock: Clock,
    outboxes: HashMap<ConnectionId, Outbox>,
    circumstances: HashMap<ConnectionId, Circumstances>,
    writes: HashMap<WriteId, End>,
    answers: mpsc::UnboundedSender<Input>,
    saves: mpsc::UnboundedSender<Save>,
    loads: Arc<Semaphore>,
    tasks: TaskTracker,
    out: Vec<Output>,
}

impl Runner {
    async fn run(
        mut self,
        mut arrived: mpsc::Receiver<Arrival>,
        mut answered: mpsc::UnboundedReceiver<Input>,
        stopping: CancellationToken,
    ) {
        let mut tick = tokio::time::interval(Duration::from_millis(TICK_MS.unsigned_abs()));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut arrivals, mut answers) = (Vec::new(), Vec::new());
        let mut gather = Gather::start();
        loop {
            tokio::select! {
                biased;
                () = stopping.cancelled() => return,
                _ = answered.recv_many(&mut answers, INPUTS_AT_ONCE) => {}
                taken = arrived.recv_many(&mut arrivals, INPUTS_AT_ONCE) => if taken == 0 { return },
                () = gather.over() => {}
                _ = tick.tick() => self.tick(),
            }
            let committed = answers.iter().any(|answer| matches!(answer, Input::Saved(..)));
            answers.drain(..).for_each(|input| self.handle(input));
            // Somebody else typed while this was being saved: whoever has just been answered is about to send more.
            if committed && self.hub.has_changes_to_settle() {
                gather.after_commit();
            }
            arrivals.drain(..).for_each(|arrival| self.arrive(arrival));
            if !gather.is_under_way() {
                self.handle(Input::Settle);
            }
            self.carry_out();
        }
    }

    fn arrive(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::Open(id, subject, circumstances, outbox) => {
                self.circumstances.insert(id, circumstances);
                self.outboxes.insert(id, outbox);
                self.handle(Input::Connected(id, subject));
            }
            Arrival::Input(input) => {
                if let Input::Disconnected(id) = input {
                    self.outboxes.remove(&id);
                    self.circumstances.remove(&id);
                }
                self.handle(input);
            }
            Arrival::Write(write, end) => {
                self.writes.insert(write.id, end);
                self.handle(Input::Write(write));
            }
            Arrival::Upgrade(id, document, end) => {
                self.writes.insert(id, end);
                self.handle(Input::Upgrade(id, document));
            }
        }
    }

    fn handle(&mut self, input: Input) {
        self.hub.handle(self.clock.now(), input, &mut self.out);
    }

    fn carry_out(&mut self) {
        for output in std::mem::take(&mut self.out) {
            match output {
                Output::Send(id, message) => {
                    if let Some(outbox) = self.outboxes.get(&id) {
                        outbox.push(message);
                    }
                }
                Output::Close(id, reason) => {
                    tracing::info!(connection.id = id.0, ?reason, "the hub closed a connection");
                    if let Some(outbox) = self.outboxes.remove(&id) {
                        outbox.close();
                    }
                }
                Output::Decided(id, decision, allowed) => self.keep(id, &decision, allowed),
                Output::Load(document) => self.load(document),
                Output::Facts(plan) => self.read_facts(plan),
                // The writer ends only with the service.
                Output::Save(save) => drop(self.saves.send(save)),
                Output::Written(id, result) => {
                    if let Some(end) = self.writes.remove(&id) {
                        // Whoever asked may have given up.
                        let _ = end.send(result);
                    }
                }
                Output::Snapshot(request) => {
                    self.tasks.spawn(snapshot::make(self.store.clone(), request));
                }
                Output::Unusable(document) => {
                    tracing::error!(document.id = %document, "what is stored of a document cannot be used");
                }
            }
        }
    }

    /// Keeps what was decided about a connection and a document. Until a yes is durable nothing more is sent; if it cannot
    /// be kept, the connection is closed. A no shows nothing, and holds nothing up.
    fn keep(&self, id: ConnectionId, decision: &Decision, allowed: bool) {
        let outcome = if allowed { Outcome::Allowed } else { Outcome::Refused };
        let circumstances = self.circumstances.get(&id).copied();
        let event = Event { circumstances, ..Event::decided(decision, outcome) };
        let hold = self.outboxes.get(&id).filter(|_| allowed).map(Outbox::hold);
        let store = self.store.clone();
        self.tasks.spawn(async move {
            if store.record(event).await.is_ok()
                && let Some(hold) = hold
            {
                hold.release();
            }
        });
    }

    fn load(&self, document: DocumentId) {
        let (store, loads, answers) = (self.store.clone(), self.loads.clone(), self.answers.clone());
        self.tasks.spawn(async move {
            let Ok(_place) = loads.acquire().await else { return };
            let result = store.load_document(&document).await.map_err(|error| {
                tracing::error!(document.id = %document, %error, "a document was not read");
                StoreFailure
            });
            let _ = answers.send(Input::Loaded(document, result));
        });
    }

    fn read_facts(&self, plan: PlanId) {
        let (store, loads, answers) = (self.store.clone(), self.loads.clone(), self.answers.clone());
        self.tasks.spawn(async move {
            let Ok(_place) = loads.acquire().await else { return };
            access_changes::read_facts(store, plan, answers).await;
        });
    }

    fn tick(&mut self) {
        self.handle(Input::Tick);
        let counters = self.hub.counters();
        let (connections, documents, loaded) = self.hub.sizes();
        for (name, value) in [
            ("coplan_sync_frames_received_total", counters.frames_received),
            ("coplan_sync_frames_refused_total", counters.frames_refused),
            ("coplan_sync_messages_sent_total", counters.messages_sent),
            ("coplan_sync_changes_admitted_total", counters.changes_admitted),
            ("coplan_sync_changes_refused_total", counters.changes_refused),
            ("coplan_sync_batches_total", counters.batches),
            ("coplan_sync_saves_failed_total", counters.saves_failed),
            ("coplan_sync_trials_failed_total", counters.trials_failed),
            ("coplan_sync_ephemerals_relayed_total", counters.ephemerals_relayed),
            ("coplan_sync_ephemerals_dropped_total", counters.ephemerals_dropped),
            ("coplan_sync_documents_unusable_total", counters.documents_unusable),
            ("coplan_sync_writes_failed_total", counters.writes_failed),
            ("coplan_sync_rights_decided_total", counters.rights_decided),
        ] {
            metrics::counter!(name).absolute(value);
        }
        for (name, value) in [
            ("coplan_sync_connections", connections),
            ("coplan_sync_documents_open", documents),
            ("coplan_sync_documents_loaded", loaded),
        ] {
            #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
            metrics::gauge!(name).set(value as f64);
        }
    }
}

/// Writes what the hub asks for, as many saves in one commit as have gathered.
async fn write(store: Store, mut saves: mpsc::UnboundedReceiver<Save>, answers: mpsc::UnboundedSender<Input>) {
    let mut group = Vec::new();
    while saves.recv_many(&mut group, SAVES_AT_ONCE).await > 0 {
        for (id, result) in store.save(std::mem::take(&mut group)).await {
            let _ = answers.send(Input::Saved(id, result));
        }
    }
}

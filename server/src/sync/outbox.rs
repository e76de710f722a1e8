//! What waits to be written to one socket, bounded by number and by bytes.

use bytes::Bytes;
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Messages that may wait for one socket.
pub const OUTBOX_MESSAGES_MAX: usize = 8_192;
/// Bytes that may wait for one socket.
pub const OUTBOX_BYTES_MAX: usize = 16 << 20;

/// The hub's end: never waits.
#[derive(Debug)]
pub(super) struct Outbox {
    messages: mpsc::UnboundedSender<Bytes>,
    gate: Arc<Mutex<Gate>>,
    waiting: Arc<Waiting>,
    closed: CancellationToken,
}

/// What is held back until something else is durable.
#[derive(Debug, Default)]
struct Gate {
    holds: usize,
    held: Vec<Bytes>,
}

/// Holds back what is pushed from now on. Dropped without being released, the socket is closed.
#[derive(Debug)]
pub(super) struct Hold {
    messages: mpsc::UnboundedSender<Bytes>,
    gate: Arc<Mutex<Gate>>,
    closed: Option<CancellationToken>,
}

/// The socket's end.
#[derive(Debug)]
pub(super) struct Inbox {
    messages: mpsc::UnboundedReceiver<Bytes>,
    waiting: Arc<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    messages: AtomicUsize,
    bytes: AtomicUsize,
}

pub(super) fn pair(closed: CancellationToken) -> (Outbox, Inbox) {
    // Unbounded in the channel, because a bounded one keeps its whole room for every idle connection; bounded here.
    let (sender, receiver) = mpsc::unbounded_channel();
    let waiting = Arc::new(Waiting::default());
    let gate = Arc::default();
    (Outbox { messages: sender, gate, waiting: waiting.clone(), closed }, Inbox { messages: receiver, waiting })
}

impl Outbox {
    /// Queues a message; closes the socket if it has fallen too far behind.
    pub(super) fn push(&self, message: Bytes) {
        let messages = self.waiting.messages.fetch_add(1, Ordering::Relaxed) + 1;
        let bytes = self.waiting.bytes.fetch_add(message.len(), Ordering::Relaxed) + message.len();
        if messages > OUTBOX_MESSAGES_MAX || bytes > OUTBOX_BYTES_MAX {
            metrics::counter!("coplan_sync_slow_clients_closed_total").increment(1);
            self.closed.cancel();
            return;
        }
        let mut gate = lock(&self.gate);
        if gate.holds > 0 {
            gate.held.push(message);
            return;
        }
        // A closed receiver means that the socket is gone, and the hub is about to hear of it.
        let _ = self.messages.send(message);
    }

    /// Holds back what is pushed from now on, until what comes back is released.
    pub(super) fn hold(&self) -> Hold {
        lock(&self.gate).holds += 1;
        Hold { messages: self.messages.clone(), gate: Arc::clone(&self.gate), closed: Some(self.closed.clone()) }
    }

    pub(super) fn close(&self) {
        self.closed.cancel();
    }
}

impl Hold {
    /// Lets go what was held back, unless somebody else holds it too.
    pub(super) fn release(mut self) {
        self.closed = None;
        let mut gate = lock(&self.gate);
        gate.holds -= 1;
        if gate.holds == 0 {
            for message in std::mem::take(&mut gate.held) {
                let _ = self.messages.send(message);
            }
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some(closed) = &self.closed {
            closed.cancel();
        }
    }
}

fn lock(gate: &Mutex<Gate>) -> MutexGuard<'_, Gate> {
    gate.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inbox {
    /// Takes all that waits, at least one message; nothing once the hub has let go of the connection.
    pub(super) async fn take(&mut self, messages: &mut Vec<Bytes>) -> usize {
        const AT_ONCE: usize = 64;
        let taken = self.messages.recv_many(messages, AT_ONCE).await;
        self.taken(&messages[messages.len() - taken..]);
        taken
    }

    /// Takes one message if one waits.
    pub(super) fn take_now(&mut self, messages: &mut Vec<Bytes>) -> usize {
        let Ok(message) = self.messages.try_recv() else { return 0 };
        self.taken(std::slice::from_ref(&message));
        messages.push(message);
        1
    }

    fn taken(&self, messages: &[Bytes]) {
        self.waiting.messages.fetch_sub(messages.len(), Ordering::Relaxed);
        self.waiting.bytes.fetch_sub(messages.iter().map(Bytes::len).sum(), Ordering::Relaxed);
    }
}

//! The peer's task: keeps a connection, and moves frames between it and the open documents.
//!
//! Nothing is queued for the socket: a document that has something to say is only marked, and its message is made when
//! the socket can take it. So many changes to one document travel in one message whenever the server is slower.

use crate::{
    RECONNECT_MS_MAX,
    connection::{ConnectError, Connection, Hub, Lost, Receiver, Sender},
    document::Event,
    local_copy::Refusal,
    peer::{Shared, Status},
};
use bytes::Bytes;
use coplan_core::sync::{
    DocumentId,
    frame::{self, DocumentMessage, Frame},
};
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::time::{Instant, MissedTickBehavior};

/// Runs until the peer is stopped.
pub(crate) async fn run(shared: Arc<Shared>) {
    let mut wait_ms = RECONNECT_MS_MIN;
    while let Wanted::Connection = wanted(&shared).await {
        shared.status.send_replace(Status::Connecting);
        let session = {
            let mut to_do = shared.to_do();
            to_do.renewed = false;
            to_do.session.clone()
        };
        match Connection::open(&session, &shared.peer_id).await {
            Ok(connection) => {
                wait_ms = RECONNECT_MS_MIN;
                shared.status.send_replace(Status::Connected);
                serve(&shared, connection).await;
                shared.status.send_replace(Status::Connecting);
            }
            Err(ConnectError::NotSignedIn { .. }) => {
                shared.status.send_replace(Status::NotSignedIn);
                wait_for_renewal(&shared).await;
                continue;
            }
            Err(_) => {}
        }
        pause(&shared, jittered(wait_ms)).await;
        wait_ms = (wait_ms * 2).min(RECONNECT_MS_MAX);
    }
    shared.status.send_replace(Status::Disconnected);
}

enum Wanted {
    Connection,
    End,
}

/// Waits until a connection is wanted, or the end.
async fn wanted(shared: &Shared) -> Wanted {
    loop {
        let (online, stopped) = {
            let to_do = shared.to_do();
            (to_do.online, to_do.stopped)
        };
        match (stopped, online) {
            (true, _) => return Wanted::End,
            (false, true) => return Wanted::Connection,
            (false, false) => {
                shared.status.send_replace(Status::Offline);
                shared.wake.notified().await;
            }
        }
    }
}

async fn wait_for_renewal(shared: &Shared) {
    loop {
        {
            let to_do = shared.to_do();
            if to_do.renewed || to_do.stopped || !to_do.online {
                return;
            }
        }
        shared.wake.notified().await;
    }
}

/// Waits before the next attempt, unless told to stop or to go offline.
async fn pause(shared: &Shared, wait: Duration) {
    let until = Instant::now() + wait;
    loop {
        {
            let to_do = shared.to_do();
            if to_do.stopped || !to_do.online || to_do.renewed {
                return;
            }
        }
        tokio::select! {
            () = tokio::time::sleep_until(until) => return,
            () = shared.wake.notified() => {}
        }
    }
}

/// Between half and all of `ms`, so that a thousand peers do not come back at the same moment.
fn jittered(ms: u64) -> Duration {
    let mut byte = [0];
    let chance = getrandom::fill(&mut byte).map_or(0, |()| u64::from(byte[0]));
    Duration::from_millis(ms / 2 + ms * chance / 512)
}

/// One connection, from its first frame to its last.
struct Serving<'a> {
    shared: &'a Shared,
    hub: Hub,
    /// Documents that may have something to say.
    marked: BTreeSet<DocumentId>,
    /// Ephemeral messages sent in this session.
    said: u64,
}

async fn serve(shared: &Shared, connection: Connection) {
    let hub = connection.hub.clone();
    let (mut sender, mut receiver) = connection.split();
    let mut serving = Serving { shared, hub, marked: BTreeSet::new(), said: 0 };
    // What was said without a connection is stale.
    shared.to_do().sayings.clear();
    for (id, open) in shared.documents().iter() {
        open.copy().begin();
        serving.marked.insert(*id);
    }
    // Why it ended makes no difference: the next attempt tells.
    let _lost = serving.run(&mut sender, &mut receiver).await;
    sender.close().await;
}

impl Serving<'_> {
    async fn run(&mut self, sender: &mut Sender, receiver: &mut Receiver) -> Result<(), Lost> {
        let mut ping = tokio::time::interval(Duration::from_millis(PING_MS));
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard_at = Instant::now();
        let mut flushed = true;
        while self.collect() {
            let more = self.has_to_send();
            tokio::select! {
                frame = receiver.next() => {
                    heard_at = Instant::now();
                    if let Some(frame) = frame? {
                        self.receive(frame);
                    }
                }
                done = advance(sender, more), if more || !flushed => {
                    done?;
                    if !more {
                        flushed = true;
                    } else if let Some(bytes) = self.next_to_send() {
                        sender.start(bytes)?;
                        flushed = false;
                    }
                }
                _ = ping.tick() => {
                    if heard_at.elapsed() > Duration::from_millis(SILENCE_MS_MAX) {
                        return Err(Lost::Closed);
                    }
                    if flushed {
                        sender.start_ping()?;
                        flushed = false;
                    }
                }
                () = self.shared.wake.notified() => {}
            }
        }
        Ok(())
    }

    /// Takes over what the handles want; false if the connection is not wanted any more.
    fn collect(&mut self) -> bool {
        let mut to_do = self.shared.to_do();
        self.marked.append(&mut to_do.documents);
        to_do.online && !to_do.stopped
    }

    fn has_to_send(&self) -> bool {
        !self.marked.is_empty() || !self.shared.to_do().sayings.is_empty()
    }

    fn next_to_send(&mut self) -> Option<Bytes> {
        while let Some(document) = self.marked.pop_first() {
            let Some(open) = self.shared.documents().get(&document).cloned() else { continue };
            let Some((question, data)) = open.copy().message() else { continue };
            let (sender, target) = (self.shared.peer_id.clone(), self.hub.peer_id.clone());
            let message = DocumentMessage { sender, target, document, data: data.into() };
            let frame = if question { Frame::Request(message) } else { Frame::Sync(message) };
            return Some(frame::encode(&frame).into());
        }
        let (document, data) = self.shared.to_do().sayings.pop_front()?;
        self.said += 1;
        let (sender, target) = (self.shared.peer_id.clone(), self.hub.peer_id.clone());
        let session = self.shared.session_id.clone();
        Some(frame::encode(&Frame::Ephemeral { sender, target, document, session, count: self.said, data }).into())
    }

    fn receive(&mut self, frame: Frame) {
        match frame {
            Frame::Sync(message) | Frame::Request(message) => self.receive_sync(&message),
            Frame::Unavailable { document, .. } => {
                let Some(open) = self.shared.documents().get(&document).cloned() else { return };
                open.copy().unavailable();
                open.tell(Event::Unavailable);
            }
            Frame::Ephemeral { sender, document, data, .. } => {
                let Some(open) = self.shared.documents().get(&document).cloned() else { return };
                let Ok(value) = minicbor_serde::from_slice::<Value>(&data) else { return };
                match refusal(&value).filter(|_| sender == self.hub.peer_id) {
                    Some(refusal) => {
                        open.copy().refused(refusal.clone());
                        open.tell(Event::Refused(refusal));
                    }
                    None => open.tell(Event::Ephemeral { sender, value }),
                }
            }
            Frame::Join { .. } | Frame::Peer { .. } | Frame::Error { .. } | Frame::Ignored => {}
        }
    }

    fn receive_sync(&mut self, message: &DocumentMessage) {
        let Some(open) = self.shared.documents().get(&message.document).cloned() else { return };
        let (received, heads) = {
            let mut copy = open.copy();
            (copy.receive(&message.data), copy.document().get_heads())
        };
        // A message that cannot be read brings nothing; the server is asked again on the next connection.
        let Ok(news) = received else { return };
        self.marked.insert(message.document);
        if news.changed {
            open.tell(Event::Changed(heads));
        }
        if !news.stored.is_empty() {
            open.tell(Event::Stored(news.stored));
        }
    }
}

/// Waits until the socket can take one more message, or else until it has taken them all.
async fn advance(sender: &mut Sender, more: bool) -> Result<(), Lost> {
    if more { sender.ready().await } else { sender.flush().await }
}

fn refusal(value: &Value) -> Option<Refusal> {
    #[derive(Deserialize)]
    struct Refused {
        kind: String,
        code: String,
        reason: String,
        hashes: Vec<String>,
    }
    let refused = Refused::deserialize(value).ok().filter(|r| r.kind == "refused")?;
    let changes = refused.hashes.iter().filter_map(|hash| hash.parse().ok()).collect();
    Some(Refusal { code: refused.code, reason: refused.reason, changes })
}

/// First wait before trying to connect again, in milliseconds; doubled up to `RECONNECT_MS_MAX`.
const RECONNECT_MS_MIN: u64 = 100;
/// How often the server is asked for a sign of life, in milliseconds.
const PING_MS: u64 = 30_000;
/// Longest silence before the connection counts as dead, in milliseconds.
const SILENCE_MS_MAX: u64 = 80_000;

//! One WebSocket: frames in, frames out, and the reasons to end it.

use super::{
    access_changes::is_still,
    runner::{HubHandle, Line},
    sessions::Place,
};
use crate::{audit::Circumstances, state::AppState, store::Session};
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use bytes::Bytes;
use coplan_core::{
    policy::Subject,
    sync::{frame::FRAME_BYTES_MAX, hub::Input},
};
use futures_util::SinkExt;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior};

/// How often a silent client is asked whether it is there.
const PING_EVERY: Duration = Duration::from_secs(20);
/// After so long without a sign of life a client is gone.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// After so long a message that a client does not take is given up, and the client with it.
const WRITE_MAX: Duration = Duration::from_secs(30);
/// Bytes read from a socket at once. The library's 128 KiB would be most of an idle connection's memory.
const READ_BUFFER_BYTES: usize = 4 << 10;
/// Bytes written together. Small for the same reason.
const WRITE_BUFFER_BYTES: usize = 4 << 10;
/// Bytes that the socket may hold unsent, beyond the message being written.
const WRITE_BUFFER_BYTES_MAX: usize = FRAME_BYTES_MAX * 2;

/// How often the store is asked whether the session still holds; being open keeps it from being idle.
const RECHECK_EVERY: Duration = Duration::from_secs(60);

/// Sets the limits of a socket before it is upgraded.
pub(super) fn limited(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade
        .max_message_size(FRAME_BYTES_MAX)
        .max_frame_size(FRAME_BYTES_MAX)
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
}

/// Serves one socket until either side ends it, or its session ends.
pub(super) async fn run(mut socket: WebSocket, state: AppState, subject: Subject, session: Session, place: Place) {
    let Some(mut line) = state.hub.open(subject.clone(), circumstances(&session)).await else { return };
    let id = line.id;
    let tasks = state.hub.tasks().clone();
    let session_over = session_over(&state, &session, &subject, &place);
    let converse = converse(&mut socket, &mut line, &state.hub, session_over);
    let close = tasks.track_future(converse).await;
    state.hub.send(Input::Disconnected(id)).await;
    if let Some(frame) = close {
        // A client that does not read its farewell does not get one.
        let _ = tokio::time::timeout(WRITE_MAX, socket.send(Message::Close(Some(frame)))).await;
    }
}

fn circumstances(session: &Session) -> Circumstances {
    Circumstances { session: session.id.0, via: session.via.as_str() }
}

/// Waits for the end of a session: signed out or revoked, expired, no longer in the store, or somebody else's there.
async fn session_over(state: &AppState, session: &Session, subject: &Subject, place: &Place) {
    let left_ms = session.expires_at.since_ms(state.clock.now()).max(0).unsigned_abs();
    let expiry = tokio::time::sleep(Duration::from_millis(left_ms));
    let gone = async {
        loop {
            // At once, too: a change of access between the request and this socket's place was told to nobody. A store
            // that does not answer is no reason to send somebody away.
            let found = state.store.session_again(session.id, state.clock.now()).await;
            if found.is_ok_and(|now| !is_still(now, subject)) {
                return;
            }
            tokio::time::sleep(RECHECK_EVERY).await;
        }
    };
    tokio::select! {
        () = place.ended.cancelled() => {}
        () = expiry => {}
        () = gone => {}
    }
}

/// Moves frames until there is a reason to stop; the farewell to send, if the other side is still there.
async fn converse(
    socket: &mut WebSocket,
    line: &mut Line,
    hub: &HubHandle,
    session_over: impl Future<Output = ()>,
) -> Option<CloseFrame> {
    let mut ping = tokio::time::interval_at(Instant::now() + PING_EVERY, PING_EVERY);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tokio::pin!(session_over);
    let mut heard_at = Instant::now();
    let mut outgoing = Vec::new();
    loop {
        tokio::select! {
            biased;
            () = line.closed.cancelled() => {
                // What the hub said before it closed the line, such as a protocol error, still goes out.
                write_rest(socket, line).await;
                return if hub.is_stopping() {
                    farewell(close_code::RESTART, "the server is restarting")
                } else {
                    farewell(close_code::POLICY, "closed by the server")
                };
            }
            () = &mut session_over => return farewell(close_code::POLICY, "the session has ended"),
            taken = line.inbox.take(&mut outgoing) => {
                if taken == 0 {
                    return farewell(close_code::POLICY, "closed by the server");
                }
                if !write(socket, &mut outgoing).await {
                    return None;
                }
            }
            message = socket.recv() => {
                heard_at = Instant::now();
                match message {
                    Some(Ok(Message::Binary(bytes))) => {
                        if !hub.send(Input::Frame(line.id, bytes)).await {
                            return farewell(close_code::RESTART, "the server is restarting");
                        }
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(Message::Text(_))) => return farewell(close_code::UNSUPPORTED, "binary messages only"),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                }
            }
            _ = ping.tick() => {
                if heard_at.elapsed() >= SILENCE_MAX {
                    return None;
                }
                let sent = tokio::time::timeout(WRITE_MAX, socket.send(Message::Ping(Bytes::new()))).await;
                if !matches!(sent, Ok(Ok(()))) {
                    return None;
                }
            }
        }
    }
}

async fn write_rest(socket: &mut WebSocket, line: &mut Line) {
    let mut rest = Vec::new();
    while line.inbox.take_now(&mut rest) > 0 {
        if !write(socket, &mut rest).await {
            return;
        }
    }
}

async fn write(socket: &mut WebSocket, outgoing: &mut Vec<Bytes>) -> bool {
    let all = async {
        for message in outgoing.drain(..) {
            socket.feed(Message::Binary(message)).await?;
        }
        socket.flush().await
    };
    matches!(tokio::time::timeout(WRITE_MAX, all).await, Ok(Ok(())))
}

fn farewell(code: u16, reason: &'static str) -> Option<CloseFrame> {
    Some(CloseFrame { code, reason: reason.into() })
}

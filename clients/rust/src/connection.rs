//! One WebSocket to `/sync`, joined: frames in, frames out, no documents. `Peer` stands on it; so may a load driver that
//! keeps its own state.

use crate::{http::Http, session::Session};
use bytes::Bytes;
use coplan_core::sync::frame::{self, FRAME_BYTES_MAX, Frame, FrameError, PROTOCOL_VERSION};
use futures_util::{
    Sink, SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use std::{future::poll_fn, pin::Pin, time::Duration};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        Error as SocketError, Message,
        client::IntoClientRequest,
        handshake::client::Request,
        http::{HeaderName, HeaderValue, header},
        protocol::WebSocketConfig,
    },
};

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The server does not take this session: it has ended, or was never one.
    #[error("the server does not accept the session (HTTP {status})")]
    NotSignedIn {
        /// HTTP status of the refused upgrade.
        status: u16,
    },
    /// Nobody answered, or not as a WebSocket.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// The server took the socket, but not the `join`.
    #[error("the server refused to join: {0}")]
    Refused(String),
    /// No `peer` within `JOIN_MS_MAX`.
    #[error("the server did not answer within {JOIN_MS_MAX} ms")]
    TimedOut,
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// The server, or the network, closed it.
    #[error("the connection is closed")]
    Closed,
    /// The socket failed.
    #[error("the connection failed: {0}")]
    Failed(String),
    /// The server sent what is no message of the protocol.
    #[error(transparent)]
    Frame(#[from] FrameError),
}

/// Who the server says it is.
#[derive(Debug, Clone)]
pub struct Hub {
    /// Its peer id; every frame of it carries this.
    pub peer_id: String,
    /// Its storage id, by which automerge-repo tells what is stored.
    pub storage_id: Option<String>,
}

/// A joined connection.
#[derive(Debug)]
pub struct Connection {
    /// Who the server says it is.
    pub hub: Hub,
    socket: WebSocketStream<TcpStream>,
}

impl Connection {
    /// Opens the socket with the session's cookie, and joins as `peer_id`.
    ///
    /// # Errors
    /// `ConnectError` says whether it is worth trying again: not with this session if it is `NotSignedIn`.
    pub async fn open(session: &Session, peer_id: &str) -> Result<Self, ConnectError> {
        let limit = Duration::from_millis(JOIN_MS_MAX);
        tokio::time::timeout(limit, open(session.http(), peer_id)).await.map_err(|_| ConnectError::TimedOut)?
    }

    /// The two halves, to be used at the same time.
    #[must_use]
    pub fn split(self) -> (Sender, Receiver) {
        let (sink, stream) = self.socket.split();
        (Sender(sink), Receiver { stream, bytes: 0 })
    }
}

/// The half that sends.
#[derive(Debug)]
pub struct Sender(SplitSink<WebSocketStream<TcpStream>, Message>);

impl Sender {
    /// Sends one frame, and waits until the socket has taken it.
    ///
    /// # Errors
    /// `Lost` if the connection is gone.
    pub async fn send(&mut self, frame: &Frame) -> Result<(), Lost> {
        self.send_bytes(frame::encode(frame).into()).await
    }

    /// Sends bytes that need not be a frame, and waits until the socket has taken them.
    ///
    /// # Errors
    /// `Lost` if the connection is gone.
    pub async fn send_bytes(&mut self, bytes: Bytes) -> Result<(), Lost> {
        self.0.send(Message::Binary(bytes)).await.map_err(lost)
    }

    /// Waits until `start` may be called. Dropping the wait loses nothing.
    ///
    /// # Errors
    /// `Lost` if the connection is gone.
    pub async fn ready(&mut self) -> Result<(), Lost> {
        poll_fn(|cx| Pin::new(&mut self.0).poll_ready(cx)).await.map_err(lost)
    }

    /// Hands bytes to the socket after `ready`; they leave with the next `flush`.
    ///
    /// # Errors
    /// `Lost` if the connection is gone.
    pub fn start(&mut self, bytes: Bytes) -> Result<(), Lost> {
        Pin::new(&mut self.0).start_send(Message::Binary(bytes)).map_err(lost)
    }

    /// Asks the server for a sign of life, after `ready`.
    pub(crate) fn start_ping(&mut self) -> Result<(), Lost> {
        Pin::new(&mut self.0).start_send(Message::Ping(Bytes::new())).map_err(lost)
    }

    /// Waits until everything that was started is with the socket. Dropping the wait loses nothing.
    ///
    /// # Errors
    /// `Lost` if the connection is gone.
    pub async fn flush(&mut self) -> Result<(), Lost> {
        poll_fn(|cx| Pin::new(&mut self.0).poll_flush(cx)).await.map_err(lost)
    }

    /// Says goodbye; what follows does not matter.
    pub(crate) async fn close(&mut self) {
        let _gone_either_way = tokio::time::timeout(Duration::from_millis(CLOSE_MS_MAX), self.0.close()).await;
    }
}

/// The half that receives.
#[derive(Debug)]
pub struct Receiver {
    stream: SplitStream<WebSocketStream<TcpStream>>,
    bytes: u64,
}

impl Receiver {
    /// The next frame; `None` for a sign of life that carries none. Dropping the wait loses nothing.
    ///
    /// # Errors
    /// `Lost` if the connection is gone, or what came is not a frame.
    pub async fn next(&mut self) -> Result<Option<Frame>, Lost> {
        match self.stream.next().await {
            Some(Ok(Message::Binary(bytes))) => {
                self.bytes += bytes.len() as u64;
                Ok(Some(frame::decode(&bytes)?))
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
            Some(Ok(_)) | None => Err(Lost::Closed),
            Some(Err(error)) => Err(lost(error)),
        }
    }

    /// Bytes of all frames received so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

async fn open(http: &Http, peer_id: &str) -> Result<Connection, ConnectError> {
    let unreachable = |e: &dyn std::fmt::Display| ConnectError::Unreachable(e.to_string());
    let stream = TcpStream::connect(http.host_and_port()).await.map_err(|e| unreachable(&e))?;
    stream.set_nodelay(true).map_err(|e| unreachable(&e))?;
    let request = upgrade(http).map_err(|e| unreachable(&e))?;
    let mut config = WebSocketConfig::default();
    config.read_buffer_size = READ_BUFFER_BYTES;
    config.max_message_size = Some(FRAME_BYTES_MAX);
    config.max_frame_size = Some(FRAME_BYTES_MAX);
    let (mut socket, _) = match client_async_with_config(request, stream, Some(config)).await {
        Ok(opened) => opened,
        Err(SocketError::Http(answer)) if matches!(answer.status().as_u16(), 401 | 403) => {
            return Err(ConnectError::NotSignedIn { status: answer.status().as_u16() });
        }
        Err(error) => return Err(unreachable(&error)),
    };
    let join = Frame::Join { sender: peer_id.to_owned(), versions: vec![PROTOCOL_VERSION.to_owned()] };
    socket.send(Message::Binary(frame::encode(&join).into())).await.map_err(|e| unreachable(&e))?;
    let hub = joined(&mut socket).await?;
    Ok(Connection { hub, socket })
}

fn upgrade(http: &Http) -> Result<Request, SocketError> {
    let mut request = format!("ws://{}/sync", http.host_and_port()).into_client_request()?;
    let mut set = |name: HeaderName, text: &str| -> Result<(), SocketError> {
        request.headers_mut().insert(name, HeaderValue::from_str(text)?);
        Ok(())
    };
    set(header::ORIGIN, &http.origin())?;
    if let Some(cookie) = &http.cookie {
        set(header::COOKIE, cookie)?;
    }
    Ok(request)
}

async fn joined(socket: &mut WebSocketStream<TcpStream>) -> Result<Hub, ConnectError> {
    loop {
        let bytes = match socket.next().await {
            Some(Ok(Message::Binary(bytes))) => bytes,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
            Some(Ok(_)) | None => return Err(ConnectError::Refused("it closed the connection".to_owned())),
            Some(Err(error)) => return Err(ConnectError::Unreachable(error.to_string())),
        };
        match frame::decode(&bytes) {
            Ok(Frame::Peer { sender, storage_id, .. }) => return Ok(Hub { peer_id: sender, storage_id }),
            Ok(Frame::Error { message, .. }) => return Err(ConnectError::Refused(message)),
            Ok(_) => {}
            Err(error) => return Err(ConnectError::Refused(error.to_string())),
        }
    }
}

fn lost(error: SocketError) -> Lost {
    match error {
        SocketError::ConnectionClosed | SocketError::AlreadyClosed => Lost::Closed,
        other => Lost::Failed(other.to_string()),
    }
}

/// Longest time from the first SYN to the server's `peer`, in milliseconds.
const JOIN_MS_MAX: u64 = 10_000;
/// Longest wait for a goodbye to leave, in milliseconds.
const CLOSE_MS_MAX: u64 = 500;
/// Read buffer of a socket, in bytes; tungstenite's own 128 KiB is too much for a thousand of them.
const READ_BUFFER_BYTES: usize = 8 << 10;

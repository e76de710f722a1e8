//! A client that answers like automerge-repo but holds no document: it reads heads, and replies to what brings changes.

use crate::{page::Page, tally::Tally, writer::Writer};
use automerge::{
    Change, ChangeHash,
    sync::{BloomFilter, ChunkList, Have, Message, MessageFlags, MessageVersion, ReadMessageError},
};
use bytes::Bytes;
use coplan_client::{ConnectError, Connection, Lost, Receiver, Sender, Session};
use coplan_core::sync::{
    DocumentId,
    frame::{self, DocumentMessage, Frame},
};
use std::{rc::Rc, time::Instant};

/// Why a client of the bench stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Lost(#[from] Lost),
    #[error("the server's sync message cannot be read: {0}")]
    Message(#[from] ReadMessageError),
    #[error("the server has no document {0} for this user")]
    Unavailable(DocumentId),
    #[error("the server refused a change: {0}")]
    Refused(String),
}

/// A joined connection.
pub(crate) struct Client {
    sender: Sender,
    receiver: Receiver,
    peer_id: String,
    hub_id: String,
    tally: Rc<Tally>,
}

/// A message about a document, read.
pub(crate) struct Arrived {
    pub(crate) document: DocumentId,
    pub(crate) heads: Vec<ChangeHash>,
    pub(crate) changes: ChunkList,
}

impl Client {
    pub(crate) async fn connect(session: &Session, name: &str, tally: &Rc<Tally>) -> Result<Self, ClientError> {
        let connection = Connection::open(session, name).await?;
        let hub_id = connection.hub.peer_id.clone();
        let (sender, receiver) = connection.split();
        Ok(Self { sender, receiver, peer_id: name.to_owned(), hub_id, tally: Rc::clone(tally) })
    }

    /// Opens a document, takes what the server has, and says so. Gives the server's heads and how many bytes they took.
    pub(crate) async fn open(&mut self, document: DocumentId) -> Result<Vec<ChangeHash>, ClientError> {
        let question = message(Vec::new(), Have::default(), Vec::new());
        let (sender, target) = (self.peer_id.clone(), self.hub_id.clone());
        let request = DocumentMessage { sender, target, document, data: question.encode().into() };
        self.send(frame::encode(&Frame::Request(request)).into()).await?;
        loop {
            let arrived = self.next().await?;
            if arrived.document == document && !arrived.heads.is_empty() {
                self.acknowledge(document, &arrived.heads, None).await?;
                return Ok(arrived.heads);
            }
        }
    }

    /// The next message that is about a document.
    pub(crate) async fn next(&mut self) -> Result<Arrived, ClientError> {
        loop {
            let before = self.receiver.bytes();
            let frame = self.receiver.next().await?;
            self.tally.received(self.receiver.bytes() - before);
            match frame {
                Some(Frame::Sync(message) | Frame::Request(message)) => {
                    let DocumentMessage { document, data, .. } = message;
                    let message = Message::decode(&data)?;
                    return Ok(Arrived { document, heads: message.heads, changes: message.changes });
                }
                Some(Frame::Unavailable { document, .. }) => return Err(ClientError::Unavailable(document)),
                Some(Frame::Ephemeral { data, .. }) => {
                    return Err(ClientError::Refused(String::from_utf8_lossy(&data).into_owned()));
                }
                Some(_) | None => {}
            }
        }
    }

    /// Says that everything up to `heads` has arrived, beside `own`, which the server has not acknowledged.
    pub(crate) async fn acknowledge(
        &mut self,
        document: DocumentId,
        heads: &[ChangeHash],
        own: Option<&Change>,
    ) -> Result<(), ClientError> {
        let mut all = heads.to_vec();
        if let Some(own) = own {
            all.retain(|hash| !own.deps().contains(hash));
            all.push(own.hash());
            all.sort_unstable();
        }
        let bloom = BloomFilter::from_hashes(own.map(Change::hash).into_iter());
        let have = Have { last_sync: heads.to_vec(), bloom };
        self.send_sync(document, &message(all, have, Vec::new())).await
    }

    /// Sends one change made on top of `shared`.
    pub(crate) async fn send_change(
        &mut self,
        document: DocumentId,
        shared: &[ChangeHash],
        change: &Change,
    ) -> Result<(), ClientError> {
        let bloom = BloomFilter::from_hashes([change.hash()].into_iter());
        let have = Have { last_sync: shared.to_vec(), bloom };
        let chunk = change.raw_bytes().to_vec();
        self.send_sync(document, &message(vec![change.hash()], have, vec![chunk])).await
    }

    /// Sends many changes in one message, and waits until the server's heads cover the last; gives those heads.
    pub(crate) async fn write_all(
        &mut self,
        page: &Page,
        shared: &[ChangeHash],
        changes: &[Change],
    ) -> Result<Vec<ChangeHash>, ClientError> {
        let Some(last) = changes.last().map(Change::hash) else { return Ok(shared.to_vec()) };
        let bloom = BloomFilter::from_hashes(changes.iter().map(Change::hash));
        let have = Have { last_sync: shared.to_vec(), bloom };
        let chunks = changes.iter().map(|change| change.raw_bytes().to_vec()).collect();
        self.send_sync(page.document, &message(vec![last], have, chunks)).await?;
        loop {
            let arrived = self.next().await?;
            if page.ledger.borrow().covers(&arrived.heads, &last) {
                return Ok(arrived.heads);
            }
        }
    }

    async fn send_sync(&mut self, document: DocumentId, message: &Message) -> Result<(), ClientError> {
        let data = message.clone().encode();
        let (sender, target) = (self.peer_id.clone(), self.hub_id.clone());
        let frame = Frame::Sync(DocumentMessage { sender, target, document, data: data.into() });
        self.send(frame::encode(&frame).into()).await
    }

    async fn send(&mut self, bytes: Bytes) -> Result<(), ClientError> {
        self.tally.sent(bytes.len() as u64);
        Ok(self.sender.send_bytes(bytes).await?)
    }

    /// Takes a message that arrived: counts deliveries, and answers as a client does that has applied it.
    async fn take(&mut self, page: &Page, arrived: &Arrived, own: Option<&Change>) -> Result<(), ClientError> {
        if arrived.changes.is_empty() {
            return Ok(());
        }
        let now = Instant::now();
        for chunk in arrived.changes.iter() {
            if let Some(delivery) = page.ledger.borrow_mut().delivered(chunk) {
                self.tally.delivered(now, &delivery);
            }
        }
        self.acknowledge(arrived.document, &arrived.heads, own).await
    }

    /// Follows a document for ever.
    pub(crate) async fn read(mut self, page: Rc<Page>) -> Result<(), ClientError> {
        loop {
            let arrived = self.next().await?;
            self.take(&page, &arrived, None).await?;
        }
    }

    /// Types for ever: the next edit when the last one is acknowledged. `shared` are the heads it opened at.
    pub(crate) async fn type_on(
        mut self,
        mut writer: Writer,
        page: Rc<Page>,
        mut shared: Vec<ChangeHash>,
        readers: usize,
    ) -> Result<(), ClientError> {
        loop {
            let change = writer.next(&shared);
            shared = self.write(&page, shared, &change, readers, Instant::now()).await?;
            writer.settled();
        }
    }

    /// Sends one edit and waits until the server's heads cover it; gives those heads.
    pub(crate) async fn write(
        &mut self,
        page: &Page,
        mut shared: Vec<ChangeHash>,
        change: &Change,
        readers: usize,
        due_at: Instant,
    ) -> Result<Vec<ChangeHash>, ClientError> {
        page.ledger.borrow_mut().sent(change, readers);
        self.send_change(page.document, &shared, change).await?;
        loop {
            let arrived = self.next().await?;
            let covered = page.ledger.borrow().covers(&arrived.heads, &change.hash());
            self.take(page, &arrived, Some(change).filter(|_| !covered)).await?;
            shared = arrived.heads;
            if covered {
                self.tally.acknowledged(due_at, change);
                return Ok(shared);
            }
        }
    }
}

fn message(heads: Vec<ChangeHash>, have: Have, changes: Vec<Vec<u8>>) -> Message {
    let mut flags = MessageFlags::new();
    flags.set(MessageFlags::SUPPORTS_SYNC_RESET);
    let (flags, version) = (Some(flags), MessageVersion::V1);
    Message { heads, need: Vec::new(), have: vec![have], changes: changes.into(), flags, version }
}

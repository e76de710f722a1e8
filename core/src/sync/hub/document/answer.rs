//! What a peer is told: only news, and only what is committed.

use super::{
    ChangeHash, ConnectionId, Content, Context, Document, Output, SyncMessage, Unusable, Waiting, frame, guard, limits,
};
use crate::sync::hub::{
    message::{self, Changes},
    peer::Peer,
};
use automerge::ReadDoc;
use std::collections::BTreeSet;

impl Document {
    /// Answers a message whose changes have been taken. Silence is the usual answer: a level peer that says what it
    /// has needs nothing, and a client whose changes were refused would otherwise be answered for ever.
    pub(super) fn answer(
        &mut self,
        cx: &mut Context<'_>,
        connection: ConnectionId,
        message: SyncMessage,
    ) -> Result<(), Unusable> {
        let Some(peer) = self.peers.get_mut(&connection) else { return Ok(()) };
        peer.heads.clone_from(&message.heads);
        peer.reads_documents |= message.flags.is_some();
        if !peer.level || lost_track(&message) {
            return self.catch_up(cx, connection, message);
        }
        if !message.need.is_empty() {
            self.send_named(cx, connection, &message.need);
        } else if message.changes.is_empty() {
            self.ask_for_missing(cx, connection);
        }
        Ok(())
    }

    /// Sends all that the peer lacks, and from then on each commit as it comes.
    fn catch_up(
        &mut self,
        cx: &mut Context<'_>,
        connection: ConnectionId,
        message: SyncMessage,
    ) -> Result<(), Unusable> {
        let Some(peer) = self.peers.get_mut(&connection) else { return Ok(()) };
        let data = if message.heads == self.heads {
            message::write(&self.heads, &[], &Changes::Single(&[]), !peer.may_write)
        } else if cx.may_catch_up(connection) {
            self.lacking_message(connection, &message)?
        } else {
            peer.owed = Some(message);
            return Ok(());
        };
        cx.note_catch_up(connection, data.len());
        self.send(cx, connection, &data);
        if let Some(peer) = self.peers.get_mut(&connection) {
            peer.level = true;
        }
        Ok(())
    }

    fn lacking_message(&mut self, connection: ConnectionId, message: &SyncMessage) -> Result<Vec<u8>, Unusable> {
        let Some(peer) = self.peers.get(&connection) else { return Ok(Vec::new()) };
        let (mut read_only, documents) = (!peer.may_write, peer.reads_documents);
        if message.heads.is_empty() && documents {
            return Ok(self.whole_message(read_only));
        }
        let was_author = self.authors.contains(&peer.subject.user);
        self.warm()?;
        let Some(loaded) = self.loaded() else { return Err(Unusable) };
        // Told that it is a reader, a client keeps to itself what was typed before: it is told once that has come, and is
        // in quarantine.
        let is_new = |head: &ChangeHash| !loaded.index.contains(head) && !self.refused.contains(head);
        read_only &= !was_author || documents || !message.heads.iter().any(is_new);
        let known: Vec<ChangeHash> = named(message).filter(|hash| loaded.index.contains(hash)).copied().collect();
        let lacking: Vec<ChangeHash> = loaded
            .index
            .lacking(&known)
            .into_iter()
            .filter(|position| (*position as u64) < self.committed)
            .filter_map(|position| loaded.index.hash_at(position))
            .filter(|hash| !may_have(message, hash))
            .collect();
        // Beyond a third of the document the whole of it, compressed, is smaller.
        if documents && lacking.len() as u64 * 3 > self.committed {
            return Ok(self.whole_message(read_only));
        }
        let chunks = self.chunks(lacking.iter());
        let slices: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
        Ok(message::write(&self.heads, &[], &Changes::Single(&slices), read_only))
    }

    /// Everything, as stored: no document is loaded for somebody who has nothing yet.
    fn whole_message(&mut self, read_only: bool) -> Vec<u8> {
        match &mut self.content {
            Content::Stored(stored) => {
                let snapshot = stored.snapshot.iter().map(|s| &s.bytes[..]);
                let slices: Vec<&[u8]> = snapshot.chain(stored.changes.iter().map(|c| &c.bytes[..])).collect();
                message::write(&self.heads, &[], &Changes::Glued(&slices), read_only)
            }
            Content::Loaded(loaded) => {
                let saved = loaded.saved.get_or_insert_with(|| loaded.state.save());
                message::write(&self.heads, &[], &Changes::Glued(&[saved]), read_only)
            }
            Content::Cool | Content::Loading => Vec::new(),
        }
    }

    fn send_named(&self, cx: &mut Context<'_>, connection: ConnectionId, need: &[ChangeHash]) {
        let (Some(peer), Some(loaded)) = (self.peers.get(&connection), self.loaded()) else { return };
        let committed = |hash: &&ChangeHash| loaded.index.position(hash).is_some_and(|p| (p as u64) < self.committed);
        if !cx.may_catch_up(connection) {
            return;
        }
        let chunks = self.chunks(need.iter().filter(committed).take(limits::NEED_MAX));
        if chunks.is_empty() {
            return;
        }
        let slices: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
        let data = message::write(&self.heads, &[], &Changes::Single(&slices), !peer.may_write);
        cx.note_catch_up(connection, data.len());
        self.send(cx, connection, &data);
    }

    fn chunks<'a>(&self, hashes: impl Iterator<Item = &'a ChangeHash>) -> Vec<Vec<u8>> {
        let Some(loaded) = self.loaded() else { return Vec::new() };
        hashes.filter_map(|hash| loaded.state.get_change_by_hash(hash)).map(|c| c.raw_bytes().to_vec()).collect()
    }

    /// Asks by name, once, for what the peer has and did not send.
    fn ask_for_missing(&mut self, cx: &mut Context<'_>, connection: ConnectionId) {
        let Some(peer) = self.peers.get(&connection).filter(|p| p.may_write) else { return };
        let Some(loaded) = self.loaded() else { return };
        let held: BTreeSet<ChangeHash> = peer.holds().iter().map(|c| c.hash).collect();
        let wanted = peer.heads.iter().chain(peer.holds().iter().flat_map(|c| c.deps.iter()));
        let missing = |hash: &&ChangeHash| {
            !loaded.index.contains(hash)
                && !self.waiting_hashes.contains(*hash)
                && !self.refused.contains(hash)
                && !held.contains(*hash)
                && !peer.asked.contains(*hash)
        };
        let need: BTreeSet<ChangeHash> = wanted.filter(missing).take(limits::NEED_MAX).copied().collect();
        if need.is_empty() {
            return;
        }
        let need: Vec<ChangeHash> = need.into_iter().collect();
        let data = message::write(&self.heads, &need, &Changes::Single(&[]), false);
        self.send(cx, connection, &data);
        if let Some(peer) = self.peers.get_mut(&connection)
            && peer.asked.len() < limits::REFUSED_HASHES_MAX
        {
            peer.asked.extend(need);
        }
    }

    /// Sends a committed batch to every level peer, less what came from it; for those who gave it, that is the
    /// acknowledgement. Written once for all who get the same.
    pub(super) fn fan_out(&self, cx: &mut Context<'_>, batch: &[Waiting]) {
        let writers: BTreeSet<ConnectionId> = batch.iter().filter_map(|w| w.origin.peer()).collect();
        let all: Vec<&[u8]> = batch.iter().map(|w| &w.candidate.raw[..]).collect();
        let mut for_all = [None, None];
        for (connection, peer) in self.peers.iter().filter(|(_, p)| p.level) {
            let read_only = !peer.may_write;
            if writers.contains(connection) {
                let others =
                    batch.iter().filter(|w| w.origin.peer() != Some(*connection)).map(|w| &w.candidate.raw[..]);
                let others: Vec<&[u8]> = others.collect();
                let data = message::write(&self.heads, &[], &Changes::Single(&others), read_only);
                self.send_to(cx, *connection, peer, &data);
            } else {
                let slot = &mut for_all[usize::from(read_only)];
                let data =
                    slot.get_or_insert_with(|| message::write(&self.heads, &[], &Changes::Single(&all), read_only));
                self.send_to(cx, *connection, peer, data);
            }
        }
    }

    /// Sends what another writer stored since `before` to every level peer.
    pub(super) fn pass_on_since(&mut self, cx: &mut Context<'_>, before: &[ChangeHash]) -> Result<(), Unusable> {
        self.warm()?;
        self.drop_known_waiting(cx);
        let Some(loaded) = self.loaded() else { return Err(Unusable) };
        let known: Vec<ChangeHash> = before.iter().filter(|h| loaded.index.contains(h)).copied().collect();
        let news: Vec<ChangeHash> =
            loaded.index.lacking(&known).into_iter().filter_map(|p| loaded.index.hash_at(p)).collect();
        let chunks = self.chunks(news.iter());
        let slices: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
        for (connection, peer) in self.peers.iter().filter(|(_, p)| p.level) {
            let data = message::write(&self.heads, &[], &Changes::Single(&slices), !peer.may_write);
            self.send_to(cx, *connection, peer, &data);
        }
        Ok(())
    }

    fn send(&self, cx: &mut Context<'_>, connection: ConnectionId, data: &[u8]) {
        if let Some(peer) = self.peers.get(&connection) {
            self.send_to(cx, connection, peer, data);
        }
    }

    fn send_to(&self, cx: &mut Context<'_>, connection: ConnectionId, peer: &Peer, data: &[u8]) {
        cx.counters.messages_sent += 1;
        cx.out.push(Output::Send(connection, frame::encode_sync(cx.server, &peer.name, &self.name, data)));
    }
}

/// The peer does not know the heads it was told, or has lost what it had: it must be told from the start.
pub(super) fn lost_track(message: &SyncMessage) -> bool {
    message.heads.is_empty() || message.have.as_ref().is_some_and(guard::Have::is_blank)
}

/// Hashes that the peer says it has, with all that lies behind them.
fn named(message: &SyncMessage) -> impl Iterator<Item = &ChangeHash> {
    message.heads.iter().chain(message.have.iter().flat_map(|h| h.last_sync.iter()))
}

fn may_have(message: &SyncMessage, hash: &ChangeHash) -> bool {
    message.have.as_ref().is_some_and(|have| have.bloom_contains(hash))
}

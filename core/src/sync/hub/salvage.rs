//! Changes of somebody who wrote in a document and may not read it any more: what they typed before they knew is kept in
//! quarantine, for a colleague to salvage, and they learn nothing of what others wrote.
//!
//! A client sends what it has once it knows what the hub has. So the hub says that it has what the client itself claims
//! they shared when they last spoke, and nothing else: no head, no change, no presence. Then `doc-unavailable`, as for
//! everybody without a right. Whoever never wrote in the document gets that at once, and nothing of theirs is kept.

use super::{
    ConnectionId, Context, Document, bucket::Bucket, document::Unusable, limits, message, message::Changes,
    refused::Reason,
};
use crate::{
    id::UserId,
    policy::Subject,
    sync::{
        frame,
        guard::{self, SyncMessage},
    },
    time::UtcMillis,
};
use std::collections::BTreeMap;

/// What each person may still put in quarantine of documents that they may not read, over all their connections.
#[derive(Debug, Default)]
pub(super) struct Allowances(BTreeMap<UserId, Allowance>);

#[derive(Debug)]
struct Allowance {
    changes: Bucket,
    bytes: Bucket,
}

impl Allowances {
    /// Takes room for one change if there is some.
    fn take(&mut self, user: &UserId, bytes: usize, now: UtcMillis) -> bool {
        let allowance = self.0.entry(user.clone()).or_insert_with(|| Allowance {
            changes: Bucket::full(limits::SALVAGED_CHANGES_BURST_AND_RATE, now),
            bytes: Bucket::full(limits::SALVAGED_BYTES_BURST_AND_RATE, now),
        });
        let some = allowance.changes.has_some(now) && allowance.bytes.has_some(now);
        if some {
            allowance.changes.spend(1);
            allowance.bytes.spend(bytes);
        }
        some
    }

    /// Forgets those who have all of theirs again.
    pub(super) fn tidy(&mut self, now: UtcMillis) {
        self.0.retain(|_, allowance| !allowance.changes.is_full(now) || !allowance.bytes.is_full(now));
    }
}

impl Document {
    /// Takes a message from somebody who may not read the document.
    pub(super) fn salvage(
        &mut self,
        cx: &mut Context<'_>,
        connection: ConnectionId,
        message: SyncMessage,
    ) -> Result<(), Unusable> {
        let Some(subject) = cx.connections.get(&connection).map(|c| c.subject.clone()) else { return Ok(()) };
        if !self.authors.contains(&subject.user) {
            cx.unavailable(connection, self.id);
            return Ok(());
        }
        if message.changes.is_empty() {
            self.ask_for_what_is_theirs(cx, connection, &message);
            cx.unavailable(connection, self.id);
            return Ok(());
        }
        if self.is_cool() {
            self.defer(cx, connection, message);
            return Ok(());
        }
        self.used_at = cx.now;
        self.warm()?;
        if !self.quarantine_all(cx, connection, &subject, &message) {
            cx.unavailable(connection, self.id);
        }
        Ok(())
    }

    /// Says once what the client says itself, so that it sends what it has made since.
    fn ask_for_what_is_theirs(&self, cx: &mut Context<'_>, connection: ConnectionId, message: &SyncMessage) {
        let Some(have) = &message.have else { return };
        // That its newest change is kept does not say that those before it are.
        if message.heads.iter().all(|head| self.heads.contains(head)) {
            return;
        }
        let Some(connected) = cx.connections.get_mut(&connection) else { return };
        let Some(rights) = connected.rights.get_mut(&self.id).filter(|rights| !rights.asked) else { return };
        rights.asked = true;
        let Some(name) = &connected.peer else { return };
        let data = message::write(&have.last_sync, &[], &Changes::Single(&[]), false);
        let frame = frame::encode_sync(cx.server, name, &self.name, &data);
        cx.out.push(super::Output::Send(connection, frame));
    }

    /// Whether anything is put in quarantine; then the client is answered once it is stored.
    fn quarantine_all(
        &mut self,
        cx: &mut Context<'_>,
        connection: ConnectionId,
        subject: &Subject,
        message: &SyncMessage,
    ) -> bool {
        cx.note_missed(connection, self.id);
        let mut some = false;
        for chunk in &message.changes {
            let (hash, why, bytes) = match guard::chunk(chunk) {
                Ok(candidate) => (candidate.hash, Reason::MayNotRead, candidate.raw),
                Err(refusal) => (guard::name(chunk), refusal.into(), chunk.clone()),
            };
            if self.knows(&hash) || self.refused.contains(&hash) {
                continue;
            }
            // What there is no room for stays with the client, which is told of nothing that it was kept.
            if !cx.allowances.take(&subject.user, bytes.len(), cx.now) {
                cx.counters.salvages_dropped += 1;
                continue;
            }
            self.quarantine(cx, (connection, subject), hash, why, &bytes);
            some = true;
        }
        some
    }
}

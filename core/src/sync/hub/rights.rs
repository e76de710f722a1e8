//! What each connection may do with each document: decided when it is first asked, and kept until the answer may be
//! another. That is when the facts of the plan or the definition of the section change, or when a moment passes at which
//! the facts change by themselves.
//!
//! INVARIANT: rights are those of the moment a message arrives, and `Document::peers` are those who may read the document
//! now: whatever is done with a document, the moments that have passed are taken account of first.

use super::{CloseReason, ConnectionId, Document, Entry, Hub, Output, connection::Connection, limits, peer::Peer};
use crate::{
    id::PlanId,
    policy::{Access, Action, PlanFacts, Policies, Resource, Subject},
    sync::DocumentId,
    time::UtcMillis,
};
use std::{collections::BTreeSet, sync::Arc};

/// What one connection may do with one document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rights {
    pub(super) read: bool,
    write: bool,
    /// Its client was asked for what it has made, though it may not read the document.
    pub(super) asked: bool,
    /// Its client was told that there is no such document, or something that it has sent was not let in, for want of a
    /// right. The client neither asks nor sends again on this connection.
    pub(super) missed: bool,
    /// Of which answers it is one; those of another number are out of date.
    answers: u64,
}

impl Hub {
    /// Whoever has lost a right by it is told so before anything else happens.
    pub(super) fn take_facts(&mut self, now: UtcMillis, facts: &Arc<PlanFacts>, out: &mut Vec<Output>) {
        let mut changed = Vec::new();
        for (id, entry) in &mut self.documents {
            let Entry::Open(document) = entry else { continue };
            // Two readings may arrive in either order.
            if document.plan != facts.plan || document.facts.as_of > facts.as_of {
                continue;
            }
            // What says the same says it of another moment: one may have passed that nobody has looked at yet.
            let has_passed = document.facts_until.is_some_and(|until| until <= now);
            if has_passed || !document.facts.says_the_same_as(facts) {
                changed.push(*id);
            }
            document.facts = Arc::clone(facts);
            document.facts_until = facts.changes_at(now);
        }
        changed.into_iter().for_each(|id| self.decide_again(now, id, out));
    }

    /// Access to a plan, or to any plan, has changed: the facts of those that are open are wanted anew.
    pub(super) fn access_changed(&mut self, newest: i64, plan: Option<&PlanId>, out: &mut Vec<Output>) {
        self.access_as_of = self.access_as_of.max(newest);
        let open = self.documents.values().filter_map(|entry| match entry {
            Entry::Open(document) if plan.is_none_or(|plan| *plan == document.plan) => Some(document.plan.clone()),
            _ => None,
        });
        let plans: BTreeSet<PlanId> = open.collect();
        out.extend(plans.into_iter().map(Output::Facts));
    }

    /// Facts that came with a document may have been read before a change that the hub was told of since.
    pub(super) fn doubt_facts(&self, facts: &PlanFacts, out: &mut Vec<Output>) {
        if facts.as_of < self.access_as_of {
            out.push(Output::Facts(facts.plan.clone()));
        }
    }

    /// Decides again where facts have changed by themselves since they were last looked at.
    pub(super) fn let_time_pass(&mut self, now: UtcMillis, id: DocumentId, out: &mut Vec<Output>) {
        let Some(Entry::Open(document)) = self.documents.get_mut(&id) else { return };
        if document.facts_until.is_some_and(|until| until <= now) {
            document.facts_until = document.facts.changes_at(now);
            self.decide_again(now, id, out);
        }
    }

    /// Asks for the rights of everybody who has the document open, and of those whose changes were not let in; of the others
    /// when they next want something.
    pub(super) fn decide_again(&mut self, now: UtcMillis, id: DocumentId, out: &mut Vec<Output>) {
        let answers = self.new_answers();
        let Some(Entry::Open(document)) = self.documents.get_mut(&id) else { return };
        document.answers = answers;
        let connections: Vec<ConnectionId> = document.peers.keys().copied().collect();
        for connection in connections {
            if self.admit_peer(now, connection, id) == Ok(false) {
                self.unavailable(connection, id, out);
            }
        }
        let missed = |(_, c): &(&ConnectionId, &Connection)| c.rights.get(&id).is_some_and(|rights| rights.missed);
        let missed: Vec<ConnectionId> = self.connections.iter().filter(missed).map(|(id, _)| *id).collect();
        for connection in missed {
            if let Err(reason) = self.admit_peer(now, connection, id) {
                self.close(now, connection, reason, out);
            }
        }
    }

    /// Whether a connection may read a document, as it was last decided.
    pub(super) fn may_read(&self, id: ConnectionId, document: DocumentId) -> Option<bool> {
        Some(self.connections.get(&id)?.rights.get(&document)?.read)
    }

    /// What was decided for a connection that has asked for a document, to be kept.
    pub(super) fn decision(&self, now: UtcMillis, id: ConnectionId, document: DocumentId) -> Option<Output> {
        let connection = self.connections.get(&id)?;
        let rights = connection.rights.get(&document)?;
        let Some(Entry::Open(document)) = self.documents.get(&document) else { return None };
        let section = document.next_section.as_ref().unwrap_or(&document.section);
        let access = Access { policies: &self.policies, facts: &document.facts, now };
        let action = if rights.write { Action::Write } else { Action::Read };
        Some(match access.decide(&connection.subject, action, Resource::Section(section)) {
            Ok(granted) => Output::Decided(id, Box::new(granted.decision().clone()), true),
            Err(denied) => Output::Decided(id, denied.decision, false),
        })
    }

    /// A number for a document's answers that no document has had.
    pub(super) fn new_answers(&mut self) -> u64 {
        self.last_answers += 1;
        self.last_answers
    }

    /// Lets a connection among the peers of a document, with the rights it has now; whether it may read it. An error if
    /// the connection is to be closed, because it has too much open.
    pub(super) fn admit_peer(
        &mut self,
        now: UtcMillis,
        id: ConnectionId,
        document_id: DocumentId,
    ) -> Result<bool, CloseReason> {
        let Some(connection) = self.connections.get_mut(&id) else { return Ok(false) };
        let Some(Entry::Open(document)) = self.documents.get_mut(&document_id) else { return Ok(false) };
        let kept = connection.rights.get(&document_id).copied();
        let mut rights = match kept {
            Some(rights) if rights.answers == document.answers => rights,
            None if connection.rights.len() >= limits::DOCUMENTS_PER_CONNECTION_MAX => return Err(CloseReason::Limit),
            _ => {
                self.counters.rights_decided += 1;
                document.decide(&self.policies, &connection.subject, now)
            }
        };
        let had = kept.is_some_and(|kept| kept.read);
        let missed = kept.is_some_and(|kept| kept.missed);
        // Whoever was told that there is no such document does not ask again by itself, a reader no more than a writer.
        if missed && (rights.write || (rights.read && !had)) {
            return Err(CloseReason::RightRegained);
        }
        // Facts may be older than a right that was given: the answer is another once the newer ones are here.
        rights.missed = missed || !rights.read;
        connection.rights.insert(document_id, rights);
        if !rights.read {
            document.peers.remove(&id);
            return Ok(false);
        }
        if let Some(peer) = document.peers.get_mut(&id) {
            peer.may_write = rights.write;
            return Ok(true);
        }
        let Some(name) = connection.peer.clone() else { return Ok(false) };
        if document.peers.len() >= limits::PEERS_PER_DOCUMENT_MAX {
            return Err(CloseReason::Limit);
        }
        document.peers.insert(id, Peer::new(connection.subject.clone(), name, rights.write));
        Ok(true)
    }
}

impl Document {
    fn decide(&self, policies: &Policies, subject: &Subject, now: UtcMillis) -> Rights {
        let section = self.next_section.as_ref().unwrap_or(&self.section);
        let access = Access { policies, facts: &self.facts, now };
        let may = |action| access.allows(subject, action, Resource::Section(section));
        let read = may(Action::Read);
        Rights { read, write: read && may(Action::Write), asked: false, missed: false, answers: self.answers }
    }
}

//! Changes that the service makes on behalf of a signed-in subject: they come in beside those of the peers, pass the
//! same guard, share the same commits, and are told to everybody who has the document open.
//!
//! In a section of decisions nobody writes, so that its definition has nothing to say about what such a change holds;
//! whoever makes it answers for that. There a change must build on everything that is there, so that two commands never
//! pass each other unseen.

use super::{
    ConnectionId, Context, Document, Entry, Hub, Loading, Output, Write, WriteFailure, WriteId,
    document::{Content, Origin, Unusable, Waiting},
    limits,
    refused::Reason,
};
use crate::{
    content,
    id::{PlanId, UserId},
    policy::{Action, Granted},
    section::Section,
    sync::{
        DocumentId,
        guard::{self, Refusal, SyncMessage},
        index::Index,
    },
    time::UtcMillis,
};
use automerge::ActorId;
use std::collections::VecDeque;

/// By which actor the service makes changes to a document on behalf of this user. No client may use it.
#[must_use]
pub fn writing_actor(document: &DocumentId, user: &UserId) -> ActorId {
    content::service_actor(&format!("write\0{document}\0{user}"))
}

/// Whether what was granted is the right to have a change made to this section of this plan.
#[must_use]
pub fn may_have_written(granted: &Granted, user: &UserId, plan: &PlanId, section: &Section) -> bool {
    let action = if section.is_decided() { Action::Decide } else { Action::Write };
    granted.user() == user
        && granted.plan() == plan
        && granted.section() == Some(&section.id)
        && granted.action() == action
}

/// What waits for a document to be read from the store.
#[derive(Debug)]
pub(super) enum Errand {
    Message(ConnectionId, SyncMessage),
    Write(Box<Write>),
    /// Somebody is about to write, and waits until the document is up to date.
    Upgrade(WriteId),
}

impl Errand {
    /// Who waits for an answer, if it is not a peer.
    fn write_id(&self) -> Option<WriteId> {
        match self {
            Self::Message(..) => None,
            Self::Write(write) => Some(write.id),
            Self::Upgrade(id) => Some(*id),
        }
    }
}

impl Hub {
    /// What the service wants of a document: now if it is open, otherwise when it is.
    pub(super) fn run(&mut self, now: UtcMillis, document: DocumentId, errand: Errand, out: &mut Vec<Output>) {
        match self.documents.get_mut(&document) {
            Some(Entry::Open(_)) => self.with_document(now, document, out, |d, cx| d.run(cx, errand)),
            Some(Entry::Loading(loading)) if loading.queue.len() < limits::MESSAGES_WHILE_LOADING_MAX => {
                loading.queue.push_back(errand);
            }
            Some(Entry::Loading(_)) => out.extend(unanswered(&errand, WriteFailure::Unavailable)),
            None => {
                let loading = Loading { queue: VecDeque::from([errand]), failed: false };
                self.documents.insert(document, Entry::Loading(loading));
                out.push(Output::Load(document));
            }
        }
    }
}

impl Loading {
    /// The store did not answer: who waits with a write is told, who is connected goes on waiting.
    pub(super) fn let_writes_go(&mut self, out: &mut Vec<Output>) {
        self.failed = true;
        let_writes_go(&mut self.queue, out);
    }
}

fn let_writes_go(queue: &mut VecDeque<Errand>, out: &mut Vec<Output>) {
    queue.retain(|errand| {
        let answer = unanswered(errand, WriteFailure::Unavailable);
        let is_message = answer.is_none();
        out.extend(answer);
        is_message
    });
}

/// Says no to whoever waits for the end of an errand; nothing for a peer's message.
pub(super) fn unanswered(errand: &Errand, why: WriteFailure) -> Option<Output> {
    errand.write_id().map(|id| Output::Written(id, Err(why)))
}

impl Document {
    /// Does what somebody wants of the document, or puts it off until the content is in memory.
    pub(super) fn run(&mut self, cx: &mut Context<'_>, errand: Errand) -> Result<(), Unusable> {
        let cool = matches!(self.content, Content::Cool | Content::Loading);
        match errand {
            Errand::Message(connection, message) => return self.receive(cx, connection, message),
            errand if cool => self.put_off(cx, errand),
            Errand::Write(write) => return self.write(cx, *write),
            Errand::Upgrade(id) => self.answer_when_up_to_date(cx, id),
        }
        Ok(())
    }

    /// Puts a change that the service made among those that wait to be admitted, or says at once why not.
    fn write(&mut self, cx: &mut Context<'_>, write: Write) -> Result<(), Unusable> {
        self.used_at = cx.now;
        self.warm()?;
        let id = write.id;
        if let Err(failure) = self.take_write(cx, write) {
            cx.counters.writes_failed += 1;
            cx.out.push(Output::Written(id, Err(failure)));
        }
        Ok(())
    }

    fn put_off(&mut self, cx: &mut Context<'_>, errand: Errand) {
        self.used_at = cx.now;
        if self.deferred.len() >= limits::MESSAGES_WHILE_LOADING_MAX || self.retry_at.is_some_and(|at| cx.now < at) {
            return cx.out.extend(unanswered(&errand, WriteFailure::Unavailable));
        }
        self.deferred.push_back(errand);
        self.load(cx);
    }

    fn take_write(&mut self, cx: &mut Context<'_>, write: Write) -> Result<(), WriteFailure> {
        let user = &write.subject.user;
        if !may_have_written(&write.granted, user, &self.plan, &self.section) {
            return Err(refused(&Reason::NotAllowed));
        }
        let candidate = guard::chunk(&write.chunk).map_err(|refusal| refused(&refusal.into()))?;
        if candidate.actor != writing_actor(&self.id, user) {
            return Err(refused(&Refusal::ActorOfAnother.into()));
        }
        if self.knows(&candidate.hash) {
            return Err(WriteFailure::Raced);
        }
        if !candidate.deps.iter().all(|dep| self.knows(dep)) {
            self.read_again(cx);
            return Err(WriteFailure::Raced);
        }
        if self.is_full(&candidate) {
            return Err(WriteFailure::Unavailable);
        }
        self.queue(Waiting { origin: Origin::Write(write.id), subject: write.subject, candidate, received_at: cx.now });
        cx.ready.insert(self.id);
        Ok(())
    }

    /// Whoever made a change has read more than is in memory: another node has written.
    fn read_again(&mut self, cx: &mut Context<'_>) {
        if self.saving.is_none() {
            self.content = Content::Cool;
            self.load(cx);
        }
    }

    /// Answers every write that waits here: there will be no document to admit it to.
    pub(super) fn let_all_writes_go(&mut self, out: &mut Vec<Output>) {
        self.let_deferred_writes_go(out);
        let saving = self.saving.iter().flat_map(|saving| &saving.batch);
        let ids = self.waiting.iter().chain(saving).filter_map(|waiting| waiting.origin.write());
        let ids = ids.chain(std::mem::take(&mut self.after_upgrade));
        out.extend(ids.map(|id| Output::Written(id, Err(WriteFailure::Unavailable))));
    }

    pub(super) fn let_deferred_writes_go(&mut self, out: &mut Vec<Output>) {
        let_writes_go(&mut self.deferred, out);
    }
}

impl Waiting {
    /// Lets the change into the index.
    pub(super) fn admit_to(&self, index: &mut Index, section: &Section) -> Result<(), Refusal> {
        let user = &self.subject.user;
        match self.origin {
            Origin::Write(_) if section.is_decided() => {
                // Somebody else was first, and what this change says may not hold any more. (automerge adds the actor's own
                // last change to the heads that a change depends on.)
                if !index.heads().iter().all(|head| self.candidate.deps.contains(head)) {
                    return Err(Refusal::Seq);
                }
                index.admit_decision(&self.candidate, section, user)
            }
            Origin::Service => index.admit_decision(&self.candidate, section, user),
            _ => index.admit(&self.candidate, section, user),
        }
    }
}

/// What the maker of a change is told that was not admitted.
pub(super) fn write_failure(why: &Reason) -> WriteFailure {
    match why {
        Reason::Guard(Refusal::Seq | Refusal::MissingDeps | Refusal::Known) => WriteFailure::Raced,
        why => refused(why),
    }
}

fn refused(why: &Reason) -> WriteFailure {
    WriteFailure::Refused { code: why.code(), reason: why.to_string() }
}

//! What the store says of changes of access, this process's own and other processes': open documents get the new facts,
//! and sessions that are over, or are somebody else's by now, lose their sockets.

use super::runner::HubHandle;
use crate::{
    clock::Clock,
    session::SignedIn,
    store::{AccessChange, Session, Store, StoreError},
};
use coplan_core::{
    id::{PlanId, UserId},
    policy::Subject,
    sync::hub::Input,
};
use std::{collections::BTreeSet, time::Duration};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// How often the store is asked. An open connection loses a right within a second.
const ASK_EVERY: Duration = Duration::from_millis(250);
/// After so long a read of facts that failed is tried again.
const READ_AGAIN: Duration = Duration::from_millis(250);

/// Follows the changes of access until the service stops.
pub(super) async fn follow(hub: HubHandle, clock: Clock, stopping: CancellationToken) {
    let mut follower = Follower { hub, clock, after: None, failing: false };
    loop {
        follower.ask().await;
        if stopping.run_until_cancelled(tokio::time::sleep(ASK_EVERY)).await.is_none() {
            return;
        }
    }
}

struct Follower {
    hub: HubHandle,
    clock: Clock,
    /// The newest change that was passed on; `None` before the first answer of the store.
    after: Option<i64>,
    failing: bool,
}

/// What a few changes come to.
#[derive(Default)]
struct Changed {
    newest: i64,
    plans: BTreeSet<PlanId>,
    all_plans: bool,
    accounts: BTreeSet<UserId>,
}

impl Follower {
    async fn ask(&mut self) {
        let result = self.pass_on().await;
        if let Err(error) = &result
            && !self.failing
        {
            metrics::counter!("coplan_access_changes_failed_total").increment(1);
            tracing::error!(%error, "changes of access were not read; open connections keep their rights until they are");
        }
        self.failing = result.is_err();
    }

    async fn pass_on(&mut self) -> Result<(), StoreError> {
        let store = self.hub.store().clone();
        let Some(mut after) = self.after else {
            // Whatever was read before now may be older than that.
            let newest = store.newest_access_change().await?;
            self.tell(&Changed { newest, all_plans: true, ..Changed::default() }).await?;
            self.after = Some(newest);
            return Ok(());
        };
        loop {
            let changes = store.access_changes(after).await?;
            let Some(newest) = changes.last() else { return Ok(()) };
            metrics::counter!("coplan_access_changes_total").increment(changes.len() as u64);
            after = newest.id;
            self.tell(&Changed::of(changes)).await?;
            self.after = Some(after);
        }
    }

    async fn tell(&self, changed: &Changed) -> Result<(), StoreError> {
        let (store, newest) = (self.hub.store(), changed.newest);
        if changed.all_plans {
            store.forget_facts(None);
            self.hub.send(Input::AccessChanged { newest, plan: None }).await;
        }
        for plan in changed.plans.iter().filter(|_| !changed.all_plans) {
            store.forget_facts(Some(plan));
            self.hub.send(Input::AccessChanged { newest, plan: Some(plan.clone()) }).await;
        }
        for user in &changed.accounts {
            for (session, subject) in self.hub.sessions().of(user) {
                let now = store.session_again(session, self.clock.now()).await?;
                if !is_still(now, &subject) {
                    self.hub.end_session(session);
                }
            }
        }
        Ok(())
    }
}

/// Whether a session still holds, for the same person in the same role.
pub(super) fn is_still(now: Option<Session>, subject: &Subject) -> bool {
    now.is_some_and(|now| SignedIn::from(now).subject == *subject)
}

impl Changed {
    fn of(changes: Vec<AccessChange>) -> Self {
        let mut all = Self::default();
        for change in changes {
            all.newest = change.id;
            all.all_plans |= change.plan.is_none() && change.account.is_none();
            all.plans.extend(change.plan);
            all.accounts.extend(change.account);
        }
        all
    }
}

/// Reads the facts of a plan for the hub, for as long as it takes.
pub(super) async fn read_facts(store: Store, plan: PlanId, answers: mpsc::UnboundedSender<Input>) {
    let mut failing = false;
    while !answers.is_closed() {
        match store.facts(&plan).await {
            Ok(facts) => return drop(answers.send(Input::Facts(facts))),
            Err(error) if !failing => {
                failing = true;
                tracing::error!(plan.id = %plan, %error, "what the rules ask about a plan was not read");
            }
            Err(_) => {}
        }
        tokio::time::sleep(READ_AGAIN).await;
    }
}

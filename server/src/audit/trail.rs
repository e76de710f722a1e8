//! The event of the request that is being answered.
//!
//! A request has one trail, put there by `http::audited`. Decisions are noted in it as they are made, the last one standing
//! for the request: handlers ask for what they need from the whole to the part. The store takes the event out of it into
//! the transaction that it allowed; what nobody has taken is kept before the answer leaves.
//!
//! Outside a request there is no trail: then nothing is noted, and the store keeps what it is given.

use super::{Circumstances, Event, Outcome};
use coplan_core::policy::{Denied, Granted};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

tokio::task_local! {
    static TRAIL: Trail;
}

/// What one request leaves.
#[derive(Debug, Clone, Default)]
pub struct Trail(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    circumstances: Option<Circumstances>,
    event: Option<Event>,
    reason: Option<String>,
    shown: Option<(i64, [u8; 32])>,
    kept: bool,
}

impl Trail {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a request with this trail.
    pub async fn follow<T>(self, request: impl Future<Output = T>) -> T {
        TRAIL.scope(self, request).await
    }

    /// The event that is not kept yet, if there is one.
    #[must_use]
    pub fn left(&self) -> Option<Event> {
        let state = self.state();
        let event = state.event.clone().filter(|_| !state.kept)?;
        Some(state.complete(event))
    }
}

impl State {
    /// The event with what the request knows beside it.
    fn complete(&self, mut event: Event) -> Event {
        event.circumstances = event.circumstances.or(self.circumstances);
        event.reason = event.reason.or_else(|| self.reason.clone());
        if let (None, Some((version, sha256))) = (event.sha256, self.shown) {
            event.version = Some(version);
            event.sha256 = Some(sha256);
        }
        event
    }

    /// What was decided, if it is what the event is about.
    fn with_decision(&self, mut event: Event) -> Event {
        let decided = self.event.as_ref().filter(|decided| decided.by == event.by);
        if let Some(decided) = decided {
            if event.rules.is_empty() {
                event.rules.clone_from(&decided.rules);
            }
            event.connection = event.connection.or(decided.connection);
        }
        event
    }
}

fn with<T>(work: impl FnOnce(&mut State) -> T) -> Option<T> {
    TRAIL.try_with(|trail| work(&mut trail.state())).ok()
}

/// Somebody is signed in.
pub fn signed_in(circumstances: Circumstances) {
    with(|state| state.circumstances = Some(circumstances));
}

/// Something was allowed.
pub fn allowed(granted: &Granted) {
    note(Event::decided(granted.decision(), Outcome::Allowed));
}

/// Something was refused.
pub fn refused(denied: &Denied) {
    note(Event::decided(&denied.decision, Outcome::Refused));
}

/// This is what the request is about.
pub fn note(event: Event) {
    with(|state| state.event = Some(event));
}

/// What of the plan it is about, more closely than the decision says.
pub fn about(resource: String) {
    with(|state| {
        if let Some(event) = &mut state.event {
            event.resource = Some(resource);
        }
    });
}

/// The request gave a reason, in words of whoever made it.
pub fn because(reason: &str) {
    with(|state| state.reason = Some(reason.to_owned()));
}

/// The bytes of a view are about to be shown.
pub fn shows(version: u32, sha256: [u8; 32]) {
    with(|state| state.shown = Some((i64::from(version), sha256)));
}

/// What the store shall keep in its transaction for `event`: with the circumstances and the decision of the request, or
/// nothing if the request's event is kept already.
#[must_use]
pub(crate) fn to_keep(event: Event) -> Option<Event> {
    let in_request = with(|state| (!state.kept).then(|| state.complete(state.with_decision(event.clone()))));
    in_request.unwrap_or(Some(event))
}

/// The request's event as it stands, if it is not kept already.
#[must_use]
pub(crate) fn noted() -> Option<Event> {
    TRAIL.try_with(Trail::left).ok().flatten()
}

/// The request's event is durable.
pub(crate) fn kept() {
    with(|state| state.kept = true);
}

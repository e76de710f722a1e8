//! Server-sent events: "a newer version of this plan is published", and nothing of what is in it.
//!
//! A stream is one decision and one event of the audit, when it is opened. Rights are decided again at every wake-up: when
//! access to the plan changes, when something that they rest on comes to its end, and before anything is sent. Whoever has
//! none any more, or whose session is over, hears `gone`, and the stream ends. Whoever may read more of it than before, or
//! less, hears `changed`.
//!
//! What follows plans is bounded: so many streams for each account and in all. A stream holds two numbers, however slowly
//! its client reads.

use crate::{
    access::PlanAccess,
    problem::Problem,
    session::{SESSION_IDLE_MS_MAX, SignedIn},
    state::AppState,
    store::{Following, Store, StoreError},
    sync::{Place, SOCKETS_PER_USER_MAX},
};
use axum::{
    http::{HeaderMap, HeaderName, StatusCode},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use coplan_core::{
    id::UserId,
    policy::{Action, Granted, Resource},
    view::ViewKind,
};
use futures_util::stream;
use serde_json::json;
use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio_util::sync::CancellationToken;

/// How many streams are open. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Streams(Arc<Mutex<Open>>);

#[derive(Debug, Default)]
struct Open {
    all: usize,
    users: HashMap<UserId, usize>,
}

/// One stream's place; gone when dropped.
#[derive(Debug)]
struct Seat {
    streams: Streams,
    user: UserId,
}

/// What somebody follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    /// That there are publications.
    Plan,
    /// The urgent view.
    Urgent,
}

impl Of {
    /// What has to be granted for it.
    pub(crate) const fn resource(self) -> Resource<'static> {
        match self {
            Self::Plan => Resource::Plan,
            Self::Urgent => Resource::View(ViewKind::Urgent),
        }
    }
}

impl Streams {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place, if the account and the service have one left.
    fn enter(&self, user: &UserId) -> Option<Seat> {
        let mut open = self.open();
        if open.all >= STREAMS_MAX || open.users.get(user).is_some_and(|own| *own >= STREAMS_PER_USER_MAX) {
            return None;
        }
        open.all += 1;
        *open.users.entry(user.clone()).or_default() += 1;
        metrics::gauge!("coplan_event_streams").increment(1);
        Some(Seat { streams: self.clone(), user: user.clone() })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.streams.open();
        open.all -= 1;
        if let Some(own) = open.users.get_mut(&self.user) {
            *own -= 1;
            if *own == 0 {
                open.users.remove(&self.user);
            }
        }
        metrics::gauge!("coplan_event_streams").decrement(1);
    }
}

/// Answers with the stream of the plan that was granted. The client says in `Last-Event-ID` which version it knows; without
/// that it hears the newest at once.
///
/// # Errors
/// `Problem` if they or the service have too many streams open, or the store did not answer.
pub(crate) async fn follow(
    state: &AppState,
    who: SignedIn,
    granted: Granted,
    of: Of,
    asked: &HeaderMap,
) -> Result<Response, Problem> {
    let seat = state.streams.enter(&who.subject.user).ok_or_else(too_many)?;
    let place = state.hub.sessions().enter(who.session.id, &who.subject, SOCKETS_PER_USER_MAX).ok_or_else(too_many)?;
    let following = state.store.follow(&granted).await?;
    let known = asked.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()?.trim().parse().ok()).unwrap_or_default();
    let live = Live { state: state.clone(), who, granted, of, following, place, known, _seat: seat };
    let events = stream::unfold(Some(live), async |live| {
        let mut live = live?;
        match live.next().await? {
            Heard::Published(version) => Some((published(version), Some(live))),
            Heard::Changed => Some((changed(), Some(live))),
            Heard::Gone => Some((gone(), None)),
        }
    });
    let comments = KeepAlive::new().interval(COMMENT_EVERY);
    Ok(([(NO_BUFFER, "no")], Sse::new(events).keep_alive(comments)).into_response())
}

/// One open stream.
struct Live {
    state: AppState,
    who: SignedIn,
    granted: Granted,
    of: Of,
    following: Following,
    /// Ends with the session.
    place: Place,
    /// The newest publication that its client knows.
    known: u32,
    _seat: Seat,
}

/// What a stream says.
enum Heard {
    Published(u32),
    Changed,
    Gone,
}

impl Live {
    /// Waits for the next thing to say; there is none once the service stops.
    async fn next(&mut self) -> Option<Heard> {
        loop {
            let newest = self.following.newest();
            let look_again_in = match self.may_go_on().await {
                Ok(None) => return Some(Heard::Gone),
                Ok(Some((granted, _))) if granted.kept() != self.granted.kept() => {
                    self.granted = granted;
                    return Some(Heard::Changed);
                }
                Ok(Some(_)) if newest != self.known => {
                    self.known = newest;
                    return Some(Heard::Published(newest));
                }
                Ok(Some((_, look_again_in))) => look_again_in,
                // Nothing is said until it is known whether it may be.
                Err(_) => ASK_AGAIN_AFTER,
            };
            tokio::select! {
                biased;
                () = self.state.hub.stopping().cancelled() => return None,
                () = self.place.ended.cancelled() => return Some(Heard::Gone),
                () = self.following.changed() => {}
                () = tokio::time::sleep(look_again_in) => {}
            }
        }
    }

    /// The right as it is now if the session holds and has one, and for how long that stands if nothing happens. Being open keeps no
    /// session from being idle: a phone that was laid aside is not in use.
    async fn may_go_on(&self) -> Result<Option<(Granted, Duration)>, StoreError> {
        let Self { state, who, granted, of, .. } = self;
        let now = state.clock.now();
        let idle_since = now.plus_ms(-SESSION_IDLE_MS_MAX);
        let session = state.store.session_unused(who.session.id, now, idle_since).await?.map(SignedIn::from);
        let Some(session) = session.filter(|session| session.subject == who.subject) else { return Ok(None) };
        let access = PlanAccess::of(&state.store, &state.policies, &who.subject, granted.plan(), now).await?;
        let Some(granted) = access.part(Action::ReadPublished, of.resource()) else { return Ok(None) };
        let ends = [Some(session.session.expires_at), access.facts.changes_at(now)].into_iter().flatten().min();
        let left_ms = ends.map_or(i64::MAX, |end| end.since_ms(now)).max(1).unsigned_abs();
        Ok(Some((granted, Duration::from_millis(left_ms).min(LOOK_EVERY))))
    }
}

fn published(version: u32) -> Result<Event, Infallible> {
    metrics::counter!("coplan_events_sent_total", "event" => "published").increment(1);
    let data = json!({ "version": version }).to_string();
    Ok(Event::default().event("published").id(version.to_string()).retry(RETRY_AFTER).data(data))
}

fn changed() -> Result<Event, Infallible> {
    metrics::counter!("coplan_events_sent_total", "event" => "changed").increment(1);
    Ok(Event::default().event("changed").data("{}"))
}

fn gone() -> Result<Event, Infallible> {
    metrics::counter!("coplan_events_sent_total", "event" => "gone").increment(1);
    // An event without data is not passed on by browsers.
    Ok(Event::default().event("gone").data("{}"))
}

fn too_many() -> Problem {
    let detail = "close some of your open pages first";
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-streams", "Too many open streams", detail).retry_after(30)
}

/// Looks for what other processes publish, until the service stops.
pub async fn hear(store: Store, stopping: CancellationToken) {
    let mut failing = false;
    while stopping.run_until_cancelled(tokio::time::sleep(HEAR_EVERY)).await.is_some() {
        let result = store.hear_of_publications().await;
        if let Err(error) = &result
            && !failing
        {
            tracing::error!(%error, "publications of other processes are not heard of until the store answers");
        }
        failing = result.is_err();
    }
}

/// Streams that one account may have open: tabs, and a few devices.
pub const STREAMS_PER_USER_MAX: usize = 32;

/// Streams at the same time, of all accounts together: half of the connections.
pub const STREAMS_MAX: usize = 10_000;

/// How often a comment is sent, so that nobody in between takes the stream for dead.
const COMMENT_EVERY: Duration = Duration::from_secs(15);

/// How often the session and the right are looked at although nothing was heard.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// When a store that did not answer is asked again.
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(250);

/// How often the store is asked for what other processes published. News is heard within a second.
const HEAR_EVERY: Duration = Duration::from_millis(500);

/// How long a browser waits before it opens a stream again that was cut.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// The version that a client knows.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Says to a proxy that what is sent must not wait.
const NO_BUFFER: HeaderName = HeaderName::from_static("x-accel-buffering");

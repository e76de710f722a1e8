//! How often somebody may ask. Limits stop abuse; nobody at work meets them.
//!
//! INVARIANT: what is remembered of strangers is bounded: a bucket that is full again is forgotten, and with too many
//! addresses at once all of them are.

use crate::{peer::Peer, problem::Problem};
use axum::http::StatusCode;
use coplan_core::id::UserId;
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use std::{hash::Hash, net::IpAddr, num::NonZeroU32};

/// All limits of a running service.
pub struct Rates {
    /// Development sign-ins of each user.
    users: Buckets<UserId>,
    /// Sign-ins begun and ended from each address.
    doors: Buckets<IpAddr>,
    /// Requests from each address that came without a session.
    strangers: Buckets<IpAddr>,
    /// Check codes of printed plans, asked for from each address.
    checks: Buckets<IpAddr>,
    /// Relationships with plans that each account has asked for.
    relationships: Buckets<UserId>,
    /// Imports and documents of other records that each account has brought.
    imports: Buckets<UserId>,
    /// Requests of each account.
    subjects: Option<Buckets<UserId>>,
}

/// Asked too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooOften {
    /// After so many seconds it may be asked again.
    pub retry_after_s: u64,
}

impl Rates {
    /// Buckets that are full, with so many requests a second for each account; 0 for no limit.
    #[must_use]
    pub fn new(requests_per_second: u32) -> Self {
        let subjects = NonZeroU32::new(requests_per_second);
        let at_once = |rate: NonZeroU32| rate.saturating_mul(REQUESTS_AT_ONCE_S);
        Self {
            users: Buckets::new(SIGN_INS_PER_SECOND, SIGN_INS_AT_ONCE),
            doors: Buckets::new(DOOR_PER_SECOND, DOOR_AT_ONCE),
            strangers: Buckets::new(STRANGER_PER_SECOND, STRANGER_AT_ONCE),
            checks: Buckets::new(CHECKS_PER_SECOND, CHECKS_AT_ONCE),
            relationships: Buckets::new(RELATIONSHIPS_PER_SECOND, RELATIONSHIPS_AT_ONCE),
            imports: Buckets::new(IMPORTS_PER_SECOND, IMPORTS_AT_ONCE),
            subjects: subjects.map(|rate| Buckets::new(rate, at_once(rate))),
        }
    }

    /// A development sign-in. Only ask for users that exist.
    ///
    /// # Errors
    /// `TooOften`.
    pub fn sign_in(&self, user: &UserId) -> Result<(), TooOften> {
        self.users.take(user)
    }

    /// One step of a sign-in of somebody who is not known yet: its start, its end, a launch.
    ///
    /// # Errors
    /// `TooOften`.
    pub fn at_the_door(&self, peer: &Peer) -> Result<(), TooOften> {
        self.doors.take(&peer.counted_as())
    }

    /// A request that needed a session and came without one, or with one that does not hold.
    ///
    /// # Errors
    /// `TooOften`.
    pub fn stranger(&self, peer: &Peer) -> Result<(), TooOften> {
        self.strangers.take(&peer.counted_as())
    }

    /// A check code of a printed plan: nobody tries one after the other.
    ///
    /// # Errors
    /// `TooOften`.
    pub fn check(&self, peer: &Peer) -> Result<(), TooOften> {
        self.checks.take(&peer.counted_as())
    }

    /// A relationship with a plan, of somebody who is signed in: nobody tries one NHS number after the other.
    ///
    /// # Errors
    /// `TooOften`.
    pub fn relationship(&self, user: &UserId) -> Result<(), TooOften> {
        self.relationships.take(user)
    }

    /// A request of somebody who is signed in.
    ///
    /// # Errors
    /// `TooOften`.
    pub fn request(&self, user: &UserId) -> Result<(), TooOften> {
        self.subjects.as_ref().map_or(Ok(()), |buckets| buckets.take(user))
    }

    /// An import, or a document of another record: megabytes to be read, and a request to somebody else.
    ///
    /// # Errors
    /// `TooOften`.
    pub fn import(&self, user: &UserId) -> Result<(), TooOften> {
        self.imports.take(user)
    }

    /// Forgets whoever has not asked for a while; to be called every few seconds.
    pub fn tidy(&self) {
        self.users.tidy();
        self.doors.tidy();
        self.strangers.tidy();
        self.checks.tidy();
        self.relationships.tidy();
        self.imports.tidy();
        self.subjects.iter().for_each(Buckets::tidy);
    }
}

impl From<TooOften> for Problem {
    fn from(too_often: TooOften) -> Self {
        let detail = "this was asked too often; wait a moment";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too-often", "Too often", detail).retry_after(too_often.retry_after_s)
    }
}

/// A token bucket for each key, so that one cannot keep another out.
struct Buckets<Key: Clone + Eq + Hash> {
    limiter: DefaultKeyedRateLimiter<Key>,
    clock: DefaultClock,
}

impl<Key: Clone + Eq + Hash> Buckets<Key> {
    fn new(per_second: NonZeroU32, at_once: NonZeroU32) -> Self {
        let limiter = RateLimiter::keyed(Quota::per_second(per_second).allow_burst(at_once));
        Self { limiter, clock: DefaultClock::default() }
    }

    fn take(&self, key: &Key) -> Result<(), TooOften> {
        self.limiter.check_key(key).map_err(|not_until| {
            let wait = not_until.wait_time_from(self.clock.now());
            TooOften { retry_after_s: wait.as_secs() + 1 }
        })
    }

    fn tidy(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

/// How often one user may sign in under `--development`, in the long run.
const SIGN_INS_PER_SECOND: NonZeroU32 = NonZeroU32::new(5).expect("not zero");

/// How often one user may do so at once, after a pause.
const SIGN_INS_AT_ONCE: NonZeroU32 = NonZeroU32::new(60).expect("not zero");

/// Steps of sign-ins from one address each second, in the long run: a hospital behind one address at the change of shifts.
const DOOR_PER_SECOND: NonZeroU32 = NonZeroU32::new(10).expect("not zero");

/// The same at once, after a pause.
const DOOR_AT_ONCE: NonZeroU32 = NonZeroU32::new(100).expect("not zero");

/// Requests without a session from one address each second, in the long run.
const STRANGER_PER_SECOND: NonZeroU32 = NonZeroU32::new(20).expect("not zero");

/// The same at once, after a pause.
const STRANGER_AT_ONCE: NonZeroU32 = NonZeroU32::new(1_000).expect("not zero");

/// Check codes from one address each second, in the long run.
const CHECKS_PER_SECOND: NonZeroU32 = NonZeroU32::new(1).expect("not zero");

/// The same at once, after a pause: a ward that goes through its folders behind one address.
const CHECKS_AT_ONCE: NonZeroU32 = NonZeroU32::new(60).expect("not zero");

/// Relationships that one account may ask for each second, in the long run.
const RELATIONSHIPS_PER_SECOND: NonZeroU32 = NonZeroU32::new(1).expect("not zero");

/// The same at once, after a pause: a morning's list.
const RELATIONSHIPS_AT_ONCE: NonZeroU32 = NonZeroU32::new(30).expect("not zero");

/// Imports that one account may ask for each second, in the long run.
const IMPORTS_PER_SECOND: NonZeroU32 = NonZeroU32::new(1).expect("not zero");

/// The same at once, after a pause: a ward round.
const IMPORTS_AT_ONCE: NonZeroU32 = NonZeroU32::new(60).expect("not zero");

/// Requests of one account each second in the long run, unless a flag says otherwise.
pub const REQUESTS_PER_SECOND: u32 = 500;

/// So many seconds' worth of them may come at once.
const REQUESTS_AT_ONCE_S: NonZeroU32 = NonZeroU32::new(4).expect("not zero");

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: &str) -> UserId {
        id.parse().expect("an id")
    }

    fn peer(address: &str) -> Peer {
        let client = address.parse().expect("an address");
        Peer { connection: client, client }
    }

    #[test]
    fn one_user_who_signs_in_too_often_keeps_nobody_else_out() {
        let rates = Rates::new(0);
        let allowed = (0..1_000).filter(|_| rates.sign_in(&user("eager")).is_ok()).count();
        assert!((60..200).contains(&allowed), "{allowed}");
        assert!(rates.sign_in(&user("calm")).is_ok());
    }

    #[test]
    fn one_address_that_knocks_too_often_keeps_no_other_out_and_hears_when_to_come_again() {
        let rates = Rates::new(0);
        let outcomes: Vec<_> = (0..1_000).map(|_| rates.at_the_door(&peer("2001:db8::1"))).collect();
        let allowed = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert!((100..300).contains(&allowed), "{allowed}");
        assert!(outcomes.contains(&Err(TooOften { retry_after_s: 1 })));
        assert!(rates.at_the_door(&peer("2001:db8::2")).is_err(), "another address of the same subscriber");
        assert!(rates.at_the_door(&peer("2001:db8:1::1")).is_ok());
    }

    #[test]
    fn no_limit_is_no_limit() {
        let (none, some) = (Rates::new(0), Rates::new(1));
        assert!((0..10_000).all(|_| none.request(&user("busy")).is_ok()));
        assert!(!(0..10_000).all(|_| some.request(&user("busy")).is_ok()));
    }

    #[test]
    fn whoever_has_not_asked_for_a_while_is_forgotten() {
        let rates = Rates::new(1_000_000);
        assert!(rates.request(&user("once")).is_ok());
        while rates.subjects.as_ref().is_some_and(|buckets| !buckets.limiter.is_empty()) {
            rates.tidy();
        }
    }
}

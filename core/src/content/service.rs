//! Actors of changes that the service makes, for somebody or by itself.
//!
//! INVARIANT: they all begin alike, and the hub refuses a client's change by such an actor. So nobody can take the place
//! of one before the service comes to use it. A client's random actor begins so once in 2^48.

use automerge::ActorId;
use sha2::{Digest, Sha256};

/// The actor that the service uses for this purpose, the same wherever it is asked for. Say in `purpose` what tells it
/// from every other: the document, whom it is for.
#[must_use]
pub fn service_actor(purpose: &str) -> ActorId {
    let digest = Sha256::digest(format!("coplan service actor\0{purpose}"));
    let mut bytes = [0; ACTOR_BYTES];
    let (start, rest) = bytes.split_at_mut(START.len());
    start.copy_from_slice(START);
    rest.copy_from_slice(&digest[..rest.len()]);
    ActorId::from(bytes)
}

/// Whether only the service makes changes by this actor.
#[must_use]
pub fn is_service_actor(actor: &ActorId) -> bool {
    actor.to_bytes().starts_with(START)
}

const START: &[u8] = b"coplan";
const ACTOR_BYTES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_actor_is_the_same_for_one_purpose_and_another_for_another() {
        assert_eq!(service_actor("a"), service_actor("a"));
        assert_ne!(service_actor("a"), service_actor("b"));
        assert!(is_service_actor(&service_actor("a")) && !is_service_actor(&ActorId::from([7; 16])));
    }
}

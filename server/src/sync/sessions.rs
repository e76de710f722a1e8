//! Which sessions have sockets open, so that the end of a session ends them at once.

use crate::store::SessionId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio_util::sync::CancellationToken;

/// Sockets by session. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct OpenSessions(Arc<Mutex<HashMap<SessionId, Sockets>>>);

#[derive(Debug, Default)]
struct Sockets {
    open: usize,
    ended: CancellationToken,
}

/// One socket's place among its session's; gone when dropped.
#[derive(Debug)]
pub(super) struct Place {
    sessions: OpenSessions,
    session: SessionId,
    pub(super) ended: CancellationToken,
}

impl OpenSessions {
    /// Takes a place for a socket; `None` if the session has as many as it may have.
    pub(super) fn enter(&self, session: SessionId, most: usize) -> Option<Place> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sockets = all.entry(session).or_default();
        if sockets.open >= most {
            return None;
        }
        sockets.open += 1;
        Some(Place { sessions: self.clone(), session, ended: sockets.ended.clone() })
    }

    /// Ends every socket of a session.
    pub(super) fn end(&self, session: SessionId) {
        if let Some(sockets) = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&session) {
            sockets.ended.cancel();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut all = self.sessions.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sockets) = all.get_mut(&self.session) {
            sockets.open -= 1;
            if sockets.open == 0 {
                all.remove(&self.session);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_so_many_sockets_and_its_end_ends_them_all() {
        let sessions = OpenSessions::default();
        let one = sessions.enter(SessionId(1), 2).expect("room for one");
        let two = sessions.enter(SessionId(1), 2).expect("room for two");
        assert!(sessions.enter(SessionId(1), 2).is_none());
        drop(two);
        let two = sessions.enter(SessionId(1), 2).expect("room again");
        let other = sessions.enter(SessionId(2), 2).expect("another session");
        sessions.end(SessionId(1));
        assert!(one.ended.is_cancelled() && two.ended.is_cancelled() && !other.ended.is_cancelled());
    }
}

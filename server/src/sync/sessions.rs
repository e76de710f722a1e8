//! Which sessions have sockets or streams open, and whose they are, so that the end of a session ends them at once.

use crate::store::SessionId;
use coplan_core::{id::UserId, policy::Subject};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio_util::sync::CancellationToken;

/// Sockets that one person may have open, in all sessions together: tabs, and an integrator's workers.
pub const SOCKETS_PER_USER_MAX: usize = 4_096;

/// Sockets by session. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct OpenSessions(Arc<Mutex<Open>>);

#[derive(Debug, Default)]
struct Open {
    sessions: HashMap<SessionId, Sockets>,
    /// How many sockets each person has.
    users: HashMap<UserId, usize>,
}

#[derive(Debug)]
struct Sockets {
    /// Who the session said they were when its first socket was opened.
    subject: Arc<Subject>,
    open: usize,
    ended: CancellationToken,
}

/// One socket's place among its session's; gone when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    sessions: OpenSessions,
    session: SessionId,
    user: UserId,
    pub(crate) ended: CancellationToken,
}

impl OpenSessions {
    /// Takes a place for a socket; `None` if its owner has as many as they may have.
    pub(crate) fn enter(&self, session: SessionId, subject: &Subject, most: usize) -> Option<Place> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_user = all.users.entry(subject.user.clone()).or_default();
        if *of_user >= most {
            return None;
        }
        *of_user += 1;
        let sockets = all.sessions.entry(session).or_insert_with(|| Sockets {
            subject: Arc::new(subject.clone()),
            open: 0,
            ended: CancellationToken::new(),
        });
        sockets.open += 1;
        let ended = sockets.ended.clone();
        Some(Place { sessions: self.clone(), session, user: subject.user.clone(), ended })
    }

    /// The sessions of a person that have sockets open, and who they said they were.
    pub(super) fn of(&self, user: &UserId) -> Vec<(SessionId, Arc<Subject>)> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let theirs = all.sessions.iter().filter(|(_, sockets)| sockets.subject.user == *user);
        theirs.map(|(id, sockets)| (*id, Arc::clone(&sockets.subject))).collect()
    }

    /// Ends every socket of a session.
    pub(super) fn end(&self, session: SessionId) {
        if let Some(sockets) = self.0.lock().unwrap_or_else(PoisonError::into_inner).sessions.remove(&session) {
            sockets.ended.cancel();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut all = self.sessions.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = all.users.get_mut(&self.user) {
            *open -= 1;
            if *open == 0 {
                all.users.remove(&self.user);
            }
        }
        // A session whose sockets were ended may have begun anew; its places are of another token.
        if let Some(sockets) = all.sessions.get_mut(&self.session)
            && !self.ended.is_cancelled()
        {
            sockets.open -= 1;
            if sockets.open == 0 {
                all.sessions.remove(&self.session);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_has_so_many_sockets_and_the_end_of_a_session_ends_its_own() {
        let sessions = OpenSessions::default();
        let (nurse, other) =
            (Subject::system(), Subject { user: "other".parse().expect("an id"), ..Subject::system() });
        let one = sessions.enter(SessionId(1), &nurse, 2).expect("room for one");
        let two = sessions.enter(SessionId(2), &nurse, 2).expect("room for two, of another session");
        assert!(sessions.enter(SessionId(1), &nurse, 2).is_none());
        drop(two);
        let two = sessions.enter(SessionId(1), &nurse, 2).expect("room again");
        let others = sessions.enter(SessionId(3), &other, 2).expect("another person");
        assert_eq!(sessions.of(&nurse.user).iter().map(|(id, _)| id.0).collect::<Vec<_>>(), [1]);
        sessions.end(SessionId(1));
        assert!(one.ended.is_cancelled() && two.ended.is_cancelled() && !others.ended.is_cancelled());
        let again = sessions.enter(SessionId(1), &other, 2).expect("the session is another's now");
        drop((one, two));
        assert!(!again.ended.is_cancelled() && sessions.of(&other.user).len() == 2);
        drop((again, others));
        assert!(sessions.of(&other.user).is_empty());
    }
}

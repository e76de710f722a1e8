//! A short pause after a commit, so that the answers to it come in before the next batch is made.
//!
//! Trying a batch costs about as much for ten changes as for one. Those who type wait for their acknowledgement and then
//! send the next change; a batch begun at once would hold the one change that happened to be there. Where one person types
//! alone, or nothing has just been committed, there is no pause. The runtime's timer counts in milliseconds, which is too long: a thread sleeps.

use std::{sync::mpsc as std_mpsc, thread, time::Duration};
use tokio::sync::mpsc;

/// How long after a commit the next batch gathers.
const GATHER: Duration = Duration::from_micros(250);

/// The thread that sleeps. It ends when this is dropped.
pub(super) struct Gather {
    begin: std_mpsc::SyncSender<()>,
    over: mpsc::Receiver<()>,
    under_way: bool,
}

impl Gather {
    /// Starts the thread; without one there are no pauses.
    pub(super) fn start() -> Self {
        let (begin, begun) = std_mpsc::sync_channel::<()>(1);
        let (done, over) = mpsc::channel(1);
        let sleep = move || {
            while begun.recv().is_ok() {
                thread::sleep(GATHER);
                if done.blocking_send(()).is_err() {
                    return;
                }
            }
        };
        if let Err(error) = thread::Builder::new().name("coplan-gather".to_owned()).spawn(sleep) {
            tracing::warn!(%error, "no thread for gathering changes; batches will be smaller");
        }
        Self { begin, over, under_way: false }
    }

    /// A commit has just been answered: pause, unless a pause is under way.
    pub(super) fn after_commit(&mut self) {
        self.under_way = self.under_way || self.begin.try_send(()).is_ok();
    }

    pub(super) fn is_under_way(&self) -> bool {
        self.under_way
    }

    /// Waits for the end of the pause that is under way; for ever if there is none.
    pub(super) async fn over(&mut self) {
        if !self.under_way {
            std::future::pending::<()>().await;
        }
        // `None` is a thread that is gone: then there is nothing to wait for either.
        let _ = self.over.recv().await;
        self.under_way = false;
    }
}

//! What the driver counts while a run is measured.

use crate::ledger::Delivery;
use automerge::{Change, ChangeHash};
use std::{
    cell::{Cell, RefCell},
    time::{Duration, Instant},
};
use tokio::sync::Notify;

/// Counts of one run. Nothing is counted before `begin` and after `end`.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    measuring: Cell<bool>,
    edits_wanted: Cell<usize>,
    bytes_up: Cell<u64>,
    bytes_down: Cell<u64>,
    deliveries: Cell<u64>,
    acks: RefCell<Vec<Duration>>,
    fan_out: RefCell<Vec<Duration>>,
    last_reader: RefCell<Vec<Duration>>,
    /// Every acknowledged change of the run, measured or not, where that is asked for.
    kept: RefCell<Option<Vec<ChangeHash>>>,
    enough: Notify,
}

impl Tally {
    /// Keeps the hash of every acknowledged change from now on.
    pub(crate) fn keep_hashes(&self) {
        *self.kept.borrow_mut() = Some(Vec::new());
    }

    /// The hashes kept.
    pub(crate) fn hashes(&self) -> Vec<ChangeHash> {
        self.kept.borrow().clone().unwrap_or_default()
    }

    pub(crate) fn begin(&self) {
        self.measuring.set(true);
    }

    pub(crate) fn end(&self) {
        self.measuring.set(false);
    }

    /// Waits until `edits` were acknowledged, at most `limit`.
    pub(crate) async fn wait_for(&self, edits: usize, limit: Duration) {
        self.edits_wanted.set(edits);
        let _enough_or_time_is_up = tokio::time::timeout(limit, self.enough.notified()).await;
    }

    pub(crate) fn sent(&self, bytes: u64) {
        if self.measuring.get() {
            self.bytes_up.set(self.bytes_up.get() + bytes);
        }
    }

    pub(crate) fn received(&self, bytes: u64) {
        if self.measuring.get() {
            self.bytes_down.set(self.bytes_down.get() + bytes);
        }
    }

    pub(crate) fn delivered(&self, at: Instant, delivery: &Delivery) {
        if self.measuring.get() {
            let took = at.saturating_duration_since(delivery.sent_at);
            self.deliveries.set(self.deliveries.get() + 1);
            self.fan_out.borrow_mut().push(took);
            if delivery.last {
                self.last_reader.borrow_mut().push(took);
            }
        }
    }

    pub(crate) fn acknowledged(&self, due_at: Instant, change: &Change) {
        if let Some(kept) = self.kept.borrow_mut().as_mut() {
            kept.push(change.hash());
        }
        if self.measuring.get() {
            let mut acks = self.acks.borrow_mut();
            acks.push(due_at.elapsed());
            if acks.len() == self.edits_wanted.get() {
                self.enough.notify_one();
            }
        }
    }

    pub(crate) fn edits(&self) -> usize {
        self.acks.borrow().len()
    }

    pub(crate) fn deliveries(&self) -> u64 {
        self.deliveries.get()
    }

    /// Bytes up and down, of all frames.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes_up.get() + self.bytes_down.get()
    }

    /// Milliseconds from sending to acknowledgement, at this quantile.
    pub(crate) fn ack_ms(&self, quantile: f64) -> f64 {
        quantile_ms(&self.acks, quantile)
    }

    /// Milliseconds from sending to a reader, at this quantile.
    pub(crate) fn fan_out_ms(&self, quantile: f64) -> f64 {
        quantile_ms(&self.fan_out, quantile)
    }

    /// Milliseconds from sending to the last reader, at this quantile.
    pub(crate) fn last_reader_ms(&self, quantile: f64) -> f64 {
        quantile_ms(&self.last_reader, quantile)
    }
}

fn quantile_ms(samples: &RefCell<Vec<Duration>>, quantile: f64) -> f64 {
    let mut sorted = samples.borrow().clone();
    sorted.sort_unstable();
    if sorted.is_empty() {
        return f64::NAN;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a quantile of a short list")]
    let at = ((sorted.len() - 1) as f64 * quantile).round() as usize;
    sorted[at].as_secs_f64() * 1_000.0
}

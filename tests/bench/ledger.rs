//! What the driver knows of the changes of one document, so that its clients need not apply them.
//!
//! A client that applied every delivery with automerge would cost more than the server it measures. All changes of a
//! run are made in this process, so the driver can look up what a client would have learned by applying.

use automerge::{Change, ChangeHash};
use std::{collections::HashMap, time::Instant};

/// Every change of one document that this process made or found there.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    changes: HashMap<ChangeHash, Known>,
    /// By the first four bytes of the hash, which a change chunk carries as its checksum.
    flights: HashMap<[u8; 4], Flight>,
    next_index: u64,
}

/// A change: what a later one needs to know of it.
#[derive(Debug)]
struct Known {
    /// Raised with every change, so a change never depends on one with a higher index.
    index: u64,
    max_op: u64,
    deps: Vec<ChangeHash>,
}

/// A change on its way to the other clients.
#[derive(Debug)]
struct Flight {
    sent_at: Instant,
    deliveries_left: usize,
}

/// One delivery of a change.
pub(crate) struct Delivery {
    /// When the change left its author.
    pub(crate) sent_at: Instant,
    /// No other client waits for it.
    pub(crate) last: bool,
}

impl Ledger {
    /// Takes over a change that was in the document before.
    pub(crate) fn found(&mut self, change: &Change) {
        self.next_index += 1;
        let known = Known { index: self.next_index, max_op: change.max_op(), deps: change.deps().to_vec() };
        self.changes.insert(change.hash(), known);
    }

    /// Takes over a change that leaves its author now, for `readers` others.
    pub(crate) fn sent(&mut self, change: &Change, readers: usize) {
        self.found(change);
        if readers > 0 {
            let flight = Flight { sent_at: Instant::now(), deliveries_left: readers };
            self.flights.insert(checksum(change.raw_bytes()), flight);
        }
    }

    /// A change chunk has reached one of the others; `None` if nobody measures it.
    pub(crate) fn delivered(&mut self, chunk: &[u8]) -> Option<Delivery> {
        let key = checksum(chunk);
        let flight = self.flights.get_mut(&key)?;
        flight.deliveries_left -= 1;
        let delivery = Delivery { sent_at: flight.sent_at, last: flight.deliveries_left == 0 };
        if delivery.last {
            self.flights.remove(&key);
        }
        Some(delivery)
    }

    /// The highest operation counter of these changes, which cover everything before them.
    pub(crate) fn max_op(&self, heads: &[ChangeHash]) -> u64 {
        heads.iter().filter_map(|hash| self.changes.get(hash)).map(|known| known.max_op).max().unwrap_or(0)
    }

    /// Whether `heads` are `change` or descend from it.
    pub(crate) fn covers(&self, heads: &[ChangeHash], change: &ChangeHash) -> bool {
        if heads.contains(change) {
            return true;
        }
        let Some(sought) = self.changes.get(change) else { return false };
        let mut to_visit: Vec<&ChangeHash> = heads.iter().collect();
        let mut visited: Vec<u64> = Vec::new();
        while let Some(hash) = to_visit.pop() {
            let Some(known) = self.changes.get(hash).filter(|known| known.index > sought.index) else { continue };
            if known.deps.contains(change) {
                return true;
            }
            if !visited.contains(&known.index) {
                visited.push(known.index);
                to_visit.extend(&known.deps);
            }
        }
        false
    }

    /// How many changes the document holds as far as this process knows.
    pub(crate) fn len(&self) -> usize {
        self.changes.len()
    }
}

fn checksum(chunk: &[u8]) -> [u8; 4] {
    chunk.get(4..8).and_then(|bytes| bytes.try_into().ok()).unwrap_or_default()
}

//! Going back through several logs at once, newest first.

use super::{Cursor, Wanted};
use crate::{
    history::{HistoryFailure, Part},
    store::{Authored, MadeChange, PublishedBy, Store, StoreError},
};
use automerge::ChangeHash;
use coplan_core::{
    history::{Made, belongs_to_entry},
    policy::{Granted, Subject},
    time::UtcMillis,
};
use std::collections::{BTreeSet, VecDeque};

/// What one author did to one section at one go: changes that follow each other in the log.
pub(super) struct Sitting {
    pub(super) part: Part,
    /// The position of its first change.
    pub(super) first: u64,
    /// The position behind its last.
    pub(super) end: u64,
    /// Oldest first; never empty.
    changes: Vec<MadeChange>,
}

impl Sitting {
    pub(super) fn last(&self) -> &Authored {
        &self.changes[self.changes.len() - 1].made
    }

    pub(super) fn by(&self) -> &Subject {
        &self.last().subject
    }

    pub(super) fn hashes(&self) -> Vec<ChangeHash> {
        self.changes.iter().map(|change| change.hash).collect()
    }

    pub(super) fn cursor(&self) -> Cursor {
        Cursor { at: self.last().received_at, section: self.part.section.id.to_string(), first: self.first }
    }
}

/// The next thing in history.
pub(super) enum Found {
    Sitting(Sitting),
    Publication(PublishedBy),
}

impl Found {
    fn cursor(&self) -> Cursor {
        match self {
            Self::Sitting(sitting) => sitting.cursor(),
            Self::Publication(published) => Cursor::of_publication(published),
        }
    }
}

/// All logs, each with what comes next in it.
pub(super) struct Walk<'s> {
    store: &'s Store,
    logs: Vec<(Log<'s>, Option<Found>)>,
    walked: usize,
}

enum Log<'s> {
    Section(SectionLog),
    Publications { granted: &'s Granted, below: u32, ahead: VecDeque<PublishedBy>, ended: bool },
}

impl<'s> Walk<'s> {
    pub(super) async fn begin(
        store: &'s Store,
        parts: Vec<Part>,
        published: Option<&'s Granted>,
        before: Option<&Cursor>,
    ) -> Result<Self, StoreError> {
        let mut logs = Vec::new();
        for part in parts {
            logs.push((Log::Section(SectionLog::begin(store, part, before).await?), None));
        }
        if let Some(granted) = published {
            let below = match before {
                None => u32::MAX,
                Some(Cursor { section, first, .. }) if section.is_empty() => u32::try_from(*first).unwrap_or(u32::MAX),
                Some(cursor) => store.version_at(granted, cursor.at).await?.map_or(0, |version| version + 1),
            };
            logs.push((Log::Publications { granted, below, ahead: VecDeque::new(), ended: false }, None));
        }
        let mut walk = Self { store, logs, walked: 0 };
        for index in 0..walk.logs.len() {
            walk.step(index).await?;
        }
        Ok(walk)
    }

    /// As many as are wanted of what comes next, and where to go on if there is more. With `only`, sittings that hold none
    /// of these changes are passed over.
    pub(super) async fn take(
        mut self,
        wanted: &Wanted,
        only: Option<&BTreeSet<ChangeHash>>,
    ) -> Result<(Vec<Found>, Option<Cursor>), HistoryFailure> {
        let mut taken = Vec::new();
        let mut last = None;
        while let Some((index, cursor)) = self.newest() {
            if taken.len() == wanted.limit || (last.is_some() && self.walked > CHANGES_WALKED_MAX) {
                return Ok((taken, last));
            }
            last = Some(cursor);
            let found = self.logs[index].1.take();
            self.step(index).await?;
            let asked_for = |found: &Found| match (found, only, &wanted.section) {
                (Found::Sitting(sitting), Some(only), _) => {
                    sitting.changes.iter().any(|change| only.contains(&change.hash))
                }
                (Found::Publication(published), _, Some(section)) => {
                    published.changed.iter().any(|(changed, _)| changed == section)
                }
                (Found::Publication(_), only, None) => only.is_none(),
                (Found::Sitting(_), None, _) => true,
            };
            taken.extend(found.filter(asked_for));
        }
        Ok((taken, None))
    }

    fn newest(&self) -> Option<(usize, Cursor)> {
        let cursors =
            self.logs.iter().enumerate().filter_map(|(index, (_, next))| Some((index, next.as_ref()?.cursor())));
        cursors.max_by(|(_, a), (_, b)| a.cmp(b))
    }

    async fn step(&mut self, index: usize) -> Result<(), StoreError> {
        let (log, next) = &mut self.logs[index];
        *next = match log {
            Log::Section(log) => {
                let sitting = log.next(self.store).await?;
                self.walked += sitting.as_ref().map_or(0, |sitting| sitting.changes.len());
                sitting.map(Found::Sitting)
            }
            Log::Publications { granted, below, ahead, ended } => {
                if ahead.is_empty() && !*ended {
                    let some = self.store.published_below(granted, *below, PUBLICATIONS_AT_ONCE).await?;
                    *ended = some.len() < PUBLICATIONS_AT_ONCE as usize;
                    *below = some.last().map_or(0, |published| published.version);
                    ahead.extend(some);
                }
                self.walked += 1;
                ahead.pop_front().map(Found::Publication)
            }
        };
        Ok(())
    }
}

/// The log of one section.
struct SectionLog {
    part: Part,
    /// Newest first, with nothing left out.
    ahead: VecDeque<MadeChange>,
    below: u64,
    ended: bool,
}

impl SectionLog {
    async fn begin(store: &Store, part: Part, before: Option<&Cursor>) -> Result<Self, StoreError> {
        let id = part.section.id.to_string();
        let log = |part, below| Self { part, ahead: VecDeque::new(), below, ended: false };
        let Some(before) = before else { return Ok(log(part, u64::MAX)) };
        if before.section == id {
            return Ok(log(part, before.first));
        }
        // Of two entries of the same moment, that of the later section came first.
        let until = if id < before.section { before.at } else { UtcMillis(before.at.0.saturating_sub(1)) };
        let arrived = store.changes_by(&part.document, until).await?;
        let mut log = log(part, arrived.saturating_add(1));
        log.pass_over_what_was_told(store, arrived).await?;
        Ok(log)
    }

    /// A sitting that goes on behind the cursor's moment stands before it as a whole.
    async fn pass_over_what_was_told(&mut self, store: &Store, arrived: u64) -> Result<(), StoreError> {
        self.fill(store).await?;
        let mut newer = match self.ahead.front() {
            Some(front) if front.position >= arrived => self.ahead.pop_front(),
            _ => None,
        };
        while let Some(told) = newer.take() {
            self.fill(store).await?;
            newer = match self.ahead.front() {
                Some(front) if self.belongs(front, &told) => self.ahead.pop_front(),
                _ => None,
            };
        }
        Ok(())
    }

    async fn next(&mut self, store: &Store) -> Result<Option<Sitting>, StoreError> {
        self.fill(store).await?;
        let Some(last) = self.ahead.pop_front() else { return Ok(None) };
        let end = last.position + 1;
        let mut changes = vec![last];
        while changes.len() < CHANGES_OF_ENTRY_MAX {
            self.fill(store).await?;
            match self.ahead.front() {
                Some(front) if self.belongs(front, &changes[changes.len() - 1]) => {
                    changes.extend(self.ahead.pop_front())
                }
                _ => break,
            }
        }
        changes.reverse();
        Ok(Some(Sitting { part: self.part.clone(), first: changes[0].position, end, changes }))
    }

    fn belongs(&self, older: &MadeChange, newer: &MadeChange) -> bool {
        fn made(change: &MadeChange) -> Made<'_> {
            (&change.made.subject, change.made.received_at)
        }
        belongs_to_entry(&self.part.section, made(older), made(newer))
    }

    /// Reads on, once everything that was read has been told.
    async fn fill(&mut self, store: &Store) -> Result<(), StoreError> {
        if !self.ahead.is_empty() || self.ended {
            return Ok(());
        }
        let some = store.made_below(&self.part.document, self.below, CHANGES_AT_ONCE).await?;
        self.ended = some.len() < CHANGES_AT_ONCE as usize;
        self.below = some.last().map_or(0, |change| change.position);
        self.ahead.extend(some);
        Ok(())
    }
}

/// Most changes that one entry holds, so that a request can name them all: whoever types for an hour without a pause fills
/// several.
const CHANGES_OF_ENTRY_MAX: usize = 900;

/// Most changes, and publications, that one request goes back through. Whoever wants more asks for the next page.
const CHANGES_WALKED_MAX: usize = 20_000;

/// Changes read from a log at once.
const CHANGES_AT_ONCE: u32 = 200;

/// Publications read at once.
const PUBLICATIONS_AT_ONCE: u32 = 50;

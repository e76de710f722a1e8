//! One page of history: the entries of all sections that somebody may read, and of the publications, newest first.
//!
//! The order is by the time at which an entry's last change arrived, then by section. A cursor says where the last entry of
//! a page stood in that order, so that a page stays a page while people write on.

mod walk;

use super::{HistoryFailure, Part, Reading, read};
use crate::store::{PublishedBy, Store};
use automerge::ChangeHash;
use coplan_core::{
    history::{self, Difference, EntryKind},
    id::{SectionId, UserId},
    policy::{Granted, Subject},
    section::{Section, Sections},
    time::UtcMillis,
    trace::Trace,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use walk::{Found, Sitting, Walk};

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// Only the publications that this section was new in. Which sections' entries are wanted, the parts say.
    pub(crate) section: Option<SectionId>,
    /// Only what happened at this path, or below it.
    pub(crate) path: Option<String>,
    /// Only what stands behind this place.
    pub(crate) before: Option<Cursor>,
    /// At most so many entries.
    pub(crate) limit: usize,
    /// Who asks, and the sections that they may write: what they may take back is said.
    pub(crate) writer: Option<(UserId, BTreeSet<SectionId>)>,
}

/// Where an entry stands in the order of history.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cursor {
    at: UtcMillis,
    /// Empty for a publication.
    section: String,
    /// Of its first change in the log; of a publication its version.
    first: u64,
}

/// One entry.
pub(crate) struct Entry {
    /// None for a publication.
    pub(crate) section: Option<Arc<Section>>,
    pub(crate) cursor: Cursor,
    pub(crate) by: Subject,
    pub(crate) at: UtcMillis,
    /// The device's clock at its last change, in seconds since 1970.
    pub(crate) claimed_at_s: Option<i64>,
    /// Oldest first.
    pub(crate) changes: Vec<ChangeHash>,
    pub(crate) kind: EntryKind,
    pub(crate) sentence: String,
    pub(crate) differences: Vec<Difference>,
    /// Whether the one who asks may take it back.
    pub(crate) undoable: bool,
    /// Of a publication.
    pub(crate) version: Option<u32>,
}

/// A page, and whether there is more.
pub(crate) struct Page {
    pub(crate) entries: Vec<Entry>,
    pub(crate) next: Option<Cursor>,
}

impl Cursor {
    fn of_publication(published: &PublishedBy) -> Self {
        Self { at: published.published_at, section: String::new(), first: published.version.into() }
    }

    /// The id of the entry that stands here: it stays while the entry grows.
    pub(crate) fn id(&self) -> String {
        let of = if self.section.is_empty() { "publication" } else { &self.section };
        format!("{of}:{}", self.first)
    }

    /// As the API writes it.
    pub(crate) fn to_text(&self) -> String {
        let Self { at, section, first } = self;
        format!("{}-{first}-{section}", at.0)
    }

    /// Reads what `to_text` wrote.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-');
        let at = UtcMillis(parts.next()?.parse().ok()?);
        let first = parts.next()?.parse().ok()?;
        Some(Self { at, section: parts.next()?.to_owned(), first })
    }
}

/// One page of the history of these parts, and of the publications that were granted.
///
/// # Errors
/// `HistoryFailure`.
pub(crate) async fn page(
    store: &Store,
    sections: &Sections,
    parts: Vec<Part>,
    published: Option<&Granted>,
    wanted: &Wanted,
) -> Result<Page, HistoryFailure> {
    let touching = touching(store, &parts, wanted.path.as_deref()).await?;
    let walk = Walk::begin(store, parts, published, wanted.before.as_ref()).await?;
    let (found, next) = walk.take(wanted, touching.as_ref()).await?;
    let mut entries = BTreeMap::new();
    let mut sittings: BTreeMap<SectionId, Vec<(usize, Sitting)>> = BTreeMap::new();
    for (place, found) in found.into_iter().enumerate() {
        match found {
            Found::Sitting(sitting) => {
                sittings.entry(sitting.part.section.id.clone()).or_default().push((place, sitting));
            }
            Found::Publication(published) => drop(entries.insert(place, publication(sections, published))),
        }
    }
    let needed = sittings.values().filter_map(|some| some.first()).map(|(_, sitting)| sitting.part.clone()).collect();
    let wanted = wanted.clone();
    let told = read(store, needed, move |readings| {
        let of = |reading: &Reading| sittings.get(&reading.part.section.id).map_or(&[][..], Vec::as_slice);
        readings.iter().flat_map(|reading| tell(reading, of(reading), &wanted)).collect::<Vec<_>>()
    });
    entries.extend(told.await?);
    Ok(Page { entries: entries.into_values().collect(), next })
}

/// The changes that wrote at a path or below it, if only they are asked for.
async fn touching(
    store: &Store,
    parts: &[Part],
    path: Option<&str>,
) -> Result<Option<BTreeSet<ChangeHash>>, HistoryFailure> {
    let Some(path) = path.map(str::to_owned) else { return Ok(None) };
    let changes = read(store, parts.to_vec(), move |readings| {
        let mut found = BTreeSet::new();
        for reading in readings {
            let trace = Trace::build(&reading.document, None, &reading.part.section);
            for (_, writes) in trace.paths().filter(|(written, _)| is_at(written, &path)) {
                found.extend(writes.iter().map(|write| write.change));
            }
        }
        found
    });
    changes.await.map(Some)
}

fn is_at(written: &str, path: &str) -> bool {
    written.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Puts sittings of one section, newest first, into words.
fn tell(reading: &Reading, sittings: &[(usize, Sitting)], wanted: &Wanted) -> Vec<(usize, Entry)> {
    let Reading { part, document, .. } = reading;
    let undoable = undoable(reading, sittings, wanted);
    let mut told = Vec::new();
    // What one sitting left is what the next one found, so each moment is read once.
    for run in sittings.chunk_by(|(_, newer), (_, older)| older.end == newer.first) {
        let oldest_first = || run.iter().rev().map(|(_, sitting)| sitting);
        let mut counts: Vec<u64> = oldest_first().map(|sitting| sitting.first).collect();
        counts.extend(run.first().map(|(_, newest)| newest.end));
        let steps = history::steps(document, &part.section, &reading.heads_after(&counts));
        for ((place, sitting), mut differences) in run.iter().rev().zip(steps) {
            if let Some(path) = &wanted.path {
                differences.retain(|difference| is_at(&difference.path, path));
                if differences.is_empty() {
                    continue;
                }
            }
            told.push((*place, entry(&part.section, sitting, differences, undoable.contains(place))));
        }
    }
    told
}

/// Which of these sittings the one who asks may take back: of their own, the newest few are tried.
fn undoable(reading: &Reading, sittings: &[(usize, Sitting)], wanted: &Wanted) -> BTreeSet<usize> {
    let section = &reading.part.section;
    let Some((user, _)) = wanted.writer.as_ref().filter(|(_, writes)| writes.contains(&section.id)) else {
        return BTreeSet::new();
    };
    let own = |sitting: &Sitting| sitting.first > 0 && sitting.by().user == *user;
    let own: Vec<_> = sittings.iter().filter(|(_, sitting)| own(sitting)).take(UNDO_TRIED_MAX).collect();
    if own.is_empty() {
        return BTreeSet::new();
    }
    let trace = Trace::build(&reading.document, None, section);
    let works = |sitting: &Sitting| history::undo(&reading.document, section, &trace, &sitting.hashes()).is_ok();
    own.into_iter().filter(|(_, sitting)| works(sitting)).map(|(place, _)| *place).collect()
}

fn entry(section: &Arc<Section>, sitting: &Sitting, differences: Vec<Difference>, undoable: bool) -> Entry {
    let by = sitting.by().clone();
    let sentence = match sitting.first == 0 && differences.is_empty() {
        true => history::beginning_sentence(&by, section),
        false => history::sentence(&by, section, &differences),
    };
    Entry {
        section: Some(Arc::clone(section)),
        cursor: sitting.cursor(),
        sentence,
        by,
        at: sitting.last().received_at,
        claimed_at_s: Some(sitting.last().claimed_at_s),
        changes: sitting.hashes(),
        kind: EntryKind::of(section, &differences),
        differences,
        undoable,
        version: None,
    }
}

fn publication(sections: &Sections, published: PublishedBy) -> Entry {
    let title = |id: &SectionId| sections.section(id).map_or_else(|| id.to_string(), |section| section.title.clone());
    let changed: Vec<_> = published.changed.iter().map(|(id, sign_off)| (title(id), *sign_off)).collect();
    let changed: Vec<_> = changed.iter().map(|(title, sign_off)| (title.as_str(), *sign_off)).collect();
    Entry {
        section: None,
        sentence: history::publication_sentence(&published.by, published.version, &changed),
        cursor: Cursor::of_publication(&published),
        by: published.by,
        at: published.published_at,
        claimed_at_s: None,
        changes: Vec::new(),
        kind: EntryKind::Publication,
        differences: Vec::new(),
        undoable: false,
        version: Some(published.version),
    }
}

/// How many of somebody's own entries on one page are tried for whether they can be taken back.
const UNDO_TRIED_MAX: usize = 10;

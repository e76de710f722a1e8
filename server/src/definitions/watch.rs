//! Looks at the folder once in a while: names, sizes, times of change. What has changed is read once it has come to rest.

use super::{CurrentSections, DefinitionsError, is_definition, read};
use crate::{clock::Clock, store::Store, sync::HubHandle};
use coplan_core::section::Sections;
use std::{
    collections::BTreeSet,
    ffi::OsString,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio_util::sync::CancellationToken;

/// How often the folder is looked at. A change is taken once two looks have found the same.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Everything that a change of definitions reaches.
pub struct Watch {
    /// The folder.
    pub folder: PathBuf,
    /// What requests and the worker ask.
    pub current: CurrentSections,
    /// Where definitions are kept.
    pub store: Store,
    /// The open documents.
    pub hub: HubHandle,
    /// What time it is.
    pub clock: Clock,
}

/// Takes new definitions from the folder as they come, until the service stops.
pub async fn watch(watch: Watch, stopping: CancellationToken) {
    let mut watcher = Watcher { taken: None, seen: None, said: BTreeSet::new(), watch };
    watcher.report(&[]);
    while stopping.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await.is_some() {
        watcher.round().await;
    }
}

/// Definition files by name, with size and time of change; `None` if the folder cannot be listed.
type Listing = Option<Vec<(OsString, u64, Option<SystemTime>)>>;

struct Watcher {
    watch: Watch,
    /// The folder as it was when it was last read.
    taken: Option<Listing>,
    /// The folder as it was at the last look.
    seen: Option<Listing>,
    /// Faults that have been logged and still stand.
    said: BTreeSet<String>,
}

impl Watcher {
    async fn round(&mut self) {
        let now = Some(look(&self.watch.folder).await);
        let at_rest = self.seen == now;
        self.seen.clone_from(&now);
        if !at_rest || self.taken == now {
            return;
        }
        match self.take().await {
            // The store could not be asked: try again at the next look.
            Err(error @ DefinitionsError::Store(_)) => self.report(&error.faults()),
            Err(error) => {
                self.taken = now;
                self.report(&error.faults());
            }
            Ok(()) => {
                self.taken = now;
                self.report(&[]);
            }
        }
    }

    async fn take(&self) -> Result<(), DefinitionsError> {
        let watch = &self.watch;
        let folder = watch.folder.clone();
        let sections = match tokio::task::spawn_blocking(move || read(&folder)).await {
            Ok(sections) => sections?,
            // Reading does not panic, and only the end of the service cancels it.
            Err(_) => return Ok(()),
        };
        if are_the_same(&sections, &watch.current.get()) {
            return Ok(());
        }
        let in_use = watch.store.sections_in_use().await?;
        sections.check_follows(&watch.current.get(), &in_use).map_err(DefinitionsError::Unfit)?;
        sections.check_follows(&watch.store.newest_definitions().await?, &in_use).map_err(DefinitionsError::Unfit)?;
        watch.store.put_definitions(&sections, watch.clock.now()).await?;
        self.swap(Arc::new(sections)).await;
        Ok(())
    }

    /// First the hub, so that nobody is offered a section whose documents it would not find.
    async fn swap(&self, sections: Arc<Sections>) {
        self.watch.hub.define(Arc::clone(&sections)).await;
        tracing::info!(sections = sections.in_order().len(), "new section definitions are in force");
        metrics::counter!("coplan_definitions_taken_total").increment(1);
        self.watch.current.set(sections);
    }

    /// Logs what is new among the faults, and says how many there are.
    fn report(&mut self, faults: &[String]) {
        for fault in faults.iter().filter(|fault| !self.said.contains(*fault)) {
            tracing::error!(fault, "section definitions were not taken; those before them stay in force");
            metrics::counter!("coplan_definition_faults_total").increment(1);
        }
        self.said = faults.iter().cloned().collect();
        metrics::gauge!("coplan_definition_faults").set(u32::try_from(faults.len()).unwrap_or(u32::MAX));
    }
}

/// Whether nothing has changed but, perhaps, white space and notes in the files.
fn are_the_same(a: &Sections, b: &Sections) -> bool {
    a.in_order() == b.in_order()
}

async fn look(folder: &Path) -> Listing {
    let folder = folder.to_owned();
    tokio::task::spawn_blocking(move || list(&folder)).await.ok().flatten()
}

fn list(folder: &Path) -> Listing {
    let mut files = Vec::new();
    for entry in folder.read_dir().ok()? {
        let path = entry.ok()?.path();
        if is_definition(&path) {
            let file = path.metadata().ok();
            let (bytes, changed) = file.map_or((0, None), |file| (file.len(), file.modified().ok()));
            files.push((path.file_name()?.to_owned(), bytes, changed));
        }
    }
    files.sort();
    Some(files)
}

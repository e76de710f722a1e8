//! Section definitions: read from a folder, watched while the service runs, and kept in the store.
//!
//! A new set takes the old one's place only if every file of it loads and it may follow on the old one; otherwise
//! nothing changes. `CurrentSections` is what the rest of the service asks.

use crate::store::{Store, StoreError};
use coplan_core::{
    section::{SectionError, Sections, SuccessionError},
    time::UtcMillis,
};
use std::{
    io,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

#[cfg(test)]
mod tests;
mod watch;

pub use watch::{Watch, watch};

/// Why a set of definitions was not taken. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionsError {
    /// The folder or a file in it cannot be read.
    #[error("cannot read `{0}`: {1}")]
    Unreadable(String, #[source] io::Error),
    /// There is no definition in it.
    #[error("`{0}` holds no `.toml` file")]
    Empty(String),
    /// Larger than a definition can be.
    #[error("`{0}` is larger than {DEFINITION_BYTES_MAX} bytes")]
    TooLarge(String),
    /// Definitions are wrong, each with file, field and reason.
    #[error("{}", lines(.0))]
    Wrong(Vec<SectionError>),
    /// Definitions that may not take the place of those that documents were made by.
    #[error("{}", lines(.0))]
    Unfit(Vec<SuccessionError>),
    /// What is known could not be read, or what is new not be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DefinitionsError {
    /// Each fault by itself: file, path in it, reason.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        match self {
            Self::Wrong(errors) => errors.iter().map(ToString::to_string).collect(),
            Self::Unfit(errors) => errors.iter().map(ToString::to_string).collect(),
            other => vec![other.to_string()],
        }
    }
}

/// The definitions that hold now. Clones share them.
#[derive(Debug, Clone)]
pub struct CurrentSections(Arc<RwLock<Arc<Sections>>>);

impl CurrentSections {
    /// Begins with these.
    #[must_use]
    pub fn new(sections: Arc<Sections>) -> Self {
        Self(Arc::new(RwLock::new(sections)))
    }

    /// The definitions as of now: take them once for each piece of work.
    #[must_use]
    pub fn get(&self) -> Arc<Sections> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set(&self, sections: Arc<Sections>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = sections;
    }
}

/// Takes the definitions that a service begins with: they may follow on what the store has seen, and are kept there.
///
/// # Errors
/// `DefinitionsError::Unfit` if documents were made by definitions that these do not follow on.
pub async fn begin_with(sections: &Sections, store: &Store, now: UtcMillis) -> Result<(), DefinitionsError> {
    let known = store.newest_definitions().await?;
    sections.check_follows(&known, &store.sections_in_use().await?).map_err(DefinitionsError::Unfit)?;
    Ok(store.put_definitions(sections, now).await?)
}

/// Reads every `.toml` file of a folder as a definition; files whose names begin with a dot are an editor's.
///
/// # Errors
/// `DefinitionsError` with everything that is wrong.
pub fn read(folder: &Path) -> Result<Sections, DefinitionsError> {
    let unreadable = |path: &Path, error| DefinitionsError::Unreadable(path.display().to_string(), error);
    let mut files = Vec::new();
    for entry in folder.read_dir().map_err(|error| unreadable(folder, error))? {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        if !is_definition(&path) {
            continue;
        }
        let length = path.metadata().map_err(|error| unreadable(&path, error))?.len();
        if length > DEFINITION_BYTES_MAX {
            return Err(DefinitionsError::TooLarge(path.display().to_string()));
        }
        let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        files.push((name, text));
    }
    if files.is_empty() {
        return Err(DefinitionsError::Empty(folder.display().to_string()));
    }
    files.sort();
    Sections::load(files).map_err(DefinitionsError::Wrong)
}

fn is_definition(path: &Path) -> bool {
    let hidden = path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
    !hidden && path.extension().is_some_and(|ending| ending == "toml")
}

fn lines<E: ToString>(errors: &[E]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Largest definition file, in bytes.
const DEFINITION_BYTES_MAX: u64 = 256 * 1024;

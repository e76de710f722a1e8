//! Access rules read from a folder, in place of those that are built in: `*.cedar`, and cases in `cases/*.json`.
//!
//! Nothing is served by rules of which anything is wrong: all of it is said, by file and rule.

use coplan_core::policy::{Policies, PoliciesError};
use std::{io, path::Path};

/// Why a folder of rules was not taken. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum PolicyFilesError {
    /// The folder or a file in it cannot be read.
    #[error("cannot read `{0}`: {1}")]
    Unreadable(String, #[source] io::Error),
    /// There is no rule in it.
    #[error("`{0}` holds no `.cedar` file")]
    Empty(String),
    /// Larger than a file of rules can be.
    #[error("`{0}` is larger than {FILE_BYTES_MAX} bytes")]
    TooLarge(String),
    /// Rules or cases are wrong, each with file, rule and reason.
    #[error(transparent)]
    Wrong(#[from] PoliciesError),
}

/// The rules of a folder, or those that are built in.
///
/// # Errors
/// `PolicyFilesError` with everything that is wrong.
pub fn read_or_embedded(folder: Option<&Path>) -> Result<Policies, PolicyFilesError> {
    folder.map_or_else(|| Ok(Policies::embedded()), read)
}

/// Reads every rule and every case of a folder; files whose names begin with a dot are an editor's.
///
/// # Errors
/// `PolicyFilesError` with everything that is wrong.
pub fn read(folder: &Path) -> Result<Policies, PolicyFilesError> {
    let mut files = files(folder, "cedar")?;
    if files.is_empty() {
        return Err(PolicyFilesError::Empty(folder.display().to_string()));
    }
    let cases = folder.join("cases");
    if cases.is_dir() {
        files.extend(self::files(&cases, "json")?);
    }
    Ok(Policies::read(files)?)
}

fn files(folder: &Path, ending: &str) -> Result<Vec<(String, String)>, PolicyFilesError> {
    let unreadable = |path: &Path, error| PolicyFilesError::Unreadable(path.display().to_string(), error);
    let mut files = Vec::new();
    for entry in folder.read_dir().map_err(|error| unreadable(folder, error))? {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') || path.extension().is_none_or(|own| own != ending) {
            continue;
        }
        if path.metadata().map_err(|error| unreadable(&path, error))?.len() > FILE_BYTES_MAX {
            return Err(PolicyFilesError::TooLarge(path.display().to_string()));
        }
        files.push((name, std::fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?));
    }
    files.sort();
    Ok(files)
}

/// Largest file of rules or cases, in bytes.
const FILE_BYTES_MAX: u64 = 256 * 1024;

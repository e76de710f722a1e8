//! Section definitions from a folder.

use coplan_core::section::{SectionError, Sections};
use std::{io, path::Path};

/// Why a folder of definitions was not taken. Nothing of it was.
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
}

/// Reads every `.toml` file of a folder as a definition.
///
/// # Errors
/// `DefinitionsError` with everything that is wrong.
pub fn read(folder: &Path) -> Result<Sections, DefinitionsError> {
    let unreadable = |path: &Path, error| DefinitionsError::Unreadable(path.display().to_string(), error);
    let mut files = Vec::new();
    for entry in folder.read_dir().map_err(|error| unreadable(folder, error))? {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        if path.extension().is_none_or(|ending| ending != "toml") {
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

fn lines(errors: &[SectionError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Largest definition file, in bytes.
const DEFINITION_BYTES_MAX: u64 = 256 * 1024;

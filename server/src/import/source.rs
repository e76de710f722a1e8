//! The sources file: from which other records something may be taken over. All its faults are said at once, a line each.

use super::fetch::Reach;
use coplan_core::import::{Record, RecordKind};
use serde::Deserialize;
use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
};
use url::Url;

/// Every record that may be asked, by name.
#[derive(Debug, Default)]
pub struct Sources(Vec<Source>);

/// A FHIR server that holds a record.
#[derive(Debug)]
pub struct Source {
    /// Which record: its name is what a request calls it by.
    pub record: Record,
    /// Whether its demographics are taken over too: only from a record that answers for them.
    pub demographics: bool,
    /// The address below which its resources are, with a slash at its end.
    pub base: Url,
    /// File with a bearer token, read for each import.
    pub bearer_file: Option<PathBuf>,
    /// How it is reached.
    pub(super) reach: Reach,
}

/// Why the service does not start with this sources file.
#[derive(Debug, thiserror::Error)]
pub enum SourcesError {
    /// The file.
    #[error("the sources file `{0}` cannot be read: {1}")]
    File(PathBuf, #[source] io::Error),
    /// What stands in it.
    #[error("{0}")]
    Faults(String),
}

impl Sources {
    /// Reads the file. Files that it names stand beside it.
    ///
    /// # Errors
    /// `SourcesError` with a line for each fault.
    pub fn read(path: &Path) -> Result<Self, SourcesError> {
        let text = std::fs::read_to_string(path).map_err(|error| SourcesError::File(path.to_path_buf(), error))?;
        let beside = path.parent().unwrap_or(Path::new("."));
        Self::parse(&text, beside).map_err(|faults| {
            let lines: Vec<String> = faults.iter().map(|fault| format!("{}: {fault}", path.display())).collect();
            SourcesError::Faults(lines.join("\n"))
        })
    }

    fn parse(text: &str, beside: &Path) -> Result<Self, Vec<String>> {
        // The message of the parser would repeat the file, and with it what it holds.
        let file: File = toml::from_str(text).map_err(|error| vec![error.message().to_owned()])?;
        let (mut sources, mut faults, mut names) = (Vec::new(), Vec::new(), BTreeSet::new());
        for entry in file.source {
            let name = entry.name.clone();
            if !names.insert(name.clone()) {
                faults.push(format!("the source `{name}` is there twice"));
            }
            match entry.checked(beside) {
                Ok(source) => sources.push(source),
                Err(fault) => faults.push(format!("the source `{name}`: {fault}")),
            }
        }
        if faults.is_empty() { Ok(Self(sources)) } else { Err(faults) }
    }

    /// The source of that name.
    #[must_use]
    pub fn source(&self, name: &str) -> Option<&Source> {
        self.0.iter().find(|source| source.record.name == name)
    }

    /// The names of all, in the file's order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|source| source.record.name.as_str())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    source: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    #[serde(default)]
    record: RecordKind,
    base: String,
    bearer_file: Option<PathBuf>,
    #[serde(default)]
    demographics: bool,
    #[serde(default)]
    allow_http: bool,
    #[serde(default)]
    allow_private: bool,
}

impl Entry {
    fn checked(self, beside: &Path) -> Result<Source, String> {
        check_name(&self.name).map_err(|fault| format!("`name` is {fault}"))?;
        let base = format!("{}/", self.base.trim_end_matches('/'));
        let base = Url::parse(&base).map_err(|_| "`base` is not a URL".to_owned())?;
        let bare = base.query().is_none() && base.fragment().is_none() && base.username().is_empty();
        if !matches!(base.scheme(), "https" | "http") || !bare || base.password().is_some() {
            return Err("`base` is an https URL without a user, a query or a fragment".to_owned());
        }
        if base.scheme() == "http" && !self.allow_http {
            return Err("`base` is plain http, which `allow_http = true` allows".to_owned());
        }
        let reach = Reach::new(self.allow_private).map_err(|()| "no HTTPS client can be made".to_owned())?;
        let record = Record { kind: self.record, name: self.name };
        let bearer_file = self.bearer_file.map(|file| beside.join(file));
        Ok(Source { record, demographics: self.demographics, base, bearer_file, reach })
    }
}

/// Whether a record may be called so, and if not, what a name is.
///
/// # Errors
/// What a name is.
pub fn check_name(name: &str) -> Result<(), String> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.bytes().all(fits) {
        return Err(format!("1 to {NAME_BYTES_MAX} of `a-z`, `0-9` and `-`"));
    }
    Ok(())
}

/// Bytes of a source's name.
const NAME_BYTES_MAX: usize = 64;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    fn read(text: &str) -> Result<Sources, Vec<String>> {
        Sources::parse(text, Path::new("/etc/coplan"))
    }

    #[test]
    fn a_sources_file_is_read_whole_or_refused_with_every_fault() {
        let good = "[[source]]\nname = \"gp\"\nbase = \"https://gp.example/fhir\"\nbearer_file = \"gp.token\"\n";
        let sources = read(good).unwrap();
        let source = sources.source("gp").unwrap();
        assert_eq!(source.base.as_str(), "https://gp.example/fhir/");
        assert_eq!(source.bearer_file.as_deref(), Some(Path::new("/etc/coplan/gp.token")));
        assert_eq!((source.record.kind, source.demographics), (RecordKind::GpRecord, false));
        assert!(read("").unwrap().names().next().is_none());
        let bad = "[[source]]\nname = \"a b\"\nbase = \"x\"\n[[source]]\nname = \"p\"\nbase = \"http://p.example\"\n\
                   [[source]]\nname = \"p\"\nbase = \"https://u:p@p.example\"\n";
        assert_eq!(read(bad).unwrap_err().len(), 4);
        assert_eq!(
            read("[[source]]\nname = \"gp\"\nbase = \"https://x\"\nsecret = \"s3cret\"\n").unwrap_err().len(),
            1
        );
    }
}

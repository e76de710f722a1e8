//! What is wrong with a file that somebody wrote for the service: all of it at once, a line each.

use std::{fmt, path::Path};

/// What is wrong with a file, a line each.
#[derive(Debug)]
pub struct Faults {
    file: String,
    lines: Vec<String>,
}

impl Faults {
    /// No fault yet.
    #[must_use]
    pub fn of(file: &Path) -> Self {
        Self { file: file.display().to_string(), lines: Vec::new() }
    }

    /// Notes what is wrong at a place of the file: "provider `cis2`".
    pub fn note(&mut self, place: &str, what: impl fmt::Display) {
        self.lines.push(format!("{place}: {what}"));
    }

    /// Notes why TOML cannot be read, and in which line.
    pub fn unreadable(&mut self, text: &str, error: &toml::de::Error) {
        let line = error.span().map_or(1, |span| 1 + text[..span.start.min(text.len())].matches('\n').count());
        self.note(&format!("line {line}"), error.message().replace('\n', " "));
    }

    /// Notes the error, if it is one.
    pub fn take<T, E: fmt::Display>(&mut self, place: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.note(place, error)).ok()
    }

    /// Notes what is wrong at a place, unless this holds.
    pub fn check(&mut self, holds: bool, place: &str, what: impl fmt::Display) {
        if !holds {
            self.note(place, what);
        }
    }

    /// Gives itself back as the error, if anything is wrong.
    ///
    /// # Errors
    /// Itself.
    pub fn none(self) -> Result<(), Self> {
        if self.lines.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.lines.iter().map(|line| format!("{}: {line}", self.file)).collect();
        f.write_str(&lines.join("\n"))
    }
}

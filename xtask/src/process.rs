//! Child processes: started in the checkout's folder, with one clear line when they fail.

use std::{
    fmt,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

/// Why a command of ours stopped: one line for a person.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A program with its arguments, to be run in `folder`.
pub(crate) fn command<'a>(folder: &Path, program: &str, arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).args(arguments);
    command
}

/// Cargo itself, the one that started us.
pub(crate) fn cargo<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let program = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    command(&crate::root(), &program, arguments)
}

/// Runs to the end; the child writes where we write.
///
/// # Errors
/// Its name and how it ended.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let line = line_of(command);
    let status = command.status().map_err(|error| Failure(format!("`{line}` cannot be started: {error}")))?;
    if status.success() { Ok(()) } else { Err(Failure(format!("`{line}` failed: {status}"))) }
}

/// Runs to the end and shows what it wrote only if it fails.
///
/// # Errors
/// Its name and how it ended.
pub(crate) fn run_quietly(command: &mut Command) -> Result<(), Failure> {
    let line = line_of(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Failure(format!("`{line}` cannot be started: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    eprint!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(Failure(format!("`{line}` failed: {}", output.status)))
}

/// Runs to the end, passes its lines on, and shows each to `see` as well.
///
/// # Errors
/// Its name and how it ended.
pub(crate) fn run_watched(command: &mut Command, mut see: impl FnMut(&str)) -> Result<(), Failure> {
    let line = line_of(command);
    let start_failed = |error| Failure(format!("`{line}` cannot be started: {error}"));
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(start_failed)?;
    if let Some(stdout) = child.stdout.take() {
        for text in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
            let text = String::from_utf8_lossy(&text);
            println!("{text}");
            see(&text);
        }
    }
    let status = child.wait().map_err(|error| Failure(format!("`{line}` was lost: {error}")))?;
    if status.success() { Ok(()) } else { Err(Failure(format!("`{line}` failed: {status}"))) }
}

/// What a program writes on standard output, or nothing if it cannot be run or fails.
pub(crate) fn output_of(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn line_of(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args()).map(|word| word.to_string_lossy());
    words.collect::<Vec<_>>().join(" ")
}

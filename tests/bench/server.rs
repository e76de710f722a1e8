//! The server under measurement: a process of its own on a core of its own, and what the kernel says of it.

use coplan_client::Session;
use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// A running server; killed when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) base_url: String,
    process: Child,
}

/// Where and how to start servers.
#[derive(Debug, Clone)]
pub(crate) struct Starter {
    /// The program.
    pub(crate) program: PathBuf,
    /// The core it may use; any if `None`.
    pub(crate) core: Option<usize>,
    /// What else `coplan serve` is told.
    pub(crate) arguments: Vec<String>,
}

/// Why no server runs.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error("cannot start {program}: {source}; build it with `cargo build --release -p coplan-server`")]
    Program { program: PathBuf, source: std::io::Error },
    #[error("the server ended before it listened; its last words are above")]
    Ended,
}

impl Starter {
    /// Starts a server on this folder, and waits until it listens.
    pub(crate) fn start(&self, data: &Path) -> Result<Server, StartError> {
        let mut command = self.command();
        command.arg("serve").args(&self.arguments).arg("--data").arg(data).args([
            "--listen",
            "127.0.0.1:0",
            "--development",
        ]);
        command.arg("--database-url").arg(data.join(DATABASE_FILE));
        // One subject asks as often as the machine can answer.
        command.env("COPLAN_REQUESTS_PER_SECOND", "0");
        // `warn` shows what goes wrong; the cost of logging each request is not what is measured.
        self.begin(command.env("RUST_LOG", "warn"))
    }

    /// The program, on its core.
    pub(crate) fn command(&self) -> Command {
        let Some(core) = self.core else { return Command::new(&self.program) };
        let mut pinned = Command::new("taskset");
        pinned.arg("-c").arg(core.to_string()).arg(&self.program);
        pinned
    }

    /// Runs a command, and waits until it says where it listens.
    pub(crate) fn begin(&self, command: &mut Command) -> Result<Server, StartError> {
        command.stdout(Stdio::piped()).stdin(Stdio::null());
        let failed = |source| StartError::Program { program: self.program.clone(), source };
        let mut process = command.spawn().map_err(failed)?;
        let stdout = process.stdout.take().ok_or(StartError::Ended)?;
        let mut lines = BufReader::new(stdout).lines();
        let base_url =
            lines.by_ref().find_map(|line| Some(line.ok()?.split_once("listening on ")?.1.trim().to_owned()));
        let Some(base_url) = base_url else {
            let _gone = process.wait();
            return Err(StartError::Ended);
        };
        // Keeps the pipe open and empty for as long as the server writes.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Server { base_url, process })
    }
}

impl Server {
    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // An error means that it is gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Processor time used so far.
    pub(crate) fn cpu(&self) -> Duration {
        cpu_of(&self.process.id().to_string())
    }

    /// Memory in use, in kB.
    pub(crate) fn memory_kb(&self) -> f64 {
        self.status("VmRSS:")
    }

    /// The most memory there ever was in use, in kB.
    pub(crate) fn memory_peak_kb(&self) -> f64 {
        self.status("VmHWM:")
    }

    fn status(&self, name: &str) -> f64 {
        let text = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(f64::NAN)
    }

    /// Commits of its store so far, each with one fsync; `NaN` if it does not say.
    pub(crate) async fn commits(&self) -> f64 {
        let Ok(text) = Session::metrics(&self.base_url).await else { return f64::NAN };
        let line = text.lines().find_map(|line| line.strip_prefix("coplan_store_commits_total"));
        line.and_then(|rest| rest.rsplit(' ').next()?.parse().ok()).unwrap_or(f64::NAN)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// Processor time of this process so far.
pub(crate) fn own_cpu() -> Duration {
    cpu_of("self")
}

/// From the scheduler's own account of each thread, in nanoseconds: `stat` counts ticks of 10 ms, too coarse here.
fn cpu_of(process: &str) -> Duration {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let used_ns = threads.filter_map(|thread| {
        let account = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        account.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(used_ns.sum())
}

/// Whether `taskset` is here to give each side a core of its own.
pub(crate) fn can_pin() -> bool {
    Command::new("taskset").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// The database's name in the server's data folder.
pub(crate) const DATABASE_FILE: &str = "bench.db";

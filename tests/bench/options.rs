//! The command line of the bench.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// The core of this process where each side has one of its own.
pub(crate) const DRIVER_CORE: usize = 1;

/// Measures a Coplan server.
#[derive(Debug, Parser)]
#[command(name = "coplan-bench")]
pub(crate) struct Options {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Debug, Subcommand)]
enum Bench {
    /// How fast, and how dear, edits are stored and passed on.
    Sync(SyncOptions),
    /// What a full plan costs in core alone.
    Plan(PlanOptions),
    /// What decisions cost, and the audit of a read.
    Access(AccessOptions),
    /// How fast what is published is read and delivered.
    Publish(PublishOptions),
    /// What reads are compared with: files from memory.
    #[command(hide = true)]
    Bare(BareOptions),
}

/// What is asked for.
#[derive(Debug, Clone)]
pub(crate) enum Asked {
    Sync(SyncOptions),
    Plan(PlanOptions),
    Access(AccessOptions),
    Publish(PublishOptions),
    Bare(BareOptions),
}

/// How long to read, and how often.
#[derive(Debug, Clone, Args)]
pub(crate) struct PublishOptions {
    /// Runs of each scenario; the table shows medians.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=999))]
    pub(crate) runs: u32,
    /// Measured time of each scenario in one run, in milliseconds.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(10..=60_000))]
    pub(crate) milliseconds: u64,
    /// The server's program.
    #[arg(long, env = "COPLAN_BIN", default_value = "target/release/coplan")]
    pub(crate) server: PathBuf,
}

/// What to serve.
#[derive(Debug, Clone, Args)]
pub(crate) struct BareOptions {
    /// Files `0`, `1` and so on.
    pub(crate) folder: PathBuf,
}

/// How long to read, and how often.
#[derive(Debug, Clone, Args)]
pub(crate) struct AccessOptions {
    /// Runs of each scenario; the table shows medians.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=999))]
    pub(crate) runs: u32,
    /// Measured time of each side of a scenario in one run, in milliseconds.
    #[arg(long, default_value_t = 800, value_parser = clap::value_parser!(u64).range(10..=60_000))]
    pub(crate) milliseconds: u64,
    /// The server's program.
    #[arg(long, env = "COPLAN_BIN", default_value = "target/release/coplan")]
    pub(crate) server: PathBuf,
}

/// How large a plan, and how often.
#[derive(Debug, Clone, Args)]
pub(crate) struct PlanOptions {
    /// Runs of each scenario; the table shows medians.
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..=999))]
    pub(crate) runs: u32,
    /// Changes of the whole plan.
    #[arg(long, default_value_t = 3_000, value_parser = clap::value_parser!(u32).range(100..=100_000))]
    pub(crate) changes: u32,
}

/// What of `sync` to measure, and how.
#[derive(Debug, Clone, Args)]
pub(crate) struct SyncOptions {
    /// Runs of each scenario; the table shows medians.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=99))]
    pub(crate) runs: u32,
    /// Longest measured time of one run, in seconds.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) seconds: u64,
    /// Edits after which a run at one document ends, so that its history stays what it is called.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) edits: u32,
    /// Only these scenarios: P1,P4,P8.
    #[arg(long, value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Documents of P6b and P8.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=5_000))]
    pub(crate) documents: u32,
    /// Idle connections of P8.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) connections: u32,
    /// How often P7 kills the server in one run.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub(crate) kills: u32,
    /// Let the system choose the cores.
    #[arg(long)]
    pub(crate) no_pin: bool,
    /// Also write everything, run by run, to this file.
    #[arg(long)]
    pub(crate) json: Option<PathBuf>,
    /// The server's program.
    #[arg(long, env = "COPLAN_BIN", default_value = "target/release/coplan")]
    pub(crate) server: PathBuf,
}

impl Options {
    pub(crate) fn asked(self) -> Asked {
        match self.bench {
            Bench::Sync(options) => Asked::Sync(options),
            Bench::Plan(options) => Asked::Plan(options),
            Bench::Access(options) => Asked::Access(options),
            Bench::Publish(options) => Asked::Publish(options),
            Bench::Bare(options) => Asked::Bare(options),
        }
    }
}

impl SyncOptions {
    /// The core for the server; `None` if the system chooses.
    pub(crate) fn server_core(&self) -> Option<usize> {
        self.driver_core().map(|_| 0)
    }

    /// The core for this process; `None` if the system chooses, or there is only one.
    pub(crate) fn driver_core(&self) -> Option<usize> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let moved = std::env::var_os(crate::MOVED).is_some();
        (!self.no_pin && (cores > 1 || moved)).then_some(DRIVER_CORE)
    }

    /// Whether a scenario was asked for.
    pub(crate) fn wants(&self, id: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only.eq_ignore_ascii_case(id))
    }
}

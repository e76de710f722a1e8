//! Measures a real server: `cargo xtask bench sync`, or this program with `COPLAN_BIN` set. `cargo xtask bench plan`
//! measures what a full plan costs in core alone, `cargo xtask bench access` what decisions and the audit cost, and
//! `cargo xtask bench publish` how published views are read and delivered.
//!
//! It starts the server itself, on a core of its own where `taskset` is there, and drives it from the other with
//! clients that behave on the wire like automerge-repo's and cost as little as can be. Durability, guard, rights and
//! audit are on in every run. Ratios within one run hold; rates move with the machine.

#![allow(clippy::result_large_err, reason = "an error ends the bench, once")]

mod access;
mod client;
mod crash;
mod crowd;
mod decisions;
mod demo_world;
mod figures;
mod http;
mod ledger;
mod options;
mod page;
mod plan;
mod publish;
mod runs;
mod server;
mod tally;
#[cfg(test)]
mod tests;
mod typing;
mod world;
mod writer;

use clap::Parser;
use options::{Asked, DRIVER_CORE, Options};
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let options = match Options::parse().asked() {
        Asked::Sync(options) => options,
        Asked::Plan(options) => {
            return plan::run(&options).map_or_else(|error| failed(&*error), |()| ExitCode::SUCCESS);
        }
        Asked::Access(options) => {
            return ended(access::run(&options));
        }
        Asked::Publish(options) => {
            let on_own_core = moved_to_own_core(Some(DRIVER_CORE));
            return on_own_core.unwrap_or_else(|| ended(publish::run(&options)));
        }
        Asked::Bare(options) => return ended(publish::bare::serve(&options)),
    };
    if let Some(code) = moved_to_own_core(options.driver_core()) {
        return code;
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    ended(tokio::task::LocalSet::new().block_on(&runtime, runs::sync(&options)))
}

/// Starts this program once more, pinned to its core, and waits for it; `None` if it is there already.
fn moved_to_own_core(core: Option<usize>) -> Option<ExitCode> {
    let core = core?;
    if std::env::var_os(MOVED).is_some() || !server::can_pin() {
        return None;
    }
    let program = std::env::current_exe().ok()?;
    let mut again = Command::new("taskset");
    again.arg("-c").arg(core.to_string()).arg(program).args(std::env::args_os().skip(1)).env(MOVED, "1");
    let status = again.status().ok()?;
    Some(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

fn ended(outcome: Result<(), world::BenchError>) -> ExitCode {
    outcome.map_or_else(|error| failed(&error), |()| ExitCode::SUCCESS)
}

fn failed(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("coplan-bench: {error}");
    ExitCode::FAILURE
}

/// Set once this process runs on its core.
const MOVED: &str = "COPLAN_BENCH_MOVED";

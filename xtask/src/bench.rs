//! `cargo xtask bench sync`, `cargo xtask bench plan` and `cargo xtask bench access`.

use crate::{
    process::{self, Failure},
    server::{self, Profile},
};

/// Builds the server and the bench with the same profile, and runs the bench against a server it starts itself.
///
/// # Errors
/// Cargo's failure, or the bench's.
pub(crate) fn sync(arguments: &[String]) -> Result<(), Failure> {
    of_server("sync", arguments)
}

/// The same for what decisions cost, and the audit of a read.
///
/// # Errors
/// Cargo's failure, or the bench's.
pub(crate) fn access(arguments: &[String]) -> Result<(), Failure> {
    of_server("access", arguments)
}

/// Measures core alone, without a server.
///
/// # Errors
/// Cargo's failure, or the bench's.
pub(crate) fn plan(arguments: &[String]) -> Result<(), Failure> {
    let mut bench = process::cargo(["run", "--release", "--locked", "--quiet", "--package", "coplan-tests"]);
    bench.args(["--bin", "coplan-bench", "--", "plan"]).args(arguments);
    process::run(&mut bench)
}

fn of_server(bench: &str, arguments: &[String]) -> Result<(), Failure> {
    server::build(Profile::Release)?;
    let mut run = process::cargo(["run", "--release", "--locked", "--quiet", "--package", "coplan-tests"]);
    run.args(["--bin", "coplan-bench", "--", bench]).args(arguments);
    process::run(run.env("COPLAN_BIN", server::binary(Profile::Release)))
}

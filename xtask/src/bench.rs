//! `cargo xtask bench sync` and `cargo xtask bench plan`.

use crate::{
    process::{self, Failure},
    server::{self, Profile},
};

/// Builds the server and the bench with the same profile, and runs the bench against a server it starts itself.
///
/// # Errors
/// Cargo's failure, or the bench's.
pub(crate) fn sync(arguments: &[String]) -> Result<(), Failure> {
    server::build(Profile::Release)?;
    let mut bench = process::cargo(["run", "--release", "--locked", "--quiet", "--package", "coplan-tests"]);
    bench.args(["--bin", "coplan-bench", "--", "sync"]).args(arguments);
    process::run(bench.env("COPLAN_BIN", server::binary(Profile::Release)))
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

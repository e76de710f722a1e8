//! `cargo xtask bench`: what is measured, and against which server.

use crate::{
    process::{self, Failure},
    server::{self, Profile},
};

/// Builds the server and the bench with the same profile, and runs the bench against a server it starts itself. One of
/// core alone needs none.
///
/// # Errors
/// Cargo's failure, or the bench's.
pub(crate) fn run(bench: &str, arguments: &[String]) -> Result<(), Failure> {
    let of_core = bench == "plan";
    if !of_core {
        server::build(Profile::Release)?;
    }
    let mut run = process::cargo(["run", "--release", "--locked", "--quiet", "--package", "coplan-tests"]);
    run.args(["--bin", "coplan-bench", "--", bench]).args(arguments);
    process::run(run.env("COPLAN_BIN", server::binary(Profile::Release)))
}

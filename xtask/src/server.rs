//! The server's binary.

use crate::process::{self, Failure};
use std::path::PathBuf;

/// Builds `coplan` with the release profile.
///
/// # Errors
/// Cargo's failure.
pub(crate) fn build() -> Result<(), Failure> {
    println!("xtask: building the server");
    process::run(&mut process::cargo(["build", "--release", "--locked", "--package", "coplan-server"]))
}

/// Where cargo puts it.
pub(crate) fn binary() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| crate::root().join("target"), PathBuf::from);
    target.join("release").join("coplan")
}

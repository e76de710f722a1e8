//! The server's binary.

use crate::process::{self, Failure};
use std::path::PathBuf;

/// For what the server is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// For use: as quick as it gets.
    Release,
    /// For the tests: compiled in half the time, with everything that the tests share.
    Dev,
}

/// Builds `coplan`.
///
/// # Errors
/// Cargo's failure.
pub(crate) fn build(profile: Profile) -> Result<(), Failure> {
    println!("xtask: building the server");
    let arguments = ["build", "--locked", "--package", "coplan-server"];
    let release = (profile == Profile::Release).then_some("--release");
    process::run(&mut process::cargo(arguments.into_iter().chain(release)))
}

/// Where cargo puts it.
pub(crate) fn binary(profile: Profile) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| crate::root().join("target"), PathBuf::from);
    let folder = match profile {
        Profile::Release => "release",
        Profile::Dev => "debug",
    };
    target.join(folder).join("coplan")
}

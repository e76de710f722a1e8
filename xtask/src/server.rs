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

/// Builds `coplan`, and for the tests the programs that go with it.
///
/// # Errors
/// Cargo's failure.
pub(crate) fn build(profile: Profile) -> Result<(), Failure> {
    println!("xtask: building the server");
    let what: &[&str] = match profile {
        Profile::Release => &["--release", "--package", "coplan-server"],
        // What the tests are made of at once: one crate after the other would leave a core idle.
        Profile::Dev => &["--workspace", "--bins", "--tests"],
    };
    process::run(&mut process::cargo(["build", "--locked"].into_iter().chain(what.iter().copied())))
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

//! The web side: npm packages, kept in step with their lock files, and the apps built from them.

use crate::process::{self, Failure};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Builds all web apps, after bringing their packages up to date.
///
/// # Errors
/// What is missing, or the build's failure.
pub(crate) fn build() -> Result<(), Failure> {
    crate::install::check_prerequisites()?;
    let folder = folder();
    install_packages(&folder)?;
    println!("xtask: building the web apps");
    process::run_quietly(&mut npm(&folder, ["run", "build"]))
}

/// Where the web workspace stands.
pub(crate) fn folder() -> PathBuf {
    crate::root().join("clients/web")
}

/// `npm` in `folder`.
pub(crate) fn npm<'a>(folder: &Path, arguments: impl IntoIterator<Item = &'a str>) -> std::process::Command {
    process::command(folder, "npm", arguments)
}

/// Runs `npm ci` in `folder` unless its packages are already those of its lock file.
///
/// A copy of the lock file is left in `node_modules` once `npm ci` has succeeded; the same bytes mean the same packages.
///
/// # Errors
/// What npm says.
pub(crate) fn install_packages(folder: &Path) -> Result<(), Failure> {
    let lock_path = folder.join("package-lock.json");
    let lock =
        fs::read(&lock_path).map_err(|error| Failure(format!("`{}` cannot be read: {error}", lock_path.display())))?;
    let stamp = folder.join("node_modules").join(STAMP);
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let name = folder.strip_prefix(crate::root()).unwrap_or(folder).display().to_string();
    println!("xtask: installing the npm packages of {name}");
    process::run_quietly(&mut npm(folder, ["ci", "--no-audit", "--no-fund"]))?;
    fs::write(&stamp, lock).map_err(|error| Failure(format!("`{}` cannot be written: {error}", stamp.display())))
}

const STAMP: &str = ".installed-package-lock.json";

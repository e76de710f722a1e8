//! The web side: npm packages, kept in step with their lock files, and the apps built from them.

use crate::process::{self, Failure};
use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
};

/// Builds all web apps, after bringing their packages up to date, unless nothing has changed since the last time.
///
/// The server carries what is built here, so a build too many costs a build of the server as well.
///
/// # Errors
/// What is missing, or the build's failure.
pub(crate) fn build() -> Result<(), Failure> {
    crate::install::check_prerequisites()?;
    let folder = folder();
    install_packages(&folder)?;
    let stamp = folder.join("node_modules").join(STAMP_OF_BUILD);
    let before = fingerprint(&folder)?;
    if fs::read_to_string(&stamp).is_ok_and(|built| built == before) {
        return Ok(());
    }
    println!("xtask: building the web apps");
    process::run_quietly(&mut npm(&folder, ["run", "build"]))?;
    let after = fingerprint(&folder)?;
    fs::write(&stamp, after).map_err(|error| Failure(format!("`{}` cannot be written: {error}", stamp.display())))
}

/// Every file of the web workspace, built ones included, with its length and its time: the same text means that nothing
/// has changed.
fn fingerprint(folder: &Path) -> Result<String, Failure> {
    let unreadable = |error: io::Error| Failure(format!("`{}` cannot be read: {error}", folder.display()));
    let mut hasher = DefaultHasher::new();
    let mut files = 0_u64;
    let mut entries: Vec<PathBuf> = vec![folder.to_path_buf()];
    while let Some(path) = entries.pop() {
        if path.is_dir() {
            let inside: Result<Vec<PathBuf>, io::Error> =
                fs::read_dir(&path).and_then(|entries| entries.map(|entry| entry.map(|e| e.path())).collect());
            let mut inside = inside.map_err(unreadable)?;
            inside.retain(|path| !path.ends_with("node_modules"));
            inside.sort();
            entries.append(&mut inside);
        } else {
            let about = fs::metadata(&path).map_err(unreadable)?;
            (&path, about.len(), about.modified().map_err(unreadable)?).hash(&mut hasher);
            files += 1;
        }
    }
    Ok(format!("{files} files, {:016x}\n", hasher.finish()))
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
const STAMP_OF_BUILD: &str = ".built-web-apps";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_is_noticed_and_an_installed_package_is_not() {
        let folder = crate::root().join(format!("target/xtask-test-{}", std::process::id()));
        fs::create_dir_all(folder.join("node_modules")).unwrap();
        fs::write(folder.join("app.ts"), "one").unwrap();
        let before = fingerprint(&folder).unwrap();
        fs::write(folder.join("node_modules/package.js"), "installed").unwrap();
        assert_eq!(fingerprint(&folder).unwrap(), before);
        fs::write(folder.join("app.ts"), "one and two").unwrap();
        assert_ne!(fingerprint(&folder).unwrap(), before);
        fs::remove_dir_all(folder).unwrap();
    }
}

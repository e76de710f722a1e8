//! What must be on the machine: checked before anything is built, one clear line for each thing that is missing.

use crate::process::{self, Failure};

/// Node and npm, which build the web apps, and a C compiler for the crates that carry C.
///
/// # Errors
/// All that is missing, a line each, with what to run.
pub(crate) fn check_prerequisites() -> Result<(), Failure> {
    let missing: Vec<String> = [node(), npm(), c_compiler()].into_iter().flatten().collect();
    if missing.is_empty() { Ok(()) } else { Err(Failure(missing.join("\nxtask: "))) }
}

fn node() -> Option<String> {
    let hint = format!(
        "install Node {NODE_MAJOR_MIN} or later and npm: on Debian 13 or Ubuntu 25.04 and later \
         `sudo apt-get install -y nodejs npm`, elsewhere see https://nodejs.org/en/download"
    );
    let Some(version) = process::output_of("node", &["--version"]) else {
        return Some(format!("node is missing: {hint}"));
    };
    match major(&version) {
        Some(major) if major >= NODE_MAJOR_MIN => None,
        _ => Some(format!("node is {version}, too old: {hint}")),
    }
}

fn npm() -> Option<String> {
    let hint = "npm is missing: it comes with Node from https://nodejs.org, or run `sudo apt-get install -y npm`";
    process::output_of("npm", &["--version"]).is_none().then(|| hint.to_owned())
}

fn c_compiler() -> Option<String> {
    let hint = "a C compiler is missing: run `sudo apt-get install -y build-essential`";
    process::output_of("cc", &["--version"]).is_none().then(|| hint.to_owned())
}

/// What `cargo xtask test` uses of the Rust toolchain besides the compiler.
///
/// # Errors
/// One line with what to run.
pub(crate) fn check_rust_components() -> Result<(), Failure> {
    let missing = |name: &str| process::cargo([name, "--version"]).output().map_or(true, |o| !o.status.success());
    if ["fmt", "clippy"].into_iter().any(missing) {
        return Err(Failure("rustfmt or clippy is missing: run `rustup component add rustfmt clippy`".to_owned()));
    }
    Ok(())
}

/// `v20.20.2` is 20.
fn major(version: &str) -> Option<u32> {
    version.trim_start_matches('v').split('.').next()?.parse().ok()
}

/// A program that tests use, and the Debian packages it comes from.
pub(crate) struct TestTool {
    /// Any of these programs will do.
    programs: &'static [&'static str],
    /// Packages by their Debian names, which `dpkg` is asked for if `programs` is empty.
    packages: &'static [&'static str],
}

/// A browser to drive.
pub(crate) const CHROMIUM: TestTool = TestTool { programs: &["chromium"], packages: &["chromium"] };
/// Letters for names in many scripts, and one that measures like Arial, so that screenshots look as they do elsewhere.
pub(crate) const FONTS: TestTool = TestTool { programs: &[], packages: &["fonts-liberation", "fonts-noto-core"] };
/// Reads the server's database from outside, to compare it with what the server says.
pub(crate) const SQLITE: TestTool = TestTool { programs: &["sqlite3"], packages: &["sqlite3"] };

/// Installs the packages of those tools that are missing, and says so first.
///
/// # Errors
/// One line with what to run, where this cannot install.
pub(crate) fn install_test_tools(tools: &[&TestTool]) -> Result<(), Failure> {
    let missing: Vec<&str> = tools.iter().flat_map(|tool| missing_packages(tool)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    let by_hand = || Failure(format!("the tests need {list}: run `sudo apt-get install -y {list}`"));
    if process::output_of("apt-get", &["--version"]).is_none() {
        return Err(Failure(format!("the tests need what Debian calls {list}: install it, then run this again")));
    }
    if process::output_of("id", &["-u"]).as_deref() != Some("0") {
        return Err(by_hand());
    }
    println!("xtask: installing for the tests, by apt-get: {list}");
    let here = crate::root();
    process::run_quietly(&mut process::command(&here, "apt-get", ["update"])).map_err(|_| by_hand())?;
    let mut install = process::command(&here, "apt-get", ["install", "-y", "--no-install-recommends"]);
    process::run_quietly(install.args(&missing).env("DEBIAN_FRONTEND", "noninteractive")).map_err(|_| by_hand())
}

fn missing_packages(tool: &TestTool) -> Vec<&'static str> {
    let runs = |program: &&str| process::output_of(program, &["--version"]).is_some();
    if tool.programs.iter().any(runs) {
        return vec![];
    }
    let installed = |package: &str| {
        process::output_of("dpkg-query", &["-W", "-f=${Status}", package]).is_some_and(|s| s.ends_with("ok installed"))
    };
    tool.packages.iter().copied().filter(|package| !installed(package)).collect()
}

/// The oldest Node that everything here is tried with.
const NODE_MAJOR_MIN: u32 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_version_reads_as_its_first_number() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("24.1.0"), Some(24));
        assert_eq!(major("nightly"), None);
    }
}

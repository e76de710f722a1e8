//! `cargo xtask test`: everything that must hold, in the order in which a failure is cheapest to find.
//!
//! To add a step: a row in `STEPS`. A row's `needs` are run before it when it is asked for alone.

use crate::{
    install::{self, CHROMIUM, FONTS, SQLITE, TestTool},
    process::{self, Failure},
    server::{self, Profile},
    steps::{Count, Record},
    web,
};
use std::path::Path;

/// One step of the test run.
pub(crate) struct Step {
    /// What it is called on the command line and in the summary.
    pub(crate) name: &'static str,
    /// Steps that it cannot do without.
    needs: &'static [&'static str],
    /// Programs of the machine that it uses.
    tools: &'static [&'static TestTool],
    run: fn(&mut Count) -> Result<(), Failure>,
}

/// All steps, in order.
pub(crate) const STEPS: &[Step] = &[
    Step { name: "build", needs: &[], tools: &[], run: build },
    Step { name: "format", needs: &[], tools: &[], run: format },
    Step { name: "lint", needs: &[], tools: &[], run: lint },
    Step { name: "rust", needs: &["build"], tools: &[], run: rust },
    Step { name: "web", needs: &[], tools: &[], run: web_check },
    Step { name: "interop", needs: &["build"], tools: &[&SQLITE], run: interop },
    Step { name: "fhir", needs: &["build"], tools: &[&SQLITE], run: fhir },
    Step { name: "identity", needs: &["build"], tools: &[&SQLITE], run: identity },
    Step { name: "browser", needs: &["build"], tools: &[&CHROMIUM, &FONTS], run: browser },
];

/// Runs the named steps and what they need; all of them if none is named.
///
/// # Errors
/// What is missing on the machine, or the first step that failed.
pub(crate) fn run(names: &[String]) -> Result<(), Failure> {
    let asked = |name: &str| names.is_empty() || names.iter().any(|n| n == name);
    let needed = |name: &str| STEPS.iter().any(|step| asked(step.name) && step.needs.contains(&name));
    let steps: Vec<&Step> = STEPS.iter().filter(|step| asked(step.name) || needed(step.name)).collect();

    install::check_prerequisites()?;
    install::check_rust_components()?;
    let tools: Vec<&TestTool> = steps.iter().flat_map(|step| step.tools.iter().copied()).collect();
    install::install_test_tools(&tools)?;
    let mut record = Record::default();
    for step in steps {
        record.step(step.name, step.run)?;
    }
    record.print();
    Ok(())
}

/// The web apps first: the server carries them.
fn build(_: &mut Count) -> Result<(), Failure> {
    web::build()?;
    server::build(Profile::Dev)
}

fn format(_: &mut Count) -> Result<(), Failure> {
    process::run(&mut process::cargo(["fmt", "--all", "--check"]))
}

fn lint(_: &mut Count) -> Result<(), Failure> {
    let arguments = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    process::run(&mut process::cargo(arguments))
}

fn rust(count: &mut Count) -> Result<(), Failure> {
    let mut tests = process::cargo(["test", "--workspace", "--locked"]);
    process::run_watched(tests.env("COPLAN_BIN", server::binary(Profile::Dev)), |line| count.add(line))
}

fn web_check(count: &mut Count) -> Result<(), Failure> {
    web::install_packages(&web::folder())?;
    process::run_watched(&mut web::npm(&web::folder(), ["run", "check"]), |line| count.add(line))
}

fn interop(count: &mut Count) -> Result<(), Failure> {
    node_tests(&crate::root().join("tests/interop"), count)
}

/// FHIR resources of a real server, judged by validators from outside.
fn fhir(count: &mut Count) -> Result<(), Failure> {
    node_tests(&crate::root().join("tests/fhir"), count)
}

/// Against a certified OpenID provider, and one that lies.
fn identity(count: &mut Count) -> Result<(), Failure> {
    node_tests(&crate::root().join("tests/identity"), count)
}

/// Some of them sign in through the provider of the identity tests.
fn browser(count: &mut Count) -> Result<(), Failure> {
    web::install_packages(&crate::root().join("tests/identity"))?;
    node_tests(&crate::root().join("tests/browser"), count)
}

/// Each file starts a server of its own. How many run at the same time says the folder's `package.json`: one where files
/// count what the machine does, two where they mostly wait for pages.
fn node_tests(folder: &Path, count: &mut Count) -> Result<(), Failure> {
    web::install_packages(folder)?;
    let arguments = ["run", "--silent", "test"];
    let mut node = web::npm(folder, arguments);
    process::run_watched(node.env("COPLAN_BIN", server::binary(Profile::Dev)), |line| count.add(line))
}

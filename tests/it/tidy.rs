//! Tidiness is a test: sizes, names of rooms, arrows between crates, lock files, invented people only, formatting.
//!
//! Each rule is a function from a file to what is wrong with it; a test names every finding at once. To add a rule,
//! write such a function and a test that gives it to `findings`.

#![allow(clippy::expect_used, reason = "a tree that cannot be read fails the test, which is what it should do")]

use coplan_core::nhs_number::NhsNumber;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// One text file of the tree.
struct Source {
    /// From the top folder.
    path: PathBuf,
    text: String,
}

impl Source {
    fn is_code(&self) -> bool {
        self.path.extension().is_some_and(|ending| ["rs", "ts", "tsx", "mjs", "js"].iter().any(|e| ending == *e))
    }

    fn is_rust(&self) -> bool {
        self.path.extension().is_some_and(|ending| ending == "rs")
    }

    fn is_generated(&self) -> bool {
        let path = self.path.to_string_lossy();
        path.contains(".gen.") || path.starts_with("tests/generated/")
    }

    /// A test may be a long table of cases.
    fn is_table_of_tests(&self) -> bool {
        self.path.ends_with("tests.rs")
    }

    fn is_lock(&self) -> bool {
        self.path.ends_with("Cargo.lock") || self.path.ends_with("package-lock.json")
    }
}

#[test]
fn a_file_of_code_has_one_subject_and_a_bounded_length() {
    findings(|source| {
        let lines = source.text.lines().count();
        let too_long = source.is_code() && !source.is_generated() && lines > FILE_LINES_MAX;
        too_long.then(|| format!("{lines} lines, more than {FILE_LINES_MAX}")).into_iter().collect()
    });
}

#[test]
fn a_function_fits_a_screen() {
    findings(|source| {
        let judged = source.is_rust() && !source.is_generated() && !source.is_table_of_tests();
        if judged { long_functions(&source.text) } else { vec![] }
    });
}

#[test]
fn no_room_is_called_by_a_name_that_says_nothing() {
    findings(|source| {
        let names = source.path.iter().filter_map(|part| part.to_str()?.split('.').next());
        names.filter(|name| EMPTY_NAMES.contains(name)).map(|name| format!("`{name}` says nothing")).collect()
    });
}

#[test]
fn the_core_does_no_io_and_has_no_clock_and_no_chance() {
    findings(|source| {
        if source.path.starts_with("core/src") {
            banned(&source.text, CORE_BANNED)
        } else if source.path == Path::new("core/Cargo.toml") {
            banned(&source.text, CORE_CRATES_BANNED)
        } else {
            vec![]
        }
    });
}

#[test]
fn arrows_between_crates_point_one_way() {
    findings(|source| {
        let crates_below = match source.path.to_str() {
            Some("core/Cargo.toml" | "xtask/Cargo.toml") => vec![],
            Some("server/Cargo.toml" | "clients/rust/Cargo.toml") => vec!["coplan-core"],
            _ => return vec![],
        };
        let lines = source.text.lines().skip_while(|line| !line.contains("dependencies]"));
        let arrows = lines.filter(|line| line.starts_with("coplan-")).filter_map(|line| line.split(['.', ' ']).next());
        arrows.filter(|arrow| !crates_below.contains(arrow)).map(|arrow| format!("points at `{arrow}`")).collect()
    });
}

#[test]
fn the_crew_app_never_loads_what_edits_a_plan() {
    findings(
        |source| {
            if source.path.starts_with("clients/web/crew/src") { banned(&source.text, CREW_BANNED) } else { vec![] }
        },
    );
}

#[test]
fn nothing_is_left_for_later_in_the_code() {
    findings(|source| if source.is_code() { banned(&source.text, UNFINISHED) } else { vec![] });
}

#[test]
fn what_is_installed_is_pinned_by_lock_files() {
    let manifests = sources().into_iter().filter(|source| source.path.ends_with("package.json"));
    for manifest in manifests {
        let locked = manifest.path.ancestors().skip(1).any(|folder| root().join(folder).join(NPM_LOCK).is_file());
        assert!(locked, "{} has no {NPM_LOCK} beside or above it", manifest.path.display());
    }
    assert!(root().join("Cargo.lock").is_file(), "Cargo.lock is missing");
}

#[test]
fn every_nhs_number_in_the_tree_is_an_invented_one() {
    findings(|source| {
        if source.is_lock() {
            return vec![];
        }
        let real = nhs_numbers(&source.text)
            .filter(|number| !number.as_str().starts_with(INVENTED) && number.as_str() != ALL_DIGITS);
        real.map(|number| format!("{} could be a real person's; use {INVENTED}…", number.as_str())).collect()
    });
}

#[test]
fn the_rust_code_is_formatted() {
    let output = Command::new(env!("CARGO")).args(["fmt", "--all", "--", "--check", "-l"]).current_dir(root()).output();
    let output = output.expect("cargo fmt runs");
    assert!(output.status.success(), "run `cargo fmt --all`:\n{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn the_rules_find_what_they_are_for() {
    let long = format!("    pub async fn walk() {{\n{}    }}\n", "        step();\n".repeat(FUNCTION_LINES_MAX));
    assert_eq!(long_functions(&long).len(), 1);
    assert_eq!(long_functions("fn short() {\n}\n"), Vec::<String>::new());
    assert_eq!(banned("use std::fs;", CORE_BANNED).len(), 1);
    let text = format!("x {} y {} z", concat!("943476", "5919"), "9990000018");
    assert_eq!(nhs_numbers(&text).count(), 2);
}

/// Fails with every finding of `rule` in the tree.
fn findings(rule: impl Fn(&Source) -> Vec<String>) {
    let all: Vec<String> = sources()
        .iter()
        .flat_map(|source| rule(source).into_iter().map(|what| format!("{}: {what}", source.path.display())))
        .collect();
    assert!(all.is_empty(), "{}", all.join("\n"));
}

/// Functions with too many lines. The code is formatted, so a function ends where its own indentation closes a brace. A
/// table that gives each variant its word is read at a glance: its lines do not count, and stay in one exhaustive match.
fn long_functions(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = vec![];
    for (start, line) in lines.iter().enumerate() {
        let indentation = line.len() - line.trim_start().len();
        let mut words = line.split_whitespace().skip_while(|word| *word != "fn" && is_qualifier(word));
        let (Some("fn"), Some(name)) = (words.next(), words.next()) else { continue };
        let end = format!("{}}}", " ".repeat(indentation));
        let body = &lines[start..];
        let body = &body[..body.iter().position(|line| *line == end).map_or(0, |length| length + 1)];
        let length = body.iter().filter(|line| !names_a_variant(line)).count();
        if length > FUNCTION_LINES_MAX {
            let name = name.split(['(', '<']).next().unwrap_or(name);
            found.push(format!("`{name}` at line {} has {length} lines, more than {FUNCTION_LINES_MAX}", start + 1));
        }
    }
    found
}

/// `Self::Variant => "word",`
fn names_a_variant(line: &str) -> bool {
    line.trim_start().starts_with("Self::") && line.contains(" => \"") && line.ends_with("\",")
}

fn is_qualifier(word: &str) -> bool {
    word.starts_with("pub") || ["async", "const", "crate)", "super)"].contains(&word)
}

fn banned(text: &str, words: &[&str]) -> Vec<String> {
    let code = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    let hits =
        code.flat_map(|(at, line)| words.iter().filter(|word| line.contains(**word)).map(move |word| (at, word)));
    hits.map(|(at, word)| format!("line {}: `{word}`", at + 1)).collect()
}

/// Every run of ten digits, plain or written 3-3-4, that passes the check of an NHS number.
fn nhs_numbers(text: &str) -> impl Iterator<Item = NhsNumber> {
    let plain = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.');
    let runs = text.split(|c: char| !c.is_ascii_digit() && c != ' ').map(str::trim);
    let grouped = runs.filter(|run| {
        let groups: Vec<usize> = run.split(' ').map(str::len).collect();
        groups == [3, 3, 4]
    });
    plain.filter(|word| word.len() == NHS_DIGITS).chain(grouped).filter_map(|word| NhsNumber::parse(word).ok())
}

/// Every text file of the tree that is ours: not installed, not built.
fn sources() -> Vec<Source> {
    let mut found = vec![];
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the tree can be read") {
            let path = entry.expect("the tree can be read").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() {
                if !NOT_OURS.contains(&name) {
                    folders.push(path);
                }
            } else if let Ok(text) = fs::read_to_string(&path) {
                let path = path.strip_prefix(root()).expect("it is below the top folder").to_path_buf();
                found.push(Source { path, text });
            }
        }
    }
    found
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the top folder exists")
}

const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;
const NHS_DIGITS: usize = 10;
/// Numbers from here on are never given to anybody.
const INVENTED: &str = "999";
/// Not a number but the digits, which happen to pass the check.
const ALL_DIGITS: &str = "0123456789";
const NPM_LOCK: &str = "package-lock.json";
const NOT_OURS: &[&str] = &[".git", "target", "node_modules", "dist", "output", "demo-data"];
const EMPTY_NAMES: &[&str] = &["utils", "util", "common", "helpers", "helper", "types", "misc"];
const CORE_BANNED: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "SystemTime",
    "Instant::now",
    "tokio",
    "sqlx",
    "axum",
    "async fn",
    " rand::",
    "(rand::",
    "getrandom",
    "new_v4",
    "ActorId::random",
    "println!",
    "eprintln!",
    "tracing::",
];
const CORE_CRATES_BANNED: &[&str] = &["tokio", "sqlx", "axum", "rand", "getrandom", "hyper", "reqwest", "tracing"];
const CREW_BANNED: &[&str] = &["@automerge", "care-plan/sync"];
const UNFINISHED: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:"), concat!("dbg", "!(")];

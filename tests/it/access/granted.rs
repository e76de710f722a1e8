//! Nothing reaches the content of a plan without the value that the decision handed out. That nobody else makes one is
//! shown by the compiler (`Granted` in core/src/policy.rs); here it is shown that the store asks for it.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// One function of the store, as its file has it.
struct Function {
    name: String,
    /// The file's name, without its ending.
    file: String,
    /// Names that the file takes from others.
    imports: String,
    is_public: bool,
    signature: String,
    body: String,
}

#[test]
fn every_function_of_the_store_that_touches_content_asks_for_a_grant_or_says_why_not() {
    let functions = functions();
    let touching = touching(&functions);
    let ungranted = |f: &Function| f.is_public && !GRANTS.iter().any(|grant| f.signature.contains(grant));
    let of = |at: &usize| &functions[*at];
    let without: Vec<&str> = touching.iter().map(of).filter(|f| ungranted(f)).map(|f| f.name.as_str()).collect();
    let excepted: Vec<&str> = EXCEPTIONS.iter().map(|(name, _)| *name).collect();
    let new: Vec<_> = without.iter().filter(|name| !excepted.contains(name)).collect();
    assert!(new.is_empty(), "these touch content without a grant: {new:?}; they need one, or a reason in EXCEPTIONS");
    let idle: Vec<_> = excepted.iter().filter(|name| !without.contains(name)).collect();
    assert!(idle.is_empty(), "these are excepted and need not be: {idle:?}");
    assert!(EXCEPTIONS.iter().all(|(_, reason)| reason.len() > 20), "an exception has a reason");
    println!("{} functions touch content, {} of them without a grant", touching.len(), without.len());
}

#[test]
fn a_grant_is_made_in_one_place() {
    let mut makers = Vec::new();
    for path in rust_files(&top().join("core/src")).into_iter().chain(rust_files(&top().join("server/src"))) {
        let text = fs::read_to_string(&path).unwrap();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let made = code.filter(|line| line.contains("Granted {") && NO_MAKERS.iter().all(|no| !line.contains(no)));
        makers.extend(made.map(|line| format!("{}: {}", path.display(), line.trim())));
    }
    assert_eq!(makers.len(), 1, "{makers:#?}");
    assert!(makers[0].contains("core/src/policy/engine.rs"), "{makers:?}");
    let policy = fs::read_to_string(top().join("core/src/policy.rs")).unwrap();
    let (before, _) = policy.split_once("pub struct Granted").unwrap();
    let derives = before.lines().rev().find(|line| line.contains("derive")).unwrap();
    for maker in ["Default", "Deserialize"] {
        assert!(!derives.contains(maker), "{derives}");
    }
}

/// Functions that touch content, by their own statements or by what they call.
fn touching(functions: &[Function]) -> BTreeSet<usize> {
    let own = |f: &Function| TABLES.iter().any(|table| names_table(&f.body, table));
    let mut touching: BTreeSet<usize> = (0..functions.len()).filter(|at| own(&functions[*at])).collect();
    loop {
        let calls_one = |f: &Function| touching.iter().any(|callee| calls(f, &functions[*callee]));
        let more: Vec<usize> =
            (0..functions.len()).filter(|at| !touching.contains(at) && calls_one(&functions[*at])).collect();
        if more.is_empty() {
            return touching;
        }
        touching.extend(more);
    }
}

fn names_table(body: &str, table: &str) -> bool {
    let words: Vec<&str> = words(body).collect();
    let before = ["from", "into", "join", "update"];
    words.windows(2).any(|pair| before.contains(&pair[0]) && pair[1] == table)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

/// Whether one calls the other: as a method of the store or of its writer, by the path of its module, by its name alone
/// where that is imported, or any way in the same file.
fn calls(caller: &Function, callee: &Function) -> bool {
    let imported = words(&caller.imports).any(|word| word == callee.name);
    let by_name = imported && words(&caller.imports).any(|word| word == callee.file);
    let same_file = caller.file == callee.file;
    let by_path = format!("{}::", callee.file);
    caller.body.match_indices(&format!("{}(", callee.name)).any(|(at, _)| {
        let lead = &caller.body[..at];
        let is_whole = !lead.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let lead = lead.trim_end();
        let of_store = lead.ends_with("self.") || lead.ends_with("writer.") || lead.ends_with(&by_path);
        is_whole && (same_file || of_store || (by_name && !lead.ends_with(['.', ':'])))
    })
}

/// Every function under `server/src/store`.
fn functions() -> Vec<Function> {
    let mut all = Vec::new();
    let mut files = rust_files(&top().join("server/src/store"));
    files.push(top().join("server/src/store.rs"));
    for path in files.into_iter().filter(|path| !path.ends_with("tests.rs")) {
        let text = fs::read_to_string(&path).unwrap();
        let file = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let imports: String = text.split(';').filter(|part| part.contains("use ")).collect();
        let mut rest = text.as_str();
        while let Some(at) = rest.find("fn ") {
            let line_start = rest[..at].rfind('\n').map_or(0, |at| at + 1);
            let lead = rest[line_start..at].trim_start();
            let after = &rest[at + 3..];
            let name: String = after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let body_at = after.find('{').unwrap_or(after.len());
            if !lead.contains("//") && !lead.contains('"') && !name.is_empty() {
                all.push(Function {
                    name,
                    file: file.clone(),
                    imports: imports.clone(),
                    is_public: lead.starts_with("pub "),
                    signature: after[..body_at].to_owned(),
                    body: block(&after[body_at..]).to_owned(),
                });
            }
            rest = after;
        }
    }
    all
}

/// From its `{` to the `}` that ends it.
fn block(text: &str) -> &str {
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return &text[..=at],
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    text
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// What a line has that names the type and makes none.
const NO_MAKERS: &[&str] = &["struct ", "impl ", "-> Granted"];

/// What a signature has that asks for a grant, by itself or inside what it takes.
/// (`GrantedDocument` is made by the store alone, for a `Granted`).
const GRANTS: &[&str] = &["&Granted", "&GrantedDocument"];

/// Tables that hold content of plans.
const TABLES: &[&str] = &[
    "change",
    "snapshot",
    "quarantine",
    "publication",
    "publication_section",
    "publication_view",
    "suggestion",
    "record_import",
    "attachment",
    "vault_item",
    "vault_key",
    "vault_look",
];

/// Public functions that touch content and take no grant, each with its reason.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("load_document", "for the hub, which serves many at once and asks for the rights of each with each message"),
    ("save", "for the hub: each change comes with the subject who had the right, decided when it arrived"),
    ("save_snapshot", "for the hub: derived from changes that are stored, and given back to nobody but it"),
    ("create_plan", "makes sections that are empty; `plan::create` has decided"),
    ("create_plan_kept_by", "the same, kept by another organisation than that of whoever begins it"),
    ("plans", "lists plans for the service itself: its number and times, nothing of its content"),
    ("plans_of", "finds plans by what connects somebody; the handler decides on each before it is shown"),
    ("some_vault_keys", "sealed keys, to see at the start whether the master key is theirs; nothing is opened"),
    ("digest", "hashes for the audit's chain; no content leaves the store"),
    ("take_into_audit", "hashes for the audit's chain; no content leaves the store"),
    ("all_publications", "numbers of publications, for `coplan verify`, which whoever has the database runs"),
    ("digest_of_publication", "a hash, for `coplan verify`, which whoever has the database runs"),
    ("damaged_views", "names of views that do not have their hash, for `coplan verify`"),
    ("currency", "for whoever holds a printed code: two moments and one word, nothing of the plan"),
    ("log_state", "hashes, for `coplan verify`, which whoever has the database runs"),
];

//! `cargo xtask sqlx`: renew what the server's queries are checked against when no database is at hand.
//!
//! The migrations make a fresh database, the server is checked against it, and the descriptions that the query macros
//! write on the way replace those in `server/.sqlx`. Nothing is replaced unless all of it worked.

use crate::process::{self, Failure};
use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Stdio,
    time::SystemTime,
};

/// Makes the database, checks the server against it, and puts the descriptions in place.
///
/// # Errors
/// A migration that fails, a query that does not fit, or a file that cannot be written.
pub(crate) fn prepare() -> Result<(), Failure> {
    if process::output_of("sqlite3", &["--version"]).is_none() {
        return Err(Failure("sqlite3 is missing: run `sudo apt-get install -y sqlite3`".to_owned()));
    }
    let root = crate::root();
    let work = root.join("target/sqlx");
    let _turn = turn(&root.join("target/sqlx.lock"))?;
    let descriptions = work.join("queries");
    fresh_folder(&descriptions).map_err(|error| unwritable(&descriptions, &error))?;
    let database = work.join("queries.sqlite");
    migrate(&root.join("migrations/sqlite"), &database)?;
    touch(&root.join("server/src")).map_err(|error| unwritable(&root.join("server/src"), &error))?;

    let mut check = process::cargo(["check", "--package", "coplan-server", "--all-targets"]);
    check.env("SQLX_OFFLINE", "false").env("SQLX_OFFLINE_DIR", &descriptions);
    process::run(check.env(DATABASE_URL, format!("sqlite://{}", database.display())))?;

    let home = root.join("server/.sqlx");
    replace(&home, &descriptions).map_err(|error| unwritable(&home, &error))
}

/// One at a time: two would build on each other's database.
fn turn(path: &Path) -> Result<fs::File, Failure> {
    let file = fs::File::create(path).map_err(|error| unwritable(path, &error))?;
    file.lock().map_err(|error| unwritable(path, &error))?;
    Ok(file)
}

fn migrate(migrations: &Path, database: &Path) -> Result<(), Failure> {
    for ending in ["", "-wal", "-shm"] {
        let _absent_is_fine = fs::remove_file(format!("{}{ending}", database.display()));
    }
    let mut files = files_of(migrations).map_err(|error| unwritable(migrations, &error))?;
    files.sort();
    for file in files.iter().filter(|file| file.extension().is_some_and(|e| e == "sql")) {
        let sql = fs::File::open(file).map_err(|error| unwritable(file, &error))?;
        let mut sqlite = process::command(&crate::root(), "sqlite3", ["-bail"]);
        let status = sqlite.arg(database).stdin(Stdio::from(sql)).status();
        if !status.is_ok_and(|status| status.success()) {
            return Err(Failure(format!("the migration `{}` fails on an empty database", file.display())));
        }
    }
    Ok(())
}

/// Makes cargo look at the macros again: it does not see that they would read another database.
fn touch(folder: &Path) -> io::Result<()> {
    for name in ["lib.rs", "main.rs"] {
        fs::File::options().append(true).open(folder.join(name))?.set_modified(SystemTime::now())?;
    }
    Ok(())
}

fn replace(home: &Path, fresh: &Path) -> io::Result<()> {
    fresh_folder(home)?;
    let files = files_of(fresh)?;
    for file in &files {
        if let Some(name) = file.file_name() {
            fs::copy(file, home.join(name))?;
        }
    }
    println!("xtask: {} queries described in server/.sqlx", files.len());
    Ok(())
}

fn fresh_folder(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)
}

fn files_of(folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect()
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure(format!("`{}`: {error}", path.display()))
}

/// The variable that `server/sqlx.toml` names.
const DATABASE_URL: &str = "COPLAN_SQLITE_URL";

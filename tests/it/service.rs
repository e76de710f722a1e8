//! The real server as a process of its own, on a small world that no test shares with another.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use coplan_client::Session;
use coplan_core::{nhs_number::NhsNumber, policy::Role, view::Person};
use coplan_server::store::{Account, AccountKind, Organisation, Store};
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// A server with its data; both are gone when it is dropped.
pub(crate) struct Service {
    process: Child,
    address: String,
    folder: tempfile::TempDir,
}

/// Who can sign in: id, role.
const STAFF: &[(&str, Role)] = &[
    ("nurse", Role::RegisteredProfessional),
    ("doctor", Role::Doctor),
    ("haematologist", Role::Specialist),
    ("care-worker", Role::SocialCare),
    ("pharmacist", Role::Pharmacist),
    ("crew", Role::Crew),
    ("person", Role::Person),
];

impl Service {
    /// Starts a server on a fresh folder, with the people of `STAFF` and `people` who have no plan yet.
    pub(crate) async fn start(people: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(database(folder.path()).to_str().unwrap()).await.unwrap();
        fill(&store, people).await;
        store.close().await;
        let (process, address) = spawn(folder.path(), "127.0.0.1:0");
        Self { process, address, folder }
    }

    /// The same by definitions from a folder.
    pub(crate) async fn start_with_sections(people: usize, sections: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(database(folder.path()).to_str().unwrap()).await.unwrap();
        fill(&store, people).await;
        store.close().await;
        let (process, address) = spawn_with(folder.path(), "127.0.0.1:0", &["--sections", sections.to_str().unwrap()]);
        Self { process, address, folder }
    }

    /// The same by access rules from a folder.
    pub(crate) async fn start_with_policies(people: usize, policies: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(database(folder.path()).to_str().unwrap()).await.unwrap();
        fill(&store, people).await;
        store.close().await;
        let (process, address) = spawn_with(folder.path(), "127.0.0.1:0", &["--policies", policies.to_str().unwrap()]);
        Self { process, address, folder }
    }

    /// The same with these people's accounts as well.
    pub(crate) async fn start_with(people: usize, accounts: &[Account]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(database(folder.path()).to_str().unwrap()).await.unwrap();
        fill(&store, people).await;
        for account in accounts {
            store.put_organisation(&account.organisation).await.unwrap();
            store.put_account(account).await.unwrap();
        }
        store.close().await;
        let (process, address) = spawn(folder.path(), "127.0.0.1:0");
        Self { process, address, folder }
    }

    /// The same with these flags, and with everything that it logs in a file.
    pub(crate) async fn start_logged(people: usize, flags: &[&str], log: std::fs::File) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(database(folder.path()).to_str().unwrap()).await.unwrap();
        fill(&store, people).await;
        store.close().await;
        let mut command = command(folder.path(), "127.0.0.1:0", flags);
        command.env("RUST_LOG", "debug").stderr(log);
        let (process, address) = listening(command);
        Self { process, address, folder }
    }

    /// Where its data is.
    pub(crate) fn database(&self) -> PathBuf {
        database(self.folder.path())
    }

    /// `kill -9`, as a power cut ends it: nothing is flushed, nobody is told.
    pub(crate) fn kill9(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Tells it to stop, and waits until it has.
    pub(crate) fn stop(&mut self) {
        let told = Command::new("kill").arg("-TERM").arg(self.process.id().to_string()).status().unwrap();
        assert!(told.success());
        self.process.wait().unwrap();
    }

    /// Starts it again after `kill9`, on the same data and the same address.
    pub(crate) fn restart(&mut self) {
        (self.process, self.address) = spawn(self.folder.path(), &self.address);
    }

    /// `host:port`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) async fn sign_in(&self, user: &str) -> Session {
        Session::sign_in(&self.base_url(), user).await.unwrap()
    }

    /// Where everything that lasts is.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The running server's database, as a demographics feed would write it.
    pub(crate) async fn store(&self) -> Store {
        Store::open(database(self.folder.path()).to_str().unwrap()).await.unwrap()
    }

    /// What `select` gives, each row's first column, read from the file while the server runs or after it was killed.
    pub(crate) async fn rows<T>(&self, select: &'static str, document: &str) -> Vec<T>
    where
        T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    {
        use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
        let options = SqliteConnectOptions::new().filename(database(self.folder.path())).read_only(true);
        let mut connection = options.connect().await.unwrap();
        sqlx::query_scalar(select).bind(document).fetch_all(&mut connection).await.unwrap()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have been killed by the test.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// NHS numbers that are never given to anybody, in the order in which `Service::start` takes them.
pub(crate) fn invented_numbers() -> impl Iterator<Item = NhsNumber> {
    (0..1_000_000u32).flat_map(|n| (0..10).filter_map(move |check| NhsNumber::parse(&format!("999{n:06}{check}")).ok()))
}

fn spawn(folder: &Path, listen: &str) -> (Child, String) {
    spawn_with(folder, listen, &[])
}

fn spawn_with(folder: &Path, listen: &str, more: &[&str]) -> (Child, String) {
    listening(command(folder, listen, more))
}

fn command(folder: &Path, listen: &str, more: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.arg("serve").arg("--data").arg(folder).arg("--database-url").arg(database(folder));
    command.args(["--listen", listen, "--development"]).args(more).env("RUST_LOG", "warn");
    command
}

/// Starts a service, and waits until it says where it listens: `host:port`.
pub(crate) fn listening(mut command: Command) -> (Child, String) {
    let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let said = lines.by_ref().map_while(Result::ok).find(|line| line.starts_with("listening on "));
    let address = said.and_then(|line| Some(line.split_once("://")?.1.trim().to_owned()));
    let address = address.expect("the server listens; its last words are above");
    // Keeps the pipe empty for as long as the server writes.
    std::thread::spawn(move || lines.for_each(drop));
    (process, address)
}

pub(crate) fn database(folder: &Path) -> PathBuf {
    folder.join("coplan.sqlite")
}

/// `COPLAN_BIN`, or what cargo leaves beside the tests.
pub(crate) fn binary() -> PathBuf {
    let beside = || Some(std::env::current_exe().ok()?.parent()?.parent()?.join("coplan"));
    let binary = std::env::var_os("COPLAN_BIN").map(PathBuf::from).or_else(beside).unwrap();
    assert!(binary.is_file(), "`{}` is missing: run `cargo build --release -p coplan-server`", binary.display());
    binary
}

/// The world of `Service::start` in a folder, without a service.
pub(crate) async fn make_world(folder: &Path) {
    let store = Store::open(database(folder).to_str().unwrap()).await.unwrap();
    fill(&store, 1).await;
    store.close().await;
}

async fn fill(store: &Store, people: usize) {
    let organisation = Organisation { code: "TEST1".parse().unwrap(), name: "Northfield Community Trust".to_owned() };
    store.put_organisation(&organisation).await.unwrap();
    for (id, role) in STAFF {
        let account = Account {
            id: id.parse().unwrap(),
            kind: match role {
                Role::Crew => AccountKind::Crew,
                Role::Person => AccountKind::Person,
                _ => AccountKind::Staff,
            },
            name: format!("The {id}"),
            role: *role,
            job_title: (*id).to_owned(),
            organisation: organisation.clone(),
            registration: Some(format!("TEST {id}")),
            senior: matches!(role, Role::Doctor | Role::Specialist),
        };
        store.put_account(&account).await.unwrap();
    }
    for nhs_number in invented_numbers().take(people) {
        let (name, born) = ("An Invented Person".to_owned(), "1950-01-01".to_owned());
        store.put_person(&Person { nhs_number, name, preferred_name: None, born, withheld: false }).await.unwrap();
    }
}

//! The world of the bench: staff who may write, people enough, and sections filled like a plan of 2 kB.

use crate::{
    client::{Client, ClientError},
    page::{PROFESSIONALS, Page},
    server::{DATABASE_FILE, Server, StartError, Starter},
    tally::Tally,
};
use automerge::AutomergeError;
use coplan_client::{OpenError, Peer, RequestError, Session};
use coplan_core::{nhs_number::NhsNumber, policy::Role, view::Person};
use coplan_server::store::{Account, AccountKind, Organisation, Store};
use std::{rc::Rc, time::Duration};

/// Why the bench cannot go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Request(#[from] RequestError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("a new section is not as expected: {0}")]
    Section(#[from] AutomergeError),
    #[error("cannot make the world of the bench: {0}")]
    World(String),
    #[error("the server did not answer in time: {0}")]
    Slow(&'static str),
    #[error("of {acknowledged} acknowledged edits, {lost} are not in the document")]
    Lost { acknowledged: usize, lost: usize },
}

impl BenchError {
    /// For whatever goes wrong outside of what is measured.
    pub(crate) fn world(error: impl std::fmt::Display) -> Self {
        Self::World(error.to_string())
    }
}

/// A server with its world.
pub(crate) struct World {
    pub(crate) server: Server,
    /// One session for each member of staff.
    sessions: Vec<Session>,
    folder: tempfile::TempDir,
    starter: Starter,
    /// NHS numbers of people who have no plan yet.
    without_plan: Vec<NhsNumber>,
    seed: u64,
}

impl World {
    /// Makes a world of so many people, and starts a server on it.
    pub(crate) async fn make(starter: Starter, people: usize) -> Result<Self, BenchError> {
        let trouble = |e: &dyn std::fmt::Display| BenchError::World(e.to_string());
        let folder = tempfile::tempdir().map_err(|e| trouble(&e))?;
        let database = folder.path().join(DATABASE_FILE);
        let store = Store::open(&database.to_string_lossy()).await.map_err(|e| trouble(&e))?;
        let without_plan: Vec<NhsNumber> = invented_numbers().take(people).collect();
        fill(&store, &without_plan).await.map_err(|e| trouble(&e))?;
        store.close().await;
        let server = starter.start(folder.path())?;
        let sessions = sign_in(&server).await?;
        Ok(Self { server, sessions, folder, starter, without_plan, seed: 1 })
    }

    /// A session; the same for the same number, another member of staff for the next.
    pub(crate) fn session(&self, number: usize) -> &Session {
        &self.sessions[number % self.sessions.len()]
    }

    /// A seed that was not used before.
    pub(crate) fn seed(&mut self) -> u64 {
        self.seed += 1;
        self.seed << 8
    }

    /// `kill -9`, and a new server on the same folder.
    pub(crate) async fn kill_and_restart(mut self) -> Result<Self, BenchError> {
        self.server.kill();
        self.server = self.starter.start(self.folder.path())?;
        self.sessions = sign_in(&self.server).await?;
        Ok(self)
    }

    /// New documents, each with `history` changes.
    pub(crate) async fn pages(&mut self, count: usize, history: usize) -> Result<Vec<Rc<Page>>, BenchError> {
        let mut pages = Vec::with_capacity(count);
        for _ in 0..count {
            pages.push(self.page(history).await?);
        }
        Ok(pages)
    }

    /// A new document with `history` changes.
    pub(crate) async fn page(&mut self, history: usize) -> Result<Rc<Page>, BenchError> {
        let number = self.without_plan.pop().ok_or_else(|| BenchError::World("everybody has a plan".to_owned()))?;
        let plan = self.session(0).create_plan(number.as_str()).await?;
        let section = plan.section(SECTION).ok_or_else(|| BenchError::World(format!("a plan has no `{SECTION}`")))?;
        let peer = Peer::connect(self.session(0));
        let fresh = in_time("to open a new section", peer.open(&section.url)).await??;
        let seed = self.seed();
        let (page, changes) = fresh.read(|document| Page::fill(fresh.id(), document, history, seed))?;
        let shared = fresh.heads();
        peer.disconnect();
        let mut client =
            Client::connect(self.session(0), &format!("filler-{seed}"), &Rc::new(Tally::default())).await?;
        client.open(page.document).await?;
        let mut after = shared;
        for part in changes.chunks(CHANGES_PER_MESSAGE) {
            after = in_time("to store a history", client.write_all(&page, &after, part)).await??;
        }
        Ok(page)
    }

    /// Opens the document with automerge itself, and looks for every one of these changes in it.
    pub(crate) async fn verify(&self, page: &Page, expected: &[automerge::ChangeHash]) -> Result<(), BenchError> {
        let peer = Peer::connect(self.session(1));
        let document = in_time("to open a section again", peer.open(&page.document.url())).await??;
        let missing = |hashes: &[automerge::ChangeHash]| {
            document.read(|d| hashes.iter().filter(|hash| d.get_change_meta_by_hash(hash).is_none()).count())
        };
        match missing(expected) {
            0 => Ok(()),
            lost => Err(BenchError::Lost { acknowledged: expected.len(), lost }),
        }
    }
}

/// Waits for the server, but not for ever.
pub(crate) async fn in_time<T>(what: &'static str, wait: impl Future<Output = T>) -> Result<T, BenchError> {
    tokio::time::timeout(WAIT_MAX, wait).await.map_err(|_| BenchError::Slow(what))
}

async fn sign_in(server: &Server) -> Result<Vec<Session>, BenchError> {
    let mut sessions = Vec::new();
    for number in 0..STAFF {
        sessions.push(Session::sign_in(&server.base_url, &staff_id(number)).await?);
    }
    Ok(sessions)
}

async fn fill(store: &Store, people: &[NhsNumber]) -> Result<(), Box<dyn std::error::Error>> {
    let organisation = Organisation { code: "BENCH1".parse()?, name: "Northfield Community Trust".to_owned() };
    store.put_organisation(&organisation).await?;
    for number in 0..STAFF {
        let account = Account {
            id: staff_id(number).parse()?,
            kind: AccountKind::Staff,
            name: format!("Nurse No. {number}"),
            role: Role::RegisteredProfessional,
            job_title: "District nurse".to_owned(),
            organisation: organisation.clone(),
            registration: None,
            senior: false,
        };
        store.put_account(&account).await?;
    }
    for nhs_number in people {
        let (nhs_number, born) = (nhs_number.clone(), "1950-01-01".to_owned());
        let person =
            Person { nhs_number, name: "An Invented Person".to_owned(), preferred_name: None, born, withheld: false };
        store.put_person(&person).await?;
    }
    Ok(())
}

fn staff_id(number: u64) -> String {
    format!("bench-staff-{number:02}")
}

/// NHS numbers that are never given to anybody, with their check digits.
fn invented_numbers() -> impl Iterator<Item = NhsNumber> {
    (0..1_000_000u32).flat_map(|n| (0..10).filter_map(move |check| NhsNumber::parse(&format!("999{n:06}{check}")).ok()))
}

/// The section that the bench edits: a text, three lists, no sign-off.
const SECTION: &str = "contacts";
/// Staff, and so the most different users of one document.
const STAFF: u64 = PROFESSIONALS;
/// Changes of a history sent in one message, to stay below the largest frame.
const CHANGES_PER_MESSAGE: usize = 1_000;
/// Longest wait for one answer of the server.
const WAIT_MAX: Duration = Duration::from_secs(60);

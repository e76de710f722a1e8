//! How fast what is published is read by others, and brought to them. `cargo xtask bench publish`.
//!
//! Each read is of a real server with sessions, rights and audit, over HTTP; in the same run a bare axum handler, which
//! knows nobody and writes nothing down, gives the same bytes. Both have one core, and the readers another. What the
//! readers can ask for in a second is limited too: CPU per read is the fairer ratio of the two.

pub(crate) mod bare;
mod delivery;

use crate::{
    demo_world,
    figures::{Figures, Result as Outcome, Scenario},
    http::{Answer, Requests, urgent_header},
    options::PublishOptions,
    server::{DATABASE_FILE, Server, Starter},
    world::BenchError,
};
use coplan_core::policy::Role;
use coplan_server::store::{AccountKind, PlanPage, Store};
use std::{path::Path, time::Duration};

/// Runs every scenario, `runs` times one after the other, and prints the table.
///
/// # Errors
/// `BenchError` if the world could not be made, or somebody was refused what they may read.
pub(crate) fn run(options: &PublishOptions) -> Result<(), BenchError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(BenchError::world)?.block_on(measure(options))
}

async fn measure(options: &PublishOptions) -> Result<(), BenchError> {
    let folder = tempfile::tempdir().map_err(BenchError::world)?;
    let data = folder.path().join("demo");
    let database = demo_world::make(&data).await?;
    let starter = Starter { program: options.server.clone(), core: Some(SERVER_CORE), arguments: Vec::new() };
    let length = Duration::from_millis(options.milliseconds);
    let mut outcomes: Vec<Outcome> = SCENARIOS.into_iter().map(Outcome::new).collect();
    {
        let server = starter.start(&data)?;
        let urgent = Pair::urgent(&server, &data, &folder.path().join("urgent")).await?;
        let bundles = Pair::bundles(&server, &data, &folder.path().join("bundles")).await?;
        for _ in 0..options.runs {
            for (outcome, pair) in outcomes.chunks_mut(2).zip([&urgent, &bundles]) {
                let (read, unchanged) = pair.measure(&server, length).await?;
                outcome[0].add(read);
                outcome[1].add(unchanged);
            }
        }
    }
    for run in 0..options.runs {
        for (outcome, scenario) in outcomes[4..].iter_mut().zip(delivery::SCENARIOS) {
            let data = folder.path().join(format!("{}-{run}", scenario.name));
            demo_world::copy(&database, &data)?;
            outcome.add(delivery::measure(&starter, &data, scenario).await?);
        }
    }
    println!("medians of {} runs of {} ms each; the demo's people", options.runs, options.milliseconds);
    outcomes.iter().for_each(Outcome::print);
    Ok(())
}

/// The same bytes from the service, and from a handler that does nothing else.
struct Pair {
    reads: Requests,
    unchanged: Requests,
    bare: Requests,
    bare_server: Server,
    bytes: f64,
}

impl Pair {
    /// What a crew reads by NHS number.
    async fn urgent(server: &Server, data: &Path, copies: &Path) -> Result<Self, BenchError> {
        let store = open(data).await?;
        let page = PlanPage { limit: PLANS_MAX, ..PlanPage::default() };
        let accounts = store.accounts().await.map_err(BenchError::world)?;
        let crew = accounts.iter().find(|account| account.kind == AccountKind::Crew);
        let crew = crew.ok_or_else(|| BenchError::world("there is no crew"))?;
        let plans = store.plans(&page).await.map_err(BenchError::world)?;
        store.close().await;
        let paths = plans.iter().map(|plan| ("/api/urgent".to_owned(), urgent_header(&plan.person.nhs_number)));
        let requests = Requests::of(server, Some(crew.id.as_str())).await?;
        Self::of(requests, paths.collect(), copies).await
    }

    /// The newest FHIR documents, for the doctor who may read most of them.
    async fn bundles(server: &Server, data: &Path, copies: &Path) -> Result<Self, BenchError> {
        let store = open(data).await?;
        let page = PlanPage { limit: PLANS_MAX, ..PlanPage::default() };
        let accounts = store.accounts().await.map_err(BenchError::world)?;
        let plans = store.plans(&page).await.map_err(BenchError::world)?;
        store.close().await;
        let paths = |below: &str| -> Vec<_> {
            plans.iter().map(|plan| (format!("/fhir/R4/{below}/{}", plan.id), String::new())).collect()
        };
        let mut best = (0, None);
        for doctor in accounts.iter().filter(|account| account.role == Role::Doctor) {
            let requests = Requests::of(server, Some(doctor.id.as_str())).await?;
            let answers = requests.clone().paths(paths("DocumentReference")).answers().await?;
            let names: Vec<String> = answers.iter().flatten().filter_map(document).collect();
            if names.len() > best.0 {
                best = (names.len(), Some((requests, names)));
            }
        }
        let (requests, names) = best.1.ok_or_else(|| BenchError::world("no doctor may read a document"))?;
        let paths = names.into_iter().map(|name| (format!("/fhir/R4/{name}"), String::new()));
        Self::of(requests, paths.collect(), copies).await
    }

    /// Of those paths that are answered.
    async fn of(requests: Requests, paths: Vec<(String, String)>, copies: &Path) -> Result<Self, BenchError> {
        let answers = requests.clone().paths(paths.iter().cloned()).answers().await?;
        let there: Vec<(&(String, String), &Answer)> =
            paths.iter().zip(&answers).filter_map(|(path, answer)| Some((path, answer.as_ref()?))).collect();
        let mut unchanged = Vec::new();
        for ((path, more), answer) in &there {
            let tag = answer.header("etag").ok_or_else(|| BenchError::world("an answer has no ETag"))?;
            unchanged.push((path.clone(), format!("{more}if-none-match: {}\r\n", tag.replace("w/", "W/"))));
        }
        let bodies: Vec<&[u8]> = there.iter().map(|(_, answer)| answer.body()).collect();
        let bare_server = bare::start(copies, &bodies, SERVER_CORE)?;
        let bare = (0..bodies.len()).map(|nth| (format!("/{nth}"), String::new()));
        Ok(Self {
            reads: requests.clone().paths(there.iter().map(|(path, _)| (*path).clone())),
            unchanged: requests.paths(unchanged).unchanged(),
            bare: Requests::of(&bare_server, None).await?.paths(bare),
            bytes: bodies.iter().map(|body| body.len()).sum::<usize>() as f64 / bodies.len() as f64,
            bare_server,
        })
    }

    /// Reads in full, and reads of what the reader has, with the bare handler in between.
    async fn measure(&self, server: &Server, length: Duration) -> Result<(Figures, Figures), BenchError> {
        let read = self.reads.read(server, CROWD, length).await?;
        let bare = self.bare.read(&self.bare_server, CROWD, length).await?;
        let unchanged = self.unchanged.read(server, CROWD, length).await?;
        let beside = |figures: Figures, rate: f64, cpu: f64| {
            figures
                .with("bare handler, reads/s", bare.reads_per_second)
                .with("of the bare handler's rate", rate / bare.reads_per_second)
                .with("bare handler, CPU per read us", bare.cpu_us)
                .with("times the bare handler's CPU", cpu / bare.cpu_us)
        };
        let whole = beside(read.figures(), read.reads_per_second, read.cpu_us).with("bytes of a read", self.bytes);
        Ok((whole, beside(unchanged.figures(), unchanged.reads_per_second, unchanged.cpu_us)))
    }
}

/// `Bundle/<plan>-<version>`, which a DocumentReference leads to.
fn document(answer: &Answer) -> Option<String> {
    let resource: serde_json::Value = serde_json::from_slice(answer.body()).ok()?;
    let url = resource.pointer("/content/0/attachment/url")?.as_str()?;
    Some(url.get(url.find("Bundle/")?..)?.to_owned())
}

async fn open(data: &Path) -> Result<Store, BenchError> {
    Store::open(&data.join(DATABASE_FILE).to_string_lossy()).await.map_err(BenchError::world)
}

const fn scenario(id: &'static str, title: &'static str, goal: &'static str) -> Scenario {
    Scenario { id, title, goal, best_peer: None }
}

const SCENARIOS: [Scenario; 6] = [
    scenario("P9", "urgent views read, 32 at a time", "25,000/s; 40 us"),
    scenario("F1", "the same by readers who have it: 304", "none set"),
    scenario("F2", "FHIR documents read, 32 at a time", "none set"),
    scenario("F3", "the same by readers who have it: 304", "none set"),
    scenario("F4", "documents put to one FHIR server", "none set"),
    scenario("F5", "notifications, by id, to eight subscribers", "none set"),
];

/// Readers at a time.
const CROWD: usize = 32;

const SERVER_CORE: usize = 0;

/// More than the demo world has.
const PLANS_MAX: u32 = 500;

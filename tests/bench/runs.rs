//! Which scenarios there are, and in which order they run: every scenario once, then all again, so that a machine that
//! changes its mood changes it for all.

use crate::{
    crash, crowd,
    figures::{Figures, Result as Outcome, Scenario},
    options::SyncOptions,
    page::Page,
    server::{Starter, can_pin},
    typing::{self, Length, Table},
    world::{BenchError, World},
};
use serde_json::json;
use std::{rc::Rc, time::Duration};

/// Runs what was asked for, and prints it.
///
/// # Errors
/// `BenchError` if the server did not do what it should; what was measured until then is not printed.
pub(crate) async fn sync(options: &SyncOptions) -> Result<(), BenchError> {
    let unknown = options.only.iter().find(|only| !SCENARIOS.iter().any(|s| s.id.eq_ignore_ascii_case(only)));
    if let Some(unknown) = unknown {
        return Err(BenchError::World(format!("there is no scenario `{unknown}`")));
    }
    let core = options.server_core().filter(|_| can_pin());
    let starter = Starter { program: options.server.clone(), core, arguments: Vec::new() };
    let wanted = SCENARIOS.iter().copied().filter(|scenario| options.wants(scenario.id));
    let mut outcomes: Vec<Outcome> = wanted.map(Outcome::new).collect();
    let people = options.documents as usize + PEOPLE_PER_RUN * options.runs as usize + PEOPLE_SHARED;
    let mut bench = Bench { world: World::make(starter, people).await?, options, crowd: vec![], long: vec![] };
    for run in 1..=options.runs {
        for outcome in &mut outcomes {
            eprintln!("run {run} of {}: {} {}", options.runs, outcome.scenario.id, outcome.scenario.title);
            let (after, figures) = bench.run(outcome.scenario.id).await?;
            bench = after;
            outcome.add(figures);
        }
    }
    println!("medians of {} runs; server pinned: {}", options.runs, core.is_some());
    outcomes.iter().for_each(Outcome::print);
    if let Some(path) = &options.json {
        let all = json!({ "runs": options.runs, "scenarios": outcomes.iter().map(Outcome::json).collect::<Vec<_>>() });
        std::fs::write(path, format!("{all:#}\n"))
            .map_err(|e| BenchError::World(format!("{}: {e}", path.display())))?;
    }
    Ok(())
}

/// What the runs share.
struct Bench<'a> {
    world: World,
    options: &'a SyncOptions,
    /// Documents of P6, P6b, P7 and P8.
    crowd: Vec<Rc<Page>>,
    /// Documents of P5, with a long history.
    long: Vec<Rc<Page>>,
}

impl Bench<'_> {
    async fn run(mut self, id: &str) -> Result<(Self, Figures), BenchError> {
        let figures = match id {
            "P1" => self.at_one_page(2, 0, HISTORY).await?,
            "P2" => self.at_one_page(8, 0, HISTORY).await?,
            "P3" => self.at_one_page(32, 0, HISTORY).await?,
            "P4" => self.at_one_page(1, 31, HISTORY).await?,
            "P5" => return self.cold().await,
            "P6" => self.at_forty_pages().await?,
            "P6b" => self.offered().await?,
            "P7" => return self.killed().await,
            "P8" => return self.idle().await,
            _ => self.at_two_ages().await?,
        };
        Ok((self, figures))
    }

    fn length(&self) -> Length {
        let duration = Duration::from_secs(self.options.seconds);
        Length { warm_up: WARM_UP, duration, edits: self.options.edits as usize }
    }

    async fn at_one_page(&mut self, writers: usize, readers: usize, history: usize) -> Result<Figures, BenchError> {
        let page = self.world.page(history).await?;
        let length = self.length();
        typing::run(&mut self.world, &[Table { page, writers, readers }], length).await
    }

    async fn at_forty_pages(&mut self) -> Result<Figures, BenchError> {
        self.need_crowd(FORTY).await?;
        let at = |page: &Rc<Page>| Table { page: Rc::clone(page), writers: 1, readers: 1 };
        let tables: Vec<Table> = self.crowd[..FORTY].iter().map(at).collect();
        let length = Length { edits: usize::MAX, ..self.length() };
        typing::run(&mut self.world, &tables, length).await
    }

    /// P12: the same work at a young and at an old document.
    async fn at_two_ages(&mut self) -> Result<Figures, BenchError> {
        let mut cost = [0.0; 2];
        for (cost, history) in cost.iter_mut().zip([HISTORY, HISTORY_LONG]) {
            let page = self.world.page(history).await?;
            let tables = [Table { page, writers: 2, readers: 0 }];
            let length = Length { warm_up: Duration::from_millis(50), edits: EDITS_OF_ONE_AGE, ..self.length() };
            let figures = typing::run(&mut self.world, &tables, length).await?;
            *cost = figures.value("server CPU per edit us");
        }
        let [young, old] = cost;
        Ok(Figures::default()
            .with("CPU at 2,000 / at 100 changes", old / young)
            .with("server CPU per edit us, at 100", young)
            .with("server CPU per edit us, at 2,000", old))
    }

    async fn cold(mut self) -> Result<(Self, Figures), BenchError> {
        if self.long.is_empty() {
            self.long = self.world.pages(COLD_PAGES, HISTORY_LONG).await?;
        }
        let (world, figures) = crash::cold_open(self.world, &self.long).await?;
        self.world = world;
        Ok((self, figures))
    }

    async fn killed(mut self) -> Result<(Self, Figures), BenchError> {
        self.need_crowd(FORTY).await?;
        let (world, figures) = crash::killed(self.world, &self.crowd[..FORTY], self.options.kills as usize).await?;
        self.world = world;
        Ok((self, figures))
    }

    async fn offered(&mut self) -> Result<Figures, BenchError> {
        self.need_crowd(self.options.documents as usize).await?;
        let duration = Duration::from_secs(self.options.seconds.max(OFFERED_S_MIN));
        crowd::offered(&mut self.world, &self.crowd, OFFERED_PER_S, duration).await
    }

    async fn idle(mut self) -> Result<(Self, Figures), BenchError> {
        let documents = self.options.documents as usize;
        self.need_crowd(documents).await?;
        let connections = self.options.connections as usize;
        let (world, figures) = crowd::idle(self.world, &self.crowd[..documents], connections).await?;
        self.world = world;
        Ok((self, figures))
    }

    async fn need_crowd(&mut self, count: usize) -> Result<(), BenchError> {
        let missing = count.saturating_sub(self.crowd.len());
        let more = self.world.pages(missing, HISTORY).await?;
        self.crowd.extend(more);
        Ok(())
    }
}

const RATE: &str = "acknowledged edits/s";
/// Goals and the best automerge-repo server's figures: docs/performance.md.
const SCENARIOS: &[Scenario] = &[
    scenario("P1", "2 typing in one document", "4,000/s; 0.5 ms", Some((RATE, 383.0))),
    scenario("P2", "8 typing in one document", "2,600/s", Some((RATE, 63.0))),
    scenario("P3", "32 typing in one document", "1,350/s; 25 ms to the last reader", Some((RATE, 58.0))),
    scenario("P4", "1 writer, 31 readers", "42,000 deliveries/s; 20 us each", Some(("deliveries/s", 4_540.0))),
    scenario("P5", "cold open after restart, 2,000 changes", "25 ms", Some(("open p50 ms", 41.0))),
    scenario("P6", "40 documents, a writer and a reader each", "8,000/s; 110 us", Some((RATE, 1_179.0))),
    scenario(
        "P6b",
        "many documents, 2 clients each, 100 edits/s offered",
        "2 / 20 ms; 0.1 core",
        Some(("ack p50 ms", 9.3)),
    ),
    scenario("P7", "kill -9 in mid-run", "0 lost", None),
    scenario("P8", "idle connections with a document each", "5 s; 20 kB; 30 kB open, 4 kB idle", None),
    scenario("P12", "CPU per edit as the history grows", "1.5x", None),
];

const fn scenario(
    id: &'static str,
    title: &'static str,
    goal: &'static str,
    best_peer: Option<(&'static str, f64)>,
) -> Scenario {
    Scenario { id, title, goal, best_peer }
}

/// Changes of a document of 2 kB.
const HISTORY: usize = 100;
/// Changes of an old document.
const HISTORY_LONG: usize = 2_000;
/// Edits of P12 at each age, few so that the age stays what it is called.
const EDITS_OF_ONE_AGE: usize = 400;
/// Documents of P6 and P7.
const FORTY: usize = 40;
/// Documents of P5.
const COLD_PAGES: usize = 5;
/// Documents that each run uses up: P1 to P4, and two of P12.
const PEOPLE_PER_RUN: usize = 6;
/// Documents that are made once: those of P5 and P6.
const PEOPLE_SHARED: usize = COLD_PAGES + FORTY;
/// Edits a second of P6b.
const OFFERED_PER_S: u32 = 100;
/// P6b lasts at least so long that every document gets an edit.
const OFFERED_S_MIN: u64 = 10;
/// Before anything is counted.
const WARM_UP: Duration = Duration::from_millis(100);

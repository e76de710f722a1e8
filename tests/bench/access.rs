//! What access costs: a decision, and the audit of a read. `cargo xtask bench access`.
//!
//! A read with its audit and the same read without take turns in one run, here in this process, by the same functions that
//! answer a request: a service has no way to leave the audit out. What a request costs as a whole is measured beside it,
//! over HTTP from a server of its own.

mod reading;

use crate::{
    decisions::decisions,
    demo_world,
    figures::{Figures, Result as Outcome, Scenario},
    http::Requests,
    options::AccessOptions,
    server::Starter,
    world::BenchError,
};
use reading::{Audit, Reading};
use std::time::Duration;

/// Runs every scenario, `runs` times one after the other, and prints the table.
///
/// # Errors
/// `BenchError` if the world could not be made, or somebody was refused what they may read.
pub(crate) fn run(options: &AccessOptions) -> Result<(), BenchError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(BenchError::world)?.block_on(measure(options))
}

async fn measure(options: &AccessOptions) -> Result<(), BenchError> {
    let folder = tempfile::tempdir().map_err(BenchError::world)?;
    let (here, there) = (folder.path().join("here"), folder.path().join("there"));
    let database = demo_world::make(&here).await?;
    demo_world::copy(&database, &there)?;
    let size_before = demo_world::size_of(&database)?;
    let reading = Reading::open(&database).await?;
    let server = Starter { program: options.server.clone(), core: None, arguments: Vec::new() }.start(&there)?;
    let requests = Requests::of(&server, Some(reading.crew())).await?.urgent(reading.numbers());
    let mut outcomes: Vec<Outcome> = SCENARIOS.into_iter().map(Outcome::new).collect();
    // Once: a question that was put before is not put to Cedar again.
    outcomes[0].add(decisions());
    let length = Duration::from_millis(options.milliseconds);
    for _ in 0..options.runs {
        for (outcome, at_once) in outcomes[1..].iter_mut().zip([1, CROWD]) {
            outcome.add(pair(&reading, at_once, length).await?);
        }
        for (outcome, at_once) in outcomes[3..].iter_mut().zip([1, CROWD]) {
            outcome.add(requests.read(&server, at_once, length).await?.figures());
        }
    }
    let events = reading.close().await;
    let mut bytes = Outcome::new(BYTES);
    let grown = demo_world::size_of(&database)?.saturating_sub(size_before);
    bytes.add(Figures::default().with("bytes per event", grown as f64 / events as f64).with("events", events as f64));
    println!("medians of {} runs of {} ms each; urgent views of the demo's people", options.runs, options.milliseconds);
    outcomes.iter().chain([&bytes]).for_each(Outcome::print);
    Ok(())
}

/// With its audit and without, in turns of a quarter so that a machine that changes its mood changes it for both.
async fn pair(reading: &Reading, at_once: usize, length: Duration) -> Result<Figures, BenchError> {
    let (mut with, mut without) = (0.0, 0.0);
    for _ in 0..TURNS {
        with += reading.rate(Audit::Kept, at_once, length / TURNS).await? / f64::from(TURNS);
        without += reading.rate(Audit::LeftOut, at_once, length / TURNS).await? / f64::from(TURNS);
    }
    Ok(Figures::default()
        .with("reads/s with audit", with)
        .with("reads/s without", without)
        .with("with / without", with / without)
        .with("audit per read, us", (at_once as f64) * 1e6 * (1.0 / with - 1.0 / without)))
}

const fn scenario(id: &'static str, title: &'static str) -> Scenario {
    Scenario { id, title, goal: "none set", best_peer: None }
}

const SCENARIOS: [Scenario; 5] = [
    scenario("A1", "a decision, by how one is tied to the plan; the first time, and again"),
    scenario("A2", "an urgent view read, one at a time"),
    scenario("A3", "urgent views read, 32 at a time"),
    scenario("A4", "the same over HTTP, one at a time"),
    scenario("A5", "the same over HTTP, 32 at a time"),
];

const BYTES: Scenario = scenario("A6", "what an event takes in the database, its indexes with it");

/// Readers of A3 and A5.
const CROWD: usize = 32;

/// Turns that each side has in one run.
const TURNS: u32 = 4;

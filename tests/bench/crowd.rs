//! P6b and P8: many documents and many connections, most of them idle.

use crate::{
    client::{Client, ClientError},
    figures::Figures,
    page::Page,
    tally::Tally,
    world::{BenchError, World, in_time},
    writer::Writer,
};
use std::{
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// P6b: a writer and a reader at each page, and `rate` edits a second spread over them, whether or not the last one is
/// acknowledged. Latency counts from when an edit was due.
pub(crate) async fn offered(
    world: &mut World,
    pages: &[Rc<Page>],
    rate: u32,
    duration: Duration,
) -> Result<Figures, BenchError> {
    let tally = Rc::new(Tally::default());
    let mut clients: JoinSet<Result<(), ClientError>> = JoinSet::new();
    let mut writers = Vec::new();
    for page in pages {
        let mut reader = connect(world, 1, &tally).await?;
        in_time("to open a section", reader.open(page.document)).await??;
        clients.spawn_local(reader.read(Rc::clone(page)));
        let mut writer = connect(world, 0, &tally).await?;
        let heads = in_time("to open a section", writer.open(page.document)).await??;
        writers.push((writer, Writer::new(page, 0, world.seed()), Rc::clone(page), heads));
    }
    let start = tokio::time::Instant::now() + Duration::from_millis(200);
    let gap = Duration::from_secs(1) / rate;
    let round = gap * u32::try_from(pages.len()).unwrap_or(u32::MAX);
    for (number, (mut client, mut writer, page, mut heads)) in writers.into_iter().enumerate() {
        let first = start + gap * u32::try_from(number).unwrap_or(u32::MAX);
        clients.spawn_local(async move {
            for turn in 0u32.. {
                let due = first + round * turn;
                tokio::time::sleep_until(due).await;
                let change = writer.next(&heads);
                heads = client.write(&page, heads, &change, 1, due.into_std()).await?;
                writer.settled();
            }
            Ok(())
        });
    }
    tokio::time::sleep_until(start).await;
    let (server_cpu, commits, began) = (world.server.cpu(), world.server.commits().await, Instant::now());
    tally.begin();
    tokio::time::sleep(duration).await;
    tally.end();
    let (took, server_cpu) = (began.elapsed(), world.server.cpu().saturating_sub(server_cpu));
    let commits = world.server.commits().await - commits;
    if let Some(stopped) = clients.try_join_next() {
        stopped.map_err(|e| BenchError::World(e.to_string()))??;
    }
    let edits = tally.edits().max(1) as f64;
    Ok(Figures::default()
        .with("ack p50 ms", tally.ack_ms(0.5))
        .with("ack p99 ms", tally.ack_ms(0.99))
        .with("fan-out p50 ms", tally.fan_out_ms(0.5))
        .with("fan-out p99 ms", tally.fan_out_ms(0.99))
        .with("acknowledged edits/s", edits / took.as_secs_f64())
        .with("server cores used", server_cpu.as_secs_f64() / took.as_secs_f64())
        .with("server CPU per edit us", server_cpu.as_secs_f64() * 1e6 / edits)
        .with("commits (fsyncs) per edit", commits / edits)
        .with("documents", pages.len() as f64))
}

/// P8: `connections` that all come at once to a server that has just started and open a document each, and what the
/// server holds for them then.
pub(crate) async fn idle(world: World, pages: &[Rc<Page>], connections: usize) -> Result<(World, Figures), BenchError> {
    let mut world = world.kill_and_restart().await?;
    let tally = Rc::new(Tally::default());
    let before_kb = world.server.memory_kb();
    let mut bare = Vec::new();
    for _ in 0..connections {
        bare.push(connect(&mut world, bare.len(), &tally).await?);
    }
    tokio::time::sleep(SETTLE).await;
    let bare_kb = world.server.memory_kb();
    drop(bare);
    tokio::time::sleep(SETTLE).await;
    let began = Instant::now();
    let mut arriving = JoinSet::new();
    for number in 0..connections {
        let (session, tally) = (world.session(number).clone(), Rc::clone(&tally));
        let (name, document) = (format!("bench-{}", world.seed()), pages[number % pages.len()].document);
        arriving.spawn_local(async move {
            let mut client = Client::connect(&session, &name, &tally).await?;
            client.open(document).await?;
            Ok::<_, ClientError>(client)
        });
    }
    let mut open = Vec::new();
    while let Some(arrived) = in_time("to open everything", arriving.join_next()).await? {
        open.push(arrived.map_err(|e| BenchError::World(e.to_string()))??);
    }
    let took = began.elapsed();
    let open_kb = world.server.memory_kb();
    tokio::time::sleep(COOLING).await;
    let cool_kb = world.server.memory_kb();
    let (connections, documents) = (connections as f64, pages.len() as f64);
    let figures = Figures::default()
        .with("connect and open all s", took.as_secs_f64())
        .with("memory before, MB", before_kb / 1e3)
        .with("kB per connection, nothing open", (bare_kb - before_kb) / connections)
        .with("memory with all open, MB", open_kb / 1e3)
        .with("kB per document, open", (open_kb - bare_kb) / documents)
        .with("memory once idle, MB", cool_kb / 1e3)
        .with("kB per document, idle", (cool_kb - bare_kb) / documents)
        .with("memory peak, MB", world.server.memory_peak_kb() / 1e3)
        .with("connections", connections)
        .with("documents", documents);
    Ok((world, figures))
}

async fn connect(world: &mut World, session: usize, tally: &Rc<Tally>) -> Result<Client, BenchError> {
    let name = format!("bench-{}", world.seed());
    Ok(Client::connect(world.session(session), &name, tally).await?)
}

/// Until the server has noticed what happened to its connections.
const SETTLE: Duration = Duration::from_secs(1);
/// Longer than the hub keeps a document's content after its last use.
const COOLING: Duration = Duration::from_secs(14);

//! P1 to P4, P6 and P12: people type, each the next edit when the last is acknowledged, and others read.

use crate::{
    client::{Client, ClientError},
    figures::Figures,
    page::Page,
    server::own_cpu,
    tally::Tally,
    world::{BenchError, World, in_time},
    writer::Writer,
};
use std::{
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// Who is at one document.
pub(crate) struct Table {
    pub(crate) page: Rc<Page>,
    pub(crate) writers: usize,
    pub(crate) readers: usize,
}

/// How long a run lasts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Length {
    /// Before anything is counted.
    pub(crate) warm_up: Duration,
    /// At most so long,
    pub(crate) duration: Duration,
    /// or until so many edits are acknowledged.
    pub(crate) edits: usize,
}

/// Lets everybody at these tables work, and measures.
pub(crate) async fn run(world: &mut World, tables: &[Table], length: Length) -> Result<Figures, BenchError> {
    let tally = Rc::new(Tally::default());
    tally.keep_hashes();
    let mut clients = seat(world, tables, &tally).await?;
    tokio::time::sleep(length.warm_up).await;
    let commits = world.server.commits().await;
    let (server_cpu, driver_cpu, began) = (world.server.cpu(), own_cpu(), Instant::now());
    tally.begin();
    tally.wait_for(length.edits, length.duration).await;
    tally.end();
    let (took, server_cpu) = (began.elapsed(), world.server.cpu().saturating_sub(server_cpu));
    let driver_cpu = own_cpu().saturating_sub(driver_cpu);
    let commits = world.server.commits().await - commits;
    if let Some(stopped) = clients.try_join_next() {
        stopped.map_err(|e| BenchError::World(e.to_string()))??;
    }
    clients.shutdown().await;
    if let [table] = tables {
        world.verify(&table.page, &tally.hashes()).await?;
    }
    Ok(figures(&tally, took, server_cpu, driver_cpu, commits))
}

async fn seat(
    world: &mut World,
    tables: &[Table],
    tally: &Rc<Tally>,
) -> Result<JoinSet<Result<(), ClientError>>, BenchError> {
    let mut ready = Vec::new();
    let mut clients = JoinSet::new();
    for table in tables {
        let others = table.writers + table.readers - 1;
        for seat in 0..table.writers + table.readers {
            let seed = world.seed();
            let mut client = Client::connect(world.session(seat), &format!("bench-{seed}"), tally).await?;
            let heads = in_time("to open a section", client.open(table.page.document)).await??;
            if seat < table.writers {
                ready.push((client, Writer::new(&table.page, seat, seed), Rc::clone(&table.page), heads, others));
            } else {
                clients.spawn_local(client.read(Rc::clone(&table.page)));
            }
        }
    }
    for (client, writer, page, heads, others) in ready {
        clients.spawn_local(client.type_on(writer, page, heads, others));
    }
    Ok(clients)
}

fn figures(tally: &Tally, took: Duration, server_cpu: Duration, driver_cpu: Duration, commits: f64) -> Figures {
    let edits = tally.edits().max(1) as f64;
    let mut figures = Figures::default()
        .with("acknowledged edits/s", edits / took.as_secs_f64())
        .with("ack p50 ms", tally.ack_ms(0.5))
        .with("ack p99 ms", tally.ack_ms(0.99))
        .with("fan-out p50 ms", tally.fan_out_ms(0.5))
        .with("fan-out p99 ms", tally.fan_out_ms(0.99))
        .with("to the last reader p50 ms", tally.last_reader_ms(0.5))
        .with("server CPU per edit us", server_cpu.as_secs_f64() * 1e6 / edits);
    if tally.deliveries() > 0 {
        let deliveries = tally.deliveries() as f64;
        figures.add("deliveries/s", deliveries / took.as_secs_f64());
        figures.add("server CPU per delivery us", server_cpu.as_secs_f64() * 1e6 / deliveries);
    }
    figures
        .with("commits (fsyncs) per edit", commits / edits)
        .with("bytes on the wire per edit", tally.bytes() as f64 / edits)
        .with("server core busy %", 100.0 * server_cpu.as_secs_f64() / took.as_secs_f64())
        .with("driver core busy %", 100.0 * driver_cpu.as_secs_f64() / took.as_secs_f64())
}

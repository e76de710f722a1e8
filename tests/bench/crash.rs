//! P5 and P7: after `kill -9`, how long a section takes to open, and what is missing in it.

use crate::{
    client::{Client, ClientError},
    figures::Figures,
    page::Page,
    tally::Tally,
    world::{BenchError, World, in_time},
    writer::{Chance, Writer},
};
use coplan_client::{Peer, Status};
use std::{
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// P5: opens each page once in a server that has just started, with automerge itself on the client's side.
pub(crate) async fn cold_open(world: World, pages: &[Rc<Page>]) -> Result<(World, Figures), BenchError> {
    let world = world.kill_and_restart().await?;
    let peer = Peer::connect(world.session(0));
    in_time("to connect", peer.wait_until(Status::Connected)).await?;
    let mut took = Vec::new();
    for page in pages {
        let began = Instant::now();
        let document = in_time("to open a section", peer.open(&page.document.url())).await??;
        took.push(began.elapsed().as_secs_f64() * 1e3);
        let (found, expected) = (document.read(|d| d.get_changes_meta(&[]).len()), page.ledger.borrow().len());
        if found < expected {
            return Err(BenchError::Lost { acknowledged: expected, lost: expected - found });
        }
    }
    took.sort_by(f64::total_cmp);
    let figures = Figures::default()
        .with("open p50 ms", took[took.len() / 2])
        .with("open slowest ms", took[took.len() - 1])
        .with("changes", pages.first().map_or(0, |page| page.ledger.borrow().len()) as f64);
    Ok((world, figures))
}

/// P7: a writer at each page, `kill -9` at some moment, and a look at every acknowledged edit afterwards.
pub(crate) async fn killed(mut world: World, pages: &[Rc<Page>], kills: usize) -> Result<(World, Figures), BenchError> {
    let mut chance = Chance::new(world.seed());
    let (mut acknowledged, mut restarts_ms) = (0, Vec::new());
    for _ in 0..kills {
        let mut tallies = Vec::new();
        let mut clients: JoinSet<Result<(), ClientError>> = JoinSet::new();
        for (seat, page) in pages.iter().enumerate() {
            let tally = Rc::new(Tally::default());
            tally.keep_hashes();
            let seed = world.seed();
            let mut client = Client::connect(world.session(seat), &format!("bench-{seed}"), &tally).await?;
            let heads = in_time("to open a section", client.open(page.document)).await??;
            clients.spawn_local(client.type_on(Writer::new(page, 0, seed), Rc::clone(page), heads, 0));
            tallies.push(tally);
        }
        tokio::time::sleep(Duration::from_millis(100 + chance.below(900))).await;
        let began = Instant::now();
        world = world.kill_and_restart().await?;
        restarts_ms.push(began.elapsed().as_secs_f64() * 1e3);
        clients.shutdown().await;
        for (page, tally) in pages.iter().zip(&tallies) {
            world.verify(page, &tally.hashes()).await?;
            acknowledged += tally.hashes().len();
        }
    }
    restarts_ms.sort_by(f64::total_cmp);
    let figures = Figures::default()
        .with("acknowledged edits lost", 0.0)
        .with("acknowledged edits looked for", acknowledged as f64)
        .with("kills", kills as f64)
        .with("kill to listening, slowest ms", restarts_ms.last().copied().unwrap_or(f64::NAN));
    Ok((world, figures))
}

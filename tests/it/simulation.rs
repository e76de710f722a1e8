//! The hub under a seeded scheduler: five peers, three documents, a service that writes for them, a store that fails, a hub that crashes.
//!
//! One number decides everything: who edits, which frame arrives next, which save fails, when the power goes. A failure
//! prints its seed; `COPLAN_SEED=<seed>` runs that one alone. Nothing here waits for a clock.

mod access;
mod chance;
mod definitions;
mod peer;
mod rows;
mod world;
mod writes;

use world::World;

/// Seeds run in the suite.
const SEEDS: u64 = 2_000;

fn seeds() -> std::ops::Range<u64> {
    match std::env::var("COPLAN_SEED").ok().and_then(|text| text.parse::<u64>().ok()) {
        Some(seed) => seed..seed + 1,
        None => 0..SEEDS,
    }
}

#[test]
fn five_peers_a_faulty_store_and_crashes_lose_nothing_and_agree() {
    let half = |parity: u64| {
        move || {
            let mut totals = world::Totals::default();
            for seed in seeds().filter(|seed| seed % 2 == parity) {
                totals.add(World::run(seed));
            }
            totals
        }
    };
    let other = std::thread::spawn(half(1));
    let mut totals = half(0)();
    match other.join() {
        Ok(more) => totals.add(more),
        Err(panic) => std::panic::resume_unwind(panic),
    }
    println!("simulation: {totals:?}");
    if seeds().count() > 1 {
        assert!(totals.edits > 1_000 && totals.crashes > 100 && totals.saves_failed > 100, "too little happened");
        assert!(totals.written > 1_000 && totals.raced > 100, "the service wrote too little");
        assert!(totals.redefined > 100 && totals.upgraded > 100, "no definition became newer");
        assert!(totals.refused > 100 && totals.unavailable > 100, "nobody tried what they may not");
        assert!(totals.facts_changed > 1_000 && totals.asked > 100, "nobody lost a right while they worked");
        assert!(totals.salvaged > 100 && totals.regained > 100, "nothing was salvaged, or nobody came back");
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    for seed in [3, 1_234] {
        assert_eq!(World::run(seed), World::run(seed), "seed {seed}");
    }
}

//! A hundred thousand mutated changes: none gets a panic out, none that is admitted does damage.

use super::{
    child,
    mutate::{Pool, mutate},
    world::{No, Random, Replica, Server, every_shape, user},
};
use automerge::{Automerge, Change, ChangeHash, ReadDoc};
use bytes::Bytes;
use coplan_core::{content, id::UserId, sync::guard};
use std::collections::{BTreeMap, BTreeSet};

const WORLDS: u64 = 100;
const MUTANTS_A_WORLD: usize = 1_000;
const PEAK_KIB_MAX: u64 = 256 * 1024;

#[test]
fn a_hundred_thousand_mutants_leave_no_document_that_cannot_be_loaded() {
    let said = child::run("hostile::mutants::child_of_mutants");
    println!("{said}");
    let peak: u64 = said.lines().find_map(|line| line.strip_prefix("peak KiB: ")).unwrap().parse().unwrap();
    assert!(peak < PEAK_KIB_MAX, "{peak} KiB");
}

#[test]
#[ignore = "run in a process of its own by the test above, so that its memory can be measured"]
fn child_of_mutants() {
    std::panic::set_hook(Box::new(|info| println!("panic: {info}")));
    let halves: Vec<_> = (0..2)
        .map(|half| std::thread::spawn(move || (half..WORLDS).step_by(2).map(|seed| World::new(seed).run()).collect()))
        .collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let all: Vec<Vec<BTreeMap<&str, usize>>> = halves.into_iter().map(|half| half.join().unwrap()).collect();
    all.into_iter().flatten().flatten().for_each(|(code, count)| *counts.entry(code).or_default() += count);
    for (code, count) in &counts {
        println!("{count:>7} {code}");
    }
    assert!(counts["admitted"] > 1_000, "the mutants are too wild to say anything about what is admitted");
    assert!(!counts.keys().any(|code| code.starts_with("TRIAL")), "the trial saw what the rules ought to have seen");
    println!("peak KiB: {}", child::peak_kib());
}

struct World {
    seed: u64,
    random: Random,
    server: Server,
    /// Honest changes that the server has not got, to be mutated.
    samples: Vec<(Change, UserId)>,
    pool: Pool,
    counts: BTreeMap<&'static str, usize>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let section = every_shape();
        let mut server = Server::new(section.clone());
        let mut replicas: Vec<_> =
            ["ann", "bob", "ann"].iter().map(|name| Replica::new(&server, &user(name), &mut random)).collect();
        for _ in 0..30 {
            let replica = &mut replicas[random.below(3)];
            replica.edit(&section, &mut random);
            if random.percent(40) {
                let news = replica.news(&server);
                news.iter().for_each(|change| drop(server.offer(change, &replica.user).unwrap()));
                replica.pull(&server);
            }
        }
        let pool = Pool::of(&server.document);
        Self { seed, random, server, samples: vec![], pool, counts: BTreeMap::new() }
    }

    fn run(mut self) -> BTreeMap<&'static str, usize> {
        for number in 0..MUTANTS_A_WORLD {
            if number % 200 == 0 {
                self.honest_people_go_on();
            }
            let (honest, owner) = self.random.pick(&self.samples).clone();
            let Some(mutant) = mutate(&honest, &self.pool, &mut self.random) else { continue };
            let sender = if self.random.percent(5) { user("mallory") } else { owner };
            self.offer(number, &mutant, &sender);
        }
        self.counts
    }

    fn offer(&mut self, number: usize, mutant: &Bytes, sender: &UserId) {
        let answer = self.server.offer_and_keep(mutant, sender);
        let code = answer.as_ref().map_or_else(|no| no.code(), |_| "admitted");
        *self.counts.entry(code).or_default() += 1;
        match answer {
            Ok((candidate, before)) => {
                let how = format!("world {}, mutant {number}, {} bytes", self.seed, mutant.len());
                assert_saved_as_shown(&self.server.document, &how);
                if self.random.percent(20) {
                    assert_order_is_no_matter(&self.server, candidate.hash, &mut self.random, &how);
                }
                if self.random.percent(90) {
                    self.server.go_back(before);
                }
            }
            Err(No::Refused(_)) => assert_eq!(self.server.index.heads(), self.server.document.get_heads()),
            Err(No::Trial(_)) => println!("trial: world {}, mutant {number}: {mutant:?}", self.seed),
        }
    }

    /// New people open what is there now and write in it; all they write is admitted, and what they would write next
    /// becomes samples.
    fn honest_people_go_on(&mut self) {
        let section = self.server.section.clone();
        self.samples.clear();
        for name in ["ann", "bob", "cara", "ann"] {
            let mut replica = Replica::new(&self.server, &user(name), &mut self.random);
            while replica.news(&self.server).len() < 3 {
                replica.edit(&section, &mut self.random);
            }
            let next = if self.random.percent(60) { 0 } else { self.random.below(3) };
            let mut before = None;
            for (number, change) in replica.news(&self.server).iter().enumerate() {
                if number == next {
                    before = Some(self.server.before());
                }
                let answer = self.server.offer(change, &replica.user);
                let honest = answer.unwrap_or_else(|no| panic!("world {}: honest, but {}", self.seed, no.code()));
                *self.counts.entry("honest").or_default() += 1;
                if number == next || self.random.percent(10) {
                    self.samples.push((honest.change, replica.user.clone()));
                }
            }
            self.server.go_back(before.unwrap());
        }
        self.pool = Pool::of(&self.server.document);
    }
}

/// What is saved loads again, with the same heads, values and conflicts.
fn assert_saved_as_shown(document: &Automerge, how: &str) {
    let again = content::load_document(&document.save()).unwrap_or_else(|error| panic!("{how}: {error}"));
    assert_same(document, &again, &format!("{how}: saved and loaded"));
}

/// Another replica gets there too: change by change, and by way of only what the change builds on, then the rest.
fn assert_order_is_no_matter(server: &Server, change: ChangeHash, random: &mut Random, how: &str) {
    let changes = server.changes();
    let mut replay = content::empty_document();
    for change in &changes {
        let raw = Change::try_from(change.raw_bytes()).unwrap();
        replay.apply_changes([raw]).unwrap_or_else(|error| panic!("{how}: replayed: {error}"));
    }
    assert_same(&server.document, &replay, &format!("{how}: replayed"));

    let position = server.index.position(&change).unwrap();
    let lacking = |known: &[ChangeHash]| -> BTreeSet<_> {
        server.index.lacking(known).into_iter().filter_map(|p| server.index.hash_at(p)).collect()
    };
    assert_eq!(position + 1, server.index.len());
    let later = lacking(&[change]);
    let (past, mut rest): (Vec<_>, Vec<_>) = changes.into_iter().partition(|change| !later.contains(&change.hash()));
    let mut replica = content::empty_document();
    let (own, past): (Vec<_>, Vec<_>) = past.into_iter().partition(|held| held.hash() == change);
    replica.apply_changes(past).unwrap();
    replica.apply_changes(own).unwrap_or_else(|error| panic!("{how}: on its past alone: {error}"));
    assert!(replica.get_missing_deps(&[]).is_empty(), "{how}: its past is not all it builds on");
    assert_saved_as_shown(&replica, how);
    while !rest.is_empty() {
        let next = rest.swap_remove(random.below(rest.len()));
        replica.apply_changes([next]).unwrap_or_else(|error| panic!("{how}: in another order: {error}"));
    }
    assert_same(&server.document, &replica, &format!("{how}: in another order"));
}

fn assert_same(one: &Automerge, other: &Automerge, how: &str) {
    assert_eq!(one.get_heads(), other.get_heads(), "{how}");
    assert_eq!(one.hydrate(None), other.hydrate(None), "{how}");
    let section = every_shape_once();
    assert_eq!(content::read(one, None, section), content::read(other, None, section), "{how}");
}

fn every_shape_once() -> &'static coplan_core::section::Section {
    static SECTION: std::sync::LazyLock<std::sync::Arc<coplan_core::section::Section>> =
        std::sync::LazyLock::new(every_shape);
    &SECTION
}

#[test]
fn a_mutated_sync_message_is_read_or_refused_and_never_panics() {
    let mut random = Random::new(9);
    let server = Server::new(every_shape());
    let mut ann = Replica::new(&server, &user("ann"), &mut random);
    ann.edit(&server.section, &mut random);
    let mut state = automerge::sync::State::new();
    let honest = automerge::sync::SyncDoc::generate_sync_message(&ann.document, &mut state).unwrap();
    let head = ann.document.get_heads()[0];
    let mut honest = honest;
    honest.changes = ann.news(&server).iter().map(|chunk| chunk.to_vec()).collect::<Vec<_>>().into();
    let honest = honest.encode();
    let mut read = 0;
    for _ in 0..200_000 {
        let mut bytes = honest.clone();
        for _ in 0..1 + random.below(4) {
            let at = random.below(bytes.len());
            match random.below(4) {
                0 => bytes[at] ^= 1 << random.below(8),
                1 => bytes[at] = *random.pick(&[0, 1, 0x7f, 0x80, 0xff]),
                2 => bytes.insert(at, random.number() as u8),
                _ => drop(bytes.remove(at)),
            }
        }
        if let Ok(message) = guard::message(&bytes.into()) {
            read += 1;
            let _ = message.have.as_ref().map(|have| have.bloom_contains(&head));
        }
    }
    assert!(read > 10_000, "{read}");
}

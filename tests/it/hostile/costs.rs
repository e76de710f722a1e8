//! What the guard costs. The figures are printed, not judged: only their order of size is.

use super::{
    child,
    world::{Random, Replica, Server, every_shape, user},
};
use automerge::{ROOT, ReadDoc, transaction::Transactable};
use bytes::Bytes;
use coplan_core::sync::{guard, index::Index};
use std::time::Instant;

const COPIES: usize = 50;
const INDEX_BYTES_PER_OP_MAX: f64 = 100.0;

#[test]
fn an_index_is_compact() {
    let said = child::run("hostile::costs::child_of_costs");
    println!("{said}");
    let bytes: f64 = said.lines().find_map(|line| line.strip_prefix("index bytes per op: ")).unwrap().parse().unwrap();
    assert!(bytes < INDEX_BYTES_PER_OP_MAX, "{bytes}");
}

/// Weeks of a plan: 20 sessions of 100 changes, most of them typing, the rest fields, items and groups.
#[test]
#[ignore = "run in a process of its own by the test above, so that its memory can be measured"]
fn child_of_costs() {
    let section = every_shape();
    let mut random = Random::new(4);
    let mut server = Server::new(section.clone());
    let mut ann = Replica::new(&server, &user("ann"), &mut random);
    let mut chunks: Vec<Bytes> = Vec::new();
    for _ in 0..20 {
        ann.reload(&mut random);
        for step in 0..100 {
            if step % 3 == 0 {
                ann.edit(&section, &mut random);
            } else {
                type_three(&mut ann, &mut random);
            }
        }
    }
    chunks.extend(ann.document.get_changes(&[]).iter().skip(1).map(|c| Bytes::copy_from_slice(c.raw_bytes())));

    let began = Instant::now();
    let candidates: Vec<_> = chunks.iter().map(|chunk| guard::chunk(chunk).unwrap()).collect();
    let checked = began.elapsed();
    let ops: usize = candidates.iter().map(|candidate| candidate.ops.len()).sum();
    let began = Instant::now();
    candidates.iter().for_each(|candidate| server.index.admit(candidate, &section, &ann.user).unwrap());
    let admitted = began.elapsed();
    let small: Vec<_> =
        chunks.iter().zip(&candidates).filter(|(_, c)| c.ops.len() <= 4).map(|(chunk, _)| chunk).collect();
    let began = Instant::now();
    small.iter().for_each(|chunk| drop(guard::chunk(chunk).unwrap()));
    let small_us = began.elapsed().as_secs_f64() * 1e6 / small.len() as f64;
    println!(
        "{} changes, {ops} operations, {} bytes each",
        chunks.len(),
        chunks.iter().map(Bytes::len).sum::<usize>() / chunks.len()
    );
    let each = |time: std::time::Duration| time.as_secs_f64() * 1e6 / chunks.len() as f64;
    println!(
        "chunk {:.1} µs ({small_us:.1} µs for at most 4 operations), admit {:.1} µs a change",
        each(checked),
        each(admitted)
    );

    let began = Instant::now();
    let held = child::held_kib();
    let copies: Vec<_> = (0..COPIES).map(|_| Index::build(&ann.document, &section, &[]).unwrap()).collect();
    let bytes = (child::held_kib() - held) as f64 * 1024.0 / COPIES as f64;
    println!(
        "index {:.0} KiB, built in {:.1} ms",
        bytes / 1024.0,
        began.elapsed().as_secs_f64() * 1e3 / copies.len() as f64
    );
    println!("index bytes per op: {:.1}", bytes / ops as f64);

    // Offline on a branch of its own: nothing of the trunk is seen.
    let old = [ann.document.get_changes(&[])[0].hash()];
    let began = Instant::now();
    let lacking = copies[0].lacking(&old).len();
    println!("lacking from genesis: {lacking} changes in {:.0} µs", began.elapsed().as_secs_f64() * 1e6);
    let began = Instant::now();
    let heads = copies[0].heads();
    assert!(copies[0].lacking(&heads).is_empty());
    println!("lacking from the heads: {:.1} µs", began.elapsed().as_secs_f64() * 1e6);
}

fn type_three(replica: &mut Replica, random: &mut Random) {
    let (_, fields) = replica.document.get(&ROOT, "fields").unwrap().unwrap();
    let (_, text) = replica.document.get(&fields, "story").unwrap().unwrap();
    let length = replica.document.length(&text);
    let at = length - random.below(length.min(20) + 1);
    let mut transaction = replica.document.transaction();
    if length > 3_000 {
        transaction.splice_text(&text, 0, 1_000, "").unwrap();
    }
    transaction.splice_text(&text, at.min(2_000), 0, "xyz").unwrap();
    transaction.commit();
}

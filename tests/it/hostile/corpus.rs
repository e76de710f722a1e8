//! Every known reproducer is refused, cheaply, with a name, and the service goes on.

use super::{
    child,
    world::{Random, Replica, Server, every_shape, fixtures, user},
};
use automerge::Automerge;
use bytes::Bytes;
use coplan_core::{
    content,
    sync::{guard, index::Index},
};
use std::path::Path;

const CPU_US_MAX: u64 = 50_000;
const MEMORY_KIB_MAX: u64 = 64 * 1024;
/// A thread of tokio has this much stack.
const STACK_BYTES: usize = 2 << 20;

#[test]
fn every_known_attack_is_refused_within_its_limits() {
    println!("{}", child::run("hostile::corpus::child_of_corpus"));
}

#[test]
#[ignore = "run in a process of its own by the test above, so that its memory can be measured"]
fn child_of_corpus() {
    std::panic::set_hook(Box::new(|_| {}));
    let mut files: Vec<_> =
        std::fs::read_dir(fixtures().join("hostile")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "bin"));
    files.sort();
    assert!(files.len() > 50, "{}", files.len());
    for path in files {
        let run = move || attack(&path);
        std::thread::Builder::new().stack_size(STACK_BYTES).spawn(run).unwrap().join().unwrap();
    }
}

/// One file at every door where it could come in.
fn attack(path: &Path) {
    let name = path.file_stem().unwrap().to_str().unwrap();
    let bytes = Bytes::from(std::fs::read(path).unwrap());
    let mut server = Server::new(every_shape());
    let mut others = [index_of("base"), index_of("small")];
    let mut ann = Replica::new(&server, &user("ann"), &mut Random::new(1));
    child::forget_peak();
    let (held, cpu) = (child::held_kib(), child::thread_cpu_us());

    let as_message = guard::message(&bytes).map(|_| ());
    let as_change = server.offer(&bytes, &user("mallory")).map(|_| ());
    let candidate = guard::chunk(&bytes);
    let mut elsewhere = Vec::new();
    for index in &mut others {
        let Ok(candidate) = &candidate else { break };
        elsewhere.push(index.admit(candidate, &server.section, &user("mallory")).map(|()| "admitted"));
    }

    let (memory, cpu) = (child::peak_kib().saturating_sub(held), child::thread_cpu_us() - cpu);
    assert!(cpu < CPU_US_MAX, "{name}: {cpu} µs");
    assert!(memory < MEMORY_KIB_MAX, "{name}: {memory} KiB");
    // A request for everything is what an honest client sends first; only how often it is answered can be bounded.
    let honest_request = name == "sync-resend";
    assert_eq!(as_message.is_ok(), honest_request, "{name}");
    let refusal = as_change.expect_err(name);
    assert!(elsewhere.iter().all(Result::is_err), "{name}: {elsewhere:?}");
    let codes: Vec<_> = elsewhere.iter().map(|answer| answer.unwrap_err().code()).collect();
    println!("{name:<85} {:<14} {codes:?} {cpu:>6} µs {memory:>6} KiB", refusal.code());

    assert!(ann.edit(&server.section, &mut Random::new(2)));
    for change in ann.news(&server) {
        assert!(server.offer(&change, &ann.user).is_ok(), "{name}: an honest change was refused afterwards");
    }
}

fn index_of(document: &str) -> Index {
    let bytes = std::fs::read(fixtures().join(format!("hostile/{document}.automerge"))).unwrap();
    Index::build(&Automerge::load(&bytes).unwrap(), &every_shape(), &[]).unwrap()
}

#[test]
fn a_damaged_document_in_the_store_lets_no_panic_out() {
    for entry in std::fs::read_dir(fixtures().join("hostile")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.starts_with("t1-") {
            continue;
        }
        // Clients cannot bring whole documents; this is what a damaged store would do.
        if let Ok(document) = content::load_document(&std::fs::read(&path).unwrap()) {
            let index = Index::build(&document, &every_shape(), &[]);
            println!("{name}: loads, {:?}", index.map(|index| index.len()));
        }
    }
}

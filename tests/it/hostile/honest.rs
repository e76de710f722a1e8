//! Everything that an honest client writes is admitted.

use super::world::{Random, Replica, Server, every_shape, fixtures, user};
use bytes::Bytes;
use coplan_core::{
    content,
    id::UserId,
    section::{Section, Sections},
    sync::{guard, index::Index},
};
use std::sync::Arc;

#[test]
fn every_honest_change_is_admitted_whatever_the_order_in_which_people_meet() {
    let mut changes = 0;
    for seed in 0..60 {
        changes += honest_run(every_shape(), seed, 120);
    }
    let sections = Sections::embedded();
    // Nobody writes a section of decisions but the service.
    let written = sections.in_order().into_iter().filter(|section| !section.is_decided());
    for (seed, section) in (1_000..).zip(written) {
        changes += honest_run(section.clone(), seed, 300);
    }
    println!("{changes} honest changes, all admitted");
}

/// Three people, of whom two have two devices each, edit, meet the server, reload and stay away by chance.
fn honest_run(section: Arc<Section>, seed: u64, steps: usize) -> usize {
    let mut random = Random::new(seed);
    let mut server = Server::new(section.clone());
    let people: Vec<UserId> = ["ann", "ann", "bob", "bob", "cara"].into_iter().map(user).collect();
    let mut replicas: Vec<_> = people.iter().map(|user| Replica::new(&server, user, &mut random)).collect();
    let mut admitted = 0;
    for _ in 0..steps {
        let at = random.below(replicas.len());
        let replica = &mut replicas[at];
        match random.below(10) {
            0 => replica.reload(&mut random),
            1 | 2 => replica.pull(&server),
            3 => admitted += meet(replica, &mut server, seed),
            _ => drop(replica.edit(&section, &mut random)),
        }
    }
    for _ in 0..2 {
        for replica in &mut replicas {
            admitted += meet(replica, &mut server, seed);
            replica.pull(&server);
        }
    }
    for replica in &replicas {
        assert_eq!(replica.document.get_heads(), server.document.get_heads(), "seed {seed}");
    }
    assert_index_is_as_if_built_anew(&server, seed);
    admitted
}

fn meet(replica: &Replica, server: &mut Server, seed: u64) -> usize {
    let news = replica.news(server);
    for change in &news {
        let answer = server.offer(change, &replica.user);
        assert!(answer.is_ok(), "seed {seed}: an honest change was refused: {}", answer.unwrap_err().code());
    }
    news.len()
}

fn assert_index_is_as_if_built_anew(server: &Server, seed: u64) {
    let actors: Vec<_> = server.actors.clone().into_iter().collect();
    let anew = Index::build(&server.document, &server.section, &actors).unwrap();
    assert_eq!(anew.len(), server.index.len(), "seed {seed}");
    assert_eq!(anew.heads(), server.index.heads(), "seed {seed}");
    assert_eq!(anew.heads(), server.document.get_heads(), "seed {seed}");
}

#[test]
fn what_a_peer_lacks_is_what_is_not_behind_its_heads() {
    for seed in 0..20 {
        let mut random = Random::new(seed);
        let section = every_shape();
        let mut server = Server::new(section.clone());
        let mut replicas: Vec<_> =
            ["ann", "bob", "cara"].iter().map(|u| Replica::new(&server, &user(u), &mut random)).collect();
        for _ in 0..80 {
            let at = random.below(3);
            replicas[at].edit(&section, &mut random);
            if random.percent(30) {
                meet(&replicas[at], &mut server, seed);
                replicas[at].pull(&server);
            }
            let known = replicas[at].document.get_heads();
            let mut lacking: Vec<_> =
                server.index.lacking(&known).into_iter().map(|p| server.index.hash_at(p).unwrap()).collect();
            let known: Vec<_> = known.into_iter().filter(|hash| server.index.contains(hash)).collect();
            let mut expected: Vec<_> = server.document.get_changes(&known).iter().map(|c| c.hash()).collect();
            lacking.sort();
            expected.sort();
            assert_eq!(lacking, expected, "seed {seed}");
        }
    }
}

#[test]
fn every_change_of_a_javascript_client_is_admitted() {
    let section = every_shape();
    let mut files = 0;
    for entry in std::fs::read_dir(fixtures().join("honest-js")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "changes") {
            continue;
        }
        files += 1;
        let chunks = chunks(&std::fs::read(&path).unwrap());
        let genesis = automerge::Change::try_from(&chunks[0][..]).unwrap();
        assert_eq!(genesis, content::genesis(&section), "make the JavaScript changes again, as their README says");
        let mut server = Server::of(section.clone(), [genesis]);
        for chunk in &chunks[1..] {
            let answer = server.offer(chunk, &user("ann"));
            assert!(answer.is_ok(), "{}: {}", path.display(), answer.unwrap_err().code());
        }
        assert!(chunks.len() > 5);
        let saved = server.document.save();
        let again = content::load_document(&saved).unwrap();
        assert_eq!(again.hydrate(None), server.document.hydrate(None));
    }
    assert!(files >= 4, "{files}");
}

/// Change chunks one after the other: four bytes of magic, four of checksum, one of type, the length, the body.
fn chunks(mut bytes: &[u8]) -> Vec<Bytes> {
    let mut chunks = Vec::new();
    while !bytes.is_empty() {
        let (mut length, mut at) = (0, 9);
        loop {
            length |= usize::from(bytes[at] & 0x7f) << (7 * (at - 9));
            at += 1;
            if bytes[at - 1] & 0x80 == 0 {
                break;
            }
        }
        let (chunk, rest) = bytes.split_at(at + length);
        chunks.push(Bytes::copy_from_slice(chunk));
        bytes = rest;
    }
    chunks
}

#[test]
fn what_was_typed_can_be_read_from_a_refused_change() {
    let section = every_shape();
    let mut random = Random::new(3);
    let server = Server::new(section.clone());
    let mut ann = Replica::new(&server, &user("ann"), &mut random);
    for edit in [
        r#"{"set-text": {"field": "story", "text": "Poen yn y nos, 👩🏾‍⚕️"}}"#,
        r#"{"set": {"field": "line", "value": "one line"}}"#,
    ] {
        let edit = serde_json::from_str(edit).unwrap();
        content::edit::apply(&mut ann.document, &section, &edit, 0).unwrap();
    }
    let news = ann.news(&server);
    assert_eq!(guard::readable_text(&news[0], 1_000), "Poen yn y nos, 👩🏾‍⚕️");
    assert_eq!(guard::readable_text(&news[0], 4), "Poen");
    assert_eq!(guard::readable_text(&news[1], 1_000), "one line");
    assert_eq!(guard::readable_text(&Bytes::from_static(b"nothing of the kind"), 1_000), "");
}

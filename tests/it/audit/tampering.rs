//! What `coplan verify` finds: a table of tamperings, each tried with many seeds on a copy of its own.

use super::world::{World, execute, open, verify};
use coplan_core::time::UtcMillis;
use coplan_server::{
    audit::chain::Row,
    audit_checkpoint::{AuditKey, CHECKPOINTS_FILE, Checkpoint},
    config::Verify,
    verify as verifying,
};
use serde_json::json;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Seeds that each tampering is tried with.
const SEEDS: u64 = 40;

/// A kind of tampering: SQL for a seed, and the findings of which at least one must be there.
struct Tampering {
    name: &'static str,
    sql: fn(u64) -> String,
    found: &'static [&'static str],
}

/// The row of a table that a seed picks.
fn nth(table: &str, which: &str, seed: u64) -> String {
    format!(
        "(select rowid from {table} where {which} order by rowid limit 1 offset {seed} % (select count(*) from {table} where {which}))"
    )
}

fn event(seed: u64) -> String {
    format!("(select seq from audit order by seq limit 1 offset {seed} % (select count(*) from audit))")
}

/// A change in a digest, by document and position.
fn change(seed: u64) -> String {
    format!(
        "(document, position) in (select document, position from change order by document, position
             limit 1 offset {seed} % (select count(*) from change))"
    )
}

fn publication(seed: u64) -> String {
    format!(
        "(plan, version) in (select plan, version from publication order by plan, version
             limit 1 offset {seed} % (select count(*) from publication))"
    )
}

const TAMPERINGS: &[Tampering] = &[
    Tampering {
        name: "a changed audit row",
        sql: |seed| {
            let set = [
                "action = 'plan:look'",
                "at = at + 1",
                "outcome = iif(outcome = 'refused', 'allowed', 'refused')",
                "plan = 'another'",
                "reason = 'another'",
                "author = null",
                "rules = rules || 'x'",
                "job = '4711'",
                "session = ifnull(session, 0) + 1",
                "connection = 'own-plan'",
                "resource = 'view:other'",
                "version = 77",
                "via = 'passkey-1'",
                "sha256 = zeroblob(32)",
                "assurance = ifnull(assurance, 0) % 3 + 1",
            ][(seed % 15) as usize];
            format!("update audit set {set} where seq = {}", event(seed / 3))
        },
        found: &["audit-row-changed"],
    },
    Tampering {
        name: "a changed hash of an audit row",
        sql: |seed| format!("update audit set hash = randomblob(32) where seq = {}", event(seed)),
        found: &["audit-row-changed"],
    },
    Tampering {
        name: "somebody else as the author of what was done",
        sql: |_| "update author set name = 'Somebody Else' where account <> 'system'".to_owned(),
        found: &["audit-row-changed"],
    },
    Tampering {
        name: "a deleted audit row",
        sql: |seed| format!("delete from audit where seq = {}", event(seed)),
        found: &["audit-row-missing", "audit-cut-off"],
    },
    Tampering {
        name: "a deleted audit row with those after it numbered anew",
        sql: |seed| {
            format!(
                "create temp table gone as select {} as seq; delete from audit where seq = (select seq from gone);
                 create temp table after as select seq from audit where seq > (select seq from gone) order by seq;
                 update audit set seq = seq + 1000000 where seq in (select seq from after);
                 update audit set seq = seq - 1000001 where seq > 1000000;",
                event(seed)
            )
        },
        found: &["audit-row-changed", "audit-cut-off"],
    },
    Tampering {
        name: "two swapped audit rows",
        sql: |seed| {
            format!(
                "create temp table two as select {} as a; alter table two add column b integer;
                 update two set b = iif(a = (select max(seq) from audit), a - 1, a + 1);
                 update audit set seq = 1000000 where seq = (select a from two);
                 update audit set seq = (select a from two) where seq = (select b from two);
                 update audit set seq = (select b from two) where seq = 1000000;",
                event(seed)
            )
        },
        found: &["audit-row-changed"],
    },
    Tampering {
        name: "a truncated tail",
        sql: |seed| format!("delete from audit where seq > (select max(seq) from audit) - {}", 1 + seed % 20),
        found: &["audit-cut-off"],
    },
    Tampering {
        name: "an audit that was emptied",
        sql: |_| "delete from audit; delete from audit_log_root;".to_owned(),
        found: &["audit-cut-off"],
    },
    Tampering {
        name: "an audit row put in",
        sql: |_| {
            "insert into audit (seq, at, action, outcome, rules, hash)
                 select max(seq) + 1, at, 'plan:see', 'allowed', '', randomblob(32) from audit"
                .to_owned()
        },
        found: &["audit-row-changed"],
    },
    Tampering {
        name: "a changed publication",
        sql: |seed| {
            let set = [
                "published_at = published_at + 1",
                "hash = randomblob(32)",
                "person = '{}'",
                "author = 1 + author % 2",
                "circumstances = '{}'",
            ][(seed % 5) as usize];
            format!("update publication set {set} where {}", publication(seed))
        },
        found: &["publication-changed"],
    },
    Tampering {
        name: "a changed part of a publication",
        sql: |seed| {
            let set = [
                "since_at = since_at + 1",
                "heads = randomblob(32)",
                "sign_off = 'senior-x'",
                "definition = definition + 1",
            ][(seed % 4) as usize];
            format!("update publication_section set {set} where {}", publication(seed))
        },
        found: &["publication-changed"],
    },
    Tampering {
        name: "a changed view",
        sql: |seed| {
            format!(
                "update publication_view set bytes = cast(bytes || ' ' as blob) where rowid = {}",
                nth("publication_view", "true", seed)
            )
        },
        found: &["view-changed"],
    },
    Tampering {
        name: "a changed view with its hash",
        sql: |seed| {
            let row = nth("publication_view", "true", seed);
            format!(
                "update publication_view set bytes = x'7b7d', bytes_sha256 =
                x'44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a' where rowid = {row}"
            )
        },
        found: &["publication-changed"],
    },
    Tampering {
        name: "a changed FHIR document",
        sql: |seed| {
            let row = nth("publication_view", "view = 'fhir'", seed);
            format!(
                "update publication_view set bytes =
                 cast(replace(cast(bytes as text), '\"status\":\"final\"', '\"status\":\"amended\"') as blob)
                 where rowid = {row}"
            )
        },
        found: &["view-changed"],
    },
    Tampering {
        // Neither the chain nor a digest covers it: it is noticed by what comes of it.
        name: "a changed definition",
        sql: |_| "update definition set file = replace(file, 'label = \"', 'label = \"Not ')".to_owned(),
        found: &["publication-renders-differently"],
    },
    Tampering {
        name: "a deleted publication",
        sql: |seed| {
            let of = publication(seed);
            format!(
                "create temp table gone as select plan, version from publication where {of};
                 delete from publication_view where (plan, version) in (select plan, version from gone);
                 delete from publication_section where (plan, version) in (select plan, version from gone);
                 delete from publication where (plan, version) in (select plan, version from gone);"
            )
        },
        found: &["publication-missing"],
    },
    Tampering {
        name: "a publication put in",
        sql: |_| {
            "insert into publication (plan, version, published_at, hash, author, person)
                 select plan, max(version) + 1, published_at, hash, author, person from publication"
                .to_owned()
        },
        found: &["publication-not-audited"],
    },
    Tampering {
        name: "a changed change",
        sql: |seed| format!("update change set bytes = randomblob(length(bytes)) where {}", change(seed)),
        found: &["change-damaged"],
    },
    Tampering {
        name: "a changed column of a change",
        sql: |seed| {
            let set = [
                "received_at = received_at + 1",
                "claimed_at_s = claimed_at_s + 1",
                "ops = ops + 1",
                "deps = randomblob(32)",
                "author = 1 + author % 2",
            ][(seed % 5) as usize];
            format!("update change set {set} where {}", change(seed))
        },
        found: &["change-changed"],
    },
    Tampering {
        name: "a deleted change",
        sql: |seed| format!("delete from change where {}", change(seed)),
        found: &["change-missing", "changes-cut-off"],
    },
    Tampering {
        name: "a deleted document",
        sql: |seed| {
            format!(
                "create temp table gone as select id from document order by id limit 1 offset {seed} % (select count(*) from document);
                 delete from change where document in (select id from gone);
                 delete from audit_log_root where document in (select id from gone);
                 delete from document where id in (select id from gone);"
            )
        },
        found: &["document-missing"],
    },
];

#[tokio::test]
async fn every_tampering_is_found_and_what_nobody_touched_passes() {
    let original = Original::make().await;
    assert!(codes(&original.folder, None).await.is_empty(), "nobody has touched it");
    let mut missed = Vec::new();
    let mut tried = 0;
    for tampering in TAMPERINGS {
        for seed in 0..SEEDS {
            let copy = original.copy();
            execute(&copy.path().join("coplan.sqlite"), &(tampering.sql)(seed)).await;
            let found = codes(copy.path(), None).await;
            tried += 1;
            if !tampering.found.iter().any(|code| found.contains(*code)) {
                missed.push(format!("{}, seed {seed}: {found:?}", tampering.name));
            }
        }
    }
    println!("{tried} tamperings, {} missed", missed.len());
    assert!(missed.is_empty(), "{} of {tried}:\n{}", missed.len(), missed.join("\n"));
}

#[tokio::test]
async fn a_change_that_was_made_again_with_its_hash_is_found() {
    let original = Original::make().await;
    let database = original.folder.join("coplan.sqlite");
    let rows: Vec<(String, i64, Vec<u8>)> =
        sqlx::query_as("select document, position, bytes from change order by document, position")
            .fetch_all(&mut open(&database, true).await)
            .await
            .unwrap();
    for (document, position, mut bytes) in rows {
        // The last byte is the last of an operation's columns. The hash covers it, and so does the checksum before it.
        *bytes.last_mut().unwrap() ^= 1;
        let hash = <sha2::Sha256 as sha2::Digest>::digest(&bytes[8..]);
        bytes[4..8].copy_from_slice(&hash[..4]);
        let copy = original.copy();
        let mut connection = open(&copy.path().join("coplan.sqlite"), false).await;
        sqlx::query("update change set bytes = ?, hash = ? where document = ? and position = ?")
            .bind(&bytes)
            .bind(&hash[..])
            .bind(&document)
            .bind(position)
            .execute(&mut connection)
            .await
            .unwrap();
        drop(connection);
        let found = codes(copy.path(), None).await;
        assert!(
            found.contains("change-changed") && !found.contains("change-damaged"),
            "{document} {position}: {found:?}"
        );
    }
}

#[tokio::test]
async fn a_chain_made_anew_is_found_whoever_signs_for_it() {
    let original = Original::make().await;
    let folder = &original.folder;
    for seed in 0..SEEDS {
        let copy = original.copy();
        let database = copy.path().join("coplan.sqlite");
        let end = fork(&database, seed).await;
        // Without new checkpoints, those that are there are of another chain.
        assert!(codes(copy.path(), None).await.contains("checkpoint-of-another-chain"), "seed {seed}");
        // With checkpoints by another key.
        let key = AuditKey::of(tempfile::tempdir().unwrap().path()).unwrap();
        let forged = Checkpoint::sign(&key, end.0, &end.1, UtcMillis(0));
        fs::write(copy.path().join(CHECKPOINTS_FILE), serde_json::to_string(&forged).unwrap()).unwrap();
        assert!(codes(copy.path(), None).await.contains("checkpoint-not-signed"), "seed {seed}");
        // With the very key, those that were kept elsewhere still tell.
        let key = AuditKey::of(folder).unwrap();
        let signed = Checkpoint::sign(&key, end.0, &end.1, UtcMillis(0));
        fs::write(copy.path().join(CHECKPOINTS_FILE), serde_json::to_string(&signed).unwrap()).unwrap();
        let kept = folder.join(CHECKPOINTS_FILE);
        assert!(codes(copy.path(), Some(&kept)).await.contains("checkpoint-of-another-chain"), "seed {seed}");
    }
}

#[tokio::test]
async fn checkpoints_that_were_changed_or_taken_away_are_missed() {
    let original = Original::make().await;
    let lines = fs::read_to_string(original.folder.join(CHECKPOINTS_FILE)).unwrap();
    for (file, expected) in [
        (None, "no-checkpoints"),
        (Some("{}".to_owned()), "checkpoint-unreadable"),
        (Some(lines.replace("\"time\":\"20", "\"time\":\"19")), "checkpoint-not-signed"),
        (Some(format!("{lines}{}", lines.lines().next().unwrap())), "checkpoint-order"),
    ] {
        let copy = original.copy();
        let path = copy.path().join(CHECKPOINTS_FILE);
        match file {
            Some(text) => fs::write(path, text).unwrap(),
            None => fs::remove_file(path).unwrap(),
        }
        let found = codes(copy.path(), None).await;
        assert!(found.contains(expected), "{expected}: {found:?}");
    }
}

#[tokio::test]
async fn the_command_checks_beside_a_running_service_and_says_what_is_wrong() {
    let world = World::start().await;
    world.writes("doctor", "about-me", "most_important", "To be at home").await;
    world.is_published(1).await;
    let data = world.service.folder().to_path_buf();
    let fine = verify(&data, &[]);
    assert!(fine.status.success(), "{}", String::from_utf8_lossy(&fine.stdout));
    execute(&world.service.database(), "update audit set action = 'plan:look' where seq = 2").await;
    let found = verify(&data, &[]);
    let text = String::from_utf8_lossy(&found.stdout).into_owned();
    assert_eq!(found.status.code(), Some(1), "{text}");
    assert!(text.contains("audit-row-changed: row 2"), "{text}");
}

/// A data folder that a service has left in order.
struct Original {
    folder: PathBuf,
    _world: World,
}

impl Original {
    async fn make() -> Self {
        let mut world = World::start().await;
        for (text, version) in [("To be at home", 1), ("Not to be ", 2)] {
            world.writes("doctor", "about-me", "most_important", text).await;
            world.is_published(version).await;
        }
        let call = crate::http::call::Call::get(&format!("/api/plans/{}", world.plan));
        for user in ["doctor", "nurse", "crew"] {
            world.send(user, call.clone());
        }
        let set = crate::http::call::Call::post(
            &format!("/api/plans/{}/vault/key-safe-code", world.plan),
            &json!({ "value": "4711" }),
        );
        assert_eq!(world.send("doctor", set.method("PUT")).status, 204);
        world.service.stop();
        Self { folder: world.service.folder().to_path_buf(), _world: world }
    }

    fn copy(&self) -> tempfile::TempDir {
        let copy = tempfile::tempdir().unwrap();
        for file in fs::read_dir(&self.folder).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
        }
        copy
    }
}

/// What is found in a folder, publications made again included.
async fn codes(data: &Path, checkpoints: Option<&Path>) -> BTreeSet<&'static str> {
    let config = Verify {
        data: data.to_path_buf(),
        database_url: None,
        checkpoints: checkpoints.map(Path::to_path_buf),
        public_key: None,
        without_rendering: false,
    };
    let findings = verifying::check(&config).await.unwrap();
    findings.found.into_iter().map(|finding| finding.code).collect()
}

/// Changes a row and gives it and all after it the hashes that follow, as the service would have; the end of the new chain.
async fn fork(database: &Path, seed: u64) -> (i64, [u8; 32]) {
    let url = database.to_str().unwrap();
    let store = coplan_server::store::Store::open_to_read(url).await.unwrap();
    let rows = store.audit_after(0).await.unwrap();
    store.close().await;
    let from = (seed as usize * 7) % rows.len();
    let mut connection = open(database, false).await;
    let mut hash = [0; 32];
    let mut end = 0;
    for (nth, chained) in rows.into_iter().enumerate() {
        let mut row: Row = chained.row;
        if nth == from {
            row.at += 1;
        }
        hash = row.hash(&hash);
        end = row.seq;
        sqlx::query("update audit set at = ?, hash = ? where seq = ?")
            .bind(row.at)
            .bind(&hash[..])
            .bind(row.seq)
            .execute(&mut connection)
            .await
            .unwrap();
    }
    (end, hash)
}

//! Sync messages that the hub sends (automerge `sync::Message`), written once for all peers in the same state.
//!
//! The hub always says `have = [{last_sync: its heads, bloom: empty}]`: "send me whatever is not behind these". Whoever
//! does not know those heads answers with a reset, and is then sent what lies between. So the hub never builds a Bloom
//! filter, and never walks the history for one.
//!
//! To peers that may write it sends no flags: without them a client sends version 1 messages with one chunk a change,
//! never whole documents (the parsers of those are not for strangers' bytes).

use automerge::ChangeHash;

const VERSION_1: u8 = 0x42;
const VERSION_2: u8 = 0x43;
/// Length 2, the old "version 2" byte, and the bit field with READ_ONLY (automerge 0.12 `sync.rs`, `MessageFlags`).
const READ_ONLY_FLAGS: [u8; 3] = [2, 0x02, 0x80 | 0x02];

/// How the changes of a message are packed.
pub(super) enum Changes<'a> {
    /// One chunk a change; every client reads it.
    Single(&'a [&'a [u8]]),
    /// Any chunks glued together, documents included; for clients that have sent flags.
    Glued(&'a [&'a [u8]]),
}

/// Writes a sync message.
pub(super) fn write(heads: &[ChangeHash], need: &[ChangeHash], changes: &Changes<'_>, read_only: bool) -> Vec<u8> {
    let (version, chunks) = match changes {
        Changes::Single(chunks) => (VERSION_1, *chunks),
        Changes::Glued(chunks) => (VERSION_2, *chunks),
    };
    let content: usize = chunks.iter().map(|c| c.len() + 4).sum();
    let mut out = Vec::with_capacity(16 + 64 * heads.len() + 32 * need.len() + content);
    out.push(version);
    hashes(&mut out, heads);
    hashes(&mut out, need);
    out.push(1);
    hashes(&mut out, heads);
    out.push(0);
    match changes {
        Changes::Single(chunks) => {
            leb128(&mut out, chunks.len() as u64);
            for chunk in *chunks {
                leb128(&mut out, chunk.len() as u64);
                out.extend_from_slice(chunk);
            }
        }
        Changes::Glued(chunks) => {
            leb128(&mut out, 1);
            leb128(&mut out, chunks.iter().map(|c| c.len() as u64).sum());
            chunks.iter().for_each(|chunk| out.extend_from_slice(chunk));
        }
    }
    if read_only {
        out.extend_from_slice(&READ_ONLY_FLAGS);
    }
    out
}

fn hashes(out: &mut Vec<u8>, hashes: &[ChangeHash]) {
    leb128(out, hashes.len() as u64);
    hashes.iter().for_each(|hash| out.extend_from_slice(hash.as_ref()));
}

fn leb128(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use automerge::sync::{Message, MessageVersion};

    #[test]
    fn automerge_reads_what_the_hub_writes() {
        let heads = [ChangeHash([1; 32]), ChangeHash([2; 32])];
        let need = [ChangeHash([3; 32])];
        let chunks: [&[u8]; 2] = [&[7; 300], b"b"];
        let single = Message::decode(&write(&heads, &need, &Changes::Single(&chunks), false)).unwrap();
        assert_eq!((single.version, single.flags), (MessageVersion::V1, None));
        assert_eq!((single.heads.as_slice(), single.need.as_slice()), (&heads[..], &need[..]));
        assert_eq!(single.have[0].last_sync, heads);
        assert_eq!(single.changes.iter().collect::<Vec<_>>(), chunks);
        let glued = Message::decode(&write(&heads, &[], &Changes::Glued(&chunks), true)).unwrap();
        assert_eq!(glued.version, MessageVersion::V2);
        assert!(glued.flags.unwrap().contains(automerge::sync::MessageFlags::READ_ONLY));
        assert_eq!(glued.changes.iter().next().unwrap().len(), 301);
    }
}

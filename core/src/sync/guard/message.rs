//! Reads a sync message from a client, without automerge.

use super::{Refusal, reader::Reader};
use automerge::{ChangeHash, sync::BloomFilter};
use bytes::Bytes;

/// Most heads a peer may announce.
pub const HEADS_MAX: u64 = 256;
/// Most changes a peer may ask for in one message.
pub const NEEDS_MAX: u64 = 4_096;
/// Most changes one message may carry. A peer that was away sends all it has in one message, so this is no tighter
/// than the frame: the smallest change has about 100 bytes.
pub const MESSAGE_CHANGES_MAX: u64 = 40_000;
/// Most entries of a Bloom filter.
pub const BLOOM_ENTRIES_MAX: u64 = 1_000_000;

/// A sync message, checked: of version 1, or of version 2 without changes.
///
/// Clients speak version 2 to whoever has sent them flags, so readers do, who were told that they are. Its changes would
/// be glued together, whole documents among them: those are not read.
#[derive(Debug, Clone)]
pub struct SyncMessage {
    /// The peer's heads, sorted.
    pub heads: Vec<ChangeHash>,
    /// Changes the peer asks for by name.
    pub need: Vec<ChangeHash>,
    /// What the peer has, in short; `None` while it still waits for something it needs.
    pub have: Option<Have>,
    /// The change chunks it brings, as they came: not yet checked.
    pub changes: Vec<Bytes>,
    /// Its flags; `None` from a peer that has none.
    pub flags: Option<Flags>,
}

/// What a peer has: everything up to `last_sync`, and about what the filter says.
#[derive(Debug, Clone)]
pub struct Have {
    /// Heads that the peer and the service shared when they last spoke, sorted.
    pub last_sync: Vec<ChangeHash>,
    bloom: BloomFilter,
}

impl Have {
    /// Whether it names nothing at all: the peer has nothing, or has lost track of what it was told (a reset).
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.last_sync.is_empty() && self.bloom == BloomFilter::default()
    }

    /// Whether the peer has probably got the change: one in a hundred of those it lacks are said to be there.
    #[must_use]
    pub fn bloom_contains(&self, hash: &ChangeHash) -> bool {
        self.bloom.contains_hash(hash)
    }
}

/// A peer's flags. Any flags at all mean that it understands messages of version 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags {
    /// The peer has lost what it was sent: forget what was sent before.
    pub sync_reset: bool,
    /// The peer will not apply what it is sent.
    pub read_only: bool,
}

/// Reads one sync message, with every count and length checked against its limit before anything is built.
///
/// # Errors
/// The first rule that the message breaks.
pub fn message(bytes: &Bytes) -> Result<SyncMessage, Refusal> {
    let mut reader = Reader::new(bytes);
    let version = reader.byte().map_err(|_| Refusal::MessageType)?;
    if ![MESSAGE_TYPE_V1, MESSAGE_TYPE_V2].contains(&version) {
        return Err(Refusal::MessageType);
    }
    let heads = sorted_hashes(&mut reader)?;
    let need = hashes(&mut reader, NEEDS_MAX, Refusal::MessageNeeds)?;
    let have = match reader.unsigned()? {
        0 => None,
        1 => Some(have(&mut reader)?),
        _ => return Err(Refusal::MessageHaves),
    };
    let changes = changes(bytes, &mut reader)?;
    if version == MESSAGE_TYPE_V2 && !changes.is_empty() {
        return Err(Refusal::MessageType);
    }
    let flags = if reader.is_empty() { None } else { Some(flags(&mut reader)?) };
    if !reader.is_empty() {
        return Err(Refusal::TrailingBytes);
    }
    Ok(SyncMessage { heads, need, have, changes, flags })
}

fn have(reader: &mut Reader<'_>) -> Result<Have, Refusal> {
    let last_sync = sorted_hashes(reader)?;
    let bytes = reader.prefixed()?;
    check_bloom(bytes)?;
    let bloom = BloomFilter::try_from(bytes).map_err(|_| Refusal::MessageBloom)?;
    Ok(Have { last_sync, bloom })
}

/// automerge divides by the number of bits and allocates by the number of probes: both must be its own.
fn check_bloom(bytes: &[u8]) -> Result<(), Refusal> {
    if bytes.is_empty() {
        return Ok(());
    }
    let mut reader = Reader::new(bytes);
    let (entries, bits, probes) = (reader.unsigned()?, reader.unsigned()?, reader.unsigned()?);
    let sound = (1..=BLOOM_ENTRIES_MAX).contains(&entries) && bits == BLOOM_BITS && probes == BLOOM_PROBES;
    if sound && reader.remaining() as u64 == (entries * BLOOM_BITS).div_ceil(8) {
        return Ok(());
    }
    Err(Refusal::MessageBloom)
}

fn changes(bytes: &Bytes, reader: &mut Reader<'_>) -> Result<Vec<Bytes>, Refusal> {
    let count = reader.unsigned()?;
    if count > MESSAGE_CHANGES_MAX {
        return Err(Refusal::MessageChanges);
    }
    let mut changes = Vec::with_capacity(count.min(reader.remaining() as u64) as usize);
    for _ in 0..count {
        changes.push(bytes.slice_ref(reader.prefixed()?));
    }
    Ok(changes)
}

fn flags(reader: &mut Reader<'_>) -> Result<Flags, Refusal> {
    let bytes = reader.prefixed()?;
    if bytes.len() > FLAG_BYTES_MAX {
        return Err(Refusal::MessageFlags);
    }
    // A byte below 0x80 is an old capability; one with the top bit set is a bit field.
    let bits = bytes.iter().filter(|b| **b & 0x80 != 0).fold(0, |all, b| all | b);
    Ok(Flags { sync_reset: bits & 1 != 0, read_only: bits & 2 != 0 })
}

fn sorted_hashes(reader: &mut Reader<'_>) -> Result<Vec<ChangeHash>, Refusal> {
    let hashes = hashes(reader, HEADS_MAX, Refusal::MessageHeads)?;
    if hashes.is_sorted_by(|a, b| a < b) { Ok(hashes) } else { Err(Refusal::MessageHeads) }
}

fn hashes(reader: &mut Reader<'_>, max: u64, too_many: Refusal) -> Result<Vec<ChangeHash>, Refusal> {
    let count = reader.unsigned()?;
    if count > max {
        return Err(too_many);
    }
    (0..count).map(|_| hash(reader)).collect()
}

/// One change hash.
pub(super) fn hash(reader: &mut Reader<'_>) -> Result<ChangeHash, Refusal> {
    let bytes = reader.take(32)?;
    Ok(ChangeHash(bytes.try_into().expect("32 bytes were taken")))
}

const MESSAGE_TYPE_V1: u8 = 0x42;
const MESSAGE_TYPE_V2: u8 = 0x43;
const BLOOM_BITS: u64 = 10;
const BLOOM_PROBES: u64 = 7;
const FLAG_BYTES_MAX: usize = 16;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use automerge::sync::{State, SyncDoc};
    use automerge::{AutoCommit, ROOT, transaction::Transactable};

    fn honest() -> (Vec<u8>, ChangeHash) {
        let mut doc = AutoCommit::new();
        doc.put(ROOT, "key", 1).unwrap();
        let head = doc.get_heads()[0];
        let mut state = State::new();
        let mut sent = doc.document().generate_sync_message(&mut state).unwrap();
        sent.changes = vec![vec![1, 2, 3], vec![]].into();
        (sent.encode(), head)
    }

    #[test]
    fn a_message_of_automerge_reads_as_it_was_written() {
        let (bytes, head) = honest();
        let read = message(&Bytes::from(bytes)).unwrap();
        assert_eq!(read.heads, vec![head]);
        assert!(read.need.is_empty());
        assert!(read.have.unwrap().bloom_contains(&head));
        assert_eq!(read.changes, vec![Bytes::from_static(&[1, 2, 3]), Bytes::new()]);
        assert_eq!(read.flags, Some(Flags::default()));
    }

    #[test]
    fn a_message_of_version_2_may_acknowledge_but_brings_nothing() {
        let (mut bytes, head) = honest();
        bytes[0] = MESSAGE_TYPE_V2;
        assert_eq!(message(&Bytes::from(bytes)).unwrap_err(), Refusal::MessageType);
        let mut bytes = vec![MESSAGE_TYPE_V2, 1];
        bytes.extend(head.as_ref() as &[u8]);
        bytes.extend([0, 0, 0]);
        let read = message(&Bytes::from(bytes)).unwrap();
        assert_eq!((read.heads, read.changes), (vec![head], vec![]));
    }

    #[test]
    fn every_prefix_and_every_longer_form_of_a_message_is_refused() {
        let (bytes, _) = honest();
        let without_flags = bytes.len() - 3;
        for end in (0..bytes.len()).filter(|end| *end != without_flags) {
            assert!(message(&Bytes::copy_from_slice(&bytes[..end])).is_err(), "{end} of {}", bytes.len());
        }
        let mut longer = bytes;
        longer.push(0);
        assert_eq!(message(&Bytes::from(longer)).unwrap_err(), Refusal::TrailingBytes);
    }

    #[test]
    fn a_bloom_filter_has_automerges_parameters_or_is_refused() {
        let with = |bloom: &[u8]| {
            let mut bytes = vec![0x42, 0, 0, 1, 0, bloom.len() as u8];
            bytes.extend(bloom);
            bytes.push(0);
            message(&Bytes::from(bytes)).map(|_| ())
        };
        assert_eq!(with(&[]), Ok(()));
        assert_eq!(with(&[1, 10, 7, 0, 0]), Ok(()));
        for bad in [&[1, 0, 7][..], &[0, 10, 7], &[1, 10, 8, 0, 0], &[1, 10, 7, 0], &[1, 10, 7, 0, 0, 0], &[1, 8, 7, 0]]
        {
            assert_eq!(with(bad), Err(Refusal::MessageBloom), "{bad:?}");
        }
    }
}

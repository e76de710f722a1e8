//! The static stage: one change chunk on its own, before any document is asked.

use super::{Refusal, columns::Columns, message::hash, reader::Reader};
use automerge::{ActorId, Change, ChangeHash, ExpandedChange, legacy::Op};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::{
    io::Read,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Largest change on the wire, in bytes.
pub const CHANGE_WIRE_BYTES_MAX: usize = 256 * 1024;
/// Largest change once inflated, in bytes.
pub const CHANGE_BYTES_MAX: usize = 1024 * 1024;
/// Most operations of one change. The worst then costs automerge 8 MB and 30 ms.
pub const OPS_MAX: u64 = 20_000;
/// Most predecessors of one change, over all its operations.
pub const PREDS_MAX: u64 = 50_000;
/// Most dependencies of one change.
pub const DEPS_MAX: u64 = 64;
/// Largest operation counter, and largest sequence number. automerge holds 32 bits, and panics beyond.
pub const OP_COUNTER_MAX: u64 = 1 << 31;
/// Length of an actor's id, in bytes.
pub const ACTOR_BYTES: usize = 16;
/// Longest commit message, in bytes.
pub const COMMIT_MESSAGE_BYTES_MAX: u64 = 200;

/// A change that is well formed and written exactly as automerge writes it. Whether it fits a document is not said.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Its hash.
    pub hash: ChangeHash,
    /// Hashes of the changes it depends on, sorted.
    pub deps: Vec<ChangeHash>,
    /// Who made it, as it claims.
    pub actor: ActorId,
    /// The actor's sequence number, from 1.
    pub seq: u64,
    /// Counter of its first operation.
    pub start_op: u64,
    /// Its operations, decoded; at least one.
    pub ops: Vec<Op>,
    /// The change as automerge reads it.
    pub change: Change,
    /// The chunk, uncompressed and canonical.
    pub raw: Bytes,
    /// The device's clock, in seconds since 1970; a claim, not a fact.
    pub claimed_at_s: i64,
}

/// Checks one chunk on its own.
///
/// # Errors
/// The first rule that it breaks.
pub fn chunk(wire: &Bytes) -> Result<Candidate, Refusal> {
    let chunk = Chunk::read(wire)?;
    let head = Head::read(chunk.body())?;
    if head.extra_bytes {
        return Err(Refusal::ExtraBytes);
    }
    let ops = head.columns.check(1 + head.other_actors)?;
    if head.start_op + ops - 1 > OP_COUNTER_MAX {
        return Err(Refusal::Counter);
    }
    let (change, expanded) = decode(&chunk.raw)?;
    Ok(Candidate {
        hash: chunk.hash,
        deps: expanded.deps,
        actor: expanded.actor_id,
        seq: expanded.seq,
        start_op: head.start_op,
        ops: expanded.operations,
        change,
        raw: chunk.raw,
        claimed_at_s: expanded.time,
    })
}

/// The hash that a chunk would have, for naming it: of the change if it can be inflated, of all the bytes if not.
#[must_use]
pub fn name(wire: &Bytes) -> ChangeHash {
    Chunk::open(wire).map_or_else(|_| ChangeHash(Sha256::digest(wire).into()), |chunk| chunk.hash)
}

/// A chunk of one change, inflated.
pub(super) struct Chunk {
    raw: Bytes,
    body_at: usize,
    /// What its bytes hash to, whatever its checksum says.
    hash: ChangeHash,
}

impl Chunk {
    fn read(wire: &Bytes) -> Result<Self, Refusal> {
        let chunk = Self::open(wire)?;
        if chunk.raw[4..8] == chunk.hash.0[..4] { Ok(chunk) } else { Err(Refusal::Checksum) }
    }

    pub(super) fn body(&self) -> &[u8] {
        &self.raw[self.body_at..]
    }

    /// Reads a chunk, whatever its checksum says.
    pub(super) fn open(wire: &Bytes) -> Result<Self, Refusal> {
        if wire.len() > CHANGE_WIRE_BYTES_MAX {
            return Err(Refusal::WireBytes);
        }
        let mut reader = Reader::new(wire);
        if reader.take(4)? != MAGIC {
            return Err(Refusal::Magic);
        }
        let checksum = reader.take(4)?;
        let kind = reader.byte()?;
        if kind != CHANGE && kind != DEFLATED_CHANGE {
            return Err(Refusal::ChunkType);
        }
        let body = reader.prefixed()?;
        if !reader.is_empty() {
            return Err(Refusal::TrailingBytes);
        }
        if kind == CHANGE {
            return Ok(Self { raw: wire.clone(), body_at: wire.len() - body.len(), hash: change_hash(body) });
        }
        let body = inflate(body)?;
        let hash = change_hash(&body);
        let mut raw = Vec::with_capacity(HEADER_BYTES_MAX + body.len());
        raw.extend_from_slice(&MAGIC);
        raw.extend_from_slice(checksum);
        raw.push(CHANGE);
        write_unsigned(&mut raw, body.len() as u64);
        let body_at = raw.len();
        raw.extend_from_slice(&body);
        Ok(Self { raw: raw.into(), body_at, hash })
    }
}

/// Inflates at most `CHANGE_BYTES_MAX`; every byte of the input must belong to it.
fn inflate(body: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut decoder = flate2::bufread::DeflateDecoder::new(body).take(CHANGE_BYTES_MAX as u64 + 1);
    let mut inflated = Vec::new();
    decoder.read_to_end(&mut inflated).map_err(|_| Refusal::Inflate)?;
    if inflated.len() > CHANGE_BYTES_MAX {
        return Err(Refusal::InflatedBytes);
    }
    if decoder.into_inner().total_in() != body.len() as u64 {
        return Err(Refusal::TrailingBytes);
    }
    Ok(inflated)
}

fn change_hash(body: &[u8]) -> ChangeHash {
    let mut head = Vec::with_capacity(HEADER_BYTES_MAX);
    head.push(CHANGE);
    write_unsigned(&mut head, body.len() as u64);
    let mut hasher = Sha256::new();
    hasher.update(&head);
    hasher.update(body);
    ChangeHash(hasher.finalize().into())
}

fn write_unsigned(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// What stands before the operations.
pub(super) struct Head<'a> {
    start_op: u64,
    other_actors: u64,
    pub(super) columns: Columns<'a>,
    /// Whether bytes follow the columns.
    extra_bytes: bool,
}

impl<'a> Head<'a> {
    pub(super) fn read(body: &'a [u8]) -> Result<Self, Refusal> {
        let mut reader = Reader::new(body);
        check_deps(&mut reader)?;
        let own = actor(&mut reader)?;
        let (seq, start_op) = (reader.unsigned()?, reader.unsigned()?);
        if !(1..=OP_COUNTER_MAX).contains(&seq) || !(1..=OP_COUNTER_MAX).contains(&start_op) {
            return Err(Refusal::Counter);
        }
        if !CLAIMED_S.contains(&reader.signed()?) {
            return Err(Refusal::Time);
        }
        let message_bytes = reader.unsigned()?;
        if message_bytes > COMMIT_MESSAGE_BYTES_MAX {
            return Err(Refusal::CommitMessage);
        }
        std::str::from_utf8(reader.take(message_bytes)?).map_err(|_| Refusal::Utf8)?;
        let other_actors = check_other_actors(&mut reader, own)?;
        let columns = Columns::read(&mut reader)?;
        Ok(Self { start_op, other_actors, columns, extra_bytes: !reader.is_empty() })
    }
}

fn check_deps(reader: &mut Reader<'_>) -> Result<(), Refusal> {
    let count = reader.unsigned()?;
    if count > DEPS_MAX {
        return Err(Refusal::Deps);
    }
    let mut previous = None;
    for _ in 0..count {
        let dep = hash(reader)?;
        if previous.is_some_and(|previous| previous >= dep) {
            return Err(Refusal::Deps);
        }
        previous = Some(dep);
    }
    Ok(())
}

fn check_other_actors(reader: &mut Reader<'_>, own: &[u8]) -> Result<u64, Refusal> {
    let count = reader.unsigned()?;
    let mut previous: &[u8] = &[];
    for _ in 0..count {
        let actor = actor(reader)?;
        if actor <= previous || actor == own {
            return Err(Refusal::Actors);
        }
        previous = actor;
    }
    Ok(count)
}

fn actor<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Refusal> {
    let actor = reader.prefixed()?;
    if actor.len() == ACTOR_BYTES { Ok(actor) } else { Err(Refusal::Actors) }
}

/// Lets automerge read it, and asks whether automerge would have written the same bytes.
fn decode(raw: &[u8]) -> Result<(Change, ExpandedChange), Refusal> {
    let read = || -> Result<(Change, ExpandedChange), Refusal> {
        let change = Change::try_from(raw).map_err(|_| Refusal::Unreadable)?;
        let expanded = change.decode();
        if Change::from(expanded.clone()).raw_bytes() != raw {
            return Err(Refusal::NotCanonical);
        }
        Ok((change, expanded))
    };
    catch_unwind(AssertUnwindSafe(read)).unwrap_or(Err(Refusal::Panicked))
}

/// The years 1 to 9999, in seconds since 1970.
const CLAIMED_S: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHANGE: u8 = 1;
const DEFLATED_CHANGE: u8 = 2;
const HEADER_BYTES_MAX: usize = 4 + 4 + 1 + 10;

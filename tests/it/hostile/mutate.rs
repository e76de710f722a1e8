//! Makes hostile changes of honest ones, with a valid checksum.

use super::world::Random;
use automerge::{
    ActorId, Automerge, Change, ChangeHash, ExpandedChange, ObjType, ScalarValue,
    legacy::{ElementId, Key, MarkData, ObjectId, Op, OpId, OpType},
};
use bytes::Bytes;
use coplan_core::sync::guard;
use std::{
    num::NonZeroU64,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// What a mutation may reach for: everything that the document has.
pub(super) struct Pool {
    actors: Vec<ActorId>,
    /// With the largest counter of each.
    changes: Vec<(ChangeHash, u64)>,
    objects: Vec<ObjectId>,
    keys: Vec<Key>,
    max_op: u64,
}

impl Pool {
    pub(super) fn of(document: &Automerge) -> Self {
        let mut pool = Self { actors: vec![], changes: vec![], objects: vec![ObjectId::Root], keys: vec![], max_op: 1 };
        for change in document.get_changes(&[]) {
            let expanded = change.decode();
            pool.max_op = pool.max_op.max(change.max_op());
            pool.changes.push((change.hash(), change.max_op()));
            if !pool.actors.contains(&expanded.actor_id) {
                pool.actors.push(expanded.actor_id.clone());
            }
            for (counter, op) in (change.start_op().get()..).zip(expanded.operations) {
                if op.obj_type().is_some() {
                    pool.objects.push(ObjectId::Id(OpId(counter, expanded.actor_id.clone())));
                }
                pool.keys.push(op.key);
            }
        }
        pool
    }

    fn op(&self, random: &mut Random) -> OpId {
        OpId(1 + random.below(self.max_op as usize + 3) as u64, random.pick(&self.actors).clone())
    }
}

/// One mutant of `honest`; `None` where automerge cannot write it.
pub(super) fn mutate(honest: &Change, pool: &Pool, random: &mut Random) -> Option<Bytes> {
    if random.percent(40) {
        return Some(bytes(honest.raw_bytes(), random));
    }
    let mut change = honest.decode();
    for _ in 0..1 + random.below(3) {
        match random.below(10) {
            0 if random.percent(50) => head(&mut change, pool, random),
            0 => branch(&mut change, pool, random),
            1 => new_actor(&mut change, random.actor(), 1),
            2 => shift(&mut change, random),
            3 => operations(&mut change, random),
            _ => operation(&mut change, pool, random),
        }
    }
    let written = catch_unwind(AssertUnwindSafe(|| Change::from(change).raw_bytes().to_vec())).ok()?;
    if random.percent(10) { Some(bytes(&written, random)) } else { Some(written.into()) }
}

/// Changes bytes of the body, then puts a true header before it.
fn bytes(chunk: &[u8], random: &mut Random) -> Bytes {
    let header = 9 + chunk[9..].iter().take_while(|b| **b & 0x80 != 0).count() + 1;
    let mut body = chunk[header..].to_vec();
    for _ in 0..1 + random.below(4) {
        if body.is_empty() {
            break;
        }
        let at = random.below(body.len());
        match random.below(6) {
            0 => body[at] ^= 1 << random.below(8),
            1 => body[at] = *random.pick(&[0, 1, 2, 0x7e, 0x7f, 0x80, 0xff, 0x40]),
            2 => body[at] = body[at].wrapping_add(1),
            3 => body[at] = body[at].wrapping_sub(1),
            4 => body.insert(at, random.number() as u8),
            _ => drop(body.remove(at)),
        }
    }
    seal(&body)
}

/// A chunk with this body and the checksum it ought to have.
pub(super) fn seal(body: &[u8]) -> Bytes {
    let mut chunk = vec![0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 1];
    let mut length = body.len();
    while length > 0x7f {
        chunk.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    chunk.push(length as u8);
    chunk.extend_from_slice(body);
    let name = guard::name(&Bytes::copy_from_slice(&chunk));
    chunk[4..8].copy_from_slice(&name.0[..4]);
    chunk.into()
}

fn head(change: &mut ExpandedChange, pool: &Pool, random: &mut Random) {
    match random.below(8) {
        0 => change.seq = *random.pick(&[0, 1, change.seq.wrapping_add(1), change.seq.saturating_sub(1), u64::MAX]),
        1 => change.start_op = NonZeroU64::new(1 + random.below(pool.max_op as usize + 9) as u64).unwrap(),
        2 => drop(change.deps.pop()),
        3 => change.deps.push(random.pick(&pool.changes).0),
        4 => change.deps = vec![random.pick(&pool.changes).0],
        5 => change.time = *random.pick(&[i64::MIN, i64::MAX, 0, -1]),
        6 => change.message = Some("m".repeat(random.below(300))),
        _ => change.extra_bytes = vec![1, 3, b'd', b'o', b'c'],
    }
}

/// The same change as another actor's, with what it says of itself put right.
pub(super) fn new_actor(change: &mut ExpandedChange, actor: ActorId, seq: u64) {
    let old = std::mem::replace(&mut change.actor_id, actor.clone());
    let first = change.start_op.get();
    change.seq = seq;
    own_ids(change, |id| {
        if id.1 == old && id.0 >= first {
            id.1 = actor.clone();
        }
    });
}

/// The same change with other counters, with what it says of itself put right.
fn shift(change: &mut ExpandedChange, random: &mut Random) {
    let to = match random.below(4) {
        0 => 1,
        1 => change.start_op.get().saturating_add(1) + random.below(20) as u64,
        2 => change.start_op.get().saturating_sub(1 + random.below(9) as u64).max(1),
        _ => *random.pick(&[1 << 31, u64::from(u32::MAX) - 8, (1 << 31) - 40]),
    };
    renumber(change, to);
}

/// The same change after another one, numbered as that asks for.
fn branch(change: &mut ExpandedChange, pool: &Pool, random: &mut Random) {
    let (dep, max_op) = *random.pick(&pool.changes);
    if random.percent(50) {
        change.deps = vec![dep];
        renumber(change, max_op + 1);
    } else {
        change.deps.push(dep);
        change.deps.sort();
        renumber(change, change.start_op.get().max(max_op + 1));
    }
}

pub(super) fn renumber(change: &mut ExpandedChange, to: u64) {
    let (own, first) = (change.actor_id.clone(), change.start_op.get());
    own_ids(change, |id| {
        if id.1 == own && id.0 >= first {
            id.0 = (id.0 - first).wrapping_add(to);
        }
    });
    change.start_op = NonZeroU64::new(to).unwrap();
}

fn own_ids(change: &mut ExpandedChange, mut edit: impl FnMut(&mut OpId)) {
    for op in &mut change.operations {
        if let ObjectId::Id(id) = &mut op.obj {
            edit(id);
        }
        if let Key::Seq(ElementId::Id(id)) = &mut op.key {
            edit(id);
        }
        let mut preds: Vec<_> = op.pred.iter().cloned().collect();
        preds.iter_mut().for_each(&mut edit);
        op.pred = preds.into_iter().collect();
    }
}

fn operations(change: &mut ExpandedChange, random: &mut Random) {
    let ops = &mut change.operations;
    if ops.is_empty() {
        return;
    }
    let (a, b) = (random.below(ops.len()), random.below(ops.len()));
    match random.below(4) {
        0 => drop(ops.remove(a)),
        1 => ops.swap(a, b),
        2 => ops.insert(b, ops[a].clone()),
        _ => ops.truncate(a),
    }
}

fn operation(change: &mut ExpandedChange, pool: &Pool, random: &mut Random) {
    let others = change.operations.clone();
    if others.is_empty() {
        return;
    }
    let own = OpId(change.start_op.get() + random.below(others.len() + 1) as u64, change.actor_id.clone());
    let at = random.below(others.len());
    let op = &mut change.operations[at];
    let other = random.pick(&others);
    let id = if random.percent(40) { own } else { pool.op(random) };
    match random.below(9) {
        0 => op.obj = random.pick(&pool.objects).clone(),
        1 => op.obj = if random.percent(50) { ObjectId::Id(id) } else { other.obj.clone() },
        2 => op.key = if random.percent(50) { random.pick(&pool.keys).clone() } else { other.key.clone() },
        3 => op.key = Key::Seq(if random.percent(30) { ElementId::Head } else { ElementId::Id(id) }),
        4 => op.pred = Vec::new().into(),
        5 => op.pred = op.pred.iter().cloned().chain([id]).collect(),
        6 => op.insert = !op.insert,
        7 => op.action = action(random),
        _ => value(op, random),
    }
}

fn action(random: &mut Random) -> OpType {
    match random.below(9) {
        0 => OpType::Make(ObjType::Map),
        1 => OpType::Make(ObjType::Text),
        2 => OpType::Make(ObjType::List),
        3 => OpType::Delete,
        4 => OpType::Increment(7),
        5 => OpType::MarkBegin(MarkData { name: "bold".into(), value: true.into(), expand: true }),
        6 => OpType::MarkEnd(true),
        7 => OpType::Make(ObjType::Table),
        _ => OpType::Put(scalar(random)),
    }
}

fn value(op: &mut Op, random: &mut Random) {
    if let OpType::Put(value) = &mut op.action {
        *value = scalar(random);
    }
}

fn scalar(random: &mut Random) -> ScalarValue {
    match random.below(11) {
        0 => ScalarValue::Null,
        1 => true.into(),
        2 => 5_i64.into(),
        3 => ScalarValue::Uint(5),
        4 => f64::NAN.into(),
        5 => 2.5.into(),
        6 => ScalarValue::counter(3),
        7 => ScalarValue::Timestamp(i64::MAX),
        8 => ScalarValue::Bytes(vec![1, 2]),
        9 => "x".into(),
        _ => "home".into(),
    }
}

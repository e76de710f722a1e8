//! From a document's changes to the trace of its writes.

use super::{Made, Op, Trace, TracedChange, Write, WriteKind, kept, past::Past};
use crate::{
    content::{FieldContent, FieldValue, read_single},
    section::{Field, Kind, Section},
};
use automerge::{
    ActorId, Automerge, Change, ChangeHash, ObjType, ScalarValue,
    legacy::{Key, ObjectId, Op as Written, OpId, OpType},
};
use std::collections::{BTreeMap, HashMap};

pub(super) fn build(document: &Automerge, heads: Option<&[ChangeHash]>, section: &Section) -> Trace {
    let changes = in_order(document, heads);
    let mut actors: Vec<&ActorId> = changes.iter().map(Change::actor_id).collect();
    actors.sort_unstable();
    actors.dedup();
    let mut builder = Builder {
        section,
        actors: actors.into_iter().zip(0..).collect(),
        seqs: HashMap::new(),
        places: HashMap::from([(None, Place::Root)]),
        past: Past::default(),
        items: Vec::new(),
        names: HashMap::new(),
        paths: Vec::new(),
    };
    for change in &changes {
        builder.change(change);
    }
    builder.paths.iter_mut().for_each(|writes| kept::find(&builder.past, writes));
    let traced = |change: &Change| TracedChange {
        hash: change.hash(),
        actor: change.actor_id().clone(),
        claimed_at_s: change.timestamp(),
    };
    let paths: BTreeMap<String, Vec<Write>> =
        builder.names.into_iter().map(|(name, at)| (name, std::mem::take(&mut builder.paths[at as usize]))).collect();
    Trace { changes: changes.iter().map(traced).collect(), past: builder.past, paths }
}

/// The changes that `heads` cover, in Lamport order.
fn in_order(document: &Automerge, heads: Option<&[ChangeHash]>) -> Vec<Change> {
    let mut changes = document.get_changes(&[]);
    if let Some(heads) = heads {
        let mut wanted: std::collections::HashSet<ChangeHash> = heads.iter().copied().collect();
        // Whatever a change depends on stands before it.
        for change in changes.iter().rev() {
            if wanted.contains(&change.hash()) {
                wanted.extend(change.deps());
            }
        }
        changes.retain(|change| wanted.contains(&change.hash()));
    }
    changes.sort_by(|a, b| (a.start_op(), a.actor_id()).cmp(&(b.start_op(), b.actor_id())));
    changes
}

/// Where an object stands in the section.
#[derive(Debug, Clone, Copy)]
enum Place<'s> {
    Root,
    Fields,
    Settled,
    Settlement,
    List(&'s Field),
    Item { list: &'s Field, made: u32 },
    Text { path: u32, item: Option<u32> },
    Group(&'s Field),
    Elsewhere,
}

struct Builder<'s, 'c> {
    section: &'s Section,
    actors: HashMap<&'c ActorId, u32>,
    seqs: HashMap<u32, u32>,
    /// By the operation that made the object; the root by none.
    places: HashMap<Option<Op>, Place<'s>>,
    past: Past,
    items: Vec<Made>,
    names: HashMap<String, u32>,
    paths: Vec<Vec<Write>>,
}

/// One change being read.
struct Reading<'s> {
    hash: ChangeHash,
    position: usize,
    groups: Vec<Group<'s>>,
    settlements: Vec<Settlement>,
}

/// A group that a change makes: at which path, and its parts so far.
struct Group<'s> {
    made: Op,
    path: u32,
    field: &'s Field,
    parts: Vec<FieldContent>,
}

/// A settlement that a change makes.
struct Settlement {
    made: Op,
    path: String,
    reason: String,
}

impl<'s, 'c> Builder<'s, 'c> {
    fn change(&mut self, change: &'c Change) {
        let actor = self.actors.get(change.actor_id()).copied().unwrap_or_default();
        let seq = self.seqs.entry(actor).and_modify(|seq| *seq += 1).or_insert(1);
        let mut reading =
            Reading { hash: change.hash(), position: self.past.len(), groups: Vec::new(), settlements: Vec::new() };
        self.past.append(change.hash(), actor, *seq, change.deps());
        let mut last: Option<(ObjectId, Option<Op>, Place<'s>)> = None;
        for (counter, written) in (change.start_op().get()..).zip(change.decode().operations) {
            let (object, place) = match &last {
                Some((id, object, place)) if *id == written.obj => (*object, *place),
                _ => {
                    let object = self.object(&written.obj);
                    let place = object.and_then(|object| self.places.get(&object).copied());
                    (object.flatten(), place.unwrap_or(Place::Elsewhere))
                }
            };
            self.operation(&mut reading, object, place, Op(counter, actor), &written);
            last = Some((written.obj, object, place));
        }
        self.finish(reading);
    }

    fn operation(
        &mut self,
        reading: &mut Reading<'s>,
        object: Option<Op>,
        place: Place<'s>,
        op: Op,
        written: &Written,
    ) {
        if let Place::Text { path, item } = place {
            return self.typed(reading, path, item, op, written);
        }
        let Key::Map(key) = &written.key else { return };
        match place {
            Place::Root => {
                let place = if key == "fields" { Place::Fields } else { Place::Elsewhere };
                let place = if key == "settled" { Place::Settled } else { place };
                self.makes(written, op, place);
            }
            Place::Fields => {
                let Some(field) = self.section.field(key) else { return };
                self.field(reading, field, key, None, op, written);
            }
            Place::List(list) => {
                let path = format!("{}.{key}", list.id);
                if written.action == OpType::Make(ObjType::Map) {
                    let made = self.items.len() as u32;
                    self.items.push(Made { path: path.clone(), op });
                    self.makes(written, op, Place::Item { list, made });
                    self.write(reading, path, WriteKind::Add, Some(made), op, written);
                }
            }
            Place::Item { list, made } => self.in_item(reading, list, made, key, op, written),
            Place::Group(group) => {
                let made = reading.groups.iter_mut().find(|made| Some(made.made) == object);
                if let (Some(made), Some(part), OpType::Put(value)) = (made, group.part(key), &written.action)
                    && let Some(single) = read_single(part, value)
                {
                    made.parts.retain(|known| known.field != part.id);
                    let value = FieldValue::Single(single);
                    made.parts.push(FieldContent { field: part.id.clone(), value, others: Vec::new() });
                }
            }
            Place::Settled => {
                if self.makes(written, op, Place::Settlement) {
                    reading.settlements.push(Settlement { made: op, path: String::new(), reason: String::new() });
                }
            }
            Place::Settlement => {
                let made = reading.settlements.iter_mut().find(|made| Some(made.made) == object);
                if let (Some(made), OpType::Put(ScalarValue::Str(text))) = (made, &written.action) {
                    match key.as_str() {
                        "path" => made.path = text.to_string(),
                        "reason" => made.reason = text.to_string(),
                        _ => {}
                    }
                }
            }
            Place::Text { .. } | Place::Elsewhere => {}
        }
    }

    fn in_item(&mut self, reading: &mut Reading<'s>, list: &'s Field, made: u32, key: &str, op: Op, written: &Written) {
        let path = self.items[made as usize].path.clone();
        let kind = match (key, &written.action) {
            ("removed", OpType::Put(reason)) => {
                let reason = if let ScalarValue::Str(reason) = reason { reason.to_string() } else { String::new() };
                WriteKind::Remove { reason }
            }
            ("removed", OpType::Delete) => WriteKind::Restore,
            ("order", OpType::Put(ScalarValue::Int(order))) => WriteKind::Move { order: *order as f64 },
            ("order", OpType::Put(ScalarValue::F64(order))) => WriteKind::Move { order: *order },
            ("endorsed", OpType::Make(_)) => WriteKind::Endorse,
            ("withdrawn", OpType::Make(_)) => WriteKind::Withdraw,
            _ => {
                let Some(field) = list.item(key) else { return };
                return self.field(reading, field, &format!("{path}.{key}"), Some(made), op, written);
            }
        };
        // Where an item was put by the change that made it is no move.
        let first = matches!(kind, WriteKind::Move { .. }) && self.made_by(reading, made);
        if !first {
            self.write(reading, path, kind, Some(made), op, written);
        }
    }

    fn made_by(&self, reading: &Reading<'_>, made: u32) -> bool {
        let item = &self.items[made as usize];
        let writes = self.names.get(&item.path).map_or(&[][..], |at| &self.paths[*at as usize]);
        writes.iter().rev().any(|write| write.position == reading.position && write.op == item.op)
    }

    fn field(
        &mut self,
        reading: &mut Reading<'s>,
        field: &'s Field,
        path: &str,
        item: Option<u32>,
        op: Op,
        written: &Written,
    ) {
        match (field.kind, &written.action) {
            (Kind::List, OpType::Make(ObjType::Map)) if item.is_none() => {
                self.makes(written, op, Place::List(field));
            }
            (Kind::Text, OpType::Make(ObjType::Text)) => {
                let path = self.path(path.to_owned());
                self.places.insert(Some(op), Place::Text { path, item });
            }
            (Kind::Group, OpType::Make(ObjType::Map)) => {
                self.makes(written, op, Place::Group(field));
                let path = self.write(reading, path.to_owned(), WriteKind::Set, item, op, written);
                reading.groups.push(Group { made: op, path, field, parts: Vec::new() });
            }
            (kind, OpType::Put(value)) if kind.is_scalar() => {
                let path = self.write(reading, path.to_owned(), WriteKind::Set, item, op, written);
                if let Some(write) = self.paths[path as usize].last_mut() {
                    write.value = read_single(field, value).map(FieldValue::Single);
                }
            }
            (kind, OpType::Delete) if kind.is_scalar() || kind == Kind::Group => {
                self.write(reading, path.to_owned(), WriteKind::Clear, item, op, written);
            }
            _ => {}
        }
    }

    fn typed(&mut self, reading: &Reading<'s>, path: u32, item: Option<u32>, op: Op, written: &Written) {
        let (inserts, deletes) = if written.insert { (1, 0) } else { (0, 1) };
        if let Some(write) = self.paths[path as usize].last_mut()
            && write.position == reading.position
            && write.item == item
            && let WriteKind::Text { inserted, deleted } = &mut write.kind
        {
            (*inserted, *deleted) = (*inserted + inserts, *deleted + deletes);
            return;
        }
        let kind = WriteKind::Text { inserted: inserts, deleted: deletes };
        self.push(reading, path, kind, item, op, Vec::new());
    }

    /// Notes a write, in place of what the same change wrote there before.
    fn write(
        &mut self,
        reading: &Reading<'s>,
        path: String,
        kind: WriteKind,
        item: Option<u32>,
        op: Op,
        written: &Written,
    ) -> u32 {
        let path = self.path(path);
        let mut replaces: Vec<Op> = written.pred.iter().filter_map(|pred| self.op(pred)).collect();
        let writes = &mut self.paths[path as usize];
        let own = writes.iter().rposition(|write| {
            write.position == reading.position && write.item == item && write.kind.register() == kind.register()
        });
        // Writes of one change stand together at the end, so this takes little.
        if let Some(before) = own {
            replaces.extend(writes.remove(before).replaces);
        }
        self.push(reading, path, kind, item, op, replaces);
        path
    }

    fn push(
        &mut self,
        reading: &Reading<'s>,
        path: u32,
        kind: WriteKind,
        item: Option<u32>,
        op: Op,
        replaces: Vec<Op>,
    ) {
        let (change, position) = (reading.hash, reading.position);
        let write = Write { change, position, kind, value: None, settles: None, op, replaces, kept: None, item };
        self.paths[path as usize].push(write);
    }

    fn finish(&mut self, mut reading: Reading<'s>) {
        for Group { made, path, field, mut parts } in std::mem::take(&mut reading.groups) {
            parts.sort_by_key(|part| field.parts.iter().position(|known| known.id == part.field));
            let write = self.paths[path as usize].iter_mut().rev().find(|write| write.op == made);
            if let Some(write) = write.filter(|_| !parts.is_empty()) {
                write.value = Some(FieldValue::Group(parts));
            }
        }
        for settlement in std::mem::take(&mut reading.settlements) {
            let path = self.path(settlement.path.clone());
            let written = |write: &Write| write.position == reading.position;
            if !self.paths[path as usize].last().is_some_and(written) {
                self.push(&reading, path, WriteKind::Settle, None, settlement.made, Vec::new());
            }
            let own = self.paths[path as usize].iter_mut().rev().take_while(|write| written(write));
            own.for_each(|write| write.settles = Some(settlement.reason.clone()));
        }
    }

    /// Notes the object that an operation makes, if it makes a map.
    fn makes(&mut self, written: &Written, op: Op, place: Place<'s>) -> bool {
        let map = written.action == OpType::Make(ObjType::Map);
        if map {
            self.places.insert(Some(op), place);
        }
        map
    }

    fn path(&mut self, name: String) -> u32 {
        let next = self.paths.len() as u32;
        let at = *self.names.entry(name).or_insert(next);
        if at == next {
            self.paths.push(Vec::new());
        }
        at
    }

    #[expect(clippy::option_option, reason = "the root has no name, and an unknown object is none")]
    fn object(&self, id: &ObjectId) -> Option<Option<Op>> {
        match id {
            ObjectId::Root => Some(None),
            ObjectId::Id(id) => self.op(id).map(Some),
        }
    }

    fn op(&self, id: &OpId) -> Option<Op> {
        Some(Op(id.counter(), *self.actors.get(id.actor())?))
    }
}

impl WriteKind {
    /// Writes of one register replace each other.
    pub(super) fn register(&self) -> u8 {
        match self {
            Self::Set | Self::Clear => 0,
            Self::Text { .. } => 1,
            Self::Add => 2,
            Self::Remove { .. } | Self::Restore => 3,
            Self::Move { .. } => 4,
            Self::Endorse => 5,
            Self::Withdraw => 6,
            Self::Settle => 7,
        }
    }
}

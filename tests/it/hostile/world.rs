//! A server's copy of one document behind the guard, and the replicas of honest people who write in it.

use automerge::{
    ActorId, Automerge, Change, ObjId, ObjType, ROOT, ReadDoc, Value as Held,
    transaction::{CommitOptions, Transactable},
};
use bytes::Bytes;
use coplan_core::{
    content::{
        self, edit,
        edit::{Choice, Edit},
    },
    id::{SectionId, UserId},
    section::{Field, Kind, Section, Sections},
    sync::{
        guard::{self, Candidate, Refusal, TrialFailure},
        index::Index,
    },
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

/// Chance that can be had again from its seed (SplitMix64).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        (self.number() % end.max(1) as u64) as usize
    }

    pub(super) fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    pub(super) fn actor(&mut self) -> ActorId {
        let (a, b) = (self.number().to_be_bytes(), self.number().to_be_bytes());
        ActorId::from([a, b].concat())
    }
}

pub(super) fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// A section with every shape that a section may have.
pub(super) fn every_shape() -> Arc<Section> {
    let text = std::fs::read_to_string(fixtures().join("honest-js/every-shape.toml")).unwrap();
    let sections = Sections::load([("every-shape.toml".to_owned(), text)]).unwrap();
    section(&sections, "every-shape")
}

pub(super) fn section(sections: &Sections, id: &str) -> Arc<Section> {
    sections.section(&id.parse::<SectionId>().unwrap()).unwrap().clone()
}

pub(super) fn user(name: &str) -> UserId {
    name.parse().unwrap()
}

/// Why a change was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum No {
    Refused(Refusal),
    Trial(TrialFailure),
}

impl No {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Trial(TrialFailure::Panicked) => "TRIAL-PANICKED",
            Self::Trial(TrialFailure::Refused) => "TRIAL-REFUSED",
            Self::Trial(TrialFailure::Lost) => "TRIAL-LOST",
        }
    }
}

pub(super) struct Server {
    pub(super) section: Arc<Section>,
    pub(super) document: Automerge,
    pub(super) index: Index,
    pub(super) actors: BTreeMap<ActorId, UserId>,
}

/// What a server held before a change.
pub(super) struct Before {
    document: Automerge,
    actors: BTreeMap<ActorId, UserId>,
}

impl Server {
    pub(super) fn new(section: Arc<Section>) -> Self {
        let genesis = content::genesis(&section);
        Self::of(section, [genesis])
    }

    pub(super) fn of(section: Arc<Section>, changes: impl IntoIterator<Item = Change>) -> Self {
        let mut document = content::empty_document();
        document.apply_changes(changes.into_iter().collect::<Vec<_>>()).unwrap();
        let index = Index::build(&document, &section, &[]).unwrap();
        Self { section, document, index, actors: BTreeMap::new() }
    }

    /// One change through all stages, as the hub does it.
    pub(super) fn offer(&mut self, wire: &Bytes, sender: &UserId) -> Result<Candidate, No> {
        self.offer_and_keep(wire, sender).map(|(candidate, _)| candidate)
    }

    /// The same; gives back what the document was before.
    pub(super) fn offer_and_keep(&mut self, wire: &Bytes, sender: &UserId) -> Result<(Candidate, Before), No> {
        let candidate = guard::chunk(wire).map_err(No::Refused)?;
        self.index.admit(&candidate, &self.section, sender).map_err(No::Refused)?;
        let before = match guard::trial(&self.document, vec![candidate.change.clone()]) {
            Ok(document) => {
                Before { document: std::mem::replace(&mut self.document, document), actors: self.actors.clone() }
            }
            Err(failure) => {
                self.rebuild_index();
                return Err(No::Trial(failure));
            }
        };
        self.actors.insert(candidate.actor.clone(), sender.clone());
        Ok((candidate, before))
    }

    pub(super) fn before(&self) -> Before {
        Before { document: self.document.clone(), actors: self.actors.clone() }
    }

    pub(super) fn go_back(&mut self, before: Before) {
        (self.document, self.actors) = (before.document, before.actors);
        self.rebuild_index();
    }

    pub(super) fn rebuild_index(&mut self) {
        let actors: Vec<_> = self.actors.clone().into_iter().collect();
        self.index = Index::build(&self.document, &self.section, &actors).unwrap();
    }

    pub(super) fn changes(&self) -> Vec<Change> {
        self.document.get_changes(&[])
    }
}

/// One person's copy of the document.
pub(super) struct Replica {
    pub(super) user: UserId,
    pub(super) document: Automerge,
}

impl Replica {
    pub(super) fn new(server: &Server, user: &UserId, random: &mut Random) -> Self {
        let mut replica = Self { user: user.clone(), document: content::empty_document() };
        replica.reload(random);
        replica.pull(server);
        replica
    }

    /// What a browser does on a reload: the same document, a new actor.
    pub(super) fn reload(&mut self, random: &mut Random) {
        self.document.set_actor(random.actor());
    }

    pub(super) fn pull(&mut self, server: &Server) {
        let news: Vec<_> = server
            .changes()
            .into_iter()
            .filter(|change| self.document.get_change_by_hash(&change.hash()).is_none())
            .collect();
        self.document.apply_changes(news).unwrap();
    }

    /// What the server has not got yet, in causal order, by whichever of this person's actors.
    pub(super) fn news(&self, server: &Server) -> Vec<Bytes> {
        let news = self.document.get_changes(&[]).into_iter().filter(|change| !server.index.contains(&change.hash()));
        // Clients send large changes deflated.
        news.map(|mut change| Bytes::from(change.bytes().into_owned())).collect()
    }

    /// Makes one honest change; false if chance picked one that would have changed nothing.
    pub(super) fn edit(&mut self, section: &Section, random: &mut Random) -> bool {
        if random.percent(25) && section.fields.iter().any(|field| field.kind == Kind::Text) {
            return self.type_in_text(section, random);
        }
        if random.percent(15) {
            return self.change_twice(section, random);
        }
        let edit = self.any_edit(section, random);
        edit::apply(&mut self.document, section, &edit, 1_790_000_000 + random.below(9_999) as i64).is_ok()
    }

    fn any_edit(&self, section: &Section, random: &mut Random) -> Edit {
        let field = random.pick(&section.fields);
        let id = field.id.to_string();
        if random.percent(10) && !matches!(field.kind, Kind::Text | Kind::List) {
            let value = if random.percent(20) { Choice::Cleared } else { Choice::Value(value(field, random)) };
            return Edit::Settle { path: id, choice: value, reason: words(random, 30), id: None };
        }
        match field.kind {
            Kind::Text => Edit::SetText {
                field: id,
                text: words(random, field.max_chars.map_or(99, |max| max as usize / 4).min(120)),
            },
            _ if field.kind != Kind::List && random.percent(15) => Edit::Clear { field: id },
            Kind::Group => Edit::SetGroup { field: id, values: values(&field.parts, random) },
            Kind::List => self.any_list_edit(field, random),
            _ => Edit::Set { field: id, value: value(field, random) },
        }
    }

    fn any_list_edit(&self, list: &Field, random: &mut Random) -> Edit {
        let field = list.id.to_string();
        let items = self.items(&field);
        if items.is_empty() || random.percent(20) {
            let id = format!("item-{:x}", random.number());
            return Edit::AddItem { field, id, order: None, values: values(&list.items, random) };
        }
        let item = random.pick(&items).clone();
        match random.below(10) {
            0 if random.percent(30) => {
                let choice = if random.percent(50) { Choice::Removed } else { Choice::Kept };
                Edit::Settle { path: format!("{field}.{item}"), choice, reason: words(random, 30), id: None }
            }
            0 if random.percent(30) => Edit::RestoreItem { field, item },
            0 => Edit::RemoveItem { field, item, reason: words(random, 20) },
            1 => Edit::MoveItem { field, item, order: random.below(1000) as f64 / 8.0 },
            _ => {
                let inner = random.pick(&list.items);
                let value = if random.percent(15) { Value::Null } else { value(inner, random) };
                Edit::SetItem { field, item, subfield: inner.id.to_string(), value }
            }
        }
    }

    fn items(&self, list: &str) -> Vec<String> {
        let list = map(&self.document, &map(&self.document, &ROOT, "fields"), list);
        self.document.keys(&list).collect()
    }

    /// Types, deletes and types again in one change, in any text there is.
    fn type_in_text(&mut self, section: &Section, random: &mut Random) -> bool {
        let fields = map(&self.document, &ROOT, "fields");
        let texts: Vec<_> = section.fields.iter().filter(|field| field.kind == Kind::Text).collect();
        let field = *random.pick(&texts);
        let (_, text) = self.document.get(&fields, field.id.as_str()).unwrap().unwrap();
        let length = self.document.length(&text);
        let room = (field.max_chars.unwrap() as usize).saturating_sub(length);
        let typed = if room == 0 { String::new() } else { words(random, room.min(12)) };
        let mut transaction = self.document.transaction();
        let at = random.below(length + 1);
        let deleted = random.below((length - at).min(4) + 1);
        transaction.splice_text(&text, at, deleted as isize, &typed).unwrap();
        let units = typed.encode_utf16().count();
        if units > 3 {
            transaction.splice_text(&text, at + units - 1, 1, "").unwrap();
        }
        let made = transaction.pending_ops() > 0;
        transaction.commit_with(CommitOptions::default().with_time(1_790_000_000));
        made
    }

    /// Sets the same key twice, and a group twice, in one change.
    fn change_twice(&mut self, section: &Section, random: &mut Random) -> bool {
        let fields = map(&self.document, &ROOT, "fields");
        let mut transaction = self.document.transaction();
        for field in section.fields.iter().filter(|_| random.percent(20)).collect::<Vec<_>>() {
            let key = field.id.as_str();
            match field.kind {
                Kind::Line => {
                    transaction.put(&fields, key, "first thought").unwrap();
                    transaction.put(&fields, key, "second thought").unwrap();
                }
                Kind::YesNo => {
                    transaction.put(&fields, key, true).unwrap();
                    transaction.delete(&fields, key).unwrap();
                }
                Kind::Group => {
                    for _ in 0..2 {
                        let group = transaction.put_object(&fields, key, ObjType::Map).unwrap();
                        let line = field.parts.iter().find(|part| part.kind == Kind::Line);
                        if let Some(part) = line {
                            transaction.put(&group, part.id.as_str(), "morphine").unwrap();
                        }
                    }
                }
                _ => {}
            }
        }
        let made = transaction.pending_ops() > 0;
        transaction.commit_with(CommitOptions::default().with_message("two thoughts"));
        made
    }
}

fn map(document: &Automerge, object: &ObjId, key: &str) -> ObjId {
    match document.get(object, key).unwrap() {
        Some((Held::Object(ObjType::Map), id)) => id,
        other => panic!("no map under `{key}` but {other:?}"),
    }
}

fn values(fields: &[Field], random: &mut Random) -> BTreeMap<String, Value> {
    let mut values = BTreeMap::new();
    for field in fields {
        if values.is_empty() || random.percent(60) {
            values.insert(field.id.to_string(), value(field, random));
        }
    }
    values
}

fn value(field: &Field, random: &mut Random) -> Value {
    let max_chars = field.max_chars.unwrap_or(60) as usize;
    let low = field.min.unwrap_or(0.0) as i64;
    let range = (field.max.unwrap_or(100.0) as i64 - low + 1) as usize;
    match field.kind {
        Kind::Text | Kind::Line => words(random, max_chars.min(40)).into(),
        Kind::Coded => random.pick(&field.codes).code.clone().into(),
        Kind::YesNo => random.percent(50).into(),
        Kind::Integer => (low + random.below(range) as i64).into(),
        Kind::Decimal => (low as f64 + random.below(range - 1) as f64 + 0.5).into(),
        Kind::Date => format!("20{:02}-0{}-1{}", random.below(30), 1 + random.below(9), random.below(10)).into(),
        Kind::Phone => format!("07700 900{:03}", random.below(1000)).into(),
        Kind::Group => json!(values(&field.parts, random)),
        Kind::List => Value::Null,
    }
}

/// One to `chars_max` characters of several scripts; never empty, never starting with a space.
pub(super) fn words(random: &mut Random, chars_max: usize) -> String {
    let length = 1 + random.below(chars_max.max(1));
    let script = random.pick(&["pain at night ", "poen yn y nos ", "الم في الليل ", "রাতে ব্যথা ", "👩🏾‍⚕️ ok ", "疼痛 "]);
    let mut words: String = script.chars().cycle().take(length.min(chars_max.max(1))).collect();
    if words.trim().is_empty() {
        words = "x".to_owned();
    }
    words
}

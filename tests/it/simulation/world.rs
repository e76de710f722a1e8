//! The whole small world of one run: hub, network, store, peers, clock.

mod oracle;

use super::{
    access::{self, Facts, policies},
    chance::Chance,
    definitions::{DEFINITIONS, MORE, definitions},
    peer::{Held, Peer},
    rows::Rows,
    writes::Writes,
};
use automerge::{ActorId, ChangeHash, sync};
use bytes::Bytes;
use coplan_core::{
    content,
    policy::{Action, PlanFacts, Role, Scope, Subject},
    section::Sections,
    sync::{
        DocumentId,
        frame::{self, DocumentMessage, Frame},
        hub::{
            CloseReason, ConnectionId, Hub, Input, Names, NewChange, Output, Save, SaveFailure, StoreFailure,
            StoredSnapshot, writing_actor,
        },
    },
    time::UtcMillis,
};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

/// Steps with faults, before everything is let come to rest.
const STEPS: usize = 400;
/// Frames after which a world that has not come to rest never will.
const REST_FRAMES_MAX: usize = 20_000;

/// What happened in a run; two runs of one seed must agree on it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) edits: u64,
    pub(super) frames: u64,
    pub(super) saves: u64,
    pub(super) saves_failed: u64,
    pub(super) crashes: u64,
    pub(super) refused: u64,
    pub(super) unavailable: u64,
    pub(super) snapshots: u64,
    pub(super) written: u64,
    pub(super) raced: u64,
    pub(super) redefined: u64,
    pub(super) upgraded: u64,
    pub(super) facts_changed: u64,
    /// Clients that may not read any more were asked for what they had made.
    pub(super) asked: u64,
    pub(super) salvaged: u64,
    pub(super) regained: u64,
    heads: Vec<ChangeHash>,
}

impl Totals {
    pub(super) fn add(&mut self, more: Totals) {
        self.edits += more.edits;
        self.frames += more.frames;
        self.saves += more.saves;
        self.saves_failed += more.saves_failed;
        self.crashes += more.crashes;
        self.refused += more.refused;
        self.unavailable += more.unavailable;
        self.snapshots += more.snapshots;
        self.written += more.written;
        self.raced += more.raced;
        self.redefined += more.redefined;
        self.upgraded += more.upgraded;
        self.facts_changed += more.facts_changed;
        self.asked += more.asked;
        self.salvaged += more.salvaged;
        self.regained += more.regained;
    }
}

pub(super) struct World {
    seed: u64,
    chance: Chance,
    now: UtcMillis,
    sections: Arc<Sections>,
    hub: Hub,
    peers: Vec<Peer>,
    stored: BTreeMap<DocumentId, Rows>,
    saves: VecDeque<Save>,
    /// Documents asked for, and the facts as they were then.
    loads: VecDeque<(DocumentId, Arc<PlanFacts>)>,
    facts: Facts,
    /// Changes that arrived from somebody who might write them, and those that did not.
    allowed: BTreeSet<(DocumentId, ChangeHash)>,
    not_allowed: BTreeMap<DocumentId, Vec<(usize, ChangeHash)>>,
    writes: Writes,
    connections: u64,
    out: Vec<Output>,
    totals: Totals,
}

impl World {
    pub(super) fn run(seed: u64) -> Totals {
        let mut world = Self::new(seed);
        world.come_to_rest(1);
        for _ in 0..STEPS {
            world.step();
        }
        world.come_back();
        world.come_to_rest(12);
        world.check_the_end();
        world.totals
    }

    fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let sections = definitions(DEFINITIONS.map(|(name, text)| (name, text.to_owned())));
        let mut stored = BTreeMap::new();
        for id in ["about-me", "contingency", "decided"] {
            let section = sections.section(&id.parse().unwrap()).expect("an embedded section").clone();
            let document = DocumentId::from_random(chance.bytes16());
            stored.insert(document, Rows::new(section));
        }
        let roles = [Role::RegisteredProfessional, Role::Doctor, Role::SocialCare, Role::Pharmacist, Role::Person];
        let peers = roles.into_iter().enumerate().map(|(n, role)| peer(n, role, &stored, &mut chance)).collect();
        Self {
            seed,
            now: UtcMillis(1_700_000_000_000),
            hub: Hub::new(names(0), sections.clone(), policies()),
            chance,
            sections,
            peers,
            stored,
            saves: VecDeque::new(),
            loads: VecDeque::new(),
            facts: Facts::new(),
            allowed: BTreeSet::new(),
            not_allowed: BTreeMap::new(),
            writes: Writes::default(),
            connections: 0,
            out: Vec::new(),
            totals: Totals::default(),
        }
    }

    fn step(&mut self) {
        let who = self.chance.below(self.peers.len());
        match self.chance.below(100) {
            0..=15 => self.edit(who),
            16..=17 => self.change_access(who),
            18..=19 => self.make_a_write(who),
            20..=21 => self.give_a_write(),
            22..=46 => self.deliver_to_hub(who),
            47..=71 => self.deliver_to_peer(who),
            72..=79 => self.input(Input::Settle),
            80..=87 => self.finish_a_save(true),
            88..=91 => self.finish_a_load(true),
            92 => self.tell_of_access(),
            93 => self.finish_facts(),
            94..=95 => self.turn_connection(who),
            96 => self.tick(),
            97 if self.chance.percent(50) => self.forge(who),
            97 => self.forge_the_service(who),
            98 if self.chance.percent(30) => self.garbage(who),
            98 => self.change_access(who),
            _ if self.chance.percent(40) => self.crash(),
            _ if self.chance.percent(25) => self.redefine(),
            _ => {}
        }
        self.now = self.now.plus_ms(self.chance.below(40) as i64);
    }

    fn edit(&mut self, who: usize) {
        let document = self.a_document();
        let now_s = self.now.0 / 1_000;
        if self.peers[who].documents[&document].may_write && self.peers[who].edit(document, &mut self.chance, now_s) {
            self.totals.edits += 1;
        }
    }

    fn a_document(&mut self) -> DocumentId {
        let n = self.chance.below(self.stored.len());
        *self.stored.keys().nth(n).expect("below the length")
    }

    fn deliver_to_hub(&mut self, who: usize) {
        if let (Some(connection), Some(bytes)) = (self.peers[who].connection, self.peers[who].to_hub.pop_front()) {
            self.totals.frames += 1;
            let bytes = Bytes::from(bytes);
            self.note_arrivals(who, &bytes);
            self.input(Input::Frame(connection, bytes));
        }
    }

    fn deliver_to_peer(&mut self, who: usize) {
        self.peers[who].hear();
    }

    fn input(&mut self, input: Input) {
        self.hub.handle(self.now, input, &mut self.out);
        self.carry_out();
        if self.facts.is_told && self.facts.wanted.is_empty() && self.loads.is_empty() {
            self.facts.are_known();
        }
    }

    fn carry_out(&mut self) {
        for output in std::mem::take(&mut self.out) {
            match output {
                Output::Send(connection, bytes) => {
                    self.check_that_all_is_stored(connection, &bytes);
                    if let Some(peer) = self.peers.iter_mut().find(|p| p.connection == Some(connection)) {
                        peer.from_hub.push_back(bytes.to_vec());
                    }
                }
                Output::Close(connection, reason) => {
                    self.totals.regained += u64::from(reason == CloseReason::RightRegained);
                    if let Some(peer) = self.peers.iter_mut().find(|p| p.connection == Some(connection)) {
                        peer.disconnect();
                    }
                }
                // The simulator has no audit to keep it in.
                Output::Decided(..) => {}
                Output::Load(document) => self.loads.push_back((document, self.facts.newest())),
                Output::Facts(_) => self.facts.wanted.push_back(self.facts.newest()),
                Output::Save(save) => self.saves.push_back(save),
                Output::Written(id, result) => {
                    let stored = &self.stored;
                    self.writes.answered(id, result, |document, hash| stored[document].holds(hash));
                }
                Output::Snapshot(request) => {
                    self.totals.snapshots += 1;
                    let rows = self.stored.get_mut(&request.document).expect("a known document");
                    let mut heads = request.state.get_heads();
                    heads.sort_unstable();
                    let bytes = request.state.save().into();
                    rows.snapshot = Some(StoredSnapshot { bytes, heads, changes: request.changes });
                }
                Output::Unusable(document) => panic!("seed {}: {document} became unusable", self.seed),
            }
        }
    }

    fn finish_a_save(&mut self, faults: bool) {
        let Some(save) = self.saves.pop_front() else { return };
        self.totals.saves += 1;
        let result = match self.chance.below(100) {
            0..=14 if faults => Err(SaveFailure::Unavailable),
            // The commit went through, but its answer was lost.
            15..=19 if faults => {
                let _ = self.commit(&save);
                Err(SaveFailure::Unavailable)
            }
            _ => self.commit(&save),
        };
        self.totals.saves_failed += u64::from(result.is_err());
        self.input(Input::Saved(save.id, result));
    }

    /// All of a save or none, with the store's two unique keys.
    fn commit(&mut self, save: &Save) -> Result<(), SaveFailure> {
        for document in &save.documents {
            let rows = &self.stored[&document.document];
            let taken = |change: &NewChange| {
                rows.changes.iter().any(|c| c.hash == change.hash || (c.actor == change.actor && c.seq == change.seq))
            };
            if document.changes.iter().any(taken) {
                return Err(SaveFailure::Conflict);
            }
        }
        for document in &save.documents {
            for change in document.changes.iter().filter(|change| !content::is_service_actor(&change.actor)) {
                let allowed = self.allowed.contains(&(document.document, change.hash));
                assert!(allowed, "seed {}: a change without a right", self.seed);
            }
            let rows = self.stored.get_mut(&document.document).expect("a known document");
            rows.changes.extend(document.changes.iter().cloned());
            for refused in &document.refused {
                self.totals.salvaged += u64::from(refused.code == "may-not-read");
                rows.quarantine.entry(refused.hash).or_insert(refused.code);
            }
        }
        Ok(())
    }

    fn finish_a_load(&mut self, faults: bool) {
        let Some((document, then)) = self.loads.pop_front() else { return };
        let failed = faults && self.chance.percent(10);
        let facts = if self.chance.percent(50) { then } else { self.facts.newest() };
        let result =
            if failed { Err(StoreFailure) } else { Ok(self.stored.get(&document).map(|rows| rows.load(facts))) };
        self.arrive_late(document);
        self.input(Input::Loaded(document, result));
    }

    fn turn_connection(&mut self, who: usize) {
        if let Some(connection) = self.peers[who].connection {
            self.peers[who].disconnect();
            self.input(Input::Disconnected(connection));
        } else {
            self.connect(who);
        }
    }

    fn connect(&mut self, who: usize) {
        self.connections += 1;
        let connection = ConnectionId(self.connections);
        let subject = self.peers[who].subject.clone();
        self.peers[who].connect(connection);
        self.input(Input::Connected(connection, subject));
    }

    fn tick(&mut self) {
        self.now = self.now.plus_ms(1_000 + self.chance.below(20_000) as i64);
        self.input(Input::Tick);
    }

    /// Everything in memory is gone; what the store committed is not.
    fn crash(&mut self) {
        self.totals.crashes += 1;
        self.hub = Hub::new(names(self.totals.crashes), self.sections.clone(), policies());
        self.facts.forget();
        self.saves.clear();
        self.loads.clear();
        self.writes.forget_what_is_open();
        self.peers.iter_mut().for_each(Peer::disconnect);
    }

    /// The service reads what is stored, to change it on somebody's behalf.
    fn make_a_write(&mut self, who: usize) {
        let document = self.a_document();
        let rows = &self.stored[&document];
        let section = rows.section.clone();
        let facts = self.facts.newest();
        let by = (&self.peers[who].subject, &*facts, self.now);
        self.writes.make(document, &section, rows.as_loaded(), by, &mut self.chance);
    }

    fn give_a_write(&mut self) {
        if let Some(write) = self.writes.next() {
            self.input(Input::Write(Box::new(write)));
        }
    }

    /// A client that may write sends a change by the actor that the service uses for it, or for somebody else.
    fn forge_the_service(&mut self, who: usize) {
        let (document, whom) = (self.a_document(), self.chance.below(self.peers.len()));
        let actor = writing_actor(&document, &self.peers[whom].subject.user);
        if self.peers[who].documents[&document].may_write && self.send_forged(who, document, &actor) {
            self.totals.refused += 1;
        }
    }

    /// The first section gets a text more, in a higher version; documents that were made before have no place for it.
    fn redefine(&mut self) {
        let [(name, text), others @ ..] = DEFINITIONS;
        let text = format!("{}\n{MORE}", text.replace("\nversion = 1\n", "\nversion = 2\n"));
        let others = others.map(|(name, text)| (name, text.to_owned()));
        self.sections = definitions([(name, text)].into_iter().chain(others));
        self.totals.redefined += 1;
        self.input(Input::Sections(self.sections.clone()));
    }

    /// A client that ignores the rules sends a change to a section it may only read.
    fn forge(&mut self, who: usize) {
        let document = self.a_document();
        let actor = ActorId::from(self.chance.bytes16());
        let held = &self.peers[who].documents[&document];
        let may_read = held.may_read;
        if !held.may_write && !held.section.is_decided() && self.send_forged(who, document, &actor) {
            self.totals.refused += u64::from(may_read);
        }
    }

    fn send_forged(&mut self, who: usize, document: DocumentId, actor: &ActorId) -> bool {
        let peer = &mut self.peers[who];
        let held = &peer.documents[&document];
        if !peer.joined || held.doc.get_heads().is_empty() {
            return false;
        }
        let mut copy = Peer::alone(held, actor, document, &peer.subject);
        if !copy.edit(document, &mut self.chance, 0) {
            return false;
        }
        let doc = &copy.documents[&document].doc;
        let change = doc.get_last_local_change().expect("an edit was made").raw_bytes().to_vec();
        let message = sync::Message {
            heads: doc.get_heads(),
            need: vec![],
            have: vec![sync::Have::default()],
            changes: vec![change].into(),
            flags: None,
            version: sync::MessageVersion::V1,
        };
        let about = DocumentMessage {
            sender: peer.name.clone(),
            target: "hub".into(),
            document,
            data: message.encode().into(),
        };
        peer.to_hub.push_back(frame::encode(&Frame::Sync(about)));
        true
    }

    fn garbage(&mut self, who: usize) {
        if self.peers[who].connection.is_some() {
            let length = 1 + self.chance.below(40);
            let bytes = (0..length).map(|_| self.chance.next() as u8).collect();
            self.peers[who].to_hub.push_back(bytes);
        }
    }

    /// Everybody opens their connection anew: whoever has a right again is told so when they next say something.
    fn come_back(&mut self) {
        for who in 0..self.peers.len() {
            if self.peers[who].connection.is_some() {
                self.turn_connection(who);
            }
        }
    }

    /// No more faults: everybody connects, everything is delivered, every save succeeds.
    fn come_to_rest(&mut self, rounds: usize) {
        let frames_before = self.totals.frames;
        for _ in 0..rounds {
            for who in 0..self.peers.len() {
                if self.peers[who].connection.is_none() {
                    self.connect(who);
                }
            }
            self.drain();
            self.now = self.now.plus_ms(10_000);
            self.input(Input::Tick);
            self.drain();
        }
        let frames = self.totals.frames - frames_before;
        assert!(frames < REST_FRAMES_MAX as u64, "seed {}: {frames} frames and no rest", self.seed);
    }

    fn drain(&mut self) {
        for _ in 0..REST_FRAMES_MAX {
            let busy = |p: &Peer| !p.to_hub.is_empty() || !p.from_hub.is_empty();
            let told = self.facts.is_told && self.facts.wanted.is_empty();
            if !self.peers.iter().any(busy) && self.saves.is_empty() && self.loads.is_empty() && told {
                self.input(Input::Settle);
                if self.saves.is_empty() && self.loads.is_empty() && !self.peers.iter().any(busy) {
                    return;
                }
            }
            for who in 0..self.peers.len() {
                self.deliver_to_hub(who);
                self.deliver_to_peer(who);
            }
            self.give_a_write();
            self.input(Input::Settle);
            self.finish_a_save(false);
            self.finish_a_load(false);
            self.tell_of_access();
            self.finish_facts();
        }
        panic!("seed {}: the world did not come to rest", self.seed);
    }
}

fn peer(n: usize, role: Role, stored: &BTreeMap<DocumentId, Rows>, chance: &mut Chance) -> Peer {
    let subject = Subject {
        user: format!("user-{n}").parse().expect("an id"),
        name: format!("Peer {n}"),
        role,
        job_title: "Tester".into(),
        organisation: format!("Z9A0{n}").parse().expect("an id"),
        organisation_name: "An organisation".into(),
        registration: None,
        senior: matches!(role, Role::Doctor | Role::Specialist),
        scope: Scope::default(),
    };
    let hold = |(id, rows): (&DocumentId, &Rows)| {
        let facts = Facts::new().newest();
        let may = |action| access::may(&facts, &subject, &rows.section, action, UtcMillis(0));
        (*id, Held::new(rows.section.clone(), may(Action::Read), may(Action::Write), chance.bytes16()))
    };
    let documents = stored.iter().map(hold).collect();
    Peer::new(format!("peer-{n}"), subject, documents)
}

fn names(run: u64) -> Names {
    Names { peer: "hub".into(), storage: "0f0f0f0f-0000-4000-8000-000000000000".into(), session: format!("run-{run}") }
}

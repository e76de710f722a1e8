//! The objects of a section's document: where each stands in the section, and what was ever written in it.

use super::{graph::OpKey, place::Place, runs::Runs};
use std::collections::HashMap;

#[derive(Debug)]
pub(super) struct Objects {
    all: Vec<Object>,
    numbers: HashMap<OpKey, u32>,
    names: HashMap<Box<str>, u32>,
    /// What was ever put under a key of a map, by object and name.
    puts: HashMap<(u32, u32), Puts>,
    texts: Vec<Text>,
}

#[derive(Debug)]
struct Object {
    place: Place,
    /// For a text its number among the texts, for a list the number of its items.
    detail: u32,
}

/// Most keys are written once.
#[derive(Debug)]
enum Puts {
    One(OpKey),
    /// Sorted.
    Many(Vec<OpKey>),
}

/// The elements of one text.
#[derive(Debug, Default)]
pub(super) struct Text {
    /// Every character ever inserted.
    pub(super) inserted: Runs,
    /// Those of them that were deleted.
    pub(super) deleted: Runs,
    /// How many were ever inserted.
    pub(super) history: u32,
    /// How many are there now.
    pub(super) visible: u32,
}

impl Objects {
    /// A document with nothing but its root.
    pub(super) fn new() -> Self {
        Self {
            all: vec![Object { place: Place::Root, detail: 0 }],
            numbers: HashMap::new(),
            names: HashMap::new(),
            puts: HashMap::new(),
            texts: Vec::new(),
        }
    }

    pub(super) fn number(&self, made_by: OpKey) -> Option<u32> {
        self.numbers.get(&made_by).copied()
    }

    pub(super) fn place(&self, object: u32) -> Place {
        self.all[object as usize].place
    }

    /// How many items a list was ever given.
    pub(super) fn items(&self, list: u32) -> u32 {
        self.all[list as usize].detail
    }

    /// The elements of an object that is a text.
    pub(super) fn text(&self, object: u32) -> &Text {
        &self.texts[self.all[object as usize].detail as usize]
    }

    pub(super) fn text_mut(&mut self, object: u32) -> &mut Text {
        &mut self.texts[self.all[object as usize].detail as usize]
    }

    /// Whether that operation put something under that key.
    pub(super) fn was_put(&self, object: u32, key: &str, op: OpKey) -> bool {
        self.puts(object, key).is_some_and(|puts| puts.contains(op))
    }

    /// Whether anything was ever put under that key.
    pub(super) fn was_ever_put(&self, object: u32, key: &str) -> bool {
        self.puts(object, key).is_some()
    }

    /// The objects that were ever made under that key.
    pub(super) fn made_under(&self, object: u32, key: &str) -> Vec<u32> {
        let puts = self.puts(object, key).map_or(&[][..], Puts::all);
        puts.iter().filter_map(|op| self.number(*op)).collect()
    }

    fn puts(&self, object: u32, key: &str) -> Option<&Puts> {
        self.puts.get(&(object, *self.names.get(key)?))
    }

    pub(super) fn put(&mut self, object: u32, key: &str, op: OpKey) {
        let name = match self.names.get(key) {
            Some(name) => *name,
            None => {
                let name = self.names.len() as u32;
                self.names.insert(key.into(), name);
                name
            }
        };
        self.puts.entry((object, name)).and_modify(|puts| puts.add(op)).or_insert(Puts::One(op));
    }

    /// Adds an object that `op` made inside `parent`.
    pub(super) fn make(&mut self, parent: u32, op: OpKey, place: Place) {
        let detail = if let Place::Text { .. } = place {
            self.texts.push(Text::default());
            self.texts.len() as u32 - 1
        } else {
            0
        };
        if let (Place::List { .. }, Place::Item { .. }) = (self.place(parent), place) {
            self.all[parent as usize].detail += 1;
        }
        self.numbers.insert(op, self.all.len() as u32);
        self.all.push(Object { place, detail });
    }
}

impl Puts {
    fn contains(&self, op: OpKey) -> bool {
        match self {
            Self::One(one) => *one == op,
            Self::Many(many) => many.binary_search(&op).is_ok(),
        }
    }

    fn all(&self) -> &[OpKey] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }

    fn add(&mut self, op: OpKey) {
        match self {
            Self::One(one) => {
                let mut both = vec![*one, op];
                both.sort_unstable();
                *self = Self::Many(both);
            }
            Self::Many(many) => {
                let at = many.partition_point(|put| *put < op);
                many.insert(at, op);
            }
        }
    }
}

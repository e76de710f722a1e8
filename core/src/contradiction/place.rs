//! From a path of a rule to what stands there in a plan.

use super::{Facts, Place};
use crate::{
    conflict::in_words,
    content::{Content, FieldContent, FieldValue, Plain},
    decision::Signature,
    id::SectionId,
    section::{Field, Section, Sections},
};
use std::collections::BTreeMap;

/// A path as a rule writes it: `section.field`, `section.list.subfield`, `section.group.part`; `*` for any section or
/// any field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    /// Empty inside an item, where paths begin at the item's own fields.
    pub section: String,
    pub fields: Vec<String>,
}

impl Path {
    pub(super) fn of_plan(text: &str) -> Option<Self> {
        let (section, fields) = text.split_once('.')?;
        let path = Self { section: section.to_owned(), ..Self::of_item(fields)? };
        (!path.section.is_empty()).then_some(path)
    }

    pub(super) fn of_item(text: &str) -> Option<Self> {
        let fields: Vec<String> = text.split('.').map(str::to_owned).collect();
        let whole = fields.iter().all(|field| !field.is_empty());
        whole.then_some(Self { section: String::new(), fields })
    }

    /// Whether it begins in this section.
    pub(super) fn is_in(&self, section: &SectionId) -> bool {
        self.section == ANY || self.section == section.as_str()
    }
}

/// A plan as the rules see it.
#[derive(Clone, Copy)]
pub(super) struct Plan<'a> {
    pub sections: &'a Sections,
    pub contents: &'a BTreeMap<SectionId, Content>,
    pub facts: &'a Facts<'a>,
}

/// A value at a path. A disputed field gives each of its values.
#[derive(Clone)]
pub(super) struct Found<'a> {
    pub section: &'a SectionId,
    pub path: String,
    pub label: String,
    pub field: &'a Field,
    pub value: &'a FieldValue,
    /// The item that it stands in.
    pub item: Option<Item<'a>>,
}

/// An item of a list, or a decision record that stands.
#[derive(Clone)]
pub(super) struct Item<'a> {
    pub section: &'a SectionId,
    pub path: String,
    pub list: &'a Field,
    pub fields: &'a [FieldContent],
    pub recorded: Option<&'a Signature>,
}

/// What stands around a path while it is walked.
struct Around<'a> {
    section: &'a SectionId,
    path: String,
    label: String,
    item: Option<Item<'a>>,
}

impl<'a> Plan<'a> {
    /// Everything at a path that begins at a section.
    pub(super) fn at(&self, path: &Path) -> Vec<Found<'a>> {
        let mut found = Vec::new();
        for section in self.sections.in_order().into_iter().filter(|section| path.is_in(&section.id)) {
            let around = Around { section: &section.id, path: String::new(), label: String::new(), item: None };
            self.walk(&section.fields, self.fields(section), &path.fields, &around, &mut found);
        }
        found
    }

    /// Everything at a path that begins at the item's fields.
    pub(super) fn at_item(&self, item: &Item<'a>, path: &Path) -> Vec<Found<'a>> {
        let mut found = Vec::new();
        self.walk(&item.list.items, item.fields, &path.fields, &Self::around(item), &mut found);
        found
    }

    /// The items of a list that a section holds.
    pub(super) fn items(&self, path: &Path) -> Vec<Item<'a>> {
        let mut found = Vec::new();
        for section in self.sections.in_order().into_iter().filter(|section| path.is_in(&section.id)) {
            let [step] = path.fields.as_slice() else { continue };
            let lists = section.fields.iter().filter(|field| is_step(step, field));
            found.extend(lists.flat_map(|list| self.items_of(&section.id, list, self.fields(section))));
        }
        found
    }

    fn fields(&self, section: &Section) -> &'a [FieldContent] {
        self.contents.get(&section.id).map_or(&[], |content| content.fields.as_slice())
    }

    fn items_of(&self, section: &'a SectionId, list: &'a Field, contents: &'a [FieldContent]) -> Vec<Item<'a>> {
        let item =
            |id: &str, fields, recorded| Item { section, path: format!("{}.{id}", list.id), list, fields, recorded };
        if list.record.is_some() {
            let kinds = self.facts.records.get(section).map_or(&[][..], Vec::as_slice);
            let standing = kinds.iter().filter(|kind| kind.field == list.id).flat_map(|kind| kind.standing());
            return standing.map(|record| item(&record.id, record.fields.as_slice(), Some(&record.recorded))).collect();
        }
        let content = contents.iter().find(|content| content.field == list.id);
        match content.map(|content| &content.value) {
            Some(FieldValue::List(held)) => {
                held.items.iter().map(|one| item(&one.id, one.fields.as_slice(), None)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn walk(
        &self,
        definitions: &'a [Field],
        contents: &'a [FieldContent],
        path: &[String],
        around: &Around<'a>,
        found: &mut Vec<Found<'a>>,
    ) {
        let Some((first, rest)) = path.split_first() else { return };
        for field in definitions.iter().filter(|field| is_step(first, field)) {
            if field.items.is_empty() {
                self.step(field, contents, rest, around, found);
                continue;
            }
            for item in self.items_of(around.section, field, contents) {
                self.walk(&field.items, item.fields, rest, &Self::around(&item), found);
            }
        }
    }

    /// What a field holds that is no list, or what is below it.
    fn step(
        &self,
        field: &'a Field,
        contents: &'a [FieldContent],
        rest: &[String],
        around: &Around<'a>,
        found: &mut Vec<Found<'a>>,
    ) {
        let Some(content) = contents.iter().find(|content| content.field == field.id) else { return };
        let (path, label) = (format!("{}{}", around.path, field.id), format!("{}{}", around.label, field.label));
        for value in std::iter::once(&content.value).chain(&content.others) {
            match value {
                FieldValue::Group(parts) if !rest.is_empty() => {
                    let (path, label) = (format!("{path}."), format!("{label}: "));
                    let inside = Around { section: around.section, path, label, item: around.item.clone() };
                    self.walk(&field.parts, parts, rest, &inside, found);
                }
                value if rest.is_empty() => found.push(Found {
                    section: around.section,
                    path: path.clone(),
                    label: label.clone(),
                    field,
                    value,
                    item: around.item.clone(),
                }),
                _ => {}
            }
        }
    }

    fn around(item: &Item<'a>) -> Around<'a> {
        let (path, label) = (format!("{}.", item.path), format!("{}: ", item.list.label));
        Around { section: item.section, path, label, item: Some(item.clone()) }
    }
}

impl Found<'_> {
    /// The code or the other short word that stands there.
    pub(super) fn code(&self) -> Option<&str> {
        match self.value {
            FieldValue::Single(single) => match &single.value {
                Plain::Text(text) => Some(text),
                Plain::Bool(true) => Some("yes"),
                Plain::Bool(false) => Some("no"),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn words(&self) -> String {
        in_words(self.field, self.value)
    }

    pub(super) fn place(&self) -> Place {
        let (path, label) = (self.path.clone(), self.label.clone());
        Place { section: self.section.clone(), path, label, display: self.words() }
    }
}

impl Item<'_> {
    pub(super) fn place(&self) -> Place {
        let fields = self
            .fields
            .iter()
            .filter_map(|content| Some(in_words(self.list.item(content.field.as_str())?, &content.value)));
        Place {
            section: self.section.clone(),
            path: self.path.clone(),
            label: self.list.label.clone(),
            display: fields.collect::<Vec<_>>().join(", "),
        }
    }
}

/// Whether this step of a path means this field.
pub(super) fn is_step(step: &str, field: &Field) -> bool {
    step == ANY || step == field.id.as_str()
}

/// Stands in a path for every section, or every field.
pub(super) const ANY: &str = "*";

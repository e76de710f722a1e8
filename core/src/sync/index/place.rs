//! Where an object of a document stands in its section.

use crate::section::{Field, Kind, Section};
use automerge::ObjType;

/// Where an object stands. Fields are numbered as the section lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The document's root.
    Root,
    /// `meta`.
    Meta,
    /// `fields`.
    Fields,
    /// `settled`.
    Settled,
    /// What a settled conflict was and why it was settled so.
    Settlement,
    /// A list.
    List { field: u16 },
    /// An item of a list.
    Item { field: u16 },
    /// A text: a field of the section, or `inner` of a list's items.
    Text { field: u16, inner: Option<u16> },
    /// A group: a field of the section, or `inner` of a list's items.
    Group { field: u16, inner: Option<u16> },
    /// Something that the section's definition does not have. Nobody writes there.
    Foreign,
}

impl Place {
    /// Where an object stands that is made under `key` of an object at this place.
    pub(super) fn of_made(self, section: &Section, key: &str, kind: ObjType) -> Self {
        let map = kind == ObjType::Map;
        match self {
            Self::Root if map && key == "meta" => Self::Meta,
            Self::Root if map && key == "fields" => Self::Fields,
            Self::Root if map && key == "settled" => Self::Settled,
            Self::Settled if map => Self::Settlement,
            Self::Fields => {
                let Some((field, definition)) = number(&section.fields, key) else { return Self::Foreign };
                match (definition.kind, kind) {
                    (Kind::List, ObjType::Map) => Self::List { field },
                    (Kind::Text, ObjType::Text) => Self::Text { field, inner: None },
                    (Kind::Group, ObjType::Map) => Self::Group { field, inner: None },
                    _ => Self::Foreign,
                }
            }
            Self::List { field } if map => Self::Item { field },
            Self::Item { field } => {
                let items = section.fields.get(usize::from(field)).map_or(&[][..], |list| &list.items);
                let Some((inner, definition)) = number(items, key) else { return Self::Foreign };
                match (definition.kind, kind) {
                    (Kind::Text, ObjType::Text) => Self::Text { field, inner: Some(inner) },
                    (Kind::Group, ObjType::Map) => Self::Group { field, inner: Some(inner) },
                    _ => Self::Foreign,
                }
            }
            _ => Self::Foreign,
        }
    }

    /// The definition of the field that stands at this place, where there is one.
    pub(super) fn field(self, section: &Section) -> Option<&Field> {
        let (field, inner) = match self {
            Self::List { field } | Self::Item { field } => (field, None),
            Self::Text { field, inner } | Self::Group { field, inner } => (field, inner),
            Self::Root | Self::Meta | Self::Fields | Self::Settled | Self::Settlement | Self::Foreign => return None,
        };
        let field = section.fields.get(usize::from(field))?;
        match inner {
            Some(inner) => field.items.get(usize::from(inner)),
            None => Some(field),
        }
    }
}

fn number<'a>(fields: &'a [Field], key: &str) -> Option<(u16, &'a Field)> {
    let at = fields.iter().position(|field| field.id.as_str() == key)?;
    Some((u16::try_from(at).ok()?, &fields[at]))
}

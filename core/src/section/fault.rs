//! What can be wrong with a section file, each with the words its author reads.

use super::limits::{
    CODE_BYTES_MAX, FILE_BYTES_MAX, FILES_MAX, LINE_CHARS_MAX, LIST_ITEMS_MAX, NUMBER_MAX, TEXT_CHARS_MAX,
};
use std::fmt;

/// One fault of one section file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionError {
    /// The file's name: `contacts.toml`; empty if it is about the folder.
    pub file: String,
    /// Where in it, written as TOML writes it: `field.contacts.item.phone.max_chars`; empty if it is about the file.
    ///
    /// A field, item, part or code without a usable name of its own stands as `field#3`, the third one.
    pub path: String,
    /// What is wrong.
    pub fault: Fault,
}

impl fmt::Display for SectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.file.as_str(), self.path.as_str()) {
            ("", _) => write!(f, "sections: {}", self.fault),
            (file, "") => write!(f, "`{file}`: {}", self.fault),
            (file, path) => write!(f, "`{file}`: `{path}`: {}", self.fault),
        }
    }
}

impl std::error::Error for SectionError {}

/// What is wrong at one place of a section file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A folder without definitions would serve plans without content.
    #[error("there is no section file")]
    NoFile,
    /// More files than `FILES_MAX`.
    #[error("more than {FILES_MAX} section files")]
    TooManyFiles,
    /// Two files of the same name were handed in.
    #[error("this file is there twice")]
    DuplicateFile,
    /// Not `<id>.toml`.
    #[error("a section file is named `<section id>.toml`, with the id in lower case letters, digits and hyphens")]
    FileName,
    /// More than `FILE_BYTES_MAX`.
    #[error("longer than {FILE_BYTES_MAX} bytes")]
    FileTooLong,
    /// The text is not TOML.
    #[error("not TOML, line {line}: {message}")]
    Toml {
        /// Line of the file, from 1.
        line: usize,
        /// The parser's words.
        message: String,
    },
    /// A key that must be there is not.
    #[error("missing")]
    Missing,
    /// A key that this place does not have.
    #[error("no such key here; there are: {known}")]
    UnknownKey {
        /// The keys that this place has.
        known: String,
    },
    /// A value of the wrong type, or not one of the choices.
    #[error("{message}")]
    Value {
        /// The decoder's words.
        message: String,
    },
    /// A text or a list with nothing in it.
    #[error("must not be empty")]
    Empty,
    /// A text that is longer than its limit.
    #[error("longer than {chars_max} characters")]
    TooLong {
        /// The limit.
        chars_max: usize,
    },
    /// Control characters, line breaks, or characters that turn the direction of writing.
    #[error("holds a control character, a line break, or a character that turns the direction of writing")]
    NotPlain,
    /// A version of 0.
    #[error("versions start at 1")]
    Version,
    /// The id is not the file's name.
    #[error("must be `{expected}`, the file's name")]
    NotFileName {
        /// What the file's name asks for.
        expected: String,
    },
    /// The id has characters that keys of a document do not have.
    #[error("an id is 1 to 64 of `a-z`, `0-9` and `_`, and starts with a letter")]
    IdPattern,
    /// The same id among its siblings.
    #[error("`{id}` is there already")]
    Duplicate {
        /// The id, code, role or audience.
        id: String,
    },
    /// A list item's own keys.
    #[error("`{id}` is a key of every list item, so no field can have it")]
    ReservedId {
        /// `order` or `removed`.
        id: String,
    },
    /// More than a named limit.
    #[error("more than {most}")]
    TooMany {
        /// The limit.
        most: usize,
    },
    /// Collaborative text and class `T` belong together.
    #[error("`text` fields have merge class `T`, and no other field has it")]
    TextMerge,
    /// Lists and class `S+` belong together.
    #[error("`list` fields have merge class `S+` or `D`, and no other field has `S+`")]
    ListMerge,
    /// A part of a group has no life of its own.
    #[error("a part has the merge class of its group, because a group is replaced whole")]
    PartMerge,
    /// Decision records and authoritative values are written by the server's commands.
    #[error("classes `D` and `A` are written by commands: `D` stands on lists of records, `A` in no document")]
    CommandMerge,
    /// A decision that is not a list of records.
    #[error("class `D` stands on a `list`, whose items are the records")]
    DecisionList,
    /// A field of a record with a merge of its own.
    #[error("the fields of a record have class `D` and are no `text`, because a record never changes")]
    RecordMerge,
    /// Records and fields that people write in one section.
    #[error("lists of class `D` stand in a section that nobody writes, and such a section holds nothing else")]
    DecidedOrWritten,
    /// A section of records with a signature or suggestions of its own.
    #[error(
        "a section of decision records has `sign_off = \"none\"` and no `suggests`: each record is signed by itself"
    )]
    RecordsAreSigned,
    /// A condition that nothing can meet.
    #[error("names a `coded` or `yes-no` field beside this one, and values that it can have")]
    Condition,
    /// A denial of something that is not there.
    #[error("names a `list` beside this field")]
    NoSuchList,
    /// A clock that counts nothing.
    #[error("goes with an `integer` of the unit `minutes`")]
    Clock,
    /// A record's subject that is none.
    #[error("names a single value of the record, together with `current = \"one\"`")]
    RecordPer,
    /// A key that only another type of field has.
    #[error("only {owner} has this")]
    Misplaced {
        /// The type that has it.
        owner: &'static str,
    },
    /// Length limit out of range for its type.
    #[error("must be 1 to {TEXT_CHARS_MAX} for `text`, 1 to {LINE_CHARS_MAX} for `line`")]
    MaxChars,
    /// Item limit out of range.
    #[error("must be 1 to {LIST_ITEMS_MAX}")]
    MaxItems,
    /// A code that is not a short plain word.
    #[error("a code is 1 to {CODE_BYTES_MAX} printable ASCII characters without spaces")]
    CodePattern,
    /// Not a finite number that JavaScript can hold.
    #[error("must be a finite number between -{NUMBER_MAX} and {NUMBER_MAX}")]
    NumberRange,
    /// A whole-number field with a fractional limit.
    #[error("must be a whole number, as the field's values are")]
    NotWhole,
    /// A range that nothing fits.
    #[error("larger than `max`")]
    MinAboveMax,
    /// What it becomes in FHIR cannot be.
    #[error("must be {wanted}")]
    Mapping {
        /// What may stand there.
        wanted: String,
    },
    /// A list inside a list's items.
    #[error("a list cannot hold a list")]
    NestedList,
    /// A group part that is not a single value.
    #[error("a part is a single value: not text, not a list, not a group")]
    PartNotScalar,
    /// A field would be seen by somebody who does not see what it stands in.
    #[error("`{audience}` does not see what this stands in; a field may narrow the audiences, never widen them")]
    AudienceWider {
        /// The audience that is too much.
        audience: String,
    },
    /// The same role in two lists that exclude each other.
    #[error("`{role}` is in `writes` already")]
    RoleTwice {
        /// The role.
        role: String,
    },
    /// Crews read what is published.
    #[error("`crew` never syncs a document")]
    CrewSyncs,
    /// Two signatures belong to decision records.
    #[error("`dual` is for decision records; a section is signed by one")]
    DualSignOff,
    /// Nobody who syncs the section may sign it, so it could never be published.
    #[error("nobody in `writes` or `reads` may sign this section, so it could never be published")]
    NobodySigns,
}

/// The faults of one file; at most one for each place, so that a broken value is not reported twice.
pub(super) struct Faults {
    file: String,
    found: Vec<SectionError>,
}

impl Faults {
    pub(super) fn of(file: &str) -> Self {
        Self { file: file.to_owned(), found: Vec::new() }
    }

    pub(super) fn add(&mut self, path: &str, fault: Fault) {
        if !self.found.iter().any(|known| known.path == path) {
            self.found.push(SectionError { file: self.file.clone(), path: path.to_owned(), fault });
        }
    }

    pub(super) fn into_found(self) -> Vec<SectionError> {
        self.found
    }
}

//! Why something was not let in, by name.

use crate::section::ValueError;

/// Why a sync message or a change was refused. The sentence holds no content of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    // The message.
    /// Not a sync message of version 1.
    #[error("not a sync message of version 1")]
    MessageType,
    /// More heads than a peer may announce, or heads out of order.
    #[error("the heads of the sync message are too many or out of order")]
    MessageHeads,
    /// More hashes asked for than a peer may need.
    #[error("the sync message asks for too many changes")]
    MessageNeeds,
    /// More than one summary of what the peer has.
    #[error("the sync message holds more than one summary of what the peer has")]
    MessageHaves,
    /// A Bloom filter with other parameters than automerge's own, or with the wrong length.
    #[error("the sync message's bloom filter is not one that automerge makes")]
    MessageBloom,
    /// More changes, or more bytes of changes, than one message may carry.
    #[error("the sync message carries too many changes")]
    MessageChanges,
    /// Flags that are longer than flags are.
    #[error("the sync message's flags are malformed")]
    MessageFlags,

    // The chunk.
    /// More bytes on the wire than a change may have.
    #[error("the change is too large")]
    WireBytes,
    /// More bytes than a change may have once it is inflated.
    #[error("the change is too large once it is inflated")]
    InflatedBytes,
    /// The compressed form is broken.
    #[error("the change cannot be inflated")]
    Inflate,
    /// Not an automerge chunk.
    #[error("not an automerge chunk")]
    Magic,
    /// A chunk that is not one change: a whole document, a bundle, something newer.
    #[error("the chunk is not a single change")]
    ChunkType,
    /// The checksum does not match.
    #[error("the checksum does not match")]
    Checksum,
    /// It ends before it is complete.
    #[error("the input ends too early")]
    Truncated,
    /// A number that is overlong or out of range.
    #[error("a number is overlong or out of range")]
    Number,
    /// Bytes after the end.
    #[error("bytes follow the end")]
    TrailingBytes,
    /// Bytes after the columns, where automerge keeps an author: a forged attribution.
    #[error("the change carries extra bytes")]
    ExtraBytes,
    /// More dependencies than a change may have, or out of order.
    #[error("the dependencies are too many or out of order")]
    Deps,
    /// An actor that is not 16 bytes, or actors out of order.
    #[error("the actors are malformed or out of order")]
    Actors,
    /// An operation names an actor that the change does not list.
    #[error("an operation names an actor that the change does not list")]
    ActorIndex,
    /// A time outside the years 1 to 9999. automerge stores differences of times, which must not overflow.
    #[error("the change's time is outside the years 1 to 9999")]
    Time,
    /// The commit message is too long.
    #[error("the commit message is too long")]
    CommitMessage,
    /// Text that is not UTF-8.
    #[error("text is not UTF-8")]
    Utf8,
    /// A column that this service does not know; a newer client may have made it.
    #[error("the change has a column that this service does not know")]
    UnknownColumn,
    /// Columns out of order, twice, or empty.
    #[error("the columns are out of order, repeated or empty")]
    ColumnOrder,
    /// Columns that do not describe the same number of operations.
    #[error("the columns do not describe the same number of operations")]
    Rows,
    /// A run that automerge would have written otherwise.
    #[error("a column is not written as automerge writes it")]
    Runs,
    /// More operations than a change may have.
    #[error("the change has too many operations")]
    OpCount,
    /// More predecessors than a change may have.
    #[error("the change has too many predecessors")]
    PredCount,
    /// No operation at all; automerge cannot save such a change safely.
    #[error("the change has no operations")]
    NoOps,
    /// An operation counter or sequence number beyond what automerge can hold safely.
    #[error("a counter is out of range")]
    Counter,
    /// A key longer than any key of a section.
    #[error("a key is too long")]
    KeyBytes,
    /// Formatting of text, which sections do not have.
    #[error("the change formats text, which sections do not have")]
    Marks,
    /// automerge cannot read it.
    #[error("the change cannot be read")]
    Unreadable,
    /// Reading it made automerge panic.
    #[error("the change made the reader panic")]
    Panicked,
    /// automerge would have written the same change in other bytes.
    #[error("the change is not written as automerge writes it")]
    NotCanonical,

    // The context.
    /// The document holds it already.
    #[error("the change is already here")]
    Known,
    /// A change it depends on is not here.
    #[error("a change it depends on is not here")]
    MissingDeps,
    /// The actor belongs to somebody else.
    #[error("the actor belongs to somebody else")]
    ActorOfAnother,
    /// The sequence number is not the actor's next.
    #[error("the sequence number is not the next one")]
    Seq,
    /// The actor's previous change is not among the change's ancestors.
    #[error("the actor's previous change is not among its ancestors")]
    OwnPast,
    /// The first operation's counter does not follow the dependencies.
    #[error("the first operation's counter does not follow its dependencies")]
    StartOp,
    /// The document has as many actors as a document may have.
    #[error("the document has too many actors")]
    DocumentActors,
    /// The document has as many operations as a document may have.
    #[error("the document has too many operations")]
    DocumentOps,

    // The operations.
    /// An operation in an object that is not there.
    #[error("an operation is in an object that is not there")]
    UnknownObject,
    /// A reference to something that is not among the change's ancestors.
    #[error("an operation refers to something that is not among the change's ancestors")]
    OutsidePast,
    /// A map key on a text, or an element on a map.
    #[error("an operation's key does not fit its object")]
    KeyKind,
    /// An insert where nothing can be inserted, or an insert that replaces something.
    #[error("an insert is not where an insert can be")]
    Insert,
    /// A predecessor that is not a value of the same key.
    #[error("a predecessor is not a value of the same key")]
    Pred,
    /// A predecessor named twice.
    #[error("a predecessor is named twice")]
    PredTwice,
    /// A deletion of nothing.
    #[error("a deletion deletes nothing")]
    DeleteNothing,
    /// A text element that is not there.
    #[error("a text element is not there")]
    TextElement,
    /// A text element that is not a single character, or an element that is overwritten.
    #[error("a text may only have single characters inserted and deleted")]
    TextValue,
    /// A counter, list, table or other thing that sections do not have.
    #[error("the change makes something that sections do not have")]
    Action,

    // The section.
    /// A write to a part of the document that only the service writes.
    #[error("only the service writes that part of the document")]
    Structure,
    /// A key that the section's definition does not have.
    #[error("the section has no such field")]
    UnknownField,
    /// A value that the field's definition does not allow.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// A text or a list replaced or deleted as a whole.
    #[error("a text or a list may not be replaced or deleted as a whole")]
    Replaced,
    /// Longer text than the field allows.
    #[error("the text is longer than the field allows")]
    TextLength,
    /// More characters ever written into one text than a text may keep in its history.
    #[error("the text has too long a history")]
    TextHistory,
    /// An item id that is not 1 to 64 of `a-z`, `0-9`, `-`.
    #[error("an item's id is malformed")]
    ItemId,
    /// An item made again, overwritten or deleted.
    #[error("an item of a list may not be made again, overwritten or deleted")]
    ItemReplaced,
    /// More items than the list may hold.
    #[error("the list has too many items")]
    ItemCount,
    /// An item's place is not a number.
    #[error("an item's place is not a number")]
    ItemOrder,
    /// The reason for a removal is empty, too long or no text.
    #[error("the reason for a removal is empty, too long or no text")]
    ItemRemoved,
    /// A group edited inside, or made with a part twice.
    #[error("a group may only be replaced as a whole")]
    GroupEdited,
    /// A note of how a conflict was settled that is not whole, not well-formed, or changed later.
    #[error("a note of how a conflict was settled is not whole, not well-formed, or changed later")]
    Settled,
    /// A settled conflict at a place that the section does not have.
    #[error("a conflict was settled at a place that the section does not have")]
    SettledPath,
}

impl Refusal {
    /// The reason's stable name, for quarantine, metrics and clients.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::MessageType => "message-type",
            Self::MessageHeads => "message-heads",
            Self::MessageNeeds => "message-needs",
            Self::MessageHaves => "message-haves",
            Self::MessageBloom => "message-bloom",
            Self::MessageChanges => "message-changes",
            Self::MessageFlags => "message-flags",
            Self::WireBytes => "wire-bytes",
            Self::InflatedBytes => "inflated-bytes",
            Self::Inflate => "inflate",
            Self::Magic => "magic",
            Self::ChunkType => "chunk-type",
            Self::Checksum => "checksum",
            Self::Truncated => "truncated",
            Self::Number => "number",
            Self::TrailingBytes => "trailing-bytes",
            Self::ExtraBytes => "extra-bytes",
            Self::Deps => "deps",
            Self::Actors => "actors",
            Self::ActorIndex => "actor-index",
            Self::Time => "time",
            Self::CommitMessage => "commit-message",
            Self::Utf8 => "utf-8",
            Self::UnknownColumn => "unknown-column",
            Self::ColumnOrder => "column-order",
            Self::Rows => "rows",
            Self::Runs => "runs",
            Self::OpCount => "op-count",
            Self::PredCount => "pred-count",
            Self::NoOps => "no-ops",
            Self::Counter => "counter",
            Self::KeyBytes => "key-bytes",
            Self::Marks => "marks",
            Self::Unreadable => "unreadable",
            Self::Panicked => "panicked",
            Self::NotCanonical => "not-canonical",
            Self::Known => "known",
            Self::MissingDeps => "missing-deps",
            Self::ActorOfAnother => "actor-of-another",
            Self::Seq => "seq",
            Self::OwnPast => "own-past",
            Self::StartOp => "start-op",
            Self::DocumentActors => "document-actors",
            Self::DocumentOps => "document-ops",
            Self::UnknownObject => "unknown-object",
            Self::OutsidePast => "outside-past",
            Self::KeyKind => "key-kind",
            Self::Insert => "insert",
            Self::Pred => "pred",
            Self::PredTwice => "pred-twice",
            Self::DeleteNothing => "delete-nothing",
            Self::TextElement => "text-element",
            Self::TextValue => "text-value",
            Self::Action => "action",
            Self::Structure => "structure",
            Self::UnknownField => "unknown-field",
            Self::Value(error) => error.code(),
            Self::Replaced => "replaced",
            Self::TextLength => "text-length",
            Self::TextHistory => "text-history",
            Self::ItemId => "item-id",
            Self::ItemReplaced => "item-replaced",
            Self::ItemCount => "item-count",
            Self::ItemOrder => "item-order",
            Self::ItemRemoved => "item-removed",
            Self::GroupEdited => "group-edited",
            Self::Settled => "settled",
            Self::SettledPath => "settled-path",
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_two_refusals_have_the_same_name() {
        let source = include_str!("refusal.rs");
        let mut codes: Vec<_> =
            source.lines().filter_map(|line| line.split_once(" => \"")).map(|(_, code)| code).collect();
        let all = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), all);
        assert!(all > 50, "{all}");
    }
}

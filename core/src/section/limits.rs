//! How much a section may hold. Each limit bounds memory, a form's length, or what a change may carry.

/// Section files in one folder.
pub const FILES_MAX: usize = 64;
/// Bytes of one section file.
pub const FILE_BYTES_MAX: usize = 256 * 1024;
/// Fields of a section.
pub const FIELDS_MAX: usize = 64;
/// Fields of a list's items, and parts of a group.
pub const INNER_FIELDS_MAX: usize = 32;
/// Choices of a coded field.
pub const CODES_MAX: usize = 500;
/// Bytes of one code.
pub const CODE_BYTES_MAX: usize = 100;
/// Characters of a title, a label, a unit, an item's name, a code's system or display.
pub const LABEL_CHARS_MAX: usize = 200;
/// Characters of a summary, a help text or a source.
pub const HELP_CHARS_MAX: usize = 2_000;
/// The largest `max_chars` of a `text` field.
pub const TEXT_CHARS_MAX: u32 = 20_000;
/// The largest `max_chars` of a `line` field.
pub const LINE_CHARS_MAX: u32 = 500;
/// The largest `max_items` of a list, and what a list without one holds at most.
pub const LIST_ITEMS_MAX: u32 = 500;
/// Bytes of a list item's id.
pub const ITEM_ID_BYTES_MAX: usize = 64;
/// Characters of the reason for which an item was removed.
pub const REMOVED_REASON_CHARS_MAX: u32 = 500;
/// Digits of a telephone number, with an extension.
pub const PHONE_DIGITS_MAX: usize = 20;
/// Characters of a telephone number, with spaces and signs.
pub const PHONE_CHARS_MAX: usize = 40;
/// The largest number, and with a minus the smallest: 2^53 - 1, the end of JavaScript's whole numbers.
pub const NUMBER_MAX: i64 = 9_007_199_254_740_991;

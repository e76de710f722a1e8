//! The hub's bounds. Each is the answer to "what if somebody sends without end?".

/// How often the hub wants an `Input::Tick`, in milliseconds.
pub const TICK_MS: i64 = 1_000;
/// Documents one connection may have open.
pub const DOCUMENTS_PER_CONNECTION_MAX: usize = 4_096;
/// Connections that may have one document open.
pub const PEERS_PER_DOCUMENT_MAX: usize = 4_096;
/// Messages that wait for one document to be read from the store.
pub const MESSAGES_WHILE_LOADING_MAX: usize = 1_024;
/// Bytes of messages that wait for one document to be read from the store.
pub const BYTES_WHILE_LOADING_MAX: usize = 32 << 20;
/// Changes of one document that wait to be admitted; a connection that sends more is closed and sends them again later.
pub const WAITING_CHANGES_MAX: usize = 65_536;
/// Bytes of changes of one document that wait to be admitted.
pub const WAITING_BYTES_MAX: usize = 32 << 20;
/// Changes of one document that are tried and stored together.
pub const BATCH_CHANGES_MAX: usize = 1_024;
/// Changes that one peer of a document may have held back until their dependencies arrive.
pub const HELD_CHANGES_MAX: usize = 100;
/// Bytes of those.
pub const HELD_BYTES_MAX: usize = 1 << 20;
/// How long a change is held back, in milliseconds.
pub const HELD_MS_MAX: i64 = 60_000;
/// Refused changes that one connection may put in quarantine before it is closed.
pub const REFUSALS_PER_CONNECTION_MAX: u32 = 1_000;
/// Changes that a person may put in quarantine of documents they may not read any more: at once, and per second. The rest
/// stays on their device. An hour of typing without a signal is about ten thousand.
pub const SALVAGED_CHANGES_BURST_AND_RATE: (u32, u32) = (20_000, 10);
/// Bytes of those.
pub const SALVAGED_BYTES_BURST_AND_RATE: (u32, u32) = (16 << 20, 4 << 10);
/// Hashes of refused changes remembered per document; older ones are forgotten first.
pub const REFUSED_HASHES_MAX: usize = 10_000;
/// Bytes of one refused change kept in quarantine.
pub const QUARANTINE_BYTES_MAX: usize = 256 << 10;
/// Text of one refused change kept readable in quarantine, in characters.
pub const QUARANTINE_TEXT_CHARS_MAX: usize = 4_000;
/// How long a document's content stays in memory after its last use, in milliseconds.
pub const COOL_AFTER_MS: i64 = 10_000;
/// How long a document that nobody has open is remembered, in milliseconds.
pub const FORGET_AFTER_MS: i64 = 30_000;
/// Changes after the last snapshot that call for a new one.
pub const SNAPSHOT_AFTER_CHANGES: u64 = 200;
/// Changes after the last snapshot that call for a new one when the content leaves memory.
pub const SNAPSHOT_ON_COOLING_CHANGES: u64 = 40;
/// First and longest wait before a save that failed is tried again, in milliseconds.
pub const RETRY_MS: (i64, i64) = (250, 8_000);
/// Frames a connection may send: at once, and per second. Honest clients send about ten a second and document.
pub const FRAMES_BURST_AND_RATE: (u32, u32) = (20_000, 10_000);
/// Ephemeral messages a connection may send: at once, and per second. The rest is dropped.
pub const EPHEMERALS_BURST_AND_RATE: (u32, u32) = (30, 10);
/// Largest ephemeral message, in bytes.
pub const EPHEMERAL_BYTES_MAX: usize = 4 << 10;
/// Bytes of catching up a connection may ask for: at once, and per second. The rest is sent later.
pub const CATCH_UP_BURST_AND_RATE: (u32, u32) = (32 << 20, 2 << 20);
/// Hashes asked for by name in one message.
pub const NEED_MAX: usize = 256;

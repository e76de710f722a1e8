//! What the hub counts.

/// What has happened since the hub began, for the metrics. No personal data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Counters {
    pub frames_received: u64,
    pub frames_refused: u64,
    pub messages_sent: u64,
    pub changes_admitted: u64,
    pub changes_refused: u64,
    pub batches: u64,
    pub saves_failed: u64,
    pub trials_failed: u64,
    pub ephemerals_relayed: u64,
    pub ephemerals_dropped: u64,
    pub documents_unusable: u64,
    pub writes_failed: u64,
    pub rights_decided: u64,
    pub salvages_dropped: u64,
}

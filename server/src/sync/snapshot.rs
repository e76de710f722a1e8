//! Snapshots: made off the hot path, and proved before they are kept.

use crate::store::Store;
use bytes::Bytes;
use coplan_core::{content, sync::hub::SnapshotRequest};
use tokio::sync::Semaphore;

/// Snapshots that may be made at the same time.
const SNAPSHOTS_AT_ONCE: usize = 2;
static PLACES: Semaphore = Semaphore::const_new(SNAPSHOTS_AT_ONCE);

/// Saves the document, loads what was saved, and stores it only if both say the same. A snapshot that does not prove
/// itself is dropped: the change log has everything.
pub(super) async fn make(store: Store, request: SnapshotRequest) {
    let Ok(_place) = PLACES.acquire().await else { return };
    let document = request.document;
    let changes = request.changes;
    let proved = tokio::task::spawn_blocking(move || prove(&request)).await.ok().flatten();
    let Some((heads, bytes)) = proved else {
        metrics::counter!("coplan_snapshots_failed_total").increment(1);
        tracing::error!(document.id = %document, "a snapshot did not load again and was dropped");
        return;
    };
    match store.save_snapshot(&document, changes, &heads, bytes).await {
        Ok(()) => metrics::counter!("coplan_snapshots_total").increment(1),
        Err(error) => tracing::warn!(document.id = %document, %error, "a snapshot was not stored"),
    }
}

fn prove(request: &SnapshotRequest) -> Option<(Vec<automerge::ChangeHash>, Bytes)> {
    let bytes = request.state.save();
    let again = content::load_document(&bytes).ok()?;
    let mut heads = request.state.get_heads();
    heads.sort_unstable();
    let mut loaded = again.get_heads();
    loaded.sort_unstable();
    let same = heads == loaded && request.state.hydrate(None) == again.hydrate(None);
    same.then(|| (heads, Bytes::from(bytes)))
}

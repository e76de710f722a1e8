//! The chain by itself, and against the checkpoints.

use super::{Findings, VerifyError};
use crate::{
    audit::{
        action,
        chain::{BEGINNING, Row},
    },
    audit_checkpoint::Checkpoint,
    store::{Chained, Store},
};
use std::collections::BTreeMap;

/// The end of what was looked at.
struct End {
    seq: i64,
    hash: [u8; 32],
}

pub(super) async fn check(
    store: &Store,
    checkpoints: &[Checkpoint],
    findings: &mut Findings,
) -> Result<(), VerifyError> {
    order(checkpoints, findings);
    let mut signed_for: BTreeMap<i64, Vec<&Checkpoint>> = BTreeMap::new();
    for checkpoint in checkpoints {
        signed_for.entry(checkpoint.seq).or_default().push(checkpoint);
    }
    let mut end = End { seq: 0, hash: BEGINNING };
    compare(&end, &signed_for, findings);
    loop {
        let rows = store.audit_after(end.seq).await?;
        if rows.is_empty() {
            break;
        }
        for Chained { row, hash } in rows {
            follow(&mut end, &row, &hash, findings);
            compare(&end, &signed_for, findings);
            take_note(row, findings);
            findings.events += 1;
        }
    }
    for (seq, checkpoints) in signed_for.range(end.seq + 1..) {
        let times = checkpoints.iter().map(|checkpoint| checkpoint.time.as_str()).collect::<Vec<_>>().join(", ");
        let place = format!("a checkpoint signs for {seq} rows at {times}, and the last row is {}", end.seq);
        findings.add("audit-cut-off", place);
    }
    Ok(())
}

fn order(checkpoints: &[Checkpoint], findings: &mut Findings) {
    for pair in checkpoints.windows(2).filter(|pair| pair[0].seq > pair[1].seq) {
        let place = format!("the checkpoint of row {} comes after that of row {}", pair[1].seq, pair[0].seq);
        findings.add("checkpoint-order", place);
    }
}

/// Goes on from what is stored, so that one wrong row is one finding.
fn follow(end: &mut End, row: &Row, stored: &[u8], findings: &mut Findings) {
    if row.seq != end.seq + 1 {
        let place = format!("rows {} to {} are not there", end.seq + 1, row.seq - 1);
        findings.add("audit-row-missing", place);
    }
    let hash = row.hash(&end.hash);
    if hash[..] != *stored {
        findings.add("audit-row-changed", format!("row {} does not follow from itself and the row before", row.seq));
    }
    end.seq = row.seq;
    end.hash = stored.try_into().unwrap_or(hash);
}

fn compare(end: &End, signed_for: &BTreeMap<i64, Vec<&Checkpoint>>, findings: &mut Findings) {
    let hash = hex::encode(end.hash);
    for checkpoint in signed_for.get(&end.seq).into_iter().flatten() {
        if checkpoint.hash != hash || checkpoint.rows != end.seq {
            let place = format!("row {} is not the one that was signed for at {}", end.seq, checkpoint.time);
            findings.add("checkpoint-of-another-chain", place);
        }
    }
}

fn take_note(row: Row, findings: &mut Findings) {
    let (Some(version), Some(sha256)) = (row.version, row.sha256) else { return };
    match (row.action.as_str(), row.plan, row.resource) {
        (action::PUBLISH | action::TAKE_IN, Some(plan), _) => {
            let place = format!("plan {plan} version {version}");
            if findings.published.insert((plan, version), sha256).is_some() {
                findings.add("publication-twice", format!("{place} was published twice"));
            }
        }
        (action::DIGEST, _, Some(resource)) => {
            let document = resource.strip_prefix("document:").unwrap_or(&resource).to_owned();
            findings.digests.entry(document).or_default().push((version, sha256));
        }
        _ => {}
    }
}

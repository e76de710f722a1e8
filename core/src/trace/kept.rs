//! Deletions that take nothing away.
//!
//! Who sets a value that automerge shows already, beside others that it does not show, has automerge write no value: it
//! deletes the others. What looks like taking the value away says that it holds.

use super::{Op, Write, WriteKind, past::Past};
use std::collections::HashSet;

/// Gives each write of one path that deleted only what was not shown the kind and the value of the one that it left.
pub(super) fn find(past: &Past, writes: &mut [Write]) {
    for at in 0..writes.len() {
        if matches!(writes[at].kind, WriteKind::Clear | WriteKind::Restore)
            && let Some(left) = left_standing(past, &writes[..at], &writes[at])
        {
            let Write { kind, value, op, kept, .. } = &writes[left];
            let (kind, value, op) = (kind.clone(), value.clone(), kept.unwrap_or(*op));
            let write = &mut writes[at];
            (write.kind, write.value, write.kept) = (kind, value, Some(op));
        }
    }
}

/// What was shown is newer than all that was not, so it stands behind everything that the deletion names.
fn left_standing(past: &Past, before: &[Write], deletion: &Write) -> Option<usize> {
    let newest = deletion.replaces.iter().max()?;
    let register = deletion.kind.register();
    let mut replaced: HashSet<Op> = HashSet::new();
    for (at, write) in before.iter().enumerate().rev() {
        if write.op <= *newest {
            return None;
        }
        let other = write.item != deletion.item || write.kind.register() != register;
        if other || !past.descends(deletion.position as u32, write.position as u32) {
            continue;
        }
        let holds = matches!(write.kind, WriteKind::Set | WriteKind::Remove { .. }) && write.kept.is_none();
        if holds && !replaced.contains(&write.op) && !deletion.replaces.contains(&write.op) {
            return Some(at);
        }
        replaced.extend(&write.replaces);
    }
    None
}

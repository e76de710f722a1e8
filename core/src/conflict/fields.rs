//! Conflicts of single values and groups of class `C!`.

use super::{
    Contender, TAKEN_AWAY, in_words,
    standing::{Statement, StatementKind, standing},
};
use crate::{
    content::FieldValue,
    section::Field,
    trace::{Trace, Write, WriteKind},
};

/// What stands against each other at this field, if anything does: at least two, of which no two say the same.
pub(super) fn contenders(trace: &Trace, field: &Field, writes: &[&Write]) -> Vec<Contender> {
    if writes.len() < 2 {
        return Vec::new();
    }
    let mut values: Vec<Option<&FieldValue>> = vec![None];
    let mut statements = Vec::new();
    for write in writes {
        let value = write.value.as_ref();
        let at = values.iter().position(|known| *known == value).unwrap_or_else(|| {
            values.push(value);
            values.len() - 1
        });
        let kind = match write.kind {
            WriteKind::Set if write.is_held() => StatementKind::Put(at),
            WriteKind::Set | WriteKind::Clear => StatementKind::Deleted(at),
            WriteKind::Settle => StatementKind::AsShown,
            _ => continue,
        };
        statements.push(Statement { write, kind });
    }
    let stands = standing(trace.past(), &statements, 0).statements;
    let mut found: Vec<Contender> = Vec::new();
    // Of those who said the same the last one is named.
    for (at, value) in stands.into_iter().rev() {
        let value = values[value];
        if found.iter().all(|known| known.value.as_ref() != value) {
            let display = value.map_or_else(|| TAKEN_AWAY.to_owned(), |value| in_words(field, value));
            found.push(Contender { value: value.cloned(), display, change: statements[at].write.change });
        }
    }
    found.reverse();
    if found.len() < 2 { Vec::new() } else { found }
}

/// Of contenders for a field whose codes stand from widest to narrowest, the narrowest.
pub(super) fn narrowest(field: &Field, contenders: &[Contender]) -> Option<usize> {
    let place = |contender: &Contender| {
        let Some(FieldValue::Single(single)) = &contender.value else { return None };
        field
            .codes
            .iter()
            .position(|code| matches!(&single.value, crate::content::Plain::Text(held) if *held == code.code))
    };
    if !field.narrowing {
        return None;
    }
    let placed = contenders.iter().enumerate().filter_map(|(at, contender)| Some((place(contender)?, at)));
    placed.max().map(|(_, at)| at)
}

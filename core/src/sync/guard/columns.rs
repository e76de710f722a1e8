//! Counts what a change's columns claim, run by run, before anything unrolls them.
//!
//! INVARIANT: the work is bounded by the bytes, never by the counts written in them.

use super::{OP_COUNTER_MAX, OPS_MAX, PREDS_MAX, Refusal, reader::Reader};

/// Longest map key, in bytes.
pub const KEY_BYTES_MAX: usize = 128;

/// The columns of a change that sections need, each as its bytes; empty where there is none.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Columns<'a> {
    obj_actor: &'a [u8],
    obj_counter: &'a [u8],
    key_actor: &'a [u8],
    key_counter: &'a [u8],
    key_text: &'a [u8],
    insert: &'a [u8],
    action: &'a [u8],
    /// Type and length of each operation's value, as runs.
    pub(super) value_meta: &'a [u8],
    /// The values, one after the other.
    pub(super) value: &'a [u8],
    pred_count: &'a [u8],
    pred_actor: &'a [u8],
    pred_counter: &'a [u8],
    /// A column that sections do not need, or that is not known at all; the rest can still be read.
    stranger: Option<Refusal>,
}

impl<'a> Columns<'a> {
    /// Reads the table of columns and cuts the data that follows it.
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, Refusal> {
        let count = reader.unsigned()?;
        if count > COLUMNS_MAX {
            return Err(Refusal::UnknownColumn);
        }
        let mut table = Vec::with_capacity(count as usize);
        for _ in 0..count {
            let (spec, bytes) = (reader.unsigned()?, reader.unsigned()?);
            if bytes == 0 || table.last().is_some_and(|(previous, _)| *previous >= spec) {
                return Err(Refusal::ColumnOrder);
            }
            table.push((spec, bytes));
        }
        let mut columns = Self::default();
        for (spec, bytes) in table {
            let data = reader.take(bytes)?;
            match columns.of(spec) {
                Ok(column) => *column = data,
                Err(refusal) => columns.stranger = columns.stranger.or(Some(refusal)),
            }
        }
        Ok(columns)
    }

    /// Specification numbers: column id, type and deflate bit (automerge's storage format, column specifications).
    fn of(&mut self, spec: u64) -> Result<&mut &'a [u8], Refusal> {
        Ok(match spec {
            1 => &mut self.obj_actor,
            2 => &mut self.obj_counter,
            17 => &mut self.key_actor,
            19 => &mut self.key_counter,
            21 => &mut self.key_text,
            52 => &mut self.insert,
            66 => &mut self.action,
            86 => &mut self.value_meta,
            87 => &mut self.value,
            112 => &mut self.pred_count,
            113 => &mut self.pred_actor,
            115 => &mut self.pred_counter,
            148 | 165 => return Err(Refusal::Marks),
            _ => return Err(Refusal::UnknownColumn),
        })
    }

    /// Checks that all columns describe the same operations, within the limits. Gives the number of operations.
    pub(super) fn check(&self, actors: u64) -> Result<u64, Refusal> {
        self.stranger.map_or(Ok(()), Err)?;
        let ops = numbers(self.action, OPS_MAX, Refusal::OpCount, |action| {
            if action <= LAST_ACTION { Ok(()) } else { Err(Refusal::Action) }
        })?;
        if ops == 0 {
            return Err(Refusal::NoOps);
        }
        let actor = |index| if index < actors { Ok(()) } else { Err(Refusal::ActorIndex) };
        let counter = |value| if value <= OP_COUNTER_MAX { Ok(()) } else { Err(Refusal::Counter) };
        let rows = [
            numbers(self.obj_actor, OPS_MAX, Refusal::OpCount, actor)?,
            numbers(self.obj_counter, OPS_MAX, Refusal::OpCount, counter)?,
            numbers(self.key_actor, OPS_MAX, Refusal::OpCount, actor)?,
            deltas(self.key_counter, OPS_MAX, Refusal::OpCount)?,
            keys(self.key_text)?,
        ];
        if rows.iter().any(|rows| *rows != 0 && *rows != ops) || (rows[0] == 0) != (rows[1] == 0) {
            return Err(Refusal::Rows);
        }
        if booleans(self.insert)? != ops || self.values()? != ops {
            return Err(Refusal::Rows);
        }
        self.preds(ops, actor)?;
        Ok(ops)
    }

    fn values(&self) -> Result<u64, Refusal> {
        let mut bytes = 0_u64;
        let rows = runs(self.value_meta, OPS_MAX, Refusal::OpCount, Reader::unsigned, |meta, rows| {
            let length = meta.ok_or(Refusal::Rows)? >> 4;
            bytes = bytes.saturating_add(length.saturating_mul(rows));
            Ok(())
        })?;
        if bytes == self.value.len() as u64 { Ok(rows) } else { Err(Refusal::Rows) }
    }

    fn preds(&self, ops: u64, actor: impl Fn(u64) -> Result<(), Refusal>) -> Result<(), Refusal> {
        let mut preds = 0_u64;
        let rows = runs(self.pred_count, OPS_MAX, Refusal::OpCount, Reader::unsigned, |count, rows| {
            preds = preds.saturating_add(count.ok_or(Refusal::Rows)?.saturating_mul(rows));
            if preds > PREDS_MAX { Err(Refusal::PredCount) } else { Ok(()) }
        })?;
        let actors = numbers(self.pred_actor, PREDS_MAX, Refusal::PredCount, actor)?;
        let counters = deltas(self.pred_counter, PREDS_MAX, Refusal::PredCount)?;
        if rows == ops && actors == preds && counters == preds { Ok(()) } else { Err(Refusal::Rows) }
    }
}

/// The rows of a run-length column, at most `max`: `read` reads one value, `visit` gets each run.
pub(super) fn runs<'a, T: Copy>(
    column: &'a [u8],
    max: u64,
    too_many: Refusal,
    read: impl Fn(&mut Reader<'a>) -> Result<T, Refusal>,
    mut visit: impl FnMut(Option<T>, u64) -> Result<(), Refusal>,
) -> Result<u64, Refusal> {
    let mut reader = Reader::new(column);
    let mut rows = 0_u64;
    while !reader.is_empty() {
        let length = reader.signed()?;
        let nulls = if length == 0 { reader.unsigned()? } else { 0 };
        rows = rows.saturating_add(length.unsigned_abs()).saturating_add(nulls);
        if rows > max {
            return Err(too_many);
        }
        match length {
            0 if nulls == 0 => return Err(Refusal::Runs),
            0 => visit(None, nulls)?,
            1 => return Err(Refusal::Runs),
            2.. => visit(Some(read(&mut reader)?), length.unsigned_abs())?,
            _ => {
                for _ in 0..length.unsigned_abs() {
                    visit(Some(read(&mut reader)?), 1)?;
                }
            }
        }
    }
    Ok(rows)
}

fn numbers(
    column: &[u8],
    max: u64,
    too_many: Refusal,
    check: impl Fn(u64) -> Result<(), Refusal>,
) -> Result<u64, Refusal> {
    runs(column, max, too_many, Reader::unsigned, |value, _| value.map_or(Ok(()), &check))
}

/// A column of differences; the sums must stay within the range of counters.
fn deltas(column: &[u8], max: u64, too_many: Refusal) -> Result<u64, Refusal> {
    let mut sum = 0_i64;
    runs(column, max, too_many, Reader::signed, |difference, rows| {
        let step = difference.unwrap_or(0).checked_mul(rows as i64).ok_or(Refusal::Counter)?;
        sum = sum.checked_add(step).ok_or(Refusal::Counter)?;
        if (0..=OP_COUNTER_MAX as i64).contains(&sum) { Ok(()) } else { Err(Refusal::Counter) }
    })
}

fn keys(column: &[u8]) -> Result<u64, Refusal> {
    runs(column, OPS_MAX, Refusal::OpCount, Reader::prefixed, |key, _| match key {
        Some(key) if key.len() > KEY_BYTES_MAX => Err(Refusal::KeyBytes),
        Some(key) => std::str::from_utf8(key).map(|_| ()).map_err(|_| Refusal::Utf8),
        None => Ok(()),
    })
}

/// Counts of false, true, false and so on; only the first may be none.
fn booleans(column: &[u8]) -> Result<u64, Refusal> {
    let mut reader = Reader::new(column);
    let mut rows = 0_u64;
    let mut first = true;
    while !reader.is_empty() {
        let count = reader.unsigned()?;
        if count == 0 && !first {
            return Err(Refusal::Runs);
        }
        first = false;
        rows = rows.saturating_add(count);
        if rows > OPS_MAX {
            return Err(Refusal::OpCount);
        }
    }
    Ok(rows)
}

const COLUMNS_MAX: u64 = 64;
/// Of the actions that automerge has: 0 map, 1 put, 2 list, 3 delete, 4 text, 5 increment, 6 table, 7 mark.
const LAST_ACTION: u64 = 7;

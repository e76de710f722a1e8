//! What somebody typed, read out of a change that was refused.

use super::{
    OPS_MAX, Refusal,
    chunk::{Chunk, Head},
    columns::runs,
    reader::Reader,
};
use bytes::Bytes;

/// The text that a change would have written, as far as it can be read, at most `chars_max` characters. Never fails:
/// what cannot be read is left out. Single characters are joined as they were typed; longer values stand on lines of
/// their own.
#[must_use]
pub fn readable_text(wire: &Bytes, chars_max: usize) -> String {
    let mut words = Words { text: String::new(), room: chars_max, typing: false };
    // Whatever was read before a fault is kept.
    let _ = read(wire, &mut words);
    words.text
}

fn read(wire: &Bytes, words: &mut Words) -> Result<(), Refusal> {
    let chunk = Chunk::open(wire)?;
    let head = Head::read(chunk.body())?;
    let mut values = Reader::new(head.columns.value);
    runs(head.columns.value_meta, OPS_MAX, Refusal::OpCount, Reader::unsigned, |meta, rows| {
        let meta = meta.unwrap_or(0);
        for _ in 0..rows {
            let value = values.take(meta >> 4)?;
            if meta & 0x0f == STRING {
                words.add(value);
            }
        }
        Ok(())
    })?;
    Ok(())
}

struct Words {
    text: String,
    room: usize,
    typing: bool,
}

impl Words {
    fn add(&mut self, value: &[u8]) {
        let Ok(value) = std::str::from_utf8(value) else { return };
        let single = value.chars().nth(1).is_none();
        let goes_on = single && self.typing;
        if !self.text.is_empty() && !goes_on {
            self.push('\n');
        }
        value.chars().filter(|c| !c.is_control() || *c == '\n').for_each(|c| self.push(c));
        self.typing = single;
    }

    fn push(&mut self, c: char) {
        if self.room > 0 {
            self.text.push(c);
            self.room -= 1;
        }
    }
}

/// The type number of a string value.
const STRING: u64 = 6;

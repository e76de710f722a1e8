//! What was added to a text and what was taken away, by whole words.

/// The runs of words that a text gained and lost, in the order in which they stand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct TextChange {
    pub added: Vec<String>,
    pub taken: Vec<String>,
}

impl TextChange {
    /// Compares by words; white space alone is no difference.
    pub(super) fn between(before: &str, after: &str) -> Self {
        let before: Vec<&str> = before.split_whitespace().collect();
        let after: Vec<&str> = after.split_whitespace().collect();
        let same_start = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
        let (before, after) = (&before[same_start..], &after[same_start..]);
        let same_end = before.iter().rev().zip(after.iter().rev()).take_while(|(a, b)| a == b).count();
        let (before, after) = (&before[..before.len() - same_end], &after[..after.len() - same_end]);
        match before.len().saturating_mul(after.len()) {
            0..=CELLS_MAX => Self::by_longest_common(before, after),
            // Too much to compare word by word: all of the one was replaced by all of the other.
            _ => Self { added: run(after), taken: run(before) },
        }
    }

    /// Words that both have in the longest common order stay; what stands between them was added or taken away.
    fn by_longest_common(before: &[&str], after: &[&str]) -> Self {
        let width = after.len() + 1;
        // common[i * width + j]: how many words before[i..] and after[j..] have in common.
        let mut common = vec![0_u32; (before.len() + 1) * width];
        for i in (0..before.len()).rev() {
            for j in (0..after.len()).rev() {
                common[i * width + j] = match before[i] == after[j] {
                    true => common[(i + 1) * width + j + 1] + 1,
                    false => common[(i + 1) * width + j].max(common[i * width + j + 1]),
                };
            }
        }
        let mut change = Self::default();
        let (mut i, mut j) = (0, 0);
        while i < before.len() || j < after.len() {
            let (from_i, from_j) = (i, j);
            while i < before.len() || j < after.len() {
                if i < before.len() && j < after.len() && before[i] == after[j] {
                    break;
                }
                let take =
                    j == after.len() || (i < before.len() && common[(i + 1) * width + j] >= common[i * width + j + 1]);
                if take { i += 1 } else { j += 1 }
            }
            change.taken.extend(run(&before[from_i..i]));
            change.added.extend(run(&after[from_j..j]));
            if i < before.len() && j < after.len() {
                (i, j) = (i + 1, j + 1);
            }
        }
        change
    }
}

fn run(words: &[&str]) -> Vec<String> {
    if words.is_empty() { Vec::new() } else { vec![words.join(" ")] }
}

/// Most comparisons of one word with another; beyond that, what lies between the same beginning and the same end counts
/// as replaced.
const CELLS_MAX: usize = 250_000;

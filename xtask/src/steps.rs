//! Steps in a row: each announced, timed, and the first failure ends the run.

use crate::process::Failure;
use std::time::{Duration, Instant};

/// How many tests a step ran, as the runners' own closing lines say.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    /// Tests that passed.
    pub(crate) passed: u64,
    /// Tests that failed.
    pub(crate) failed: u64,
}

impl Count {
    /// Adds what a line of a runner says, if it is a closing line.
    ///
    /// Known are cargo's `test result: ok. 3 passed; 0 failed;`, node's `ℹ pass 3` and `ℹ fail 0`, and vitest's
    /// `Tests  1 failed | 3 passed (4)`.
    pub(crate) fn add(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_end_matches([';', ','])).collect();
        match words.as_slice() {
            ["ℹ" | "#", "pass", number] => self.passed += number.parse().unwrap_or(0),
            ["ℹ" | "#", "fail", number] => self.failed += number.parse().unwrap_or(0),
            ["test", "result:", ..] | ["Tests", ..] => {
                self.passed += number_before(&words, "passed");
                self.failed += number_before(&words, "failed");
            }
            _ => {}
        }
    }
}

fn number_before(words: &[&str], what: &str) -> u64 {
    let at = words.iter().position(|word| *word == what);
    at.and_then(|at| words.get(at.checked_sub(1)?)).and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The record of a run: what was done, how long it took, how many tests there were.
#[derive(Debug, Default)]
pub(crate) struct Record {
    done: Vec<(&'static str, Duration)>,
    count: Count,
}

impl Record {
    /// Runs one step and notes its time.
    ///
    /// # Errors
    /// The step's failure, with its name; the summary has then been printed.
    pub(crate) fn step(
        &mut self,
        name: &'static str,
        run: impl FnOnce(&mut Count) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        println!("\n=== {name}");
        let start = Instant::now();
        let result = run(&mut self.count);
        self.done.push((name, start.elapsed()));
        result.map_err(|failure| {
            self.count.failed = self.count.failed.max(1);
            eprintln!("xtask: {failure}");
            self.print();
            Failure(format!("step `{name}` failed; run it alone with `cargo xtask test {name}`"))
        })
    }

    /// Prints the time of each step; the closing line stands alone, for whoever reads it by machine.
    pub(crate) fn print(&self) {
        println!();
        for (name, took) in &self.done {
            println!("{name:>10} {:>7.1} s", took.as_secs_f64());
        }
        let total: Duration = self.done.iter().map(|(_, took)| *took).sum();
        println!("{:>10} {:>7.1} s", "in all", total.as_secs_f64());
        if self.count.failed == 0 {
            println!("cargo xtask test: {} steps passed", self.done.len());
        }
        println!("{} passed, {} failed", self.count.passed, self.count.failed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_of_all_runners_are_counted() {
        let mut count = Count::default();
        for line in [
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.02s",
            "test a_reader_cannot_write ... ok",
            "ℹ pass 7",
            "ℹ fail 2",
            "      Tests  1 failed | 30 passed (31)",
            "all tests passed",
        ] {
            count.add(line);
        }
        assert_eq!(count, Count { passed: 49, failed: 3 });
    }

    #[test]
    fn a_failing_step_is_named_and_ends_the_run() {
        let mut record = Record::default();
        let failure = record.step("lint", |_| Err(Failure("broken".into()))).map_err(|failure| failure.to_string());
        assert!(failure.is_err_and(|text| text.contains("`lint` failed")));
        assert_eq!(record.count, Count { passed: 0, failed: 1 });
    }
}

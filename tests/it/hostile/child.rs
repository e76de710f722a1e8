//! Runs one test in a process of its own, where memory and processor time can be measured.

use std::process::Command;

/// Runs the ignored test of that name alone; what it printed.
pub(super) fn run(test: &str) -> String {
    let binary = std::env::current_exe().unwrap();
    let output = Command::new(binary).args(["--exact", test, "--ignored", "--nocapture"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("1 passed"), "{said}");
    said
}

/// The most memory that this process has held at a time since it began, or since `forget_peak`.
pub(super) fn peak_kib() -> u64 {
    status_kib("VmHWM:")
}

/// The memory that this process holds.
pub(super) fn held_kib() -> u64 {
    status_kib("VmRSS:")
}

/// Begins to measure the peak anew (Linux, proc(5), `clear_refs`).
pub(super) fn forget_peak() {
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
}

/// Processor time that this thread has used, in microseconds.
pub(super) fn thread_cpu_us() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    stat.split_whitespace().next().unwrap().parse::<u64>().unwrap() / 1_000
}

fn status_kib(key: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(key)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

//! What processes use, as Linux tells it in `/proc`. Where the system does not tell, all is 0.

use std::fs;

/// Linux counts processor time in hundredths of a second.
const TICKS_PER_SECOND: f64 = 100.0;

/// What a process has used of processors, in seconds, to the hundredth.
pub(crate) fn cpu_seconds(id: u32) -> f64 {
    ticks(id, 2) / TICKS_PER_SECOND
}

/// What a process, its children and those of them that have ended have used of processors, in seconds.
pub(crate) fn family_cpu_seconds(id: u32) -> f64 {
    let living: f64 = children(id).into_iter().map(cpu_seconds).sum();
    ticks(id, 4) / TICKS_PER_SECOND + living
}

/// What the threads a process has now were on processors, in seconds, to the microsecond: for what is almost idle.
pub(crate) fn exact_cpu_seconds(id: u32) -> f64 {
    const PER_SECOND: f64 = 1e9;
    let Ok(threads) = fs::read_dir(format!("/proc/{id}/task")) else { return 0.0 };
    let nanoseconds = threads.flatten().filter_map(|thread| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    });
    nanoseconds.sum::<f64>() / PER_SECOND
}

/// What a process has in memory, in KiB.
pub(crate) fn resident_kib(id: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// What a process is called.
pub(crate) fn name(id: u32) -> String {
    fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default().trim_end().to_owned()
}

/// The process that started this one.
pub(crate) fn parent(id: u32) -> Option<u32> {
    fields(id).get(1)?.parse().ok()
}

/// The processes that a process started and that are still there.
pub(crate) fn children(id: u32) -> Vec<u32> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let ids = processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|child| parent(*child) == Some(id)).collect()
}

/// The sum of the first so many of: user, system, and both of ended children.
fn ticks(id: u32, count: usize) -> f64 {
    fields(id).iter().skip(11).take(count).filter_map(|field| field.parse::<f64>().ok()).sum()
}

/// What stands behind the process's name, which is in parentheses: its state, its parent, …
fn fields(id: u32) -> Vec<String> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let behind = stat.rsplit(')').next().unwrap_or_default();
    behind.split_whitespace().map(str::to_owned).collect()
}

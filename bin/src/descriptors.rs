//! How many files and sockets the process may have open.

/// What the server needs beside API connections and attempts: idle connections to receivers (1,024, two descriptors
/// each), look-ups, the store's connections, and some to spare.
const OTHERS: u64 = 4_096;
/// What one attempt may hold: a connection that is being tried to each of six addresses of the receiver.
const FOR_EACH_ATTEMPT: u64 = 6;

/// Raises the limit as far as the system lets an ordinary process. Many systems start programs with 1,024,
/// which idle API connections alone could use up; receivers would then seem unreachable.
pub(crate) fn raise_limit(max_connections: u16, concurrency: usize) {
    let wanted = wanted(max_connections, concurrency);
    match rlimit::increase_nofile_limit(wanted) {
        Ok(limit) if limit < wanted => {
            tracing::warn!(limit, wanted, "few files may be open at once; raise the limit (ulimit -n)");
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the limit of open files could not be raised"),
    }
}

fn wanted(max_connections: u16, concurrency: usize) -> u64 {
    let attempts = u64::try_from(concurrency).unwrap_or(u64::MAX);
    FOR_EACH_ATTEMPT.saturating_mul(attempts).saturating_add(OTHERS + u64::from(max_connections))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_connection_and_each_attempt_counts() {
        assert_eq!(wanted(0, 0), 4_096);
        assert_eq!(wanted(4_096, 256), 4_096 + 4_096 + 1_536);
        assert_eq!(wanted(u16::MAX, 65_535), 4_096 + 7 * 65_535);
        assert_eq!(wanted(u16::MAX, usize::MAX), u64::MAX);
    }

    #[test]
    fn the_unit_grants_what_the_defaults_want() {
        let unit = include_str!("../../docs/operations/slotflow.service");
        let granted = unit.lines().find_map(|line| line.strip_prefix("LimitNOFILE=")).unwrap();
        assert!(granted.parse::<u64>().unwrap() >= wanted(4_096, 256), "{granted}");
    }
}

//! How many files and sockets the process may have open.

/// What the server needs beside API connections: the sender's connections (two descriptors each), the store's, and some
/// to spare.
const OTHERS: u64 = 4_096;

/// Raises the limit as far as the system lets an ordinary process. Many systems start programs with 1,024,
/// which idle API connections alone could use up; receivers would then seem unreachable.
pub(crate) fn raise_limit(max_connections: u16) {
    let wanted = OTHERS + u64::from(max_connections);
    match rlimit::increase_nofile_limit(wanted) {
        Ok(limit) if limit < wanted => {
            tracing::warn!(limit, wanted, "few files may be open at once; raise the limit (ulimit -n)");
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the limit of open files could not be raised"),
    }
}

//! How many files and sockets the process may have open.

/// What the server needs at its bounds: 4,096 API connections, the sender's connections (two descriptors each),
/// the store's, and some to spare.
const WANTED: u64 = 8_192;

/// Raises the limit as far as the system lets an ordinary process. Many systems start programs with 1,024,
/// which idle API connections alone could use up; receivers would then seem unreachable.
pub(crate) fn raise_limit() {
    match rlimit::increase_nofile_limit(WANTED) {
        Ok(limit) if limit < WANTED => {
            tracing::warn!(
                limit,
                wanted = WANTED,
                "few files may be open at once; raise the limit (ulimit -n)"
            );
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the limit of open files could not be raised"),
    }
}

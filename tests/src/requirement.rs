//! The rule for what a machine may lack.
//!
//! Some tests need more than a Rust toolchain: PostgreSQL, Python or Node packages. Where one is missing
//! the test says that it was skipped. Under `SLOTFLOW_REQUIRE_ALL=1`, which `.ci/run` sets, it fails
//! instead: there, a skipped test would be a hole nobody sees.

use std::io::Write;

/// The environment variable under which nothing may be missing.
pub const REQUIRE_ALL: &str = "SLOTFLOW_REQUIRE_ALL";

/// Passes on what was found; a test ends quietly on `None`.
///
/// `let Some(node) = available("Node with express", find_node()) else { return };`
///
/// # Panics
/// When the component is missing and [`REQUIRE_ALL`] is `1`.
pub fn available<T>(component: &str, found: Option<T>) -> Option<T> {
    judge(component, found, std::env::var(REQUIRE_ALL).is_ok_and(|value| value == "1"))
}

fn judge<T>(component: &str, found: Option<T>, nothing_may_be_missing: bool) -> Option<T> {
    if found.is_none() {
        assert!(!nothing_may_be_missing, "{component} is missing, and {REQUIRE_ALL}=1 does not allow a skip");
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        let notice = format!("SKIPPED {test}: {component} is not on this machine (`.ci/install` adds it)\n");
        // Not through `eprintln!`, which the test runner hides for a test that passes.
        let _ = std::io::stderr().write_all(notice.as_bytes());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::judge;

    #[test]
    fn what_is_there_is_passed_on() {
        assert_eq!(judge("a thing", Some(7), true), Some(7));
    }

    #[test]
    fn what_is_missing_skips_a_test_by_default() {
        assert_eq!(judge::<u8>("a thing", None, false), None);
    }

    #[test]
    #[should_panic(expected = "a thing is missing")]
    fn what_is_missing_fails_a_test_where_all_is_required() {
        judge::<u8>("a thing", None, true);
    }
}

//! What tells one request from another.

use sha2::{Digest, Sha256};
use std::fmt;

/// SHA-256 over a request's method, path, query and body.
///
/// Two requests with the same digest ask for the same thing in the same bytes. A body that says the same in
/// other bytes is another request: whoever repeats one sends what it sent before.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestDigest([u8; 32]);

impl RequestDigest {
    /// The digest of a request. No query and an empty one are different, as they are different bytes.
    pub fn of(method: &str, path: &str, query: Option<&str>, body: &[u8]) -> Self {
        let mut digest = Sha256::new();
        // Each part behind its length, so that no two splits of the same bytes are the same request.
        for part in [method.as_bytes(), path.as_bytes(), query.unwrap_or("").as_bytes(), body] {
            digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            digest.update(part);
        }
        digest.update([u8::from(query.is_some())]);
        Self(digest.finalize().into())
    }

    /// The digest with these bytes, as they were stored.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes, to store.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Prints its first bytes: enough to tell requests apart.
impl fmt::Debug for RequestDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "RequestDigest({a:02x}{b:02x}{c:02x}{d:02x}…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn every_part_counts_and_parts_do_not_run_into_each_other() {
        let digests = [
            RequestDigest::of("POST", "/v1/bookings", None, b"{}"),
            RequestDigest::of("PUT", "/v1/bookings", None, b"{}"),
            RequestDigest::of("POST", "/v1/webhooks", None, b"{}"),
            RequestDigest::of("POST", "/v1/bookings", Some(""), b"{}"),
            RequestDigest::of("POST", "/v1/bookings", Some("a=1"), b"{}"),
            RequestDigest::of("POST", "/v1/bookings", None, b"{ }"),
            RequestDigest::of("POST", "/v1/booking", None, b"s{}"),
            RequestDigest::of("POST", "/v1/bookings", Some("{}"), b""),
        ];
        assert_eq!(digests.iter().collect::<HashSet<_>>().len(), digests.len());
    }

    proptest! {
        #[test]
        fn the_same_request_has_the_same_digest(path: String, query: Option<String>, body: Vec<u8>) {
            let digest = || RequestDigest::of("POST", &path, query.as_deref(), &body);
            prop_assert_eq!(digest(), digest());
            prop_assert_eq!(RequestDigest::from_bytes(*digest().as_bytes()), digest());
        }
    }
}

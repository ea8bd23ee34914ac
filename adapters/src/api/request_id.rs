//! What a request is called, by whoever asks about it later.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use slotflow_application::ports::Entropy;

/// The header that it comes in with and goes out with.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The longest that is taken from a client.
const LONGEST: usize = 128;

/// A request's identifier: the client's own, or a new one. It can stand in a log line and in a header.
#[derive(Clone, Debug)]
pub(super) struct RequestId(HeaderValue);

impl RequestId {
    /// The one that the client gave, if it is short and of harmless characters; else a new one.
    pub(super) fn of(headers: &HeaderMap, entropy: &dyn Entropy) -> Self {
        let given = headers.get(HEADER).filter(|value| is_harmless(value.as_bytes())).cloned();
        Self(given.unwrap_or_else(|| made(entropy)))
    }

    /// Its text.
    pub(super) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// As the header's value.
    pub(super) fn into_header(self) -> HeaderValue {
        self.0
    }
}

fn made(entropy: &dyn Entropy) -> HeaderValue {
    // A UUID is always a header's value.
    HeaderValue::try_from(entropy.token().to_string()).unwrap_or_else(|_| HeaderValue::from_static("none"))
}

/// Letters, digits, and what separates them in the identifiers of tracing tools. No quotes, spaces or brackets that
/// could pretend to be more of a log line than they are, and no `@`: what looks like an address is not kept.
fn is_harmless(bytes: &[u8]) -> bool {
    let known = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=~".contains(byte);
    (1..=LONGEST).contains(&bytes.len()) && bytes.iter().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_short_and_harmless_ones_are_taken() {
        let longest = "x".repeat(128);
        for good in ["7", "01957f3c-8a10-7000-8000-000000000001", "Root=1-67891233:ab/c+d~e_f.g", &longest] {
            assert!(is_harmless(good.as_bytes()), "{good}");
        }
        let too_long = "x".repeat(129);
        for bad in
            ["", "a b", "a\tb", "a\"b", "{a}", "a,b", "alex@startup.io", "\u{e9}", "a\u{7f}", &too_long]
        {
            assert!(!is_harmless(bad.as_bytes()), "{bad}");
        }
    }
}

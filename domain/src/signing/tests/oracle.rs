//! The Standard Webhooks project's own library, as a second opinion.

use super::properties::any_secret;
use super::*;
use proptest::prelude::*;
use std::time::SystemTime;

#[test]
fn the_standard_webhooks_library_accepts_our_headers() {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let now = Timestamp::from_millis(0).unwrap() + since_1970;
    let received = Received::new(&[secret(2), secret(1)], event(), now, BODY);
    let mut headers = http::HeaderMap::new();
    for (name, value) in &received.headers {
        headers.insert(*name, value.parse().unwrap());
    }
    let accepts = |secret: SigningSecret, body: &[u8]| {
        standardwebhooks::Webhook::new(secret.expose()).unwrap().verify(body, &headers).is_ok()
    };
    assert!(accepts(secret(1), BODY));
    assert!(accepts(secret(2), BODY));
    assert!(!accepts(secret(3), BODY));
    assert!(!accepts(secret(1), b"{}"));
}

proptest! {
    #[test]
    fn the_standard_webhooks_library_signs_as_we_do(
        secret in any_secret(), id: u128, seconds in 0_i64..=253_402_300_799, body in "\\PC*",
    ) {
        let id = EventId::new(Uuid::from_u128(id));
        let at = Timestamp::from_millis(seconds * 1_000).unwrap();
        let ours = sign(std::slice::from_ref(&secret), id, at, body.as_bytes());
        let library = standardwebhooks::Webhook::new(secret.expose()).unwrap();
        let theirs = library.sign(&id.to_string(), seconds, body.as_bytes()).unwrap();
        prop_assert_eq!(ours.standard, theirs);
    }
}

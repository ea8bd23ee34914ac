//! URLs: whatever is taken leads to a public place, and to the same one when it is read again.

use crate::corpus;
use crate::round::rounds;
use slotflow_domain::webhook::{Host, UrlRules, WebhookUrl, public_address};

#[test]
fn a_url_that_is_taken_is_public_and_stays_what_it_is() {
    for mut round in rounds("URLs", &corpus::lines(include_str!("corpus/urls.txt"))) {
        let strict = UrlRules::strict();
        let mut accepted = 0;
        while let Some(input) = round.next_input() {
            let text = String::from_utf8_lossy(&input);
            let _ = WebhookUrl::parse(&text, &UrlRules::development());
            let url = match WebhookUrl::parse(&text, &strict) {
                Ok(url) => url,
                Err(rejection) => {
                    assert!(!rejection.to_string().is_empty(), "no reason: {text:?}");
                    continue;
                }
            };
            accepted += 1;
            assert!(url.is_https() && url.port() != 0 && url.as_sent() == text, "{text:?}");
            assert!(text.chars().count() <= 2_048 && !text.contains(char::is_control), "{text:?}");
            match url.host() {
                Host::Ip(address) => assert!(public_address::judge(address, &strict).is_ok(), "{text:?}"),
                Host::Name(name) => {
                    let is_plain =
                        |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase() && byte != b'@';
                    assert!(
                        name.contains('.') && name.len() <= 253 && name.bytes().all(is_plain),
                        "{text:?}"
                    );
                    assert!(name.parse::<std::net::IpAddr>().is_err(), "an address as a name: {text:?}");
                }
            }
            assert_eq!(WebhookUrl::from_stored(&text).as_ref(), Ok(&url), "{text:?}");
            // Encoding makes it longer, perhaps too long to be sent in.
            let canonical = url.canonical().as_str();
            if canonical.len() <= 2_048 {
                let again = WebhookUrl::parse(canonical, &strict);
                assert_eq!(again.as_ref().map(WebhookUrl::canonical), Ok(url.canonical()), "{text:?}");
            }
        }
        let tried = round.given();
        round.end(tried, accepted);
    }
}

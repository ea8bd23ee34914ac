//! The request as it goes onto the wire.

use super::failure::AttemptFailure;
use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Method, Request, Uri, header};
use http_body_util::Full;
use slotflow_domain::delivery::AttemptRequest;
use std::fmt::Write;

/// A request that is ready to be sent.
pub(super) type Post = Request<Full<Bytes>>;

/// The HTTP request of an attempt: the host, the attempt's headers, and the payload's bytes, which are
/// shared rather than copied. The length is added from the body on the way. No `Accept-Encoding`: answers
/// are never decompressed.
///
/// # Errors
/// A header that HTTP cannot carry; requests are built so that there is none.
pub(super) fn post(request: &AttemptRequest) -> Result<Post, AttemptFailure> {
    const UNSENDABLE: AttemptFailure = AttemptFailure::Protocol("the request cannot be written as HTTP");
    let mut post = Request::new(Full::new(Bytes::from_owner(request.body.to_shared())));
    *post.method_mut() = Method::POST;
    *post.uri_mut() = target(request.url.path_and_query()).ok_or(UNSENDABLE)?;
    let host = HeaderValue::from_str(request.url.authority()).map_err(|_| UNSENDABLE)?;
    post.headers_mut().insert(header::HOST, host);
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| UNSENDABLE)?;
        let value = HeaderValue::from_str(value).map_err(|_| UNSENDABLE)?;
        post.headers_mut().append(name, value);
    }
    Ok(post)
}

/// The request line's target. The WHATWG rules leave some characters as they are that `http` refuses; those
/// are percent-encoded, which means the same to a receiver (RFC 3986, section 2.4).
fn target(path_and_query: &str) -> Option<Uri> {
    let parsed = PathAndQuery::try_from(path_and_query)
        .or_else(|_| PathAndQuery::try_from(strictly_encoded(path_and_query)));
    Some(Uri::from(parsed.ok()?))
}

fn strictly_encoded(path_and_query: &str) -> String {
    let mut encoded = String::with_capacity(path_and_query.len() + 16);
    for byte in path_and_query.bytes() {
        match byte {
            b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' | ..=b' ' | 0x7f.. => {
                // Writing to a string cannot fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
            _ => encoded.push(char::from(byte)),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use slotflow_domain::webhook::{UrlRules, WebhookUrl};

    #[test]
    fn every_character_that_a_url_may_hold_can_be_sent() {
        for character in (' '..='~').chain(['é', '\u{10ffff}']).filter(|c| !"#".contains(*c)) {
            for text in [
                format!("https://example.com/a{character}b"),
                format!("https://example.com/?a{character}b"),
                format!("https://example.com/?a`{character}b"),
            ] {
                let url = WebhookUrl::parse(&text, &UrlRules::strict()).unwrap();
                let target = target(url.path_and_query()).unwrap_or_else(|| panic!("{text}"));
                assert!(target.path_and_query().is_some(), "{text}");
                assert!(target.to_string().bytes().all(|byte| byte.is_ascii_graphic()), "{text}");
            }
        }
    }

    #[test]
    fn what_http_accepts_stays_as_it_is() {
        for text in ["/", "/a/b?c=d&e", "/%C3%A9?x=%20+", "//", "/?", "/;=@:~*'()!$,"] {
            assert_eq!(target(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_backtick_in_a_query_is_encoded() {
        assert_eq!(strictly_encoded("/a?b=`c`&d=%20"), "/a?b=%60c%60&d=%20");
    }
}

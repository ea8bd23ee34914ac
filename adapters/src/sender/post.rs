//! The request as it goes onto the wire.

use super::failure::AttemptFailure;
use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Method, Request, Uri, header};
use http_body_util::Full;
use slotflow_domain::delivery::AttemptRequest;

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

/// The request line's target, as it stands in the URL: `http` accepts whatever the WHATWG rules leave in it.
fn target(path_and_query: &str) -> Option<Uri> {
    PathAndQuery::try_from(path_and_query).ok().map(Uri::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use slotflow_domain::event::Payload;
    use slotflow_domain::webhook::{UrlRules, WebhookUrl};

    #[test]
    fn the_host_header_holds_brackets_and_unusual_ports() {
        for (text, host) in [
            ("https://example.com/a@b", "example.com"),
            ("https://example.com:443?x", "example.com"),
            ("http://Example.com.:8080/", "example.com:8080"),
            ("http://[::1]:443/", "[::1]:443"),
            ("http://[0:0::1]/", "[::1]"),
            ("http://b\u{fc}cher.example/", "xn--bcher-kva.example"),
        ] {
            let url = WebhookUrl::from_stored(text).unwrap();
            let body = Payload::from_stored(b"{}".as_slice());
            let post = post(&AttemptRequest { url, headers: Vec::new(), body }).unwrap();
            assert_eq!(post.headers()[header::HOST], host, "{text}");
        }
    }

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
                assert_eq!(target.to_string(), url.path_and_query());
            }
        }
    }
}

//! Where the browser finds this server, as far as it says so.

use axum::http::{HeaderMap, header};

/// What is shown where the browser says nothing that could be an address.
const UNKNOWN: &str = "http://localhost:8080";

/// `https://hooks.acme.dev`, to be shown in examples. It is what the request says, so nothing must depend on it.
pub(super) fn own_address(headers: &HeaderMap) -> String {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(host) = text(header::HOST).filter(|host| is_host(host)) else { return UNKNOWN.to_owned() };
    let scheme = match text(header::REFERER) {
        // Browsers say which of our pages they come from, proxies or not.
        Some(page) if page.starts_with("https://") => "https",
        Some(page) if page.starts_with("http://") => "http",
        // What names a port is rather somebody's own machine.
        _ if host.contains(':') => "http",
        _ => "https",
    };
    format!("{scheme}://{host}")
}

/// Whether this is a host with or without its port, and nothing that a shell would take for anything else.
fn is_host(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']');
    !text.is_empty() && text.bytes().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(host: &'static str, referer: Option<&'static str>) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        headers.extend(referer.map(|page| (header::REFERER, page.parse().unwrap())));
        own_address(&headers)
    }

    #[test]
    fn the_scheme_is_the_one_that_the_browser_came_by() {
        assert_eq!(
            told("hooks.acme.dev", Some("https://hooks.acme.dev/dashboard/")),
            "https://hooks.acme.dev"
        );
        assert_eq!(told("[::1]:8080", Some("http://[::1]:8080/dashboard/")), "http://[::1]:8080");
        assert_eq!(told("localhost:8080", None), "http://localhost:8080");
        assert_eq!(told("hooks.acme.dev", None), "https://hooks.acme.dev");
    }

    #[test]
    fn what_is_no_host_is_not_shown() {
        for host in ["a';rm -rf /;'", "a b", "\"><script>", "a/b", ""] {
            assert_eq!(told(host, None), UNKNOWN, "{host}");
        }
    }
}

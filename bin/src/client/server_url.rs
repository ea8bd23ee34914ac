//! Where a server is.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use url::{Host, Url};

/// The URL that the API's paths are put behind: `http` or `https`, perhaps with a path of its own, without a
/// slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerUrl {
    text: String,
    is_exposed: bool,
}

impl ServerUrl {
    /// The server on this address, without encryption.
    pub(crate) fn on(address: SocketAddr) -> Self {
        Self { text: format!("http://{address}"), is_exposed: !address.ip().is_loopback() }
    }

    /// The URL of this path, which begins with a slash.
    pub(super) fn with(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }

    /// Whether others can read on the way what is sent there: it leaves this machine, and is not encrypted.
    pub(crate) const fn is_exposed(&self) -> bool {
        self.is_exposed
    }
}

impl FromStr for ServerUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "must be a URL such as https://webhooks.acme.dev or http://127.0.0.1:8080";
        let url = Url::parse(text.trim()).map_err(|_| FORM)?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(FORM);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not hold a user name or a password; the API key is given by SLOTFLOW_API_KEY");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("must end with the path that the API is found behind: no ? and no #");
        }
        let is_exposed = url.scheme() == "http" && !url.host().is_some_and(|host| is_loopback(&host));
        Ok(Self { text: url.as_str().trim_end_matches('/').to_owned(), is_exposed })
    }
}

/// Addresses of this machine, and the names that stand for them whatever a resolver says (RFC 6761, 6.3).
fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_put_behind_the_url() {
        for (text, expected) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1/events"),
            ("HTTPS://Hooks.Acme.dev:443/", "https://hooks.acme.dev/v1/events"),
            ("https://acme.dev/slotflow/", "https://acme.dev/slotflow/v1/events"),
            ("http://[::1]:8080", "http://[::1]:8080/v1/events"),
        ] {
            assert_eq!(text.parse::<ServerUrl>().unwrap().with("/v1/events"), expected);
        }
    }

    #[test]
    fn what_leaves_this_machine_in_the_clear_is_exposed() {
        let is_exposed = |text: &str| text.parse::<ServerUrl>().unwrap().is_exposed();
        for text in
            ["http://acme.dev", "http://10.0.0.7:8080", "http://[2001:db8::1]", "http://localhost.acme.dev"]
        {
            assert!(is_exposed(text), "{text}");
        }
        for text in [
            "https://acme.dev",
            "http://127.0.0.1:8080",
            "http://127.8.9.1",
            "http://[::1]:8080",
            "http://LOCALHOST.",
            "http://slotflow.localhost/api",
        ] {
            assert!(!is_exposed(text), "{text}");
        }
    }

    #[test]
    fn what_is_no_place_of_a_server_is_refused() {
        for text in [
            "",
            "127.0.0.1:8080",
            "localhost:8080",
            "ftp://acme.dev",
            "https://user:word@acme.dev",
            "https://acme.dev/?a=b",
            "https://acme.dev/#a",
        ] {
            assert!(text.parse::<ServerUrl>().is_err(), "{text}");
        }
    }
}

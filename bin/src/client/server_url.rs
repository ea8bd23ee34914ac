//! Where a server is.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use url::Url;

/// The URL that the API's paths are put behind: `http` or `https`, perhaps with a path of its own, without a
/// slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerUrl(String);

impl ServerUrl {
    /// The server on this address, without encryption.
    pub(crate) fn on(address: SocketAddr) -> Self {
        Self(format!("http://{address}"))
    }

    /// The URL of this path, which begins with a slash.
    pub(super) fn with(&self, path: &str) -> String {
        format!("{}{path}", self.0)
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
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
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

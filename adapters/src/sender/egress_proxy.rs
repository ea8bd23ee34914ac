//! Which proxy requests leave through.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{Uri, uri};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

/// A proxy of the operator's, spoken to in plain HTTP: `http://proxy.internal:3128`, perhaps with
/// `user:password@`. Where it stands is the operator's choice and is not judged.
///
/// Never shows its user and password.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EgressProxy {
    /// A name, or an address without brackets.
    host: Arc<str>,
    port: u16,
    /// What follows `Proxy-Authorization: Basic `.
    credentials: Option<Arc<str>>,
}

/// Text that names no proxy. It is not repeated, as it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a URL like http://proxy.internal:3128, perhaps with user:password@ (https is not supported)"
)]
pub struct NotAProxy;

/// Where a proxy is to be found.
pub(super) enum ProxyHost<'a> {
    /// A name to look up.
    Name(&'a str),
    /// Its address.
    Ip(IpAddr),
}

impl EgressProxy {
    pub(super) fn host(&self) -> ProxyHost<'_> {
        self.host.parse().map_or(ProxyHost::Name(&self.host), ProxyHost::Ip)
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// The request for a tunnel to `target`: an address, so that the proxy has no name to look up, and leads
    /// nowhere else than was judged.
    pub(super) fn request_for(&self, target: SocketAddr) -> String {
        let authorization = self
            .credentials
            .as_ref()
            .map_or_else(String::new, |credentials| format!("Proxy-Authorization: Basic {credentials}\r\n"));
        format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{authorization}\r\n")
    }
}

impl FromStr for EgressProxy {
    type Err = NotAProxy;

    fn from_str(text: &str) -> Result<Self, NotAProxy> {
        let url: Uri = text.parse().map_err(|_| NotAProxy)?;
        let authority = url.authority().ok_or(NotAProxy)?;
        let is_bare = matches!(url.path_and_query().map(uri::PathAndQuery::as_str), None | Some("/"));
        if url.scheme() != Some(&uri::Scheme::HTTP) || !is_bare {
            return Err(NotAProxy);
        }
        let host = authority.host();
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        // Without a port it would be anybody's guess: proxies have no usual one.
        let port = authority.port_u16().filter(|port| *port != 0).ok_or(NotAProxy)?;
        if host.is_empty() {
            return Err(NotAProxy);
        }
        let user_info = authority.as_str().rsplit_once('@').map(|(user_info, _)| user_info);
        let credentials = user_info.map(credentials).transpose()?;
        Ok(Self { host: host.into(), port, credentials })
    }
}

/// The credentials as HTTP has them (RFC 7617), from `user:password` as URLs have them.
fn credentials(user_info: &str) -> Result<Arc<str>, NotAProxy> {
    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    let user = decoded(user)?;
    // A colon ends the user's name there.
    if user.is_empty() || user.contains(&b':') {
        return Err(NotAProxy);
    }
    let pair = [user, vec![b':'], decoded(password)?].concat();
    if pair.iter().any(u8::is_ascii_control) {
        return Err(NotAProxy);
    }
    Ok(STANDARD.encode(pair).into())
}

/// The bytes that percent-encoded text stands for.
fn decoded(text: &str) -> Result<Vec<u8>, NotAProxy> {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let digits = part.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).ok_or(NotAProxy)?;
        bytes.push(byte);
        bytes.extend(part.bytes().skip(2));
    }
    Ok(bytes)
}

impl fmt::Debug for EgressProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let credentials = if self.credentials.is_some() { "…@" } else { "" };
        write!(f, "EgressProxy({credentials}{}:{})", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(proxy: &str) -> String {
        proxy.parse::<EgressProxy>().unwrap().request_for("[2606:4700::1111]:443".parse().unwrap())
    }

    #[test]
    fn the_tunnels_target_is_an_address() {
        assert_eq!(
            request("http://proxy.internal:3128"),
            "CONNECT [2606:4700::1111]:443 HTTP/1.1\r\nHost: [2606:4700::1111]:443\r\n\r\n"
        );
    }

    #[test]
    fn user_and_password_go_to_the_proxy_decoded() {
        for (user_info, pair) in [
            ("me:secret", "me:secret"),
            ("me", "me:"),
            ("me:", "me:"),
            ("me:a:b", "me:a:b"),
            ("m%65:p%40s%2Fs%25", "me:p@s/s%"),
            ("me:%c3%a9", "me:é"),
        ] {
            let header = format!("\r\nProxy-Authorization: Basic {}\r\n\r\n", STANDARD.encode(pair));
            let request = request(&format!("http://{user_info}@proxy:3128/"));
            assert!(request.ends_with(&header), "{user_info}: {request}");
        }
    }

    #[test]
    fn names_and_addresses_are_told_apart() {
        for (text, address) in [
            ("http://proxy:3128", None),
            ("http://10.0.0.1:3128", Some("10.0.0.1")),
            ("http://u:p@[fd00::1]:3128", Some("fd00::1")),
        ] {
            let proxy: EgressProxy = text.parse().unwrap();
            let found = match proxy.host() {
                ProxyHost::Name(_) => None,
                ProxyHost::Ip(address) => Some(address.to_string()),
            };
            assert_eq!((found.as_deref(), proxy.port()), (address, 3128), "{text}");
        }
    }

    #[test]
    fn debug_shows_neither_user_nor_password() {
        let proxy: EgressProxy = "http://hunter1:hunter2@proxy:3128".parse().unwrap();
        assert_eq!(format!("{proxy:?}"), "EgressProxy(…@proxy:3128)");
    }

    #[test]
    fn what_is_no_proxy_is_refused_and_not_repeated() {
        for wrong in [
            "",
            "proxy:3128",
            "http://proxy",
            "http://proxy:0",
            "http://proxy:65536",
            "http://:3128",
            "https://hunter2@proxy:3128",
            "socks5://proxy:1080",
            "http://proxy:3128/path",
            "http://proxy:3128/?hunter2",
            "http://:hunter2@proxy:3128",
            "http://me%3Ayou:hunter2@proxy:3128",
            "http://me:hunter2%0d%0a@proxy:3128",
            "http://me:hunter2%@proxy:3128",
            "http://me:hunter2%+1@proxy:3128",
            "http://me:hunter 2@proxy:3128",
        ] {
            let refusal = wrong.parse::<EgressProxy>().unwrap_err();
            assert!(!refusal.to_string().contains("hunter"), "{wrong}");
        }
    }
}

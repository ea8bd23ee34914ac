//! Where a webhook is delivered to.

use super::{CanonicalUrl, UrlRejection, UrlRules, host_name, public_address};
use std::fmt;
use std::net::IpAddr;
use url::{Position, Url};

/// The most characters (not bytes) of a URL as it is sent in.
pub const MAX_CHARACTERS: usize = 2_048;

/// A URL that webhooks can be delivered to, as it was sent in and in canonical form.
///
/// Invariants: `http` or `https`; a host that is an address or a name that DNS can hold; no user name,
/// password, fragment, control character or port 0. Text is parsed once, and everything is read from what the parser made of it: a second parser
/// might see another host.
///
/// `Debug` shows the origin only, since paths and queries of webhooks often hold tokens.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct WebhookUrl {
    as_sent: Box<str>,
    canonical: CanonicalUrl,
}

/// The host of a [`WebhookUrl`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Host<'a> {
    /// A name to resolve, absolute: lower-case, IDNA applied, without the trailing dot.
    Name(&'a str),
    /// An address to connect to, which resolvers never see.
    Ip(IpAddr),
}

impl WebhookUrl {
    /// Reads a URL that someone wants webhooks delivered to.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn parse(text: &str, rules: &UrlRules) -> Result<Self, UrlRejection> {
        let url = Self::from_stored(text)?;
        url.judge(rules)?;
        Ok(url)
    }

    /// Reads a URL that was accepted before, under rules that may have changed since: where it leads is not
    /// judged. It need not be, as every connection's address is.
    ///
    /// # Errors
    /// Text that breaks the invariants of this type.
    pub fn from_stored(text: &str) -> Result<Self, UrlRejection> {
        if text.chars().nth(MAX_CHARACTERS).is_some() {
            return Err(UrlRejection::TooLong);
        }
        if text.contains(char::is_control) {
            return Err(UrlRejection::ControlCharacter);
        }
        if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
            return Err(UrlRejection::SurroundingWhitespace);
        }
        let url = Url::parse(text).map_err(UrlRejection::NotAUrl)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(UrlRejection::UnknownScheme);
        }
        if has_user_info(text, &url) {
            return Err(UrlRejection::UserInfo);
        }
        if url.fragment().is_some() {
            return Err(UrlRejection::Fragment);
        }
        if url.port() == Some(0) {
            return Err(UrlRejection::PortZero);
        }
        if let Some(url::Host::Domain(name)) = url.host() {
            // Judged before the dot is dropped for good: `127.0.0.1..` is a name, `127.0.0.1.` an address.
            let name = name.strip_suffix('.').unwrap_or(name);
            host_name::judge_form(name).map_err(UrlRejection::HostName)?;
        }
        let canonical = CanonicalUrl::of(url).map_err(UrlRejection::NotAUrl)?;
        Ok(Self { as_sent: text.into(), canonical })
    }

    /// Judges the scheme and the host by `rules`, as [`WebhookUrl::parse`] does. What a name resolves to is
    /// for [`public_address::judge`].
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn judge(&self, rules: &UrlRules) -> Result<(), UrlRejection> {
        if !self.is_https() && !rules.allow_http {
            return Err(UrlRejection::NotEncrypted);
        }
        match self.host() {
            Host::Ip(host) => {
                public_address::judge(host, rules).map_err(|why| UrlRejection::Address { host, why })
            }
            Host::Name(host) => host_name::judge_public(host, rules)
                .map_err(|why| UrlRejection::LocalName { host: host.to_owned(), why }),
        }
    }

    /// The text as it was sent in, which clients get back.
    pub fn as_sent(&self) -> &str {
        &self.as_sent
    }

    /// The form in which equal means the same, and which is requested.
    pub fn canonical(&self) -> &CanonicalUrl {
        &self.canonical
    }

    /// The host to connect to.
    pub fn host(&self) -> Host<'_> {
        match self.canonical.as_url().host() {
            Some(url::Host::Domain(name)) => Host::Name(name),
            Some(url::Host::Ipv4(address)) => Host::Ip(address.into()),
            Some(url::Host::Ipv6(address)) => Host::Ip(address.into()),
            // Cannot be: the parser accepts no http or https URL without a host. No name is judged well.
            None => Host::Name(""),
        }
    }

    /// The port to connect to, the scheme's own if none is given. Never 0.
    pub fn port(&self) -> u16 {
        let default = if self.is_https() { 443 } else { 80 };
        self.canonical.as_url().port().unwrap_or(default)
    }

    /// What stands in the `Host` header (RFC 9110, section 7.2): the host, in brackets if it is an IPv6
    /// address, and the port unless it is the scheme's own. ASCII.
    pub fn authority(&self) -> &str {
        &self.canonical.as_url()[Position::BeforeHost..Position::BeforePath]
    }

    /// Whether the connection is encrypted.
    pub fn is_https(&self) -> bool {
        self.canonical.as_url().scheme() == "https"
    }

    /// What stands in the request line: the path, which begins with `/`, and the query with its `?`, if
    /// there is one. ASCII.
    pub fn path_and_query(&self) -> &str {
        &self.canonical.as_url()[Position::BeforePath..]
    }
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.canonical.fmt(f)
    }
}

/// Whether an `@` stands before the host. The parsed URL alone does not tell: an empty user name leaves no
/// trace in it.
///
/// Finds the authority as the WHATWG standard does for `http` and `https`: any number of slashes of either
/// kind after the scheme, then up to the next one, a `?` or a `#`.
fn has_user_info(text: &str, url: &Url) -> bool {
    let after_scheme = text.split_once(':').map_or("", |(_, rest)| rest);
    let authority = after_scheme.trim_start_matches(['/', '\\']).split(['/', '\\', '?', '#']).next();
    authority.is_some_and(|authority| authority.contains('@'))
        || !url.username().is_empty()
        || url.password().is_some()
}

//! When two URLs are the same one.

use sha2::{Digest, Sha256};
use std::fmt;
use url::{Host, Position, Url};

/// The form of a URL in which equal means the same: the WHATWG serialization, with one trailing dot of the
/// host dropped.
///
/// Alike become scheme and host case, IDNA, spellings of IP addresses, the default port, dot segments,
/// backslashes, and the empty path and `/`. Path case, a trailing slash, the query and percent-encoding
/// stay as they are: receivers may tell them apart. Unique per organization.
///
/// `Debug` shows the origin only, since paths and queries of webhooks often hold tokens.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CanonicalUrl(Url);

impl CanonicalUrl {
    /// Makes a parsed `http` or `https` URL canonical, whose host is an address or a well-formed name.
    ///
    /// # Errors
    /// A name that is none any more without its dot; a well-formed one always is.
    pub(super) fn of(mut url: Url) -> Result<Self, url::ParseError> {
        if let Some(Host::Domain(name)) = url.host()
            && let Some(without_dot) = name.strip_suffix('.')
        {
            let without_dot = without_dot.to_owned();
            url.set_host(Some(&without_dot))?;
        }
        Ok(Self(url))
    }

    /// The canonical text. It may be longer than what was sent in: the parser percent-encodes.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// SHA-256 of the canonical text: a key of fixed length for unique indexes, which cannot hold URLs of
    /// every length.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.as_str()).into()
    }

    pub(super) fn as_url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Debug for CanonicalUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/…", &self.0[..Position::BeforePath])
    }
}

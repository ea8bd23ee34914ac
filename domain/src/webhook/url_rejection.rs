//! Why a URL cannot be a webhook's.

use super::{AddressRefusal, LocalName, MalformedName};
use crate::Rejection;
use std::net::IpAddr;

/// The first rule that a URL breaks. Displays as a clause that can follow the field's name.
///
/// Of the URL only its host is ever quoted, and only where the host is the fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlRejection {
    /// More than [`MAX_CHARACTERS`](super::url::MAX_CHARACTERS).
    #[error("must have at most 2,048 characters")]
    TooLong,
    /// NUL, tab, line break or another control character, anywhere.
    #[error("must not contain control characters")]
    ControlCharacter,
    /// Parsers would strip or encode it in silence.
    #[error("must not begin or end with whitespace")]
    SurroundingWhitespace,
    /// Nothing that the WHATWG URL standard calls an absolute URL.
    #[error("must be an absolute URL ({0})")]
    NotAUrl(url::ParseError),
    /// Neither `https` nor `http`.
    #[error("must use https")]
    UnknownScheme,
    /// `http`, where the rules ask for `https`.
    #[error("must use https")]
    NotEncrypted,
    /// An `@` before the host, even with nothing before it.
    #[error("must not contain a user name or password")]
    UserInfo,
    /// A `#`, even with nothing behind it: it would never be sent.
    #[error("must not contain a fragment")]
    Fragment,
    /// Nothing can listen there.
    #[error("must not use port 0")]
    PortZero,
    /// DNS or a certificate cannot hold the host's name.
    #[error("must have a host name that DNS can hold ({0})")]
    HostName(MalformedName),
    /// The name cannot be one on the internet.
    #[error("host {host} is not a public name ({why})")]
    LocalName {
        /// The name, at most 253 characters.
        host: String,
        /// What makes it local.
        why: LocalName,
    },
    /// The host is an IP address, in whatever spelling, where webhooks may not be delivered.
    #[error("host {host} {why}")]
    Address {
        /// The address, as every spelling of it was understood.
        host: IpAddr,
        /// What speaks against it.
        why: AddressRefusal,
    },
}

impl From<UrlRejection> for Rejection {
    fn from(rejection: UrlRejection) -> Self {
        Self::new("url", rejection.to_string())
    }
}

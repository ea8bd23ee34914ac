//! How strictly webhook URLs and the addresses behind them are judged.

use super::Cidr;

/// What an installation permits beyond the internet over https.
///
/// The same rules hold at registration and on the address really connected to, at every attempt. By default nothing is
/// permitted: each field is `false` or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UrlRules {
    /// `http` as well as `https` (`--allow-http`); not by default.
    pub allow_http: bool,
    /// Networks of one's own, for development (`--allow-private-networks`): private, loopback,
    /// carrier-grade NAT and unique-local addresses, and names such as `localhost`, `*.local` or ones
    /// without a dot. Not by default.
    ///
    /// Link-local addresses and every cloud metadata address stay refused: nobody receives webhooks
    /// there, and what answers there hands out credentials.
    pub allow_private_networks: bool,
    /// `64:ff9b::/96` (RFC 6052), judged by the IPv4 address inside (`--allow-nat64`). For networks that
    /// reach IPv4 through NAT64, where DNS64 makes every IPv4 receiver look like this. Not by default.
    pub allow_nat64: bool,
    /// Networks that events may be sent to although they are not on the internet (`--allow-cidr`). Addresses
    /// only: local names stay refused. None by default.
    ///
    /// No list opens a cloud metadata address, nor an IPv6 form of an IPv4 address, under which any other
    /// could hide.
    pub allowed: Vec<Cidr>,
    /// Networks that events are never sent to, whatever else is allowed (`--deny-cidr`); none by default.
    pub denied: Vec<Cidr>,
}

impl UrlRules {
    /// The internet over https, nothing else. The default.
    pub const fn strict() -> Self {
        Self {
            allow_http: false,
            allow_private_networks: false,
            allow_nat64: false,
            allowed: Vec::new(),
            denied: Vec::new(),
        }
    }

    /// `http` and networks of one's own too (`--dev`).
    pub fn development() -> Self {
        Self { allow_http: true, allow_private_networks: true, ..Self::strict() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_strict() {
        assert_eq!(UrlRules::default(), UrlRules::strict());
    }
}

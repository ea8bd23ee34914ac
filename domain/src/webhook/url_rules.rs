//! How strictly webhook URLs and the addresses behind them are judged.

/// What an installation permits beyond the internet over https.
///
/// The same rules hold at registration and on the address really connected to, at every attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UrlRules {
    /// `http` as well as `https` (`--allow-http`).
    pub allow_http: bool,
    /// Networks of one's own, for development (`--allow-private-networks`): private, loopback,
    /// carrier-grade NAT and unique-local addresses, and names such as `localhost`, `*.local` or ones
    /// without a dot.
    ///
    /// Link-local addresses and every cloud metadata address stay refused: nobody receives webhooks
    /// there, and what answers there hands out credentials.
    pub allow_private_networks: bool,
    /// `64:ff9b::/96` (RFC 6052), judged by the IPv4 address inside (`--allow-nat64`). For networks that
    /// reach IPv4 through NAT64, where DNS64 makes every IPv4 receiver look like this.
    pub allow_nat64: bool,
}

impl UrlRules {
    /// The internet over https, nothing else. The default.
    pub const fn strict() -> Self {
        Self { allow_http: false, allow_private_networks: false, allow_nat64: false }
    }

    /// `http` and networks of one's own too (`--dev`).
    pub const fn development() -> Self {
        Self { allow_http: true, allow_private_networks: true, allow_nat64: false }
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

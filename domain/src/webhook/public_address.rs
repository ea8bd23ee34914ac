//! Which addresses a webhook may be delivered to.
//!
//! The one rule for an address written in a URL, for one that a name resolved to, and for the one that is
//! really connected to, so that the check and the use cannot disagree.

use super::{SpecialRange, UrlRules};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

/// Why nothing is sent to an address. Displays as a clause that can follow the address or its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum AddressRefusal {
    /// It is not on the internet.
    #[error("is not a public address ({0})")]
    NotPublic(NotPublic),
    /// The operator has closed its network ([`UrlRules::denied`]).
    #[error("is in a network that this installation does not send to")]
    Denied,
}

/// Why an address is not one on the internet. Displays as the kind of its range ("private network", "loopback", …); for
/// an IPv6 address that carries an IPv4 one, followed by that one's kind ("IPv4-mapped private network").
///
/// It holds no address, so that it may be shown to whoever owns a webhook without telling what a name
/// resolved to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NotPublic {
    /// The range of the address itself.
    pub range: SpecialRange,
    /// The range of the IPv4 address inside, if it carries one that would be refused too.
    pub carried: Option<SpecialRange>,
}

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.carried {
            Some(carried) => write!(f, "{} {carried}", self.range),
            None => self.range.fmt(f),
        }
    }
}

impl std::error::Error for NotPublic {}

impl From<SpecialRange> for NotPublic {
    fn from(range: SpecialRange) -> Self {
        Self { range, carried: None }
    }
}

/// Judges whether webhooks may be delivered to `address`.
///
/// Refused is what the IANA special-purpose registries list, multicast and reserved space, all IPv6 space outside
/// 2000::/3, cloud metadata addresses, and every IPv6 form that stands for an IPv4 address. `rules` relax that, and may
/// deny more: see [`UrlRules`]. What is denied is so before anything else is asked. Does not allocate; cheap
/// enough for every connection.
///
/// # Errors
/// That its network is denied, or the kind of the range that holds the address.
pub fn judge(address: IpAddr, rules: &UrlRules) -> Result<(), AddressRefusal> {
    if rules.denied.iter().any(|network| network.contains(address)) {
        return Err(AddressRefusal::Denied);
    }
    let Some(range) = SpecialRange::of(address) else {
        return Ok(());
    };
    if opened_by_kind(range, rules) || opened_by_network(range, address, rules) {
        return Ok(());
    }
    // What it carries may be denied as well.
    let carried = carried_v4(range, address).map(|inner| judge(inner.into(), rules));
    match carried {
        Some(Ok(())) if range == SpecialRange::Nat64 && rules.allow_nat64 => Ok(()),
        Some(Err(AddressRefusal::Denied)) => Err(AddressRefusal::Denied),
        Some(Err(AddressRefusal::NotPublic(inner))) => {
            Err(AddressRefusal::NotPublic(NotPublic { range, carried: Some(inner.range) }))
        }
        Some(Ok(())) | None => Err(AddressRefusal::NotPublic(range.into())),
    }
}

fn carried_v4(range: SpecialRange, address: IpAddr) -> Option<Ipv4Addr> {
    match address {
        IpAddr::V4(_) => None,
        IpAddr::V6(carrier) => range.carried_v4(carrier),
    }
}

const fn opened_by_kind(range: SpecialRange, rules: &UrlRules) -> bool {
    use SpecialRange::{CarrierGradeNat, Loopback, PrivateNetwork, UniqueLocal};
    rules.allow_private_networks && matches!(range, PrivateNetwork | Loopback | CarrierGradeNat | UniqueLocal)
}

fn opened_by_network(range: SpecialRange, address: IpAddr, rules: &UrlRules) -> bool {
    !range.stays_refused() && rules.allowed.iter().any(|network| network.contains(address))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::Cidr;

    fn verdict(address: &str, rules: &UrlRules) -> String {
        match judge(address.parse().unwrap(), rules) {
            Ok(()) => "public".to_owned(),
            Err(AddressRefusal::NotPublic(why)) => why.to_string(),
            Err(AddressRefusal::Denied) => "denied".to_owned(),
        }
    }

    fn networks(list: &[&str]) -> Vec<Cidr> {
        list.iter().map(|network| network.parse().unwrap()).collect()
    }

    #[test]
    fn the_reason_names_the_range() {
        for (address, reason) in [
            ("10.0.0.1", "private network"),
            ("::1", "loopback"),
            ("169.254.1.1", "link-local"),
            ("169.254.169.254", "cloud metadata"),
            ("168.63.129.16", "cloud metadata"),
            ("100.64.0.1", "carrier-grade NAT"),
            ("::ffff:192.168.0.1", "IPv4-mapped private network"),
            ("::ffff:8.8.8.8", "IPv4-mapped"),
            ("64:ff9b::127.0.0.1", "NAT64 loopback"),
            ("fe80::1", "link-local"),
            ("4000::1", "outside global unicast"),
            ("8.8.8.8", "public"),
            ("2606:4700:4700::1111", "public"),
        ] {
            assert_eq!(verdict(address, &UrlRules::strict()), reason, "{address}");
        }
    }

    #[test]
    fn development_opens_networks_of_ones_own_and_nothing_else() {
        let rules = UrlRules::development();
        for address in ["10.0.0.1", "172.31.0.1", "192.168.1.1", "127.0.0.1", "::1", "100.64.0.1", "fd12::1"]
        {
            assert_eq!(verdict(address, &rules), "public", "{address}");
        }
        for (address, reason) in [
            ("0.0.0.0", "this network"),
            ("::", "unspecified"),
            ("169.254.1.1", "link-local"),
            ("fe80::1", "link-local"),
            ("169.254.169.254", "cloud metadata"),
            ("100.100.100.200", "cloud metadata"),
            ("168.63.129.16", "cloud metadata"),
            ("fd00:ec2::254", "cloud metadata"),
            ("fd00:ec2:ffff::1", "cloud metadata"),
            ("fd20:ce::254", "cloud metadata"),
            ("fd00:42::42", "cloud metadata"),
            ("fd00:c1::a9fe:a9fe", "cloud metadata"),
            ("fd00:a9fe:a9fe::1", "cloud metadata"),
            ("fd00:100::100:200", "cloud metadata"),
            ("fe80::a9fe:a9fe", "cloud metadata"),
            ("::ffff:127.0.0.1", "IPv4-mapped"),
            ("fd00::5efe:127.0.0.1", "ISATAP"),
            ("224.0.0.1", "multicast"),
            ("255.255.255.255", "broadcast"),
            ("192.0.2.1", "documentation"),
        ] {
            assert_eq!(verdict(address, &rules), reason, "{address}");
        }
    }

    #[test]
    fn nat64_is_judged_by_what_it_carries_once_allowed() {
        let rules = UrlRules { allow_nat64: true, ..UrlRules::strict() };
        assert_eq!(verdict("64:ff9b::8.8.8.8", &UrlRules::strict()), "NAT64");
        assert_eq!(verdict("64:ff9b::8.8.8.8", &rules), "public");
        assert_eq!(verdict("64:ff9b::10.0.0.1", &rules), "NAT64 private network");
        assert_eq!(verdict("64:ff9b::169.254.169.254", &rules), "NAT64 cloud metadata");
        assert_eq!(verdict("64:ff9b:1::8.8.8.8", &rules), "local NAT64");
        assert_eq!(verdict("64:ff9b:0:0:1::8.8.8.8", &rules), "outside global unicast");
    }

    #[test]
    fn an_allowed_network_is_opened_and_nothing_beside_it() {
        let rules =
            UrlRules { allowed: networks(&["10.1.0.0/16", "192.0.2.7", "fd12::/16"]), ..UrlRules::strict() };
        for (address, expected) in [
            ("10.1.0.0", "public"),
            ("10.1.255.255", "public"),
            ("10.0.255.255", "private network"),
            ("10.2.0.0", "private network"),
            ("192.0.2.7", "public"),
            ("192.0.2.8", "documentation"),
            ("fd12::1", "public"),
            ("fd13::1", "unique local"),
            ("::ffff:10.1.0.1", "IPv4-mapped"),
            // It is no list of all that is open.
            ("8.8.8.8", "public"),
        ] {
            assert_eq!(verdict(address, &rules), expected, "{address}");
        }
    }

    #[test]
    fn no_allowed_network_opens_credentials_or_hidden_ipv4_addresses() {
        let rules =
            UrlRules { allowed: networks(&["0.0.0.0/0", "::/0", "169.254.169.254"]), ..UrlRules::strict() };
        for (address, expected) in [
            ("127.0.0.1", "public"),
            ("fe80::1", "public"),
            ("169.254.169.254", "cloud metadata"),
            ("168.63.129.16", "cloud metadata"),
            ("fd00:ec2::254", "cloud metadata"),
            ("fd00:ec2::1:1", "cloud metadata"),
            ("fd00:c1::a9fe:a9fe", "cloud metadata"),
            ("fd00:a9fe:a9fe::1", "cloud metadata"),
            ("fd00:100::100:200", "cloud metadata"),
            ("fe80::a9fe:a9fe", "cloud metadata"),
            ("::ffff:169.254.169.254", "IPv4-mapped cloud metadata"),
            ("::ffff:8.8.8.8", "IPv4-mapped"),
            ("::127.0.0.1", "IPv4-compatible"),
            ("::ffff:0:127.0.0.1", "IPv4-translated"),
            ("64:ff9b::127.0.0.1", "NAT64"),
            ("64:ff9b:1::127.0.0.1", "local NAT64"),
            ("2002:7f00:1::1", "6to4"),
            ("2001:0:c000:201::80ff:fffe", "Teredo"),
            ("2a00:1450::5efe:127.0.0.1", "ISATAP"),
            ("fe80::5efe:127.0.0.1", "ISATAP"),
            ("fe80::5efe:169.254.169.254", "ISATAP cloud metadata"),
            ("fd12::200:5efe:169.254.169.254", "ISATAP cloud metadata"),
            ("2001:db8::5efe:8.8.8.8", "ISATAP"),
        ] {
            assert_eq!(verdict(address, &rules), expected, "{address}");
        }
    }

    #[test]
    fn what_is_denied_is_refused_whatever_is_allowed() {
        let rules = UrlRules {
            allow_nat64: true,
            allowed: networks(&["10.0.0.0/8", "fe80::/10"]),
            denied: networks(&["10.9.0.0/16", "127.0.0.1", "8.8.8.0/24", "2606:4700::/32"]),
            ..UrlRules::development()
        };
        for (address, expected) in [
            ("10.8.0.1", "public"),
            ("10.9.0.1", "denied"),
            ("127.0.0.1", "denied"),
            ("127.0.0.2", "public"),
            ("8.8.8.8", "denied"),
            ("8.8.4.4", "public"),
            ("2606:4700::1111", "denied"),
            ("64:ff9b::8.8.8.8", "denied"),
            ("64:ff9b::8.8.4.4", "public"),
            ("::ffff:8.8.8.8", "denied"),
            ("fe80::1", "public"),
            ("fe80::5efe:10.9.0.1", "denied"),
            ("fe80::5efe:10.8.0.1", "ISATAP"),
            ("2a00:1450::5efe:8.8.8.8", "denied"),
        ] {
            assert_eq!(verdict(address, &rules), expected, "{address}");
        }
    }
}

//! Which addresses a webhook may be delivered to.
//!
//! The one rule for an address written in a URL, for one that a name resolved to, and for the one that is
//! really connected to, so that the check and the use cannot disagree.

use super::{SpecialRange, UrlRules};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is refused. Displays as the kind of its range ("private network", "loopback", …); for
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

/// Judges whether webhooks may be delivered to `address`.
///
/// Refused is what the IANA special-purpose registries list, multicast, reserved and unassigned space,
/// cloud metadata addresses, and every IPv6 form that stands for an IPv4 address. `rules` relax that: see
/// [`UrlRules`]. Does not allocate; cheap enough for every connection.
///
/// # Errors
/// The kind of the range that holds the address.
pub fn judge(address: IpAddr, rules: &UrlRules) -> Result<(), NotPublic> {
    match address {
        IpAddr::V4(address) => judge_v4(address, rules).map_err(|range| NotPublic { range, carried: None }),
        IpAddr::V6(address) => judge_v6(address, rules),
    }
}

fn judge_v4(address: Ipv4Addr, rules: &UrlRules) -> Result<(), SpecialRange> {
    match SpecialRange::of_v4(address) {
        Some(range) if !permitted(range, rules) => Err(range),
        _ => Ok(()),
    }
}

fn judge_v6(address: Ipv6Addr, rules: &UrlRules) -> Result<(), NotPublic> {
    let Some(range) = SpecialRange::of_v6(address) else {
        return Ok(());
    };
    if permitted(range, rules) {
        return Ok(());
    }
    let carried = range.carried_v4(address).and_then(|carried| judge_v4(carried, rules).err());
    if range == SpecialRange::Nat64 && rules.allow_nat64 && carried.is_none() {
        return Ok(());
    }
    Err(NotPublic { range, carried })
}

const fn permitted(range: SpecialRange, rules: &UrlRules) -> bool {
    use SpecialRange::{CarrierGradeNat, Loopback, PrivateNetwork, UniqueLocal};
    rules.allow_private_networks && matches!(range, PrivateNetwork | Loopback | CarrierGradeNat | UniqueLocal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(address: &str, rules: &UrlRules) -> String {
        match judge(address.parse().unwrap(), rules) {
            Ok(()) => "public".to_owned(),
            Err(why) => why.to_string(),
        }
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
            ("::ffff:127.0.0.1", "IPv4-mapped"),
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
}

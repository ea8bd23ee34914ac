//! The ranges of addresses where no receiver on the internet can be.

use SpecialRange as R;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is not simply one on the internet. Displays as it is named in error messages.
///
/// The kinds follow the IANA special-purpose address registries for IPv4 and IPv6 (RFC 6890, as of
/// 2025-10-09), the multicast and reserved space that those leave out, and the metadata addresses of
/// cloud providers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum SpecialRange {
    /// 0.0.0.0/8, a host on "this network" (RFC 791).
    #[error("this network")]
    ThisNetwork,
    /// `::`, no address at all (RFC 4291).
    #[error("unspecified")]
    Unspecified,
    /// RFC 1918.
    #[error("private network")]
    PrivateNetwork,
    /// 127.0.0.0/8, `::1`.
    #[error("loopback")]
    Loopback,
    /// 169.254.0.0/16 (RFC 3927), `fe80::/10` (RFC 4291).
    #[error("link-local")]
    LinkLocal,
    /// 100.64.0.0/10 (RFC 6598).
    #[error("carrier-grade NAT")]
    CarrierGradeNat,
    /// `fc00::/7` (RFC 4193).
    #[error("unique local")]
    UniqueLocal,
    /// `fec0::/10`, deprecated (RFC 3879).
    #[error("site-local")]
    SiteLocal,
    /// Where a cloud provider's machines read their credentials, wherever that lies.
    #[error("cloud metadata")]
    CloudMetadata,
    /// 192.0.0.0/24 (RFC 6890), `2001::/23` (RFC 2928) where nothing narrower is named.
    #[error("protocol assignments")]
    ProtocolAssignments,
    /// RFC 5737, RFC 3849, RFC 9637.
    #[error("documentation")]
    Documentation,
    /// RFC 2544, RFC 5180.
    #[error("benchmarking")]
    Benchmarking,
    /// AS112 (RFC 7534, RFC 7535): name servers that anyone may run nearby; globally reachable, but
    /// nobody's receiver.
    #[error("AS112")]
    As112,
    /// AMT (RFC 7450): multicast relays nearby; globally reachable, but nobody's receiver.
    #[error("multicast relay")]
    MulticastRelay,
    /// 224.0.0.0/4, `ff00::/8`.
    #[error("multicast")]
    Multicast,
    /// 255.255.255.255 (RFC 919).
    #[error("broadcast")]
    Broadcast,
    /// 240.0.0.0/4 (RFC 1112).
    #[error("reserved")]
    Reserved,
    /// Outside `2000::/3`, the only IPv6 space that IANA assigns global unicast addresses from.
    #[error("outside global unicast")]
    OutsideGlobalUnicast,
    /// `100::/64` (RFC 6666), `100:0:0:1::/64` (RFC 9780).
    #[error("discard-only")]
    DiscardOnly,
    /// `5f00::/16` (RFC 9602).
    #[error("segment routing")]
    SegmentRouting,
    /// `2001:10::/28` (RFC 4843), `2001:20::/28` (RFC 7343): identifiers, not places.
    #[error("ORCHID")]
    Orchid,
    /// `::ffff:0:0/96` (RFC 4291).
    #[error("IPv4-mapped")]
    Ipv4Mapped,
    /// `::/96`, deprecated (RFC 4291).
    #[error("IPv4-compatible")]
    Ipv4Compatible,
    /// `::ffff:0:0:0/96` (RFC 2765, SIIT).
    #[error("IPv4-translated")]
    Ipv4Translated,
    /// `64:ff9b::/96` (RFC 6052).
    #[error("NAT64")]
    Nat64,
    /// `64:ff9b:1::/48` (RFC 8215).
    #[error("local NAT64")]
    LocalNat64,
    /// `2002::/16` (RFC 3056) and its relays 192.88.99.0/24 (RFC 7526).
    #[error("6to4")]
    SixToFour,
    /// `2001::/32` (RFC 4380).
    #[error("Teredo")]
    Teredo,
    /// Interface identifiers `0:5efe:a.b.c.d`, under any prefix (RFC 5214).
    #[error("ISATAP")]
    Isatap,
}

impl SpecialRange {
    /// The special range that holds this address, or none if it is an ordinary one on the internet.
    pub fn of(address: IpAddr) -> Option<Self> {
        match address {
            IpAddr::V4(address) => Self::of_v4(address),
            IpAddr::V6(address) => Self::of_v6(address),
        }
    }

    /// As [`SpecialRange::of`], for IPv4.
    pub fn of_v4(address: Ipv4Addr) -> Option<Self> {
        let bits = address.to_bits();
        V4.iter().find(|(first, length, _)| (bits ^ first) >> (32 - length) == 0).map(|(_, _, range)| *range)
    }

    /// As [`SpecialRange::of`], for IPv6.
    pub fn of_v6(address: Ipv6Addr) -> Option<Self> {
        let bits = address.to_bits();
        // First, as it may stand under any prefix, an allowed one too, and the IPv4 address in it counts.
        if is_isatap(bits) {
            return Some(R::Isatap);
        }
        let listed = V6.iter().find(|(first, length, _)| (bits ^ first) >> (128 - length) == 0);
        match listed {
            Some((_, _, range)) => Some(*range),
            None if bits >> 125 != 0b001 => Some(R::OutsideGlobalUnicast),
            None => None,
        }
    }

    /// Whether no list of allowed networks opens it: what answers there hands out credentials, or it stands for
    /// an IPv4 address, which may be any.
    pub(super) const fn stays_refused(self) -> bool {
        matches!(
            self,
            R::CloudMetadata
                | R::Ipv4Mapped
                | R::Ipv4Compatible
                | R::Ipv4Translated
                | R::Nat64
                | R::LocalNat64
                | R::SixToFour
                | R::Teredo
                | R::Isatap
        )
    }

    /// The IPv4 address that an IPv6 address of this range stands for, if it stands for one.
    pub(super) fn carried_v4(self, carrier: Ipv6Addr) -> Option<Ipv4Addr> {
        let bits = carrier.to_bits();
        let carried = match self {
            R::Ipv4Mapped | R::Ipv4Compatible | R::Ipv4Translated | R::Nat64 | R::Isatap => bits,
            R::SixToFour => bits >> 80,
            // The client's address, stored inverted.
            R::Teredo => !bits,
            _ => return None,
        };
        // Cut on purpose: the low 32 bits are the address.
        Some(Ipv4Addr::from_bits((carried & u128::from(u32::MAX)) as u32))
    }
}

/// The universal and group bits of the interface identifier may be either.
const fn is_isatap(bits: u128) -> bool {
    (bits >> 32) as u32 & 0xfcff_ffff == 0x0000_5efe
}

/// First address, prefix length in bits (1 to 32), range.
type V4Row = (u32, u32, SpecialRange);
/// First address, prefix length in bits (1 to 128), range.
type V6Row = (u128, u32, SpecialRange);

const fn v4(octets: [u8; 4], length: u32, range: SpecialRange) -> V4Row {
    (u32::from_be_bytes(octets), length, range)
}

const fn v6(address: Ipv6Addr, length: u32, range: SpecialRange) -> V6Row {
    (address.to_bits(), length, range)
}

/// An IPv6 address that ends in zeros but for its last segment.
const fn at(a: u16, b: u16, c: u16, d: u16, last: u16) -> Ipv6Addr {
    Ipv6Addr::new(a, b, c, d, 0, 0, 0, last)
}

/// The first row that matches counts, so narrower ones stand before wider ones.
const V4: &[V4Row] = &[
    v4([169, 254, 169, 254], 32, R::CloudMetadata), // nearly all providers
    v4([169, 254, 170, 2], 32, R::CloudMetadata),   // AWS container credentials
    v4([169, 254, 170, 23], 32, R::CloudMetadata),  // AWS pod identity
    v4([169, 254, 42, 42], 32, R::CloudMetadata),   // Scaleway
    v4([169, 254, 0, 23], 32, R::CloudMetadata),    // Tencent
    v4([100, 100, 100, 200], 32, R::CloudMetadata), // Alibaba
    v4([168, 63, 129, 16], 32, R::CloudMetadata),   // Azure, in public space
    v4([192, 0, 0, 192], 32, R::CloudMetadata),     // Oracle
    v4([0, 0, 0, 0], 8, R::ThisNetwork),
    v4([10, 0, 0, 0], 8, R::PrivateNetwork),
    v4([100, 64, 0, 0], 10, R::CarrierGradeNat),
    v4([127, 0, 0, 0], 8, R::Loopback),
    v4([169, 254, 0, 0], 16, R::LinkLocal),
    v4([172, 16, 0, 0], 12, R::PrivateNetwork),
    v4([192, 0, 0, 0], 24, R::ProtocolAssignments),
    v4([192, 0, 2, 0], 24, R::Documentation),
    v4([192, 31, 196, 0], 24, R::As112),
    v4([192, 52, 193, 0], 24, R::MulticastRelay),
    v4([192, 88, 99, 0], 24, R::SixToFour),
    v4([192, 168, 0, 0], 16, R::PrivateNetwork),
    v4([192, 175, 48, 0], 24, R::As112),
    v4([198, 18, 0, 0], 15, R::Benchmarking),
    v4([198, 51, 100, 0], 24, R::Documentation),
    v4([203, 0, 113, 0], 24, R::Documentation),
    v4([224, 0, 0, 0], 4, R::Multicast),
    v4([255, 255, 255, 255], 32, R::Broadcast),
    v4([240, 0, 0, 0], 4, R::Reserved),
];

/// As [`V4`]. What is neither here nor in `2000::/3` is refused as well.
const V6: &[V6Row] = &[
    v6(at(0xfd00, 0xec2, 0, 0, 0), 32, R::CloudMetadata), // AWS, with pod identity, time and DNS
    v6(at(0xfd20, 0xce, 0, 0, 0x254), 128, R::CloudMetadata), // Google
    v6(at(0xfd00, 0x42, 0, 0, 0x42), 128, R::CloudMetadata), // Scaleway
    v6(at(0xfd00, 0xa9fe, 0xa9fe, 0, 1), 128, R::CloudMetadata), // Akamai
    v6(Ipv6Addr::new(0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe), 128, R::CloudMetadata), // Oracle
    v6(Ipv6Addr::new(0xfd00, 0x100, 0, 0, 0, 0, 0x100, 0x200), 128, R::CloudMetadata), // Alibaba
    v6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0xa9fe, 0xa9fe), 128, R::CloudMetadata), // OpenStack
    v6(at(0, 0, 0, 0, 0), 128, R::Unspecified),
    v6(at(0, 0, 0, 0, 1), 128, R::Loopback),
    v6(at(0, 0, 0, 0, 0), 96, R::Ipv4Compatible),
    v6(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96, R::Ipv4Mapped),
    v6(Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, 0, 0), 96, R::Ipv4Translated),
    v6(at(0x64, 0xff9b, 0, 0, 0), 96, R::Nat64),
    v6(at(0x64, 0xff9b, 1, 0, 0), 48, R::LocalNat64),
    v6(at(0x100, 0, 0, 0, 0), 64, R::DiscardOnly),
    v6(at(0x100, 0, 0, 1, 0), 64, R::DiscardOnly),
    v6(at(0x2001, 0, 0, 0, 0), 32, R::Teredo),
    v6(at(0x2001, 2, 0, 0, 0), 48, R::Benchmarking),
    v6(at(0x2001, 3, 0, 0, 0), 32, R::MulticastRelay),
    v6(at(0x2001, 4, 0x112, 0, 0), 48, R::As112),
    v6(at(0x2001, 0x10, 0, 0, 0), 28, R::Orchid),
    v6(at(0x2001, 0x20, 0, 0, 0), 28, R::Orchid),
    v6(at(0x2001, 0, 0, 0, 0), 23, R::ProtocolAssignments),
    v6(at(0x2001, 0xdb8, 0, 0, 0), 32, R::Documentation),
    v6(at(0x2002, 0, 0, 0, 0), 16, R::SixToFour),
    v6(at(0x2620, 0x4f, 0x8000, 0, 0), 48, R::As112),
    v6(at(0x3fff, 0, 0, 0, 0), 20, R::Documentation),
    v6(at(0x5f00, 0, 0, 0, 0), 16, R::SegmentRouting),
    v6(at(0xfc00, 0, 0, 0, 0), 7, R::UniqueLocal),
    v6(at(0xfe80, 0, 0, 0, 0), 10, R::LinkLocal),
    v6(at(0xfec0, 0, 0, 0, 0), 10, R::SiteLocal),
    v6(at(0xff00, 0, 0, 0, 0), 8, R::Multicast),
];

#[cfg(test)]
mod tests {
    use super::*;
    use ipnet::{Ipv4Net, Ipv6Net};

    #[test]
    fn every_row_begins_where_its_prefix_does_and_is_reached() {
        for &(first, length, range) in V4 {
            let net = Ipv4Net::new(Ipv4Addr::from_bits(first), u8::try_from(length).unwrap()).unwrap();
            assert_eq!(net.addr(), net.network(), "{net}");
            assert!([net.network(), net.broadcast()].iter().any(|a| R::of_v4(*a) == Some(range)), "{net}");
        }
        for &(first, length, range) in V6 {
            let net = Ipv6Net::new(Ipv6Addr::from_bits(first), u8::try_from(length).unwrap()).unwrap();
            assert_eq!(net.addr(), net.network(), "{net}");
            assert!([net.network(), net.broadcast()].iter().any(|a| R::of_v6(*a) == Some(range)), "{net}");
        }
    }

    #[test]
    fn the_carried_address_is_read_from_where_each_carrier_keeps_it() {
        for carrier in [
            "::ffff:10.1.2.3",
            "::10.1.2.3",
            "::ffff:0:10.1.2.3",
            "64:ff9b::10.1.2.3",
            "2002:a01:203::1",
            "2001:0:c000:201::f5fe:fdfc",
            "2a00:1450::5efe:10.1.2.3",
            "2a00:1450::200:5efe:10.1.2.3",
            "fe80::5efe:10.1.2.3",
            "fd00:ec2::5efe:10.1.2.3",
            "2002:808:808::5efe:10.1.2.3",
        ] {
            let carrier: Ipv6Addr = carrier.parse().unwrap();
            let range = R::of_v6(carrier).unwrap();
            assert_eq!(range.carried_v4(carrier), Some(Ipv4Addr::new(10, 1, 2, 3)), "{carrier}");
        }
    }
}
